/*
 * exact_pixels.h - what exact_pixels.c gives the table of kernels
 */
#ifndef DPK_EXACT_PIXELS_H
#define DPK_EXACT_PIXELS_H

#include "simd.h"

extern void DPK_NAME(blend) (const uint8_t *pixels, size_t stride, int c, int n, const uint32_t *x, const uint32_t *y, uint8_t *to);
extern void DPK_NAME(filter_rows) (const dpk_filter_taps *a, int c, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride);
extern void DPK_NAME(filter_columns) (const int32_t *weights, int taps, const uint8_t *in, size_t stride, size_t n, uint8_t *out);

#endif							/* DPK_EXACT_PIXELS_H */
