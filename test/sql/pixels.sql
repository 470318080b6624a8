\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT * FROM no_plan();

-- 3 x 2 gray pixels: 10 20 30 / 40 50 60; and two pixels in colour
CREATE FUNCTION pg_temp.six() RETURNS bytea LANGUAGE sql AS $$SELECT dp.image_encode('\x0a141e28323c', 3, 2, 1)$$;
CREATE FUNCTION pg_temp.two() RETURNS bytea LANGUAGE sql AS $$SELECT dp.image_encode('\xff0000102030', 2, 1, 3)$$;
CREATE FUNCTION pg_temp.pixels(bytea) RETURNS int[] LANGUAGE sql AS
$$SELECT array_agg(get_byte(p, i) ORDER BY i) FROM dp.image_decode($1) AS p, generate_series(0, length(p) - 1) AS i$$;

-- Pillow 9.4.0
SELECT is(pg_temp.pixels(dp.image_invert(pg_temp.six())), '{245,235,225,215,205,195}', 'invert');
SELECT is(pg_temp.pixels(dp.image_posterize(pg_temp.six(), 3)), '{0,0,0,32,32,32}', 'posterize');
SELECT is(pg_temp.pixels(dp.image_solarize(pg_temp.six(), 35)), '{10,20,30,215,205,195}', 'solarize');
SELECT is(pg_temp.pixels(dp.image_solarize(pg_temp.six())), '{10,20,30,40,50,60}', 'solarize from 128 on');
SELECT is(pg_temp.pixels(dp.image_autocontrast(pg_temp.six())), '{0,51,102,153,203,255}', 'autocontrast');
SELECT is(pg_temp.pixels(dp.image_equalize(pg_temp.six())), '{10,20,30,40,50,60}', 'equalize has nothing to spread in six pixels');
SELECT is(pg_temp.pixels(dp.image_gamma(pg_temp.six(), 1)), '{10,20,30,40,50,60}', 'gamma 1');
SELECT is(pg_temp.pixels(dp.image_gamma(pg_temp.six(), 0.5)), '{50,71,87,101,113,124}', 'gamma 0.5');
SELECT is(pg_temp.pixels(dp.image_grayscale(pg_temp.two())), '{76,76,76,29,29,29}', 'grayscale keeps three channels');
SELECT is(pg_temp.pixels(dp.image_saturation(pg_temp.two(), 0)), '{76,76,76,29,29,29}', 'saturation 0 is gray');
SELECT is(pg_temp.pixels(dp.image_hue(pg_temp.two(), 1/3::float8)), '{0,255,0,48,16,32}', 'a third of the circle');
SELECT is(pg_temp.pixels(dp.image_hue(pg_temp.six(), 0.3)), '{10,20,30,40,50,60}', 'gray has no hue');
SELECT is(pg_temp.pixels(dp.image_median(pg_temp.six())), '{20,30,30,40,40,50}', 'median');
SELECT is(pg_temp.pixels(dp.image_blur(pg_temp.six(), 0.1)), '{10,20,30,40,50,60}', 'a blur far below a pixel');
SELECT is(pg_temp.pixels(dp.image_motion_blur(pg_temp.six(), 3)), '{17,20,23,47,50,53}', 'a horizontal streak, reflected at the border');
SELECT is(pg_temp.pixels(dp.image_sharpness(pg_temp.six(), 5)), '{10,20,30,40,50,60}', 'sharpness leaves the border');
SELECT is(pg_temp.pixels(dp.image_salt_pepper(pg_temp.six(), 0, 1, 1)), '{10,20,30,40,50,60}', 'no salt');
SELECT ok(pg_temp.pixels(dp.image_salt_pepper(pg_temp.six(), 1, 1, 1)) <@ '{0,255}', 'nothing but salt and pepper');
SELECT is(pg_temp.pixels(dp.image_erase(pg_temp.six(), 1, 1, '{1,1}', 1.5, 7)), '{7,7,7,7,7,7}', 'all is erased');
SELECT is(pg_temp.pixels(dp.image_color_jitter(pg_temp.two(), 0, 0, 0, 0, 1, 1)), pg_temp.pixels(pg_temp.two()), 'jitter of nothing');

-- a function is a recipe of one step
SELECT is(f, dp.augment(pg_temp.two(), r, 3, 4), r::text) FROM (VALUES
	(dp.image_speckle(pg_temp.two(), 0.2, 3, 4), '[{"speckle": {"sigma": 0.2}}]'::jsonb),
	(dp.image_poisson(pg_temp.two(), 20, 3, 4), '[{"poisson": {"peak": 20}}]'),
	(dp.image_cutout(pg_temp.two(), 0.5, 3, 4), '[{"cutout": {"size": 0.5}}]'),
	(dp.image_grid_dropout(pg_temp.two(), 2, 3, 4, content => 'noise'), '[{"grid_dropout": {"unit": 2, "content": "noise"}}]'),
	(dp.image_erase(pg_temp.two(), 3, 4), '[{"erase": {"area": [0.02, 0.33]}}]'),
	(dp.image_jpeg(pg_temp.two(), 30), '[{"jpeg": {"quality": 30}}]'),
	(dp.image_clahe(pg_temp.two()), '["clahe"]'),
	(dp.image_color_jitter(pg_temp.two(), 0.4, 0.4, 0.4, 0.1, 3, 4),
	 '[{"color_jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}]')) AS v(f, r);

-- formats stay, whatever the image is
SELECT is((SELECT array_agg(DISTINCT (i.format, i.width, i.height, i.channels)::text) FROM dp.image_info(dp.image_jpeg(pg_temp.six(), 5)) AS i), '{"(png,3,2,1)"}', 'JPEG artefacts in a gray PNG');
SELECT is((SELECT i.format FROM dp.image_info(dp.image_median(dp.image_convert(pg_temp.two(), 'jpeg'))) AS i), 'jpeg', 'a JPEG image stays one');
SELECT is(dp.image_median(NULL), NULL, 'NULL in, NULL out');

-- what is refused
SELECT throws_ok($$SELECT dp.image_blur(pg_temp.six(), 0)$$, '22023', 'invalid value for parameter "sigma" of "blur": 0');
SELECT throws_ok($$SELECT dp.image_median(pg_temp.six(), 257)$$, '22023', 'invalid value for parameter "size" of "median": 257');
SELECT throws_ok($$SELECT dp.image_hue(pg_temp.six(), 'NaN')$$, '22023', 'invalid value for parameter "shift" of "hue": nan');
SELECT throws_ok($$SELECT dp.image_posterize(pg_temp.six(), 9)$$, '22023', 'invalid value for parameter "bits" of "posterize": 9');
SELECT throws_ok($$SELECT dp.image_erase(pg_temp.six(), 1, 1, '{0.3,0.1}')$$, '22023', 'invalid value for parameter "area" of "erase"');
SELECT throws_ok($$SELECT dp.image_cutout(pg_temp.six(), 0.1, 1, 1, content => 'snow')$$, '22023', 'unrecognized value for parameter "content" of "cutout": "snow"');
SELECT throws_ok($$SELECT dp.augment(pg_temp.six(), '["erase"]', 1, 1)$$, '22023', 'parameter "area" of "erase" is missing');
SELECT throws_ok($$SELECT dp.image_equalize('\x00')$$, '22P03');

SELECT * FROM finish();
ROLLBACK;
