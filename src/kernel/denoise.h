/*
 * denoise.h - noise taken away where edges stay: bilateral filter and non-local means
 *
 *		bilateral	(Tomasi and Manduchi 1998)  the mean of the pixels within a
 *					circle, weighted by a normal curve of their distance and one
 *					of the difference of their colours (summed over channels)
 *		nlm			(Buades, Coll and Morel 2005)  the mean of the pixels within a
 *					window, weighted by exp(-d / strength^2), d being the mean
 *					squared difference of the patches around them
 * Both from 'in' to 'out' of the same size and channels, as OpenCV computes them
 * (bilateralFilter, fastNlMeansDenoising of the channels together).  Beyond the
 * border an image goes on as its mirror image (reflect.h).
 *
 * DETERMINISM: the weights of non-local means are whole numbers, and so are its
 * sums; those of the bilateral filter are floats that are added in one order.
 */
#ifndef DPK_DENOISE_H
#define DPK_DENOISE_H

#include "image.h"

#define DPK_MAX_DIAMETER 61		/* of the bilateral filter */
#define DPK_MAX_PATCH 21
#define DPK_MAX_SEARCH 61

/* Bytes of scratch, aligned to 64; false where they overflow */
extern bool dpk_bilateral_work(int width, int height, int channels, int diameter, size_t *bytes);
extern bool dpk_nlm_work(int width, int height, int channels, int patch, int search, size_t *bytes);

/* diameter odd; both sigmas above 0, in pixels and in gray levels */
extern dpk_status dpk_bilateral(const dpk_image *in, dpk_image *out, int diameter, double sigma_space, double sigma_color,
								void *work, const dpk_stop *stop);

/* patch and search are odd; strength above 0, in gray levels */
extern dpk_status dpk_nlm(const dpk_image *in, dpk_image *out, double strength, int patch, int search, void *work, const dpk_stop *stop);

#endif							/* DPK_DENOISE_H */
