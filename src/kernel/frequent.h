/*
 * frequent.h - the most frequent values of a stream, told apart by a hash
 *
 * The summary of Misra and Gries (1982), as in top.h: 'capacity' counters,
 * twice as many while it grows; once they are full, the count of rank
 * capacity + 1 is taken from all, and those left with nothing are free again.
 * A count is never too high, and too low by at most 'missed', which never
 * exceeds n / (capacity + 1).  While no more than 2 * capacity values are
 * different, all counts are exact.
 *
 * Where top.h finds a label among sorted ones and can be merged and stored,
 * this finds a hash in a table, in the time of one cache miss, also where all
 * values are different.  The value itself is the caller's to keep, by the
 * number of its entry.
 *
 * One flat piece of memory that the caller owns.
 */
#ifndef DPK_FREQUENT_H
#define DPK_FREQUENT_H

#include "dpk.h"

#define DPK_MAX_FREQUENT 4096	/* capacity */

typedef struct dpk_frequent
{
	int32_t		capacity;
	int32_t		nfree;			/* entries that are free again, listed behind the places */
	int32_t		nentries;		/* that were ever in use, at most 2 * capacity */
	int32_t		nplaces;		/* of the hash table, a power of two */
	int64_t		n;
	int64_t		missed;
} dpk_frequent;

extern size_t dpk_frequent_size(int capacity);
extern void dpk_frequent_init(dpk_frequent *f, int capacity);

/* One more of a value: the number of its entry, from 0 to 2 * capacity - 1; *is_new: what the entry held before is gone */
extern int	dpk_frequent_add(dpk_frequent *f, uint64_t hash, bool *is_new);

/* 0 where the entry is free */
extern int64_t dpk_frequent_count(const dpk_frequent *f, int entry);

#endif							/* DPK_FREQUENT_H */
