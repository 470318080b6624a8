-- Images changed: exact and resampled, alone or by a random recipe

CREATE FUNCTION dp.image_resize(image bytea, width integer, height integer, method text DEFAULT 'bilinear') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_resize(bytea, integer, integer, text) IS 'the image scaled to the given size: nearest, area, bilinear, bicubic or lanczos';

CREATE FUNCTION dp.image_crop(image bytea, x integer, y integer, width integer, height integer) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_crop(bytea, integer, integer, integer, integer) IS 'the part of the image whose top left pixel is at x, y, counted from 0';

CREATE FUNCTION dp.image_center_crop(image bytea, width integer, height integer) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_center_crop(bytea, integer, integer) IS 'the part of the given size in the middle of the image';

CREATE FUNCTION dp.image_random_crop(image bytea, width integer, height integer, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_random_crop(bytea, integer, integer, bigint, bigint) IS 'a part of the given size at a random place';

CREATE FUNCTION dp.image_random_resized_crop(image bytea, width integer, height integer, seed bigint, key bigint, area float8[] DEFAULT '{0.08,1}', ratio float8[] DEFAULT '{0.75,1.3333333333333333}', method text DEFAULT 'bilinear') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_random_resized_crop(bytea, integer, integer, bigint, bigint, float8[], float8[], text) IS 'a part of random area and ratio of sides, scaled to the given size';

CREATE FUNCTION dp.image_pad(image bytea, "left" integer, top integer, "right" integer, bottom integer, fill text DEFAULT 'constant', value integer DEFAULT 0) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_pad(bytea, integer, integer, integer, integer, text, integer) IS 'the image with a border: constant, nearest, reflect, wrap';

CREATE FUNCTION dp.image_rot90(image bytea, turns integer DEFAULT 1) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_rot90(bytea, integer) IS 'the image in quarter turns, counter-clockwise; exact';

CREATE FUNCTION dp.image_transpose(image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_transpose(bytea) IS 'the image with rows and columns exchanged';

CREATE FUNCTION dp.image_affine(image bytea, matrix float8[], fill text DEFAULT 'nearest') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_affine(bytea, float8[], text) IS 'the image in its old size, its point x, y at a x + b y + c, d x + e y + f; matrix is {a,b,c,d,e,f}';

CREATE FUNCTION dp.image_perspective(image bytea, distortion float8, seed bigint, key bigint, fill text DEFAULT 'constant') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_perspective(bytea, float8, bigint, bigint, text) IS 'the image as seen from a random side: its corners move inwards';

CREATE FUNCTION dp.image_elastic(image bytea, alpha float8, sigma float8, seed bigint, key bigint, fill text DEFAULT 'reflect') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_elastic(bytea, float8, float8, bigint, bigint, text) IS 'the image distorted by a smooth random field: alpha pixels times noise blurred with sigma';

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

CREATE FUNCTION dp.augment_n(image bytea, recipe jsonb, n integer, seed bigint, key bigint,
	OUT copy integer, OUT augmented bytea, OUT applied jsonb) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_augment_n'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION dp.augment_n(bytea, jsonb, integer, bigint, bigint) IS 'n random copies of an image, and what was done to each; copy i is dp.augment(image, recipe, seed + i, key)';

CREATE FUNCTION dp.augment_replay(image bytea, applied jsonb, mask boolean DEFAULT false) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_augment_replay'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.augment_replay(bytea, jsonb, boolean) IS 'what dp.augment_n did, done again; to a mask only what moves pixels, each taking the nearest';

CREATE FUNCTION dp.augment_points(points float8[], applied jsonb) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_augment_points'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.augment_points(float8[], jsonb) IS 'where points {{x,y},...} of the image are in its copy, in pixel centres';

CREATE FUNCTION dp.augment_boxes(boxes float8[], applied jsonb) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_augment_boxes'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.augment_boxes(float8[], jsonb) IS 'where boxes {{x1,y1,x2,y2},...} of the image are in its copy, clipped to it; NULLs where nothing is left';

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
