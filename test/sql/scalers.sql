\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- every method of scaling against scikit-learn, its inverse, rows by their length, partitions
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/scalers.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
CREATE TEMP TABLE fitted AS SELECT sample, method, dp.fit_scaler(x, method) AS s FROM scaled, unnest('{standard,minmax,robust,maxabs,quantile,yeo_johnson,box_cox,log,winsor}'::text[]) method
	WHERE NOT (method = 'box_cox' AND sample <> 'wine' OR method = 'log' AND sample = 'sign') GROUP BY 1, 2;
-- a power is known to about the root of the machine's epsilon, where the likelihood is flat
SELECT ok(bool_and(pg_temp.near(dp.scale(s, x), value, CASE WHEN method IN ('yeo_johnson', 'box_cox') THEN 1e-7 ELSE 1e-9 END)), format('%s of %s', method, sample))
FROM fitted JOIN scaled USING (sample) JOIN expected e ON e.name = format('%s %s %s', sample, method, i) GROUP BY method, sample HAVING count(*) = 5 ORDER BY method, sample;
SELECT ok(pg_temp.near((dp.scaler_lambda(s))[1], value, 1e-5), 'the power of ' || sample || ' by ' || method) FROM fitted f JOIN expected e ON e.name = format('%s %s lambda', sample, method) ORDER BY method, sample;
SELECT is(count(*)::int, 32, 'no method was left out') FROM fitted;
SELECT ok(bool_and(pg_temp.near(dp.unscale(s, dp.scale(s, x)), x)), method || ' can be undone') FROM fitted JOIN scaled USING (sample)
WHERE method NOT IN ('winsor', 'quantile') OR method = 'quantile' AND sample = 'ties' GROUP BY method ORDER BY method;
SELECT ok(bool_and(dp.scale(s, dp.unscale(s, dp.scale(s, x))) - dp.scale(s, x) BETWEEN -1e-9 AND 1e-9), 'quantile can be undone but for ties') FROM fitted JOIN scaled USING (sample) WHERE method = 'quantile' AND sample IN ('skew', 'sign');
SELECT throws_ok($$SELECT dp.unscale(s, 1) FROM fitted WHERE method = 'winsor'$$, '0A000', 'method "winsor" cannot be undone', 'what was cut off is gone');

-- where the spread is small against the values, a power is next to linear, and must not lose its digits; both ways, and for values of the other sign
SELECT ok(bool_and(pg_temp.near(dp.scale(s, y), (x - 200) / sd, 1e-5) AND pg_temp.near(dp.unscale(s, dp.scale(s, y)), y, 1e-14)) AND min(abs(y)) > 0.9e9, format('%s of values near %s', method, shift))
FROM (SELECT method, shift, dp.fit_scaler(x + shift, method) AS s, stddev_pop(x) AS sd FROM generate_series(0, 400) x, (VALUES ('yeo_johnson', 1e9::float8), ('yeo_johnson', -1e9), ('box_cox', 1e9)) v(method, shift) GROUP BY 1, 2) f,
	generate_series(0, 400, 50) x, LATERAL (SELECT x + shift) t(y) GROUP BY method, shift ORDER BY method, shift;
SELECT ok(bool_and(pg_temp.near(dp.unscale(s, dp.scale(s, x)), x, 1e-9)), 'and back for values of the other sign: ' || side) FROM (SELECT side, dp.fit_scaler(side * x ^ 2, 'yeo_johnson') AS s FROM generate_series(1, 100) x, unnest(ARRAY[-1, 1]) side GROUP BY side) f, generate_series(-20, 20, 0.5) x
WHERE dp.scale(s, x) BETWEEN -100 AND 100 GROUP BY side ORDER BY side;
SELECT ok(pg_temp.near((dp.scaler_center(s))[1], (SELECT avg(p) FROM (SELECT ((x + 1) ^ l - 1) / l FROM scaled WHERE sample = 'skew') y(p)), 1e-9) AND pg_temp.near((dp.scaler_scale(s))[1], (SELECT stddev_pop(p) FROM (SELECT ((x + 1) ^ l - 1) / l FROM scaled WHERE sample = 'skew') y(p)), 1e-9),
	'center and scale are those of the power') FROM fitted, LATERAL (SELECT (dp.scaler_lambda(s))[1]) f(l) WHERE method = 'yeo_johnson' AND sample = 'skew';

-- far more rows than a sketch keeps
CREATE TABLE plenty AS SELECT ((i * 7919::bigint % 200003) / 200003.0)::float8 AS u, exp(((i * 7919::bigint % 200003) / 200003.0)::float8 * 4 - 2) AS x FROM generate_series(1, 200000) i;
ANALYZE plenty;
SELECT ok(max(abs(dp.scale(s, x) - u)) < 0.009, 'quantile of 200,000 rows is within the rank error') FROM plenty, (SELECT dp.fit_scaler(x, 'quantile') FROM plenty) f(s);
SELECT ok(pg_temp.near((dp.scaler_lambda(s))[1], 0, 0.02), 'box_cox of 200,000 exponentials of a uniform variable is the logarithm') FROM (SELECT dp.fit_scaler(x, 'box_cox') FROM plenty) f(s);
SELECT ok(pg_temp.near((dp.scaler_center(s))[1], exp(0.05 * 4 - 2), 0.006) AND pg_temp.near((dp.scaler_scale(s))[1], exp(0.95 * 4 - 2), 0.03), 'winsor of 200,000 rows cuts near the percentiles') FROM (SELECT dp.fit_scaler(x, 'winsor') FROM plenty) f(s);
-- merged from parts is the whole
SELECT ok(bool_and(pg_temp.near(dp.scale(p, x), dp.scale(s, x), CASE WHEN method IN ('yeo_johnson', 'box_cox') THEN 1e-6 ELSE 1e-12 END)), method || ' merged from parts')
FROM fitted JOIN (SELECT sample, method, dp.merge(s) AS p FROM (SELECT sample, method, i % 5, dp.fit_scaler(x, method)::text::dp.scaler AS s FROM scaled JOIN fitted USING (sample) GROUP BY 1, 2, 3) t GROUP BY 1, 2) m USING (sample, method)
JOIN scaled USING (sample) GROUP BY method ORDER BY method;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT dp.fit_scaler(x, 'log') AS log, dp.fit_scaler(x, 'maxabs') AS maxabs, dp.fit_scaler(x, 'quantile') AS quantile FROM plenty \gset
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(pg_temp.near((dp.scaler_center(:'log'))[1], (dp.scaler_center(dp.fit_scaler(x, 'log')))[1], 1e-12) AND :'maxabs' = dp.fit_scaler(x, 'maxabs')::text, 'in parallel as serially') FROM plenty;
SELECT ok(max(abs(dp.scale(:'quantile'::dp.scaler, x) - u)) < 0.009, 'quantile fitted in parallel is within its rank error') FROM plenty;

-- a scaler that lies in a TOAST table, another in each row: what is kept between rows is never the other's
CREATE TABLE stored AS SELECT k, dp.fit_scaler(x + k, 'robust') AS s, dp.fit_encoder(x + k, 'k_bins', 4) AS e FROM plenty, generate_series(0, 3) k GROUP BY k;
SELECT ok(min(pg_column_size(s)) > 2000, 'four large scalers') FROM stored;
SELECT ok(bool_and(pg_temp.near(dp.unscale(s, 0), dp.quantile(q, 0.5) + k, 0.02) AND (dp.encode(e, k + 0.14))[1] = 0), 'one in turn with the other')
FROM (SELECT dp.quantiles_state(x) FROM plenty) m(q), (SELECT stored.* FROM generate_series(1, 50) i JOIN stored ON stored.k = i % 4 OR stored.k = 0 ORDER BY i, stored.k) t;

-- rows of many groups in turn: each state is fetched and worked up once for a call, whatever the order, as long as there is room
CREATE FUNCTION pg_temp.blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || query INTO plan;
	RETURN (SELECT sum((plan->0->'Plan'->>kind)::bigint) FROM unnest('{Shared Hit Blocks,Shared Read Blocks,Local Hit Blocks,Local Read Blocks}'::text[]) kind);
END $$;
CREATE TEMP TABLE many AS SELECT g, dp.fit_scaler(x * (g + 1), 'robust') AS s, dp.fit_encoder(x * (g + 1), 'k_bins', 4) AS e, dp.fit_detector(ARRAY[x, g], 'ecod', '{"sample": 2000}', round(1e6 * u)::bigint) AS d
	FROM (SELECT * FROM plenty LIMIT 2000) p, generate_series(0, 39) g GROUP BY g;
SELECT ok(bool_and(pg_column_size(s) > 2000 AND pg_column_size(e) > 2000 AND pg_column_size(d) > 2000), 'they are large') FROM many;
CREATE TEMP TABLE turn AS SELECT i, i % 40 AS g FROM generate_series(1, 8000) i;
ANALYZE turn;
SELECT cmp_ok(pg_temp.blocks(format('SELECT max(%s) FROM (SELECT * FROM turn JOIN many USING (g) ORDER BY i OFFSET 0) t', call)), '<', 4000::bigint, call || ' of rows in turn') FROM unnest(ARRAY['dp.scale(s, i::float8)', 'dp.encode(e, i::float8)', 'dp.outlier_score(d, ARRAY[i, g])']) call;
CREATE TEMP TABLE wanted AS SELECT i, dp.scale(s, i) AS s, dp.encode(e, i) AS e, dp.outlier_score(d, ARRAY[i, g]) AS d FROM (SELECT * FROM turn JOIN many USING (g) ORDER BY g, i) t;
SET LOCAL datapower.model_cache = '1MB';
SELECT ok(bool_and(w.s = dp.scale(m.s, i) AND w.e = dp.encode(m.e, i) AND w.d = dp.outlier_score(m.d, ARRAY[i, g])), 'and with room for a few, the same') FROM (SELECT i, m.* FROM turn JOIN many m USING (g) ORDER BY i OFFSET 0) m JOIN wanted w USING (i);
SELECT cmp_ok(pg_temp.blocks('SELECT max(dp.outlier_score(d, ARRAY[i, g])) FROM (SELECT * FROM turn JOIN many USING (g) ORDER BY i OFFSET 0) t'), '>', 8000::bigint, 'though they are fetched again');
RESET datapower.model_cache;
SELECT ok(bool_and(dp.scale(s, 3) = dp.scale(copy, 3)), 'as in memory') FROM turn JOIN (SELECT g, s, s::text::dp.scaler AS copy FROM many) m USING (g);
SELECT ok(count(DISTINCT dp.scale(s, 5)) = 1500, 'more states than are kept') FROM (SELECT dp.fit_scaler(x, 'minmax') AS s, g FROM generate_series(1, 1500) g, LATERAL (VALUES (0), (g)) v(x) GROUP BY g) m, generate_series(1, 2);

-- edges
SELECT is(array_agg(dp.scale(s, 7) ORDER BY method)::text, '{0,0,1,0,0,0,0,7,0}', 'one row') FROM (
	SELECT method, dp.fit_scaler(7, method) AS s FROM unnest('{standard,minmax,robust,maxabs,quantile,yeo_johnson,box_cox,log,winsor}'::text[]) method GROUP BY method) f;
SELECT is(array_agg(dp.scale(s, 7) ORDER BY method)::text, '{0,0,1,0,0,0,0,7,0}', 'equal rows') FROM (
	SELECT method, dp.fit_scaler(7, method) AS s FROM unnest('{standard,minmax,robust,maxabs,quantile,yeo_johnson,box_cox,log,winsor}'::text[]) method, generate_series(1, 1000) GROUP BY method) f;
SELECT is(dp.scale(s, ARRAY[0, 'Infinity', '-Infinity', 'NaN', NULL]::float8[]), '{0,1,0,NaN,NULL}', 'quantile of what lies outside') FROM (SELECT dp.fit_scaler(ARRAY[x, x, x, x, x], 'quantile') FROM generate_series(0, 9) x) f(s);
SELECT is(dp.unscale(s, ARRAY[0.5, -1, 2, 'NaN', NULL]::float8[]), '{4.5,0,9,NaN,NULL}', 'and back') FROM (SELECT dp.fit_scaler(ARRAY[x, x, x, x, x], 'quantile') FROM generate_series(0, 9) x) f(s);
SELECT is(dp.scale(s, ARRAY[100, 'Infinity', '-Infinity', 'NaN', NULL]::float8[])::numeric(3, 2)[], '{8.55,8.55,0.45,NaN,NULL}', 'winsor of what lies outside') FROM (SELECT dp.fit_scaler(ARRAY[x, x, x, x, x], 'winsor') FROM generate_series(0, 9) x) f(s);
SELECT is(dp.scale(dp.fit_scaler(x, 'maxabs'), -2), -0.5::float8, 'maxabs by the larger side') FROM unnest('{-4,1,3}'::float8[]) x;
SELECT is(dp.scaler_lambda(dp.fit_scaler(1, 'standard')), '{NULL}', 'no power');
SELECT throws_ok($$SELECT dp.fit_scaler(x, 'box_cox') FROM generate_series(0, 3) x$$, '22023', 'cannot fit a scaler of method "box_cox" to 0', 'box_cox of 0');
SELECT throws_ok($$SELECT dp.fit_scaler(x, 'log') FROM generate_series(-1, 3) x$$, '22023', 'cannot fit a scaler of method "log" to -1', 'log of -1');
SELECT throws_ok($$SELECT dp.scale(s, -1) FROM fitted WHERE method = 'box_cox'$$, '22023', 'method "box_cox" cannot scale -1', 'nor can a later row be');
SELECT throws_ok($$SELECT dp.fit_scaler(1, 'zscore')$$, '22023', 'unrecognized method "zscore"', 'an unknown method');
SELECT throws_ok($$SELECT dp.fit_scaler(ARRAY[i, 1], 'quantile') FROM unnest('{1,Infinity}'::float8[]) i$$, '22023', 'cannot fit a scaler to an infinite value', 'an infinite value');

-- rows by their length
SELECT is(dp.normalize(ARRAY[3, -4]), '{0.6,-0.8}', 'integer[], l2 unless told otherwise');
SELECT is(dp.normalize(ARRAY[1.0, -3.0], 'l1'), '{0.25,-0.75}', 'numeric[], l1');
SELECT is(dp.normalize('{1,-4,NULL,NaN}', 'max'), '{0.25,-1,NULL,NaN}', 'a literal, max, and what is missing');
SELECT is(dp.normalize('[0:1]={0,0}'), '[0:1]={0,0}', 'zeros stay zeros, bounds stay');
SELECT is(dp.normalize('{1e300,-1e300}', 'l1'), '{0.5,-0.5}', 'large values');
SELECT is(dp.normalize('{1.7e308,1.7e308}', 'l1'), '{0.5,0.5}', 'whose sum is too large');
SELECT is(dp.normalize('{3e-300,4e-300}')::numeric(2, 1)[], '{0.6,0.8}', 'small values, whose squares are 0');
SELECT is(dp.normalize(norm => 'l1', features => '{NULL,NULL}'), '{NULL,NULL}', 'nothing but NULL');
SELECT ok(dp.normalize(NULL) IS NULL AND dp.normalize('{1}', NULL) IS NULL, 'NULL');
SELECT throws_ok($$SELECT dp.normalize('{1,Infinity}')$$, '22023', 'cannot normalize an infinite value', 'an infinite value in a row');
SELECT throws_ok($$SELECT dp.normalize('{1}', 'l3')$$, '22023', 'unrecognized norm "l3"', 'an unknown norm');
SELECT throws_ok($$SELECT dp.normalize('{}')$$, '2202E', '"features" must not be empty', 'an empty row');
PREPARE norm(float8[], text) AS SELECT dp.normalize($1, $2);
SELECT lives_ok($$EXECUTE norm('{1,2}', 'l1')$$, 'parameters');

-- partitions
SELECT ok(bool_and(pg_temp.near(y, dp.scale(s, x), CASE method WHEN 'yeo_johnson' THEN 1e-6 ELSE 1e-9 END)), method || ' of a partition is what fit_scaler learns') FROM (
	SELECT sample, 'robust' AS method, x, dp.standardize(x, 'robust') OVER (PARTITION BY sample) AS y FROM scaled
	UNION ALL SELECT sample, 'standard', x, dp.standardize(x) OVER (PARTITION BY sample) FROM scaled
	UNION ALL SELECT sample, 'quantile', x, dp.standardize(x, 'quantile') OVER (PARTITION BY sample) FROM scaled
	UNION ALL SELECT sample, 'yeo_johnson', x, dp.standardize(x, method => 'yeo_johnson') OVER (PARTITION BY sample) FROM scaled) w JOIN fitted USING (sample, method) GROUP BY method ORDER BY method;
SELECT is(string_agg(coalesce(y::text, '-'), ' ' ORDER BY x), '-1 1 NaN -', 'NULL and NaN') FROM (SELECT x, dp.standardize(x) OVER () AS y FROM unnest('{1,3,NULL,NaN}'::float8[]) x) s;
SELECT is(array_agg(y), '{NULL,NaN}', 'nothing else') FROM (SELECT x, dp.standardize(x) OVER () AS y FROM unnest('{NULL,NaN}'::float8[]) x) s;
SELECT is(array_agg(y), '{0}', 'one row of integers') FROM (SELECT dp.standardize(i) OVER (ORDER BY i ROWS 1 PRECEDING) AS y FROM generate_series(5, 5) i) s;
SELECT throws_ok($$SELECT dp.standardize('Infinity') OVER ()$$, '22023', 'cannot fit a scaler to an infinite value', 'an infinite value in a partition');
SELECT throws_ok($$SELECT dp.standardize(1, 'l2') OVER ()$$, '22023', 'unrecognized method "l2"', 'an unknown method in a partition');
SELECT throws_ok($$SELECT dp.standardize(1, NULL) OVER ()$$, '22004', '"method" must not be null', 'no method');
SELECT throws_ok($$SELECT dp.standardize(i, CASE i WHEN 1 THEN 'robust' ELSE 'log' END) OVER () FROM generate_series(1, 2) i$$, '22023', '"method" must be the same for every row of a partition', 'a method that changes');

SELECT * FROM finish();
ROLLBACK;
