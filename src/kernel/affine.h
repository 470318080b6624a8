/*
 * affine.h - flips, crops, and one resampling pass for any affine map
 *
 * A map takes a pixel of the result to the place in the source it comes from:
 *		x' = xx * x + xy * y + x0
 *		y' = yx * x + yy * y + y0
 * in pixel centres (the first pixel is at 0, the last at width - 1).  Maps are
 * combined by multiplication, so a chain of rotations, shifts and shears costs
 * one pass, and loses the sharpness of one interpolation only.
 *
 * Values between pixels are bilinear.  Beyond the border: dpk_fill.
 *
 * DETERMINISM: coordinates advance in integers with 32 bits after the point,
 * of which the interpolation sees 16, with
 * float operations that are each rounded; angles go through trig.h.
 */
#ifndef DPK_AFFINE_H
#define DPK_AFFINE_H

#include "fill.h"
#include "image.h"

typedef struct dpk_affine
{
	double		xx,
				xy,
				x0,
				yx,
				yy,
				y0;
} dpk_affine;

#define DPK_AFFINE_IDENTITY ((dpk_affine) {1, 0, 0, 0, 1, 0})

/*
 * Maps of an image of that size.  Rotations, shears and zooms keep the centre
 * of the image where it is.
 */
extern dpk_affine dpk_affine_translate(double dx, double dy);	/* pixels to the right and down */
extern dpk_affine dpk_affine_rotate(int width, int height, double degrees); /* counter-clockwise */
extern dpk_affine dpk_affine_shear(int width, int height, double xdegrees, double ydegrees);
extern dpk_affine dpk_affine_zoom(int width, int height, double xfactor, double yfactor);	/* > 1 enlarges */
extern dpk_affine dpk_affine_flip(int width, int height, bool horizontal);

/* The corner pixels of the result come from the corners of the box x, y, width, height (real numbers) */
extern dpk_affine dpk_affine_box(int width, int height, double x, double y, double boxwidth, double boxheight);

/* First 'first', then 'second', as one map */
extern dpk_affine dpk_affine_then(const dpk_affine *first, const dpk_affine *second);

extern bool dpk_affine_is_identity(const dpk_affine *map);

/* Whether pixels come from whole pixels: by quarter turns, mirroring and shifts */
extern bool dpk_affine_is_exact(const dpk_affine *map);
extern dpk_status dpk_affine_copy(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out, const dpk_stop *stop);

/*
 * in -> out; the channels agree, the sizes need not, the pixels do not
 * overlap.  DPK_INVALID where the map leaves the range of coordinates
 * (2^28 pixels).  A map of whole pixels to whole pixels is a copy, and exact.
 */
extern dpk_status dpk_affine_apply(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out,
								   const dpk_stop *stop, dpk_error *err);

/* The same with the nearest pixel, for images of labels */
extern dpk_status dpk_affine_nearest(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out,
									 const dpk_stop *stop, dpk_error *err);

/* Where a point of the source gets to */
extern void dpk_affine_point(const dpk_affine *map, double *x, double *y);

/* Mirrored left to right (horizontal) or top to bottom; exact */
extern void dpk_flip(const dpk_image *in, dpk_image *out, bool horizontal);

/* The box of out's size whose top left corner is at x, y, inside the image; exact */
extern void dpk_crop(const dpk_image *in, dpk_image *out, int x, int y);

#endif							/* DPK_AFFINE_H */
