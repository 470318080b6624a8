/*
 * deviation.h - how far is usual: centre and unit of a robust z-score
 *
 * Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): the
 * modified z-score is 0.6745 (x - median) / MAD, where MAD is the median of
 * |x - median|.  Where more than half of the values are equal MAD is 0, and the
 * mean absolute deviation takes its place, (x - median) / (1.253314 MeanAD),
 * as in IBM SPSS; both factors make the unit that of a standard deviation.
 */
#ifndef DPK_DEVIATION_H
#define DPK_DEVIATION_H

#include "dpk.h"

/* x is reordered and overwritten; n >= 1, all finite; unit is 0 where all are equal */
extern dpk_status dpk_robust_deviation(double *x, size_t n, const dpk_stop *stop, double *center, double *unit);

#endif							/* DPK_DEVIATION_H */
