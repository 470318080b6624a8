/*
 * deviation.c - how far is usual: centre and unit of a robust z-score
 */
#include "deviation.h"

#include <math.h>

#include "moments.h"
#include "order.h"

dpk_status
dpk_robust_deviation(double *x, size_t n, const dpk_stop *stop, double *center, double *unit)
{
	dpk_sum		sum = {0, 0};
	double		mad;
	dpk_status	status = dpk_median(x, n, stop, center);

	if (status != DPK_OK)
		return status;
	for (size_t i = 0; i < n; i++)
	{
		x[i] = fabs(x[i] - *center);
		dpk_sum_add(&sum, x[i]);
	}
	status = dpk_median(x, n, stop, &mad);
	*unit = mad > 0 ? mad / 0.6745 : 1.253314 * dpk_sum_total(&sum) / n;
	return status;
}
