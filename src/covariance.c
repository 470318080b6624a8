/*
 * covariance.c - dp.covariance: how features vary together
 */
#include "compat.h"

#include <math.h>

#include "utils/float.h"

#include "args.h"
#include "covariance.h"
#include "feature_row.h"
#include "state.h"

DP_STATE_TYPE(covariance, false)

PG_FUNCTION_INFO_V1(dp_covariance_add);
PG_FUNCTION_INFO_V1(dp_covariance_merge);
PG_FUNCTION_INFO_V1(dp_covariance_count);
PG_FUNCTION_INFO_V1(dp_covariance_means);
PG_FUNCTION_INFO_V1(dp_covariance_matrix);
PG_FUNCTION_INFO_V1(dp_correlation_matrix);

/* True where every feature has a value; ERROR for an infinite one */
static bool
is_whole(const dp_features *f)
{
	bool		whole = true;

	for (int i = 0, k = 0; i < f->n; i++)
	{
		if (dp_feature_is_null(f, i))
			whole = false;
		else if (isinf(f->values[k]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an infinite value has no covariance"),
					 errhint("Turn infinite values into NULL first, as in nullif(x, 'infinity').")));
		else if (isnan(f->values[k++]))
			whole = false;
	}
	return whole;
}

/* dp.covariance_add(state dp.covariance, features float8[]) -> dp.covariance */
Datum
dp_covariance_add(PG_FUNCTION_ARGS)
{
	dp_features features;
	dpk_covariance *c;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	if (PG_ARGISNULL(0))
	{
		dp_check_range("number of features", features.n, 1, DPK_MAX_COVARIANCE_FEATURES);
		c = dp_state_alloc("dp.covariance", dpk_covariance_size(features.n));
		dpk_covariance_init(c, features.n);
	}
	else
	{
		c = dp_state_argument(fcinfo, 0);
		dp_check_features("The state", features.n, c->nfeatures);
	}
	if (is_whole(&features))
		dpk_covariance_add(c, features.values);
	PG_RETURN_POINTER(c);
}

/* dp.covariance_merge(a dp.covariance, b dp.covariance) -> dp.covariance; NULL and NULL stay NULL */
Datum
dp_covariance_merge(PG_FUNCTION_ARGS)
{
	dpk_covariance *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_covariance *) PG_GETARG_VARLENA_P(1);
	dp_check_features("The other state", b->nfeatures, a->nfeatures);
	dp_raise(dpk_covariance_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.row_count(state dp.covariance) -> bigint, of whole rows */
Datum
dp_covariance_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_covariance *) PG_GETARG_VARLENA_P(0))->n);
}

static double
checked(double x)
{
	if (!isfinite(x))
		float_overflow_error();
	return x;
}

/* dp.means(state dp.covariance) -> float8[]; NULL without a whole row */
Datum
dp_covariance_means(PG_FUNCTION_ARGS)
{
	dpk_covariance *c = (dpk_covariance *) PG_GETARG_VARLENA_P(0);
	double	   *means = palloc(mul_size(sizeof(double), c->nfeatures));

	if (c->n == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < c->nfeatures; i++)
		means[i] = checked(dpk_covariance_mean(c, i));
	return dp_features_array(means, 0, c->nfeatures);
}

/* Both matrices; at most a million elements, by the limit of features */
static Datum
matrix(const dpk_covariance *c, bool correlation)
{
	int			d = c->nfeatures;
	double	   *x = palloc(mul_size(sizeof(double), d * d));

	for (int i = 0; i < d; i++)
		for (int j = 0; j < d; j++)
		{
			double		comoment = checked(dpk_covariance_comoment(c, i, j));

			x[i * d + j] = correlation ? dpk_covariance_correlation(c, i, j) : comoment / (c->n - 1);
		}
	return dp_features_array(x, d, d);
}

/* dp.covariance_matrix(state dp.covariance) -> float8[][], of the sample; NULL with fewer than two whole rows */
Datum
dp_covariance_matrix(PG_FUNCTION_ARGS)
{
	dpk_covariance *c = (dpk_covariance *) PG_GETARG_VARLENA_P(0);

	if (c->n < 2)
		PG_RETURN_NULL();
	return matrix(c, false);
}

/* dp.correlation_matrix(state dp.covariance) -> float8[][]; NULL where a feature is constant */
Datum
dp_correlation_matrix(PG_FUNCTION_ARGS)
{
	dpk_covariance *c = (dpk_covariance *) PG_GETARG_VARLENA_P(0);

	if (c->n < 2)
		PG_RETURN_NULL();
	return matrix(c, true);
}
