/*
 * normalize.c - scaling that learns nothing to keep: a row by its own length,
 * a value by the rows of its partition
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "windowapi.h"

#include "args.h"
#include "feature_row.h"
#include "norm.h"
#include "scaler.h"
#include "state.h"
#include "window_args.h"

PG_FUNCTION_INFO_V1(dp_normalize);
PG_FUNCTION_INFO_V1(dp_standardize);

#define ROWS_PER_CHECK 4096

static const char *const norm_names[] = {"l1", "l2", "max", NULL};

/*
 * dp.normalize(features float8[], norm text DEFAULT 'l2') -> float8[]
 *
 * Works on a copy of the array, so NULL elements and bounds stay what they are.
 */
Datum
dp_normalize(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P_COPY(0);
	dpk_norm	norm = dp_choose("norm", text_to_cstring(PG_GETARG_TEXT_PP(1)), norm_names);
	dp_features features = dp_read_features("features", array);
	double	   *x = (double *) ARR_DATA_PTR(array);
	double		length;
	int			n = 0;

	for (int i = 0; i < features.n; i++)
		n += !dp_feature_is_null(&features, i);
	for (int i = 0; i < n; i++)
		if (isinf(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot normalize an infinite value"),
					 errhint("Turn infinite values into NULL first, as in nullif(x, 'infinity').")));

	/* where the length is beyond double precision, halve the row until it is not */
	while (isinf(length = dpk_row_norm(norm, x, n)))
		for (int i = 0; i < n; i++)
			x[i] /= 2;
	for (int i = 0; i < n && length > 0; i++)
		x[i] /= length;
	PG_RETURN_ARRAYTYPE_P(array);
}

/* What a partition remembers; zeroed before its first row */
typedef struct fitted
{
	bool		known;
	dpk_transform transform;	/* center is NaN where the partition has no values */
	double		knots[DPK_KNOTS];
} fitted;

static dpk_scaling
chosen_method(WindowObject window)
{
	return dp_choose("method", text_to_cstring(dp_window_method(window, 1)), dpk_scaling_names);
}

/* Learn from all rows of the partition, as dp.fit_scaler does from a table's */
static void
fit_partition(WindowObject window, fitted *f)
{
	dpk_scaling method = chosen_method(window);
	int64		nrows = WinGetPartitionRowCount(window);
	dpk_scaler *s;
	size_t		size;
	dpk_error	err;

	if (nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large: " INT64_FORMAT " rows", nrows)));
	if (!dpk_scaler_size(method, 1, DPK_SKETCH_MAX, &size))
		size = SIZE_MAX;
	s = dp_state_alloc("dp.scaler", size);
	dpk_scaler_init(s, method, 1, DPK_SKETCH_MAX);
	for (int64 i = 0; i < nrows; i++)
	{
		bool		isnull,
					isout;
		double		x = DatumGetFloat8(WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout));

		if ((i + 1) % ROWS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnull)
			dp_raise(dpk_scaler_add(s, &x, NULL, &err), &err);
	}
	f->transform.knots = f->knots;
	dp_raise(dpk_scaler_resolve(s, &f->transform, &dp_stop, &err), &err);
	f->known = true;
	pfree(s);
}

/* dp.standardize(x float8, method text DEFAULT 'standard') OVER (...) -> float8 */
Datum
dp_standardize(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	fitted	   *f = WinGetPartitionLocalMemory(window, sizeof *f);
	bool		isnull;
	double		x;

	if (!f->known)
		fit_partition(window, f);
	else if (!get_fn_expr_arg_stable(fcinfo->flinfo, 1) && chosen_method(window) != f->transform.method)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"method\" must be the same for every row of a partition")));
	x = DatumGetFloat8(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(isnan(x) ? x : dpk_transform_apply(&f->transform, x));
}
