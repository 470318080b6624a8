/*
 * xxh64.h - Yann Collet's XXH64 with seed 0: fast over texts, and known elsewhere
 *
 * Its hashes are those of the xxHash library and its bindings, so what is
 * hashed here can be found there.  Not for hostile keys: collisions can be made.
 */
#ifndef DPK_XXH64_H
#define DPK_XXH64_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DPK_XXH_1 UINT64_C(0x9E3779B185EBCA87)
#define DPK_XXH_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define DPK_XXH_3 UINT64_C(0x165667B19E3779F9)
#define DPK_XXH_4 UINT64_C(0x85EBCA77C2B2AE63)
#define DPK_XXH_5 UINT64_C(0x27D4EB2F165667C5)

/* Little-endian reads, whatever the machine's order */
static inline uint64_t
dpk_xxh_read(const char *p, int bytes)
{
	uint64_t	x = 0;

	memcpy(&x, p, bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

static inline uint64_t
dpk_xxh_rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline uint64_t
dpk_xxh_round(uint64_t sum, uint64_t x)
{
	return dpk_xxh_rotate(sum + x * DPK_XXH_2, 31) * DPK_XXH_1;
}

static inline uint64_t
dpk_xxh64(const char *data, size_t length)
{
	const char *p = data,
			   *end = data + length;
	uint64_t	h = DPK_XXH_5;

	if (length >= 32)
	{
		uint64_t	v[4] = {DPK_XXH_1 + DPK_XXH_2, DPK_XXH_2, 0, -DPK_XXH_1};

		for (; end - p >= 32; p += 32)
			for (int i = 0; i < 4; i++)
				v[i] = dpk_xxh_round(v[i], dpk_xxh_read(p + 8 * i, 8));
		h = dpk_xxh_rotate(v[0], 1) + dpk_xxh_rotate(v[1], 7) + dpk_xxh_rotate(v[2], 12) + dpk_xxh_rotate(v[3], 18);
		for (int i = 0; i < 4; i++)
			h = (h ^ dpk_xxh_round(0, v[i])) * DPK_XXH_1 + DPK_XXH_4;
	}
	h += length;
	for (; end - p >= 8; p += 8)
		h = dpk_xxh_rotate(h ^ dpk_xxh_round(0, dpk_xxh_read(p, 8)), 27) * DPK_XXH_1 + DPK_XXH_4;
	for (; end - p >= 4; p += 4)
		h = dpk_xxh_rotate(h ^ dpk_xxh_read(p, 4) * DPK_XXH_1, 23) * DPK_XXH_2 + DPK_XXH_3;
	for (; p < end; p++)
		h = dpk_xxh_rotate(h ^ (unsigned char) *p * DPK_XXH_5, 11) * DPK_XXH_1;
	h = (h ^ h >> 33) * DPK_XXH_2;
	h = (h ^ h >> 29) * DPK_XXH_3;
	return h ^ h >> 32;
}

#endif							/* DPK_XXH64_H */
