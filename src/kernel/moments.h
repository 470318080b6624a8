/*
 * moments.h - count, mean and spread in one pass, mergeable; compensated sums
 *
 * Sums of x and x*x lose every digit of the variance when the mean is large
 * against the spread, which is just the data we get; Welford's update divides
 * for every value, and its mean wanders by a rounding error each time.  Here
 * values are summed from an origin that moves to the mean whenever the count
 * reaches a power of two: within such a stretch the mean can drift from the
 * origin by little more than the spread, so little cancels.  States are merged
 * as Chan, Golub and LeVeque (1982) do.  Equal values leave a spread of
 * exactly 0.
 */
#ifndef DPK_MOMENTS_H
#define DPK_MOMENTS_H

#include <stdint.h>

typedef struct dpk_moments
{
	int64_t		n;
	double		origin,
				sum,			/* of (x - origin) */
				squares;		/* of (x - origin)^2 */
} dpk_moments;

/* n >= 1 for both */
static inline double
dpk_moments_mean(const dpk_moments *m)
{
	return m->origin + m->sum / m->n;
}

/* The sum of (x - mean)^2 */
static inline double
dpk_moments_spread(const dpk_moments *m)
{
	double		spread = m->squares - m->sum * (m->sum / m->n);

	return spread < 0 ? 0 : spread;
}

/* Move the origin by 'offset', to the mean; what rounding leaves over stays in the sum */
static inline void
dpk_moments_move(dpk_moments *m, double offset, double spread)
{
	double		origin = m->origin + offset;
	double		rest = offset - (origin - m->origin);

	m->origin = origin;
	m->sum = rest * m->n;
	m->squares = spread + m->sum * rest;
}

static inline void
dpk_moments_add(dpk_moments *m, double x)
{
	double		distance;

	if (m->n == 0)
		m->origin = x;
	distance = x - m->origin;
	m->sum += distance;
	m->squares += distance * distance;
	m->n++;
	if ((m->n & (m->n - 1)) == 0)
		dpk_moments_move(m, m->sum / m->n, dpk_moments_spread(m));
}

/* The caller has seen to it that the counts do not overflow */
static inline void
dpk_moments_merge(dpk_moments *m, const dpk_moments *other)
{
	double		part,			/* the other's of all rows */
				delta,			/* from one mean to the other */
				offset,
				spread;

	if (other->n == 0)
		return;
	if (m->n == 0)
	{
		*m = *other;
		return;
	}
	part = (double) other->n / (m->n + other->n);
	delta = (other->origin - m->origin) + (other->sum / other->n - m->sum / m->n);
	offset = m->sum / m->n + delta * part;
	spread = dpk_moments_spread(m) + dpk_moments_spread(other) + delta * delta * (m->n * part);
	m->n += other->n;
	dpk_moments_move(m, offset, spread);
}

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

#endif							/* DPK_MOMENTS_H */
