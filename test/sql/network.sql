\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.network_summary, and networks by name
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(60);

-- shapes and parameters as the page of the example "Simple MNIST convnet" (keras.io) prints them
SELECT results_eq($$SELECT kind, shape, parameters FROM dp.network_summary('lenet', '{28,28,1}')$$,
	$$VALUES ('input', '28 x 28 x 1', 0::bigint), ('conv2d', '26 x 26 x 32', 320), ('max_pool2d', '13 x 13 x 32', 0),
		('conv2d', '11 x 11 x 64', 18496), ('max_pool2d', '5 x 5 x 64', 0), ('flatten', '1600', 0), ('dropout', '1600', 0), ('dense', '10', 16010)$$,
	'lenet as Keras summarizes it');
SELECT is((SELECT sum(mflop) * 1e6 FROM dp.network_summary('lenet', '{28,28,1}')), 2.0::float8 * (26 * 26 * 32 * 9 + 11 * 11 * 64 * 32 * 9 + 1600 * 10), 'and its multiply-adds');
SELECT is((SELECT shape FROM dp.network_summary('lenet', '{28,28,1}', 37) WHERE layer = 'dense_1'), '37', 'outputs go to the last layer');
SELECT is((SELECT shape FROM dp.network_summary('lenet', '{28,28,1}', NULL) WHERE layer = 'dense_1'), '10', 'and are 10 where they are null');
SELECT results_eq($$SELECT layer, inputs, shape, parameters FROM dp.network_summary('[{"dense": {"units": 4}}, {"dense": {"name": "last", "units": 3}}]'::jsonb, '{7}')$$,
	$$VALUES ('input', NULL, '7', 0::bigint), ('dense_1', 'input', '4', 32), ('last', 'dense_1', '3', 15)$$, 'features, and names');
SELECT is((SELECT shape FROM dp.network_summary('[{"input": {"height": 20, "width": 30, "channels": 3}}, {"conv2d": {"filters": 2, "kernel": 1}}]'::text, NULL) WHERE layer = 'conv2d_1'),
	'20 x 30 x 2', 'an input step says it all, and the last layer may be a map');
SELECT is((SELECT shape FROM dp.network_summary('[{"input": {"channels": 1}}, {"relu": {}}]'::text, '{8,9,3}') WHERE layer = 'relu_1'), '8 x 9 x 1', 'or a part of it');
SELECT is((SELECT inputs FROM dp.network_summary('[{"relu": {"name": "a"}}, {"tanh": {"name": "b", "inputs": ["input"]}}, {"add": {"inputs": ["a", "b"]}}]'::jsonb, '{4}') WHERE kind = 'add'),
	'a, b', 'several inputs');
SELECT is((SELECT shape FROM dp.network_summary('[{"conv2d": {"filters": 4096, "kernel": 1}}]'::jsonb, '{16384,16,3}') WHERE kind = 'conv2d'), '16384 x 16 x 4096', 'no memory is taken');
SELECT is((SELECT count(*) FROM dp.network_summary(NULL::text, '{4}')), 0::bigint, 'NULL gives no rows');
SELECT is((SELECT count(*) FROM dp.network_summary(NULL::jsonb, '{4}')), 0::bigint, 'as jsonb, too');

SELECT throws_ok($$SELECT * FROM dp.network_summary('lenet', NULL)$$, '22023', 'the size of the input is not known', 'an input of no known size');
SELECT throws_ok($$SELECT * FROM dp.network_summary('lenet', '{28,28}')$$, '22023', 'invalid value for parameter "input"', 'an input of two numbers');
SELECT throws_ok($$SELECT * FROM dp.network_summary('lenet', '{28,0,1}')$$, '22023', 'invalid value for parameter "input": 0', 'an input of no width');
SELECT throws_ok($$SELECT * FROM dp.network_summary('lenet', '{28,28,1}', 0)$$, '22023', 'invalid value for parameter "outputs": 0', 'no outputs');
SELECT throws_ok($$SELECT * FROM dp.network_summary('lenet', '{2,28,1}')$$, '22023', NULL, 'an image too small');

CALL dp.train('m', 'SELECT ARRAY[i, i * 2] AS features, i * 0.1::float8 AS target FROM generate_series(1, 9) i', '[{"dense": {"units": 5}}, {"dense": {}}]', '{"epochs": 1}');
SELECT results_eq($$SELECT layer, shape, parameters FROM dp.network_summary('m')$$, $$VALUES ('input', '2', 0::bigint), ('dense_1', '5', 15), ('dense_2', '1', 6)$$, 'a trained model');
SELECT throws_ok($$SELECT * FROM dp.network_summary('nobody')$$, '42704', 'model "nobody" does not exist', 'a model that does not exist');

-- a preset is written out where it stands, and stored that way
CREATE FUNCTION pg_temp.same(a text, b text, input int[]) RETURNS boolean LANGUAGE SQL AS $$
	SELECT NOT EXISTS ((SELECT * FROM dp.network_summary(a, input)) EXCEPT ALL (SELECT * FROM dp.network_summary(b, input)))
		AND (SELECT count(*) > 3 FROM dp.network_summary(b, input)) $$;
SELECT ok(pg_temp.same('lenet', '{"lenet": {}}', '{28,28,1}'), 'a name, or an object of that name');
SELECT ok(pg_temp.same('lenet', '["lenet"]', '{28,28,1}'), 'or a step in a list');
SELECT ok((SELECT bool_and(shape = '20 x 20 x 1') FROM dp.network_summary('[{"input": {"height": 20, "width": 20}}, {"lenet": null}]'::jsonb, '{28,28,1}') WHERE kind = 'input'), 'behind an input step');
SELECT is((SELECT string_agg(kind || ' ' || shape, ', ') FROM dp.network_summary('[{"input": {"height": 64, "width": 32, "channels": 1}}, "keras_classifier"]'::jsonb, NULL) WHERE kind IN ('input', 'flatten')),
	'input 64 x 32 x 1, flatten 1536', 'which takes the place of its own');
SELECT is((SELECT shape FROM dp.network_summary('keras_classifier', NULL) WHERE kind = 'input'), '224 x 224 x 3', 'which else counts');
SELECT throws_ok($$SELECT * FROM dp.network_summary('{"lenet": {"width": 2}}', NULL)$$, '22023', 'unrecognized parameter "width" of "lenet"', 'a parameter it does not have');
SELECT throws_ok($$SELECT * FROM dp.network_summary('{"lenet": {}, "lenet5": {}}', NULL)$$, '22023', 'invalid network', 'two in one object');
SELECT throws_ok($$SELECT * FROM dp.network_summary('nonet', NULL)$$, '22023', 'unrecognized network "nonet"', 'another name');
SELECT throws_ok(format('SELECT * FROM dp.network_summary(%L, NULL)', '[' || repeat('"keras_classifier",', 2000) || '"lenet"]'), '54000', 'network has too many steps', 'too many of them');
CALL dp.train('n', 'SELECT ''P5 28 28 255 ''::bytea || decode(repeat(lpad(to_hex(i * 20), 2, ''0''), 784), ''hex'') AS image, i % 2 AS label FROM generate_series(1, 6) i',
	'{"lenet5": {}}'::jsonb, '{"epochs": 1}');
SELECT is((SELECT string_agg(k, ' ' ORDER BY i) FROM dp.models, jsonb_array_elements(network) WITH ORDINALITY AS e(step, i), jsonb_object_keys(step) k WHERE name = 'n'),
	'conv2d max_pool2d conv2d max_pool2d flatten dense dense dense', 'the layers are stored, not the name');

SELECT is((SELECT string_agg(inputs, ', ') FROM dp.network_summary('[{"dncnn": {"depth": 2}}, {"lenet": {}}]'::jsonb, '{28,28,1}') WHERE kind = 'add'), 'input, noise', 'one preset behind another keeps its names');
SELECT is((SELECT sum(parameters) FROM dp.network_summary('{"resnet": {"depth": 56}}'::jsonb, '{32,32,3}')), 853018::numeric, 'a residual network as deep as wanted');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('{"resnet": {"width": 2}}'::text, '{32,32,3}') WHERE kind = 'pad_channels'), '16 x 16 x 64, 8 x 8 x 128', 'and as wide');
SELECT is((SELECT string_agg(shape || ' ' || inputs, ', ') FROM dp.network_summary('{"dncnn": {"depth": 5, "filters": 4}}'::jsonb, '{30,40,1}') WHERE kind IN ('batch_norm', 'add')),
	'30 x 40 x 4 conv2d_2, 30 x 40 x 4 conv2d_3, 30 x 40 x 4 conv2d_4, 30 x 40 x 1 input, noise', 'a denoiser gives an image like its input');

CALL dp.train('r', $$SELECT i AS key, 'P5 8 8 255 '::bytea || decode(repeat(lpad(to_hex(i % 2 * 200 + i), 2, '0'), 64), 'hex') AS image, i % 2 AS label FROM generate_series(1, 40) i$$,
	'{"resnet": {"depth": 14, "width": 0.5}}'::jsonb, '{"epochs": 12, "batch_size": 10, "shards": 1, "learning_rate": 0.01}');
SELECT is((SELECT value FROM dp.evaluate('r', $$SELECT 'P5 8 8 255 '::bytea || decode(repeat(lpad(to_hex(i % 2 * 200 + i), 2, '0'), 64), 'hex') AS image, i % 2 AS label FROM generate_series(1, 40) i$$) WHERE metric = 'accuracy'), 1::float8, 'a residual network learns');

-- torchvision: maps of 7 x 7 at the end
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('shufflenet', '{224,224,3}', 1000) WHERE layer IN ('stem', 'stem_pool', 'unit_1_1', 'unit_2_8', 'unit_3_4', 'dense_1')),
	'112 x 112 x 24, 56 x 56 x 24, 28 x 28 x 116, 14 x 14 x 232, 7 x 7 x 464, 1000', 'units of halves, shuffled');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('{"shufflenet": {"stem_stride": 1, "width": 0.5}}'::jsonb, '{32,32,3}') WHERE layer IN ('stem', 'stem_pool', 'unit_1_1', 'unit_3_4')),
	'32 x 32 x 24, 16 x 16 x 48, 4 x 4 x 192', 'or for small images');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('{"efficientnet": {"variant": "b3"}}'::jsonb, '{300,300,3}') WHERE layer IN ('stem', 'narrow_1_1', 'block_1_2', 'block_4_5', 'block_7_2', 'gate_7_2')),
	'150 x 150 x 40, 150 x 150 x 24, 150 x 150 x 24, 19 x 19 x 96, 2304, 10 x 10 x 384', 'as wide and deep as its variant');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('{"espcn": {"factor": 2, "channels": 3}}'::jsonb, '{17,13,3}')), '17 x 13 x 3, 17 x 13 x 64, 17 x 13 x 32, 17 x 13 x 12, 34 x 26 x 3', 'channels become pixels');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('autoencoder', '{28,28,1}') WHERE layer = 'code' OR kind IN ('input', 'upsample2d') OR layer = 'conv2d_7'),
	'28 x 28 x 1, 4 x 4 x 8, 8 x 8 x 8, 16 x 16 x 8, 28 x 28 x 16, 28 x 28 x 1', 'through few numbers and back');
SELECT is((SELECT string_agg(shape, ', ') FROM dp.network_summary('{"autoencoder": {"padding": "same"}}'::jsonb, '{40,24,1}') WHERE layer IN ('code', 'conv2d_7')), '5 x 3 x 8, 40 x 24 x 1', 'of other sizes, too');
CREATE TABLE bar AS SELECT i AS key, dp.image_encode(decode(string_agg(lpad(to_hex(CASE i % 2 WHEN 0 THEN x ELSE y END / 2 % 2 * 150 + 40 + i), 2, '0'), '' ORDER BY y, x), 'hex'), 16, 16, 1, 'pnm') AS image, i % 2 AS label
	FROM generate_series(1, 40) i, generate_series(0, 15) x, generate_series(0, 15) y GROUP BY i;
CALL dp.train('s', 'bar', '{"shufflenet": {"width": 0.5, "stem_stride": 1}}'::jsonb, '{"epochs": 12, "batch_size": 10, "shards": 1, "learning_rate": 0.005}');
SELECT ok((SELECT value > 0.9 FROM dp.evaluate('s', 'bar') WHERE metric = 'accuracy'), 'shuffled units learn');
CALL dp.train('e', 'SELECT * FROM bar WHERE key <= 4', '{"efficientnet": {"stem_stride": 1}}'::jsonb, '{"epochs": 1, "batch_size": 4, "shards": 1}');
SELECT ok((SELECT bool_and(dp.predict('e', image) IN ('0', '1')) FROM bar WHERE key < 3), 'and gated blocks compute');

-- one preset several times, or behind other layers
CREATE FUNCTION pg_temp.inputs(network text) RETURNS text LANGUAGE SQL AS $$
	SELECT string_agg(layer || ': ' || inputs, '; ') FROM dp.network_summary(network, '{16,16,1}') WHERE kind = 'add' OR layer LIKE 'code%' $$;
SELECT is(pg_temp.inputs('[{"dncnn": {"depth": 2, "filters": 4}}, {"dncnn": {"depth": 3, "filters": 4}}, {"dncnn": {"depth": 2, "filters": 4}}]'),
	'add_1: input, noise; add_2: add_1, noise_2; add_3: add_2, noise_3', 'each takes its noise off what comes before it');
SELECT is(pg_temp.inputs('[{"conv2d": {"name": "mine", "filters": 1, "kernel": 1}}, {"dncnn": {"depth": 2, "filters": 4}}]'), 'add_1: mine, noise', 'also behind a layer with a name');
SELECT is(pg_temp.inputs('[{"input": {"channels": 1}}, "relu", {"relu": {}}, {"dncnn": {"depth": 2, "filters": 4}}]'), 'add_1: relu_2, noise', 'or a number');
SELECT is(pg_temp.inputs('[{"input": {"channels": 1}}, {"dncnn": {"depth": 2, "filters": 4}}]'), 'add_1: input, noise', 'but not behind the input step');
SELECT is(pg_temp.inputs('[{"espcn": {"factor": 2}}, {"dncnn": {"depth": 2, "filters": 4}}]'), 'add_1: pixel_shuffle_1, noise', 'or behind another preset');
SELECT is(pg_temp.inputs('[{"autoencoder": {"padding": "same"}}, {"autoencoder": {"padding": "same"}}]'), 'code: conv2d_3; code_2: conv2d_10', 'codes of two');
SELECT is((SELECT sum(parameters) FROM dp.network_summary('[{"dncnn": {}}, {"dncnn": {}}]'::jsonb, '{8,8,1}')), 2 * 556096::numeric, 'twice the published weights');
SELECT throws_ok($$SELECT * FROM dp.network_summary('[{"conv2d": {"name": "noise", "filters": 1, "kernel": 1}}, {"dncnn": {}}]'::jsonb, '{8,8,1}')$$, '22023', 'two layers have the name "noise"', 'a name that is taken');
CALL dp.train('stages', 'SELECT dp.image_noise(image, 9, 1, i) AS image, image AS target FROM (SELECT i, ''P5 6 6 255 ''::bytea || decode(repeat(lpad(to_hex(i * 20), 2, ''0''), 36), ''hex'') AS image FROM generate_series(1, 6) i) t',
	'[{"dncnn": {"depth": 2, "filters": 4}}, {"dncnn": {"depth": 2, "filters": 4}}]', '{"epochs": 1}');
SELECT is((SELECT string_agg(DISTINCT layer, ' ' ORDER BY layer) FROM dp.weights JOIN dp.models USING (model_id) WHERE name = 'stages'), 'conv2d_1 conv2d_3 noise noise_2', 'and trained');

-- a name as JSON, and what is no name
SELECT ok(pg_temp.same('lenet', '"lenet"', '{28,28,1}'), 'a name as a JSON string');
SELECT is((SELECT count(*) FROM dp.network_summary('"lenet5"'::jsonb, '{28,28,1}')), 9::bigint, 'of type jsonb');
SELECT throws_ok($$SELECT * FROM dp.network_summary('"nonet"'::jsonb, NULL)$$, '22023', 'unrecognized network "nonet"', 'that is none');
SELECT throws_ok($$SELECT * FROM dp.network_summary('7'::jsonb, NULL)$$, '22023', 'invalid network', 'nor is a number');
CREATE FUNCTION pg_temp.hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT matches(pg_temp.hint($$SELECT * FROM dp.network_summary('[{"input": {"channels": 1}}, {"lenet6": {}}]'::jsonb, '{8,8,1}')$$),
	'^Valid layers are "conv2d", .*"softmax"; networks by name are "lenet", .*"autoencoder"; "input" may come first\.$', 'layers and networks that there are');
SELECT is(pg_temp.hint($$SELECT * FROM dp.network_summary('lenet')$$),
	'It is the name of a network: dp.network_summary(''lenet'', input => ''{height,width,channels}'') shows it, dp.train makes a model of it.', 'a network is no model');
SELECT is(pg_temp.hint($$SELECT * FROM dp.network_summary('lenet', '{7}')$$),
	'Images are columns of type bytea; {"reshape": {"shape": [height, width, channels]}} makes a map of a list.', 'features for a network of images');
SELECT is(pg_temp.hint($$SELECT * FROM dp.network_summary('[{"input": {"height": 8, "width": 8}}, {"dense": {}}]'::jsonb, '{7}')$$),
	'Sizes are for images, which are columns of type bytea; features need no step "input".', 'an input step for features');
SELECT is(pg_temp.hint($$SELECT * FROM dp.network_summary('dncnn', '{8,8,3}')$$),
	'Give a network by name "channels": 3, or bring images to 1 channels with {"input": {"channels": 1}}.', 'colours for a preset of gray');
SELECT is(pg_temp.hint($$CALL dp.train('c', 'SELECT image, image AS target FROM (VALUES (dp.image_encode(decode(repeat(''40'', 784 * 3), ''hex''), 28, 28, 3))) t (image)', 'autoencoder')$$),
	'Give a network by name "channels": 3, or another a last "conv2d" with 3 filters.', 'and at its end');

SELECT * FROM finish();
ROLLBACK;
