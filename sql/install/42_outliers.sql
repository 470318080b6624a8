-- Outliers among the rows of a partition

CREATE FUNCTION dp.outlier_score(features float8[], method text, options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_outlier_score' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.outlier_score(float8[], text, jsonb) IS 'how unusual the features are among the rows of the partition; higher is more unusual';
CREATE FUNCTION dp.outlier_score(x float8, method text DEFAULT 'mad', options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_outlier_score_value' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.outlier_score(float8, text, jsonb) IS 'how unusual the value is among the rows of the partition; higher is more unusual';
CREATE FUNCTION dp.is_outlier(features float8[], method text, options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_outlier' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_outlier(float8[], text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
CREATE FUNCTION dp.is_outlier(x float8, method text DEFAULT 'mad', options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_outlier_value' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_outlier(float8, text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
