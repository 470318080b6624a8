/*
 * outlier_esd.c - esd: the generalised extreme Studentised deviate test
 *
 * Rosner, "Percentage Points for a Generalized ESD Many-Outlier Procedure"
 * (Technometrics 1983): the value farthest from the mean is taken away, again
 * and again, up to a number of times; with R_i its distance in standard
 * deviations of the values left, and
 *		l_i = (m - 1) t / sqrt((m - 2 + t^2) m),	m = n - i + 1
 * t of m - 2 degrees of freedom exceeded with probability alpha / (2 m), the
 * outliers are those taken away until the last i with R_i > l_i.
 *
 * A score above 1 is an outlier.  That of a value taken away at i is the
 * largest R_k / l_k of k >= i; that of the others is their distance in standard
 * deviations of the values left / l of the last, and 1 at most.
 */
#include "outlier.h"

#include <math.h>

#include "distribution.h"
#include "moments.h"

enum
{
	ALPHA,
	MAX_OUTLIERS
};

static const dpk_outlier_option esd_options[] = {
	[ALPHA] = {"alpha", DPK_OUTLIER_FLOAT, "0.05", 1e-6, 0.5, NULL},
	[MAX_OUTLIERS] = {"max_outliers", DPK_OUTLIER_INT, NULL, 1, 1000000, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

static double
threshold(int d, const double *options)
{
	return 1;
}

/* A copy of the values, sorted; room to sort, then the ratios R / l; when those at the ends were taken */
static bool
work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	return dpk_mul(n, 3 * sizeof(double), bytes);
}

/* The values that are left: sorted[from .. to - 1], with sums of their distances from 'origin' */
typedef struct rest
{
	const double *sorted;
	size_t		from,
				to;
	double		origin;
	dpk_sum		sum,
				squares;
} rest;

static void
measure(const rest *r, double *mean, double *deviation)
{
	double		n = (double) (r->to - r->from),
				sum = dpk_sum_total(&r->sum),
				spread = dpk_sum_total(&r->squares) - sum * (sum / n);

	*mean = r->origin + sum / n;
	*deviation = spread > 0 ? sqrt(spread / (n - 1)) : 0;
}

/* The one farthest from the mean, at one of the ends */
static double
take_farthest(rest *r, double mean)
{
	double		low = mean - r->sorted[r->from],
				high = r->sorted[r->to - 1] - mean,
				x = high >= low ? r->sorted[--r->to] : r->sorted[r->from++];

	dpk_sum_add(&r->sum, -(x - r->origin));
	dpk_sum_add(&r->squares, -(x - r->origin) * (x - r->origin));
	return DPK_MAX(low, high);
}

static dpk_status
start(rest *r, const dpk_rows *rows, double *work)
{
	dpk_status	status;

	for (size_t i = 0; i < rows->n; i++)
		work[i] = rows->x[i];
	status = dpk_outlier_sort(work, rows->n, work + rows->n, rows->stop);
	if (status != DPK_OK)
		return status;
	*r = (rest) {.sorted = work,.to = rows->n,.origin = work[rows->n / 2]};
	for (size_t i = 0; i < rows->n; i++)
	{
		double		x = work[i] - r->origin;

		dpk_sum_add(&r->sum, x);
		dpk_sum_add(&r->squares, x * x);
	}
	if (!isfinite(dpk_sum_total(&r->squares)))
		return dpk_outlier_out_of_range(rows, 0);
	return DPK_OK;
}

/* When one of the values below sorted[from], or from sorted[to] on, was taken: equal ones as the first of them */
static size_t
when_taken(const rest *r, size_t nrows, const double *low, const double *high, double x)
{
	size_t		left = 0,
				right;

	if (r->from > 0 && x <= r->sorted[r->from - 1])
	{
		right = r->from - 1;
		while (left < right)
		{
			size_t		middle = (left + right) / 2;

			if (r->sorted[middle] < x)
				left = middle + 1;
			else
				right = middle;
		}
		return (size_t) low[left];
	}
	left = r->to;
	right = nrows - 1;
	while (left < right)
	{
		size_t		middle = (left + right + 1) / 2;

		if (r->sorted[middle] > x)
			right = middle - 1;
		else
			left = middle;
	}
	return (size_t) *(high - (nrows - 1 - left));
}

static dpk_status
score_all(const dpk_rows *rows, void *work, double *scores)
{
	rest		r;
	double	   *ratios = (double *) work + rows->n,
			   *low = ratios + rows->n,		/* when the least, the next, ... was taken */
			   *high = low + rows->n - 1,	/* the same from the largest down, backwards */
				t = 0,
				limit = INFINITY,
				mean,
				deviation;
	size_t		most = rows->options[MAX_OUTLIERS] >= 1 ? (size_t) rows->options[MAX_OUTLIERS] : rows->n / 10 + 1,
				n = 0;
	dpk_status	status = start(&r, rows, work);

	if (status != DPK_OK)
		return status;
	most = rows->n > 2 ? DPK_MIN(most, rows->n - 2) : 0;
	for (; n < most; n++)
	{
		double		m = (double) (r.to - r.from);
		size_t		from = r.from;

		if (n % 256 == 0 && dpk_stopped(rows->stop))
			return DPK_STOPPED;
		measure(&r, &mean, &deviation);
		if (deviation == 0)
			break;
		t = dpk_t_upper_quantile(rows->options[ALPHA] / (2 * m), m - 2, t);
		limit = (m - 1) * t / sqrt((m - 2 + t * t) * m);
		ratios[n] = take_farthest(&r, mean) / deviation / limit;
		if (r.from > from)
			low[from] = (double) n;
		else
			*(high - (rows->n - 1 - r.to)) = (double) n;
	}
	for (size_t i = n; i-- > 1;)
		ratios[i - 1] = DPK_MAX(ratios[i - 1], ratios[i]);
	measure(&r, &mean, &deviation);
	for (size_t i = 0; i < rows->n; i++)
	{
		double		x = rows->x[i],
					away = fabs(x - mean);

		if ((r.from > 0 && x <= r.sorted[r.from - 1]) || (r.to < rows->n && x >= r.sorted[r.to]))
			scores[i] = ratios[when_taken(&r, rows->n, low, high, x)];
		else
			scores[i] = away > 0 && deviation > 0 ? DPK_MIN(away / deviation / limit, 1) : 0;
	}
	return DPK_OK;
}

const dpk_outlier_method dpk_outlier_esd = {
	.name = "esd",
	.options = esd_options,
	.max_features = 1,
	.threshold = threshold,
	.work_bytes = work_bytes,
	.score_all = score_all
};
