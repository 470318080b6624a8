/*
 * turn.h - the kernels that mirror and turn pixels, of this instruction set
 */
#ifndef DPK_TURN_H
#define DPK_TURN_H

#include "simd.h"

#if DPK_LEVEL >= 2 || defined(__aarch64__)
extern void DPK_NAME(mirror_rgb) (size_t n, const uint8_t *from, uint8_t *to);
extern void DPK_NAME(turn_rgb) (size_t n, const uint8_t *from, ptrdiff_t step, uint8_t *to, ptrdiff_t pitch);
#define DPK_MIRROR_RGB DPK_NAME(mirror_rgb)
#define DPK_TURN_RGB DPK_NAME(turn_rgb)
#else
#define DPK_MIRROR_RGB NULL
#define DPK_TURN_RGB NULL
#endif

#endif							/* DPK_TURN_H */
