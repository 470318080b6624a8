-- Images repaired

CREATE FUNCTION dp.image_denoise(image bytea, method text DEFAULT 'nlm', options jsonb DEFAULT '{}') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_denoise'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION dp.image_denoise(bytea, text, jsonb) IS 'the image with less noise: median, gaussian, bilateral or nlm (non-local means)';

CREATE FUNCTION dp.image_inpaint(image bytea, mask bytea, radius integer DEFAULT 3) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_inpaint'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.image_inpaint(bytea, bytea, integer) IS 'the image with what is light in the mask filled from around it';
