/*
 * detector.c - a sample of rows, and what a method learnt from it
 */
#include "detector.h"

#include <math.h>
#include <string.h>

#include "hash.h"

bool
dpk_detector_size(int64_t room, size_t *size)
{
	return dpk_mul((size_t) room, sizeof(dpk_sample_value), size) && dpk_add(*size, sizeof(dpk_detector), size);
}

int64_t
dpk_detector_room(const dpk_detector *t, const dpk_detector *other)
{
	return dpk_row_sample_room(&t->sample, t->nfeatures, other != NULL ? &other->sample : NULL);
}

dpk_status
dpk_detector_add(dpk_detector *t, int64_t key, const double *x, const dpk_stop *stop)
{
	return dpk_row_sample_add(&t->sample, dpk_detector_values(t), t->nfeatures, key, x, stop);
}

dpk_status
dpk_detector_merge(dpk_detector *t, const dpk_detector *other, const dpk_stop *stop, dpk_error *err)
{
	if (t->sample.nrows + other->sample.nrows > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "detector counts too many rows");
	return dpk_row_sample_merge(&t->sample, dpk_detector_values(t), t->nfeatures, &other->sample, dpk_detector_values(other), stop);
}

dpk_status
dpk_detector_close(dpk_detector *t, const dpk_stop *stop, int64_t *n)
{
	return dpk_row_sample_close(&t->sample, dpk_detector_values(t), t->nfeatures, stop, n);
}

void
dpk_detector_matrix(const dpk_detector *t, double *x)
{
	dpk_row_sample_matrix(&t->sample, dpk_detector_values(t), t->nfeatures, x);
}

void
dpk_detector_seal(dpk_detector *t)
{
	t->fitted = 1;
	t->sample.room = t->sample.nvalues;
	t->sample.cutoff = 0;
	t->fingerprint = 0;
	for (int64_t i = 0; i < t->sample.nvalues; i++)
		t->fingerprint = dpk_mix64(t->fingerprint ^ dpk_detector_values(t)[i].u) + UINT64_C(0x9E3779B97F4A7C15);
}

/* ---- text and binary ---- */

void
dpk_detector_write(dpk_writer *w, const dpk_detector *t)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	const dpk_sample_value *values = dpk_detector_values(t);

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
	dpk_row_sample_write(w, &t->sample, values, t->fitted ? 0 : t->nfeatures);
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
	dpk_row_sample_read_head(r, &t->sample, t->fitted ? 0 : t->nfeatures);
}

dpk_status
dpk_detector_read(dpk_reader *r, dpk_detector *t, size_t *size)
{
	dpk_detector head = {0};
	dpk_sample_value *values;
	size_t		needed;

	read_head(r, &head);
	if (r->failed)
		return DPK_CORRUPT;
	if (!dpk_detector_size(head.sample.room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	head.header = t->header;
	*t = head;
	values = dpk_detector_values(t);
	dpk_row_sample_read_values(r, &t->sample, values, t->fitted ? 0 : t->nfeatures);
	if (!dpk_read_done(r))
		return DPK_CORRUPT;
	if (t->fitted)
	{
		if (!dpk_detector_method(t)->check(t->nfeatures, t->options, (double *) values, t->sample.nvalues))
			return DPK_CORRUPT;
		dpk_detector_seal(t);
	}
	return DPK_OK;
}
