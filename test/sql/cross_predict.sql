\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.cross_predict: each row by a network that has not seen it, and each of its errors once
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/cross_predict.sql'
\i :file

CREATE TABLE point AS SELECT i AS key, ARRAY[sin(i), cos(i * 0.7)] AS features,
	CASE WHEN i % 7 = 0 THEN 0 WHEN sin(i) + cos(i * 0.7) > 0 THEN 2 ELSE 1 END AS label FROM generate_series(1, 60) i;
\set dense '[{"dense": {"activation": "softmax"}}]'
\set trained '{"epochs": 600, "batch_size": 60, "optimizer": "sgd", "learning_rate": 0.5, "weight_decay": 0.02, "seed": 9, "workers": 0}'
CREATE FUNCTION pg_temp.fails(arguments text, code text, message text) RETURNS text LANGUAGE SQL AS $$
	SELECT throws_ok('CALL dp.cross_predict(' || arguments || ')', code::char(5), message, message) $$;

-- scikit-learn's answer
CALL dp.cross_predict('judged', 'point', :'dense', 4, :'trained');
SELECT is((SELECT count(*)::int FROM judged j JOIN oracle o USING (key, fold)), 60, 'every row is in the fold the oracle has it in');
SELECT ok((SELECT max(abs(p - q)) < 1e-4 FROM judged j JOIN oracle o USING (key), unnest(j.probabilities, o.probabilities) u (p, q)),
	'probabilities are those of scikit-learn''s logistic regression, fold by fold');
SELECT is((SELECT string_agg(key::text, ' ') FROM judged j JOIN point p USING (key) WHERE j.label <> p.label), NULL, 'labels are those of the source');
SELECT ok(bool_and(predicted = (SELECT n - 1 FROM unnest(probabilities) WITH ORDINALITY u (p, n) ORDER BY p DESC, n LIMIT 1)), 'predicted is the most probable class') FROM judged;
SELECT ok(bool_and(fold = dp.fold(key, 4, 9)), 'a fold is that of dp.fold') FROM judged;
SELECT is((SELECT string_agg(name || ' ' || classes, ', ' ORDER BY name) FROM dp.models), 'judged/1 [0, 1, 2], judged/2 [0, 1, 2], judged/3 [0, 1, 2], judged/4 [0, 1, 2]', 'a model for each fold, with the classes of all');
SELECT is((SELECT sum(60 - samples)::int FROM dp.runs), 60, 'each was trained without its fold');
SELECT ok((SELECT count(*) > 0 FROM dp.label_issues('judged')), 'dp.label_issues takes the result as it is');
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'judged'::regclass AND attnum > 0
	AND col_description(attrelid, attnum) IS NOT NULL), 'key bigint, fold integer, label bigint, predicted bigint, probabilities double precision[]', 'columns, each with a comment');
SELECT ok(bool_and(j.probabilities = dp.predict_probabilities('judged/' || fold, features)), 'what dp.predict_probabilities says of the model of the fold') FROM judged j JOIN point USING (key);

-- one row labelled otherwise changes what is said of every fold but its own, to the last bit
CREATE TABLE other AS SELECT key, features, CASE WHEN key = 11 THEN 3 - label ELSE label END AS label FROM point;
CALL dp.cross_predict('others', 'other', :'dense', 4, '{"epochs": 5, "seed": 9}');
CALL dp.cross_predict('same', 'point', :'dense'::jsonb, 4, '{"epochs": 5, "seed": 9}');
SELECT is((SELECT string_agg(DISTINCT fold::text, ' ') FROM others o JOIN same s USING (key, fold) WHERE o.probabilities = s.probabilities), dp.fold(11, 4, 9)::text, 'no row is judged by a network that has seen it');

-- names, other keys, rows without a label, weights, images
CREATE TYPE kind AS ENUM ('zebra', 'Ape', 'bear');
CREATE TABLE animal AS SELECT 'animal ' || key AS key, features[1] + label AS input, 1 + key % 3 AS weight,
	CASE WHEN key <= 50 THEN (enum_range(NULL::kind))[label + 1] END AS target FROM point;
CALL dp.cross_predict('"Judged animals"', 'SELECT * FROM animal;', :'dense', options => '{"epochs": 60, "learning_rate": 0.1}');
SELECT is((SELECT count(*) || ' ' || count(label) || ' ' || count(predicted) || ' ' || max(fold) || ' ' || bool_and(fold = dp.fold(key, 5)) FROM "Judged animals"), '60 50 60 5 true', 'rows without a label are predicted, too');
SELECT is((SELECT classes::text FROM dp.models WHERE name = 'Judged animals/3'), '["Ape", "bear", "zebra"]', 'classes in the order of bytes');
SELECT ok((SELECT avg((predicted = label)::int) > 0.6 FROM "Judged animals"), 'and they are learnt');
SELECT is((SELECT sum(samples)::int FROM dp.runs WHERE model LIKE 'Judged%'), 200, 'from the rows with one');
SELECT ok((SELECT count(*) = count(i.suggested) AND bool_and(i.label = label_of.target::text) FROM dp.label_issues('"Judged animals"') i JOIN animal label_of USING (key)), 'dp.label_issues finds the names itself');
SELECT is(round((SELECT sum(p) FROM "Judged animals", unnest(probabilities) p)::numeric, 3), 60.000, 'probabilities add up to 1');
CREATE TABLE pixel AS SELECT i AS key, convert_to('P5 4 4 255 ', 'latin1') || decode(repeat(lpad(to_hex(i % 2 * 200 + i), 2, '0'), 16), 'hex') AS image, i % 2 = 1 AS label FROM generate_series(1, 40) i;
CALL dp.cross_predict('pg_temp.pixels', 'pixel', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]', 2, '{"epochs": 60, "learning_rate": 0.1}');
SELECT ok((SELECT avg((predicted = label)::int) > 0.9 AND min(predicted) = 'false' AND max(label) = 'true' FROM pg_temp.pixels), 'images, and booleans as their classes');
CALL dp.cross_predict('two', 'SELECT key, features, label / 2 AS label FROM point', '[{"dense": {"activation": "sigmoid"}}]', 2, '{"epochs": 1, "loss": "binary_crossentropy"}');
SELECT ok((SELECT bool_and(cardinality(probabilities) = 2 AND abs(probabilities[1] + probabilities[2] - 1) < 1e-6) FROM two), 'one output for two classes is two probabilities');

-- going on
CREATE TABLE before AS SELECT key, probabilities, (SELECT count(*) FROM dp.runs) AS runs FROM same;
CALL dp.cross_predict('same', 'point', :'dense', 4, '{"epochs": 5, "seed": 9}');
SELECT is((SELECT count(*) FROM dp.runs), (SELECT max(runs) FROM before), 'a finished result is left alone');
UPDATE same SET probabilities = NULL, predicted = NULL WHERE fold = 2;
CALL dp.cross_predict('same', 'point', :'dense', 4, '{"epochs": 5, "seed": 9, "workers": 0}');
SELECT is((SELECT count(*) FROM dp.runs), (SELECT max(runs) + 1 FROM before), 'a fold that is not is made again');
SELECT ok((SELECT bool_and(s.probabilities = b.probabilities) FROM same s JOIN before b USING (key)), 'with the same bits');
SELECT pg_temp.fails($$'same', 'point', '[{"dense": {"activation": "softmax"}}]', 4, '{"epochs": 6, "seed": 9}'$$, '55000', '"same" has predictions that these arguments have not made');
SELECT pg_temp.fails($$'same', 'point', '[{"dense": {"units": 5}}, {"dense": {"activation": "softmax"}}]', 4, '{"epochs": 5, "seed": 9}'$$, '55000', '"same" has predictions that these arguments have not made');
SELECT pg_temp.fails($$'same', 'point', '[{"dense": {"activation": "softmax"}}]', 4, '{"epochs": 5, "seed": 8}'$$, '55000', '"same" has predictions of other rows, labels or folds');
SELECT pg_temp.fails($$'same', 'other', '[{"dense": {"activation": "softmax"}}]', 4, '{"epochs": 5, "seed": 9}'$$, '55000', '"same" has predictions of other rows, labels or folds');
SELECT pg_temp.fails($$'same', 'SELECT * FROM point WHERE key > 1', '[{"dense": {"activation": "softmax"}}]', 4, '{"epochs": 5, "seed": 9}'$$, '55000', '"same" has predictions of other rows, labels or folds');
SELECT pg_temp.fails($$'same', 'SELECT * FROM point UNION ALL SELECT 61, features, label FROM point WHERE key = 1', '[{"dense": {"activation": "softmax"}}]', 4, '{"epochs": 5, "seed": 9}'$$, '55000', '"same" has predictions of other rows, labels or folds');
CALL dp.cross_predict('same', 'other', :'dense', 4, '{"epochs": 5, "seed": 9, "resume": false}');
SELECT ok((SELECT bool_and(s.probabilities = o.probabilities) FROM same s JOIN others o USING (key)), '"resume": false starts over');

-- a table of one's own
CREATE TABLE mine (seen timestamptz DEFAULT now(), probabilities float8[], predicted text, label text, fold int, key bigint);
CALL dp.cross_predict('mine', $$SELECT key, features, 'kind ' || label AS label FROM point$$, :'dense', 2, '{"epochs": 1}');
SELECT is((SELECT count(predicted) || ' ' || min(label) FROM mine WHERE seen IS NOT NULL), '60 kind 0', 'may be in another order and have more columns');
CREATE VIEW view AS SELECT * FROM mine;
SELECT pg_temp.fails($$'view', 'point', 'resnet', 2$$, '42809', '"view" cannot take the predictions');
SELECT pg_temp.fails($$'mine', 'point', 'resnet', 2$$, '42809', '"mine" cannot take the predictions');
SELECT pg_temp.fails($$'point', 'point', 'resnet', 2$$, '42809', '"point" cannot take the predictions');
SELECT pg_temp.fails($$'a.b.c', 'point', 'resnet', 2$$, '42602', 'invalid value for parameter "result": "a.b.c"');
SELECT pg_temp.fails($$'', 'point', 'resnet', 2$$, '42602', 'invalid value for parameter "result": ""');
SELECT pg_temp.fails($$'nowhere.judged', 'point', 'resnet', 2$$, '3F000', 'schema "nowhere" does not exist');

-- arguments and rows
SELECT pg_temp.fails($$NULL, 'point', 'resnet'$$, '22004', '"result" must not be null');
SELECT pg_temp.fails($$'r', NULL, 'resnet'$$, '22004', '"source" must not be null');
SELECT pg_temp.fails($$'r', 'point', NULL::text$$, '22004', '"network" must not be null');
SELECT pg_temp.fails($$'r', 'point', NULL::jsonb$$, '22004', '"network" must not be null');
SELECT pg_temp.fails($$'r', 'point', 'resnet', NULL$$, '22004', '"folds" must not be null');
SELECT pg_temp.fails($$'r', 'point', 'resnet', 1$$, '22023', 'invalid value for parameter "folds": 1');
SELECT pg_temp.fails($$'r', 'point', 'resnet', 1001$$, '22023', 'invalid value for parameter "folds": 1001');
SELECT pg_temp.fails($$'r', 'point', 'resnet', 61$$, '22023', '61 folds are more than the source has rows: 60');
SELECT pg_temp.fails($$'r', 'nowhere', 'resnet'$$, '42P01', 'relation "nowhere" does not exist');
SELECT pg_temp.fails($$'r', 'SELECT features, label FROM point', 'resnet'$$, '42703', 'the source has no column "key"');
SELECT pg_temp.fails($$'r', 'SELECT key, features FROM point', 'resnet'$$, '42703', 'the source has no column "label" or "target"');
SELECT pg_temp.fails($$'r', 'SELECT key, features, 0.5 AS label FROM point', 'resnet'$$, '42804', 'column "label" of the source has type numeric');
SELECT pg_temp.fails($$'r', 'SELECT key, now() AS features, label FROM point', 'resnet'$$, '42804', 'column "features" of the source has type timestamp with time zone');
SELECT pg_temp.fails($$'r', 'SELECT * FROM point WHERE false', 'resnet'$$, '22000', 'the source has no rows');
SELECT pg_temp.fails($$'r', 'SELECT nullif(key, 7) AS key, features, label FROM point', 'resnet'$$, '22004', '"key" must not be null');
SELECT pg_temp.fails($$'r', 'SELECT key / 2 AS key, features, label FROM point', 'resnet'$$, '23505', 'key "1" of the source is that of several rows');
SELECT pg_temp.fails($$'r', 'SELECT key, features, 1 AS label FROM point', 'resnet'$$, '22000', 'all rows of the source have the label "1"');
SELECT pg_temp.fails($$'r', 'SELECT key, features, NULL::text AS label FROM point', 'resnet'$$, '22000', 'no row of the source has a label');
SELECT pg_temp.fails($$'r', 'SELECT key, features, CASE key WHEN 20 THEN 9 ELSE label END AS label FROM point', 'resnet'$$, '22000', 'all rows with the label "9" are in fold ' || dp.fold(20, 5));
SELECT pg_temp.fails($$'r', 'point', 'resnet', options => '{"folds": 3}'$$, '22023', 'unrecognized option "folds"');
SELECT pg_temp.fails($$'r', 'point', 'resnet', options => '{"loss": "mse"}'$$, '22023', 'the loss "mse" is not for classes');
SELECT pg_temp.fails($$'r', 'point', 'resnet', options => '{"on_error": "skip"}'$$, '22023', 'the option "on_error": "skip" is not for predictions of every row');
SELECT pg_temp.fails($$'r', 'point', 'resnet', options => '{"early_stopping": 3}'$$, '22023', 'the option "early_stopping" needs a validation');
SELECT throws_ok($$CALL dp.cross_predict('r', 'point', '[{"dense": {"activation": "softmax"}}]', options => '{"classes": [0, 1]}')$$, '22000', NULL, 'a label that is none of the classes given');
SELECT is(to_regclass('r'), NULL, 'an error leaves no table');
CALL dp.cross_predict('wide', 'point', :'dense', 2, '{"epochs": 1, "classes": [5, 2, 1, 0]}');
SELECT is((SELECT min(cardinality(probabilities)) || ' ' || (SELECT classes FROM dp.models WHERE name = 'wide/1') FROM wide), '4 [0, 1, 2, 5]', 'classes may be more than occur');

-- dp.train with given classes
\set given 'CALL dp.train(''given'', ''point'', ''[{"dense": {"activation": "softmax"}}]'', '
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": [0, 1]}')$$, '22000', NULL, 'a label that is none of the classes');
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": [0, 1, 2, 2]}')$$, '22023', 'invalid value for parameter "classes"', 'one twice');
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": [0, 1, "02"]}')$$, '22023', 'invalid value for parameter "classes"', 'one that is no integer');
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": [0, 1, [2]]}')$$, '22023', 'invalid value for parameter "classes"', 'or no class at all');
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": [0]}')$$, '22023', 'invalid value for parameter "classes"', 'or only one');
SELECT throws_ok(:'given' || $$'{"epochs": 1, "classes": {"0": 1}}')$$, '22023', 'invalid value for parameter "classes"', 'or not a list');
SELECT lives_ok(:'given' || $$'{"epochs": 1, "on_error": "skip", "classes": [-1, "0", 1], "class_weights": "balanced"}')$$, 'rows of other classes left out');
SELECT is((SELECT skipped || ' ' || classes FROM dp.runs JOIN dp.models USING (run_id) WHERE name = 'given'), (SELECT count(*) FROM point WHERE label = 2) || ' [-1, 0, 1]', 'and counted; the classes are those given, in their order');
SELECT is((SELECT count(*)::int FROM dp.predict_proba('given', ARRAY[0, 0])), 3, 'one that did not occur is among them');
SELECT lives_ok($$CALL dp.train('texts', 'SELECT key, features, label::text FROM point', '[{"dense": {"activation": "softmax"}}]', '{"epochs": 1, "classes": ["2", "10", "1", "0"]}')$$, 'names of classes');
SELECT is((SELECT classes::text FROM dp.models WHERE name = 'texts'), '["0", "1", "10", "2"]', 'in the order of bytes');

-- probabilities in the order of the classes
SELECT is(dp.predict_probabilities('texts', ARRAY[0.1, 0.2]), (SELECT array_agg(probability ORDER BY class COLLATE "C") FROM dp.predict_proba('texts', ARRAY[0.1, 0.2])), 'dp.predict_probabilities has those of dp.predict_proba');
SELECT is(dp.predict_probabilities(dp.model_value('texts'), ARRAY[0.1, 0.2]), dp.predict_probabilities('texts', ARRAY[0.1, 0.2]), 'of a model as a value, too');
SELECT is(dp.predict_probabilities('pixels/1', image), dp.predict_probabilities(dp.model_value('pixels/1'), image), 'and of an image') FROM pixel WHERE key = 1;
SELECT is(dp.predict_probabilities('texts', NULL::float8[]), NULL, 'none of NULL');
CALL dp.train('values', 'SELECT key, features, features[1] AS target FROM point', '[{"dense": {}}]', '{"epochs": 1}');
SELECT throws_ok($$SELECT dp.predict_probabilities('values', ARRAY[1, 1])$$, '22023', 'model "values" predicts values, not a class', 'nor of values');

-- rows that are others each time the source is read
SELECT throws_like($$CALL dp.cross_predict('fickle', 'SELECT key + (random() * 1e15)::bigint AS key, features, label FROM point', '[{"dense": {"activation": "softmax"}}]', 2, '{"epochs": 1}')$$,
	'there is no prediction for the row with key "%"', 'keys that change');
SELECT throws_like($$CALL dp.cross_predict('fickle2', 'SELECT key, CASE WHEN EXISTS (SELECT FROM dp.models WHERE name = ''fickle2/1'') AND key < 20 THEN NULL ELSE features END AS features, label FROM point', '[{"dense": {"activation": "softmax"}}]', 2, '{"epochs": 1}')$$,
	'there is no prediction for the row with key "%"', 'features that go');

-- without the tables of models
CREATE ROLE reader_of_points;
GRANT SELECT ON point TO reader_of_points;
CREATE SCHEMA AUTHORIZATION reader_of_points;
SET ROLE reader_of_points;
SELECT throws_ok($$CALL dp.cross_predict('reader_of_points.r', 'point', '[{"dense": {"activation": "softmax"}}]')$$, '42501', 'permission denied to train models', 'who may not train');
SELECT throws_ok($$CALL dp.cross_predict('mine', 'SELECT key, features, label::text FROM point', '[{"dense": {"activation": "softmax"}}]', 2)$$, '42501', 'permission denied for table mine', 'or not write');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
