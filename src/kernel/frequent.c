/*
 * frequent.c - the most frequent values of a stream, told apart by a hash
 *
 * Behind the head lie the hashes and the counts of the entries, then the hash
 * table of entry numbers plus one (0: nobody) with linear probing, then the
 * list of free entries.  Nothing leaves the table but when it is made anew.
 */
#include "frequent.h"

#include <string.h>

#include "order.h"

static inline uint64_t *
hashes(const dpk_frequent *f)
{
	return (uint64_t *) (f + 1);
}

static inline int64_t *
counts(const dpk_frequent *f)
{
	return (int64_t *) (hashes(f) + 2 * f->capacity);
}

static inline int32_t *
places(const dpk_frequent *f)
{
	return (int32_t *) (counts(f) + 2 * f->capacity);
}

static inline int32_t *
free_entries(const dpk_frequent *f)
{
	return places(f) + f->nplaces;
}

static int
places_for(int capacity)
{
	int			n = 8;

	while (n < 4 * capacity)
		n *= 2;
	return n;
}

size_t
dpk_frequent_size(int capacity)
{
	return sizeof(dpk_frequent) + 2 * (size_t) capacity * (2 * sizeof(int64_t) + sizeof(int32_t)) +
		places_for(capacity) * sizeof(int32_t);
}

void
dpk_frequent_init(dpk_frequent *f, int capacity)
{
	memset(f, 0, dpk_frequent_size(capacity));
	f->capacity = capacity;
	f->nplaces = places_for(capacity);
}

int64_t
dpk_frequent_count(const dpk_frequent *f, int entry)
{
	return counts(f)[entry];
}

static void
insert(dpk_frequent *f, int entry)
{
	int32_t    *place = places(f);
	uint32_t	at = (uint32_t) hashes(f)[entry] & (f->nplaces - 1);

	while (place[at] != 0)
		at = (at + 1) & (f->nplaces - 1);
	place[at] = entry + 1;
}

/* Take the count of rank capacity + 1 from all; every count is exact as a double */
static void
prune(dpk_frequent *f)
{
	double		sorted[2 * DPK_MAX_FREQUENT]; /* 64 kB */
	int			n = 2 * f->capacity;
	int64_t		least;

	for (int i = 0; i < n; i++)
		sorted[i] = (double) counts(f)[i];
	dpk_select(sorted, n, n - 1 - f->capacity, NULL);
	least = (int64_t) sorted[n - 1 - f->capacity];
	memset(places(f), 0, f->nplaces * sizeof(int32_t));
	f->nfree = 0;
	for (int i = 0; i < n; i++)
	{
		counts(f)[i] = DPK_MAX(counts(f)[i] - least, 0);
		if (counts(f)[i] > 0)
			insert(f, i);
		else
			free_entries(f)[f->nfree++] = i;
	}
	f->missed += least;
}

int
dpk_frequent_add(dpk_frequent *f, uint64_t hash, bool *is_new)
{
	const int32_t *place = places(f);
	uint32_t	at = (uint32_t) hash & (f->nplaces - 1);
	int			entry;

	f->n++;
	*is_new = false;
	for (; place[at] != 0; at = (at + 1) & (f->nplaces - 1))
	{
		entry = place[at] - 1;
		if (hashes(f)[entry] == hash)
		{
			counts(f)[entry]++;
			return entry;
		}
	}
	if (f->nfree == 0 && f->nentries == 2 * f->capacity)
		prune(f);
	entry = f->nfree > 0 ? free_entries(f)[--f->nfree] : f->nentries++;
	hashes(f)[entry] = hash;
	counts(f)[entry] = 1;
	insert(f, entry);
	*is_new = true;
	return entry;
}
