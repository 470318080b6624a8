/*
 * encoder.c - categories and bins as numbers, learnt row by row
 */
#include "encoder.h"

#include <math.h>
#include <string.h>

#include "quantiles.h"

const char *const dpk_encoding_names[] = {"ordinal", "one_hot", "target", "k_bins", NULL};

#define NARROW 1e-8				/* a bin no wider than that is none */

size_t
dpk_encoder_size(dpk_encoding method, int room, int label_room)
{
	size_t		each = sizeof(dpk_category);

	if (method == DPK_K_BINS)
		return sizeof(dpk_encoder) + sizeof(dpk_sketch) + room * sizeof(double);
	if (method == DPK_TARGET)
		each += DPK_TARGET_FOLDS * sizeof(dpk_moments);
	return sizeof(dpk_encoder) + room * each + label_room;
}

void
dpk_encoder_init(dpk_encoder *e, dpk_encoding method, int bins, int room, int label_room)
{
	e->method = method;
	e->ncategories = 0;
	e->room = room;
	e->label_bytes = 0;
	e->label_room = label_room;
	e->bins = bins;
	e->unused = 0;
	if (method == DPK_K_BINS)
		dpk_sketch_init(dpk_encoder_sketch(e));
}

void
dpk_encoder_copy(dpk_encoder *to, const dpk_encoder *from)
{
	int			n = from->ncategories;

	if (from->method == DPK_K_BINS)
	{
		*dpk_encoder_sketch(to) = *dpk_encoder_sketch(from);
		memcpy(dpk_encoder_values(to), dpk_encoder_values(from), dpk_encoder_sketch(from)->nvalues * sizeof(double));
		return;
	}
	to->ncategories = n;
	to->label_bytes = from->label_bytes;
	memcpy(dpk_category_at(to, 0), dpk_category_at(from, 0), n * sizeof(dpk_category));
	if (from->method == DPK_TARGET)
		memcpy(dpk_category_targets(to, 0), dpk_category_targets(from, 0), n * DPK_TARGET_FOLDS * sizeof(dpk_moments));
	memcpy(dpk_encoder_labels(to), dpk_encoder_labels(from), from->label_bytes);
}

/* Where a label is, or belongs */
static int
search(const dpk_encoder *e, const char *label, size_t length, bool *found)
{
	int			low = 0,
				high = e->ncategories;

	*found = false;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = dpk_compare_bytes(dpk_category_label(e, middle), dpk_category_at(e, middle)->label_length, label, length);

		if (order == 0)
			*found = true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
dpk_encoder_find(const dpk_encoder *e, const char *label, size_t length)
{
	bool		found;
	int			at = search(e, label, length, &found);

	return found ? at : -1;
}

dpk_status
dpk_encoder_add(dpk_encoder *e, const char *label, size_t length, int *index, dpk_error *err)
{
	bool		found;
	int			at = search(e, label, length, &found),
				after = e->ncategories - at;

	*index = at;
	if (found)
		return DPK_OK;
	if (length > DPK_MAX_CATEGORY)
		return dpk_fail(err, DPK_TOO_BIG, "category is longer than %d bytes", DPK_MAX_CATEGORY);
	if (e->ncategories == DPK_MAX_CATEGORIES)
	{
		dpk_fail(err, DPK_TOO_BIG, "more than %d categories", DPK_MAX_CATEGORIES);
		dpk_hint(err, "dp.hash_encode takes any number of them.");
		return DPK_TOO_BIG;
	}
	if (e->ncategories == e->room || length > (size_t) (e->label_room - e->label_bytes))
		return DPK_NO_MEMORY;
	memmove(dpk_category_at(e, at + 1), dpk_category_at(e, at), after * sizeof(dpk_category));
	*dpk_category_at(e, at) = (dpk_category) {e->label_bytes, (int32_t) length};
	if (e->method == DPK_TARGET)
	{
		memmove(dpk_category_targets(e, at + 1), dpk_category_targets(e, at), after * DPK_TARGET_FOLDS * sizeof(dpk_moments));
		memset(dpk_category_targets(e, at), 0, DPK_TARGET_FOLDS * sizeof(dpk_moments));
	}
	memcpy(dpk_encoder_labels(e) + e->label_bytes, label, length);
	e->label_bytes += (int32_t) length;
	e->ncategories++;
	return DPK_OK;
}

dpk_status
dpk_encoder_merge(dpk_encoder *e, const dpk_encoder *other, dpk_error *err)
{
	int			at;

	if (e->method == DPK_K_BINS)
	{
		if (dpk_encoder_sketch(e)->n + dpk_encoder_sketch(other)->n > DPK_MAX_ROWS)
			return dpk_fail(err, DPK_TOO_BIG, "encoder counts too many rows");
		dpk_sketch_merge(dpk_encoder_sketch(e), dpk_encoder_values(e), e->room, dpk_encoder_sketch(other), dpk_encoder_values(other));
		return DPK_OK;
	}

	/* first all that can fail, so that a second call does not count twice */
	for (int i = 0; i < other->ncategories; i++)
	{
		dpk_status	status = dpk_encoder_add(e, dpk_category_label(other, i), dpk_category_at(other, i)->label_length, &at, err);

		if (status != DPK_OK)
			return status;
		for (int f = 0; e->method == DPK_TARGET && f < DPK_TARGET_FOLDS; f++)
			if (dpk_category_targets(e, at)[f].n + dpk_category_targets(other, i)[f].n > DPK_MAX_ROWS)
				return dpk_fail(err, DPK_TOO_BIG, "encoder counts too many rows");
	}
	for (int i = 0; e->method == DPK_TARGET && i < other->ncategories; i++)
	{
		at = dpk_encoder_find(e, dpk_category_label(other, i), dpk_category_at(other, i)->label_length);
		for (int f = 0; f < DPK_TARGET_FOLDS; f++)
			dpk_moments_merge(&dpk_category_targets(e, at)[f], &dpk_category_targets(other, i)[f]);
	}
	return DPK_OK;
}

static dpk_moments
category_moments(const dpk_encoder *e, int i, int without)
{
	dpk_moments m = {0};

	for (int f = 0; f < DPK_TARGET_FOLDS; f++)
		if (f != without)
			dpk_moments_merge(&m, &dpk_category_targets(e, i)[f]);
	return m;
}

dpk_target_prior
dpk_encoder_prior(const dpk_encoder *e, int without)
{
	dpk_moments all = {0};

	for (int i = 0; i < e->ncategories; i++)
	{
		dpk_moments m = category_moments(e, i, without);

		dpk_moments_merge(&all, &m);
	}
	if (all.n == 0)
		return (dpk_target_prior) {NAN, NAN};
	return (dpk_target_prior) {dpk_moments_mean(&all), dpk_moments_spread(&all) / all.n};
}

double
dpk_encoder_target(const dpk_encoder *e, int i, int without, const dpk_target_prior *prior)
{
	dpk_moments m = {0};
	double		between,
				within,
				weight;

	if (i >= 0)
		m = category_moments(e, i, without);
	if (m.n == 0)
		return prior->mean;
	between = prior->variance * m.n;
	within = dpk_moments_spread(&m) / m.n;
	if (between + within == 0)
		return prior->mean;
	weight = between / (between + within);
	return weight * dpk_moments_mean(&m) + (1 - weight) * prior->mean;
}

int
dpk_encoder_edges(const dpk_encoder *e, double *edges)
{
	double		q[DPK_MAX_K_BINS + 1];
	int			last = 0;

	if (dpk_encoder_sketch(e)->n == 0)
		return 0;
	for (int i = 0; i <= e->bins; i++)
		q[i] = (double) i / e->bins;
	dpk_sketch_quantiles(dpk_encoder_sketch(e), dpk_encoder_values(e), e->bins + 1, q, edges);
	for (int i = 1; i <= e->bins; i++)
		if (edges[i] - edges[i - 1] > NARROW || (i == e->bins && last == 0))
			edges[++last] = edges[i];
	return last;
}

int32_t
dpk_murmur3(const char *bytes, size_t length)
{
	const uint8_t *p = (const uint8_t *) bytes;
	uint32_t	hash = 0,
				k = 0;

	for (size_t i = 0; i < length; i++)
	{
		k |= (uint32_t) p[i] << (8 * (i % 4));
		if (i % 4 < 3 && i + 1 < length)
			continue;
		k *= 0xCC9E2D51;
		k = k << 15 | k >> 17;
		hash ^= k * 0x1B873593;
		if (i % 4 == 3)
			hash = (hash << 13 | hash >> 19) * 5 + 0xE6546B64;
		k = 0;
	}
	hash ^= (uint32_t) length;
	hash = (hash ^ hash >> 16) * 0x85EBCA6B;
	hash = (hash ^ hash >> 13) * 0xC2B2AE35;
	return (int32_t) (hash ^ hash >> 16);
}

void
dpk_encoder_write(dpk_writer *w, const dpk_encoder *e)
{
	const char *name = dpk_encoding_names[e->method];

	dpk_write_label(w, name, strlen(name));
	if (e->method == DPK_K_BINS)
	{
		dpk_write_int(w, e->bins);
		dpk_sketch_write(w, dpk_encoder_sketch(e), dpk_encoder_values(e));
		return;
	}
	dpk_write_int(w, e->ncategories);
	for (int i = 0; i < e->ncategories; i++)
	{
		dpk_write_label(w, dpk_category_label(e, i), dpk_category_at(e, i)->label_length);
		for (int f = 0; e->method == DPK_TARGET && f < DPK_TARGET_FOLDS; f++)
			dpk_write_moments(w, &dpk_category_targets(e, i)[f]);
	}
}

static void
read_categories(dpk_reader *r, dpk_encoder *e, int n)
{
	for (int i = 0; i < n && !r->failed; i++)
	{
		dpk_category *c = dpk_category_at(e, i);

		c->label_at = e->label_bytes;
		c->label_length = (int32_t) dpk_read_label(r, dpk_encoder_labels(e) + e->label_bytes, DPK_MIN(DPK_MAX_CATEGORY, e->label_room - e->label_bytes));
		e->label_bytes += c->label_length;
		e->ncategories++;
		for (int f = 0; e->method == DPK_TARGET && f < DPK_TARGET_FOLDS; f++)
			dpk_read_moments(r, &dpk_category_targets(e, i)[f]);
		if (i > 0 && dpk_compare_bytes(dpk_category_label(e, i - 1), c[-1].label_length, dpk_category_label(e, i), c->label_length) >= 0)
			r->failed = true;
	}
}

dpk_status
dpk_encoder_read(dpk_reader *r, dpk_encoder *e, size_t *size)
{
	char		name[16];
	size_t		length = dpk_read_label(r, name, sizeof name),
				needed;
	int			method = 0,
				n,
				room,
				label_room = 0;

	while (dpk_encoding_names[method] &&
		   !(strlen(dpk_encoding_names[method]) == length && memcmp(name, dpk_encoding_names[method], length) == 0))
		method++;
	if (dpk_encoding_names[method] == NULL || r->failed)
		return DPK_CORRUPT;
	if (method == DPK_K_BINS)
	{
		n = (int) dpk_read_int(r, 2, DPK_MAX_K_BINS);
		room = dpk_sketches_room_to_read(r->length);
	}
	else
	{
		n = room = (int) dpk_read_int(r, 0, DPK_MAX_CATEGORIES);
		label_room = (int) DPK_MIN(r->length, (size_t) n * DPK_MAX_CATEGORY);
	}
	/* a category takes two bytes at least */
	if (r->failed || (method != DPK_K_BINS && (size_t) n > r->length / 2))
		return DPK_CORRUPT;
	needed = dpk_encoder_size(method, room, label_room);
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_encoder_init(e, method, method == DPK_K_BINS ? n : 0, room, label_room);
	if (method == DPK_K_BINS)
		dpk_sketch_read(r, dpk_encoder_sketch(e), dpk_encoder_values(e), room);
	else
		read_categories(r, e, n);
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
