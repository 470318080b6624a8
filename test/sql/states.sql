\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- moments and covariances: against numpy and scipy, merged, in parallel, and odd input
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/states.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
CREATE FUNCTION pg_temp.expect(n text) RETURNS float8 LANGUAGE SQL RETURN (SELECT value FROM expected WHERE name = n);
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;

-- each kind of state, of the whole at once, merged from parts stored, and in parallel
CREATE TABLE many AS SELECT * FROM numbers;
ANALYZE many;
CREATE TEMP TABLE parts AS SELECT i % 7 AS day, dp.moments_state(ARRAY[a, b, c, d]) AS m, dp.covariance_state(ARRAY[a, b, c, d]) AS v FROM numbers GROUP BY 1;
CREATE TEMP TABLE states AS
SELECT 'serial' AS how, dp.moments_state(ARRAY[a, b, c, d]) AS m, dp.covariance_state(ARRAY[a, b, c, d]) AS v FROM numbers
UNION ALL SELECT 'merged', dp.merge(m), dp.merge(v) FROM parts
UNION ALL SELECT 'read back', dp.merge(m::text::dp.moments), dp.merge(v::text::dp.covariance) FROM parts;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT dp.moments_state(ARRAY[a, b, c, d]) AS m, dp.covariance_state(ARRAY[a, b, c, d]) AS v FROM many \gset
SELECT matches(pg_temp.plan($$SELECT dp.moments_state(ARRAY[a, b]), dp.moments_state(c), dp.covariance_state(ARRAY[a, b]) FROM many$$), 'Partial Aggregate', 'states are made in parallel');
SELECT matches(pg_temp.plan($$SELECT dp.merge(s) FROM (SELECT dp.moments_in('1 0') s FROM many) p$$), 'Partial Aggregate', 'and merged in parallel');
SET LOCAL max_parallel_workers_per_gather = 0;
INSERT INTO states VALUES ('parallel', :'m', :'v');

SELECT ok(bool_and(pg_temp.near(count, pg_temp.expect('count ' || f), 0) AND pg_temp.near(mean, pg_temp.expect('mean ' || f), 1e-15)
	AND pg_temp.near(stddev, pg_temp.expect('stddev ' || f)) AND pg_temp.near(skewness, pg_temp.expect('skewness ' || f)) AND pg_temp.near(kurtosis, pg_temp.expect('kurtosis ' || f))
	AND min = pg_temp.expect('min ' || f) AND max = pg_temp.expect('max ' || f)), how || ' moments of feature ' || f)
FROM states, dp.describe(m) d, substr('abcd', d.feature, 1) f GROUP BY how, f ORDER BY how, f;
SELECT ok(pg_temp.near(dp.variance(m, f), pg_temp.expect('variance ' || n)) AND pg_temp.near(dp.var_pop(m, f), pg_temp.expect('var_pop ' || n))
	AND pg_temp.near(dp.stddev(m, f), pg_temp.expect('stddev ' || n)) AND pg_temp.near(dp.stddev_pop(m, f), pg_temp.expect('stddev_pop ' || n))
	AND dp.row_count(m, f) = pg_temp.expect('count ' || n) AND pg_temp.near(dp.mean(m, f), pg_temp.expect('mean ' || n))
	AND pg_temp.near(dp.skewness(m, f), pg_temp.expect('skewness ' || n)) AND pg_temp.near(dp.kurtosis(m, f), pg_temp.expect('kurtosis ' || n))
	AND dp.min(m, f) = pg_temp.expect('min ' || n) AND dp.max(m, f) = pg_temp.expect('max ' || n), 'each measure by itself, of feature ' || n)
FROM states, unnest(ARRAY['a', 'b', 'c', 'd']) WITH ORDINALITY u(n, o), LATERAL (SELECT o::int) x(f) WHERE how = 'serial' ORDER BY n;
SELECT ok(bool_and(pg_temp.near((dp.means(v))[p], pg_temp.expect('whole mean ' || p), 1e-15)), how || ' means of whole rows') FROM states, generate_series(1, 4) p GROUP BY how ORDER BY how;
SELECT ok(bool_and(pg_temp.near((dp.covariance_matrix(v))[p][q], pg_temp.expect(format('covariance %s %s', p, q)), 1e-11)
	AND pg_temp.near((dp.correlation_matrix(v))[p][q], pg_temp.expect(format('correlation %s %s', p, q)))), how || ' covariances')
FROM states, generate_series(1, 4) p, generate_series(1, 4) q GROUP BY how ORDER BY how;
SELECT ok(bool_and(pg_temp.near((dp.covariance_matrix(s.v))[p][q], (dp.covariance_matrix(o.v))[p][q])), how || ' covariances are the serial ones')
FROM states s, generate_series(1, 4) p, generate_series(1, 4) q, (SELECT v FROM states WHERE how = 'serial') o WHERE how <> 'serial' GROUP BY how ORDER BY how;
SELECT ok(bool_and(dp.row_count(v) = pg_temp.expect('whole')), 'only whole rows count') FROM states;

-- every way to write the argument
SELECT is(dp.mean(dp.moments_state(x)), 2::float8, 'integer') FROM generate_series(1, 3) x;
SELECT is(dp.mean(dp.moments_state(x)), 2::float8, 'numeric') FROM generate_series(1.0, 3.0) x;
SELECT is(dp.mean(dp.moments_state(ARRAY[x, 1]), 1), 2::float8, 'integer[]') FROM generate_series(1, 3) x;
SELECT is(dp.mean(dp.moments_state(ARRAY[x, 1]), 2), 1::float8, 'numeric[]') FROM generate_series(1.0, 3.0) x;
SELECT is(dp.mean(dp.moments_state('{1,2}'::float8[]), 2), 2::float8, 'a literal with its type');
SELECT throws_ok($$SELECT dp.moments_state('{1,2}')$$, '42725', NULL, 'an untyped literal could be either');
SELECT is((dp.means(dp.covariance_state('{1,2}')))[2], 2::float8, 'of an array alone it is clear');
SELECT is((dp.covariance_matrix(dp.covariance_state(ARRAY[x, 2 * x])))[1][2], 2::float8, 'covariance of integer[]') FROM generate_series(1, 3) x;
SELECT is((dp.covariance_matrix(dp.covariance_state(ARRAY[x, 2 * x])))[1][2], 2::float8, 'covariance of numeric[]') FROM generate_series(1.0, 3.0) x;
PREPARE params(float8[], float8) AS SELECT dp.mean(dp.moments_state($1)) + dp.mean(dp.moments_state($2)) + (dp.means(dp.covariance_state($1)))[1];
SELECT lives_ok($$EXECUTE params('{1,2}', 3)$$, 'parameters');

-- NULL, NaN, empty, one row, constants
SELECT ok(dp.moments_state(x) IS NULL, 'no value, no moments') FROM unnest(ARRAY[NULL, NULL]::float8[]) x;
SELECT ok(dp.moments_state(x) IS NULL AND dp.covariance_state(ARRAY[x]) IS NULL, 'nor of no rows') FROM unnest('{}'::float8[]) x;
SELECT is(dp.moments_state(x)::text, '1 0', 'NaN is missing') FROM unnest('{NaN,NaN}'::float8[]) x;
SELECT is(d::text, '(1,0,,,,,,)', 'and leaves nothing to tell') FROM dp.describe('1 0') d;
SELECT is(d::text, '(1,1,7,,,,7,7)', 'one value has no spread') FROM (SELECT dp.moments_state(7) m) s, dp.describe(m) d;
SELECT is(d::text, '(1,3,0.1,0,,,0.1,0.1)', 'equal values have no shape') FROM (SELECT dp.moments_state(0.1) m FROM generate_series(1, 3)) s, dp.describe(m) d;
SELECT ok(dp.var_pop(m) = 0 AND dp.variance(m) IS NULL AND dp.stddev(m) IS NULL AND dp.stddev_pop(m) = 0, 'one value varies by 0 in the population') FROM dp.moments_in('1 1 7 0 0 0 0 0 0 0 0 7 7') m;
SELECT ok(dp.means(v) IS NULL AND dp.covariance_matrix(v) IS NULL AND dp.correlation_matrix(v) IS NULL AND dp.row_count(v) = 0, 'no whole row')
FROM (SELECT dp.covariance_state(ARRAY[x, NULL, 'NaN']::float8[]) FROM generate_series(1, 3) x) s(v);
SELECT ok(dp.means(v) = '{1,2}' AND dp.covariance_matrix(v) IS NULL AND dp.correlation_matrix(v) IS NULL, 'one row does not vary') FROM (SELECT dp.covariance_state('{1,2}')) s(v);
SELECT is(dp.correlation_matrix(dp.covariance_state(ARRAY[x, 0.1, -x]::float8[]))::numeric(3, 2)[], '{{1,NULL,-1},{NULL,NULL,NULL},{-1,NULL,1}}', 'a constant has no correlation') FROM generate_series(1, 5) x;
SELECT ok(dp.moments_merge(NULL, NULL) IS NULL AND dp.covariance_merge(NULL, NULL) IS NULL AND dp.merge(NULL::dp.moments) IS NULL AND dp.merge(NULL::dp.covariance) IS NULL, 'nothing merged is nothing');
SELECT ok(dp.mean(NULL) IS NULL AND dp.means(NULL) IS NULL, 'no state, no answer');
SELECT is(dp.moments_merge('1 0', m)::text, m::text, 'an empty state adds nothing') FROM dp.moments_in('1 1 7 0 0 0 0 0 0 0 0 7 7') m;

-- far too large
SELECT ok(dp.mean(m) = 5e149 AND dp.min(m) = 0, 'large values have a mean') FROM (SELECT dp.moments_state(x) FROM unnest('{0,1e150}'::float8[]) x) s(m);
SELECT throws_ok($$SELECT dp.kurtosis(dp.moments_state(x)) FROM unnest('{0,1e150}'::float8[]) x$$, '22003', 'value out of range: overflow', 'but no kurtosis that a double can hold');
SELECT throws_ok($$SELECT dp.covariance_matrix(dp.covariance_state(ARRAY[x])) FROM unnest('{0,1e200}'::float8[]) x$$, '22003', 'value out of range: overflow', 'nor a covariance');

-- errors
SELECT ok(s ~ 'NaN' AND s !~ '-NaN|nan' AND m::text::dp.moments::text = s, 'sums that overflowed are written one way') FROM (SELECT m, m::text FROM (SELECT dp.moments_state(x) FROM unnest('{1e308,-1e308,1e308}'::float8[]) x) t(m)) u(m, s);
SELECT ok(s ~ 'NaN' AND s !~ '-NaN|nan' AND m::text::dp.covariance::text = s, 'of covariances, too') FROM (SELECT m, m::text FROM (SELECT dp.covariance_state(ARRAY[x, -x]) FROM unnest('{1e308,-1e308,1e308}'::float8[]) x) t(m)) u(m, s);
SELECT is(m::text, '1 1 0 NaN 0 NaN 0 0 0 0 0 0 0', 'NaN of either sign is read') FROM dp.moments_in('1 1 0 -nan 0 NAN 0 0 0 0 0 0 0') m;
SELECT ok(dp.moments_merge(m, o)::text::dp.moments IS NOT NULL AND dp.moments_merge(m, m)::text::dp.moments IS NOT NULL AND dp.moments_merge(o, m)::text::dp.moments IS NOT NULL, 'what is merged of odd states can be read back: ' || t)
FROM (VALUES ('1 2 0 0 0 1 0 0 0 1 -1e300 0 1'), ('1 2 0 0 0 1 -1e300 0 0 1 0 0 1'), ('1 2 0 1e9 0 0 0 0 0 0 0 0 1'), ('1 2 0 0 1e150 1 NaN -1e200 0 1 inf 0 1')) v(t), LATERAL (SELECT t::dp.moments, dp.moments_in('1 2 0 0 0 2 0 0 0 2 0 -1 1')) s(m, o);
SELECT throws_ok($$SELECT dp.moments_state('-Infinity'::float8)$$, '22023', 'an infinite value has no moments', 'an infinite value');
SELECT throws_ok($$SELECT dp.covariance_state('{1,Infinity}'::float8[])$$, '22023', 'an infinite value has no covariance', 'an infinite value in a row');
SELECT throws_ok($$SELECT dp.moments_state(array_fill(1::float8, ARRAY[i])) FROM generate_series(2, 3) i$$, '22023', 'wrong number of features: 3', 'moments of rows of different lengths');
SELECT throws_ok($$SELECT dp.covariance_state(array_fill(1::float8, ARRAY[i])) FROM generate_series(2, 3) i$$, '22023', 'wrong number of features: 3', 'covariances of rows of different lengths');
SELECT throws_ok($$SELECT dp.merge(m) FROM unnest(ARRAY['1 0', '2 0 0']::dp.moments[]) m$$, '22023', 'wrong number of features: 2', 'merging moments of different lengths');
SELECT throws_ok($$SELECT dp.merge(v) FROM (SELECT dp.covariance_state(array_fill(1::float8, ARRAY[i])) FROM generate_series(2, 3) i GROUP BY i) s(v)$$, '22023', NULL, 'merging covariances of different lengths');
SELECT throws_ok($$SELECT dp.mean(dp.moments_state(1), 2)$$, '22023', 'invalid value for parameter "feature": 2', 'a feature that is not there');
SELECT throws_ok($$SELECT dp.covariance_state(array_fill(1::float8, ARRAY[1001]))$$, '22023', 'invalid value for parameter "number of features": 1001', 'too many features');
SELECT throws_ok(format('SELECT %L::dp.moments', t), '22P02', NULL, 'refused as moments: ' || t)
FROM unnest(ARRAY['', '0', '1', '1 -1', '1 1 7 0 0 0 0 0 0 0 0 7', '1 1 7 0 0 0 0 0 0 0 0 8 7', '1 1 7 0 0 0 0 0 0 0 0 NaN 7', '1 1 7 0 0 -1 0 0 0 0 0 7 7', '100000 0', '1 0 0']) t;
SELECT throws_ok(format('SELECT %L::dp.covariance', t), '22P02', NULL, 'refused as a covariance: ' || t)
FROM unnest(ARRAY['', '0 0', '1 1', '1 1 0 0 0 -1 0', '1 -1 0 0 0 0 0', '1 1 0 0 0 0 0 0', '1001 0', '1000 0 1 1 1']) t;

-- binary, there and back
SELECT current_setting('data_directory') || '/dp_states.bin' AS file \gset
CREATE TEMP TABLE back (LIKE parts);
COPY parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT string_agg(m::text || v::text, ' ' ORDER BY day) FROM back), (SELECT string_agg(m::text || v::text, ' ' ORDER BY day) FROM parts), 'binary there and back');
SELECT is((SELECT string_agg(m::text::dp.moments::text || v::text::dp.covariance::text, ' ' ORDER BY day) FROM parts), (SELECT string_agg(m::text || v::text, ' ' ORDER BY day) FROM parts), 'text there and back');

SELECT * FROM finish();
ROLLBACK;
