/*
 * neighbour_score.h - how unusual a row is by its nearest neighbours
 *
 * knn: the distance of the k-th nearest row, or the mean distance of the k
 * nearest: Ramaswamy, Rastogi and Shim (2000); Angiulli and Pizzuti (2002).
 *
 * lof: the local outlier factor of Breunig, Kriegel, Ng and Sander (2000), as
 * scikit-learn computes it: exactly k neighbours, and
 *		reach(p, o) = max(k-distance of o, distance of p and o)
 *		density(p)  = 1 / (mean of reach(p, o) over the neighbours o of p + 1e-10)
 *		LOF(p)      = mean density of the neighbours of p / density of p
 * It is about 1 where a row is as dense as its neighbours are.
 *
 * k must be at most the number of rows a row can have as neighbours; it is at
 * least 1.  DPK_INVALID: the square of a distance does not fit into a double.
 */
#ifndef DPK_NEIGHBOUR_SCORE_H
#define DPK_NEIGHBOUR_SCORE_H

#include "neighbours.h"

/* What new rows are scored by: of every point of the tree the k-distance and the density, which knn does not need */
typedef struct dpk_densities
{
	double	   *distance,
			   *density;
} dpk_densities;

/* Bytes of 'work', false where they do not fit into size_t */
extern bool dpk_knn_work(int d, int k, size_t *bytes);
extern bool dpk_lof_work(size_t nrows, int d, int k, size_t *bytes);

/* A score for each row the tree was built from; k < tree->nrows */
extern dpk_status dpk_knn_scores(const dpk_neighbours *tree, int k, bool mean, const dpk_stop *stop, void *work, double *scores);

/* 'keep' has tree->nrows of each, for dpk_lof_row() */
extern dpk_status dpk_lof_scores(const dpk_neighbours *tree, int k, const dpk_stop *stop, void *work, dpk_densities *keep, double *scores);

/* The score of a row that is not one of the tree's; work of dpk_knn_work(), k <= tree->nrows */
extern dpk_status dpk_knn_row(const dpk_neighbours *tree, int k, bool mean, const dpk_stop *stop, void *work, const double *values, double *score);
extern dpk_status dpk_lof_row(const dpk_neighbours *tree, int k, const dpk_stop *stop, void *work, const dpk_densities *keep, const double *values,
							  double *score);

#endif							/* DPK_NEIGHBOUR_SCORE_H */
