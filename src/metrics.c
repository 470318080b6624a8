/*
 * metrics.c - how good predictions are, as mergeable aggregates
 *
 * Three states: dp.class_counts for accuracy, precision, recall and F1,
 * dp.score_bins for the area under the ROC curve, dp.errors for regression and
 * the log loss.  A metric is a function of a state, and the aggregate of the
 * same name ends with it.  Rows in which one side is NULL are left out.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "funcapi.h"
#include "utils/builtins.h"

#include "args.h"
#include "class_counts.h"
#include "errors.h"
#include "score_bins.h"
#include "state.h"

DP_STATE_TYPE(class_counts, true)
DP_STATE_TYPE(score_bins, false)
DP_STATE_TYPE(errors, false)

PG_FUNCTION_INFO_V1(dp_class_counts_add);
PG_FUNCTION_INFO_V1(dp_class_counts_add_int);
PG_FUNCTION_INFO_V1(dp_class_counts_add_bool);
PG_FUNCTION_INFO_V1(dp_class_counts_merge);
PG_FUNCTION_INFO_V1(dp_class_counts_finish);
PG_FUNCTION_INFO_V1(dp_accuracy);
PG_FUNCTION_INFO_V1(dp_precision);
PG_FUNCTION_INFO_V1(dp_recall);
PG_FUNCTION_INFO_V1(dp_f1);
PG_FUNCTION_INFO_V1(dp_class_scores);
PG_FUNCTION_INFO_V1(dp_score_bins_add);
PG_FUNCTION_INFO_V1(dp_score_bins_merge);
PG_FUNCTION_INFO_V1(dp_score_bins_finish);
PG_FUNCTION_INFO_V1(dp_auc);
PG_FUNCTION_INFO_V1(dp_errors_add);
PG_FUNCTION_INFO_V1(dp_errors_add_log_loss);
PG_FUNCTION_INFO_V1(dp_errors_merge);
PG_FUNCTION_INFO_V1(dp_rmse);
PG_FUNCTION_INFO_V1(dp_mae);
PG_FUNCTION_INFO_V1(dp_r2);

/* Class counts */

#define FIRST_CLASSES 8
#define FIRST_LABEL_BYTES 128

static dpk_class_counts *
make_class_counts(int room, int label_room)
{
	dpk_class_counts *c = dp_state_alloc("dp.class_counts", dpk_class_counts_size(room, label_room));

	dpk_class_counts_init(c, room, label_room);
	return c;
}

static dpk_class_counts *
larger_class_counts(dpk_class_counts *c)
{
	/* the limits of the kernel keep both far from an overflow; a label of the longest length always fits */
	dpk_class_counts *copy = make_class_counts(2 * c->room + 1, 2 * c->label_room + DPK_MAX_LABEL);

	dpk_class_counts_copy(copy, c);
	return copy;
}

typedef struct label
{
	const char *text;
	size_t		length;
} label;

static Datum
add_labels(FunctionCallInfo fcinfo, label actual, label predicted, const label *positive)
{
	dpk_class_counts *c = PG_ARGISNULL(0) ? make_class_counts(FIRST_CLASSES, FIRST_LABEL_BYTES) : dp_state_argument(fcinfo, 0);
	dpk_status	status = DPK_OK;
	dpk_error	err;

	if (positive != NULL)
		while ((status = dpk_class_counts_set_positive(c, positive->text, positive->length, &err)) == DPK_NO_MEMORY)
			c = larger_class_counts(c);
	dp_raise(status, &err);
	while ((status = dpk_class_counts_add(c, actual.text, actual.length, predicted.text, predicted.length, &err)) == DPK_NO_MEMORY)
		c = larger_class_counts(c);
	dp_raise(status, &err);
	PG_RETURN_POINTER(c);
}

static void
check_positive(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() > 3 && PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"positive\" must not be null")));
}

static label
text_label(text *t)
{
	return (label) {VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)};
}

/* dp.class_counts_add(state dp.class_counts, actual text, predicted text [, positive text]) -> dp.class_counts */
Datum
dp_class_counts_add(PG_FUNCTION_ARGS)
{
	label		positive;

	check_positive(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	if (PG_NARGS() > 3)
		positive = text_label(PG_GETARG_TEXT_PP(3));
	return add_labels(fcinfo, text_label(PG_GETARG_TEXT_PP(1)), text_label(PG_GETARG_TEXT_PP(2)),
					  PG_NARGS() > 3 ? &positive : NULL);
}

static label
int_label(int64 value, char *buffer)
{
	return (label) {buffer, pg_lltoa(value, buffer)};
}

/* dp.class_counts_add(state dp.class_counts, actual bigint, predicted bigint [, positive bigint]) -> dp.class_counts */
Datum
dp_class_counts_add_int(PG_FUNCTION_ARGS)
{
	char		buffers[3][MAXINT8LEN + 1];
	label		positive;

	check_positive(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	if (PG_NARGS() > 3)
		positive = int_label(PG_GETARG_INT64(3), buffers[2]);
	return add_labels(fcinfo, int_label(PG_GETARG_INT64(1), buffers[0]), int_label(PG_GETARG_INT64(2), buffers[1]),
					  PG_NARGS() > 3 ? &positive : NULL);
}

/* dp.class_counts_add(state dp.class_counts, actual boolean, predicted boolean) -> dp.class_counts; "true" is positive */
Datum
dp_class_counts_add_bool(PG_FUNCTION_ARGS)
{
	static const label labels[2] = {{"false", 5}, {"true", 4}};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	return add_labels(fcinfo, labels[PG_GETARG_BOOL(1)], labels[PG_GETARG_BOOL(2)], &labels[true]);
}

/* dp.class_counts_merge(a dp.class_counts, b dp.class_counts) -> dp.class_counts */
Datum
dp_class_counts_merge(PG_FUNCTION_ARGS)
{
	dpk_class_counts *a,
			   *b;
	dpk_status	status;
	dpk_error	err;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_class_counts *) PG_GETARG_VARLENA_P(1);
	while ((status = dpk_class_counts_merge(a, b, &err)) == DPK_NO_MEMORY)
		a = larger_class_counts(a);
	dp_raise(status, &err);
	PG_RETURN_POINTER(a);
}

/* dp.class_counts_finish(state dp.class_counts) -> dp.class_counts, without the room it had to grow */
Datum
dp_class_counts_finish(PG_FUNCTION_ARGS)
{
	dpk_class_counts *c = (dpk_class_counts *) PG_GETARG_VARLENA_P(0);
	dpk_class_counts *copy = make_class_counts(c->nclasses, c->label_bytes);

	dpk_class_counts_copy(copy, c);
	PG_RETURN_POINTER(copy);
}

typedef enum class_metric
{
	ACCURACY, PRECISION, RECALL, F1
} class_metric;

static Datum
class_metric_of(FunctionCallInfo fcinfo, class_metric metric)
{
	dpk_class_counts *c = (dpk_class_counts *) PG_GETARG_VARLENA_P(0);
	dpk_class_scores scores;

	if (c->n == 0)
		PG_RETURN_NULL();
	scores = dpk_class_counts_scores(c);
	PG_RETURN_FLOAT8(metric == ACCURACY ? scores.accuracy :
					 metric == PRECISION ? scores.precision :
					 metric == RECALL ? scores.recall : scores.f1);
}

/* dp.accuracy(counts dp.class_counts) -> float8 */
Datum
dp_accuracy(PG_FUNCTION_ARGS)
{
	return class_metric_of(fcinfo, ACCURACY);
}

/* dp.precision(counts dp.class_counts) -> float8 */
Datum
dp_precision(PG_FUNCTION_ARGS)
{
	return class_metric_of(fcinfo, PRECISION);
}

/* dp.recall(counts dp.class_counts) -> float8 */
Datum
dp_recall(PG_FUNCTION_ARGS)
{
	return class_metric_of(fcinfo, RECALL);
}

/* dp.f1(counts dp.class_counts) -> float8 */
Datum
dp_f1(PG_FUNCTION_ARGS)
{
	return class_metric_of(fcinfo, F1);
}

/* dp.class_scores(counts dp.class_counts) -> a row for each class, in order of its bytes */
Datum
dp_class_scores(PG_FUNCTION_ARGS)
{
	dpk_class_counts *c = (dpk_class_counts *) PG_GETARG_VARLENA_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < c->nclasses; i++)
	{
		const dpk_class_count *count = dpk_class_count_at(c, i);
		dpk_class_scores scores = dpk_class_count_scores(count);
		Datum		values[7];
		bool		nulls[7] = {false};

		if (count->actual + count->predicted == 0)
			continue;			/* only named as the positive class */
		values[0] = PointerGetDatum(cstring_to_text_with_len(dpk_class_label(c, i), count->label_length));
		values[1] = Int64GetDatum(count->actual);
		values[2] = Int64GetDatum(count->predicted);
		values[3] = Int64GetDatum(count->correct);
		values[4] = Float8GetDatum(scores.precision);
		values[5] = Float8GetDatum(scores.recall);
		values[6] = Float8GetDatum(scores.f1);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The area under the ROC curve */

#define FIRST_SCORES 16

static dpk_score_bins *
make_score_bins(int room)
{
	dpk_score_bins *b = dp_state_alloc("dp.score_bins", dpk_score_bins_size(room));

	dpk_score_bins_init(b, room);
	return b;
}

static dpk_score_bins *
copy_score_bins(const dpk_score_bins *b, int room)
{
	dpk_score_bins *copy = make_score_bins(room);

	dpk_score_bins_copy(copy, b);
	return copy;
}

/* dp.score_bins_add(state dp.score_bins, score float8, is_positive boolean) -> dp.score_bins */
Datum
dp_score_bins_add(PG_FUNCTION_ARGS)
{
	dpk_score_bins *b;
	dpk_status	status;
	dpk_error	err;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	b = PG_ARGISNULL(0) ? make_score_bins(FIRST_SCORES) : dp_state_argument(fcinfo, 0);
	while ((status = dpk_score_bins_add(b, PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2), &err)) == DPK_NO_MEMORY)
		b = copy_score_bins(b, 2 * b->room);
	dp_raise(status, &err);
	PG_RETURN_POINTER(b);
}

/* dp.score_bins_merge(a dp.score_bins, b dp.score_bins) -> dp.score_bins */
Datum
dp_score_bins_merge(PG_FUNCTION_ARGS)
{
	dpk_score_bins *a;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	if (a->room < DPK_SCORES_ROOM)
		a = copy_score_bins(a, DPK_SCORES_ROOM);
	dp_raise(dpk_score_bins_merge(a, (dpk_score_bins *) PG_GETARG_VARLENA_P(1), &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.score_bins_finish(state dp.score_bins) -> dp.score_bins, sorted and without the room it had to grow */
Datum
dp_score_bins_finish(PG_FUNCTION_ARGS)
{
	dpk_score_bins *b = (dpk_score_bins *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	int			room = FIRST_SCORES;

	dpk_score_bins_compact(b);
	while (room < b->nbins)
		room *= 2;
	PG_RETURN_POINTER(copy_score_bins(b, room));
}

/* dp.auc(bins dp.score_bins) -> float8; NULL without rows of both classes */
Datum
dp_auc(PG_FUNCTION_ARGS)
{
	dpk_score_bins *b = (dpk_score_bins *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));

	if (b->npositive == 0 || b->nnegative == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(dpk_score_bins_auc(b));
}

/* Regression, and the log loss */

static dpk_errors *
errors_for_row(FunctionCallInfo fcinfo)
{
	dpk_errors *e;

	if (!PG_ARGISNULL(0))
		return dp_state_argument(fcinfo, 0);
	e = dp_state_alloc("dp.errors", sizeof *e);
	dpk_errors_init(e);
	return e;
}

/* dp.errors_add(state dp.errors, actual float8, predicted float8) -> dp.errors */
Datum
dp_errors_add(PG_FUNCTION_ARGS)
{
	dpk_errors *e;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	e = errors_for_row(fcinfo);
	dpk_errors_add(e, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(e);
}

/*
 * dp.errors_add_log_loss(state dp.errors, probability float8, is_positive boolean) -> dp.errors
 *
 * As scikit-learn 1.2 does, the probability is kept away from 0 and 1 by the
 * epsilon of float8, so that one sure mistake costs 36 and not infinity.
 */
Datum
dp_errors_add_log_loss(PG_FUNCTION_ARGS)
{
	dpk_errors *e;
	double		p;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	p = PG_GETARG_FLOAT8(1);
	if (!isnan(p))
	{
		dp_check_range("probability", p, 0, 1);
		p = Min(Max(p, DBL_EPSILON), 1 - DBL_EPSILON);
	}
	e = errors_for_row(fcinfo);
	dpk_errors_add(e, 0, -log(PG_GETARG_BOOL(2) ? p : 1 - p));
	PG_RETURN_POINTER(e);
}

/* dp.errors_merge(a dp.errors, b dp.errors) -> dp.errors */
Datum
dp_errors_merge(PG_FUNCTION_ARGS)
{
	dpk_errors *a;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	dp_raise(dpk_errors_merge(a, (dpk_errors *) PG_GETARG_VARLENA_P(1), &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.rmse(errors dp.errors) -> float8 */
Datum
dp_rmse(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(dpk_errors_rmse((dpk_errors *) PG_GETARG_VARLENA_P(0)));
}

/* dp.mae(errors dp.errors) -> float8 */
Datum
dp_mae(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(dpk_errors_mae((dpk_errors *) PG_GETARG_VARLENA_P(0)));
}

/* dp.r2(errors dp.errors) -> float8; NULL for a single row */
Datum
dp_r2(PG_FUNCTION_ARGS)
{
	dpk_errors *e = (dpk_errors *) PG_GETARG_VARLENA_P(0);

	if (e->actual.n < 2)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(dpk_errors_r2(e));
}
