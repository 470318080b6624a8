/*
 * scaler.c - what scaling a feature needs to know, learnt row by row
 */
#include "scaler.h"

#include <math.h>
#include <string.h>

const char *const dpk_scaling_names[] = {"standard", "minmax", "robust", NULL};

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
	bool		fits = method == DPK_ROBUST ? dpk_sketches_size(nfeatures, room, size) : dpk_mul(sizeof(dpk_feature), nfeatures, size);

	return fits && dpk_add(*size, sizeof(dpk_scaler), size);
}

void
dpk_scaler_init(dpk_scaler *s, dpk_scaling method, int nfeatures, int room)
{
	s->method = method;
	s->nfeatures = nfeatures;
	s->room = method == DPK_ROBUST ? room : 0;
	if (method == DPK_ROBUST)
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

	if (from->method != DPK_ROBUST)
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

	if (s->method != DPK_ROBUST)
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

	if (s->method != DPK_ROBUST)
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

static inline void
feature_add(dpk_scaler *s, int i, double x)
{
	if (isnan(x))
		return;
	if (s->method == DPK_STANDARD)
		dpk_moments_add(&features(s)[i].moments, x);
	else if (s->method == DPK_MINMAX)
		range_add(&features(s)[i].range, x);
	else
	{
		dpk_sketches all = sketches(s);

		dpk_sketch_add(&all.sketch[i], dpk_sketch_values(&all, i), all.room, x);
	}
}

dpk_status
dpk_scaler_add(dpk_scaler *s, const double *values, const uint8_t *nulls, dpk_error *err)
{
	int			nfeatures = s->nfeatures,
				nvalues = 0;

	for (int i = 0; i < nfeatures; i++)
		nvalues += is_present(nulls, i);
	for (int i = 0; i < nvalues; i++)
		if (isinf(values[i]))
			return dpk_fail(err, DPK_INVALID, "cannot fit a scaler to an infinite value");

	for (int i = 0; i < nfeatures; i++)
		if (is_present(nulls, i))
			feature_add(s, i, *values++);
	return DPK_OK;
}

static int64_t
count_of(const dpk_scaler *s, int i)
{
	return s->method == DPK_ROBUST ? sketches(s).sketch[i].n : features(s)[i].moments.n;
}

dpk_status
dpk_scaler_merge(dpk_scaler *s, const dpk_scaler *other, dpk_error *err)
{
	for (int i = 0; i < s->nfeatures; i++)
		if (count_of(s, i) + count_of(other, i) > DPK_MAX_ROWS)
			return dpk_fail(err, DPK_TOO_BIG, "scaler counts too many rows");

	if (s->method == DPK_ROBUST)
	{
		dpk_sketches ours = sketches(s),
					theirs = sketches(other);

		dpk_sketches_merge(&ours, &theirs);
		return DPK_OK;
	}
	for (int i = 0; i < s->nfeatures; i++)
	{
		if (s->method == DPK_STANDARD)
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
	if (s->method == DPK_STANDARD)
		for (int i = 0; i < s->nfeatures; i++)
		{
			const dpk_moments *m = &features(s)[i].moments;

			if (m->n > 0 && !(isfinite(dpk_moments_mean(m)) && isfinite(dpk_moments_spread(m))))
				return i;
		}
	return -1;
}

dpk_status
dpk_scaler_resolve(const dpk_scaler *s, double *center, double *scale, dpk_error *err)
{
	static const double quartiles[] = {0.25, 0.5, 0.75};

	for (int i = 0; i < s->nfeatures; i++)
	{
		double		q[3];

		if (count_of(s, i) == 0)
		{
			center[i] = scale[i] = NAN;
			continue;
		}
		if (s->method == DPK_STANDARD)
		{
			const dpk_moments *m = &features(s)[i].moments;

			center[i] = dpk_moments_mean(m);
			scale[i] = sqrt(dpk_moments_spread(m) / m->n);
		}
		else if (s->method == DPK_MINMAX)
		{
			center[i] = features(s)[i].range.min;
			scale[i] = features(s)[i].range.max - center[i];
		}
		else
		{
			dpk_sketches all = sketches(s);

			dpk_sketch_quantiles(&all.sketch[i], dpk_sketch_values(&all, i), 3, quartiles, q);
			center[i] = q[1];
			scale[i] = q[2] - q[0];
		}
		if (!isfinite(center[i]) || !isfinite(scale[i]))
		{
			dpk_fail(err, DPK_INVALID, "spread of feature %d is out of range", i + 1);
			dpk_detail(err, "The values are too large for double precision.");
			return DPK_INVALID;
		}
		if (scale[i] == 0)
			scale[i] = 1;
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
	if (s->method == DPK_ROBUST)
		all = sketches(s);
	for (int i = 0; i < s->nfeatures; i++)
	{
		if (s->method == DPK_ROBUST)
			dpk_sketch_write(w, &all.sketch[i], dpk_sketch_values(&all, i));
		else if (s->method == DPK_STANDARD)
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
	if (method == DPK_ROBUST)
		room = dpk_sketches_room_to_read(r->length);
	if (!dpk_scaler_size(method, nfeatures, room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_scaler_init(s, method, nfeatures, room);
	if (method == DPK_ROBUST)
		all = sketches(s);
	for (int i = 0; i < nfeatures && !r->failed; i++)
	{
		if (method == DPK_ROBUST)
			dpk_sketch_read(r, &all.sketch[i], dpk_sketch_values(&all, i), room);
		else if (method == DPK_STANDARD)
			dpk_read_moments(r, &features(s)[i].moments);
		else
			read_range(r, &features(s)[i].range);
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
