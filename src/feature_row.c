/*
 * feature_row.c - the numbers of a float8[] argument
 */
#include "feature_row.h"

#include "catalog/pg_type.h"

dp_features
dp_read_features(const char *name, ArrayType *array)
{
	Assert(ARR_ELEMTYPE(array) == FLOAT8OID);
	if (ARR_NDIM(array) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 ARR_NDIM(array) == 0
				 ? errmsg("\"%s\" must not be empty", name)
				 : errmsg("\"%s\" must have one dimension, not %d", name, ARR_NDIM(array))));
	return (dp_features)
	{
		ARR_DIMS(array)[0], (const double *) ARR_DATA_PTR(array), ARR_NULLBITMAP(array)
	};
}
