/*
 * stl.c - a series as season, trend and remainder
 *
 * Positions count from 0; where the paper's smoothers reach beyond the series
 * they are negative or n and more.
 */
#include "stl.h"

#include <math.h>

#include "moments.h"
#include "order.h"

#define WORK_PER_POLL 10000000	/* products: some milliseconds */

/* A local line: what it smooths, and the weights it used last */
typedef struct loess
{
	const double *y,
			   *robust;			/* a factor of each weight, or NULL */
	ptrdiff_t	n,
				span;
	double	   *weights;
	ptrdiff_t	before,			/* neighbours on the left of the position the weights are for */
				count;			/* of weights; 0: none are known */
} loess;

typedef struct fit
{
	const dpk_stl *s;
	ptrdiff_t	n;
	const double *y;
	const dpk_stop *stop;
	size_t		work;
	double	   *season,
			   *trend,
			   *robust,			/* n each */
			   *weights,
			   *part,			/* n + 2 * period each */
			   *cycles,
			   *moving,
			   *other;
	bool		weighted;
} fit;

static ptrdiff_t
odd_from(double x)
{
	ptrdiff_t	i = (ptrdiff_t) ceil(x);

	return i + (i % 2 == 0);
}

bool
dpk_stl_work(const dpk_stl *s, size_t n, size_t *bytes)
{
	size_t		padded;

	return dpk_add(n, 2 * (size_t) s->period, &padded) && dpk_mul(padded, 6 * sizeof(double), bytes);
}

static bool
worked(fit *f, size_t products)
{
	f->work += products;
	if (f->work < WORK_PER_POLL)
		return false;
	f->work = 0;
	return dpk_stopped(f->stop);
}

/* Weights for a position with 'before' of the 'count' values on its left; false where all are 0 */
static bool
weigh(loess *l, ptrdiff_t first, ptrdiff_t before, ptrdiff_t count)
{
	double		reach = (double) DPK_MAX(before, count - 1 - before),
				sum = 0,
				mean = 0,
				spread = 0;

	if (l->span > l->n)
		reach += (double) ((l->span - l->n) / 2);
	for (ptrdiff_t j = 0; j < count; j++)
	{
		double		r = fabs((double) (j - before)),
					w = 0;

		if (r <= 0.999 * reach)
		{
			double		cube = r / reach * (r / reach) * (r / reach);

			w = r <= 0.001 * reach ? 1 : (1 - cube) * (1 - cube) * (1 - cube);
			if (l->robust != NULL)
				w *= l->robust[first + j];
		}
		l->weights[j] = w;
		sum += w;
	}
	if (!(sum > 0))
		return false;
	for (ptrdiff_t j = 0; j < count; j++)
		mean += (l->weights[j] /= sum) * (double) (j - before);
	if (!(reach > 0))
		return true;
	for (ptrdiff_t j = 0; j < count; j++)
		spread += l->weights[j] * ((double) (j - before) - mean) * ((double) (j - before) - mean);
	if (sqrt(spread) > 0.001 * (double) (l->n - 1))
		for (ptrdiff_t j = 0; j < count; j++)
			l->weights[j] *= 1 - mean / spread * ((double) (j - before) - mean);
	return true;
}

/* The smooth value at a position, from values 'first' up to first + count; 'otherwise' where none has weight */
static double
estimate(loess *l, ptrdiff_t position, ptrdiff_t first, ptrdiff_t count, double otherwise)
{
	double		sum[4] = {0};
	ptrdiff_t	j = 0;

	if (l->robust != NULL || l->count != count || l->before != position - first)
	{
		l->count = 0;
		if (!weigh(l, first, position - first, count))
			return otherwise;
		l->before = position - first;
		l->count = count;
	}
	for (; j + 4 <= count; j += 4)
		for (int k = 0; k < 4; k++)
			sum[k] += l->weights[j + k] * l->y[first + j + k];
	for (; j < count; j++)
		sum[0] += l->weights[j] * l->y[first + j];
	return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* Every value of l->y, smoothed */
static dpk_status
smooth(fit *f, loess *l, double *result)
{
	ptrdiff_t	count = DPK_MIN(l->span, l->n);

	for (ptrdiff_t i = 0; i < l->n; i++)
	{
		ptrdiff_t	first = DPK_MIN(DPK_MAX(i - count / 2, 0), l->n - count);

		result[i] = estimate(l, i, first, count, l->y[i]);
		if (worked(f, count))
			return DPK_STOPPED;
	}
	return DPK_OK;
}

/*
 * Smooths the values of each phase of the period (f->part to f->cycles), and
 * goes on for a period before and after the series.
 */
static dpk_status
smooth_cycles(fit *f)
{
	ptrdiff_t	period = f->s->period;
	double	   *phase = f->moving,
			   *robust = f->other,
			   *result = f->season;	/* has no other use until it is known */

	for (ptrdiff_t j = 0; j < period; j++)
	{
		ptrdiff_t	n = (f->n - j - 1) / period + 1,
					count = DPK_MIN(f->s->seasonal, n);
		loess		l = {phase, f->weighted ? robust : NULL, n, f->s->seasonal, f->weights, 0, 0};
		dpk_status	status;

		for (ptrdiff_t i = 0; i < n; i++)
		{
			phase[i] = f->part[i * period + j];
			robust[i] = f->robust[i * period + j];
		}
		if ((status = smooth(f, &l, result)) != DPK_OK)
			return status;
		f->cycles[j] = estimate(&l, -1, 0, count, result[0]);
		f->cycles[(n + 1) * period + j] = estimate(&l, n, n - count, count, result[n - 1]);
		for (ptrdiff_t i = 0; i < n; i++)
			f->cycles[(i + 1) * period + j] = result[i];
	}
	return DPK_OK;
}

static void
moving_average(const double *x, ptrdiff_t n, ptrdiff_t span, double *result)
{
	dpk_sum		sum = {0, 0};	/* compensated: what is large leaves nothing behind */

	for (ptrdiff_t i = 0; i < n; i++)
	{
		dpk_sum_add(&sum, x[i]);
		if (i >= span)
			dpk_sum_add(&sum, -x[i - span]);
		if (i >= span - 1)
			result[i - span + 1] = dpk_sum_total(&sum) / (double) span;
	}
}

/* One inner loop: the season from what the trend leaves, then the trend from what the season leaves */
static dpk_status
update(fit *f)
{
	ptrdiff_t	n = f->n,
				period = f->s->period;
	loess		low = {f->moving, NULL, n, odd_from((double) period + 1), f->weights, 0, 0},
				slow = {f->part, f->weighted ? f->robust : NULL, n, odd_from(1.5 * (double) period / (1 - 1.5 / f->s->seasonal)), f->weights, 0, 0};
	dpk_status	status;

	for (ptrdiff_t i = 0; i < n; i++)
		f->part[i] = f->y[i] - f->trend[i];
	if ((status = smooth_cycles(f)) != DPK_OK)
		return status;
	moving_average(f->cycles, n + 2 * period, period, f->moving);
	moving_average(f->moving, n + period + 1, period, f->other);
	moving_average(f->other, n + 2, 3, f->moving);
	if ((status = smooth(f, &low, f->other)) != DPK_OK)
		return status;
	for (ptrdiff_t i = 0; i < n; i++)
	{
		f->season[i] = f->cycles[period + i] - f->other[i];
		f->part[i] = f->y[i] - f->season[i];
	}
	return smooth(f, &slow, f->trend);
}

/* Bisquare weights by the remainder, six medians of which are too much */
static dpk_status
weigh_remainders(fit *f)
{
	double		limit;
	dpk_status	status;

	for (ptrdiff_t i = 0; i < f->n; i++)
		f->part[i] = f->robust[i] = fabs(f->y[i] - f->season[i] - f->trend[i]);
	if ((status = dpk_median(f->part, f->n, f->stop, &limit)) != DPK_OK)
		return status;
	limit *= 6;
	for (ptrdiff_t i = 0; i < f->n; i++)
	{
		double		r = f->robust[i],
					share = r / limit;

		if (limit == 0 || r <= 0.001 * limit)
			f->robust[i] = 1;
		else
			f->robust[i] = r <= 0.999 * limit ? (1 - share * share) * (1 - share * share) : 0;
	}
	f->weighted = true;
	return DPK_OK;
}

dpk_status
dpk_stl_fit(const dpk_stl *s, size_t n, const double *y, const dpk_stop *stop, void *work, double *season, double *trend)
{
	size_t		padded = n + 2 * (size_t) s->period;
	double	   *rest = work;
	fit			f = {.s = s, .n = (ptrdiff_t) n, .y = y, .stop = stop, .season = season, .trend = trend,
		.robust = rest, .weights = rest + padded, .part = rest + 2 * padded, .cycles = rest + 3 * padded,
		.moving = rest + 4 * padded, .other = rest + 5 * padded};
	dpk_status	status;

	for (size_t i = 0; i < n; i++)
	{
		trend[i] = 0;
		f.robust[i] = 1;
	}
	for (int round = 0; round < (s->robust ? 16 : 1); round++)
	{
		if (round > 0 && (status = weigh_remainders(&f)) != DPK_OK)
			return status;
		for (int i = 0; i < (s->robust ? 2 : 5); i++)
			if ((status = update(&f)) != DPK_OK)
				return status;
	}
	return DPK_OK;
}
