\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- outliers by their nearest neighbours
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/neighbours.sql'
\i :file

-- against scikit-learn
SELECT ok(bool_and(abs(s.score - e.score) <= 1e-9 * greatest(1, e.score)), m.method || ' ' || m.options) FROM (SELECT DISTINCT method, options FROM score) m,
	LATERAL (SELECT i, dp.outlier_score(features, method, options::jsonb) OVER () AS score FROM spot) s JOIN score e USING (i)
WHERE (e.method, e.options) = (m.method, m.options) GROUP BY m.method, m.options ORDER BY m.method, m.options;

-- the order of rows changes nothing, ties or not
SELECT ok(bool_and(a.score = b.score), method || ': whatever the order of rows') FROM unnest(ARRAY['knn', 'lof']) method,
	LATERAL (SELECT k, dp.outlier_score(ARRAY[k % 13, k % 17 % 5], method) OVER () AS score FROM generate_series(1, 1000) k) a
	JOIN LATERAL (SELECT k, dp.outlier_score(ARRAY[k % 13, k % 17 % 5], method) OVER () AS score FROM generate_series(1000, 1, -1) k) b USING (k) GROUP BY method ORDER BY method;

-- missing and infinite features, one row, equal rows
SELECT is(string_agg(coalesce(score::text, '-'), ' ' ORDER BY k), '1 1 - NaN Infinity', 'a row with a NULL has no score, NaN scores NaN, infinity infinity, and none of them is a neighbour')
FROM (SELECT k, dp.outlier_score(f::float8[], 'knn') OVER () AS score FROM (VALUES (1, '{1,2}'), (2, '{2,2}'), (3, '{1,NULL}'), (4, '{NaN,2}'), (5, '{Infinity,2}')) v(k, f)) s;
SELECT is(string_agg(DISTINCT score::text, ' '), alone, method || ': one row, and equal rows') FROM (VALUES ('knn', '0'), ('lof', '1')) m(method, alone),
	LATERAL (SELECT dp.outlier_score(ARRAY[0.1, 7], method) OVER (PARTITION BY k = 1) AS score FROM generate_series(1, 5) k) s GROUP BY method, alone ORDER BY method;
SELECT is(count(*) FILTER (WHERE score = 1)::int, 999999, 'a million ties') FROM (SELECT dp.outlier_score(CASE WHEN k = 7 THEN 1 ELSE 0 END, 'lof') OVER () AS score FROM generate_series(1, 1000000) k) s;

-- decisions
SELECT is(array_agg(k ORDER BY k), ARRAY[1001], 'lof has a usual threshold') FROM (SELECT k, dp.is_outlier(ARRAY[k % 10, k / 10, CASE WHEN k = 1001 THEN 30 ELSE 0 END], 'lof', '{"scale": "none"}') OVER () AS odd FROM generate_series(1, 1001) k) s WHERE odd;
SELECT is(array_agg(k ORDER BY k), ARRAY[100], 'knn goes by a share') FROM (SELECT k, dp.is_outlier(k * k, 'knn', '{"contamination": 0.01}') OVER () AS odd FROM generate_series(1, 100) k) s WHERE odd;

SELECT is(string_agg(odd::text, ' ' ORDER BY k), 'false false false true', 'dbscan: more than eps from every core row is noise')
FROM (SELECT k, dp.is_outlier(x, 'dbscan', '{"eps": 1, "min_samples": 2, "scale": "none"}') OVER () AS odd FROM (VALUES (1, 0), (2, 1), (3, 2), (4, 3.5)) v(k, x)) s;

-- detectors: to knn and lof a row is new, and its own nearest neighbour; dbscan has its core rows, and scores as in a window
SELECT is(count(*) FILTER (WHERE abs(window_score - score) > 1e-12 * greatest(1, score) OR score IS NULL)::int, 0, 'a detector by dbscan scores as a window does') FROM (
	SELECT dp.outlier_score(features, 'dbscan', '{"eps": 0.14}') OVER () AS window_score, dp.outlier_score(detector, features) AS score
	FROM spot, (SELECT dp.fit_detector(features, 'dbscan', '{"eps": 0.14}', i) AS detector FROM spot) d) s;
SELECT is(array_agg(dp.is_outlier(detector, features) ORDER BY features), '{f,t}', 'it decides by eps') FROM (SELECT dp.fit_detector(ARRAY[k % 10, k / 10], 'dbscan', '{"eps": 1, "scale": "none"}', k) AS detector
	FROM generate_series(0, 99) k) d, (VALUES (ARRAY[5.5, 5.5]), (ARRAY[5.5, 10.6])) v(features);
SELECT is(dp.outlier_score(dp.fit_detector(ARRAY[k % 10, k / 10], 'knn', '{"k": 4, "scale": "none"}', k), ARRAY[0, 12]), 4::float8, 'the 4th nearest of a grid: after (0, 9), (1, 9) and (2, 9) it is (0, 8)') FROM generate_series(0, 99) k;
SELECT is(string_agg(k || ':' || dp.outlier_score(detector, ARRAY[k, 0]) || ':' || dp.is_outlier(detector, ARRAY[k, 0]), ' ' ORDER BY k), '1:0:false 2:Infinity:true', 'a small group without a core row has a detector that scores as the window does')
FROM (SELECT k, dp.fit_detector(ARRAY[k, 0], 'dbscan', '{"eps": 1, "min_samples": 3}', i) AS detector FROM (VALUES (1, 1), (1, 2), (1, 3), (2, 4)) v(k, i) GROUP BY k) d;
SELECT is(dp.outlier_score(t::dp.detector, ARRAY[1, 5]), 'Infinity'::float8, 'and survives its text form') FROM (SELECT dp.fit_detector(ARRAY[i, i], 'dbscan', '{"eps": 0.1}', i)::text AS t FROM generate_series(1, 7) i) d;
SELECT is(dp.is_outlier(t::dp.detector, ARRAY[1, 5]), false, 'also with a share of outliers') FROM (SELECT dp.fit_detector(ARRAY[i, i], 'dbscan', '{"eps": 0.1, "contamination": 0.1}', i)::text AS t FROM generate_series(1, 7) i) d;

-- errors
SELECT throws_ok($$SELECT dp.outlier_score(1, 'dbscan') OVER ()$$, '22023', 'option "eps" is missing', 'dbscan without eps');
SELECT throws_ok($$SELECT dp.outlier_score(1, 'dbscan', '{"eps": 0}') OVER ()$$, '22023', 'invalid value for parameter "eps": 0', 'eps = 0');
SELECT throws_ok($$SELECT dp.outlier_score(1, 'knn', '{"k": 0}') OVER ()$$, '22023', 'invalid value for parameter "k": 0', 'k = 0');
SELECT throws_ok($$SELECT dp.outlier_score(1, 'lof', '{"scale": "robust"}') OVER ()$$, '22023', 'unrecognized scale "robust"', 'an unknown scale');
SELECT throws_ok($$SELECT dp.outlier_score(1, 'lof', '{"distance": "mean"}') OVER ()$$, '22023', 'unrecognized option "distance"', 'an option of another method');
SELECT throws_ok($$SELECT dp.is_outlier(k, 'knn') OVER () FROM generate_series(1, 5) k$$, '22023', NULL, 'knn has no usual threshold');
SELECT throws_ok($$SELECT dp.outlier_score(k * 1e200, 'knn', '{"scale": "none"}') OVER () FROM generate_series(1, 5) k$$, '22023', 'features are too large for distances between them', 'distances that overflow');
SET LOCAL datapower.memory_limit = '4MB';
SELECT throws_ok($$SELECT dp.outlier_score(k, 'lof') OVER () FROM generate_series(1, 100000) k$$, '54000', 'partition is too large for method "lof": 100000 rows', 'more rows than the memory limit allows');

SELECT * FROM finish();
ROLLBACK;
