-- demo.sql - raw images become a trained network and predictions, in SQL
--
--   psql -v fashion=/usr/share/datasets/fashion-mnist -f docs/demo.sql
--
-- Fashion-MNIST: 60,000 + 10,000 gray images of clothes, 28 x 28 pixels, ten
-- classes.  Dirt of every common kind is planted first, so that each cleaning
-- step can say what it found of it.  "make demo" runs this on a private cluster.

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET client_min_messages = notice;

CREATE EXTENSION datapower;

\echo
\echo '1. Load: IDX files become a table of PNG images'

CREATE TABLE class (number int PRIMARY KEY, name text);
INSERT INTO class VALUES
    (0, 'T-shirt'), (1, 'Trouser'), (2, 'Pullover'), (3, 'Dress'), (4, 'Coat'),
    (5, 'Sandal'), (6, 'Shirt'), (7, 'Sneaker'), (8, 'Bag'), (9, 'Ankle boot');

CREATE TABLE raw AS
SELECT i.item AS id,
       dp.image_encode(i.data, 28, 28, 1, 'png') AS image,
       class.name AS label
FROM dp.idx_items(pg_read_binary_file(:'fashion' || '/train-images-idx3-ubyte.gz')) AS i
JOIN dp.idx_items(pg_read_binary_file(:'fashion' || '/train-labels-idx1-ubyte.gz')) AS l USING (item)
JOIN class ON class.number = get_byte(l.data, 0);

CREATE TABLE test AS
SELECT i.item AS id,
       dp.image_encode(i.data, 28, 28, 1, 'png') AS image,
       class.name AS label
FROM dp.idx_items(pg_read_binary_file(:'fashion' || '/t10k-images-idx3-ubyte.gz')) AS i
JOIN dp.idx_items(pg_read_binary_file(:'fashion' || '/t10k-labels-idx1-ubyte.gz')) AS l USING (item)
JOIN class ON class.number = get_byte(l.data, 0);

SELECT 'raw' AS "table", count(*) AS images, pg_size_pretty(sum(length(image))) AS size FROM raw
UNION ALL
SELECT 'test', count(*), pg_size_pretty(sum(length(image))) FROM test;

\echo
\echo '2. Plant dirt: each row is drawn into one kind by its key, or left alone'

CREATE TABLE planted AS
SELECT id, (ARRAY['copy', 're-encoded', 'truncated', 'garbage', 'blank', 'noise', 'wrong label'])[part] AS kind
FROM (SELECT id, dp.split(id, 1, ARRAY[0.01, 0.01, 0.003, 0.003, 0.003, 0.003, 0.03, 0.938]) AS part FROM raw) AS drawn
WHERE part <= 7;

-- copies come as rows of their own, the rest spoils the row
INSERT INTO raw
SELECT 100000 + id,
       CASE kind WHEN 'copy' THEN image ELSE dp.image_convert(image, 'jpeg', 90) END,
       label
FROM raw JOIN planted USING (id)
WHERE kind IN ('copy', 're-encoded');
UPDATE planted SET id = 100000 + id WHERE kind IN ('copy', 're-encoded');

UPDATE raw
SET image = CASE kind
        WHEN 'truncated' THEN substr(image, 1, length(image) * 6 / 10)
        WHEN 'garbage' THEN sha512(image) || sha512(sha512(image))
        WHEN 'blank' THEN dp.image_encode(decode(repeat(lpad(to_hex(raw.id % 256), 2, '0'), 784), 'hex'), 28, 28, 1)
        WHEN 'noise' THEN dp.image_noise(dp.image_encode(decode(repeat('80', 784), 'hex'), 28, 28, 1), 80, 2, raw.id)
        ELSE image
    END,
    label = CASE kind
        WHEN 'wrong label' THEN (SELECT b.name FROM class AS a, class AS b
                                 WHERE a.name = raw.label AND b.number = (a.number + dp.fold(raw.id, 9, 3)) % 10)
        ELSE label
    END
FROM planted
WHERE planted.id = raw.id;
ANALYZE raw;

SELECT kind, count(*) FROM planted GROUP BY kind ORDER BY kind;

\echo
\echo '3. Clean: what is found of it, and what else'

-- every step says which rows it would remove and why; nothing is deleted
CREATE TABLE found (id bigint, kind text);

-- broken files, with the reason
CREATE TABLE info AS
SELECT raw.id, info.* FROM raw CROSS JOIN LATERAL dp.image_info(raw.image) AS info;
INSERT INTO found SELECT id, 'broken' FROM info WHERE status <> 'ok';

SELECT split_part(status, ':', 1) AS status, format, count(*), min(bytes) AS "from bytes", max(bytes) AS "to bytes"
FROM info GROUP BY 1, 2 ORDER BY count(*) DESC;

-- blank and noise images: how busy an image is, entropy and sharpness on one
-- scale, lies far from the rest; which side it lies on tells which it is
CREATE TABLE stats AS
SELECT raw.id, s.*
FROM raw JOIN info USING (id) CROSS JOIN LATERAL dp.image_stats(raw.image) AS s
WHERE info.status = 'ok';

INSERT INTO found
WITH scaler AS (
    SELECT dp.fit_scaler(ARRAY[entropy, ln(1 + sharpness)], 'robust') AS fitted FROM stats
), busy AS (
    SELECT id, scaled[1] + scaled[2] AS busy
    FROM stats, scaler, dp.scale(fitted, ARRAY[entropy, ln(1 + sharpness)]) AS scaled
)
SELECT id, CASE WHEN busy < 0 THEN 'blank' ELSE 'noise' END
FROM (SELECT id, busy, dp.outlier_score(busy, 'mad') OVER () AS score FROM busy) AS scored
WHERE score > 5;

-- exact duplicates: the same bytes, of which the first row stays
INSERT INTO found
SELECT id, 'copy'
FROM (SELECT id, row_number() OVER (PARTITION BY sha256(image) ORDER BY id) AS n
      FROM raw WHERE id NOT IN (SELECT id FROM found)) AS copies
WHERE n > 1;

-- near-duplicates in two stages.  Two hashes at most 3 bits apart always have
-- one of four bands of 16 bits in common, and nine in ten of those 4 bits apart
-- do, so an ordinary hash join finds the candidates; hashes alone give many of
-- these small images a false neighbour, so the pixels decide.  In another
-- format it is a re-encoded copy; in the same one it is a garment that was
-- photographed twice, which Fashion-MNIST has.
CREATE TABLE hashed AS
SELECT id, image, info.format, dp.image_hash(image) AS hash
FROM raw JOIN info USING (id) WHERE id NOT IN (SELECT id FROM found);
ANALYZE hashed;

CREATE TABLE candidate AS
WITH band AS (SELECT id, hash, n, (hash >> (16 * n)) & 65535 AS bits FROM hashed, generate_series(0, 3) AS n)
SELECT DISTINCT a.id AS id, b.id AS copy
FROM band AS a JOIN band AS b ON a.n = b.n AND a.bits = b.bits AND a.id < b.id
WHERE dp.hash_distance(a.hash, b.hash) <= 4;
ANALYZE candidate;

INSERT INTO found
SELECT DISTINCT ON (b.id) b.id, CASE WHEN a.format <> b.format THEN 're-encoded' ELSE 'near-duplicate' END
FROM candidate JOIN hashed AS a ON a.id = candidate.id JOIN hashed AS b ON b.id = candidate.copy
WHERE dp.image_difference(a.image, b.image, 'mae') <= 3
ORDER BY b.id, a.format = b.format;

-- wrong labels: two networks, each trained on one half of the rows, judge the
-- other half; a row is doubted where the network all but rules its label out
CREATE TABLE judged AS
SELECT id, image, label, dp.fold(id, 2, 4) AS fold
FROM raw WHERE id NOT IN (SELECT id FROM found);

\set small '[{"conv2d": {"filters": 16, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"conv2d": {"filters": 32, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}}, {"dense": {"units": 10, "activation": "softmax"}}]'

CALL dp.train('judge of fold 1', 'SELECT id AS key, image, label FROM judged WHERE fold = 2', :'small', '{"epochs": 4, "batch_size": 32, "learning_rate": 0.002, "schedule": "cosine"}');
CALL dp.train('judge of fold 2', 'SELECT id AS key, image, label FROM judged WHERE fold = 1', :'small', '{"epochs": 4, "batch_size": 32, "learning_rate": 0.002, "schedule": "cosine"}');

INSERT INTO found
SELECT judged.id, 'wrong label'
FROM judged CROSS JOIN LATERAL dp.predict_proba('judge of fold ' || judged.fold, judged.image) AS p
WHERE p.class = judged.label AND p.probability < 0.01;

SELECT dp.drop_model('judge of fold 1'), dp.drop_model('judge of fold 2') \g /dev/null

\echo
\echo 'What was planted, and what was found of it'

SELECT kind, count(p.id) AS planted, count(f.id) AS found,
       round(count(*) FILTER (WHERE p.id IS NOT NULL AND f.id IS NOT NULL)::numeric / nullif(count(p.id), 0), 4) AS recall,
       round(count(*) FILTER (WHERE p.id IS NOT NULL AND f.id IS NOT NULL)::numeric / nullif(count(f.id), 0), 4) AS precision
FROM (SELECT id, CASE WHEN kind IN ('truncated', 'garbage') THEN 'broken' ELSE kind END AS kind FROM planted) AS p
FULL JOIN found AS f USING (id, kind)
GROUP BY kind ORDER BY kind;

\echo
\echo '4. Split the clean rows by their key: the same row always goes to the same side'

CREATE TABLE clean AS
SELECT id, image, label, (ARRAY['train', 'validation'])[dp.split(id, 5, ARRAY[0.9, 0.1])] AS part
FROM raw WHERE id NOT IN (SELECT id FROM found);

SELECT part, count(*) FROM clean GROUP BY part ORDER BY part;

\echo
\echo '5. Augment: ten garments and seven changed copies of each, on a contact sheet'

\set recipe '[{"flip": {"direction": "horizontal"}}, {"rotate": {"degrees": [-20, 20]}}, {"shear": {"degrees": [-10, 10]}}, {"zoom": {"factor": [0.8, 1.2]}}, {"translate": {"x": [-0.1, 0.1], "y": [-0.1, 0.1]}}, {"noise": {"sigma": [0, 20]}}]'

-- the same recipe as option "augment" of dp.train changes the images while training
CREATE TABLE sheet AS
SELECT dp.image_grid(CASE copy WHEN 0 THEN image ELSE dp.augment(image, :'recipe', copy, id) END, 8 ORDER BY id, copy) AS image
FROM (SELECT id, image FROM clean WHERE id < 100000 ORDER BY id LIMIT 10) AS ten, generate_series(0, 7) AS copy;

SELECT format, width, height, bytes, status FROM sheet, dp.image_info(image);

\echo
\echo '6. Train: a convolutional network, a line per epoch'

CALL dp.train('garments',
    source     => $$SELECT id AS key, image, label FROM clean WHERE part = 'train'$$,
    validation => $$SELECT id AS key, image, label FROM clean WHERE part = 'validation'$$,
    network    => '[{"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "activation": "relu"}}, {"max_pool2d": {}},
                    {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "activation": "relu"}}, {"max_pool2d": {}},
                    {"flatten": {}},
                    {"dense": {"units": 256, "activation": "relu"}}, {"dropout": {"rate": 0.5}},
                    {"dense": {"units": 10, "activation": "softmax"}}]',
    options    => '{"epochs": 4, "batch_size": 32, "shards": 4, "learning_rate": 0.002, "schedule": "cosine", "seed": 1}');

-- what the machine did: floating-point operations of a training step, forward
-- and both gradients, against what its cores can do at most (measured by the
-- caller, where it says so)
\if :{?peak}
SELECT round(rate.value) AS "images per second", round(speed.value) AS "GFLOP/s",
       round(100 * speed.value / (:peak * :cores)) AS "% of the FMA peak of all cores"
FROM dp.runs
JOIN dp.metrics AS rate USING (run_id)
JOIN dp.metrics AS speed USING (run_id)
WHERE model = 'garments' AND rate.split = 'train' AND rate.metric = 'samples_per_second'
  AND speed.split = 'train' AND speed.metric = 'gflops' AND speed.epoch = rate.epoch
ORDER BY rate.value DESC LIMIT 1;
\endif

\echo
\echo '7. Use: the test images, seen here for the first time'

-- predictions in a table that any tool can read
CREATE TABLE prediction AS
SELECT id, label AS actual, dp.predict('garments', image) AS predicted FROM test;

\echo 'The most frequent confusions'
SELECT actual, predicted, count(*) FROM prediction
WHERE actual <> predicted GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 5;

SELECT dp.accuracy(actual, predicted) AS accuracy, dp.f1(actual, predicted) AS macro_f1 FROM prediction;
