/*
 * histogram.c - dp.histogram: counts of values in bins of equal width
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "utils/float.h"

#include "args.h"
#include "histogram.h"
#include "state.h"

DP_STATE_TYPE(histogram, false)

PG_FUNCTION_INFO_V1(dp_histogram_add);
PG_FUNCTION_INFO_V1(dp_histogram_add_bounded);
PG_FUNCTION_INFO_V1(dp_histogram_merge);
PG_FUNCTION_INFO_V1(dp_histogram_count);
PG_FUNCTION_INFO_V1(dp_histogram_bins);

/* The state to add a row to: argument 0, or a new one; ERROR unless bins and bounds are those of the other rows */
static dpk_histogram *
histogram_for_row(FunctionCallInfo fcinfo, int bins, double lower, double upper)
{
	dpk_histogram *h;

	if (!PG_ARGISNULL(0))
	{
		h = dp_state_argument(fcinfo, 0);
		if (h->nbins != bins || h->lower != lower || h->upper != upper)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bins and bounds must be the same for every row")));
		return h;
	}
	dp_check_range("bins", bins, lower < upper ? 1 : 2, DPK_MAX_BINS);
	h = dp_state_alloc("dp.histogram", dpk_histogram_size(bins));
	dpk_histogram_init(h, bins, lower, upper);
	return h;
}

static Datum
add_value(FunctionCallInfo fcinfo, double x, int bins, double lower, double upper)
{
	dpk_histogram *h = histogram_for_row(fcinfo, bins, lower, upper);

	if (isinf(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot put an infinite value into a histogram"),
				 errhint("Turn infinite values into NULL first, as in nullif(x, 'infinity').")));
	if (!isnan(x))
		dpk_histogram_add(h, x);
	PG_RETURN_POINTER(h);
}

static void
check_not_null(FunctionCallInfo fcinfo)
{
	for (int i = 2; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("bins and bounds must not be null")));
}

/* dp.histogram_add(state dp.histogram, x float8, bins integer) -> dp.histogram */
Datum
dp_histogram_add(PG_FUNCTION_ARGS)
{
	check_not_null(fcinfo);
	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	return add_value(fcinfo, PG_GETARG_FLOAT8(1), PG_GETARG_INT32(2), 0, 0);
}

/* dp.histogram_add(state dp.histogram, x float8, bins integer, lower float8, upper float8) -> dp.histogram */
Datum
dp_histogram_add_bounded(PG_FUNCTION_ARGS)
{
	double		lower,
				upper;

	check_not_null(fcinfo);
	lower = PG_GETARG_FLOAT8(3);
	upper = PG_GETARG_FLOAT8(4);
	if (!(lower < upper && isfinite(upper - lower)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid bounds: %g and %g", lower, upper),
				 errdetail("\"lower\" must be less than \"upper\", and their distance finite.")));
	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	return add_value(fcinfo, PG_GETARG_FLOAT8(1), PG_GETARG_INT32(2), lower, upper);
}

/* dp.histogram_merge(a dp.histogram, b dp.histogram) -> dp.histogram; NULL and NULL stay NULL */
Datum
dp_histogram_merge(PG_FUNCTION_ARGS)
{
	dpk_histogram *a;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	dp_raise(dpk_histogram_merge(a, (dpk_histogram *) PG_GETARG_VARLENA_P(1), &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.row_count(state dp.histogram) -> bigint */
Datum
dp_histogram_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_histogram *) PG_GETARG_VARLENA_P(0))->n);
}

static void
put_bin(ReturnSetInfo *rsinfo, int bin, double lower, double upper, int64 count)
{
	Datum		values[4] = {Int32GetDatum(bin), Float8GetDatum(lower), Float8GetDatum(upper), Int64GetDatum(count)};
	bool		nulls[4] = {false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* dp.histogram_bins(state dp.histogram) -> a row for each bin; what is below and above only where there is something */
Datum
dp_histogram_bins(PG_FUNCTION_ARGS)
{
	dpk_histogram *h = (dpk_histogram *) PG_GETARG_VARLENA_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	if (h->below > 0)
		put_bin(rsinfo, 0, -get_float8_infinity(), h->lower, h->below);
	for (int i = 0; i < h->nused; i++)
		put_bin(rsinfo, i + 1, dpk_histogram_edge(h, i), dpk_histogram_edge(h, i + 1), dpk_histogram_counts(h)[i]);
	if (h->above > 0)
		put_bin(rsinfo, h->nused + 1, h->upper, get_float8_infinity(), h->above);
	return (Datum) 0;
}
