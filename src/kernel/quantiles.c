/*
 * quantiles.c - a sketch of quantiles for each of several features
 */
#include "quantiles.h"

#include <math.h>
#include <string.h>

#define FIRST_ROOM 16

bool
dpk_sketches_size(int n, int room, size_t *size)
{
	size_t		each;

	return dpk_mul(room, sizeof(double), &each) && dpk_add(each, sizeof(dpk_sketch), &each) && dpk_mul(each, n, size);
}

void
dpk_sketches_init(const dpk_sketches *s)
{
	for (int i = 0; i < s->n; i++)
		dpk_sketch_init(&s->sketch[i]);
}

void
dpk_sketches_copy(const dpk_sketches *to, const dpk_sketches *from)
{
	memcpy(to->sketch, from->sketch, from->n * sizeof(dpk_sketch));
	for (int i = 0; i < from->n; i++)
		memcpy(dpk_sketch_values(to, i), dpk_sketch_values(from, i), from->sketch[i].nvalues * sizeof(double));
}

void
dpk_sketches_merge(const dpk_sketches *s, const dpk_sketches *other)
{
	for (int i = 0; i < s->n; i++)
		dpk_sketch_merge(&s->sketch[i], dpk_sketch_values(s, i), s->room, &other->sketch[i], dpk_sketch_values(other, i));
}

int
dpk_sketches_room(const dpk_sketches *s, const dpk_sketches *other)
{
	int			room = DPK_MAX(FIRST_ROOM, s->room);

	for (int i = 0; i < s->n && room < DPK_SKETCH_MAX; i++)
	{
		int			needed = dpk_sketch_needed(&s->sketch[i]) + (other ? dpk_sketch_needed(&other->sketch[i]) : 1);

		while (room < needed && room < DPK_SKETCH_MAX)
			room *= 2;
	}
	return DPK_MIN(room, DPK_SKETCH_MAX);
}

int
dpk_sketches_needed(const dpk_sketches *s)
{
	int			needed = 0;

	for (int i = 0; i < s->n; i++)
		needed = DPK_MAX(needed, dpk_sketch_needed(&s->sketch[i]));
	return needed;
}

int
dpk_sketches_room_to_read(size_t length)
{
	int			room = FIRST_ROOM;

	/* a value takes two bytes at least */
	while (room < DPK_SKETCH_MAX && (size_t) room < length / 2)
		room *= 2;
	return room;
}

bool
dpk_quantiles_size(int nfeatures, int room, size_t *size)
{
	return dpk_sketches_size(nfeatures, room, size) && dpk_add(*size, sizeof(dpk_quantiles), size);
}

void
dpk_quantiles_init(dpk_quantiles *q, int nfeatures, int room)
{
	dpk_sketches s;

	q->nfeatures = nfeatures;
	q->room = room;
	q->unused = 0;
	s = dpk_quantiles_sketches(q);
	dpk_sketches_init(&s);
}

static inline bool
is_present(const uint8_t *nulls, int i)
{
	return nulls == NULL || (nulls[i / 8] & (1 << (i % 8)));
}

dpk_status
dpk_quantiles_add(dpk_quantiles *q, const double *values, const uint8_t *nulls, dpk_error *err)
{
	dpk_sketches s = dpk_quantiles_sketches(q);
	int			nvalues = 0;

	for (int i = 0; i < s.n; i++)
		if (is_present(nulls, i) && isinf(values[nvalues++]))
			return dpk_fail(err, DPK_INVALID, "cannot take quantiles of an infinite value");
	for (int i = 0; i < s.n; i++)
		if (is_present(nulls, i))
		{
			if (!isnan(*values))
				dpk_sketch_add(&s.sketch[i], dpk_sketch_values(&s, i), s.room, *values);
			values++;
		}
	return DPK_OK;
}

dpk_status
dpk_quantiles_merge(dpk_quantiles *q, const dpk_quantiles *other, dpk_error *err)
{
	dpk_sketches s = dpk_quantiles_sketches(q),
				o = dpk_quantiles_sketches(other);

	for (int i = 0; i < s.n; i++)
		if (s.sketch[i].n + o.sketch[i].n > DPK_MAX_ROWS)
			return dpk_fail(err, DPK_TOO_BIG, "quantiles count too many rows");
	dpk_sketches_merge(&s, &o);
	return DPK_OK;
}

void
dpk_quantiles_write(dpk_writer *w, const dpk_quantiles *q)
{
	dpk_sketches s = dpk_quantiles_sketches(q);

	dpk_write_int(w, s.n);
	for (int i = 0; i < s.n; i++)
		dpk_sketch_write(w, &s.sketch[i], dpk_sketch_values(&s, i));
}

dpk_status
dpk_quantiles_read(dpk_reader *r, dpk_quantiles *q, size_t *size)
{
	int			nfeatures = (int) dpk_read_int(r, 1, DPK_MAX_QUANTILE_FEATURES),
				room = dpk_sketches_room_to_read(r->length);
	size_t		needed;
	dpk_sketches s;

	/* a feature takes three fields of two bytes at least, so a claim beyond the input is a lie */
	if (r->failed || (size_t) nfeatures > r->length / 6 + 1)
		return DPK_CORRUPT;
	if (!dpk_quantiles_size(nfeatures, room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_quantiles_init(q, nfeatures, room);
	s = dpk_quantiles_sketches(q);
	for (int i = 0; i < nfeatures && !r->failed; i++)
		dpk_sketch_read(r, &s.sketch[i], dpk_sketch_values(&s, i), room);
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
