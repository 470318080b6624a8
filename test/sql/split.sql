\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- splits and folds
BEGIN;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/split.sql'
\i :file

-- frozen: what a row belongs to must never change between versions; the numbers are those of test/oracle/split.py
SELECT is(string_agg(dp.split(k::bigint, 42, '{0.7,0.2,0.1}')::text, '' ORDER BY k), :'split_bigint', 'split of bigint keys') FROM generate_series(-5, 34) k;
SELECT is(string_agg(dp.split('key ' || k, 42, '{0.7,0.2,0.1}')::text, '' ORDER BY k), :'split_text', 'split of text keys') FROM generate_series(-5, 34) k;
SELECT is(string_agg(dp.fold(k::bigint, 5)::text, '' ORDER BY k), :'fold_bigint', 'folds of bigint keys') FROM generate_series(-5, 34) k;
SELECT is(string_agg(dp.fold('ключ ' || k, 5, 7)::text, '' ORDER BY k), :'fold_text', 'folds of text keys beyond ASCII') FROM generate_series(-5, 34) k;

-- uniform: chi-square below its 0.1 % point
SELECT ok(sum((n - e) ^ 2 / e) < 13.82, 'parts have the size asked for') FROM (SELECT dp.split(k, 1, '{0.7,0.2,0.1}') AS part, count(*) AS n FROM generate_series(1, 100000) k GROUP BY 1) s
JOIN (VALUES (1, 70000.0), (2, 20000.0), (3, 10000.0)) v(part, e) USING (part);
SELECT ok(sum((n - 10000) ^ 2 / 10000.0) < 27.88, 'folds are of one size') FROM (SELECT dp.fold(k::text, 10) AS part, count(*) AS n FROM generate_series(1, 100000) k GROUP BY 1) s;
SELECT ok(sum((n - 4000) ^ 2 / 4000.0) < 52.62, 'folds and splits under one seed are independent')
FROM (SELECT dp.fold(k, 5, 3), dp.split(k, 3, '{0.2,0.2,0.2,0.2,0.2}'), count(*) AS n FROM generate_series(1, 100000) k GROUP BY 1, 2) s;
SELECT ok(sum((n - 4000) ^ 2 / 4000.0) < 52.62, 'and so are two seeds')
FROM (SELECT dp.fold(k, 5, 3), dp.fold(k, 5, 4), count(*) AS n FROM generate_series(1, 100000) k GROUP BY 1, 2) s;
SELECT is(count(*)::int, 0, 'a larger first part keeps its members') FROM generate_series(1, 10000) k WHERE dp.split(k, 1, '{0.7,0.3}') = 1 AND dp.split(k, 1, '{0.8,0.2}') <> 1;
SELECT is(max(dp.split(k, 1, '{0.1,0.2,0.7}')), 3, 'fractions that add up to 1 but for rounding') FROM generate_series(1, 10000) k;

SELECT is(dp.split(1, 1, '{1}'), 1, 'one part');
SELECT is(dp.split(NULL::bigint, 1, '{1}'), NULL, 'no key, no part');
SELECT is(dp.fold(NULL::text, 5), NULL, 'no key, no fold');
SELECT is(dp.split(7, 1, ARRAY[0.5, 0.5]), dp.split(7::bigint, 1, '{0.5,0.5}'), 'integer keys and numeric fractions');
SELECT isnt(dp.fold('42', 1000), dp.fold(42, 1000), 'a text key is not the number it spells');
SELECT is(dp.split('', 1, '{0.5,0.5}') IN (1, 2), true, 'an empty key is a key');
SELECT throws_ok($$SELECT dp.split(1, 1, '{0.8,0.1}')$$, '22023', 'the fractions add up to 0.9, not 1', 'a part left over');
SELECT throws_ok($$SELECT dp.split(1, 1, '{1.5,-0.5}')$$, '22023', 'invalid fraction: 1.5', 'a fraction above 1');
SELECT throws_ok($$SELECT dp.split(1, 1, '{0,1}')$$, '22023', 'invalid fraction: 0', 'an empty part');
SELECT throws_ok($$SELECT dp.split(1, 1, '{NaN}')$$, '22023', 'invalid fraction: NaN', 'not a number');
SELECT throws_ok($$SELECT dp.split(1, 1, '{NULL,1}')$$, '22004', '"fractions" must not contain nulls', 'a NULL fraction');
SELECT throws_ok($$SELECT dp.split(1, 1, '{}')$$, '2202E', '"fractions" must not be empty', 'no fractions');
SELECT throws_ok($$SELECT dp.split(1, 1, '{{0.5,0.5}}')$$, '2202E', '"fractions" must have one dimension, not 2', 'a matrix');
SELECT throws_ok($$SELECT dp.fold(1, 1)$$, '22023', 'invalid value for parameter "k": 1', 'a single fold');
SELECT throws_ok($$SELECT dp.fold('a', 10001)$$, '22023', 'invalid value for parameter "k": 10001', 'too many folds');
SELECT is(count(*)::int, 4, 'all are immutable and parallel safe') FROM pg_proc
WHERE pronamespace = 'dp'::regnamespace AND proname IN ('split', 'fold') AND provolatile = 'i' AND proparallel = 's' AND proisstrict;

SELECT * FROM finish();
ROLLBACK;
