\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- batch_norm: what is kept, what it computes, and that folding it for prediction changes nothing
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(12);

CREATE TABLE point AS SELECT i AS key, ARRAY[1000 + i % 7, (i % 11) / 10.0, i % 3]::float8[] AS features, (i % 7 + i % 3)::real AS target FROM generate_series(1, 120) AS i;
CREATE TABLE picture AS SELECT i AS key, dp.image_noise(dp.image_encode(decode(repeat(lpad(to_hex(40 + 20 * (i % 5)), 2, '0'), 64), 'hex'), 8, 8, 1, 'png'), 20, 1, i) AS image FROM generate_series(1, 40) AS i;

CALL dp.train('points', 'point', '[{"dense": {"units": 6, "use_bias": false}}, {"batch_norm": {"momentum": 0.5, "activation": "relu"}}, {"dense": {"units": 5}}, {"batch_norm": {"momentum": 0.5}}, {"dense": {}}]',
	'{"epochs": 5, "batch_size": 40, "shards": 2}');
CALL dp.train('pictures', 'SELECT key, image AS input, image AS target FROM picture', '[{"conv2d": {"filters": 5, "kernel": 3, "padding": "same", "use_bias": false}}, {"batch_norm": {"momentum": 0.5, "activation": "relu"}}, {"conv2d": {"filters": 3, "kernel": 3, "padding": "same"}}, {"batch_norm": {"momentum": 0.5, "activation": "tanh"}}, {"conv2d": {"filters": 1, "kernel": 1, "activation": "sigmoid"}}]',
	'{"epochs": 3, "batch_size": 20, "shards": 2}');

SELECT is(string_agg(layer || '.' || tensor, ' ' ORDER BY layer, tensor), 'batch_norm_1.beta batch_norm_1.gamma batch_norm_1.moving_mean batch_norm_1.moving_variance '
	'batch_norm_2.beta batch_norm_2.gamma batch_norm_2.moving_mean batch_norm_2.moving_variance dense_1.kernel dense_2.bias dense_2.kernel dense_3.bias dense_3.kernel', 'what is kept')
	FROM dp.weights JOIN dp.models USING (model_id) WHERE name = 'points';
SELECT is(parameters, (6 * 3 + 2 * 6 + 6 * 5 + 5 + 2 * 5 + 5 + 1)::bigint, 'running statistics are no parameters') FROM dp.model_list WHERE name = 'points';
SELECT ok(min(v) > 0, 'variances are positive') FROM dp.weights JOIN dp.models USING (model_id), unnest(data) AS v WHERE tensor = 'moving_variance';

-- by the weights, as the page says
CREATE FUNCTION tensor(model text, layer text, tensor text) RETURNS real[] STABLE
	BEGIN ATOMIC SELECT data FROM dp.weights w JOIN dp.models m USING (model_id) WHERE m.name = model AND w.layer = $2 AND w.tensor = $3; END;
SELECT ok(max(abs(y - greatest(0, (x - mean) / sqrt(variance + 0.001) * gamma + beta))) < 1e-4, 'batch_norm with ReLU, by its tensors')
	FROM point, unnest(dp.embed('points', features, 'dense_1'), dp.embed('points', features, 'batch_norm_1'), tensor('points', 'batch_norm_1', 'moving_mean'),
		tensor('points', 'batch_norm_1', 'moving_variance'), tensor('points', 'batch_norm_1', 'gamma'), tensor('points', 'batch_norm_1', 'beta')) AS t (x, y, mean, variance, gamma, beta);

-- embeddings come from the network as it was trained, predictions from the folded one
SELECT ok(max(abs((dp.embed('points', features, 'dense_3'))[1] - dp.predict_value('points', features))) < 1e-5 AND stddev(dp.predict_value('points', features)) > 0.01,
	'folded, values are the same') FROM point;
SELECT ok(max(abs(255 * v - get_byte(pixels, ord::int - 1))) <= 0.501, 'folded, pixels are the same')
	FROM (SELECT dp.embed('pictures', image, 'conv2d_3') AS list, dp.image_decode(dp.predict_image('pictures', image)) AS pixels FROM picture) AS t, unnest(list) WITH ORDINALITY AS u (v, ord);
SELECT ok(abs((SELECT value FROM dp.evaluate('points', 'point') WHERE metric = 'mse') - avg(power((dp.embed('points', features, 'dense_3'))[1] - target, 2))) < 1e-4,
	'and so is an evaluation') FROM point;

-- errors
CREATE FUNCTION train(step text) RETURNS text LANGUAGE sql AS $$SELECT format('CALL dp.train(%L, %L, %L)', 'none', 'point', '[{"dense": {"units": 3}}, ' || step || ', {"dense": {}}]')$$;
SELECT throws_ok(train('{"batch_norm": {"momentum": 1.5}}'), '22023', 'invalid value for parameter "momentum" of "batch_norm": 1.5', 'momentum');
SELECT throws_ok(train('{"batch_norm": {"epsilon": 0}}'), '22023', 'invalid value for parameter "epsilon" of "batch_norm": 0', 'epsilon');
SELECT throws_ok(train('{"batch_norm": {"axis": 1}}'), '22023', 'unrecognized parameter "axis" of "batch_norm"', 'an unknown parameter');
SELECT throws_ok(train('{"dense": {"units": 3, "use_bias": 0}}'), '22023', 'invalid value for parameter "use_bias" of "dense"', 'a number for a flag');
SELECT throws_ok(train('{"batch_norm": {"activation": "softmax"}}'), '22023', NULL, 'softmax in the middle');

SELECT * FROM finish();
ROLLBACK;
