/*
 * norm.h - the length of a row
 */
#ifndef DPK_NORM_H
#define DPK_NORM_H

#include <math.h>

typedef enum dpk_norm
{
	DPK_L1,						/* sum of the absolute values */
	DPK_L2,						/* root of the sum of the squares */
	DPK_MAX_NORM				/* largest absolute value */
} dpk_norm;

/* NaN does not count; without any value 0.  No square overflows, for all are taken of parts of the largest value. */
static inline double
dpk_row_norm(dpk_norm norm, const double *x, int n)
{
	double		largest = 0,
				sum = 0;

	for (int i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i]));
	if (largest == 0 || norm == DPK_MAX_NORM)
		return largest;
	for (int i = 0; i < n; i++)
	{
		double		part = isnan(x[i]) ? 0 : fabs(x[i]) / largest;

		sum += norm == DPK_L1 ? part : part * part;
	}
	return largest * (norm == DPK_L1 ? sum : sqrt(sum));
}

#endif							/* DPK_NORM_H */
