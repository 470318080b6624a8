/*
 * outlier_hbos.c - hbos: how rare a value is in the histogram of each feature
 *
 * Goldstein and Dengel, "Histogram-based Outlier Score (HBOS)" (KI 2012), as
 * PyOD computes it: bins of equal width, and a row's score is the sum over
 * features of -log2(density of its bin + 0.1), the range of a feature being 1.
 * A value outside the range by at most half a bin belongs to the last bin, and
 * one further out is as rare as the rarest bin.
 *
 * The model is for each feature its least and its largest value and what each
 * bin adds to the score.  Where both are equal the bins are not used: the one
 * value adds nothing, and any other as much as an empty bin.
 */
#include "outlier.h"

#include <math.h>

#define FLOOR 0.1				/* of a density */
#define TOLERANCE 0.5			/* bins a value may be outside the range */

enum
{
	BINS
};

static const dpk_outlier_option hbos_options[] = {
	{"bins", DPK_OUTLIER_INT, "10", 2, 1000, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

static bool
model_size(size_t n, int d, const double *options, size_t *size)
{
	return dpk_mul(d, (size_t) options[BINS] + 2, size);
}

/* Which bin, for a value within the range or half a bin outside */
static inline int
bin_of(double place, int nbins)
{
	return place <= 0 ? 0 : place >= nbins ? nbins - 1 : (int) place;
}

static dpk_status
fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	int			nbins = (int) rows->options[BINS];

	for (int j = 0; j < rows->d; j++, model += nbins + 2)
	{
		double		low = rows->x[j],
					high = low,
				   *bins = model + 2;

		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
		for (size_t i = 0; i < rows->n; i++)
		{
			double		x = rows->x[i * rows->d + j];

			low = DPK_MIN(low, x);
			high = DPK_MAX(high, x);
		}
		if (!isfinite(high - low))
			return dpk_outlier_out_of_range(rows, j);
		model[0] = low;
		model[1] = high;
		for (int b = 0; b < nbins; b++)
			bins[b] = 0;
		if (high == low)
			continue;
		for (size_t i = 0; i < rows->n; i++)
			bins[bin_of((rows->x[i * rows->d + j] - low) / (high - low) * nbins, nbins)]++;
		for (int b = 0; b < nbins; b++)
			bins[b] = -log2(bins[b] / rows->n * nbins + FLOOR);
	}
	*size = (size_t) rows->d * (nbins + 2);
	return DPK_OK;
}

static bool
check(int d, const double *options, const double *model, size_t size)
{
	int			nbins = (int) options[BINS];

	if (size != (size_t) d * (nbins + 2))
		return false;
	for (int j = 0; j < d; j++, model += nbins + 2)
	{
		if (!(model[0] <= model[1] && isfinite(model[1] - model[0])))
			return false;
		for (int b = 0; b < nbins; b++)
			if (!(fabs(model[2 + b]) <= 100))
				return false;
	}
	return true;
}

static inline double
rarity(const double *feature, int nbins, double x)
{
	double		low = feature[0],
				high = feature[1],
				place,
				rarest;

	if (high == low)
		return x == low ? 0 : -log2(FLOOR);
	place = (x - low) / (high - low) * nbins;
	if (place >= -TOLERANCE && place <= nbins + TOLERANCE)
		return feature[2 + bin_of(place, nbins)];
	rarest = feature[2];
	for (int b = 1; b < nbins; b++)
		rarest = DPK_MAX(rarest, feature[2 + b]);
	return rarest;
}

static bool
explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	int			nbins = (int) options[BINS];
	const double *model = ready;

	for (int j = 0; j < d; j++)
		contributions[j] = rarity(model + (size_t) j * (nbins + 2), nbins, x[j]);
	return true;
}

static void
score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	int			nbins = (int) options[BINS];
	const double *model = ready;

	for (size_t i = 0; i < n; i++, x += d)
	{
		scores[i] = 0;
		for (int j = 0; j < d; j++)
			scores[i] += rarity(model + (size_t) j * (nbins + 2), nbins, x[j]);
	}
}

const dpk_outlier_method dpk_outlier_hbos = {
	.name = "hbos",
	.options = hbos_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.model_size = model_size,
	.fit = fit,
	.check = check,
	.score = score,
	.explain = explain
};
