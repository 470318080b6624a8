/*
 * sketch.c - quantiles of a stream in bounded memory, mergeable
 */
#include "sketch.h"

#include <math.h>
#include <string.h>

#include "hash.h"
#include "order.h"

#define MIN_CAPACITY 8
#define INPUT_CAPACITY 128
#define SAMPLE_DEPTH 8			/* below it values are sampled */
#define MAX_BLOCK_BITS 30

void
dpk_sketch_init(dpk_sketch *s)
{
	memset(s, 0, sizeof *s);
	s->nlevels = 1;
}

/* The level that values come in at */
static inline int
input_level(const dpk_sketch *s)
{
	return DPK_MAX(s->nlevels - 1 - SAMPLE_DEPTH, 0);
}

/* K at the top, two thirds of it below, and so on; the lowest is wide enough that compacting it costs little per value */
static const int16_t by_depth[SAMPLE_DEPTH] = {512, 342, 228, 152, 102, 68, 45, 30};
static const int16_t sum_by_depth[SAMPLE_DEPTH + 1] = {0, 512, 854, 1082, 1234, 1336, 1404, 1449, 1479};

static int
capacity(const dpk_sketch *s, int level)
{
	int			depth = s->nlevels - 1 - level,
				usual = depth < SAMPLE_DEPTH ? by_depth[depth] : MIN_CAPACITY;

	return level == input_level(s) ? DPK_MAX(usual, INPUT_CAPACITY) : usual;
}

static inline int
total_capacity(const dpk_sketch *s)
{
	int			level = input_level(s);

	return sum_by_depth[s->nlevels - 1 - level] + capacity(s, level) + level * MIN_CAPACITY;
}

/* Where a level begins: the values of all higher ones come first */
static int
level_start(const dpk_sketch *s, int level)
{
	int			start = 0;

	for (int above = s->nlevels - 1; above > level; above--)
		start += s->count[above];
	return start;
}

/* Halve the lowest level that is full */
static void
compact(dpk_sketch *s, double *values)
{
	double		work[DPK_SKETCH_MAX]; /* 16 kB */
	int			level = 0,
				start,
				count,
				half,
				offset;

	while (level < s->nlevels - 1 && s->count[level] < capacity(s, level))
		level++;
	if (level == s->nlevels - 1)
		s->nlevels++;
	count = s->count[level];
	half = count / 2;
	start = level_start(s, level);
	dpk_sort(values + start, count, work);

	/* one of an odd number stays: the largest or the smallest, by another coin */
	offset = dpk_mix64((uint64_t) s->n * DPK_SKETCH_LEVELS + level) & 1;
	if (count % 2 == 1 && (dpk_mix64((uint64_t) s->n * DPK_SKETCH_LEVELS + level) & 2))
	{
		double		smallest = values[start];

		memmove(values + start, values + start + 1, (count - 1) * sizeof *values);
		values[start + count - 1] = smallest;
	}
	for (int i = 0; i < half; i++)
		values[start + i] = values[start + 2 * i + offset];

	/* what was promoted now ends the level above; the rest moves up behind it */
	memmove(values + start + half, values + start + 2 * half, (s->nvalues - start - 2 * half) * sizeof *values);
	s->count[level + 1] += half;
	s->count[level] = count - 2 * half;
	s->nvalues -= half;
}

/* Make room for one value at least */
static void
make_room(dpk_sketch *s, double *values, int room)
{
	while (s->nvalues >= total_capacity(s) || s->nvalues >= room)
		compact(s, values);
}

/* 'n' values into a level; there is room for them */
static void
insert(dpk_sketch *s, double *values, int level, const double *x, int n)
{
	int			at = s->nvalues;

	for (int below = 0; below < level; below++)
		at -= s->count[below];
	memmove(values + at + n, values + at, (s->nvalues - at) * sizeof *values);
	memcpy(values + at, x, n * sizeof *values);
	s->count[level] += n;
	s->nvalues += n;
}

void
dpk_sketch_add(dpk_sketch *s, double *values, int room, double x)
{
	int			level = input_level(s);

	s->n++;
	if (level > 0)
	{
		if (s->block == 0)
			s->pick = (int32_t) (dpk_mix64(s->n) & ((UINT64_C(1) << DPK_MIN(level, MAX_BLOCK_BITS)) - 1));
		if (s->block == 0 || s->block == s->pick)
			s->sample = x;
		if (++s->block < INT32_C(1) << DPK_MIN(level, MAX_BLOCK_BITS))
			return;
		s->block = 0;
		x = s->sample;
		level = DPK_MIN(level, MAX_BLOCK_BITS);
	}
	if (s->nvalues >= DPK_SKETCH_K || s->nvalues >= room)
		make_room(s, values, room);
	insert(s, values, level, &x, 1);
}

/* Part of a block: as many values as it has bits, of their weights */
static void
add_block(dpk_sketch *s, double *values, int room, int32_t block, double sample)
{
	for (int level = 0; (int64_t) block >> level > 0; level++)
		if (block >> level & 1)
		{
			make_room(s, values, room);
			insert(s, values, level, &sample, 1);
		}
}

void
dpk_sketch_merge(dpk_sketch *s, double *values, int room, const dpk_sketch *other, const double *other_values)
{
	int32_t		block = s->block;

	s->block = 0;
	if (other->nlevels > s->nlevels)
		s->nlevels = other->nlevels;
	s->n += other->n;
	add_block(s, values, room, block, s->sample);
	add_block(s, values, room, other->block, other->sample);
	for (int level = other->nlevels - 1; level >= 0; level--)
	{
		int			left = other->count[level];

		while (left > 0)
		{
			int			piece;

			make_room(s, values, room);
			piece = DPK_MIN(left, room - s->nvalues);
			insert(s, values, level, other_values, piece);
			other_values += piece;
			left -= piece;
		}
	}
}

DPK_DEFINE_SORT(sort_weighted, dpk_weighted,.value)

/* The value at a rank counted from 0; each weight is that of all values up to there */
static double
value_at(const dpk_weighted *x, int n, int64_t rank)
{
	int			low = 0,
				high = n - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (x[middle].weight > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return x[low].value;
}

int
dpk_sketch_weigh(const dpk_sketch *s, const double *values, dpk_weighted *x)
{
	int			n = 0;

	for (int level = s->nlevels - 1; level >= 0; level--)
		for (int i = 0; i < s->count[level]; i++, n++)
			x[n] = (dpk_weighted) {values[n], INT64_C(1) << level};
	if (s->block > 0)
		x[n++] = (dpk_weighted) {s->sample, s->block};
	return n;
}

void
dpk_sketch_rank(const dpk_sketch *s, const double *values, double x, double *less, double *not_greater)
{
	dpk_weighted	all[DPK_SKETCH_MAX + 1]; /* 32 kB */
	int			n = dpk_sketch_weigh(s, values, all);
	int64_t		below = 0,
				equal = 0;

	for (int i = 0; i < n; i++)
	{
		if (all[i].value < x)
			below += all[i].weight;
		else if (all[i].value == x)
			equal += all[i].weight;
	}
	*less = (double) below / s->n;
	*not_greater = (double) (below + equal) / s->n;
}

void
dpk_sketch_quantiles(const dpk_sketch *s, const double *values, int nq, const double *q, double *result)
{
	dpk_weighted	sorted[DPK_SKETCH_MAX + 1]; /* 32 kB */
	int			n = dpk_sketch_weigh(s, values, sorted);

	sort_weighted(sorted, n);
	for (int i = 1; i < n; i++)
		sorted[i].weight += sorted[i - 1].weight;
	for (int i = 0; i < nq; i++)
	{
		double		place = q[i] * (double) (s->n - 1);
		int64_t		rank = (int64_t) floor(place);
		double		low = value_at(sorted, n, rank),
					high = value_at(sorted, n, rank + 1);
		double		t = place - (double) rank;

		result[i] = t == 0 || low == high ? low : low * (1 - t) + high * t;
	}
}

void
dpk_sketch_write(dpk_writer *w, const dpk_sketch *s, const double *values)
{
	dpk_write_int(w, s->n);
	dpk_write_int(w, s->nlevels);
	for (int level = s->nlevels - 1; level >= 0; level--)
	{
		int			extra = (int64_t) s->block >> level & 1; /* what a merge would make of the block */

		dpk_write_int(w, s->count[level] + extra);
		for (int i = 0; i < s->count[level]; i++)
			dpk_write_double(w, *values++);
		if (extra)
			dpk_write_double(w, s->sample);
	}
}

/* The weights of the values must add up to n: that bounds every level */
void
dpk_sketch_read(dpk_reader *r, dpk_sketch *s, double *values, int room)
{
	int64_t		weight = 0;

	dpk_sketch_init(s);
	s->n = dpk_read_int(r, 0, DPK_MAX_ROWS);
	s->nlevels = (int32_t) dpk_read_int(r, 1, DPK_SKETCH_LEVELS - 2);
	for (int level = s->nlevels - 1; level >= 0; level--)
	{
		s->count[level] = (uint16_t) dpk_read_int(r, 0, room - s->nvalues);
		if (s->count[level] > s->n >> level)
			r->failed = true;
		else
			weight += (int64_t) s->count[level] << level;
		for (int i = 0; i < s->count[level] && !r->failed; i++, s->nvalues++)
		{
			values[s->nvalues] = dpk_read_double(r);
			if (!isfinite(values[s->nvalues]))
				r->failed = true;
		}
	}
	if (weight != s->n)
		r->failed = true;
}
