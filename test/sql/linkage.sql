\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- linkage of records against numpy and splink; blocks, self-links, one pair, who reads, errors
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/linkage.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
\set comparisons '[{"column": "first", "jaro_winkler": [0.92, 0.8]}, {"column": "last", "jaro_winkler": [0.9], "term_frequency": true}, {"column": "town"}, {"column": "age", "numeric": [2, 5]}, {"column": "born", "date": [30]}]'
\set rules '{last,born,"substr(first, 1, 2) || town -- a comment"}'
CREATE TEMP TABLE fitted AS SELECT dp.fit_linkage('link_left', 'SELECT * FROM link_right', :'comparisons', :'rules', '{"iterations": 25, "tolerance": 0}') AS model;
SELECT ok((model->>'pairs')::int = (SELECT value FROM expected WHERE name = 'pairs') AND pg_temp.near((model->>'lambda')::float8, (SELECT value FROM expected WHERE name = 'lambda')) AND pg_temp.near((model->>'matches')::float8, (SELECT value FROM expected WHERE name = 'matches')), 'pairs and their share that are the same') FROM fitted;
SELECT ok(count(*) = 32 AND bool_and(pg_temp.near(p::float8, value)), 'm and u are those of EM in numpy')
FROM fitted, jsonb_array_elements(model->'comparisons') e(c), LATERAL (VALUES ('m'), ('u')) w(which), jsonb_array_elements_text(c->which) WITH ORDINALITY a(p, level), expected WHERE name = format('%s %s %s', which, c->>'column', level - 1);
CREATE TEMP TABLE linked AS SELECT l.* FROM fitted, dp.link(model, 'link_left', 'link_right', '{"threshold": 0}') l;
SELECT is(count(*), (SELECT value::bigint FROM expected WHERE name = 'pairs'), 'each pair once') FROM (SELECT DISTINCT left_key, right_key FROM linked) l;
SELECT ok(count(*) = 174 AND bool_and(pg_temp.near(weight, w.value) AND pg_temp.near(probability, p.value)), 'weights and probabilities are those of splink, with term frequencies')
FROM linked, expected w, expected p WHERE w.name = format('weight %s %s', left_key, right_key) AND p.name = format('probability %s %s', left_key, right_key);
SELECT ok(bool_and(pg_temp.near(weight, (SELECT sum(v::float8) FROM jsonb_each_text(weights) e(k, v)))), 'the weights of the columns and the prior add up') FROM linked;
SELECT is(count(DISTINCT weights->>'last'), 1::bigint, 'without term frequencies equal names are all worth the same')
FROM fitted, dp.link(jsonb_set(model, '{comparisons,1,term_frequency}', 'false'), 'link_left', 'link_right', '{"threshold": 0}') k JOIN link_left l ON l.key = left_key JOIN link_right r ON r.key = right_key AND l.last = r.last;
SELECT ok(count(*) FILTER (WHERE substr(left_key, 2) = substr(right_key, 2) AND substr(left_key, 2)::int % 2 = 0) > 143 AND count(*) < 150, 'most of the true pairs are found and few others') FROM fitted, dp.link(model, 'link_left', 'link_right');
SELECT ok(min(probability) > 0.9, 'a threshold') FROM fitted, dp.link(model, 'link_left', 'link_right', '{"threshold": 0.9}');

-- as splink learns: m of each rule apart and their mean, u of all pairs, those that are the same among them
CREATE TEMP TABLE beside AS SELECT w.*, (model->>'lambda')::float8 AS lambda, em.value AS splink_m, eu.value AS splink_u
FROM fitted, dp.linkage_weights(model) w JOIN expected em ON em.name = format('splink m %s %s', column_name, level - 1) JOIN expected eu ON eu.name = format('splink u %s %s', column_name, level - 1);
SELECT ok(count(*) = 16 AND max(abs(m - splink_m)) < 0.012, 'm is that of splink to 0.012') FROM beside;
SELECT ok(count(*) = 16 AND max(abs(lambda * m + (1 - lambda) * u - splink_u)) < 1e-4, 'u and the pairs that are the same are its u to 0.0001') FROM beside;
SELECT ok(count(*) FILTER (WHERE weight > 0 AND value > 0) = 147 AND count(*) FILTER (WHERE (weight > 0) <> (value > 0)) = 0 AND count(*) = 197, 'the same pairs are likely') FROM linked JOIN expected ON name = format('splink weight %s %s', left_key, right_key);
SELECT ok(corr(a, b) > 0.99, 'and in the same order') FROM (SELECT rank() OVER (ORDER BY weight) a, rank() OVER (ORDER BY value) b FROM linked JOIN expected ON name = format('splink weight %s %s', left_key, right_key)) r;

-- one pair, as a table of weights
SELECT ok(count(*) = (SELECT value FROM expected WHERE name = 'pairs') AND bool_and(l.probability = dp.link_probability(model, a, b)), 'two records by hand as in a whole source, to the bit') FROM fitted, linked l JOIN link_left a ON a.key = left_key JOIN link_right b ON b.key = right_key;
SELECT is(dp.link_probability(model, NULL, a), NULL, 'no record') FROM fitted, link_left a LIMIT 1;
SELECT throws_ok($$SELECT dp.link_probability(model, a, ROW(1, 2)) FROM fitted, link_left a$$, '42703', 'a record has no column "first"', 'a record without the column');
SELECT is(string_agg(agreement, ', ' ORDER BY level), 'equal, similarity >= 0.92, similarity >= 0.8, different', 'a model as a table') FROM fitted, dp.linkage_weights(model) WHERE column_name = 'first';
SELECT ok(bool_and(pg_temp.near(weight, log(2::numeric, (m / u)::numeric)::float8)), 'with weights in bits') FROM fitted, dp.linkage_weights(model);
CREATE TEMP TABLE kinds AS SELECT '{"lambda": 0.5, "blocking": ["1"], "comparisons": [{"column": "b", "m": [0.5, 0.1], "u": [0.1, 0.5]}, {"column": "c", "m": [0.5, 0.2], "u": [0.1, 0.5]}, {"column": "i", "m": [0.5, 0.3], "u": [0.1, 0.5]}, {"column": "f", "numeric": [0.1], "m": [0.5, 0.4, 0.1], "u": [0.1, 0.5, 0.4]}, {"column": "d", "date": [2], "m": [0.5, 0.4, 0.1], "u": [0.1, 0.3, 0.5]}]}'::jsonb AS model;
CREATE TEMP TABLE typed (key int, b boolean, c char(4), i inet, f real, d timestamptz);
INSERT INTO typed VALUES (1, true, 'ab', '1.2.3.4', 0.1, '2020-01-01 23:00'), (2, true, 'ab', '1.2.3.4', 0.2, '2020-01-03 01:00'), (3, false, 'c', '1.2.3.5', 'NaN', 'infinity');
CREATE TEMP TABLE typed_text AS SELECT key, CASE WHEN b THEN 'true' ELSE 'false' END b, c::text, i::text, f::float8 f, d::date d FROM typed;
SELECT ok(count(*) = 9 AND bool_and(probability = dp.link_probability(model, x, y)), 'values of other types are cast as in a query') FROM kinds, dp.link(model, 'typed', 'typed_text', '{"threshold": 0}') JOIN typed x ON x.key::text = left_key JOIN typed_text y ON y.key::text = right_key;

-- whatever the order; a table with itself
SELECT is(dp.fit_linkage('SELECT * FROM link_left ORDER BY md5(key)', 'SELECT * FROM link_right ORDER BY first DESC', :'comparisons', :'rules', '{"iterations": 25, "tolerance": 0}'), model, 'the order of rows does not matter, to the bit') FROM fitted;
CREATE TABLE link_both AS SELECT * FROM link_left UNION ALL SELECT * FROM link_right;
SELECT ok(count(*) = count(DISTINCT (left_key, right_key)) AND bool_and(left_key COLLATE "C" < right_key COLLATE "C") AND count(*) FILTER (WHERE left_key ~ 'a' AND right_key ~ 'b') = (SELECT value FROM expected WHERE name = 'pairs'), 'with itself, a pair once')
FROM fitted, dp.link(model, 'link_both', NULL, '{"threshold": 0}');
SELECT is(dp.fit_linkage('SELECT * FROM link_left ORDER BY md5(key)', 'SELECT * FROM link_right ORDER BY first DESC', :'comparisons', :'rules', '{"random_pairs": 5000}'), dp.fit_linkage('link_left', 'link_right', :'comparisons', :'rules', '{"random_pairs": 5000}'), 'nor for pairs that are drawn');
SELECT ok(s.model IS DISTINCT FROM t.model AND abs((s.model->>'lambda')::float8 / (t.model->>'lambda')::float8 - 1) < 0.05, 'another seed draws others')
FROM (SELECT dp.fit_linkage('link_left', 'link_right', :'comparisons', :'rules', '{"random_pairs": 5000}')) s(model), (SELECT dp.fit_linkage('link_left', 'link_right', :'comparisons', :'rules', '{"random_pairs": 5000, "seed": 7}')) t(model);
SELECT ok(count(*) > 100, 'duplicates within one table') FROM dp.link(dp.fit_linkage('link_both', NULL, :'comparisons', :'rules'), 'link_both');

-- few columns and rules as wide as a last name
SELECT ok((model->>'lambda')::float8 BETWEEN 0.0012 AND 0.0021, 'two columns and wide rules still find the true pairs')
FROM dp.fit_linkage('link_left', 'link_right', '[{"column": "last"}, {"column": "born"}]', '{last,town,born}') model;

-- levels and missing values
CREATE TEMP TABLE tiny AS SELECT '{"lambda": 0.5, "blocking": ["1"], "comparisons": [{"column": "n", "jaro_winkler": [0.9, 0.5], "m": [0.8, 0.4, 0.2, 0.1], "u": [0.1, 0.1, 0.1, 0.1]}, {"column": "x", "numeric": [1], "m": [0.5, 0.25, 0.125], "u": [0.25, 0.25, 0.25]}]}'::jsonb AS model;
SELECT is(string_agg(format('%s %s', weights->>'n', weights->>'x'), ', ' ORDER BY right_key), '3 1, 2 0, 1 -1, 0 0, 0 0', 'levels from equal to different, and a missing value says nothing')
FROM tiny, dp.link(model, $$SELECT 'l' AS key, 'martha' AS n, 1.0 AS x$$, $$SELECT * FROM (VALUES (1, 'martha', 1), (2, 'marhta', 2), (3, 'mart_xyz__', 2.1), (4, NULL, NULL), (5, 'zzz', 'NaN')) v(key, n, x)$$, '{"threshold": 0}');
SELECT is(string_agg(weights->>'n', ' ' ORDER BY right_key), '3 2 1 0 0', 'by edits') FROM tiny, dp.link(jsonb_set(model #- '{comparisons,0,jaro_winkler}', '{comparisons,0,damerau_levenshtein}', '[1, 2]'), $$SELECT 'l' AS key, 'martha' AS n, 1 AS x$$,
	$$SELECT * FROM (VALUES (1, 'martha', 1), (2, 'marhta', 2), (3, 'marthbc', 2.1), (4, NULL, NULL), (5, 'marthazzz', 'NaN')) v(key, n, x)$$, '{"threshold": 0}');
SELECT is((SELECT string_agg(left_key || right_key, ' ' ORDER BY left_key) FROM tiny, dp.link(jsonb_set(model, '{blocking}', '["n, x"]'), $$SELECT * FROM (VALUES (1, 'a', 1), (2, 'a', 1), (3, 'b', NULL), (4, 'b', NULL), (5, 'a', 2)) v(key, n, x)$$, NULL, '{"threshold": 0}')), '12', 'a rule of two expressions, of which none is NULL');
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
	('[{"column": "age", "numeric": [1e400]}]', 'thresholds of column "age" make no sense'), ('[{"column": "first", "jaro_winkler": "x"}]', 'jaro_winkler must be a list of numbers'), ('[{"column": "first", "jaro_winkler": [0.9], "numeric": [1]}]', 'a comparison has two methods'),
	('[{"column": "first"}, {"column": "first"}]', 'column "first" is compared twice'), ('[{"column": "first", "term_frequency": 1}]', '"term_frequency" must be true or false')) v(c, e);
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "name"}]', '{town}')$$, '42703', 'the source has no column "name"', 'no such column');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT first FROM link_left', NULL, '[{"column": "first"}]', '{first}')$$, '42703', 'the source has no column "key"', 'no key');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT NULL AS key, first FROM link_left', NULL, '[{"column": "first"}]', '{first}')$$, '22004', 'a key of the source is null', 'a key that is null');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT 1 AS key, ''a'' AS n UNION ALL SELECT 1, ''b''', NULL, '[{"column": "n"}]', '{n}')$$, '23505', 'the source has several rows with key "1"', 'a key twice');
SELECT throws_ok($$SELECT * FROM tiny, dp.link(model, 'SELECT 1 AS key, ''a'' AS n, 1 AS x', 'SELECT ''k'' AS key, ''a'' AS n, 1 AS x FROM generate_series(1, 3)')$$, '23505', 'the right source has several rows with key "k"', 'nor in links');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', ARRAY['1; SELECT town'])$$, '42601', NULL, 'a rule that is two statements');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', ARRAY[''])$$, '22023', 'a blocking rule is empty', 'an empty rule');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "age", "numeric": [1], "term_frequency": true}]', '{town}')$$, '22023', 'column "age" is compared by distance, so it has no term frequency', 'frequencies of numbers');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first", "damerau_levenshtein": [2, 1]}]', '{town}')$$, '22023', 'thresholds of column "first" make no sense', 'edits that fall');
SELECT throws_ok($$SELECT dp.fit_linkage('SELECT i AS key, repeat(''x'', 1001) || i AS n FROM generate_series(1, 2) i', NULL, '[{"column": "n", "damerau_levenshtein": [2]}]', '{1}')$$, '54000', 'a value of column "n" is longer than 1000 characters', 'a long text');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{}')$$, '22023', 'invalid number of blocking rules: 0', 'no rules');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{nothing}')$$, '42703', 'column "nothing" does not exist', 'a rule that names nothing');
SELECT throws_ok($$SELECT dp.fit_linkage('link_left', NULL, '[{"column": "first"}]', '{town}', '{"epochs": 1}')$$, '22023', 'unrecognized option "epochs"', 'an unknown option');
SELECT throws_ok($$SELECT dp.fit_linkage(NULL, NULL, '[{"column": "first"}]', '{town}')$$, '22004', '"left_source" must not be null', 'no source');
SELECT throws_ok(format('SELECT * FROM dp.link(%L, ''link_left'')', m), '22023', e, e) FROM (VALUES ('{}', 'the model has no "comparisons"'), ('[]', 'the model has no "comparisons"'),
	('{"comparisons": [{"column": "first"}]}', '"m" of a comparison must have 2 numbers'), ('{"comparisons": [{"column": "first", "m": [0, 1], "u": [0.5, 0.5]}]}', '"m" of a comparison must be probabilities above 0'),
	('{"comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', 'the model has no "lambda"'), ('{"lambda": 1, "comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', '"lambda" must lie between 0 and 1'),
	('{"lambda": 0.5, "comparisons": [{"column": "first", "m": [0.5, 0.5], "u": [0.5, 0.5]}]}', 'the model has no "blocking"')) v(m, e);

-- models that were changed by hand: refused with a clear error, or used
CREATE FUNCTION pg_temp.paths(j jsonb, at text[] DEFAULT '{}') RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE
	key text;
BEGIN
	RETURN NEXT at;
	FOR key IN SELECT jsonb_object_keys(j) WHERE jsonb_typeof(j) = 'object' UNION ALL SELECT (i - 1)::text FROM generate_series(1, CASE WHEN jsonb_typeof(j) = 'array' THEN jsonb_array_length(j) ELSE 0 END) i LOOP
		RETURN QUERY SELECT pg_temp.paths(j #> ARRAY[key], at || key);
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.outcome(model jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	SELECT count(*) INTO n FROM dp.link(model, 'SELECT * FROM link_left LIMIT 30', 'SELECT * FROM link_right LIMIT 30', '{"threshold": 0}') WHERE NOT probability BETWEEN 0 AND 1;
	SELECT count(*) INTO n FROM (SELECT * FROM link_left LIMIT 5) a, (SELECT * FROM link_right LIMIT 5) b WHERE NOT dp.link_probability(model, a, b) BETWEEN 0 AND 1;
	RETURN CASE n WHEN 0 THEN 'used' ELSE 'wrong' END;
EXCEPTION WHEN invalid_parameter_value OR syntax_error OR undefined_column OR ambiguous_column OR indeterminate_datatype OR invalid_datetime_format OR invalid_text_representation OR cannot_coerce THEN
	RETURN 'refused';
END $$;
SELECT throws_ok($$SELECT * FROM fitted, dp.link(jsonb_set(model, '{comparisons,1,terms}', '{"beck": 1e-320}'), 'link_left', 'link_right', '{"threshold": 0}')$$, '22023', '"terms" of column "last" must be probabilities above 0', 'a term hardly ever there');
SELECT ok(bool_and(outcome IN ('used', 'refused')) AND count(*) FILTER (WHERE outcome = 'used') > 10 AND count(*) FILTER (WHERE outcome = 'refused') > 300 AND count(*) > 600, 'damaged models')
FROM (SELECT pg_temp.outcome(CASE WHEN odd = 'gone' THEN model #- path WHEN path = '{}' THEN odd::jsonb ELSE jsonb_set(model, path, odd::jsonb) END) outcome
	FROM (SELECT jsonb_set(model, '{comparisons,1,terms}', '{"muell": 0.1}') model FROM fitted) f, pg_temp.paths(model) path, unnest(ARRAY['gone', 'null', '"x"', '-1', '0', '1e400', '[]', '{}', '[1, [2]]', 'true']) odd) o;

SELECT * FROM finish();
ROLLBACK;
