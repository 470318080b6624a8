/*
 * feature_row.h - the numbers of a float8[] argument
 */
#ifndef DP_FEATURE_ROW_H
#define DP_FEATURE_ROW_H

#include "compat.h"

#include "utils/array.h"

typedef struct dp_features
{
	int			n;				/* elements, NULL ones included */
	const double *values;		/* those that are not NULL, without gaps; inside the array */
	const bits8 *nulls;			/* a bit per element, 0 for NULL; NULL: none is */
} dp_features;

/* ERROR unless 'array' (which must stay) has one dimension and an element; 'name' is the argument's */
extern dp_features dp_read_features(const char *name, ArrayType *array);

/* ERROR: wrong number of features: n; 'whose' has 'wanted': "The scaler" */
extern void dp_check_features(const char *whose, int n, int wanted);

/* An array with NULL for each x[i] that is NaN; of (n), or of (rows, n) if rows > 0 */
extern Datum dp_features_array(const double *x, int rows, int n);

static inline bool
dp_feature_is_null(const dp_features *f, int i)
{
	return f->nulls != NULL && !(f->nulls[i / 8] & (1 << (i % 8)));
}

#endif							/* DP_FEATURE_ROW_H */
