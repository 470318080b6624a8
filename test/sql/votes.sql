\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- votes and models of voters against numpy, crowd-kit, statsmodels, krippendorff and Snorkel; orders, NULL, errors
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/votes.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';

-- Dawid and Skene
CREATE TEMP TABLE solved AS SELECT * FROM dp.dawid_skene('SELECT task, worker, answer FROM answered', '{"iterations": 20, "tolerance": 0}');
SELECT ok(count(*) = 180 AND bool_and(pg_temp.near((probabilities->>c)::float8, value)), 'probabilities are those of numpy')
FROM solved, unnest(ARRAY['a', 'b', 'c']) c, expected WHERE name = format('numpy %s %s', task, c);
SELECT ok(count(*) = 180 AND bool_and(pg_temp.near((probabilities->>c)::float8, value, 1e-9)), 'without smoothing they are those of crowd-kit')
FROM dp.dawid_skene('answered', '{"iterations": 20, "tolerance": 0, "smoothing": 0}'), unnest(ARRAY['a', 'b', 'c']) c, expected WHERE name = format('crowdkit %s %s', task, c);
SELECT ok(bool_and(pg_temp.near(probability, (SELECT max(p::float8) FROM jsonb_each_text(probabilities) e(c, p))) AND (probabilities->>label)::float8 = probability
	AND pg_temp.near(entropy, (SELECT -sum(p::float8 * ln(p::float8)) FROM jsonb_each_text(probabilities) e(c, p) WHERE p::float8 > 0))), 'label, probability and entropy are those of the probabilities') FROM solved;
SELECT ok(bool_and(s.answers = a.n AND s.majority = a.vote), 'answers are counted, and the majority stands beside') FROM solved s JOIN (SELECT task::text, count(answer) AS n, dp.label_vote(answer) AS vote FROM answered GROUP BY task) a USING (task);
CREATE TEMP TABLE fitted AS SELECT method, dp.fit_crowd(task::text, worker::text, answer, method, options) AS model FROM answered,
	(VALUES ('dawid_skene', '{"iterations": 20, "tolerance": 0}'::jsonb), ('one_coin', '{"iterations": 20, "tolerance": 0}'), ('weighted_majority', '{}')) m(method, options) GROUP BY method;
SELECT ok(count(*) = 3 AND bool_and(pg_temp.near(share, value)), 'shares of the classes') FROM fitted, dp.label_model_classes(model), expected WHERE method = 'dawid_skene' AND name = 'share ' || class;
SELECT ok(count(*) = 63 AND bool_and(pg_temp.near(probability, value)), 'confusion matrices') FROM fitted, dp.label_model_confusion(model), expected WHERE method = 'dawid_skene' AND name = format('confusion %s %s %s', voter, actual, answer);
SELECT ok(count(*) = 180 AND bool_and(pg_temp.near(p, value)), method || ' is that of ' || CASE method WHEN 'dawid_skene' THEN 'numpy' ELSE 'crowd-kit' END)
FROM fitted, LATERAL (SELECT task, dp.label_probabilities(model, array_agg(answer), array_agg(worker::text)) AS ps FROM answered GROUP BY task) s, unnest(ps) WITH ORDINALITY u(p, c), expected
WHERE name = format('%s %s %s', CASE method WHEN 'dawid_skene' THEN 'numpy' ELSE method END, task, substr('abc', c::int, 1)) GROUP BY method ORDER BY method;
SELECT ok(bool_and(s.label = dp.label_of(f.model, a.answers, a.workers) AND s.probability = (SELECT max(p) FROM unnest(dp.label_probabilities(f.model, a.answers, a.workers)) p)), 'a task asked about later has the label and probability it was given')
FROM solved s JOIN (SELECT task::text, array_agg(answer ORDER BY answer, worker) AS answers, array_agg(worker::text ORDER BY answer, worker) AS workers FROM answered GROUP BY task) a USING (task), fitted f WHERE method = 'dawid_skene';
SELECT ok(count(DISTINCT m::text) = 1, 'whatever the order of rows, the model is the same to the bit') FROM (
	SELECT dp.fit_crowd(task::text, worker::text, answer, 'dawid_skene' ORDER BY task, worker) FROM answered UNION ALL
	SELECT dp.fit_crowd(task::text, worker::text, answer, 'dawid_skene' ORDER BY worker DESC, md5(task::text)) FROM answered) f(m);
SELECT ok(bool_and(pg_temp.near(accuracy, value)) AND count(*) = 7, 'weights are the agreement with the majority') FROM fitted, dp.label_model_voters(model),
	LATERAL (SELECT avg((a.answer = v.vote)::int) FROM answered a JOIN (SELECT task, dp.label_vote(answer) AS vote FROM answered GROUP BY task) v USING (task) WHERE a.answer IS NOT NULL AND a.worker::text = voter) w(value) WHERE method = 'weighted_majority';

-- labelling functions: rows with the same votes count as often as there are
CREATE TEMP TABLE voted AS SELECT task, array_agg(answer ORDER BY worker) AS votes, substr('abc', task % 3 + 1, 1) AS label FROM answered GROUP BY task;
SELECT ok(count(*) = 180 AND bool_and(pg_temp.near(p, value)), 'functions as workers: ' || m)
FROM (SELECT m, dp.fit_label_model(votes, m, o) AS model FROM voted, (VALUES ('dawid_skene', '{"iterations": 20, "tolerance": 0}'::jsonb), ('one_coin', '{"iterations": 20, "tolerance": 0}'), ('weighted_majority', NULL)) x(m, o) GROUP BY m) f,
	voted, unnest(dp.label_probabilities(model, votes)) WITH ORDINALITY u(p, c), expected WHERE name = format('%s %s %s', CASE m WHEN 'dawid_skene' THEN 'numpy' ELSE m END, task, substr('abc', c::int, 1)) GROUP BY m ORDER BY m;
SELECT ok(bool_and(pg_temp.near(a.p, b.p)) AND count(*) = 180, 'three times the rows leave what is probable without smoothing')
FROM (SELECT dp.fit_label_model(votes, 'dawid_skene', '{"smoothing": 0, "iterations": 7}') FROM voted) x(m), (SELECT dp.fit_label_model(votes, 'dawid_skene', '{"smoothing": 0, "iterations": 7}') FROM voted, generate_series(1, 3)) y(m),
	voted, LATERAL ROWS FROM (unnest(dp.label_probabilities(x.m, votes)), unnest(dp.label_probabilities(y.m, votes))) u(p, q), LATERAL (SELECT p) a, LATERAL (SELECT q AS p) b;
SELECT ok(count(*) = 42 AND bool_and(pg_temp.near(got, value)), 'the report is that of Snorkel') FROM dp.label_function_report('voted') r,
	LATERAL (VALUES ('Coverage', coverage), ('Overlaps', overlap), ('Conflicts', conflict), ('Correct', correct), ('Incorrect', incorrect), ('Emp. Acc.', accuracy)) v(what, got), expected WHERE name = format('snorkel %s %s', function, what);
SELECT is(string_agg(function || ' ' || coalesce(labels, '-') || ' ' || coverage || ' ' || correct, ', '), 'one a, b, c 0.8 31, majority vote - 1 60, label model - 1 60', 'names, majority and model in the report')
FROM dp.label_function_report('SELECT * FROM voted', ARRAY['one', 'two', 'three', '4', '5', '6', '7'], (SELECT dp.fit_label_model(votes, 'dawid_skene') FROM voted)) WHERE function IN ('one', 'majority vote', 'label model');
SELECT is(array_agg(accuracy), '{NULL,NULL,NULL}', 'without labels nothing is right or wrong') FROM dp.label_function_report($$SELECT ARRAY['a', NULL] AS votes$$);
SELECT is((SELECT count(*) FROM dp.label_function_report('SELECT votes FROM voted WHERE false')), 0::bigint, 'no rows, no functions');

-- votes and agreement
SELECT ok(pg_temp.near(dp.krippendorff_alpha(votes), (SELECT value FROM expected WHERE name = 'alpha')), 'alpha with answers missing') FROM voted;
CREATE TEMP TABLE complete AS SELECT task, array_agg(coalesce(answer, substr('abc', (task + worker) % 3 + 1, 1))) AS votes FROM answered GROUP BY task;
SELECT ok(pg_temp.near(dp.krippendorff_alpha(votes), (SELECT value FROM expected WHERE name = 'alpha full')) AND pg_temp.near(dp.fleiss_kappa(votes), (SELECT value FROM expected WHERE name = 'kappa')), 'alpha and kappa') FROM complete;
CREATE TABLE crowd_parallel AS SELECT complete.*, k FROM complete, generate_series(1, 50) k;
ANALYZE crowd_parallel;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
SELECT matches(pg_temp.plan('SELECT dp.fleiss_kappa(votes), dp.label_vote(votes[1]), dp.label_vote(votes[1], k) FROM crowd_parallel'), 'Partial Aggregate', 'in parallel');
SELECT ok(pg_temp.near(dp.fleiss_kappa(votes), (SELECT value FROM expected WHERE name = 'kappa')) AND dp.label_vote(votes[2]) = (SELECT votes[2] FROM complete GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1), 'with the same result') FROM crowd_parallel;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(dp.label_vote(v), 'b', 'the first of a tie') FROM unnest(ARRAY['c', 'b', 'c', 'b', 'a', NULL]) v;
SELECT is(dp.label_vote(v, w), 'c', 'weighted') FROM (VALUES ('a', 1), ('c', 0.7), ('c', 0.7), ('b', NULL), (NULL, 9)) x(v, w);
SELECT is(dp.label_vote(ARRAY['x', NULL, 'y', 'y']), 'y', 'of a row');
SELECT ok(dp.label_vote(ARRAY[NULL, NULL]::text[]) IS NULL AND dp.label_vote(NULL::text[]) IS NULL AND (SELECT dp.label_vote(NULL::text)) IS NULL, 'nobody votes');
SELECT ok(dp.fleiss_kappa(ARRAY['a', 'a']) IS NULL AND dp.krippendorff_alpha(ARRAY['a', 'a']) = 1 AND dp.krippendorff_alpha(ARRAY['a']) IS NULL AND dp.fleiss_kappa(NULL) IS NULL, 'agreement without a choice, without a second answer, without any');
SELECT throws_ok($$SELECT dp.fleiss_kappa(votes) FROM voted$$, '22000', 'Fleiss'' kappa needs as many answers to every item', 'kappa wants all answers');
SELECT throws_ok($$SELECT dp.label_vote('a', -1)$$, '22023', 'invalid value for parameter "weight": -1', 'a negative weight');

-- one worker, one class, nobody, NULL
SELECT is(string_agg(format('%s %s %s', task, label, answers), ', ' ORDER BY task), '1 a 1, 2 b 1, 3  0', 'one worker, and a task without an answer')
FROM dp.dawid_skene($$SELECT * FROM (VALUES (1, 'w', 'a'), (2, 'w', 'b'), (3, 'w', NULL)) v(task, worker, answer)$$);
SELECT is(string_agg(label || probability || entropy, ', '), 'x10, x10', 'one class') FROM dp.dawid_skene($$SELECT t AS task, w AS worker, 'x' AS answer FROM generate_series(1, 2) t, generate_series(1, 3) w$$);
SELECT is(string_agg(method || dp.label_of(model, ARRAY['x'], ARRAY['1']) || (dp.label_probabilities(model, ARRAY['x'], ARRAY['1']))::text, ' ' ORDER BY method), 'dawid_skenex{1} one_coinx{1} weighted_majorityx{1}', 'one class, by every method')
FROM (SELECT m AS method, dp.fit_crowd(t::text, w::text, 'x', m) AS model FROM generate_series(1, 2) t, generate_series(1, 3) w, unnest(ARRAY['dawid_skene', 'one_coin', 'weighted_majority']) m GROUP BY m) f;
SELECT is((SELECT count(*) FROM dp.dawid_skene($$SELECT 'a', 'b', 'c' WHERE false$$)), 0::bigint, 'no answers');
SELECT ok(dp.fit_crowd('t', 'w', NULL, 'one_coin') IS NULL AND dp.fit_label_model(ARRAY[NULL]::text[], 'one_coin') IS NULL AND dp.fit_label_model(NULL, 'one_coin') IS NULL, 'nobody votes, no model');
SELECT ok(dp.label_of(model, ARRAY[NULL]::text[], ARRAY['1']) IS NULL AND dp.label_of(model, ARRAY['a'], ARRAY['stranger']) IS NULL AND dp.label_of(model, ARRAY['?'], ARRAY['1']) IS NULL AND dp.label_of(NULL, ARRAY['a']) IS NULL
	AND dp.label_of(model, ARRAY['a', 'b'], ARRAY['stranger', '7']) = dp.label_of(model, ARRAY['b'], ARRAY['7']), 'strangers, other answers and NULL say nothing') FROM fitted WHERE method = 'dawid_skene';
SELECT is(dp.label_of(m, ARRAY['b', 'a']), 'a', 'voters that are never right weigh as much as each other') FROM (SELECT '"weighted_majority" 2 2 0 0 0 "a" "b" 0.5 0.5 1 0 1 0'::dp.label_model) f(m);
SELECT throws_ok($$SELECT dp.label_of(model, ARRAY['a']) FROM fitted$$, '22023', 'the voters of the model have names', 'who voted?');
SELECT throws_ok($$SELECT dp.label_of(dp.fit_label_model(votes, 'one_coin'), ARRAY['a']) FROM voted$$, '22023', 'wrong number of votes: 1', 'too few votes');
SELECT throws_ok($$SELECT dp.fit_label_model(v, 'one_coin') FROM (VALUES (ARRAY['a']), (ARRAY['a', 'b'])) x(v)$$, '22023', 'wrong number of votes: 2', 'another number of votes');
SELECT throws_ok($$SELECT dp.fit_label_model(votes, 'snorkel') FROM voted$$, '22023', 'unrecognized method "snorkel"', 'an unknown method');
SELECT throws_ok($$SELECT dp.fit_label_model(votes, 'one_coin', '{"smoothing": 1}') FROM voted$$, '22023', 'unrecognized option "smoothing"', 'an option of another method');
SELECT throws_ok($$SELECT dp.fit_crowd(NULL, 'w', 'a', 'one_coin')$$, '22004', 'the task of an answer must not be null', 'an answer to nothing');
SELECT throws_ok($$SELECT * FROM dp.dawid_skene('SELECT 1 AS task, NULL AS worker, 2 AS answer')$$, '22004', 'the worker of an answer must not be null', 'an answer of nobody');
SELECT throws_ok($$SELECT * FROM dp.dawid_skene('SELECT 1 AS task, 2 AS answer')$$, '42703', 'the source has no column "worker"', 'no workers');
SELECT throws_ok($$SELECT * FROM dp.label_function_report('voted', NULL, (SELECT model FROM fitted WHERE method = 'one_coin'))$$, '22023', 'the model is of people, not of labelling functions', 'a model of a crowd');
SELECT ok(dp.label_vote('{}'::text[]) IS NULL AND dp.fleiss_kappa('{}') IS NULL AND dp.krippendorff_alpha(ARRAY[]::text[]) IS NULL AND (SELECT dp.label_of(model, '{}', '{}') IS NULL FROM fitted LIMIT 1), 'without votes in an array there are none');
SELECT ok(dp.krippendorff_alpha(a) = dp.krippendorff_alpha(a) FILTER (WHERE a <> '{}') AND dp.fleiss_kappa(a) = -1.0 / 3, 'nor do empty ones count') FROM (VALUES ('{a,a}'::text[]), ('{}'), ('{a,b}')) v(a);
SELECT throws_ok($$SELECT dp.fit_label_model('{}', 'one_coin')$$, '2202E', '"votes" must not be empty', 'no labelling functions');
SELECT throws_ok($$SELECT * FROM dp.label_function_report('SELECT ''{}''::text[] AS votes')$$, '2202E', '"votes" must not be empty', 'in a report, too');
SELECT throws_ok($$SELECT dp.label_vote('{{a,b}}'::text[])$$, '2202E', '"votes" must have one dimension, not 2', 'a matrix');
SELECT is((SELECT count(*)::int FROM dp.label_model_classes((SELECT dp.fit_label_model(v, 'one_coin') FROM (VALUES (ARRAY[NULL, 'abc', E'\x01y']), (ARRAY[E'\x01abc', NULL, 'y'])) x(v)))), 4, 'votes that look like others run together');
SELECT throws_ok($$SELECT * FROM dp.label_function_report('voted', ARRAY['one'])$$, '22023', 'wrong number of names: 1', 'too few names');
SELECT throws_ok($$SELECT dp.label_model_confusion(model) FROM fitted WHERE method = 'weighted_majority'$$, '22023', 'method "weighted_majority" has no confusion matrices', 'weights are no matrices');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT dp.fit_crowd(i::text, (i % 7)::text, 'a', 'one_coin') FROM generate_series(1, 100000) i$$, 'too many %', 'more answers than memory');
SET LOCAL datapower.memory_limit = '7MB';
SELECT throws_like($$SELECT * FROM dp.dawid_skene('SELECT i AS task, i AS worker, 2 AS answer FROM generate_series(1, 60000) i')$$, 'too many votes: 49152 on %', 'tasks, workers and answers count together, as they come');
RESET datapower.memory_limit;

-- there and back
SELECT ok(bool_and(model::text::dp.label_model::text = model::text), 'a model as text') FROM fitted;
SELECT current_setting('data_directory') || '/dp_votes.bin' AS file \gset
CREATE TEMP TABLE back (LIKE fitted);
COPY fitted TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT ok(bool_and(f.model::text = b.model::text) AND count(*) = 3, 'and in binary') FROM fitted f JOIN back b USING (method);
SELECT is(c::dp.label_counts::text, c, 'counts as text') FROM (VALUES ('2 1 2 2 0 0 "a" 1 0 "b" 1 0')) v(c);
SELECT throws_like(format('SELECT %L::dp.label_model', m), 'invalid input syntax for type dp.label_model%', 'not a model: ' || m) FROM unnest(ARRAY['', '"one_coin" 0 1 0 0 0', '"one_coin" 2 1 0 0 0 "b" "a" 0.5 0.5 1 0.5', '"one_coin" 1 1 0 0 0 "a" 2 1 0.5', '"one_coin" 1000 1000000 0 0 0 "a"']) m;
SELECT throws_like(format('SELECT %L::dp.label_counts', m), 'invalid input syntax for type dp.label_counts%', 'not counts: ' || m) FROM unnest(ARRAY['', '1 0 0 0 0 0 "a" -1 0', '2 0 0 0 0 0 "b" 1 0 "a" 1 0', '0 1 1 1 0 0']) m;

SELECT * FROM finish();
ROLLBACK;
