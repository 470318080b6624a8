/*
 * codec.c - which format bytes are in, the limits, and what the formats share
 */
#include "codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const dpk_format_names[] = {"jpeg", "png", "pnm", NULL};

static const dpk_codec *const codecs[] = {&dpk_jpeg_codec, &dpk_png_codec, &dpk_pnm_codec};

#define NCODECS ((int) (sizeof(codecs) / sizeof(codecs[0])))

dpk_status
dpk_image_fail(dpk_image_info *info, dpk_error *err, dpk_problem problem, const char *format,...)
{
	dpk_status	status = problem == DPK_OVER_LIMIT ? DPK_TOO_BIG : DPK_CORRUPT;
	char		detail[256];
	va_list		args;

	info->problem = problem;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	dpk_fail(err, status, "could not read %s image", codecs[info->format]->title);
	dpk_detail(err, "%s", detail);
	return status;
}

bool
dpk_image_warn(dpk_image_info *info, const dpk_image_limits *limits, const char *text)
{
	if (info->warnings == 0)
		snprintf(info->warning, sizeof(info->warning), "%s", text);
	info->warnings++;
	return info->warnings <= limits->warnings;
}

static dpk_status
check_limits(size_t nbytes, const dpk_image_limits *limits, dpk_image_info *info, dpk_error *err)
{
	if (nbytes > limits->bytes)
		return dpk_image_fail(info, err, DPK_OVER_LIMIT, "The image has %zu bytes; at most %zu are allowed (datapower.max_image_bytes).",
							  nbytes, limits->bytes);
	if (info->width < 1 || info->height < 1)
		return dpk_image_fail(info, err, DPK_DAMAGED, "The image has no pixels: %d x %d.", info->width, info->height);
	if ((uint64_t) info->width * info->height > (uint64_t) limits->pixels)
		return dpk_image_fail(info, err, DPK_OVER_LIMIT, "The image has %d x %d pixels; at most %d are allowed (datapower.max_image_pixels).",
							  info->width, info->height, limits->pixels);
	return DPK_OK;
}

dpk_status
dpk_image_probe(const uint8_t *bytes, size_t nbytes, const dpk_image_limits *limits,
				dpk_image_info *info, dpk_error *err)
{
	dpk_status	status;

	memset(info, 0, sizeof(*info));
	info->orientation = 1;
	for (int i = 0; i < NCODECS; i++)
	{
		if (!codecs[i]->recognize(bytes, nbytes))
			continue;
		info->format = (dpk_format) i;
		status = codecs[i]->probe(bytes, nbytes, info, err);
		return status == DPK_OK ? check_limits(nbytes, limits, info, err) : status;
	}
	info->problem = DPK_UNRECOGNIZED;
	dpk_fail(err, DPK_CORRUPT, "unrecognized image format");
	if (nbytes == 0)
		dpk_detail(err, "The image is empty.");
	dpk_hint(err, "Supported formats are JPEG, PNG and binary PNM (P5, P6).");
	return DPK_CORRUPT;
}

dpk_status
dpk_image_decode(const uint8_t *bytes, size_t nbytes, const dpk_image_limits *limits,
				 const dpk_stop *stop, dpk_image_info *info, dpk_image *image, dpk_error *err)
{
	dpk_decode	d = {bytes, nbytes, limits, stop, info, image, err};

	info->warnings = 0;
	info->problem = DPK_NO_PROBLEM;
	if (image->channels != 1 && image->channels != 3)
		return dpk_fail(err, DPK_INVALID, "an image cannot be decoded into %d channels", image->channels);
	return codecs[info->format]->decode(&d);
}

bool
dpk_image_encode_bound(const dpk_image *image, dpk_format format, size_t *bound)
{
	size_t		pixels,
				raw;

	/* blocks of 16 x 16 are filled up */
	if (!dpk_mul((size_t) image->width + 15, (size_t) image->height + 15, &pixels) ||
		!dpk_mul(pixels, (size_t) image->channels, &raw))
		return false;

	/*
	 * JPEG: two bytes a sample, as libjpeg-turbo's tjBufSize() has it.  PNG:
	 * what deflate and its chunks may add to incompressible rows is below a
	 * quarter.  PNM: a header.
	 */
	return dpk_mul(raw, format == DPK_JPEG ? 2 : 1, bound) &&
		(format != DPK_PNG || dpk_add(*bound, raw / 4, bound)) &&
		dpk_add(*bound, 2048, bound);
}

dpk_status
dpk_image_encode(const dpk_image *image, dpk_format format, int quality, const dpk_stop *stop,
				 uint8_t *out, size_t outsize, size_t *nbytes, dpk_error *err)
{
	const dpk_codec *codec = codecs[format];
	dpk_encode	e = {image, quality, stop, out, outsize, 0, err};
	dpk_status	status;

	if (image->width < 1 || image->height < 1 || image->width > codec->max_side || image->height > codec->max_side)
	{
		dpk_fail(err, DPK_INVALID, "could not write %s image", codec->title);
		dpk_detail(err, "The image has %d x %d pixels; a side must be between 1 and %d.",
				   image->width, image->height, codec->max_side);
		return DPK_INVALID;
	}
	status = codec->encode(&e);
	*nbytes = e.nbytes;
	return status;
}

/* ---- EXIF ---- */

static unsigned
tiff_number(const uint8_t *p, int nbytes, bool big)
{
	unsigned	v = 0;

	for (int i = 0; i < nbytes; i++)
		v = v << 8 | p[big ? i : nbytes - 1 - i];
	return v;
}

int
dpk_exif_orientation(const uint8_t *tiff, size_t nbytes)
{
	bool		big;
	size_t		at;
	unsigned	entries;

	if (nbytes < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
		return 1;
	big = tiff[0] == 'M';
	at = tiff_number(tiff + 4, 4, big);
	if (at > nbytes || nbytes - at < 2)
		return 1;
	entries = tiff_number(tiff + at, 2, big);
	at += 2;
	for (unsigned i = 0; i < entries && nbytes - at >= 12; i++, at += 12)
	{
		/* tag 274, type SHORT, one value */
		if (tiff_number(tiff + at, 2, big) == 0x0112 && tiff_number(tiff + at + 2, 2, big) == 3)
		{
			unsigned	v = tiff_number(tiff + at + 8, 2, big);

			return v >= 1 && v <= 8 ? (int) v : 1;
		}
	}
	return 1;
}

void
dpk_image_orient(const dpk_image *from, int orientation, dpk_image *to)
{
	int			c = from->channels;
	ptrdiff_t	right = c,
				down = (ptrdiff_t) from->width * c;
	const uint8_t *corner = from->pixels;
	uint8_t    *out = to->pixels;

	/* where the upper left corner of the result is stored, and which way its rows and columns run */
	if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
	{
		corner += (from->width - 1) * right;
		right = -right;
	}
	if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
	{
		corner += (from->height - 1) * down;
		down = -down;
	}
	to->width = orientation < 5 ? from->width : from->height;
	to->height = orientation < 5 ? from->height : from->width;
	to->channels = c;
	for (int y = 0; y < to->height; y++)
	{
		for (int x = 0; x < to->width; x++, out += c)
			memcpy(out, corner + (orientation < 5 ? y * down + x * right : x * down + y * right), c);
	}
}

/* ---- channels ---- */

/* c over white, rounded: exactly (c * alpha + 255 * (255 - alpha) + 127) / 255 */
static inline uint8_t
over_white(int c, int alpha)
{
	int			t = c * alpha + 255 * (255 - alpha) + 128;

	return (uint8_t) ((t + (t >> 8)) >> 8);
}

static void
drop_alpha(const uint8_t *from, uint8_t *to, int width)
{
	for (int x = 0; x < width; x++, from += 4, to += 3)
		for (int i = 0; i < 3; i++)
			to[i] = over_white(from[i], from[3]);
}

void
dpk_convert_row(const uint8_t *from, int from_channels, uint8_t *to, int to_channels, int width)
{
	if (from_channels == to_channels)
	{
		memcpy(to, from, (size_t) width * to_channels);
		return;
	}
	if (from_channels == 4 && to_channels == 3)
	{
		drop_alpha(from, to, width);
		return;
	}
	for (int x = 0; x < width; x++, from += from_channels, to += to_channels)
	{
		uint8_t		pixel[3] = {from[0], from[0], from[0]};

		if (from_channels == 2)
			pixel[0] = pixel[1] = pixel[2] = over_white(from[0], from[1]);
		else if (from_channels == 3)
			memcpy(pixel, from, 3);
		else if (from_channels == 4)
			drop_alpha(from, pixel, 1);
		if (to_channels == 3)
			memcpy(to, pixel, 3);
		else
			to[0] = from_channels > 2 ? dpk_luma(pixel[0], pixel[1], pixel[2]) : pixel[0];
	}
}
