\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- evaluation, against PyTorch and scikit-learn (test/oracle/predict.py)
BEGIN;
\getenv dir PG_ABS_SRCDIR
\set data :dir '/data/predict.sql'
\i :data
SELECT plan(34);

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE SQL AS
	$$ SELECT abs(a - b) <= 1e-5 * greatest(1, abs(b)) $$;

CREATE FUNCTION pg_temp.detail(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;

CREATE TEMP VIEW measured AS
	SELECT m.model, m.weighted, e.metric, e.value FROM (SELECT DISTINCT model, weighted FROM oracle_metric) m,
	dp.evaluate(m.model, format('SELECT features, label%s AS label%s FROM oracle_row WHERE model = %L',
		CASE m.model WHEN 'price' THEN '::float8' WHEN 'pair' THEN '::float8[]' ELSE '' END,
		CASE WHEN m.weighted THEN ', weight' ELSE '' END, m.model)) e;
SELECT is_empty($$SELECT * FROM measured FULL JOIN oracle_metric o USING (model, weighted, metric)
	WHERE (measured.value IS NULL OR o.value IS NULL OR NOT pg_temp.near(measured.value, o.value)) AND (model, metric) <> ('pair', 'rmse')$$,
	'the measures of scikit-learn, with weights and without');
SELECT is((SELECT count(*) FROM measured), 75::bigint + 3, 'all of them');
SELECT results_eq($$SELECT * FROM dp.confusion('flowers', 'SELECT features, label FROM oracle_row WHERE model = ''flowers''') ORDER BY 1, 2$$,
	$$SELECT label, dp.predict('flowers', features), count(*) FROM oracle_row WHERE model = 'flowers' GROUP BY 1, 2 ORDER BY 1, 2$$,
	'confusion counts what predict says, labels never learnt included');
SELECT results_eq($$SELECT value FROM dp.evaluate('digits', 'SELECT image, label::integer FROM oracle_row WHERE model = ''digits''') WHERE metric = 'accuracy'$$,
	$$SELECT avg((dp.predict('digits', image) = label)::integer)::float8 FROM oracle_row WHERE model = 'digits'$$, 'accuracy on images');
SELECT throws_ok($$SELECT * FROM dp.confusion('price', 'oracle_row')$$, '22023', 'model "price" predicts values, not a class', 'no confusion of values');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label FROM oracle_row WHERE false')$$, '22000', 'the source has no rows to evaluate', 'nothing to evaluate');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT image, label FROM oracle_row')$$, '22023',
	'model "flowers" takes features, but the source has images', 'the wrong input');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, 1.5 AS label FROM oracle_row')$$, '22023',
	'model "flowers" predicts a class, but the label of the source is not text or an integer', 'the wrong label');
SELECT throws_ok($$SELECT * FROM dp.evaluate('price', 'SELECT features, label FROM oracle_row')$$, '22023',
	'model "price" predicts values, but the label of the source is not a number', 'or text for values');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label FROM oracle_row WHERE model IN (''flowers'', ''price'')')$$, '22023',
	'row has 3 features, but the network takes 4', 'a row that does not fit');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'oracle_row', 'ignore')$$, '22023', 'unrecognized on_error "ignore"', 'an unknown way out');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, NULL::text AS label FROM oracle_row')$$, '22023', 'label is null', 'a NULL label');
SELECT matches(pg_temp.detail($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, NULL::text AS label, repeat(''é'', 1000) AS key FROM oracle_row')$$),
	'^It is the row with key "é{48}\.\.\." of the source\.$', 'which row it is');
SELECT throws_ok($$SELECT * FROM dp.evaluate('price', 'SELECT features, NULL::float8 AS target FROM oracle_row')$$, '22023', 'target is null or not finite', 'a NULL target');
SELECT throws_ok($$SELECT * FROM dp.evaluate('price', 'SELECT features, ARRAY[1, 2] AS target FROM oracle_row')$$, '22023',
	'row has 2 targets, but the model predicts 1 values', 'two targets for one output');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label, -1 AS weight FROM oracle_row')$$, '22023',
	'weight must be a finite number that is not negative', 'a negative weight');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label, 0 AS weight FROM oracle_row WHERE model = ''flowers''')$$, '22000',
	'the weights of the source are all zero', 'weights without any');
SELECT throws_ok($$SELECT * FROM dp.evaluate('price', 'SELECT features, true AS label FROM oracle_row')$$, '22023',
	'model "price" predicts values, but the label of the source is not a number', 'a boolean for values');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT NULL::float8[] AS features, label FROM oracle_row')$$, '22023', 'features are null', 'NULL features');
SELECT throws_ok($$SELECT * FROM dp.evaluate('digits', 'SELECT NULL::bytea AS image, label FROM oracle_row')$$, '22023', 'image is null', 'a NULL image');
SELECT throws_ok($$SELECT * FROM dp.evaluate('digits', 'SELECT ''x''::bytea AS image, label FROM oracle_row')$$, '22P03', NULL, 'a broken image');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_ok($$SELECT * FROM dp.evaluate('poster', 'SELECT image, 1.5 AS target FROM oracle_row')$$, '54000', 'model "poster" is too big to be evaluated',
	'a model over the memory limit');
RESET datapower.memory_limit;
SELECT throws_ok($$SELECT * FROM dp.evaluate('nobody', 'oracle_row')$$, '42704', 'model "nobody" does not exist', 'an unknown model');
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT ''{1,2,3,4}''::float8[] AS features, i::text AS label FROM generate_series(1, 100010) i')$$, '54000',
	'the source has too many labels that the model has not learnt', 'labels without end');
SELECT is_empty($$SELECT * FROM dp.evaluate('flowers', NULL)$$, 'NULL source');
SELECT is((SELECT value FROM dp.evaluate('price', 'SELECT features, 1.5 AS target FROM oracle_row WHERE model = ''price''') WHERE metric = 'r2'), NULL,
	'no r2 of a constant target');
SELECT is((SELECT count(*) FROM dp.evaluate('answers', $$SELECT features, 'no' AS label FROM oracle_row WHERE model = 'answers'$$) WHERE metric IN ('auc', 'average_precision') AND value IS NULL), 2::bigint,
	'nothing to rank among rows of one class');
SELECT is((SELECT round(value::numeric, 9) FROM dp.evaluate('answers', $$SELECT features, label FROM oracle_row WHERE model = 'answers' AND label <> 'perhaps'$$) WHERE metric = 'auc'),
	(SELECT round(dp.auc(p.probability, label = 'yes')::numeric, 9) FROM oracle_row, dp.predict_proba('answers', features) p WHERE model = 'answers' AND label <> 'perhaps' AND p.class = 'yes'), 'the area is that of dp.auc');
SET LOCAL client_min_messages = warning;
SELECT is((SELECT sum(count) FROM dp.confusion('flowers', 'SELECT features, label FROM oracle_row WHERE model IN (''flowers'', ''price'')', on_error => 'skip')),
	40::numeric, 'rows that do not fit are left out where asked');
RESET client_min_messages;
SET LOCAL datapower.model_cache = '1MB';
SELECT ok((SELECT value < 1e-3 FROM dp.evaluate('big one', 'SELECT features, dp.predict_value(''big two'', features) - 1 AS target
	FROM oracle_row, generate_series(1, 300) WHERE model = ''big one''') WHERE metric = 'mse'), 'a source that pushes the model out of the cache');
SELECT is((SELECT value FROM dp.evaluate('big one', 'SELECT features, 0.5 AS target FROM oracle_row, generate_series(1, 1000) i
	WHERE model = ''big one'' AND (i <= 32 OR dp.predict_value(''big two'', features) + dp.predict_value(''price'', ARRAY[i, 2, 3]) IS NULL)') WHERE metric = 'mse'),
	(SELECT value FROM dp.evaluate('big one', 'SELECT features, 0.5 AS target FROM oracle_row WHERE model = ''big one''') WHERE metric = 'mse'),
	'also behind the last row');
RESET datapower.model_cache;

-- ---- other roles ----
CREATE ROLE dp_test_reader;
GRANT SELECT ON oracle_row TO dp_test_reader;
SET LOCAL ROLE dp_test_reader;
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'oracle_row')$$, '42704', NULL, 'a model of another role does not exist');
RESET ROLE;
SELECT dp.share_model('flowers', 'dp_test_reader');
SET LOCAL ROLE dp_test_reader;
SELECT isnt_empty($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label FROM oracle_row WHERE model = ''flowers''')$$, 'until it is shared');
RESET ROLE;
REVOKE SELECT ON oracle_row FROM dp_test_reader;
SET LOCAL ROLE dp_test_reader;
SELECT throws_ok($$SELECT * FROM dp.evaluate('flowers', 'SELECT features, label FROM oracle_row')$$, '42501', NULL, 'the source is read as the caller');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
