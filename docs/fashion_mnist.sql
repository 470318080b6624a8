-- fashion_mnist.sql - how well a network of five minutes tells clothes apart
--
--   psql -v fashion=/usr/share/datasets/fashion-mnist -f docs/fashion_mnist.sql
--
-- Fashion-MNIST as it comes; demo.sql plants dirt in it and cleans it again.
-- Layers and options were chosen by a tenth of the training images: -v choose=1
-- learns from the other nine tenths and shows that tenth after each epoch.
-- Without it the network learns from all 60,000, and the test images are read
-- once, at the end.
--
-- Variables and their defaults: seed 1, epochs 9

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?seed} \else \set seed 1 \endif
\if :{?epochs} \else \set epochs 9 \endif
SET client_min_messages = notice;

CREATE EXTENSION IF NOT EXISTS datapower;

CREATE TABLE garment AS
SELECT part, i.item AS id, dp.image_encode(i.data, 28, 28, 1, 'pnm') AS image, get_byte(l.data, 0) AS label
FROM (VALUES ('train', 'train'), ('test', 't10k')) AS file (part, name),
     LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-images-idx3-ubyte.gz', :'fashion', name))) AS i
     JOIN LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-labels-idx1-ubyte.gz', :'fashion', name))) AS l USING (item);

\if :{?choose}
\set part 'part = ''train'' AND dp.split(id, 7, ARRAY[0.9, 0.1]) = '
\set source 'SELECT id AS key, image, label FROM garment WHERE ' :part '1'
\set validation 'SELECT id AS key, image, label FROM garment WHERE ' :part '2'
\else
\set source 'SELECT id AS key, image, label FROM garment WHERE part = ''train'''
\set validation ''
\endif

CALL dp.train('fashion',
    source     => :'source',
    validation => nullif(:'validation', ''),
    network    => '[{"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 128, "kernel": 3, "padding": "same", "use_bias": false}}, {"max_pool2d": {}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"conv2d": {"filters": 192, "kernel": 3, "padding": "same", "use_bias": false}},
                    {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
                    {"global_avg_pool2d": {}}, {"dense": {"activation": "softmax"}}]',
    options    => jsonb_build_object('seed', :seed, 'epochs', :epochs, 'batch_size', 64, 'shards', 2,
                      'optimizer', 'sgd', 'nesterov', true, 'learning_rate', 0.05, 'schedule', 'one_cycle',
                      'weight_decay', 0.0005, 'label_smoothing', 0.1,
                      'augment', '[{"flip": {}}, {"shift": {"x": [-1, 1], "y": [-1, 1]}}]'::jsonb));

\if :{?choose} \else
SELECT metric, round(value::numeric, 4) AS "on the test images"
FROM dp.evaluate('fashion', 'SELECT image, label FROM garment WHERE part = ''test''')
WHERE metric IN ('accuracy', 'top_5_accuracy', 'log_loss');
\endif
