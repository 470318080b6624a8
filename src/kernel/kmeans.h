/*
 * kmeans.h - rows in k clusters, each about its mean
 *
 * Lloyd's algorithm (1982): every row goes to the nearest center, every center
 * to the mean of its rows, until no row moves.  It starts from centers drawn
 * one after another in proportion to the squared distance from those there
 * are, the best of a few candidates each time (k-means++, Arthur and
 * Vassilvitskii 2007); of several such starts the one of least inertia, the
 * sum of squared distances, is kept.  A center that loses all its rows goes to
 * the row farthest from its own, as in scikit-learn.
 *
 * Most distances are never computed: a row keeps an upper bound of the
 * distance from its center and a lower bound for each block of DPK_CENTERS
 * others, both loosened by what centers moved, and looks only where they cross
 * (Ding et al., "Yinyang k-means", ICML 2015).  The clusters are those of
 * Lloyd's algorithm; the bounds leave room for rounding.
 *
 * By batches (kmeans_batch.c) it takes less time and finds a little more inertia.
 *
 * Clusters are ordered by their number of rows, the largest first.
 *
 * DETERMINISM: sums go through the rows as they come and draws are Philox's,
 * so that the same rows in the same order give the same bits.
 */
#ifndef DPK_KMEANS_H
#define DPK_KMEANS_H

#include "kernels.h"

#define DPK_MAX_CLUSTERS 1000
#define DPK_MAX_STARTS 1000
#define DPK_MAX_ITERATIONS 100000

typedef struct dpk_kmeans_options
{
	int			k;
	int			starts;
	int			iterations;		/* of each start, at most */
	int			batch;			/* rows; 0: all of them at once */
	int64_t		seed;
} dpk_kmeans_options;

/* Where the result goes */
typedef struct dpk_clusters
{
	double	   *centers;		/* (k, d) */
	int64_t    *sizes;			/* (k) rows */
	double	   *inertia;		/* (k) the sum of squared distances of its rows */
} dpk_clusters;

/* Memory for n rows of d values, aligned to DPK_ALIGN; false where it does not fit */
extern bool dpk_kmeans_bytes(size_t n, int d, int k, size_t *bytes);

/*
 * x (n, d), all finite, n >= 1.  DPK_INVALID where there are fewer different
 * rows than clusters, or where the squares of distances overflow.
 */
extern dpk_status dpk_kmeans_fit(const double *x, size_t n, int d, const dpk_kmeans_options *o, const dpk_stop *stop,
								 void *memory, dpk_clusters *result, dpk_error *err);

/* The same from given centers, which are result->centers, once */
extern dpk_status dpk_kmeans_fit_from(const double *x, size_t n, int d, const dpk_kmeans_options *o, const dpk_stop *stop,
									  void *memory, dpk_clusters *result, dpk_error *err);

/* Centers in blocks of DPK_CENTERS, infinite where there is none: (blocks, d, DPK_CENTERS), aligned to DPK_ALIGN */
static inline int
dpk_center_blocks(int k)
{
	return (k + DPK_CENTERS - 1) / DPK_CENTERS;
}

extern void dpk_center_layout(const double *centers, int k, int d, double *blocks);

/* The nearest center, the lowest of those equally near, and the square of its distance; 'squares' has room for DPK_CENTERS, aligned to DPK_ALIGN */
extern int	dpk_center_nearest(const dpk_kernels *kernels, const double *blocks, int k, int d, const double *x, double *squares, double *square);

#endif							/* DPK_KMEANS_H */
