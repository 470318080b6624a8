\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(128);

-- A photograph of 40 x 30, as JPEG and as PNG (test/oracle/image_compare.py --sql)
CREATE TEMPORARY TABLE photo AS SELECT '\xffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffdb00430103040405040509050509140d0b0d1414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414ffc0001108001e002803012200021101031101ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffc4001f0100030101010101010101010000000000000102030405060708090a0bffc400b51100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c03010002110311003f00fb3e18718e2af431f19c74a82649bec739b50ad75e5b792afc297c1db9f6ce335f01fc51fdae7e2de87a9eb7e16d6fc3ba0e8bac587eeee926d4da68a362a08648d15448a410ca199ba8c8ed5ef56c77b28dd2bb3c8a5839549db63ed8f867f13ecbc73e23f15e9515ddb3cda55f3476d0c6852492d800be6f24ef5f315c6f5c0c015ea56ca060d7e4adb7c53f185ebc3adacfa245aa5b3830ded95d4f6d75139006500048072011ca9e720e2bee1fd92fe277c51f8830dcc3e2eb1d32ef4cb108a75a8a6092c9b90b20f2c282cc46324851c7a9c570e1b1d29ae5aaad2d7cff00c8ecc4607d9be6a7ac6cba5b5fbd9f4fdb0ce31c514eb7edcd15d0eac5b39d52958f90ec3e34e95f143e1e6b3a55f6a175a16ad3d8cecd369123c12c48a372c91c841d8dc74c9e01afccbd4f569ffe120d464b649754569888aeeeb734b3e5b3e6648c8247e23d6bec2f8bff000da7bbf0330d3f511612c4ea1d5232a2e5588528eca410bdf03392066be34d1f5bf0c45aa359cfa45fcfa8c17490002f156d99b70e48d85f180470c3ad7cff00ef614e2ab3bbfebccf5a8ca336da5fd7dc7af0b6f1126673612457092eed8cb9670707ef63823279ef8afa37f652b3d53c3baf58de6a7f68b3d1d4b48c96978f869f23e42b9e10800941c12071c9af95b56f8b5a3592339f0f90bf6936c57cd2e030eb8c9e9fad7a17c17f8a7f6ed7ee2ca3496db4eb9905bbd92aab4624dca04ab924a9edc71df938c7145d58b526adf77e8d9ec3742a4651846ff37a7c9a5f99fa7307c52d34f459ff00ef834570fa65fbe99a75ac11ee648e245532485d8f03ab36493ee68af7138be9f89f31cf2ee7ffd9'::bytea AS jpeg, NULL::bytea AS png;
UPDATE photo SET png = dp.image_convert(jpeg, 'png');
CREATE FUNCTION pg_temp.jpeg() RETURNS bytea LANGUAGE sql AS 'SELECT jpeg FROM photo';
CREATE FUNCTION pg_temp.png() RETURNS bytea LANGUAGE sql AS 'SELECT png FROM photo';

-- 3 x 2 gray pixels: 10 20 30 / 40 50 60
CREATE FUNCTION pg_temp.six() RETURNS bytea LANGUAGE sql AS $$SELECT dp.image_encode('\x0a141e28323c', 3, 2, 1)$$;
CREATE FUNCTION pg_temp.pixels(bytea) RETURNS int[] LANGUAGE sql AS
$$SELECT array_agg(get_byte(p, i) ORDER BY i) FROM dp.image_decode($1) AS p, generate_series(0, length(p) - 1) AS i$$;

-- Small images, by hand
SELECT is(pg_temp.pixels(dp.image_flip(pg_temp.six())), '{30,20,10,60,50,40}', 'flip');
SELECT is(pg_temp.pixels(dp.image_flip(pg_temp.six(), 'vertical')), '{40,50,60,10,20,30}', 'flip vertical');
SELECT is(pg_temp.pixels(dp.image_rotate(pg_temp.six(), 180)), '{60,50,40,30,20,10}', 'half a turn');
SELECT is(pg_temp.pixels(dp.image_rotate(dp.image_crop(pg_temp.six(), 0, 0, 2, 2), 90)), '{20,50,10,40}', 'a quarter turn, counter-clockwise');
SELECT is(pg_temp.pixels(dp.image_rotate(dp.image_crop(pg_temp.six(), 0, 0, 2, 2), -90)), '{40,10,50,20}', 'a quarter turn, clockwise');
SELECT is(pg_temp.pixels(dp.image_translate(pg_temp.six(), 1/3::float8, 0)), '{10,10,20,40,40,50}', 'a pixel to the right');
SELECT is(pg_temp.pixels(dp.image_translate(pg_temp.six(), 1/3::float8, 0, 'constant')), '{0,10,20,0,40,50}', 'black comes in');
SELECT is(pg_temp.pixels(dp.image_translate(pg_temp.six(), 2/3::float8, 0, 'reflect')), '{20,10,10,50,40,40}', 'the mirror image comes in');
SELECT is(pg_temp.pixels(dp.image_translate(pg_temp.six(), 1/3::float8, 0, 'wrap')), '{30,10,20,60,40,50}', 'the other side comes in');
SELECT is(pg_temp.pixels(dp.image_translate(pg_temp.six(), 0, 0.5)), '{10,20,30,10,20,30}', 'a pixel down');
SELECT is(pg_temp.pixels(dp.image_shear(pg_temp.six(), 45, 'horizontal')), '{10,15,25,45,55,60}', 'the upper row goes to the right');
SELECT is(pg_temp.pixels(dp.image_shear(pg_temp.six(), 45, 'vertical')), '{10,20,60,10,50,60}', 'the right column goes up');
SELECT is(pg_temp.pixels(dp.image_zoom(pg_temp.six(), 2)), '{23,28,33,38,43,48}', 'zoom');
SELECT is(pg_temp.pixels(dp.image_crop(pg_temp.six(), 1, 0, 2, 2)), '{20,30,50,60}', 'crop');
SELECT is(pg_temp.pixels(dp.image_crop(pg_temp.six(), 2, 1, 1, 1)), '{60}', 'crop of the last pixel');
SELECT is(pg_temp.pixels(dp.image_resize(pg_temp.six(), 1, 1, 'area')), '{35}', 'the mean of all');
SELECT is(pg_temp.pixels(dp.image_resize(pg_temp.six(), 6, 2, 'nearest')), '{10,10,20,20,30,30,40,40,50,50,60,60}', 'each pixel twice');
SELECT is(pg_temp.pixels(dp.image_resize(pg_temp.six(), 3, 2, m)), '{10,20,30,40,50,60}', 'nothing changes at the same size: ' || m)
	FROM unnest(ARRAY['nearest', 'area', 'bilinear', 'bicubic', 'lanczos']) AS m;
-- Pillow 9.4.0
SELECT is(pg_temp.pixels(dp.image_resize(pg_temp.six(), 5, 1)), '{25,29,35,41,45}', 'bilinear is the default');
SELECT is(pg_temp.pixels(dp.image_brightness(pg_temp.six(), 2.55)), '{25,51,76,102,127,153}', 'brightness');
SELECT is(pg_temp.pixels(dp.image_brightness(pg_temp.six(), 10)), '{100,200,255,255,255,255}', 'brightness ends at white');
SELECT is(pg_temp.pixels(dp.image_contrast(pg_temp.six(), 2)), '{0,5,25,45,65,85}', 'contrast about the mean, 35');

SELECT is(pg_temp.pixels(dp.image_rot90(pg_temp.six())), '{30,60,20,50,10,40}', 'a quarter turn of any image');
SELECT is(pg_temp.pixels(dp.image_rot90(pg_temp.six(), -1)), '{40,10,50,20,60,30}', 'to the other side');
SELECT is(pg_temp.pixels(dp.image_transpose(pg_temp.six())), '{10,40,20,50,30,60}', 'transpose');
SELECT is(pg_temp.pixels(dp.image_center_crop(pg_temp.six(), 1, 2)), '{20,50}', 'the middle');
SELECT is(pg_temp.pixels(dp.image_pad(pg_temp.six(), 1, 0, 0, 1)), '{0,10,20,30,0,40,50,60,0,0,0,0}', 'a black border');
SELECT is(pg_temp.pixels(dp.image_pad(pg_temp.six(), 1, 0, 0, 0, value => 7)), '{7,10,20,30,7,40,50,60}', 'a border of another value');
SELECT is(pg_temp.pixels(dp.image_affine(pg_temp.six(), '{1,0,1,0,1,0}', 'constant')), '{0,10,20,0,40,50}', 'a matrix that moves to the right');
SELECT is(pg_temp.pixels(dp.image_affine(pg_temp.six(), ARRAY[1,0,1,0,1,0])), '{10,10,20,40,40,50}', 'of integers');
SELECT is(count(DISTINCT dp.image_random_crop(pg_temp.six(), 2, 1, 5, k)), 4::bigint, 'a box of 2 x 1 has four places in 3 x 2') FROM generate_series(1, 60) AS k;
SELECT is(dp.image_decode(dp.image_elastic(pg_temp.png(), 0, 5, 1, 1)), dp.image_decode(pg_temp.png()), 'elastic that moves nothing');
SELECT is(dp.image_decode(dp.image_perspective(pg_temp.png(), 0, 1, 1)), dp.image_decode(pg_temp.png()), 'perspective without distortion');
SELECT is((i.width, i.height)::text, '(17,9)', 'size of a random resized crop') FROM dp.image_info(dp.image_random_resized_crop(pg_temp.jpeg(), 17, 9, 1, 1)) AS i;

-- Formats and sizes stay
SELECT is((SELECT array_agg(DISTINCT (i.format, i.width, i.height, i.channels)::text) FROM (VALUES
	(dp.image_flip(pg_temp.jpeg())), (dp.image_rotate(pg_temp.jpeg(), 10)), (dp.image_translate(pg_temp.jpeg(), 0.1, 0.1)),
	(dp.image_shear(pg_temp.jpeg(), 10)), (dp.image_zoom(pg_temp.jpeg(), 1.2)), (dp.image_noise(pg_temp.jpeg(), 5, 1, 1)),
	(dp.image_brightness(pg_temp.jpeg(), 1.1)), (dp.image_contrast(pg_temp.jpeg(), 1.1)), (dp.augment(pg_temp.jpeg(), '[]', 1, 1)))
	AS v(x), dp.image_info(x) AS i), '{"(jpeg,40,30,3)"}', 'a JPEG image stays one, in its size');
SELECT is((i.format, i.width, i.height)::text, '(jpeg,20,50)', 'resize of a JPEG image') FROM dp.image_info(dp.image_resize(pg_temp.jpeg(), 20, 50)) AS i;
SELECT is((i.format, i.width, i.height)::text, '(png,7,9)', 'crop of a PNG image') FROM dp.image_info(dp.image_crop(pg_temp.png(), 30, 20, 7, 9)) AS i;
SELECT is((i.format, i.width, i.height, i.channels)::text, '(png,40,30,3)', 'augment of a PNG image') FROM dp.image_info(dp.augment(pg_temp.png(), '[{"rotate": {"degrees": 9}}]', 1, 1)) AS i;
SELECT is((i.format)::text, 'pnm', 'augment of a PNM image') FROM dp.image_info(dp.augment(dp.image_convert(pg_temp.png(), 'pnm'), '[{"rotate": {"degrees": 9}}]', 1, 1)) AS i;
SELECT is(dp.image_decode(dp.augment(pg_temp.png(), '[{"rotate": {"degrees": 9}}, {"noise": {"sigma": 9}}]', 1, 1)),
	dp.image_decode(dp.augment(dp.image_convert(pg_temp.jpeg(), 'pnm'), '[{"rotate": {"degrees": 9}}, {"noise": {"sigma": 9}}]', 1, 1)), 'the pixels do not depend on the file format');

-- EXIF is not written again, so its orientation (6: a quarter turn) is applied
CREATE TEMPORARY TABLE telephone AS
SELECT substr(jpeg, 1, 2) || '\xffe1002245786966000049492a0008000000010012010300010000000600000000000000' || substr(jpeg, 3) AS image FROM photo;
SELECT is((SELECT array_agg(DISTINCT (i.width, i.height, i.orientation)::text) FROM telephone, LATERAL (VALUES
	(dp.augment(image, '[]', 1, 1)), (dp.image_resize(image, 30, 40)), (dp.image_crop(image, 0, 0, 30, 40)))
	AS v(x), dp.image_info(x) AS i), '{"(30,40,1)"}', 'the size of an upright image');
SELECT ok(dp.image_difference(dp.augment(image, '[]', 1, 1), dp.image_convert(image)) < 3 AND
	dp.image_difference(dp.image_crop(image, 0, 0, 30, 40), dp.image_convert(image)) < 3, 'its pixels') FROM telephone;
SELECT is((i.width, i.height)::text, '(34,44)', 'a grid of it') FROM dp.image_info((SELECT dp.image_grid(image, 1) FROM telephone)) AS i;

-- Recipes
SELECT is(dp.image_decode(dp.augment(pg_temp.png(), '[]', 1, 2)), dp.image_decode(pg_temp.png()), 'an empty recipe changes nothing');
SELECT is(dp.augment(pg_temp.png(), recipe, 4, 5), wanted, 'a recipe of one step: ' || recipe::text) FROM (VALUES
	('[{"flip": {"p": 1}}]'::jsonb, dp.image_flip(pg_temp.png())),
	('[{"flip": {"direction": "vertical", "p": 1}}]', dp.image_flip(pg_temp.png(), 'vertical')),
	('[{"rotate": {"degrees": 12.5, "fill": "reflect"}}]', dp.image_rotate(pg_temp.png(), 12.5, 'reflect')),
	('[{"translate": {"x": 0.1, "y": -0.2, "fill": "wrap"}}]', dp.image_translate(pg_temp.png(), 0.1, -0.2, 'wrap')),
	('[{"shear": {"degrees": [7, 7]}}]', dp.image_shear(pg_temp.png(), 7)),
	('[{"shear": {"degrees": 7, "axis": "vertical"}}]', dp.image_shear(pg_temp.png(), 7, 'vertical')),
	('[{"zoom": {"factor": 1.3, "fill": "constant", "value": 0}}]', dp.image_zoom(pg_temp.png(), 1.3, 'constant')),
	('[{"noise": {"sigma": 12}}]', dp.image_noise(pg_temp.png(), 12, 4, 5)),
	('[{"resize": {"width": 20, "height": 10, "method": "lanczos"}}]', dp.image_resize(pg_temp.png(), 20, 10, 'lanczos')),
	('[{"crop": {"x": 3, "y": 4, "width": 5, "height": 6}}]', dp.image_crop(pg_temp.png(), 3, 4, 5, 6)),
	('[{"random_crop": {"width": 5, "height": 6}}]', dp.image_random_crop(pg_temp.png(), 5, 6, 4, 5)),
	('[{"random_resized_crop": {"width": 5, "height": 6, "area": [0.2, 0.3]}}]', dp.image_random_resized_crop(pg_temp.png(), 5, 6, 4, 5, '{0.2,0.3}')),
	('[{"perspective": {"distortion": 0.4}}]', dp.image_perspective(pg_temp.png(), 0.4, 4, 5)),
	('[{"elastic": {"alpha": 30, "sigma": 3}}]', dp.image_elastic(pg_temp.png(), 30, 3, 4, 5)),
	('[{"brightness": {"factor": 1.2}}]', dp.image_brightness(pg_temp.png(), 1.2)),
	('[{"contrast": {"factor": 0.8}}]', dp.image_contrast(pg_temp.png(), 0.8))) AS v(recipe, wanted);
SELECT is(dp.augment(pg_temp.png(), '["flip", {"rotate": {"degrees": 0}}]', 4, 1), dp.augment(pg_temp.png(), '[{"flip": null}]', 4, 1), 'a step may be a bare name');
SELECT is(pg_temp.pixels(dp.augment(pg_temp.six(), '[{"translate": {"x": 0.333333333333, "fill": "constant", "value": 99}}]', 1, 1)), '{99,10,20,99,40,50}', 'value');
SELECT is(pg_temp.pixels(dp.augment(pg_temp.six(), '[{"shift": {"x": 1, "y": -1, "fill": "constant", "value": 99}}]', 1, 1)), '{99,40,50,99,99,99}', 'a shift by whole pixels');
SELECT is(dp.augment(pg_temp.png(), '[{"shift": {"x": 2}}, {"flip": {"p": 1}}, {"shift": {"x": 2}}, {"flip": {"p": 1}}]', 1, 1), dp.augment(pg_temp.png(), '[{"shift": {"x": [0, 0], "y": 0}}]', 1, 1), 'shifts and flips blur nothing');
SELECT is(string_agg(pixels, ' ' ORDER BY pixels), '{10,10,10,40,40,40} {10,10,20,40,40,50} {10,20,30,40,50,60} {20,30,30,50,60,60} {30,30,30,60,60,60}', 'whole pixels only'),
	ok(min(n) > 160 AND max(n) < 240, 'each as often') -- 200 of 1000, sd 12.6
FROM (SELECT pg_temp.pixels(dp.augment(pg_temp.six(), '[{"shift": {"x": [-2, 2]}}]', 1, k))::text AS pixels, count(*) AS n FROM generate_series(1, 1000) AS k GROUP BY 1) AS t;
SELECT throws_ok($$SELECT dp.augment(pg_temp.six(), '[{"shift": {"x": [0.5, 1]}}]', 1, 1)$$, '22023', 'invalid value for parameter "x" of "shift": 0.5', 'half a pixel');
SELECT is(dp.augment(pg_temp.png(), '[{"noise": {"sigma": 20, "p": 0}}, {"flip": {"p": 0}}]', 1, 1), dp.augment(pg_temp.png(), '[]', 1, 1), 'p 0 never happens');
SELECT ok(dp.augment(pg_temp.png(), '[{"noise": {"sigma": 5}}]', 1, 1) <> dp.augment(pg_temp.png(), '[{"noise": {"sigma": 5}}]', 1, 2), 'another key, another result');
SELECT ok(dp.augment(pg_temp.png(), '[{"noise": {"sigma": 5}}]', 1, 1) <> dp.augment(pg_temp.png(), '[{"noise": {"sigma": 5}}]', 2, 1), 'another seed, another result');
SELECT is(count(DISTINCT dp.augment(pg_temp.six(), '[{"flip": {}}, {"flip": {"direction": "vertical"}}]', 1, k)), 4::bigint, 'two flips have four outcomes') FROM generate_series(1, 40) AS k;

-- A recipe may differ from row to row; each row is as if alone
CREATE TEMPORARY TABLE recipe AS SELECT n, CASE WHEN n % 3 = 0 THEN '[{"flip": {"p": 1}}]' ELSE format('[{"rotate": {"degrees": %s}}]', n) END::jsonb AS recipe FROM generate_series(1, 9) AS n;
SELECT is((SELECT string_agg(md5(dp.augment(pg_temp.png(), recipe, 1, n)), ' ' ORDER BY n) FROM recipe),
	(SELECT string_agg(CASE WHEN n % 3 = 0 THEN md5(dp.image_flip(pg_temp.png())) ELSE md5(dp.image_rotate(pg_temp.png(), n)) END, ' ' ORDER BY n) FROM recipe), 'recipes from a column');

-- The plan and the order of rows change nothing
CREATE TABLE dp_test_images AS SELECT k, dp.image_noise(pg_temp.jpeg(), 3, 1, k) AS image FROM generate_series(1, 300) AS k;
CREATE TABLE dp_test_reversed AS SELECT * FROM dp_test_images ORDER BY k DESC;
CREATE FUNCTION pg_temp.plan(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; r text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || q LOOP r := r || line || E'\n'; END LOOP;
	RETURN r;
END $$;
CREATE TEMPORARY TABLE run (name text, query text, hash text);
INSERT INTO run (name, query) SELECT name, format($$SELECT md5(string_agg(h, '' ORDER BY k)) FROM (SELECT k, md5(dp.augment(image,
	'[{"flip": {}}, {"rotate": {"degrees": [-15, 15], "fill": "reflect"}}, {"crop": {"size": [0.7, 1]}}, {"noise": {"sigma": [0, 9]}}]', 7, k)) AS h FROM %s OFFSET 0) AS s$$, source)
	FROM (VALUES ('serial', 'dp_test_images'), ('reversed', 'dp_test_reversed'), ('parallel', 'dp_test_images')) AS v(name, source);
CREATE FUNCTION pg_temp.run(n text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE q text; h text;
BEGIN
	SELECT query INTO q FROM run WHERE name = n;
	EXECUTE q INTO h;
	UPDATE run SET hash = h WHERE name = n;
END $$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT FROM pg_temp.run('serial');
SELECT FROM pg_temp.run('reversed');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT FROM pg_temp.run('parallel');
SELECT alike(pg_temp.plan(query), '%Gather%', 'the plan is parallel') FROM run WHERE name = 'parallel';
SELECT is(hash, (SELECT hash FROM run WHERE name = 'serial'), 'the same bytes: ' || name) FROM run WHERE name <> 'serial' ORDER BY name DESC;

-- Contact sheets
CREATE FUNCTION pg_temp.dot(level int) RETURNS bytea LANGUAGE sql AS $$SELECT dp.image_encode(set_byte('\x00', 0, $1), 1, 1, 1)$$;
SELECT is((i.format, i.width, i.height, i.channels)::text, '(png,11,8,3)', 'size of a grid of 5 dots in 3 columns')
	FROM dp.image_info((SELECT dp.image_grid(pg_temp.dot(n), 3 ORDER BY n) FROM generate_series(1, 5) AS n)) AS i;
SELECT is(encode(dp.image_decode(dp.image_grid(pg_temp.dot(n * 16), 2 ORDER BY n DESC), 1), 'hex'),
	'ffffffffffffffff' || 'ffffffffffffffff' || 'ffff30ffff20ffff' || 'ffffffffffffffff' || 'ffffffffffffffff' || 'ffff10ffffffffff' || 'ffffffffffffffff' || 'ffffffffffffffff',
	'cells in the order of ORDER BY, two pixels of white around them') FROM generate_series(1, 3) AS n;
SELECT is((i.width, i.height)::text, '(5,5)', 'no more columns than images')
	FROM dp.image_info((SELECT dp.image_grid(pg_temp.dot(n), 10) FROM generate_series(1, 1) AS n)) AS i;
SELECT is((i.width, i.height)::text, '(260,68)', 'cells have at most 256 pixels')
	FROM dp.image_info((SELECT dp.image_grid(dp.image_resize(pg_temp.dot(1), 512, 128), 10))) AS i;
SELECT is(encode(dp.image_decode(dp.image_grid(x, 2 ORDER BY n), 1), 'hex'), repeat('ff', 24) || 'ffff' || '08090a' || 'ffff' || 'ff11ff' || 'ffff' || repeat('ff', 24),
	'a smaller image stands in the middle of its cell')
	FROM (VALUES (1, dp.image_encode('\x08090a', 3, 1, 1)), (2, pg_temp.dot(17)), (3, NULL)) AS v(n, x);
SELECT is(dp.image_grid(x, 3), NULL, 'no image, no grid') FROM (VALUES (NULL::bytea), (NULL)) AS v(x);
SELECT is(dp.image_grid(x, 3), NULL, 'no row, no grid') FROM (SELECT NULL::bytea WHERE false) AS v(x);

-- NULL
SELECT ok(coalesce(dp.image_flip(NULL), dp.image_rotate(NULL, 1), dp.image_translate(pg_temp.six(), NULL, 1), dp.image_shear(NULL, 1),
	dp.image_zoom(NULL, 1), dp.image_noise(pg_temp.six(), 1, NULL, 1), dp.image_brightness(NULL, 1), dp.image_contrast(pg_temp.six(), NULL),
	dp.image_resize(NULL, 1, 1), dp.image_crop(pg_temp.six(), 0, 0, 1, NULL), dp.augment(NULL, '[]', 1, 1), dp.augment(pg_temp.six(), NULL, 1, 1)) IS NULL, 'NULL gives NULL');

-- Errors
SELECT throws_ok(format('SELECT dp.%s', call), '22023', message, call) FROM (VALUES
	($$image_flip(pg_temp.six(), 'diagonal')$$, 'unrecognized value for parameter "direction" of "flip": "diagonal"'),
	($$image_rotate(pg_temp.six(), 361)$$, 'invalid value for parameter "degrees" of "rotate": 361'),
	($$image_rotate(pg_temp.six(), 'NaN')$$, 'invalid value for parameter "degrees" of "rotate": nan'),
	($$image_rotate(pg_temp.six(), 1, 'mirror')$$, 'unrecognized value for parameter "fill" of "rotate": "mirror"'),
	($$image_translate(pg_temp.six(), 1.5, 0)$$, 'invalid value for parameter "x" of "translate": 1.5'),
	($$image_shear(pg_temp.six(), 81)$$, 'invalid value for parameter "degrees" of "shear": 81'),
	($$image_zoom(pg_temp.six(), 0)$$, 'invalid value for parameter "factor" of "zoom": 0'),
	($$image_noise(pg_temp.six(), -1, 1, 1)$$, 'invalid value for parameter "sigma" of "noise": -1'),
	($$image_brightness(pg_temp.six(), 11)$$, 'invalid value for parameter "factor" of "brightness": 11'),
	($$image_contrast(pg_temp.six(), 11)$$, 'invalid value for parameter "factor" of "contrast": 11'),
	($$image_resize(pg_temp.six(), 0, 1)$$, 'invalid value for parameter "width" of "resize": 0'),
	($$image_resize(pg_temp.six(), 1, 70000)$$, 'invalid value for parameter "height" of "resize": 70000'),
	($$image_resize(pg_temp.six(), 1, 1, 'cubic')$$, 'unrecognized value for parameter "method" of "resize": "cubic"'),
	($$image_crop(pg_temp.six(), 3, 0, 1, 1)$$, 'invalid value for parameter "x" of "crop": 3'),
	($$image_crop(pg_temp.six(), 0, -1, 1, 1)$$, 'invalid value for parameter "y" of "crop": -1'),
	($$image_crop(pg_temp.six(), 1, 0, 3, 1)$$, 'invalid value for parameter "width" of "crop": 3'),
	($$image_crop(pg_temp.six(), 0, 0, 1, 0)$$, 'invalid value for parameter "height" of "crop": 0'),
	($$image_center_crop(pg_temp.six(), 4, 1)$$, 'invalid value for parameter "width" of "center_crop": 4'),
	($$image_random_resized_crop(pg_temp.six(), 4, 1, 1, 1, '{1}')$$, 'invalid value for parameter "area" of "random_resized_crop"'),
	($$image_pad(pg_temp.six(), -1, 0, 0, 0)$$, 'invalid value for parameter "left" of "pad": -1'),
	($$image_affine(pg_temp.six(), '{1,0,0,0,1}')$$, 'invalid value for parameter "matrix" of "affine"'),
	($$image_rot90(pg_temp.six(), 4)$$, 'invalid value for parameter "turns" of "rot90": 4'),
	($$image_elastic(pg_temp.six(), 1, 0, 1, 1)$$, 'invalid value for parameter "sigma" of "elastic": 0'),
	($$augment(pg_temp.six(), '7', 1, 1)$$, 'invalid recipe'),
	($$augment(pg_temp.six(), '[{"spin": {}}]', 1, 1)$$, 'unrecognized step "spin"'),
	($$augment(pg_temp.six(), '[{"rotate": {}}]', 1, 1)$$, 'parameter "degrees" of "rotate" is missing'),
	($$augment(pg_temp.six(), '[{"rotate": {"angle": 1}}]', 1, 1)$$, 'unrecognized parameter "angle" of "rotate"'),
	($$augment(pg_temp.six(), '[{"rotate": {"degrees": [9, 1]}}]', 1, 1)$$, 'invalid value for parameter "degrees" of "rotate"'),
	($$augment(pg_temp.six(), '[{"rotate": {"degrees": "9"}}]', 1, 1)$$, 'invalid value for parameter "degrees" of "rotate"'),
	($$augment(pg_temp.six(), '[{"zoom": {"factor": 2, "p": -1}}]', 1, 1)$$, 'invalid value for parameter "p" of "zoom": -1'),
	($$augment(pg_temp.six(), '[{"zoom": {"factor": 2, "value": 256}}]', 1, 1)$$, 'invalid value for parameter "value" of "zoom": 256'),
	($$augment(pg_temp.six(), (SELECT jsonb_agg('{"zoom": {"factor": 0.05}}'::jsonb) FROM generate_series(1, 32)), 1, 1)$$, 'the steps move the image too far outside itself'),
	($$image_grid(pg_temp.six(), 0)$$, 'invalid value for parameter "columns": 0')) AS v(call, message);
SELECT throws_ok($$SELECT dp.augment(pg_temp.six(), (SELECT jsonb_agg('"flip"'::jsonb) FROM generate_series(1, 65)), 1, 1)$$, '54000', 'recipe has too many steps: 65');
SELECT throws_ok($$SELECT dp.augment(pg_temp.six(), '[{"resize": {"width": 65000, "height": 65000}}, {"resize": {"width": 1, "height": 1}}]', 1, 1)$$, '54000', 'image is too big: 4225000000 pixels');
SELECT throws_ok($$SELECT dp.image_resize(pg_temp.six(), 65000, 65000)$$, '54000', 'image is too big: 65000 x 65000');
SELECT throws_ok($$SELECT dp.augment('\x', '[]', 1, 1)$$, '22P03', NULL, 'augment of no image');
SELECT throws_ok($$SELECT dp.image_grid('\xffd8ff', 1)$$, '22P03', NULL, 'grid of a broken image');
SELECT throws_ok($$SELECT dp.image_grid(pg_temp.six(), NULL)$$, '22004', 'parameter "columns" must not be null');
SELECT throws_ok($$SELECT dp.image_grid(pg_temp.six(), n) FROM generate_series(1, 2) n$$, '22023', '"columns" must be the same for every row');
SET LOCAL datapower.max_image_pixels = 1000;
SELECT throws_ok($$SELECT dp.image_grid(dp.image_encode('\x00', 1, 1, 1), 10) FROM generate_series(1, 1000)$$, '54000', 'image grid is too big: more than 90 images of 1 x 1');

SELECT * FROM finish();
ROLLBACK;
