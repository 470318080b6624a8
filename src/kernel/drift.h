/*
 * drift.h - how far two distributions are apart, from what is kept of them
 *
 * The population stability index sums (p - q) ln(p / q) over bins or classes,
 * and a share below DPK_LEAST_SHARE counts as that, for a logarithm of 0 says
 * nothing.  Bins end at the deciles of the reference, each included in the bin
 * below it.  Kolmogorov and Smirnov's statistic is the largest distance of the
 * two cumulative shares.  Both are exact while the sketches are.
 */
#ifndef DPK_DRIFT_H
#define DPK_DRIFT_H

#include "sketch.h"
#include "top.h"

#define DPK_LEAST_SHARE 1e-4
#define DPK_DRIFT_BINS 10

/* Values seen: n >= 1 for both */
extern double dpk_drift_psi(const dpk_sketch *reference, const double *reference_values, const dpk_sketch *s, const double *values);
extern double dpk_drift_ks(const dpk_sketch *reference, const double *reference_values, const dpk_sketch *s, const double *values);

/* Of labels; n >= 1 for both */
extern double dpk_drift_top_psi(const dpk_top *reference, const dpk_top *t);

#endif							/* DPK_DRIFT_H */
