/*
 * fuzz_idx.c - any bytes as an IDX file
 */
#include <stdlib.h>

#include "idx.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	void	   *work = aligned_alloc(16, DPK_INFLATE_WORK);
	dpk_idx		idx;
	dpk_error	err;

	if (dpk_idx_start(&idx, bytes, n, 1 << 20, work, NULL, &err) == DPK_OK && idx.item_bytes < 100 << 20)
	{
		uint8_t    *item = malloc(idx.item_bytes);
		bool		done = false;

		while (!done && dpk_idx_next(&idx, item, &done, &err) == DPK_OK)
			;
		free(item);
	}
	free(work);
	return 0;
}
