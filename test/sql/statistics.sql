\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- scalers and outlier scores of one column
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/statistics.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-10) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';

-- against scikit-learn
CREATE TEMP TABLE scalers AS
SELECT m AS method, (SELECT dp.fit_scaler(ARRAY[a, b, c, d], m) FROM numbers WHERE i <= CASE m WHEN 'robust' THEN 500 ELSE 2000 END) AS s
FROM unnest(ARRAY['standard', 'minmax', 'robust']) m;
-- sklearn subtracts a mean that rounding has moved for feature 4; the mean of equal values is exact here
-- and multiplies before it subtracts, which costs feature 2 (1e9 and a bit) eight digits
SELECT ok(pg_temp.near((dp.scale(s, ARRAY[a, b, c, d]))[f], value, CASE f WHEN 2 THEN 1e-8 ELSE 1e-10 END), method || ' feature ' || f || ' row ' || i)
FROM scalers, generate_series(1, 4) f, numbers, expected
WHERE i IN (7, 499) AND name = format('%s %s row %s', method, f, i) ORDER BY method, f, i;
SELECT ok(bool_and(pg_temp.near((dp.unscale(s, dp.scale(s, ARRAY[a, b, c, d])))[f], (ARRAY[a, b, c, d])[f])), 'unscale undoes scale')
FROM scalers, generate_series(1, 4) f, numbers WHERE c <> 'NaN';
SELECT is(dp.scale(s, ARRAY[NULL, NULL, 'NaN', NULL]::float8[]), '{NULL,NULL,NaN,NULL}', method || ' leaves NULL and NaN') FROM scalers ORDER BY 1;
SELECT is(dp.scale(s, '[0:3]={NULL,Infinity,-Infinity,0.1}'::float8[]), '[0:3]={NULL,Infinity,-Infinity,0}', 'infinite values stay infinite, bounds stay')
FROM scalers WHERE method = 'standard';

-- one feature as a number
SELECT is(dp.scale(dp.fit_scaler(x, 'minmax'), 3::float8), 0.5::float8, 'a single feature') FROM unnest(ARRAY[1, 2, 5]::float8[]) x;
SELECT is(dp.unscale(dp.fit_scaler(x, 'minmax'), 0.5::float8), 3::float8, 'a single feature, back') FROM unnest(ARRAY[1, 2, 5]::float8[]) x;
SELECT is(dp.scale(dp.fit_scaler(x, 'minmax'), ARRAY[3::float8]), ARRAY[0.5::float8], 'and as an array of one') FROM unnest(ARRAY[1, 2, 5]::float8[]) x;
SELECT is(dp.scaler_center(s)::text || dp.scaler_scale(s)::text, '{2,NULL}{3,NULL}', 'centre and scale, NULL where nothing was seen')
FROM (SELECT dp.fit_scaler(ARRAY[x, NULL], 'minmax') FROM unnest(ARRAY[2, 5]::float8[]) x) t(s);

-- every way to write the argument
SELECT is(dp.fit_scaler(ARRAY[i, i], 'minmax')::text, '"minmax" 2 3 1 3 3 1 3', 'integer[]') FROM generate_series(1, 3) i;
SELECT is(dp.fit_scaler(ARRAY[i, i], 'minmax')::text, '"minmax" 2 3 1 3 3 1 3', 'numeric[]') FROM generate_series(1.0, 3.0) i;
SELECT is(dp.fit_scaler(i, 'minmax')::text, '"minmax" 1 3 1 3', 'integer') FROM generate_series(1, 3) i;
SELECT is(dp.fit_scaler(i, 'minmax')::text, '"minmax" 1 3 1 3', 'numeric') FROM generate_series(1.0, 3.0) i;
SELECT is(dp.fit_scaler(i::real, 'minmax')::text, '"minmax" 1 3 1 3', 'real') FROM generate_series(1, 3) i;
SELECT throws_ok($$SELECT dp.fit_scaler('{1,2}', 'minmax')$$, '42725', NULL, 'an untyped literal could be either');
SELECT throws_ok($$SELECT dp.fit_scaler(NULL, 'minmax')$$, '42725', NULL, 'and so could an untyped NULL');
PREPARE fit(float8[], text) AS SELECT dp.fit_scaler($1, $2)::text;
SELECT is((SELECT dp.fit_scaler('{1,2}'::float8[], 'minmax')::text), '"minmax" 2 1 1 1 1 2 2', 'a literal with its type');
SELECT lives_ok($$EXECUTE fit('{1,2}', 'standard')$$, 'parameters');

-- NULL, empty, one row
SELECT ok(dp.fit_scaler(NULL::float8[], 'standard') IS NULL, 'NULL rows teach nothing') FROM generate_series(1, 3);
SELECT ok(dp.fit_scaler(NULL::float8, 'standard') IS NULL, 'nor do NULL values') FROM generate_series(1, 3);
SELECT ok(dp.fit_scaler(1::float8, 'standard') IS NULL, 'no rows, no scaler') FROM generate_series(1, 0);
SELECT is(dp.fit_scaler(CASE WHEN i = 2 THEN ARRAY[1.5, 2.5] END, 'standard')::text, '"standard" 2 1 1.5 0 0 0 0 1 2.5 0 0 0 0', 'a NULL row among others') FROM generate_series(1, 3) i;
SELECT is(dp.scale(NULL, 1::float8), NULL, 'no scaler, no answer');

-- errors
SELECT throws_ok($$SELECT dp.fit_scaler(1::float8, 'l2')$$, '22023', 'unrecognized method "l2"', 'an unknown method');
SELECT throws_ok($$SELECT dp.fit_scaler(1::float8, NULL)$$, '22004', '"method" must not be null', 'a NULL method');
SELECT throws_ok($$SELECT dp.fit_scaler(i::float8, CASE i WHEN 1 THEN 'minmax' ELSE 'robust' END) FROM generate_series(1, 2) i$$,
	'22023', '"method" must be the same for every row', 'a method that changes');
SELECT throws_ok($$SELECT dp.fit_scaler(array_fill(1::float8, ARRAY[i]), 'minmax') FROM generate_series(2, 3) i$$,
	'22023', 'wrong number of features: 3', 'rows of different lengths');
SELECT throws_ok($$SELECT dp.fit_scaler('{}'::float8[], 'minmax')$$, '2202E', '"features" must not be empty', 'an empty array');
SELECT throws_ok($$SELECT dp.fit_scaler('{{1,2}}'::float8[], 'minmax')$$, '2202E', '"features" must have one dimension, not 2', 'a matrix');
SELECT throws_ok($$SELECT dp.fit_scaler('Infinity'::float8, 'minmax')$$, '22023', 'cannot fit a scaler to an infinite value', 'an infinite value');
SELECT throws_ok($$SELECT dp.scale((SELECT s FROM scalers LIMIT 1), ARRAY[1, 2]::float8[])$$, '22023', 'wrong number of features: 2', 'scaling a row of another length');
SELECT throws_ok($$SELECT dp.scale((SELECT s FROM scalers LIMIT 1), 1::float8)$$, '22023', 'wrong number of features: 1', 'scaling a number with a scaler of many');
SELECT throws_ok($$SELECT dp.scale(dp.fit_scaler('NaN'::float8, 'minmax'), 1::float8)$$, '22000', 'feature 1 of the scaler has no values', 'a feature without values');
SELECT throws_ok($$SELECT dp.scale(dp.fit_scaler(x, 'minmax'), 1::float8) FROM unnest(ARRAY[-1.7e308, 1.7e308]::float8[]) x$$,
	'22023', 'spread of feature 1 is out of range', 'values too large to subtract');
SELECT throws_ok(format('SELECT dp.fit_scaler(x, ''standard'') FROM unnest(%L::float8[]) x', values), '22003', 'spread of feature 1 is out of range', 'values too large to square: ' || values)
FROM (VALUES ('{1e308,-1e308,1.7e308}'), ('{1e200,0}')) v(values);
SELECT throws_ok($$SELECT dp.merge(s) FROM (SELECT dp.fit_scaler(x, 'standard') FROM unnest(ARRAY[1e308, -1e308]::float8[]) x GROUP BY x) p(s)$$, '22003', 'spread of feature 1 is out of range', 'parts too far apart');
SELECT throws_ok($$SELECT dp.merge(s) FROM scalers$$, '22023', 'cannot merge scalers of different methods', 'merging unlike scalers');

-- merged from stored parts, and in parallel
CREATE TEMP TABLE parts AS SELECT m AS method, i % 7 AS day, dp.fit_scaler(ARRAY[a, b, c, d], m) AS s
FROM numbers, unnest(ARRAY['standard', 'minmax', 'robust']) m GROUP BY 1, 2;
SELECT ok(bool_and(pg_temp.near((dp.scaler_center(p.s))[f], (dp.scaler_center(w.s))[f], 1e-12) AND pg_temp.near((dp.scaler_scale(p.s))[f], (dp.scaler_scale(w.s))[f], 1e-12)),
	method || ' merged from parts is the whole')
FROM (SELECT method, dp.merge(s) AS s FROM parts GROUP BY 1) p JOIN scalers w USING (method), generate_series(1, 4) f
WHERE method <> 'robust' GROUP BY method ORDER BY method;
SELECT ok(abs((dp.scaler_center(dp.merge(s)))[1] - 500) < 6 AND abs((dp.scaler_scale(dp.merge(s)))[1] - 500) < 12, 'robust merged from parts is within its rank error')
FROM parts WHERE method = 'robust';
SELECT ok((SELECT dp.merge(s) FROM parts WHERE false) IS NULL, 'nothing merged is NULL');
SELECT ok(dp.scaler_merge(NULL, NULL) IS NULL, 'NULL merged with NULL is NULL');

CREATE TEMP TABLE one AS SELECT dp.fit_scaler(ARRAY[1, 2], 'standard') AS s;
SELECT is((SELECT dp.scaler_add(s, ARRAY[3, 4]::float8[], 'standard')::text FROM one), '"standard" 2 2 2 0 0 2 0 2 3 0 0 2 0', 'a transition function called by hand');
SELECT is((SELECT s::text FROM one), '"standard" 2 1 1 0 0 0 0 1 2 0 0 0 0', 'leaves the stored state alone');

SELECT ok(bool_and(pg_temp.near(ours[1], theirs, 1e-14)), 'as a running aggregate') FROM (
	SELECT dp.scaler_center(dp.fit_scaler(a, 'standard') OVER (ORDER BY i)) AS ours, avg(a) OVER (ORDER BY i) AS theirs FROM numbers) w;

CREATE TABLE many AS SELECT n.*, j FROM numbers n, generate_series(1, 10) j;
ANALYZE many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
SELECT matches(pg_temp.plan($$SELECT dp.fit_scaler(ARRAY[a, b], 'standard'), dp.fit_scaler(c, 'robust') FROM many$$), 'Partial Aggregate', 'scalers are fitted in parallel');
SELECT matches(pg_temp.plan($$SELECT dp.merge(s) FROM (SELECT dp.scaler_in('"minmax" 1 0 0 0') s FROM many) p$$), 'Partial Aggregate', 'and merged in parallel');
SELECT dp.fit_scaler(ARRAY[a, b, c, d], 'standard') AS standard, dp.fit_scaler(ARRAY[a, b, c, d], 'minmax') AS minmax, dp.fit_scaler(ARRAY[a, b, c, d], 'robust') AS robust FROM many \gset
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(bool_and(pg_temp.near((dp.scaler_center(:'standard'))[f], (dp.scaler_center(s))[f], 1e-12) AND pg_temp.near((dp.scaler_scale(:'standard'))[f], (dp.scaler_scale(s))[f], 1e-12)),
	'standard in parallel is standard') FROM (SELECT dp.fit_scaler(ARRAY[a, b, c, d], 'standard') FROM many) m(s), generate_series(1, 4) f;
SELECT is(:'minmax', dp.fit_scaler(ARRAY[a, b, c, d], 'minmax')::text, 'minmax in parallel is minmax') FROM many;
SELECT ok(abs((dp.scaler_center(:'robust'))[1] - 500) < 6, 'robust in parallel is within its rank error');

-- text and binary
SELECT current_setting('data_directory') || '/dp_scalers.bin' AS file \gset
CREATE TEMP TABLE back (LIKE parts);
COPY parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT string_agg(s::text, ' ' ORDER BY method, day) FROM back), (SELECT string_agg(s::text, ' ' ORDER BY method, day) FROM parts), 'binary there and back');
SELECT is((SELECT string_agg(s::text::dp.scaler::text, ' ' ORDER BY method, day) FROM parts), (SELECT string_agg(s::text, ' ' ORDER BY method, day) FROM parts), 'text there and back');
SELECT throws_ok(format('SELECT %L::dp.scaler', t), '22P02', format('invalid input syntax for type dp.scaler: "%s"', t), 'refused: ' || t)
FROM unnest(ARRAY['', 'standard', '"l2" 1 1 1 1', '"standard" 0', '"standard" 1 1 1 0', '"standard" 1 1 1 0 0 -1 0', '"standard" 1 -1 1 0 0 0 0', '"standard" 1 1 1 0 0 0 0 0',
	'"minmax" 1 1 2 1', '"minmax" 1 1 NaN 1', '"minmax" 100000 1 1 1', '"robust" 1 1 1 2 1 1', '"robust" 1 2 1 1 5', '"robust" 1 1 1 1 Infinity',
	'"robust" 1 9007199254740992 54 1', '"standard" 1 1x 1 0 0 0 0', '"standard" 1 99999999999999999999 1 0 0 0 0']) t;
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE file text := current_setting('data_directory') || '/dp_scalers.bin';
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
	EXECUTE format('COPY one FROM %L (FORMAT binary)', file);
	RETURN 'taken';
END $$;
SELECT is(pg_temp.receive(dp.scaler_send(s)), 'taken', 'the bytes of a scaler are received') FROM one;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', b), '22P03', 'invalid binary representation of type dp.scaler', 'refused: ' || left(b::text, 40))
FROM unnest(ARRAY['\x', '\x00', '\xffffffff', '\x000000087374616e64617264', '\x000000087374616e646172640000000000000001',
	'\x000000087374616e6461726400000000000186a0000000000000000100000000000000000000000000000000']::bytea[]) b;

-- outlier scores
CREATE TEMP TABLE wide AS SELECT i, a FROM numbers UNION ALL VALUES (2001, 1e5), (2002, -3e4);
SELECT ok(pg_temp.near(score, value), 'zscore of row ' || i) FROM (SELECT i, dp.outlier_score(a, 'zscore') OVER () AS score FROM wide) w JOIN expected ON name = 'zscore ' || i ORDER BY i;
SELECT ok(pg_temp.near(score, value), 'mad of row ' || i) FROM (SELECT i, dp.outlier_score(a) OVER () AS score FROM wide) w JOIN expected ON name = 'mad ' || i ORDER BY i;
SELECT ok(pg_temp.near(max(score), (SELECT value FROM expected WHERE name = 'mad fallback')), 'more than half equal') FROM (SELECT dp.outlier_score(x) OVER () AS score FROM unnest('{5,5,5,5,5,5,5,1,2,30}'::float8[]) x) s;
SELECT is(array_agg(i ORDER BY i), ARRAY[2001, 2002], 'the two that were put there are outliers') FROM (SELECT i, dp.is_outlier(a) OVER () AS odd FROM wide) w WHERE odd;
SELECT is(array_agg(i ORDER BY i), ARRAY[2001, 2002], 'by zscore too') FROM (SELECT i, dp.is_outlier(a, 'zscore') OVER () AS odd FROM wide) w WHERE odd;
SELECT is(array_agg(i ORDER BY i), ARRAY[2001], 'and with a higher threshold one of them') FROM (SELECT i, dp.is_outlier(a, options => '{"threshold": 100}') OVER () AS odd FROM wide) w WHERE odd;
SELECT is(string_agg(format('%s:%s', x, score), ' ' ORDER BY x), '-Infinity:Infinity 1:0.6745 2:0 3:0.6745 Infinity:Infinity NaN:NaN :', method || ': NULL, NaN and infinite values')
FROM (SELECT x, 'mad' AS method, dp.outlier_score(x) OVER () AS score FROM unnest('{1,NULL,2,NaN,Infinity,3,-Infinity}'::float8[]) x) s GROUP BY method;
SELECT is(string_agg(coalesce(odd::text, '-'), ' ' ORDER BY x), 'true false false false true true -', 'what is infinite or NaN is an outlier, NULL is not known')
FROM (SELECT x, dp.is_outlier(x) OVER () AS odd FROM unnest('{1,NULL,2,NaN,Infinity,3,-Infinity}'::float8[]) x) s;
SELECT is(array_agg(score), '{0}', 'one row, ' || method) FROM unnest(ARRAY['mad', 'zscore']) method, LATERAL (SELECT dp.outlier_score(x, method) OVER () AS score FROM unnest('{7}'::float8[]) x) s GROUP BY method ORDER BY method;
SELECT is(array_agg(score), '{0,0,0}', 'equal rows, ' || method) FROM unnest(ARRAY['mad', 'zscore']) method, LATERAL (SELECT dp.outlier_score(x, method) OVER () AS score FROM unnest('{0.1,0.1,0.1}'::float8[]) x) s GROUP BY method ORDER BY method;
SELECT is(array_agg(score), '{NULL,NULL}', 'nothing but NULL') FROM (SELECT dp.outlier_score(x) OVER () AS score FROM unnest('{NULL,NULL}'::float8[]) x) s;
SELECT is(string_agg(round(score::numeric, 4)::text, ' ' ORDER BY g, x), '0.6745 0.0000 0.6745 0.6745 0.0000 0.6745', 'each partition by itself')
FROM (SELECT g, x, dp.outlier_score(x) OVER (PARTITION BY g) AS score FROM (VALUES (1, 1), (1, 2), (1, 3), (2, 100), (2, 200), (2, 300)) v(g, x)) s;
SELECT is(array_agg(score ORDER BY x), (SELECT array_agg(score ORDER BY x) FROM (SELECT x, dp.outlier_score(x) OVER (ORDER BY x ROWS 1 PRECEDING) AS score FROM unnest(ARRAY[1, 2, 9]) x) s),
	'a frame and an order change nothing') FROM (SELECT x, dp.outlier_score(x) OVER () AS score FROM unnest(ARRAY[1, 2, 9]) x) s;
SELECT is(count(score)::int, 3, 'numeric and literals') FROM (SELECT dp.outlier_score(x) OVER () + dp.outlier_score('3') OVER () AS score FROM unnest(ARRAY[1.0, 2.0, 9.0]) x) s;
SELECT throws_ok($$SELECT dp.outlier_score(1, 'nothing') OVER ()$$, '22023', 'unrecognized method "nothing"', 'an unknown method');
SELECT throws_ok($$SELECT dp.outlier_score(1, NULL) OVER ()$$, '22004', '"method" must not be null', 'a NULL method');
SELECT throws_ok($$SELECT dp.outlier_score(1, m) OVER () FROM unnest(ARRAY['mad', 'zscore']) m$$, '22023', '"method" must be the same for every row of a partition', 'a method that changes');
SELECT is(odd, true, 'a threshold below every score') FROM (SELECT dp.is_outlier(1, options => '{"threshold": -1}') OVER ()) s(odd);
SELECT throws_ok($$SELECT dp.outlier_score(x) OVER () FROM unnest(ARRAY[-1.7e308, -1.7e308, 1.7e308, 1.7e308]::float8[]) x$$, '22023', 'spread of feature 1 is out of range', 'values too large to subtract');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_ok($$SELECT dp.outlier_score(x) OVER () FROM generate_series(1, 200000) x$$, '54000', 'partition is too large for method "mad": 200000 rows', 'more rows than the memory limit allows');

SELECT * FROM finish();
ROLLBACK;
