/*
 * tone.h - tone curves: what becomes of each of 256 gray levels
 *
 * A curve is 256 bytes; an image takes one for all its channels, or one for
 * each.  posterize, solarize, equalize and autocontrast give the pixels of
 * Pillow's ImageOps, gamma those of torchvision's adjust_gamma of a PIL image.
 *
 * DETERMINISM: integers, and operations on doubles that IEEE 754 rounds exactly.
 */
#ifndef DPK_TONE_H
#define DPK_TONE_H

#include "image.h"
#include "kernels.h"

extern void dpk_curve_invert(uint8_t curve[256]);

/* 255 (p / 255)^gamma, for 0 <= gamma <= 10 */
extern void dpk_curve_gamma(double gamma, uint8_t curve[256]);

/* Keeps the upper bits, 1 .. 8 of them */
extern void dpk_curve_posterize(int bits, uint8_t curve[256]);

/* Inverts what is not below the threshold, 0 .. 256 */
extern void dpk_curve_solarize(int threshold, uint8_t curve[256]);

/* Each gray level as often, as far as that goes; from a histogram of one channel */
extern void dpk_curve_equalize(const uint32_t histogram[256], uint8_t curve[256]);

/* The darkest becomes 0 and the brightest 255, after 'cutoff' percent of the samples are left out at each end */
extern void dpk_curve_autocontrast(const uint32_t histogram[256], double cutoff, uint8_t curve[256]);

/* One histogram per channel of n pixels */
extern void dpk_histogram(size_t n, int channels, const uint8_t *pixels, uint32_t (*histogram)[256]);

/* pixels through one curve per channel, in place */
extern void dpk_apply_curves(size_t n, int channels, const uint8_t (*curves)[256], uint8_t *pixels);

#endif							/* DPK_TONE_H */
