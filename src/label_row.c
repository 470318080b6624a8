/*
 * label_row.c - a label and the probabilities of its row, as arguments
 */
#include "label_row.h"

#include "args.h"
#include "label_quality.h"

dp_features
dp_read_probabilities(FunctionCallInfo fcinfo, int i)
{
	dp_features p = dp_read_features("probabilities", PG_GETARG_ARRAYTYPE_P(i));
	dpk_error	err;

	dp_check_range("number of classes", p.n, 2, DPK_MAX_LABEL_CLASSES);
	if (p.nulls != NULL && array_contains_nulls(PG_GETARG_ARRAYTYPE_P(i)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"probabilities\" must not contain nulls")));
	dp_raise(dpk_check_probabilities(p.values, p.n, &err), &err);
	return p;
}

int
dp_read_label(FunctionCallInfo fcinfo, int i, int nclasses)
{
	int64		label = PG_GETARG_INT64(i);
	dpk_error	err;

	dp_raise(dpk_check_class(label, nclasses, &err), &err);
	return (int) label;
}
