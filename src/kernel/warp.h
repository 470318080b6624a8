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

/* n pixels of the result, taken at x[i], y[i]; NaN and what is further than 2^28 away counts as 2^28 */
extern void dpk_warp(const dpk_image *in, dpk_fill fill, int n, const double *x, const double *y, uint8_t *to);

/* Weighted mean of four neighbours; xf and yf have 16 bits, the last rounding is half up */
static inline uint8_t
dpk_blend(int p00, int p01, int p10, int p11, int xf, int yf)
{
	int32_t		top = (p00 << 16) + (p01 - p00) * xf,
				bottom = (p10 << 16) + (p11 - p10) * xf;

	return (uint8_t) (((int64_t) top * 65536 + (int64_t) (bottom - top) * yf + ((int64_t) 1 << 31)) >> 32);
}

#endif							/* DPK_WARP_H */
