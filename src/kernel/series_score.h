/*
 * series_score.h - how unusual the values of a series are where they stand
 *
 * x has n values at even distances of time, NaN for those that are missing.
 * A score is 0 or more, infinite where what is usual allows no deviation at
 * all, and NaN where a value is missing or there is nothing to compare it with.
 *
 * hampel (Hampel 1974): |x - median| / (1.4826 MAD) of the values up to
 *		'half_window' before and after, fewer at the ends; usual limit 3.
 * ewma: |x - mean| / standard deviation, both exponentially weighted with
 *		'alpha' over the values before x, as pandas' ewm(alpha).mean() and std()
 *		have them; none for the first two; usual limit 3.
 * seasonal: the remainder r of STL (stl.h) as |r - median| / (MAD / 0.6745);
 *		missing values are bridged by straight lines; none where there are less
 *		than two periods; usual limit 3.5.  A MAD at the level of rounding counts
 *		as 1e-12 of the largest value.
 * level_shift: the medians of 'window' values before x and of as many from x
 *		on differ by D; (D - Q3) / (Q3 - Q1) of all D, at least 0, as ADTK's
 *		LevelShiftAD; none where a window has less than half of its values;
 *		usual limit 6.
 * matrix_profile: the distance of the window of 'window' values around x from
 *		the one most like it (matrix_profile.h); at the ends the first and the
 *		last window's.
 */
#ifndef DPK_SERIES_SCORE_H
#define DPK_SERIES_SCORE_H

#include "kernels.h"

#define DPK_SERIES_LARGEST 1e150	/* so that squares are finite */

typedef enum dpk_series_method
{
	DPK_HAMPEL,
	DPK_EWMA,
	DPK_SEASONAL,
	DPK_LEVEL_SHIFT,
	DPK_MATRIX_PROFILE
} dpk_series_method;

typedef struct dpk_series_options
{
	dpk_series_method method;
	int			half_window;	/* at least 1 */
	double		alpha;			/* above 0, below 1 */
	int			period;			/* at least 2 */
	int			seasonal;		/* odd, at least 3 */
	bool		robust;
	int			window;			/* at least 1; at least 3 for the matrix profile */
} dpk_series_options;

/* Bytes of 'work', aligned to DPK_ALIGN; false where they do not fit into size_t */
extern bool dpk_series_work(const dpk_series_options *o, size_t n, size_t *bytes);

/* DPK_INVALID: a value is beyond DPK_SERIES_LARGEST */
extern dpk_status dpk_series_scores(const dpk_series_options *o, const dpk_kernels *kernels, size_t n, const double *x,
									const dpk_stop *stop, void *work, double *scores);

#endif							/* DPK_SERIES_SCORE_H */
