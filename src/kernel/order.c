/*
 * order.c - selecting without memory of one's own
 */
#include "order.h"

#include <string.h>

static double
middle_of(double a, double b, double c)
{
	if (a > b)
		return c > a ? a : DPK_MAX(b, c);
	return c < a ? a : DPK_MIN(b, c);
}

static inline void
order(double *a, double *b)
{
	double		x = *a,
				y = *b;

	*a = x < y ? x : y;
	*b = x < y ? y : x;
}

/* Batcher's odd-even merge sort of eight */
static void
sort_eight(double *x)
{
	static const uint8_t pairs[19][2] = {
		{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {1, 2}, {5, 6},
		{0, 4}, {1, 5}, {2, 6}, {3, 7}, {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}
	};

#pragma GCC unroll 19
	for (int i = 0; i < 19; i++)
		order(&x[pairs[i][0]], &x[pairs[i][1]]);
}

/* Two runs that lie one behind the other, x[0 .. middle) and x[middle .. n) */
static void
merge_runs(double *x, int middle, int n, double *work)
{
	int			i = 0,
				j = middle;
	double	   *to = x;

	if (x[middle - 1] <= x[middle])
		return;
	memcpy(work, x, middle * sizeof *x);
	while (i < middle && j < n)
	{
		bool		second = x[j] < work[i];

		*to++ = second ? x[j] : work[i];
		j += second;
		i += !second;
	}
	memcpy(to, work + i, (middle - i) * sizeof *x);
}

void
dpk_sort(double *x, int n, double *work)
{
	int			i = 0;

	for (; i + 8 <= n; i += 8)
		sort_eight(x + i);
	for (int j = i + 1; j < n; j++)
		for (int k = j; k > i && x[k] < x[k - 1]; k--)
			order(&x[k - 1], &x[k]);
	for (int width = 8; width < n; width *= 2)
		for (i = 0; i + width < n; i += 2 * width)
			merge_runs(x + i, width, DPK_MIN(n - i, 2 * width), work);
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
