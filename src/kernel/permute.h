/*
 * permute.h - a random permutation of 0 .. n - 1 as a pure function of the seed
 *
 * A Feistel network (Luby and Rackoff 1988) whose rounds are blocks of Philox
 * permutes the numbers of an even number of bits; what leaves 0 .. n - 1 is sent
 * through it again until it is back ("cycle walking", Black and Rogaway 2002),
 * fewer than four times on average.  Ten rounds: with few bits the first ones
 * reach few permutations.
 */
#ifndef DPK_PERMUTE_H
#define DPK_PERMUTE_H

#include "philox.h"

#define DPK_OPERATION_PERMUTE 0x5045524Du
#define DPK_PERMUTE_ROUNDS 10
#define DPK_PERMUTE_MAX (INT64_C(1) << 62)

/* Where i goes; 0 <= i < n <= DPK_PERMUTE_MAX */
static inline int64_t
dpk_permute(int64_t i, int64_t n, int64_t seed)
{
	uint32_t	key[2] = {(uint32_t) (uint64_t) seed, (uint32_t) ((uint64_t) seed >> 32)};
	int			half = 1;
	uint64_t	mask,
				x = (uint64_t) i;

	while (half < 31 && (n - 1) >> (2 * half) != 0)
		half++;
	mask = (UINT64_C(1) << half) - 1;
	do
	{
		uint64_t	left = x >> half,
					right = x & mask;

		for (uint32_t round = 0; round < DPK_PERMUTE_ROUNDS; round++)
		{
			uint32_t	counter[4] = {round, DPK_OPERATION_PERMUTE, (uint32_t) right, (uint32_t) half},
						out[4];
			uint64_t	next;

			dpk_philox_block(counter, key, out);
			next = left ^ (out[0] & mask);
			left = right;
			right = next;
		}
		x = left << half | right;
	} while (x >= (uint64_t) n);
	return (int64_t) x;
}

#endif							/* DPK_PERMUTE_H */
