/*
 * imagestats.c - mean, spread, sharpness and entropy of an image (imagestats.h)
 */
#include "imagestats.h"

#include <math.h>

/* n * sum(x^2) - sum(x)^2 over n^2, without losing digits */
static double
variance(double n, int64_t sum, int64_t squares)
{
	return (double) ((__int128) squares * (int64_t) n - (__int128) sum * sum) / (n * n);
}

static double
laplacian_variance(const dpk_image *gray)
{
	int			w = gray->width,
				h = gray->height;
	int64_t		sum = 0,
				squares = 0;

	for (int y = 0; y < h; y++)
	{
		const uint8_t *row = gray->pixels + (size_t) y * w,
				   *above = y > 0 ? row - w : h > 1 ? row + w : row,
				   *below = y < h - 1 ? row + w : h > 1 ? row - w : row;
		int			last = w - 1,
					beside = w > 1;

		for (int x = 0; x < w; x++)
		{
			int			left = row[x > 0 ? x - 1 : beside],
						right = row[x < last ? x + 1 : last - beside],
						v = above[x] + below[x] + left + right - 4 * row[x];

			sum += v;
			squares += v * v;
		}
	}
	return variance((double) w * h, sum, squares);
}

dpk_image_stats
dpk_measure_image(const dpk_image *gray)
{
	dpk_image_stats stats = {0};
	size_t		n = (size_t) gray->width * gray->height;
	int64_t		count[256] = {0},
				sum = 0,
				squares = 0;

	for (size_t i = 0; i < n; i++)
		count[gray->pixels[i]]++;
	for (int v = 0; v < 256; v++)
	{
		double		share = (double) count[v] / n;

		sum += v * count[v];
		squares += v * v * count[v];
		stats.entropy += count[v] > 0 ? share * log2(1 / share) : 0;
	}
	stats.mean = (double) sum / n;
	stats.spread = sqrt(variance((double) n, sum, squares));
	stats.sharpness = laplacian_variance(gray);
	return stats;
}
