/*
 * label_joint.h - confident learning: which labels are wrong, and how many
 *
 * Northcutt, Jiang and Chuang, "Confident Learning" (JAIR 2021).  From rows of
 * a given label s and out-of-sample probabilities p:
 *		t_j		= mean of p_j over the rows labelled j
 *		C[s][j]	= number of rows labelled s for which j is the most probable
 *				  of the classes with p_j >= t_j; rows without one count nowhere
 *		Q[s][j]	= C[s][j] / sum_j C[s][j] * n_s / n: how labels and true
 *				  classes occur together
 * Two states, both flat memory of the caller's that works as an aggregate's:
 *		thresholds	the head, then a dpk_label_sum per class
 *		joint		the head, then int64 n_s (k), then int64 C (k, k), row by row
 *
 * DETERMINISM: probabilities are added as integers of 2^-74, which is exact
 * for those from 2^-22 and off by 2^-75 at most below; so neither the order of
 * rows nor that of merges changes a bit.
 */
#ifndef DPK_LABEL_JOINT_H
#define DPK_LABEL_JOINT_H

#include "fields.h"
#include "label_quality.h"

#define DPK_MAX_LABEL_ROWS (INT64_C(1) << 52)

typedef struct dpk_label_sum
{
	int64_t		n;				/* rows of the label */
	int64_t		high,			/* the sum of their probabilities of it, in 2^-74: high * 2^63 + low */
				low;
} dpk_label_sum;

typedef struct dpk_label_thresholds
{
	int32_t		header;			/* the caller's */
	int32_t		nclasses;
	int64_t		n;				/* rows */
} dpk_label_thresholds;

typedef struct dpk_confident_joint
{
	int32_t		header;			/* the caller's */
	int32_t		nclasses;
	int64_t		n;				/* rows, also those that count nowhere */
} dpk_confident_joint;

static inline const dpk_label_sum *
dpk_label_sum_at(const dpk_label_thresholds *t, int i)
{
	return (const dpk_label_sum *) (t + 1) + i;
}

extern size_t dpk_label_thresholds_size(int k);
extern void dpk_label_thresholds_init(dpk_label_thresholds *t, int k);	/* memory of zeros but for the header */
extern dpk_status dpk_label_thresholds_add(dpk_label_thresholds *t, int label, const double *p, dpk_error *err);
extern dpk_status dpk_label_thresholds_merge(dpk_label_thresholds *t, const dpk_label_thresholds *other, dpk_error *err);
extern double dpk_label_threshold(const dpk_label_thresholds *t, int i);	/* NaN for a label without rows */
extern void dpk_label_thresholds_write(dpk_writer *w, const dpk_label_thresholds *t);
extern dpk_status dpk_label_thresholds_read(dpk_reader *r, dpk_label_thresholds *t, size_t *size);

/* The most probable class that reaches its threshold; -1: none does.  A threshold that is NaN is not reached. */
extern int	dpk_confident_class(const double *p, const double *thresholds, int k);

static inline const int64_t *
dpk_joint_labels(const dpk_confident_joint *j)
{
	return (const int64_t *) (j + 1);
}

static inline int64_t
dpk_joint_count(const dpk_confident_joint *j, int given, int actual)
{
	return dpk_joint_labels(j)[j->nclasses + (size_t) given * j->nclasses + actual];
}

extern size_t dpk_confident_joint_size(int k);
extern void dpk_confident_joint_init(dpk_confident_joint *j, int k);
extern dpk_status dpk_confident_joint_add(dpk_confident_joint *j, int label, int confident, dpk_error *err);
extern dpk_status dpk_confident_joint_merge(dpk_confident_joint *j, const dpk_confident_joint *other, dpk_error *err);
extern void dpk_confident_joint_write(dpk_writer *w, const dpk_confident_joint *j);
extern dpk_status dpk_confident_joint_read(dpk_reader *r, dpk_confident_joint *j, size_t *size);

/* n * Q[given][.]: k numbers that add up to n_given.  At least one row counts as labelled right. */
extern void dpk_joint_expected(const dpk_confident_joint *j, int given, double *expected);

/* The same in whole rows with the same sum: rounded, and the furthest off moved by one; k ints of work */
extern void dpk_joint_whole(const double *expected, int k, int64_t *whole);

#endif							/* DPK_LABEL_JOINT_H */
