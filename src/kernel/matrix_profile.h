/*
 * matrix_profile.h - how unlike all others the windows of a series are
 *
 * The profile of a window is its distance from the nearest other one, both
 * z-normalised, without those that begin within m/4 of it: Yeh et al. (2016),
 * by diagonals as in SCAMP, Zimmerman et al. (2019). The windows that stand
 * out are the discords of Keogh et al. (2005).
 *
 * Covariances along a diagonal follow from the one before; every some windows
 * they are computed anew, so that rounding and the trace of a huge value end.
 * A window of equal values has distance 0 from another such one and sqrt(m)
 * from any other, as in STUMPY.
 *
 * Time is n * n / 2 cells, about a quarter of a nanosecond each.
 */
#ifndef DPK_MATRIX_PROFILE_H
#define DPK_MATRIX_PROFILE_H

#include "kernels.h"

/* Bytes of 'work', aligned to DPK_ALIGN; false where they do not fit into size_t */
extern bool dpk_matrix_profile_work(size_t n, size_t *bytes);

/*
 * x of n >= m values, of which NaN is a missing one; 3 <= m.  'profile' has
 * n - m + 1, NaN where a window has a missing value or no other to compare with.
 */
extern dpk_status dpk_matrix_profile(const dpk_kernels *kernels, size_t n, const double *x, size_t m, const dpk_stop *stop,
									 void *work, double *profile);

#endif							/* DPK_MATRIX_PROFILE_H */
