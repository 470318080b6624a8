/*
 * outlier_forest.h - isolation_forest: how few random splits set a row apart
 *
 * Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008).  Each tree is grown on
 * 'psi' rows drawn without replacement: a node takes a feature at random among
 * those that differ in it, and a value between the least and the largest, until
 * one row is left, all are equal, or the depth is log2(psi).  With h(x) the
 * depth of the leaf x falls into, plus c(rows of the leaf),
 *		score = 2 ^ (-mean of h(x) / c(psi)),	c(n) = 2 H(n - 1) - 2 (n - 1) / n
 *
 * extended: Hariri, Carrasco Kind and Brunner, "Extended Isolation Forest"
 * (TKDE 2021): a node splits by (x - p) w <= 0, with w normal in all features
 * and p uniform in the box of its rows.  So that the units of features do not
 * matter, w is divided by the range of the feature.
 *
 * The model is a list of trees, each in the order of a walk that visits a node
 * before its left and its left before its right child:
 *		leaf		-1 - rows
 *		node		feature, value; extended: 0, threshold, w (d)
 * and before them psi, or the number of rows if that is less.
 * What is scored with are nodes of a fixed size that know their right child;
 * the left one is next.
 *
 * Of a path from n rows to m, one split has contributed c(n) - 1 - c(m) to
 * being set apart: over all trees these add up to c(psi) - mean h(x), and the
 * contribution of a feature is what splits by it have, divided by c(psi).
 */
#ifndef DPK_OUTLIER_FOREST_H
#define DPK_OUTLIER_FOREST_H

#include "outlier.h"

#define DPK_FOREST_DEPTH 20		/* of trees of DPK_FOREST_ROWS */
#define DPK_FOREST_ROWS 1048576

enum
{
	DPK_FOREST_TREES,
	DPK_FOREST_PSI,
	DPK_FOREST_EXTENDED
};

/* Doubles of a node that is no leaf */
static inline size_t
dpk_forest_node(int d, const double *options)
{
	return options[DPK_FOREST_EXTENDED] != 0 ? (size_t) d + 2 : 2;
}

extern bool dpk_forest_model_size(size_t n, int d, const double *options, size_t *size);
extern bool dpk_forest_work_bytes(size_t n, int d, const double *options, size_t *bytes);
extern dpk_status dpk_forest_fit(const dpk_rows *rows, void *work, double *model, size_t *size);

#endif							/* DPK_OUTLIER_FOREST_H */
