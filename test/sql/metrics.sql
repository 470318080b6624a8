\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- metrics as mergeable aggregates
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/statistics.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';

-- against scikit-learn, serial
CREATE TEMP VIEW ours AS
SELECT v.* FROM (
	SELECT dp.accuracy(actual, predicted) AS accuracy, dp.precision(actual, predicted) AS p, dp.precision(actual, predicted, 2) AS p2,
		dp.recall(actual, predicted) AS r, dp.recall(actual, predicted, 2) AS r2, dp.f1(actual, predicted) AS f, dp.f1(actual, predicted, 2) AS f2,
		dp.auc(score, positive) AS auc, dp.log_loss(probability, positive) AS log_loss,
		dp.rmse(a, estimate) AS rmse, dp.mae(a, estimate) AS mae, dp.r2(a, estimate) AS rr
	FROM numbers) s,
LATERAL (VALUES ('accuracy', accuracy), ('precision', p), ('precision of 2', p2), ('recall', r), ('recall of 2', r2), ('f1', f), ('f1 of 2', f2),
	('auc', auc), ('log_loss', log_loss), ('rmse', rmse), ('mae', mae), ('r2', rr)) v(name, value);
SELECT ok(pg_temp.near(o.value, e.value), name) FROM ours o LEFT JOIN expected e USING (name) ORDER BY name;
SELECT ok(pg_temp.near(dp.f1('class ' || actual, 'class ' || predicted), (SELECT value FROM expected WHERE name = 'f1')), 'f1 of text') FROM numbers;
SELECT ok(pg_temp.near(dp.f1(actual::text, predicted::text, '2'), (SELECT value FROM expected WHERE name = 'f1 of 2')), 'f1 of one text') FROM numbers;
SELECT ok(pg_temp.near(dp.f1(actual = 2, predicted = 2), (SELECT value FROM expected WHERE name = 'f1 of 2')), 'f1 of booleans is that of true') FROM numbers;
SELECT ok(pg_temp.near(dp.recall(actual = 2, predicted = 2), (SELECT value FROM expected WHERE name = 'recall of 2')), 'and so is recall') FROM numbers;
SELECT ok(pg_temp.near(dp.precision(actual = 2, predicted = 2), (SELECT value FROM expected WHERE name = 'precision of 2')), 'and precision') FROM numbers;
SELECT ok(pg_temp.near(dp.accuracy(actual::smallint, predicted::smallint), 0.7335), 'smallint') FROM numbers;

-- values to keep, and what they tell
SELECT is(string_agg(format('%s %s %s %s %s %s %s', class, n_actual, n_predicted, n_correct, "precision", recall, round(f1::numeric, 3)), '; '),
	'b 2 1 1 1 0.5 0.667; c 1 2 1 0.5 1 0.667; d 0 1 0 0 0 0.000; ä 1 0 0 0 0 0.000', 'scores by class')
FROM (SELECT dp.count_classes(a, p) FROM (VALUES ('b', 'b'), ('b', 'c'), ('c', 'c'), ('ä', 'd'), ('b', NULL), (NULL, 'c')) v(a, p)) c(counts), dp.class_scores(counts);
SELECT is(dp.count_classes(a, p)::text, '3 -1 "" 1 0 0 "a \"quoted\" \\ one" 0 1 0 "b" 1 1 1', 'labels are quoted') FROM (VALUES ('b', 'b'), ('', 'a "quoted" \ one')) v(a, p);
SELECT is(dp.count_classes(a, p)::text::dp.class_counts::text, dp.count_classes(a, p)::text, 'and read back') FROM (VALUES ('b', 'b'), ('', 'a "quoted" \ one')) v(a, p);

-- merged from stored parts
CREATE TEMP TABLE parts AS SELECT i % 6 AS day, dp.count_classes(actual, predicted) AS counts, dp.bin_scores(score, positive) AS bins, dp.sum_errors(a, estimate) AS errors
FROM numbers GROUP BY 1;
SELECT ok(pg_temp.near(v.value, e.value), name || ' merged from parts')
FROM (SELECT dp.merge(counts) AS c, dp.merge(bins) AS b, dp.merge(errors) AS e FROM parts) s,
LATERAL (VALUES ('accuracy', dp.accuracy(c)), ('precision', dp.precision(c)), ('recall', dp.recall(c)), ('f1', dp.f1(c)), ('auc', dp.auc(b)),
	('rmse', dp.rmse(s.e)), ('mae', dp.mae(s.e)), ('r2', dp.r2(s.e))) v(name, value) JOIN expected e USING (name) ORDER BY name;
SELECT is(dp.merge(counts)::text, (SELECT dp.count_classes(actual, predicted)::text FROM numbers), 'counts merge exactly') FROM parts;
SELECT is(dp.merge(bins)::text, (SELECT dp.bin_scores(score, positive)::text FROM numbers), 'so do up to 4096 distinct scores') FROM parts;
SELECT ok(dp.merge(counts) IS NULL AND dp.merge(bins) IS NULL AND dp.merge(errors) IS NULL, 'nothing merged is NULL') FROM parts WHERE false;
SELECT ok(dp.class_counts_merge(NULL, NULL) IS NULL AND dp.score_bins_merge(NULL, NULL) IS NULL AND dp.errors_merge(NULL, NULL) IS NULL, 'NULL merged with NULL is NULL');

-- many distinct scores: numpy 1.24.2 and scikit-learn 1.2.1 over the same integers
CREATE TEMP TABLE fine AS SELECT i, (i * 7919 % 100003) / 100003.0::float8 AS score, (i * 7919 % 100003) + (i * 104729 % 60000) > 80000 AS positive FROM generate_series(1, 100000::bigint) i;
SELECT dp.auc(score, positive) AS auc, dp.bin_scores(score, positive)::text AS bins FROM fine \gset fine_
SELECT ok(abs(:fine_auc - 0.9399958831759984) < 0.00001, 'many scores');
SELECT is(dp.bin_scores(score, positive)::text, :'fine_bins', 'the same bins in ascending order') FROM (SELECT * FROM fine ORDER BY score) f;
SELECT is(dp.bin_scores(score, positive)::text, :'fine_bins', 'positives first') FROM (SELECT * FROM fine ORDER BY positive DESC, score DESC) f;
SELECT is(dp.merge(b)::text, :'fine_bins', 'merged from ' || count(*) || ' parts') FROM (SELECT n, dp.bin_scores(score, positive) FROM fine, unnest(ARRAY[10, 100]) n GROUP BY n, i % n) p(n, b) GROUP BY n;
SELECT is(dp.merge(b)::text, :'fine_bins', 'merged from parts of all sizes and scores') FROM (SELECT dp.bin_scores(score, positive) FROM fine GROUP BY floor(log(2, (score * 1e6 + 1)::numeric))) p(b);
SELECT is(dp.auc(dp.merge(b)), :fine_auc::float8, 'and so the same area') FROM (SELECT dp.bin_scores(score, positive) FROM fine GROUP BY i % 100) p(b);
SELECT ok(pg_column_size(dp.bin_scores(score, positive)) < 100000, 'the state stays small') FROM fine;
-- a classifier that is sure of itself: near half of the scores lie within 0.001 of 0 or 1 (scikit-learn 1.2.1: 0.7111591820000001)
SELECT ok(abs(dp.auc(1 / (1 + exp(-z)), positive) - 0.7111591820000001) < 0.00001, 'scores that crowd at 0 and 1')
FROM (SELECT (i * 7919 % 100003) / 4000.0 - 12.5 + CASE WHEN i % 2 = 0 THEN 3 ELSE -3 END, i % 2 = 0 FROM generate_series(1, 100000::bigint) i) v(z, positive);

-- in parallel
CREATE TABLE many AS SELECT n.* FROM numbers n, generate_series(1, 10) j;
ANALYZE many;
CREATE TABLE many_scores AS SELECT * FROM fine;
CREATE TABLE digits AS SELECT i, i * 7919 % 100003 % 10 AS a, i * 104729 % 100019 % 10 AS b FROM generate_series(0, 199999::bigint) i;
ANALYZE many_scores, digits;
SELECT 1 - sum((a - b) * (a - b))::numeric * count(*) / (count(*) * sum(a * a) - sum(a) * sum(a)) AS r2 FROM digits \gset exact_
SELECT ok(abs(dp.r2(a, b) - (:exact_r2)) < 1e-14 * abs((:exact_r2)::float8), 'values that repeat lose no digits') FROM digits;
SELECT ok(abs(dp.r2(e) - (:exact_r2)) < 1e-13 * abs((:exact_r2)::float8), 'nor in parts') FROM (SELECT dp.merge(e) FROM (SELECT dp.sum_errors(a, b) FROM digits GROUP BY i % 100) p(e)) m(e);
SELECT ok(abs((dp.scaler_scale(dp.fit_scaler(a, 'standard')))[1] / stddev_pop(a)::float8 - 1) < 1e-14, 'nor does a scaler') FROM digits;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT matches(pg_temp.plan($$SELECT dp.f1(actual, predicted), dp.f1(actual, predicted, 2), dp.auc(score, positive), dp.log_loss(probability, positive), dp.rmse(a, estimate) FROM many$$),
	'Partial Aggregate', 'metrics are measured in parallel');
SELECT dp.f1(actual, predicted) AS f1, dp.f1(actual, predicted, 2) AS f1_of_2, dp.auc(score, positive) AS auc, dp.log_loss(probability, positive) AS log_loss, dp.rmse(a, estimate) AS rmse, dp.r2(a, estimate) AS r2 FROM many \gset p_
SELECT ok(pg_temp.near(v.value, e.value), name || ' in parallel') FROM expected e
JOIN (VALUES ('f1', :p_f1), ('f1 of 2', :p_f1_of_2), ('auc', :p_auc), ('log_loss', :p_log_loss), ('rmse', :p_rmse), ('r2', :p_r2)) v(name, value) USING (name) ORDER BY name;
SELECT matches(pg_temp.plan('SELECT dp.bin_scores(score, positive) FROM many_scores'), 'Partial Aggregate', 'scores are binned in parallel');
SELECT is(dp.bin_scores(score, positive)::text, :'fine_bins', 'into the same bins') FROM many_scores;
SELECT ok(abs(dp.r2(a, b) - (:exact_r2)) < 1e-14 * abs((:exact_r2)::float8), 'r2 of values that repeat') FROM digits;
SET LOCAL max_parallel_workers_per_gather = 0;

-- NULL, empty, one row, constant
SELECT is(ARRAY[dp.accuracy(a, b), dp.precision(a, b), dp.recall(a, b), dp.f1(a, b), dp.rmse(a, b), dp.mae(a, b), dp.r2(a, b)], '{NULL,NULL,NULL,NULL,NULL,NULL,NULL}', 'no rows') FROM (VALUES (1, 2)) v(a, b) WHERE false;
SELECT is(ARRAY[dp.accuracy(a, b), dp.f1(a, b), dp.rmse(a, b), dp.auc(a, b = 1), dp.log_loss(a, b = 1)], '{NULL,NULL,NULL,NULL,NULL}', 'only rows with a NULL') FROM (VALUES (1, NULL), (NULL, 1)) v(a, b);
SELECT is(ARRAY[dp.accuracy(a, b), dp.f1(a, b), dp.rmse(a, b), dp.mae(a, b), dp.r2(a, b), dp.auc(a, true), dp.log_loss(a, true)], '{0,0,1,1,NULL,NULL,2.2204460492503136e-16}', 'one row') FROM (VALUES (1, 2)) v(a, b);
SELECT is(dp.auc(0.5, i % 2 = 0), 0.5::float8, 'equal scores tell nothing') FROM generate_series(1, 10) i;
SELECT is(ARRAY[dp.r2(3, i), dp.r2(3, 3)], '{0,1}', 'r2 of a constant') FROM generate_series(1, 3) i;
SELECT is(ARRAY[dp.rmse(x, 1), dp.mae(x, 1), dp.r2(x, 1)], '{NaN,NaN,NaN}', 'NaN stays NaN') FROM (VALUES (1.0), ('NaN')) v(x);
SELECT is(dp.log_loss(p, true), 'NaN'::float8, 'of a probability, too') FROM (VALUES (0.5), ('NaN')) v(p);
SELECT is(dp.f1(a, b, 9), 0::float8, 'a class that never occurs') FROM (VALUES (1, 2), (1, 1)) v(a, b);
SELECT is(dp.accuracy('0 -1'::dp.class_counts), NULL, 'counts of nothing');

-- errors
SELECT throws_ok($$SELECT dp.auc('NaN'::float8, true)$$, '22023', 'score is not a finite number', 'a score that is not a number');
SELECT throws_ok($$SELECT dp.auc('Infinity'::float8, true)$$, '22023', 'score is not a finite number', 'an infinite score');
SELECT throws_ok($$SELECT dp.log_loss(1.5, true)$$, '22023', 'invalid value for parameter "probability": 1.5', 'a probability above 1');
SELECT throws_ok($$SELECT dp.f1(1, 1, i) FROM generate_series(1, 2) i$$, '22023', 'the positive class must be the same for every row', 'a positive class that changes');
SELECT throws_ok($$SELECT dp.f1(1, 1, NULL::bigint)$$, '22004', '"positive" must not be null', 'a positive class that is NULL');
SELECT throws_ok($$SELECT dp.f1(i, i) FROM generate_series(1, 10001) i$$, '54000', 'more than 10000 classes', 'too many classes');
SELECT throws_ok($$SELECT dp.f1(repeat('x', 1001), 'y')$$, '54000', 'class label is longer than 1000 bytes', 'a label that is a document');
SELECT throws_ok($$SELECT dp.merge(c) FROM (VALUES ('1 -1 "a" 9007199254740992 9007199254740992 0'::dp.class_counts), ('1 -1 "a" 1 1 1')) v(c)$$, '54000', 'class counts count too many rows', 'more rows than can be counted');
SELECT throws_ok(format('SELECT %L::%s', t, type), '22P02', format('invalid input syntax for type %s: "%s"', type, t), format('%s refused: %s', type, t))
FROM (VALUES ('dp.class_counts', ''), ('dp.class_counts', '1 -1'), ('dp.class_counts', '1 1 "a" 1 1 1'), ('dp.class_counts', '1 -1 "a" 1 1 2'), ('dp.class_counts', '1 -1 "a" 1 2 1'),
	('dp.class_counts', '2 -1 "b" 1 1 1 "a" 1 1 1'), ('dp.class_counts', '1 -1 "a 1 1 1'), ('dp.class_counts', '1 -1 "a\'), ('dp.class_counts', '10001 -1'), ('dp.class_counts', '0 -1 x'),
	('dp.score_bins', '0 1 5'), ('dp.score_bins', '0 1 5 0 0'), ('dp.score_bins', '0 2 5 1 0 5 0 1'), ('dp.score_bins', '64 1 0 1 0'), ('dp.score_bins', '0 4097'), ('dp.score_bins', '0 1 5 -1 1'),
	('dp.score_bins', '0 1 9223372036854775807 1 0'), ('dp.score_bins', '60 1 8 1 0'), ('dp.score_bins', '0 1 0.5 1 0'),
	('dp.errors', ''), ('dp.errors', '0 0 0 0 0 0 0 0 0 0'), ('dp.errors', '1 0 0 0 -1 0 0 0 0 0'), ('dp.errors', '1 0 0 0 0 0 0 0 0')) v(type, t);

-- binary there and back; bytes that are no label
SELECT current_setting('data_directory') || '/dp_metrics.bin' AS file \gset
CREATE TEMP TABLE back (LIKE parts);
COPY parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT string_agg(format('%s %s %s', counts, bins, errors), ' ' ORDER BY day) FROM back), (SELECT string_agg(format('%s %s %s', counts, bins, errors), ' ' ORDER BY day) FROM parts), 'binary there and back');
CREATE FUNCTION pg_temp.receive(bytes bytea, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE file text := current_setting('data_directory') || '/dp_metrics.bin';
BEGIN
	EXECUTE format('CREATE TEMP TABLE received (s %s)', type);
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	RETURN 'taken';
END $$;
SELECT throws_ok(format('SELECT pg_temp.receive(%L, %L)', b, type), '22P03', 'invalid binary representation of type ' || type, format('%s refused: %s', type, b))
FROM (VALUES ('dp.class_counts', '\x'::bytea), ('dp.class_counts', '\x0000000000000001ffffffffffffffffffffffff'), ('dp.score_bins', '\x0000000000000001'), ('dp.errors', '\x00')) v(type, b);
SELECT throws_ok($$SELECT pg_temp.receive('\x0000000000000001ffffffffffffffff00000001ff000000000000000100000000000000010000000000000001', 'dp.class_counts')$$,
	'22021', NULL, 'a label that is not text');

-- what is merged of odd states can be read back
SELECT ok(dp.merge(e)::text::dp.errors IS NOT NULL, 'odd sums of errors are merged to ones that can be read back') FROM unnest('{2 1 0 0 1 0 1 -1e300 1 -1e300,2 1 0 0 1 0 1 -5 1 -5}'::dp.errors[]) e;
SELECT * FROM finish();
ROLLBACK;
