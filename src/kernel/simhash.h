/*
 * simhash.h - 64 bits that texts with mostly the same shingles mostly share
 *
 * Charikar, "Similarity estimation techniques from rounding algorithms", 2002:
 * a bit is set where more than half of the elements' 64-bit hashes, each as
 * often as it occurs, have it set.
 */
#ifndef DPK_SIMHASH_H
#define DPK_SIMHASH_H

#include "dpk.h"

typedef struct dpk_simhash
{
	int64_t		n,
				set[64];		/* elements with bit i, the lowest first */
} dpk_simhash;

static inline void
dpk_simhash_add(dpk_simhash *s, uint64_t hash)
{
	s->n++;
	for (int i = 0; i < 64; i++)
		s->set[i] += hash >> i & 1;
}

static inline uint64_t
dpk_simhash_bits(const dpk_simhash *s)
{
	uint64_t	bits = 0;

	for (int i = 0; i < 64; i++)
		bits |= (uint64_t) (2 * s->set[i] > s->n) << i;
	return bits;
}

#endif							/* DPK_SIMHASH_H */
