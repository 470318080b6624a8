/*
 * fill.h - what lies beyond the border of an image
 */
#ifndef DPK_FILL_H
#define DPK_FILL_H

#include <stdint.h>

/* What lies beyond the border of a row a b c d, as scipy.ndimage names it */
typedef enum dpk_fill_method
{
	DPK_FILL_NEAREST,			/* a a a | a b c d | d d d   nearest */
	DPK_FILL_CONSTANT,			/* v v v | a b c d | v v v   grid-constant */
	DPK_FILL_REFLECT,			/* c b a | a b c d | d c b   reflect */
	DPK_FILL_WRAP				/* b c d | a b c d | a b c   grid-wrap */
} dpk_fill_method;

extern const char *const dpk_fill_names[];	/* in the order above, ends with NULL */

typedef struct dpk_fill
{
	dpk_fill_method method;
	uint8_t		value;			/* of each channel, for DPK_FILL_CONSTANT */
} dpk_fill;

/* Where index i of 0 .. n-1 is read, or -1 for the constant */
static inline int64_t
dpk_filled_index(int64_t i, int64_t n, dpk_fill_method method)
{
	if (i >= 0 && i < n)
		return i;
	switch (method)
	{
		case DPK_FILL_NEAREST:
			return i < 0 ? 0 : n - 1;
		case DPK_FILL_REFLECT:
			i %= 2 * n;
			i = i < 0 ? i + 2 * n : i;
			return i < n ? i : 2 * n - 1 - i;
		case DPK_FILL_WRAP:
			i %= n;
			return i < 0 ? i + n : i;
		case DPK_FILL_CONSTANT:
			break;
	}
	return -1;
}

#endif							/* DPK_FILL_H */
