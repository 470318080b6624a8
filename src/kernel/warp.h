/*
 * warp.h - samples of an image at any places, bilinear
 *
 * For maps that are not affine.  Places are pixel centres as in affine.h; they
 * are rounded to 1/65536 pixel and the four neighbours blended in integers.
 */
#ifndef DPK_WARP_H
#define DPK_WARP_H

#include "fill.h"
#include "image.h"

#define DPK_WARP_CHUNK 256

/* n pixels of the result, at most DPK_WARP_CHUNK, taken at x[i], y[i]; NaN and what is further than 2^28 away counts as 2^28 */
extern void dpk_warp(const dpk_image *in, dpk_fill fill, int n, const double *x, const double *y, uint8_t *to);

/*
 * Weighted mean of four neighbours; xf and yf have 16 bits, the last rounding is
 * half up.  Every operation is rounded to float, as the vectors of kernels.h do.
 */
static inline uint8_t
dpk_blend(int p00, int p01, int p10, int p11, int xf, int yf)
{
	float		x = (float) xf * (1.0f / 65536),
				y = (float) yf * (1.0f / 65536),
				top = (float) p00 + (float) (p01 - p00) * x,
				bottom = (float) p10 + (float) (p11 - p10) * x;

	return (uint8_t) (int) (top + (bottom - top) * y + 0.5f);
}

#endif							/* DPK_WARP_H */
