/*
 * exact_bilateral.c - means weighted by distance and by colour
 *
 * A lane is a pixel, and each pixel adds its neighbours in the same order, a
 * product and a sum at a time: the same bits on every instruction set.
 */
#include "exact_pixels.h"

#define BLOCKS_AT_ONCE 2		/* vectors of pixels, so that they wait for their tables together */

TILE ivec
absolute(ivec d)
{
#if DPK_LEVEL == DPK_LEVEL_avx512
	return (ivec) _mm512_abs_epi32((__m512i) d);
#elif DPK_LEVEL == DPK_LEVEL_avx2
	return (ivec) _mm256_abs_epi32((__m256i) d);
#else
	return (d ^ (d >> 31)) - (d >> 31);
#endif
}

TILE vec
look_up(const float *table, ivec i)
{
#if DPK_LEVEL == DPK_LEVEL_avx512
	return (vec) _mm512_i32gather_ps((__m512i) i, table, 4);
#elif DPK_LEVEL == DPK_LEVEL_avx2
	return (vec) _mm256_i32gather_ps(table, (__m256i) i, 4);
#else
	vec			v;

	UNROLL for (int j = 0; j < V; j++)
		v[j] = table[i[j]];
	return v;
#endif
}

/* The nearest whole number, a half to the even one, in the lowest byte; 0 <= x < 2^22 */
TILE ivec
nearest(vec x)
{
	return (ivec) (x + 12582912.0f);	/* 1.5 * 2^23: such numbers have no fraction */
}

/* BLOCKS_AT_ONCE * V pixels, of which 'count' are written */
TILE void
some_pixels(const dpk_bilateral_taps *taps, int c, int count, const uint8_t *middle, size_t plane, uint8_t *to)
{
	ivec		own[BLOCKS_AT_ONCE][3];
	vec			sums[BLOCKS_AT_ONCE][4];

	UNROLL for (int b = 0; b < BLOCKS_AT_ONCE; b++)
	{
		UNROLL for (int k = 0; k < c; k++)
		{
			own[b][k] = widen(middle + k * plane + b * V);
			sums[b][k] = (vec) {0};
		}
		sums[b][c] = (vec) {0};
	}
	for (int t = 0; t < taps->n; t++)
	{
		const uint8_t *p = middle + taps->offset[t];
		float		space = taps->space[t];

		UNROLL for (int b = 0; b < BLOCKS_AT_ONCE; b++)
		{
			ivec		other[3],
						d = {0};
			vec			w;

			UNROLL for (int k = 0; k < c; k++)
			{
				other[k] = widen(p + k * plane + b * V);
				d += absolute(own[b][k] - other[k]);
			}
			w = look_up(taps->color, d) * space;
			UNROLL for (int k = 0; k < c; k++)
				sums[b][k] += w * __builtin_convertvector(other[k], vec);
			sums[b][c] += w;
		}
	}
	UNROLL for (int b = 0; b < BLOCKS_AT_ONCE; b++)
	{
		int			n = DPK_MIN(count - b * V, V);

		UNROLL for (int k = 0; k < c; k++)
		{
			ivec		mean = nearest(sums[b][k] / sums[b][c]);

			for (int i = 0; i < n; i++)
				to[(b * V + i) * c + k] = (uint8_t) mean[i];
		}
	}
}

void
DPK_NAME(bilateral) (const dpk_bilateral_taps *taps, int c, int n, const uint8_t *middle, size_t plane, uint8_t *to)
{
	enum
	{
		STEP = BLOCKS_AT_ONCE * V
	};

	for (int x = 0; x < n; x += STEP)
	{
		int			count = DPK_MIN(n - x, STEP);

		if (c == 3)
			some_pixels(taps, 3, count, middle + x, plane, to + (size_t) x * 3);
		else
			some_pixels(taps, 1, count, middle + x, plane, to + x);
	}
}

/* Doubles, of which 1.5 * 2^52 takes the fraction: what is left ends in the integer */
void
DPK_NAME(mix_samples) (double share, size_t n, uint8_t *a, const uint8_t *b)
{
	double		rest = 1 - share;

	for (size_t i = 0; i < n; i++)
	{
		double		v = share * a[i] + rest * b[i] + 6755399441055744.0;
		uint64_t	bits;

		memcpy(&bits, &v, sizeof(bits));
		a[i] = (uint8_t) bits;
	}
}
