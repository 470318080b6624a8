\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set data :srcdir '/data/components.sql'
\i :data

SELECT results_eq($$SELECT key::bigint, component::bigint FROM dp.connected_components('edge') ORDER BY 1$$,
	$$SELECT key, component FROM component ORDER BY 1$$, 'components are scipy''s');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('edge')$$,
	$$SELECT key::text, component::text FROM component ORDER BY component.key$$, 'rows come in the order of the keys');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('SELECT b, a FROM edge ORDER BY b DESC')$$,
	$$SELECT key, component FROM dp.connected_components('edge')$$, 'neither the order of rows nor of columns matters');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('SELECT ''k'' || a AS x, ''k'' || b FROM edge') ORDER BY key$$,
	$$SELECT 'k' || c.key, min(('k' || d.key) COLLATE "C") COLLATE "default" FROM component c JOIN component d USING (component) GROUP BY c.key ORDER BY 1$$,
	'keys of text, by their bytes; two columns of any name');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('VALUES (2, 10), (10, 9)')$$,
	$$VALUES ('2', '2'), ('9', '2'), ('10', '2')$$, 'integers by their value');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('SELECT 5 AS other, ''x''::text AS a, 7 AS b')$$,
	$$VALUES ('7', '7'), ('x', '7')$$, 'columns by name, mixed types by their text');
SELECT results_eq($$SELECT key, component FROM dp.connected_components('VALUES (3, NULL), (NULL, NULL), (NULL, 1), (4, 4)')$$,
	$$VALUES ('1', '1'), ('3', '3'), ('4', '4')$$, 'a key whose other is NULL is on its own');
SELECT is_empty($$SELECT * FROM dp.connected_components('SELECT 1 AS a, 2 AS b WHERE false')$$, 'no rows');
SELECT is_empty($$SELECT * FROM dp.connected_components(NULL)$$, 'NULL');
SELECT results_eq($$SELECT count(*), count(DISTINCT component) FROM dp.connected_components('SELECT i AS a, i + 1 AS b FROM generate_series(1, 100000) i')$$,
	$$VALUES (100001::bigint, 1::bigint)$$, 'a long chain');
SELECT results_eq($$SELECT component, count(*) FROM dp.connected_components('SELECT md5(i::text) AS a, md5((i % 3)::text) AS b FROM generate_series(0, 9999) i') GROUP BY 1 ORDER BY 2$$,
	$$SELECT min(md5(i::text) COLLATE "C") COLLATE "default", count(*) FROM generate_series(0, 9999) i GROUP BY i % 3 ORDER BY 2, 1$$, 'many texts');
SELECT throws_ok($$SELECT * FROM dp.connected_components('SELECT 1 AS a')$$, '42703', 'the source has no columns "a" and "b"');
SELECT throws_ok($$SELECT * FROM dp.connected_components('SELECT 1 AS a, 2 AS c, 3 AS d')$$, '42703', 'the source has no columns "a" and "b"');
SELECT throws_ok($$SELECT * FROM dp.connected_components('SELECT 1 AS a, 2 AS a, 3 AS b')$$, '42702', 'the source has two columns "a"');
-- names that need double quotes
CREATE TABLE "Two Pairs" (a int, b int);
CREATE TABLE "Pairs" AS SELECT 1 AS a, 2 AS b;
CREATE FUNCTION pg_temp.hint(source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	PERFORM dp.connected_components(source);
	RETURN 'read';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN message || ' | ' || hint;
END $$;
SELECT is(pg_temp.hint('Two Pairs'), 'relation "Two Pairs" does not exist | Put its name in double quotes, as in a query: ''"Two Pairs"''.', 'a name with a space');
SELECT is(pg_temp.hint('Pairs'), 'relation "Pairs" does not exist | Put its name in double quotes, as in a query: ''"Pairs"''.', 'one with a capital');
SELECT is(array[pg_temp.hint('"Pairs"'), pg_temp.hint('public."Two Pairs"'), pg_temp.hint('TABLE "Pairs"')], array_fill('read'::text, '{3}'), 'quoted they are read');
SELECT throws_ok($$SELECT * FROM dp.connected_components('No Pairs')$$, '42601', NULL, 'what is no relation is a query');
SELECT throws_ok($$SELECT * FROM dp.connected_components('nowhere')$$, '42P01', 'relation "nowhere" does not exist');
SELECT throws_ok($$SELECT * FROM dp.connected_components('DELETE FROM edge')$$, '42601', 'the source is not a query');
SET datapower.memory_limit = '64MB';
SELECT throws_like($$SELECT * FROM dp.connected_components('SELECT i AS a, i AS b FROM generate_series(1, 2000000) i')$$, 'too many keys: more than %', 'memory is limited');
SELECT throws_like($$SELECT * FROM dp.connected_components('SELECT i || repeat(''x'', 100) AS a, NULL AS b FROM generate_series(1, 500000) i')$$, 'too many keys: more than %', 'and that of texts');
RESET datapower.memory_limit;
SELECT results_eq($$SELECT count(*) FROM dp.connected_components('SELECT i AS a, i AS b FROM generate_series(1, 500000) i')$$, 'VALUES (500000::bigint)', 'which is the setting''s to say');

SELECT * FROM finish();
ROLLBACK;
