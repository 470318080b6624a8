/*
 * detector.c - a sample of rows, and what a method learnt from it
 */
#include "detector.h"

#include <math.h>
#include <string.h>

#include "hash.h"
#include "philox.h"

#define OPERATION_SAMPLE 0x53414D00u
#define FIRST_ROWS 16

static inline int64_t
stride(const dpk_detector *t)
{
	return (int64_t) t->nfeatures + 2;
}

bool
dpk_detector_size(int64_t room, size_t *size)
{
	return dpk_mul((size_t) room, sizeof(dpk_detector_value), size) && dpk_add(*size, sizeof(dpk_detector), size);
}

/* Twice the sample at most: when it is full the half with the smaller numbers stays */
int64_t
dpk_detector_room(const dpk_detector *t, const dpk_detector *other)
{
	int64_t		rows = t->nvalues / stride(t) + (other ? other->nvalues / stride(other) : 1),
				most = 2 * t->sample + (other ? 2 * t->sample : 0),
				room = FIRST_ROWS;

	while (room < rows)
		room *= 2;
	return DPK_MIN(room, most) * stride(t);
}

static int
compare(const dpk_detector_value *a, const dpk_detector_value *b, int64_t n)
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
swap(dpk_detector_value *a, dpk_detector_value *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
	{
		dpk_detector_value value = a[i];

		a[i] = b[i];
		b[i] = value;
	}
}

static void
sift_down(dpk_detector_value *rows, int64_t i, int64_t n, int64_t width)
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
sort_rows(dpk_detector *t, const dpk_stop *stop)
{
	dpk_detector_value *rows = dpk_detector_values(t);
	int64_t		width = stride(t),
				n = t->nvalues / width;

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
dpk_detector_close(dpk_detector *t, const dpk_stop *stop, int64_t *n)
{
	if (sort_rows(t, stop) != DPK_OK)
		return DPK_STOPPED;
	*n = DPK_MIN(t->nvalues / stride(t), t->sample);
	t->nvalues = *n * stride(t);
	return DPK_OK;
}

/* Make room where there are twice as many rows as are needed */
static dpk_status
prune(dpk_detector *t, const dpk_stop *stop)
{
	int64_t		n;

	if (t->nvalues / stride(t) < 2 * t->sample)
		return DPK_OK;
	if (dpk_detector_close(t, stop, &n) != DPK_OK)
		return DPK_STOPPED;
	t->cutoff = dpk_detector_values(t)[t->nvalues - stride(t)].u;
	return DPK_OK;
}

/* Drawn by the key and mixed with what the row says, so that rows that share a key are no better or worse for their values */
static uint64_t
number_of(const dpk_detector *t, int64_t key, const double *x)
{
	dpk_random	random = dpk_random_start(t->seed, key, OPERATION_SAMPLE);
	uint64_t	high = dpk_random_word(&random),
				number = high << 32 | dpk_random_word(&random);

	for (int j = 0; j < t->nfeatures; j++)
	{
		dpk_detector_value value = {.f = x[j] + 0.0};	/* -0 becomes 0 */

		number = dpk_mix64(number ^ value.u) + UINT64_C(0x9E3779B97F4A7C15);
	}
	return number;
}

dpk_status
dpk_detector_add(dpk_detector *t, int64_t key, const double *x, const dpk_stop *stop)
{
	uint64_t	number = number_of(t, key, x);
	dpk_detector_value *row;

	t->nrows++;
	if (number > t->cutoff)
		return DPK_OK;
	if (prune(t, stop) != DPK_OK)
		return DPK_STOPPED;
	row = dpk_detector_values(t) + t->nvalues;
	row[0].u = number;
	row[1].i = key;
	for (int j = 0; j < t->nfeatures; j++)
		row[2 + j].f = x[j] + 0.0;
	t->nvalues += stride(t);
	return DPK_OK;
}

dpk_status
dpk_detector_merge(dpk_detector *t, const dpk_detector *other, const dpk_stop *stop, dpk_error *err)
{
	if (t->nrows + other->nrows > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "detector counts too many rows");
	t->nrows += other->nrows;
	t->cutoff = DPK_MIN(t->cutoff, other->cutoff);
	memcpy(dpk_detector_values(t) + t->nvalues, dpk_detector_values(other), other->nvalues * sizeof(dpk_detector_value));
	t->nvalues += other->nvalues;
	return prune(t, stop);
}

void
dpk_detector_matrix(const dpk_detector *t, double *x)
{
	const dpk_detector_value *row = dpk_detector_values(t);

	for (int64_t i = 0; i < t->nvalues; i += stride(t))
		for (int j = 0; j < t->nfeatures; j++)
			*x++ = row[i + 2 + j].f;
}

void
dpk_detector_seal(dpk_detector *t)
{
	t->fitted = 1;
	t->room = t->nvalues;
	t->cutoff = 0;
	t->fingerprint = 0;
	for (int64_t i = 0; i < t->nvalues; i++)
		t->fingerprint = dpk_mix64(t->fingerprint ^ dpk_detector_values(t)[i].u) + UINT64_C(0x9E3779B97F4A7C15);
}

/* ---- text and binary ---- */

void
dpk_detector_write(dpk_writer *w, const dpk_detector *t)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	const dpk_detector_value *values = dpk_detector_values(t);

	dpk_write_label(w, m->name, strlen(m->name));
	dpk_write_int(w, t->nfeatures);
	dpk_write_int(w, t->fitted);
	dpk_write_int(w, t->has_threshold);
	if (t->has_threshold)
		dpk_write_double(w, t->threshold);
	dpk_write_int(w, t->has_contamination);
	if (t->has_contamination)
		dpk_write_double(w, t->contamination);
	for (int i = 0; m->options[i].name != NULL; i++)
		dpk_write_double(w, t->options[i]);
	dpk_write_int(w, t->sample);
	dpk_write_int(w, t->seed);
	dpk_write_int(w, t->nrows);
	dpk_write_int(w, t->nvalues);
	for (int64_t i = 0; i < t->nvalues; i++)
		if (!t->fitted && i % stride(t) < 2)
			dpk_write_int(w, values[i].i);
		else
			dpk_write_double(w, values[i].f);
}

static double
read_finite(dpk_reader *r)
{
	double		value = dpk_read_double(r);

	if (!isfinite(value))
		r->failed = true;
	return value;
}

static double
read_option(dpk_reader *r, const dpk_outlier_option *option)
{
	double		value = read_finite(r),
				min = option->min,
				max = option->max;

	if (option->type == DPK_OUTLIER_CHOICE)
	{
		min = max = 0;
		while (option->choices[(int) max + 1] != NULL)
			max++;
	}
	/* one that was not given and has no default lies below its least value */
	if (option->fallback == NULL)
		min -= 1;
	if (!(value >= min && value <= max) || (option->type != DPK_OUTLIER_FLOAT && value != floor(value)))
	{
		r->failed = true;
		return option->max;
	}
	return value;
}

static void
read_head(dpk_reader *r, dpk_detector *t)
{
	char		name[32];
	size_t		length = dpk_read_label(r, name, sizeof name);
	const dpk_outlier_method *m;

	*t = (dpk_detector) {.header = t->header};
	while (t->method < dpk_outlier_nmethods &&
		   !(strlen(dpk_outlier_methods[t->method]->name) == length && memcmp(name, dpk_outlier_methods[t->method]->name, length) == 0))
		t->method++;
	if (r->failed || t->method == dpk_outlier_nmethods || dpk_detector_method(t)->fit == NULL)
	{
		t->method = 0;
		r->failed = true;
		return;
	}
	m = dpk_detector_method(t);
	t->nfeatures = (int) dpk_read_int(r, 1, m->max_features);
	t->fitted = (int) dpk_read_int(r, 0, 1);
	t->has_threshold = (int) dpk_read_int(r, 0, 1);
	/* it is infinite where more than the share of the sample scores so */
	if (t->has_threshold)
		t->threshold = dpk_read_double(r);
	if (!(t->threshold > -INFINITY))
		r->failed = true;
	t->has_contamination = (int) dpk_read_int(r, 0, 1);
	if (t->has_contamination)
		t->contamination = read_finite(r);
	if (t->has_contamination && !(t->contamination >= 0 && t->contamination <= 0.5))
		r->failed = true;
	for (int i = 0; m->options[i].name != NULL; i++)
		t->options[i] = read_option(r, &m->options[i]);
	t->sample = dpk_read_int(r, DPK_DETECTOR_MIN_SAMPLE, DPK_DETECTOR_MAX_SAMPLE);
	t->seed = dpk_read_int(r, INT64_MIN, INT64_MAX);
	t->nrows = dpk_read_int(r, 1, DPK_MAX_ROWS);

	/* a value takes two bytes at least, so a claim beyond the input is a lie */
	t->nvalues = dpk_read_int(r, 0, (int64_t) (r->length / 2 + 1));
	t->room = t->nvalues;
	if (!t->fitted && (t->nvalues % stride(t) != 0 || t->nvalues / stride(t) > 2 * t->sample || t->nvalues / stride(t) > t->nrows))
		r->failed = true;
}

dpk_status
dpk_detector_read(dpk_reader *r, dpk_detector *t, size_t *size)
{
	dpk_detector head = {0};
	dpk_detector_value *values;
	size_t		needed;

	read_head(r, &head);
	if (r->failed)
		return DPK_CORRUPT;
	if (!dpk_detector_size(head.room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	head.header = t->header;
	*t = head;
	values = dpk_detector_values(t);
	for (int64_t i = 0; i < t->nvalues && !r->failed; i++)
		if (!t->fitted && i % stride(t) < 2)
			values[i].i = dpk_read_int(r, INT64_MIN, INT64_MAX);
		else
			values[i].f = read_finite(r);
	if (!dpk_read_done(r))
		return DPK_CORRUPT;
	t->cutoff = UINT64_MAX;
	if (t->fitted)
	{
		if (!dpk_detector_method(t)->check(t->nfeatures, t->options, (double *) values, t->nvalues))
			return DPK_CORRUPT;
		dpk_detector_seal(t);
	}
	return DPK_OK;
}
