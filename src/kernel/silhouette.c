/*
 * silhouette.c - how well rows lie in their clusters
 */
#include "silhouette.h"

#include <math.h>
#include <string.h>

#define WORK_PER_POLL 4000000	/* values looked at: some milliseconds */

/* Rows by cluster and values in blocks of DPK_NEAR_ROWS, the last filled up with infinity */
typedef struct work
{
	const double *x;
	const int32_t *cluster;
	size_t		n,
				d,
				nclusters;
	size_t	   *order,			/* (n) rows by cluster and values */
			   *spare,
			   *ends;			/* (clusters) where in that order the next one begins */
	double	   *squares;		/* (DPK_NEAR_ROWS) */
	double	   *blocks;			/* (blocks, d, DPK_NEAR_ROWS) */
} work;

static inline size_t
count_blocks(const work *w)
{
	return (w->n + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;
}

/* Lays the work out in 'memory', or with NULL there adds up what it takes */
static bool
lay_out(work *w, char *memory, size_t *bytes)
{
	size_t		words,
				block,
				blocks;

	if (!dpk_mul(w->n, 3 * sizeof(size_t), &words) || !dpk_add(words, DPK_ALIGN, &words) ||
		!dpk_mul(w->d, DPK_NEAR_ROWS * sizeof(double), &block) || !dpk_mul(block, count_blocks(w), &blocks) ||
		!dpk_add(words, blocks, bytes) || !dpk_add(*bytes, DPK_NEAR_ROWS * sizeof(double), bytes))
		return false;
	if (memory != NULL)
	{
		w->order = (size_t *) memory;
		w->spare = w->order + w->n;
		w->ends = w->spare + w->n;
		w->squares = (double *) (memory + words / DPK_ALIGN * DPK_ALIGN);
		w->blocks = w->squares + DPK_NEAR_ROWS;
	}
	return true;
}

static int
compare(const work *w, size_t a, size_t b)
{
	if (w->cluster[a] != w->cluster[b])
		return w->cluster[a] < w->cluster[b] ? -1 : 1;
	for (size_t j = 0; j < w->d; j++)
		if (w->x[a * w->d + j] != w->x[b * w->d + j])
			return w->x[a * w->d + j] < w->x[b * w->d + j] ? -1 : 1;
	return 0;
}

/* Merge sort */
static dpk_status
sort_rows(work *w, const dpk_stop *stop)
{
	for (size_t i = 0; i < w->n; i++)
		w->order[i] = i;
	for (size_t run = 1; run < w->n; run *= 2)
	{
		size_t	   *from = w->order;

		for (size_t i = 0; i < w->n; i += 2 * run)
		{
			size_t		left = i,
						middle = DPK_MIN(i + run, w->n),
						right = middle,
						end = DPK_MIN(i + 2 * run, w->n);

			for (size_t to = i; to < end; to++)
			{
				w->spare[to] = right == end || (left < middle && compare(w, from[left], from[right]) <= 0) ? from[left++] : from[right++];
				if (to % 65536 == 0 && dpk_stopped(stop))
					return DPK_STOPPED;
			}
		}
		w->order = w->spare;
		w->spare = from;
	}
	return DPK_OK;
}

static void
find_ends(work *w)
{
	w->nclusters = 0;
	for (size_t i = 1; i <= w->n; i++)
		if (i == w->n || w->cluster[w->order[i]] != w->cluster[w->order[i - 1]])
			w->ends[w->nclusters++] = i;
}

static void
fill_blocks(work *w)
{
	for (size_t i = 0; i < count_blocks(w) * DPK_NEAR_ROWS; i++)
	{
		double	   *to = w->blocks + i / DPK_NEAR_ROWS * w->d * DPK_NEAR_ROWS + i % DPK_NEAR_ROWS;

		for (size_t j = 0; j < w->d; j++)
			to[j * DPK_NEAR_ROWS] = i < w->n ? w->x[w->order[i] * w->d + j] : INFINITY;
	}
}

/* Of a row of cluster 'own', which has others, one of several; NaN where squares overflow */
static double
silhouette(work *w, const dpk_kernels *kernels, const double *row, size_t own)
{
	double		a = 0,
				b = INFINITY,
				sum = 0;
	size_t		c = 0,
				i = 0;

	while (i < w->n)
	{
		size_t		lane = i % DPK_NEAR_ROWS,
					end = DPK_MIN(lane + w->ends[c] - i, DPK_NEAR_ROWS);

		if (lane == 0)
		{
			kernels->block_squares((int) w->d, row, w->blocks + i * w->d, 0, w->squares);
			for (size_t j = 0; j < DPK_NEAR_ROWS; j++)
				w->squares[j] = sqrt(w->squares[j]);
		}
		i += end - lane;
		for (; lane < end; lane++)
			sum += w->squares[lane];
		if (i == w->ends[c])
		{
			size_t		size = c == 0 ? i : i - w->ends[c - 1];

			/* the row's distance from itself is 0 and does not count */
			if (c == own)
				a = sum / (double) (size - 1);
			else if (!(sum / (double) size >= b))
				b = sum / (double) size;
			sum = 0;
			c++;
		}
	}
	if (!isfinite(a) || !isfinite(b))
		return NAN;
	return a == b ? 0 : (b - a) / DPK_MAX(a, b);
}

bool
dpk_silhouette_bytes(size_t n, int d, size_t *bytes)
{
	work		w = {.n = n,.d = d};

	return lay_out(&w, NULL, bytes);
}

dpk_status
dpk_silhouette(const double *x, const int32_t *cluster, size_t n, int d, const dpk_stop *stop,
			   void *memory, double *score, dpk_error *err)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	work		w = {.x = x,.cluster = cluster,.n = n,.d = d};
	size_t		bytes,
				since = 0,
				i = 0;
	double		sum = 0;

	*score = NAN;
	lay_out(&w, memory, &bytes);
	if (sort_rows(&w, stop) != DPK_OK)
		return DPK_STOPPED;
	find_ends(&w);
	if (w.nclusters < 2)
		return DPK_OK;
	fill_blocks(&w);
	for (size_t c = 0; c < w.nclusters; c++)
		for (size_t from = i; i < w.ends[c]; i++)
		{
			if (w.ends[c] - from > 1)
				sum += silhouette(&w, kernels, x + w.order[i] * d, c);
			since += n * d;
			if (since > WORK_PER_POLL)
			{
				since = 0;
				if (dpk_stopped(stop))
					return DPK_STOPPED;
			}
		}
	*score = sum / (double) n;
	if (!isfinite(*score))
	{
		dpk_fail(err, DPK_INVALID, "features are too large for distances between them");
		dpk_hint(err, "Scale them first: dp.scale, dp.standardize.");
		return DPK_INVALID;
	}
	return DPK_OK;
}
