/*
 * color.c - operations on colours (color.h)
 */
#include "color.h"

#include "kernels.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define PIECE 512				/* pixels at a time */

/* The gray of up to PIECE pixels, three times each */
static void
gray_samples(size_t n, const uint8_t *rgb, uint8_t *gray3)
{
	uint8_t		gray[PIECE];

	dpk_kernels_best()->gray(n, rgb, gray);
	for (size_t i = 0; i < n; i++)
		gray3[3 * i] = gray3[3 * i + 1] = gray3[3 * i + 2] = gray[i];
}

void
dpk_gray(size_t n, uint8_t *rgb)
{
	for (size_t from = 0; from < n; from += PIECE)
	{
		size_t		count = DPK_MIN(n - from, PIECE);

		gray_samples(count, rgb + 3 * from, rgb + 3 * from);
	}
}

void
dpk_saturate(size_t n, float factor, uint8_t *rgb)
{
	uint8_t		gray[3 * PIECE];

	for (size_t from = 0; from < n; from += PIECE, rgb += 3 * PIECE)
	{
		size_t		count = DPK_MIN(n - from, PIECE);

		gray_samples(count, rgb, gray);
		for (size_t i = 0; i < 3 * count; i++)
		{
			float		v = (float) gray[i] + factor * (float) (rgb[i] - gray[i]);

			v = v > 0 ? v : 0;
			v = v < 255 ? v : 255;
			rgb[i] = (uint8_t) (int) v;
		}
	}
}

/*
 * With the largest sample M and the smallest m the hue is a number h of sixths
 * of the circle, [0, 6), and each channel is M - (M - m) * k, where k is how far h
 * is from the third that belongs to the channel, beyond one sixth, and at most 1.
 */
static inline float
channel(float h, float at, float high, float range)
{
	float		far = h > at ? h - at : at - h;

	far = far > 3 ? 6 - far : far;	/* the other way round the circle */
	far -= 1;
	far = far > 0 ? far : 0;
	far = far < 1 ? far : 1;
	return high - range * far;
}

void
dpk_shift_hue(size_t n, float shift, uint8_t *rgb)
{
	float		r[PIECE],
				g[PIECE],
				b[PIECE];

	for (size_t from = 0; from < n; from += PIECE, rgb += 3 * PIECE)
	{
		int			count = (int) DPK_MIN(n - from, PIECE);

		for (int i = 0; i < count; i++)
		{
			r[i] = rgb[3 * i];
			g[i] = rgb[3 * i + 1];
			b[i] = rgb[3 * i + 2];
		}
		for (int i = 0; i < count; i++)
		{
			float		high = r[i] > g[i] ? r[i] : g[i],
						low = r[i] < g[i] ? r[i] : g[i],
						range,
						divisor,
						h;

			high = high > b[i] ? high : b[i];
			low = low < b[i] ? low : b[i];
			range = high - low;
			divisor = range > 0 ? range : 1;
			h = high == r[i] ? g[i] - b[i] : high == g[i] ? b[i] - r[i] : r[i] - g[i];
			h = h / divisor + (high == r[i] ? 0.0f : high == g[i] ? 2.0f : 4.0f) + 6 * shift;
			h = h < 0 ? h + 6 : h;
			h = h >= 6 ? h - 6 : h;
			r[i] = channel(h, 0, high, range);
			g[i] = channel(h, 2, high, range);
			b[i] = channel(h, 4, high, range);
		}
		for (int i = 0; i < count; i++)
		{
			rgb[3 * i] = (uint8_t) (int) (r[i] + 0.5f);
			rgb[3 * i + 1] = (uint8_t) (int) (g[i] + 0.5f);
			rgb[3 * i + 2] = (uint8_t) (int) (b[i] + 0.5f);
		}
	}
}
