/*
 * clahe.h - contrast limited adaptive histogram equalization
 *
 * Zuiderveld, in Graphics Gems IV (1994), as OpenCV's createCLAHE does it: the
 * image is cut into tiles x tiles tiles, each is equalized after its histogram
 * was cut at 'clip' times its mean and what was cut was spread over all levels,
 * and each pixel takes what the four nearest tiles say, interpolated between
 * their centres.  In a colour image the luma is equalized, and all three
 * channels move by what it moves (as in YCrCb).
 */
#ifndef DPK_CLAHE_H
#define DPK_CLAHE_H

#include "image.h"

#define DPK_CLAHE_TILES 64		/* at most, in a row and in a column */

/* Bytes of scratch; false where they overflow */
extern bool dpk_clahe_work(int width, int height, int channels, int tiles, size_t *bytes);

/* In place; clip >= 0, where 0 means that nothing is cut */
extern dpk_status dpk_clahe(dpk_image *image, double clip, int tiles, void *work, const dpk_stop *stop);

#endif							/* DPK_CLAHE_H */
