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

-- Detectors: what is learnt is a value of type dp.detector, the state of the
-- aggregate at the same time.

CREATE TYPE dp.detector;
CREATE FUNCTION dp.detector_in(cstring) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.detector_out(dp.detector) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_detector_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.detector_recv(internal) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.detector_send(dp.detector) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_detector_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.detector (
	INPUT = dp.detector_in, OUTPUT = dp.detector_out, RECEIVE = dp.detector_recv, SEND = dp.detector_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.detector IS 'what is usual, as learnt by dp.fit_detector';
COMMENT ON FUNCTION dp.detector_in(cstring) IS 'text to dp.detector';
COMMENT ON FUNCTION dp.detector_out(dp.detector) IS 'dp.detector to text';
COMMENT ON FUNCTION dp.detector_recv(internal) IS 'binary to dp.detector';
COMMENT ON FUNCTION dp.detector_send(dp.detector) IS 'dp.detector to binary';

CREATE FUNCTION dp.detector_add(state dp.detector, features float8[], method text, options jsonb, key bigint) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.detector_add(dp.detector, float8[], text, jsonb, bigint) IS 'transition function of dp.fit_detector';
CREATE FUNCTION dp.detector_add(state dp.detector, x float8, method text, options jsonb, key bigint) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_add_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.detector_add(dp.detector, float8, text, jsonb, bigint) IS 'transition function of dp.fit_detector';
CREATE FUNCTION dp.detector_merge(a dp.detector, b dp.detector) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.detector_merge(dp.detector, dp.detector) IS 'combine function of dp.fit_detector';
CREATE FUNCTION dp.detector_finish(state dp.detector) RETURNS dp.detector
AS 'MODULE_PATHNAME', 'dp_detector_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.detector_finish(dp.detector) IS 'final function of dp.fit_detector';

CREATE AGGREGATE dp.fit_detector(features float8[], method text, options jsonb, key bigint) (
	SFUNC = dp.detector_add, STYPE = dp.detector, SSPACE = 65536,
	COMBINEFUNC = dp.detector_merge, FINALFUNC = dp.detector_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_detector(float8[], text, jsonb, bigint) IS 'learn from a sample of rows, drawn by their key, what is usual';
CREATE AGGREGATE dp.fit_detector(x float8, method text, options jsonb, key bigint) (
	SFUNC = dp.detector_add, STYPE = dp.detector, SSPACE = 65536,
	COMBINEFUNC = dp.detector_merge, FINALFUNC = dp.detector_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_detector(float8, text, jsonb, bigint) IS 'learn from a sample of values, drawn by their key, what is usual';

CREATE FUNCTION dp.outlier_score(detector dp.detector, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_detector_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION dp.outlier_score(dp.detector, float8[]) IS 'how unusual the features are to the detector; higher is more unusual';
CREATE FUNCTION dp.outlier_score(detector dp.detector, x float8) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_detector_score_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION dp.outlier_score(dp.detector, float8) IS 'how unusual the value is to the detector; higher is more unusual';
CREATE FUNCTION dp.is_outlier(detector dp.detector, features float8[]) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_detector_is_outlier' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION dp.is_outlier(dp.detector, float8[]) IS 'whether the score exceeds the detector''s threshold';
CREATE FUNCTION dp.is_outlier(detector dp.detector, x float8) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_detector_is_outlier_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION dp.is_outlier(dp.detector, float8) IS 'whether the score exceeds the detector''s threshold';
CREATE FUNCTION dp.outlier_explain(detector dp.detector, features float8[]) RETURNS TABLE (feature integer, contribution float8)
AS 'MODULE_PATHNAME', 'dp_outlier_explain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION dp.outlier_explain(dp.detector, float8[]) IS 'what each feature contributes to the score';
CREATE FUNCTION dp.outlier_explain(detector dp.detector, x float8) RETURNS TABLE (feature integer, contribution float8)
AS 'MODULE_PATHNAME', 'dp_outlier_explain_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1;
COMMENT ON FUNCTION dp.outlier_explain(dp.detector, float8) IS 'what the value contributes to the score';
