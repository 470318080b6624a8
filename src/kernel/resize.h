/*
 * resize.h - an image at another size, filtered as Pillow does
 *
 * Two passes of a one-dimensional filter, whose support grows with the scale
 * when an image shrinks, so that nothing aliases.  Weights are computed in
 * double, rounded to 22 bits, and applied to integers; between the passes
 * pixels are rounded to 8 bits.  This is the arithmetic of Pillow's resize()
 * (libImaging/Resample.c), so the pixels agree with it.
 *
 * DETERMINISM: no libm function (Lanczos takes its sine from trig.h); the same
 * pixels on every machine.
 */
#ifndef DPK_RESIZE_H
#define DPK_RESIZE_H

#include "image.h"

typedef enum dpk_filter
{
	DPK_FILTER_NEAREST,
	DPK_FILTER_AREA,			/* mean of what a pixel covers; Pillow: BOX */
	DPK_FILTER_BILINEAR,
	DPK_FILTER_BICUBIC,			/* a = -0.5 */
	DPK_FILTER_LANCZOS			/* three lobes */
} dpk_filter;

extern const char *const dpk_filter_names[];	/* in the order above, ends with NULL */

/* Bytes of scratch that dpk_resize() needs, or DPK_TOO_BIG */
extern dpk_status dpk_resize_work(const dpk_image *in, int width, int height, dpk_filter filter, size_t *bytes);

/*
 * in -> out; the channels agree, out->pixels (height * width * channels) does
 * not overlap in->pixels, work is aligned for double.  Sizes are at least 1.
 */
extern dpk_status dpk_resize(const dpk_image *in, dpk_image *out, dpk_filter filter, void *work, const dpk_stop *stop);

#endif							/* DPK_RESIZE_H */
