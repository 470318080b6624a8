/*
 * philox.c - eight blocks of Philox at a time, in lanes of 64 bits whose upper half is empty
 */
#include "philox.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The loops over lanes want unrolling; clang does it at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define LANES 2
#define VECTORS 4

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

void
dpk_philox_words(const uint32_t counter[4], const uint32_t key[2], uint32_t out[DPK_PHILOX_WORDS])
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
