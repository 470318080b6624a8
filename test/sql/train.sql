\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.train: what it accepts, what it stores, and each of its errors once
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(143);

CREATE TABLE point AS SELECT i AS key, ARRAY[sin(i), cos(i * 0.7)] AS features, sin(i) + cos(i * 0.7) > 0 AS label, sin(i) AS y
	FROM generate_series(1, 300) i;
CREATE TABLE pixel AS SELECT i AS key, convert_to('P5 4 4 255 ', 'latin1') || decode(lpad(to_hex(i * 7919 % 65536), 32, '0'), 'hex') AS image, i % 2 AS label
	FROM generate_series(1, 20) i;
CREATE FUNCTION pg_temp.train(source text, options text DEFAULT '{}', validation text DEFAULT NULL,
	network text DEFAULT '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]') RETURNS text LANGUAGE SQL AS $$
	SELECT format('CALL dp.train(%L, %L, %L::text, %L, %L)', 'm', source, network, options, validation) $$;
CREATE FUNCTION pg_temp.fails(source text, code text, message text, options text DEFAULT '{}', validation text DEFAULT NULL,
	network text DEFAULT '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]') RETURNS text LANGUAGE SQL AS $$
	SELECT throws_ok(pg_temp.train(source, options, validation, network), code::char(5), message, message) $$;

CREATE FUNCTION pg_temp.hint(source text, options text DEFAULT '{}', network text DEFAULT '[{"dense": {}}]') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE pg_temp.train(source, options, network => network);
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;

-- sources
SELECT pg_temp.fails('nowhere', '42P01', 'relation "nowhere" does not exist');
SELECT pg_temp.fails('SELECT 1; SELECT 2', '42601', 'the source is not a query');
SELECT pg_temp.fails('DELETE FROM point RETURNING features, label', '42601', 'the source is not a query');
SELECT pg_temp.fails('SELECT features, features AS input, label FROM point', '42702', 'the source has two columns for the same thing: "features" and "input"');
SELECT pg_temp.fails('SELECT key AS a, key AS b, features AS c, label AS d FROM point', '42703', 'the source has no column of a known name');
SELECT pg_temp.fails('SELECT features AS f, label FROM point', '42703', 'the source has no column "image", "input" or "features"');
SELECT pg_temp.fails('SELECT features, label AS l FROM point', '42703', 'the source has no column "label" or "target"');
SELECT is(pg_temp.hint('SELECT ARRAY[key], label FROM point'), 'Name it with AS features; the place of a column counts only where none has a known name.', 'a column by its place');
SELECT is(pg_temp.hint('SELECT features, y FROM point'), 'Name it with AS label; the place of a column counts only where none has a known name.', 'or the label');
SELECT pg_temp.fails('SELECT features, label, 0 AS weight FROM point', '22000', 'the weights of the source are all zero');
SELECT pg_temp.fails('point', '22000', 'the weights of the validation are all zero', validation => 'SELECT *, 0 AS weight FROM point');
SELECT pg_temp.fails('SELECT key::text AS input, label FROM point', '42804', 'column "input" of the source has type text');
SELECT pg_temp.fails('SELECT features, now() AS label FROM point', '42804', 'column "label" of the source has type timestamp with time zone');
SELECT pg_temp.fails('SELECT features, label, label AS weight FROM point', '42804', 'column "weight" of the source has type boolean');
SELECT pg_temp.fails('SELECT * FROM point WHERE false', '22000', 'the source has no rows to learn from');
SELECT pg_temp.fails('pixel', '22023', 'invalid value for parameter "channels" of "input": 2', network => '[{"input": {"channels": 2}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]');
SELECT pg_temp.fails('pixel', '22023', 'invalid value for parameter "channels" of "input": 4', network => '[{"input": {"channels": 4}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]');
SELECT pg_temp.fails('point', '22000', 'the validation has no rows to validate on', validation => 'SELECT * FROM point WHERE false');
SELECT pg_temp.fails('SELECT * FROM point WHERE label', '22000', 'all rows of the source have the label "true"');

-- rows
SELECT pg_temp.fails('SELECT key, NULL::float8[] AS features, label FROM point', '22000', 'cannot train on the row with key "1" of the source');
SELECT pg_temp.fails('SELECT NULL::float8[] AS features, label FROM point', '22000', 'cannot train on row 1 of the source');
SELECT pg_temp.fails('SELECT key, ARRAY[1, NULL] AS features, label FROM point', '22000', 'cannot train on the row with key "1" of the source');
SELECT pg_temp.fails('SELECT key, features, CASE WHEN key <> 5 THEN label END AS label FROM point',
	'22000', 'cannot train on the row with key "5" of the source');
SELECT pg_temp.fails('SELECT nullif(key, 3) AS key, features, label FROM point', '22004', 'the key of row 3 of the source is null');
SELECT pg_temp.fails('SELECT key, features || array_fill(0.0::float8, ARRAY[key / 3]) AS features, label FROM point', '22000', 'cannot train on the row with key "3" of the source');
SELECT pg_temp.fails('SELECT key, features, label, 2 - key AS weight FROM point', '22000', 'cannot train on the row with key "3" of the source');
SELECT pg_temp.fails('SELECT key, features, array_fill(0.0::float8, ARRAY[key]) AS label FROM point', '22000', 'cannot train on the row with key "2" of the source', network => '[{"dense": {}}]');
SELECT pg_temp.fails('point', '22000', 'label "maybe" of the row with key "1" of the validation does not occur in the source', validation => 'SELECT key, features, ''maybe'' AS label FROM point');
SELECT pg_temp.fails('point', '42804', 'the columns of the validation are not of the types the source has', validation => 'SELECT features, y AS label FROM point');
SELECT pg_temp.fails('SELECT key, substr(image, 1, 15) AS image, label FROM pixel', '22P03', 'cannot train on the row with key "1" of the source');
SELECT pg_temp.fails($$SELECT key, CASE WHEN key = 9 THEN convert_to('P5 2 1 255 ab', 'latin1') ELSE image END AS image, label FROM pixel$$,
	'22000', 'cannot train on the row with key "9" of the source');

SELECT pg_temp.fails('SELECT key, features, 1e300 AS label FROM point', '22000', 'cannot train on the row with key "1" of the source', network => '[{"dense": {}}]');
SET LOCAL datapower.memory_limit = '1MB';
SELECT pg_temp.fails('SELECT i AS features, i % 2 AS label FROM generate_series(1, 33000) i', '54000', 'the source has more rows than datapower.memory_limit has room for');
RESET datapower.memory_limit;
CREATE FUNCTION pg_temp.detail(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', detail, hint);
END $$;
SELECT is(pg_temp.detail(pg_temp.train('SELECT key, ARRAY[1, NULL] AS features, label FROM point')),
	'A feature is null or not a finite number of single precision. A network knows no missing values: fill them in first. The option "on_error": "skip" leaves such rows out.', 'what is wrong with a row');
SELECT is(pg_temp.detail(pg_temp.train('SELECT key, features || array_fill(0.0::float8, ARRAY[key / 3]) AS features, label FROM point')),
	'Row has 3 features, but the network takes 2. The option "on_error": "skip" leaves such rows out.', 'features');
SELECT is(pg_temp.detail(pg_temp.train($$SELECT key, CASE WHEN key = 9 THEN convert_to('P5 2 1 255 ab', 'latin1') ELSE image END AS image, label FROM pixel$$)),
	'Image is 1 x 2 x 1, but the network takes 4 x 4 x 1. Sizes are height x width x channels. A network that begins with {"input": {"height": ..., "width": ..., "channels": ...}} takes images of any size. The option "on_error": "skip" leaves such rows out.', 'size');

-- names that are cut are cut between characters, or not shown
CREATE FUNCTION pg_temp.valid(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN convert_from(convert_to(message || ' ' || detail, 'UTF8'), 'UTF8');
END $$;
SELECT is(pg_temp.valid(pg_temp.train('point', network => '[{"a' || repeat('é', 40) || '": {}}]')), 'unrecognized layer "a' || repeat('?', 59) || '" ', 'a long name of a layer');
SELECT is(pg_temp.valid(pg_temp.train('SELECT NULL::float8[] AS features, label, ''a'' || repeat(''é'', 100) AS key FROM point')),
	'cannot train on the row with key "a' || repeat('é', 48) || '..." of the source Input is null.', 'a long key');

-- options
SELECT pg_temp.fails('point', '22023', 'unrecognized option "epoch"', '{"epoch": 1}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "epochs": 0', '{"epochs": 0}');
SELECT pg_temp.fails('point', '22023', 'unrecognized optimizer "lbfgs"', '{"optimizer": "lbfgs"}');
SELECT pg_temp.fails('point', '22023', 'unrecognized on_error "ignore"', '{"on_error": "ignore"}');
SELECT pg_temp.fails('point', '22023', 'unrecognized schedule "linear"', '{"schedule": "linear"}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "epsilon": 0', '{"epsilon": 0}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "learning_rate": 0', '{"learning_rate": 0}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "workers": -1', '{"workers": -1}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "seed": 1.5', '{"seed": 1.5}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "seed": 1e+300', '{"seed": 1e300}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "seed": 9.00719925474099e+15', '{"seed": 9007199254740993}');
SELECT pg_temp.fails('point', '42804', 'the loss "mse" needs a label of numbers', '{"loss": "mse"}');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '42804', 'the loss "cross_entropy" needs a label of text or integers, or an array of probabilities', '{"loss": "cross_entropy"}');
SELECT pg_temp.fails('point', '22023', 'the option "augment" is for images', '{"augment": [{"flip": {}}]}');
SELECT pg_temp.fails('pixel', '22023', 'the recipe gives images of another size: 3 x 4', '{"epochs": 1, "augment": [{"center_crop": {"width": 3, "height": 4}}]}');
SELECT pg_temp.fails('point', '22023', 'unrecognized network "nonet"', network => 'nonet');
SELECT throws_ok($$CALL dp.train(NULL, 'point', 'lenet'::text)$$, '22004', '"model" must not be null');
SELECT throws_ok($$CALL dp.train('m', NULL, 'lenet'::text)$$, '22004', '"source" must not be null');
SELECT throws_ok($$CALL dp.train('m', 'point', NULL::text)$$, '22004', '"network" must not be null');
SELECT throws_ok($$CALL dp.train('m', 'point', NULL::jsonb)$$, '22004', '"network" must not be null');
SELECT throws_ok($$CALL dp.train('', 'point', '[]'::jsonb)$$, '42602', 'invalid model name');
SELECT pg_temp.fails('SELECT key, ARRAY[1e30, 1e30 * y] AS features, y * 1e30 AS label FROM point', '22003',
	'training diverged in step 2 of epoch 1: the loss is not finite', '{"workers": 0}', network => '[{"dense": {}}]');
SELECT pg_temp.fails('SELECT key, ARRAY[1e18] AS features, 1.5 AS label FROM point', '22003',
	'training diverged in step 1 of epoch 1: a weight is not finite',
	'{"epochs": 1, "batch_size": 300, "optimizer": "sgd", "learning_rate": 1000, "workers": 0}', network => '[{"dense": {}}]');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like(pg_temp.train('point', '{"shards": 64}'), 'training needs % MB of memory, more than datapower.memory_limit', 'a run that does not fit is refused');
RESET datapower.memory_limit;
SELECT is((SELECT count(*) FROM dp.model_names), 0::bigint, 'no error leaves a trace');

-- what it makes of types and names
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FUNCTION pg_temp.gives(source text, wanted text, options text DEFAULT '{"epochs": 1}', network text DEFAULT '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE pg_temp.train(source, options, NULL, network);
	RETURN is((SELECT coalesce(classes::text, 'none') || ' ' || loss || ' ' || outputs || ' ' || (input ->> 'channels')
		FROM dp.models ORDER BY model_id DESC LIMIT 1), wanted, source);
END $$;
SELECT pg_temp.gives('point', '["false", "true"] cross_entropy 2 2');
SELECT pg_temp.gives('SELECT features, key % 11 AS label FROM point', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] cross_entropy 11 2');
SELECT pg_temp.gives('SELECT features, (key % 11)::text AS label FROM point', '["0", "1", "10", "2", "3", "4", "5", "6", "7", "8", "9"] cross_entropy 11 2');
SELECT pg_temp.gives($$SELECT features, (ARRAY['sad', 'glad'])[1 + key % 2]::mood AS label FROM point$$, '["glad", "sad"] cross_entropy 2 2');
SELECT pg_temp.gives('SELECT ARRAY[key, 1], label AS b FROM point', '["false", "true"] cross_entropy 2 2');
SELECT pg_temp.gives('SELECT ARRAY[key::numeric, 1, 2], label AS b, key AS c FROM point', '["false", "true"] cross_entropy 2 3');
SELECT pg_temp.gives('SELECT y AS features, label FROM point;', '["false", "true"] cross_entropy 2 1');
SELECT pg_temp.gives('SELECT features, y AS target FROM point', 'none mse 1 2', network => '[{"dense": {}}]');
SELECT pg_temp.gives('SELECT features, y::numeric AS target FROM point', 'none mse 1 2', network => '[{"dense": {}}]');
SELECT pg_temp.gives('SELECT features, features AS target FROM point', 'none mse 2 2', network => '[{"dense": {}}]');
SELECT pg_temp.gives('SELECT features, key AS target FROM point', 'none mse 1 2', '{"epochs": 1, "loss": "mse", "optimizer": "sgd", "learning_rate": 1e-6}', network => '[{"dense": {}}]');
SELECT pg_temp.gives('pixel', '[0, 1] cross_entropy 2 1');
SELECT pg_temp.gives('pixel', '[0, 1] cross_entropy 2 3', network => '[{"input": {"height": 6, "width": 5, "channels": 3}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]');
SELECT is((SELECT options ->> 'schedule' FROM dp.runs WHERE model = 'm' ORDER BY run_id DESC LIMIT 1), 'constant', 'the schedule is recorded');
SELECT pg_temp.gives('point', '["false", "true"] cross_entropy 2 2', '{"epochs": 1, "schedule": "one_cycle"}');
SELECT is((SELECT options ->> 'schedule' FROM dp.runs WHERE model = 'm' ORDER BY run_id DESC LIMIT 1), 'one_cycle', 'as it was asked for');
SELECT lives_ok(pg_temp.train('SELECT ARRAY[features[1], 0] AS features, label FROM point', '{"epochs": 1, "epsilon": 1e-30, "seed": 9007199254740991}'),
	'the smallest epsilon, a feature without gradient, the largest seed');
SELECT is((SELECT max(version) FROM dp.models WHERE name = 'm'), 15, 'each training makes a version');

SELECT is(dp.drop_model('m', 15)::text, '', 'the newest is dropped');
SELECT dp.rename_model('m', 'n') IS NULL AS renamed \gset
SELECT dp.rename_model('n', 'm') IS NULL AS renamed_back \gset
SELECT lives_ok(pg_temp.train('point', '{"epochs": 1}'), 'and another is trained');
SELECT is((SELECT max(version) FROM dp.models WHERE name = 'm'), 16, 'under a number of its own');

-- learning: y = 3 a - 2 b + 1 exactly, so the weights are known
SELECT lives_ok($$CALL dp.train('line', 'SELECT features, 3 * features[1] - 2 * features[2] + 1 AS label FROM point', '[{"dense": {}}]'::jsonb,
	'{"epochs": 60, "optimizer": "sgd", "learning_rate": 0.05, "batch_size": 50}')$$, 'a line');
SELECT ok((SELECT abs(data[1] - 3) < 1e-3 AND abs(data[2] + 2) < 1e-3 FROM dp.weights JOIN dp.models USING (model_id) WHERE name = 'line' AND tensor = 'kernel'), 'is learnt');

-- optimisers: without a gradient weight decay is all that moves a kernel, and it moves no bias
CREATE FUNCTION pg_temp.kernel_and_bias(options text) RETURNS float8[] LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CALL dp.train(''decay'', ''SELECT key, ARRAY[0.0] AS features, 1.5 AS label FROM point'', ''[{"dense": {}}]''::jsonb, %L)', ('{"epochs": 1, "batch_size": 100}'::jsonb || ('{' || options || '}')::jsonb)::text);
	RETURN (SELECT array_agg(data[1] ORDER BY tensor) FROM dp.weights WHERE model_id = (SELECT max(model_id) FROM dp.models));
END $$;
CREATE FUNCTION pg_temp.decays(one text, other text, ratio float8, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a float8[] = pg_temp.kernel_and_bias(one);
	b float8[] = pg_temp.kernel_and_bias(other);
BEGIN
	RETURN ok(a[1] = b[1] AND abs(a[2] / b[2] - ratio) < 1e-6, format('%s: bias %s and %s, kernel %s and %s', what, a[1], b[1], a[2], b[2]));
END $$;
SET LOCAL extra_float_digits = 0;
SELECT pg_temp.decays('"optimizer": "sgd", "momentum": 0, "weight_decay": 1', '"optimizer": "sgd", "momentum": 0', 0.99 ^ 3, 'weight decay of sgd');
SELECT pg_temp.decays('"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 1', '"optimizer": "adam", "learning_rate": 0.01', 0.99 ^ 3, 'of adamw');
SELECT pg_temp.decays('"optimizer": "adamw", "learning_rate": 0.1', '"optimizer": "adam", "learning_rate": 0.1', 0.999 ^ 3, 'its default');
RESET extra_float_digits;
SELECT is((SELECT options ->> 'weight_decay' FROM dp.runs WHERE model = 'decay' AND options ->> 'optimizer' = 'adamw' ORDER BY run_id DESC LIMIT 1), '0.01', 'which is recorded');
SELECT ok(pg_temp.kernel_and_bias('"optimizer": "sgd"') <> pg_temp.kernel_and_bias('"optimizer": "sgd", "nesterov": true'), 'Nesterov is not momentum');
SELECT ok(pg_temp.kernel_and_bias('"optimizer": "rmsprop"') <> pg_temp.kernel_and_bias('"optimizer": "rmsprop", "momentum": 0.5'), 'rmsprop has no momentum unless asked');
SELECT pg_temp.fails('point', '22023', 'the option "weight_decay" is not for the optimizer "adam"', '{"weight_decay": 0.1}');
SELECT pg_temp.fails('point', '22023', 'the option "nesterov" is for the optimizer "sgd" with a momentum', '{"optimizer": "rmsprop", "momentum": 0.9, "nesterov": true}');
SELECT pg_temp.fails('point', '22023', 'the option "nesterov" is for the optimizer "sgd" with a momentum', '{"optimizer": "sgd", "momentum": 0, "nesterov": true}');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "weight_decay": -1', '{"optimizer": "sgd", "weight_decay": -1}');

-- the gradient of the bias is -3 at first, far above what is allowed
SELECT ok(abs(b[1] - 0.3) < 1e-5, 'three steps of the clipped length') FROM pg_temp.kernel_and_bias('"optimizer": "sgd", "momentum": 0, "learning_rate": 0.1, "clip_norm": 1') b;
SELECT ok(pg_temp.kernel_and_bias('"optimizer": "sgd", "clip_norm": 1000') = pg_temp.kernel_and_bias('"optimizer": "sgd"'), 'a gradient that is short enough is not touched');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "clip_norm": 0', '{"clip_norm": 0}');

-- an average: of one step it is the weights, after a second its share of the first and the rest of the second
CREATE FUNCTION pg_temp.bias_after(epochs integer, options text) RETURNS float8 LANGUAGE SQL AS $$
	SELECT (pg_temp.kernel_and_bias(format('"epochs": %s, "batch_size": 300, "optimizer": "sgd", "momentum": 0, "learning_rate": 0.1 %s', epochs, options)))[1] $$;
SELECT pg_temp.bias_after(1, '') AS one, pg_temp.bias_after(2, '') AS two, pg_temp.bias_after(1, ', "ema": 0.75') AS average_one, pg_temp.bias_after(2, ', "ema": 0.75') AS average_two \gset
SELECT ok(:average_one = :one, 'the average of one step');
SELECT ok(abs(:average_two - (0.75 * :one + 0.25 * :two)) < 1e-6 AND :two <> :one, 'of two');
SELECT pg_temp.fails('point', '22023', 'invalid value for parameter "ema": 1', '{"ema": 1}');
-- what batch_norm keeps is an average already: it is copied, where its gamma is averaged
CREATE FUNCTION pg_temp.normed(options text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CALL dp.train(''normed'', ''point'', ''[{"dense": {"units": 2}}, {"batch_norm": {}}, {"dense": {"activation": "softmax"}}]''::jsonb, %L)', '{"epochs": 1, "learning_rate": 0.01' || options || '}');
	RETURN (SELECT jsonb_object_agg(tensor, data) FROM dp.weights WHERE model_id = (SELECT max(model_id) FROM dp.models) AND layer = 'batch_norm_1');
END $$;
SELECT ok(a -> 'moving_mean' = b -> 'moving_mean' AND a -> 'moving_variance' = b -> 'moving_variance' AND a -> 'gamma' <> b -> 'gamma', 'running statistics beside an average')
	FROM (SELECT pg_temp.normed('') AS a, pg_temp.normed(', "ema": 0.9') AS b) x;

-- early stopping: where the source says 1.5 and the validation 0, the first epoch is the best
CREATE FUNCTION pg_temp.early(options text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CALL dp.train(''early'', ''SELECT key, ARRAY[0.0] AS features, 1.5 AS label FROM point'', ''[{"dense": {}}]''::jsonb, %L, ''SELECT key, ARRAY[0.0] AS features, 0.0 AS label FROM point'')',
		'{"batch_size": 300, "optimizer": "sgd", "momentum": 0, "learning_rate": 0.1, ' || options || '}');
	RETURN (SELECT concat_ws(' ', epoch, best_epoch, (SELECT round(data[1]::numeric, 4) FROM dp.weights JOIN dp.models m USING (model_id) WHERE m.run_id = r.run_id AND tensor = 'bias'))
		FROM dp.runs r WHERE model = 'early' ORDER BY run_id DESC LIMIT 1);
END $$;
SELECT is(pg_temp.early('"epochs": 1'), '1 0.3000', 'one epoch');
SELECT is(pg_temp.early('"epochs": 3'), '3 0.7320', 'three');
SELECT is(pg_temp.early('"epochs": 9, "early_stopping": 2'), '3 1 0.3000', 'a patience of two epochs ends after three and keeps the first');
SELECT is(pg_temp.early('"epochs": 2, "early_stopping": 2'), '2 1 0.3000', 'and keeps it where the epochs end earlier');
SELECT is(pg_temp.early('"epochs": 9, "early_stopping": 1, "ema": 0.5'), '2 1 0.3000', 'of the average, too');
SELECT is(pg_temp.hint('SELECT features, label FROM point', '{"early_stopping": 3}'), 'Give the argument "validation" rows that are not in the source; dp.split() divides a table.', 'it needs a validation');
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '22023', 'the option "monitor": "accuracy" is for classes', '{"early_stopping": 1, "monitor": "accuracy"}', 'SELECT features, y AS target FROM point');
-- an accuracy of all or nothing: the loss goes on falling, the accuracy does not
CALL dp.train('accuracy', 'SELECT key, ARRAY[0.0] AS features, key <= 200 AS label FROM point', '[{"dense": {"activation": "softmax"}}]'::jsonb,
	'{"epochs": 9, "early_stopping": 2, "monitor": "accuracy", "learning_rate": 0.01}', 'SELECT key, ARRAY[0.0] AS features, key <= 200 AS label FROM point');
SELECT is((SELECT epoch || ' ' || best_epoch FROM dp.runs WHERE model = 'accuracy'), '3 1', 'the accuracy is watched where it is asked for');

-- schedules: the rate of the last step of each epoch
CREATE FUNCTION pg_temp.rates(options text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CALL dp.train(''rates'', ''SELECT key, ARRAY[0.0] AS features, 1.5 AS label FROM point'', ''[{"dense": {}}]''::jsonb, %L)', '{"batch_size": 100, "learning_rate": 1e-20, ' || options || '}');
	RETURN (SELECT string_agg((value * 1e20)::numeric(10, 4)::text, ' ' ORDER BY epoch) FROM dp.metrics WHERE metric = 'learning_rate' AND run_id = (SELECT max(run_id) FROM dp.runs));
END $$;
SELECT is(pg_temp.rates('"epochs": 5, "schedule": "step", "step_epochs": 2, "step_factor": 0.5'), '1.0000 1.0000 0.5000 0.5000 0.2500', 'step');
SELECT is(pg_temp.rates('"epochs": 4, "schedule": "step", "step_epochs": 1, "warmup_epochs": 2'), '0.5000 1.0000 1.0000 0.1000', 'step after a warmup');
SELECT is(pg_temp.rates('"epochs": 6, "schedule": "reduce_on_plateau", "plateau_patience": 2'), '1.0000 1.0000 1.0000 0.1000 0.1000 0.0100', 'a loss that does not fall lowers the rate');
SELECT is(pg_temp.rates('"epochs": 3, "schedule": "reduce_on_plateau", "plateau_patience": 1, "plateau_factor": 0.5, "plateau_min_delta": 100'), '1.0000 1.0000 0.5000', 'or one that falls too little');
SELECT pg_temp.fails('point', '22023', 'the schedule "step" needs the option "step_epochs"', '{"schedule": "step"}');
SELECT pg_temp.fails('point', '22023', 'the option "warmup_epochs" is not for the schedule "one_cycle"', '{"schedule": "one_cycle", "warmup_epochs": 1}');
SELECT pg_temp.fails('point', '22023', 'the warmup takes all of the run', '{"epochs": 3, "warmup_epochs": 3}');
SELECT is(pg_temp.hint('point', '{"warmup_epochs": 10.5, "schedule": "cosine"}'), 'A warmup takes a small part of the epochs, after which the learning rate is as the schedule has it.', 'a warmup longer than the run');

-- options that would change nothing
SELECT pg_temp.fails('point', '22023', format('the option "%s" is not for the %s', option, rest), options)
FROM (VALUES
	('step_epochs', 'schedule "constant"', '{"step_epochs": 2}'),
	('step_factor', 'schedule "cosine"', '{"schedule": "cosine", "step_factor": 0.5}'),
	('plateau_patience', 'schedule "step"', '{"schedule": "step", "step_epochs": 1, "plateau_patience": 2}'),
	('plateau_factor', 'schedule "constant"', '{"plateau_factor": 0.5}'),
	('plateau_min_delta', 'schedule "one_cycle"', '{"schedule": "one_cycle", "plateau_min_delta": 0}'),
	('momentum', 'optimizer "adam"', '{"momentum": 0.9}'),
	('alpha', 'optimizer "sgd"', '{"optimizer": "sgd", "alpha": 0.99}'),
	('beta1', 'optimizer "rmsprop"', '{"optimizer": "rmsprop", "beta1": 0.9}'),
	('beta2', 'optimizer "sgd"', '{"optimizer": "sgd", "beta2": 0.9}'),
	('epsilon', 'optimizer "sgd"', '{"optimizer": "sgd", "epsilon": 1e-7}')) AS t (option, rest, options);
SELECT pg_temp.fails('point', '22023', 'the option "monitor" is not for a run that looks at no metric', '{"monitor": "loss"}');
SELECT is(pg_temp.hint('point', '{"momentum": 0.9}'), 'It goes with "optimizer": "sgd" or "rmsprop".', 'what an option goes with');
SELECT is(pg_temp.hint('point', '{"step_epochs": 2}'), 'It goes with "schedule": "step".', 'or which schedule');
SELECT is(pg_temp.hint('point', '{"monitor": "accuracy"}'), 'It goes with "early_stopping" or "schedule": "reduce_on_plateau".', 'or what looks at a metric');
SELECT lives_ok(pg_temp.train('point', '{"epochs": 1, "momentum": 0, "nesterov": false, "weight_decay": 0, "step_epochs": null, "monitor": null}'), 'but what asks for nothing may be there');

-- a weight of zero is no row, a weight of two is a row twice
SELECT lives_ok($$CALL dp.train('weighted', 'SELECT key, features, y AS label, (key <= 100)::integer * 2 AS weight FROM point', '[{"dense": {}}]'::jsonb,
	'{"epochs": 2, "batch_size": 300, "shuffle": false, "shards": 1}')$$, 'weights');
CALL dp.train('few', 'SELECT key, features, y AS label FROM point WHERE key <= 100', '[{"dense": {}}]'::jsonb,
	'{"epochs": 2, "batch_size": 300, "shuffle": false, "shards": 1}');
SELECT ok((SELECT max(abs(a - b)) < 1e-6 FROM (SELECT unnest(w.data) a, unnest(f.data) b
	FROM dp.weights w JOIN dp.models wm ON wm.model_id = w.model_id AND wm.name = 'weighted'
	JOIN dp.weights f USING (layer, tensor) JOIN dp.models fm ON fm.model_id = f.model_id AND fm.name = 'few') x), 'count as rows do');

SELECT lives_ok(pg_temp.train(' ; SELECT features, label -- one; two
	FROM point WHERE features <> ''{}'' /* ; */ ; -- the end;', '{"epochs": 1}'), 'semicolons and comments around a query');
SELECT matches(pg_temp.hint('SELECT ARRAY[1e30] AS features, 1e30 AS target', '{"learning_rate": 1000}'), '"learning_rate" \(now 1000\).*"resume": false starts over', 'what to do after a divergence');

-- skipping
CALL dp.train('skip', $$SELECT key, CASE WHEN key = 3 THEN NULL WHEN key = 4 THEN substr(image, 1, 13) ELSE image END AS image, CASE WHEN key NOT IN (5, 6) THEN label END AS label
	FROM pixel ORDER BY key$$, '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]'::jsonb, '{"epochs": 1, "on_error": "skip"}');
SELECT is((SELECT samples || ' ' || skipped || ' ' || skipped_keys FROM dp.runs WHERE model = 'skip'), '16 4 3, 4, 5, 6', 'on_error => skip counts and lists the rows');
-- rows left out decide nothing: not the size, nor the number of targets, nor the classes
SELECT lives_ok(pg_temp.train($$SELECT key, CASE key WHEN 1 THEN convert_to('P5 2 1 255 ab', 'latin1') WHEN 10 THEN convert_to('P5 9 1 255 abcdefghi', 'latin1') ELSE image END AS image,
	CASE key WHEN 1 THEN NULL WHEN 2 THEN 77 ELSE label END AS label, CASE key WHEN 2 THEN -1 WHEN 4 THEN 'NaN' WHEN 5 THEN NULL ELSE 1.0 END AS weight
	FROM pixel ORDER BY key$$, '{"epochs": 1, "on_error": "skip"}'), 'rows of every fault are left out');
SELECT is((SELECT samples || ' ' || skipped || ' ' || skipped_keys || (SELECT classes::text || (input ->> 'width') FROM dp.models m WHERE m.run_id = r.run_id)
	FROM dp.runs r WHERE model = 'm' ORDER BY run_id DESC LIMIT 1), '15 5 1, 2, 4, 5, 10[0, 1]4', 'counted, and forgotten');
SELECT lives_ok(pg_temp.train($$SELECT key, CASE key WHEN 9 THEN ARRAY[1, 2, 3] WHEN 3 THEN NULL WHEN 4 THEN '{}' WHEN 5 THEN ARRAY[1, 'NaN'::float8] ELSE features END AS features,
	CASE key WHEN 1 THEN ARRAY[1, 2, 'NaN'::float8] WHEN 6 THEN ARRAY[1] WHEN 7 THEN '{}' WHEN 8 THEN ARRAY[1e200, 0] ELSE ARRAY[y, y] END::float8[] AS target
	FROM point ORDER BY key$$, '{"epochs": 1, "on_error": "skip"}', network => '[{"dense": {}}]'), 'of features and targets too');
SELECT is((SELECT samples || ' ' || skipped || ' ' || skipped_keys FROM dp.runs WHERE model = 'm' ORDER BY run_id DESC LIMIT 1), '292 8 1, 3, 4, 5, 6, 7, 8, 9', 'counted');
SELECT * FROM finish();
ROLLBACK;
