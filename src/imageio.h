/*
 * imageio.h - images between bytea and memory, under the settings' limits
 *
 * A bytea may be packed (PG_GETARG_BYTEA_PP).  Images are scratch memory,
 * header and pixels in one: dp_free_scratch() ends them, and no pfree().  Each
 * call checks for interrupts, also within one image.
 */
#ifndef DP_IMAGEIO_H
#define DP_IMAGEIO_H

#include "compat.h"

#include "image.h"
#include "scratch.h"

/* For functions that return an image in the file format they got it in */
#define DP_JPEG_QUALITY 95

/* The limits datapower.max_image_* set */
extern dpk_image_limits dp_image_limits(void);

/* ERROR 54000 */
extern void dp_image_too_big(int width, int height, int channels);

/* width * height * channels bytes, uninitialised; ERROR where that is too big */
extern dpk_image *dp_new_image(int width, int height, int channels);

/* The header alone, within the limits */
extern dpk_status dp_probe_image(bytea *data, dpk_image_info *info, dpk_error *err);

/* Pixels to where the caller wants them; 'info' is from dp_probe_image(), the image has its size and 1 or 3 channels */
extern dpk_status dp_decode_into(bytea *data, dpk_image_info *info, dpk_image *image, dpk_error *err);

/* 'channels': 0 as stored (1 or 3), 1 gray, 3 RGB.  Broken bytes are an ERROR. */
extern dpk_image *dp_decode_image(bytea *data, int channels);

/* The same for callers that skip broken images: not DPK_OK fills 'err' and leaves *image NULL */
extern dpk_status dp_try_decode(bytea *data, int channels, dpk_image **image, dpk_image_info *info, dpk_error *err);

/*
 * For functions that write an image again: EXIF goes, so the orientation it
 * asks for is applied and the picture looks the same.  'info' is that of the
 * file, as it was stored.
 */
extern dpk_image *dp_decode_upright(bytea *data, int channels, dpk_image_info *info);

/* palloc'd; 'quality' 1 .. 100 is for JPEG only */
extern bytea *dp_encode_image(const dpk_image *image, dpk_format format, int quality);

#endif							/* DP_IMAGEIO_H */
