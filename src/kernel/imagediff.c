/*
 * imagediff.c - mean differences and structural similarity (imagediff.h)
 *
 * The Gaussian is separable: each row is filtered along x once for the five
 * sums that SSIM needs, and the last eleven of these rows are kept in a ring.
 */
#include "imagediff.h"

#include <stdlib.h>
#include <string.h>

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define WINDOW DPK_SSIM_WINDOW

enum
{
	MEAN_A,
	MEAN_B,
	MEAN_AA,
	MEAN_BB,
	MEAN_AB,
	NMEANS
};

/* exp(-x^2 / (2 * 1.5^2)) for x = -5 .. 5, scaled to the sum 1 */
static const double gaussian[WINDOW] = {
	0.00102838008447911, 0.007598758135239185, 0.03600077212843083, 0.10936068950970002,
	0.2130055377112537, 0.26601172486179436, 0.2130055377112537, 0.10936068950970002,
	0.03600077212843083, 0.007598758135239185, 0.00102838008447911
};

double
dpk_mean_difference(const dpk_image *a, const dpk_image *b)
{
	size_t		n = (size_t) a->width * a->height * a->channels;
	uint64_t	sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += abs(a->pixels[i] - b->pixels[i]);
	return (double) sum / n;
}

double
dpk_mean_squared_difference(const dpk_image *a, const dpk_image *b)
{
	size_t		n = (size_t) a->width * a->height * a->channels;
	uint64_t	sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		int			d = a->pixels[i] - b->pixels[i];

		sum += (uint32_t) (d * d);
	}
	return (double) sum / n;
}

size_t
dpk_ssim_work(int width)
{
	return (size_t) width * NMEANS * (WINDOW + 2) * sizeof(double);
}

/* out (NMEANS, width - WINDOW + 1) from row y; row (NMEANS, width) is scratch */
static void
filter_row(const dpk_image *a, const dpk_image *b, int y, double *row, double *out)
{
	int			w = a->width,
				n = w - WINDOW + 1;
	const uint8_t *p = a->pixels + (size_t) y * w,
			   *q = b->pixels + (size_t) y * w;

	for (int x = 0; x < w; x++)
	{
		row[MEAN_A * w + x] = p[x];
		row[MEAN_B * w + x] = q[x];
		row[MEAN_AA * w + x] = p[x] * p[x];
		row[MEAN_BB * w + x] = q[x] * q[x];
		row[MEAN_AB * w + x] = p[x] * q[x];
	}
	for (int k = 0; k < NMEANS; k++)
	{
		memset(out + (size_t) k * n, 0, n * sizeof(double));
		for (int t = 0; t < WINDOW; t++)
			for (int x = 0; x < n; x++)
				out[(size_t) k * n + x] += gaussian[t] * row[(size_t) k * w + x + t];
	}
}

/* Sum of the SSIM map over one row, whose eleven filtered rows are in 'ring', the oldest in slot y % WINDOW */
static double
row_similarity(const double *ring, int n, int y, double *mean)
{
	const double c1 = (0.01 * 255) * (0.01 * 255),
				c2 = (0.03 * 255) * (0.03 * 255);
	double		sum = 0;

	memset(mean, 0, sizeof(double) * NMEANS * n);
	for (int t = 0; t < WINDOW; t++)
	{
		const double *row = ring + (size_t) ((y + t) % WINDOW) * NMEANS * n;

		for (int i = 0; i < NMEANS * n; i++)
			mean[i] += gaussian[t] * row[i];
	}
	for (int x = 0; x < n; x++)
	{
		double		a = mean[MEAN_A * n + x],
					b = mean[MEAN_B * n + x],
					variance_a = mean[MEAN_AA * n + x] - a * a,
					variance_b = mean[MEAN_BB * n + x] - b * b,
					covariance = mean[MEAN_AB * n + x] - a * b;

		sum += (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variance_a + variance_b + c2));
	}
	return sum;
}

dpk_status
dpk_ssim(const dpk_image *a, const dpk_image *b, double *ssim, void *work, const dpk_stop *stop)
{
	int			w = a->width,
				n = w - WINDOW + 1,
				rows = a->height - WINDOW + 1;
	double	   *ring = work,
			   *row = ring + (size_t) WINDOW * NMEANS * w,
			   *mean = row + (size_t) NMEANS * w,
				sum = 0;

	for (int y = 0; y < a->height; y++)
	{
		if (y % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		filter_row(a, b, y, row, ring + (size_t) (y % WINDOW) * NMEANS * n);
		if (y >= WINDOW - 1)
			sum += row_similarity(ring, n, y - (WINDOW - 1), mean);
	}
	*ssim = sum / ((double) n * rows);
	return DPK_OK;
}
