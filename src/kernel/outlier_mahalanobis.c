/*
 * outlier_mahalanobis.c - mahalanobis and pca
 *
 * mahalanobis: the squared distance from the mean in units of the covariance
 * (Mahalanobis 1936), (x - m)' C^-1 (x - m).  The model is the ellipsoid.
 *
 * pca: the squared distance of the standardised row from the subspace of the
 * first principal components, those that together explain more than the share
 * "variance" of the variance: what of the row the usual dependence of features
 * does not tell.  The model is the number of components, the mean, the
 * standard deviations, and the components.
 */
#include "outlier_ellipsoid.h"

#include <math.h>
#include <string.h>

#include "distribution.h"

static bool
work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	return dpk_mul(n, (size_t) d * sizeof(double), bytes) &&
		dpk_add(*bytes, (dpk_ellipsoid_work(d) + 3 * (size_t) d) * sizeof(double), bytes);
}

/* ---- mahalanobis ---- */

static double
mahalanobis_threshold(int d, const double *options)
{
	return dpk_chi2_quantile(0.975, d);
}

static bool
mahalanobis_size(size_t n, int d, const double *options, size_t *size)
{
	*size = dpk_ellipsoid_size(d);
	return true;
}

static dpk_status
mahalanobis_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	int			d = rows->d;
	double	   *center = work,
			   *unit = center + d,
			   *scratch = unit + d,
			   *z = scratch + dpk_ellipsoid_work(d),
				logdet;
	dpk_status	status = dpk_standardize(rows, center, unit, z);

	*size = dpk_ellipsoid_size(d);
	if (status == DPK_OK)
		status = dpk_ellipsoid_fit(z, NULL, rows->n, d, rows->stop, scratch, model, &logdet);
	if (status == DPK_OK)
		dpk_ellipsoid_unscale(model, d, center, unit);
	return status;
}

static bool
mahalanobis_check(int d, const double *options, const double *model, size_t size)
{
	return size == dpk_ellipsoid_size(d);
}

static void
mahalanobis_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	dpk_ellipsoid_distances(ready, d, n, x, scores);
}

static bool
mahalanobis_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	dpk_ellipsoid_explain(ready, d, x, contributions);
	return true;
}

/* ---- pca ---- */

enum
{
	VARIANCE
};

static const dpk_outlier_option pca_options[] = {
	{"variance", DPK_OUTLIER_FLOAT, "0.7", 0, 1, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

static bool
pca_size(size_t n, int d, const double *options, size_t *size)
{
	*size = 1 + 2 * (size_t) d + (size_t) d * d;
	return true;
}

static dpk_status
pca_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	int			d = rows->d,
				ncomponents = 0;
	double	   *center = model + 1,
			   *unit = center + d,
			   *axes = unit + d,
			   *mean = work,
			   *covariance = mean + d,
			   *z = mean + d + dpk_ellipsoid_work(d),
				total = 0,
				sum = 0;
	dpk_status	status = dpk_standardize(rows, center, unit, z);

	if (status == DPK_OK)
		status = dpk_scatter(z, NULL, rows->n, d, rows->stop, mean, covariance);
	if (status == DPK_OK)
		status = dpk_eigen(covariance, axes, d, rows->stop);
	if (status != DPK_OK)
		return status;
	for (int i = 0; i < d; i++)
		total += DPK_MAX(covariance[i * d + i], 0);
	while (ncomponents < d && !(sum > rows->options[VARIANCE] * total))
		sum += DPK_MAX(covariance[ncomponents * d + ncomponents], 0), ncomponents++;
	model[0] = ncomponents;
	*size = 1 + 2 * (size_t) d + (size_t) ncomponents * d;
	return DPK_OK;
}

static bool
pca_check(int d, const double *options, const double *model, size_t size)
{
	if (size < 1 || !(model[0] >= 0 && model[0] <= d) || model[0] != floor(model[0]) ||
		size != 1 + 2 * (size_t) d + (size_t) model[0] * d)
		return false;
	for (int j = 0; j < d; j++)
		if (!(model[1 + d + j] > 0))
			return false;
	return true;
}

/* What is left of the standardised row without its part in the subspace */
static bool
pca_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	const double *model = ready,
			   *center = model + 1,
			   *unit = center + d,
			   *axes = unit + d;

	for (int j = 0; j < d; j++)
		contributions[j] = (x[j] - center[j]) / unit[j];
	for (int k = 0; k < (int) model[0]; k++)
	{
		double		place = 0;

		/* axes are at right angles: what has been taken off does not change it */
		for (int j = 0; j < d; j++)
			place += axes[k * d + j] * contributions[j];
		for (int j = 0; j < d; j++)
			contributions[j] -= place * axes[k * d + j];
	}
	for (int j = 0; j < d; j++)
	{
		contributions[j] *= contributions[j];
		if (isnan(contributions[j]))
			contributions[j] = INFINITY;
	}
	return true;
}

/* Ready is the model and room for one row's contributions */
static bool
pca_ready_bytes(int d, const double *options, size_t size, size_t *bytes)
{
	return dpk_add(size, d, &size) && dpk_mul(size, sizeof(double), bytes);
}

static void
pca_get_ready(int d, const double *options, const double *model, size_t size, void *ready)
{
	memcpy(ready, model, size * sizeof(double));
}

static void
pca_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	const double *model = ready;
	double	   *contributions = (double *) model + 1 + 2 * (size_t) d + (size_t) model[0] * d;

	for (size_t i = 0; i < n; i++, x += d)
	{
		pca_explain(d, options, ready, x, contributions);
		scores[i] = 0;
		for (int j = 0; j < d; j++)
			scores[i] += contributions[j];
	}
}

const dpk_outlier_method dpk_outlier_mahalanobis = {
	.name = "mahalanobis",
	.options = dpk_outlier_no_options,
	.max_features = DPK_ELLIPSOID_FEATURES,
	.threshold = mahalanobis_threshold,
	.work_bytes = work_bytes,
	.model_size = mahalanobis_size,
	.fit = mahalanobis_fit,
	.check = mahalanobis_check,
	.score = mahalanobis_score,
	.explain = mahalanobis_explain
};

const dpk_outlier_method dpk_outlier_pca = {
	.name = "pca",
	.options = pca_options,
	.max_features = DPK_ELLIPSOID_FEATURES,
	.work_bytes = work_bytes,
	.model_size = pca_size,
	.fit = pca_fit,
	.check = pca_check,
	.ready_bytes = pca_ready_bytes,
	.get_ready = pca_get_ready,
	.score = pca_score,
	.explain = pca_explain
};
