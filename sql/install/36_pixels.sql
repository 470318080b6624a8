
-- Images changed in their tones, colours and neighbourhoods, and in parts lost

CREATE FUNCTION dp.image_gamma(image bytea, gamma float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_gamma(bytea, float8) IS '255 * (sample / 255) to the power of gamma: darker above 1';

CREATE FUNCTION dp.image_invert(image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_invert(bytea) IS 'the negative of the image';

CREATE FUNCTION dp.image_posterize(image bytea, bits integer) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_posterize(bytea, integer) IS 'the upper bits of each sample, 1 to 8 of them';

CREATE FUNCTION dp.image_solarize(image bytea, threshold integer DEFAULT 128) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_solarize(bytea, integer) IS 'samples from the threshold on inverted';

CREATE FUNCTION dp.image_equalize(image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_equalize(bytea) IS 'each channel''s gray levels spread until each is as frequent';

CREATE FUNCTION dp.image_autocontrast(image bytea, cutoff float8 DEFAULT 0) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_autocontrast(bytea, float8) IS 'each channel stretched to 0 .. 255, after cutoff percent of its samples at either end are left out';

CREATE FUNCTION dp.image_clahe(image bytea, clip float8 DEFAULT 4, tiles integer DEFAULT 8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_clahe(bytea, float8, integer) IS 'contrast limited adaptive histogram equalization, in tiles by tiles tiles';

CREATE FUNCTION dp.image_saturation(image bytea, factor float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_saturation(bytea, float8) IS 'each sample''s distance from the gray of its pixel times a factor: 0 is gray, 1 changes nothing';

CREATE FUNCTION dp.image_hue(image bytea, shift float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_hue(bytea, float8) IS 'hues turned by a share of the circle of colours, -0.5 to 0.5';

CREATE FUNCTION dp.image_grayscale(image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_grayscale(bytea) IS 'gray in as many channels as before';

CREATE FUNCTION dp.image_color_jitter(image bytea, brightness float8, contrast float8, saturation float8, hue float8, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_color_jitter(bytea, float8, float8, float8, float8, bigint, bigint) IS 'brightness, contrast, saturation and hue changed at random, in random order, by at most so much';

CREATE FUNCTION dp.image_salt_pepper(image bytea, amount float8, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_salt_pepper(bytea, float8, bigint, bigint) IS 'the image with a share of its pixels black or white';

CREATE FUNCTION dp.image_speckle(image bytea, sigma float8, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_speckle(bytea, float8, bigint, bigint) IS 'the image with Gaussian noise in proportion to each sample';

CREATE FUNCTION dp.image_poisson(image bytea, peak integer, seed bigint, key bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_poisson(bytea, integer, bigint, bigint) IS 'the image as photons would draw it, of which a white sample catches peak on average';

CREATE FUNCTION dp.image_blur(image bytea, sigma float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_blur(bytea, float8) IS 'the image blurred by a Gaussian of standard deviation sigma, in pixels';

CREATE FUNCTION dp.image_median(image bytea, size integer DEFAULT 3) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_median(bytea, integer) IS 'each sample the median of the size x size around it';

CREATE FUNCTION dp.image_motion_blur(image bytea, length integer, degrees float8 DEFAULT 0) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_motion_blur(bytea, integer, float8) IS 'the image blurred along a line of so many pixels, counter-clockwise from the horizontal';

CREATE FUNCTION dp.image_sharpness(image bytea, factor float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_sharpness(bytea, float8) IS 'each sample''s distance from the smoothed image times a factor: 0 is smooth, 1 changes nothing';

CREATE FUNCTION dp.image_jpeg(image bytea, quality integer) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_jpeg(bytea, integer) IS 'what writing the image as JPEG of that quality leaves of it, in the format it came in';

CREATE FUNCTION dp.image_erase(image bytea, seed bigint, key bigint, area float8[] DEFAULT '{0.02,0.33}', ratio float8 DEFAULT 3.3, value integer DEFAULT 0, content text DEFAULT 'value') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_erase(bytea, bigint, bigint, float8[], float8, integer, text) IS 'a random box covered with a value or with noise';

CREATE FUNCTION dp.image_cutout(image bytea, size float8, seed bigint, key bigint, holes integer DEFAULT 1, value integer DEFAULT 0, content text DEFAULT 'value') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_cutout(bytea, float8, bigint, bigint, integer, integer, text) IS 'squares at random places covered; size is a share of the shorter side';

CREATE FUNCTION dp.image_grid_dropout(image bytea, unit integer, seed bigint, key bigint, ratio float8 DEFAULT 0.5, value integer DEFAULT 0, content text DEFAULT 'value') RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_grid_dropout(bytea, integer, bigint, bigint, float8, integer, text) IS 'squares of a grid covered, each of a share of the grid''s unit in pixels';
