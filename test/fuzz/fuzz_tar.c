/*
 * fuzz_tar.c - any bytes as a tar archive, with the checksums of its blocks put right
 *
 * Without that hardly a mutation would get behind the header.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tar.h"

#define BLOCK 512

static void
set_checksums(uint8_t *bytes, size_t n)
{
	for (; n >= BLOCK; bytes += BLOCK, n -= BLOCK)
	{
		unsigned	sum = 0;

		if (memcmp(bytes + 257, "ustar", 5) != 0)
			continue;
		memset(bytes + 148, ' ', 8);
		for (int i = 0; i < BLOCK; i++)
			sum += bytes[i];
		snprintf((char *) bytes + 148, 8, "%06o", sum);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	uint8_t    *copy = malloc(n ? n : 1);
	void	   *work = aligned_alloc(16, DPK_INFLATE_WORK);
	dpk_tar    *tar = malloc(sizeof(dpk_tar));
	bool		done = false;
	dpk_error	err;

	memcpy(copy, bytes, n);
	set_checksums(copy, n);
	if (dpk_tar_start(tar, copy, n, 1 << 20, work, NULL, &err) == DPK_OK)
	{
		while (dpk_tar_next(tar, &done, &err) == DPK_OK && !done)
		{
			/* leave some unread */
			if (tar->size < 100 << 20 && tar->size % 3 != 0)
			{
				uint8_t    *content = malloc(tar->size);
				dpk_status	status = dpk_tar_read(tar, content, &err);

				free(content);
				if (status != DPK_OK)
					break;
			}
		}
	}
	free(tar);
	free(work);
	free(copy);
	return 0;
}
