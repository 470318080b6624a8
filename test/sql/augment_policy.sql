\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(15);

-- What torchvision's policies can draw for an image of 40 x 30, and how often
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/policy.sql'
\i :file

CREATE TEMPORARY TABLE photo AS
SELECT dp.image_resize(dp.image_noise(dp.image_encode(decode(repeat('80', 48), 'hex'), 4, 4, 3, 'pnm'), 60, 1, 1), 40, 30, 'bicubic') AS image;

CREATE TEMPORARY TABLE draws AS
SELECT policy, n, copy, applied->'steps' AS steps
FROM photo, (VALUES ('randaugment', 2), ('trivial', 1)) AS p (policy, n), dp.augment_n(image, to_jsonb(policy), 20000, 11, -5);

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
FROM draws, jsonb_array_elements(steps) AS element, jsonb_each(element) AS one (name, step) GROUP BY 1, 2, 3
UNION ALL
SELECT policy, '', '{}', sum(n - jsonb_array_length(steps)) FROM draws GROUP BY 1;

SELECT is((SELECT array_agg(d.step || ' ' || d.numbers::text ORDER BY d.step, d.numbers) FROM drawn AS d
	WHERE d.policy = p.policy AND NOT EXISTS (SELECT FROM possible AS q WHERE (q.policy, q.step, q.numbers) = (d.policy, d.step, d.numbers))),
	NULL, 'nothing but what torchvision draws: ' || policy) FROM (VALUES ('randaugment'), ('trivial')) AS p (policy);
SELECT is(count(*) FILTER (WHERE abs(coalesce(times, 0) - trials * chance) > 4 * sqrt(trials * chance * (1 - chance))), 0::bigint,
	'each magnitude as often, within four standard errors: ' || policy)
FROM possible LEFT JOIN drawn USING (policy, step, numbers) JOIN (SELECT policy, sum(n) AS trials FROM draws GROUP BY policy) AS t USING (policy)
GROUP BY policy ORDER BY policy;
SELECT is(count(*) FILTER (WHERE abs(times - trials * chance) > 4 * sqrt(trials * chance * (1 - chance))), 0::bigint,
	'each operation as often, within four standard errors: ' || policy)
FROM (SELECT policy, step, sum(chance) AS chance, coalesce(sum(times), 0)::float8 AS times
	FROM possible LEFT JOIN drawn USING (policy, step, numbers) GROUP BY 1, 2) AS s
JOIN (SELECT policy, sum(n) AS trials FROM draws GROUP BY policy) AS t USING (policy)
GROUP BY policy ORDER BY policy;

-- The two of randaugment do not depend on each other
SELECT ok(abs(count(*) - 20000 / 196.0) < 4 * sqrt(20000 / 196.0), 'two draws know nothing of each other') FROM draws
WHERE policy = 'randaugment' AND steps = '[]';

-- The same again
SELECT ok(bool_and(dp.augment_replay(image, applied) = augmented), 'replay gives the same: ' || recipe::text),
	is(array_agg(augmented ORDER BY copy), (SELECT array_agg(dp.augment(image, recipe, 7 + i, 3) ORDER BY i) FROM generate_series(1, 200) AS i), 'copies are augment: ' || recipe::text)
FROM photo, (VALUES ('["randaugment"]'::jsonb), ('[{"randaugment": {"n": [1, 5], "magnitude": [0, 30]}}, "trivial"]')) AS r (recipe), dp.augment_n(image, recipe, 200, 7, 3)
GROUP BY recipe, image ORDER BY recipe;
SELECT is(count(*), 0::bigint, 'the first magnitude changes no geometry and no tones but of autocontrast, equalize')
FROM photo, dp.augment_n(image, '[{"randaugment": {"n": 1, "magnitude": 0}}]', 300, 7, 3)
WHERE augmented <> image AND NOT applied->'steps'->0 ?| ARRAY['autocontrast', 'equalize', 'solarize'];

SELECT throws_ok($$SELECT dp.augment(image, '[{"randaugment": {"n": 17}}]', 1, 1) FROM photo$$, '22023', 'invalid value for parameter "n" of "randaugment": 17');
SELECT throws_ok($$SELECT dp.augment(image, '[{"randaugment": {"magnitude": 9.5}}]', 1, 1) FROM photo$$, '22023', 'invalid value for parameter "magnitude" of "randaugment": 9.5');
SELECT throws_ok($$SELECT dp.augment(image, '[{"trivial": {"magnitude": 9}}]', 1, 1) FROM photo$$, '22023');

SELECT * FROM finish();
ROLLBACK;
