-- Metrics.  A metric is a function of a state (dp.class_counts, dp.score_bins,
-- dp.errors); the aggregate of the same name ends with it, and dp.merge rolls
-- stored states up.

-- Classification

CREATE TYPE dp.class_counts;
CREATE FUNCTION dp.class_counts_in(cstring) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.class_counts_out(dp.class_counts) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_class_counts_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.class_counts_recv(internal) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.class_counts_send(dp.class_counts) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_class_counts_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.class_counts (
	INPUT = dp.class_counts_in, OUTPUT = dp.class_counts_out, RECEIVE = dp.class_counts_recv, SEND = dp.class_counts_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.class_counts IS 'how often each class was, was predicted, and both; mergeable';
COMMENT ON FUNCTION dp.class_counts_in(cstring) IS 'text to dp.class_counts';
COMMENT ON FUNCTION dp.class_counts_out(dp.class_counts) IS 'dp.class_counts to text';
COMMENT ON FUNCTION dp.class_counts_recv(internal) IS 'binary to dp.class_counts';
COMMENT ON FUNCTION dp.class_counts_send(dp.class_counts) IS 'dp.class_counts to binary';

CREATE FUNCTION dp.class_counts_add(state dp.class_counts, actual text, predicted text) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_add(dp.class_counts, text, text) IS 'transition function of dp.count_classes and the metrics on it';
CREATE FUNCTION dp.class_counts_add(state dp.class_counts, actual bigint, predicted bigint) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_add_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_add(dp.class_counts, bigint, bigint) IS 'transition function of dp.count_classes and the metrics on it';
CREATE FUNCTION dp.class_counts_add(state dp.class_counts, actual boolean, predicted boolean) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_add_bool' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_add(dp.class_counts, boolean, boolean) IS 'transition function of dp.count_classes and the metrics on it';
CREATE FUNCTION dp.class_counts_add(state dp.class_counts, actual text, predicted text, positive text) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_add(dp.class_counts, text, text, text) IS 'transition function of metrics of one class';
CREATE FUNCTION dp.class_counts_add(state dp.class_counts, actual bigint, predicted bigint, positive bigint) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_add_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_add(dp.class_counts, bigint, bigint, bigint) IS 'transition function of metrics of one class';
CREATE FUNCTION dp.class_counts_merge(a dp.class_counts, b dp.class_counts) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_merge(dp.class_counts, dp.class_counts) IS 'the counts over the rows of both';
CREATE FUNCTION dp.class_counts_finish(state dp.class_counts) RETURNS dp.class_counts
AS 'MODULE_PATHNAME', 'dp_class_counts_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.class_counts_finish(dp.class_counts) IS 'final function of dp.count_classes';

CREATE FUNCTION dp.accuracy(counts dp.class_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_accuracy' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.accuracy(dp.class_counts) IS 'the part of the rows that are predicted right';
CREATE FUNCTION dp.precision(counts dp.class_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_precision' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.precision(dp.class_counts) IS 'of the rows predicted to be of a class, the part that are, mean over the classes';
CREATE FUNCTION dp.recall(counts dp.class_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_recall' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.recall(dp.class_counts) IS 'of the rows of a class, the part predicted to be, mean over the classes';
CREATE FUNCTION dp.f1(counts dp.class_counts) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_f1' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.f1(dp.class_counts) IS 'harmonic mean of precision and recall, mean over the classes';
CREATE FUNCTION dp.class_scores(
	counts dp.class_counts,
	OUT class text, OUT n_actual bigint, OUT n_predicted bigint, OUT n_correct bigint,
	OUT "precision" float8, OUT recall float8, OUT f1 float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_class_scores' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION dp.class_scores(dp.class_counts) IS 'counts, precision, recall and F1 of each class';

CREATE AGGREGATE dp.count_classes(actual text, predicted text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.class_counts_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.count_classes(text, text) IS 'counts that every metric of classes can be had from';
CREATE AGGREGATE dp.count_classes(actual bigint, predicted bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.class_counts_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.count_classes(bigint, bigint) IS 'counts that every metric of classes can be had from';
CREATE AGGREGATE dp.count_classes(actual boolean, predicted boolean) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.class_counts_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.count_classes(boolean, boolean) IS 'counts that every metric of classes can be had from';
CREATE AGGREGATE dp.merge(counts dp.class_counts) (
	SFUNC = dp.class_counts_merge, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.class_counts_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.class_counts) IS 'the counts over the rows of all';
CREATE AGGREGATE dp.accuracy(actual text, predicted text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.accuracy, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.accuracy(text, text) IS 'the part of the rows that are predicted right';
CREATE AGGREGATE dp.accuracy(actual bigint, predicted bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.accuracy, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.accuracy(bigint, bigint) IS 'the part of the rows that are predicted right';
CREATE AGGREGATE dp.accuracy(actual boolean, predicted boolean) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.accuracy, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.accuracy(boolean, boolean) IS 'the part of the rows that are predicted right';
CREATE AGGREGATE dp.precision(actual text, predicted text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.precision, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.precision(text, text) IS 'of the rows predicted to be of a class, the part that are, mean over the classes';
CREATE AGGREGATE dp.precision(actual bigint, predicted bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.precision, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.precision(bigint, bigint) IS 'of the rows predicted to be of a class, the part that are, mean over the classes';
CREATE AGGREGATE dp.precision(actual boolean, predicted boolean) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.precision, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.precision(boolean, boolean) IS 'of the rows predicted to be of a class, the part that are (of true)';
CREATE AGGREGATE dp.precision(actual text, predicted text, positive text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.precision, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.precision(text, text, text) IS 'of the rows predicted to be of a class, the part that are, for one class';
CREATE AGGREGATE dp.precision(actual bigint, predicted bigint, positive bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.precision, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.precision(bigint, bigint, bigint) IS 'of the rows predicted to be of a class, the part that are, for one class';
CREATE AGGREGATE dp.recall(actual text, predicted text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.recall, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.recall(text, text) IS 'of the rows of a class, the part predicted to be, mean over the classes';
CREATE AGGREGATE dp.recall(actual bigint, predicted bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.recall, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.recall(bigint, bigint) IS 'of the rows of a class, the part predicted to be, mean over the classes';
CREATE AGGREGATE dp.recall(actual boolean, predicted boolean) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.recall, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.recall(boolean, boolean) IS 'of the rows of a class, the part predicted to be (of true)';
CREATE AGGREGATE dp.recall(actual text, predicted text, positive text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.recall, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.recall(text, text, text) IS 'of the rows of a class, the part predicted to be, for one class';
CREATE AGGREGATE dp.recall(actual bigint, predicted bigint, positive bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.recall, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.recall(bigint, bigint, bigint) IS 'of the rows of a class, the part predicted to be, for one class';
CREATE AGGREGATE dp.f1(actual text, predicted text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.f1, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.f1(text, text) IS 'harmonic mean of precision and recall, mean over the classes';
CREATE AGGREGATE dp.f1(actual bigint, predicted bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.f1, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.f1(bigint, bigint) IS 'harmonic mean of precision and recall, mean over the classes';
CREATE AGGREGATE dp.f1(actual boolean, predicted boolean) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.f1, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.f1(boolean, boolean) IS 'harmonic mean of precision and recall (of true)';
CREATE AGGREGATE dp.f1(actual text, predicted text, positive text) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.f1, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.f1(text, text, text) IS 'harmonic mean of precision and recall, for one class';
CREATE AGGREGATE dp.f1(actual bigint, predicted bigint, positive bigint) (
	SFUNC = dp.class_counts_add, STYPE = dp.class_counts, SSPACE = 256,
	COMBINEFUNC = dp.class_counts_merge, FINALFUNC = dp.f1, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.f1(bigint, bigint, bigint) IS 'harmonic mean of precision and recall, for one class';

-- The area under the ROC curve

CREATE TYPE dp.score_bins;
CREATE FUNCTION dp.score_bins_in(cstring) RETURNS dp.score_bins
AS 'MODULE_PATHNAME', 'dp_score_bins_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.score_bins_out(dp.score_bins) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_score_bins_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.score_bins_recv(internal) RETURNS dp.score_bins
AS 'MODULE_PATHNAME', 'dp_score_bins_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.score_bins_send(dp.score_bins) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_score_bins_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.score_bins (
	INPUT = dp.score_bins_in, OUTPUT = dp.score_bins_out, RECEIVE = dp.score_bins_recv, SEND = dp.score_bins_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.score_bins IS 'positives and negatives by score; mergeable';
COMMENT ON FUNCTION dp.score_bins_in(cstring) IS 'text to dp.score_bins';
COMMENT ON FUNCTION dp.score_bins_out(dp.score_bins) IS 'dp.score_bins to text';
COMMENT ON FUNCTION dp.score_bins_recv(internal) IS 'binary to dp.score_bins';
COMMENT ON FUNCTION dp.score_bins_send(dp.score_bins) IS 'dp.score_bins to binary';

CREATE FUNCTION dp.score_bins_add(state dp.score_bins, score float8, is_positive boolean) RETURNS dp.score_bins
AS 'MODULE_PATHNAME', 'dp_score_bins_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.score_bins_add(dp.score_bins, float8, boolean) IS 'transition function of dp.auc';
CREATE FUNCTION dp.score_bins_merge(a dp.score_bins, b dp.score_bins) RETURNS dp.score_bins
AS 'MODULE_PATHNAME', 'dp_score_bins_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.score_bins_merge(dp.score_bins, dp.score_bins) IS 'the bins over the rows of both';
CREATE FUNCTION dp.score_bins_finish(state dp.score_bins) RETURNS dp.score_bins
AS 'MODULE_PATHNAME', 'dp_score_bins_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.score_bins_finish(dp.score_bins) IS 'final function of dp.bin_scores';
CREATE FUNCTION dp.auc(bins dp.score_bins) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.auc(dp.score_bins) IS 'area under the ROC curve';

CREATE AGGREGATE dp.bin_scores(score float8, is_positive boolean) (
	SFUNC = dp.score_bins_add, STYPE = dp.score_bins, SSPACE = 100000,
	COMBINEFUNC = dp.score_bins_merge, FINALFUNC = dp.score_bins_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.bin_scores(float8, boolean) IS 'bins that the area under the ROC curve can be had from';
CREATE AGGREGATE dp.merge(bins dp.score_bins) (
	SFUNC = dp.score_bins_merge, STYPE = dp.score_bins, SSPACE = 100000,
	COMBINEFUNC = dp.score_bins_merge, FINALFUNC = dp.score_bins_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.score_bins) IS 'the bins over the rows of all';
CREATE AGGREGATE dp.auc(score float8, is_positive boolean) (
	SFUNC = dp.score_bins_add, STYPE = dp.score_bins, SSPACE = 100000,
	COMBINEFUNC = dp.score_bins_merge, FINALFUNC = dp.auc, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.auc(float8, boolean) IS 'area under the ROC curve: how often a positive row scores higher than a negative one';

-- Regression, and the log loss

CREATE TYPE dp.errors;
CREATE FUNCTION dp.errors_in(cstring) RETURNS dp.errors
AS 'MODULE_PATHNAME', 'dp_errors_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.errors_out(dp.errors) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_errors_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.errors_recv(internal) RETURNS dp.errors
AS 'MODULE_PATHNAME', 'dp_errors_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.errors_send(dp.errors) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_errors_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.errors (
	INPUT = dp.errors_in, OUTPUT = dp.errors_out, RECEIVE = dp.errors_recv, SEND = dp.errors_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.errors IS 'sums over actual and predicted values; mergeable';
COMMENT ON FUNCTION dp.errors_in(cstring) IS 'text to dp.errors';
COMMENT ON FUNCTION dp.errors_out(dp.errors) IS 'dp.errors to text';
COMMENT ON FUNCTION dp.errors_recv(internal) IS 'binary to dp.errors';
COMMENT ON FUNCTION dp.errors_send(dp.errors) IS 'dp.errors to binary';

CREATE FUNCTION dp.errors_add(state dp.errors, actual float8, predicted float8) RETURNS dp.errors
AS 'MODULE_PATHNAME', 'dp_errors_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.errors_add(dp.errors, float8, float8) IS 'transition function of dp.sum_errors and the metrics on it';
CREATE FUNCTION dp.errors_add_log_loss(state dp.errors, probability float8, is_positive boolean) RETURNS dp.errors
AS 'MODULE_PATHNAME', 'dp_errors_add_log_loss' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.errors_add_log_loss(dp.errors, float8, boolean) IS 'transition function of dp.log_loss';
CREATE FUNCTION dp.errors_merge(a dp.errors, b dp.errors) RETURNS dp.errors
AS 'MODULE_PATHNAME', 'dp_errors_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.errors_merge(dp.errors, dp.errors) IS 'the sums over the rows of both';
CREATE FUNCTION dp.rmse(errors dp.errors) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_rmse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.rmse(dp.errors) IS 'root of the mean squared error';
CREATE FUNCTION dp.mae(errors dp.errors) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_mae' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.mae(dp.errors) IS 'mean absolute error';
CREATE FUNCTION dp.r2(errors dp.errors) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_r2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.r2(dp.errors) IS 'coefficient of determination';

CREATE AGGREGATE dp.sum_errors(actual float8, predicted float8) (
	SFUNC = dp.errors_add, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.sum_errors(float8, float8) IS 'sums that every metric of regression can be had from';
CREATE AGGREGATE dp.merge(errors dp.errors) (
	SFUNC = dp.errors_merge, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.merge(dp.errors) IS 'the sums over the rows of all';
CREATE AGGREGATE dp.rmse(actual float8, predicted float8) (
	SFUNC = dp.errors_add, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, FINALFUNC = dp.rmse, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.rmse(float8, float8) IS 'root of the mean squared error';
CREATE AGGREGATE dp.mae(actual float8, predicted float8) (
	SFUNC = dp.errors_add, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, FINALFUNC = dp.mae, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.mae(float8, float8) IS 'mean absolute error';
CREATE AGGREGATE dp.r2(actual float8, predicted float8) (
	SFUNC = dp.errors_add, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, FINALFUNC = dp.r2, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.r2(float8, float8) IS 'coefficient of determination';
CREATE AGGREGATE dp.log_loss(probability float8, is_positive boolean) (
	SFUNC = dp.errors_add_log_loss, STYPE = dp.errors, SSPACE = 96,
	COMBINEFUNC = dp.errors_merge, FINALFUNC = dp.mae, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.log_loss(float8, boolean) IS 'mean of minus the logarithm of the probability given to what was the case';
