\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(48);

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

-- Elastic, seen in images whose levels say where a pixel comes from: 4 x, and 5 y
CREATE TEMPORARY TABLE ramp AS
SELECT dp.image_encode(decode(string_agg(lpad(to_hex(4 * x), 2, '0'), '' ORDER BY y, x), 'hex'), 60, 50, 1, 'pnm') AS across,
	dp.image_encode(decode(string_agg(lpad(to_hex(5 * y), 2, '0'), '' ORDER BY y, x), 'hex'), 60, 50, 1, 'pnm') AS down
FROM generate_series(0, 59) AS x, generate_series(0, 49) AS y;
CREATE FUNCTION pg_temp.level(image bytea, x float8, y float8) RETURNS float8 LANGUAGE sql AS $$
	SELECT sum((1 - abs(x - i)) * (1 - abs(y - j)) * get_byte(p, j * 60 + i))
	FROM dp.image_decode(image) AS p, generate_series(floor(x)::int, floor(x)::int + 1) AS i, generate_series(floor(y)::int, floor(y)::int + 1) AS j $$;
CREATE TEMPORARY TABLE bent AS
SELECT copy, applied, augmented, dp.augment_replay(down, applied) AS augmented_down,
	dp.augment_points('{{12,12},{30,25},{47.5,37.25},{15,30.5},{44,13}}', applied) AS q
FROM ramp, dp.augment_n(across, '[{"elastic": {"alpha": 50, "sigma": 5}}]', 20, 1, 1);
CREATE TEMPORARY TABLE arrived AS
SELECT p.x, p.y, q[i][1] AS qx, q[i][2] AS qy, pg_temp.level(augmented, q[i][1], q[i][2]) / 4 AS from_x, pg_temp.level(augmented_down, q[i][1], q[i][2]) / 5 AS from_y
FROM bent, (VALUES (1, 12, 12), (2, 30, 25), (3, 47.5, 37.25), (4, 15, 30.5), (5, 44, 13)) AS p (i, x, y);
SELECT cmp_ok(max(sqrt((qx - x) ^ 2 + (qy - y) ^ 2))::float8, '>', 2::float8, 'elastic moves points'),
	cmp_ok(max(abs(from_x - x))::float8, '<', 0.3::float8, 'to where the image shows them, across'), cmp_ok(max(abs(from_y - y))::float8, '<', 0.3::float8, 'and down'),
	cmp_ok(abs(avg(from_x - x))::float8, '<', 0.03::float8, 'without a bias') FROM arrived;
SELECT ok(bool_and(b[1] <= least(q[1][1], q[2][1]) + 0.6 AND b[3] >= greatest(q[1][1], q[2][1]) - 0.6 AND b[2] <= least(q[1][2], q[2][2]) + 0.6), 'boxes go with them')
FROM bent, dp.augment_boxes('{12,12,31,26}', applied) AS b;

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
