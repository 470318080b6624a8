-- cifar10.sql - photographs of ten kinds of things, told apart after a quarter of an hour
--
--   psql -v archive=cifar10_jpeg.tar.gz -f docs/cifar10.sql
--
-- The archive holds JPEG files, train/CLASS/NAME.jpg and test/CLASS/NAME.jpg.
-- Layers and options were chosen by a tenth of the training images: -v choose=1
-- learns from the other nine tenths and shows that tenth after each epoch.
-- Without it the network learns from all of them, and the test images are read
-- once, at the end.
--
-- Variables and their defaults: seed 1, epochs 12

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?seed} \else \set seed 1 \endif
\if :{?epochs} \else \set epochs 12 \endif
SET client_min_messages = notice;

CREATE EXTENSION IF NOT EXISTS datapower;

-- psql reads the file, so it may lie on the client and no privilege is needed
\lo_import :archive
\set loaded :LASTOID
CREATE TABLE picture AS
SELECT hashtextextended(path, 0) AS id, split_part(path, '/', 1) AS part, split_part(path, '/', 2) AS label, data AS image
FROM dp.tar_items(lo_get(:loaded)) WHERE path LIKE '%.jpg';
\lo_unlink :loaded

\if :{?choose}
\set part 'part = ''train'' AND dp.split(id, 7, ARRAY[0.9, 0.1]) = '
\set source 'SELECT id AS key, image, label FROM picture WHERE ' :part '1'
\set validation 'SELECT id AS key, image, label FROM picture WHERE ' :part '2'
\else
\set source 'SELECT id AS key, image, label FROM picture WHERE part = ''train'''
\set validation ''
\endif

-- pairs of convolutions, the second of which adds to what the first found
CALL dp.train('pictures',
    source     => :'source',
    validation => nullif(:'validation', ''),
    network    => '[{"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"name": "a", "momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"name": "b", "momentum": 0.9, "activation": "relu"}},
                    {"add": {"inputs": ["a", "b"]}}, {"max_pool2d": {}},
                    {"conv2d": {"filters": 128, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"name": "c", "momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 128, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"name": "d", "momentum": 0.9, "activation": "relu"}},
                    {"add": {"inputs": ["c", "d"]}}, {"max_pool2d": {}},
                    {"conv2d": {"filters": 256, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"global_avg_pool2d": {}}, {"dense": {"activation": "softmax"}}]',
    options    => jsonb_build_object('seed', :seed, 'epochs', :epochs, 'batch_size', 64, 'shards', 2,
                      'optimizer', 'sgd', 'nesterov', true, 'learning_rate', 0.05, 'schedule', 'one_cycle',
                      'weight_decay', 0.0005, 'label_smoothing', 0.1,
                      'augment', '[{"flip": {}}, {"shift": {"x": [-2, 2], "y": [-2, 2], "fill": "reflect"}}]'::jsonb));

\if :{?choose} \else
SELECT metric, round(value::numeric, 4) AS "on the test images"
FROM dp.evaluate('pictures', 'SELECT image, label FROM picture WHERE part = ''test''')
WHERE metric IN ('accuracy', 'top_5_accuracy', 'log_loss');
\endif
