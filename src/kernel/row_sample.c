/*
 * row_sample.c - a sample of rows drawn by their keys, mergeable
 */
#include "row_sample.h"

#include <math.h>

#include "hash.h"
#include "philox.h"

#define OPERATION_SAMPLE 0x53414D00u
#define FIRST_ROWS 16

/* Twice the sample at most: when it is full the half with the smaller numbers stays */
int64_t
dpk_row_sample_room(const dpk_row_sample *s, int d, const dpk_row_sample *other)
{
	int64_t		rows = s->nvalues / dpk_row_sample_width(d) + (other ? other->nvalues / dpk_row_sample_width(d) : 1),
				most = 2 * s->size + (other ? 2 * s->size : 0),
				room = FIRST_ROWS;

	while (room < rows)
		room *= 2;
	return DPK_MIN(room, most) * dpk_row_sample_width(d);
}

static int
compare(const dpk_sample_value *a, const dpk_sample_value *b, int64_t n)
{
	if (a[0].u != b[0].u)
		return a[0].u < b[0].u ? -1 : 1;
	if (a[1].i != b[1].i)
		return a[1].i < b[1].i ? -1 : 1;
	/* two numbers can be equal by chance */
	for (int64_t i = 2; i < n; i++)
		if (a[i].f != b[i].f)
			return a[i].f < b[i].f ? -1 : 1;
	return 0;
}

static void
swap(dpk_sample_value *a, dpk_sample_value *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
	{
		dpk_sample_value value = a[i];

		a[i] = b[i];
		b[i] = value;
	}
}

static void
sift_down(dpk_sample_value *rows, int64_t i, int64_t n, int64_t width)
{
	for (int64_t child; (child = 2 * i + 1) < n; i = child)
	{
		if (child + 1 < n && compare(rows + child * width, rows + (child + 1) * width, width) < 0)
			child++;
		if (compare(rows + i * width, rows + child * width, width) >= 0)
			return;
		swap(rows + i * width, rows + child * width, width);
	}
}

#define SIFTED 4096				/* rows between two looks whether to stop */

/* A heap sort: in place, and no worse for whatever comes in */
static dpk_status
sort_rows(const dpk_row_sample *s, dpk_sample_value *rows, int d, const dpk_stop *stop)
{
	int64_t		width = dpk_row_sample_width(d),
				n = s->nvalues / width;

	for (int64_t i = n / 2; i-- > 0;)
	{
		if (i % SIFTED == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		sift_down(rows, i, n, width);
	}
	for (int64_t i = n; i-- > 1;)
	{
		if (i % SIFTED == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		swap(rows, rows + i * width, width);
		sift_down(rows, 0, i, width);
	}
	return DPK_OK;
}

dpk_status
dpk_row_sample_close(dpk_row_sample *s, dpk_sample_value *values, int d, const dpk_stop *stop, int64_t *n)
{
	if (sort_rows(s, values, d, stop) != DPK_OK)
		return DPK_STOPPED;
	*n = DPK_MIN(s->nvalues / dpk_row_sample_width(d), s->size);
	s->nvalues = *n * dpk_row_sample_width(d);
	return DPK_OK;
}

/* Make room where there are twice as many rows as are needed */
static dpk_status
prune(dpk_row_sample *s, dpk_sample_value *values, int d, const dpk_stop *stop)
{
	int64_t		n;

	if (s->nvalues / dpk_row_sample_width(d) < 2 * s->size)
		return DPK_OK;
	if (dpk_row_sample_close(s, values, d, stop, &n) != DPK_OK)
		return DPK_STOPPED;
	s->cutoff = values[s->nvalues - dpk_row_sample_width(d)].u;
	return DPK_OK;
}

/* Drawn by the key and mixed with what the row says, so that rows that share a key are no better or worse for their values */
static uint64_t
number_of(const dpk_row_sample *s, int d, int64_t key, const double *x)
{
	dpk_random	random = dpk_random_start(s->seed, key, OPERATION_SAMPLE);
	uint64_t	high = dpk_random_word(&random),
				number = high << 32 | dpk_random_word(&random);

	for (int j = 0; j < d; j++)
	{
		dpk_sample_value value = {.f = x[j] + 0.0};	/* -0 becomes 0 */

		number = dpk_mix64(number ^ value.u) + UINT64_C(0x9E3779B97F4A7C15);
	}
	return number;
}

dpk_status
dpk_row_sample_add(dpk_row_sample *s, dpk_sample_value *values, int d, int64_t key, const double *x, const dpk_stop *stop)
{
	uint64_t	number = number_of(s, d, key, x);
	dpk_sample_value *row;

	s->nrows++;
	if (number > s->cutoff)
		return DPK_OK;
	if (prune(s, values, d, stop) != DPK_OK)
		return DPK_STOPPED;
	row = values + s->nvalues;
	row[0].u = number;
	row[1].i = key;
	for (int j = 0; j < d; j++)
		row[2 + j].f = x[j] + 0.0;
	s->nvalues += dpk_row_sample_width(d);
	return DPK_OK;
}

dpk_status
dpk_row_sample_merge(dpk_row_sample *s, dpk_sample_value *values, int d,
					 const dpk_row_sample *other, const dpk_sample_value *others, const dpk_stop *stop)
{
	s->nrows += other->nrows;
	s->cutoff = DPK_MIN(s->cutoff, other->cutoff);
	memcpy(values + s->nvalues, others, other->nvalues * sizeof(dpk_sample_value));
	s->nvalues += other->nvalues;
	return prune(s, values, d, stop);
}

void
dpk_row_sample_matrix(const dpk_row_sample *s, const dpk_sample_value *values, int d, double *x)
{
	for (int64_t i = 0; i < s->nvalues; i += dpk_row_sample_width(d))
		for (int j = 0; j < d; j++)
			*x++ = values[i + 2 + j].f;
}

/* ---- text and binary ---- */

static inline bool
is_number(int d, int64_t i)
{
	return d > 0 && i % dpk_row_sample_width(d) < 2;
}

void
dpk_row_sample_write(dpk_writer *w, const dpk_row_sample *s, const dpk_sample_value *values, int d)
{
	dpk_write_int(w, s->size);
	dpk_write_int(w, s->seed);
	dpk_write_int(w, s->nrows);
	dpk_write_int(w, s->nvalues);
	for (int64_t i = 0; i < s->nvalues; i++)
		if (is_number(d, i))
			dpk_write_int(w, values[i].i);
		else
			dpk_write_double(w, values[i].f);
}

void
dpk_row_sample_read_head(dpk_reader *r, dpk_row_sample *s, int d)
{
	int64_t		width = dpk_row_sample_width(d);

	s->size = dpk_read_int(r, DPK_MIN_SAMPLE, DPK_MAX_SAMPLE);
	s->seed = dpk_read_int(r, INT64_MIN, INT64_MAX);
	s->nrows = dpk_read_int(r, 1, DPK_MAX_ROWS);
	s->cutoff = UINT64_MAX;

	/* a value takes two bytes at least, so a claim beyond the input is a lie */
	s->nvalues = dpk_read_int(r, 0, (int64_t) (r->length / 2 + 1));
	s->room = s->nvalues;
	if (d > 0 && (s->nvalues % width != 0 || s->nvalues / width > 2 * s->size || s->nvalues / width > s->nrows))
		r->failed = true;
}

void
dpk_row_sample_read_values(dpk_reader *r, const dpk_row_sample *s, dpk_sample_value *values, int d)
{
	for (int64_t i = 0; i < s->nvalues && !r->failed; i++)
		if (is_number(d, i))
			values[i].i = dpk_read_int(r, INT64_MIN, INT64_MAX);
		else
		{
			values[i].f = dpk_read_double(r);
			if (!isfinite(values[i].f))
				r->failed = true;
		}
}
