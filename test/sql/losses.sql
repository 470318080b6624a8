\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.train: losses, what labels they take, and the options that belong to some of them
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(110);

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
SELECT pg_temp.fails('point', '22023', 'the option "class_weights" leaves every row without weight', '{"class_weights": {"a": 0, "b": 0, "c": 0}}');
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
SELECT ok(abs(value + 10 * log((SELECT avg(mse) FROM error))) < 1e-5, 'the psnr of training') FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'untrained' AND metric = 'psnr';

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
SELECT pg_temp.fails('negative', '42804', 'the loss "cross_entropy" needs a label of text or integers, or an array of probabilities', '{"loss": "cross_entropy"}');
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
SELECT throws_ok($$SELECT dp.predict('negative', image) FROM negative$$, '22023', 'model "negative" makes images', 'an image is no class');
UPDATE dp.models SET output_image = '{"height": 12, "width": 11, "channels": 1}' WHERE name = 'some';
SELECT throws_ok($$SELECT dp.predict_values('some', image) FROM negative$$, 'XX001', 'stored model "some" version 1 is damaged', 'a size that was edited');
UPDATE dp.models SET output_image = '{"height": 9, "width": 16, "channels": 1}' WHERE name = 'some';
SELECT throws_ok($$SELECT dp.predict_values('some', image) FROM negative$$, 'XX001', 'stored model "some" version 1 is damaged', 'or another of as many values');

-- losses of values: on features that tell nothing, the mean, the median, and where 6 e = 3
CREATE TABLE skewed AS SELECT i AS key, ARRAY[1] AS features, CASE WHEN i <= 6 THEN 0.0 ELSE 10 END AS target FROM generate_series(1, 9) i;
CREATE FUNCTION pg_temp.fits(loss text, wanted float8) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE pg_temp.train(loss, 'skewed', format('{"epochs": 600, "learning_rate": 0.1, "schedule": "cosine", "loss": "%s", "workers": 0}', loss), '[{"dense": {}}]');
	RETURN ok(abs(dp.predict_value(loss, ARRAY[1]) - wanted) < 0.02 AND (SELECT m.loss FROM dp.models m WHERE name = fits.loss) = fits.loss, loss);
END $$;
SELECT pg_temp.fits('mse', 10 / 3.0);
SELECT pg_temp.fits('mae', 0);
SELECT pg_temp.fits('huber', 0.5);
SELECT is(string_agg(round(value::numeric, 1)::text, ' ' ORDER BY name), '5.8 4.7', 'the rmse of training, whatever the loss') FROM dp.metrics JOIN dp.models USING (run_id)
	WHERE name IN ('mae', 'mse') AND metric = 'rmse' AND epoch = 600;
SELECT pg_temp.fails('point', '42804', 'the loss "mae" needs a label of numbers', '{"loss": "mae"}', '[{"dense": {}}]');
SELECT lives_ok(pg_temp.train('counted', 'SELECT features, number AS label FROM point', '{"epochs": 1, "loss": "huber"}', '[{"dense": {}}]'), 'integers are values where the loss says so');
SELECT lives_ok(pg_temp.train('image mae', 'negative', '{"epochs": 1, "loss": "mae"}', '[{"conv2d": {"filters": 1, "kernel": 1}}]'), 'mae of images');

-- binary_crossentropy: two classes from one output
CREATE TABLE answer AS SELECT i AS key, ARRAY[1] AS features, i % 4 > 0 AS label FROM generate_series(1, 100) i;
SELECT lives_ok(pg_temp.train('answer', 'answer', '{"epochs": 200, "learning_rate": 0.05, "batch_size": 100, "loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]', 'answer'), 'yes or no');
SELECT is((SELECT loss || ' ' || outputs || ' ' || classes::text || ' ' || parameters FROM dp.models WHERE name = 'answer'), 'binary_crossentropy 2 ["false", "true"] 2', 'two classes, one output');
SELECT is(dp.predict('answer', ARRAY[1]), 'true', 'predict names a class');
SELECT ok((SELECT string_agg(class, ' ') = 'true false' AND abs(max(probability) - 0.75) < 1e-3 AND abs(sum(probability) - 1) < 1e-6 FROM dp.predict_proba('answer', ARRAY[1])), 'predict_proba gives both');
SELECT ok((SELECT bool_and(abs(value - CASE metric WHEN 'loss' THEN -0.75 * ln(0.75) - 0.25 * ln(0.25) WHEN 'accuracy' THEN 0.75 ELSE 1.5 / 1.75 / 2 END) < 1e-4) AND count(*) = 3
	FROM dp.evaluate('answer', 'answer') WHERE metric IN ('loss', 'accuracy', 'macro_f1')), 'evaluate measures a class');
SELECT ok(count(*) = 2 AND bool_and(abs(value - 0.75) < 1e-6), 'accuracy of training and validation') FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'answer' AND metric = 'accuracy' AND epoch = 200;
SELECT results_eq($$SELECT * FROM dp.confusion('answer', 'answer') ORDER BY 1$$, $$VALUES ('false', 'true', 25::bigint), ('true', 'true', 75)$$, 'confusion, too');
SELECT throws_ok($$SELECT dp.predict_value('answer', ARRAY[1])$$, '22023', 'model "answer" predicts a class, not values', 'no value');
SELECT lives_ok(pg_temp.train('text', 'SELECT features, CASE WHEN label THEN ''yes'' ELSE ''no'' END AS label FROM answer', '{"epochs": 1, "loss": "binary_crossentropy", "class_weights": {"no": 3}}', '[{"dense": {}}, {"sigmoid": {}}]'), 'text, weights of classes');
SELECT pg_temp.fails('point', '22000', 'the loss "binary_crossentropy" tells two classes apart, but the source has 3', '{"loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]');
SELECT pg_temp.fails('answer', '22023', 'the last activation of the network is not sigmoid', '{"loss": "binary_crossentropy"}', '[{"dense": {}}]');
SELECT pg_temp.fails('answer', '22023', 'softmax of layer "dense_1" needs classes to tell apart', '{"loss": "binary_crossentropy"}');
UPDATE dp.models SET classes = '["false", "maybe", "true"]', outputs = 3 WHERE name = 'text';
SELECT throws_ok($$SELECT dp.predict('text', ARRAY[1])$$, 'XX001', 'stored model "text" version 1 is damaged', 'three classes of one output');

-- several labels, or a probability
CREATE TABLE labelled AS SELECT key, features, ARRAY[(y > 0)::integer, (features[2] > 0.5)::integer, 0] AS target, y FROM point;
SELECT lives_ok(pg_temp.train('labelled', 'labelled', '{"epochs": 20, "learning_rate": 0.05, "loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]', 'labelled'), 'several labels');
SELECT is((SELECT loss || ' ' || outputs || ' ' || coalesce(classes::text, 'none') FROM dp.models WHERE name = 'labelled'), 'binary_crossentropy 3 none', 'a value each');
CREATE VIEW told AS SELECT key, i, target[i] AS t, (dp.predict_values('labelled', features))[i] AS p, 1 + key % 3 AS weight FROM labelled, generate_series(1, 3) i;
CREATE VIEW measured AS SELECT weighted, sum(w * loss) / sum(w) AS loss, sum(w * hit) / sum(w) AS accuracy, (SELECT avg(f1) FROM (
		SELECT 2 * sum(w * t * (p > 0.5)::integer) / nullif(sum(w * (t + (p > 0.5)::integer)), 0) AS f1
		FROM (SELECT *, CASE WHEN x.weighted THEN weight ELSE 1 END::float8 AS w FROM told) l GROUP BY i) f) AS macro_f1
	FROM (SELECT *, CASE WHEN weighted THEN weight ELSE 1 END::float8 AS w, -t * ln(p) - (1 - t) * ln(1 - p) AS loss, ((p > 0.5)::integer = t)::integer AS hit
		FROM told, (VALUES (false), (true)) AS v(weighted)) x GROUP BY weighted;
SELECT ok((SELECT count(*) = 3 AND bool_and(abs(e.value - (to_jsonb(m) ->> metric)::float8) < 1e-5) FROM dp.evaluate('labelled', 'labelled') e, measured m WHERE NOT weighted), 'evaluate measures labels');
SELECT ok((SELECT count(*) = 3 AND bool_and(abs(e.value - (to_jsonb(m) ->> metric)::float8) < 1e-5) FROM dp.evaluate('labelled', 'SELECT *, 1 + key % 3 AS weight FROM labelled') e, measured m WHERE weighted), 'with weights');
SELECT ok(bool_and(abs(value - (to_jsonb(m) ->> metric)::float8) < 1e-5) AND count(*) = 2, 'and so does training') FROM dp.metrics JOIN dp.models USING (run_id), measured m
	WHERE NOT weighted AND name = 'labelled' AND metric IN ('loss', 'accuracy') AND epoch = 20 AND split = 'validation';
SELECT ok((SELECT value > 0.9 FROM dp.evaluate('labelled', 'labelled') WHERE metric = 'accuracy'), 'they are learnt');
SELECT lives_ok(pg_temp.train('probability', 'SELECT features, 0.25 + y / 4 AS target FROM point', '{"epochs": 1, "loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]'), 'a probability as target');
SELECT ok(dp.predict_value('probability', ARRAY[0, 0]) BETWEEN 0.3 AND 0.7, 'is a value');
SELECT lives_ok(pg_temp.train('binary image', 'negative', '{"epochs": 1, "loss": "binary_crossentropy"}', '[{"conv2d": {"filters": 1, "kernel": 1, "activation": "sigmoid"}}]'), 'images by binary cross-entropy');
SELECT is((SELECT count(*) FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'binary image' AND metric = 'accuracy'), 0::bigint, 'have no accuracy');
SELECT pg_temp.fails('SELECT key, features, y AS target FROM point', '22000', 'cannot train on the row with key "4" of the source', '{"loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]');
SELECT throws_ok($$SELECT * FROM dp.evaluate('probability', 'SELECT features, 2.0 AS target FROM point')$$, '22023', 'target 2 is not a probability, from 0 to 1', 'or it is none');

-- probabilities of classes
CREATE TABLE opinion AS SELECT i AS key, ARRAY[1] AS features, CASE WHEN i % 2 = 0 THEN ARRAY[1, 0, 0] ELSE ARRAY[0.2, 0.3, 0.5] END AS target FROM generate_series(1, 40) i;
SELECT lives_ok(pg_temp.train('opinion', 'opinion', '{"epochs": 300, "learning_rate": 0.05, "loss": "cross_entropy"}', validation => 'opinion'), 'probabilities as targets');
SELECT ok((SELECT string_agg(class, ' ') = '0 2 1' AND bool_and(abs(probability - (ARRAY[0.6, 0.15, 0.25])[1 + class::integer]) < 2e-3) FROM dp.predict_proba('opinion', ARRAY[1])), 'are learnt on average');
SELECT is((SELECT classes::text FROM dp.models WHERE name = 'opinion'), '[0, 1, 2]', 'classes are numbered');
SELECT ok((SELECT value = 0.5 FROM dp.metrics JOIN dp.models USING (run_id) WHERE name = 'opinion' AND metric = 'accuracy' AND split = 'validation' AND epoch = 300), 'the largest is the class');
SELECT is((SELECT string_agg(metric, ' ') FROM dp.evaluate('opinion', 'SELECT features, key % 3 AS label FROM opinion')), 'loss accuracy macro_f1 macro_precision macro_recall weighted_f1 weighted_precision', 'evaluated on classes');
SELECT lives_ok(pg_temp.train('named', 'opinion', '{"epochs": 1, "loss": "cross_entropy", "classes": ["good", "bad", "ugly"]}'), 'or named');
SELECT is((SELECT classes::text FROM dp.models WHERE name = 'named'), '["good", "bad", "ugly"]', 'in their order');
SELECT pg_temp.fails('opinion', '22023', 'invalid value for parameter "classes"', '{"loss": "cross_entropy", "classes": ["good", "bad"]}');
SELECT pg_temp.fails('opinion', '22023', 'invalid value for parameter "classes"', '{"loss": "cross_entropy", "classes": ["good", "bad", "bad"]}');
SELECT pg_temp.fails('opinion', '22023', 'invalid value for parameter "classes"', '{"loss": "cross_entropy", "classes": ["good", "bad", 3]}');
SELECT pg_temp.fails('opinion', '22023', 'invalid value for parameter "classes"', '{"loss": "cross_entropy", "classes": "good"}');
SELECT pg_temp.fails('SELECT key, features, y AS target FROM point', '22023', 'the option "classes" is for classes and their probabilities', '{"classes": ["a", "b"]}');
SELECT pg_temp.fails('SELECT key, features, CASE key WHEN 5 THEN ARRAY[0.5, 0.4] ELSE ARRAY[0.5, 0.5004] END AS target FROM opinion ORDER BY key', '22000', 'cannot train on the row with key "5" of the source', '{"loss": "cross_entropy"}');
SELECT pg_temp.fails('SELECT key, features, CASE key WHEN 5 THEN ARRAY[1.5, -0.5] ELSE ARRAY[0.5, 0.5] END AS target FROM opinion ORDER BY key', '22000', 'cannot train on the row with key "5" of the source', '{"loss": "cross_entropy"}');
SELECT pg_temp.fails('SELECT key, features, ARRAY[1] AS target FROM opinion', '22000', 'the rows of the source have one probability', '{"loss": "cross_entropy"}');
SELECT pg_temp.fails('opinion', '42804', 'the columns of the validation are not of the types the source has', '{"loss": "cross_entropy"}', validation => 'SELECT features, 1 AS target FROM opinion');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '42804', 'the loss "cross_entropy" needs a label of text or integers, or an array of probabilities', '{"loss": "cross_entropy"}');

-- mixup and cutmix
CREATE TABLE pixel AS SELECT i AS key, pg_temp.picture(8, i) AS image, i % 3 AS label, i % 2 AS weight FROM generate_series(1, 60) i;
SELECT lives_ok(pg_temp.train('plain', 'pixel', '{"epochs": 2, "batch_size": 20}', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]', 'pixel'), 'no mixing');
SELECT lives_ok(pg_temp.train('mixup', 'pixel', '{"epochs": 2, "batch_size": 20, "mixup": 0.4}', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]', 'pixel'), 'mixup');
SELECT lives_ok(pg_temp.train('cutmix', 'pixel', '{"epochs": 2, "batch_size": 20, "cutmix": 1, "label_smoothing": 0.1}', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]', 'pixel'), 'cutmix');
SELECT is(count(DISTINCT data), 3::bigint, 'each learns something else') FROM dp.weights JOIN dp.models USING (model_id) WHERE name IN ('plain', 'mixup', 'cutmix') AND tensor = 'kernel';
SELECT is((SELECT string_agg(options ->> 'mixup', ' ') || ' ' || string_agg(options ->> 'cutmix', ' ') FROM dp.runs WHERE model IN ('mixup', 'cutmix', 'plain')), '0.4 1', 'both are recorded');
-- alphas so small that each share is 0 or 1: mixing with a partner is taking it, and a batch of one has no other
SELECT lives_ok(pg_temp.train('alone', 'pixel', '{"epochs": 2, "batch_size": 1, "shards": 1, "mixup": 0.001}', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]'), 'a batch of one');
SELECT lives_ok(pg_temp.train('alone, plain', 'pixel', '{"epochs": 2, "batch_size": 1, "shards": 1}', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]'), 'and without mixing');
SELECT ok((SELECT max(abs(a - b)) < 1e-6 FROM (SELECT unnest(w.data) a, unnest(f.data) b
	FROM dp.weights w JOIN dp.models wm ON wm.model_id = w.model_id AND wm.name = 'alone'
	JOIN dp.weights f USING (layer, tensor) JOIN dp.models fm ON fm.model_id = f.model_id AND fm.name = 'alone, plain') x), 'a sample mixed with itself is itself');
-- targets are mixed by the weights, too: what tells nothing is learnt as the weighted share
SELECT lives_ok(pg_temp.train('shares', 'SELECT key, ARRAY[1] AS features, label > 0 AS label, CASE WHEN label > 0 THEN 1 ELSE 6 END AS weight FROM pixel',
	'{"epochs": 400, "learning_rate": 0.02, "batch_size": 60, "mixup": 1, "schedule": "cosine", "loss": "binary_crossentropy"}', '[{"dense": {"activation": "sigmoid"}}]'), 'mixup of features');
SELECT ok((SELECT abs(probability - 0.25) < 0.01 FROM dp.predict_proba('shares', ARRAY[1]) WHERE class = 'true'), 'keeps the weighted shares of classes');
SELECT pg_temp.fails('point', '22023', 'the option "cutmix" is for images', '{"cutmix": 1}');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '22023', 'the options "mixup" and "cutmix" are for classes and labels', '{"mixup": 1}', '[{"dense": {}}]');
SELECT pg_temp.fails('negative', '22023', 'the options "mixup" and "cutmix" are for classes and labels', '{"mixup": 1, "loss": "binary_crossentropy"}', '[{"conv2d": {"filters": 1, "kernel": 1, "activation": "sigmoid"}}]');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "mixup": -1', '{"mixup": -1}');

SELECT * FROM finish();
ROLLBACK;
