/*
 * warp.c - samples of an image at any places (warp.h)
 */
#include "warp.h"

#include "kernels.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define LARGEST 268435456.0		/* a coordinate: 2^28 */

static void
edge(const dpk_image *in, dpk_fill fill, int64_t x, int64_t y, uint8_t *to)
{
	uint8_t		constant[] = {fill.value, fill.value, fill.value, fill.value};
	const uint8_t *p[4];

	for (int j = 0; j < 4; j++)
	{
		int64_t		px = dpk_filled_index((x >> 16) + (j & 1), in->width, fill.method),
					py = dpk_filled_index((y >> 16) + (j >> 1), in->height, fill.method);

		p[j] = px < 0 || py < 0 ? constant : in->pixels + ((size_t) py * in->width + px) * in->channels;
	}
	for (int k = 0; k < in->channels; k++)
		to[k] = dpk_blend(p[0][k], p[1][k], p[2][k], p[3][k], x & 0xffff, y & 0xffff);
}

static int64_t
fixed(double x)
{
	const double bias = 35184372088832.0;	/* 2^45: positive, where a conversion rounds down */

	return (int64_t) ((x < LARGEST ? x > -LARGEST ? x : -LARGEST : LARGEST) * 65536 + 0.5 + bias) - (int64_t) bias;
}

void
dpk_warp(const dpk_image *in, dpk_fill fill, int n, const double *x, const double *y, uint8_t *to)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	size_t		stride = (size_t) in->width * in->channels;
	int64_t		right = (int64_t) (in->width - 1) << 16,
				bottom = (int64_t) (in->height - 1) << 16;
	uint32_t	xs[DPK_WARP_CHUNK],
				ys[DPK_WARP_CHUNK];
	int			run = 0;		/* pixels before i that have all their neighbours */

	for (int i = 0; i < n; i++)
	{
		int64_t		fx = fixed(x[i]),
					fy = fixed(y[i]);

		if (fx >= 0 && fx < right && fy >= 0 && fy < bottom)
		{
			xs[run] = (uint32_t) fx;
			ys[run++] = (uint32_t) fy;
			continue;
		}
		kernels->blend(in->pixels, stride, in->channels, run, xs, ys, to + (i - run) * in->channels);
		run = 0;
		edge(in, fill, fx, fy, to + i * in->channels);
	}
	kernels->blend(in->pixels, stride, in->channels, run, xs, ys, to + (n - run) * in->channels);
}
