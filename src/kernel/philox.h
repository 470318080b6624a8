/*
 * philox.h - counter-based random numbers: Philox4x32-10
 *
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
 * (SC 2011).  There is no state: four words are a pure function of
 *		seed		what the user passed
 *		key			the row
 *		operation	which random decision (an enum of the caller)
 *		draw		how many have been drawn for that decision
 * so a row gets the same numbers whatever the plan, the order or the shard.
 *
 * DETERMINISM: only integer operations and exact float operations (a multiply
 * by a power of two, sums of 24-bit numbers), so every machine agrees.
 */
#ifndef DPK_PHILOX_H
#define DPK_PHILOX_H

#include <stdint.h>

typedef struct dpk_random
{
	uint32_t	key[2];			/* from the seed */
	uint32_t	counter[4];		/* draw, operation, key of the row (two words) */
	uint32_t	words[4];		/* the block in use */
	int			used;			/* words of it handed out; 4: none is left */
} dpk_random;

static inline void
dpk_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t	c0 = counter[0],
				c1 = counter[1],
				c2 = counter[2],
				c3 = counter[3];
	uint32_t	k0 = key[0],
				k1 = key[1];

	for (int round = 0; round < 10; round++)
	{
		uint64_t	p0 = (uint64_t) 0xD2511F53u * c0,
					p1 = (uint64_t) 0xCD9E8D57u * c2;
		uint32_t	t0 = (uint32_t) (p1 >> 32) ^ c1 ^ k0,
					t2 = (uint32_t) (p0 >> 32) ^ c3 ^ k1;

		c1 = (uint32_t) p1;
		c3 = (uint32_t) p0;
		c0 = t0;
		c2 = t2;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

/* The words of the blocks of counter[0], counter[0] + 1, ..., counter[0] + 7, at the price of some two blocks */
#define DPK_PHILOX_WORDS 32
extern void dpk_philox_words(const uint32_t counter[4], const uint32_t key[2], uint32_t out[DPK_PHILOX_WORDS]);

static inline dpk_random
dpk_random_start(int64_t seed, int64_t key, uint32_t operation)
{
	dpk_random	r = {
		{(uint32_t) (uint64_t) seed, (uint32_t) ((uint64_t) seed >> 32)},
		{0, operation, (uint32_t) (uint64_t) key, (uint32_t) ((uint64_t) key >> 32)},
		{0, 0, 0, 0}, 4
	};

	return r;
}

static inline uint32_t
dpk_random_word(dpk_random *r)
{
	if (r->used == 4)
	{
		dpk_philox_block(r->counter, r->key, r->words);
		r->counter[0]++;
		r->used = 0;
	}
	return r->words[r->used++];
}

/* Uniform on [0, 1), 53 random bits */
static inline double
dpk_random_double(dpk_random *r)
{
	uint64_t	high = dpk_random_word(r) >> 5,
				low = dpk_random_word(r) >> 6;

	return (double) ((high << 26) | low) * (1.0 / 9007199254740992.0);
}

/* Uniform on [0, 1), 24 random bits */
static inline float
dpk_random_float(dpk_random *r)
{
	return (float) (dpk_random_word(r) >> 8) * (1.0f / 16777216.0f);
}

/* Uniform on 0 .. n-1 for n >= 1; the bias is below n / 2^64 */
static inline uint32_t
dpk_random_below(dpk_random *r, uint32_t n)
{
	uint64_t	high = dpk_random_word(r),
				low = dpk_random_word(r);

	return (uint32_t) (((unsigned __int128) ((high << 32) | low) * n) >> 64);
}

#endif							/* DPK_PHILOX_H */
