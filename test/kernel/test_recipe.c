/*
 * test_recipe.c - many random recipes: each is refused or runs in the memory it asked for
 */
#include "philox.h"
#include "tap.h"

#include "../fuzz/fuzz_recipe.c"

int
main(void)
{
	dpk_random	random = dpk_random_start(1, 2, 3);
	uint8_t		data[300];

	for (int i = 0; i < 4000; i++)
	{
		int			n = 4 + dpk_random_below(&random, i % 2 ? 40 : 296);

		for (int j = 0; j < n; j++)
			data[j] = (uint8_t) (dpk_random_word(&random) >> 24);
		LLVMFuzzerTestOneInput(data, n);
	}
	ok(napplied > 1000, "recipes of random bytes, of which %d make sense", napplied);
	return done();
}
