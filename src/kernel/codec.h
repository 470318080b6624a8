/*
 * codec.h - what an image format brings to image.h, and what the formats share
 *
 * Only codec.c and the files of the formats include this.  Whatever a library
 * does with setjmp stays inside the file of its format.
 */
#ifndef DPK_CODEC_H
#define DPK_CODEC_H

#include "image.h"

/* The arguments of a decode, together */
typedef struct dpk_decode
{
	const uint8_t *bytes;
	size_t		nbytes;
	const dpk_image_limits *limits;
	const dpk_stop *stop;
	dpk_image_info *info;
	dpk_image  *image;
	dpk_error  *err;
} dpk_decode;

typedef struct dpk_encode
{
	const dpk_image *image;
	int			quality;
	const dpk_stop *stop;
	uint8_t    *out;
	size_t		outsize;
	size_t		nbytes;			/* written */
	dpk_error  *err;
} dpk_encode;

typedef struct dpk_codec
{
	const char *title;			/* "JPEG", for errors */
	int			max_side;		/* the format's own limit of width and height */
	bool		(*recognize) (const uint8_t *bytes, size_t nbytes);
	/* fills 'info' or answers dpk_image_fail(); limits are codec.c's */
	dpk_status	(*probe) (const uint8_t *bytes, size_t nbytes, dpk_image_info *info, dpk_error *err);
	dpk_status	(*decode) (dpk_decode *d);
	dpk_status	(*encode) (dpk_encode *e);
} dpk_codec;

extern const dpk_codec dpk_jpeg_codec,
			dpk_png_codec,
			dpk_pnm_codec;

/* Report a broken image: sets info->problem, returns DPK_CORRUPT or DPK_TOO_BIG */
extern dpk_status dpk_image_fail(dpk_image_info *info, dpk_error *err, dpk_problem problem, const char *format, ...)
			__attribute__((format(printf, 4, 5)));

/* Count a warning and keep the first text; false once there are too many */
extern bool dpk_image_warn(dpk_image_info *info, const dpk_image_limits *limits, const char *text);

/* Orientation from a TIFF block (the content of EXIF), 1 where it has none */
extern int	dpk_exif_orientation(const uint8_t *tiff, size_t nbytes);

/* One row of 1, 2 (gray, alpha), 3 or 4 (RGBA) channels to one of 1 or 3 */
extern void dpk_convert_row(const uint8_t *from, int from_channels, uint8_t *to, int to_channels, int width);

#endif							/* DPK_CODEC_H */
