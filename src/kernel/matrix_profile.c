/*
 * matrix_profile.c - how unlike all others the windows of a series are
 */
#include "matrix_profile.h"

#include <math.h>

#include "moments.h"

#define ROWS_LEAST 512
#define CELLS_PER_POLL 40000000	/* some milliseconds */

bool
dpk_matrix_profile_work(size_t n, size_t *bytes)
{
	return dpk_add(n, 2 * DPK_PROFILE_LANES, &n) && dpk_mul(n, 6 * sizeof(double), bytes);
}

/* The middle of the finite values: what is near 0 loses less to rounding */
static double
center_of(size_t n, const double *x)
{
	dpk_sum		sum = {0, 0};
	size_t		count = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(x[i]))
		{
			dpk_sum_add(&sum, x[i]);
			count++;
		}
	return count > 0 ? dpk_sum_total(&sum) / (double) count : 0;
}

/*
 * Mean and norm of each window, in two passes over its values.  'scale' is 1 over the norm, 0 where
 * all values are equal and NaN where one is missing.
 */
static dpk_status
describe(const dpk_profile *p, size_t n, const double *x, const dpk_stop *stop)
{
	size_t		missing = 0,
				equal = 0,		/* values up to this one, this one included, that are the same */
				work = 0;

	for (size_t i = 0; i < n; i++)
	{
		size_t		first = i + 1 - p->m;
		double		sum = 0,
					squares = 0;

		missing += isnan(x[i]);
		equal = i > 0 && x[i] == x[i - 1] ? equal + 1 : 1;
		if (i + 1 < p->m)
			continue;
		if (i >= p->m)
			missing -= isnan(x[i - p->m]);
		for (size_t j = first; j <= i; j++)
			sum += p->x[j];
		p->mean[first] = sum / (double) p->m;
		for (size_t j = first; j <= i; j++)
			squares += (p->x[j] - p->mean[first]) * (p->x[j] - p->mean[first]);
		p->scale[first] = missing > 0 ? NAN : equal >= p->m || !(squares > 0) ? 0 : 1 / sqrt(squares);
		if ((work += 2 * p->m) >= CELLS_PER_POLL / 8)
		{
			work = 0;
			if (dpk_stopped(stop))
				return DPK_STOPPED;
		}
	}
	return DPK_OK;
}

/* Equal values have no shape: against another such window the correlation counts as 1, against any other as 1/2 */
static void
correct_flat(const dpk_profile *p, size_t zone)
{
	ptrdiff_t	first[2] = {-1, -1},	/* of the windows that are not flat, and of those that are */
				last[2] = {-1, -1};

	for (size_t i = 0; i < p->nwindows; i++)
		if (!isnan(p->scale[i]))
		{
			int			flat = p->scale[i] == 0;

			first[flat] = first[flat] < 0 ? (ptrdiff_t) i : first[flat];
			last[flat] = (ptrdiff_t) i;
		}
	for (size_t i = 0; i < p->nwindows; i++)
		for (int flat = 0; flat < 2; flat++)
			if (!isnan(p->scale[i]) && first[flat] >= 0 &&
				(first[flat] + (ptrdiff_t) zone < (ptrdiff_t) i || last[flat] > (ptrdiff_t) (i + zone)))
			{
				if (p->scale[i] == 0)
					p->best[i] = DPK_MAX(p->best[i], flat ? 1 : 0.5);
				else if (flat)
					p->best[i] = DPK_MAX(p->best[i], 0.5);
			}
}

dpk_status
dpk_matrix_profile(const dpk_kernels *kernels, size_t n, const double *x, size_t m, const dpk_stop *stop, void *work, double *profile)
{
	size_t		zone = (m + 3) / 4,
				padded = (n + 2 * DPK_PROFILE_LANES - 1) / DPK_PROFILE_LANES * DPK_PROFILE_LANES,
				rows = DPK_MAX(16 * m, ROWS_LEAST),
				cells = 0;
	double	   *rest = work,
				center = center_of(n, x);
	dpk_profile p = {.m = m, .nwindows = n - m + 1, .x = rest, .mean = rest + padded, .scale = rest + 2 * padded,
		.difference = rest + 3 * padded, .sum = rest + 4 * padded, .best = rest + 5 * padded};

	for (size_t i = 0; i < padded; i++)
	{
		p.x[i] = i < n && !isnan(x[i]) ? x[i] - center : 0;
		p.mean[i] = p.difference[i] = p.sum[i] = 0;
		p.scale[i] = NAN;
		p.best[i] = -INFINITY;
	}
	if (describe(&p, n, x, stop) != DPK_OK)
		return DPK_STOPPED;
	for (size_t i = 1; i < p.nwindows; i++)
	{
		p.difference[i] = (p.x[i + m - 1] - p.x[i - 1]) / 2;
		p.sum[i] = p.x[i + m - 1] - p.mean[i] + (p.x[i - 1] - p.mean[i - 1]);
	}
	for (size_t diagonal = zone + 1; diagonal < p.nwindows; diagonal += DPK_PROFILE_LANES)
		for (size_t row = 0; row < p.nwindows - diagonal; row += rows)
		{
			size_t		count = DPK_MIN(rows, p.nwindows - diagonal - row);

			kernels->profile(&p, diagonal, row, count);
			cells += (count + m) * DPK_PROFILE_LANES;
			if (cells < CELLS_PER_POLL)
				continue;
			cells = 0;
			if (dpk_stopped(stop))
				return DPK_STOPPED;
		}
	correct_flat(&p, zone);
	for (size_t i = 0; i < p.nwindows; i++)
		profile[i] = p.best[i] > -INFINITY ? sqrt(2 * (double) m * DPK_MAX(0, 1 - p.best[i])) : NAN;
	return DPK_OK;
}
