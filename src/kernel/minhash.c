/*
 * minhash.c - signatures of sets (minhash.h)
 */
#include "minhash.h"

#include <string.h>

#include "hash.h"
#include "minhash_table.h"

void
dpk_minhash_init(uint32_t *signature)
{
	memset(signature, 0xFF, DPK_MINHASH_SIZE * sizeof(uint32_t));
}

void
dpk_minhash_add(const dpk_kernels *k, uint32_t *signature, uint32_t *hashes, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		uint32_t	x = hashes[i];

		x = (x ^ x >> 16) * UINT32_C(0x85EBCA6B);
		x = (x ^ x >> 13) * UINT32_C(0xC2B2AE35);
		hashes[i] = x ^ x >> 16;
	}
	k->minhash(factors, offsets, n, hashes, signature);
}

void
dpk_minhash_merge(uint32_t *signature, const uint32_t *other)
{
	for (int i = 0; i < DPK_MINHASH_SIZE; i++)
		signature[i] = DPK_MIN(signature[i], other[i]);
}

double
dpk_minhash_similarity(const uint32_t *a, const uint32_t *b)
{
	int			same = 0;

	for (int i = 0; i < DPK_MINHASH_SIZE; i++)
		same += a[i] == b[i];
	return (double) same / DPK_MINHASH_SIZE;
}

void
dpk_minhash_bands(const uint32_t *signature, int bands, int rows, int64_t *hashes)
{
	for (int band = 0; band < bands; band++)
	{
		uint64_t	hash = band;

		for (int row = 0; row < rows; row++)
			hash = dpk_mix64(hash + UINT64_C(0x9E3779B97F4A7C15) + ((uint64_t) signature[band * rows + row] << 16));
		hashes[band] = (int64_t) hash;
	}
}
