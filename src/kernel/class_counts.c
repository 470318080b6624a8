/*
 * class_counts.c - how often each class was, was predicted, and both
 */
#include "class_counts.h"

#include <string.h>

static dpk_class_count *
entry(dpk_class_counts *c, int i)
{
	return (dpk_class_count *) (c + 1) + i;
}

size_t
dpk_class_counts_size(int room, int label_room)
{
	return sizeof(dpk_class_counts) + (size_t) room * sizeof(dpk_class_count) + label_room;
}

void
dpk_class_counts_init(dpk_class_counts *c, int room, int label_room)
{
	c->nclasses = c->label_bytes = 0;
	c->room = room;
	c->label_room = label_room;
	c->positive = -1;
	c->n = c->correct = 0;
}

void
dpk_class_counts_copy(dpk_class_counts *to, const dpk_class_counts *from)
{
	to->nclasses = from->nclasses;
	to->label_bytes = from->label_bytes;
	to->positive = from->positive;
	to->n = from->n;
	to->correct = from->correct;
	memcpy(entry(to, 0), dpk_class_count_at(from, 0), from->nclasses * sizeof(dpk_class_count));
	memcpy(entry(to, to->room), dpk_class_count_at(from, from->room), from->label_bytes);
}

/* Index of a label; where it is missing, *found is false and the index is where it belongs */
static int
find(const dpk_class_counts *c, const char *label, size_t length, bool *found)
{
	int			low = 0,
				high = c->nclasses;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = dpk_compare_bytes(dpk_class_label(c, middle), dpk_class_count_at(c, middle)->label_length, label, length);

		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

static dpk_status
insert(dpk_class_counts *c, int at, const char *label, size_t length, dpk_error *err)
{
	if (length > DPK_MAX_LABEL)
		return dpk_fail(err, DPK_TOO_BIG, "class label is longer than %d bytes", DPK_MAX_LABEL);
	if (c->nclasses == DPK_MAX_CLASSES)
		return dpk_fail(err, DPK_TOO_BIG, "more than %d classes", DPK_MAX_CLASSES);
	if (c->nclasses == c->room || length > (size_t) (c->label_room - c->label_bytes))
		return DPK_NO_MEMORY;
	memmove(entry(c, at + 1), entry(c, at), (c->nclasses - at) * sizeof(dpk_class_count));
	*entry(c, at) = (dpk_class_count) {0, 0, 0, c->label_bytes, (int32_t) length};
	memcpy((char *) entry(c, c->room) + c->label_bytes, label, length);
	c->label_bytes += (int32_t) length;
	c->nclasses++;
	if (c->positive >= at)
		c->positive++;
	return DPK_OK;
}

static dpk_status
find_or_insert(dpk_class_counts *c, const char *label, size_t length, int *at, dpk_error *err)
{
	bool		found;

	*at = find(c, label, length, &found);
	return found ? DPK_OK : insert(c, *at, label, length, err);
}

dpk_status
dpk_class_counts_add(dpk_class_counts *c, const char *actual, size_t actual_length,
					 const char *predicted, size_t predicted_length, dpk_error *err)
{
	bool		same = dpk_compare_bytes(actual, actual_length, predicted, predicted_length) == 0;
	bool		found;
	int			a,
				p;
	dpk_status	status = find_or_insert(c, actual, actual_length, &a, err);

	if (status != DPK_OK)
		return status;
	p = a;
	if (!same)
	{
		status = find_or_insert(c, predicted, predicted_length, &p, err);
		if (status != DPK_OK)
			return status;
		a = find(c, actual, actual_length, &found); /* the second may have moved the first */
	}
	c->n++;
	c->correct += same;
	entry(c, a)->actual++;
	entry(c, a)->correct += same;
	entry(c, p)->predicted++;
	return DPK_OK;
}

dpk_status
dpk_class_counts_set_positive(dpk_class_counts *c, const char *label, size_t length, dpk_error *err)
{
	int			at;
	dpk_status	status = find_or_insert(c, label, length, &at, err);

	if (status != DPK_OK)
		return status;
	if (c->positive >= 0 && c->positive != at)
		return dpk_fail(err, DPK_INVALID, "the positive class must be the same for every row");
	c->positive = at;
	return DPK_OK;
}

dpk_status
dpk_class_counts_merge(dpk_class_counts *c, const dpk_class_counts *other, dpk_error *err)
{
	int			at;
	dpk_status	status;

	if (c->n + other->n > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "class counts count too many rows");

	/* first all that can fail, so that a second call does not count twice */
	for (int i = 0; i < other->nclasses; i++)
	{
		status = find_or_insert(c, dpk_class_label(other, i), dpk_class_count_at(other, i)->label_length, &at, err);
		if (status != DPK_OK)
			return status;
	}
	if (other->positive >= 0)
	{
		status = dpk_class_counts_set_positive(c, dpk_class_label(other, other->positive),
											   dpk_class_count_at(other, other->positive)->label_length, err);
		if (status != DPK_OK)
			return status;
	}
	for (int i = 0; i < other->nclasses; i++)
	{
		const dpk_class_count *from = dpk_class_count_at(other, i);
		bool		found;

		at = find(c, dpk_class_label(other, i), from->label_length, &found);
		entry(c, at)->actual += from->actual;
		entry(c, at)->predicted += from->predicted;
		entry(c, at)->correct += from->correct;
	}
	c->n += other->n;
	c->correct += other->correct;
	return DPK_OK;
}

static double
ratio(int64_t part, int64_t whole)
{
	return whole == 0 ? 0 : (double) part / whole;
}

dpk_class_scores
dpk_class_count_scores(const dpk_class_count *count)
{
	return (dpk_class_scores) {
		.precision = ratio(count->correct, count->predicted),
		.recall = ratio(count->correct, count->actual),
		.f1 = ratio(2 * count->correct, count->actual + count->predicted)
	};
}

dpk_class_scores
dpk_class_counts_scores(const dpk_class_counts *c)
{
	dpk_class_scores mean = {0};
	int			nclasses = 0;

	for (int i = 0; i < c->nclasses; i++)
	{
		const dpk_class_count *count = dpk_class_count_at(c, i);
		dpk_class_scores s = dpk_class_count_scores(count);

		if (c->positive < 0 ? count->actual + count->predicted == 0 : i != c->positive)
			continue;
		mean.precision += s.precision;
		mean.recall += s.recall;
		mean.f1 += s.f1;
		nclasses++;
	}
	mean.precision /= DPK_MAX(nclasses, 1);
	mean.recall /= DPK_MAX(nclasses, 1);
	mean.f1 /= DPK_MAX(nclasses, 1);
	mean.accuracy = ratio(c->correct, c->n);
	return mean;
}

void
dpk_class_counts_write(dpk_writer *w, const dpk_class_counts *c)
{
	dpk_write_int(w, c->nclasses);
	dpk_write_int(w, c->positive);
	for (int i = 0; i < c->nclasses; i++)
	{
		const dpk_class_count *count = dpk_class_count_at(c, i);

		dpk_write_label(w, dpk_class_label(c, i), count->label_length);
		dpk_write_int(w, count->actual);
		dpk_write_int(w, count->predicted);
		dpk_write_int(w, count->correct);
	}
}

/* The counts must be such as rows can have made: actual and predicted both add up to n */
dpk_status
dpk_class_counts_read(dpk_reader *r, dpk_class_counts *c, size_t *size)
{
	int			nclasses = (int) dpk_read_int(r, 0, DPK_MAX_CLASSES),
				positive = (int) dpk_read_int(r, -1, (int64_t) nclasses - 1);
	int			label_room = (int) DPK_MIN(r->length, (size_t) DPK_MAX_CLASSES * DPK_MAX_LABEL);
	size_t		needed = dpk_class_counts_size(nclasses, label_room);
	int64_t		actual = 0,
				predicted = 0;

	/* a class takes eight bytes at least in either form */
	if (r->failed || (size_t) nclasses > r->length / 8)
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_class_counts_init(c, nclasses, label_room);
	for (int i = 0; i < nclasses; i++)
	{
		dpk_class_count *count = entry(c, i);
		size_t		max = DPK_MIN(DPK_MAX_LABEL, label_room - c->label_bytes);

		count->label_at = c->label_bytes;
		count->label_length = (int32_t) dpk_read_label(r, (char *) entry(c, nclasses) + c->label_bytes, max);
		c->label_bytes += count->label_length;
		count->actual = dpk_read_int(r, 0, DPK_MAX_ROWS - actual);
		count->predicted = dpk_read_int(r, 0, DPK_MAX_ROWS - predicted);
		count->correct = dpk_read_int(r, 0, DPK_MIN(count->actual, count->predicted));
		if (r->failed)
			return DPK_CORRUPT;
		actual += count->actual;
		predicted += count->predicted;
		c->correct += count->correct;
		c->nclasses++;
		if (i > 0 && dpk_compare_bytes(dpk_class_label(c, i - 1), entry(c, i - 1)->label_length, dpk_class_label(c, i), count->label_length) >= 0)
			return DPK_CORRUPT;
	}
	c->positive = positive;
	c->n = actual;
	return dpk_read_done(r) && actual == predicted ? DPK_OK : DPK_CORRUPT;
}
