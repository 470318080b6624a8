/*
 * label_counts.c - how often each label was given, and how often two answers to one item agree
 */
#include "label_counts.h"

#include <math.h>
#include <string.h>

#define TIE 1e-12				/* of the weight: what rounding does to sums in another order */
#define MOST_WEIGHT 1e300		/* of a label or of what agrees */

size_t
dpk_label_counts_size(int room, int label_room)
{
	return sizeof(dpk_label_counts) + (size_t) room * sizeof(dpk_label_count) + label_room;
}

void
dpk_label_counts_init(dpk_label_counts *c, int room, int label_room)
{
	c->n = c->label_bytes = c->unused = 0;
	c->room = room;
	c->label_room = label_room;
	c->items = c->fewest = c->most = 0;
	c->agree = (dpk_sum) {0, 0};
}

void
dpk_label_counts_copy(dpk_label_counts *to, const dpk_label_counts *from)
{
	to->n = from->n;
	to->label_bytes = from->label_bytes;
	to->items = from->items;
	to->fewest = from->fewest;
	to->most = from->most;
	to->agree = from->agree;
	memcpy(dpk_label_count_at(to, 0), dpk_label_count_at(from, 0), from->n * sizeof(dpk_label_count));
	memcpy(dpk_label_count_at(to, to->room), dpk_label_count_at(from, from->room), from->label_bytes);
}

static int
compare(const dpk_label_counts *c, int i, const char *label, size_t length)
{
	return dpk_compare_bytes(dpk_label_count_label(c, i), dpk_label_count_at(c, i)->length, label, length);
}

/* Where a label is, or belongs */
static int
search(const dpk_label_counts *c, const char *label, size_t length, bool *found)
{
	int			low = 0,
				high = c->n;

	*found = false;
	while (low < high)
	{
		int			middle = (low + high) / 2,
					order = compare(c, middle, label, length);

		*found = *found || order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static dpk_status
find_or_insert(dpk_label_counts *c, const char *label, size_t length, int *at, dpk_error *err)
{
	bool		found;

	*at = search(c, label, length, &found);
	if (found)
		return DPK_OK;
	if (length > DPK_MAX_COUNTED_LABEL)
		return dpk_fail(err, DPK_TOO_BIG, "label is longer than %d bytes", DPK_MAX_COUNTED_LABEL);
	if (c->n == DPK_MAX_COUNTED)
		return dpk_fail(err, DPK_TOO_BIG, "more than %d labels", DPK_MAX_COUNTED);
	if (c->n == c->room || length > (size_t) (c->label_room - c->label_bytes))
		return DPK_NO_MEMORY;
	memmove(dpk_label_count_at(c, *at + 1), dpk_label_count_at(c, *at), (c->n - *at) * sizeof(dpk_label_count));
	*dpk_label_count_at(c, *at) = (dpk_label_count) {{0, 0}, c->label_bytes, (int32_t) length};
	memcpy((char *) dpk_label_count_at(c, c->room) + c->label_bytes, label, length);
	c->label_bytes += (int32_t) length;
	c->n++;
	return DPK_OK;
}

dpk_status
dpk_label_counts_add(dpk_label_counts *c, const char *label, size_t length, double weight, dpk_error *err)
{
	int			at;
	dpk_status	status = find_or_insert(c, label, length, &at, err);

	if (status == DPK_OK)
		dpk_sum_add(&dpk_label_count_at(c, at)->weight, weight);
	return status;
}

void
dpk_label_counts_item(dpk_label_counts *c, int64_t n, double pairs)
{
	c->fewest = c->items == 0 ? n : DPK_MIN(c->fewest, n);
	c->most = DPK_MAX(c->most, n);
	c->items++;
	dpk_sum_add(&c->agree, pairs / (double) (n - 1));
}

dpk_status
dpk_label_counts_merge(dpk_label_counts *c, const dpk_label_counts *other, dpk_error *err)
{
	int			at;

	if (c->items + other->items > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "label counts count too many rows");
	/* first all that can fail, so that a second call does not count twice */
	for (int i = 0; i < other->n; i++)
	{
		dpk_status	status = find_or_insert(c, dpk_label_count_label(other, i), dpk_label_count_at(other, i)->length, &at, err);

		if (status != DPK_OK)
			return status;
		if (dpk_label_count_at(c, at)->weight.sum + dpk_label_count_at(other, i)->weight.sum > MOST_WEIGHT)
			return dpk_fail(err, DPK_TOO_BIG, "label counts have too large weights");
	}
	if (c->agree.sum + other->agree.sum > MOST_WEIGHT)
		return dpk_fail(err, DPK_TOO_BIG, "label counts have too large weights");
	for (int i = 0; i < other->n; i++)
	{
		const dpk_sum *weight = &dpk_label_count_at(other, i)->weight;
		bool		found;

		at = search(c, dpk_label_count_label(other, i), dpk_label_count_at(other, i)->length, &found);
		dpk_sum_add(&dpk_label_count_at(c, at)->weight, weight->sum);
		dpk_sum_add(&dpk_label_count_at(c, at)->weight, weight->rest);
	}
	if (other->items > 0)
	{
		c->fewest = c->items == 0 ? other->fewest : DPK_MIN(c->fewest, other->fewest);
		c->most = DPK_MAX(c->most, other->most);
	}
	c->items += other->items;
	dpk_sum_add(&c->agree, other->agree.sum);
	dpk_sum_add(&c->agree, other->agree.rest);
	return DPK_OK;
}

static double
weight_at(const dpk_label_counts *c, int i)
{
	return dpk_sum_total(&dpk_label_count_at(c, i)->weight);
}

int
dpk_label_counts_best(const dpk_label_counts *c)
{
	double		largest = -1;

	for (int i = 0; i < c->n; i++)
		largest = DPK_MAX(largest, weight_at(c, i));
	for (int i = 0; i < c->n; i++)
		if (weight_at(c, i) >= largest - TIE * largest)
			return i;
	return -1;
}

double
dpk_fleiss_kappa(const dpk_label_counts *c)
{
	double		n = 0,
				chance = 0,
				observed;

	if (c->items == 0)
		return NAN;
	for (int i = 0; i < c->n; i++)
		n += weight_at(c, i);
	for (int i = 0; i < c->n; i++)
		chance += (weight_at(c, i) / n) * (weight_at(c, i) / n);
	observed = dpk_sum_total(&c->agree) / n;
	return chance >= 1 ? NAN : (observed - chance) / (1 - chance);
}

double
dpk_krippendorff_alpha(const dpk_label_counts *c)
{
	double		n = 0,
				disagree = 0;

	if (c->items == 0)
		return NAN;
	for (int i = 0; i < c->n; i++)
		n += weight_at(c, i);
	for (int i = 0; i < c->n; i++)
		disagree += weight_at(c, i) * (n - weight_at(c, i));
	if (disagree <= 0)
		return 1;
	return 1 - (n - dpk_sum_total(&c->agree)) * (n - 1) / disagree;
}

void
dpk_label_counts_write(dpk_writer *w, const dpk_label_counts *c)
{
	dpk_write_int(w, c->n);
	dpk_write_int(w, c->items);
	dpk_write_int(w, c->fewest);
	dpk_write_int(w, c->most);
	dpk_write_double(w, c->agree.sum);
	dpk_write_double(w, c->agree.rest);
	for (int i = 0; i < c->n; i++)
	{
		const dpk_label_count *count = dpk_label_count_at(c, i);

		dpk_write_label(w, dpk_label_count_label(c, i), count->length);
		dpk_write_double(w, count->weight.sum);
		dpk_write_double(w, count->weight.rest);
	}
}

static dpk_sum
read_sum(dpk_reader *r)
{
	dpk_sum		s;

	s.sum = dpk_read_double(r);
	s.rest = dpk_read_double(r);
	if (!(isfinite(s.sum) && isfinite(s.rest) && s.sum >= 0 && s.sum <= MOST_WEIGHT && fabs(s.rest) <= s.sum))
		r->failed = true;
	return s;
}

dpk_status
dpk_label_counts_read(dpk_reader *r, dpk_label_counts *c, size_t *size)
{
	int			n = (int) dpk_read_int(r, 0, DPK_MAX_COUNTED);
	int			label_room = (int) DPK_MIN(r->length, (size_t) n * DPK_MAX_COUNTED_LABEL);
	size_t		needed = dpk_label_counts_size(n, label_room);

	if (r->failed || (size_t) n > r->length / 6)
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_label_counts_init(c, n, label_room);
	c->items = dpk_read_int(r, 0, DPK_MAX_ROWS);
	c->fewest = dpk_read_int(r, c->items == 0 ? 0 : 2, c->items == 0 ? 0 : DPK_MAX_ROWS);
	c->most = dpk_read_int(r, c->fewest, c->items == 0 ? 0 : DPK_MAX_ROWS);
	c->agree = read_sum(r);
	for (int i = 0; i < n && !r->failed; i++)
	{
		dpk_label_count *count = dpk_label_count_at(c, i);
		char	   *label = (char *) dpk_label_count_at(c, n) + c->label_bytes;

		count->at = c->label_bytes;
		count->length = (int32_t) dpk_read_label(r, label, DPK_MIN(DPK_MAX_COUNTED_LABEL, label_room - c->label_bytes));
		count->weight = read_sum(r);
		if (r->failed || (i > 0 && compare(c, i - 1, label, count->length) >= 0))
			return DPK_CORRUPT;
		c->label_bytes += count->length;
		c->n++;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
