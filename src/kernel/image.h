/*
 * image.h - pictures in memory, and JPEG, PNG and PNM in and out
 *
 * An image is 8 bits per sample, rows from top to bottom, samples interleaved:
 *		pixels	(height, width, channels), channels = 1 (gray) or 3 (RGB)
 * Encoded bytes are hostile.  So decoding has two steps: dpk_image_probe()
 * reads the header alone and checks it against the limits, the caller hands in
 * memory of width * height * channels bytes, dpk_image_decode() fills it.
 *
 * What becomes of a file that is not simply gray or RGB with 8 bits:
 *		alpha			composited over white, as a person sees the picture
 *		palette			its colours
 *		16 bits (PNG)	the upper byte, as Pillow and OpenCV do
 *		CMYK, YCCK		RGB, taking the samples as inverted (Adobe), as all readers do
 *		RGB to gray		Y of ITU-R 601; for JPEG the stored Y
 *		12 bits, lossless, arithmetic JPEG	DPK_CORRUPT, "unsupported"
 *		EXIF orientation	reported by the probe, applied by dpk_image_orient() alone
 *
 * Decoding agrees bit by bit with djpeg's defaults (slow integer DCT, fancy
 * upsampling) and with libpng.  Encoding the same image with the same version
 * of the libraries gives the same bytes.
 */
#ifndef DPK_IMAGE_H
#define DPK_IMAGE_H

#include "dpk.h"

typedef struct dpk_image
{
	int			width,
				height,
				channels;		/* 1 or 3 */
	uint8_t    *pixels;
} dpk_image;

typedef enum dpk_format
{
	DPK_JPEG,
	DPK_PNG,
	DPK_PNM						/* binary: P5 and P6 */
} dpk_format;

/* "jpeg", "png", "pnm", NULL: by dpk_format */
extern const char *const dpk_format_names[];

typedef struct dpk_image_limits
{
	int			pixels;			/* width * height */
	int			scans;			/* of a JPEG file; scans * pixels is limited to 256 Mi besides */
	size_t		memory;			/* bytes the decoder may use beside the pixels */
	size_t		bytes;			/* of encoded input */
	int			warnings;		/* more of them make an image broken */
} dpk_image_limits;

/* How an image is broken */
typedef enum dpk_problem
{
	DPK_NO_PROBLEM,
	DPK_UNRECOGNIZED,
	DPK_TRUNCATED,
	DPK_DAMAGED,
	DPK_UNSUPPORTED,
	DPK_OVER_LIMIT
} dpk_problem;

typedef struct dpk_image_info
{
	dpk_format	format;
	int			width,
				height;			/* as stored, before any EXIF orientation; 0 where the header was not reached */
	int			channels;		/* stored, alpha and K included: 1 .. 4 */
	int			colors;			/* 1 or 3: what decoding gives unless asked otherwise */
	int			bits;			/* per sample */
	int			orientation;	/* EXIF: 1 .. 8, 1 is upright */
	int			warnings;		/* of the decoder; the pixels are there, but doubtful */
	dpk_problem problem;
	char		warning[128];	/* the first one */
} dpk_image_info;

/*
 * Header only; allocates nothing.  'info' is filled as far as was read even
 * where the answer is an error.  Any problem but a limit is DPK_CORRUPT.
 */
extern dpk_status dpk_image_probe(const uint8_t *bytes, size_t nbytes, const dpk_image_limits *limits,
								  dpk_image_info *info, dpk_error *err);

/*
 * 'info' comes from dpk_image_probe() of the same bytes; its warnings and
 * problem are set.  'image' comes with width and height as in 'info', channels
 * 1 or 3 as the caller wants them, and pixels to write to.  After an error the
 * pixels hold anything.
 */
extern dpk_status dpk_image_decode(const uint8_t *bytes, size_t nbytes, const dpk_image_limits *limits,
								   const dpk_stop *stop, dpk_image_info *info, dpk_image *image, dpk_error *err);

/* Bytes that suffice to encode such an image; false where the number overflows */
extern bool dpk_image_encode_bound(const dpk_image *image, dpk_format format, size_t *bound);

/* JPEG: 'quality' 1 .. 100, colour at half resolution below 90.  PNG and PNM are lossless and ignore it. */
extern dpk_status dpk_image_encode(const dpk_image *image, dpk_format format, int quality, const dpk_stop *stop,
								   uint8_t *out, size_t outsize, size_t *nbytes, dpk_error *err);

/*
 * The picture as a viewer shows it: 'to' comes with pixels for as many bytes,
 * its width and height are set (5 .. 8 swap them).  orientation 1 .. 8 as EXIF has it.
 */
extern void dpk_image_orient(const dpk_image *from, int orientation, dpk_image *to);

/* Luma of ITU-R 601 in 16 bits, as Pillow rounds it */
static inline uint8_t
dpk_luma(int r, int g, int b)
{
	return (uint8_t) ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
}

#endif							/* DPK_IMAGE_H */
