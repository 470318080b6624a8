/*
 * feature_moments.c - the first four moments and the range of features, mergeable
 */
#include "feature_moments.h"

#include <math.h>
#include <string.h>

/* Sums of powers of (x - mean), with what rounding took: a million merges must not add it up */
typedef struct central_sums
{
	double		offset;			/* of the mean from the origin */
	dpk_sum		second,
				third,
				fourth;
} central_sums;

static central_sums
central(const dpk_shape *s)
{
	double		sum = dpk_sum_total(&s->powers[0]),
				squares = dpk_sum_total(&s->powers[1]),
				cubes = dpk_sum_total(&s->powers[2]),
				h = sum / s->n;
	central_sums c = {h, s->powers[1], s->powers[2], s->powers[3]};

	dpk_sum_add(&c.second, -h * sum);
	dpk_sum_add(&c.third, -h * (3 * squares - 2 * h * sum));
	dpk_sum_add(&c.fourth, -h * (4 * cubes - h * (6 * squares - 3 * h * sum)));
	if (dpk_sum_total(&c.second) < 0)
		c.second = (dpk_sum) {0, 0};
	return c;
}

dpk_central
dpk_shape_central(const dpk_shape *s)
{
	central_sums c = central(s);

	return (dpk_central) {
		s->origin + c.offset, dpk_sum_total(&c.second), dpk_sum_total(&c.third), dpk_sum_total(&c.fourth)
	};
}

/* Move the origin to the mean; what rounding leaves over stays in the sums */
static void
move(dpk_shape *s, central_sums *c)
{
	double		origin = s->origin + c->offset,
				r = c->offset - (origin - s->origin),
				square = s->n * r * r,
				second = dpk_sum_total(&c->second),
				third = dpk_sum_total(&c->third);

	s->origin = origin;
	s->powers[0] = (dpk_sum) {s->n * r, 0};
	dpk_sum_add(&c->second, square);
	dpk_sum_add(&c->third, r * (3 * second + square));
	dpk_sum_add(&c->fourth, r * (4 * third + r * (6 * second + square)));
	s->powers[1] = c->second;
	s->powers[2] = c->third;
	s->powers[3] = c->fourth;
	for (int k = 1; k < 4; k++)
	{
		double		total = dpk_sum_total(&s->powers[k]),
					rest = s->powers[k].rest - (total - s->powers[k].sum);

		s->powers[k] = (dpk_sum) {total, isfinite(rest) ? rest : 0};
	}
	dpk_sum_clamp(&s->powers[1]);
	dpk_sum_clamp(&s->powers[3]);
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
		central_sums c = central(s);

		move(s, &c);
	}
}

void
dpk_shape_merge(dpk_shape *s, const dpk_shape *other)
{
	central_sums a;
	dpk_central b;
	double		n,
				p,				/* our part of all rows, and the other's */
				q,
				delta,			/* from one mean to the other */
				product,
				second,
				third;

	if (other->n == 0)
		return;
	if (s->n == 0)
	{
		*s = *other;
		return;
	}
	a = central(s);
	b = dpk_shape_central(other);
	second = dpk_sum_total(&a.second);
	third = dpk_sum_total(&a.third);
	n = (double) (s->n + other->n);
	p = s->n / n;
	q = other->n / n;
	delta = (other->origin - s->origin) + (dpk_sum_total(&other->powers[0]) / other->n - a.offset);
	product = delta * delta * n * p * q;
	dpk_sum_add(&a.second, b.second);
	dpk_sum_add(&a.second, product);
	dpk_sum_add(&a.third, b.third);
	dpk_sum_add(&a.third, delta * (product * (p - q) + 3 * (p * b.second - q * second)));
	dpk_sum_add(&a.fourth, b.fourth);
	dpk_sum_add(&a.fourth, delta * (4 * (p * b.third - q * third)
									+ delta * (product * (p * p - p * q + q * q) + 6 * (p * p * b.second + q * q * second))));
	a.offset += delta * q;
	s->n += other->n;
	s->min = fmin(s->min, other->min);
	s->max = fmax(s->max, other->max);
	move(s, &a);
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
