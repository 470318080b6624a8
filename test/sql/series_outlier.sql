\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- outliers in series
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/series_score.sql'
\i :file

-- against pandas, statsmodels, ADTK and STUMPY; the rows come in any order
SELECT ok(bool_and(coalesce(abs(s.score - e.score) <= 1e-6 * greatest(1, e.score), s.score IS NULL AND e.score IS NULL)), m.method || ' ' || m.options)
FROM (SELECT DISTINCT method, options FROM score) m,
	LATERAL (SELECT i, dp.series_outlier_score(x, i, method, options::jsonb) OVER () AS score FROM (SELECT * FROM reading ORDER BY (i * 7 + 3) % 240 OFFSET 0) r) s JOIN score e USING (i)
WHERE (e.method, e.options) = (m.method, m.options) GROUP BY m.method, m.options ORDER BY m.method, m.options;

-- each type of time, and what is between rows
CREATE TEMP VIEW timed AS SELECT i, x, timestamp '2026-01-01' + i * interval '1 minute' AS t FROM reading;
SELECT is(count(DISTINCT scores)::int, 1, 'times of every type order alike') FROM (
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, t, 'hampel') OVER () AS dp FROM timed) s UNION ALL
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, t::timestamptz, 'hampel') OVER () AS dp FROM timed) s UNION ALL
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, (t::date + i), 'hampel') OVER () AS dp FROM timed) s UNION ALL
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, i - 100, 'hampel') OVER () AS dp FROM timed) s UNION ALL
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, i::bigint << 40, 'hampel') OVER () AS dp FROM timed) s UNION ALL
	SELECT array_agg(dp ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, (i - 100) / 7.0, 'hampel') OVER () AS dp FROM timed) s) v(scores);
SELECT is(array_agg(score ORDER BY i), (SELECT array_agg(score ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, t, 'ewma') OVER (ORDER BY x ROWS 1 PRECEDING) AS score FROM timed) s),
	'a frame and an order change nothing') FROM (SELECT i, dp.series_outlier_score(x, t, 'ewma') OVER () AS score FROM timed) s;

-- missing, NaN, infinite, without a time
SELECT is(array_agg(score ORDER BY i), (SELECT array_agg(score ORDER BY i) FROM (SELECT i, dp.series_outlier_score(x, CASE WHEN i NOT IN (0, 120, 239) THEN i END, 'hampel') OVER () AS score FROM timed) s), 'NaN and infinite times are none')
FROM (SELECT i, dp.series_outlier_score(x, CASE i WHEN 0 THEN '-Infinity'::float8 WHEN 239 THEN 'NaN' WHEN 120 THEN 'Infinity' ELSE i END, 'hampel') OVER () AS score FROM timed) s;
SELECT is(string_agg(coalesce(score::text, '-'), ' ' ORDER BY k), '- 0 0 -', 'nor are those of timestamps') FROM (SELECT k, dp.series_outlier_score(5, t::timestamptz, 'hampel') OVER () AS score FROM unnest('{-infinity,2026-03-01,2026-03-02,infinity}'::text[]) WITH ORDINALITY v(t, k)) s;
SELECT is(string_agg(coalesce(score::text, '-'), ' ' ORDER BY k), '0 0 - NaN Infinity - 0 0', 'no score for NULL or without a time, NaN and infinity score themselves, none of them counts')
FROM (SELECT k, dp.series_outlier_score(x, CASE WHEN k <> 6 THEN k END, 'hampel') OVER () AS score FROM unnest('{5,5,NULL,NaN,-Infinity,900,5,5}'::float8[]) WITH ORDINALITY v(x, k)) s;
SELECT ok(bool_and(score IS NULL), method || ': nothing but NULL') FROM unnest(ARRAY['hampel', 'ewma', 'seasonal', 'level_shift', 'matrix_profile']) method,
	LATERAL (SELECT dp.series_outlier_score(NULL, k, method, CASE method WHEN 'seasonal' THEN '{"period": 2}'::jsonb WHEN 'matrix_profile' THEN '{"window": 3}' ELSE '{}' END) OVER () AS score FROM generate_series(1, 9) k) s GROUP BY method ORDER BY method;
SELECT is(string_agg(coalesce(score::text, '-'), ' '), wanted, method || ': one row') FROM (VALUES ('hampel', '0'), ('ewma', '-'), ('seasonal', '-'), ('level_shift', '-'), ('matrix_profile', '-')) m(method, wanted),
	LATERAL (SELECT dp.series_outlier_score(7, now(), method, CASE method WHEN 'seasonal' THEN '{"period": 2}'::jsonb WHEN 'matrix_profile' THEN '{"window": 3}' ELSE '{}' END) OVER () AS score) s GROUP BY method, wanted ORDER BY method;
SELECT is(count(*)::int, 4, 'each partition is a series of its own') FROM (SELECT dp.is_series_outlier(CASE WHEN k = 50 THEN 9 ELSE k % 3 END, k, 'hampel') OVER (PARTITION BY g) AS odd
	FROM generate_series(1, 100) k, generate_series(1, 4) g) s WHERE odd;
SELECT is(max(score) < 3.5, true, 'with options of its own') FROM (SELECT dp.series_outlier_score(k % g, k, 'seasonal', jsonb_build_object('period', g)) OVER (PARTITION BY g) AS score
	FROM generate_series(1, 100) k, generate_series(2, 5) g) s;

-- decisions
SELECT is(array_agg(i ORDER BY i), ARRAY[147], 'the glitch, but for the steps of the series')
FROM (SELECT i, dp.is_series_outlier(x, t, 'seasonal', '{"period": 12, "robust": true, "threshold": 12}') OVER () AS odd FROM timed) s WHERE odd AND i NOT BETWEEN 60 AND 145;
SELECT is(array_agg(i ORDER BY i), ARRAY[121], 'the step is a shift of level') FROM (SELECT i, dp.is_series_outlier(x, t, 'level_shift', '{"window": 12}') OVER () AS odd FROM timed) s WHERE odd AND i = 121;
SELECT is(count(*)::int, 3, 'a share of 240 rows less 14 without a value: what is above place 222.75 of 225') FROM (SELECT dp.is_series_outlier(x, t, 'hampel', '{"contamination": 0.01}') OVER () AS odd FROM timed) s WHERE odd;
SELECT is(string_agg(odd::text, ' ' ORDER BY k) FILTER (WHERE k IN (20, 50, 80)), 'false true false', 'a threshold of the profile') FROM (SELECT k, dp.is_series_outlier(CASE WHEN k = 50 THEN 1000 ELSE sin(k) END, k, 'matrix_profile', '{"window": 8, "threshold": 1}') OVER () AS odd FROM generate_series(1, 100) k) s;

-- errors
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'lof') OVER ()$$, '22023', 'unrecognized method "lof"', 'an unknown method');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, NULL) OVER ()$$, '22004', '"method" must not be null', 'a NULL method');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'seasonal') OVER ()$$, '22023', 'option "period" is missing', 'seasonal without a period');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'matrix_profile') OVER ()$$, '22023', 'option "window" is missing', 'matrix_profile without a window');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'seasonal', '{"period": 12, "seasonal": 8}') OVER ()$$, '22023', 'invalid value for parameter "seasonal": 8', 'an even span');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'ewma', '{"alpha": 1}') OVER ()$$, '22023', 'invalid value for parameter "alpha": 1', 'alpha = 1');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'hampel', '{"window": 3}') OVER ()$$, '22023', 'unrecognized option "window"', 'an option of another method');
SELECT throws_ok($$SELECT dp.series_outlier_score(1, 1, 'hampel', '{"threshold": 3}') OVER ()$$, '22023', 'unrecognized option "threshold"', 'a threshold where nothing is decided');
SELECT throws_ok($$SELECT dp.is_series_outlier(1, 1, 'matrix_profile', '{"window": 3}') OVER ()$$, '22023', 'method "matrix_profile" has no usual threshold', 'a decision without a threshold');
SELECT throws_ok($$SELECT dp.is_series_outlier(1, 1, 'ewma', '{"threshold": 3, "contamination": 0.1}') OVER ()$$, '22023', 'the options "threshold" and "contamination" exclude each other', 'two thresholds');
SELECT throws_ok($$SELECT dp.series_outlier_score(k, k / 2, 'ewma') OVER () FROM generate_series(1, 9) k$$, '22000', 'two rows of a partition have the same time', 'two rows of one time');
SELECT throws_ok($$SELECT dp.series_outlier_score(k, k, m) OVER () FROM generate_series(1, 2) k, unnest(ARRAY['ewma', 'hampel']) m WHERE (k = 1) = (m = 'ewma')$$, '22023', '"method" must be the same for every row of a partition', 'a method that changes');
SELECT throws_ok($$SELECT dp.series_outlier_score(k, k, 'ewma', jsonb_build_object('alpha', k / 10.0)) OVER () FROM generate_series(1, 2) k$$, '22023', '"options" must be the same for every row of a partition', 'options that change');
SELECT throws_ok($$SELECT dp.series_outlier_score(k * 1e200, k, 'ewma') OVER () FROM generate_series(1, 9) k$$, '22003', 'value out of range: overflow', 'values too large to square');
SET LOCAL datapower.memory_limit = '4MB';
SELECT throws_ok($$SELECT dp.series_outlier_score(k, k, 'matrix_profile', '{"window": 50}') OVER () FROM generate_series(1, 100000) k$$, '54000', 'partition is too large for method "matrix_profile": 100000 rows', 'more rows than the memory limit allows');

SELECT * FROM finish();
ROLLBACK;
