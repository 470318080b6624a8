\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- detectors: fitted by an aggregate, stored, scoring any row
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/outliers.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;

CREATE TEMP TABLE method (name text, options jsonb);
INSERT INTO method VALUES ('zscore', '{}'), ('mad', '{}'), ('tukey', '{}'), ('tukey', '{"quantile_type": 2}'), ('ecod', '{}'), ('ecod', '{"tails": "sums"}'), ('copod', '{}'),
	('hbos', '{}'), ('hbos', '{"bins": 20}'), ('isolation_forest', '{}'), ('isolation_forest', '{"trees": 20, "psi": 64}'), ('isolation_forest', '{"extended": true, "trees": 20}'), ('knn', '{}'), ('lof', '{}'), ('mahalanobis', '{}'), ('pca', '{}'), ('pca', '{"variance": 0.5}'), ('mcd', '{}');
CREATE TABLE detectors AS SELECT name, options, dp.fit_detector(features, name, options || '{"contamination": 0.05}', i) AS detector FROM point, method GROUP BY 1, 2;

-- where the sample holds all rows, a detector scores as the window does; a forest draws other rows, and to knn and lof a row is new
SELECT ok(bool_and(pg_temp.near(dp.outlier_score(detector, features), score)), name || ' ' || options || ' scores as in a window')
FROM detectors d JOIN LATERAL (SELECT features, dp.outlier_score(features, name, options) OVER () AS score FROM point) s ON true WHERE name NOT IN ('isolation_forest', 'knn', 'lof', 'mcd') GROUP BY name, options ORDER BY name, options;
SELECT ok(bool_and(pg_temp.near(dp.outlier_score(detector, features), score, 1e-6)), name || ' scores as in a window, though its starts differ')
FROM detectors d JOIN LATERAL (SELECT features, dp.outlier_score(features, name, options) OVER () AS score FROM point) s ON true WHERE name = 'mcd' GROUP BY name;
SELECT ok(corr(dp.outlier_score(detector, features), score) > CASE WHEN options = '{}' THEN 0.9 ELSE 0.6 END, name || ' ' || options || ' nearly scores as in a window')
FROM detectors d JOIN LATERAL (SELECT features, dp.outlier_score(features, name, options) OVER () AS score FROM point) s ON true WHERE name = 'isolation_forest' GROUP BY name, options ORDER BY name, options;
SELECT is(count(*) FILTER (WHERE dp.is_outlier(detector, features))::int, 25, name || ' ' || options || ' takes a twentieth of what it learnt from for outliers')
FROM detectors, point WHERE name NOT IN ('hbos', 'knn', 'lof') GROUP BY name, options ORDER BY name, options;
SELECT is(dp.is_outlier(dp.fit_detector(x, 'mad', '{}', x), 9::float8)::text || dp.is_outlier(dp.fit_detector(x, 'mad', '{"threshold": 5}', x), 9::float8), 'truefalse', 'the usual threshold, and another')
FROM generate_series(1, 5) x;

SELECT is(count(*) FILTER (WHERE score > split_part(detector::text, ' ', 5)::float8)::int, 25, name || ': the threshold leaves a twentieth of the scores in a window')
FROM detectors, LATERAL (SELECT dp.outlier_score(features, name) OVER () AS score FROM point) s WHERE name IN ('knn', 'lof') GROUP BY name ORDER BY name;

-- what features contribute
SELECT ok(bool_and(CASE WHEN name IN ('zscore', 'mad', 'tukey') THEN dp.outlier_score(detector, features) = most WHEN name = 'isolation_forest' THEN pg_temp.near(dp.outlier_score(detector, features), 2 ^ (sum - 1))
	ELSE pg_temp.near(dp.outlier_score(detector, features), sum) END), name || ' ' || options || ' is explained')
FROM detectors, point, LATERAL (SELECT sum(contribution), max(contribution) AS most FROM dp.outlier_explain(detector, features)) e
WHERE NOT options ? 'extended' AND name NOT IN ('knn', 'lof') GROUP BY name, options ORDER BY name, options;
-- in row 100 the first feature was moved, and the second is half of it
SELECT ok((SELECT bool_and(feature IN (1, 2)) FROM (SELECT feature FROM detectors, dp.outlier_explain(detector, (SELECT features FROM point WHERE i = 100)) WHERE name = m AND options = '{}' ORDER BY contribution DESC LIMIT 2) e),
	m || ' finds the features that were changed') FROM unnest(ARRAY['zscore', 'mad', 'hbos', 'isolation_forest']) m;

-- one row alone, among others, in any order, in parallel: the same
CREATE TABLE many AS SELECT i * 1000 + j AS key, ARRAY[features[1] + j / 7.0, features[2], features[3]] AS features FROM point, generate_series(1, 100) j;
ANALYZE many;
CREATE TEMP TABLE serial AS SELECT name, options, dp.fit_detector(features, name, options || '{"sample": 2000, "seed": 7}', key)::text AS detector FROM many, method GROUP BY 1, 2;
SELECT is(r.detector, s.detector, name || ' ' || options || ': the order of rows changes nothing') FROM (
	SELECT name, options, dp.fit_detector(features, name, options || '{"sample": 2000, "seed": 7}', key ORDER BY features)::text AS detector FROM many, method GROUP BY 1, 2) r
	JOIN serial s USING (name, options) ORDER BY name, options;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT matches(pg_temp.plan($$SELECT dp.fit_detector(features, 'mad', '{}', key) FROM many$$), 'Partial Aggregate', 'detectors are fitted in parallel');
SELECT matches(pg_temp.plan($$SELECT sum(dp.outlier_score((SELECT detector FROM detectors WHERE name = 'mad'), features)) FROM many$$), 'Partial Aggregate', 'and score in parallel');
SELECT is(dp.fit_detector(features, 'isolation_forest', '{"sample": 2000, "seed": 7}', key)::text, (SELECT detector FROM serial WHERE name = 'isolation_forest' AND options = '{}'), 'a forest fitted in parallel is the same') FROM many;
SELECT is(dp.fit_detector(features, 'ecod', '{"sample": 2000, "seed": 7}', key)::text, (SELECT detector FROM serial WHERE name = 'ecod' AND options = '{}'), 'and so is ecod') FROM many;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(dp.fit_detector(features, 'ecod', '{"sample": 2000, "seed": 8}', key)::text <> (SELECT detector FROM serial WHERE name = 'ecod' AND options = '{}'), 'another seed is another sample') FROM many;
SELECT ok(abs(a.center - b.center) < 0.1 AND abs(a.center / b.center - 1) > 1e-6, 'a sample is about the whole') FROM
	(SELECT split_part(dp.fit_detector(features, 'zscore', '{"sample": 5000}', key)::text, ' ', 11)::float8 AS center FROM many) a, (SELECT avg(features[1]) AS center FROM many) b;

-- text and binary, and a column of its own
SELECT current_setting('data_directory') || '/dp_detectors.bin' AS file \gset
CREATE TABLE back (LIKE detectors);
COPY detectors TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT ok(bool_and(b.detector::text = d.detector::text AND b.detector::text::dp.detector::text = d.detector::text), 'binary and text there and back') FROM back b JOIN detectors d USING (name, options);
SELECT ok(bool_and(dp.outlier_score(b.detector::text::dp.detector, features) = dp.outlier_score(d.detector, features)), 'what comes back scores the same') FROM back b JOIN detectors d USING (name, options), point;
CREATE TABLE scored (features float8[], detector dp.detector, score float8 GENERATED ALWAYS AS (dp.outlier_score(detector, features)) STORED);
INSERT INTO scored SELECT features, detector FROM point, detectors WHERE name = 'hbos';
SELECT ok(bool_and(score = dp.outlier_score(detector, features)), 'a generated column') FROM scored;

-- NULL, NaN and infinite features
SELECT is((SELECT string_agg(coalesce(dp.outlier_score(detector, f::float8[])::text, '-') || coalesce(dp.is_outlier(detector, f::float8[])::text, '-'), ' ') FROM unnest(ARRAY[NULL, '{1,NULL,1,1}', '{1,2,NaN,4}', '{1,Infinity,3,4}', '{1,NaN,-Infinity,4}']) f),
	'-- -- NaNtrue Infinitytrue NaNtrue', name || ': NULL, NaN and infinite features') FROM detectors WHERE options = '{}' ORDER BY name;
SELECT is((SELECT string_agg(contribution::text, ' ' ORDER BY feature) FROM dp.outlier_explain(detector, '{1,NaN,-Infinity,4}'::float8[])), '0 NaN Infinity 0', 'explained') FROM detectors WHERE name = 'mad';
SELECT is((SELECT count(*)::int FROM dp.outlier_explain(detector, '{1,NULL,1,1}'::float8[])), 0, 'no score, no explanation') FROM detectors WHERE name = 'mad';
SELECT ok(dp.fit_detector(f::float8[], 'mad', '{}', 1) IS NULL, 'nothing to learn from, no detector') FROM unnest(ARRAY[NULL, '{1,NULL}', '{NaN,1}', '{1,Infinity}']) f;
SELECT ok(dp.fit_detector(x, 'mad', '{}', 1) IS NULL, 'nor from values') FROM unnest(ARRAY[NULL, 'NaN', 'Infinity']::float8[]) x;
SELECT is((SELECT dp.fit_detector(x, 'mad', '{}', k)::text FROM unnest('{1,NaN,2,Infinity,NULL,5}'::float8[]) WITH ORDINALITY v(x, k)),
	(SELECT dp.fit_detector(x, 'mad', '{}', k)::text FROM (VALUES (1, 1), (2, 3), (5, 6)) v(x, k)), 'such rows change nothing');
SELECT ok(bool_and(dp.outlier_score(d, ARRAY[x, -x]) >= 0 AND dp.outlier_score(d, ARRAY[x, -x]) < 'NaN'), name || ' ' || options || ': one row, and enormous new ones') FROM (SELECT name, options, dp.fit_detector(ARRAY[1, 2], name, options, 1) AS d FROM method GROUP BY 1, 2) f,
	unnest('{1,0,1e308,-1.7e308,1e-320}'::float8[]) x GROUP BY name, options ORDER BY name, options;

SELECT is(dp.outlier_score(d, 0.1) || ' ' || dp.is_outlier(d, 0.1), '0.5 false', 'isolation_forest: ' || n || ' equal rows are no outliers') FROM unnest(ARRAY[1, 2, 10, 77, 300]) n,
	LATERAL (SELECT dp.fit_detector(0.1, 'isolation_forest', '{}', k) AS d FROM generate_series(1, n) k) f ORDER BY n;

-- rows that share a key: the true median is 5000 and the hours are 0 to 23, evenly; by chance the median of 10,000 of 100,000 is 50 off (one standard deviation)
CREATE TABLE shared AS SELECT i, (i * 7919 % 100003) / 10.0 AS amount, i % 24 AS hour FROM generate_series(1, 100000) i;
SELECT ok(abs(split_part(detector, ' ', 11)::float8 - 5000) < 200 AND split_part(detector, ' ', 13)::float8 BETWEEN 11 AND 12, 'the sample is random whatever the key: ' || key)
FROM (SELECT 'a constant' AS key, dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', 1)::text AS detector FROM shared UNION ALL
	SELECT 'the hour', dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', hour)::text FROM shared UNION ALL
	SELECT 'a value', dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', amount::bigint)::text FROM shared UNION ALL
	SELECT 'the number of the row', dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', i)::text FROM shared) d;
SELECT is(dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', 1 ORDER BY amount DESC)::text, dp.fit_detector(ARRAY[amount, hour], 'mad', '{}', 1 ORDER BY hour, i)::text, 'and depends on no order') FROM shared;
SELECT is(dp.detector_finish(dp.detector_merge(a, b))::text, dp.detector_finish(dp.detector_merge(b, a))::text, 'and merges either way') FROM (
	SELECT dp.detector_add(dp.detector_add(NULL, 1::float8, 'mad', '{}', 1), 2::float8, 'mad', '{}', 1) AS a, dp.detector_add(NULL, 3::float8, 'mad', '{}', 1) AS b) s;

-- every way to write the arguments
SELECT is(dp.outlier_score(dp.fit_detector(ARRAY[i, 1], 'zscore', '{}', i), ARRAY[2, 1]), 0::float8, 'integer[]') FROM generate_series(1, 3) i;
SELECT is(dp.outlier_score(dp.fit_detector(i::numeric, 'zscore', NULL, i), 2), 0::float8, 'numeric, and no options') FROM generate_series(1, 3) i;
SELECT is(dp.outlier_score(dp.fit_detector(ARRAY[i]::numeric[], 'zscore', '{}', i), ARRAY[2.0]), 0::float8, 'numeric[]') FROM generate_series(1, 3) i;
PREPARE score(dp.detector, float8[]) AS SELECT dp.outlier_score($1, $2);
SELECT lives_ok($$EXECUTE score('"zscore" 1 1 0 0 10000 0 3 2 2 0.8', '{1}')$$, 'parameters');
SELECT throws_ok($$SELECT dp.outlier_score((SELECT detector FROM detectors LIMIT 1), '{1,2}')$$, '42725', NULL, 'an untyped literal could be an array or a number');

-- errors
SELECT throws_ok(format('SELECT dp.fit_detector(%s) FROM point', args), code, message, message) FROM (VALUES
	('features, ''iqr'', ''{}'', i', '22023', 'unrecognized method "iqr"'),
	('features, NULL, ''{}'', i', '22004', '"method" must not be null'),
	('features, ''mad'', ''{}'', NULL', '22004', '"key" must not be null'),
	('features, ''mad'', ''{"sampel": 3}'', i', '22023', 'unrecognized option "sampel"'),
	('features, ''mad'', ''{"sample": 1}'', i', '22023', 'invalid value for parameter "sample": 1'),
	('features, CASE i WHEN 7 THEN ''mad'' ELSE ''zscore'' END, ''{}'', i', '22023', '"method" and "options" must be the same for every row'),
	('features, ''hbos'', jsonb_build_object(''bins'', 5 + i % 2), i', '22023', '"method" and "options" must be the same for every row'),
	('CASE i WHEN 7 THEN features[1:3] ELSE features END, ''mad'', ''{}'', i', '22023', 'wrong number of features: 3'),
	('ARRAY[(i % 2 - 0.5) * 3.4e308]::float8[], ''zscore'', ''{}'', i', '22023', 'spread of feature 1 is out of range')) v(args, code, message);
SELECT throws_ok($$SELECT dp.outlier_score(detector, ARRAY[1, 2]) FROM detectors$$, '22023', 'wrong number of features: 2', 'scoring a row of another length');
SELECT throws_ok($$SELECT dp.is_outlier(dp.fit_detector(features, 'ecod', '{}', i), ARRAY[1, 2, 3, 4]) FROM point$$, '22023', 'method "ecod" has no usual threshold', 'no threshold');
SELECT throws_ok($$SELECT dp.outlier_explain(detector, ARRAY[1, 2, 3, 4]) FROM detectors WHERE options ? 'extended'$$, '0A000', 'scores of method "isolation_forest" with these options cannot be explained', 'an extended forest does not explain');
SELECT throws_ok($$SELECT dp.detector_add(detector, ARRAY[1, 2, 3, 4], 'mad', '{}', 1) FROM detectors WHERE name = 'mad'$$, '22023', 'a detector that has been fitted cannot learn more', 'learning more');
SELECT throws_ok($$SELECT dp.outlier_score(dp.detector_add(NULL, 1::float8, 'mad', '{}', 1), 1)$$, '22023', 'detector has not been fitted', 'a state is no detector');
SELECT throws_ok(format('SELECT %L::dp.detector', t), '22P02', format('invalid input syntax for type dp.detector: "%s"', t), 'refused: ' || t)
FROM unnest(ARRAY['', 'zscore', '"lof" 1', '"zscore" 0', '"zscore" 1 1 0 0 10000 0 3 2 2', '"zscore" 1 1 0 0 10000 0 3 2 2 -1', '"zscore" 1 1 0 0 10000 0 3 2 2 NaN', '"zscore" 1 1 1 NaN 0 10000 0 3 2 2 1', '"zscore" 1 1 1 -inf 0 10000 0 3 2 2 1', '"zscore" 1 1 0 0 10000 0 3 3 2 1 1',
	'"zscore" 1 1 0 0 1 0 3 2 2 1', '"zscore" 1 1 1 0 10000 0 3 2 2 1', '"zscore" 1 1 0 1 2 10000 0 3 2 2 1', '"zscore" 1 1 0 0 10000 0 3 2 2 1 5', '"zscore" 1 0 0 0 10000 0 3 4 2 1 1 5', '"zscore" 1 0 0 0 10000 0 0 3 2 1 1',
	'"tukey" 1 1 0 0 7.5 10000 0 3 2 1 2', '"tukey" 1 1 0 0 7 10000 0 3 2 2 1', '"ecod" 1 1 0 0 0 10000 0 2 4 2 0 2 1', '"ecod" 1 1 0 0 0 10000 0 2 4 3 0 1 2', '"ecod" 1 1 0 0 2 10000 0 2 4 2 0 1 2',
	'"isolation_forest" 1 1 0 0 1 256 0 10000 0 2 5 2 0 1 -2 -1', '"isolation_forest" 1 1 0 0 1 256 0 10000 0 2 5 2 1 1 -2 -2', '"isolation_forest" 1 1 0 0 1 256 0 10000 0 2 6 2 0 1 -2 -2 -2', '"isolation_forest" 1 1 0 0 1 256 0 10000 0 2 4 2 0 1 -2']) t;
SELECT lives_ok($$SELECT '"isolation_forest" 1 1 0 0 1 256 0 10000 0 2 5 2 0 1 -2 -2'::dp.detector$$, 'and this is a forest');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_ok($$SELECT dp.fit_detector(features, 'ecod', '{"sample": 50000}', key) FROM many$$, '54000', 'sample is too large for method "ecod": 50000 rows', 'more rows than the memory limit allows');

SELECT * FROM finish();
ROLLBACK;
