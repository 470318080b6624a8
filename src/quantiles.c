/*
 * quantiles.c - dp.quantiles: quantiles and ranks of features, from sketches
 */
#include "compat.h"

#include <math.h>

#include "utils/builtins.h"

#include "args.h"
#include "feature_row.h"
#include "quantiles.h"
#include "state.h"

DP_STATE_TYPE(quantiles, false)

PG_FUNCTION_INFO_V1(dp_quantiles_add);
PG_FUNCTION_INFO_V1(dp_quantiles_add_value);
PG_FUNCTION_INFO_V1(dp_quantiles_merge);
PG_FUNCTION_INFO_V1(dp_quantiles_finish);
PG_FUNCTION_INFO_V1(dp_quantiles_count);
PG_FUNCTION_INFO_V1(dp_quantile);
PG_FUNCTION_INFO_V1(dp_quantile_list);
PG_FUNCTION_INFO_V1(dp_cdf);

static dpk_quantiles *
make_quantiles(int nfeatures, int room)
{
	size_t		size;
	dpk_quantiles *q;

	if (!dpk_quantiles_size(nfeatures, room, &size))
		size = SIZE_MAX;
	q = dp_state_alloc("dp.quantiles", size);
	dpk_quantiles_init(q, nfeatures, room);
	return q;
}

static dpk_quantiles *
copy_quantiles(const dpk_quantiles *q, int room)
{
	dpk_quantiles *copy = make_quantiles(q->nfeatures, room);
	dpk_sketches from = dpk_quantiles_sketches(q),
				to = dpk_quantiles_sketches(copy);

	dpk_sketches_copy(&to, &from);
	return copy;
}

/* With room for a row, or for what 'other' holds */
static dpk_quantiles *
with_room(dpk_quantiles *q, const dpk_quantiles *other)
{
	dpk_sketches s = dpk_quantiles_sketches(q),
				o;
	int			room;

	if (other != NULL)
		o = dpk_quantiles_sketches(other);
	room = dpk_sketches_room(&s, other ? &o : NULL);
	return room > q->room ? copy_quantiles(q, room) : q;
}

static Datum
add_row(FunctionCallInfo fcinfo, int nfeatures, const double *values, const bits8 *nulls)
{
	dpk_quantiles *q;
	dpk_error	err;
	dpk_status	status;

	if (PG_ARGISNULL(0))
	{
		dp_check_range("number of features", nfeatures, 1, DPK_MAX_QUANTILE_FEATURES);
		q = make_quantiles(nfeatures, 0);
	}
	else
	{
		q = dp_state_argument(fcinfo, 0);
		dp_check_features("The state", nfeatures, q->nfeatures);
	}
	q = with_room(q, NULL);
	status = dpk_quantiles_add(q, values, nulls, &err);
	if (status == DPK_INVALID)
		dpk_hint(&err, "Turn infinite values into NULL first, as in nullif(x, 'infinity').");
	dp_raise(status, &err);
	PG_RETURN_POINTER(q);
}

/* dp.quantiles_add(state dp.quantiles, features float8[]) -> dp.quantiles */
Datum
dp_quantiles_add(PG_FUNCTION_ARGS)
{
	dp_features features;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	return add_row(fcinfo, features.n, features.values, features.nulls);
}

/* dp.quantiles_add(state dp.quantiles, x float8) -> dp.quantiles */
Datum
dp_quantiles_add_value(PG_FUNCTION_ARGS)
{
	double		x;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	x = PG_GETARG_FLOAT8(1);
	return add_row(fcinfo, 1, &x, NULL);
}

/* dp.quantiles_merge(a dp.quantiles, b dp.quantiles) -> dp.quantiles; NULL and NULL stay NULL */
Datum
dp_quantiles_merge(PG_FUNCTION_ARGS)
{
	dpk_quantiles *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_quantiles *) PG_GETARG_VARLENA_P(1);
	dp_check_features("The other state", b->nfeatures, a->nfeatures);
	a = with_room(a, b);
	dp_raise(dpk_quantiles_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.quantiles_finish(state dp.quantiles) -> dp.quantiles, without the room it had to grow */
Datum
dp_quantiles_finish(PG_FUNCTION_ARGS)
{
	dpk_quantiles *q = (dpk_quantiles *) PG_GETARG_VARLENA_P(0);
	dpk_sketches s = dpk_quantiles_sketches(q);

	PG_RETURN_POINTER(copy_quantiles(q, dpk_sketches_needed(&s)));
}

/* The sketch of the feature that the last argument names, and its values */
static const dpk_sketch *
chosen_sketch(FunctionCallInfo fcinfo, const double **values)
{
	dpk_quantiles *q = (dpk_quantiles *) PG_GETARG_VARLENA_P(0);
	dpk_sketches s = dpk_quantiles_sketches(q);
	int			feature = PG_GETARG_INT32(PG_NARGS() - 1);

	dp_check_range("feature", feature, 1, s.n);
	*values = dpk_sketch_values(&s, feature - 1);
	return &s.sketch[feature - 1];
}

/* dp.row_count(state dp.quantiles, feature integer DEFAULT 1) -> bigint */
Datum
dp_quantiles_count(PG_FUNCTION_ARGS)
{
	const double *values;

	PG_RETURN_INT64(chosen_sketch(fcinfo, &values)->n);
}

/* dp.quantile(state dp.quantiles, p float8, feature integer DEFAULT 1) -> float8 */
Datum
dp_quantile(PG_FUNCTION_ARGS)
{
	const double *values;
	const dpk_sketch *s = chosen_sketch(fcinfo, &values);
	double		p = PG_GETARG_FLOAT8(1),
				result;

	dp_check_range("p", p, 0, 1);
	if (s->n == 0)
		PG_RETURN_NULL();
	dpk_sketch_quantiles(s, values, 1, &p, &result);
	PG_RETURN_FLOAT8(result);
}

/* dp.quantile(state dp.quantiles, p float8[], feature integer DEFAULT 1) -> float8[] */
Datum
dp_quantile_list(PG_FUNCTION_ARGS)
{
	const double *values;
	const dpk_sketch *s = chosen_sketch(fcinfo, &values);
	dp_features p = dp_read_features("p", PG_GETARG_ARRAYTYPE_P(1));
	double	   *result = palloc(mul_size(p.n, sizeof(double)));

	for (int i = 0; i < p.n; i++)
	{
		if (dp_feature_is_null(&p, i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"p\" must not contain nulls")));
		dp_check_range("p", p.values[i], 0, 1);
	}
	if (s->n == 0)
		PG_RETURN_NULL();
	dpk_sketch_quantiles(s, values, p.n, p.values, result);
	return dp_features_array(result, 0, p.n);
}

/* dp.cdf(state dp.quantiles, x float8, feature integer DEFAULT 1) -> float8; NaN is above every number */
Datum
dp_cdf(PG_FUNCTION_ARGS)
{
	const double *values;
	const dpk_sketch *s = chosen_sketch(fcinfo, &values);
	double		x = PG_GETARG_FLOAT8(1),
				less,
				not_greater;

	if (s->n == 0)
		PG_RETURN_NULL();
	dpk_sketch_rank(s, values, isnan(x) ? INFINITY : x, &less, &not_greater);
	PG_RETURN_FLOAT8(not_greater);
}
