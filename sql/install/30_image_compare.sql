-- Images compared and measured: hashes, differences, statistics

CREATE FUNCTION dp.image_hash(image bytea, method text DEFAULT 'phash') RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_image_hash'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_hash(bytea, text) IS '64 bits that nearly equal images share: phash, dhash, ahash or whash, as the Python package imagehash computes them';

CREATE FUNCTION dp.hash_distance(a bigint, b bigint) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_hash_distance'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.hash_distance(bigint, bigint) IS 'the number of bits in which two hashes differ, 0 to 64';

CREATE FUNCTION dp.image_difference(a bytea, b bytea, method text DEFAULT 'mae') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_image_difference'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION dp.image_difference(bytea, bytea, text) IS 'how far two images of one size are apart, 0 where they are equal: mae, in gray levels 0 to 255, mse, in their squares, or ssim, 1 - SSIM';

CREATE FUNCTION dp.image_stats(image bytea,
	OUT mean float8, OUT spread float8, OUT sharpness float8, OUT entropy float8)
AS 'MODULE_PATHNAME', 'dp_image_stats'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION dp.image_stats(bytea) IS 'of the gray levels: mean, standard deviation, variance of the Laplacian (low if blurred) and entropy of the histogram in bits';
