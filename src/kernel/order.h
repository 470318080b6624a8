/*
 * order.h - sorting and selecting without memory of one's own
 *
 * No value may be NaN.  All work in place.
 */
#ifndef DPK_ORDER_H
#define DPK_ORDER_H

#include "dpk.h"

/*
 * Defines static void name(type *x, int n), which sorts by 'key' (a member of
 * the element, or nothing for a plain number).  Shell's sort with the gaps of
 * Ciura (2001): short, in place, and quick enough for some thousands.
 */
#define DPK_DEFINE_SORT(name, type, key) \
static void \
name(type *x, int n) \
{ \
	static const int gaps[] = {1577, 701, 301, 132, 57, 23, 10, 4, 1}; \
\
	for (int g = 0; g < (int) (sizeof gaps / sizeof *gaps); g++) \
		for (int i = gaps[g]; i < n; i++) \
		{ \
			type		item = x[i]; \
			int			j = i; \
\
			for (; j >= gaps[g] && x[j - gaps[g]] key > item key; j -= gaps[g]) \
				x[j] = x[j - gaps[g]]; \
			x[j] = item; \
		} \
}

/*
 * Ascending, with n doubles of work.  Runs of eight by a network, then merges
 * without a branch that depends on the values: some 20 ns each for hundreds of
 * values in random order, and little for what is in order already.
 */
extern void dpk_sort(double *x, int n, double *work);

/*
 * The k-th smallest (k from 0): afterwards x[k] holds it, nothing before it is
 * larger and nothing after it is smaller.  Hoare's quickselect with the middle
 * of three, about 3 n comparisons; polls 'stop' once per pass.
 */
extern dpk_status dpk_select(double *x, size_t n, size_t k, const dpk_stop *stop);

/* The middle value, or the mean of the two middle ones; n >= 1 */
extern dpk_status dpk_median(double *x, size_t n, const dpk_stop *stop, double *median);

#endif							/* DPK_ORDER_H */
