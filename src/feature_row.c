/*
 * feature_row.c - the numbers of a float8[] argument
 */
#include "feature_row.h"

#include <math.h>

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

void
dp_check_features(const char *whose, int n, int wanted)
{
	if (n != wanted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of features: %d", n),
				 errdetail("%s has %d.", whose, wanted)));
}

Datum
dp_features_array(const double *x, int rows, int n)
{
	int			count = n * (rows > 0 ? rows : 1);
	int			dims[2] = {rows, n},
				lower[2] = {1, 1};
	Datum	   *datums = palloc(mul_size(sizeof(Datum), count));
	bool	   *nulls = palloc(count);

	for (int i = 0; i < count; i++)
	{
		datums[i] = Float8GetDatum(x[i]);
		nulls[i] = isnan(x[i]);
	}
	return PointerGetDatum(construct_md_array(datums, nulls, rows > 0 ? 2 : 1, rows > 0 ? dims : &n, lower, FLOAT8OID,
											  sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
