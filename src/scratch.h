/*
 * scratch.h - large memory that the next row uses again
 *
 * What a row needs for an image is taken and given back row after row.  From
 * malloc() it would come as new pages each time, which the kernel clears one
 * fault after the other: some 15 % of a JPEG decoded, changed and encoded.  So
 * a process keeps what was given back until the transaction ends, at most an
 * eighth of datapower.memory_limit.
 *
 * Taken memory belongs to CurrentMemoryContext as if it were palloc'd: it ends
 * with the context, after an error too.
 */
#ifndef DP_SCRATCH_H
#define DP_SCRATCH_H

#include "compat.h"

#include "utils/memutils.h"

#define DP_SCRATCH_ALIGN 64
#define DP_SCRATCH_MAX (MaxAllocHugeSize - 2 * DP_SCRATCH_ALIGN)

/* Uninitialised, aligned to DP_SCRATCH_ALIGN, at most DP_SCRATCH_MAX bytes */
extern void *dp_scratch(size_t bytes);

/* Earlier than its context; never pfree() */
extern void dp_free_scratch(void *p);

#endif							/* DP_SCRATCH_H */
