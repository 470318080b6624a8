/*
 * exact_pixels.c - pixels blended from their neighbours, and filtered rows
 *
 * Integers, and float operations that are each rounded (a file named exact_ is
 * compiled without contraction), so that every instruction set gives the same
 * bits: a product and a sum, never one fused operation.
 */
#include <string.h>

#include "exact_pixels.h"
#include "warp.h"

typedef uint32_t uvec __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));

#define CIVEC(p) (*(const ivec *) (p))

/* One channel of V pixels: byte k of each word, as float */
static inline vec
channel(uvec words, int shift)
{
	return __builtin_convertvector((ivec) ((words >> shift) & 0xff), vec);
}

static inline ivec
blend_channel(uvec upper_left, uvec upper_right, uvec lower_left, uvec lower_right, int left, int right, vec xf, vec yf)
{
	vec			p00 = channel(upper_left, left),
				p01 = channel(upper_right, right),
				p10 = channel(lower_left, left),
				p11 = channel(lower_right, right),
				top = p00 + (p01 - p00) * xf,
				bottom = p10 + (p11 - p10) * xf;

	return __builtin_convertvector(top + (bottom - top) * yf + 0.5f, ivec);
}

static inline uint32_t
load16(const uint8_t *p)
{
	uint16_t	v;

	memcpy(&v, p, 2);
	return v;
}

/* V pixels; of three channels the second neighbour is read from its last byte but three, so nothing beyond it is touched */
static inline void
blend_some(const uint8_t *pixels, size_t stride, int c, const uint32_t *x, const uint32_t *y, uint32_t *result)
{
	uint32_t	words[4][V] __attribute__((aligned(64)));
	ivec		xi,
				yi;
	vec			xf,
				yf;

	memcpy(&xi, x, sizeof(xi));
	memcpy(&yi, y, sizeof(yi));
	xf = __builtin_convertvector(xi & 0xffff, vec) * (1.0f / 65536);
	yf = __builtin_convertvector(yi & 0xffff, vec) * (1.0f / 65536);
	for (int i = 0; i < V; i++)
	{
		const uint8_t *p = pixels + (size_t) (y[i] >> 16) * stride + (size_t) (x[i] >> 16) * c;

		if (c == 3)
		{
			words[0][i] = load32(p);
			words[1][i] = load32(p + 2);
			words[2][i] = load32(p + stride);
			words[3][i] = load32(p + stride + 2);
		}
		else
		{
			words[0][i] = load16(p);
			words[2][i] = load16(p + stride);
		}
	}
	if (c == 3)
	{
		uvec		w0 = *(uvec *) words[0],
					w1 = *(uvec *) words[1],
					w2 = *(uvec *) words[2],
					w3 = *(uvec *) words[3];
		ivec		r = blend_channel(w0, w1, w2, w3, 0, 8, xf, yf),
					g = blend_channel(w0, w1, w2, w3, 8, 16, xf, yf),
					b = blend_channel(w0, w1, w2, w3, 16, 24, xf, yf);

		*(ivec *) result = r | g << 8 | b << 16;
	}
	else
	{
		uvec		w0 = *(uvec *) words[0],
					w2 = *(uvec *) words[2];

		*(ivec *) result = blend_channel(w0, w0, w2, w2, 0, 8, xf, yf);
	}
}

static inline void
blend_run(const uint8_t *pixels, size_t stride, int c, int n, const uint32_t *x, const uint32_t *y, uint8_t *to)
{
	uint32_t	result[V] __attribute__((aligned(64)));
	int			i = 0;

	/* each pixel is stored with a byte more, which the next one overwrites */
	for (; i + V < n; i += V)
	{
		blend_some(pixels, stride, c, x + i, y + i, result);
		for (int j = 0; j < V; j++, to += c)
		{
			if (c == 3)
				memcpy(to, &result[j], 4);
			else
				*to = (uint8_t) result[j];
		}
	}
	for (; i < n; i++, to += c)
	{
		const uint8_t *p = pixels + (size_t) (y[i] >> 16) * stride + (size_t) (x[i] >> 16) * c;

		for (int k = 0; k < c; k++)
			to[k] = dpk_blend(p[k], p[c + k], p[stride + k], p[stride + c + k], x[i] & 0xffff, y[i] & 0xffff);
	}
}

void
DPK_NAME(blend) (const uint8_t *pixels, size_t stride, int c, int n, const uint32_t *x, const uint32_t *y, uint8_t *to)
{
	if (c == 3)
		blend_run(pixels, stride, 3, n, x, y, to);
	else
		blend_run(pixels, stride, 1, n, x, y, to);
}

/* ---- rows of a resized image ---- */

#define PRECISION DPK_FILTER_BITS

static inline uint8_t
clip(int32_t sum)
{
	int32_t		v = sum >> PRECISION;

	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* Four sums shifted and clipped (gcc takes detours of its own) */
static inline uint32_t
clip_pixel(four sum)
{
	four		v = sum >> PRECISION;
#ifdef __SSE2__
	__m128i		words = _mm_packs_epi32((__m128i) v, (__m128i) v);

	return (uint32_t) _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
#else
	v = v & ~(v < 0);
	v = (v & ~(v > 255)) | ((v > 255) & 255);
	return (uint32_t) (v[0] | v[1] << 8 | v[2] << 16) | (uint32_t) v[3] << 24;
#endif
}

/* A pixel read from the byte before it, so that nothing after it is touched; there is one before */
static inline four
load_pixel_backward(const uint8_t *p)
{
	four		v = load_pixel(p - 1);

	return __builtin_shufflevector(v, v, 1, 2, 3, 0);
}

/* The sum of a row's taps */
static inline four
filter_pixel(const uint8_t *p, const int32_t *w, int taps)
{
	four		sum = (four) {0} + (1 << (PRECISION - 1));

	for (int j = 0; j < taps - 1; j++)
		sum += load_pixel(p + 3 * j) * w[j];
	p += 3 * (taps - 1);
	return sum + (taps > 1 ? load_pixel_backward(p) : (four) {p[0], p[1], p[2], 0}) * w[taps - 1];
}

/* A pixel is stored with a byte more, which the next one overwrites, but for the last */
static inline void
store_rgb(uint32_t pixel, uint8_t *to, bool last)
{
	if (last)
		memcpy(to, &pixel, 3);
	else
		memcpy(to, &pixel, 4);
}

static void
filter_rgb(const dpk_filter_taps *a, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride)
{
	for (int x = 0; x < a->n; x++)
	{
		const int32_t *w = a->weights + (size_t) x * a->most;
		const uint8_t *p = in + (size_t) a->first[x] * 3;
		uint8_t    *to = out + (size_t) x * 3;
		int			taps = a->taps[x],
					row = 0;
		bool		last = x == a->n - 1;

		for (; row + 4 <= nrows && taps > 1; row += 4, p += 4 * in_stride, to += 4 * out_stride)
		{
			four		sum[4];

			UNROLL for (int r = 0; r < 4; r++)
				sum[r] = (four) {0} + (1 << (PRECISION - 1));
			for (int j = 0; j < taps - 1; j++)
			{
				four		weight = (four) {0} + w[j];

				UNROLL for (int r = 0; r < 4; r++)
					sum[r] += load_pixel(p + r * in_stride + 3 * j) * weight;
			}
			UNROLL for (int r = 0; r < 4; r++)
			{
				sum[r] += load_pixel_backward(p + r * in_stride + 3 * (taps - 1)) * w[taps - 1];
				store_rgb(clip_pixel(sum[r]), to + r * out_stride, last);
			}
		}
		for (; row < nrows; row++, p += in_stride, to += out_stride)
			store_rgb(clip_pixel(filter_pixel(p, w, taps)), to, last);
	}
}

static void
filter_gray(const dpk_filter_taps *a, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride)
{
	for (int row = 0; row < nrows; row++, in += in_stride, out += out_stride)
		for (int x = 0; x < a->n; x++)
		{
			const int32_t *w = a->weights + (size_t) x * a->most;
			const uint8_t *p = in + a->first[x];
			int32_t		sum = 1 << (PRECISION - 1);

			for (int j = 0; j < a->taps[x]; j++)
				sum += p[j] * w[j];
			out[x] = clip(sum);
		}
}

void
DPK_NAME(filter_rows) (const dpk_filter_taps *a, int c, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride)
{
	if (c == 3)
		filter_rgb(a, in, nrows, in_stride, out, out_stride);
	else
		filter_gray(a, in, nrows, in_stride, out, out_stride);
}

static inline void
narrow(ivec sum, uint8_t *to)
{
#if DPK_LEVEL == DPK_LEVEL_avx512
	ivec		v = sum >> PRECISION;

	_mm_storeu_si128((__m128i *) to, _mm512_cvtusepi32_epi8((__m512i) (v & ~(v < 0))));
#elif DPK_LEVEL == DPK_LEVEL_avx2
	__m256i		v = (__m256i) (sum >> PRECISION);
	__m128i		words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

	_mm_storel_epi64((__m128i *) to, _mm_packus_epi16(words, words));
#else
	uint32_t	pixels = clip_pixel((four) sum);

	memcpy(to, &pixels, 4);
#endif
}

/* A chunk of columns at a time, so that the sums stay in registers */
void
DPK_NAME(filter_columns) (const int32_t *weights, int taps, const uint8_t *in, size_t stride, size_t n, uint8_t *out)
{
	enum
	{
		CHUNK = 4 * V
	};
	size_t		from = 0;

	for (; from + CHUNK <= n; from += CHUNK)
	{
		ivec		sum[4];

		UNROLL for (int i = 0; i < 4; i++)
			sum[i] = (ivec) {0} + (1 << (PRECISION - 1));
		for (int j = 0; j < taps; j++)
		{
			const uint8_t *p = in + j * stride + from;

			UNROLL for (int i = 0; i < 4; i++)
				sum[i] += widen(p + i * V) * weights[j];
		}
		UNROLL for (int i = 0; i < 4; i++)
			narrow(sum[i], out + from + i * V);
	}
	for (; from < n; from++)
	{
		int32_t		sum = 1 << (PRECISION - 1);

		for (int j = 0; j < taps; j++)
			sum += in[j * stride + from] * weights[j];
		out[from] = clip(sum);
	}
}
