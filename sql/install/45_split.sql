-- Splits and folds: functions of a row's key alone

CREATE FUNCTION dp.split(key bigint, seed bigint, fractions float8[]) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_split' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.split(bigint, bigint, float8[]) IS 'the part of a split a row belongs to, 1 for the first fraction';
CREATE FUNCTION dp.split(key text, seed bigint, fractions float8[]) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_split_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.split(text, bigint, float8[]) IS 'the part of a split a row belongs to, 1 for the first fraction';
CREATE FUNCTION dp.fold(key bigint, k integer, seed bigint DEFAULT 0) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_fold' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.fold(bigint, integer, bigint) IS 'the fold a row belongs to, from 1 to k';
CREATE FUNCTION dp.fold(key text, k integer, seed bigint DEFAULT 0) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_fold_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.fold(text, integer, bigint) IS 'the fold a row belongs to, from 1 to k';
