-- Images in bytea: what they are, their pixels, and back

CREATE FUNCTION dp.image_info(image bytea,
	OUT format text, OUT width integer, OUT height integer, OUT channels integer,
	OUT orientation integer, OUT bytes bigint, OUT status text)
AS 'MODULE_PATHNAME', 'dp_image_info'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_info(bytea) IS 'format, size and EXIF orientation of an image; status is ''ok'' or why it cannot be read, found by decoding all of it';

CREATE FUNCTION dp.image_decode(image bytea, channels integer DEFAULT 0) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_decode'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_decode(bytea, integer) IS 'pixels of an image, rows from top to bottom, 1 byte per sample; channels: 0 gray or RGB as stored, 1 gray, 3 RGB';

CREATE FUNCTION dp.image_encode(pixels bytea, width integer, height integer, channels integer,
	format text DEFAULT 'png', quality integer DEFAULT 90) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_encode'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_encode(bytea, integer, integer, integer, text, integer) IS 'an image file (jpeg, png or pnm) from pixels';

CREATE FUNCTION dp.image_convert(image bytea, format text DEFAULT 'png', quality integer DEFAULT 90) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_convert'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_convert(bytea, text, integer) IS 'the image in another file format: jpeg, png or pnm; an EXIF orientation is applied';
