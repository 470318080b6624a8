/*
 * imagediff.h - how far two images of the same size are apart
 *
 * Mean absolute and squared differences in gray levels, and the structural similarity of
 * Wang, Bovik, Sheikh and Simoncelli (IEEE Trans. Image Processing 13, 2004):
 * local means, variances and covariance under an 11 x 11 Gaussian of sigma 1.5,
 * K1 = 0.01, K2 = 0.03, averaged over the places where the window lies inside.
 */
#ifndef DPK_IMAGEDIFF_H
#define DPK_IMAGEDIFF_H

#include "image.h"

#define DPK_SSIM_WINDOW 11		/* images must be at least that wide and high */

/* Mean of |a - b|, or of its square, over all samples; same size, same channels */
extern double dpk_mean_difference(const dpk_image *a, const dpk_image *b);
extern double dpk_mean_squared_difference(const dpk_image *a, const dpk_image *b);

extern size_t dpk_ssim_work(int width);	/* bytes of scratch */

/* SSIM of two gray images of the same size; 1 for equal ones.  work is aligned for double. */
extern dpk_status dpk_ssim(const dpk_image *a, const dpk_image *b, double *ssim, void *work, const dpk_stop *stop);

#endif							/* DPK_IMAGEDIFF_H */
