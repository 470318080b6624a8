/*
 * outlier.c - how unusual a value is among the rows of its partition
 *
 * Window functions that do all the work at the first row of a partition: they
 * read the column once, find its centre and the unit of its spread, and score
 * each row by them.  Only finite values are counted; a value that is infinite
 * scores infinity, NaN scores NaN, and NULL has no score.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "args.h"
#include "deviation.h"
#include "moments.h"
#include "settings.h"

PG_FUNCTION_INFO_V1(dp_outlier_score);
PG_FUNCTION_INFO_V1(dp_is_outlier);

#define ROWS_PER_CHECK 4096

typedef enum outlier_method
{
	ZSCORE,
	MAD
} outlier_method;

static const char *const method_names[] = {"zscore", "mad", NULL};

/* What a partition remembers; zeroed before its first row */
typedef struct deviation
{
	bool		known;
	outlier_method method;
	double		center,
				unit;			/* 0 where all values are equal */
} deviation;

/* The next finite value of the partition at or after row *i, which moves past it */
static bool
next_finite(WindowObject window, int64 nrows, int64 *i, double *x)
{
	while (*i < nrows)
	{
		bool		isnull,
					isout;
		Datum		value = WinGetFuncArgInPartition(window, 0, (int) *i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

		if (++*i % ROWS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnull || !isfinite(DatumGetFloat8(value)))
			continue;
		*x = DatumGetFloat8(value);
		return true;
	}
	return false;
}

static void
find_zscore(WindowObject window, int64 nrows, deviation *d)
{
	dpk_moments moments = {0};
	double		x;

	for (int64 i = 0; next_finite(window, nrows, &i, &x);)
		dpk_moments_add(&moments, x);
	if (moments.n > 0)
	{
		d->center = dpk_moments_mean(&moments);
		d->unit = sqrt(dpk_moments_spread(&moments) / moments.n);
	}
}

/* Selecting medians takes a copy of the column, the only memory a partition needs */
static void
find_mad(WindowObject window, int64 nrows, deviation *d)
{
	Size		size = mul_size(nrows, sizeof(double));
	double	   *x;
	size_t		n = 0;

	if (size / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large for method \"mad\": " INT64_FORMAT " rows", nrows),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", size / 1024, dp_memory_limit),
				 errhint("Use method \"zscore\", or dp.fit_scaler with method \"robust\" and dp.scale.")));
	x = MemoryContextAllocHuge(CurrentMemoryContext, size);
	for (int64 i = 0; next_finite(window, nrows, &i, &x[n]);)
		n++;
	if (n > 0)
	{
		dpk_error	err;

		dp_raise(dpk_robust_deviation(x, n, &dp_stop, &d->center, &d->unit), &err);
	}
	pfree(x);
}

static outlier_method
chosen_method(FunctionCallInfo fcinfo, WindowObject window)
{
	bool		isnull;
	Datum		method = WinGetFuncArgCurrent(window, 1, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"method\" must not be null")));
	return dp_choose("method", TextDatumGetCString(method), method_names);
}

/* The current row's score; false where the value is NULL */
static bool
current_score(FunctionCallInfo fcinfo, double *score, outlier_method *method)
{
	WindowObject window = PG_WINDOW_OBJECT();
	deviation  *d = WinGetPartitionLocalMemory(window, sizeof *d);
	bool		isnull;
	double		x;

	if (!d->known)
	{
		int64		nrows = WinGetPartitionRowCount(window);

		if (nrows > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("partition is too large: " INT64_FORMAT " rows", nrows)));
		d->method = chosen_method(fcinfo, window);
		if (d->method == ZSCORE)
			find_zscore(window, nrows, d);
		else
			find_mad(window, nrows, d);
		if (!isfinite(d->center) || !isfinite(d->unit))
			float_overflow_error();
		d->known = true;
	}
	else if (!get_fn_expr_arg_stable(fcinfo->flinfo, 1) && chosen_method(fcinfo, window) != d->method)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"method\" must be the same for every row of a partition")));

	*method = d->method;
	x = DatumGetFloat8(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		return false;
	if (isnan(x) || isinf(x))
		*score = fabs(x);
	else
		*score = d->unit > 0 ? fabs(x - d->center) / d->unit : 0;
	return true;
}

/* dp.outlier_score(x float8, method text DEFAULT 'mad') OVER (...) -> float8 */
Datum
dp_outlier_score(PG_FUNCTION_ARGS)
{
	double		score;
	outlier_method method;

	if (!current_score(fcinfo, &score, &method))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

/* dp.is_outlier(x float8, method text DEFAULT 'mad', threshold float8 DEFAULT NULL) OVER (...) -> boolean */
Datum
dp_is_outlier(PG_FUNCTION_ARGS)
{
	double		score,
				threshold;
	outlier_method method;
	bool		isnull;

	if (!current_score(fcinfo, &score, &method))
		PG_RETURN_NULL();
	threshold = DatumGetFloat8(WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 2, &isnull));
	if (isnull)
		threshold = method == ZSCORE ? 3 : 3.5;
	else if (!(threshold > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"threshold\": %g", threshold),
				 errdetail("\"threshold\" must be greater than 0.")));
	/* NaN is above every number, as elsewhere in PostgreSQL */
	PG_RETURN_BOOL(float8_gt(score, threshold));
}
