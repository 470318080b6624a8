/*
 * outlier_mcd.c - mcd: the distance from the densest half of the rows
 *
 * Rousseeuw and Van Driessen, "A Fast Algorithm for the Minimum Covariance
 * Determinant Estimator" (Technometrics 1999): of h = (n + d + 1) / 2 rows the
 * covariance shall have the smallest determinant.  A concentration step takes
 * the h rows nearest to an ellipsoid and makes the next one of them, which is
 * never larger.  From 30 random starts of d + 1 rows, two steps each among 1500
 * rows at most, the ten best go on with all rows, and the two best of these
 * until nothing changes, or five times where there are more.  Then, as scikit-learn's MinCovDet does, distances are
 * made consistent by their median, and the ellipsoid is that of the rows within
 * the 0.975-quantile of the chi-squared distribution.
 *
 * The score is the squared distance, the model the ellipsoid.
 */
#include "outlier_ellipsoid.h"

#include <math.h>
#include <string.h>

#include "distribution.h"
#include "order.h"
#include "philox.h"

#define OPERATION_START 0x4D434400u /* key: the number of the start; -1: which rows it is among */
#define STARTS 30
#define KEPT 10
#define FINAL 2
#define START_ROWS 1500
#define MAX_STEPS 100
#define MANY_ROWS_STEPS 5		/* with more than START_ROWS, always, so that time grows with the rows alone */

/* Ordered by the logarithm of the determinant */
typedef struct candidate
{
	double		logdet;
	double	   *ellipsoid;
} candidate;

typedef struct search
{
	const dpk_rows *rows;
	int			d;
	double	   *center,
			   *unit,
			   *z,				/* (n, d) */
			   *distances,		/* (n) */
			   *sorted,			/* (n) */
			   *scratch,
			   *trial;			/* an ellipsoid */
	uint32_t   *base,			/* the rows a step chooses from */
			   *chosen;			/* those it chose */
	uint64_t   *drawn;			/* a bit for each row */
	candidate	best[KEPT];
	int			nbest;
} search;

static size_t
drawn_words(size_t n)
{
	return n / 64 + 1;
}

static bool
work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	size_t		doubles;

	return dpk_mul(n, (size_t) d + 2, &doubles) &&
		dpk_add(doubles, 2 * (size_t) d + dpk_ellipsoid_work(d) + (KEPT + 1) * dpk_ellipsoid_size(d) + drawn_words(n), &doubles) &&
		dpk_mul(doubles, sizeof(double), bytes) && dpk_add(*bytes, 2 * n * sizeof(uint32_t), bytes);
}

static void
lay_out(search *s, const dpk_rows *rows, double *work)
{
	size_t		n = rows->n,
				size = dpk_ellipsoid_size(rows->d);

	*s = (search) {.rows = rows,.d = rows->d,.center = work};
	s->unit = s->center + s->d;
	s->scratch = s->unit + s->d;
	s->trial = s->scratch + dpk_ellipsoid_work(s->d);
	for (int k = 0; k < KEPT; k++)
		s->best[k].ellipsoid = s->trial + (k + 1) * size;
	s->z = s->trial + (KEPT + 1) * size;
	s->distances = s->z + n * s->d;
	s->sorted = s->distances + n;
	s->drawn = (uint64_t *) (s->sorted + n);
	s->base = (uint32_t *) (s->drawn + drawn_words(n));
	s->chosen = s->base + n;
}

/* k of the n rows in 'from', each set as likely: Floyd's algorithm; in the order of 'from' */
static void
draw(search *s, dpk_random *random, const uint32_t *from, size_t n, size_t k, uint32_t *to)
{
	size_t		count = 0;

	memset(s->drawn, 0, drawn_words(n) * sizeof *s->drawn);
	for (size_t j = n - k; j < n; j++)
	{
		size_t		t = dpk_random_below(random, (uint32_t) (j + 1));

		if (s->drawn[t / 64] >> t % 64 & 1)
			t = j;
		s->drawn[t / 64] |= UINT64_C(1) << t % 64;
	}
	for (size_t j = 0; j < n; j++)
		if (s->drawn[j / 64] >> j % 64 & 1)
			to[count++] = from[j];
}

/* The distances of the first n rows of the base, and a copy to select from */
static dpk_status
measure(search *s, const double *ellipsoid, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		if (i % DPK_OUTLIER_CHUNK == 0 && dpk_stopped(s->rows->stop))
			return DPK_STOPPED;
		dpk_ellipsoid_distances(ellipsoid, s->d, 1, s->z + (size_t) s->base[i] * s->d, &s->distances[i]);
	}
	memcpy(s->sorted, s->distances, n * sizeof(double));
	return DPK_OK;
}

/* The ellipsoid of the h rows of the base nearest to 'ellipsoid', in its place */
static dpk_status
concentrate(search *s, size_t n, size_t h, double *ellipsoid, double *logdet)
{
	size_t		count = 0;
	double		limit;
	dpk_status	status = measure(s, ellipsoid, n);

	if (status == DPK_OK)
		status = dpk_select(s->sorted, n, h - 1, s->rows->stop);
	if (status != DPK_OK)
		return status;
	limit = s->sorted[h - 1];
	for (size_t i = 0; i < n; i++)
		if (s->distances[i] < limit)
			s->chosen[count++] = s->base[i];
	/* the base is in an order of its own: of equally far rows the same are taken always */
	for (size_t i = 0; i < n && count < h; i++)
		if (s->distances[i] == limit)
			s->chosen[count++] = s->base[i];
	return dpk_ellipsoid_fit(s->z, s->chosen, h, s->d, s->rows->stop, s->scratch, ellipsoid, logdet);
}

/* The trial takes its place among the best, unless it is worse than all */
static void
keep_trial(search *s, double logdet)
{
	int			place = s->nbest;
	double	   *freed;

	if (place == KEPT && !(logdet < s->best[KEPT - 1].logdet))
		return;
	if (place < KEPT)
		s->nbest++;
	else
		place--;
	freed = s->best[place].ellipsoid;
	for (; place > 0 && logdet < s->best[place - 1].logdet; place--)
		s->best[place] = s->best[place - 1];
	s->best[place] = (candidate) {logdet, freed};
	memcpy(freed, s->trial, dpk_ellipsoid_size(s->d) * sizeof(double));
}

static dpk_status
try_starts(search *s, size_t h)
{
	size_t		n = s->rows->n,
				m = DPK_MIN(n, (size_t) START_ROWS),
				part = DPK_MAX(h * m / n, 1),
				first = DPK_MIN((size_t) s->d + 1, m);

	if (m < n)
	{
		dpk_random	random = dpk_random_start(s->rows->seed, -1, OPERATION_START);

		draw(s, &random, s->rows->order, n, m, s->base);
	}
	for (int start = 0; start < STARTS; start++)
	{
		dpk_random	random = dpk_random_start(s->rows->seed, start, OPERATION_START);
		double		logdet;
		dpk_status	status;

		draw(s, &random, s->base, m, first, s->chosen);
		status = dpk_ellipsoid_fit(s->z, s->chosen, first, s->d, s->rows->stop, s->scratch, s->trial, &logdet);
		for (int step = 0; step < 2 && status == DPK_OK; step++)
			status = concentrate(s, m, part, s->trial, &logdet);
		if (status != DPK_OK)
			return status;
		keep_trial(s, logdet);
	}
	return DPK_OK;
}

static int
better(const candidate *a, const candidate *b)
{
	return a->logdet < b->logdet;
}

/* With all rows: one step for each of the best, and the best of these to the end; best[0] is the result */
static dpk_status
finish(search *s, size_t h)
{
	size_t		n = s->rows->n;
	bool		many = n > START_ROWS;
	int			nsteps = many ? MANY_ROWS_STEPS : MAX_STEPS;

	memcpy(s->base, s->rows->order, n * sizeof *s->base);
	for (int k = 0; k < s->nbest; k++)
	{
		dpk_status	status = concentrate(s, n, h, s->best[k].ellipsoid, &s->best[k].logdet);

		if (status != DPK_OK)
			return status;
	}
	for (int k = 0; k < DPK_MIN(FINAL, s->nbest); k++)
	{
		double		before = INFINITY;

		for (int other = k + 1; other < s->nbest; other++)
			if (better(&s->best[other], &s->best[k]))
			{
				candidate	swap = s->best[k];

				s->best[k] = s->best[other];
				s->best[other] = swap;
			}
		for (int step = 0; step < nsteps && (many || s->best[k].logdet < before); step++)
		{
			dpk_status	status;

			before = s->best[k].logdet;
			status = concentrate(s, n, h, s->best[k].ellipsoid, &s->best[k].logdet);
			if (status != DPK_OK)
				return status;
		}
	}
	if (s->nbest > 1 && better(&s->best[1], &s->best[0]))
		s->best[0] = s->best[1];
	return DPK_OK;
}

/* The ellipsoid of the rows that are not far from the densest half */
static dpk_status
reweight(search *s, double *model)
{
	size_t		n = s->rows->n,
				count = 0;
	double		median,
				logdet,
				limit;
	dpk_status	status = measure(s, s->best[0].ellipsoid, n);

	if (status == DPK_OK)
		status = dpk_median(s->sorted, n, s->rows->stop, &median);
	if (status != DPK_OK)
		return status;
	limit = median / dpk_chi2_quantile(0.5, s->d) * dpk_chi2_quantile(0.975, s->d);
	for (size_t i = 0; i < n; i++)
		if (s->distances[i] <= limit)
			s->chosen[count++] = s->base[i];
	return dpk_ellipsoid_fit(s->z, s->chosen, count, s->d, s->rows->stop, s->scratch, model, &logdet);
}

static dpk_status
fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	search		s;
	size_t		h = DPK_MIN((rows->n + rows->d + 1) / 2, rows->n);
	dpk_status	status;

	lay_out(&s, rows, work);
	memcpy(s.base, rows->order, rows->n * sizeof *s.base);
	status = dpk_standardize(rows, s.center, s.unit, s.z);
	if (status == DPK_OK)
		status = try_starts(&s, h);
	if (status == DPK_OK)
		status = finish(&s, h);
	if (status == DPK_OK)
		status = reweight(&s, model);
	if (status == DPK_OK)
		dpk_ellipsoid_unscale(model, s.d, s.center, s.unit);
	*size = dpk_ellipsoid_size(s.d);
	return status;
}

static double
threshold(int d, const double *options)
{
	return dpk_chi2_quantile(0.975, d);
}

static bool
model_size(size_t n, int d, const double *options, size_t *size)
{
	*size = dpk_ellipsoid_size(d);
	return true;
}

static bool
check(int d, const double *options, const double *model, size_t size)
{
	return size == dpk_ellipsoid_size(d);
}

static void
score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	dpk_ellipsoid_distances(ready, d, n, x, scores);
}

static bool
explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	dpk_ellipsoid_explain(ready, d, x, contributions);
	return true;
}

const dpk_outlier_method dpk_outlier_mcd = {
	.name = "mcd",
	.options = dpk_outlier_no_options,
	.max_features = DPK_ELLIPSOID_FEATURES,
	.draws = true,
	.threshold = threshold,
	.work_bytes = work_bytes,
	.model_size = model_size,
	.fit = fit,
	.check = check,
	.score = score,
	.explain = explain
};
