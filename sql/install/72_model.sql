-- A model as a value: the type dp.model, and predictions that read no table.

CREATE TYPE dp.model;
COMMENT ON TYPE dp.model IS 'a trained model: its network, input, classes and weights';

CREATE FUNCTION dp.model_in(cstring) RETURNS dp.model
AS 'MODULE_PATHNAME', 'dp_model_in'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.model_in(cstring) IS 'input of type dp.model';

CREATE FUNCTION dp.model_out(dp.model) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_model_out'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.model_out(dp.model) IS 'output of type dp.model';

CREATE FUNCTION dp.model_recv(internal) RETURNS dp.model
AS 'MODULE_PATHNAME', 'dp_model_recv'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.model_recv(internal) IS 'binary input of type dp.model';

CREATE FUNCTION dp.model_send(dp.model) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_model_send'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.model_send(dp.model) IS 'binary output of type dp.model';

-- weights do not compress, and a value that is not compressed is read in part
CREATE TYPE dp.model (
	INPUT = dp.model_in,
	OUTPUT = dp.model_out,
	RECEIVE = dp.model_recv,
	SEND = dp.model_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);

-- what DISTINCT, GROUP BY, ORDER BY, joins and indexes ask for
CREATE FUNCTION dp.model_eq(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_eq'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_eq(dp.model, dp.model) IS 'whether two models are the same';

CREATE FUNCTION dp.model_ne(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_ne'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_ne(dp.model, dp.model) IS 'whether two models are different';

CREATE FUNCTION dp.model_lt(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_lt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_lt(dp.model, dp.model) IS 'whether a model comes before another';

CREATE FUNCTION dp.model_le(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_le'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_le(dp.model, dp.model) IS 'whether a model comes before another or is the same';

CREATE FUNCTION dp.model_gt(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_gt'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_gt(dp.model, dp.model) IS 'whether a model comes after another';

CREATE FUNCTION dp.model_ge(dp.model, dp.model) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_model_ge'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_ge(dp.model, dp.model) IS 'whether a model comes after another or is the same';

CREATE FUNCTION dp.model_cmp(dp.model, dp.model) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_model_cmp'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_cmp(dp.model, dp.model) IS 'order of two models, by their SHA-256: below zero, zero or above';

CREATE FUNCTION dp.model_hash(dp.model) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_model_hash'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_hash(dp.model) IS 'hash of a model';

CREATE FUNCTION dp.model_hash_extended(dp.model, bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_model_hash_extended'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.model_hash_extended(dp.model, bigint) IS 'hash of a model, by a seed';

CREATE OPERATOR dp.= (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_eq,
	COMMUTATOR = OPERATOR(dp.=), NEGATOR = OPERATOR(dp.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR dp.= (dp.model, dp.model) IS 'whether two models are the same';

CREATE OPERATOR dp.<> (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_ne,
	COMMUTATOR = OPERATOR(dp.<>), NEGATOR = OPERATOR(dp.=), RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR dp.<> (dp.model, dp.model) IS 'whether two models are different';

CREATE OPERATOR dp.< (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_lt,
	COMMUTATOR = OPERATOR(dp.>), NEGATOR = OPERATOR(dp.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR dp.< (dp.model, dp.model) IS 'whether a model comes before another';

CREATE OPERATOR dp.<= (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_le,
	COMMUTATOR = OPERATOR(dp.>=), NEGATOR = OPERATOR(dp.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR dp.<= (dp.model, dp.model) IS 'whether a model comes before another or is the same';

CREATE OPERATOR dp.> (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_gt,
	COMMUTATOR = OPERATOR(dp.<), NEGATOR = OPERATOR(dp.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR dp.> (dp.model, dp.model) IS 'whether a model comes after another';

CREATE OPERATOR dp.>= (LEFTARG = dp.model, RIGHTARG = dp.model, FUNCTION = dp.model_ge,
	COMMUTATOR = OPERATOR(dp.<=), NEGATOR = OPERATOR(dp.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR dp.>= (dp.model, dp.model) IS 'whether a model comes after another or is the same';

CREATE OPERATOR CLASS dp.model_ops DEFAULT FOR TYPE dp.model USING btree AS
	OPERATOR 1 dp.<, OPERATOR 2 dp.<=, OPERATOR 3 dp.=, OPERATOR 4 dp.>=, OPERATOR 5 dp.>,
	FUNCTION 1 dp.model_cmp(dp.model, dp.model);
COMMENT ON OPERATOR CLASS dp.model_ops USING btree IS 'order of models, by their SHA-256';

CREATE OPERATOR CLASS dp.model_ops DEFAULT FOR TYPE dp.model USING hash AS
	OPERATOR 1 dp.=,
	FUNCTION 1 dp.model_hash(dp.model), FUNCTION 2 dp.model_hash_extended(dp.model, bigint);
COMMENT ON OPERATOR CLASS dp.model_ops USING hash IS 'equality of models, by their SHA-256';

CREATE FUNCTION dp.model_value(name text, version integer DEFAULT NULL) RETURNS dp.model
AS 'MODULE_PATHNAME', 'dp_model_value_of'
LANGUAGE C STABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION dp.model_value(text, integer) IS 'a model as a value, by default its newest version';

CREATE FUNCTION dp.predict(model dp.model, image bytea) RETURNS text
AS 'MODULE_PATHNAME', 'dp_predict_of_value_image'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict(dp.model, bytea) IS 'class of an image, the most probable one';

CREATE FUNCTION dp.predict(model dp.model, features float8[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_predict_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict(dp.model, float8[]) IS 'class of a row of features, the most probable one';

CREATE FUNCTION dp.predict_proba(model dp.model, image bytea) RETURNS TABLE (class text, probability float8)
AS 'MODULE_PATHNAME', 'dp_predict_proba_of_value_image'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION dp.predict_proba(dp.model, bytea) IS 'all classes of an image with their probabilities, the most probable first';

CREATE FUNCTION dp.predict_proba(model dp.model, features float8[]) RETURNS TABLE (class text, probability float8)
AS 'MODULE_PATHNAME', 'dp_predict_proba_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 10;
COMMENT ON FUNCTION dp.predict_proba(dp.model, float8[]) IS 'all classes of a row of features with their probabilities, the most probable first';

CREATE FUNCTION dp.predict_probabilities(model dp.model, image bytea) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_probabilities_of_value_image'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_probabilities(dp.model, bytea) IS 'probabilities of all classes for an image, in the order of the classes';

CREATE FUNCTION dp.predict_probabilities(model dp.model, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_probabilities_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_probabilities(dp.model, float8[]) IS 'probabilities of all classes for a row of features, in the order of the classes';

CREATE FUNCTION dp.predict_value(model dp.model, image bytea) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_predict_value_of_value_image'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_value(dp.model, bytea) IS 'value a regression predicts for an image';

CREATE FUNCTION dp.predict_value(model dp.model, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_predict_value_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_value(dp.model, float8[]) IS 'value a regression predicts for a row of features';

CREATE FUNCTION dp.predict_values(model dp.model, image bytea) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_values_of_value_image'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_values(dp.model, bytea) IS 'all values a regression predicts for an image';

CREATE FUNCTION dp.predict_values(model dp.model, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_values_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_values(dp.model, float8[]) IS 'all values a regression predicts for a row of features';

CREATE FUNCTION dp.embed(model dp.model, image bytea, layer text DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_embed_of_value_image'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.embed(dp.model, bytea, text) IS 'output of a layer for an image, by default of the one before the last dense layer';

CREATE FUNCTION dp.embed(model dp.model, features float8[], layer text DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_embed_of_value_features'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.embed(dp.model, float8[], text) IS 'output of a layer for a row of features, by default of the one before the last dense layer';

CREATE FUNCTION dp.predict_image(model dp.model, image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_predict_image_of_value'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION dp.predict_image(dp.model, bytea) IS 'image a model makes of an image, as PNG: without noise, larger, or put together again';

CREATE FUNCTION dp.reconstruction_error(model dp.model, image bytea) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_reconstruction_error_of_value'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION dp.reconstruction_error(dp.model, bytea) IS 'mean squared difference of an image and what a model makes of it, white being 1: high for images unlike those it was trained on';

CREATE FUNCTION dp.reconstruction_error(model dp.model, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_reconstruction_error_of_value_features'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.reconstruction_error(dp.model, float8[]) IS 'mean squared difference of a row of features and what a model makes of it: high for rows unlike those it was trained on';

CREATE FUNCTION dp.evaluate(model dp.model, source text, on_error text DEFAULT 'error') RETURNS TABLE (metric text, value float8)
AS 'MODULE_PATHNAME', 'dp_evaluate_of_value'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 4;
COMMENT ON FUNCTION dp.evaluate(dp.model, text, text) IS 'metrics of a model on labelled rows: loss, accuracy, F1, area under the ROC curve; errors of values; psnr and ssim of images';

CREATE FUNCTION dp.confusion(model dp.model, source text, on_error text DEFAULT 'error') RETURNS TABLE (actual text, predicted text, count bigint)
AS 'MODULE_PATHNAME', 'dp_confusion_of_value'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 100;
COMMENT ON FUNCTION dp.confusion(dp.model, text, text) IS 'how often each class was taken for which, on labelled rows';

CREATE FUNCTION dp.network_summary(model dp.model)
RETURNS TABLE (layer text, kind text, inputs text, shape text, parameters bigint, mflop float8)
AS 'MODULE_PATHNAME', 'dp_network_summary_value'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION dp.network_summary(dp.model) IS 'layers of a model: shape, trained parameters and millions of operations of each';
