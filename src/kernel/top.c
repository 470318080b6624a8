/*
 * top.c - the most frequent values, mergeable
 */
#include "top.h"

#include <string.h>

#include "order.h"

size_t
dpk_top_size(int room, int label_room)
{
	return sizeof(dpk_top) + (size_t) room * sizeof(dpk_top_entry) + label_room;
}

void
dpk_top_init(dpk_top *t, int capacity, int room, int label_room)
{
	int32_t		header = t->header;

	memset(t, 0, sizeof *t);
	t->header = header;
	t->capacity = capacity;
	t->room = room;
	t->label_room = label_room;
}

int
dpk_top_label_bytes(const dpk_top *t)
{
	int			bytes = 0;

	for (int i = 0; i < t->nentries; i++)
		bytes += dpk_top_entry_at(t, i)->label_length;
	return bytes;
}

void
dpk_top_larger(const dpk_top *t, int *room, int *label_room)
{
	*room = t->nentries < t->room ? t->room : DPK_MIN(2 * t->capacity, 2 * t->room + 8);
	*label_room = 2 * dpk_top_label_bytes(t) + DPK_MAX_TOP_LABEL;
}

void
dpk_top_copy(dpk_top *to, const dpk_top *from)
{
	to->n = from->n;
	to->missed = from->missed;
	to->nentries = from->nentries;
	to->label_bytes = 0;
	for (int i = 0; i < from->nentries; i++)
	{
		const dpk_top_entry *entry = dpk_top_entry_at(from, i);

		*dpk_top_entry_at(to, i) = (dpk_top_entry) {entry->count, to->label_bytes, entry->label_length};
		memcpy((char *) dpk_top_entry_at(to, to->room) + to->label_bytes, dpk_top_label(from, entry), entry->label_length);
		to->label_bytes += entry->label_length;
	}
}

/* Index of a label; where it is missing, *found is false and the index is where it belongs */
static int
find(const dpk_top *t, const char *label, size_t length, bool *found)
{
	int			low = 0,
				high = t->nentries;

	*found = false;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		const dpk_top_entry *entry = dpk_top_entry_at(t, middle);
		int			order = dpk_compare_bytes(dpk_top_label(t, entry), entry->label_length, label, length);

		if (order == 0)
			*found = true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Take the count of rank capacity + 1 from all; every count is exact as a double */
static void
prune(dpk_top *t)
{
	double		counts[2 * DPK_MAX_COUNTERS];	/* 64 kB */
	int64_t		least;
	int			left = 0;

	for (int i = 0; i < t->nentries; i++)
		counts[i] = (double) dpk_top_entry_at(t, i)->count;
	dpk_select(counts, t->nentries, t->nentries - 1 - t->capacity, NULL);
	least = (int64_t) counts[t->nentries - 1 - t->capacity];
	for (int i = 0; i < t->nentries; i++)
	{
		dpk_top_entry entry = *dpk_top_entry_at(t, i);

		entry.count -= least;
		if (entry.count > 0)
			*dpk_top_entry_at(t, left++) = entry;
	}
	t->nentries = left;
	t->missed += least;
	if (left == 0)
		t->label_bytes = 0;
}

dpk_status
dpk_top_add(dpk_top *t, const char *label, size_t length, int64_t count, dpk_error *err)
{
	bool		found;
	int			at = find(t, label, length, &found);

	if (!found)
	{
		if (length > DPK_MAX_TOP_LABEL)
		{
			dpk_fail(err, DPK_TOO_BIG, "value is longer than %d bytes", DPK_MAX_TOP_LABEL);
			dpk_hint(err, "Count left(x, 250) or md5(x) instead.");
			return DPK_TOO_BIG;
		}
		if (t->nentries == 2 * t->capacity)
		{
			prune(t);
			at = find(t, label, length, &found);
		}
		if (t->nentries == t->room || length > (size_t) (t->label_room - t->label_bytes))
			return DPK_NO_MEMORY;
		memmove(dpk_top_entry_at(t, at + 1), dpk_top_entry_at(t, at), (t->nentries - at) * sizeof(dpk_top_entry));
		*dpk_top_entry_at(t, at) = (dpk_top_entry) {0, t->label_bytes, (int32_t) length};
		memcpy((char *) dpk_top_entry_at(t, t->room) + t->label_bytes, label, length);
		t->label_bytes += (int32_t) length;
		t->nentries++;
	}
	dpk_top_entry_at(t, at)->count += count;
	t->n += count;
	return DPK_OK;
}

dpk_status
dpk_top_start_merge(dpk_top *t, const dpk_top *other, dpk_error *err)
{
	int64_t		counted = 0;

	if (t->capacity != other->capacity)
	{
		dpk_fail(err, DPK_INVALID, "cannot merge states with different numbers of counters");
		dpk_detail(err, "One has %d, the other %d.", t->capacity, other->capacity);
		return DPK_INVALID;
	}
	if (t->n + other->n > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "state counts too many rows");
	for (int i = 0; i < other->nentries; i++)
		counted += dpk_top_entry_at(other, i)->count;
	t->n += other->n - counted; /* the entries bring the rest */
	t->missed += other->missed;
	return DPK_OK;
}

void
dpk_top_write(dpk_writer *w, const dpk_top *t)
{
	dpk_write_int(w, t->capacity);
	dpk_write_int(w, t->n);
	dpk_write_int(w, t->missed);
	dpk_write_int(w, t->nentries);
	for (int i = 0; i < t->nentries; i++)
	{
		const dpk_top_entry *entry = dpk_top_entry_at(t, i);

		dpk_write_label(w, dpk_top_label(t, entry), entry->label_length);
		dpk_write_int(w, entry->count);
	}
}

dpk_status
dpk_top_read(dpk_reader *r, dpk_top *t, size_t *size)
{
	int			capacity = (int) dpk_read_int(r, 1, DPK_MAX_COUNTERS);
	int64_t		n = dpk_read_int(r, 0, DPK_MAX_ROWS),
				missed = dpk_read_int(r, 0, n / (capacity + 1)),
				left = n;
	int			nentries = (int) dpk_read_int(r, 0, 2 * capacity),
				label_room = (int) DPK_MIN(r->length, (size_t) nentries * DPK_MAX_TOP_LABEL);
	size_t		needed = dpk_top_size(nentries, label_room);

	if (r->failed || (size_t) nentries > r->length / 4)
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_top_init(t, capacity, nentries, label_room);
	t->n = n;
	t->missed = missed;
	for (int i = 0; i < nentries; i++)
	{
		dpk_top_entry *entry = dpk_top_entry_at(t, i);

		entry->label_at = t->label_bytes;
		entry->label_length = (int32_t) dpk_read_label(r, (char *) dpk_top_entry_at(t, nentries) + t->label_bytes,
													   DPK_MIN(DPK_MAX_TOP_LABEL, label_room - t->label_bytes));
		t->label_bytes += entry->label_length;
		entry->count = dpk_read_int(r, 1, left);
		if (r->failed || entry->count > left ||
			(i > 0 && dpk_compare_bytes(dpk_top_label(t, entry - 1), entry[-1].label_length, dpk_top_label(t, entry), entry->label_length) >= 0))
			return DPK_CORRUPT;
		left -= entry->count;
		t->nentries++;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
