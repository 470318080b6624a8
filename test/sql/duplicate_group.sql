\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set data :srcdir '/data/components.sql'
\i :data

-- each edge is a value that its two ends share
CREATE TEMP TABLE node (key bigint, edges bigint[]);
INSERT INTO node SELECT k, array_agg(DISTINCT e) FROM (SELECT row_number() OVER () AS e, a, b FROM edge) x CROSS JOIN LATERAL (VALUES (a), (b)) v(k) GROUP BY k;
SELECT results_eq($$SELECT key, dp.duplicate_group(key, edges) OVER () FROM node ORDER BY key$$, $$SELECT key, component FROM component ORDER BY key$$, 'groups are scipy''s components');
SELECT results_eq($$SELECT key, dp.duplicate_group(key, edges::text[]) OVER (ORDER BY key DESC) FROM node ORDER BY key$$, $$SELECT key, component FROM component ORDER BY key$$, 'by values of text, in another order');
SELECT results_eq($$SELECT key, dp.duplicate_group(key::int, edges::numeric[]) OVER () FROM node ORDER BY key$$, $$SELECT key, component::int FROM component ORDER BY key$$, 'by values of any type');
SELECT results_eq($$SELECT key, dp.duplicate_group(('00000000-0000-0000-0000-' || lpad(key::text, 12, '0'))::uuid, edges) OVER () FROM node ORDER BY key$$,
	$$SELECT key, ('00000000-0000-0000-0000-' || lpad(component::text, 12, '0'))::uuid FROM component ORDER BY key$$, 'keys of any type');
SELECT results_eq($$SELECT dp.duplicate_group(k, s) OVER (ORDER BY k) FROM (VALUES (1, '{a,b}'::text[]), (2, '{c}'), (3, '{c,NULL,b}'), (4, '{NULL}'), (5, '{}'), (6, NULL)) v(k, s)$$,
	'VALUES (1), (1), (1), (4), (5), (6)', 'NULL is no value, and without values a row is alone');
SELECT results_eq($$SELECT k, dp.duplicate_group(k, s) OVER () FROM (VALUES (NULL, '{1,2}'::int[]), (7, '{1}'), (8, '{2}'), (9, '{2}')) v(k, s) ORDER BY k$$,
	'VALUES (7, 7), (8, 8), (9, 8), (NULL::int, NULL::int)', 'a row without a key connects nothing');
SELECT results_eq($$SELECT dp.duplicate_group(k, ARRAY[s]) OVER (PARTITION BY p) FROM (VALUES (1, 1, 'x'), (1, 2, 'x'), (2, 3, 'x'), (2, 4, 'x')) v(p, k, s) ORDER BY k$$,
	'VALUES (1), (1), (3), (3)', 'partitions');
SELECT is((SELECT count(DISTINCT g) FROM (SELECT dp.duplicate_group(i, ARRAY[i / 2, (i + 1) / 2 + 1000000]) OVER () AS g FROM generate_series(0, 99999) i) x), 1::bigint, 'a long chain');
SELECT is((SELECT count(DISTINCT g) FROM (SELECT dp.duplicate_group(i::text, ARRAY['all', 'n' || i]) OVER () AS g FROM generate_series(1, 50000) i) x), 1::bigint, 'a value that all share');
SELECT is_empty('SELECT dp.duplicate_group(1, ARRAY[1]) OVER () FROM edge WHERE false', 'no rows');
SELECT is((SELECT min(g::text) FROM (SELECT dp.duplicate_group(k, '{{1,2},{2,3}}'::int[]) OVER () AS g FROM (VALUES (4), (5)) v(k)) x), '4', 'dimensions do not matter');
CREATE DOMAIN number AS int;
SELECT results_eq($$SELECT dp.duplicate_group(i::number, ARRAY[i % 2]::number[]) OVER (ORDER BY i)::int FROM generate_series(1, 4) i$$, 'VALUES (1), (2), (1), (2)', 'values of a domain');
SELECT throws_ok($$SELECT dp.duplicate_group(point(1, 1), ARRAY[1]) OVER ()$$, '42883', 'could not identify a comparison function for type point');
SET datapower.memory_limit = '64MB';
SELECT throws_like($$SELECT dp.duplicate_group(i, ARRAY[i]) OVER () FROM generate_series(1, 2000000) i$$, 'too many keys: more than %', 'memory is limited');
RESET datapower.memory_limit;

SELECT * FROM finish();
ROLLBACK;
