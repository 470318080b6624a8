/*
 * distinct.h - how many different values there were, mergeable
 *
 * Values are told apart by a 64-bit hash.  Up to DPK_EXACT_HASHES of them are
 * kept, and the count is exact; the same 4 kB then hold the registers of a
 * HyperLogLog (Flajolet et al. 2007), estimated as Ertl does ("New cardinality
 * estimation algorithms for HyperLogLog sketches", 2017), which needs neither
 * tables nor a switch between ranges.  The standard error is 1.04 / sqrt(4096),
 * or 1.6 %.  What is kept depends on the set of values alone: any order, any
 * split and any merge end in the same bytes.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head, then 'room' hashes in ascending order, or with
 * a room of DPK_EXACT_HASHES the registers.
 */
#ifndef DPK_DISTINCT_H
#define DPK_DISTINCT_H

#include "fields.h"

#define DPK_EXACT_HASHES 512
#define DPK_REGISTERS 4096

typedef struct dpk_distinct
{
	int32_t		header;			/* the caller's */
	int32_t		nhashes;		/* -1: registers */
	int32_t		room;
	int32_t		unused;
} dpk_distinct;

extern size_t dpk_distinct_size(int room);
extern void dpk_distinct_init(dpk_distinct *d, int room);

/* 'to' is initialised with room enough */
extern void dpk_distinct_copy(dpk_distinct *to, const dpk_distinct *from);

/* False where there is no room: copy to a state of twice the room and call again */
extern bool dpk_distinct_add(dpk_distinct *d, uint64_t hash);

/* 'd' with a room of DPK_EXACT_HASHES */
extern void dpk_distinct_merge(dpk_distinct *d, const dpk_distinct *other);

extern double dpk_distinct_count(const dpk_distinct *d);

extern void dpk_distinct_write(dpk_writer *w, const dpk_distinct *d);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_distinct_read(dpk_reader *r, dpk_distinct *d, size_t *size);

#endif							/* DPK_DISTINCT_H */
