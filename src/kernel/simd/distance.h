/*
 * distance.h - the distances of this instruction set
 */
#ifndef DPK_DISTANCE_H
#define DPK_DISTANCE_H

#include "simd.h"

extern uint32_t DPK_NAME(block_squares) (int d, const double *point, const double *block, double bound, double *squares);
extern void DPK_NAME(box_squares) (int d, const double *point, const double *boxes, double *squares);
extern void DPK_NAME(center_squares) (int d, int n, const double *const *rows, const double *block, double *squares);

#endif							/* DPK_DISTANCE_H */
