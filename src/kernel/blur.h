/*
 * blur.h - what looks at a neighbourhood: blurs, medians, sharpness
 *
 * From 'in' to 'out', of the same size and channels.  Beyond the border an image
 * goes on as its mirror image (reflect.h); for medians as its last pixel.
 *
 * DETERMINISM: weights are made in doubles by operations that IEEE 754 rounds
 * exactly and rounded to 1/65536; pixels meet them in integers.
 */
#ifndef DPK_BLUR_H
#define DPK_BLUR_H

#include "image.h"

#define DPK_MAX_SIGMA 50
#define DPK_MAX_MEDIAN 255		/* pixels; columns are counted in 16 bits */
#define DPK_MAX_STREAK 101

/* Bytes of scratch, aligned to 64; false where they overflow */
extern bool dpk_gaussian_work(int width, int height, int channels, double sigma, size_t *bytes);
extern bool dpk_median_work(int width, int height, int channels, int size, size_t *bytes);
extern bool dpk_motion_work(int width, int height, int channels, int length, size_t *bytes);

/* Normal weights, of round(6 sigma + 1) taps, made odd, as OpenCV's GaussianBlur chooses; 0 < sigma <= DPK_MAX_SIGMA */
extern dpk_status dpk_gaussian(const dpk_image *in, dpk_image *out, double sigma, void *work, const dpk_stop *stop);

/*
 * The median of size x size, an odd number.  Up to 7 by selection in vectors,
 * beyond that in a time that does not depend on the size.
 */
extern dpk_status dpk_median_filter(const dpk_image *in, dpk_image *out, int size, void *work, const dpk_stop *stop);

/*
 * The mean of 'length' points, 1 apart, on the line through each pixel that
 * rises by 'degrees' to the right; points between pixels are interpolated
 */
extern dpk_status dpk_motion(const dpk_image *in, dpk_image *out, int length, double degrees, void *work, const dpk_stop *stop);

/*
 * smooth + factor * (sample - smooth), clipped, its fraction cut off, where
 * smooth is the mean of 3 x 3 in which the middle weighs 5 (on the border the
 * sample itself): Pillow's ImageEnhance.Sharpness
 */
extern dpk_status dpk_sharpness(const dpk_image *in, dpk_image *out, float factor, const dpk_stop *stop);

#endif							/* DPK_BLUR_H */
