/*
 * detector_score.c - score rows by a detector, and say what features contribute
 *
 * As in the window functions, a row with a NULL among its features has no
 * score, one with a NaN scores NaN and one with an infinite value infinity.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "detector_ready.h"
#include "feature_row.h"
#include "outlier_options.h"
#include "state.h"

PG_FUNCTION_INFO_V1(dp_detector_score);
PG_FUNCTION_INFO_V1(dp_detector_score_value);
PG_FUNCTION_INFO_V1(dp_detector_is_outlier);
PG_FUNCTION_INFO_V1(dp_detector_is_outlier_value);
PG_FUNCTION_INFO_V1(dp_outlier_explain);
PG_FUNCTION_INFO_V1(dp_outlier_explain_value);

const void *
dp_detector_ready(const dpk_detector *t, MemoryContext context)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	const double *model = (const double *) dpk_detector_values(t);
	size_t		bytes;
	void	   *ready;

	if (m->get_ready == NULL)
		return model;
	if (!m->ready_bytes(t->nfeatures, t->options, t->sample.nvalues, &bytes))
		bytes = SIZE_MAX;
	ready = MemoryContextAllocHuge(context, bytes);
	m->get_ready(t->nfeatures, t->options, model, t->sample.nvalues, ready);
	return ready;
}

void
dp_detector_check_features(const dpk_detector *t, int nfeatures)
{
	if (nfeatures != t->nfeatures)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of features: %d", nfeatures),
				 errdetail("The detector has %d.", t->nfeatures)));
}

/* A detector at work, kept between the rows of a query */
typedef struct resolved
{
	dpk_detector *detector;
	const void *ready;
} resolved;

static void *
make_resolved(struct varlena *state)
{
	resolved   *r = palloc(sizeof *r);

	r->detector = (dpk_detector *) state;
	if (!r->detector->fitted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("detector has not been fitted"),
				 errhint("It is the state of an aggregate: dp.fit_detector makes a detector of it.")));
	r->ready = dp_detector_ready(r->detector, CurrentMemoryContext);
	return r;
}

/* A head tells one model from another */
static const resolved *
resolve(FunctionCallInfo fcinfo)
{
	return dp_state_made(fcinfo, 0, sizeof(dpk_detector), make_resolved);
}

/* The features of argument 1 as an array or a number */
static dp_features
features_argument(FunctionCallInfo fcinfo, bool is_array, const dpk_detector *t, double *single)
{
	dp_features f = {1, single, NULL};

	if (is_array)
		f = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	else
		*single = PG_GETARG_FLOAT8(1);
	dp_detector_check_features(t, f.n);
	return f;
}

static bool
score_row(FunctionCallInfo fcinfo, bool is_array, double *score, const resolved **result)
{
	const resolved *r = resolve(fcinfo);
	const dpk_detector *t = r->detector;
	double		single;
	dp_features f = features_argument(fcinfo, is_array, t, &single);

	*result = r;
	switch (dp_outlier_row_kind(&f))
	{
		case DP_OUTLIER_SCORED:
			dpk_detector_method(t)->score(t->nfeatures, t->options, r->ready, 1, f.values, score);
			return true;
		case DP_OUTLIER_UNKNOWN:
			return false;
		case DP_OUTLIER_NAN:
			*score = get_float8_nan();
			return true;
		case DP_OUTLIER_INFINITE:
			break;
	}
	*score = get_float8_infinity();
	return true;
}

static Datum
detector_score(FunctionCallInfo fcinfo, bool is_array)
{
	const resolved *r;
	double		score;

	if (!score_row(fcinfo, is_array, &score, &r))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

static Datum
detector_is_outlier(FunctionCallInfo fcinfo, bool is_array)
{
	const resolved *r;
	double		score;

	if (!score_row(fcinfo, is_array, &score, &r))
		PG_RETURN_NULL();
	if (!r->detector->has_threshold)
		dp_outlier_no_threshold(dpk_detector_method(r->detector));
	PG_RETURN_BOOL(float8_gt(score, r->detector->threshold));
}

/* dp.outlier_score(detector dp.detector, features float8[]) -> float8 */
Datum
dp_detector_score(PG_FUNCTION_ARGS)
{
	return detector_score(fcinfo, true);
}

/* dp.outlier_score(detector dp.detector, x float8) -> float8 */
Datum
dp_detector_score_value(PG_FUNCTION_ARGS)
{
	return detector_score(fcinfo, false);
}

/* dp.is_outlier(detector dp.detector, features float8[]) -> boolean */
Datum
dp_detector_is_outlier(PG_FUNCTION_ARGS)
{
	return detector_is_outlier(fcinfo, true);
}

/* dp.is_outlier(detector dp.detector, x float8) -> boolean */
Datum
dp_detector_is_outlier_value(PG_FUNCTION_ARGS)
{
	return detector_is_outlier(fcinfo, false);
}

/*
 * A row per feature; no rows where the features have no score.  Where one is
 * NaN or infinite that is all that counts.
 */
static Datum
explain(FunctionCallInfo fcinfo, bool is_array)
{
	const resolved *r;
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	const dpk_detector *t;
	double		single,
			   *contributions;
	dp_features f;
	dp_outlier_kind kind;

	r = resolve(fcinfo);
	t = r->detector;
	InitMaterializedSRF(fcinfo, 0);
	f = features_argument(fcinfo, is_array, t, &single);
	kind = dp_outlier_row_kind(&f);
	if (kind == DP_OUTLIER_UNKNOWN)
		return (Datum) 0;
	contributions = palloc0(mul_size(t->nfeatures, sizeof(double)));
	if (kind == DP_OUTLIER_SCORED && (dpk_detector_method(t)->explain == NULL ||
									  !dpk_detector_method(t)->explain(t->nfeatures, t->options, r->ready, f.values, contributions)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("scores of method \"%s\" with these options cannot be explained", dpk_detector_method(t)->name)));
	for (int i = 0; i < t->nfeatures; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		if (kind != DP_OUTLIER_SCORED && !isfinite(f.values[i]))
			contributions[i] = fabs(f.values[i]);
		values[0] = Int32GetDatum(i + 1);
		values[1] = Float8GetDatum(contributions[i]);
		tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* dp.outlier_explain(detector dp.detector, features float8[]) -> table (feature int, contribution float8) */
Datum
dp_outlier_explain(PG_FUNCTION_ARGS)
{
	return explain(fcinfo, true);
}

/* dp.outlier_explain(detector dp.detector, x float8) -> table (feature int, contribution float8) */
Datum
dp_outlier_explain_value(PG_FUNCTION_ARGS)
{
	return explain(fcinfo, false);
}
