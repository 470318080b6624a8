/*
 * png.c - PNG in and out, with the classic API of libpng
 *
 * As in jpeg.c, an error of the library jumps back into this file.  Every byte
 * the library and zlib allocate is counted against the limit.  Chunks that
 * carry no pixels (text, profiles: the usual hiding place of a bomb) are
 * skipped unread.  A checksum that is wrong, or a missing end, is an error.
 */
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#define ROWS_PER_POLL 64
#define MAX_SIDE 1000000		/* libpng's own */

/* Unpacked bytes, at most, so that a few kilobytes cost half a second; seven passes cost twice as much */
#define MAX_RAW_BYTES (UINT64_C(128) << 20)

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

/* ---- the header, read without the library ---- */

static uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static bool
recognize(const uint8_t *bytes, size_t nbytes)
{
	return nbytes >= 8 && memcmp(bytes, signature, 8) == 0;
}

static dpk_status
probe(const uint8_t *bytes, size_t nbytes, dpk_image_info *info, dpk_error *err)
{
	static const int channels[7] = {1, 0, 3, 3, 2, 0, 4};	/* by colour type */
	const uint8_t *ihdr = bytes + 16;
	size_t		at = 33;

	if (nbytes < 33)
		return dpk_image_fail(info, err, DPK_TRUNCATED, "Premature end of PNG file");
	if (big_endian(bytes + 8) != 13 || memcmp(bytes + 12, "IHDR", 4) != 0 ||
		crc32(0, bytes + 12, 17) != big_endian(bytes + 29))
		return dpk_image_fail(info, err, DPK_DAMAGED, "The header is damaged.");
	if (big_endian(ihdr) > MAX_SIDE || big_endian(ihdr + 4) > MAX_SIDE)
		return dpk_image_fail(info, err, DPK_OVER_LIMIT, "The image has %u x %u pixels; a side may have %d.",
							  big_endian(ihdr), big_endian(ihdr + 4), MAX_SIDE);
	info->width = (int) big_endian(ihdr);
	info->height = (int) big_endian(ihdr + 4);
	info->bits = ihdr[8];
	info->channels = ihdr[9] < 7 ? channels[ihdr[9]] : 0;
	if (info->channels == 0)
		return dpk_image_fail(info, err, DPK_DAMAGED, "Colour type %d does not exist.", ihdr[9]);
	info->colors = info->channels > 2 ? 3 : 1;
	if ((uint64_t) info->width * info->height * (ihdr[9] == 3 ? 1 : info->channels) * info->bits / 8 > MAX_RAW_BYTES >> (ihdr[12] != 0))
		return dpk_image_fail(info, err, DPK_OVER_LIMIT, "The image unpacks to too many bytes; at most %u MB are allowed, half of it if interlaced.",
							  (unsigned) (MAX_RAW_BYTES >> 20));

	/* Of the chunks before the pixels, two say something about them */
	while (nbytes - at >= 12)
	{
		size_t		length = big_endian(bytes + at);
		const uint8_t *name = bytes + at + 4;

		if (length > nbytes - at - 12 || memcmp(name, "IDAT", 4) == 0)
			break;
		if (memcmp(name, "tRNS", 4) == 0 && (info->channels & 1))
			info->channels++;
		if (memcmp(name, "eXIf", 4) == 0)
			info->orientation = dpk_exif_orientation(bytes + at + 8, length);
		at += length + 12;
	}
	return DPK_OK;
}

/* ---- what decoder and encoder share ---- */

typedef struct trap
{
	sigjmp_buf	escape;
	char		text[128];
	size_t		memory;			/* that may still be allocated */
	bool		out_of_memory;

	/* decoder */
	uint8_t    *buffer;			/* rows on their way, from png_malloc() */
	const uint8_t *next;
	size_t		left;
	bool		at_end;
	const dpk_image_limits *limits;
	dpk_image_info *info;

	/* encoder */
	uint8_t    *out;
	size_t		free;
} trap;

static void
error_exit(png_structp png, png_const_charp text)
{
	trap	   *t = png_get_error_ptr(png);

	snprintf(t->text, sizeof(t->text), "%s", text);
	siglongjmp(t->escape, 1);
}

static void
emit_warning(png_structp png, png_const_charp text)
{
	trap	   *t = png_get_error_ptr(png);

	if (t->info != NULL && !dpk_image_warn(t->info, t->limits, text))
		error_exit(png, text);
}

/* Each block remembers its size in front */
#define BLOCK_HEAD 16

static png_voidp
count_malloc(png_structp png, png_alloc_size_t size)
{
	trap	   *t = png_get_mem_ptr(png);
	char	   *block = NULL;

	if (size <= t->memory)
		block = malloc(size + BLOCK_HEAD);
	if (block == NULL)
	{
		t->out_of_memory = true;
		return NULL;
	}
	t->memory -= size;
	memcpy(block, &size, sizeof(size));
	return block + BLOCK_HEAD;
}

static void
count_free(png_structp png, png_voidp p)
{
	trap	   *t = png_get_mem_ptr(png);
	png_alloc_size_t size;

	memcpy(&size, (char *) p - BLOCK_HEAD, sizeof(size));
	t->memory += size;
	free((char *) p - BLOCK_HEAD);
}

/* ---- decoder ---- */

static void
read_bytes(png_structp png, png_bytep to, size_t n)
{
	trap	   *t = png_get_io_ptr(png);

	if (n > t->left)
	{
		t->at_end = true;
		png_error(png, "Premature end of PNG file");
	}
	memcpy(to, t->next, n);
	t->next += n;
	t->left -= n;
}

static void
set_transforms(png_structp png, png_infop info)
{
	png_set_expand(png);
	png_set_strip_16(png);
	png_read_update_info(png, info);
}

/* All passes over an interlaced image need a whole picture to work in */
static dpk_status
read_interlaced(trap *t, png_structp png, int channels, int passes, const dpk_decode *job)
{
	dpk_image  *image = job->image;
	size_t		row = (size_t) image->width * channels;
	uint8_t    *whole = image->pixels;

	if (channels != image->channels)
		whole = t->buffer = png_malloc(png, row * image->height);
	for (int pass = 0; pass < passes; pass++)
	{
		for (int y = 0; y < image->height; y++)
		{
			if (y % ROWS_PER_POLL == 0 && dpk_stopped(job->stop))
				return DPK_STOPPED;
			png_read_row(png, whole + row * y, NULL);
		}
	}
	for (int y = 0; whole != image->pixels && y < image->height; y++)
		dpk_convert_row(whole + row * y, channels, image->pixels + (size_t) y * image->width * image->channels,
						image->channels, image->width);
	return DPK_OK;
}

static dpk_status
read_plain(trap *t, png_structp png, int channels, const dpk_decode *job)
{
	dpk_image  *image = job->image;
	size_t		stride = (size_t) image->width * image->channels;

	if (channels != image->channels)
		t->buffer = png_malloc(png, (size_t) image->width * channels);
	for (int y = 0; y < image->height; y++)
	{
		uint8_t    *to = image->pixels + stride * y;

		if (y % ROWS_PER_POLL == 0 && dpk_stopped(job->stop))
			return DPK_STOPPED;
		png_read_row(png, t->buffer ? t->buffer : to, NULL);
		if (t->buffer != NULL)
			dpk_convert_row(t->buffer, channels, to, image->channels, image->width);
	}
	return DPK_OK;
}

/* DPK_CORRUPT where the library gave up; t->text says why */
static dpk_status
run_decoder(trap *t, png_structp png, png_infop info, const dpk_decode *job)
{
	dpk_status	status;
	int			channels,
				passes;

	if (sigsetjmp(t->escape, 0) != 0)
		return DPK_CORRUPT;
	png_set_read_fn(png, t, read_bytes);
	png_set_user_limits(png, job->image->width, job->image->height);
	png_set_chunk_cache_max(png, 100);
	png_set_chunk_malloc_max(png, 4000000);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
	png_read_info(png, info);
	if ((int) png_get_image_width(png, info) != job->image->width ||
		(int) png_get_image_height(png, info) != job->image->height)
		png_error(png, "The headers contradict each other.");
	passes = png_set_interlace_handling(png);
	set_transforms(png, info);
	channels = png_get_channels(png, info);
	if (channels < 1 || channels > 4 || png_get_rowbytes(png, info) != (size_t) job->image->width * channels)
		png_error(png, "The rows have an unexpected size.");
	status = passes > 1 ? read_interlaced(t, png, channels, passes, job) : read_plain(t, png, channels, job);
	if (status == DPK_OK)
		png_read_end(png, NULL);
	return status;
}

static dpk_status
decode(dpk_decode *job)
{
	trap		t;
	png_structp png;
	png_infop	info = NULL;
	dpk_status	status = DPK_CORRUPT;

	memset(&t, 0, sizeof(t));
	t.memory = job->limits->memory;
	t.limits = job->limits;
	t.info = job->info;
	t.next = job->bytes;
	t.left = job->nbytes;
	png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &t, error_exit, emit_warning, &t, count_malloc, count_free);
	if (png != NULL)
		info = png_create_info_struct(png);
	if (info != NULL)
		status = run_decoder(&t, png, info, job);
	if (t.buffer != NULL)
		png_free(png, t.buffer);
	png_destroy_read_struct(&png, &info, NULL);

	if (status != DPK_CORRUPT)
		return status;
	if (t.out_of_memory)
		return dpk_image_fail(job->info, job->err, DPK_OVER_LIMIT, "The decoder needs more than %zu kB (datapower.max_image_memory).",
							  job->limits->memory / 1024);
	return dpk_image_fail(job->info, job->err, t.at_end ? DPK_TRUNCATED : DPK_DAMAGED, "%s", t.text);
}

/* ---- encoder ---- */

static void
write_bytes(png_structp png, png_bytep bytes, size_t n)
{
	trap	   *t = png_get_io_ptr(png);

	if (n > t->free)
		png_error(png, "The output does not fit.");
	memcpy(t->out, bytes, n);
	t->out += n;
	t->free -= n;
}

static void
flush_nothing(png_structp png)
{
}

static dpk_status
run_encoder(trap *t, png_structp png, png_infop info, const dpk_encode *job)
{
	const dpk_image *image = job->image;
	size_t		stride = (size_t) image->width * image->channels;

	if (sigsetjmp(t->escape, 0) != 0)
		return DPK_NO_MEMORY;
	png_set_write_fn(png, t, write_bytes, flush_nothing);
	png_set_IHDR(png, info, image->width, image->height, 8, image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
				 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 6);
	png_write_info(png, info);
	for (int y = 0; y < image->height; y++)
	{
		if (y % ROWS_PER_POLL == 0 && dpk_stopped(job->stop))
			return DPK_STOPPED;
		png_write_row(png, image->pixels + stride * y);
	}
	png_write_end(png, info);
	return DPK_OK;
}

static dpk_status
encode(dpk_encode *job)
{
	trap		t;
	png_structp png;
	png_infop	info = NULL;
	dpk_status	status = DPK_NO_MEMORY;

	memset(&t, 0, sizeof(t));
	t.memory = SIZE_MAX / 2;
	t.out = job->out;
	t.free = job->outsize;
	png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &t, error_exit, emit_warning, &t, count_malloc, count_free);
	if (png != NULL)
		info = png_create_info_struct(png);
	if (info != NULL)
		status = run_encoder(&t, png, info, job);
	png_destroy_write_struct(&png, &info);

	job->nbytes = job->outsize - t.free;
	if (status == DPK_NO_MEMORY)
	{
		dpk_fail(job->err, status, "could not write PNG image");
		dpk_detail(job->err, "%s", t.text);
	}
	return status;
}

const dpk_codec dpk_png_codec = {"PNG", MAX_SIDE, recognize, probe, decode, encode};
