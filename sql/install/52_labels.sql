-- Labels that are wrong: confident learning as two aggregates, a scalar and a table

CREATE TYPE dp.label_thresholds;
CREATE FUNCTION dp.label_thresholds_in(cstring) RETURNS dp.label_thresholds
AS 'MODULE_PATHNAME', 'dp_label_thresholds_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_thresholds_out(dp.label_thresholds) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_label_thresholds_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_thresholds_recv(internal) RETURNS dp.label_thresholds
AS 'MODULE_PATHNAME', 'dp_label_thresholds_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_thresholds_send(dp.label_thresholds) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_label_thresholds_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.label_thresholds (
	INPUT = dp.label_thresholds_in, OUTPUT = dp.label_thresholds_out, RECEIVE = dp.label_thresholds_recv, SEND = dp.label_thresholds_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.label_thresholds IS 'how sure the rows of each label are of it, as learnt by dp.label_thresholds; mergeable';
COMMENT ON FUNCTION dp.label_thresholds_in(cstring) IS 'text to dp.label_thresholds';
COMMENT ON FUNCTION dp.label_thresholds_out(dp.label_thresholds) IS 'dp.label_thresholds to text';
COMMENT ON FUNCTION dp.label_thresholds_recv(internal) IS 'binary to dp.label_thresholds';
COMMENT ON FUNCTION dp.label_thresholds_send(dp.label_thresholds) IS 'dp.label_thresholds to binary';

CREATE TYPE dp.confident_joint;
CREATE FUNCTION dp.confident_joint_in(cstring) RETURNS dp.confident_joint
AS 'MODULE_PATHNAME', 'dp_confident_joint_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.confident_joint_out(dp.confident_joint) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_confident_joint_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.confident_joint_recv(internal) RETURNS dp.confident_joint
AS 'MODULE_PATHNAME', 'dp_confident_joint_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.confident_joint_send(dp.confident_joint) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_confident_joint_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.confident_joint (
	INPUT = dp.confident_joint_in, OUTPUT = dp.confident_joint_out, RECEIVE = dp.confident_joint_recv, SEND = dp.confident_joint_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.confident_joint IS 'how often a label is given to rows that are surely of each class, as counted by dp.confident_joint; mergeable';
COMMENT ON FUNCTION dp.confident_joint_in(cstring) IS 'text to dp.confident_joint';
COMMENT ON FUNCTION dp.confident_joint_out(dp.confident_joint) IS 'dp.confident_joint to text';
COMMENT ON FUNCTION dp.confident_joint_recv(internal) IS 'binary to dp.confident_joint';
COMMENT ON FUNCTION dp.confident_joint_send(dp.confident_joint) IS 'dp.confident_joint to binary';

CREATE FUNCTION dp.label_quality(label bigint, probabilities float8[], method text DEFAULT 'normalized_margin') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_label_quality' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_quality(bigint, float8[], text) IS 'how probably a label is right, from 0, surely wrong, to 1';
CREATE FUNCTION dp.label_quality_multi(labels float8[], probabilities float8[], method text DEFAULT 'self_confidence') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_label_quality_multi' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_quality_multi(float8[], float8[], text) IS 'how probably all labels of a row that may have several are right, each class 1 or 0';
CREATE FUNCTION dp.label_quality_value(target float8, predicted float8, scale float8 DEFAULT 1) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_label_quality_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_quality_value(float8, float8, float8) IS 'how near a value is to its prediction: exp(-|difference| / scale)';
CREATE FUNCTION dp.class_number(label text, classes text[]) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_class_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_number(text, text[]) IS 'place of a label in a list of classes, from 0; an error where it is not there';

CREATE FUNCTION dp.label_thresholds_add(state dp.label_thresholds, label bigint, probabilities float8[]) RETURNS dp.label_thresholds
AS 'MODULE_PATHNAME', 'dp_label_thresholds_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_thresholds_add(dp.label_thresholds, bigint, float8[]) IS 'transition function of dp.label_thresholds';
CREATE FUNCTION dp.label_thresholds_merge(a dp.label_thresholds, b dp.label_thresholds) RETURNS dp.label_thresholds
AS 'MODULE_PATHNAME', 'dp_label_thresholds_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_thresholds_merge(dp.label_thresholds, dp.label_thresholds) IS 'thresholds as if of the rows of both';
CREATE AGGREGATE dp.label_thresholds(label bigint, probabilities float8[]) (
	SFUNC = dp.label_thresholds_add, STYPE = dp.label_thresholds, SSPACE = 1024,
	COMBINEFUNC = dp.label_thresholds_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.label_thresholds(bigint, float8[]) IS 'the mean probability of each class over the rows labelled so';
CREATE AGGREGATE dp.merge(state dp.label_thresholds) (
	SFUNC = dp.label_thresholds_merge, STYPE = dp.label_thresholds, SSPACE = 1024,
	COMBINEFUNC = dp.label_thresholds_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.label_thresholds) IS 'thresholds as if of the rows of all';
CREATE FUNCTION dp.row_count(state dp.label_thresholds) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_label_thresholds_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.label_thresholds) IS 'how many rows have a label and probabilities';
CREATE FUNCTION dp.thresholds(state dp.label_thresholds) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_thresholds' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.thresholds(dp.label_thresholds) IS 'the threshold of each class, NULL for one that is nobody''s label';

CREATE FUNCTION dp.confident_joint_add(state dp.confident_joint, label bigint, probabilities float8[], thresholds dp.label_thresholds) RETURNS dp.confident_joint
AS 'MODULE_PATHNAME', 'dp_confident_joint_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.confident_joint_add(dp.confident_joint, bigint, float8[], dp.label_thresholds) IS 'transition function of dp.confident_joint';
CREATE FUNCTION dp.confident_joint_merge(a dp.confident_joint, b dp.confident_joint) RETURNS dp.confident_joint
AS 'MODULE_PATHNAME', 'dp_confident_joint_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.confident_joint_merge(dp.confident_joint, dp.confident_joint) IS 'counts as if of the rows of both';
CREATE AGGREGATE dp.confident_joint(label bigint, probabilities float8[], thresholds dp.label_thresholds) (
	SFUNC = dp.confident_joint_add, STYPE = dp.confident_joint, SSPACE = 8192,
	COMBINEFUNC = dp.confident_joint_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.confident_joint(bigint, float8[], dp.label_thresholds) IS 'how many rows of each label are surely of each class';
CREATE AGGREGATE dp.merge(state dp.confident_joint) (
	SFUNC = dp.confident_joint_merge, STYPE = dp.confident_joint, SSPACE = 8192,
	COMBINEFUNC = dp.confident_joint_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.confident_joint) IS 'counts as if of the rows of all';
CREATE FUNCTION dp.row_count(state dp.confident_joint) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_confident_joint_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.row_count(dp.confident_joint) IS 'how many rows have a label and probabilities';
CREATE FUNCTION dp.joint_cells(joint dp.confident_joint,
	OUT label integer, OUT actual integer, OUT confident bigint, OUT expected float8, OUT joint_probability float8,
	OUT label_given_actual float8, OUT actual_given_label float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_joint_cells' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION dp.joint_cells(dp.confident_joint) IS 'a row for each label and true class: surely so, estimated rows, joint probability, noise rate and its inverse';
CREATE FUNCTION dp.label_health(joint dp.confident_joint,
	OUT class integer, OUT labelled bigint, OUT actual float8, OUT wrong float8, OUT missed float8,
	OUT wrong_rate float8, OUT missed_rate float8, OUT quality float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_label_health' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION dp.label_health(dp.confident_joint) IS 'a row for each class: how many of its labels are wrong, and how many rows of it bear another';

CREATE FUNCTION dp.label_issues(source text, method text DEFAULT 'prune_by_noise_rate', classes text[] DEFAULT NULL)
RETURNS TABLE (key text, label text, suggested text, quality float8)
AS 'MODULE_PATHNAME', 'dp_label_issues'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 1000;
COMMENT ON FUNCTION dp.label_issues(text, text, text[]) IS 'the rows whose labels are probably wrong, the worst first, by confident learning';
