/*
 * hash_bands.h - where to look for a 64-bit hash at most so many bits away
 *
 * A hash is four bands of 16 bits.  Of two hashes with a distance d, some band
 * i, counted from 0, differs by at most (d - i) / 4 bits, rounded down: if each
 * differed by more, together they would by more than d.  So who looks up every
 * band that near finds every hash that near (Norouzi, Punjani and Fleet, "Fast
 * search in Hamming space with multi-index hashing", 2012).
 */
#ifndef DPK_HASH_BANDS_H
#define DPK_HASH_BANDS_H

#include <stddef.h>
#include <stdint.h>

#define DPK_HASH_BANDS 4
#define DPK_MAX_HASH_DISTANCE 15

/* A band with its number, the lowest bits first */
static inline int32_t
dpk_hash_band(uint64_t hash, int band)
{
	return (int32_t) (band << 16 | (hash >> (16 * band) & 0xFFFF));
}

/* The bands to look up for all hashes at most 'distance' bits away: how many; 'probes' may be NULL */
static inline int
dpk_hash_probes(uint64_t hash, int distance, int32_t *probes)
{
	int			n = 0;

	for (int band = 0; band < DPK_HASH_BANDS && band <= distance; band++)
		for (int bits = 0; bits <= (distance - band) / DPK_HASH_BANDS; bits++)
		{
			/* every mask of so many bits, each the next larger (Gosper) */
			for (uint32_t mask = (1u << bits) - 1; mask < 1u << 16;)
			{
				uint32_t	low = mask & -mask,
							up = mask + low;

				if (probes != NULL)
					probes[n] = dpk_hash_band(hash, band) ^ (int32_t) mask;
				n++;
				if (mask == 0)
					break;
				mask = ((up ^ mask) >> 2) / low | up;
			}
		}
	return n;
}

#endif							/* DPK_HASH_BANDS_H */
