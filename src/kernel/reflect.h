/*
 * reflect.h - an image that goes on as its mirror image, without its border twice
 *
 * A row a b c d goes on as d c b | a b c d | c b a; OpenCV calls it reflect_101.
 */
#ifndef DPK_REFLECT_H
#define DPK_REFLECT_H

/* The place within 0 .. n-1 that is seen at i, however far outside */
static inline int
dpk_reflect(int i, int n)
{
	int			period = 2 * (n - 1);

	if (i >= 0 && i < n)
		return i;
	if (n == 1)
		return 0;
	i %= period;
	i += i < 0 ? period : 0;
	return i < n ? i : period - i;
}

/* The nearest place within 0 .. n-1 */
static inline int
dpk_clamp(int i, int n)
{
	return i < 0 ? 0 : i < n ? i : n - 1;
}

#endif							/* DPK_REFLECT_H */
