/*
 * noise.c - Gaussian noise and tone curves (noise.h)
 */
#include "noise.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "normal_table.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

float
dpk_normal(uint32_t word)
{
	/*
	 * 31 bits for the probability of the tail, (0, 1/2], and one for its side.
	 * As a float the former shows its octave, the piece of it (5 bits) and the
	 * place within (18 bits) side by side.
	 */
	float		tail = (float) (int32_t) ((word >> 1) | 1);
	uint32_t	bits;
	const float *z;
	float		place;

	memcpy(&bits, &tail, sizeof(bits));
	z = normal_table + (bits >> 18) - 127 * 32;
	place = (float) (int32_t) (bits & 0x3ffff) * (1.0f / 262144.0f);
	return (z[0] + place * (z[1] - z[0])) * (float) (1 - 2 * (int32_t) (word & 1));
}

/* ---- eight blocks of Philox at a time, in lanes of 64 bits whose upper half is empty ---- */

#define LANES 2
#define VECTORS 4
#define WORDS (LANES * VECTORS * 4)

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

static inline lanes
both(uint32_t x)
{
	return (lanes) {x, x};
}

static inline lanes
multiply(lanes a, uint32_t b)
{
#ifdef __SSE2__
	return (lanes) _mm_mul_epu32((__m128i) a, (__m128i) both(b));	/* gcc 12 takes three for a * b */
#else
	return a * both(b);
#endif
}

/* The words of dpk_philox_block() for counter[0], counter[0] + 1, ..., counter[0] + 7 */
static void
philox_words(const uint32_t counter[4], const uint32_t key[2], uint32_t out[WORDS])
{
	lanes		c0[VECTORS],
				c1[VECTORS],
				c2[VECTORS],
				c3[VECTORS];
	uint32_t	k0 = key[0],
				k1 = key[1];

	for (int i = 0; i < VECTORS; i++)
	{
		c0[i] = (lanes) {(uint32_t) (counter[0] + 2 * i), (uint32_t) (counter[0] + 2 * i + 1)};
		c1[i] = both(counter[1]);
		c2[i] = both(counter[2]);
		c3[i] = both(counter[3]);
	}
	for (int round = 0; round < 10; round++)
	{
		for (int i = 0; i < VECTORS; i++)
		{
			lanes		p0 = multiply(c0[i], 0xD2511F53u),
						p1 = multiply(c2[i], 0xCD9E8D57u);

			c0[i] = (p1 >> 32) ^ c1[i] ^ both(k0);
			c2[i] = (p0 >> 32) ^ c3[i] ^ both(k1);
			c1[i] = p1 & both(UINT32_MAX);
			c3[i] = p0 & both(UINT32_MAX);
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	for (int i = 0; i < VECTORS * LANES; i++, out += 4)
	{
		out[0] = (uint32_t) c0[i / LANES][i % LANES];
		out[1] = (uint32_t) c1[i / LANES][i % LANES];
		out[2] = (uint32_t) c2[i / LANES][i % LANES];
		out[3] = (uint32_t) c3[i / LANES][i % LANES];
	}
}

void
dpk_noise(uint8_t *pixels, size_t n, float sigma, dpk_random *random)
{
	/* Start at a fresh block; what is left of the one in use is not handed out */
	random->used = 4;
	for (size_t from = 0; from < n; from += WORDS)
	{
		int			count = (int) DPK_MIN(n - from, WORDS);
		uint32_t	words[WORDS];
		float		z[WORDS];

		philox_words(random->counter, random->key, words);
		random->counter[0] += (count + 3) / 4;

		for (int i = 0; i < WORDS; i++)
			z[i] = dpk_normal(words[i]);

		/* 2048 keeps the number positive, where a conversion to int rounds down; sigma is at most 255 */
		for (int i = 0; i < count; i++)
		{
			int			v = (int) (pixels[from + i] + sigma * z[i] + 2048.5f) - 2048;

			pixels[from + i] = v < 0 ? 0 : v > 255 ? 255 : v;
		}
	}
}

void
dpk_scale_tones(uint8_t *pixels, size_t n, float factor, int reference)
{
	uint8_t		curve[256];

	for (int i = 0; i < 256; i++)
	{
		float		v = reference + factor * (i - reference);

		curve[i] = v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t) v;
	}
	for (size_t i = 0; i < n; i++)
		pixels[i] = curve[pixels[i]];
}

int
dpk_mean_gray(const dpk_image *image)
{
	size_t		n = (size_t) image->width * image->height;
	const uint8_t *p = image->pixels;
	uint64_t	sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += image->channels == 1 ? p[i] : dpk_luma(p[3 * i], p[3 * i + 1], p[3 * i + 2]);
	return (int) ((2 * sum + n) / (2 * n));
}
