/*
 * sketch.h - quantiles of a stream in bounded memory, mergeable
 *
 * The KLL sketch of Karnin, Lang and Liberty (FOCS 2016) with its lazy
 * compaction: a value at level h stands for 2^h values; a level that is over
 * its capacity is sorted, and every other value moves one level up.  Up to
 * DPK_SKETCH_K values nothing is thrown away, and quantiles are exact.  Beyond,
 * the rank of a value is off by less than 0.6 % of n in 99 cases of 100.
 *
 * DETERMINISM: which half survives is drawn from the count and the level, so
 * the same values in the same order give the same sketch.
 *
 * Values lie from the top level down to level 0, without gaps, so that adding
 * one is an append.  No value is NaN or infinite.
 */
#ifndef DPK_SKETCH_H
#define DPK_SKETCH_H

#include "fields.h"

#define DPK_SKETCH_K 512		/* capacity of the top level */
#define DPK_SKETCH_LEVELS 56	/* enough for DPK_MAX_ROWS */
#define DPK_SKETCH_MAX 2048		/* values a sketch can ever hold; at least the sum of all capacities */

typedef struct dpk_sketch
{
	int64_t		n;				/* values seen */
	int32_t		nlevels;
	int32_t		nvalues;		/* values kept */
	uint16_t	count[DPK_SKETCH_LEVELS];	/* of them, at each level */
} dpk_sketch;

extern void dpk_sketch_init(dpk_sketch *s);

/* 'values' has room for 'room' values: one more than there are, or DPK_SKETCH_MAX */
extern void dpk_sketch_add(dpk_sketch *s, double *values, int room, double x);

/* 'room' must be DPK_SKETCH_MAX, or hold the values of both */
extern void dpk_sketch_merge(dpk_sketch *s, double *values, int room, const dpk_sketch *other, const double *other_values);

/* The q[i]-quantiles, interpolated between neighbours as numpy and R's type 7; n >= 1 */
extern void dpk_sketch_quantiles(const dpk_sketch *s, const double *values, int nq, const double *q, double *result);

extern void dpk_sketch_write(dpk_writer *w, const dpk_sketch *s, const double *values);
extern void dpk_sketch_read(dpk_reader *r, dpk_sketch *s, double *values, int room);

#endif							/* DPK_SKETCH_H */
