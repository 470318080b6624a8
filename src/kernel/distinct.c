/*
 * distinct.c - how many different values there were, mergeable
 */
#include "distinct.h"

#include <math.h>
#include <string.h>

#define INDEX_BITS 12
#define MAX_RANK (64 - INDEX_BITS + 1)

/* A register in text: '0' to 'e' */
#define FIRST_DIGIT '0'

static inline uint64_t *
hashes(const dpk_distinct *d)
{
	return (uint64_t *) (d + 1);
}

static inline uint8_t *
registers(const dpk_distinct *d)
{
	return (uint8_t *) (d + 1);
}

size_t
dpk_distinct_size(int room)
{
	return sizeof(dpk_distinct) + room * sizeof(uint64_t);
}

void
dpk_distinct_init(dpk_distinct *d, int room)
{
	d->nhashes = 0;
	d->room = room;
	d->unused = 0;
}

void
dpk_distinct_copy(dpk_distinct *to, const dpk_distinct *from)
{
	to->nhashes = from->nhashes;
	memcpy(to + 1, from + 1, from->nhashes < 0 ? DPK_REGISTERS : from->nhashes * sizeof(uint64_t));
}

/* The first bits pick the register, which holds the longest run of zeros in the rest, and one */
static void
add_to_registers(uint8_t *r, uint64_t hash)
{
	uint64_t	rest = hash << INDEX_BITS;
	int			rank = rest == 0 ? MAX_RANK : __builtin_clzll(rest) + 1;
	uint8_t    *at = &r[hash >> (64 - INDEX_BITS)];

	*at = DPK_MAX(*at, rank);
}

static void
to_registers(dpk_distinct *d)
{
	uint8_t		r[DPK_REGISTERS] = {0};

	for (int i = 0; i < d->nhashes; i++)
		add_to_registers(r, hashes(d)[i]);
	memcpy(registers(d), r, sizeof r);
	d->nhashes = -1;
}

bool
dpk_distinct_add(dpk_distinct *d, uint64_t hash)
{
	uint64_t   *all = hashes(d);
	int			low = 0,
				high = d->nhashes;

	if (d->nhashes < 0)
	{
		add_to_registers(registers(d), hash);
		return true;
	}
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (all[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < d->nhashes && all[low] == hash)
		return true;
	if (d->nhashes == DPK_EXACT_HASHES)
	{
		to_registers(d);
		add_to_registers(registers(d), hash);
		return true;
	}
	if (d->nhashes == d->room)
		return false;
	memmove(all + low + 1, all + low, (d->nhashes - low) * sizeof *all);
	all[low] = hash;
	d->nhashes++;
	return true;
}

void
dpk_distinct_merge(dpk_distinct *d, const dpk_distinct *other)
{
	for (int i = 0; i < other->nhashes; i++)
		dpk_distinct_add(d, hashes(other)[i]);
	if (other->nhashes >= 0)
		return;
	if (d->nhashes >= 0)
		to_registers(d);
	for (int i = 0; i < DPK_REGISTERS; i++)
		registers(d)[i] = DPK_MAX(registers(d)[i], registers(other)[i]);
}

/* Ertl's equations (2.13) to (2.16) */
static double
sigma(double x)
{
	double		y = 1,
				z = x,
				last;

	if (x == 1)
		return INFINITY;
	do
	{
		x *= x;
		last = z;
		z += x * y;
		y += y;
	} while (z != last);
	return z;
}

static double
tau(double x)
{
	double		y = 1,
				z = 1 - x,
				last;

	if (x == 0 || x == 1)
		return 0;
	do
	{
		x = sqrt(x);
		last = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != last);
	return z / 3;
}

double
dpk_distinct_count(const dpk_distinct *d)
{
	const double m = DPK_REGISTERS;
	int			count[MAX_RANK + 1] = {0};
	double		z;

	if (d->nhashes >= 0)
		return d->nhashes;
	for (int i = 0; i < DPK_REGISTERS; i++)
		count[registers(d)[i]]++;
	z = m * tau(1 - count[MAX_RANK] / m);
	for (int k = MAX_RANK - 1; k >= 1; k--)
		z = 0.5 * (z + count[k]);
	z += m * sigma(count[0] / m);
	return m * m / z / (2 * log(2));
}

void
dpk_distinct_write(dpk_writer *w, const dpk_distinct *d)
{
	char		text[DPK_REGISTERS];

	dpk_write_int(w, d->nhashes);
	for (int i = 0; i < d->nhashes; i++)
		dpk_write_int(w, (int64_t) hashes(d)[i]);
	if (d->nhashes >= 0)
		return;
	for (int i = 0; i < DPK_REGISTERS; i++)
		text[i] = (char) (FIRST_DIGIT + registers(d)[i]);
	dpk_write_label(w, text, sizeof text);
}

static dpk_status
read_registers(dpk_reader *r, uint8_t *to)
{
	char		text[DPK_REGISTERS];

	if (dpk_read_label(r, text, sizeof text) != sizeof text)
		return DPK_CORRUPT;
	for (int i = 0; i < DPK_REGISTERS; i++)
	{
		if (text[i] < FIRST_DIGIT || text[i] > FIRST_DIGIT + MAX_RANK)
			return DPK_CORRUPT;
		to[i] = (uint8_t) (text[i] - FIRST_DIGIT);
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}

dpk_status
dpk_distinct_read(dpk_reader *r, dpk_distinct *d, size_t *size)
{
	int			nhashes = (int) dpk_read_int(r, -1, DPK_EXACT_HASHES),
				room = nhashes < 0 ? DPK_EXACT_HASHES : nhashes;

	if (r->failed)
		return DPK_CORRUPT;
	if (dpk_distinct_size(room) > *size)
	{
		*size = dpk_distinct_size(room);
		return DPK_NO_MEMORY;
	}
	dpk_distinct_init(d, room);
	d->nhashes = nhashes;
	if (nhashes < 0)
		return read_registers(r, registers(d));
	for (int i = 0; i < nhashes; i++)
	{
		hashes(d)[i] = (uint64_t) dpk_read_int(r, INT64_MIN, INT64_MAX);
		if (r->failed || (i > 0 && hashes(d)[i] <= hashes(d)[i - 1]))
			return DPK_CORRUPT;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
