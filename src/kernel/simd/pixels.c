/*
 * pixels.c - bytes of images: tone curves, gray, medians, weighted sums
 *
 * DETERMINISM: integers throughout, so every instruction set gives the same
 * bytes.
 */
#include "pixels.h"

#include <string.h>

#if DPK_LEVEL >= DPK_LEVEL_avx2 || defined(__SSE2__)
#include <immintrin.h>
#endif

/* Bytes per register, and the smaller and the larger of two */
#if DPK_LEVEL == DPK_LEVEL_avx512
#define LANES 64
typedef __m512i bytes;
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, v) _mm512_storeu_si512(p, v)
#define LEAST(a, b) _mm512_min_epu8(a, b)
#define MOST(a, b) _mm512_max_epu8(a, b)
#elif DPK_LEVEL == DPK_LEVEL_avx2
#define LANES 32
typedef __m256i bytes;
#define LOAD(p) _mm256_loadu_si256((const __m256i *) (p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *) (p), v)
#define LEAST(a, b) _mm256_min_epu8(a, b)
#define MOST(a, b) _mm256_max_epu8(a, b)
#elif defined(__SSE2__)
#define LANES 16
typedef __m128i bytes;
#define LOAD(p) _mm_loadu_si128((const __m128i *) (p))
#define STORE(p, v) _mm_storeu_si128((__m128i *) (p), v)
#define LEAST(a, b) _mm_min_epu8(a, b)
#define MOST(a, b) _mm_max_epu8(a, b)
#else
#define LANES 16
typedef uint8_t bytes __attribute__((vector_size(LANES)));
TILE bytes
LOAD(const uint8_t *p)
{
	bytes		v;

	memcpy(&v, p, LANES);
	return v;
}
#define STORE(p, v) do { bytes v_ = (v); memcpy(p, &v_, LANES); } while (0)
#define LEAST(a, b) ((bytes) ((((a) < (b)) & (a)) | (((a) >= (b)) & (b))))
#define MOST(a, b) ((bytes) ((((a) < (b)) & (b)) | (((a) >= (b)) & (a))))
#endif

/*
 * 256 entries are sixteen registers of sixteen; which of them a byte asks for
 * is its upper half.  A shuffle gives 0 where the index has its highest bit:
 * after 16 * r was taken off and 0x70 added with saturation, all but the
 * sixteen bytes of register r have it.
 */
void
DPK_NAME(map_bytes) (size_t n, const uint8_t *curve, uint8_t *p)
{
	size_t		i = 0;

#if DPK_LEVEL == DPK_LEVEL_avx512
	__m512i		table[16];

	for (int r = 0; r < 16; r++)
		table[r] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *) (curve + 16 * r)));
	for (; i + 64 <= n; i += 64)
	{
		__m512i		v = LOAD(p + i),
					sum = _mm512_setzero_si512();

		UNROLL for (int r = 0; r < 16; r++)
		{
			__m512i		index = _mm512_adds_epu8(_mm512_xor_si512(v, _mm512_set1_epi8((char) (16 * r))), _mm512_set1_epi8(0x70));

			sum = _mm512_or_si512(sum, _mm512_shuffle_epi8(table[r], index));
		}
		STORE(p + i, sum);
	}
#elif DPK_LEVEL == DPK_LEVEL_avx2
	__m256i		table[16];

	for (int r = 0; r < 16; r++)
		table[r] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *) (curve + 16 * r)));
	for (; i + 32 <= n; i += 32)
	{
		__m256i		v = LOAD(p + i),
					sum = _mm256_setzero_si256();

		UNROLL for (int r = 0; r < 16; r++)
		{
			__m256i		index = _mm256_adds_epu8(_mm256_xor_si256(v, _mm256_set1_epi8((char) (16 * r))), _mm256_set1_epi8(0x70));

			sum = _mm256_or_si256(sum, _mm256_shuffle_epi8(table[r], index));
		}
		STORE(p + i, sum);
	}
#endif
	for (; i < n; i++)
		p[i] = curve[p[i]];
}

void
DPK_NAME(gray) (size_t n, const uint8_t *restrict rgb, uint8_t *restrict gray)
{
	for (size_t i = 0; i < n; i++)
		gray[i] = (uint8_t) (((uint32_t) rgb[3 * i] * 19595 + (uint32_t) rgb[3 * i + 1] * 38470 + (uint32_t) rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
}

/* ---- medians ---- */

TILE void
exchange(bytes *a, bytes *b)
{
	bytes		low = LEAST(*a, *b);

	*b = MOST(*a, *b);
	*a = low;
}

/* The smallest to the front, the largest to the end */
TILE void
part(bytes *v, int n)
{
	UNROLL for (int i = 0; i < n / 2; i++)
		exchange(v + i, v + n - 1 - i);
	UNROLL for (int i = 1; i < (n + 1) / 2; i++)
		exchange(v, v + i);
	UNROLL for (int i = n / 2; i < n - 1; i++)
		exchange(v + i, v + n - 1);
}

/*
 * The median of n is never the smallest nor the largest of n / 2 + 2 of them:
 * both are put away, the next is taken in, until one is left (a "forgetful
 * selection").
 */
TILE bytes
median_of(int size, const uint8_t *const *rows, int at, int step)
{
	int			n = size * size,
				held = n / 2 + 2,
				next = held;
	bytes		v[49 / 2 + 2];

	UNROLL for (int i = 0; i < held; i++)
		v[i] = LOAD(rows[i / size] + at + i % size * step);
	UNROLL for (int k = held; k > 3; k--)
	{
		part(v, k);
		v[0] = LOAD(rows[next / size] + at + next % size * step);
		next++;
	}
	part(v, 3);
	return v[1];
}

TILE void
medians(int size, int n, const uint8_t *const *rows, int step, uint8_t *out)
{
	int			i = 0;
	uint8_t		rest[LANES];

	for (; i + LANES <= n; i += LANES)
		STORE(out + i, median_of(size, rows, i, step));
	if (i < n)
	{
		STORE(rest, median_of(size, rows, i, step));
		memcpy(out + i, rest, n - i);
	}
}

void
DPK_NAME(median_row) (int size, int n, const uint8_t *const *rows, int step, uint8_t *out)
{
	if (size == 3)
		medians(3, n, rows, step, out);
	else if (size == 5)
		medians(5, n, rows, step, out);
	else
		medians(7, n, rows, step, out);
}

/*
 * Perreault and Hebert, "Median filtering in constant time" (IEEE Transactions
 * on Image Processing 16, 2007): a histogram of each column of the window, kept
 * as the rows go by; that of the window gains one column and loses another.
 */
void
DPK_NAME(median_wide) (int size, int n, uint16_t (*restrict columns)[DPK_MEDIAN_BINS], int step, uint8_t *restrict out)
{
	uint16_t	window[DPK_MEDIAN_BINS];
	int			half = size * size / 2;

	memset(window, 0, sizeof(window));
	for (int x = 0; x < size - 1; x++)
		for (int b = 0; b < DPK_MEDIAN_BINS; b++)
			window[b] += columns[x][b];
	for (int x = 0; x < n; x++)
	{
		const uint16_t *enters = columns[x + size - 1],
				   *leaves = columns[x];
		int			below = 0,
					level = 0;

		for (int b = 0; b < DPK_MEDIAN_BINS; b++)
			window[b] += enters[b];
		while (below + window[256 + level] <= half)
			below += window[256 + level++];
		for (level *= 16; below + window[level] <= half;)
			below += window[level++];
		out[(size_t) x * step] = (uint8_t) level;
		for (int b = 0; b < DPK_MEDIAN_BINS; b++)
			window[b] -= leaves[b];
	}
}

/* ---- weighted sums ---- */

#define SUMS 4					/* registers of sums */
#define AT_ONCE (SUMS * V)

typedef uint8_t part8 __attribute__((vector_size(V)));
typedef uint16_t part16 __attribute__((vector_size(2 * V)));
typedef uint32_t part32 __attribute__((vector_size(4 * V)));

/* gcc 12 makes a poor conversion of them by itself */
#if DPK_LEVEL == DPK_LEVEL_avx512
#define widen8(p) ((part32) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *) (p))))
#define widen16(p) ((part32) _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) (p))))
#elif DPK_LEVEL == DPK_LEVEL_avx2
#define widen8(p) ((part32) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *) (p))))
#define widen16(p) ((part32) _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) (p))))
#else
TILE part32
widen8(const uint8_t *p)
{
	part8		v;

	memcpy(&v, p, sizeof(v));
	return __builtin_convertvector(v, part32);
}

TILE part32
widen16(const uint16_t *p)
{
	part16		v;

	memcpy(&v, p, sizeof(v));
	return __builtin_convertvector(v, part32);
}
#endif

void
DPK_NAME(weigh_bytes) (int n, int taps, const uint8_t *const *from, const uint16_t *weights, uint16_t *sums)
{
	for (int i = 0; i < n; i += AT_ONCE)
	{
		part32		sum[SUMS];
		uint16_t	narrow[AT_ONCE];

		UNROLL for (int r = 0; r < SUMS; r++)
			sum[r] = (part32) {0} + 128;
		for (int t = 0; t < taps; t++)
			UNROLL for (int r = 0; r < SUMS; r++)
				sum[r] += widen8(from[t] + i + r * V) * weights[t];
		UNROLL for (int r = 0; r < SUMS; r++)
		{
			part16		v = __builtin_convertvector(sum[r] >> 8, part16);

			memcpy(narrow + r * V, &v, sizeof(v));
		}
		memcpy(sums + i, narrow, DPK_MIN(n - i, AT_ONCE) * sizeof(uint16_t));
	}
}

void
DPK_NAME(weigh_sums) (int n, int taps, int step, const uint16_t *sums, const uint16_t *weights, uint8_t *out)
{
	const uint16_t *middle = sums + (size_t) (taps / 2) * step;

	for (int i = 0; i < n; i += AT_ONCE)
	{
		part32		sum[SUMS];
		uint8_t		narrow[AT_ONCE];

		UNROLL for (int r = 0; r < SUMS; r++)
			sum[r] = widen16(middle + i + r * V) * weights[taps / 2] + (1u << 23);
		for (int t = 0; t < taps / 2; t++)
		{
			const uint16_t *left = sums + i + (size_t) t * step,
					   *right = sums + i + (size_t) (taps - 1 - t) * step;

			UNROLL for (int r = 0; r < SUMS; r++)
				sum[r] += (widen16(left + r * V) + widen16(right + r * V)) * weights[t];
		}
		UNROLL for (int r = 0; r < SUMS; r++)
		{
			part8		v = __builtin_convertvector(sum[r] >> 24, part8);

			memcpy(narrow + r * V, &v, sizeof(v));
		}
		memcpy(out + i, narrow, DPK_MIN(n - i, AT_ONCE));
	}
}
