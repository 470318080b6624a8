\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.train: losses, what labels they take, and the options that belong to some of them
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(46);

CREATE TABLE point AS SELECT i AS key, ARRAY[sin(i), cos(i * 0.7)] AS features, CASE WHEN i <= 200 THEN 'a' WHEN i <= 280 THEN 'b' ELSE 'c' END AS label,
	i % 3 AS number, sin(i) AS y FROM generate_series(1, 300) i;
CREATE FUNCTION pg_temp.train(model text, source text, options text DEFAULT '{}', network text DEFAULT '[{"dense": {"activation": "softmax"}}]',
	validation text DEFAULT NULL) RETURNS text LANGUAGE SQL AS $$
	SELECT format('CALL dp.train(%L, %L, %L::text, %L, %L)', model, source, network, options, validation) $$;
CREATE FUNCTION pg_temp.fails(source text, code text, message text, options text DEFAULT '{}',
	network text DEFAULT '[{"dense": {"activation": "softmax"}}]', validation text DEFAULT NULL) RETURNS text LANGUAGE SQL AS $$
	SELECT throws_ok(pg_temp.train('m', source, options, network, validation), code::char(5), message, message) $$;
CREATE FUNCTION pg_temp.weights(model text) RETURNS text LANGUAGE SQL AS $$
	SELECT string_agg(w.data::text, ' ' ORDER BY layer, tensor, chunk) FROM dp.weights w JOIN dp.models m USING (model_id) WHERE m.name = model $$;

-- label_smoothing: on features that tell nothing, the best answer is the smoothed share, 0.8 * 3/4 + 0.2 / 2
CALL dp.train('smoothed', 'SELECT i AS key, ARRAY[1] AS features, i % 4 > 0 AS label FROM generate_series(1, 100) i', '[{"dense": {"activation": "softmax"}}]'::jsonb,
	'{"epochs": 200, "learning_rate": 0.05, "batch_size": 100, "label_smoothing": 0.2, "workers": 0}');
SELECT ok((SELECT abs(probability - 0.7) < 1e-3 FROM dp.predict_proba('smoothed', ARRAY[1]) WHERE class = 'true'), 'label_smoothing shrinks probabilities');
SELECT is((SELECT options ->> 'label_smoothing' FROM dp.runs WHERE model = 'smoothed'), '0.2', 'it is recorded');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "label_smoothing": 1', '{"label_smoothing": 1}');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '22023', 'the option "label_smoothing" is for the loss "cross_entropy", not "mse"', '{"label_smoothing": 0.1}');

-- class_weights: the balanced ones are those of scikit-learn 1.2.1 for 200, 80 and 20 rows
SELECT lives_ok(pg_temp.train('balanced', 'point', '{"epochs": 2, "class_weights": "balanced"}', validation => 'point'), 'balanced class weights');
SELECT lives_ok(pg_temp.train('given', 'point', '{"epochs": 2, "class_weights": {"c": 5, "a": 0.5, "b": 1.25}}'), 'given class weights');
SELECT lives_ok(pg_temp.train('by row', 'SELECT *, CASE label WHEN ''a'' THEN 0.5 WHEN ''b'' THEN 1.25 ELSE 5.0 END AS weight FROM point', '{"epochs": 2}', validation => 'point'), 'the same weights in rows');
SELECT is(pg_temp.weights('balanced'), pg_temp.weights('by row'), 'balanced weights are those of scikit-learn');
SELECT is(pg_temp.weights('given'), pg_temp.weights('by row'), 'given weights multiply those of rows');
SELECT results_eq($$SELECT split, metric, value FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'balanced' AND metric IN ('loss', 'accuracy') ORDER BY 1, 2, epoch$$,
	$$SELECT split, metric, value FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'by row' AND metric IN ('loss', 'accuracy') ORDER BY 1, 2, epoch$$,
	'and change no validation');
SELECT pg_temp.fails('point', '22023', 'class "d" of the option "class_weights" does not occur in the source', '{"class_weights": {"d": 2}}');
SELECT pg_temp.fails('SELECT features, number AS label FROM point', '22023', 'class "01" of the option "class_weights" does not occur in the source', '{"class_weights": {"01": 2}}');
SELECT pg_temp.fails('point', '22023', 'invalid weight of class "a" in the option "class_weights"', '{"class_weights": {"a": -1}}');
SELECT pg_temp.fails('point', '22023', 'invalid weight of class "a" in the option "class_weights"', '{"class_weights": {"a": "1"}}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "class_weights"', '{"class_weights": "equal"}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "class_weights"', '{"class_weights": [1, 2]}');
SELECT pg_temp.fails('point', '22000', 'the weights of the source are all zero', '{"class_weights": {"a": 0, "b": 0, "c": 0}}');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '22023', 'the option "class_weights" is for classes', '{"class_weights": "balanced"}', '[{"dense": {}}]');
-- image targets: the negative of an image is 1 - x, so the weights are known
CREATE FUNCTION pg_temp.picture(size integer, seed integer, negative boolean DEFAULT false) RETURNS bytea LANGUAGE SQL AS $$
	SELECT convert_to(format('P5 %s %s 255 ', size, size), 'latin1') || decode(string_agg(lpad(to_hex(CASE WHEN negative THEN 255 - v ELSE v END), 2, '0'), '' ORDER BY i), 'hex')
	FROM (SELECT i, (i * 37 + seed * 101 + i * i * seed) % 256 AS v FROM generate_series(1, size * size) i) t $$;
CREATE TABLE negative AS SELECT i AS key, pg_temp.picture(12, i) AS image, pg_temp.picture(12, i, true) AS target FROM generate_series(1, 40) i;
SELECT lives_ok(pg_temp.train('negative', 'negative', '{"epochs": 150, "learning_rate": 0.05, "batch_size": 10}', '[{"conv2d": {"filters": 1, "kernel": 1}}]', 'negative'), 'images as targets');
SELECT ok(bool_and(abs(data[1] - CASE tensor WHEN 'kernel' THEN -1 ELSE 1 END) < 1e-3), 'are learnt') FROM dp.weights JOIN dp.models USING (model_id) WHERE name = 'negative';
SELECT is((SELECT loss || ' ' || outputs || ' ' || coalesce(classes::text, 'none') || ' ' || output_image::text FROM dp.models WHERE name = 'negative'),
	'mse 144 none {"width": 12, "height": 12, "channels": 1}', 'what the model gives is recorded');

-- evaluation, worked out from the bytes: a model without training, y = w x, and the weight w it began with
CREATE FUNCTION pg_temp.pixels(image bytea) RETURNS TABLE (i integer, v integer) LANGUAGE SQL AS $$
	SELECT i, get_byte(image, 13 + i) FROM generate_series(0, 143) i $$;
CALL dp.train('untrained', 'negative', '[{"conv2d": {"filters": 1, "kernel": 1, "name": "gain"}}, {"relu": {}}]'::jsonb, '{"epochs": 1, "learning_rate": 1e-30, "seed": 4}');
CREATE TABLE error AS SELECT key, key % 3 AS weight, avg(power(e, 2)) AS mse, avg(abs(e)) AS mae,
		convert_to('P5 12 12 255 ', 'latin1') || decode(string_agg(lpad(to_hex(least(255, floor(y * 255 + 0.5))::integer), 2, '0'), '' ORDER BY i), 'hex') AS prediction
	FROM (SELECT key, i, greatest(0, data[1] * x.v / 255) AS y, greatest(0, data[1] * x.v / 255) - t.v / 255.0 AS e
		FROM negative, pg_temp.pixels(image) x JOIN pg_temp.pixels(target) t USING (i), dp.weights JOIN dp.models USING (model_id)
		WHERE name = 'untrained' AND tensor = 'kernel') p GROUP BY key;
SELECT ok(max(length(prediction)) = 157 AND max(mse) > 0.01, 'the errors are known') FROM error;
CREATE VIEW known AS SELECT weighted, metric, sum(value * w) / sum(w) AS value
	FROM error, (VALUES (false), (true)) AS x(weighted), LATERAL (SELECT CASE WHEN weighted THEN weight ELSE 1 END AS w) AS w,
	LATERAL (VALUES ('mse', mse), ('mae', mae), ('psnr', -10 * log(mse)), ('ssim', 1 - dp.image_difference(prediction, (SELECT target FROM negative n WHERE n.key = error.key), 'ssim'))) AS m(metric, value)
	GROUP BY weighted, metric;
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM dp.evaluate('untrained', 'negative') JOIN known USING (metric)
	WHERE NOT weighted AND abs(evaluate.value - known.value) < 1e-5 * greatest(1, abs(known.value))), 'mae mse psnr ssim', 'dp.evaluate measures images');
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM dp.evaluate('untrained', 'SELECT image, target, key % 3 AS weight FROM negative') JOIN known USING (metric)
	WHERE weighted AND abs(evaluate.value - known.value) < 1e-5 * greatest(1, abs(known.value))), 'mae mse psnr ssim', 'and weighs them');
SELECT ok(abs(value - (SELECT avg(mse) FROM error)) < 1e-6, 'and training does') FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'untrained' AND metric = 'loss';

-- colours, features to images, a list as an image, and the end of a network that does not fit
CREATE TABLE colour AS SELECT key, convert_to('P6 4 3 255 ', 'latin1') || substr(image, 14, 36) AS image, ARRAY[key / 40.0, 1] AS features FROM negative;
SELECT lives_ok(pg_temp.train('coloured', 'SELECT key, image, image AS target FROM colour', '{"epochs": 200, "learning_rate": 0.05, "batch_size": 40}',
	'[{"conv2d": {"filters": 3, "kernel": 1}}]'), 'colours');
SELECT ok(value < 1e-4, 'an identity is learnt') FROM dp.evaluate('coloured', 'SELECT image, image AS target FROM colour') WHERE metric = 'mse';
SELECT is((SELECT count(*) FROM dp.evaluate('coloured', 'SELECT image, image AS target FROM colour') WHERE metric = 'ssim' AND value IS NULL), 1::bigint, 'no ssim of small images');
SELECT lives_ok(pg_temp.train('list', 'SELECT key, features, image AS target FROM colour', '{"epochs": 1}', '[{"dense": {}}]'), 'a list of values is an image');
SELECT is((SELECT outputs || output_image::text FROM dp.models WHERE name = 'list'), '36{"width": 4, "height": 3, "channels": 3}', 'of the size of the targets');
SELECT is(cardinality(dp.predict_values('list', ARRAY[0.5, 1])), 36, 'predict_values gives its values');
SELECT pg_temp.fails('negative', '22023', 'layer "conv2d_1" gives 10 x 10 x 1 (height x width x channels), but the target images are 12 x 12 x 1', '{}', '[{"conv2d": {"filters": 1, "kernel": 3}}]');
SELECT pg_temp.fails('negative', '42804', 'the loss "cross_entropy" needs a label of text or integers', '{"loss": "cross_entropy"}');
SELECT pg_temp.fails('negative', '22023', 'the option "augment" is not for images with target images', '{"augment": [{"flip": {}}]}', '[{"conv2d": {"filters": 1, "kernel": 1}}]');
SELECT pg_temp.fails('SELECT key, image, CASE WHEN key = 7 THEN image ELSE pg_temp.picture(11, key) END AS target FROM negative', '22000',
	'cannot train on the row with key "7" of the source', '{}', '[{"conv2d": {"filters": 1, "kernel": 2}}]');
SELECT pg_temp.fails('SELECT key, image, CASE WHEN key <> 7 THEN target END AS target FROM negative', '22000', 'cannot train on the row with key "7" of the source', '{}', '[{"conv2d": {"filters": 1, "kernel": 1}}]');
SELECT pg_temp.fails('negative', '42804', 'the columns of the validation are not of the types the source has', '{}', '[{"conv2d": {"filters": 1, "kernel": 1}}]', 'SELECT image, 1.5 AS target FROM negative');
SELECT lives_ok(pg_temp.train('some', 'SELECT key, image, CASE WHEN key = 2 THEN pg_temp.picture(11, key) WHEN key = 3 THEN substr(target, 1, 20) WHEN key <> 4 THEN target END AS target FROM negative ORDER BY key',
	'{"epochs": 1, "on_error": "skip"}', '[{"conv2d": {"filters": 1, "kernel": 1}}]'), 'targets that do not fit');
SELECT is((SELECT samples || ' ' || skipped_keys FROM dp.runs WHERE model = 'some'), '37 2, 3, 4', 'are left out');
SELECT throws_ok($$SELECT * FROM dp.evaluate('negative', 'SELECT image, 1 AS label FROM negative')$$, '22023', 'model "negative" predicts images, but the label of the source is no image', 'a model of images, no image');
SELECT throws_ok($$SELECT * FROM dp.evaluate('smoothed', 'SELECT ARRAY[1] AS features, image AS label FROM negative')$$, '22023', 'model "smoothed" predicts a class, but the label of the source is an image', 'a model of classes, an image');
SELECT throws_ok($$SELECT * FROM dp.evaluate('negative', 'SELECT image, pg_temp.picture(11, 1) AS target FROM negative')$$, '22023',
	'target image is 11 x 11 x 1, but the model gives 12 x 12 x 1', 'a target of another size');
SELECT throws_ok($$SELECT * FROM dp.evaluate('negative', 'SELECT image, NULL::bytea AS target FROM negative')$$, '22023', 'target is null', 'or none');
SELECT throws_ok($$SELECT dp.predict('negative', image) FROM negative$$, '22023', 'model "negative" predicts values, not a class', 'an image is no class');
UPDATE dp.models SET output_image = '{"height": 12, "width": 11, "channels": 1}' WHERE name = 'some';
SELECT throws_ok($$SELECT dp.predict_values('some', image) FROM negative$$, 'XX001', 'stored model "some" version 1 is damaged', 'a size that was edited');
UPDATE dp.models SET output_image = '{"height": 9, "width": 16, "channels": 1}' WHERE name = 'some';
SELECT throws_ok($$SELECT dp.predict_values('some', image) FROM negative$$, 'XX001', 'stored model "some" version 1 is damaged', 'or another of as many values');

SELECT * FROM finish();
ROLLBACK;
