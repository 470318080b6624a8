-- Images repaired

CREATE FUNCTION dp.image_denoise(image bytea, method text DEFAULT 'nlm', options jsonb DEFAULT '{}') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_denoise'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION dp.image_denoise(bytea, text, jsonb) IS 'the image with less noise: median, gaussian, bilateral or nlm (non-local means)';
