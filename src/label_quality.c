/*
 * label_quality.c - dp.label_quality: how probably the label of a row is right
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "args.h"
#include "label_quality.h"
#include "label_row.h"

PG_FUNCTION_INFO_V1(dp_label_quality);
PG_FUNCTION_INFO_V1(dp_label_quality_multi);
PG_FUNCTION_INFO_V1(dp_label_quality_value);
PG_FUNCTION_INFO_V1(dp_class_number);

static dpk_label_quality_method
choose_method(FunctionCallInfo fcinfo, int i)
{
	static const char *const methods[] = {"normalized_margin", "self_confidence", "confidence_weighted_entropy", NULL};

	return dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(i)), methods);
}

/* A float8[] without nulls */
static dp_features
read_numbers(FunctionCallInfo fcinfo, int i, const char *name)
{
	dp_features f = dp_read_features(name, PG_GETARG_ARRAYTYPE_P(i));

	if (array_contains_nulls(PG_GETARG_ARRAYTYPE_P(i)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not contain nulls", name)));
	dp_check_range("number of classes", f.n, 1, DPK_MAX_LABEL_CLASSES);
	return f;
}

/* dp.label_quality_multi(labels float8[], probabilities float8[], method text DEFAULT 'self_confidence') -> float8 */
Datum
dp_label_quality_multi(PG_FUNCTION_ARGS)
{
	dpk_label_quality_method method = choose_method(fcinfo, 2);
	dp_features labels = read_numbers(fcinfo, 0, "labels"),
				p = read_numbers(fcinfo, 1, "probabilities");
	double		work[DPK_MAX_LABEL_CLASSES];

	if (labels.n != p.n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of labels: %d", labels.n),
				 errdetail("There are %d probabilities.", p.n)));
	for (int i = 0; i < p.n; i++)
	{
		if (labels.values[i] != 0 && labels.values[i] != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid label: %g", labels.values[i]),
					 errdetail("A class is there, 1, or not, 0.")));
		dp_check_range("probability", p.values[i], 0, 1);
	}
	PG_RETURN_FLOAT8(dpk_label_quality_multi(labels.values, p.values, p.n, method, work));
}

/* dp.label_quality_value(target float8, predicted float8, scale float8 DEFAULT 1) -> float8 */
Datum
dp_label_quality_value(PG_FUNCTION_ARGS)
{
	double		target = PG_GETARG_FLOAT8(0),
				predicted = PG_GETARG_FLOAT8(1),
				scale = PG_GETARG_FLOAT8(2);

	if (!(scale > 0) || isinf(scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"scale\": %g", scale),
				 errdetail("It must be a positive number.")));
	if (!isfinite(target) || !isfinite(predicted))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a target that is not a finite number has no quality"),
				 errhint("Turn such values into NULL first.")));
	PG_RETURN_FLOAT8(exp(-fabs(target - predicted) / scale));
}

/* dp.label_quality(label bigint, probabilities float8[], method text DEFAULT 'normalized_margin') -> float8 */
Datum
dp_label_quality(PG_FUNCTION_ARGS)
{
	int			method = choose_method(fcinfo, 2);
	dp_features p = dp_read_probabilities(fcinfo, 1);

	PG_RETURN_FLOAT8(dpk_label_quality(dp_read_label(fcinfo, 0, p.n), p.values, p.n, method));
}

/* dp.class_number(label text, classes text[]) -> integer, from 0 */
Datum
dp_class_number(PG_FUNCTION_ARGS)
{
	text	   *label = PG_GETARG_TEXT_PP(0);
	ArrayType  *classes = PG_GETARG_ARRAYTYPE_P(1);
	ArrayIterator i;
	Datum		class;
	bool		isnull;

	if (ARR_NDIM(classes) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must have one dimension, not %d", "classes", ARR_NDIM(classes))));
	i = array_create_iterator(classes, 0, NULL);
	for (int n = 0; array_iterate(i, &class, &isnull); n++)
	{
		text	   *name = isnull ? NULL : DatumGetTextPP(class);

		if (name != NULL && VARSIZE_ANY_EXHDR(name) == VARSIZE_ANY_EXHDR(label) &&
			memcmp(VARDATA_ANY(name), VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label)) == 0)
			PG_RETURN_INT32(n);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("label \"%s\" is not among the classes", text_to_cstring(label)),
			 errhint("array_position(classes, label) - 1 is NULL instead.")));
}
