/*
 * sketch.h - quantiles of a stream in bounded memory, mergeable
 *
 * The KLL sketch of Karnin, Lang and Liberty (FOCS 2016) with its lazy
 * compaction: a value at level h stands for 2^h values; a level that is over
 * its capacity is sorted, and every other value moves one level up.  Up to
 * DPK_SKETCH_K values nothing is thrown away, and quantiles are exact.  Beyond,
 * the rank of a value is off by less than 0.6 % of n in 99 cases of 100.
 *
 * Levels far below the top add next to nothing to that error, but most of the
 * work: from some 130,000 values on, a sampler stands in for them, as in the
 * paper's section 4.  It keeps one of each 'block' of 2^h values, picked at
 * random, and puts it into level h.
 *
 * DETERMINISM: which half survives and which value of a block is kept are
 * drawn from the counts, so the same values in the same order give the same
 * sketch.
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
	int32_t		block;			/* values seen of a block that is not full yet */
	int32_t		pick;			/* which of the block is kept, from 0 */
	double		sample;			/* that value, or the block's first until it comes */
	uint16_t	count[DPK_SKETCH_LEVELS];	/* of them, at each level */
} dpk_sketch;

/* A value that stands for several */
typedef struct dpk_weighted
{
	double		value;
	int64_t		weight;
} dpk_weighted;

/* All values with their weights, unsorted, at most DPK_SKETCH_MAX + 1; returns how many */
extern int	dpk_sketch_weigh(const dpk_sketch *s, const double *values, dpk_weighted *x);

extern void dpk_sketch_init(dpk_sketch *s);

/* The values that a sketch holds once the block has been put into levels of its bits */
static inline int
dpk_sketch_needed(const dpk_sketch *s)
{
	return s->nvalues + __builtin_popcount(s->block);
}

/* 'values' has room for 'room' values: one more than dpk_sketch_needed(), or DPK_SKETCH_MAX */
extern void dpk_sketch_add(dpk_sketch *s, double *values, int room, double x);

/* 'room' must be DPK_SKETCH_MAX, or hold what is needed by both */
extern void dpk_sketch_merge(dpk_sketch *s, double *values, int room, const dpk_sketch *other, const double *other_values);

/* The part of the values that are less than x, and the part that are not greater; n >= 1 */
extern void dpk_sketch_rank(const dpk_sketch *s, const double *values, double x, double *less, double *not_greater);

/* The q[i]-quantiles, interpolated between neighbours as numpy and R's type 7; n >= 1 */
extern void dpk_sketch_quantiles(const dpk_sketch *s, const double *values, int nq, const double *q, double *result);

extern void dpk_sketch_write(dpk_writer *w, const dpk_sketch *s, const double *values);
extern void dpk_sketch_read(dpk_reader *r, dpk_sketch *s, double *values, int room);

#endif							/* DPK_SKETCH_H */
