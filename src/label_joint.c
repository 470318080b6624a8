/*
 * label_joint.c - dp.label_thresholds and dp.confident_joint
 *
 * Rows whose label or probabilities are NULL are left out.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"

#include "args.h"
#include "feature_row.h"
#include "label_joint.h"
#include "label_row.h"
#include "state.h"

DP_STATE_TYPE(label_thresholds, false)
DP_STATE_TYPE(confident_joint, false)

PG_FUNCTION_INFO_V1(dp_label_thresholds_add);
PG_FUNCTION_INFO_V1(dp_label_thresholds_merge);
PG_FUNCTION_INFO_V1(dp_label_thresholds_count);
PG_FUNCTION_INFO_V1(dp_thresholds);
PG_FUNCTION_INFO_V1(dp_confident_joint_add);
PG_FUNCTION_INFO_V1(dp_confident_joint_merge);
PG_FUNCTION_INFO_V1(dp_confident_joint_count);
PG_FUNCTION_INFO_V1(dp_joint_cells);
PG_FUNCTION_INFO_V1(dp_label_health);

/* ERROR where the row has other classes than the state */
static void
check_classes(int n, int wanted)
{
	if (n != wanted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of classes: %d", n),
				 errdetail("The others have %d.", wanted)));
}

/* ---- thresholds ---- */

/* dp.label_thresholds_add(state dp.label_thresholds, label bigint, probabilities float8[]) -> dp.label_thresholds */
Datum
dp_label_thresholds_add(PG_FUNCTION_ARGS)
{
	dpk_label_thresholds *t;
	dp_features p;
	dpk_error	err;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	p = dp_read_probabilities(fcinfo, 2);
	if (PG_ARGISNULL(0))
	{
		t = dp_state_alloc("dp.label_thresholds", dpk_label_thresholds_size(p.n));
		dpk_label_thresholds_init(t, p.n);
	}
	else
	{
		t = dp_state_argument(fcinfo, 0);
		check_classes(p.n, t->nclasses);
	}
	dp_raise(dpk_label_thresholds_add(t, dp_read_label(fcinfo, 1, p.n), p.values, &err), &err);
	PG_RETURN_POINTER(t);
}

/* dp.label_thresholds_merge(a dp.label_thresholds, b dp.label_thresholds) -> dp.label_thresholds */
Datum
dp_label_thresholds_merge(PG_FUNCTION_ARGS)
{
	dpk_label_thresholds *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_label_thresholds *) PG_GETARG_VARLENA_P(1);
	check_classes(b->nclasses, a->nclasses);
	dp_raise(dpk_label_thresholds_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.row_count(state dp.label_thresholds) -> bigint */
Datum
dp_label_thresholds_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_label_thresholds *) PG_GETARG_VARLENA_P(0))->n);
}

static void *
make_thresholds(struct varlena *state)
{
	const dpk_label_thresholds *t = (dpk_label_thresholds *) state;
	double	   *x = palloc(mul_size(sizeof(double), t->nclasses));

	for (int i = 0; i < t->nclasses; i++)
		x[i] = dpk_label_threshold(t, i);
	return x;
}

/* dp.thresholds(state dp.label_thresholds) -> float8[]; NULL for a class without rows */
Datum
dp_thresholds(PG_FUNCTION_ARGS)
{
	struct varlena *state = PG_GETARG_VARLENA_P(0);

	return dp_features_array(make_thresholds(state), 0, ((dpk_label_thresholds *) state)->nclasses);
}

/* ---- the confident joint ---- */

/* dp.confident_joint_add(state dp.confident_joint, label bigint, probabilities float8[], thresholds dp.label_thresholds) -> dp.confident_joint */
Datum
dp_confident_joint_add(PG_FUNCTION_ARGS)
{
	dpk_confident_joint *j;
	dpk_label_thresholds *t;
	dp_features p;
	dpk_error	err;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"thresholds\" must not be null"),
				 errhint("dp.label_thresholds(label, probabilities) learns them, from the same rows.")));
	p = dp_read_probabilities(fcinfo, 2);
	t = (dpk_label_thresholds *) PG_GETARG_VARLENA_P(3);
	check_classes(p.n, t->nclasses);
	if (PG_ARGISNULL(0))
	{
		j = dp_state_alloc("dp.confident_joint", dpk_confident_joint_size(p.n));
		dpk_confident_joint_init(j, p.n);
	}
	else
	{
		j = dp_state_argument(fcinfo, 0);
		check_classes(p.n, j->nclasses);
	}
	dp_raise(dpk_confident_joint_add(j, dp_read_label(fcinfo, 1, p.n),
									 dpk_confident_class(p.values, dp_state_made(fcinfo, 3, 0, make_thresholds), p.n), &err), &err);
	PG_RETURN_POINTER(j);
}

/* dp.confident_joint_merge(a dp.confident_joint, b dp.confident_joint) -> dp.confident_joint */
Datum
dp_confident_joint_merge(PG_FUNCTION_ARGS)
{
	dpk_confident_joint *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_confident_joint *) PG_GETARG_VARLENA_P(1);
	check_classes(b->nclasses, a->nclasses);
	dp_raise(dpk_confident_joint_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.row_count(state dp.confident_joint) -> bigint */
Datum
dp_confident_joint_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_confident_joint *) PG_GETARG_VARLENA_P(0))->n);
}

/* k * k doubles: n times the joint distribution of given and true classes */
static double *
expected_rows(const dpk_confident_joint *j)
{
	double	   *q = palloc(mul_size(sizeof(double), (size_t) j->nclasses * j->nclasses));

	for (int s = 0; s < j->nclasses; s++)
		dpk_joint_expected(j, s, q + (size_t) s * j->nclasses);
	return q;
}

static Datum
ratio(double part, double whole, bool *isnull)
{
	*isnull = !(whole > 0);
	return Float8GetDatum(*isnull ? 0 : part / whole);
}

/* dp.joint_cells(joint dp.confident_joint) -> a row for each pair of classes */
Datum
dp_joint_cells(PG_FUNCTION_ARGS)
{
	dpk_confident_joint *j = (dpk_confident_joint *) PG_GETARG_VARLENA_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			k = j->nclasses;
	double	   *q = expected_rows(j),
			   *actual = palloc0(mul_size(sizeof(double), k));

	InitMaterializedSRF(fcinfo, 0);
	for (int s = 0; s < k; s++)
		for (int i = 0; i < k; i++)
			actual[i] += q[(size_t) s * k + i];
	for (int s = 0; s < k; s++)
		for (int i = 0; i < k; i++)
		{
			double		expected = q[(size_t) s * k + i];
			Datum		values[7] = {Int32GetDatum(s), Int32GetDatum(i), Int64GetDatum(dpk_joint_count(j, s, i)), Float8GetDatum(expected)};
			bool		nulls[7] = {false};

			CHECK_FOR_INTERRUPTS();
			values[4] = ratio(expected, j->n, &nulls[4]);
			values[5] = ratio(expected, actual[i], &nulls[5]);
			values[6] = ratio(expected, dpk_joint_labels(j)[s], &nulls[6]);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	return (Datum) 0;
}

/* dp.label_health(joint dp.confident_joint) -> a row for each class */
Datum
dp_label_health(PG_FUNCTION_ARGS)
{
	dpk_confident_joint *j = (dpk_confident_joint *) PG_GETARG_VARLENA_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			k = j->nclasses;
	double	   *q = expected_rows(j);

	InitMaterializedSRF(fcinfo, 0);
	for (int s = 0; s < k; s++)
	{
		double		n = (double) dpk_joint_labels(j)[s],
					actual = 0,
					right = q[(size_t) s * k + s],
					wrong = 0,
					missed = 0;
		Datum		values[8];
		bool		nulls[8] = {false};

		for (int i = 0; i < k; i++)
		{
			actual += q[(size_t) i * k + s];
			if (i != s)
			{
				wrong += q[(size_t) s * k + i];
				missed += q[(size_t) i * k + s];
			}
		}
		values[0] = Int32GetDatum(s);
		values[1] = Int64GetDatum(dpk_joint_labels(j)[s]);
		values[2] = Float8GetDatum(actual);
		values[3] = Float8GetDatum(wrong);
		values[4] = Float8GetDatum(missed);
		values[5] = ratio(wrong, n, &nulls[5]);
		values[6] = ratio(missed, actual, &nulls[6]);
		values[7] = ratio(right, n, &nulls[7]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
