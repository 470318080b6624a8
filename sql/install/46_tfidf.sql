-- What each term of a text weighs

CREATE TYPE dp.tfidf;
CREATE FUNCTION dp.tfidf_in(cstring) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.tfidf_out(dp.tfidf) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_tfidf_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.tfidf_recv(internal) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.tfidf_send(dp.tfidf) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_tfidf_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.tfidf (
	INPUT = dp.tfidf_in, OUTPUT = dp.tfidf_out, RECEIVE = dp.tfidf_recv, SEND = dp.tfidf_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.tfidf IS 'in how many documents each term occurs, as learnt by dp.fit_tfidf; mergeable';
COMMENT ON FUNCTION dp.tfidf_in(cstring) IS 'text to dp.tfidf';
COMMENT ON FUNCTION dp.tfidf_out(dp.tfidf) IS 'dp.tfidf to text';
COMMENT ON FUNCTION dp.tfidf_recv(internal) IS 'binary to dp.tfidf';
COMMENT ON FUNCTION dp.tfidf_send(dp.tfidf) IS 'dp.tfidf to binary';

CREATE FUNCTION dp.tfidf_add(state dp.tfidf, text text) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.tfidf_add(dp.tfidf, text) IS 'transition function of dp.fit_tfidf';
CREATE FUNCTION dp.tfidf_add(state dp.tfidf, text text, ngram integer, unit text) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.tfidf_add(dp.tfidf, text, integer, text) IS 'transition function of dp.fit_tfidf';
CREATE FUNCTION dp.tfidf_merge(a dp.tfidf, b dp.tfidf) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.tfidf_merge(dp.tfidf, dp.tfidf) IS 'terms as if of the documents of both';
CREATE FUNCTION dp.tfidf_finish(state dp.tfidf) RETURNS dp.tfidf
AS 'MODULE_PATHNAME', 'dp_tfidf_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.tfidf_finish(dp.tfidf) IS 'final function of dp.fit_tfidf';
CREATE AGGREGATE dp.fit_tfidf(text text) (
	SFUNC = dp.tfidf_add, STYPE = dp.tfidf, SSPACE = 100000,
	COMBINEFUNC = dp.tfidf_merge, FINALFUNC = dp.tfidf_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_tfidf(text) IS 'learn in how many documents each word occurs';
CREATE AGGREGATE dp.fit_tfidf(text text, ngram integer, unit text) (
	SFUNC = dp.tfidf_add, STYPE = dp.tfidf, SSPACE = 100000,
	COMBINEFUNC = dp.tfidf_merge, FINALFUNC = dp.tfidf_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_tfidf(text, integer, text) IS 'learn in how many documents each run of so many words, or characters, occurs';
CREATE AGGREGATE dp.merge(state dp.tfidf) (
	SFUNC = dp.tfidf_merge, STYPE = dp.tfidf, SSPACE = 100000,
	COMBINEFUNC = dp.tfidf_merge, FINALFUNC = dp.tfidf_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.tfidf) IS 'terms as if of the documents of all';

CREATE FUNCTION dp.row_count(state dp.tfidf) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_tfidf_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.tfidf) IS 'how many documents there were';
CREATE FUNCTION dp.tfidf(model dp.tfidf, text text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'dp_tfidf_weights' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.tfidf(dp.tfidf, text) IS 'the weights of a text''s terms, {"term": weight}: high for those few documents have; their squares add up to 1';
CREATE FUNCTION dp.tfidf_similarity(model dp.tfidf, a text, b text) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_tfidf_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.tfidf_similarity(dp.tfidf, text, text) IS 'the cosine of two texts'' weights, 0 to 1';
