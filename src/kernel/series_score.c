/*
 * series_score.c - how unusual the values of a series are where they stand
 */
#include "series_score.h"

#include <math.h>
#include <string.h>

#include "deviation.h"
#include "matrix_profile.h"
#include "order.h"
#include "stl.h"

#define WORK_PER_POLL 2000000	/* values sorted: some milliseconds */

static double
ratio(double deviation, double unit)
{
	if (unit > 0)
		return deviation / unit;
	return deviation > 0 ? INFINITY : 0;
}

/* The values from..to that are not missing */
static size_t
take_present(const double *x, size_t from, size_t to, double *present)
{
	size_t		n = 0;

	for (size_t i = from; i < to; i++)
		if (!isnan(x[i]))
			present[n++] = x[i];
	return n;
}

static dpk_status
hampel(const dpk_series_options *o, size_t n, const double *x, const dpk_stop *stop, double *near, double *scores)
{
	size_t		half = o->half_window,
				work = 0;

	for (size_t i = 0; i < n; i++)
	{
		size_t		from = i - DPK_MIN(i, half),
					to = i + 1 + DPK_MIN(n - i - 1, half),
					count = take_present(x, from, to, near);
		double		median,
					mad;

		scores[i] = NAN;
		if ((work += 4 * (to - from)) >= WORK_PER_POLL)
		{
			work = 0;
			if (dpk_stopped(stop))
				return DPK_STOPPED;
		}
		if (isnan(x[i]))
			continue;
		dpk_median(near, count, NULL, &median);
		for (size_t j = 0; j < count; j++)
			near[j] = fabs(near[j] - median);
		dpk_median(near, count, NULL, &mad);
		scores[i] = ratio(fabs(x[i] - median), 1.4826 * mad);
	}
	return DPK_OK;
}

/*
 * The recurrence of pandas: 'old' is the weight of all values before, and the
 * sums of weights and of their squares take the bias off the variance.
 */
static dpk_status
ewma(const dpk_series_options *o, size_t n, const double *x, const dpk_stop *stop, double *scores)
{
	double		keep = 1 - o->alpha,
				old = 0,
				weights = 0,
				squares = 0,
				mean = 0,
				variance = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		bias = weights * weights - squares,
					before = mean;

		scores[i] = NAN;
		if (i % WORK_PER_POLL == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		if (!isnan(x[i]) && bias > 0)
			scores[i] = ratio(fabs(x[i] - mean), sqrt(variance * weights * weights / bias));
		old *= keep;
		weights *= keep;
		squares *= keep * keep;
		if (isnan(x[i]))
			continue;
		if (x[i] != mean)
			mean = (old * mean + x[i]) / (old + 1);
		variance = (old * (variance + (before - mean) * (before - mean)) + (x[i] - mean) * (x[i] - mean)) / (old + 1);
		old += 1;
		weights += 1;
		squares += 1;
	}
	return DPK_OK;
}

/* Missing values on a straight line between their neighbours, or equal to the nearest; false where all are missing */
static bool
bridge(size_t n, const double *x, double *y)
{
	ptrdiff_t	last = -1;

	for (size_t i = 0; i < n; i++)
	{
		if (isnan(x[i]))
			continue;
		for (size_t j = last + 1; j < i; j++)
			y[j] = last < 0 ? x[i] : x[last] + (x[i] - x[last]) * ((double) (j - last) / (double) (i - last));
		y[i] = x[i];
		last = i;
	}
	for (size_t j = last + 1; last >= 0 && j < n; j++)
		y[j] = x[last];
	return last >= 0;
}

static dpk_status
seasonal(const dpk_series_options *o, size_t n, const double *x, const dpk_stop *stop, double *work, double *scores)
{
	const dpk_stl stl = {o->period, o->seasonal, o->robust};
	double	   *y = work,
			   *season = work + n,
			   *trend = work + 2 * n,
			   *room = work + 3 * n,
				largest = 0,
				center,
				unit;
	size_t		count;
	dpk_status	status;

	for (size_t i = 0; i < n; i++)
		scores[i] = NAN;
	if (n < 2 * (size_t) o->period || !bridge(n, x, y))
		return DPK_OK;
	if ((status = dpk_stl_fit(&stl, n, y, stop, room, season, trend)) != DPK_OK)
		return status;
	for (size_t i = 0; i < n; i++)
	{
		largest = fmax(largest, fabs(y[i]));
		if (!isnan(x[i]))
			scores[i] = x[i] - season[i] - trend[i];
	}
	count = take_present(scores, 0, n, room);
	if ((status = dpk_robust_deviation(room, count, stop, &center, &unit)) != DPK_OK)
		return status;
	unit = fmax(unit, 1e-12 * largest);
	for (size_t i = 0; i < n; i++)
		scores[i] = isnan(scores[i]) ? NAN : ratio(fabs(scores[i] - center), unit);
	return DPK_OK;
}

/* The quantile by linear interpolation (type 7); x is reordered */
static dpk_status
quantile(double *x, size_t n, double share, const dpk_stop *stop, double *result)
{
	double		place = share * (double) (n - 1);
	size_t		k = (size_t) place;
	dpk_status	status = dpk_select(x, n, k, stop);
	double		next;

	if (status != DPK_OK)
		return status;
	*result = x[k];
	if (k + 1 == n)
		return DPK_OK;
	next = x[k + 1];
	for (size_t i = k + 2; i < n; i++)
		next = fmin(next, x[i]);
	*result += (next - x[k]) * (place - (double) k);
	return DPK_OK;
}

static dpk_status
level_shift(const dpk_series_options *o, size_t n, const double *x, const dpk_stop *stop, double *work, double *scores)
{
	size_t		window = o->window,
				cost = 0,
				count;
	double	   *all = work,
			   *near = work + n,
				q1,
				q3;
	dpk_status	status;

	for (size_t i = 0; i < n; i++)
	{
		double		medians[2];
		size_t		present[2] = {0, 0};

		scores[i] = NAN;
		for (int side = 0; side < 2; side++)
		{
			size_t		from = side == 0 ? i - DPK_MIN(i, window) : i,
						to = DPK_MIN(from + window, side == 0 ? i : n);

			present[side] = take_present(x, from, to, near);
			if (present[side] > 0)
				dpk_median(near, present[side], NULL, &medians[side]);
		}
		if (2 * DPK_MIN(present[0], present[1]) >= window)
			scores[i] = fabs(medians[1] - medians[0]);
		if ((cost += 4 * window) < WORK_PER_POLL)
			continue;
		cost = 0;
		if (dpk_stopped(stop))
			return DPK_STOPPED;
	}
	count = take_present(scores, 0, n, all);
	if (count == 0)
		return DPK_OK;
	if ((status = quantile(all, count, 0.25, stop, &q1)) != DPK_OK ||
		(status = quantile(all, count, 0.75, stop, &q3)) != DPK_OK)
		return status;
	for (size_t i = 0; i < n; i++)
		scores[i] = isnan(x[i]) || isnan(scores[i]) ? NAN : ratio(fmax(scores[i] - q3, 0), q3 - q1);
	return DPK_OK;
}

static dpk_status
window_profile(const dpk_series_options *o, const dpk_kernels *kernels, size_t n, const double *x, const dpk_stop *stop, void *work, double *scores)
{
	size_t		m = o->window,
				before = m / 2;
	dpk_status	status;

	for (size_t i = 0; i < n; i++)
		scores[i] = NAN;
	if (n < m)
		return DPK_OK;
	if ((status = dpk_matrix_profile(kernels, n, x, m, stop, work, scores)) != DPK_OK)
		return status;
	memmove(scores + before, scores, (n - m + 1) * sizeof *scores);
	for (size_t i = 0; i < n; i++)
	{
		if (i < before)
			scores[i] = scores[before];
		else if (i > before + n - m)
			scores[i] = scores[before + n - m];
	}
	return DPK_OK;
}

bool
dpk_series_work(const dpk_series_options *o, size_t n, size_t *bytes)
{
	const dpk_stl stl = {o->period, o->seasonal, o->robust};
	size_t		more;

	switch (o->method)
	{
		case DPK_HAMPEL:
			return dpk_add(2 * (size_t) o->half_window, 1, bytes) && dpk_mul(DPK_MIN(*bytes, n), sizeof(double), bytes);
		case DPK_EWMA:
			*bytes = 0;
			return true;
		case DPK_SEASONAL:
			return dpk_stl_work(&stl, n, &more) && dpk_mul(n, 3 * sizeof(double), bytes) && dpk_add(*bytes, more, bytes);
		case DPK_LEVEL_SHIFT:
			return dpk_add(n, DPK_MIN((size_t) o->window, n), bytes) && dpk_mul(*bytes, sizeof(double), bytes);
		case DPK_MATRIX_PROFILE:
			return dpk_matrix_profile_work(n, bytes);
	}
	return false;
}

dpk_status
dpk_series_scores(const dpk_series_options *o, const dpk_kernels *kernels, size_t n, const double *x,
				  const dpk_stop *stop, void *work, double *scores)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(x[i]) > DPK_SERIES_LARGEST)
			return DPK_INVALID;
	switch (o->method)
	{
		case DPK_HAMPEL:
			return hampel(o, n, x, stop, work, scores);
		case DPK_EWMA:
			return ewma(o, n, x, stop, scores);
		case DPK_SEASONAL:
			return seasonal(o, n, x, stop, work, scores);
		case DPK_LEVEL_SHIFT:
			return level_shift(o, n, x, stop, work, scores);
		case DPK_MATRIX_PROFILE:
			return window_profile(o, kernels, n, x, stop, work, scores);
	}
	return DPK_INVALID;
}
