/*
 * exact_noise.c - Gaussian noise on bytes
 *
 * Blocks of Philox side by side; word w of block i is for byte 4 i + w,
 * that is for byte w of the i-th four, so words and bytes meet without being
 * put in order.
 *
 * DETERMINISM: integers, and floats in the operations of dpk_normal() and in
 * their order, each rounded: this file is never contracted.
 */
#include "pixels.h"

#include <string.h>

#include "normal_table.h"

#define BLOCKS_AT_ONCE 64		/* so many that the compiler keeps its loops, and makes vectors of them */

/* The blocks of first, first + 1, ...: words[w][i] is word w of block i */
TILE void
draw(uint32_t first, const uint32_t counter[4], const uint32_t key[2], uint32_t words[4][BLOCKS_AT_ONCE])
{
	uint32_t	k0 = key[0],
				k1 = key[1];

	for (int i = 0; i < BLOCKS_AT_ONCE; i++)
	{
		words[0][i] = first + (uint32_t) i;
		words[1][i] = counter[1];
		words[2][i] = counter[2];
		words[3][i] = counter[3];
	}
	for (int round = 0; round < 10; round++)
	{
		for (int i = 0; i < BLOCKS_AT_ONCE; i++)
		{
			uint64_t	p0 = (uint64_t) 0xD2511F53u * words[0][i],
						p1 = (uint64_t) 0xCD9E8D57u * words[2][i];

			words[0][i] = (uint32_t) (p1 >> 32) ^ words[1][i] ^ k0;
			words[2][i] = (uint32_t) (p0 >> 32) ^ words[3][i] ^ k1;
			words[1][i] = (uint32_t) p1;
			words[3][i] = (uint32_t) p0;
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
}

TILE void
add(float sigma, uint32_t words[4][BLOCKS_AT_ONCE], uint32_t fours[BLOCKS_AT_ONCE])
{
	uint32_t	sums[BLOCKS_AT_ONCE] = {0};

	UNROLL for (int w = 0; w < 4; w++)
		for (int i = 0; i < BLOCKS_AT_ONCE; i++)
		{
			uint32_t	word = words[w][i],
						bits;
			float		tail = (float) (int32_t) ((word >> 1) | 1),
						low,
						z;
			int			at,
						v;

			memcpy(&bits, &tail, sizeof(bits));
			at = (int) (bits >> 18) - 127 * 32;
			low = normal_table[at];
			z = low + (float) (int32_t) (bits & 0x3ffff) * (1.0f / 262144.0f) * (normal_table[at + 1] - low);
			z = word & 1 ? -z : z;

			/* 2048 keeps the number positive, where a conversion to int rounds down; sigma is at most 255 */
			v = (int) ((float) (int) (fours[i] >> 8 * w & 255) + sigma * z + 2048.5f) - 2048;
			v = v < 0 ? 0 : v;
			v = v > 255 ? 255 : v;
			sums[i] |= (uint32_t) v << 8 * w;
		}
	memcpy(fours, sums, sizeof(sums));
}

void
DPK_NAME(noise) (size_t n, float sigma, const uint32_t *counter, const uint32_t *key, uint8_t *p)
{
	uint32_t	words[4][BLOCKS_AT_ONCE],
				fours[BLOCKS_AT_ONCE] = {0};

	for (size_t from = 0; from < n; from += sizeof(fours))
	{
		size_t		count = DPK_MIN(n - from, sizeof(fours));

		draw(counter[0] + (uint32_t) (from / 4), counter, key, words);
		memcpy(fours, p + from, count);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
		for (int i = 0; i < BLOCKS_AT_ONCE; i++)
			fours[i] = __builtin_bswap32(fours[i]);
#endif
		add(sigma, words, fours);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
		for (int i = 0; i < BLOCKS_AT_ONCE; i++)
			fours[i] = __builtin_bswap32(fours[i]);
#endif
		memcpy(p + from, fours, count);
	}
}
