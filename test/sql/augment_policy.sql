\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(69);

-- What torchvision's policies can draw for an image of 40 x 30, and how often
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/policy.sql'
\i :file

CREATE TEMPORARY TABLE photo AS
SELECT dp.image_resize(dp.image_noise(dp.image_encode(decode(repeat('80', 48), 'hex'), 4, 4, 3, 'pnm'), 60, 1, 1), 40, 30, 'bicubic') AS image;

CREATE TEMPORARY TABLE draws AS
SELECT policy, n, copy, applied->'steps' AS steps
FROM photo, (VALUES ('randaugment', '"randaugment"'::jsonb, 2), ('trivial', '"trivial"', 1), ('augmix', '"augmix"', NULL),
	('augmix, few', '[{"augmix": {"severity": 5, "mixture_width": 2, "chain_depth": 2, "alpha": 0.3, "all_ops": false}}]', NULL)) AS p (policy, recipe, n),
	dp.augment_n(image, recipe, CASE WHEN n IS NULL THEN 8000 ELSE 20000 END, 11, -5);
CREATE TEMPORARY TABLE trial AS
SELECT policy, count(*) FILTER (WHERE NOT element ? 'blend') AS trials FROM draws, jsonb_array_elements(steps) AS element WHERE n IS NULL GROUP BY policy
UNION ALL SELECT policy, sum(n) FROM draws WHERE n IS NOT NULL GROUP BY policy;

CREATE FUNCTION pg_temp.numbers(name text, step jsonb) RETURNS numeric[] LANGUAGE sql AS $$
	SELECT ARRAY(SELECT trim_scale(round(x::numeric, 4)) FROM jsonb_array_elements_text(CASE name
		WHEN 'affine' THEN step->'matrix'
		WHEN 'shift' THEN jsonb_build_array(step->'x', step->'y')
		WHEN 'rotate' THEN jsonb_build_array(step->'degrees')
		WHEN 'posterize' THEN jsonb_build_array(step->'bits')
		WHEN 'solarize' THEN jsonb_build_array(step->'threshold')
		WHEN 'autocontrast' THEN '[]'
		WHEN 'equalize' THEN '[]'
		ELSE jsonb_build_array(step->'factor') END) AS x) $$;

CREATE TEMPORARY TABLE drawn AS
SELECT policy, name AS step, pg_temp.numbers(name, step) AS numbers, count(*) AS times
FROM draws, jsonb_array_elements(steps) AS element, jsonb_each(element) AS one (name, step) WHERE name <> 'blend' GROUP BY 1, 2, 3
UNION ALL
SELECT policy, '', '{}', sum(n - jsonb_array_length(steps)) FROM draws WHERE n IS NOT NULL GROUP BY 1;

SELECT is((SELECT array_agg(d.step || ' ' || d.numbers::text ORDER BY d.step, d.numbers) FROM drawn AS d
	WHERE d.policy = p.policy AND NOT EXISTS (SELECT FROM possible AS q WHERE (q.policy, q.step, q.numbers) = (d.policy, d.step, d.numbers))),
	NULL, 'nothing but what torchvision draws: ' || policy) FROM (VALUES ('randaugment'), ('trivial'), ('augmix'), ('augmix, few')) AS p (policy);
SELECT is(count(*) FILTER (WHERE abs(coalesce(times, 0) - trials * chance) > 4 * sqrt(trials * chance * (1 - chance))), 0::bigint,
	'each magnitude as often, within four standard errors: ' || policy)
FROM possible LEFT JOIN drawn USING (policy, step, numbers) JOIN trial USING (policy)
GROUP BY policy ORDER BY policy;
SELECT is(count(*) FILTER (WHERE abs(times - trials * chance) > 4 * sqrt(trials * chance * (1 - chance))), 0::bigint,
	'each operation as often, within four standard errors: ' || policy)
FROM (SELECT policy, step, sum(chance) AS chance, coalesce(sum(times), 0)::float8 AS times
	FROM possible LEFT JOIN drawn USING (policy, step, numbers) GROUP BY 1, 2) AS s
JOIN trial USING (policy)
GROUP BY policy ORDER BY policy;

-- The two of randaugment do not depend on each other
SELECT ok(abs(count(*) - 20000 / 196.0) < 4 * sqrt(20000 / 196.0), 'two draws know nothing of each other') FROM draws
WHERE policy = 'randaugment' AND steps = '[]';

-- The same again
SELECT ok(bool_and(dp.augment_replay(image, applied) = augmented), 'replay gives the same: ' || recipe::text),
	is(array_agg(augmented ORDER BY copy), (SELECT array_agg(dp.augment(image, recipe, 7 + i, 3) ORDER BY i) FROM generate_series(1, 200) AS i), 'copies are augment: ' || recipe::text)
FROM photo, (VALUES ('["randaugment"]'::jsonb), ('[{"randaugment": {"n": [1, 5], "magnitude": [0, 30]}}, "trivial"]'),
	('["randaugment", {"randaugment": {"n": 16}}, {"randaugment": {"n": 16}}, {"randaugment": {"n": 16}}]'), ('["augmix"]'), ('["flip", {"augmix": {"mixture_width": 5, "chain_depth": 5, "severity": 10}}]'), ('[{"augmix": {"alpha": [0.001, 1000], "p": 0.5}}, {"resize": {"width": 31, "height": 50}}]')) AS r (recipe), dp.augment_n(image, recipe, 200, 7, 3)
GROUP BY recipe, image ORDER BY recipe;
SELECT is(count(*), 0::bigint, 'the first magnitude changes no geometry and no tones but of autocontrast, equalize')
FROM photo, dp.augment_n(image, '[{"randaugment": {"n": 1, "magnitude": 0}}]', 300, 7, 3)
WHERE augmented <> image AND NOT applied->'steps'->0 ?| ARRAY['autocontrast', 'equalize', 'solarize'];

SELECT throws_ok($$SELECT dp.augment(image, '[{"randaugment": {"n": 17}}]', 1, 1) FROM photo$$, '22023', 'invalid value for parameter "n" of "randaugment": 17');
SELECT throws_ok($$SELECT dp.augment(image, '[{"randaugment": {"magnitude": 9.5}}]', 1, 1) FROM photo$$, '22023', 'invalid value for parameter "magnitude" of "randaugment": 9.5');
SELECT throws_ok($$SELECT dp.augment(image, '[{"trivial": {"magnitude": 9}}]', 1, 1) FROM photo$$, '22023');

-- AugMix: weights are a Beta's and a Dirichlet's.  Their moments, within four standard errors of what 8000 draws have
CREATE TEMPORARY TABLE weight AS
SELECT policy, copy, array_agg((element->'blend'->>'weight')::float8 ORDER BY place) AS w, array_agg(place ORDER BY place) AS places,
	bool_and((element->'blend'->'last')::boolean = (place = jsonb_array_length(steps))) AS ends
FROM draws, jsonb_array_elements(steps) WITH ORDINALITY AS e (element, place) WHERE element ? 'blend' GROUP BY policy, copy, steps;
SELECT is(min(cardinality(w)) || ' ' || max(cardinality(w)), chains + 1 || ' ' || chains + 1, 'as many chains: ' || policy), ok(bool_and(ends), 'the last blend ends it: ' || policy),
	is(max(abs((SELECT sum(x) FROM unnest(w) AS x) - 1)), 0::float8, 'weights add up to 1: ' || policy)
FROM weight JOIN (VALUES ('augmix', 3), ('augmix, few', 2)) AS c (policy, chains) USING (policy) GROUP BY policy, chains ORDER BY policy;
SELECT ok(abs(avg(x) - wanted) < 4 * stddev(x) / sqrt(count(*)), format('%s: %s is %s', policy, what, round(wanted::numeric, 4)))
FROM weight JOIN (VALUES ('augmix', 1::float8, 3), ('augmix, few', 0.3, 2)) AS c (policy, a, k) USING (policy),
	LATERAL (VALUES ('the mean of the own weight', w[1], 1 / 2.0), ('its square', w[1] ^ 2, (a + 1) / (2 * (2 * a + 1))),
		('the mean of a chain', w[2], 1 / (2.0 * k)), ('and of the last', w[k + 1], 1 / (2.0 * k)),
		('the square of a chain', w[2] ^ 2, (a + 1) / (2 * (2 * a + 1)) * (a + 1) / (k * (k * a + 1))),
		('of the last', w[k + 1] ^ 2, (a + 1) / (2 * (2 * a + 1)) * (a + 1) / (k * (k * a + 1))),
		('a chain times the other', w[2] * w[k + 1], (a + 1) / (2 * (2 * a + 1)) * a / (k * (k * a + 1))),
		('a chain times the own', w[1] * w[2], a / (2 * (2 * a + 1)) / k)) AS m (what, x, wanted)
GROUP BY policy, what, wanted ORDER BY policy, what;
SELECT ok(max(abs(rank / 8000.0 - x)) < 1.95 / sqrt(8000), 'the own weight is uniform where alpha is 1 (Kolmogorov and Smirnov)')
FROM (SELECT w[1] AS x, row_number() OVER (ORDER BY w[1]) AS rank FROM weight WHERE policy = 'augmix') AS s;
SELECT ok(bool_and(abs(n - 8000) < 4 * sqrt(24000 * 2 / 9.0)), 'chains of one, two and three steps, each as often')
FROM (SELECT places[i + 1] - places[i] - 1 AS depth, count(*) AS n FROM weight, generate_series(1, 3) AS i WHERE policy = 'augmix' GROUP BY 1) AS s;

-- torchvision's mixtures, of what it drew
\set file :srcdir '/data/augmix.sql'
\i :file
CREATE TEMPORARY TABLE level AS
SELECT seed, recipe::text ~ 'affine|rotate|saturation|contrast' AS rounds, get_byte(pixels, i) - get_byte(p, i) AS d
FROM mixed_image, mixture, dp.image_decode(dp.augment(image, recipe, 1, 1)) AS p, generate_series(0, length(pixels) - 1) AS i;
SELECT is(max(abs(d)) FILTER (WHERE NOT rounds), 0, 'the same pixels where operations are exact'), is(max(abs(d)), 1, 'within a level where they round'),
	cmp_ok(avg((d <> 0)::int), '<', 0.05, 'and equal mostly'), cmp_ok(abs(avg(d)), '<', 0.05, 'without a bias') FROM level;
SELECT is(dp.image_difference(dp.augment(image, '[{"blend": {"weight": 0.25}}, "invert", {"blend": {"weight": 0.75, "last": true}}]', 1, 1),
	dp.augment(image, '["invert", {"blend": {"weight": 0.75}}, "invert", {"blend": {"weight": 0.25, "last": true}}]', 1, 1)), 0::float8, 'a mixture of what was changed before') FROM mixed_image;
SELECT is(dp.augment(image, '[{"crop": {"x": 1, "y": 1, "width": 9, "height": 9}}, {"blend": {"weight": 0.5}}, {"blend": {"weight": 0.5, "last": true}}, {"pad": {"left": 3}}]', 1, 1),
	dp.augment(image, '[{"crop": {"x": 1, "y": 1, "width": 9, "height": 9}}, {"pad": {"left": 3}}]', 1, 1), 'two halves are one') FROM mixed_image;

-- Masks and points stay with the image itself
SELECT is(dp.augment_replay(image, applied, mask => true), dp.image_flip(image), 'a mask moves with what is not mixed'),
	is(dp.augment_points('{0,0,7,3}', applied), '{23,0,16,3}', 'points too'), is(dp.augment_boxes('{0,0,4,2}', applied), '{20,0,24,2}', 'and boxes')
FROM mixed_image, dp.augment_n(image, '[{"flip": {"p": 1}}, {"augmix": {"severity": 10}}]', 1, 1, 1);

SELECT throws_ok(format('SELECT dp.augment(image, %L, 1, 1) FROM mixed_image', recipe), '22023', message)
FROM (VALUES ('[{"blend": {"weight": 0.5}}]', 'a blend is not ended'),
	('[{"blend": {"weight": 0.5}}, {"blend": {"weight": 0.6, "last": true}}]', 'the weights of a blend add up to more than 1: 1.1'),
	('[{"blend": {"weight": 0.5}}, {"resize": {"width": 5, "height": 6}}, {"blend": {"weight": 0.5, "last": true}}]', 'a blend cannot change the size of the image'),
	('[{"blend": {"weight": 0.5}}, "augmix", {"blend": {"weight": 0.5, "last": true}}]', '"augmix" cannot be part of a blend'),
	('[{"augmix": {"severity": 11}}]', 'invalid value for parameter "severity" of "augmix": 11'),
	('[{"augmix": {"mixture_width": 6}}]', 'invalid value for parameter "mixture_width" of "augmix": 6')) AS e (recipe, message);
SELECT throws_ok('SELECT dp.augment(image, ''[{"blend": {}}]'', 1, 1) FROM mixed_image', '22023');

SELECT * FROM finish();
ROLLBACK;
