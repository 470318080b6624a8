/*
 * pixels.h - the kernels on bytes of images of this instruction set
 */
#ifndef DPK_PIXELS_H
#define DPK_PIXELS_H

#include "simd.h"

extern void DPK_NAME(map_bytes) (size_t n, const uint8_t *curve, uint8_t *p);
extern void DPK_NAME(gray) (size_t n, const uint8_t *rgb, uint8_t *gray);
extern void DPK_NAME(median_row) (int size, int n, const uint8_t *const *rows, int step, uint8_t *out);
extern void DPK_NAME(median_wide) (int size, int n, uint16_t (*columns)[DPK_MEDIAN_BINS], int step, uint8_t *out);
extern void DPK_NAME(weigh_bytes) (int n, int taps, const uint8_t *const *from, const uint16_t *weights, uint16_t *sums);
extern void DPK_NAME(weigh_sums) (int n, int taps, int step, const uint16_t *sums, const uint16_t *weights, uint8_t *out);
extern void DPK_NAME(noise) (size_t n, float sigma, const uint32_t *counter, const uint32_t *key, uint8_t *p);

#endif							/* DPK_PIXELS_H */
