/*
 * color.h - operations on colours: saturation, hue, gray
 *
 * Gray images are left as they are.
 *
 * DETERMINISM: integers, and operations on floats that IEEE 754 rounds exactly.
 */
#ifndef DPK_COLOR_H
#define DPK_COLOR_H

#include "image.h"

/* Three channels of the same gray */
extern void dpk_gray(size_t n, uint8_t *rgb);

/* gray + factor * (sample - gray), clipped, its fraction cut off: Pillow's ImageEnhance.Color */
extern void dpk_saturate(size_t n, float factor, uint8_t *rgb);

/* The hue of HSV turned by 'shift' of the whole circle, -0.5 .. 0.5; lightness and saturation stay */
extern void dpk_shift_hue(size_t n, float shift, uint8_t *rgb);

#endif							/* DPK_COLOR_H */
