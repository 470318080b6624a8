\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- scratches filled, compared with OpenCV's inpaint (test/oracle/inpaint.py)
BEGIN;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/inpaint.sql'
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
CREATE FUNCTION pg_temp.gray(hex text, w int, h int) RETURNS bytea LANGUAGE sql AS $$SELECT dp.image_encode(decode(hex, 'hex'), w, h, 1)$$;

SELECT ok(10 * log(dp.image_difference(dp.image_inpaint(scratched, mask, radius), photo, 'mse') / mse) < 0.3, 'at most 0.3 decibels from OpenCV''s Telea, radius ' || radius) FROM scratch, filled;
SELECT ok(10 * log(dp.image_difference(scratched, photo, 'mse') / dp.image_difference(dp.image_inpaint(scratched, mask), photo, 'mse')) > 8, 'more than 8 decibels better than the scratches') FROM scratch;
SELECT is(dp.image_decode(dp.image_inpaint(scratched, mask)), dp.image_decode(dp.image_inpaint(dp.image_mixup(scratched, photo, 0), mask)), 'what was under the mask does not matter') FROM scratch;
SELECT is(dp.image_decode(dp.image_inpaint(photo, dp.image_encode(decode(repeat('00', 8000), 'hex'), 100, 80, 1))), dp.image_decode(photo), 'an empty mask changes nothing') FROM scratch;
SELECT is(dp.image_decode(dp.image_inpaint(pg_temp.gray('4b004b004b4b4b4b00', 3, 3), pg_temp.gray('00ff00ff00000000ff', 3, 3))), '\x4b4b4b4b4b4b4b4b4b', 'a flat image');
SELECT is(dp.image_decode(dp.image_inpaint(pg_temp.gray('0a00', 2, 1), pg_temp.gray('0080', 2, 1))), '\x0a0a', 'half white is light');
SELECT is(dp.image_decode(dp.image_inpaint(pg_temp.gray('0a00', 2, 1), pg_temp.gray('007f', 2, 1))), '\x0a00', 'less is dark');
SELECT is(dp.image_decode(dp.image_inpaint(pg_temp.gray('0a', 1, 1), pg_temp.gray('00', 1, 1))), '\x0a', 'one pixel');
SELECT is(dp.image_inpaint(pg_temp.gray('0a', 1, 1), NULL), NULL, 'NULL');
SELECT is(pg_temp.report($$SELECT dp.image_inpaint(pg_temp.gray('0a', 1, 1), pg_temp.gray('ff', 1, 1))$$), '22023 | the mask covers the whole image | Nothing is left to fill it from.', 'nothing left');
SELECT is(pg_temp.report($$SELECT dp.image_inpaint(pg_temp.gray('0a', 1, 1), pg_temp.gray('ff00', 2, 1))$$), '22023 | images differ in size: 1 x 1 and 2 x 1 | Bring the mask to the size of the image with dp.image_resize(mask, width, height, ''nearest'').', 'a mask of another size');
SELECT is(pg_temp.report($$SELECT dp.image_inpaint(pg_temp.gray('0a', 1, 1), pg_temp.gray('00', 1, 1), 0)$$), '22023 | invalid value for parameter "radius": 0 | "radius" must be between 1 and 50.', 'no radius');

SELECT * FROM finish();
ROLLBACK;
