-- label_errors.sql - wrong labels found from raw images, and what leaving them out is worth
--
--   psql -v fashion=/usr/share/datasets/fashion-mnist -f docs/label_errors.sql
--
-- Fashion-MNIST with 3,000 of its 60,000 training labels replaced by another
-- class.  Every image is judged by a network that has not seen it, and the
-- labels that look wrong are compared with those that were replaced.  Labels
-- that were wrong from the beginning count against us.  Then a network learns
-- from what remains, and another from all rows, three times each.
--
-- The network and its options were chosen by a tenth of the training images
-- with the labels as they are, wrong ones included: -v choose=1 learns from the
-- other nine tenths and shows that tenth after each epoch.
--
-- Variables and their defaults: rows 60000, epochs 5; -v compare=0 leaves the second part out

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?rows} \else \set rows 60000 \endif
\if :{?epochs} \else \set epochs 5 \endif
\if :{?compare} \else \set compare 1 \endif
SET client_min_messages = notice;

CREATE EXTENSION IF NOT EXISTS datapower;
SELECT clock_timestamp() AS began \gset

CREATE TABLE garment AS
SELECT part, i.item AS id, dp.image_encode(i.data, 28, 28, 1, 'pnm') AS image, get_byte(l.data, 0) AS truth
FROM (VALUES ('train', 'train'), ('test', 't10k')) AS file (part, name),
     LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-images-idx3-ubyte.gz', :'fashion', name))) AS i
     JOIN LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-labels-idx1-ubyte.gz', :'fashion', name))) AS l USING (item)
WHERE part = 'test' OR i.item <= :rows;

-- one label in twenty becomes another, each of the nine alike
CREATE TABLE labelled AS
SELECT id, image, truth,
       CASE WHEN row_number() OVER (ORDER BY md5(id::text)) <= :rows / 20 THEN (truth + dp.fold(id, 9, 1)) % 10 ELSE truth END AS label
FROM garment WHERE part = 'train';
ALTER TABLE labelled ADD PRIMARY KEY (id);
ANALYZE labelled;
SELECT count(*) AS images, count(*) FILTER (WHERE label <> truth) AS planted FROM labelled \gset

\set network '[{"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"conv2d": {"filters": 128, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"conv2d": {"filters": 192, "kernel": 3, "padding": "same", "use_bias": false}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"global_avg_pool2d": {}}, {"dense": {"activation": "softmax"}}]'
SELECT jsonb_build_object('epochs', :epochs, 'batch_size', 64, 'shards', 2, 'optimizer', 'sgd', 'nesterov', true,
    'learning_rate', 0.05, 'schedule', 'one_cycle', 'weight_decay', 0.0005,
    'augment', '[{"flip": {}}, {"shift": {"x": [-1, 1], "y": [-1, 1]}}]'::jsonb) AS options \gset

\if :{?choose}
CALL dp.train('chosen', 'SELECT id AS key, image, label FROM labelled WHERE dp.split(id, 7, ARRAY[0.9, 0.1]) = 1', :'network', :'options',
    'SELECT id AS key, image, label FROM labelled WHERE dp.split(id, 7, ARRAY[0.9, 0.1]) = 2');
\quit
\endif

\echo '1. Each image by a network that has not seen it'

CALL dp.cross_predict('judged', 'SELECT id AS key, image, label FROM labelled', :'network', 3, :'options');

\echo
\echo 'Of as many rows as were planted, those of the lowest quality: the share that was planted'

CREATE TABLE ranked AS
SELECT method, avg((label <> truth)::int) AS precision
FROM unnest(ARRAY['normalized_margin', 'self_confidence', 'confidence_weighted_entropy']) AS method,
     LATERAL (SELECT j.label, truth FROM judged AS j JOIN labelled ON id = key
              ORDER BY dp.label_quality(j.label, probabilities, method), key LIMIT :planted) AS worst
GROUP BY method;
SELECT method, round(precision, 4) AS precision FROM ranked ORDER BY precision DESC;

\echo 'The rows that dp.label_issues flags by itself'

CREATE TABLE flagged AS
SELECT method, key::bigint AS id, suggested::int
FROM unnest(ARRAY['prune_by_class', 'prune_by_noise_rate', 'both', 'confident_learning']) AS method, LATERAL dp.label_issues('judged', method);
SELECT method, count(*) AS flagged, round(avg((label <> truth)::int), 4) AS precision,
       round(count(*) FILTER (WHERE label <> truth)::numeric / :planted, 4) AS recall,
       round(avg((suggested = truth)::int) FILTER (WHERE label <> truth), 4) AS "suggested the truth"
FROM flagged JOIN labelled USING (id) GROUP BY method ORDER BY method;

SELECT round(extract(epoch FROM clock_timestamp() - :'began')) AS seconds \gset
\echo 'All of this took' :seconds 'seconds'

\if :compare \else \quit \endif
\echo
\echo '2. Learn from what remains, and from all, and look at the test images'

-- the network of docs/demo.sql, which trains in half a minute; left out is what two methods agree on
SELECT format('CALL dp.train(%L, %L, %L::jsonb, %L)', rows || ' ' || seed, source,
    '[{"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "activation": "relu"}}, {"max_pool2d": {}},
      {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "activation": "relu"}}, {"max_pool2d": {}},
      {"flatten": {}}, {"dense": {"units": 256, "activation": "relu"}}, {"dropout": {"rate": 0.5}}, {"dense": {"activation": "softmax"}}]',
    jsonb_build_object('epochs', 4, 'batch_size', 32, 'shards', 4, 'learning_rate', 0.002, 'schedule', 'cosine', 'seed', seed))
FROM (VALUES ('all', 'SELECT id AS key, image, label FROM labelled'),
             ('remaining', 'SELECT id AS key, image, label FROM labelled WHERE id NOT IN (SELECT id FROM flagged WHERE method = ''both'')')) AS learnt (rows, source),
     generate_series(1, 3) AS seed
ORDER BY seed, rows \gexec

CREATE TABLE compared AS
SELECT rows, seed, value AS accuracy
FROM unnest(ARRAY['all', 'remaining']) AS rows, generate_series(1, 3) AS seed,
     LATERAL dp.evaluate(rows || ' ' || seed, 'SELECT image, truth AS label FROM garment WHERE part = ''test''')
WHERE metric = 'accuracy';
SELECT seed, round(a.accuracy::numeric, 4) AS "of all", round(r.accuracy::numeric, 4) AS "of what remains", round((r.accuracy - a.accuracy)::numeric, 4) AS gain
FROM compared AS a JOIN compared AS r USING (seed) WHERE a.rows = 'all' AND r.rows = 'remaining' ORDER BY seed;
SELECT round(avg(accuracy) FILTER (WHERE rows = 'all')::numeric, 4) AS "mean of all", round(avg(accuracy) FILTER (WHERE rows = 'remaining')::numeric, 4) AS "mean of what remains" FROM compared;

SELECT round(extract(epoch FROM clock_timestamp() - :'began')) AS seconds \gset
\echo 'Both parts took' :seconds 'seconds'
