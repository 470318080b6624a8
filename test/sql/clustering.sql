\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- k-means and the silhouette against scikit-learn; order, workers, stored values, NULL, errors
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/clustering.sql'
\i :file

CREATE TEMP TABLE model AS SELECT k, dp.fit_kmeans(features, k) AS model FROM points, unnest(ARRAY[1, 2, 4, 6]) k GROUP BY k;
SELECT ok((SELECT sum(inertia) FROM dp.kmeans_centers(model)) <= value * 1.0001, k || ' clusters: the inertia is that of the best of scikit-learn''s 200 starts')
FROM model JOIN expected ON name = 'inertia ' || k ORDER BY k;
SELECT ok(abs(got - value) < 1e-9, 'silhouette of ' || k || ' clusters is that of scikit-learn')
FROM (SELECT k, dp.silhouette(dp.kmeans_cluster(model, features), features) AS got FROM model, points GROUP BY k) s JOIN expected ON name = 'silhouette ' || k ORDER BY k;
SELECT ok(abs(got - value) < 1e-9, 'silhouette of clusters that are none, ' || m)
FROM (SELECT m, dp.silhouette(i % m, features) AS got FROM points, unnest(ARRAY[2, 4, 7]) m GROUP BY m) s JOIN expected ON name = 'silhouette mod ' || m ORDER BY m;
SELECT ok(abs(dp.silhouette(CASE WHEN i = 17 THEN 9 ELSE i % 2 END, features) - (SELECT value FROM expected WHERE name = 'silhouette of one alone')) < 1e-9, 'a row that is alone counts 0') FROM points;

-- what clusters say of themselves is what their rows say
SELECT ok(bool_and(c.size = s.size AND abs(c.inertia - s.inertia) < 1e-9 * s.inertia AND abs(c.center[1] - s.x) + abs(c.center[3] - s.z) < 1e-9), k || ' clusters: sizes, inertia and centers are those of the rows')
FROM (SELECT k, (dp.kmeans_centers(model)).* FROM model) c JOIN
	(SELECT k, dp.kmeans_cluster(model, features) AS cluster, count(*) AS size, sum(dp.kmeans_distance(model, features) ^ 2) AS inertia, avg(features[1]) AS x, avg(features[3]) AS z FROM model, points GROUP BY 1, 2) s USING (k, cluster) GROUP BY k ORDER BY k;
SELECT ok(bool_and(size >= coalesce(next, 0)) AND min(cluster) = 1 AND max(cluster) = 6, 'the largest cluster is number 1') FROM (SELECT cluster, size, lead(size) OVER (ORDER BY cluster) AS next FROM model, dp.kmeans_centers(model) WHERE k = 6) c;

SELECT ok((SELECT sum(inertia) FROM dp.kmeans_centers(m)) <= value * 1.02, k || ' clusters by batches: the inertia is that of scikit-learn''s MiniBatchKMeans')
FROM (SELECT k, dp.fit_kmeans(features, k, '{"batch": 64}', i) AS m FROM points, unnest(ARRAY[1, 2, 4, 6]) k GROUP BY k) s JOIN expected ON name = 'inertia of batches ' || k ORDER BY k;

-- any order of rows and any number of workers, to the bit; of a sample as well
CREATE TABLE many AS SELECT i * 1000 + j AS key, ARRAY[features[1] + j / 7.0, features[2], features[3]] AS features FROM points, generate_series(1, 50) j;
ANALYZE many;
CREATE TEMP TABLE serial AS SELECT dp.fit_kmeans(features, 5)::text AS all_rows, dp.fit_kmeans(features, 5, '{"sample": 3000, "seed": 7}', key)::text AS sample FROM many;
SELECT is(a, all_rows, 'in another order') FROM serial, (SELECT dp.fit_kmeans(features, 5 ORDER BY features)::text AS a FROM many) s;
SELECT is(a, sample, 'a sample in another order') FROM serial, (SELECT dp.fit_kmeans(features, 5, '{"sample": 3000, "seed": 7}', key ORDER BY features)::text AS a FROM many) s;
SELECT ok(dp.silhouette((key % 4)::int, features) = dp.silhouette((key % 4)::int, features ORDER BY features[2]), 'a silhouette in another order') FROM many WHERE key % 9 = 0;
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
SELECT matches(pg_temp.plan('SELECT dp.fit_kmeans(features, 5) FROM many'), 'Partial Aggregate', 'it is a parallel aggregate');
SELECT is(dp.fit_kmeans(features, 5)::text, (SELECT all_rows FROM serial), 'in parallel') FROM many;
SELECT is(dp.fit_kmeans(features, 5, '{"sample": 3000, "seed": 7}', key)::text, (SELECT sample FROM serial), 'a sample in parallel') FROM many;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(all_rows <> dp.fit_kmeans(features, 5, '{"sample": 3000}', key)::text AND sample <> dp.fit_kmeans(features, 5, '{"sample": 3000, "seed": 8}', key)::text, 'another sample, other clusters') FROM serial, many GROUP BY all_rows, sample;
SELECT is(dp.fit_kmeans(features, 5, '{"batch": 256}', key)::text, dp.fit_kmeans(features, 5, '{"batch": 256}', key ORDER BY features)::text, 'batches in another order') FROM many;
SELECT is(dp.fit_kmeans(features, 2)::text, dp.fit_kmeans(features, 2, NULL, 0)::text, 'options and key have defaults') FROM points;

-- stored and read back
CREATE TABLE stored AS SELECT k, model, model::text::dp.kmeans AS again FROM model;
SELECT ok(bool_and(dp.kmeans_cluster(model, features) = dp.kmeans_cluster(again, features) AND dp.kmeans_distance(model, features) = dp.kmeans_distance(again, features)), 'text and back') FROM stored, points;

-- rows that take no part
SELECT is(dp.fit_kmeans(f, 2)::text, dp.fit_kmeans(f, 2) FILTER (WHERE w)::text, 'NULL, NaN and infinity teach nothing')
FROM (SELECT features AS f, true AS w FROM points UNION ALL SELECT f, false FROM (VALUES (NULL::float8[]), (ARRAY[1, NULL, 3]), ('{NaN,1,2}'), ('{1,Infinity,2}')) v(f)) s;
SELECT is(string_agg(coalesce(dp.kmeans_cluster(model, f)::text, '-') || coalesce(dp.kmeans_distance(model, f)::text, '-'), ''), '--------', 'nor have they a cluster')
FROM model, (VALUES (NULL::float8[]), (ARRAY[1, NULL, 3]), ('{NaN,1,2}'), ('{1,Infinity,2}')) v(f) WHERE k = 2;
SELECT is(dp.fit_kmeans(features, 2)::text, NULL, 'no rows, no clusters') FROM points WHERE false;
SELECT is(dp.fit_kmeans(NULL, 2)::text, NULL, 'nor of NULL') FROM points;
SELECT is((SELECT string_agg(format('%s %s %s %s', cluster, size, inertia, center), ', ') FROM dp.kmeans_centers(m)), '1 3 0 {1,2}, 2 1 0 {5,6}', 'as many clusters as different rows')
FROM (SELECT dp.fit_kmeans(f, 2) AS m FROM (VALUES (ARRAY[1, 2]), (ARRAY[1, 2]), (ARRAY[5, 6]), (ARRAY[1, 2])) v(f)) s;
SELECT is(dp.silhouette(1, features), NULL, 'one cluster has no silhouette') FROM points;
SELECT is(dp.silhouette(c, f), NULL, 'nor have rows without a cluster or features') FROM (VALUES (NULL, ARRAY[1, 2]), (1, NULL), (2, ARRAY[NULL]::float8[]), (3, '{NaN}')) v(c, f);
SELECT is(dp.silhouette(1, features), NULL, 'nor have no rows') FROM points WHERE false;
SELECT is(dp.silhouette(c, ARRAY[x]), 0::float8, 'clusters of equal rows') FROM (VALUES (1, 5), (1, 5), (2, 5), (2, 5)) v(c, x);
SELECT is(dp.silhouette(c, ARRAY[x]), 1::float8, 'clusters apart') FROM (VALUES (1, 5), (1, 5), (2, 6), (2, 6)) v(c, x);

-- errors
SELECT throws_ok($$SELECT dp.fit_kmeans(features, 0) FROM points$$, '22023', 'invalid value for parameter "k": 0', 'k = 0');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, NULL) FROM points$$, '22004', '"k" must not be null', 'k is NULL');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, (i % 2 + 1)::int) FROM points$$, '22023', '"k" and "options" must be the same for every row', 'k that changes');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, 2, '{"start": 1}', i) FROM points$$, '22023', 'unrecognized option "start"', 'an unknown option');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, 2, '{"starts": 0}', i) FROM points$$, '22023', 'invalid value for parameter "starts": 0', 'no starts');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, 2, '{"batch": 0}', i) FROM points$$, '22023', 'invalid value for parameter "batch": 0', 'empty batches');
SELECT throws_ok($$SELECT dp.fit_kmeans(features, 2, '{}', NULL) FROM points$$, '22004', '"key" must not be null', 'no key');
SELECT throws_ok($$SELECT dp.fit_kmeans(ARRAY[7], 2) FROM points$$, '22023', 'too few different rows for 2 clusters: 1', 'equal rows');
SELECT throws_ok($$SELECT dp.fit_kmeans(f, 2) FROM (VALUES (ARRAY[1, 2]), (ARRAY[1])) v(f)$$, '22023', 'wrong number of features: 1', 'another number of features');
SELECT throws_ok($$SELECT dp.fit_kmeans(ARRAY[x], 1) FROM (VALUES (1e200::float8), (-1e200)) v(x)$$, '22023', 'features are too large for distances between them', 'squares that overflow');
SELECT throws_ok(format('SELECT dp.kmeans_%s(model, ARRAY[1e200]) FROM (SELECT dp.fit_kmeans(ARRAY[i], 2) AS model FROM generate_series(1, 9) i) m', f), '22023', 'features are too large for distances between them', f || ' of squares that overflow')
FROM unnest('{cluster,distance}'::text[]) f;
SELECT throws_ok($$SELECT dp.silhouette(c, ARRAY[x]) FROM (VALUES (1, 1e200::float8), (1, -1e200), (2, 0)) v(c, x)$$, '22023', 'features are too large for distances between them', 'a silhouette whose squares overflow');
SELECT throws_ok($$SELECT dp.silhouette(1, f) FROM (VALUES (ARRAY[1, 2]), (ARRAY[1])) v(f)$$, '22023', 'wrong number of features: 1', 'a silhouette of another number of features');
SELECT throws_ok($$SELECT dp.kmeans_cluster(model, ARRAY[1, 2]) FROM model$$, '22023', 'wrong number of features: 2', 'a row of another number of features');
SELECT throws_ok($$SELECT dp.kmeans_cluster(dp.kmeans_add(NULL, ARRAY[1, 2], 2), ARRAY[1, 2])$$, '22023', 'clusters have not been fitted', 'a state');
SELECT throws_ok($$SELECT dp.kmeans_add(model, ARRAY[1, 2, 3], 2) FROM model$$, '22023', 'clusters that have been fitted cannot learn more', 'what is fitted');
SELECT throws_ok($$SELECT dp.fit_kmeans(array_fill(i, ARRAY[9000]), 2, '{"sample": 1000000}', i) FROM generate_series(1, 8000) i$$, '54000', 'sample is too large to cluster: 4096 rows of 9000 features', 'a sample that is too large');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT dp.fit_kmeans(ARRAY[i], 2) FROM generate_series(1, 30000) i$$, 'sample is too large to cluster%', 'more than memory');
SELECT throws_like($$SELECT dp.silhouette(i % 2, ARRAY[i]) FROM generate_series(1, 60000) i$$, 'too many rows for a silhouette%', 'a silhouette of more than memory');

SELECT * FROM finish();
ROLLBACK;
