/*
 * errors.c - sums over (actual, predicted) that RMSE, MAE and R2 need, mergeable
 */
#include "errors.h"

#include <math.h>
#include <string.h>

void
dpk_errors_init(dpk_errors *e)
{
	int32_t		header = e->header;

	memset(e, 0, sizeof *e);
	e->header = header;
}

void
dpk_errors_add(dpk_errors *e, double actual, double predicted)
{
	double		error = actual - predicted;

	dpk_moments_add(&e->actual, actual);
	dpk_sum_add(&e->absolute, fabs(error));
	dpk_sum_add(&e->squared, error * error);
}

dpk_status
dpk_errors_merge(dpk_errors *e, const dpk_errors *other, dpk_error *err)
{
	if (e->actual.n + other->actual.n > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "errors count too many rows");
	dpk_moments_merge(&e->actual, &other->actual);
	dpk_sum_add(&e->absolute, other->absolute.sum);
	dpk_sum_add(&e->absolute, other->absolute.rest);
	dpk_sum_add(&e->squared, other->squared.sum);
	dpk_sum_add(&e->squared, other->squared.rest);
	dpk_sum_clamp(&e->absolute);
	dpk_sum_clamp(&e->squared);
	return DPK_OK;
}

double
dpk_errors_mae(const dpk_errors *e)
{
	return dpk_sum_total(&e->absolute) / e->actual.n;
}

double
dpk_errors_rmse(const dpk_errors *e)
{
	return sqrt(dpk_sum_total(&e->squared) / e->actual.n);
}

double
dpk_errors_r2(const dpk_errors *e)
{
	double		squared = dpk_sum_total(&e->squared),
				spread = dpk_moments_spread(&e->actual);

	if (spread == 0)
		return squared == 0 ? 1 : 0;
	return 1 - squared / spread;
}

void
dpk_errors_write(dpk_writer *w, const dpk_errors *e)
{
	dpk_write_moments(w, &e->actual);
	dpk_write_double(w, e->absolute.sum);
	dpk_write_double(w, e->absolute.rest);
	dpk_write_double(w, e->squared.sum);
	dpk_write_double(w, e->squared.rest);
}

dpk_status
dpk_errors_read(dpk_reader *r, dpk_errors *e, size_t *size)
{
	if (*size < sizeof *e)
	{
		*size = sizeof *e;
		return DPK_NO_MEMORY;
	}
	dpk_errors_init(e);
	dpk_read_moments(r, &e->actual);
	e->absolute.sum = dpk_read_double(r);
	e->absolute.rest = dpk_read_double(r);
	e->squared.sum = dpk_read_double(r);
	e->squared.rest = dpk_read_double(r);
	if (e->actual.n == 0 || e->absolute.sum < 0 || e->squared.sum < 0)
		return DPK_CORRUPT;
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
