\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- outliers among rows of features, and detectors
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/outliers.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';

-- against numpy, scipy and scikit-learn
SELECT ok(bool_and(pg_temp.near(s.score, e.score)), m.method || ' ' || m.options) FROM (SELECT DISTINCT method, options FROM expected) m,
	LATERAL (SELECT i, dp.outlier_score(features, method, options) OVER () AS score FROM point) s JOIN expected e USING (i)
WHERE (e.method, e.options) = (m.method, m.options) GROUP BY m.method, m.options ORDER BY m.method, m.options;

-- Tukey's example of ClickHouse's documentation: 45 alone, 27 beyond the fence, with quantiles of type 2
SELECT is(string_agg(format('%s:%s', x, (score - 1.5) * 6), ' '), '45:27', 'tukey with quantile_type 2')
FROM (SELECT x, dp.outlier_score(x, 'tukey', '{"quantile_type": 2}') OVER () AS score, dp.is_outlier(x, 'tukey', '{"quantile_type": 2}') OVER () AS odd
	FROM unnest('{-3,2,15,3,5,6,4,5,12,45,12,3,3,4,5,6}'::float8[]) x) s WHERE odd;
SELECT is(array_agg(x ORDER BY x), '{15,45}'::float8[], 'and with the usual type 7 another one')
FROM (SELECT x, dp.is_outlier(x, 'tukey') OVER () AS odd FROM unnest('{-3,2,15,3,5,6,4,5,12,45,12,3,3,4,5,6}'::float8[]) x) s WHERE odd;
-- of 10 values the quartiles of type 3 are the 2nd and the 8th: 2.5 is as far from 2 as from 3, and 2 is even
SELECT is(max(score), 0.5::float8, 'tukey with quantile_type 3') FROM (SELECT dp.outlier_score(x, 'tukey', '{"quantile_type": 3}') OVER () AS score FROM unnest('{1,2,3,4,5,6,7,8,9,11}'::float8[]) x) s;

-- the flagged rows of scikit-learn's MinCovDet, a tenth of the rows lying elsewhere
SELECT ok((SELECT count(*) FROM flagged) BETWEEN 30 AND 60, 'there is something to flag');
SELECT is(array_agg(k ORDER BY k), (SELECT array_agg(k ORDER BY k) FROM flagged), 'mcd flags the rows that scikit-learn does')
FROM (SELECT k, dp.is_outlier(features, 'mcd') OVER () AS odd FROM dirty) s WHERE odd;

-- Rosner's example in the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.3: R and lambda of ten steps, three outliers
CREATE TEMP TABLE rosner AS SELECT unnest('{-0.25,0.68,0.94,1.15,1.20,1.26,1.26,1.34,1.38,1.43,1.49,1.49,1.55,1.56,1.58,1.65,1.69,1.70,1.76,1.77,1.81,1.91,1.94,1.96,1.99,2.06,2.09,2.10,2.14,2.15,
	2.23,2.24,2.26,2.35,2.37,2.40,2.47,2.54,2.62,2.64,2.90,2.92,2.92,2.93,3.21,3.26,3.30,3.59,3.68,4.30,4.64,5.34,5.42,6.01}'::float8[]) AS x;
SELECT is(array_agg(x ORDER BY x), '{5.34,5.42,6.01}'::float8[], 'esd: three outliers, none of which a first step shows') FROM (SELECT x, dp.is_outlier(x, 'esd', '{"max_outliers": 10}') OVER () AS odd FROM rosner) s WHERE odd;
SELECT is(array_agg(x ORDER BY x), '{5.34,5.42,6.01}'::float8[], 'and with the usual tenth of the rows') FROM (SELECT x, dp.is_outlier(x, 'esd') OVER () AS odd FROM rosner) s WHERE odd;
-- ratios of the printed figures: the third is the largest of the first three
SELECT ok(pg_temp.near(score, CASE WHEN x > 5 THEN 3.179 / 3.143 WHEN x = 4.64 THEN 2.810 / 3.136 END, 4e-4), 'esd: score of ' || x) FROM (SELECT x, dp.outlier_score(x, 'esd', '{"max_outliers": 4}') OVER () AS score FROM rosner) s WHERE x > 4.5 AND x <> 4.64;
SELECT is(count(*) FILTER (WHERE odd)::int, 0, 'esd: one step alone is masked') FROM (SELECT dp.is_outlier(x, 'esd', '{"max_outliers": 1}') OVER () AS odd FROM rosner) s;
SELECT ok(bool_and(pg_temp.near(mirrored, score)), 'esd: the other way round') FROM (SELECT dp.outlier_score(x, 'esd') OVER () AS score, dp.outlier_score(-x, 'esd') OVER () AS mirrored FROM rosner) s;

-- NULL, NaN and infinite features
SELECT is(string_agg(coalesce(score::text, '-'), ' ' ORDER BY k), '1.2247 0 - - NaN Infinity NaN 1.2247', 'a row with a NULL has no score, NaN scores NaN, infinity infinity, and none of them counts')
FROM (SELECT k, round(dp.outlier_score(f::float8[], 'zscore') OVER (ORDER BY k)::numeric, 4)::float8 AS score FROM (VALUES (1, '{1,2}'), (2, '{2,3}'), (3, NULL), (4, '{1,NULL}'),
	(5, '{NaN,2}'), (6, '{-Infinity,2}'), (7, '{Infinity,NaN}'), (8, '{3,4}')) v(k, f)) s;
SELECT ok(bool_and(score IS NULL AND odd IS NULL), 'nothing but NULL') FROM (SELECT dp.outlier_score(f, 'zscore') OVER () AS score, dp.is_outlier(f, 'zscore') OVER () AS odd
	FROM unnest(ARRAY[NULL, NULL]) f(t), LATERAL (SELECT t::float8[]) v(f)) s;
SELECT ok(bool_and(score = 'NaN' AND odd), 'nothing but NaN') FROM (SELECT dp.outlier_score(f, m) OVER (PARTITION BY m) AS score, dp.is_outlier(f, m, '{"contamination": 0.1}') OVER (PARTITION BY m) AS odd
	FROM unnest(ARRAY['zscore', 'mad', 'tukey']) m, (VALUES ('{NaN,1}'::float8[]), ('{2,NaN}')) v(f)) s;

-- one row, equal rows
SELECT is(string_agg(DISTINCT score::text, ' '), '0', method || ': one row, and equal rows') FROM unnest(ARRAY['zscore', 'mad', 'tukey']) method,
	LATERAL (SELECT dp.outlier_score(ARRAY[0.1, 7], method) OVER (PARTITION BY k = 1) AS score FROM generate_series(1, 5) k) s GROUP BY method ORDER BY method;
SELECT is(array_agg(score ORDER BY x), '{0,0,0,0,Infinity}'::float8[], 'tukey where both quartiles are equal') FROM (SELECT x, dp.outlier_score(x, 'tukey') OVER () AS score FROM unnest('{1,1,1,1,2}'::float8[]) x) s;

SELECT is(string_agg(DISTINCT coalesce(score::text, '-'), ' '), '0', method || ': one row') FROM unnest(ARRAY['ecod', 'copod', 'hbos', 'mahalanobis', 'pca', 'mcd']) method,
	LATERAL (SELECT dp.outlier_score(ARRAY[0.1, 7], method) OVER () AS score FROM generate_series(1, 1) k) s GROUP BY method ORDER BY method;
SELECT is(string_agg(DISTINCT coalesce(score::text, '-'), ' '), '0', method || ': equal rows') FROM unnest(ARRAY['ecod', 'copod', 'hbos', 'mahalanobis', 'pca', 'mcd']) method,
	LATERAL (SELECT dp.outlier_score(ARRAY[0.1, 7], method) OVER () AS score FROM generate_series(1, 5) k) s GROUP BY method ORDER BY method;

SELECT is(array_agg(DISTINCT score), '{0.5}'::float8[], format('isolation_forest %s: %s equal rows are no outliers', options, n)) FROM unnest(ARRAY[1, 2, 3, 10, 50, 300, 1000]) n, unnest(ARRAY['{}', '{"trees": 77}', '{"extended": true, "trees": 37}']::jsonb[]) options,
	LATERAL (SELECT dp.outlier_score(ARRAY[0.1, 7], 'isolation_forest', options) OVER () AS score FROM generate_series(1, n)) s GROUP BY n, options ORDER BY n, options;
SELECT is(string_agg(DISTINCT coalesce(score::text, '-'), ' '), '0', 'esd: ' || n || ' equal rows') FROM unnest(ARRAY[1, 2, 3, 50]) n, LATERAL (SELECT dp.outlier_score(0.1, 'esd') OVER () AS score FROM generate_series(1, n)) s GROUP BY n ORDER BY n;
SELECT ok(bool_and(abs(score) < 1e-6), method || ': rows in a plane') FROM unnest(ARRAY['pca']) method, LATERAL (SELECT dp.outlier_score(ARRAY[i, 2 * i, 5, -i], method) OVER () AS score FROM generate_series(1, 20) i) s GROUP BY method;
SELECT ok(bool_and(score BETWEEN 0 AND 100), method || ': rows in a plane') FROM unnest(ARRAY['mahalanobis', 'mcd']) method, LATERAL (SELECT dp.outlier_score(ARRAY[i, 2 * i, 5, -i], method) OVER () AS score FROM generate_series(1, 20) i) s GROUP BY method ORDER BY method;

-- decisions: the usual threshold, another, a share
SELECT is(count(*) FILTER (WHERE odd)::int, 50, 'a contamination of a tenth') FROM (SELECT dp.is_outlier(features, 'zscore', '{"contamination": 0.1}') OVER () AS odd FROM point) s;
SELECT ok(bool_and(odd = (score > 2)), 'a threshold') FROM (SELECT dp.is_outlier(features, 'zscore', '{"threshold": 2}') OVER () AS odd, dp.outlier_score(features, 'zscore') OVER () AS score FROM point) s;
SELECT ok(bool_and(odd = (score > t)), 'the usual threshold of ' || m) FROM (SELECT m, t, dp.is_outlier(features, m) OVER (PARTITION BY m) AS odd, dp.outlier_score(features, m) OVER (PARTITION BY m) AS score
	FROM point, (VALUES ('zscore', 3.0), ('mad', 3.5), ('tukey', 1.5)) v(m, t)) s GROUP BY m ORDER BY m;

-- every way to write the arguments
SELECT is(count(s)::int, 3, 'integer[], numeric[], real[] and literals with their type') FROM (SELECT dp.outlier_score(ARRAY[k, 1], 'mad') OVER () + dp.outlier_score(ARRAY[k, 1.5], 'mad', NULL) OVER ()
	+ dp.outlier_score(ARRAY[k::real], 'mad') OVER () + dp.outlier_score('{1,2}'::float8[], 'mad') OVER () + dp.outlier_score(k, 'mad', '{}'::jsonb) OVER () + dp.outlier_score('3') OVER () AS s FROM generate_series(1, 3) k) t;
SELECT throws_ok($$SELECT dp.outlier_score('{1,2}', 'mad') OVER ()$$, '42725', NULL, 'an untyped literal could be either');
SELECT throws_ok($$SELECT dp.outlier_score(NULL, 'mad') OVER ()$$, '42725', NULL, 'and so could an untyped NULL');
PREPARE score(float8[], text, jsonb) AS SELECT dp.outlier_score($1, $2, $3) OVER ();
SELECT lives_ok($$EXECUTE score('{1,2}', 'tukey', '{"quantile_type": 2}')$$, 'parameters');

-- errors
SELECT throws_ok(format('SELECT %s FROM point', call), code, message, message) FROM (VALUES
	('dp.outlier_score(features, ''iqr'') OVER ()', '22023', 'unrecognized method "iqr"'),
	('dp.outlier_score(features, NULL) OVER ()', '22004', '"method" must not be null'),
	('dp.outlier_score(features, CASE i WHEN 1 THEN ''mad'' ELSE ''tukey'' END) OVER (ORDER BY i)', '22023', '"method" must be the same for every row of a partition'),
	('dp.outlier_score(features, ''tukey'', jsonb_build_object(''quantile_type'', 1 + i % 2)) OVER (ORDER BY i)', '22023', '"options" must be the same for every row of a partition'),
	('dp.outlier_score(features, ''tukey'', ''{"k": 3}'') OVER ()', '22023', 'unrecognized option "k"'),
	('dp.outlier_score(features, ''tukey'', ''{"threshold": 3}'') OVER ()', '22023', 'unrecognized option "threshold"'),
	('dp.outlier_score(features, ''tukey'', ''[1]'') OVER ()', '22023', 'options must be a JSON object'),
	('dp.outlier_score(features, ''tukey'', ''{"quantile_type": 10}'') OVER ()', '22023', 'invalid value for parameter "quantile_type": 10'),
	('dp.is_outlier(features, ''tukey'', ''{"contamination": 0.6}'') OVER ()', '22023', 'invalid value for parameter "contamination": 0.6'),
	('dp.is_outlier(features, ''tukey'', ''{"contamination": 0.1, "threshold": 1}'') OVER ()', '22023', 'the options "threshold" and "contamination" exclude each other'),
	('dp.outlier_score(CASE i WHEN 7 THEN features[1:3] ELSE features END, ''mad'') OVER (ORDER BY i)', '22023', 'wrong number of features: 3'),
	('dp.outlier_score(ARRAY[features], ''mad'') OVER ()', '2202E', '"features" must have one dimension, not 2'),
	('dp.outlier_score(''{}''::float8[], ''mad'') OVER ()', '2202E', '"features" must not be empty'),
	('dp.outlier_score(features, ''esd'') OVER ()', '22023', 'too many features for method "esd": 4'),
	('dp.outlier_score(array_fill(1::float8, ARRAY[501]), ''mcd'') OVER ()', '22023', 'too many features for method "mcd": 501'),
	('dp.is_outlier(features, ''ecod'') OVER ()', '22023', 'method "ecod" has no usual threshold'),
	('dp.outlier_score(ARRAY[1, (i % 2 - 0.5) * 3.4e308]::float8[], ''zscore'') OVER ()', '22023', 'spread of feature 2 is out of range')) v(call, code, message);
CREATE FUNCTION pg_temp.hint(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT matches(pg_temp.hint(format('SELECT dp.outlier_score(1, ''mad'', ''{"%s": 0.1}'') OVER ()', option)), 'give it to dp.is_outlier', 'who takes a ' || option) FROM unnest(ARRAY['contamination', 'threshold']) option;
SELECT matches(pg_temp.hint(query), 'the column that identifies a row|the key the row had', 'what a key is: ' || query) FROM unnest(ARRAY['SELECT dp.fit_detector(1, ''mad'', ''{}'', NULL)', 'SELECT dp.fit_encoder(''a'', ''target'', 1, NULL)', 'SELECT dp.encode(''"target" 0''::dp.encoder, ''a''::text, NULL::bigint)']) query;
SELECT is(count(*) FILTER (WHERE odd)::int, 0, 'a contamination of 0: nothing scores above the highest score') FROM (SELECT dp.is_outlier(features, 'zscore', '{"contamination": 0}') OVER () AS odd FROM point) s;
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_ok($$SELECT dp.outlier_score(ARRAY[k, k], 'zscore') OVER () FROM generate_series(1, 200000) k$$, '54000', 'partition is too large for method "zscore": 200000 rows', 'more rows than the memory limit allows');
RESET datapower.memory_limit;

SELECT * FROM finish();
ROLLBACK;
