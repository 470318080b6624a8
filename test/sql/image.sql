\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- images in bytea: info, pixels, files
BEGIN;
SELECT plan(46);

-- a 4 x 3 picture, gray and RGB
CREATE TEMP TABLE p AS
SELECT decode('000102031011121320212223', 'hex') AS gray,
	decode('ff000000ff000000ffffffff800000008000000080808080400000004000000040000000', 'hex') AS rgb;
CREATE TEMP TABLE f AS
SELECT format, channels, dp.image_encode(CASE channels WHEN 1 THEN gray ELSE rgb END, 4, 3, channels, format) AS image
FROM p, unnest(ARRAY['jpeg', 'png', 'pnm']) format, unnest(ARRAY[1, 3]) channels;

SELECT results_eq(
	'SELECT f.format, f.channels, i.format, i.width, i.height, i.channels, i.orientation, i.bytes = length(image), i.status FROM f, LATERAL dp.image_info(image) i ORDER BY 1, 2',
	$$VALUES ('jpeg', 1, 'jpeg', 4, 3, 1, 1, true, 'ok'), ('jpeg', 3, 'jpeg', 4, 3, 3, 1, true, 'ok'),
		('png', 1, 'png', 4, 3, 1, 1, true, 'ok'), ('png', 3, 'png', 4, 3, 3, 1, true, 'ok'),
		('pnm', 1, 'pnm', 4, 3, 1, 1, true, 'ok'), ('pnm', 3, 'pnm', 4, 3, 3, 1, true, 'ok')$$,
	'image_info of each format');
SELECT is(dp.image_decode(image), CASE channels WHEN 1 THEN gray ELSE rgb END, format || ' keeps ' || channels || ' channels')
FROM f, p WHERE format <> 'jpeg' ORDER BY format, channels;
SELECT is(dp.image_decode(image, 3), decode('000000010101020202030303101010111111121212131313202020212121222222232323', 'hex'), 'gray to RGB')
FROM f WHERE format = 'png' AND channels = 1;
-- Pillow 9.4: Image.convert('L')
SELECT is(dp.image_decode(image, 1), decode('4c961dff264b0f8013260700', 'hex'), 'RGB to gray')
FROM f WHERE format = 'png' AND channels = 3;
SELECT is(encode(image, 'escape'), E'P5\n4 3\n255\n\\000\x01\x02\x03\x10\x11\x12\x13 !"#', 'PNM as text')
FROM f WHERE format = 'pnm' AND channels = 1;
SELECT ok(max(abs(get_byte(dp.image_decode(image), i) - get_byte(gray, i))) <= 3, 'JPEG is near')
FROM f, p, generate_series(0, 11) i WHERE format = 'jpeg' AND channels = 1;
SELECT ok(length(dp.image_encode(gray, 4, 3, 1, 'jpeg', 100)) >= length(dp.image_encode(gray, 4, 3, 1, 'jpeg', 1)), 'quality') FROM p;
SELECT is(dp.image_encode(gray, 4, 3, 1), dp.image_encode(pixels => gray, width => 4, height => 3, channels => 1, format => 'png', quality => 90), 'defaults') FROM p;
SELECT is(dp.image_decode(dp.image_convert(a.image, b.format)), dp.image_decode(a.image), a.format || ' to ' || b.format)
FROM f a, f b WHERE a.channels = 3 AND b.channels = 3 AND b.format <> 'jpeg' ORDER BY a.format, b.format;
SELECT is((dp.image_info(dp.image_convert(image, 'jpeg', 95))).format, 'jpeg', 'to JPEG') FROM f WHERE format = 'png' AND channels = 3;
SELECT is(dp.image_convert(image), dp.image_convert(image, 'png'), 'PNG is the default') FROM f WHERE format = 'pnm' AND channels = 3;

-- alpha: a PNG of 2 x 1 gray pixels, 0 with alpha 255 and 0 with alpha 51 (written by Python's zlib and struct)
SELECT is(dp.image_decode(decode('89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d4944415478da6360f8cf600c0003350133e858a8920000000049454e44ae426082', 'hex')), decode('00cc', 'hex'), 'alpha lies over white');
SELECT is((dp.image_info(decode('89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d4944415478da6360f8cf600c0003350133e858a8920000000049454e44ae426082', 'hex'))).channels, 2, 'and is counted as a channel');

-- EXIF: the picture lies on its side (orientation 6); converted, it stands, and no longer says so (image.py's exif6.jpg)
CREATE TEMP TABLE photo AS SELECT decode('ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a00000008000101120003000000010006000000000000ffdb00430006040506050406060506070706080a100a0a09090a140e0f0c1017141818171416161a1d251f1a1b231c1616202c20232627292a29191f2d302d283025282928ffdb0043010707070a080a130a0a13281a161a2828282828282828282828282828282828282828282828282828282828282828282828282828282828282828282828282828ffc00011080011001503012200021101031101ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffc4001f0100030101010101010101010000000000000102030405060708090a0bffc400b51100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c03010002110311003f00ec24f1ed9dc69a2d4b2b3118c1238af27f147836e3c4576d710e4a1e4ed1c7f9f7ae46da0d462d632cb26c2d9e3a75eb5f4afc389ecbfb3a35ba1187039cd5bc251c2c7eb15dfbcc537697d5686aa2791e85e1f9b47b4fb3ca761cf4901cfe868af47f1b4d03ea486d550a6dc631d3a7b51497b1a9ef27bfa19ff6c57a5fbb6b63cc750ff909ff00c0cff2aecf46ff008f63f46ffd04d145737147c31f91795ffbcc8866ff008fb9bfe03fca8a28ae6c2ff063e871e37fde27ea7fffd9', 'hex') AS image;
SELECT results_eq('SELECT i.width, i.height, i.orientation, c.width, c.height, c.orientation FROM photo, LATERAL dp.image_info(image) i, LATERAL dp.image_info(dp.image_convert(image)) c',
	'VALUES (21, 17, 6, 17, 21, 1)', 'image_convert applies EXIF''s orientation');
SELECT is(substring(dp.image_decode(dp.image_convert(image)) FROM 1 + 3 * 16 FOR 3), substring(dp.image_decode(image) FROM 1 FOR 3), 'the first pixel is then in the upper right corner') FROM photo;

-- NULL
SELECT is(dp.image_info(NULL), NULL, 'image_info of NULL');
SELECT is(dp.image_decode(NULL), NULL, 'image_decode of NULL');
SELECT is(dp.image_encode(NULL, 1, 1, 1), NULL, 'image_encode of NULL');
SELECT is(dp.image_convert(NULL, 'png'), NULL, 'image_convert of NULL');

-- broken
CREATE TEMP TABLE broken AS
SELECT 1 AS n, ''::bytea AS image UNION ALL SELECT 2, 'GIF89a'::bytea
UNION ALL SELECT 3, substring(image FROM 1 FOR 100) FROM f WHERE format = 'jpeg' AND channels = 3
UNION ALL SELECT 4, substring(image FROM 1 FOR length(image) - 2) FROM f WHERE format = 'jpeg' AND channels = 3
UNION ALL SELECT 5, substring(image FROM 1 FOR length(image) - 1) FROM f WHERE format = 'png' AND channels = 3
UNION ALL SELECT 6, set_byte(image, length(image) - 13, get_byte(image, length(image) - 13) # 1) FROM f WHERE format = 'png' AND channels = 3
UNION ALL SELECT 7, 'P6 100000 100000 255 '::bytea;
SELECT results_eq(
	'SELECT n, i.format, i.width, i.channels, i.status FROM broken, LATERAL dp.image_info(image) i ORDER BY n',
	$$VALUES (1, NULL, NULL::int, NULL::int, 'unrecognized: The image is empty.'),
		(2, NULL, NULL, NULL, 'unrecognized: no known format'),
		(3, 'jpeg', NULL, NULL, 'truncated: Premature end of JPEG file'),
		(4, 'jpeg', 4, 3, 'warning: Premature end of JPEG file (1 in all)'),
		(5, 'png', 4, 3, 'truncated: Premature end of PNG file'),
		(6, 'png', 4, 3, 'damaged: IDAT: CRC error'),
		(7, 'pnm', 100000, 3, 'over limit: The image has 100000 x 100000 pixels; at most 33554432 are allowed (datapower.max_image_pixels).')$$,
	'image_info says what is wrong');
CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(d, ''), nullif(h, ''));
END $$;
SELECT is(pg_temp.report('SELECT dp.image_decode(image) FROM broken WHERE n = 1'),
	'22P03 | unrecognized image format | The image is empty. | Supported formats are JPEG, PNG and binary PNM (P5, P6).', 'no bytes');
SELECT is(pg_temp.report('SELECT dp.image_decode(image) FROM broken WHERE n = 3'),
	'22P03 | could not read JPEG image | Premature end of JPEG file', 'a truncated image');
SELECT is(length(dp.image_decode(image)), 36, 'a warning is not an error') FROM broken WHERE n = 4;
SELECT is(pg_temp.report('SELECT dp.image_convert(image) FROM broken WHERE n = 6'),
	'22P03 | could not read PNG image | IDAT: CRC error', 'a damaged image');
SELECT is(pg_temp.report('SELECT dp.image_decode(image) FROM broken WHERE n = 7'),
	'54000 | could not read PNM image | The image has 100000 x 100000 pixels; at most 33554432 are allowed (datapower.max_image_pixels).', 'too many pixels');

-- settings
SET LOCAL datapower.max_image_warnings = 0;
SELECT is((dp.image_info(image)).status, 'truncated: Premature end of JPEG file', 'no warning allowed') FROM broken WHERE n = 4;
SET LOCAL datapower.max_image_pixels = 11;
SELECT is(pg_temp.report('SELECT dp.image_decode(image) FROM f WHERE format = ''png'' AND channels = 1'),
	'54000 | could not read PNG image | The image has 4 x 3 pixels; at most 11 are allowed (datapower.max_image_pixels).', 'max_image_pixels');
SET LOCAL datapower.max_image_pixels = 100000;
SET LOCAL datapower.max_image_bytes = '1kB';
SELECT is(pg_temp.report($$SELECT dp.image_decode(image || repeat('x', 1100)::bytea) FROM f WHERE format = 'pnm' AND channels = 1$$),
	'54000 | could not read PNM image | The image has 1123 bytes; at most 1024 are allowed (datapower.max_image_bytes).', 'max_image_bytes');
SELECT is(pg_temp.report($$SELECT dp.image_encode(decode(repeat('80', 1200), 'hex'), 40, 30, 1, 'pnm')$$),
	'54000 | encoded image is too big: 1213 bytes | Images of more than 1024 bytes cannot be read again (datapower.max_image_bytes). | JPEG takes a tenth of the room, or less: dp.image_convert(image, ''jpeg'').', 'nothing is written that could not be read');
RESET datapower.max_image_bytes;
SET LOCAL datapower.max_image_memory = '1MB';
SELECT is(pg_temp.report($$SELECT dp.image_decode(dp.image_encode(decode(repeat('00', 90000), 'hex'), 30000, 3, 1, 'png'), 3)$$), 'no error', 'rows take little memory');

-- arguments
SELECT is(pg_temp.report('SELECT dp.image_decode(image, 2) FROM f'),
	'22023 | invalid value for parameter "channels": 2 | "channels" must be 0 (as stored), 1 (gray) or 3 (RGB).', 'channels to decode');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 1, 1, 4)$$),
	'22023 | invalid value for parameter "channels": 4 | "channels" must be 1 (gray) or 3 (RGB).', 'channels to encode');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 0, 1, 1)$$),
	'22023 | invalid value for parameter "width": 0 | "width" must be between 1 and 1000000.', 'width');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 1, -1, 1)$$),
	'22023 | invalid value for parameter "height": -1 | "height" must be between 1 and 1000000.', 'height');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 1, 2, 1)$$),
	'22023 | invalid value for parameter "pixels" | 1 x 2 x 1 samples are 2 bytes, but there are 1.', 'pixels');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 1, 1, 1, 'gif')$$),
	'22023 | unrecognized format "gif" | Valid values are "jpeg", "png", "pnm".', 'format');
SELECT is(pg_temp.report($$SELECT dp.image_encode('\x00', 1, 1, 1, 'jpeg', 101)$$),
	'22023 | invalid value for parameter "quality": 101 | "quality" must be between 1 and 100.', 'quality');
SELECT is(pg_temp.report($$SELECT dp.image_encode(decode(repeat('00', 65501), 'hex'), 65501, 1, 1, 'jpeg')$$),
	'22023 | could not write JPEG image | The image has 65501 x 1 pixels; a side must be between 1 and 65500.', 'too wide for JPEG');

SELECT * FROM finish();
ROLLBACK;
