\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(43);

CREATE TEMPORARY TABLE photo AS
SELECT dp.image_resize(dp.image_noise(dp.image_encode(decode(repeat('80', 48), 'hex'), 4, 4, 3, 'png'), 60, 1, 1), 40, 30, 'bicubic') AS image,
	dp.image_encode(decode(repeat('00000707', 300), 'hex'), 40, 30, 1, 'png') AS mask;
CREATE TEMPORARY TABLE recipe (name text, recipe jsonb);
INSERT INTO recipe VALUES
	('nothing', '[]'),
	('chance', '[{"flip": {}}, {"rotate": {"degrees": [-20, 20], "fill": "reflect", "p": 0.5}}, {"noise": {"sigma": [0, 30]}}, {"contrast": {"factor": [0.5, 2]}}]'),
	('boxes', '[{"random_resized_crop": {"width": 32, "height": 24}}, {"crop": {"size": [0.5, 1]}}, {"random_crop": {"width": [5, 20], "height": 12}}]'),
	('warps', '[{"perspective": {"distortion": [0.1, 0.6], "value": [0, 255]}}, {"elastic": {"alpha": [10, 40], "sigma": 3}}, {"affine": {"matrix": [1, 0.1, 0, 0, 1, 2]}}]'),
	('keras', '{"rotation_range": 20, "width_shift_range": 0.1, "shear_range": 5, "zoom_range": [0.8, 1.2], "horizontal_flip": true, "fill_mode": "wrap", "brightness_range": [0.5, 2]}'),
	('many', '[{"rot90": {"turns": [0, 3]}}, {"pad": {"left": [0, 5], "fill": "wrap"}}, {"shift": {"x": [-3, 3]}}, "transpose", {"zoom": {"factor": [0.5, 2]}}]');

SELECT is(array_agg(augmented ORDER BY copy), (SELECT array_agg(dp.augment(image, recipe, 7 + i, -3) ORDER BY i) FROM generate_series(1, 6) AS i), 'copy i is augment with seed + i: ' || name)
	FROM photo, recipe, dp.augment_n(image, recipe, 6, 7, -3) GROUP BY name, image, recipe ORDER BY name;
SELECT ok(bool_and(dp.augment_replay(image, applied) = augmented), 'replay gives the same: ' || name)
	FROM photo, recipe, dp.augment_n(image, recipe, 8, 7, -3) GROUP BY name ORDER BY name;
SELECT ok(bool_and(i.width = j.width AND i.height = j.height), 'a mask gets the size of the image: ' || name),
	ok(NOT bool_or(translate(encode(dp.image_decode(dp.augment_replay(mask, applied, true)), 'hex'), '07', '') <> ''), 'and has its labels alone: ' || name)
	FROM photo, recipe, dp.augment_n(image, recipe, 5, 7, -3), dp.image_info(augmented) AS i, dp.image_info(dp.augment_replay(mask, applied, true)) AS j GROUP BY name ORDER BY name;
SELECT is(applied, '{"seed": 9223372036854775807, "key": -9223372036854775808, "width": 40, "height": 30, "steps": [{"flip": {"direction": "horizontal", "p": 1, "step": 0}}]}', 'what was applied'),
	is(dp.augment_replay(image, applied), augmented, 'with the largest seed and the smallest key')
	FROM photo, dp.augment_n(image, '[{"flip": {"p": 1}}]', 1, 9223372036854775806, -9223372036854775808);
SELECT is(count(*), 0::bigint, 'no copies') FROM photo, dp.augment_n(image, '[]', 0, 1, 1);

-- Points and boxes, by hand, in an image of 40 x 30
CREATE FUNCTION pg_temp.did(recipe jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT applied FROM photo, dp.augment_n(image, recipe, 1, 1, 1)';
SELECT is(dp.augment_points(ARRAY[[0,0],[39,29]], pg_temp.did('[{"flip": {"p": 1}}, {"crop": {"x": 2, "y": 3, "width": 10, "height": 11}}]')), '{{37,-3},{-2,26}}', 'points keep their shape and may lie outside');
SELECT is(dp.augment_points('{}', pg_temp.did('[]')), '{}', 'no points');
SELECT is(dp.augment_boxes('{{0,0,10,20},{30,0,40,30}}', pg_temp.did('[{"flip": {"p": 1}}]')), '{{30,0,40,20},{0,0,10,30}}', 'boxes, flipped');
SELECT is(dp.augment_boxes('{0,0,10,20}', pg_temp.did('["rot90"]')), '{0,30,20,40}', 'a box, turned');
SELECT is(dp.augment_boxes('{{0,0,10,20},{30,0,40,30}}', pg_temp.did('[{"crop": {"x": 5, "y": 5, "width": 20, "height": 10}}, {"resize": {"width": 40, "height": 10}}]')),
	'{{0,0,10,10},{NULL,NULL,NULL,NULL}}', 'boxes are clipped, or gone');

SELECT is(num_nulls(dp.augment_replay(NULL, '{}'), dp.augment_points(NULL, '{}'), dp.augment_boxes('{}', NULL)), 3, 'NULL gives NULL');
SELECT throws_ok($$SELECT dp.augment_replay(image, '{"seed": 1}') FROM photo$$, '22023', 'invalid value for parameter "applied"');
SELECT throws_ok($$SELECT dp.augment_points('{1,2}', '{"seed": 1e30, "key": 1, "width": 1, "height": 1, "steps": []}')$$, '22023', 'invalid value for parameter "applied"');
SELECT throws_ok($$SELECT dp.augment_points('{1,2,3}', pg_temp.did('[]'))$$, '22023', 'invalid value for parameter "points"');
SELECT throws_ok($$SELECT dp.augment_boxes('{1,2,3,NULL}', pg_temp.did('[]'))$$, '22004', '"boxes" must not contain nulls');
SELECT throws_ok(format($$SELECT dp.augment_boxes('{1,2,3,%s}', pg_temp.did('["flip"]'))$$, x), '22023', '"boxes" must not contain NaN or infinity', 'a box to ' || x) FROM unnest('{NaN,Infinity,-Infinity}'::text[]) AS x;
SELECT throws_ok($$SELECT dp.augment_points('{1,NaN}', pg_temp.did('["flip"]'))$$, '22023', '"points" must not contain NaN or infinity');
SELECT throws_ok($$SELECT dp.augment_replay(dp.image_flip(image), jsonb_set(pg_temp.did('[]'), '{width}', '41'), true) FROM photo$$, '22023', 'the mask has another size than the image: 40 x 30');
SELECT throws_ok($$SELECT * FROM photo, dp.augment_n(image, '[]', -1, 1, 1)$$, '22023', 'invalid value for parameter "n": -1');

SELECT * FROM finish();
ROLLBACK;
