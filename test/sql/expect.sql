\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.expect: every rule kept and broken, the queries for what fails, drift as scipy has it, quoting, errors
BEGIN;
SELECT no_plan();
SET LOCAL datestyle = 'ISO';
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/profile.sql'
\i :file
CREATE TABLE country (code text);
INSERT INTO country VALUES ('de'), ('fr'), (NULL);
CREATE TABLE item AS SELECT i AS id, i % 4 AS part, CASE WHEN i % 10 > 0 THEN i END AS price, CASE WHEN i > 2 THEN 'de' ELSE 'xx' END AS country,
	'A-' || i AS "Co""de", now() - i * interval '1 hour' AS at, 'NaN'::float8 AS nan FROM generate_series(1, 100) i;
CREATE FUNCTION pg_temp.check(rules jsonb, source text DEFAULT 'item') RETURNS text LANGUAGE SQL AS
	$$SELECT string_agg(format('%s %s/%s', ok, failing, checked), ', ' ORDER BY rule_no) FROM dp.expect(source, rules)$$;
CREATE FUNCTION pg_temp.failing(rules jsonb, source text DEFAULT 'item') RETURNS bigint LANGUAGE plpgsql AS
	$$DECLARE q text; n bigint; BEGIN SELECT failing_query INTO q FROM dp.expect(source, rules); EXECUTE 'SELECT count(*) FROM (' || q || ') f' INTO n; RETURN n; END$$;
CREATE TEMP TABLE cases (rule jsonb, said text);
INSERT INTO cases VALUES
	('{"rule": "not_null", "column": "id"}', 't 0/100'), ('{"rule": "not_null", "column": "price"}', 'f 10/100'),
	('{"rule": "not_null", "column": "price", "tolerance": 0.1}', 't 10/100'), ('{"rule": "not_null", "column": "price", "tolerance": 0.09}', 'f 10/100'),
	('{"rule": "unique", "column": "id"}', 't 0/100'), ('{"rule": "unique", "column": "part"}', 'f 100/100'), ('{"rule": "unique", "column": "price"}', 't 0/90'),
	('{"rule": "unique", "columns": ["part", "id"]}', 't 0/100'), ('{"rule": "unique", "columns": ["part", "country"]}', 'f 98/100'),
	('{"rule": "range", "column": "price", "min": 1, "max": 99}', 't 0/90'), ('{"rule": "range", "column": "price", "min": 11}', 'f 9/90'),
	('{"rule": "range", "column": "price", "max": "89"}', 'f 9/90'), ('{"rule": "range", "column": "price", "min": -5.5, "max": 1e3}', 't 0/90'),
	('{"rule": "range", "column": "nan", "max": 1}', 'f 100/100'), ('{"rule": "range", "column": "at", "min": "2000-01-01"}', 't 0/100'),
	('{"rule": "set", "column": "part", "values": [0, 1, 2, 3]}', 't 0/100'), ('{"rule": "set", "column": "country", "values": ["de", "it''s"]}', 'f 2/100'),
	('{"rule": "pattern", "column": "Co\"de", "pattern": "^A-\\d+$"}', 't 0/100'), ('{"rule": "pattern", "column": "Co\"de", "pattern": "^A-\\d$"}', 'f 91/100'),
	('{"rule": "pattern", "column": "id", "pattern": "''; DROP TABLE item; --"}', 'f 100/100'),
	('{"rule": "reference", "column": "country", "table": "country", "key": "code"}', 'f 2/100'),
	('{"rule": "fresh", "column": "at", "max_age": "2 hours"}', 't 0/100'), ('{"rule": "fresh", "column": "at", "max_age": "1 minute"}', 'f 1/100'),
	('{"rule": "row_count", "min": 100, "max": 100}', 't 0/100'), ('{"rule": "row_count", "min": 101}', 'f 1/100'), ('{"rule": "row_count", "max": 99.5}', 'f 1/100'),
	('{"rule": "schema", "columns": {"id": "int", "nan": "double precision", "at": null}}', 't 0/3'), ('{"rule": "schema", "columns": {"id": "text", "gone": "int"}}', 'f 2/2');
SELECT is(pg_temp.check(jsonb_build_array(rule)), said, rule::text) FROM cases;
SELECT is(pg_temp.check((SELECT jsonb_agg(rule) FROM cases)), (SELECT string_agg(said, ', ') FROM cases), 'all at once');
SELECT is(pg_temp.failing(jsonb_build_array(rule)), split_part(split_part(said, ' ', 2), '/', 1)::bigint, 'what fails: ' || rule::text) FROM cases WHERE rule->>'rule' NOT IN ('fresh', 'row_count', 'schema');
SELECT is((SELECT string_agg(detail, ' | ') FROM dp.expect('item', '[{"rule": "schema", "columns": {"id": "text", "gone": "int"}}, {"rule": "row_count", "min": 1}]')),
	'column "id" is integer, not text; column "gone" is missing | 100 rows', 'details');
SELECT is(pg_temp.failing('[{"rule": "not_null", "column": "x"}]', 'SELECT NULL AS x -- a remark'), 1::bigint, 'a query that ends in a remark');
CREATE TABLE pictures AS SELECT dp.image_encode('\x00', 1, 1, 1) AS image UNION ALL SELECT 'no image' UNION ALL SELECT NULL;
SELECT is(pg_temp.check('[{"rule": "image", "column": "image"}]', 'pictures'), 'f 1/2', 'images');
SELECT is(pg_temp.failing('[{"rule": "image", "column": "image"}]', 'pictures'), 1::bigint, 'what fails of them');

-- drift
CREATE TEMP TABLE drift AS SELECT (dp.expect('SELECT CASE WHEN i % 3 = 0 THEN 0.5 ELSE 1 END * price AS price FROM profiled WHERE i > 200',
	jsonb_build_array(jsonb_build_object('rule', 'distribution', 'column', 'price', 'reference', value)))).* FROM dp.profile('SELECT price FROM profiled WHERE i <= 400', '{"sketches": true}') p(column_name, metric, item, value) WHERE metric = 'sketch';
SELECT ok(abs((regexp_match(detail, 'psi ([^,]*)'))[1]::float8 - (SELECT number FROM oracle WHERE column_name = 'drift' AND metric = 'psi')) < 1e-12, 'psi as scipy has it') FROM drift;
SELECT ok(abs((regexp_match(detail, 'ks (.*)'))[1]::float8 - (SELECT number FROM oracle WHERE column_name = 'drift' AND metric = 'ks')) < 1e-12, 'ks as scipy has it') FROM drift;
SELECT dp.top_state(city)::text AS cities, dp.quantiles_state(whole)::text AS wholes FROM profiled WHERE i <= 400 \gset
SELECT ok(abs(substr(detail, 5)::float8 - (SELECT number FROM oracle WHERE column_name = 'drift' AND metric = 'city psi')) < 1e-12, 'of classes, too')
FROM dp.expect('SELECT city FROM profiled WHERE i > 300', jsonb_build_array(jsonb_build_object('rule', 'distribution', 'column', 'city', 'reference', :'cities')));
SELECT is(pg_temp.check(jsonb_build_array(jsonb_build_object('rule', 'distribution', 'column', 'whole', 'reference', :'wholes') || o), s), r, 'limits: ' || o::text || s) FROM (VALUES
	('{}'::jsonb, 'SELECT whole FROM profiled', 't 0/500'), ('{}', 'SELECT whole + 9000 AS whole FROM profiled', 'f 1/500'), ('{"max_psi": 1000}', 'SELECT whole + 9000 AS whole FROM profiled', 't 0/500'),
	('{"max_ks": 0.5}', 'SELECT whole + 9000 AS whole FROM profiled', 'f 1/500'), ('{"max_ks": 0.99}', 'SELECT whole + 6000 AS whole FROM profiled', 't 0/500'),
	('{}', 'SELECT whole FROM profiled WHERE false', 'f 1/0'), ('{}', 'SELECT ''Infinity''::float8 AS whole', 'f 1/1')) v(o, s, r);

-- suggestions are kept
SELECT is(count(*) FILTER (WHERE NOT ok), 0::bigint, 'what is suggested of ' || s || ' holds') FROM (VALUES ('item'), ('profiled'), ('pictures'), ('pg_catalog.pg_class'), ('SELECT FROM item'), ('SELECT * FROM item WHERE false'),
	('SELECT 0.1::real AS r, 1e-300::float8 AS f, 123456789012345678901234567890.5 AS n, date ''-infinity'' AS d, timestamp ''0044-03-15 12:00 BC'' AS t'),
	('SELECT ''{}''::json AS j, point(1, 2) AS p, ''a''::"char" AS c, B''1'' AS b, true AS yes FROM generate_series(1, 100)'),
	('SELECT ''v'' || i % 3 AS "Va""lue", date ''2024-01-01'' + i AS d FROM generate_series(1, 100) i')) v(s), dp.expect(s, dp.suggest_rules(s)) GROUP BY s;
SELECT is(dp.suggest_rules('SELECT i AS id, ''v'' || i % 2 AS kind FROM generate_series(1, 100) i'),
	'[{"rule": "schema", "columns": {"id": "integer", "kind": "text"}}, {"rule": "row_count", "min": 1}, {"rule": "not_null", "column": "id"}, {"rule": "unique", "column": "id"},
	{"rule": "range", "column": "id", "min": 1, "max": 100}, {"rule": "not_null", "column": "kind"}, {"rule": "set", "column": "kind", "values": ["v0", "v1"]}]'::jsonb, 'suggestions');

-- odd input
SELECT is(pg_temp.check('[]'), NULL, 'no rules');
SELECT is(pg_temp.check('[{"rule": "not_null", "column": "x"}, {"rule": "unique", "column": "x"}, {"rule": "range", "column": "x", "min": 1}, {"rule": "fresh", "column": "t", "max_age": "1 day"}, {"rule": "row_count", "min": 0}]',
	'SELECT 1 AS x, now() AS t WHERE false'), 't 0/0, t 0/0, t 0/0, f 1/0, t 0/0', 'no rows');
SELECT is(pg_temp.check('[{"rule": "unique", "column": "x"}, {"rule": "set", "column": "x", "values": [1]}]', 'SELECT NULL::int AS x FROM generate_series(1, 3)'), 't 0/0, t 0/0', 'nothing but NULL');
SELECT throws_ok(format('SELECT * FROM dp.expect(''item'', %L)', r), c, m, 'error: ' || m) FROM (VALUES
	('{}', '22023', 'the rules are not a list'), ('[1]', '22023', 'rule 1 is not an object'), ('[{"rule": "nul"}]', '22023', 'unrecognized rule "nul"'), ('[{}]', '22023', 'rule 1 has no "rule" that is a string'), ('[{"rule": 5}]', '22023', 'rule 1 has no "rule" that is a string'),
	('[{"rule": "not_null"}]', '22023', 'invalid rule "not_null"'), ('[{"rule": "not_null", "column": "gone"}]', '42703', 'column "gone" of rule "not_null" does not exist in the source'),
	('[{"rule": "not_null", "column": "id", "min": 1}]', '22023', 'invalid rule "not_null"'), ('[{"rule": "range", "column": "id"}]', '22023', 'invalid rule "range"'),
	('[{"rule": "range", "column": "id", "min": [1]}]', '22023', 'invalid rule "range"'), ('[{"rule": "range", "column": "id", "min": "x"}]', '22P02', 'invalid input syntax for type integer: "x"'),
	('[{"rule": "set", "column": "id", "values": []}]', '22023', 'invalid rule "set"'), ('[{"rule": "pattern", "column": "id"}]', '22023', 'invalid rule "pattern"'),
	('[{"rule": "pattern", "column": "id", "pattern": "("}]', '2201B', 'invalid regular expression: parentheses () not balanced'), ('[{"rule": "reference", "column": "id"}]', '22023', 'invalid rule "reference"'),
	('[{"rule": "reference", "column": "id", "table": "gone", "key": "id"}]', '42P01', 'relation "gone" does not exist'),
	('[{"rule": "reference", "column": "id", "table": "-", "key": "id"}]', '42P01', 'relation "-" of rule "reference" does not exist'),
	('[{"rule": "reference", "column": "id", "table": "99999", "key": "id"}]', '42P01', 'relation "99999" of rule "reference" does not exist'), ('[{"rule": "fresh", "column": "at"}]', '22023', 'invalid rule "fresh"'),
	('[{"rule": "row_count"}]', '22023', 'invalid rule "row_count"'), ('[{"rule": "row_count", "column": "id", "min": 1}]', '22023', 'invalid rule "row_count"'), ('[{"rule": "schema"}]', '22023', 'invalid rule "schema"'),
	('[{"rule": "schema", "columns": {"id": 5}}]', '22023', 'invalid rule "schema"'), ('[{"rule": "fresh", "column": "id", "max_age": "1 day"}]', '22023', 'invalid rule "fresh"'),
	('[{"rule": "unique", "columns": ' || (SELECT jsonb_agg('id'::text) FROM generate_series(1, 100000))::text || '}]', '22023', 'invalid rule "unique"'),
	('[{"rule": "image", "column": "id"}]', '22023', 'invalid rule "image"'), ('[{"rule": "distribution", "column": "id"}]', '22023', 'invalid rule "distribution"'),
	('[{"rule": "distribution", "column": "id", "reference": "x"}]', '22P02', 'invalid input syntax for type dp.quantiles: "x"'), ('[{"rule": "not_null", "column": "id", "tolerance": 2}]', '22023', NULL)) v(r, c, m);
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'SQL';
SELECT is(pg_temp.check('[{"rule": "fresh", "column": "t", "max_age": "2 hours"}]', 'SELECT now() - interval ''3 hours'' AS t'), 'f 1/1', 'old, where IST as a text is that of Israel');
SET LOCAL extra_float_digits = 0;
SELECT is(count(*) FILTER (WHERE NOT ok), 0::bigint, 'suggested ranges have all digits') FROM (VALUES ('SELECT i / 7.0::float8 AS f, i / 7.0::float4::real AS r, (i / 7.0)::real AS s FROM generate_series(1, 5) i')) v(s), dp.expect(s, dp.suggest_rules(s));
RESET extra_float_digits;
RESET timezone;
RESET datestyle;
CREATE FUNCTION pg_temp.detail(field text) RETURNS text LANGUAGE plpgsql AS
	$$DECLARE d text; BEGIN PERFORM dp.expect('item', jsonb_build_array(jsonb_build_object('rule', 'not_null', 'column', 'id', field, 1)));
	EXCEPTION WHEN invalid_parameter_value THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RETURN d; END$$;
SELECT is(right(pg_temp.detail(p || repeat('ä', 400)), 2), 'ää', 'a long detail ends with a whole character') FROM (VALUES ('a'), ('ab')) v(p);
SET TRANSACTION READ ONLY;
SELECT lives_ok($$SELECT * FROM dp.expect('item', dp.suggest_rules('item'))$$, 'reads only');

SELECT * FROM finish();
ROLLBACK;
