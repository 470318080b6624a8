/*
 * stl.h - a series as season, trend and remainder
 *
 * STL of R. Cleveland, W. Cleveland, McRae and Terpenning (1990), with local
 * lines throughout and an estimate at every value (jumps of 1), as
 * statsmodels' STL has it by default: the trend's span is the first odd number
 * from 1.5 period / (1 - 1.5 / seasonal) on, the low-pass filter's the first
 * odd one above the period; five inner loops, or with 'robust' two of them in
 * each of 16 rounds that weigh values by their remainder.
 *
 * Time is n times the spans: the weights of a local line are worked out once
 * for all values that have as many neighbours on either side.
 */
#ifndef DPK_STL_H
#define DPK_STL_H

#include "dpk.h"

typedef struct dpk_stl
{
	int			period;			/* at least 2 */
	int			seasonal;		/* span of the seasonal smoother in periods: odd, at least 3 */
	bool		robust;
} dpk_stl;

/* Bytes of 'work'; false where they do not fit into size_t */
extern bool dpk_stl_work(const dpk_stl *s, size_t n, size_t *bytes);

/* y, season and trend of n >= 2 * period finite values; the remainder is y - season - trend */
extern dpk_status dpk_stl_fit(const dpk_stl *s, size_t n, const double *y, const dpk_stop *stop, void *work, double *season, double *trend);

#endif							/* DPK_STL_H */
