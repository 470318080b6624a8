/*
 * moments.c - dp.moments: count, mean, spread, shape and range of features
 *
 * A state of many features answers about one of them, the first unless told
 * otherwise, or about all in a table.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "args.h"
#include "feature_moments.h"
#include "feature_row.h"
#include "state.h"

DP_STATE_TYPE(moments, false)

PG_FUNCTION_INFO_V1(dp_moments_add);
PG_FUNCTION_INFO_V1(dp_moments_add_value);
PG_FUNCTION_INFO_V1(dp_moments_merge);
PG_FUNCTION_INFO_V1(dp_moments_count);
PG_FUNCTION_INFO_V1(dp_moments_mean);
PG_FUNCTION_INFO_V1(dp_moments_var_samp);
PG_FUNCTION_INFO_V1(dp_moments_var_pop);
PG_FUNCTION_INFO_V1(dp_moments_stddev_samp);
PG_FUNCTION_INFO_V1(dp_moments_stddev_pop);
PG_FUNCTION_INFO_V1(dp_moments_skewness);
PG_FUNCTION_INFO_V1(dp_moments_kurtosis);
PG_FUNCTION_INFO_V1(dp_moments_min);
PG_FUNCTION_INFO_V1(dp_moments_max);
PG_FUNCTION_INFO_V1(dp_moments_describe);

/* The state to add a row to: argument 0, or a new one */
static dpk_feature_moments *
moments_for_row(FunctionCallInfo fcinfo, int nfeatures)
{
	dpk_feature_moments *m;
	size_t		size;

	if (!PG_ARGISNULL(0))
	{
		m = dp_state_argument(fcinfo, 0);
		dp_check_features("The state", nfeatures, m->nfeatures);
		return m;
	}
	dp_check_range("number of features", nfeatures, 1, DPK_MAX_MOMENT_FEATURES);
	if (!dpk_feature_moments_size(nfeatures, &size))
		size = SIZE_MAX;
	m = dp_state_alloc("dp.moments", size);
	dpk_feature_moments_init(m, nfeatures);
	return m;
}

static Datum
add_row(FunctionCallInfo fcinfo, int nfeatures, const double *values, const bits8 *nulls)
{
	dpk_feature_moments *m = moments_for_row(fcinfo, nfeatures);
	dpk_error	err;
	dpk_status	status = dpk_feature_moments_add(m, values, nulls, &err);

	if (status == DPK_INVALID)
		dpk_hint(&err, "Turn infinite values into NULL first, as in nullif(x, 'infinity').");
	dp_raise(status, &err);
	PG_RETURN_POINTER(m);
}

/* dp.moments_add(state dp.moments, features float8[]) -> dp.moments */
Datum
dp_moments_add(PG_FUNCTION_ARGS)
{
	dp_features features;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	return add_row(fcinfo, features.n, features.values, features.nulls);
}

/* dp.moments_add(state dp.moments, x float8) -> dp.moments */
Datum
dp_moments_add_value(PG_FUNCTION_ARGS)
{
	double		x;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	x = PG_GETARG_FLOAT8(1);
	return add_row(fcinfo, 1, &x, NULL);
}

/* dp.moments_merge(a dp.moments, b dp.moments) -> dp.moments; NULL and NULL stay NULL */
Datum
dp_moments_merge(PG_FUNCTION_ARGS)
{
	dpk_feature_moments *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_feature_moments *) PG_GETARG_VARLENA_P(1);
	dp_check_features("The other state", b->nfeatures, a->nfeatures);
	dp_raise(dpk_feature_moments_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

typedef enum measure
{
	MEAN,
	VAR_SAMP,
	VAR_POP,
	STDDEV_SAMP,
	STDDEV_POP,
	SKEWNESS,
	KURTOSIS,
	LEAST,
	GREATEST
} measure;

/* False where there is none: too few values, or no shape as all are equal */
static bool
measure_of(const dpk_shape *s, measure which, double *result)
{
	bool		sample = which == VAR_SAMP || which == STDDEV_SAMP;

	if (s->n < (sample ? 2 : 1))
		return false;
	switch (which)
	{
		case LEAST:
			*result = s->min;
			return true;
		case GREATEST:
			*result = s->max;
			return true;
		case MEAN:
			*result = dpk_shape_central(s).mean;
			break;
		case VAR_SAMP:
		case VAR_POP:
			*result = dpk_shape_central(s).second / (s->n - sample);
			break;
		case STDDEV_SAMP:
		case STDDEV_POP:
			*result = sqrt(dpk_shape_central(s).second / (s->n - sample));
			break;
		case SKEWNESS:
		case KURTOSIS:
			if (s->min == s->max)
				return false;
			*result = which == SKEWNESS ? dpk_shape_skewness(s) : dpk_shape_kurtosis(s);
			break;
	}
	if (!isfinite(*result))
		float_overflow_error();
	return true;
}

/* The feature that argument 1 names */
static const dpk_shape *
chosen_feature(FunctionCallInfo fcinfo)
{
	dpk_feature_moments *m = (dpk_feature_moments *) PG_GETARG_VARLENA_P(0);
	int			feature = PG_GETARG_INT32(1);

	dp_check_range("feature", feature, 1, m->nfeatures);
	return dpk_shape_at(m, feature - 1);
}

static Datum
one_measure(FunctionCallInfo fcinfo, measure which)
{
	double		result;

	if (!measure_of(chosen_feature(fcinfo), which, &result))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}

/* dp.row_count(state dp.moments, feature integer DEFAULT 1) -> bigint */
Datum
dp_moments_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(chosen_feature(fcinfo)->n);
}

/* dp.mean(state dp.moments, feature integer DEFAULT 1) -> float8, and the other measures likewise */
Datum
dp_moments_mean(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, MEAN);
}

Datum
dp_moments_var_samp(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, VAR_SAMP);
}

Datum
dp_moments_var_pop(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, VAR_POP);
}

Datum
dp_moments_stddev_samp(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, STDDEV_SAMP);
}

Datum
dp_moments_stddev_pop(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, STDDEV_POP);
}

Datum
dp_moments_skewness(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, SKEWNESS);
}

Datum
dp_moments_kurtosis(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, KURTOSIS);
}

Datum
dp_moments_min(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, LEAST);
}

Datum
dp_moments_max(PG_FUNCTION_ARGS)
{
	return one_measure(fcinfo, GREATEST);
}

/* dp.describe(state dp.moments) -> a row for each feature */
Datum
dp_moments_describe(PG_FUNCTION_ARGS)
{
	static const measure columns[] = {MEAN, STDDEV_SAMP, SKEWNESS, KURTOSIS, LEAST, GREATEST};
	dpk_feature_moments *m = (dpk_feature_moments *) PG_GETARG_VARLENA_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < m->nfeatures; i++)
	{
		const dpk_shape *s = dpk_shape_at(m, i);
		Datum		values[2 + lengthof(columns)] = {Int32GetDatum(i + 1), Int64GetDatum(s->n)};
		bool		nulls[lengthof(values)] = {false};

		for (int k = 0; k < lengthof(columns); k++)
		{
			double		x = 0;

			nulls[2 + k] = !measure_of(s, columns[k], &x);
			values[2 + k] = Float8GetDatum(x);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
