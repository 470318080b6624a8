\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- images made of images, against PyTorch (test/oracle/predict_image.py)
BEGIN;
\getenv dir PG_ABS_SRCDIR
\set data :dir '/data/predict_image.sql'
\i :data
SELECT plan(56);

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
SELECT is(dp.reconstruction_error('same', NULL::bytea), NULL, 'no error of NULL');
SELECT is((SELECT string_agg(concat(provolatile, proparallel, proisstrict), '' ORDER BY provolatile) FROM pg_proc
	WHERE pronamespace = 'dp'::regnamespace AND proname IN ('predict_image', 'reconstruction_error')), repeat('ist', 3) || repeat('sst', 3), 'parallel safe and strict, stable by name, immutable by value');

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
	'22023|image is 1 x 1 x 3, but the network takes 1 x 1 x 1|Sizes are height x width x channels.|A network that begins with {"input": {"channels": 1}} takes images in gray and in colour.', 'colours for gray');
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

-- ---- features put together again ----
CALL dp.train('pairs', 'SELECT i AS key, ARRAY[i / 50.0, 1 - i / 50.0] AS features, ARRAY[i / 50.0, 1 - i / 50.0]::float8[] AS target FROM generate_series(1, 50) i',
	'[{"dense": {"units": 1}}, {"dense": {}}]', '{"epochs": 1000, "learning_rate": 0.02, "batch_size": 50}');
SELECT ok(bool_and(abs(dp.reconstruction_error('pairs', f) - ((v[1] - f[1]) ^ 2 + (v[2] - f[2]) ^ 2) / 2) < 1e-9), 'of features it is the mean square of what is predicted less what is given')
	FROM (SELECT f, dp.predict_values('pairs', f) AS v FROM (VALUES (ARRAY[0.5, 0.5]::float8[]), ('{0.2,0.8}'), ('{1,1}'), ('{0,3}')) t (f)) u;
SELECT ok(dp.reconstruction_error('pairs', ARRAY[0.3, 0.7]) < 0.001 AND dp.reconstruction_error('pairs', ARRAY[1.0, 1.0]) > 0.1, 'small for what is like the others');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('sum', ARRAY[1.0, 2])$$), '22023|row has 2 features, but the network takes 1', 'of so many');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('same', ARRAY[1.0, 2])$$), '22023|model "same" takes images, not features|Give it an image as bytea.', 'of features');
CALL dp.train('kinds', 'SELECT ARRAY[i, 1] AS features, i % 2 AS label FROM generate_series(1, 4) i', '[{"dense": {"activation": "softmax"}}]', '{"epochs": 1}');
CALL dp.train('total', 'SELECT ARRAY[i, 1] AS features, i * 2.0::float8 AS target FROM generate_series(1, 4) i', '[{"dense": {}}]', '{"epochs": 1}');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('kinds', ARRAY[1.0, 2])$$),
	'22023|model "kinds" does not put its features together again|It takes 2 features and gives a class.|An autoencoder is trained with the features as the target, too.', 'but no class');
SELECT is(pg_temp.fails($$SELECT dp.reconstruction_error('total', ARRAY[1.0, 2])$$),
	'22023|model "total" does not put its features together again|It takes 2 features and gives 1 value.|An autoencoder is trained with the features as the target, too.', 'nor another number of them');

-- ---- by value ----
CREATE TEMP TABLE kept AS SELECT model, dp.model_value(model) AS value FROM (SELECT DISTINCT model FROM oracle_image) m;
SELECT ok(bool_and(dp.predict_image(k.value, image) = m.result) AND count(*) = 9, 'the same by value') FROM made m JOIN kept k USING (model);
SELECT ok(bool_and(abs(dp.reconstruction_error(k.value, image) - error) < 1e-6) AND count(*) = 6, 'and errors of reconstruction') FROM oracle_image JOIN kept k USING (model) WHERE error IS NOT NULL;
SELECT is(dp.reconstruction_error(dp.model_value('pairs'), ARRAY[1.0, 1.0]), dp.reconstruction_error('pairs', ARRAY[1.0, 1.0]), 'of features, too');
SELECT is((SELECT string_agg(layer || shape, ' ') FROM dp.network_summary(dp.model_value('pairs'))), (SELECT string_agg(layer || shape, ' ') FROM dp.network_summary('pairs')), 'what it is made of');

-- ---- from patches to whole images ----
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


-- ---- evaluation and layers, for images of any size ----
CREATE TABLE sizes AS SELECT key, dp.image_noise(image, 10, 2, key) AS image, image AS target FROM ramp
	UNION ALL SELECT key + 100, dp.image_noise(large, 10, 2, key), large FROM (SELECT key, dp.image_resize(image, 15 + key, 31) AS large FROM ramp) l;
SELECT ok(abs(e.value - (SELECT avg(error) FROM oracle_image WHERE model = 'same')) < 1e-6, 'the errors of PyTorch, over images of several sizes')
	FROM dp.evaluate('same', $$SELECT image, image AS target FROM oracle_image WHERE model = 'same'$$) e WHERE metric = 'mse';
-- two models by turns, for images of one size: the kept network is that of the value
SELECT ok(bool_and(dp.predict_image(v, pg_temp.gray(4, 4)) = r) AND count(DISTINCT r) = 2, 'each with its own weights')
	FROM (SELECT CASE i % 2 WHEN 0 THEN a.value ELSE b.value END AS v, CASE i % 2 WHEN 0 THEN dp.predict_image('same', pg_temp.gray(4, 4)) ELSE dp.predict_image('cleaner', pg_temp.gray(4, 4)) END AS r
		FROM kept a, (SELECT dp.model_value('cleaner') AS value) b, generate_series(1, 6) i WHERE a.model = 'same') t;
SELECT is((SELECT value::numeric(12, 9) FROM dp.evaluate('cleaner', 'sizes') WHERE metric = 'ssim'),
	(SELECT avg(1 - dp.image_difference(dp.predict_image('cleaner', image), target, 'ssim'))::numeric(12, 9) FROM sizes), 'structural similarity of each');
SELECT is((SELECT array_agg(round(value::numeric, 7)) FROM dp.evaluate(dp.model_value('cleaner'), 'sizes')), (SELECT array_agg(round(value::numeric, 7)) FROM dp.evaluate('cleaner', 'sizes')), 'and by value');
SELECT is(pg_temp.fails($$SELECT * FROM dp.evaluate('list', 'SELECT pg_temp.gray(4, 2) AS image, pg_temp.gray(4, 2) AS target')$$),
	'22023|model "list" cannot take an image of 2 x 4 x 1|Its weights are for images of 2 x 3 x 1 (height x width x channels). It is row 1 of the source.|Bring it to 3 x 2 pixels with dp.image_resize() or dp.image_crop().', 'unless the weights depend on the size');
SELECT is((SELECT count(*) FROM dp.evaluate('list', 'SELECT pg_temp.gray(i, 2) AS image, pg_temp.gray(3, 2) AS target FROM generate_series(2, 4) i', 'skip') WHERE value IS NOT NULL), 3::bigint, 'where they may be left out');
SELECT is(pg_temp.fails($$SELECT * FROM dp.evaluate('cleaner', 'SELECT pg_temp.gray(40, 20) AS image, pg_temp.gray(40, 21) AS target')$$) LIKE
	'22023|target image is 21 x 40 x 1, but the model gives 20 x 40 x 1|%', true, 'a target of another size');
SELECT is(pg_temp.fails($$SELECT * FROM dp.evaluate('cleaner', 'SELECT pg_temp.gray(40, 20) AS image, NULL::bytea AS target')$$) LIKE '22023|target is null|%', true, 'a NULL target');
SELECT is(array_length(dp.embed('cleaner', pg_temp.gray(20, 30), 'conv2d_1'), 1), 20 * 30 * 8, 'the output of a layer for an image of another size');
SELECT ok(max(abs(greatest(0, least(255, round(y * 255))) - get_byte(p, o::int - 1))) <= 1, 'the last of which is the image')
	FROM (SELECT dp.embed('cleaner', image, 'add_1') AS v, dp.image_decode(dp.predict_image('cleaner', image)) AS p FROM sizes WHERE key = 103) s, unnest(v) WITH ORDINALITY u (y, o);
SELECT is(pg_temp.fails($$SELECT dp.embed('list', pg_temp.gray(4, 2), 'flatten_1')$$) LIKE '22023|model "list" cannot take an image of 2 x 4 x 1|%', true, 'unless the network is for one size');
-- the same in numbers of scikit-image, with weights and without, of one size and of several
CREATE TEMP VIEW compared AS SELECT m.model, m.weighted, e.metric, e.value FROM (SELECT DISTINCT model, weighted FROM oracle_image_metric) m,
	dp.evaluate(m.model, format('SELECT image, target%s FROM oracle_target WHERE model = %L', CASE WHEN m.weighted THEN ', weight' ELSE '' END, m.model)) e;
SELECT is_empty($$SELECT * FROM compared c FULL JOIN oracle_image_metric o USING (model, weighted, metric)
	WHERE c.value IS NULL OR o.value IS NULL OR abs(c.value - o.value) > 1e-5 * greatest(1, abs(o.value))$$, 'mse, mae, psnr and ssim of scikit-image');
SELECT is((SELECT count(*) FROM compared), 24::bigint, 'all of them');
SET LOCAL datapower.max_image_pixels = 5000;
SELECT is(pg_temp.fails($$SELECT dp.predict_image('larger', pg_temp.gray(40, 40))$$),
	'54000|model "larger" makes an image of 80 x 80 pixels of one of 40 x 40|At most 5000 pixels are allowed by datapower.max_image_pixels.|Cut the image into parts with dp.image_crop().', 'an image that would become larger than images may be');
SELECT is(pg_temp.fails($$SELECT dp.predict_image('larger', pg_temp.gray(6, 6))$$), 'no error', 'one that would not');
SET LOCAL datapower.max_image_pixels = 100;
SELECT is(pg_temp.fails($$SELECT dp.predict_image('larger', pg_temp.gray(6, 6))$$) LIKE '54000|model "larger" makes an image of 12 x 12 pixels of one of 6 x 6|%', true, 'also of the size of the training');
RESET datapower.max_image_pixels;

SELECT * FROM finish();
ROLLBACK;
