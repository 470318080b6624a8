/*
 * outlier_deviation.c - zscore, mad and tukey: each feature by itself
 *
 * A feature's distance is |x - center| / unit, and a row's score the largest
 * distance among its features.
 *		zscore	mean and standard deviation of the population
 *		mad		median and MAD (deviation.h)
 *		tukey	the nearer quartile and the distance between both; 0 between them
 * The model is centre and unit of each feature, for tukey both quartiles.
 * Where all values are equal the unit is 0, and any other value is infinitely
 * far away.
 */
#include "outlier.h"

#include <math.h>

#include "deviation.h"
#include "moments.h"
#include "order.h"

static double
zscore_threshold(int d, const double *options)
{
	return 3;
}

static double
mad_threshold(int d, const double *options)
{
	return 3.5;
}

/* Tukey, "Exploratory Data Analysis" (1977): beyond the inner fences */
static double
tukey_threshold(int d, const double *options)
{
	return 1.5;
}

static bool
one_column(size_t n, int d, const double *options, size_t *bytes)
{
	return dpk_mul(n, sizeof(double), bytes);
}

static bool
two_per_feature(size_t n, int d, const double *options, size_t *size)
{
	*size = 2 * (size_t) d;
	return true;
}

static dpk_status
zscore_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	*size = 2 * (size_t) rows->d;
	for (int j = 0; j < rows->d; j++)
	{
		dpk_moments moments = {0};

		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
		for (size_t i = 0; i < rows->n; i++)
			dpk_moments_add(&moments, rows->x[i * rows->d + j]);
		model[2 * j] = dpk_moments_mean(&moments);
		model[2 * j + 1] = sqrt(dpk_moments_spread(&moments) / rows->n);
		if (!isfinite(model[2 * j]) || !isfinite(model[2 * j + 1]))
			return dpk_outlier_out_of_range(rows, j);
	}
	return DPK_OK;
}

static dpk_status
mad_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	*size = 2 * (size_t) rows->d;
	for (int j = 0; j < rows->d; j++)
	{
		dpk_status	status;

		dpk_outlier_column(rows, j, work);
		status = dpk_robust_deviation(work, rows->n, rows->stop, &model[2 * j], &model[2 * j + 1]);
		if (status != DPK_OK)
			return status;
		if (!isfinite(model[2 * j + 1]))
			return dpk_outlier_out_of_range(rows, j);
	}
	return DPK_OK;
}

static bool
center_and_unit_check(int d, const double *options, const double *model, size_t size)
{
	if (size != 2 * (size_t) d)
		return false;
	for (int j = 0; j < d; j++)
		if (model[2 * j + 1] < 0)
			return false;
	return true;
}

static inline double
distance(double x, double center, double unit)
{
	double		away = fabs(x - center);

	return away > 0 ? away / unit : 0;
}

static bool
center_and_unit_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	const double *model = ready;

	for (int j = 0; j < d; j++)
		contributions[j] = distance(x[j], model[2 * j], model[2 * j + 1]);
	return true;
}

static void
center_and_unit_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	const double *model = ready;

	for (size_t i = 0; i < n; i++, x += d)
	{
		scores[i] = 0;
		for (int j = 0; j < d; j++)
			scores[i] = DPK_MAX(scores[i], distance(x[j], model[2 * j], model[2 * j + 1]));
	}
}

/* ---- tukey ---- */

enum
{
	QUANTILE_TYPE
};

static const dpk_outlier_option tukey_options[] = {
	{"quantile_type", DPK_OUTLIER_INT, "7", 1, 9, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

/*
 * Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996): where
 * among n sorted values, counted from 0, the q-quantile of each type is.
 * Types 1 to 3 take a value or the mean of two, the others interpolate.
 */
static double
quantile_place(int type, double n, double q)
{
	static const double alpha[] = {0, 0.5, 0, 1, 1.0 / 3, 3.0 / 8},
				beta[] = {1, 0.5, 0, 1, 1.0 / 3, 3.0 / 8};
	double		place = n * q - (type == 3 ? 0.5 : 0),
				j = floor(place);

	if (type >= 4)
		place += alpha[type - 4] + q * (1 - alpha[type - 4] - beta[type - 4]) - 1;
	else if (place > j || (type == 3 && fmod(j, 2) != 0))
		place = j;
	else
		place = type == 2 ? j - 0.5 : j - 1;
	return DPK_MIN(DPK_MAX(place, 0), n - 1);
}

static dpk_status
quantile(const dpk_rows *rows, double *column, double q, double *result)
{
	double		place = quantile_place((int) rows->options[QUANTILE_TYPE], (double) rows->n, q),
				above = INFINITY;
	size_t		k = (size_t) place;
	dpk_status	status = dpk_select(column, rows->n, k, rows->stop);

	if (status != DPK_OK)
		return status;
	*result = column[k];
	if (place > k)
	{
		for (size_t i = k + 1; i < rows->n; i++)
			above = DPK_MIN(above, column[i]);
		*result += (place - k) * (above - *result);
	}
	return DPK_OK;
}

static dpk_status
tukey_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	*size = 2 * (size_t) rows->d;
	for (int j = 0; j < rows->d; j++)
	{
		dpk_status	status;

		dpk_outlier_column(rows, j, work);
		status = quantile(rows, work, 0.25, &model[2 * j]);
		if (status == DPK_OK)
			status = quantile(rows, work, 0.75, &model[2 * j + 1]);
		if (status != DPK_OK)
			return status;
		if (!isfinite(model[2 * j + 1] - model[2 * j]))
			return dpk_outlier_out_of_range(rows, j);
	}
	return DPK_OK;
}

static bool
tukey_check(int d, const double *options, const double *model, size_t size)
{
	if (size != 2 * (size_t) d)
		return false;
	for (int j = 0; j < d; j++)
		if (!(model[2 * j] <= model[2 * j + 1] && isfinite(model[2 * j + 1] - model[2 * j])))
			return false;
	return true;
}

static inline double
beyond(double x, double q1, double q3)
{
	if (x < q1)
		return distance(x, q1, q3 - q1);
	return x > q3 ? distance(x, q3, q3 - q1) : 0;
}

static bool
tukey_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	const double *model = ready;

	for (int j = 0; j < d; j++)
		contributions[j] = beyond(x[j], model[2 * j], model[2 * j + 1]);
	return true;
}

static void
tukey_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	const double *model = ready;

	for (size_t i = 0; i < n; i++, x += d)
	{
		scores[i] = 0;
		for (int j = 0; j < d; j++)
			scores[i] = DPK_MAX(scores[i], beyond(x[j], model[2 * j], model[2 * j + 1]));
	}
}

const dpk_outlier_method dpk_outlier_zscore = {
	.name = "zscore",
	.options = dpk_outlier_no_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.threshold = zscore_threshold,
	.model_size = two_per_feature,
	.fit = zscore_fit,
	.check = center_and_unit_check,
	.score = center_and_unit_score,
	.explain = center_and_unit_explain
};

const dpk_outlier_method dpk_outlier_mad = {
	.name = "mad",
	.options = dpk_outlier_no_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.threshold = mad_threshold,
	.work_bytes = one_column,
	.model_size = two_per_feature,
	.fit = mad_fit,
	.check = center_and_unit_check,
	.score = center_and_unit_score,
	.explain = center_and_unit_explain
};

const dpk_outlier_method dpk_outlier_tukey = {
	.name = "tukey",
	.options = tukey_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.threshold = tukey_threshold,
	.work_bytes = one_column,
	.model_size = two_per_feature,
	.fit = tukey_fit,
	.check = tukey_check,
	.score = tukey_score,
	.explain = tukey_explain
};
