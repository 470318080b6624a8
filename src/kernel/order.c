/*
 * order.c - selecting without memory of one's own
 */
#include "order.h"

static double
middle_of(double a, double b, double c)
{
	if (a > b)
		return c > a ? a : DPK_MAX(b, c);
	return c < a ? a : DPK_MIN(b, c);
}

dpk_status
dpk_select(double *x, size_t n, size_t k, const dpk_stop *stop)
{
	ptrdiff_t	left = 0,
				right = (ptrdiff_t) n - 1;

	while (left < right)
	{
		/*
		 * The pivot's neighbourhood is sampled at thirds, so that neither
		 * sorted data nor the common organ-pipe shapes are a bad case.
		 */
		ptrdiff_t	span = right - left;
		double		pivot = middle_of(x[left + span / 3], x[left + span / 2], x[right - span / 3]);
		ptrdiff_t	i = left,
					j = right;

		if (dpk_stopped(stop))
			return DPK_STOPPED;
		while (i <= j)
		{
			while (x[i] < pivot)
				i++;
			while (x[j] > pivot)
				j--;
			if (i <= j)
			{
				double		value = x[i];

				x[i++] = x[j];
				x[j--] = value;
			}
		}
		if ((ptrdiff_t) k <= j)
			right = j;
		else if ((ptrdiff_t) k >= i)
			left = i;
		else
			break;
	}
	return DPK_OK;
}

dpk_status
dpk_median(double *x, size_t n, const dpk_stop *stop, double *median)
{
	size_t		k = n / 2;
	dpk_status	status = dpk_select(x, n, k, stop);
	double		below;

	if (status != DPK_OK)
		return status;
	*median = x[k];
	if (n % 2 == 0)
	{
		below = x[0];
		for (size_t i = 1; i < k; i++)
			below = DPK_MAX(below, x[i]);
		*median = below * 0.5 + x[k] * 0.5;
	}
	return DPK_OK;
}
