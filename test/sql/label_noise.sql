\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- a fifth of the labels of the digits is wrong: which, by scikit-learn's logistic regressions and confident learning
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/label_noise.sql'
\i :file

CREATE TABLE noisy AS SELECT key, label, truth, flagged = 1 AS flagged, (SELECT array_agg(v::float8 / 10000 ORDER BY o) FROM unnest(string_to_array(p, ' ')) WITH ORDINALITY u(v, o)) AS probabilities FROM raw;
SELECT is(count(*) FILTER (WHERE label <> truth)::int, 359, 'a fifth of 1,797') FROM noisy;
CREATE TEMP TABLE issue AS SELECT method, key::int FROM unnest(ARRAY['prune_by_class', 'prune_by_noise_rate', 'both']) method, dp.label_issues('noisy', method);
SELECT is(count(*) FILTER (WHERE flagged <> (i.key IS NOT NULL)), 0::bigint, 'prune by class flags what the paper''s definition flags')
FROM noisy n LEFT JOIN issue i ON i.key = n.key AND method = 'prune_by_class';
CREATE TEMP TABLE score AS SELECT method, 2.0 * hits / (found + (SELECT count(*) FROM noisy WHERE label <> truth)) AS f1, hits / found AS precision
FROM (SELECT method, count(*)::float8 AS found, count(*) FILTER (WHERE label <> truth) AS hits FROM issue JOIN noisy USING (key) GROUP BY method) s;
SELECT ok(f1 >= 0.91, method || ' finds them, F1 at least 0.91') FROM score WHERE method <> 'both' ORDER BY method;
SELECT ok(precision = max(precision) OVER (), 'both is the surest') FROM score ORDER BY method LIMIT 1;

SELECT * FROM finish();
ROLLBACK;
