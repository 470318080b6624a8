/*
 * label_quality.h - how probably the label of one row is right
 *
 * Scores of Northcutt, Jiang and Chuang (2021) and of cleanlab, from 0, surely
 * wrong, to 1.  A label is the number of a class, from 0, in the order of the
 * probabilities.
 */
#ifndef DPK_LABEL_QUALITY_H
#define DPK_LABEL_QUALITY_H

#include "dpk.h"

#define DPK_MAX_LABEL_CLASSES 2000
#define DPK_PROBABILITY_SLACK 0.01	/* their sum may be off from 1 by, as that of half precision is */

typedef enum dpk_label_quality_method
{
	DPK_NORMALIZED_MARGIN,		/* (p_s - max of the others + 1) / 2 */
	DPK_SELF_CONFIDENCE,		/* p_s */
	DPK_CONFIDENCE_WEIGHTED_ENTROPY	/* log(1 + e) / e, e = entropy / log k / p_s */
} dpk_label_quality_method;

/* k probabilities: each from 0 to 1, their sum 1 within the slack */
extern dpk_status dpk_check_probabilities(const double *p, int k, dpk_error *err);

/* A label is the number of a class, from 0 */
extern dpk_status dpk_check_class(int64_t label, int k, dpk_error *err);

/* From 0, surely wrong, to 1; of what the two above have passed */
extern double dpk_label_quality(int label, const double *p, int k, dpk_label_quality_method method);

/* The most probable class, the first of equals */
extern int	dpk_most_probable(const double *p, int k);

/*
 * One of several labels: each of k classes is there (1) or not (0), with a
 * probability of its own.  Each class is scored by 'method' as one of two; of
 * the scores, sorted downwards, an exponential moving average with alpha 0.8
 * (Thyagarajan et al. 2022), so that the worst one counts for most.
 * k doubles of work.
 */
extern double dpk_label_quality_multi(const double *labels, const double *p, int k, dpk_label_quality_method method, double *work);

#endif							/* DPK_LABEL_QUALITY_H */
