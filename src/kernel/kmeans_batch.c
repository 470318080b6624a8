/*
 * kmeans_batch.c - centers by small batches of rows
 *
 * Sculley, "Web-scale k-means clustering" (WWW 2010): each batch goes to its
 * nearest centers, and each center moves towards the mean of all rows that
 * ever went to it, by their share.  Ends as scikit-learn's MiniBatchKMeans
 * does, once a smoothed inertia has not fallen for ten batches, or after so
 * many passes.  The rows are in random order, so a batch is the next of them.
 */
#include "kmeans_work.h"

#include <math.h>

#define PATIENCE 10				/* batches without improvement */
#define FIRST_BATCHES 3			/* rows that centers are drawn from, as scikit-learn has it */

/* Rows from 'from' on, round the end, to their centers: their sums in w->next, numbers in w->sizes; returns their inertia */
static double
add_batch(dpk_kmeans_work *w, size_t from, size_t count)
{
	double		squares[DPK_CENTERS] __attribute__((aligned(DPK_ALIGN))),
				inertia = 0;

	dpk_center_layout(w->centers, w->k, w->d, w->blocks);
	memset(w->next, 0, (size_t) w->k * w->d * sizeof(double));
	memset(w->sizes, 0, w->k * sizeof(int64_t));
	for (size_t i = 0; i < count; i++)
	{
		const double *row = w->x + (from + i) % w->n * w->d;
		double		square;
		int			c = dpk_center_nearest(w->kernels, w->blocks, w->k, w->d, row, squares, &square);

		/* asked again by the caller */
		if (i % 1024 == 1023 && dpk_stopped(w->stop))
			break;
		inertia += square;
		w->sizes[c]++;
		for (int j = 0; j < w->d; j++)
			w->next[(size_t) c * w->d + j] += row[j];
	}
	return inertia;
}

/* seen[c]: rows that ever went to a center */
static void
move_towards(dpk_kmeans_work *w, double *seen)
{
	for (int c = 0; c < w->k; c++)
	{
		double		count = (double) w->sizes[c];

		if (count == 0)
			continue;
		seen[c] += count;
		for (int j = 0; j < w->d; j++)
		{
			double	   *x = &w->centers[(size_t) c * w->d + j];

			*x += (w->next[(size_t) c * w->d + j] - count * *x) / seen[c];
		}
	}
}

dpk_status
dpk_kmeans_batches(dpk_kmeans_work *w, const dpk_kmeans_options *o, int start)
{
	size_t		n = w->n,
				batch = DPK_MIN((size_t) o->batch, n),
				few = DPK_MIN(n, DPK_MAX(FIRST_BATCHES * batch, (size_t) FIRST_BATCHES * w->k)),
				from = few * start % n,
				steps = (size_t) o->iterations * ((n + batch - 1) / batch);
	double	   *seen = w->drift,
				share = DPK_MIN(1, 2.0 * batch / (double) (n + 1)),
				smoothed = 0,
				least = INFINITY;
	int			worse = 0;
	dpk_status	status;

	/* each start draws from the rows behind those of the one before */
	w->n = few;
	w->x += DPK_MIN(from, n - few) * w->d;
	status = dpk_kmeans_draw(w, o->seed, start);
	w->x -= DPK_MIN(from, n - few) * w->d;
	w->n = n;
	if (status == DPK_INVALID && few < n)
		status = dpk_kmeans_draw(w, o->seed, start);
	if (status != DPK_OK)
		return status;

	memset(seen, 0, w->k * sizeof(double));
	for (size_t step = 0; step < steps && worse < PATIENCE; step++, from = (from + batch) % n)
	{
		double		inertia = add_batch(w, from, batch) / (double) batch;

		if (dpk_stopped(w->stop))
			return DPK_STOPPED;
		if (!isfinite(inertia))
			return dpk_kmeans_overflow(w->err);
		move_towards(w, seen);
		/* the first says how good the start was, not how good a step */
		smoothed = step <= 1 ? inertia : smoothed * (1 - share) + inertia * share;
		if (step == 0)
			continue;
		worse = smoothed < least ? 0 : worse + 1;
		least = DPK_MIN(least, smoothed);
	}
	return DPK_OK;
}
