/*
 * pool2d.h - the functions of pool2d.c
 */
#ifndef DPK_POOL2D_H
#define DPK_POOL2D_H

#include "simd.h"

extern void DPK_NAME(pool2d_forward) (const dpk_pool2d *s, int from, int to, const float *x, float *y);
extern void DPK_NAME(pool2d_backward) (const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add);

#endif							/* DPK_POOL2D_H */
