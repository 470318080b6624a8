-- Images changed: exact and resampled, alone or by a random recipe

CREATE FUNCTION dp.image_resize(image bytea, width integer, height integer, method text DEFAULT 'bilinear') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_resize'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_resize(bytea, integer, integer, text) IS 'the image scaled to the given size: nearest, area, bilinear, bicubic or lanczos';

CREATE FUNCTION dp.image_crop(image bytea, x integer, y integer, width integer, height integer) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_crop'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_crop(bytea, integer, integer, integer, integer) IS 'the part of the image whose top left pixel is at x, y, counted from 0';

CREATE FUNCTION dp.image_flip(image bytea, direction text DEFAULT 'horizontal') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_flip(bytea, text) IS 'the image mirrored left to right (horizontal) or top to bottom (vertical)';

CREATE FUNCTION dp.image_rotate(image bytea, degrees float8, fill text DEFAULT 'nearest') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_rotate(bytea, float8, text) IS 'the image turned counter-clockwise about its centre, in its old size; fill: nearest, constant, reflect, wrap';

CREATE FUNCTION dp.image_translate(image bytea, x float8, y float8, fill text DEFAULT 'nearest') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_translate(bytea, float8, float8, text) IS 'the image moved right and down by shares of its width and height';

CREATE FUNCTION dp.image_shear(image bytea, degrees float8, axis text DEFAULT 'horizontal', fill text DEFAULT 'nearest') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_shear(bytea, float8, text, text) IS 'the image slanted by an angle, along rows (horizontal) or columns (vertical)';

CREATE FUNCTION dp.image_zoom(image bytea, factor float8, fill text DEFAULT 'nearest') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_zoom(bytea, float8, text) IS 'the image enlarged (factor above 1) or shrunk about its centre, in its old size';

CREATE FUNCTION dp.image_brightness(image bytea, factor float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_brightness(bytea, float8) IS 'each sample times a factor';

CREATE FUNCTION dp.image_contrast(image bytea, factor float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_contrast(bytea, float8) IS 'each sample''s distance from the mean gray level times a factor';

CREATE FUNCTION dp.image_noise(image bytea, sigma float8, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_noise(bytea, float8, bigint, bigint) IS 'the image with Gaussian noise of standard deviation sigma, in gray levels';

CREATE FUNCTION dp.augment(image bytea, recipe jsonb, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_augment'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.augment(bytea, jsonb, bigint, bigint) IS 'the image changed at random by the steps of a recipe; the same seed and key give the same result';

CREATE FUNCTION dp.image_grid_add(state internal, image bytea, columns integer) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_image_grid_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_grid_add(internal, bytea, integer) IS 'transition function of dp.image_grid';

CREATE FUNCTION dp.image_grid_final(state internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_grid_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_grid_final(internal) IS 'final function of dp.image_grid';

CREATE AGGREGATE dp.image_grid(image bytea, columns integer) (
	SFUNC = dp.image_grid_add,
	STYPE = internal,
	SSPACE = 1048576,
	FINALFUNC = dp.image_grid_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.image_grid(bytea, integer) IS 'one PNG that shows the images side by side, in the order of ORDER BY inside the call';
