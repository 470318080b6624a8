/*
 * top.h - the most frequent values, mergeable
 *
 * The summary of Misra and Gries (1982), merged as Agarwal et al. do
 * ("Mergeable summaries", PODS 2012): 'capacity' counters, twice as many while
 * it grows.  Once they are full, the count of rank capacity + 1 is taken from
 * all, and those left with nothing go.  A count is never too high, and too low
 * by at most 'missed', which never exceeds n / (capacity + 1).  While no more
 * than 2 * capacity values are different, all counts are exact.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head, then 'room' entries in order of their label,
 * then 'label_room' bytes of labels.
 */
#ifndef DPK_TOP_H
#define DPK_TOP_H

#include "fields.h"

#define DPK_MAX_COUNTERS 4096
#define DPK_MAX_TOP_LABEL 1000	/* bytes */

typedef struct dpk_top_entry
{
	int64_t		count;
	int32_t		label_at,
				label_length;
} dpk_top_entry;

typedef struct dpk_top
{
	int32_t		header;			/* the caller's */
	int32_t		capacity;
	int32_t		nentries,
				room;			/* at most 2 * capacity */
	int32_t		label_bytes,	/* used; some of them by entries that are gone */
				label_room;
	int64_t		n;
	int64_t		missed;
} dpk_top;

static inline dpk_top_entry *
dpk_top_entry_at(const dpk_top *t, int i)
{
	return (dpk_top_entry *) (t + 1) + i;
}

static inline const char *
dpk_top_label(const dpk_top *t, const dpk_top_entry *entry)
{
	return (const char *) dpk_top_entry_at(t, t->room) + entry->label_at;
}

extern size_t dpk_top_size(int room, int label_room);
extern void dpk_top_init(dpk_top *t, int capacity, int room, int label_room);

/* The room that a copy needs for one more label, of the longest length */
extern void dpk_top_larger(const dpk_top *t, int *room, int *label_room);

/* The bytes of the labels that are there */
extern int	dpk_top_label_bytes(const dpk_top *t);

/* 'to' is initialised, of the same capacity, with room enough */
extern void dpk_top_copy(dpk_top *to, const dpk_top *from);

/* 'count' more of a label; DPK_NO_MEMORY: copy to a larger state and call again; DPK_TOO_BIG for a long label */
extern dpk_status dpk_top_add(dpk_top *t, const char *label, size_t length, int64_t count, dpk_error *err);

/* Before the entries of 'other' are added, one by one: DPK_INVALID where the capacities differ */
extern dpk_status dpk_top_start_merge(dpk_top *t, const dpk_top *other, dpk_error *err);

extern void dpk_top_write(dpk_writer *w, const dpk_top *t);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_top_read(dpk_reader *r, dpk_top *t, size_t *size);

#endif							/* DPK_TOP_H */
