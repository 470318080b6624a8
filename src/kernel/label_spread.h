/*
 * label_spread.h - labels of some rows carried over to their neighbours
 *
 * Each row points to its k nearest rows, itself counted as scikit-learn counts,
 * by links of 1, or to all rows by links of exp(-gamma * distance^2).
 *		spreading		F = alpha S F + (1 - alpha) Y, S the links divided by the
 *						roots of how many links arrive at both ends, without
 *						those to oneself (Zhou et al., NIPS 2003)
 *		propagation		F = the mean of F over those rows, weighted, and what is known
 *						stays (Zhu and Ghahramani 2002)
 * iterated from the known labels until the sum of all changes is below a
 * tolerance, as LabelSpreading and LabelPropagation with a knn or an rbf kernel.
 *
 * Equal rows are one point; where a place among the k nearest is left for some
 * of them only, each has its part of it.  So the result is a function of the
 * set of rows and their labels, and not of their order.
 */
#ifndef DPK_LABEL_SPREAD_H
#define DPK_LABEL_SPREAD_H

#include "neighbours.h"

typedef struct dpk_spread_options
{
	bool		clamp;			/* propagation */
	int			neighbours;		/* the row itself counted */
	double		alpha;			/* spreading: how much a row takes from others */
	int			iterations;		/* at most */
	double		tolerance;
	double		gamma;			/* 0: to the k nearest; above: to all */
} dpk_spread_options;

/* Memory for n rows of d features and so many classes, aligned to DPK_ALIGN; false where it does not fit */
extern bool dpk_label_spread_bytes(size_t n, int d, int nclasses, const dpk_spread_options *options, size_t *bytes);

/*
 * x (n, d), all finite; label (n), -1 where it is not known; f (n, nclasses)
 * takes probabilities, all 0 for a row that no label reaches.  n >= 1.
 * DPK_INVALID where the squares of distances to the nearest overflow.
 */
extern dpk_status dpk_label_spread(const double *x, size_t n, int d, const int32_t *label, int nclasses,
								   const dpk_spread_options *options, const dpk_stop *stop, void *memory, double *f);

#endif							/* DPK_LABEL_SPREAD_H */
