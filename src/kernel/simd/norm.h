/*
 * norm.h - the functions of norm.c
 */
#ifndef DPK_NORM_H
#define DPK_NORM_H

#include "simd.h"

extern void DPK_NAME(norm_moments) (const dpk_norm *s, int from, int to, const float *x, double count, double *mean, double *squares);
extern void DPK_NAME(norm_forward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, float *y);
extern void DPK_NAME(norm_backward_sums) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
										  double *plain, double *product);
extern void DPK_NAME(norm_backward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
									 const float *shift, const float *slope, float *dx, bool add);

#endif							/* DPK_NORM_H */
