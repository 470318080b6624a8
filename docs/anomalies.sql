-- anomalies.sql - a network that knows one kind of image finds the others
--
--   psql -v fashion=/usr/share/datasets/fashion-mnist -f docs/anomalies.sql
--
-- An autoencoder learns to put trousers together again from 128 numbers.  What
-- it cannot put together is something else.  The folder holds Fashion-MNIST
-- (Debian's package dataset-fashion-mnist), on the server.

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?epochs} \else \set epochs 20 \endif

CREATE EXTENSION IF NOT EXISTS datapower;

CREATE TABLE trousers AS
SELECT i.item AS key, dp.image_encode(i.data, 28, 28, 1, 'png') AS image
FROM dp.idx_items(pg_read_binary_file(:'fashion' || '/train-images-idx3-ubyte.gz')) AS i
JOIN dp.idx_items(pg_read_binary_file(:'fashion' || '/train-labels-idx1-ubyte.gz')) AS l USING (item)
WHERE get_byte(l.data, 0) = 1 AND item < 10000;

CREATE TABLE garment AS
SELECT i.item AS key, dp.image_encode(i.data, 28, 28, 1, 'png') AS image, get_byte(l.data, 0) AS class
FROM dp.idx_items(pg_read_binary_file(:'fashion' || '/t10k-images-idx3-ubyte.gz')) AS i
JOIN dp.idx_items(pg_read_binary_file(:'fashion' || '/t10k-labels-idx1-ubyte.gz')) AS l USING (item)
WHERE item < 2000;

CALL dp.train('trousers', 'SELECT key, image, image AS target FROM trousers', 'autoencoder',
    jsonb_build_object('epochs', :epochs, 'batch_size', 16, 'learning_rate', 0.003, 'schedule', 'one_cycle'));

CREATE TABLE score AS
SELECT key, class, dp.reconstruction_error('trousers', image) AS error FROM garment;

SELECT (ARRAY['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'])[class + 1] AS class,
       round(avg(error)::numeric, 4) AS "mean error", round(percentile_cont(0.9) WITHIN GROUP (ORDER BY error)::numeric, 4) AS "90 % below"
FROM score GROUP BY class ORDER BY 2;

-- the probability that something else has a higher error than trousers
SELECT round(dp.auc(error, class <> 1)::numeric, 3) AS auc FROM score;
