\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- images made of images, against PyTorch (test/oracle/predict_image.py)
BEGIN;
\getenv dir PG_ABS_SRCDIR
\set data :dir '/data/predict_image.sql'
\i :data
SELECT plan(30);

CREATE FUNCTION pg_temp.gray(width int, height int) RETURNS bytea LANGUAGE sql AS
	$$ SELECT dp.image_encode(decode(repeat('40', width * height), 'hex'), width, height, 1, 'pnm') $$;

CREATE TEMP TABLE made AS SELECT *, dp.predict_image(model, image) AS result FROM oracle_image;
SELECT is((SELECT count(*) FROM made), 9::bigint, 'all images are made');
SELECT ok(bool_and(i.format = 'png' AND ARRAY[i.height, i.width, i.channels] = shape), 'of the right sizes') FROM made, dp.image_info(result) AS i;
SELECT ok(bool_and(length(p) = length(pixels) AND (SELECT bool_and(abs(get_byte(p, k) - get_byte(pixels, k)) <= 1) FROM generate_series(0, length(p) - 1) AS k)), 'with the pixels of PyTorch')
	FROM made, dp.image_decode(result) AS p;
SELECT ok(bool_and(p = pixels), 'to the last bit, but for one in a rounding') FROM made, dp.image_decode(result) AS p WHERE model = 'same';
SELECT ok(bool_and(abs(dp.reconstruction_error(model, image) - error) < 1e-6) AND count(*) = 6, 'errors of reconstruction') FROM oracle_image WHERE error IS NOT NULL;
SELECT is(dp.predict_image('fixed', pg_temp.gray(30, 20)), dp.predict_image('fixed', pg_temp.gray(3, 2)), 'an input step says the size');
SELECT is(dp.image_decode(dp.predict_image('fixed', dp.image_encode('\x404040', 1, 1, 3))), '\x202020202020', 'and the colours');
SELECT ok(abs(dp.reconstruction_error('fixed', pg_temp.gray(7, 7)) - (32 / 255.0) ^ 2) < 1e-8, 'compared is what the network sees');
-- one size after another, and back: the kept network is that of the last
SELECT ok(bool_and(dp.image_decode(dp.predict_image(model, image)) = dp.image_decode(result)), 'in any order') FROM (SELECT * FROM made, generate_series(1, 3) AS k ORDER BY md5(image || k::text::bytea)) AS m;
SET LOCAL datapower.model_cache = '1MB';
SELECT is((dp.image_info(dp.predict_image('same', pg_temp.gray(300, 200)))).width, 300, 'larger than the cache, it is made all the same');
SELECT is((dp.image_info(dp.predict_image('same', pg_temp.gray(300, 200)))).height, 200, 'and once more');

SELECT is(dp.predict_image(NULL, '\x00'), NULL, 'NULL model');
SELECT is(dp.predict_image('same', NULL), NULL, 'NULL image');
SELECT is(dp.reconstruction_error('same', NULL), NULL, 'no error of NULL');
SELECT is((SELECT string_agg(concat(provolatile, proparallel, proisstrict), '') FROM pg_proc
	WHERE pronamespace = 'dp'::regnamespace AND proname IN ('predict_image', 'reconstruction_error')), 'sstsst', 'stable, parallel safe and strict');

-- ---- what is refused ----
CREATE FUNCTION pg_temp.fails(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE sql;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws('|', sqlstate, sqlerrm, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT is(pg_temp.fails($$SELECT dp.predict_image('nobody', '\x00')$$), '42704|model "nobody" does not exist|SELECT name FROM dp.models lists the models you may use.', 'unknown model');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('same', '\x00')$$), '22P03|unrecognized image format|Supported formats are JPEG, PNG and binary PNM (P5, P6).', 'no image');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('list', pg_temp.gray(4, 2))$$),
	'22023|model "list" cannot take an image of 2 x 4 x 1|Its weights are for images of 2 x 3 x 1 (height x width x channels).|Bring it to 3 x 2 pixels with dp.image_resize() or dp.image_crop().', 'weights that depend on the size');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('half', dp.image_encode(decode(repeat('40', 48), 'hex'), 4, 4, 3))$$),
	'22023|model "half" cannot take an image of 4 x 4 x 3|In it kernel 5 x 5 of layer "conv2d_1" does not fit into its input of 4 x 4 x 3 (height x width x channels).|Bring it to 9 x 9 pixels with dp.image_resize() or dp.image_crop().', 'an image too small');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('same', dp.image_encode('\x404040', 1, 1, 3))$$),
	'22023|image is 1 x 1 x 3, but the network takes 1 x 1 x 1|Sizes are height x width x channels.|A network that begins with {"input": {"height": ..., "width": ..., "channels": ...}} takes images of any size.', 'colours for gray');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('half', (SELECT image FROM oracle_image WHERE model = 'half' LIMIT 1))$$),
	'22023|the model makes an image of 3 x 3 x 1 of one of 9 x 9 x 3|Only images of one size can be compared.', 'nothing to compare');
SET LOCAL datapower.memory_limit = '1MB';
SELECT is(pg_temp.fails($$SELECT dp.predict_image('same', pg_temp.gray(400, 200))$$) LIKE
	'54000|model "same" needs % MB of memory for an image of 400 x 200 pixels, more than datapower.memory_limit|Cut the image into parts with dp.image_crop(), or ask for a higher limit (now 1 MB).', true, 'an image too large');
RESET datapower.memory_limit;
SET LOCAL datapower.max_image_pixels = 20;
SELECT is(pg_temp.fails($$SELECT dp.predict_image('same', pg_temp.gray(7, 3))$$) LIKE '54000|%', true, 'an image over the limit');
RESET datapower.max_image_pixels;

SET LOCAL client_min_messages = warning;
CALL dp.train('classes', $$SELECT pg_temp.gray(3, i % 3 + 1) AS image, i % 2 AS label FROM generate_series(1, 4) i$$, '[{"input": {"height": 2, "width": 2}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]', '{"epochs": 1}');
CALL dp.train('sum', 'SELECT ARRAY[i] AS features, i * 2.0::float8 AS target FROM generate_series(1, 4) i', '[{"dense": {}}]', '{"epochs": 1}');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('classes', pg_temp.gray(2, 2))$$),
	'22023|model "classes" does not make images of images|It takes images and gives a class.|Use dp.predict.', 'a class is no image');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('sum', pg_temp.gray(2, 2))$$),
	'22023|model "sum" does not make images of images|It takes features and gives values.|Use dp.predict_values.', 'features are none either');

-- ---- from patches to whole images ----
CREATE TABLE ramp AS SELECT i AS key, dp.image_encode(decode(string_agg(lpad(to_hex((x * 9 + y * 5 + i * 31) % 256), 2, '0'), '' ORDER BY y, x), 'hex'), 12, 12, 1, 'pnm') AS image
	FROM generate_series(1, 8) i, generate_series(0, 11) x, generate_series(0, 11) y GROUP BY i;
CALL dp.train('cleaner', 'SELECT key, dp.image_noise(image, 10, 1, key) AS image, image AS target FROM ramp', '{"dncnn": {"depth": 3, "filters": 8}}'::jsonb, '{"epochs": 2, "batch_size": 4}');
SELECT is((SELECT ARRAY[i.height, i.width, i.channels] FROM dp.image_info(dp.predict_image('cleaner', pg_temp.gray(40, 30))) i), '{30,40,1}', 'and cleans images of any size');
SELECT ok(dp.reconstruction_error('cleaner', pg_temp.gray(40, 30)) > 0, 'which it leaves changed');

CALL dp.train('larger', 'SELECT key, dp.image_resize(image, 6, 6, ''bicubic'') AS image, image AS target FROM ramp', '{"espcn": {"factor": 2}}'::jsonb, '{"epochs": 1, "batch_size": 4}');
SELECT is((SELECT ARRAY[i.height, i.width, i.channels] FROM dp.image_info(dp.predict_image('larger', pg_temp.gray(40, 30))) i), '{60,80,1}', 'a network makes images of any size larger');
CALL dp.train('parts', 'SELECT key, dp.image_resize(image, 28, 28) AS image, dp.image_resize(image, 28, 28) AS target FROM ramp', 'autoencoder', '{"epochs": 1, "batch_size": 4, "loss": "binary_crossentropy"}');
SELECT ok((SELECT bool_and(dp.reconstruction_error('parts', dp.image_resize(image, 28, 28)) BETWEEN 0.001 AND 0.5) FROM ramp), 'or puts them together again');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('parts', pg_temp.gray(32, 32))$$),
	'22023|the model makes an image of 28 x 28 x 1 of one of 32 x 32 x 1|Only images of one size can be compared.', 'which it can of one size');

SELECT * FROM finish();
ROLLBACK;
