/*
 * erase.h - parts of an image covered: one box, squares, a grid
 *
 *		erase			Zhong and others, "Random erasing data augmentation" (AAAI 2020)
 *		cutout			DeVries and Taylor, arXiv:1708.04552
 *		grid dropout	Chen and others, "GridMask", arXiv:2001.04086
 *
 * DETERMINISM: places come from doubles by operations that IEEE 754 rounds exactly.
 */
#ifndef DPK_ERASE_H
#define DPK_ERASE_H

#include "image.h"
#include "philox.h"

/* A box [x0, x1) x [y0, y1), clipped to the image, filled with a value, or with noise where 'noise' is not NULL */
extern void dpk_cover(dpk_image *image, int x0, int y0, int x1, int y1, int value, dpk_random *noise);

/*
 * A box of a share 'area' of the image and of width / height between 1 / ratio
 * and ratio, log-uniform.  Ten times a proportion is drawn whose box fits; then
 * the box is made to fit.
 */
extern void dpk_erase_box(int width, int height, double area, double ratio, dpk_random *random, int *x0, int *y0, int *x1, int *y1);

#endif							/* DPK_ERASE_H */
