/*
 * covariance.c - how features vary together, in one pass, mergeable
 */
#include "covariance.h"

#include <math.h>
#include <string.h>

/* The arrays behind the head */
typedef struct parts
{
	double	   *origin,
			   *sum,
			   *sum_rest,
			   *product,
			   *product_rest,
			   *work;
} parts;

static inline size_t
npairs(int d)
{
	return (size_t) d * (d + 1) / 2;
}

static inline parts
parts_of(const dpk_covariance *c)
{
	size_t		d = c->nfeatures;
	double	   *first = (double *) (c + 1);

	return (parts) {
		first, first + d, first + 2 * d, first + 3 * d, first + 3 * d + npairs(d), first + 3 * d + 2 * npairs(d)
	};
}

size_t
dpk_covariance_size(int nfeatures)
{
	return sizeof(dpk_covariance) + (4 * (size_t) nfeatures + 2 * npairs(nfeatures)) * sizeof(double);
}

void
dpk_covariance_init(dpk_covariance *c, int nfeatures)
{
	c->nfeatures = nfeatures;
	c->n = 0;
	memset(c + 1, 0, dpk_covariance_size(nfeatures) - sizeof *c);
}

/* dpk_sum_add, where the sums and their rests lie apart */
static inline void
add(double *sum, double *rest, double x)
{
	dpk_sum		s = {*sum, *rest};

	dpk_sum_add(&s, x);
	*sum = s.sum;
	*rest = s.rest;
}

static inline double
total(double sum, double rest)
{
	return dpk_sum_total(&(dpk_sum) {sum, rest});
}

static double
comoment(const parts *p, int64_t n, int i, int j)
{
	size_t		ij = npairs(i) + j; /* j <= i */
	double		product = total(p->product[ij], p->product_rest[ij]) -
		total(p->sum[i], p->sum_rest[i]) * (total(p->sum[j], p->sum_rest[j]) / n);

	return i == j && product < 0 ? 0 : product;
}

/* Move the origin by 'offset' (d), to the mean, once product holds the comoments */
static void
move(const parts *p, int64_t n, int d, double *offset)
{
	for (int i = 0; i < d; i++)
	{
		double		origin = p->origin[i] + offset[i];

		offset[i] -= origin - p->origin[i]; /* what rounding leaves over */
		p->origin[i] = origin;
		p->sum[i] = n * offset[i];
		p->sum_rest[i] = 0;
		for (int j = 0; j <= i; j++)
			p->product[npairs(i) + j] += n * offset[i] * offset[j];
	}
	memset(p->product_rest, 0, npairs(d) * sizeof(double));
}

void
dpk_covariance_add(dpk_covariance *c, const double *x)
{
	int			d = c->nfeatures;
	parts		p = parts_of(c);
	double	   *restrict distance = p.work;
	double	   *restrict product = p.product;
	double	   *restrict rest = p.product_rest;

	if (c->n == 0)
		memcpy(p.origin, x, d * sizeof *x);
	for (int i = 0; i < d; i++)
	{
		distance[i] = x[i] - p.origin[i];
		add(&p.sum[i], &p.sum_rest[i], distance[i]);
	}
	for (int i = 0; i < d; i++, product += i, rest += i)
		for (int j = 0; j <= i; j++)
			add(&product[j], &rest[j], distance[i] * distance[j]);
	c->n++;
	if ((c->n & (c->n - 1)) != 0)
		return;

	for (int i = d - 1; i >= 0; i--)
		for (int j = 0; j <= i; j++)
			p.product[npairs(i) + j] = comoment(&p, c->n, i, j);
	for (int i = 0; i < d; i++)
		distance[i] = total(p.sum[i], p.sum_rest[i]) / c->n;
	move(&p, c->n, d, distance);
}

dpk_status
dpk_covariance_merge(dpk_covariance *c, const dpk_covariance *other, dpk_error *err)
{
	int			d = c->nfeatures;
	parts		p = parts_of(c),
				q = parts_of(other);
	double		part;

	if (c->n + other->n > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "covariances count too many rows");
	if (other->n == 0)
		return DPK_OK;
	if (c->n == 0)
	{
		c->n = other->n;
		memcpy(c + 1, other + 1, dpk_covariance_size(d) - sizeof *c);
		return DPK_OK;
	}
	part = (double) other->n / (c->n + other->n);
	for (int i = 0; i < d; i++) /* from one mean to the other */
		p.work[i] = (q.origin[i] - p.origin[i]) + (total(q.sum[i], q.sum_rest[i]) / other->n - total(p.sum[i], p.sum_rest[i]) / c->n);
	for (int i = 0; i < d; i++)
		for (int j = 0; j <= i; j++)
			p.product[npairs(i) + j] = comoment(&p, c->n, i, j) + comoment(&q, other->n, i, j) + p.work[i] * p.work[j] * (c->n * part);
	for (int i = 0; i < d; i++)
		p.work[i] = p.work[i] * part + total(p.sum[i], p.sum_rest[i]) / c->n;
	c->n += other->n;
	move(&p, c->n, d, p.work);
	return DPK_OK;
}

double
dpk_covariance_mean(const dpk_covariance *c, int i)
{
	parts		p = parts_of(c);

	return p.origin[i] + total(p.sum[i], p.sum_rest[i]) / c->n;
}

double
dpk_covariance_comoment(const dpk_covariance *c, int i, int j)
{
	parts		p = parts_of(c);

	return comoment(&p, c->n, DPK_MAX(i, j), DPK_MIN(i, j));
}

double
dpk_covariance_correlation(const dpk_covariance *c, int i, int j)
{
	parts		p = parts_of(c);
	double		a = comoment(&p, c->n, i, i),
				b = comoment(&p, c->n, j, j),
				r;

	if (a == 0 || b == 0)
		return NAN;
	if (i == j)
		return 1;
	r = dpk_covariance_comoment(c, i, j) / sqrt(a) / sqrt(b);
	return r < -1 ? -1 : r > 1 ? 1 : r;
}

void
dpk_covariance_write(dpk_writer *w, const dpk_covariance *c)
{
	parts		p = parts_of(c);

	dpk_write_int(w, c->nfeatures);
	dpk_write_int(w, c->n);
	for (int i = 0; i < c->nfeatures; i++)
	{
		dpk_write_double(w, p.origin[i]);
		dpk_write_double(w, p.sum[i]);
		dpk_write_double(w, p.sum_rest[i]);
	}
	for (size_t k = 0; k < npairs(c->nfeatures); k++)
	{
		dpk_write_double(w, p.product[k]);
		dpk_write_double(w, p.product_rest[k]);
	}
}

/* Sums may be what an overflow left of them; nothing else depends on them */
dpk_status
dpk_covariance_read(dpk_reader *r, dpk_covariance *c, size_t *size)
{
	int			nfeatures = (int) dpk_read_int(r, 1, DPK_MAX_COVARIANCE_FEATURES);
	int64_t		n = dpk_read_int(r, 0, DPK_MAX_ROWS);
	size_t		needed = dpk_covariance_size(nfeatures);
	parts		p;

	/* a number takes two bytes at least in either form */
	if (r->failed || npairs(nfeatures) > r->length / 4)
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_covariance_init(c, nfeatures);
	c->n = n;
	p = parts_of(c);
	for (int i = 0; i < nfeatures; i++)
	{
		p.origin[i] = dpk_read_double(r);
		p.sum[i] = dpk_read_double(r);
		p.sum_rest[i] = dpk_read_double(r);
	}
	for (size_t k = 0; k < npairs(nfeatures); k++)
	{
		p.product[k] = dpk_read_double(r);
		p.product_rest[k] = dpk_read_double(r);
	}
	for (int i = 0; i < nfeatures; i++)
		if (p.product[npairs(i) + i] < 0)
			return DPK_CORRUPT;
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
