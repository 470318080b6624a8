/*
 * pnm.c - binary PNM: P5 (gray) and P6 (RGB), the format without a codec
 *
 * A few words of text, then the samples: one byte each up to a maximum of 255,
 * else two, big-endian.  They are scaled to 0 .. 255.  Bytes after the image
 * are ignored.
 */
#include "codec.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ROWS_PER_POLL 64

typedef struct header
{
	int			max;			/* the largest sample */
	size_t		start;			/* of the samples */
} header;

static bool
recognize(const uint8_t *bytes, size_t nbytes)
{
	return nbytes >= 3 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6') &&
		memchr(" \t\r\n#", bytes[2], 5) != NULL;
}

/* The next number of the header, -1 where there is none or it does not fit an int */
static int
read_number(const uint8_t *bytes, size_t nbytes, size_t *at)
{
	int64_t		v = 0;
	size_t		first;

	for (; *at < nbytes; (*at)++)
	{
		if (bytes[*at] == '#')
		{
			while (*at < nbytes && bytes[*at] != '\n')
				(*at)++;
			if (*at == nbytes)
				return -1;
		}
		else if (memchr(" \t\r\n\v\f", bytes[*at], 6) == NULL)
			break;
	}
	first = *at;
	while (*at < nbytes && bytes[*at] >= '0' && bytes[*at] <= '9')
	{
		v = v * 10 + (bytes[(*at)++] - '0');
		if (v > INT_MAX)
			return -1;
	}
	return *at > first ? (int) v : -1;
}

static dpk_status
read_header(const uint8_t *bytes, size_t nbytes, dpk_image_info *info, header *h, dpk_error *err)
{
	size_t		at = 2;
	int			width = read_number(bytes, nbytes, &at),
				height = read_number(bytes, nbytes, &at);

	h->max = read_number(bytes, nbytes, &at);
	if (width < 0 || height < 0 || h->max < 0)
		return dpk_image_fail(info, err, at >= nbytes ? DPK_TRUNCATED : DPK_DAMAGED, "The header is not complete.");
	info->width = width;
	info->height = height;
	info->channels = info->colors = bytes[1] == '6' ? 3 : 1;
	info->bits = h->max > 255 ? 16 : 8;
	if (h->max < 1 || h->max > 65535)
		return dpk_image_fail(info, err, DPK_DAMAGED, "The largest sample is %d; it must be between 1 and 65535.", h->max);
	h->start = at + 1;			/* one white space ends the header */
	if (h->start > nbytes)
		return dpk_image_fail(info, err, DPK_TRUNCATED, "Premature end of PNM file");
	return DPK_OK;
}

static dpk_status
probe(const uint8_t *bytes, size_t nbytes, dpk_image_info *info, dpk_error *err)
{
	header		h;

	return read_header(bytes, nbytes, info, &h, err);
}

/* One row to bytes, scaled from 0 .. max to 0 .. 255, rounded */
static void
scale_row(const uint8_t *from, int max, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		int			v = max > 255 ? from[2 * i] << 8 | from[2 * i + 1] : from[i];

		to[i] = (uint8_t) (((int64_t) DPK_MIN(v, max) * 255 + max / 2) / max);
	}
}

static dpk_status
decode(dpk_decode *job)
{
	dpk_image  *image = job->image;
	int			channels = job->info->channels;
	header		h;
	size_t		samples = (size_t) image->width * channels,
				row,
				total;
	dpk_status	status = read_header(job->bytes, job->nbytes, job->info, &h, job->err);

	if (status != DPK_OK)
		return status;
	row = samples * (h.max > 255 ? 2 : 1);
	if (!dpk_mul(row, (size_t) image->height, &total) || total > job->nbytes - h.start)
		return dpk_image_fail(job->info, job->err, DPK_TRUNCATED, "Premature end of PNM file");
	for (int y = 0; y < image->height; y++)
	{
		const uint8_t *from = job->bytes + h.start + row * y;
		uint8_t    *to = image->pixels + (size_t) y * image->width * image->channels;

		if (y % ROWS_PER_POLL == 0 && dpk_stopped(job->stop))
			return DPK_STOPPED;
		if (h.max == 255)
			dpk_convert_row(from, channels, to, image->channels, image->width);
		else if (channels == image->channels)
			scale_row(from, h.max, to, samples);
		else
		{
			/* pixel by pixel, so that no memory for a row is needed */
			for (int x = 0; x < image->width; x++)
			{
				uint8_t		pixel[3];

				scale_row(from + (size_t) x * (row / image->width), h.max, pixel, channels);
				dpk_convert_row(pixel, channels, to + (size_t) x * image->channels, image->channels, 1);
			}
		}
	}
	return DPK_OK;
}

static dpk_status
encode(dpk_encode *job)
{
	const dpk_image *image = job->image;
	size_t		size = (size_t) image->width * image->height * image->channels;
	char		text[64];
	int			n = snprintf(text, sizeof(text), "P%d\n%d %d\n255\n", image->channels == 3 ? 6 : 5, image->width, image->height);

	if (size > job->outsize || job->outsize - size < (size_t) n)
		return dpk_fail(job->err, DPK_NO_MEMORY, "could not write PNM image");
	memcpy(job->out, text, n);
	memcpy(job->out + n, image->pixels, size);
	job->nbytes = n + size;
	return DPK_OK;
}

const dpk_codec dpk_pnm_codec = {"PNM", INT_MAX / 2, recognize, probe, decode, encode};
