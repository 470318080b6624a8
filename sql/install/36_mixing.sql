-- Rows mixed with others: whom with, by how much, images and labels

CREATE FUNCTION dp.mix_partner(key bigint, n bigint, seed bigint DEFAULT 0) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_mix_partner'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.mix_partner(bigint, bigint, bigint) IS 'which of the rows numbered 0 to n - 1 the row ''key'' is mixed with: a random permutation, so each row is taken once';

CREATE FUNCTION dp.mix_lambda(key bigint, alpha float8, seed bigint DEFAULT 0) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_mix_lambda'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.mix_lambda(bigint, float8, bigint) IS 'the share that a row keeps of itself, from 0 to 1, drawn from Beta(alpha, alpha)';

CREATE FUNCTION dp.label_mix(a float8[], b float8[], lambda float8) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_label_mix'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_mix(float8[], float8[], float8) IS 'two labels given as shares of classes, mixed: lambda a + (1 - lambda) b';

CREATE FUNCTION dp.label_mix(labels float8[], weights float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_label_mix_many'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_mix(float8[], float8[]) IS 'several labels given as shares of classes, a row each, mixed by their weights';

CREATE FUNCTION dp.image_mixup(a bytea, b bytea, lambda float8) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_image_mixup'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION dp.image_mixup(bytea, bytea, float8) IS 'two images of one size laid over each other: lambda a + (1 - lambda) b, sample by sample';

CREATE FUNCTION dp.image_cutmix(a bytea, b bytea, seed bigint, key bigint, alpha float8 DEFAULT 1,
	OUT image bytea, OUT lambda float8)
AS 'MODULE_PATHNAME', 'dp_image_cutmix'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION dp.image_cutmix(bytea, bytea, bigint, bigint, float8) IS 'an image with a box of another in it, and the share of the first that is left, which is its weight in the label';

CREATE FUNCTION dp.image_mosaic(images bytea[], seed bigint, key bigint, OUT image bytea, OUT weights float8[])
AS 'MODULE_PATHNAME', 'dp_image_mosaic'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 60000;
COMMENT ON FUNCTION dp.image_mosaic(bytea[], bigint, bigint) IS 'up to four images laid two by two and seen through a window of the size of one, and the part of it that shows each';
