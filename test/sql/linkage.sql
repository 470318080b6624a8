\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- linkage of records against numpy and splink; blocks, self-links, who reads, errors
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/linkage.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
\set comparisons '[{"column": "first", "jaro_winkler": [0.92, 0.8]}, {"column": "last", "jaro_winkler": [0.9], "term_frequency": true}, {"column": "town"}, {"column": "age", "numeric": [2, 5]}, {"column": "born", "date": [30]}]'
\set rules '{last,born,"substr(first, 1, 2) || town -- a comment"}'
CREATE TEMP TABLE fitted AS SELECT dp.fit_linkage('link_left', 'SELECT * FROM link_right', :'comparisons', :'rules', '{"iterations": 25, "tolerance": 0}') AS model;
SELECT ok((model->>'pairs')::int = (SELECT value FROM expected WHERE name = 'pairs') AND pg_temp.near((model->>'lambda')::float8, (SELECT value FROM expected WHERE name = 'lambda')), 'pairs and their share that are the same') FROM fitted;
SELECT ok(count(*) = 32 AND bool_and(pg_temp.near(p::float8, value)), 'm and u are those of EM in numpy')
FROM fitted, jsonb_array_elements(model->'comparisons') e(c), LATERAL (VALUES ('m'), ('u')) w(which), jsonb_array_elements_text(c->which) WITH ORDINALITY a(p, level), expected WHERE name = format('%s %s %s', which, c->>'column', level - 1);
CREATE TEMP TABLE linked AS SELECT l.* FROM fitted, dp.link(model, 'link_left', 'link_right', '{"threshold": 0}') l;
SELECT is(count(*), (SELECT value::bigint FROM expected WHERE name = 'pairs'), 'each pair once') FROM (SELECT DISTINCT left_key, right_key FROM linked) l;
SELECT ok(count(*) = 160 AND bool_and(pg_temp.near(weight, w.value) AND pg_temp.near(probability, p.value)), 'weights and probabilities are those of splink, with term frequencies')
FROM linked, expected w, expected p WHERE w.name = format('weight %s %s', left_key, right_key) AND p.name = format('probability %s %s', left_key, right_key);
SELECT ok(bool_and(pg_temp.near(weight, (SELECT sum(v::float8) FROM jsonb_each_text(weights) e(k, v)))), 'the weights of the columns and the prior add up') FROM linked;
SELECT is(count(DISTINCT weights->>'last'), 1::bigint, 'without term frequencies equal names are all worth the same')
FROM fitted, dp.link(jsonb_set(model, '{comparisons,1,term_frequency}', 'false'), 'link_left', 'link_right', '{"threshold": 0}') k JOIN link_left l ON l.key = left_key JOIN link_right r ON r.key = right_key AND l.last = r.last;
SELECT ok(count(*) FILTER (WHERE substr(left_key, 2) = substr(right_key, 2) AND substr(left_key, 2)::int % 2 = 0) > 145 AND count(*) < 155, 'most of the true pairs are found and few others') FROM fitted, dp.link(model, 'link_left', 'link_right');
SELECT ok(min(probability) > 0.9, 'a threshold') FROM fitted, dp.link(model, 'link_left', 'link_right', '{"threshold": 0.9}');

-- whatever the order; a table with itself
SELECT is(dp.fit_linkage('SELECT * FROM link_left ORDER BY md5(key)', 'SELECT * FROM link_right ORDER BY first DESC', :'comparisons', :'rules', '{"iterations": 25, "tolerance": 0}'), model, 'the order of rows does not matter, to the bit') FROM fitted;
CREATE TABLE link_both AS SELECT * FROM link_left UNION ALL SELECT * FROM link_right;
SELECT ok(count(*) = count(DISTINCT (left_key, right_key)) AND bool_and(left_key COLLATE "C" < right_key COLLATE "C") AND count(*) FILTER (WHERE left_key ~ 'a' AND right_key ~ 'b') = (SELECT value FROM expected WHERE name = 'pairs'), 'with itself, a pair once')
FROM fitted, dp.link(model, 'link_both', NULL, '{"threshold": 0}');
SELECT ok(count(*) > 100, 'duplicates within one table') FROM dp.link(dp.fit_linkage('link_both', NULL, :'comparisons', :'rules'), 'link_both');

-- levels and missing values
CREATE TEMP TABLE tiny AS SELECT '{"lambda": 0.5, "blocking": ["1"], "comparisons": [{"column": "n", "jaro_winkler": [0.9, 0.5], "m": [0.8, 0.4, 0.2, 0.1], "u": [0.1, 0.1, 0.1, 0.1]}, {"column": "x", "numeric": [1], "m": [0.5, 0.25, 0.125], "u": [0.25, 0.25, 0.25]}]}'::jsonb AS model;
SELECT is(string_agg(format('%s %s', weights->>'n', weights->>'x'), ', ' ORDER BY right_key), '3 1, 2 0, 1 -1, 0 0, 0 0', 'levels from equal to different, and a missing value says nothing')
FROM tiny, dp.link(model, $$SELECT 'l' AS key, 'martha' AS n, 1.0 AS x$$, $$SELECT * FROM (VALUES (1, 'martha', 1), (2, 'marhta', 2), (3, 'mart_xyz__', 2.1), (4, NULL, NULL), (5, 'zzz', 'NaN')) v(key, n, x)$$, '{"threshold": 0}');
SELECT is((SELECT count(*) FROM tiny, dp.link(model, 'SELECT 1 AS key, NULL AS n, 1 AS x WHERE false')), 0::bigint, 'no records');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT 1 AS key, ''a'' AS n', NULL, '[{"column": "n"}]', '{n}')$$, '22000', 'no blocking rule brings two records together', 'one record');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT 1 AS key, NULL AS n UNION ALL SELECT 2, NULL', NULL, '[{"column": "n"}]', '{n}')$$, '22000', 'no blocking rule brings two records together', 'NULL agrees with nothing');

-- blocks too large are named
CREATE FUNCTION pg_temp.detail(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	EXECUTE query;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLERRM || ': ' || detail;
END $$;
SELECT is(pg_temp.detail($$SELECT dp.fit_linkage('SELECT i AS key, ''same'' AS n, i % 100 AS m FROM generate_series(1, 20000) i', NULL, '[{"column": "n"}]', '{m,n}')$$),
	'too many pairs to compare: 201980000: The largest block, "same" of rule "n", has 199990000.', 'a huge block is refused');
SELECT matches(pg_temp.detail($$SELECT count(*) FROM fitted, dp.link(model, 'link_left', 'link_right', '{"max_pairs": 100}')$$), '^too many pairs to compare: .* of rule ', 'and few pairs where they are too many');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT dp.fit_linkage('SELECT i AS key, i AS n FROM generate_series(1, 30000) i', NULL, '[{"column": "n"}]', '{n}')$$, 'too many %', 'more records than memory');
RESET datapower.memory_limit;

-- as the caller
CREATE ROLE linkage_test;
SET LOCAL ROLE linkage_test;
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "town"}]', '{town}')$$, '42501', 'permission denied for table link_left', 'a table that may not be read');
RESET ROLE;

-- what makes no sense
SELECT throws_ok(format('SELECT dp.fit_linkage(''link_left'', NULL, %L, ''{town}'')', c), '22023', e, e) FROM (VALUES
	('[]', '"comparisons" must be a list with an element at least'), ('{}', '"comparisons" must be a list with an element at least'), ('[1]', 'a comparison names no column'), ('[{"jaro_winkler": [0.9]}]', 'a comparison names no column'),
	('[{"column": "first", "soundex": true}]', 'unrecognized key "soundex" of a comparison'), ('[{"column": "first", "jaro_winkler": [0.8, 0.9]}]', 'thresholds of column "first" make no sense'),
	('[{"column": "first", "jaro_winkler": [2]}]', 'thresholds of column "first" make no sense'), ('[{"column": "age", "numeric": [5, 2]}]', 'thresholds of column "age" make no sense'),
	('[{"column": "first", "jaro_winkler": "x"}]', 'jaro_winkler must be a list of numbers'), ('[{"column": "first", "jaro_winkler": [0.9], "numeric": [1]}]', 'a comparison has two methods'),
	('[{"column": "first"}, {"column": "first"}]', 'column "first" is compared twice'), ('[{"column": "first", "term_frequency": 1}]', '"term_frequency" must be true or false')) v(c, e);
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "name"}]', '{town}')$$, '42703', 'the source has no column "name"', 'no such column');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT first FROM link_left', NULL, '[{"column": "first"}]', '{first}')$$, '42703', 'the source has no column "key"', 'no key');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT NULL AS key, first FROM link_left', NULL, '[{"column": "first"}]', '{first}')$$, '22004', 'a key of the source is null', 'a key that is null');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{}')$$, '22023', 'invalid number of blocking rules: 0', 'no rules');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{nothing}')$$, '42703', 'column "nothing" does not exist', 'a rule that names nothing');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{town}', '{"epochs": 1}')$$, '22023', 'unrecognized option "epochs"', 'an unknown option');
SELECT throws_ok($$SELECT dp.fit_linkage(NULL, NULL, '[{"column": "first"}]', '{town}')$$, '22004', '"left_source" must not be null', 'no source');
SELECT throws_ok(format('SELECT * FROM dp.link(%L, ''link_left'')', m), '22023', e, e) FROM (VALUES ('{}', 'the model has no "comparisons"'), ('[]', 'the model has no "comparisons"'),
	('{"comparisons": [{"column": "first"}]}', '"m" of a comparison must have 2 numbers'), ('{"comparisons": [{"column": "first", "m": [0, 1], "u": [0.5, 0.5]}]}', '"m" of a comparison must be probabilities above 0'),
	('{"comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', 'the model has no "lambda"'), ('{"lambda": 1, "comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', '"lambda" must lie between 0 and 1'),
	('{"lambda": 0.5, "comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', 'the model has no "blocking"')) v(m, e);

SELECT * FROM finish();
ROLLBACK;
