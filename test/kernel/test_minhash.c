/*
 * test_minhash.c - every instruction set's signatures, what they estimate, SimHash and shingles
 */
#include "tap.h"

#include "hash.h"
#include "hash_bands.h"
#include "minhash.h"
#include "simhash.h"
#include "text_words.h"
#include "xxh64.h"

#define SETS 400

static void
test_isas(void)
{
	const char *const isas[] = {"generic", "avx2", "avx512"};
	uint32_t	x[1000],
				first[DPK_MINHASH_SIZE],
				s[DPK_MINHASH_SIZE],
				parts[DPK_MINHASH_SIZE];

	for (int i = 0; i < 3; i++)
	{
		const dpk_kernels *k = dpk_kernels_named(isas[i]);

		if (k == NULL)
			continue;
		dpk_minhash_init(s);
		dpk_minhash_init(parts);
		for (int j = 0; j < 1000; j++)
			x[j] = (uint32_t) dpk_mix64(j);
		dpk_minhash_add(k, s, x, 1000);
		for (int j = 999; j >= 0; j--)
		{
			uint32_t	one = (uint32_t) dpk_mix64(j);

			dpk_minhash_add(k, parts, &one, 1);
		}
		ok(memcmp(s, parts, sizeof s) == 0, "%s: one at a time, backwards", isas[i]);
		if (i == 0)
			memcpy(first, s, sizeof s);
		ok(memcmp(s, first, sizeof s) == 0, "%s: as generic", isas[i]);
	}
}

/* Sets of 200 elements that share 0 to 200: errors within three standard errors, and none on average */
static void
test_estimate(void)
{
	const dpk_kernels *k = dpk_kernels_best();
	int			outside = 0;
	double		sum = 0;

	for (int i = 0; i < SETS; i++)
	{
		uint32_t	a[200],
					b[200],
					s[DPK_MINHASH_SIZE],
					t[DPK_MINHASH_SIZE];
		int			shared = i % 21 * 10;
		double		truth = shared / (400.0 - shared),
					error = sqrt(truth * (1 - truth) / DPK_MINHASH_SIZE),
					off;

		for (int j = 0; j < 200; j++)
		{
			a[j] = (uint32_t) dpk_mix64((uint64_t) i << 32 | j);
			b[j] = j < shared ? a[j] : (uint32_t) dpk_mix64((uint64_t) i << 32 | (1000 + j));
		}
		dpk_minhash_init(s);
		dpk_minhash_init(t);
		dpk_minhash_add(k, s, a, 200);
		dpk_minhash_add(k, t, b, 200);
		off = dpk_minhash_similarity(s, t) - truth;
		outside += fabs(off) > 3 * error;
		sum += error > 0 ? off / error : 0;
	}
	ok(outside <= SETS / 100, "estimates within three standard errors: all but %d of %d", outside, SETS);
	ok(fabs(sum / sqrt(SETS)) < 3, "and not to one side");
}

static void
test_shingles(void)
{
	dpk_shingles s = dpk_shingles_start("a bb c", 6, 2, false);
	const char *shingle;
	size_t		length;

	ok(dpk_shingles_next(&s, &shingle, &length) && length == 4 && memcmp(shingle, "a bb", 4) == 0 &&
	   dpk_shingles_next(&s, &shingle, &length) && length == 4 && memcmp(shingle, "bb c", 4) == 0 &&
	   !dpk_shingles_next(&s, &shingle, &length), "shingles of words");
	s = dpk_shingles_start("\xC3", 1, 3, true);
	ok(dpk_shingles_next(&s, &shingle, &length) && length == 1 && !dpk_shingles_next(&s, &shingle, &length), "of half a character");
	s = dpk_shingles_start("", 0, 3, true);
	ok(!dpk_shingles_next(&s, &shingle, &length), "of nothing");
}

int
main(void)
{
	dpk_simhash s = {0};
	int32_t		probes[3000];
	int			n = dpk_hash_probes(0, DPK_MAX_HASH_DISTANCE, probes);

	test_isas();
	test_estimate();
	test_shingles();

	/* xxhash 4.1.0 of PyPI: of nothing, of "abc" */
	ok(dpk_xxh64("", 0) == UINT64_C(0xEF46DB3751D8E999) && dpk_xxh64("abc", 3) == UINT64_C(0x44BC2CF5AD770999), "XXH64");
	dpk_simhash_add(&s, 3);
	dpk_simhash_add(&s, 1);
	ok(dpk_simhash_bits(&s) == 1, "SimHash wants more than half");
	ok(n == 4 * (1 + 16 + 120 + 560) && probes[n - 1] >> 16 == 3, "bands to look up");
	return done();
}
