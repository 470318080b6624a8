/*
 * exact_pixels.h - bytes into vectors, and what exact_ files give the table of kernels
 */
#ifndef DPK_EXACT_PIXELS_H
#define DPK_EXACT_PIXELS_H

#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "simd.h"

typedef int32_t four __attribute__((vector_size(16), aligned(16), may_alias));

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t	v;

	memcpy(&v, p, 4);
	return v;
}

/* Four bytes */
static inline four
load_pixel(const uint8_t *p)
{
#ifdef __SSE2__
	__m128i		bytes = _mm_cvtsi32_si128((int) load32(p));

#ifdef __SSE4_1__
	return (four) _mm_cvtepu8_epi32(bytes);
#else
	bytes = _mm_unpacklo_epi8(bytes, _mm_setzero_si128());
	return (four) _mm_unpacklo_epi16(bytes, _mm_setzero_si128());
#endif
#else
	return (four) {p[0], p[1], p[2], p[3]};
#endif
}

/* V bytes */
static inline ivec
widen(const uint8_t *p)
{
#if DPK_LEVEL == DPK_LEVEL_avx512
	return (ivec) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *) p));
#elif DPK_LEVEL == DPK_LEVEL_avx2
	return (ivec) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *) p));
#else
	return (ivec) load_pixel(p);
#endif
}

extern void DPK_NAME(blend) (const uint8_t *pixels, size_t stride, int c, int n, const uint32_t *x, const uint32_t *y, uint8_t *to);
extern void DPK_NAME(filter_rows) (const dpk_filter_taps *a, int c, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride);
extern void DPK_NAME(bilateral) (const dpk_bilateral_taps *taps, int c, int n, const uint8_t *middle, size_t plane, uint8_t *to);
extern void DPK_NAME(mix_samples) (double share, size_t n, uint8_t *a, const uint8_t *b);
extern void DPK_NAME(filter_columns) (const int32_t *weights, int taps, const uint8_t *in, size_t stride, size_t n, uint8_t *out);

#endif							/* DPK_EXACT_PIXELS_H */
