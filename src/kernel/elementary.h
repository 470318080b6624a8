/*
 * elementary.h - exponential and logarithm, the same bits everywhere
 *
 * For what decides about pixels, as trig.h is for angles: libm's last bit
 * differs between machines.  A power of two is split off, exactly, and a series
 * does the rest; errors are below 1e-15 relative.
 */
#ifndef DPK_ELEMENTARY_H
#define DPK_ELEMENTARY_H

#include <math.h>

#define DPK_LN2 0.69314718055994530942

/* e^x for |x| < 700 */
static inline double
dpk_exp(double x)
{
	double		n = floor(x / DPK_LN2 + 0.5),
				r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10, /* ln 2 in two parts */
				sum = 1;

	for (int k = 16; k >= 1; k--)
		sum = 1 + sum * r / k;
	return ldexp(sum, (int) n);
}

/* ln x for x > 0 */
static inline double
dpk_log(double x)
{
	int			exponent;
	double		m = frexp(x, &exponent),	/* [1/2, 1) */
				s,
				sum = 0;

	if (m < 0.70710678118654752440)
	{
		m *= 2;
		exponent--;
	}
	s = (m - 1) / (m + 1);		/* ln m = 2 atanh s, |s| < 0.172 */
	for (int k = 23; k >= 1; k -= 2)
		sum = sum * s * s + 1.0 / k;
	return exponent * DPK_LN2 + 2 * s * sum;
}

/* x to the power of y, for x >= 0 and y >= 0 as long as |y ln x| < 700 */
static inline double
dpk_pow(double x, double y)
{
	return y == 0 ? 1 : x == 0 ? 0 : dpk_exp(y * dpk_log(x));
}

#endif							/* DPK_ELEMENTARY_H */
