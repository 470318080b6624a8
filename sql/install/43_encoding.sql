-- Encoding: categories and bins as features.  A code is a float8[].

CREATE TYPE dp.encoder;
CREATE FUNCTION dp.encoder_in(cstring) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.encoder_out(dp.encoder) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_encoder_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.encoder_recv(internal) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.encoder_send(dp.encoder) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_encoder_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.encoder (
	INPUT = dp.encoder_in, OUTPUT = dp.encoder_out, RECEIVE = dp.encoder_recv, SEND = dp.encoder_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.encoder IS 'the codes of categories or bins, as learnt by dp.fit_encoder; mergeable';
COMMENT ON FUNCTION dp.encoder_in(cstring) IS 'text to dp.encoder';
COMMENT ON FUNCTION dp.encoder_out(dp.encoder) IS 'dp.encoder to text';
COMMENT ON FUNCTION dp.encoder_recv(internal) IS 'binary to dp.encoder';
COMMENT ON FUNCTION dp.encoder_send(dp.encoder) IS 'dp.encoder to binary';

CREATE FUNCTION dp.encoder_add(state dp.encoder, category text, method text) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_add(dp.encoder, text, text) IS 'transition function of dp.fit_encoder';
CREATE FUNCTION dp.encoder_add(state dp.encoder, category text, method text, target float8, key bigint) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_add_target' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_add(dp.encoder, text, text, float8, bigint) IS 'transition function of dp.fit_encoder';
CREATE FUNCTION dp.encoder_add(state dp.encoder, x float8, method text, bins integer) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_add_number' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_add(dp.encoder, float8, text, integer) IS 'transition function of dp.fit_encoder';
CREATE FUNCTION dp.encoder_merge(a dp.encoder, b dp.encoder) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_merge(dp.encoder, dp.encoder) IS 'one encoder as if fitted to the rows of both';
CREATE FUNCTION dp.encoder_finish(state dp.encoder) RETURNS dp.encoder
AS 'MODULE_PATHNAME', 'dp_encoder_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_finish(dp.encoder) IS 'final function of dp.fit_encoder';

CREATE AGGREGATE dp.fit_encoder(category text, method text) (
	SFUNC = dp.encoder_add, STYPE = dp.encoder, SSPACE = 512,
	COMBINEFUNC = dp.encoder_merge, FINALFUNC = dp.encoder_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_encoder(text, text) IS 'learn the categories: method ordinal or one_hot';
CREATE AGGREGATE dp.fit_encoder(category text, method text, target float8, key bigint) (
	SFUNC = dp.encoder_add, STYPE = dp.encoder, SSPACE = 2048,
	COMBINEFUNC = dp.encoder_merge, FINALFUNC = dp.encoder_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_encoder(text, text, float8, bigint) IS 'learn the mean target of each category, by fold of the key: method target';
CREATE AGGREGATE dp.fit_encoder(x float8, method text, bins integer) (
	SFUNC = dp.encoder_add, STYPE = dp.encoder, SSPACE = 1024,
	COMBINEFUNC = dp.encoder_merge, FINALFUNC = dp.encoder_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_encoder(float8, text, integer) IS 'learn bins with as many rows each: method k_bins';
CREATE AGGREGATE dp.merge(encoder dp.encoder) (
	SFUNC = dp.encoder_merge, STYPE = dp.encoder, SSPACE = 2048,
	COMBINEFUNC = dp.encoder_merge, FINALFUNC = dp.encoder_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.encoder) IS 'one encoder as if fitted to the rows of all';

CREATE FUNCTION dp.encode(encoder dp.encoder, category text) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_encode' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encode(dp.encoder, text) IS 'the code of a category';
CREATE FUNCTION dp.encode(encoder dp.encoder, category text, key bigint) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_encode_key' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encode(dp.encoder, text, bigint) IS 'the code of a category, method target, learnt without the fold of the key: for rows that were fitted';
CREATE FUNCTION dp.encode(encoder dp.encoder, x float8) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_encode_number' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.encode(dp.encoder, float8) IS 'the bin of a number';
CREATE FUNCTION dp.decode(encoder dp.encoder, code float8[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_decode' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.decode(dp.encoder, float8[]) IS 'the category of a code, or the middle of its bin';
CREATE FUNCTION dp.encoder_categories(encoder dp.encoder) RETURNS text[]
AS 'MODULE_PATHNAME', 'dp_encoder_categories' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_categories(dp.encoder) IS 'the categories in order of their codes';
CREATE FUNCTION dp.encoder_edges(encoder dp.encoder) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_encoder_edges' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.encoder_edges(dp.encoder) IS 'the edges of the bins';
CREATE FUNCTION dp.hash_encode(category text, places integer) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_hash_encode' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.hash_encode(text, integer) IS 'the code of a category by its hash: 1 or -1 in one of the places';
