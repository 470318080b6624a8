/*
 * moments.h - compensated sums; count, mean and spread in one pass, mergeable
 *
 * Sums of x and x*x lose every digit of the variance when the mean is large
 * against the spread, which is just the data we get; Welford's update divides
 * for every value, and its mean wanders by a rounding error each time.  Here
 * values are summed from an origin that moves to the mean whenever the count
 * reaches a power of two: within such a stretch the mean can drift from the
 * origin by little more than the spread, so little cancels.  The sums are
 * compensated, for values that repeat are rounded the same way each time, and
 * such errors add up.  States are merged as Chan, Golub and LeVeque (1982) do.  Equal values leave a spread of
 * exactly 0.
 */
#ifndef DPK_MOMENTS_H
#define DPK_MOMENTS_H

#include <stdint.h>

/* A sum with what rounding took from it (Neumaier 1974) */
typedef struct dpk_sum
{
	double		sum,
				rest;
} dpk_sum;

static inline void
dpk_sum_add(dpk_sum *s, double x)
{
	double		sum = s->sum + x;
	double		shift = sum - s->sum;

	s->rest += (s->sum - (sum - shift)) + (x - shift);
	s->sum = sum;
}

/* An infinity among the terms makes 'rest' a NaN, which must not hide it */
static inline double
dpk_sum_total(const dpk_sum *s)
{
	return s->rest - s->rest == 0 ? s->sum + s->rest : s->sum;
}

/* A sum of terms none of which is negative: what rounding, or a state that somebody made up, left below 0 is 0 */
static inline void
dpk_sum_clamp(dpk_sum *s)
{
	if (s->sum < 0 || dpk_sum_total(s) < 0)
		*s = (dpk_sum) {0, 0};
}

typedef struct dpk_moments
{
	int64_t		n;
	double		origin;
	dpk_sum		sum,			/* of (x - origin) */
				squares;		/* of (x - origin)^2 */
} dpk_moments;

/* n >= 1 for both */
static inline double
dpk_moments_mean(const dpk_moments *m)
{
	return m->origin + dpk_sum_total(&m->sum) / m->n;
}

/* The sum of (x - mean)^2 */
static inline double
dpk_moments_spread(const dpk_moments *m)
{
	double		sum = dpk_sum_total(&m->sum),
				spread = dpk_sum_total(&m->squares) - sum * (sum / m->n);

	return spread < 0 ? 0 : spread;
}

/* Move the origin by 'offset', to the mean; what rounding leaves over stays in the sum */
static inline void
dpk_moments_move(dpk_moments *m, double offset, double spread)
{
	double		origin = m->origin + offset;
	double		rest = offset - (origin - m->origin);

	m->origin = origin;
	m->sum = (dpk_sum) {rest * m->n, 0};
	m->squares = (dpk_sum) {spread + m->sum.sum * rest, 0};
}

static inline void
dpk_moments_add(dpk_moments *m, double x)
{
	double		distance;

	if (m->n == 0)
		m->origin = x;
	distance = x - m->origin;
	dpk_sum_add(&m->sum, distance);
	dpk_sum_add(&m->squares, distance * distance);
	m->n++;
	if ((m->n & (m->n - 1)) == 0)
		dpk_moments_move(m, dpk_sum_total(&m->sum) / m->n, dpk_moments_spread(m));
}

/* The caller has seen to it that the counts do not overflow */
static inline void
dpk_moments_merge(dpk_moments *m, const dpk_moments *other)
{
	double		part,			/* the other's of all rows */
				offset,			/* of the mean from the origin, at first of our own rows alone */
				delta,			/* from one mean to the other */
				spread;

	if (other->n == 0)
		return;
	if (m->n == 0)
	{
		*m = *other;
		return;
	}
	part = (double) other->n / (m->n + other->n);
	offset = dpk_sum_total(&m->sum) / m->n;
	delta = (other->origin - m->origin) + (dpk_sum_total(&other->sum) / other->n - offset);
	offset += delta * part;
	spread = dpk_moments_spread(m) + dpk_moments_spread(other) + delta * delta * (m->n * part);
	m->n += other->n;
	dpk_moments_move(m, offset, spread);
}

#endif							/* DPK_MOMENTS_H */
