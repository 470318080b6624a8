/*
 * feature_moments.c - the first four moments and the range of features, mergeable
 */
#include "feature_moments.h"

#include <math.h>
#include <string.h>

dpk_central
dpk_shape_central(const dpk_shape *s)
{
	double		sum = dpk_sum_total(&s->powers[0]),
				squares = dpk_sum_total(&s->powers[1]),
				cubes = dpk_sum_total(&s->powers[2]),
				fourths = dpk_sum_total(&s->powers[3]),
				h = sum / s->n,
				second = squares - h * sum;

	return (dpk_central) {
		.mean = s->origin + h,
		.second = second < 0 ? 0 : second,
		.third = cubes - h * (3 * squares - 2 * h * sum),
		.fourth = fourths - h * (4 * cubes - h * (6 * squares - 3 * h * sum))
	};
}

/* Move the origin by 'offset', to the mean; what rounding leaves over stays in the sums */
static void
move(dpk_shape *s, double offset, const dpk_central *c)
{
	double		origin = s->origin + offset,
				r = offset - (origin - s->origin);

	s->origin = origin;
	s->powers[0] = (dpk_sum) {s->n * r, 0};
	s->powers[1] = (dpk_sum) {c->second + s->n * r * r, 0};
	s->powers[2] = (dpk_sum) {c->third + r * (3 * c->second + s->n * r * r), 0};
	s->powers[3] = (dpk_sum) {c->fourth + r * (4 * c->third + r * (6 * c->second + s->n * r * r)), 0};
}

void
dpk_shape_add(dpk_shape *s, double x)
{
	double		d,
				square;

	if (s->n == 0)
		s->origin = s->min = s->max = x;
	s->min = x < s->min ? x : s->min;
	s->max = x > s->max ? x : s->max;
	d = x - s->origin;
	square = d * d;
	dpk_sum_add(&s->powers[0], d);
	dpk_sum_add(&s->powers[1], square);
	dpk_sum_add(&s->powers[2], square * d);
	dpk_sum_add(&s->powers[3], square * square);
	s->n++;
	if ((s->n & (s->n - 1)) == 0)
	{
		dpk_central c = dpk_shape_central(s);

		move(s, dpk_sum_total(&s->powers[0]) / s->n, &c);
	}
}

void
dpk_shape_merge(dpk_shape *s, const dpk_shape *other)
{
	dpk_central a,
				b,
				both;
	double		n,
				p,				/* our part of all rows, and the other's */
				q,
				offset,			/* of our mean from the origin */
				delta,			/* from one mean to the other */
				product;

	if (other->n == 0)
		return;
	if (s->n == 0)
	{
		*s = *other;
		return;
	}
	a = dpk_shape_central(s);
	b = dpk_shape_central(other);
	n = (double) (s->n + other->n);
	p = s->n / n;
	q = other->n / n;
	offset = dpk_sum_total(&s->powers[0]) / s->n;
	delta = (other->origin - s->origin) + (dpk_sum_total(&other->powers[0]) / other->n - offset);
	product = delta * delta * n * p * q;
	both.second = a.second + b.second + product;
	both.third = a.third + b.third + delta * (product * (p - q) + 3 * (p * b.second - q * a.second));
	both.fourth = a.fourth + b.fourth + delta * (4 * (p * b.third - q * a.third)
												 + delta * (product * (p * p - p * q + q * q) + 6 * (p * p * b.second + q * q * a.second)));
	s->n += other->n;
	s->min = fmin(s->min, other->min);
	s->max = fmax(s->max, other->max);
	move(s, offset + delta * q, &both);
}

double
dpk_shape_skewness(const dpk_shape *s)
{
	dpk_central c = dpk_shape_central(s);
	double		deviation = sqrt(c.second / s->n);

	return c.second == 0 ? NAN : c.third / s->n / (deviation * deviation * deviation);
}

double
dpk_shape_kurtosis(const dpk_shape *s)
{
	dpk_central c = dpk_shape_central(s);

	return c.second == 0 ? NAN : c.fourth / c.second * (s->n / c.second) - 3;
}

bool
dpk_feature_moments_size(int nfeatures, size_t *size)
{
	return dpk_mul(nfeatures, sizeof(dpk_shape), size) && dpk_add(*size, sizeof(dpk_feature_moments), size);
}

void
dpk_feature_moments_init(dpk_feature_moments *m, int nfeatures)
{
	m->nfeatures = nfeatures;
	memset(m + 1, 0, nfeatures * sizeof(dpk_shape));
}

static inline bool
is_present(const uint8_t *nulls, int i)
{
	return nulls == NULL || (nulls[i / 8] & (1 << (i % 8)));
}

dpk_status
dpk_feature_moments_add(dpk_feature_moments *m, const double *values, const uint8_t *nulls, dpk_error *err)
{
	int			nvalues = 0;

	for (int i = 0; i < m->nfeatures; i++)
		if (is_present(nulls, i) && isinf(values[nvalues++]))
			return dpk_fail(err, DPK_INVALID, "an infinite value has no moments");
	for (int i = 0; i < m->nfeatures; i++)
		if (is_present(nulls, i))
		{
			if (!isnan(*values))
				dpk_shape_add(dpk_shape_at(m, i), *values);
			values++;
		}
	return DPK_OK;
}

dpk_status
dpk_feature_moments_merge(dpk_feature_moments *m, const dpk_feature_moments *other, dpk_error *err)
{
	for (int i = 0; i < m->nfeatures; i++)
		if (dpk_shape_at(m, i)->n + dpk_shape_at(other, i)->n > DPK_MAX_ROWS)
			return dpk_fail(err, DPK_TOO_BIG, "moments count too many rows");
	for (int i = 0; i < m->nfeatures; i++)
		dpk_shape_merge(dpk_shape_at(m, i), dpk_shape_at(other, i));
	return DPK_OK;
}

void
dpk_moments_write(dpk_writer *w, const dpk_feature_moments *m)
{
	dpk_write_int(w, m->nfeatures);
	for (int i = 0; i < m->nfeatures; i++)
	{
		const dpk_shape *s = dpk_shape_at(m, i);

		dpk_write_int(w, s->n);
		if (s->n == 0)
			continue;
		dpk_write_double(w, s->origin);
		for (int k = 0; k < 4; k++)
		{
			dpk_write_double(w, s->powers[k].sum);
			dpk_write_double(w, s->powers[k].rest);
		}
		dpk_write_double(w, s->min);
		dpk_write_double(w, s->max);
	}
}

/* Sums may be what an overflow left of them; nothing else depends on them */
static void
read_shape(dpk_reader *r, dpk_shape *s)
{
	s->n = dpk_read_int(r, 0, DPK_MAX_ROWS);
	if (s->n == 0)
		return;
	s->origin = dpk_read_double(r);
	for (int k = 0; k < 4; k++)
	{
		s->powers[k].sum = dpk_read_double(r);
		s->powers[k].rest = dpk_read_double(r);
	}
	s->min = dpk_read_double(r);
	s->max = dpk_read_double(r);
	if (!(isfinite(s->min) && isfinite(s->max) && s->min <= s->max) || s->powers[1].sum < 0 || s->powers[3].sum < 0)
		r->failed = true;
}

dpk_status
dpk_moments_read(dpk_reader *r, dpk_feature_moments *m, size_t *size)
{
	int			nfeatures = (int) dpk_read_int(r, 1, DPK_MAX_MOMENT_FEATURES);
	size_t		needed;

	/* a feature takes two bytes at least in either form */
	if (r->failed || (size_t) nfeatures > r->length / 2)
		return DPK_CORRUPT;
	if (!dpk_feature_moments_size(nfeatures, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_feature_moments_init(m, nfeatures);
	for (int i = 0; i < nfeatures && !r->failed; i++)
		read_shape(r, dpk_shape_at(m, i));
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
