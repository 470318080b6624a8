-- Labels of several voters: votes counted, agreement measured, voters modelled

CREATE TYPE dp.label_counts;
CREATE FUNCTION dp.label_counts_in(cstring) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_counts_out(dp.label_counts) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_label_counts_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_counts_recv(internal) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_counts_send(dp.label_counts) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_label_counts_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.label_counts (
	INPUT = dp.label_counts_in, OUTPUT = dp.label_counts_out, RECEIVE = dp.label_counts_recv, SEND = dp.label_counts_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.label_counts IS 'how often each label was given and answers to one item agree; mergeable';
COMMENT ON FUNCTION dp.label_counts_in(cstring) IS 'text to dp.label_counts';
COMMENT ON FUNCTION dp.label_counts_out(dp.label_counts) IS 'dp.label_counts to text';
COMMENT ON FUNCTION dp.label_counts_recv(internal) IS 'binary to dp.label_counts';
COMMENT ON FUNCTION dp.label_counts_send(dp.label_counts) IS 'dp.label_counts to binary';

CREATE FUNCTION dp.label_counts_add(state dp.label_counts, label text) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_counts_add(dp.label_counts, text) IS 'transition function of dp.label_vote';
CREATE FUNCTION dp.label_counts_add(state dp.label_counts, label text, weight float8) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_add_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_counts_add(dp.label_counts, text, float8) IS 'transition function of dp.label_vote';
CREATE FUNCTION dp.label_counts_add(state dp.label_counts, answers text[]) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_add_item' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_counts_add(dp.label_counts, text[]) IS 'transition function of dp.fleiss_kappa and dp.krippendorff_alpha';
CREATE FUNCTION dp.label_counts_merge(a dp.label_counts, b dp.label_counts) RETURNS dp.label_counts
AS 'MODULE_PATHNAME', 'dp_label_counts_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_counts_merge(dp.label_counts, dp.label_counts) IS 'the counts over the rows of both';
CREATE FUNCTION dp.label_vote_final(state dp.label_counts) RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_vote_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_vote_final(dp.label_counts) IS 'final function of dp.label_vote';
CREATE FUNCTION dp.fleiss_kappa_final(state dp.label_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_fleiss_kappa_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.fleiss_kappa_final(dp.label_counts) IS 'final function of dp.fleiss_kappa';
CREATE FUNCTION dp.krippendorff_alpha_final(state dp.label_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_krippendorff_alpha_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.krippendorff_alpha_final(dp.label_counts) IS 'final function of dp.krippendorff_alpha';

CREATE AGGREGATE dp.label_vote(label text) (
	SFUNC = dp.label_counts_add, STYPE = dp.label_counts, SSPACE = 256,
	COMBINEFUNC = dp.label_counts_merge, FINALFUNC = dp.label_vote_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.label_vote(text) IS 'the label given most often, of equally frequent ones the first in order of its bytes';
CREATE AGGREGATE dp.label_vote(label text, weight float8) (
	SFUNC = dp.label_counts_add, STYPE = dp.label_counts, SSPACE = 256,
	COMBINEFUNC = dp.label_counts_merge, FINALFUNC = dp.label_vote_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.label_vote(text, float8) IS 'the label of the largest sum of weights';
CREATE AGGREGATE dp.fleiss_kappa(answers text[]) (
	SFUNC = dp.label_counts_add, STYPE = dp.label_counts, SSPACE = 256,
	COMBINEFUNC = dp.label_counts_merge, FINALFUNC = dp.fleiss_kappa_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fleiss_kappa(text[]) IS 'agreement beyond chance of as many answers to each item: Fleiss kappa';
CREATE AGGREGATE dp.krippendorff_alpha(answers text[]) (
	SFUNC = dp.label_counts_add, STYPE = dp.label_counts, SSPACE = 256,
	COMBINEFUNC = dp.label_counts_merge, FINALFUNC = dp.krippendorff_alpha_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.krippendorff_alpha(text[]) IS 'agreement beyond chance of any number of answers to each item: Krippendorffs alpha, nominal';
CREATE FUNCTION dp.label_vote(votes text[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_vote' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_vote(text[]) IS 'the label that most votes of a row are for, of equally frequent ones the first in order of its bytes';

CREATE TYPE dp.label_model;
CREATE FUNCTION dp.label_model_in(cstring) RETURNS dp.label_model
AS 'MODULE_PATHNAME', 'dp_label_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_model_out(dp.label_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_label_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_model_recv(internal) RETURNS dp.label_model
AS 'MODULE_PATHNAME', 'dp_label_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.label_model_send(dp.label_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_label_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.label_model (
	INPUT = dp.label_model_in, OUTPUT = dp.label_model_out, RECEIVE = dp.label_model_recv, SEND = dp.label_model_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.label_model IS 'how far to trust voters, as learnt by dp.fit_label_model or dp.fit_crowd';
COMMENT ON FUNCTION dp.label_model_in(cstring) IS 'text to dp.label_model';
COMMENT ON FUNCTION dp.label_model_out(dp.label_model) IS 'dp.label_model to text';
COMMENT ON FUNCTION dp.label_model_recv(internal) IS 'binary to dp.label_model';
COMMENT ON FUNCTION dp.label_model_send(dp.label_model) IS 'dp.label_model to binary';

CREATE FUNCTION dp.label_model_add(state internal, votes text[], method text) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_label_model_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_model_add(internal, text[], text) IS 'transition function of dp.fit_label_model';
CREATE FUNCTION dp.crowd_add(state internal, task text, worker text, answer text, method text) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_crowd_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.crowd_add(internal, text, text, text, text) IS 'transition function of dp.fit_crowd';
CREATE FUNCTION dp.label_model_add(state internal, votes text[], method text, options jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_label_model_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_model_add(internal, text[], text, jsonb) IS 'transition function of dp.fit_label_model';
CREATE FUNCTION dp.crowd_add(state internal, task text, worker text, answer text, method text, options jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_crowd_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.crowd_add(internal, text, text, text, text, jsonb) IS 'transition function of dp.fit_crowd';
CREATE FUNCTION dp.label_model_finish(state internal) RETURNS dp.label_model
AS 'MODULE_PATHNAME', 'dp_label_model_finish' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.label_model_finish(internal) IS 'final function of dp.fit_label_model and dp.fit_crowd';

CREATE AGGREGATE dp.fit_label_model(votes text[], method text) (
	SFUNC = dp.label_model_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = dp.label_model_finish, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_label_model(text[], text) IS 'learn from the votes of labelling functions how far to trust each';
CREATE AGGREGATE dp.fit_crowd(task text, worker text, answer text, method text) (
	SFUNC = dp.crowd_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = dp.label_model_finish, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_crowd(text, text, text, text) IS 'learn from the answers of people how far to trust each';
CREATE AGGREGATE dp.fit_label_model(votes text[], method text, options jsonb) (
	SFUNC = dp.label_model_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = dp.label_model_finish, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_label_model(text[], text, jsonb) IS 'learn from the votes of labelling functions how far to trust each';
CREATE AGGREGATE dp.fit_crowd(task text, worker text, answer text, method text, options jsonb) (
	SFUNC = dp.crowd_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = dp.label_model_finish, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_crowd(text, text, text, text, jsonb) IS 'learn from the answers of people how far to trust each';
CREATE FUNCTION dp.label_of(model dp.label_model, votes text[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.label_of(dp.label_model, text[]) IS 'the most probable label, given the votes';
CREATE FUNCTION dp.label_probabilities(model dp.label_model, votes text[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_label_probabilities' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.label_probabilities(dp.label_model, text[]) IS 'how probable each class is, given the votes, in the order of dp.label_model_classes';
CREATE FUNCTION dp.label_of(model dp.label_model, votes text[], voters text[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.label_of(dp.label_model, text[], text[]) IS 'the most probable label, given the votes';
CREATE FUNCTION dp.label_probabilities(model dp.label_model, votes text[], voters text[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_label_probabilities' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.label_probabilities(dp.label_model, text[], text[]) IS 'how probable each class is, given the votes, in the order of dp.label_model_classes';
CREATE FUNCTION dp.label_model_classes(model dp.label_model) RETURNS TABLE (class text, share float8)
AS 'MODULE_PATHNAME', 'dp_label_model_classes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION dp.label_model_classes(dp.label_model) IS 'the classes in order and the share of each';
CREATE FUNCTION dp.label_model_voters(model dp.label_model) RETURNS TABLE (voter text, votes bigint, accuracy float8)
AS 'MODULE_PATHNAME', 'dp_label_model_voters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION dp.label_model_voters(dp.label_model) IS 'the voters, how often each voted and how often he is right by the model';
CREATE FUNCTION dp.label_model_confusion(model dp.label_model) RETURNS TABLE (voter text, actual text, answer text, probability float8)
AS 'MODULE_PATHNAME', 'dp_label_model_confusion' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 400;
COMMENT ON FUNCTION dp.label_model_confusion(dp.label_model) IS 'how probable each answer of a voter is, given the class';

CREATE FUNCTION dp.dawid_skene(source text, options jsonb DEFAULT '{}') RETURNS TABLE (
	task text, label text, probability float8, majority text, answers bigint, entropy float8, probabilities jsonb
)
AS 'MODULE_PATHNAME', 'dp_dawid_skene' LANGUAGE C VOLATILE STRICT COST 100000 ROWS 1000;
COMMENT ON FUNCTION dp.dawid_skene(text, jsonb) IS 'one label for each task from the answers of a crowd, with its probability and the majority vote beside it';
CREATE FUNCTION dp.label_function_report(source text, names text[] DEFAULT NULL, model dp.label_model DEFAULT NULL) RETURNS TABLE (
	function text, labels text, coverage float8, overlap float8, conflict float8, correct bigint, incorrect bigint, accuracy float8
)
AS 'MODULE_PATHNAME', 'dp_label_function_report' LANGUAGE C VOLATILE COST 100000 ROWS 20;
COMMENT ON FUNCTION dp.label_function_report(text, text[], dp.label_model) IS 'how often each labelling function votes, meets others, disagrees with one and is right; the majority vote below';
