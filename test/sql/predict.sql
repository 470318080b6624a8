\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- prediction, against PyTorch and Pillow (test/oracle/predict.py)
BEGIN;
\getenv dir PG_ABS_SRCDIR
\set data :dir '/data/predict.sql'
\i :data
SELECT plan(83);

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE SQL AS
	$$ SELECT abs(a - b) <= 1e-5 * greatest(1, abs(b)) $$;

-- ---- one row ----
SELECT is((SELECT count(*) FROM oracle_row r WHERE model = 'flowers'
	AND dp.predict('flowers', features) = (SELECT (ARRAY['iris', 'lily', 'it''s a rose'])[o] FROM unnest(y) WITH ORDINALITY u(v, o) ORDER BY v DESC LIMIT 1)),
	40::bigint, 'the class of features is the most probable one');
SELECT ok((SELECT bool_and(pg_temp.near(p.probability, r.y[array_position(ARRAY['iris', 'lily', 'it''s a rose'], p.class)])) AND count(*) = 120
	FROM oracle_row r, dp.predict_proba('flowers', r.features) p WHERE model = 'flowers'), 'its probabilities');
SELECT ok((SELECT bool_and(a = b) FROM (SELECT array_agg(probability) a, array_agg(probability ORDER BY probability DESC) b
	FROM oracle_row r, dp.predict_proba('flowers', r.features) p WHERE model = 'flowers' GROUP BY n) s), 'the most probable first');
SELECT ok((SELECT bool_and(dp.predict('digits', image) = label) AND count(*) = 11 FROM oracle_row WHERE model = 'digits' AND n > 0),
	'classes that are integers, of gray images');
SELECT ok((SELECT bool_and(pg_temp.near(p.probability, r.y[array_position(ARRAY['3', '7'], p.class)])) AND count(*) = 24
	FROM oracle_row r, dp.predict_proba('digits', r.image) p WHERE model = 'digits'), 'their probabilities through a convolution');
SELECT ok((SELECT bool_and(dp.predict('photos', image) = label) AND count(*) = 9 FROM oracle_row WHERE model = 'photos'),
	'images of any size, colour and EXIF orientation');
SELECT ok((SELECT bool_and(pg_temp.near(p.probability, r.y[array_position(ARRAY['beach', 'city', 'forest', 'sea'], p.class)])) AND count(*) = 36
	FROM oracle_row r, dp.predict_proba('photos', r.image) p WHERE model = 'photos'), 'their probabilities');
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value('price', features), y[1])) FROM oracle_row WHERE model = 'price'), 'a value');
SELECT ok((SELECT bool_and(pg_temp.near(v[1], y[1]) AND pg_temp.near(v[2], y[2]) AND cardinality(v) = 2)
	FROM oracle_row, dp.predict_values('pair', features) v WHERE model = 'pair'), 'several values');
SELECT ok((SELECT bool_and(dp.predict_values('price', features) = ARRAY[dp.predict_value('price', features)]) FROM oracle_row WHERE model = 'price'),
	'one value as an array');

-- ---- kinds of arguments ----
SELECT is(dp.predict('flowers', NULL::float8[]), NULL, 'NULL features');
SELECT is(dp.predict(NULL, ARRAY[1.0, 2, 3, 4]), NULL, 'NULL model');
SELECT is(dp.predict('photos', NULL::bytea), NULL, 'NULL image');
SELECT is((SELECT count(*) FROM dp.predict_proba('flowers', NULL::float8[])), 0::bigint, 'no probabilities of NULL');
SELECT is(dp.predict_value('price', NULL::float8[]), NULL, 'no value of NULL');
SELECT is(dp.predict_values('price', NULL::float8[]), NULL, 'no values of NULL');
SELECT is(dp.predict('flowers', ARRAY[1, 2, -1, 3]), dp.predict('flowers', ARRAY[1, 2, -1, 3]::float8[]), 'integer[]');
SELECT is(dp.predict('flowers', ARRAY[1.5, 2, -1, 3]::numeric[]), dp.predict('flowers', ARRAY[1.5, 2, -1, 3]::float8[]), 'numeric[]');
SELECT is(dp.predict('flowers', ARRAY[1.5, 2, -1, 3]::real[]), dp.predict('flowers', ARRAY[1.5, 2, -1, 3]::float8[]), 'real[]');
SELECT is(dp.predict('flowers', '{1.5,2,-1,3}'::float8[]), dp.predict('flowers', ARRAY[1.5, 2, -1, 3]), 'a literal with its type');
SELECT throws_ok($$SELECT dp.predict('flowers', '{1,2,3,4}')$$, '42725', NULL, 'a literal without is ambiguous, not guessed');
PREPARE one_row(text, float8[]) AS SELECT dp.predict($1, $2);
SELECT lives_ok($$EXECUTE one_row('flowers', '{1,2,3,4}')$$, 'parameters');
SELECT is((SELECT string_agg(concat(provolatile, proparallel, proisstrict), '') FROM pg_proc
	WHERE pronamespace = 'dp'::regnamespace AND proname LIKE 'predict%' AND proargtypes[0] = 'text'::regtype), repeat('sst', 11), 'stable, parallel safe and strict');
SELECT is((SELECT string_agg(concat(provolatile, proparallel, proisstrict), '') FROM pg_proc
	WHERE pronamespace = 'dp'::regnamespace AND proname LIKE 'predict%' AND proargtypes[0] = 'dp.model'::regtype), repeat('ist', 11), 'and immutable by value');

-- ---- what is refused ----
SELECT throws_ok($$SELECT dp.predict('nobody', ARRAY[1.0])$$, '42704', 'model "nobody" does not exist', 'unknown model');
SELECT throws_ok($$SELECT dp.predict('flowers', '\x00'::bytea)$$, '22023', 'model "flowers" takes features, not images', 'an image for features');
SELECT throws_ok($$SELECT dp.predict('photos', ARRAY[1.0])$$, '22023', 'model "photos" takes images, not features', 'features for images');
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1.0])$$, '22023', 'row has 1 features, but the network takes 4', 'wrong number of features');
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[]::float8[])$$, '22023', 'row has 0 features, but the network takes 4', 'no features');
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1, 2, NULL, 4])$$, '22023', 'a feature is null or not a finite number of single precision', 'a NULL feature');
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1, 2, 'NaN'::float8, 4])$$, '22023', 'a feature is null or not a finite number of single precision', 'NaN');
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1, 2, 1e300, 4])$$, '22023', 'a feature is null or not a finite number of single precision', 'beyond single precision');
SELECT throws_ok($$SELECT dp.predict('price', ARRAY[1.0, 2, 3])$$, '22023', 'model "price" predicts values, not a class', 'the class of a regression');
SELECT throws_ok($$SELECT * FROM dp.predict_proba('price', ARRAY[1.0, 2, 3])$$, '22023', 'model "price" predicts values, not a class', 'its probabilities');
SELECT throws_ok($$SELECT dp.predict_value('flowers', ARRAY[1.0, 2, 3, 4])$$, '22023', 'model "flowers" predicts a class, not values', 'the value of a class');
SELECT throws_ok($$SELECT dp.predict_values('flowers', ARRAY[1.0, 2, 3, 4])$$, '22023', 'model "flowers" predicts a class, not values', 'or values');
SELECT throws_ok($$SELECT dp.predict_value('pair', ARRAY[1.0, 2])$$, '22023', 'model "pair" predicts 2 values, not one', 'one of several values');
SELECT throws_ok($$SELECT dp.predict('photos', 'nonsense'::bytea)$$, '22P03', NULL, 'broken bytes');
SELECT throws_ok($$SELECT dp.predict('photos', ''::bytea)$$, '22P03', NULL, 'no bytes');
SELECT throws_ok($$SELECT dp.predict('digits', image) FROM oracle_row WHERE model = 'photos' AND n = 4$$, '22023',
	'image is 8 x 9 x 1, but the network takes 6 x 5 x 1', 'another size where no input step resizes');
SELECT throws_ok($$SELECT dp.predict('digits', 'P6 5 6 255 '::bytea || decode(repeat('00', 90), 'hex'))$$, '22023',
	'image is 6 x 5 x 3, but the network takes 6 x 5 x 1', 'another colour');
SELECT throws_ok($$SELECT dp.predict_value('diverged', ARRAY[4])$$, '22003', 'model "diverged" gives an output that is not a finite number', 'an output that is not finite');
SELECT is(dp.predict_value('poster', convert_to(E'P5 1 1 255\n', 'UTF8') || '\xff'::bytea), 1::float8, 'one pixel, enlarged');

-- ---- damaged tables ----
CREATE FUNCTION pg_temp.damage(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	PERFORM set_config('datapower.model_cache', '1MB', true);
	PERFORM dp.predict_value(model, features) FROM oracle_row WHERE model LIKE 'big%';	-- throws the others out
	EXECUTE statement;
	PERFORM dp.predict('flowers', ARRAY[1.0, 2, 3, 4]);
	RETURN 'nothing noticed';
EXCEPTION WHEN data_corrupted THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN CASE WHEN hint = '' THEN 'no hint' WHEN SQLERRM <> 'stored model "flowers" version 1 is damaged' THEN SQLERRM ELSE detail END;
END $$;
SELECT is(pg_temp.damage('SELECT 1'), 'nothing noticed', 'a sound model');
SELECT matches(pg_temp.damage($$UPDATE dp.weights SET data[1] = data[1] + 1 WHERE tensor = 'bias' AND layer = 'dense_1'$$),
	'^The checksum is \d+, but \d+ was stored', 'one weight changed');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET network = '[{"dense": {"units": 5, "activation": "tanh"}}, {"dense": {"activation": "softmax"}}]' WHERE name = 'flowers'$$),
	'^The checksum is \d+', 'another activation');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET classes = '["lily", "iris", "it''s a rose"]' WHERE name = 'flowers'$$), '^The checksum is \d+', 'labels swapped');
SELECT is(pg_temp.damage($$DELETE FROM dp.weights WHERE tensor = 'bias' AND layer = 'dense_1'$$),
	'Tensor "bias" of layer "dense_1" is missing.', 'a row missing');
SELECT is(pg_temp.damage($$UPDATE dp.weights SET data = data[1:2] WHERE tensor = 'bias' AND layer = 'dense_1'$$),
	'The shape of tensor "bias" of layer "dense_1" is not that of the network.', 'numbers missing');
SELECT is(pg_temp.damage($$UPDATE dp.weights SET data[2] = NULL WHERE tensor = 'bias' AND layer = 'dense_1'$$),
	'The shape of tensor "bias" of layer "dense_1" is not that of the network.', 'a NULL among them');
SELECT is(pg_temp.damage($$UPDATE dp.weights SET shape = '{2147483647}' WHERE tensor = 'bias' AND layer = 'dense_1'$$),
	'The shape of tensor "bias" of layer "dense_1" is not that of the network.', 'another shape');
SELECT is(pg_temp.damage($$UPDATE dp.weights SET shape = '{}', data = '{}' WHERE tensor = 'kernel'$$),
	'The shape of tensor "kernel" of layer "dense_1" is not that of the network.', 'empty arrays');
SELECT is(pg_temp.damage($$UPDATE dp.models SET network = '{"dense": 1}' WHERE name = 'flowers'$$),
	'Its network cannot be read: invalid network. A network must be a JSON list.', 'a network that is no list');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET network = '[7]' WHERE name = 'flowers'$$), '^Its network cannot be read', 'nor of steps');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET network = '[]' WHERE name = 'flowers'$$), '^Its network does not fit', 'an empty network');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET network = '[{"dance": {}}]' WHERE name = 'flowers'$$),
	'^Its network does not fit: unrecognized layer "dance"', 'an unknown layer');
SELECT matches(pg_temp.damage($$UPDATE dp.models SET network = '[{"dense": {"units": 1e300}}]' WHERE name = 'flowers'$$), '^Its network does not fit', 'a huge layer');
SELECT is(pg_temp.damage($$UPDATE dp.models SET input = '{"kind": "features", "width": 1, "height": 1}' WHERE name = 'flowers'$$),
	'Column "input" of dp.models does not hold what it should.', 'an input without channels');
SELECT is(pg_temp.damage($$UPDATE dp.models SET classes = '["a"]' WHERE name = 'flowers'$$),
	'Column "classes" of dp.models does not hold what it should.', 'too few classes');
SELECT is(pg_temp.damage($$UPDATE dp.models SET loss = 'mse' WHERE name = 'flowers'$$),
	'Column "classes" of dp.models does not hold what it should.', 'a loss that does not go with classes');
SAVEPOINT checksum;
SELECT isnt(dp.predict('flowers', ARRAY[1.0, 2, 3, 4]), NULL, 'a model that is in memory');
UPDATE dp.models SET checksum = 1 WHERE name = 'flowers';
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4])$$, 'XX001', 'stored model "flowers" version 1 is damaged', 'is not used for another checksum');
ROLLBACK TO checksum;

-- ---- the output of a layer ----
SELECT ok((SELECT bool_and(cardinality(a) = cardinality(y) AND (SELECT bool_and(pg_temp.near(v, w)) FROM unnest(a, y) u(v, w))) AND count(*) = 102 FROM (
	SELECT e.y, CASE WHEN model = 'flowers' THEN dp.embed(model, features, layer) ELSE dp.embed(model, image, layer => layer) END AS a
	FROM oracle_embedding e JOIN oracle_row r USING (model, n)) s), 'outputs of layers, and of the one before the last dense layer');
SELECT is(dp.embed('flowers', ARRAY[1.0, 2, 3, 4]), dp.embed('flowers', ARRAY[1, 2, 3, 4], 'dense_1'), 'which is meant where none is named');
SELECT is(dp.embed(NULL, ARRAY[1.0]) IS NULL AND dp.embed('flowers', NULL::float8[]) IS NULL AND dp.embed('photos', NULL::bytea, 'x') IS NULL, true, 'NULL in, NULL out');
SELECT is((dp.embed('price', features, 'dense_2'))[1], dp.predict_value('price', features), 'the last layer gives the prediction') FROM oracle_row WHERE model = 'price' AND n = 0;
SELECT throws_ok($$SELECT dp.embed('flowers', ARRAY[1.0, 2, 3, 4], 'dense_3')$$, '22023', 'model "flowers" has no layer "dense_3"', 'a layer that does not exist');
DO $$ BEGIN PERFORM dp.embed('flowers', ARRAY[1.0, 2, 3, 4], 'no'); EXCEPTION WHEN invalid_parameter_value THEN
	DECLARE h text; BEGIN GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT; CREATE TEMP TABLE hint AS SELECT h; END; END $$;
SELECT is((SELECT h FROM hint), 'Its layers are "input", "dense_1", "dense_2".', 'with a list of those that do');
SELECT throws_ok($$SELECT dp.embed('photos', ARRAY[1.0, 2, 3, 4])$$, '22023', 'model "photos" takes images, not features', 'the wrong kind of input');
SELECT throws_ok($$SELECT dp.embed('diverged', ARRAY[8.0], 'dense_1')$$, '22003', NULL, 'an output that is not finite');

-- ---- the cache ----
SET LOCAL datapower.model_cache = '1MB';
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(model, features), y[1])) FROM (SELECT * FROM oracle_row, generate_series(1, 3) i
	WHERE model LIKE 'big%' ORDER BY i, model) s), 'two models that do not fit together take turns');
UPDATE dp.models SET network = '[{"dense": {"units": 5000, "activation": "relu"}}, {"dense": {}}]' WHERE name = 'price';
SELECT throws_ok($$SELECT dp.predict_value('price', ARRAY[1.0, 2, 3])$$, 'XX001', NULL, 'a model with too few weights');
UPDATE dp.models SET network = '[{"dense": {"units": 1000000, "activation": "relu"}}, {"dense": {}}]' WHERE name = 'price';
SELECT throws_ok($$SELECT dp.predict_value('price', ARRAY[1.0, 2, 3])$$, '54000', 'model "price" is too big for the model cache', 'a model over the setting');
UPDATE dp.models SET network = '[{"dense": {"units": 4, "activation": "tanh"}}, {"dense": {}}]' WHERE name = 'price';
RESET datapower.model_cache;

CREATE FUNCTION pg_temp.two_versions(OUT before text, OUT after text) LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	FOR i IN 1..2 LOOP
		answer := dp.predict('changing', ARRAY[1.0, -2, 1, 2]);
		IF i = 1 THEN before := answer; PERFORM oracle_second_version(); ELSE after := answer; END IF;
	END LOOP;
END $$;
SAVEPOINT before_change;
SELECT results_eq('SELECT * FROM pg_temp.two_versions()',
	$$SELECT (ARRAY['iris', 'lily', 'it''s a rose'])[o], (ARRAY['it''s a rose', 'lily', 'iris'])[o] FROM (
		SELECT array_position(ARRAY['iris', 'lily', 'it''s a rose'], dp.predict('flowers', ARRAY[1.0, -2, 1, 2])) o) s$$,
	'a new version is seen at once, also in a loop of PL/pgSQL');
SELECT isnt(dp.predict('changing', ARRAY[1.0, -2, 1, 2]), dp.predict('flowers', ARRAY[1.0, -2, 1, 2]), 'and afterwards');
ROLLBACK TO before_change;
SELECT is(dp.predict('changing', ARRAY[1.0, -2, 1, 2]), dp.predict('flowers', ARRAY[1.0, -2, 1, 2]), 'and no more once it is rolled back');
-- a transaction that began later has ended, so the rollback alone changes no snapshot
SAVEPOINT before_version;
SELECT oracle_second_version() IS NULL AS stored \gset
SAVEPOINT other;
CREATE TEMP TABLE nothing ();
ROLLBACK TO other;
SELECT dp.predict('changing', ARRAY[1.0, -2, 1, 2]) AS inside \gset
ROLLBACK TO before_version;
SELECT dp.predict('changing', ARRAY[1.0, -2, 1, 2]) AS outside \gset
SELECT isnt(:'inside'::text, :'outside', 'a version of a subtransaction is seen in it');
SELECT is(:'outside'::text, dp.predict('flowers', ARRAY[1.0, -2, 1, 2]), 'and not after its rollback');
SELECT dp.rename_model('changing', 'changed');
SELECT throws_ok($$SELECT dp.predict('changing', ARRAY[1.0, -2, 1, 2])$$, '42704', NULL, 'a renamed model has no old name');
SELECT is((SELECT count(DISTINCT dp.predict(m, ARRAY[1.0, -2, 1, 2])) FROM (VALUES ('changed'), ('flowers')) v(m)), 1::bigint, 'names that come from rows');

-- ---- other roles ----
CREATE ROLE dp_test_reader;
GRANT SELECT ON oracle_row TO dp_test_reader;
SET LOCAL ROLE dp_test_reader;
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4])$$, '42704', 'model "flowers" does not exist', 'a model of another role does not exist');
RESET ROLE;
SELECT dp.share_model('flowers', 'dp_test_reader');
SET LOCAL ROLE dp_test_reader;
SELECT lives_ok($$SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4])$$, 'until it is shared');
RESET ROLE;
SELECT dp.unshare_model('flowers', 'dp_test_reader');
SET LOCAL ROLE dp_test_reader;
SELECT throws_ok($$SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4])$$, '42704', NULL, 'and once that is taken back, though it is in memory');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
