/*
 * noise.h - Gaussian noise and tone curves on pixels
 *
 * A normal variable is a uniform word sent through the inverse distribution
 * function, interpolated linearly between 993 quantiles that stand closer
 * towards the tails (32 per halving of the probability, up to 6.2 sigma); the
 * error is below 2e-4 sigma.  One word of Philox is one sample, in the order of
 * the pixels.
 *
 * DETERMINISM: integers, and float operations that IEEE 754 rounds exactly.
 */
#ifndef DPK_NOISE_H
#define DPK_NOISE_H

#include "image.h"
#include "philox.h"

/* Standard normal from a uniform word */
extern float dpk_normal(uint32_t word);

/* Adds noise of standard deviation sigma (gray levels) to each of n samples, rounded and clipped to 0 .. 255 */
extern void dpk_noise(uint8_t *pixels, size_t n, float sigma, dpk_random *random);

/*
 * pixel = reference + factor * (pixel - reference), clipped, its fraction cut
 * off: brightness with reference 0, contrast with that of dpk_mean_gray(), as
 * Pillow's ImageEnhance.
 */
extern void dpk_scale_tones(uint8_t *pixels, size_t n, float factor, int reference);

/* The mean gray level, rounded */
extern int	dpk_mean_gray(const dpk_image *image);

#endif							/* DPK_NOISE_H */
