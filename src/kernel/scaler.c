/*
 * scaler.c - what scaling a feature needs to know, learnt row by row
 */
#include "scaler.h"

#include <math.h>
#include <string.h>

#define WINSOR_LOW 0.05
#define WINSOR_HIGH 0.95

bool
dpk_scaler_sketches(dpk_scaling method)
{
	return method == DPK_ROBUST || method == DPK_QUANTILE || method == DPK_YEO_JOHNSON || method == DPK_BOX_COX || method == DPK_WINSOR;
}

static inline bool
has_moments(const dpk_scaler *s)
{
	return s->method == DPK_STANDARD || s->method == DPK_LOG;
}

static inline dpk_feature *
features(const dpk_scaler *s)
{
	return (dpk_feature *) (s + 1);
}

static inline dpk_sketches
sketches(const dpk_scaler *s)
{
	return dpk_sketches_at((void *) (s + 1), s->nfeatures, s->room);
}

bool
dpk_scaler_size(dpk_scaling method, int nfeatures, int room, size_t *size)
{
	bool		fits = dpk_scaler_sketches(method) ? dpk_sketches_size(nfeatures, room, size) : dpk_mul(sizeof(dpk_feature), nfeatures, size);

	return fits && dpk_add(*size, sizeof(dpk_scaler), size);
}

void
dpk_scaler_init(dpk_scaler *s, dpk_scaling method, int nfeatures, int room)
{
	s->method = method;
	s->nfeatures = nfeatures;
	s->room = dpk_scaler_sketches(method) ? room : 0;
	if (dpk_scaler_sketches(method))
	{
		dpk_sketches all = sketches(s);

		dpk_sketches_init(&all);
	}
	else
		memset(s + 1, 0, nfeatures * sizeof(dpk_feature));
}

void
dpk_scaler_copy(dpk_scaler *to, const dpk_scaler *from)
{
	dpk_sketches ours,
				theirs;

	if (!dpk_scaler_sketches(from->method))
	{
		memcpy(features(to), features(from), from->nfeatures * sizeof(dpk_feature));
		return;
	}
	ours = sketches(to);
	theirs = sketches(from);
	dpk_sketches_copy(&ours, &theirs);
}

int
dpk_scaler_room(const dpk_scaler *s, const dpk_scaler *other)
{
	dpk_sketches ours,
				theirs;

	if (!dpk_scaler_sketches(s->method))
		return 0;
	ours = sketches(s);
	if (other != NULL)
		theirs = sketches(other);
	return dpk_sketches_room(&ours, other ? &theirs : NULL);
}

int
dpk_scaler_needed(const dpk_scaler *s)
{
	dpk_sketches all;

	if (!dpk_scaler_sketches(s->method))
		return 0;
	all = sketches(s);
	return dpk_sketches_needed(&all);
}

static inline bool
is_present(const uint8_t *nulls, int i)
{
	return nulls == NULL || (nulls[i / 8] & (1 << (i % 8)));
}

static inline void
range_add(dpk_range *range, double x)
{
	if (range->n++ == 0)
		range->min = range->max = x;
	else if (x < range->min)
		range->min = x;
	else if (x > range->max)
		range->max = x;
}

static dpk_status
check_values(const dpk_scaler *s, const double *values, int n, dpk_error *err)
{
	double		least = dpk_transform_least(s->method);

	for (int i = 0; i < n; i++)
	{
		if (isinf(values[i]))
		{
			dpk_fail(err, DPK_INVALID, "cannot fit a scaler to an infinite value");
			dpk_hint(err, "Turn infinite values into NULL first, as in nullif(x, 'infinity').");
			return DPK_INVALID;
		}
		if (values[i] <= least)
		{
			dpk_fail(err, DPK_INVALID, "cannot fit a scaler of method \"%s\" to %g", dpk_scaling_names[s->method], values[i]);
			dpk_detail(err, "Values must be greater than %g.", least);
			dpk_hint(err, "Method \"yeo_johnson\" takes any value.");
			return DPK_INVALID;
		}
	}
	return DPK_OK;
}

/* One loop per kind of state, so that none of them asks for the method of each value */
dpk_status
dpk_scaler_add(dpk_scaler *s, const double *values, const uint8_t *nulls, dpk_error *err)
{
	int			nfeatures = s->nfeatures,
				nvalues = nfeatures;
	dpk_status	status;

	for (int i = 0; nulls != NULL && i < nfeatures; i++)
		nvalues -= !is_present(nulls, i);
	status = check_values(s, values, nvalues, err);
	if (status != DPK_OK)
		return status;
	if (dpk_scaler_sketches(s->method))
	{
		dpk_sketches all = sketches(s);

		for (int i = 0; i < nfeatures; i++)
			if (is_present(nulls, i))
			{
				double		x = *values++;

				if (!isnan(x))
					dpk_sketch_add(&all.sketch[i], dpk_sketch_values(&all, i), all.room, x);
			}
	}
	else if (has_moments(s))
	{
		bool		log = s->method == DPK_LOG;

		for (int i = 0; i < nfeatures; i++)
			if (is_present(nulls, i))
			{
				double		x = *values++;

				if (!isnan(x))
					dpk_moments_add(&features(s)[i].moments, log ? log1p(x) : x);
			}
	}
	else
	{
		for (int i = 0; i < nfeatures; i++)
			if (is_present(nulls, i))
			{
				double		x = *values++;

				if (!isnan(x))
					range_add(&features(s)[i].range, x);
			}
	}
	return DPK_OK;
}

static int64_t
count_of(const dpk_scaler *s, int i)
{
	return dpk_scaler_sketches(s->method) ? sketches(s).sketch[i].n : features(s)[i].moments.n;
}

dpk_status
dpk_scaler_merge(dpk_scaler *s, const dpk_scaler *other, dpk_error *err)
{
	for (int i = 0; i < s->nfeatures; i++)
		if (count_of(s, i) + count_of(other, i) > DPK_MAX_ROWS)
			return dpk_fail(err, DPK_TOO_BIG, "scaler counts too many rows");

	if (dpk_scaler_sketches(s->method))
	{
		dpk_sketches ours = sketches(s),
					theirs = sketches(other);

		dpk_sketches_merge(&ours, &theirs);
		return DPK_OK;
	}
	for (int i = 0; i < s->nfeatures; i++)
	{
		if (has_moments(s))
			dpk_moments_merge(&features(s)[i].moments, &features(other)[i].moments);
		else
		{
			dpk_range  *mine = &features(s)[i].range;
			const dpk_range *its = &features(other)[i].range;

			if (mine->n == 0)
				*mine = *its;
			else if (its->n > 0)
			{
				mine->n += its->n;
				mine->min = fmin(mine->min, its->min);
				mine->max = fmax(mine->max, its->max);
			}
		}
	}
	return DPK_OK;
}

int
dpk_scaler_overflow(const dpk_scaler *s)
{
	if (has_moments(s))
		for (int i = 0; i < s->nfeatures; i++)
		{
			const dpk_moments *m = &features(s)[i].moments;

			if (m->n > 0 && !(isfinite(dpk_moments_mean(m)) && isfinite(dpk_moments_spread(m))))
				return i;
		}
	return -1;
}

static void
resolve_sketch(const dpk_scaler *s, int i, dpk_transform *t)
{
	static const double quartiles[] = {0.25, 0.5, 0.75},
				tails[] = {WINSOR_LOW, WINSOR_HIGH};
	dpk_sketches all = sketches(s);
	const dpk_sketch *sketch = &all.sketch[i];
	const double *values = dpk_sketch_values(&all, i);
	double		q[3];

	if (s->method == DPK_ROBUST)
	{
		dpk_sketch_quantiles(sketch, values, 3, quartiles, q);
		t->center = q[1];
		t->scale = q[2] - q[0];
	}
	else if (s->method == DPK_WINSOR)
	{
		dpk_sketch_quantiles(sketch, values, 2, tails, q);
		t->center = q[0];
		t->scale = q[1];
	}
	else if (s->method == DPK_QUANTILE)
		dpk_transform_fit_knots(t, sketch, values);
	else
		dpk_transform_fit_power(t, sketch, values);
}

dpk_status
dpk_scaler_resolve(const dpk_scaler *s, dpk_transform *t, const dpk_stop *stop, dpk_error *err)
{
	for (int i = 0; i < s->nfeatures; i++, t++)
	{
		*t = (dpk_transform) {.method = s->method, .center = NAN, .scale = NAN, .lambda = NAN, .knots = t->knots};
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		if (count_of(s, i) == 0)
			continue;
		if (dpk_scaler_sketches(s->method))
			resolve_sketch(s, i, t);
		else if (has_moments(s))
		{
			const dpk_moments *m = &features(s)[i].moments;

			t->center = dpk_moments_mean(m);
			t->scale = sqrt(dpk_moments_spread(m) / m->n);
		}
		else
		{
			const dpk_range *range = &features(s)[i].range;
			bool		minmax = s->method == DPK_MINMAX;

			t->center = minmax ? range->min : 0;
			t->scale = minmax ? range->max - range->min : fmax(-range->min, range->max);
		}
		if (!isfinite(t->center) || !isfinite(t->scale))
		{
			dpk_fail(err, DPK_INVALID, "spread of feature %d is out of range", i + 1);
			dpk_detail(err, "The values are too large for double precision.");
			return DPK_INVALID;
		}
		if (t->scale == 0 && s->method != DPK_WINSOR)
			t->scale = 1;
	}
	return DPK_OK;
}

void
dpk_scaler_write(dpk_writer *w, const dpk_scaler *s)
{
	const char *name = dpk_scaling_names[s->method];
	dpk_sketches all;

	dpk_write_label(w, name, strlen(name));
	dpk_write_int(w, s->nfeatures);
	if (dpk_scaler_sketches(s->method))
		all = sketches(s);
	for (int i = 0; i < s->nfeatures; i++)
	{
		if (dpk_scaler_sketches(s->method))
			dpk_sketch_write(w, &all.sketch[i], dpk_sketch_values(&all, i));
		else if (has_moments(s))
			dpk_write_moments(w, &features(s)[i].moments);
		else
		{
			dpk_write_int(w, features(s)[i].range.n);
			dpk_write_double(w, features(s)[i].range.min);
			dpk_write_double(w, features(s)[i].range.max);
		}
	}
}

static void
read_range(dpk_reader *r, dpk_range *range)
{
	range->n = dpk_read_int(r, 0, DPK_MAX_ROWS);
	range->min = dpk_read_double(r);
	range->max = dpk_read_double(r);
	if (!(isfinite(range->min) && isfinite(range->max) && range->min <= range->max))
		r->failed = true;
}

dpk_status
dpk_scaler_read(dpk_reader *r, dpk_scaler *s, size_t *size)
{
	char		name[16];
	size_t		length = dpk_read_label(r, name, sizeof name),
				needed;
	int			method = 0,
				nfeatures,
				room = 0;
	dpk_sketches all;

	while (dpk_scaling_names[method] &&
		   !(strlen(dpk_scaling_names[method]) == length && memcmp(name, dpk_scaling_names[method], length) == 0))
		method++;
	nfeatures = (int) dpk_read_int(r, 1, DPK_MAX_FEATURES);

	/* each feature takes two fields at least, so a claim beyond the input is a lie */
	if (dpk_scaling_names[method] == NULL || r->failed || (size_t) nfeatures > r->length / 2)
		return DPK_CORRUPT;
	if (dpk_scaler_sketches(method))
		room = dpk_sketches_room_to_read(r->length);
	if (!dpk_scaler_size(method, nfeatures, room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_scaler_init(s, method, nfeatures, room);
	if (dpk_scaler_sketches(method))
		all = sketches(s);
	for (int i = 0; i < nfeatures && !r->failed; i++)
	{
		if (dpk_scaler_sketches(method))
			dpk_sketch_read(r, &all.sketch[i], dpk_sketch_values(&all, i), room);
		else if (has_moments(s))
			dpk_read_moments(r, &features(s)[i].moments);
		else
			read_range(r, &features(s)[i].range);
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
