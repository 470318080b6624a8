\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- images freed of noise, against OpenCV (test/oracle/denoise.py)
BEGIN;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/denoise.sql'
\i :file

CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(d, ''));
END $$;
CREATE FUNCTION pg_temp.noisy(c int, format text DEFAULT 'png') RETURNS bytea LANGUAGE sql AS
	'SELECT dp.image_encode(pixels, 40, 32, channels, format) FROM noisy WHERE channels = c';
-- how many samples differ, and by how much at most
CREATE FUNCTION pg_temp.apart(a bytea, b bytea, OUT n bigint, OUT most int) LANGUAGE sql AS
	'SELECT count(*) FILTER (WHERE get_byte(a, i) <> get_byte(b, i)), max(abs(get_byte(a, i) - get_byte(b, i))) FROM generate_series(0, length(a) - 1) AS i';

SELECT is(dp.image_decode(dp.image_denoise(pg_temp.noisy(channels), method, options)), pixels, format('OpenCV''s %s %s of %s', method, options, channels))
	FROM denoised WHERE method IN ('median', 'nlm');
SELECT ok(n <= 4 AND most <= 1, format('OpenCV''s %s %s of %s, but for a gray level in 1 of 1000', method, options, channels))
	FROM denoised, pg_temp.apart(dp.image_decode(dp.image_denoise(pg_temp.noisy(channels), method, options)), pixels) WHERE method = 'bilateral';
SELECT ok(most <= 1, format('OpenCV''s %s %s of %s to a gray level', method, options, channels))
	FROM denoised, pg_temp.apart(dp.image_decode(dp.image_denoise(pg_temp.noisy(channels), method, options)), pixels) WHERE method = 'gaussian';
SELECT is(dp.image_denoise(pg_temp.noisy(3)), dp.image_denoise(pg_temp.noisy(3), 'nlm', '{"strength": 10, "patch": 7, "search": 21}'), 'the defaults');
SELECT is(dp.image_denoise(pg_temp.noisy(1), 'bilateral'), dp.image_denoise(pg_temp.noisy(1), 'bilateral', '{"size": 9, "sigma_space": 75, "sigma_color": 75}'), 'of bilateral');

-- any size, and formats
SELECT is((i.format, i.width, i.height, i.channels)::text, format('(png,%s,%s,%s)', w, h, c), format('%s of %s x %s x %s', m, w, h, c)) FROM (VALUES (1, 1), (1, 50), (70, 2)) AS s(w, h), (VALUES (1), (3)) AS d(c),
	unnest('{median,gaussian,bilateral,nlm}'::text[]) AS m, dp.image_info(dp.image_denoise(dp.image_resize(pg_temp.noisy(c), w, h), m)) AS i;
SELECT is(dp.image_decode(dp.image_denoise(dp.image_encode(decode(repeat('c8', 12), 'hex'), 4, 3, 1), m)), decode(repeat('c8', 12), 'hex'), 'what has no noise stays: ' || m) FROM unnest('{median,gaussian,bilateral,nlm}'::text[]) AS m;
SELECT is((i.format, i.channels)::text, format('(%s,3)', f), 'the format stays: ' || f) FROM unnest('{png,pnm,jpeg}'::text[]) AS f, dp.image_info(dp.image_denoise(pg_temp.noisy(3, f), 'median')) AS i;

SELECT is(dp.image_denoise(NULL), NULL, 'NULL');
SELECT is(pg_temp.report($$SELECT dp.image_denoise('\x00')$$), '22P03 | unrecognized image format', 'not an image');
SELECT is(pg_temp.report($$SELECT dp.image_denoise('\x00', 'mean')$$), '22023 | unrecognized method "mean"', 'a method that is not there');
SELECT is(pg_temp.report(format($$SELECT dp.image_denoise('\x00', 'nlm', '{%s}')$$, o)), '22023 | ' || message, o) FROM (VALUES
	('"patch": 4', 'invalid value for parameter "patch": 4 | "patch" must be odd, so that it has a middle.'),
	('"search": 63', 'invalid value for parameter "search": 63 | "search" must be between 3 and 61.'),
	('"strength": 0', 'invalid value for parameter "strength": 0 | "strength" must be between 0.1 and 255.')) AS v(o, message);
SELECT alike(pg_temp.report($$SELECT dp.image_denoise('\x00', 'median', '{"sigma": 1}')$$), '22023 | unrecognized option "sigma"%', 'an option of another method');
SELECT is(pg_temp.report($$SELECT dp.image_denoise('\x00', 'median', '{"size": 2}')$$), '22023 | invalid value for parameter "size": 2 | "size" must be odd, so that it has a middle.', 'an even size');

SELECT * FROM finish();
ROLLBACK;
