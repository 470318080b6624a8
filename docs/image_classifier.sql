-- image_classifier.sql - a folder of photographs becomes a classifier
--
--   tar czf photos.tar.gz train test
--   psql -v photos=photos.tar.gz -v epochs=10 -f docs/image_classifier.sql
--
-- The folders are train/CLASS/NAME.jpg and test/CLASS/NAME.jpg, of any size.
-- This is the image classifier of every Keras tutorial: random shear, zoom and
-- horizontal flip, 224 x 224 pixels scaled to [0, 1], three convolutions with
-- max pooling, a dense softmax, Adam, cross-entropy, a test folder at the end.

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?epochs} \else \set epochs 10 \endif

CREATE EXTENSION IF NOT EXISTS datapower;

-- psql reads the file, so it may lie on the client and no privilege is needed
\lo_import :photos
\set archive :LASTOID
CREATE TABLE photo AS
SELECT row_number() OVER (ORDER BY path COLLATE "C") AS id,
       split_part(path, '/', 1) AS part,
       split_part(path, '/', 2) AS label,
       path,
       data AS image
FROM dp.tar_items(lo_get(:archive))
WHERE path ~* '^(train|test)/[^/]+/[^/]+\.(jpe?g|png)$';
\lo_unlink :archive

-- broken photographs are known before they can hurt
SELECT path, info.status
FROM photo, dp.image_info(image) AS info
WHERE info.status <> 'ok';

SELECT part, label, count(*), min(info.width) AS "from width", max(info.width) AS "to width"
FROM photo, dp.image_info(image) AS info
WHERE info.status = 'ok'
GROUP BY part, label ORDER BY part, label;

-- a tenth of the training photographs tells how the training goes
CREATE VIEW train_photo AS
SELECT id AS key, image, label FROM photo WHERE part = 'train' AND dp.split(id, 0, ARRAY[0.9, 0.1]) = 1;
CREATE VIEW validation_photo AS
SELECT id AS key, image, label FROM photo WHERE part = 'train' AND dp.split(id, 0, ARRAY[0.9, 0.1]) = 2;
CREATE VIEW test_photo AS
SELECT id AS key, image, label FROM photo WHERE part = 'test';

CALL dp.train('photos',
    source     => 'train_photo',
    validation => 'validation_photo',
    network    => '[{"input": {"height": 224, "width": 224, "channels": 3}},
                    {"conv2d": {"filters": 32, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {"size": 2}},
                    {"conv2d": {"filters": 64, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {"size": 2}},
                    {"conv2d": {"filters": 128, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {"size": 2}},
                    {"flatten": {}},
                    {"dense": {"activation": "softmax"}}]',
    options    => jsonb_build_object('epochs', :epochs, 'batch_size', 32, 'on_error', 'skip',
                    'augment', '[{"shear": {"degrees": [-11.5, 11.5]}}, {"zoom": {"factor": [0.8, 1.2]}},
                                 {"flip": {"direction": "horizontal", "p": 0.5}}]'::jsonb));

SELECT metrics.epoch, split, metric, round(value::numeric, 4) AS value
FROM dp.metrics JOIN dp.runs USING (run_id)
WHERE model = 'photos' AND metric IN ('loss', 'accuracy')
ORDER BY metrics.epoch, split DESC, metric DESC;

SELECT round(value::numeric, 4) AS "test accuracy"
FROM dp.evaluate('photos', 'test_photo') WHERE metric = 'accuracy';

SELECT * FROM dp.confusion('photos', 'test_photo') WHERE count > 0 ORDER BY actual, predicted;

-- the photographs the network is surest of, and wrong about
SELECT path, best.class, round(best.probability::numeric, 3) AS probability
FROM photo CROSS JOIN LATERAL (
    SELECT * FROM dp.predict_proba('photos', image) ORDER BY probability DESC LIMIT 1) AS best
WHERE part = 'test' AND best.class <> label
ORDER BY best.probability DESC LIMIT 5;
