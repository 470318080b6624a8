\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- rows mixed with others, against NumPy and Python (test/oracle/mixing.py)
BEGIN;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/mixing.sql'
\i :file

CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(d, ''), nullif(h, ''));
END $$;
CREATE FUNCTION pg_temp.picture(n int, format text DEFAULT 'png') RETURNS bytea LANGUAGE sql AS
	'SELECT dp.image_encode(pixels, 7, 9, 3, format) FROM picture WHERE k = n';
CREATE FUNCTION pg_temp.dot(level int, channels int DEFAULT 1) RETURNS bytea LANGUAGE sql AS
	$$SELECT dp.image_encode(decode(repeat(lpad(to_hex(level), 2, '0'), channels), 'hex'), 1, 1, channels, 'pnm')$$;

-- partners
SELECT is(string_agg(DISTINCT (dp.mix_partner(key, n, seed) = partner)::text, ''), 'true', 'partners as Python has them') FROM partner;
SELECT is(string_agg(n::text, ' '), NULL, 'each row is taken once') FROM (SELECT n FROM generate_series(1, 130) AS n, generate_series(0, n - 1) AS k
	GROUP BY n HAVING count(DISTINCT dp.mix_partner(k, n, 5)) <> n OR min(dp.mix_partner(k, n, 5)) <> 0 OR max(dp.mix_partner(k, n, 5)) <> n - 1) AS s;
SELECT isnt(string_agg(dp.mix_partner(k, 100, 1)::text, ' ' ORDER BY k), string_agg(dp.mix_partner(k, 100, 2)::text, ' ' ORDER BY k), 'another seed, other partners') FROM generate_series(0, 99) AS k;
SELECT is(dp.mix_partner(3, 10), dp.mix_partner(3, 10, 0), 'the seed is 0 by default');
SELECT is(dp.mix_partner(NULL, 10), NULL, 'no key, no partner');
SELECT is(pg_temp.report('SELECT dp.mix_partner(10, 10)'), '22023 | invalid value for parameter "key": 10 | "key" must be between 0 and 9. | Number the rows first: row_number() OVER (ORDER BY id) - 1.', 'a key too large');
SELECT is(pg_temp.report('SELECT dp.mix_partner(-1, 10)'), '22023 | invalid value for parameter "key": -1 | "key" must be between 0 and 9. | Number the rows first: row_number() OVER (ORDER BY id) - 1.', 'a negative key');
SELECT is(pg_temp.report('SELECT dp.mix_partner(0, 0)'), '22023 | invalid value for parameter "n": 0 | "n" must be between 1 and 4611686018427387904.', 'nobody to be mixed with');
SELECT is(pg_temp.report('SELECT dp.mix_partner(0, 9223372036854775807)'), '22023 | invalid value for parameter "n": 9223372036854775807 | "n" must be between 1 and 4611686018427387904.', 'too many');

-- shares
SELECT is(string_agg(concat_ws(' ', key, alpha), ', ') FILTER (WHERE NOT abs(dp.mix_lambda(key, alpha, seed) - lambda) <= 1e-13), NULL, 'lambda as Python draws it') FROM lambda;
SELECT ok(max(abs(below - p)) < 1.95 / sqrt(20000), 'Beta(' || alpha || ', ' || alpha || ') is SciPy''s: Kolmogorov and Smirnov at the 0.1 % point')
FROM (SELECT alpha, p, (SELECT avg((dp.mix_lambda(k, alpha, 5) <= x)::int) FROM generate_series(1, 20000) AS k) AS below FROM quantile) AS s GROUP BY alpha ORDER BY alpha;
SELECT is(pg_temp.report(format('SELECT dp.mix_lambda(1, %L)', a)), format('22023 | invalid value for parameter "alpha": %s | "alpha" must be between 0.001 and 1000.', a), 'alpha ' || a)
FROM unnest(ARRAY['0', '-1', '1001', 'NaN', 'Infinity']) AS a;

-- labels
SELECT is(dp.label_mix('{1,0,0}', '{0,1,0}', 0.75), '{0.75,0.25,0}', 'two labels');
SELECT is(dp.label_mix(ARRAY[1, 0], ARRAY[0, 1], 0.5), '{0.5,0.5}', 'of integers');
SELECT is(dp.label_mix(ARRAY[1.0, 0], ARRAY[0, 1.0], 1), '{1,0}', 'of numeric');
SELECT is(dp.label_mix('{{1,0,0},{0,1,0},{0,0,1}}', '{0.5,0.25,0.25}'), '{0.5,0.25,0.25}', 'three labels');
SELECT is(dp.label_mix(array_agg(ARRAY[1 - k, k]::float8[] ORDER BY k), '{0.25,0.75}'), '{0.25,0.75}', 'collected by array_agg') FROM generate_series(0, 1) AS k;
SELECT is(dp.label_mix('{1,0}', NULL, 0.5), NULL, 'a label that is not known');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{1,0}', '{0,1,0}', 0.5)$$), '2202E | labels differ in their number of classes: 2 and 3', 'of different lengths');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{1,NULL}', '{0,1}', 0.5)$$), '22004 | "a" must not contain nulls', 'a class that is not known');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{1,0}', '{0,1}', 1.5)$$), '22023 | invalid value for parameter "lambda": 1.5 | "lambda" must be between 0 and 1.', 'a share above 1');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{1,0}'::float8[], '{1}'::float8[])$$), '2202E | "labels" must have two dimensions, not 1 | array_agg(label) of labels that are arrays has two.', 'one label alone');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{{1,0},{0,1}}', '{1}')$$), '2202E | 2 labels but 1 weights', 'too few weights');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{{1,NULL}}', '{1}')$$), '22004 | "labels" must not contain nulls', 'a class of several that is not known');
SELECT is(pg_temp.report($$SELECT dp.label_mix('{{1,0}}', '{-1}')$$), '22023 | invalid value for parameter "weights": -1 | "weights" must be between 0 and 1.', 'a negative weight');

-- mixup
SELECT is(dp.image_decode(dp.image_mixup(pg_temp.picture(0), pg_temp.picture(1), lambda)), pixels, 'mixup by ' || lambda) FROM mixup;
SELECT is(dp.image_decode(dp.image_mixup(pg_temp.dot(a), pg_temp.dot(b), 0.5)), set_byte('\x00', 0, m), format('half of %s and %s is %s: halves go to the even number', a, b, m))
	FROM (VALUES (0, 1, 0), (1, 2, 2), (2, 3, 2), (254, 255, 254), (0, 255, 128)) AS v(a, b, m);
SELECT is((i.format, i.width, i.height)::text, format('(%s,7,9)', f), 'the format is that of the first: ' || f) FROM unnest(ARRAY['png', 'pnm', 'jpeg']) AS f,
	dp.image_info(dp.image_mixup(pg_temp.picture(0, f), pg_temp.picture(1), 0.5)) AS i;
SELECT is(dp.image_decode(dp.image_mixup(pg_temp.dot(10), dp.image_encode('\x1e3264', 1, 1, 3), 0.5)), '\x141e37', 'gray and colour become colour');
SELECT is(dp.image_mixup(pg_temp.dot(1), NULL, 0.5), NULL, 'NULL');
SELECT is(pg_temp.report('SELECT dp.image_mixup(pg_temp.dot(1), pg_temp.picture(0), 0.5)'), '22023 | images differ in size: 1 x 1 and 7 x 9 | Bring them to one size with dp.image_resize().', 'of different sizes');
SELECT is(pg_temp.report('SELECT dp.image_mixup(pg_temp.dot(1), pg_temp.dot(2), -0.1)'), '22023 | invalid value for parameter "lambda": -0.1 | "lambda" must be between 0 and 1.', 'a negative share');
SELECT is(pg_temp.report($$SELECT dp.image_mixup(pg_temp.dot(1), '\x00', 0.5)$$), '22P03 | unrecognized image format | Supported formats are JPEG, PNG and binary PNM (P5, P6).', 'not an image');

-- CutMix
SELECT ok(m.lambda = c.lambda AND dp.image_decode(m.image) = c.pixels, format('CutMix of key %s: %s is left', key, c.lambda))
	FROM cutmix AS c, dp.image_cutmix(pg_temp.picture(0), pg_temp.picture(1), 3, key, alpha) AS m;
SELECT is(m.lambda, c.lambda, 'alpha is 1 by default') FROM cutmix AS c, dp.image_cutmix(pg_temp.picture(0), pg_temp.picture(1), 3, key) AS m WHERE key = 0;
SELECT ok(avg(m.lambda) BETWEEN 0.55 AND 0.8 AND min(m.lambda) < 0.2 AND max(m.lambda) > 0.99, 'boxes of all sizes')
	FROM generate_series(1, 500) AS k, dp.image_cutmix(dp.image_resize(pg_temp.picture(0), 40, 30), dp.image_resize(pg_temp.picture(1), 40, 30), 3, k) AS m;
SELECT is(m.lambda, 1::float8, 'of one pixel nothing is cut') FROM dp.image_cutmix(pg_temp.dot(1), pg_temp.dot(2), 1, 1) AS m;
SELECT is(pg_temp.report('SELECT dp.image_cutmix(pg_temp.dot(1), pg_temp.picture(0), 1, 1)'), '22023 | images differ in size: 1 x 1 and 7 x 9 | Bring them to one size with dp.image_resize().', 'CutMix of different sizes');
SELECT is(pg_temp.report('SELECT dp.image_cutmix(pg_temp.dot(1), pg_temp.dot(2), 1, 1, 0)'), '22023 | invalid value for parameter "alpha": 0 | "alpha" must be between 0.001 and 1000.', 'CutMix of alpha 0');
SELECT is(m.lambda, NULL, 'CutMix with nothing') FROM dp.image_cutmix(pg_temp.dot(1), NULL, 1, 1) AS m;

-- mosaic
SELECT ok(i.weights = m.weights AND dp.image_decode(i.image) = m.pixels, format('a mosaic of %s: %s', n, m.weights))
	FROM mosaic AS m, dp.image_mosaic((SELECT array_agg(pg_temp.picture(k) ORDER BY k) FROM generate_series(0, n - 1) AS k), 11, key) AS i;
SELECT is(dp.image_decode(m.image), dp.image_decode(pg_temp.dot(w, 3)), 'a mosaic of one pixel is one of the images')
	FROM (SELECT m.*, CASE WHEN weights = '{1,0}' THEN 7 WHEN weights = '{0,1}' THEN 9 END AS w FROM dp.image_mosaic(ARRAY[pg_temp.dot(7), pg_temp.dot(9, 3)], 1, 1) AS m) AS m;
SELECT is((SELECT max(abs(x - 1)) < 1e-12 FROM (SELECT (SELECT sum(w) FROM unnest(weights) AS w) AS x FROM generate_series(1, 100) AS k,
	dp.image_mosaic(ARRAY[pg_temp.picture(0), pg_temp.picture(1), pg_temp.picture(2)], 1, k)) AS s), true, 'weights sum to 1');
SELECT is(pg_temp.report('SELECT dp.image_mosaic(ARRAY[pg_temp.dot(1), NULL], 1, 1)'), '22004 | "images" must not contain nulls', 'an image that is not there');
SELECT is(pg_temp.report($$SELECT dp.image_mosaic('{}', 1, 1)$$), '22023 | wrong number of images for a mosaic: 0 | A mosaic is of 1 to 4 images.', 'no images');
SELECT is(pg_temp.report('SELECT dp.image_mosaic(array_fill(pg_temp.dot(1), ARRAY[5]), 1, 1)'), '22023 | wrong number of images for a mosaic: 5 | A mosaic is of 1 to 4 images.', 'too many images');
SELECT is(pg_temp.report('SELECT dp.image_mosaic(ARRAY[pg_temp.dot(1), pg_temp.picture(0)], 1, 1)'), '22023 | images differ in size: 1 x 1 and 7 x 9 | Bring them to one size with dp.image_resize().', 'a mosaic of different sizes');

-- palette, alpha, CMYK and 16 bits become gray or RGB of 8 bits before they are mixed
\set image :srcdir '/data/image'
SELECT is(dp.image_decode(dp.image_mixup(x, x, 0.3)), dp.image_decode(dp.image_convert(x)), 'mixed with itself: ' || f)
	FROM unnest(ARRAY['palette8.png', 'ga8.png', 'rgba16.png', 'gray1.png', 'interlaced_rgba.png']) AS f, pg_read_binary_file(:'image' || '/' || f) AS x;
SELECT ok(dp.image_difference(dp.image_mixup(x, x, 0.3), dp.image_convert(x)) < 3, 'mixed with itself: ' || f)
	FROM unnest(ARRAY['cmyk.jpg', 'exif6.jpg', 'gray.jpg']) AS f, pg_read_binary_file(:'image' || '/' || f) AS x;

-- the plan and the order of rows change nothing; a mixed table is a self-join
CREATE TABLE dp_test_mix AS SELECT k - 1 AS key, dp.image_noise(pg_temp.picture(0), 60, 1, k) AS image, CASE WHEN k % 2 = 0 THEN '{1,0}' ELSE '{0,1}' END::float8[] AS label FROM generate_series(1, 200) AS k;
CREATE TEMPORARY TABLE run (name text, hash text);
CREATE FUNCTION pg_temp.run(n text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO run SELECT n, md5(string_agg(h, '' ORDER BY key)) FROM (SELECT a.key, md5(m.image || float8send(m.lambda) || float8send(dp.mix_lambda(a.key, 0.2, 3))
		|| dp.image_mixup(a.image, b.image, dp.mix_lambda(a.key, 0.2, 3)) || array_send(dp.label_mix(a.label, b.label, m.lambda))) AS h
	FROM dp_test_mix AS a JOIN dp_test_mix AS b ON b.key = dp.mix_partner(a.key, 200, 3), dp.image_cutmix(a.image, b.image, 3, a.key) AS m OFFSET 0) AS s $$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT FROM pg_temp.run('hashed');
SET LOCAL enable_hashjoin = off;
SELECT FROM pg_temp.run('merged');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT FROM pg_temp.run('parallel');
SELECT is(count(DISTINCT hash)::int, 1, 'the same bytes by three plans'), is(count(hash)::int, 3, 'of three runs') FROM run;
SELECT is(count(*)::int, 7, 'all are immutable, strict and parallel safe') FROM pg_proc
WHERE pronamespace = 'dp'::regnamespace AND proname IN ('mix_partner', 'mix_lambda', 'label_mix', 'image_mixup', 'image_cutmix', 'image_mosaic') AND provolatile = 'i' AND proparallel = 's' AND proisstrict;

SELECT * FROM finish();
ROLLBACK;
