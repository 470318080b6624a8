-- Sketches: states of bounded size that answer about any number of rows, within
-- a stated error.

-- Quantiles (KLL)

CREATE TYPE dp.quantiles;
CREATE FUNCTION dp.quantiles_in(cstring) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.quantiles_out(dp.quantiles) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_quantiles_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.quantiles_recv(internal) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.quantiles_send(dp.quantiles) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_quantiles_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.quantiles (
	INPUT = dp.quantiles_in, OUTPUT = dp.quantiles_out, RECEIVE = dp.quantiles_recv, SEND = dp.quantiles_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.quantiles IS 'quantiles and ranks of features, as learnt by dp.quantiles_state; mergeable';
COMMENT ON FUNCTION dp.quantiles_in(cstring) IS 'text to dp.quantiles';
COMMENT ON FUNCTION dp.quantiles_out(dp.quantiles) IS 'dp.quantiles to text';
COMMENT ON FUNCTION dp.quantiles_recv(internal) IS 'binary to dp.quantiles';
COMMENT ON FUNCTION dp.quantiles_send(dp.quantiles) IS 'dp.quantiles to binary';

CREATE FUNCTION dp.quantiles_add(state dp.quantiles, features float8[]) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantiles_add(dp.quantiles, float8[]) IS 'transition function of dp.quantiles_state';
CREATE FUNCTION dp.quantiles_add(state dp.quantiles, x float8) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_add_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantiles_add(dp.quantiles, float8) IS 'transition function of dp.quantiles_state';
CREATE FUNCTION dp.quantiles_merge(a dp.quantiles, b dp.quantiles) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantiles_merge(dp.quantiles, dp.quantiles) IS 'quantiles as if of the rows of both';
CREATE FUNCTION dp.quantiles_finish(state dp.quantiles) RETURNS dp.quantiles
AS 'MODULE_PATHNAME', 'dp_quantiles_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantiles_finish(dp.quantiles) IS 'final function of dp.quantiles_state';

CREATE AGGREGATE dp.quantiles_state(features float8[]) (
	SFUNC = dp.quantiles_add, STYPE = dp.quantiles, SSPACE = 4096,
	COMBINEFUNC = dp.quantiles_merge, FINALFUNC = dp.quantiles_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.quantiles_state(float8[]) IS 'quantiles of each feature';
CREATE AGGREGATE dp.quantiles_state(x float8) (
	SFUNC = dp.quantiles_add, STYPE = dp.quantiles, SSPACE = 1024,
	COMBINEFUNC = dp.quantiles_merge, FINALFUNC = dp.quantiles_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.quantiles_state(float8) IS 'quantiles of one feature';
CREATE AGGREGATE dp.merge(state dp.quantiles) (
	SFUNC = dp.quantiles_merge, STYPE = dp.quantiles, SSPACE = 4096,
	COMBINEFUNC = dp.quantiles_merge, FINALFUNC = dp.quantiles_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.quantiles) IS 'quantiles as if of the rows of all';

CREATE FUNCTION dp.row_count(state dp.quantiles, feature integer DEFAULT 1) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_quantiles_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.quantiles, integer) IS 'how many values a feature has, neither NULL nor NaN';
CREATE FUNCTION dp.quantile(state dp.quantiles, p float8, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantile(dp.quantiles, float8, integer) IS 'the p-quantile of a feature, interpolated as percentile_cont does';
CREATE FUNCTION dp.quantile(state dp.quantiles, p float8[], feature integer DEFAULT 1) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_quantile_list' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.quantile(dp.quantiles, float8[], integer) IS 'several quantiles of a feature';
CREATE FUNCTION dp.cdf(state dp.quantiles, x float8, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_cdf' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.cdf(dp.quantiles, float8, integer) IS 'the part of the values of a feature that are not greater than x';
