-- Scaling: what is learnt is a value of type dp.scaler, the state of the
-- aggregate at the same time.

CREATE TYPE dp.scaler;
CREATE FUNCTION dp.scaler_in(cstring) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.scaler_out(dp.scaler) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_scaler_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.scaler_recv(internal) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.scaler_send(dp.scaler) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_scaler_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.scaler (
	INPUT = dp.scaler_in, OUTPUT = dp.scaler_out, RECEIVE = dp.scaler_recv, SEND = dp.scaler_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.scaler IS 'centre and scale of features, as learnt by dp.fit_scaler; mergeable';
COMMENT ON FUNCTION dp.scaler_in(cstring) IS 'text to dp.scaler';
COMMENT ON FUNCTION dp.scaler_out(dp.scaler) IS 'dp.scaler to text';
COMMENT ON FUNCTION dp.scaler_recv(internal) IS 'binary to dp.scaler';
COMMENT ON FUNCTION dp.scaler_send(dp.scaler) IS 'dp.scaler to binary';

CREATE FUNCTION dp.scaler_add(state dp.scaler, features float8[], method text) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_add(dp.scaler, float8[], text) IS 'transition function of dp.fit_scaler';
CREATE FUNCTION dp.scaler_add(state dp.scaler, feature float8, method text) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_add_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_add(dp.scaler, float8, text) IS 'transition function of dp.fit_scaler';
CREATE FUNCTION dp.scaler_merge(a dp.scaler, b dp.scaler) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_merge(dp.scaler, dp.scaler) IS 'one scaler as if fitted to the rows of both';
CREATE FUNCTION dp.scaler_finish(state dp.scaler) RETURNS dp.scaler
AS 'MODULE_PATHNAME', 'dp_scaler_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_finish(dp.scaler) IS 'final function of dp.fit_scaler';

CREATE AGGREGATE dp.fit_scaler(features float8[], method text) (
	SFUNC = dp.scaler_add, STYPE = dp.scaler, SSPACE = 256,
	COMBINEFUNC = dp.scaler_merge, FINALFUNC = dp.scaler_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_scaler(float8[], text) IS 'learn how to scale each feature: method standard, minmax, robust, maxabs, quantile, yeo_johnson, box_cox, log or winsor';
CREATE AGGREGATE dp.fit_scaler(feature float8, method text) (
	SFUNC = dp.scaler_add, STYPE = dp.scaler, SSPACE = 64,
	COMBINEFUNC = dp.scaler_merge, FINALFUNC = dp.scaler_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_scaler(float8, text) IS 'learn how to scale one feature: method standard, minmax, robust, maxabs, quantile, yeo_johnson, box_cox, log or winsor';
CREATE AGGREGATE dp.merge(scaler dp.scaler) (
	SFUNC = dp.scaler_merge, STYPE = dp.scaler, SSPACE = 256,
	COMBINEFUNC = dp.scaler_merge, FINALFUNC = dp.scaler_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.scaler) IS 'one scaler as if fitted to the rows of all';

CREATE FUNCTION dp.scale(scaler dp.scaler, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_scale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scale(dp.scaler, float8[]) IS 'the features, centred and scaled';
CREATE FUNCTION dp.scale(scaler dp.scaler, feature float8) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_scale_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scale(dp.scaler, float8) IS 'the feature, centred and scaled';
CREATE FUNCTION dp.unscale(scaler dp.scaler, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_unscale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.unscale(dp.scaler, float8[]) IS 'the features that dp.scale was given';
CREATE FUNCTION dp.unscale(scaler dp.scaler, feature float8) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_unscale_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.unscale(dp.scaler, float8) IS 'the feature that dp.scale was given';
CREATE FUNCTION dp.scaler_center(scaler dp.scaler) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_scaler_center' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_center(dp.scaler) IS 'what dp.scale subtracts from each feature';
CREATE FUNCTION dp.scaler_scale(scaler dp.scaler) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_scaler_scale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_scale(dp.scaler) IS 'what dp.scale divides each feature by';
CREATE FUNCTION dp.scaler_lambda(scaler dp.scaler) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_scaler_lambda' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.scaler_lambda(dp.scaler) IS 'the power that dp.scale raises each feature to, with methods yeo_johnson and box_cox';

-- Without keeping anything

CREATE FUNCTION dp.normalize(features float8[], norm text DEFAULT 'l2') RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.normalize(float8[], text) IS 'the features divided by the length of their row: l1, l2 or max';
CREATE FUNCTION dp.standardize(x float8, method text DEFAULT 'standard') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_standardize' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.standardize(float8, text) IS 'the value scaled by the rows of its partition, by any method of dp.fit_scaler';
