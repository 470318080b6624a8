/*
 * outlier_ecod.h - ecod and copod: how far out in the tails of each feature
 *
 * Li et al., "ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
 * Distribution Functions" (TKDE 2022) and "COPOD: Copula-Based Outlier
 * Detection" (ICDM 2020).  With the shares of rows that are at most and at
 * least as large as a value,
 *		L = -ln(share at most), R = -ln(share at least)
 *		A = L where the feature is skewed to the left, R to the right, else L + R
 * a row's score is the sum over features of
 *		ecod	max(L, R, A), as PyOD computes it and the published figures were made
 *		copod	max(A, (L + R) / 2)
 * or with "sums" the largest of the sums of L, R and A, which is the ECOD of
 * the paper.  A value beyond all others counts as if its row had been there.
 *
 * The model is n, and for each feature the sign of its skewness and the n
 * values sorted, in which a value's place is searched for.  Where all rows are
 * scored at once, row numbers are sorted along with the values instead, and
 * each run of equal values is looked at once: the same scores, in a third of the time.
 */
#ifndef DPK_OUTLIER_ECOD_H
#define DPK_OUTLIER_ECOD_H

#include <math.h>

#include "outlier.h"

enum							/* of ecod's options; copod has none */
{
	DPK_ECOD_TAILS
};

/* What one feature adds to L, R and A */
static inline void
dpk_ecod_tails(double most, double least, double sign, double tail[3])
{
	tail[0] = -log(most);
	tail[1] = -log(least);
	tail[2] = (sign <= 0 ? tail[0] : 0) + (sign >= 0 ? tail[1] : 0);
}

/* max(L, R, A): without a skew A is L + R, else one of both */
static inline double
dpk_ecod_of(double most, double least, double sign)
{
	return sign == 0 ? -log(most) - log(least) : -log(DPK_MIN(most, least));
}

static inline double
dpk_copod_of(double most, double least, double sign)
{
	double		tail[3];

	dpk_ecod_tails(most, least, sign, tail);
	return DPK_MAX(tail[2], (tail[0] + tail[1]) / 2);
}

/* dpk_ecod_of or dpk_copod_of */
typedef double (*dpk_ecod_combine) (double most, double least, double sign);

/* The sign of the third moment of n sorted values */
extern double dpk_ecod_skewness(const double *sorted, size_t n);

extern bool dpk_ecod_work_bytes(size_t n, int d, const double *options, size_t *bytes);
extern dpk_status dpk_ecod_score_all(const dpk_rows *rows, void *work, double *scores);
extern dpk_status dpk_copod_score_all(const dpk_rows *rows, void *work, double *scores);

#endif							/* DPK_OUTLIER_ECOD_H */
