/*
 * detector.c - learn from a sample of rows what is usual
 *
 * The aggregate dp.fit_detector() keeps its sample in a dp.detector, and what
 * its final function returns is one too: a model that can be stored.  As in
 * the window functions, a row that is NULL or has a NULL among its features
 * has no score, a NaN scores NaN and an infinite value infinity, and none of
 * these rows teaches anything.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "detector_ready.h"
#include "feature_row.h"
#include "outlier_options.h"
#include "settings.h"
#include "state.h"

DP_STATE_TYPE(detector, false)

PG_FUNCTION_INFO_V1(dp_detector_add);
PG_FUNCTION_INFO_V1(dp_detector_add_value);
PG_FUNCTION_INFO_V1(dp_detector_merge);
PG_FUNCTION_INFO_V1(dp_detector_finish);

/* ---- fitting ---- */

static dpk_detector *
make_detector(int64 room)
{
	size_t		size;
	dpk_detector *t;

	if (!dpk_detector_size(room, &size))
		size = SIZE_MAX;
	t = dp_state_alloc("dp.detector", size);
	t->sample.room = room;
	return t;
}

/* The same with room for more, or itself */
static dpk_detector *
with_room(dpk_detector *t, int64 room)
{
	dpk_detector *copy;
	int32		header;

	if (room <= t->sample.room)
		return t;
	copy = make_detector(room);
	header = copy->header;
	memcpy(copy, t, sizeof *t + t->sample.nvalues * sizeof(dpk_sample_value));
	copy->header = header;
	copy->sample.room = room;
	return copy;
}

/* Method and options of the row before, so that they are read once */
typedef struct given
{
	text	   *method;
	Jsonb	   *options;		/* NULL where they were */
	dp_outlier_choice choice;
} given;

static const dp_outlier_choice *
read_choice(FunctionCallInfo fcinfo)
{
	given	   *g = fcinfo->flinfo->fn_extra;
	text	   *method;
	Jsonb	   *options = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
	MemoryContext before;

	dp_require(fcinfo, 2, "method");
	method = PG_GETARG_TEXT_PP(2);
	if (g != NULL && dp_same_bytes(g->method, method) && dp_same_bytes(g->options, options))
		return &g->choice;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	g = palloc0(sizeof *g);
	dp_outlier_read_options(text_to_cstring(method), options, DP_OUTLIER_FIT, &g->choice);
	g->method = dp_copy_bytes(method, CurrentMemoryContext);
	g->options = dp_copy_bytes(options, CurrentMemoryContext);
	MemoryContextSwitchTo(before);
	fcinfo->flinfo->fn_extra = g;
	return &g->choice;
}

static void
start(dpk_detector *t, const dp_outlier_choice *choice, int nfeatures)
{
	while (dpk_detector_method(t) != choice->method)
		t->method++;
	t->nfeatures = nfeatures;
	t->has_threshold = choice->has_threshold;
	t->threshold = choice->threshold;
	t->has_contamination = choice->has_contamination;
	t->contamination = choice->has_contamination ? choice->contamination : 0;
	memcpy(t->options, choice->options, sizeof t->options);
	t->sample.size = choice->sample;
	t->sample.seed = choice->seed;
	t->sample.cutoff = UINT64_MAX;
}

static void
check_unfitted(const dpk_detector *t)
{
	if (t->fitted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a detector that has been fitted cannot learn more")));
}

static bool
same_parameters(const dpk_detector *a, const dpk_detector *b)
{
	return a->method == b->method && a->has_threshold == b->has_threshold && a->has_contamination == b->has_contamination &&
		(!a->has_threshold || a->threshold == b->threshold) && (!a->has_contamination || a->contamination == b->contamination) &&
		memcmp(a->options, b->options, sizeof a->options) == 0 && a->sample.size == b->sample.size && a->sample.seed == b->sample.seed;
}

/* Argument 0 or a new state, for a row of so many features */
static dpk_detector *
detector_for_row(FunctionCallInfo fcinfo, int nfeatures)
{
	const dp_outlier_choice *choice = read_choice(fcinfo);
	dpk_detector *t,
				fresh = {0};

	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"key\" must not be null"),
				 errhint("It decides which rows are in the sample: give the column that identifies a row, or a hash of it.")));
	start(&fresh, choice, nfeatures);
	if (PG_ARGISNULL(0))
	{
		dp_outlier_check_features(choice->method, nfeatures);
		t = make_detector(dpk_detector_room(&fresh, NULL));
		start(t, choice, nfeatures);
		return t;
	}
	t = dp_state_argument(fcinfo, 0);
	check_unfitted(t);
	if (!same_parameters(t, &fresh))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"method\" and \"options\" must be the same for every row")));
	dp_detector_check_features(t, nfeatures);
	return with_room(t, dpk_detector_room(t, NULL));
}

/* What comes of a row that teaches nothing */
static Datum
skip_row(FunctionCallInfo fcinfo)
{
	read_choice(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(dp_state_argument(fcinfo, 0));
}

/* dp.detector_add(state dp.detector, features float8[], method text, options jsonb, key bigint) -> dp.detector */
Datum
dp_detector_add(PG_FUNCTION_ARGS)
{
	dp_features features;
	dpk_detector *t;

	if (PG_ARGISNULL(1))
		return skip_row(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	if (dp_outlier_row_kind(&features) != DP_OUTLIER_SCORED)
		return skip_row(fcinfo);
	t = detector_for_row(fcinfo, features.n);
	dp_raise(dpk_detector_add(t, PG_GETARG_INT64(4), features.values, &dp_stop), NULL);
	PG_RETURN_POINTER(t);
}

/* dp.detector_add(state dp.detector, x float8, method text, options jsonb, key bigint) -> dp.detector */
Datum
dp_detector_add_value(PG_FUNCTION_ARGS)
{
	double		x;
	dpk_detector *t;

	if (PG_ARGISNULL(1) || !isfinite(PG_GETARG_FLOAT8(1)))
		return skip_row(fcinfo);
	x = PG_GETARG_FLOAT8(1);
	t = detector_for_row(fcinfo, 1);
	dp_raise(dpk_detector_add(t, PG_GETARG_INT64(4), &x, &dp_stop), NULL);
	PG_RETURN_POINTER(t);
}

/* dp.detector_merge(a dp.detector, b dp.detector) -> dp.detector; NULL and NULL stay NULL */
Datum
dp_detector_merge(PG_FUNCTION_ARGS)
{
	dpk_detector *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_detector *) PG_GETARG_VARLENA_P(1);
	check_unfitted(a);
	check_unfitted(b);
	if (!same_parameters(a, b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge detectors of different methods or options")));
	dp_detector_check_features(a, b->nfeatures);
	a = with_room(a, dpk_detector_room(a, b));
	dp_raise(dpk_detector_merge(a, b, &dp_stop, &err), &err);
	PG_RETURN_POINTER(a);
}

/* Memory to fit in, if it may be */
static char *
alloc_memory(const dpk_detector *t, int64 n, size_t model)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	size_t		matrix,
				work,
				total;

	if (!(dpk_mul(n, (t->nfeatures + 1) * sizeof(double), &matrix) && dpk_outlier_bytes(m, n, t->nfeatures, t->options, &work) &&
		  dpk_add(matrix, work, &total) && dpk_add(total, 2 * DPK_OUTLIER_ALIGN, &total)))
		total = SIZE_MAX;
	if (total / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sample is too large for method \"%s\": " INT64_FORMAT " rows", m->name, n),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", total / 1024, dp_memory_limit),
				 errhint("Give the option \"sample\" a smaller number of rows.")));
	return MemoryContextAllocHuge(CurrentMemoryContext, total);
}

/* The score above which a share of the sample lies; by the scores of rows among the others, where that makes a difference */
static double
learn_threshold(const dpk_detector *t, const dpk_rows *rows, void *work, double *scores)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	int64		n = rows->n;
	double		threshold;

	if (m->score_all != NULL)
		dp_raise(dpk_outlier_score_rows(m, rows, work, scores), rows->err);
	else
	{
		const void *ready = dp_detector_ready(t, CurrentMemoryContext);

		for (int64 i = 0; i < n; i += DPK_OUTLIER_CHUNK)
		{
			CHECK_FOR_INTERRUPTS();
			m->score(t->nfeatures, t->options, ready, Min(n - i, DPK_OUTLIER_CHUNK), rows->x + i * t->nfeatures, scores + i);
		}
	}
	dp_raise(dpk_outlier_quantile(scores, n, 1 - t->contamination, &dp_stop, &threshold), NULL);
	return threshold;
}

/* dp.detector_finish(state dp.detector) -> dp.detector, the model */
Datum
dp_detector_finish(PG_FUNCTION_ARGS)
{
	dpk_detector *t = (dpk_detector *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)),
			   *result;
	const dpk_outlier_method *m = dpk_detector_method(t);
	int64		n;
	size_t		size;
	char	   *memory;
	void	   *work;
	double	   *x;
	dpk_error	err;
	dpk_rows	rows = {.d = t->nfeatures,.options = t->options,.seed = t->sample.seed,.stop = &dp_stop,.err = &err};
	uint32	   *order = NULL;
	int32		header;

	check_unfitted(t);
	dp_raise(dpk_detector_close(t, &dp_stop, &n), NULL);
	if (!m->model_size(n, t->nfeatures, t->options, &size))
		size = PG_INT64_MAX;
	result = make_detector(size);
	memory = alloc_memory(t, n, size);
	x = (double *) TYPEALIGN(DPK_OUTLIER_ALIGN, memory);
	dpk_detector_matrix(t, x);
	if (m->draws)
	{
		order = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof *order);
		for (int64 i = 0; i < n; i++)
			order[i] = (uint32) i;
	}
	rows.x = x;
	rows.n = n;
	rows.order = order;
	work = (void *) TYPEALIGN(DPK_OUTLIER_ALIGN, x + n * (t->nfeatures + 1));
	dp_raise(m->fit(&rows, work, (double *) dpk_detector_values(result), &size), &err);

	header = result->header;
	memcpy(result, t, sizeof *t);
	result->header = header;
	result->sample.nvalues = size;
	if (t->has_contamination)
		result->threshold = learn_threshold(result, &rows, work, x + n * t->nfeatures);
	else if (!t->has_threshold && m->threshold != NULL)
		result->threshold = m->threshold(t->nfeatures, t->options);
	result->has_threshold = t->has_threshold || t->has_contamination || m->threshold != NULL;
	dpk_detector_seal(result);
	dpk_detector_size(result->sample.nvalues, &size);
	SET_VARSIZE(result, size);
	PG_RETURN_POINTER(result);
}
