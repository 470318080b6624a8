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

-- Histograms

CREATE TYPE dp.histogram;
CREATE FUNCTION dp.histogram_in(cstring) RETURNS dp.histogram
AS 'MODULE_PATHNAME', 'dp_histogram_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.histogram_out(dp.histogram) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_histogram_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.histogram_recv(internal) RETURNS dp.histogram
AS 'MODULE_PATHNAME', 'dp_histogram_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.histogram_send(dp.histogram) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_histogram_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.histogram (
	INPUT = dp.histogram_in, OUTPUT = dp.histogram_out, RECEIVE = dp.histogram_recv, SEND = dp.histogram_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.histogram IS 'counts of values in bins of equal width, as made by dp.histogram_state; mergeable';
COMMENT ON FUNCTION dp.histogram_in(cstring) IS 'text to dp.histogram';
COMMENT ON FUNCTION dp.histogram_out(dp.histogram) IS 'dp.histogram to text';
COMMENT ON FUNCTION dp.histogram_recv(internal) IS 'binary to dp.histogram';
COMMENT ON FUNCTION dp.histogram_send(dp.histogram) IS 'dp.histogram to binary';

CREATE FUNCTION dp.histogram_add(state dp.histogram, x float8, bins integer) RETURNS dp.histogram
AS 'MODULE_PATHNAME', 'dp_histogram_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.histogram_add(dp.histogram, float8, integer) IS 'transition function of dp.histogram_state';
CREATE FUNCTION dp.histogram_add(state dp.histogram, x float8, bins integer, lower float8, upper float8) RETURNS dp.histogram
AS 'MODULE_PATHNAME', 'dp_histogram_add_bounded' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.histogram_add(dp.histogram, float8, integer, float8, float8) IS 'transition function of dp.histogram_state';
CREATE FUNCTION dp.histogram_merge(a dp.histogram, b dp.histogram) RETURNS dp.histogram
AS 'MODULE_PATHNAME', 'dp_histogram_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.histogram_merge(dp.histogram, dp.histogram) IS 'the histogram of the rows of both';

CREATE AGGREGATE dp.histogram_state(x float8, bins integer) (
	SFUNC = dp.histogram_add, STYPE = dp.histogram, SSPACE = 512,
	COMBINEFUNC = dp.histogram_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.histogram_state(float8, integer) IS 'a histogram of at most that many bins, wherever the values lie';
CREATE AGGREGATE dp.histogram_state(x float8, bins integer, lower float8, upper float8) (
	SFUNC = dp.histogram_add, STYPE = dp.histogram, SSPACE = 512,
	COMBINEFUNC = dp.histogram_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.histogram_state(float8, integer, float8, float8) IS 'a histogram of bins between bounds, as width_bucket has them';
CREATE AGGREGATE dp.merge(state dp.histogram) (
	SFUNC = dp.histogram_merge, STYPE = dp.histogram, SSPACE = 512,
	COMBINEFUNC = dp.histogram_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.histogram) IS 'the histogram of the rows of all';

CREATE FUNCTION dp.row_count(state dp.histogram) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_histogram_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.histogram) IS 'how many values were counted';
CREATE FUNCTION dp.histogram_bins(state dp.histogram,
	OUT bin integer, OUT lower float8, OUT upper float8, OUT count bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_histogram_bins' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION dp.histogram_bins(dp.histogram) IS 'a row for each bin: from lower, included, to upper, excluded';

-- How many different values (HyperLogLog)

CREATE TYPE dp.distinct;
CREATE FUNCTION dp.distinct_in(cstring) RETURNS dp.distinct
AS 'MODULE_PATHNAME', 'dp_distinct_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.distinct_out(dp.distinct) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_distinct_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.distinct_recv(internal) RETURNS dp.distinct
AS 'MODULE_PATHNAME', 'dp_distinct_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.distinct_send(dp.distinct) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_distinct_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.distinct (
	INPUT = dp.distinct_in, OUTPUT = dp.distinct_out, RECEIVE = dp.distinct_recv, SEND = dp.distinct_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.distinct IS 'how many different values there were, as counted by dp.distinct_state; mergeable';
COMMENT ON FUNCTION dp.distinct_in(cstring) IS 'text to dp.distinct';
COMMENT ON FUNCTION dp.distinct_out(dp.distinct) IS 'dp.distinct to text';
COMMENT ON FUNCTION dp.distinct_recv(internal) IS 'binary to dp.distinct';
COMMENT ON FUNCTION dp.distinct_send(dp.distinct) IS 'dp.distinct to binary';

CREATE FUNCTION dp.distinct_add(state dp.distinct, x anyelement) RETURNS dp.distinct
AS 'MODULE_PATHNAME', 'dp_distinct_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.distinct_add(dp.distinct, anyelement) IS 'transition function of dp.distinct_state';
CREATE FUNCTION dp.distinct_merge(a dp.distinct, b dp.distinct) RETURNS dp.distinct
AS 'MODULE_PATHNAME', 'dp_distinct_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.distinct_merge(dp.distinct, dp.distinct) IS 'the different values of both';
CREATE FUNCTION dp.distinct_finish(state dp.distinct) RETURNS dp.distinct
AS 'MODULE_PATHNAME', 'dp_distinct_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.distinct_finish(dp.distinct) IS 'final function of dp.distinct_state';

CREATE AGGREGATE dp.distinct_state(x anyelement) (
	SFUNC = dp.distinct_add, STYPE = dp.distinct, SSPACE = 1024,
	COMBINEFUNC = dp.distinct_merge, FINALFUNC = dp.distinct_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.distinct_state(anyelement) IS 'the different values, for dp.distinct_count';
CREATE AGGREGATE dp.merge(state dp.distinct) (
	SFUNC = dp.distinct_merge, STYPE = dp.distinct, SSPACE = 4096,
	COMBINEFUNC = dp.distinct_merge, FINALFUNC = dp.distinct_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.distinct) IS 'the different values of all';

CREATE FUNCTION dp.distinct_count(state dp.distinct) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_distinct_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.distinct_count(dp.distinct) IS 'how many different values: exact up to 512, then within 1.6 % (standard error)';

-- The most frequent values (Misra and Gries)

CREATE TYPE dp.top;
CREATE FUNCTION dp.top_in(cstring) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.top_out(dp.top) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_top_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.top_recv(internal) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.top_send(dp.top) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_top_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.top (
	INPUT = dp.top_in, OUTPUT = dp.top_out, RECEIVE = dp.top_recv, SEND = dp.top_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.top IS 'the most frequent values, as counted by dp.top_state; mergeable';
COMMENT ON FUNCTION dp.top_in(cstring) IS 'text to dp.top';
COMMENT ON FUNCTION dp.top_out(dp.top) IS 'dp.top to text';
COMMENT ON FUNCTION dp.top_recv(internal) IS 'binary to dp.top';
COMMENT ON FUNCTION dp.top_send(dp.top) IS 'dp.top to binary';

CREATE FUNCTION dp.top_add(state dp.top, x text) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.top_add(dp.top, text) IS 'transition function of dp.top_state';
CREATE FUNCTION dp.top_add(state dp.top, x text, counters integer) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.top_add(dp.top, text, integer) IS 'transition function of dp.top_state';
CREATE FUNCTION dp.top_merge(a dp.top, b dp.top) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.top_merge(dp.top, dp.top) IS 'the most frequent values of both';
CREATE FUNCTION dp.top_finish(state dp.top) RETURNS dp.top
AS 'MODULE_PATHNAME', 'dp_top_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.top_finish(dp.top) IS 'final function of dp.top_state';

CREATE AGGREGATE dp.top_state(x text) (
	SFUNC = dp.top_add, STYPE = dp.top, SSPACE = 2048,
	COMBINEFUNC = dp.top_merge, FINALFUNC = dp.top_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.top_state(text) IS 'the most frequent values, with 256 counters';
CREATE AGGREGATE dp.top_state(x text, counters integer) (
	SFUNC = dp.top_add, STYPE = dp.top, SSPACE = 2048,
	COMBINEFUNC = dp.top_merge, FINALFUNC = dp.top_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.top_state(text, integer) IS 'the most frequent values, with that many counters';
CREATE AGGREGATE dp.merge(state dp.top) (
	SFUNC = dp.top_merge, STYPE = dp.top, SSPACE = 8192,
	COMBINEFUNC = dp.top_merge, FINALFUNC = dp.top_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.top) IS 'the most frequent values of all';

CREATE FUNCTION dp.row_count(state dp.top) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_top_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.top) IS 'how many values were counted';
CREATE FUNCTION dp.top_values(state dp.top, k integer DEFAULT 10,
	OUT value text, OUT count bigint, OUT missed bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_top_values' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION dp.top_values(dp.top, integer) IS 'the k most frequent values; the true count is between count and count + missed';
