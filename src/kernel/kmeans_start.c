/*
 * kmeans_start.c - centers to start from, drawn far from each other
 *
 * The candidates for a center, 2 + ln k as Arthur and Vassilvitskii's program
 * and scikit-learn have, fill one block: their distances are computed together.
 */
#include "kmeans_work.h"

#include <math.h>

#define OPERATION_START 0x4B4D4E53

/* The squares of the distances of all rows from the DPK_CENTERS rows that are candidates; the first n of them count */
static dpk_status
measure(dpk_kmeans_work *w, const size_t *candidates, int n)
{
	const double *rows[DPK_KMEANS_CHUNK];

	for (int j = 0; j < w->d; j++)
		for (int c = 0; c < DPK_CENTERS; c++)
			w->blocks[(size_t) j * DPK_CENTERS + c] = w->x[candidates[c < n ? c : 0] * w->d + j];
	for (size_t from = 0; from < w->n; from += DPK_KMEANS_CHUNK)
	{
		int			count = (int) DPK_MIN(DPK_KMEANS_CHUNK, w->n - from);

		if (dpk_stopped(w->stop))
			return DPK_STOPPED;
		for (int i = 0; i < count; i++)
			rows[i] = w->x + (from + i) * w->d;
		w->kernels->center_squares(w->d, count, rows, w->blocks, w->squares + from * DPK_CENTERS);
	}
	return DPK_OK;
}

/* The candidate that leaves the least; *potential is what it leaves */
static int
choose(const dpk_kmeans_work *w, int n, double *potential)
{
	double		sums[DPK_CENTERS] = {0};
	int			best = 0;

	for (size_t i = 0; i < w->n; i++)
		for (int c = 0; c < DPK_CENTERS; c++)
			sums[c] += DPK_MIN(w->nearest[i], w->squares[i * DPK_CENTERS + c]);
	for (int c = 1; c < n; c++)
		if (sums[c] < sums[best])
			best = c;
	*potential = sums[best];
	return best;
}

/* The row in which the sum of what is before it and its own passes 'value'; upper has those sums */
static size_t
find(const dpk_kmeans_work *w, double value)
{
	size_t		low = 0,
				high = w->n - 1;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (w->upper[middle] > value)
			high = middle;
		else
			low = middle + 1;
	}
	while (low > 0 && !(w->nearest[low] > 0))
		low--;
	return low;
}

dpk_status
dpk_kmeans_draw(dpk_kmeans_work *w, int64_t seed, int start)
{
	dpk_random	random = dpk_random_start(seed, start, OPERATION_START);
	int			trials = DPK_MIN(2 + (int) log(w->k), DPK_CENTERS);

	for (size_t i = 0; i < w->n; i++)
		w->nearest[i] = INFINITY;
	for (int k = 0; k < w->k; k++)
	{
		size_t		candidates[DPK_CENTERS];
		int			n = k == 0 ? 1 : trials,
					best;
		double		sum = 0,
					left;

		for (size_t i = 0; k > 0 && i < w->n; i++)
			w->upper[i] = sum += w->nearest[i];
		if (k > 0 && !(sum > 0))
		{
			dpk_fail(w->err, DPK_INVALID, "too few different rows for %d clusters: %d", w->k, k);
			dpk_hint(w->err, "Ask for fewer clusters.");
			return DPK_INVALID;
		}
		for (int c = 0; c < n; c++)
			candidates[c] = k == 0 ? dpk_random_below(&random, (uint32_t) w->n) : find(w, dpk_random_double(&random) * sum);
		if (measure(w, candidates, n) != DPK_OK)
			return DPK_STOPPED;
		best = choose(w, n, &left);
		if (!isfinite(left))
			return dpk_kmeans_overflow(w->err);
		for (size_t i = 0; i < w->n; i++)
			w->nearest[i] = DPK_MIN(w->nearest[i], w->squares[i * DPK_CENTERS + best]);
		memcpy(w->centers + (size_t) k * w->d, w->x + candidates[best] * w->d, w->d * sizeof(double));
	}
	return DPK_OK;
}
