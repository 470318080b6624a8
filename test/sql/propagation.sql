\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- labels spread to neighbours against scikit-learn; order, equal rows, NULL, errors
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/propagation.sql'
\i :file

CREATE TEMP TABLE spread AS
SELECT 'spreading' AS name, i, dp.label_propagate(features, label) OVER () AS got, dp.label_propagate_probabilities(features, label) OVER () AS p FROM places
UNION ALL SELECT 'spreading 12 0.9', i, dp.label_propagate(features, label, 'spreading', '{"neighbours": 12, "alpha": 0.9, "iterations": 300}') OVER (), dp.label_propagate_probabilities(features, label, options => '{"neighbours": 12, "alpha": 0.9, "iterations": 300}') OVER () FROM places
UNION ALL SELECT 'propagation', i, dp.label_propagate(features, label, 'propagation') OVER (), dp.label_propagate_probabilities(features, label, 'propagation') OVER () FROM places
UNION ALL SELECT 'spreading rbf', i, dp.label_propagate(features, label, 'spreading', '{"kernel": "rbf", "gamma": 0.7}') OVER (), dp.label_propagate_probabilities(features, label, options => '{"kernel": "rbf", "gamma": 0.7}') OVER () FROM places
UNION ALL SELECT 'propagation rbf', i, dp.label_propagate(features, label, 'propagation', '{"kernel": "rbf", "gamma": 2.5}') OVER (), dp.label_propagate_probabilities(features, label, 'propagation', '{"kernel": "rbf", "gamma": 2.5}') OVER () FROM places;
SELECT ok(count(*) = 450 AND bool_and(abs(coalesce(u.p, 0) - value) < 1e-6), u.name || ' is that of scikit-learn')
FROM (SELECT s.name, s.i, c, p[c + 1] AS p FROM spread s, generate_series(0, 2) c) u JOIN expected e ON e.name = format('%s %s %s', u.name, u.i, u.c) GROUP BY u.name ORDER BY u.name;
SELECT ok(bool_and(got = (SELECT (c - 1)::text FROM unnest(p) WITH ORDINALITY u(v, c) ORDER BY v DESC, c LIMIT 1)), 'the label is the most probable: ' || name) FROM spread WHERE p IS NOT NULL GROUP BY name ORDER BY name;
SELECT ok(bool_and(s.got = label), 'what is known stays where it is clamped') FROM spread s JOIN places USING (i) WHERE name = 'propagation' AND label IS NOT NULL;

-- order, and equal rows
CREATE TEMP TABLE twice AS SELECT i, copy, features, CASE WHEN copy = 1 THEN label END AS label FROM places, generate_series(1, 3) copy WHERE copy = 1 OR i % 4 = copy;
SELECT ok(bool_and(a = b), 'whatever the order of rows, to the bit') FROM
	(SELECT i, copy, dp.label_propagate_probabilities(features, label) OVER (ORDER BY i, copy ROWS UNBOUNDED PRECEDING) AS a FROM twice) x JOIN
	(SELECT i, copy, dp.label_propagate_probabilities(features, label) OVER (ORDER BY md5(i::text), copy DESC ROWS UNBOUNDED PRECEDING) AS b FROM twice) y USING (i, copy);
SELECT ok(bool_and(a = b), 'and of an rbf kernel') FROM
	(SELECT i, copy, dp.label_propagate_probabilities(features, label, options => '{"kernel": "rbf", "gamma": 1}') OVER (ORDER BY i, copy ROWS UNBOUNDED PRECEDING) AS a FROM twice) x JOIN
	(SELECT i, copy, dp.label_propagate_probabilities(features, label, options => '{"kernel": "rbf", "gamma": 1}') OVER (ORDER BY md5(i::text), copy DESC ROWS UNBOUNDED PRECEDING) AS b FROM twice) y USING (i, copy);
SELECT is(string_agg(coalesce(l, '-'), '' ORDER BY k), 'aaaabb', 'equal rows share a label') FROM
	(SELECT k, dp.label_propagate(ARRAY[x], l, options => '{"neighbours": 2}') OVER () AS l FROM (VALUES (1, 0, 'a'), (2, 0, NULL), (3, 0, NULL), (4, 0, NULL), (5, 9, 'b'), (6, 9, NULL)) v(k, x, l)) s;
SELECT is(string_agg(coalesce(l, '-'), '' ORDER BY k), 'ab--', 'apart from others and without features a label stays, and nothing reaches the rest') FROM
	(SELECT k, dp.label_propagate(x, l, options => '{"neighbours": 2}') OVER () AS l FROM (VALUES (1, ARRAY[0.0], 'a'), (2, NULL, 'b'), (3, ARRAY[NULL]::float8[], NULL), (4, '{NaN}', NULL)) v(k, x, l)) s;
SELECT ok(bool_and(l IS NULL AND p IS NULL), 'without a label there is none') FROM (SELECT dp.label_propagate(features, NULL) OVER () AS l, dp.label_propagate_probabilities(features, NULL) OVER () AS p FROM places) s;
SELECT is(dp.label_propagate(ARRAY[1, 2], 'x') OVER (), 'x', 'one row, integers');
SELECT is(dp.label_propagate(ARRAY[1.5, 2], NULL) OVER (), NULL, 'one row, numeric, no label');
SELECT is(string_agg(l, '' ORDER BY k), 'abab', 'each partition by itself') FROM (SELECT k, dp.label_propagate(ARRAY[k], CASE k WHEN 1 THEN 'a' WHEN 2 THEN 'b' END) OVER (PARTITION BY k % 2) AS l FROM generate_series(1, 4) k) s;

SELECT throws_ok($$SELECT dp.label_propagate(features, label, 'magic') OVER () FROM places$$, '22023', 'unrecognized method "magic"', 'an unknown method');
SELECT throws_ok($$SELECT dp.label_propagate(features, label, 'propagation', '{"alpha": 0.1}') OVER () FROM places$$, '22023', 'unrecognized option "alpha"', 'an option of the other method');
SELECT throws_ok($$SELECT dp.label_propagate(features, label, options => '{"gamma": 1}') OVER () FROM places$$, '22023', 'unrecognized option "gamma"', 'an option of the other kernel');
SELECT throws_ok($$SELECT dp.label_propagate(features, label, options => '{"kernel": "rbf", "neighbours": 7}') OVER () FROM places$$, '22023', 'unrecognized option "neighbours"', 'and of this one');
SELECT throws_ok($$SELECT dp.label_propagate(features, label, options => '{"kernel": "rbf", "gamma": 0}') OVER () FROM places$$, '22023', 'invalid value for parameter "gamma": 0', 'gamma = 0');
SELECT throws_ok($$SELECT dp.label_propagate(features, label, options => '{"neighbours": 1}') OVER () FROM places$$, '22023', 'invalid value for parameter "neighbours": 1', 'nobody but itself');
SELECT throws_ok($$SELECT dp.label_propagate(f, 'a') OVER () FROM (VALUES (ARRAY[1, 2]), (ARRAY[1])) v(f)$$, '22023', 'wrong number of features: 1', 'another number of features');
SELECT throws_ok($$SELECT dp.label_propagate(ARRAY[x], 'a') OVER () FROM (VALUES (1e200::float8), (-1e200)) v(x)$$, '22023', 'features are too large for distances between them', 'squares that overflow');
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT dp.label_propagate(ARRAY[i], (i % 2)::text) OVER () FROM generate_series(1, 30000) i$$, 'partition is too large to spread labels in%', 'more than memory');

SELECT * FROM finish();
ROLLBACK;
