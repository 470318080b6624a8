/*
 * score_bins.h - the area under the ROC curve, mergeable
 *
 * A state holds (score, positives, negatives) for up to DPK_MAX_SCORES
 * distinct scores; that far the area is exact, ties counted as one half (Mann
 * and Whitney).  Beyond, neighbours become one bin under their mean score
 * until few are left, none of them with more than a share of 8 /
 * DPK_MAX_SCORES of both classes together unless it is a single score.  Only
 * the order of rows inside bins that overlap is lost.
 *
 * One flat piece of memory that the caller owns: the head, then 'room' bins,
 * a power of two up to DPK_SCORES_ROOM.  The first 'nsorted' ascend, the rest
 * are as they came.
 */
#ifndef DPK_SCORE_BINS_H
#define DPK_SCORE_BINS_H

#include "fields.h"

#define DPK_MAX_SCORES 1024
#define DPK_SCORES_ROOM (2 * DPK_MAX_SCORES)

typedef struct dpk_score_bin
{
	double		score;
	int64_t		npositive,
				nnegative;
} dpk_score_bin;

typedef struct dpk_score_bins
{
	int32_t		header;			/* the caller's */
	int32_t		nbins,
				nsorted,
				room;
	int64_t		npositive,
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

/* 'b' with a room of DPK_SCORES_ROOM */
extern dpk_status dpk_score_bins_merge(dpk_score_bins *b, const dpk_score_bins *other, dpk_error *err);

/* Sort, and join what is equal or too much; at most DPK_MAX_SCORES bins remain */
extern void dpk_score_bins_compact(dpk_score_bins *b);

/* NaN where a class has no rows; compacts */
extern double dpk_score_bins_auc(dpk_score_bins *b);

/* Of a compacted state */
extern void dpk_score_bins_write(dpk_writer *w, const dpk_score_bins *b);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_score_bins_read(dpk_reader *r, dpk_score_bins *b, size_t *size);

#endif							/* DPK_SCORE_BINS_H */
