/*
 * power.h - powers that are the same to the last bit on every machine
 */
#ifndef DPK_POWER_H
#define DPK_POWER_H

#include <math.h>
#include <stdint.h>

/*
 * x to the power of y, for x >= 0 and 0 <= y < 2^31.  The bits of y's fraction
 * choose among the square roots of square roots of x, the whole part among its
 * squares: IEEE 754 rounds both exactly, where pow() is free in its last bit.
 * The error is some 60 units in the last place; y is taken to 2^-52.
 */
static inline double
dpk_power(double x, double y)
{
	uint32_t	whole = (uint32_t) y;
	double		fraction = y - whole,
				result = 1,
				root = x,
				square = x;

	for (; whole != 0; whole >>= 1, square *= square)
		if (whole & 1)
			result *= square;
	for (int bit = 0; bit < 52 && fraction > 0; bit++)
	{
		root = sqrt(root);
		fraction *= 2;
		if (fraction >= 1)
		{
			result *= root;
			fraction -= 1;
		}
	}
	return result;
}

#endif							/* DPK_POWER_H */
