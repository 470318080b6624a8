/*
 * neighbours.h - the nearest rows to a row, exactly
 *
 * A k-d tree whose nodes have eight children and whose leaves are full: rows
 * are split at the median of their widest feature until DPK_NEAR_ROWS remain,
 * every node has the box its rows fill, and a search visits boxes by distance
 * while they are nearer than the k-th neighbour so far.  Where many features
 * make boxes useless this is brute force and hardly slower.
 *
 * Equal rows are one point with a weight, so that duplicates cost nothing,
 * and points are sorted before they are split: neighbours, ties among them
 * included, are a function of the set of rows and not of their order.
 *
 * Memory: dpk_neighbours_bytes(), some 9 bytes per value and 44 per row.
 */
#ifndef DPK_NEIGHBOURS_H
#define DPK_NEIGHBOURS_H

#include "kernels.h"

#define DPK_NEAR_LEVELS 12		/* 32 * 8^11 rows are more than can be counted */

typedef struct dpk_neighbours
{
	const dpk_kernels *kernels;
	int			d;				/* features */
	size_t		npoints;		/* distinct rows, in the order of the leaves */
	size_t		nrows;
	uint32_t   *rows;			/* row numbers; those of point p are rows[first[p]] and on */
	uint32_t   *first;
	uint32_t   *weight;			/* how many rows are point p */
	double	   *blocks;			/* (leaves, d, DPK_NEAR_ROWS), infinite where there is no point */
	int			nlevels;
	size_t		groups[DPK_NEAR_LEVELS];	/* of DPK_NEAR_BOXES boxes; level 0 has the leaves' */
	double	   *boxes[DPK_NEAR_LEVELS]; /* (groups, d, lowest | highest, DPK_NEAR_BOXES) */
} dpk_neighbours;

typedef struct dpk_near
{
	double		square;			/* of the distance */
	uint32_t	point;
} dpk_near;

/* One search after another; all but the first four is the search's own */
typedef struct dpk_search
{
	const dpk_neighbours *tree;
	const dpk_stop *stop;
	int			k;
	dpk_near   *near;			/* k + 1; the first n in ascending order are the k nearest rows, the last of them maybe in part */
	int			n;
	size_t		total;			/* rows of those */
	double		bound;			/* what the square of a nearer row is below */
	uint32_t	self;			/* the point a row of which does not count */
	size_t		work;			/* since 'stop' was polled */
} dpk_search;

/* False where the sum does not fit into size_t */
extern bool dpk_neighbours_bytes(size_t nrows, int d, size_t *bytes);

/*
 * x (nrows, d), all finite; memory of dpk_neighbours_bytes(), aligned to
 * DPK_ALIGN, which the tree refers to; x is not needed afterwards.
 */
extern dpk_status dpk_neighbours_build(dpk_neighbours *tree, const dpk_kernels *kernels, const double *x, size_t nrows, int d,
									   const dpk_stop *stop, void *memory);

/*
 * The k nearest rows to d values, and to a row that is a point of the tree, itself not counted;
 * 'values' takes those of the point.  There must be k; a smaller total is found where squares overflow.
 */
extern dpk_status dpk_search_row(dpk_search *s, const double *values);
extern dpk_status dpk_search_point(dpk_search *s, uint32_t point, double *values);

/* The d values of a point */
extern void dpk_neighbours_values(const dpk_neighbours *tree, uint32_t point, double *values);

/*
 * A tree of points that are in the order of the leaves of another one, to be
 * searched for the neighbours of new rows: memory of dpk_layout_bytes(), then
 * each point with its number of rows, then the boxes.
 */
extern bool dpk_layout_bytes(size_t npoints, int d, size_t *bytes);
extern void dpk_layout_start(dpk_neighbours *tree, const dpk_kernels *kernels, size_t npoints, int d, void *memory);
extern void dpk_layout_put(dpk_neighbours *tree, size_t point, const double *values, uint32_t weight);
extern void dpk_layout_finish(dpk_neighbours *tree);

/* Bytes so rounded up that what follows is aligned */
static inline size_t
dpk_neighbours_round(size_t bytes)
{
	return (bytes + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN;
}

#endif							/* DPK_NEIGHBOURS_H */
