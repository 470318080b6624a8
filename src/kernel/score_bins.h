/*
 * score_bins.h - the area under the ROC curve, mergeable
 *
 * A state counts positives and negatives by score.  Up to DPK_MAX_SCORES
 * distinct scores are kept apart, and the area is exact, ties counted as one
 * half (Mann and Whitney).  Where there are more, the scores are cut into bins
 * that are fixed once and for all: they ascend in the float's own bits, so that
 * bins are narrow where scores are small, and in the bits of 1 - score above
 * one half, so that they are as narrow near 1.  'drop' is how many of the lower
 * bits are left out, the fewest with which the bins are not more than
 * DPK_MAX_SCORES.  That number, the bins and the counts depend on the rows
 * alone: any order, any split and any merge end in the same bytes.  A positive
 * and a negative within one bin count as a tie.
 *
 * One flat piece of memory that the caller owns: the head, then 'room' bins,
 * a power of two up to DPK_SCORES_ROOM.  The first 'nsorted' ascend, the rest
 * are as they came.
 */
#ifndef DPK_SCORE_BINS_H
#define DPK_SCORE_BINS_H

#include "fields.h"

#define DPK_MAX_SCORES 4096
#define DPK_SCORES_ROOM (2 * DPK_MAX_SCORES)

typedef struct dpk_score_bin
{
	int64_t		key;			/* of its scores, without the lower 'drop' bits */
	double		npositive,		/* rows, or the sum of their weights */
				nnegative;
} dpk_score_bin;

typedef struct dpk_score_bins
{
	int32_t		header;			/* the caller's */
	int32_t		nbins,
				nsorted,
				room;
	int32_t		drop;
	int32_t		unused;
	double		npositive,		/* of all bins */
				nnegative;
} dpk_score_bins;

extern size_t dpk_score_bins_size(int room);
extern void dpk_score_bins_init(dpk_score_bins *b, int room);

/* 'to' is initialised with room enough */
extern void dpk_score_bins_copy(dpk_score_bins *to, const dpk_score_bins *from);

/*
 * DPK_INVALID for a score that is not finite; DPK_NO_MEMORY where the bins do
 * not fit: copy to a state of twice the room and call again.
 */
extern dpk_status dpk_score_bins_add(dpk_score_bins *b, double score, bool is_positive, dpk_error *err);

/* A row that counts by its weight, which is positive; such a state is not written */
extern dpk_status dpk_score_bins_weigh(dpk_score_bins *b, double score, bool is_positive, double weight, dpk_error *err);

/* 'b' with a room of DPK_SCORES_ROOM */
extern dpk_status dpk_score_bins_merge(dpk_score_bins *b, const dpk_score_bins *other, dpk_error *err);

/* Sort, join what is equal, and widen the bins as far as it takes; at most DPK_MAX_SCORES bins remain */
extern void dpk_score_bins_compact(dpk_score_bins *b);

/* NaN where a class has no rows; compacts */
extern double dpk_score_bins_auc(dpk_score_bins *b);

/*
 * Average precision: the precision at each score, weighted by the positives
 * that it adds, as scikit-learn has it.  NaN where there is no positive; compacts
 */
extern double dpk_score_bins_precision(dpk_score_bins *b);

/* Of a compacted state */
extern void dpk_score_bins_write(dpk_writer *w, const dpk_score_bins *b);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_score_bins_read(dpk_reader *r, dpk_score_bins *b, size_t *size);

#endif							/* DPK_SCORE_BINS_H */
