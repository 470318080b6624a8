/*
 * imagestats.h - four numbers that tell a bad photograph
 *
 * Of the gray levels 0 .. 255: mean; spread, their standard deviation
 * (population); entropy of their histogram in bits, 0 .. 8; and sharpness, the
 * variance of the Laplacian (0 1 0, 1 -4 1, 0 1 0; the border mirrored without
 * its last pixel), which is low for a blurred image (Pech-Pacheco et al., 2000).
 * Sums are integers, so the plan does not matter.
 */
#ifndef DPK_IMAGESTATS_H
#define DPK_IMAGESTATS_H

#include "image.h"

typedef struct dpk_image_stats
{
	double		mean,
				spread,
				sharpness,
				entropy;
} dpk_image_stats;

extern dpk_image_stats dpk_measure_image(const dpk_image *gray);

#endif							/* DPK_IMAGESTATS_H */
