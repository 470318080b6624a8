/*
 * inpaint.h - holes of an image filled from their borders
 *
 * Telea's method (Journal of Graphics Tools 9, 2004): the pixels of a hole are
 * filled in the order of their distance from its border, found by fast marching;
 * each becomes the mean of what is known within 'radius', weighted by direction
 * (across the border), distance, and nearness of its own distance from the
 * border.  Pixels are not carried on by their gradients, as the paper does: on
 * photographs that lost two decibels.
 *
 * DETERMINISM: double precision and square roots alone; pixels of one distance
 * are taken in the order in which they were reached.
 */
#ifndef DPK_INPAINT_H
#define DPK_INPAINT_H

#include "image.h"

#define DPK_MAX_INPAINT_RADIUS 50

/* Bytes of scratch for as many pixels, aligned to 8; false where they overflow */
extern bool dpk_inpaint_work(int width, int height, size_t *bytes);

/*
 * Where mask (height, width) is not 0, image is filled in place.  DPK_INVALID
 * where nothing is left to fill from.
 */
extern dpk_status dpk_inpaint(dpk_image *image, const uint8_t *mask, int radius, void *work, const dpk_stop *stop, dpk_error *err);

#endif							/* DPK_INPAINT_H */
