\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- sketches: within their stated error of what PostgreSQL works out exactly, merged, in parallel, and odd input
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
CREATE FUNCTION pg_temp.parallel(workers int) RETURNS void LANGUAGE SQL AS $$
	SELECT set_config('max_parallel_workers_per_gather', workers::text, true), set_config('parallel_setup_cost', '0', true),
		set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true);
$$;
SELECT pg_temp.parallel(0) \g /dev/null

-- quantiles: 300,000 values, in orders that sketches are bad at; x is its own rank
CREATE TABLE ranks AS SELECT i, i::float8 AS up, (300000 - i)::float8 AS down, (CASE i % 2 WHEN 0 THEN i / 2 ELSE 300000 - i / 2 END)::float8 AS inwards,
	(i % 600 * 500 + i / 600)::float8 AS saw, (i * 7919::bigint % 300000)::float8 AS scattered FROM generate_series(0, 299999) i;
ANALYZE ranks;
CREATE TEMP TABLE sketched (how text, q dp.quantiles);
INSERT INTO sketched SELECT 'serial', dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) FROM ranks;
CREATE TEMP TABLE sketch_parts AS SELECT i % 13 AS day, dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks GROUP BY 1;
INSERT INTO sketched SELECT 'merged', dp.merge(q) FROM sketch_parts;
INSERT INTO sketched SELECT 'merged from ranges', dp.merge(q) FROM (SELECT i / 20000, dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks GROUP BY 1) p;
SELECT pg_temp.parallel(3) \g /dev/null
SELECT matches(pg_temp.plan($$SELECT dp.quantiles_state(ARRAY[up, down]), dp.quantiles_state(saw) FROM ranks$$), 'Partial Aggregate', 'quantiles are made in parallel');
SELECT dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks \gset
SELECT pg_temp.parallel(0) \g /dev/null
INSERT INTO sketched VALUES ('parallel', :'q');
SELECT ok(max(abs(dp.quantile(q, p / 100.0, f) / 300000 - p / 100.0)) < 0.009 AND count(*) FILTER (WHERE abs(dp.quantile(q, p / 100.0, f) / 300000 - p / 100.0) > 0.006) <= 2
	AND max(abs(dp.cdf(q, p * 3000, f) - p / 100.0)) < 0.009, format('%s, order %s: percentiles and ranks are within their error', how, f))
FROM sketched, generate_series(1, 5) f, generate_series(0, 100) p GROUP BY how, f ORDER BY how, f;
SELECT ok(bool_and(dp.row_count(q, f) = 300000), 'all rows are counted') FROM sketched, generate_series(1, 5) f;
SELECT ok(max(pg_column_size(q)) < 5 * 17000, 'a sketch is small') FROM sketched;
-- exact up to 512 values
SELECT ok(bool_and(abs(ours - theirs) < 1e-12 * theirs + 1e-300), 'few values are exact')
FROM (SELECT dp.quantile(dp.quantiles_state(scattered), p), percentile_cont(p) WITHIN GROUP (ORDER BY scattered) FROM ranks, (SELECT ARRAY[0, 0.05, 0.25, 0.333, 0.5, 0.95, 1]::float8[]) v(p) WHERE i < 512 GROUP BY p) s(o, t), unnest(o, t) u(ours, theirs);
SELECT is(dp.cdf(dp.quantiles_state(x), 2), 0.75::float8, 'as are their ranks, ties included') FROM unnest('{1,2,2,3}'::float8[]) x;

-- every way to write it, odd input, errors
SELECT is(dp.quantile(dp.quantiles_state(x), 0.5), 2::float8, 'integer') FROM generate_series(1, 3) x;
SELECT is(dp.quantile(dp.quantiles_state(x), 1), 3::float8, 'numeric') FROM generate_series(1.0, 3.0) x;
SELECT is(dp.quantile(dp.quantiles_state(ARRAY[x, x]), ARRAY[0, 1], 2), '{1,3}', 'integer[]') FROM generate_series(1, 3) x;
SELECT is(dp.quantile(dp.quantiles_state(ARRAY[x, x]), 0, 2), 1::float8, 'numeric[]') FROM generate_series(1.0, 3.0) x;
SELECT throws_ok($$SELECT dp.quantiles_state('{1,2}')$$, '42725', NULL, 'an untyped literal could be either');
PREPARE quantile(float8[], float8, float8) AS SELECT dp.quantile(dp.quantiles_state($1), $2) + dp.quantile(dp.quantiles_state($3), $2);
SELECT lives_ok($$EXECUTE quantile('{1,2}', 0.5, 3)$$, 'parameters');
SELECT ok(dp.quantiles_state(x) IS NULL, 'no value, no quantiles') FROM unnest(ARRAY[NULL, NULL]::float8[]) x;
SELECT ok(dp.quantile(q, 0.5) IS NULL AND dp.quantile(q, '{0.5}'::float8[]) IS NULL AND dp.cdf(q, 1) IS NULL AND dp.row_count(q) = 0, 'nothing but NaN') FROM (SELECT dp.quantiles_state('NaN'::float8)) s(q);
SELECT ok(dp.quantile(q, 0.1) = 7 AND dp.cdf(q, 6) = 0 AND dp.cdf(q, 'Infinity') = 1 AND dp.cdf(q, 'NaN') = 1 AND dp.cdf(q, '-Infinity') = 0, 'one row') FROM (SELECT dp.quantiles_state(7)) s(q);
SELECT is(dp.quantile(dp.quantiles_state(0.1), '{0,0.3,1}'::float8[]), '{0.1,0.1,0.1}', 'equal rows, thousands of them') FROM generate_series(1, 5000);
SELECT ok(dp.quantiles_merge(NULL, NULL) IS NULL AND dp.merge(NULL::dp.quantiles) IS NULL AND dp.quantile(NULL, 0.5) IS NULL, 'nothing merged is nothing');
SELECT throws_ok($$SELECT dp.quantiles_state('Infinity'::float8)$$, '22023', 'cannot take quantiles of an infinite value', 'an infinite value');
SELECT throws_ok($$SELECT dp.quantiles_state(array_fill(1::float8, ARRAY[i])) FROM generate_series(2, 3) i$$, '22023', 'wrong number of features: 3', 'rows of different lengths');
SELECT throws_ok(format('SELECT dp.quantile(dp.quantiles_state(1), %s)', p), '22023', NULL, 'p = ' || p) FROM unnest(ARRAY['1.5', '-0.1', '''NaN''::float8', '''{0.5,2}''::float8[]']) p;
SELECT throws_ok($$SELECT dp.quantile(dp.quantiles_state(1), '{NULL}'::float8[])$$, '22004', '"p" must not contain nulls', 'p is NULL');
SELECT throws_ok($$SELECT dp.quantile(dp.quantiles_state(1), 0.5, 2)$$, '22023', 'invalid value for parameter "feature": 2', 'a feature that is not there');
SELECT throws_ok($$SELECT dp.merge(q) FROM unnest(ARRAY['1 0 1 0', '2 0 1 0 0 1 0']::dp.quantiles[]) q$$, '22023', 'wrong number of features: 2', 'merging different lengths');
SELECT throws_ok(format('SELECT %L::dp.quantiles', t), '22P02', NULL, 'refused as quantiles: ' || t)
FROM unnest(ARRAY['', '0', '1', '1 1 1 0', '1 1 1 2 1 1', '1 1 1 1 NaN', '1 1 1 1 Infinity', '1 2 1 1 5', '100000 1 1 1 1', '1 9007199254740992 55 1 1', '1 1 1 1 1 1']) t;

-- text and binary, there and back
SELECT current_setting('data_directory') || '/dp_sketches.bin' AS file \gset
CREATE TEMP TABLE back (LIKE sketch_parts);
COPY sketch_parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT md5(string_agg(q::text, ' ' ORDER BY day)) FROM back), (SELECT md5(string_agg(q::text, ' ' ORDER BY day)) FROM sketch_parts), 'binary there and back');
SELECT is((SELECT md5(string_agg(q::text::dp.quantiles::text, ' ' ORDER BY day)) FROM sketch_parts), (SELECT md5(string_agg(q::text, ' ' ORDER BY day)) FROM sketch_parts), 'text there and back');

SELECT * FROM finish();
ROLLBACK;
