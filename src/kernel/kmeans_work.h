/*
 * kmeans_work.h - what a clustering works with, between kmeans.c and kmeans_start.c
 */
#ifndef DPK_KMEANS_WORK_H
#define DPK_KMEANS_WORK_H

#include "kmeans.h"
#include "philox.h"

#define DPK_KMEANS_CHUNK 256	/* rows looked at together */

typedef struct dpk_kmeans_work
{
	const dpk_kernels *kernels;
	const dpk_stop *stop;
	dpk_error  *err;
	const double *x;			/* (n, d) */
	size_t		n;
	int			d,
				k,
				nblocks;
	double	   *centers;		/* (k, d) */
	double	   *next;			/* (k, d) sums, and the centers they become */
	double	   *blocks;			/* the centers as dpk_center_layout() has them */
	double	   *drift;			/* (nblocks, DPK_CENTERS) how far each moved */
	double	   *most;			/* (nblocks) and the most of each block */
	int64_t    *sizes;			/* (k) */
	double	   *inertia;		/* (k) */
	int32_t    *label;			/* (n) -1 before the first look */
	double	   *upper;			/* (n) of the distance from the row's center */
	double	   *lower;			/* (n, nblocks) of that from the block's others */
	double	   *squares;		/* (n, DPK_CENTERS) while centers are drawn, where 'lower' is later */
	double	   *nearest;		/* (n) the square of the distance from the centers drawn so far */
} dpk_kmeans_work;

/* k centers drawn from the rows into w->centers; the draws are those of start 'start' */
extern dpk_status dpk_kmeans_draw(dpk_kmeans_work *w, int64_t seed, int start);

/* Centers by batches of rows, from such a draw, into w->centers */
extern dpk_status dpk_kmeans_batches(dpk_kmeans_work *w, const dpk_kmeans_options *o, int start);

extern dpk_status dpk_kmeans_overflow(dpk_error *err);

#endif							/* DPK_KMEANS_WORK_H */
