/*
 * outlier_ellipsoid.h - the ellipsoid of rows: what mahalanobis, mcd and pca share
 *
 * Rows are standardised first, z = (x - center) / unit with the mean and the
 * standard deviation of all rows, so that the scale of features does not
 * matter; a constant feature has the unit 1.  An ellipsoid is a mean m (d) and
 * a matrix w (d, d) whose row i is the i-th axis of the covariance divided by
 * the root of its variance, so that |w (z - m)|^2 is Mahalanobis' squared
 * distance.  A variance below 1e-10 counts as 1e-10: rows that lie in a plane
 * have no distance from it, and those off it a large one.
 */
#ifndef DPK_OUTLIER_ELLIPSOID_H
#define DPK_OUTLIER_ELLIPSOID_H

#include "outlier.h"

#define DPK_ELLIPSOID_FEATURES 500	/* d^3 operations, several times */

/* Doubles of a mean and a matrix */
static inline size_t
dpk_ellipsoid_size(int d)
{
	return (size_t) d * d + d;
}

/* Doubles of scratch for dpk_ellipsoid_fit() */
static inline size_t
dpk_ellipsoid_work(int d)
{
	return 2 * (size_t) d * d;
}

/*
 * Eigenvectors of the symmetric a (d, d) as rows of v, largest eigenvalue
 * first, by Jacobi's rotations; a is destroyed, its diagonal are the
 * eigenvalues.
 */
extern dpk_status dpk_eigen(double *a, double *v, int d, const dpk_stop *stop);

/* z (n, d), center (d) and unit (d) of the rows; DPK_INVALID where a spread is out of range */
extern dpk_status dpk_standardize(const dpk_rows *rows, double *center, double *unit, double *z);

/* The covariance (d, d) and mean of the rows z[index[i]], or of the first n where index is NULL */
extern dpk_status dpk_scatter(const double *z, const uint32_t *index, size_t n, int d, const dpk_stop *stop, double *mean, double *covariance);

/* The ellipsoid of these rows, and the logarithm of the covariance's determinant */
extern dpk_status dpk_ellipsoid_fit(const double *z, const uint32_t *index, size_t n, int d, const dpk_stop *stop, double *work,
									double *ellipsoid, double *logdet);

/* From standardised features to the features themselves, in place */
extern void dpk_ellipsoid_unscale(double *ellipsoid, int d, const double *center, const double *unit);

/* Squared distances of n rows */
extern void dpk_ellipsoid_distances(const double *ellipsoid, int d, size_t n, const double *x, double *distances);

/* Each feature's (x - m)_j (w' w (x - m))_j, which add up to the squared distance */
extern void dpk_ellipsoid_explain(const double *ellipsoid, int d, const double *x, double *contributions);

#endif							/* DPK_OUTLIER_ELLIPSOID_H */
