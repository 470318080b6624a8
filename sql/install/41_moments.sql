-- Moments and covariances: states that aggregates make, dp.merge rolls up and
-- functions read.

CREATE TYPE dp.moments;
CREATE FUNCTION dp.moments_in(cstring) RETURNS dp.moments
AS 'MODULE_PATHNAME', 'dp_moments_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.moments_out(dp.moments) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_moments_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.moments_recv(internal) RETURNS dp.moments
AS 'MODULE_PATHNAME', 'dp_moments_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.moments_send(dp.moments) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_moments_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.moments (
	INPUT = dp.moments_in, OUTPUT = dp.moments_out, RECEIVE = dp.moments_recv, SEND = dp.moments_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.moments IS 'count, mean, spread, shape and range of features, as learnt by dp.moments_state; mergeable';
COMMENT ON FUNCTION dp.moments_in(cstring) IS 'text to dp.moments';
COMMENT ON FUNCTION dp.moments_out(dp.moments) IS 'dp.moments to text';
COMMENT ON FUNCTION dp.moments_recv(internal) IS 'binary to dp.moments';
COMMENT ON FUNCTION dp.moments_send(dp.moments) IS 'dp.moments to binary';

CREATE FUNCTION dp.moments_add(state dp.moments, features float8[]) RETURNS dp.moments
AS 'MODULE_PATHNAME', 'dp_moments_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.moments_add(dp.moments, float8[]) IS 'transition function of dp.moments_state';
CREATE FUNCTION dp.moments_add(state dp.moments, x float8) RETURNS dp.moments
AS 'MODULE_PATHNAME', 'dp_moments_add_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.moments_add(dp.moments, float8) IS 'transition function of dp.moments_state';
CREATE FUNCTION dp.moments_merge(a dp.moments, b dp.moments) RETURNS dp.moments
AS 'MODULE_PATHNAME', 'dp_moments_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.moments_merge(dp.moments, dp.moments) IS 'moments as if of the rows of both';

CREATE AGGREGATE dp.moments_state(features float8[]) (
	SFUNC = dp.moments_add, STYPE = dp.moments, SSPACE = 512,
	COMBINEFUNC = dp.moments_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.moments_state(float8[]) IS 'moments of each feature';
CREATE AGGREGATE dp.moments_state(x float8) (
	SFUNC = dp.moments_add, STYPE = dp.moments, SSPACE = 128,
	COMBINEFUNC = dp.moments_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.moments_state(float8) IS 'moments of one feature';
CREATE AGGREGATE dp.merge(state dp.moments) (
	SFUNC = dp.moments_merge, STYPE = dp.moments, SSPACE = 512,
	COMBINEFUNC = dp.moments_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.moments) IS 'moments as if of the rows of all';

CREATE FUNCTION dp.row_count(state dp.moments, feature integer DEFAULT 1) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_moments_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.moments, integer) IS 'how many values a feature has, neither NULL nor NaN';
CREATE FUNCTION dp.mean(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.mean(dp.moments, integer) IS 'the mean of a feature';
CREATE FUNCTION dp.variance(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_var_samp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.variance(dp.moments, integer) IS 'the variance of a feature, of the sample (divided by n - 1)';
CREATE FUNCTION dp.var_pop(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_var_pop' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.var_pop(dp.moments, integer) IS 'the variance of a feature, of the population (divided by n)';
CREATE FUNCTION dp.stddev(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_stddev_samp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.stddev(dp.moments, integer) IS 'the standard deviation of a feature, of the sample';
CREATE FUNCTION dp.stddev_pop(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_stddev_pop' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.stddev_pop(dp.moments, integer) IS 'the standard deviation of a feature, of the population';
CREATE FUNCTION dp.skewness(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_skewness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.skewness(dp.moments, integer) IS 'the skewness of a feature, of the population';
CREATE FUNCTION dp.kurtosis(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_kurtosis' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.kurtosis(dp.moments, integer) IS 'the excess kurtosis of a feature, of the population: 0 for the normal distribution';
CREATE FUNCTION dp.min(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_min' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.min(dp.moments, integer) IS 'the least value of a feature';
CREATE FUNCTION dp.max(state dp.moments, feature integer DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_moments_max' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.max(dp.moments, integer) IS 'the greatest value of a feature';
CREATE FUNCTION dp.describe(state dp.moments,
	OUT feature integer, OUT count bigint, OUT mean float8, OUT stddev float8,
	OUT skewness float8, OUT kurtosis float8, OUT min float8, OUT max float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_moments_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION dp.describe(dp.moments) IS 'a row of moments for each feature';

CREATE TYPE dp.covariance;
CREATE FUNCTION dp.covariance_in(cstring) RETURNS dp.covariance
AS 'MODULE_PATHNAME', 'dp_covariance_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.covariance_out(dp.covariance) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_covariance_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.covariance_recv(internal) RETURNS dp.covariance
AS 'MODULE_PATHNAME', 'dp_covariance_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.covariance_send(dp.covariance) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_covariance_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.covariance (
	INPUT = dp.covariance_in, OUTPUT = dp.covariance_out, RECEIVE = dp.covariance_recv, SEND = dp.covariance_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.covariance IS 'how features vary together, as learnt by dp.covariance_state; mergeable';
COMMENT ON FUNCTION dp.covariance_in(cstring) IS 'text to dp.covariance';
COMMENT ON FUNCTION dp.covariance_out(dp.covariance) IS 'dp.covariance to text';
COMMENT ON FUNCTION dp.covariance_recv(internal) IS 'binary to dp.covariance';
COMMENT ON FUNCTION dp.covariance_send(dp.covariance) IS 'dp.covariance to binary';

CREATE FUNCTION dp.covariance_add(state dp.covariance, features float8[]) RETURNS dp.covariance
AS 'MODULE_PATHNAME', 'dp_covariance_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.covariance_add(dp.covariance, float8[]) IS 'transition function of dp.covariance_state';
CREATE FUNCTION dp.covariance_merge(a dp.covariance, b dp.covariance) RETURNS dp.covariance
AS 'MODULE_PATHNAME', 'dp_covariance_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.covariance_merge(dp.covariance, dp.covariance) IS 'covariances as if of the rows of both';

CREATE AGGREGATE dp.covariance_state(features float8[]) (
	SFUNC = dp.covariance_add, STYPE = dp.covariance, SSPACE = 1024,
	COMBINEFUNC = dp.covariance_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.covariance_state(float8[]) IS 'means and covariances of features';
CREATE AGGREGATE dp.merge(state dp.covariance) (
	SFUNC = dp.covariance_merge, STYPE = dp.covariance, SSPACE = 1024,
	COMBINEFUNC = dp.covariance_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.covariance) IS 'covariances as if of the rows of all';

CREATE FUNCTION dp.row_count(state dp.covariance) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_covariance_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.covariance) IS 'how many rows have a value of every feature';
CREATE FUNCTION dp.means(state dp.covariance) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_covariance_means' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.means(dp.covariance) IS 'the mean of each feature over whole rows';
CREATE FUNCTION dp.covariance_matrix(state dp.covariance) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_covariance_matrix' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.covariance_matrix(dp.covariance) IS 'the covariances of all pairs, of the sample (divided by n - 1)';
CREATE FUNCTION dp.correlation_matrix(state dp.covariance) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_correlation_matrix' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.correlation_matrix(dp.covariance) IS 'the correlations of all pairs (Pearson), NULL with a constant feature';
