/*
 * hash.h - a 64-bit hash of bytes that is the same everywhere, for ever
 *
 * FNV-1a (Fowler, Noll and Vo) over the bytes, then the finaliser of
 * SplitMix64 (Steele, Lea and Flood 2014), as FNV mixes its last bytes little.
 * Not for hostile keys: collisions are easy to make.
 */
#ifndef DPK_HASH_H
#define DPK_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t
dpk_mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static inline uint64_t
dpk_hash_bytes(const char *bytes, size_t length)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) bytes[i]) * UINT64_C(0x100000001B3);
	return dpk_mix64(hash);
}

#endif							/* DPK_HASH_H */
