\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.train: losses, what labels they take, and the options that belong to some of them
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(18);

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
SELECT pg_temp.fails('SELECT features, y AS target FROM point', '22023', 'the option "class_weights" is for classes, not for values', '{"class_weights": "balanced"}', '[{"dense": {}}]');
SELECT * FROM finish();
ROLLBACK;
