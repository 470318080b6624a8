/*
 * jpeg.c - JPEG in and out, with the classic API of libjpeg
 *
 * libjpeg reports an error by calling error_exit(), which must not return: we
 * jump back into this file, whose setjmp lives as long as one call of
 * dpk_jpeg_decode() or _encode().  Nothing of the caller runs in between but
 * dpk_stop, which only looks.
 *
 * A few kilobytes can ask for seconds of work or gigabytes of memory (many
 * scans over a large image), so scans, scans * pixels, the library's memory and
 * the number of warnings are limited together; each alone leaves a hole.
 *
 * Missing data is an error, never a picture with a grey lower half: the end of
 * the file or of an entropy-coded segment before its last block.  A baseline
 * file that only lacks its end marker has all its pixels; that is a warning.
 */
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#define MAX_SCAN_PIXELS (UINT64_C(256) << 20)	/* scans * pixels */

/* ---- the header, read without the library ---- */

static bool
recognize(const uint8_t *bytes, size_t nbytes)
{
	return nbytes >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

static bool
is_sof(int marker)
{
	return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/*
 * Baseline, extended and progressive with Huffman codes, as browsers do.
 * Arithmetic coding invents zeros where its data end: work and pixels for no
 * bytes at all.
 */
#define IS_SUPPORTED_SOF(marker) ((marker) <= 0xC2)

static dpk_status
read_sof(int marker, const uint8_t *p, size_t length, dpk_image_info *info, dpk_error *err)
{
	if (length < 6)
		return dpk_image_fail(info, err, DPK_DAMAGED, "The frame header is too short.");
	info->bits = p[0];
	info->height = p[1] << 8 | p[2];
	info->width = p[3] << 8 | p[4];
	info->channels = p[5];
	info->colors = info->channels == 1 ? 1 : 3;
	if (!IS_SUPPORTED_SOF(marker))
		return dpk_image_fail(info, err, DPK_UNSUPPORTED, "Lossless, hierarchical and arithmetic JPEG are not supported.");
	if (info->bits != 8)
		return dpk_image_fail(info, err, DPK_UNSUPPORTED, "%d bits per sample are not supported.", info->bits);
	if (info->channels != 1 && info->channels != 3 && info->channels != 4)
		return dpk_image_fail(info, err, DPK_UNSUPPORTED, "%d channels are not supported.", info->channels);
	return DPK_OK;
}

/* Walk from marker to marker, as the library does, to the frame header */
static dpk_status
probe(const uint8_t *bytes, size_t nbytes, dpk_image_info *info, dpk_error *err)
{
	size_t		at = 2;

	for (;;)
	{
		int			marker;
		size_t		length;

		while (at < nbytes && bytes[at] != 0xFF)
			at++;
		while (at < nbytes && bytes[at] == 0xFF)
			at++;
		if (at >= nbytes)
			break;
		marker = bytes[at++];
		if (marker == 0 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
			continue;			/* these have no content */
		if (marker == 0xD8 || marker == 0xD9 || marker == 0xDA)
			return dpk_image_fail(info, err, DPK_DAMAGED, "The frame header is missing.");
		if (nbytes - at < 2)
			break;
		length = (size_t) bytes[at] << 8 | bytes[at + 1];
		if (length < 2)
			return dpk_image_fail(info, err, DPK_DAMAGED, "A marker has an impossible length.");
		if (nbytes - at < length)
			break;
		if (is_sof(marker))
			return read_sof(marker, bytes + at + 2, length - 2, info, err);
		if (marker == 0xE1 && length > 8 && memcmp(bytes + at + 2, "Exif\0\0", 6) == 0)
			info->orientation = dpk_exif_orientation(bytes + at + 8, length - 8);
		at += length;
	}
	return dpk_image_fail(info, err, DPK_TRUNCATED, "Premature end of JPEG file");
}

/* ---- what decoder and encoder share: errors, warnings, interrupts ---- */

typedef struct trap
{
	struct jpeg_error_mgr errors;	/* first, so that cinfo->err is the trap */
	sigjmp_buf	escape;
	const dpk_stop *stop;
	dpk_status	status;			/* DPK_STOPPED, or OK for an error of the library's */
	char		text[JMSG_LENGTH_MAX];

	/* decoder */
	const dpk_image_limits *limits;
	dpk_image_info *info;
	bool		at_end;			/* the input is used up */
	bool		gap;			/* an entropy-coded segment ended too early */
	bool		over_limit;
} trap;

static void
escape(trap *t, const char *text)
{
	snprintf(t->text, sizeof(t->text), "%s", text);
	siglongjmp(t->escape, 1);
}

static void
error_exit(j_common_ptr cinfo)
{
	trap	   *t = (trap *) cinfo->err;

	t->errors.format_message(cinfo, t->text);
	siglongjmp(t->escape, 1);
}

static void
emit_message(j_common_ptr cinfo, int level)
{
	trap	   *t = (trap *) cinfo->err;
	char		text[JMSG_LENGTH_MAX];

	if (level >= 0 || t->info == NULL)
		return;
	t->errors.format_message(cinfo, text);
	if (t->errors.msg_code == JWRN_HIT_MARKER)
	{
		t->gap = true;
		escape(t, text);
	}
	if (!dpk_image_warn(t->info, t->limits, text))
		escape(t, text);
}

static void
output_message(j_common_ptr cinfo)
{
}

static void
watch(j_common_ptr cinfo)
{
	trap	   *t = (trap *) cinfo->err;

	if (cinfo->is_decompressor)
	{
		j_decompress_ptr d = (j_decompress_ptr) cinfo;

		if (d->input_scan_number > t->limits->scans ||
			(uint64_t) d->input_scan_number * d->image_width * d->image_height > MAX_SCAN_PIXELS)
		{
			t->over_limit = true;
			snprintf(t->text, sizeof(t->text), "The image has more than %d scans, or too many for its size (datapower.max_image_scans).",
					 DPK_MIN(d->input_scan_number - 1, t->limits->scans));
			siglongjmp(t->escape, 1);
		}
	}
	if (dpk_stopped(t->stop))
	{
		t->status = DPK_STOPPED;
		siglongjmp(t->escape, 1);
	}
}

static struct jpeg_error_mgr *
set_trap(trap *t)
{
	jpeg_std_error(&t->errors);
	t->errors.error_exit = error_exit;
	t->errors.emit_message = emit_message;
	t->errors.output_message = output_message;
	return &t->errors;
}

/* ---- decoder ---- */

typedef struct decoder
{
	trap		trap;
	struct jpeg_decompress_struct cinfo;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
} decoder;

static void
source_nothing(j_decompress_ptr cinfo)
{
}

static boolean
source_fill(j_decompress_ptr cinfo)
{
	static const JOCTET end[2] = {0xFF, JPEG_EOI};

	((trap *) cinfo->err)->at_end = true;
	cinfo->src->next_input_byte = end;
	cinfo->src->bytes_in_buffer = 2;
	return TRUE;
}

static void
source_skip(j_decompress_ptr cinfo, long n)
{
	if (n <= 0)
		return;
	if ((size_t) n > cinfo->src->bytes_in_buffer)
	{
		source_fill(cinfo);
		return;
	}
	cinfo->src->next_input_byte += n;
	cinfo->src->bytes_in_buffer -= n;
}

/* Samples are inverted: 255 is no ink.  The rounding is Pillow's. */
static void
cmyk_to_rgb(const uint8_t *from, uint8_t *to, int width)
{
	for (int x = 0; x < width; x++, from += 4, to += 3)
	{
		for (int i = 0; i < 3; i++)
		{
			int			k = from[3],
						t = (255 - from[i]) * k + 128;

			to[i] = (uint8_t) (k - (((t >> 8) + t) >> 8));
		}
	}
}

static void
read_rows(struct jpeg_decompress_struct *cinfo, dpk_image *image)
{
	size_t		stride = (size_t) image->width * image->channels;
	bool		cmyk = cinfo->out_color_space == JCS_CMYK;
	JSAMPARRAY	inks = NULL,
				rgb = NULL;

	if (cmyk)
	{
		inks = cinfo->mem->alloc_sarray((j_common_ptr) cinfo, JPOOL_IMAGE, cinfo->output_width * 4, 1);
		rgb = cinfo->mem->alloc_sarray((j_common_ptr) cinfo, JPOOL_IMAGE, cinfo->output_width * 3, 1);
	}
	while (cinfo->output_scanline < cinfo->output_height)
	{
		JSAMPROW	row = image->pixels + stride * cinfo->output_scanline;

		jpeg_read_scanlines(cinfo, cmyk ? inks : &row, 1);
		if (cmyk)
		{
			cmyk_to_rgb(inks[0], rgb[0], image->width);
			dpk_convert_row(rgb[0], 3, row, image->channels, image->width);
		}
	}
}

/* False where the library or a limit gave up; d->trap says why */
static bool
run_decoder(decoder *d, const dpk_decode *job)
{
	struct jpeg_decompress_struct *cinfo = &d->cinfo;
	bool		several;

	if (sigsetjmp(d->trap.escape, 0) != 0)
		return false;
	jpeg_create_decompress(cinfo);
	cinfo->mem->max_memory_to_use = (long) job->limits->memory;
	cinfo->src = &d->source;
	cinfo->progress = &d->progress;
	jpeg_read_header(cinfo, TRUE);
	if ((int) cinfo->image_width != job->image->width || (int) cinfo->image_height != job->image->height ||
		cinfo->num_components != job->info->channels)
		escape(&d->trap, "The headers contradict each other.");
	if (cinfo->num_components == 4)
		cinfo->out_color_space = JCS_CMYK;
	else
		cinfo->out_color_space = job->image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	cinfo->dct_method = JDCT_ISLOW;
	cinfo->do_block_smoothing = FALSE;	/* it guesses what scans to come would bring; here all have come */
	jpeg_start_decompress(cinfo);
	several = jpeg_has_multiple_scans(cinfo);
	read_rows(cinfo, job->image);
	jpeg_finish_decompress(cinfo);
	/* in a file of several scans the last ones may be what is missing */
	return !several || !d->trap.at_end;
}

static dpk_status
decode(dpk_decode *job)
{
	decoder		d;
	bool		good;
	trap	   *t = &d.trap;

	memset(&d, 0, sizeof(d));
	t->stop = job->stop;
	t->limits = job->limits;
	t->info = job->info;
	d.source.next_input_byte = job->bytes;
	d.source.bytes_in_buffer = job->nbytes;
	d.source.init_source = source_nothing;
	d.source.fill_input_buffer = source_fill;
	d.source.skip_input_data = source_skip;
	d.source.resync_to_restart = jpeg_resync_to_restart;
	d.source.term_source = source_nothing;
	d.progress.progress_monitor = watch;
	d.cinfo.err = set_trap(t);

	good = run_decoder(&d, job);
	jpeg_destroy_decompress(&d.cinfo);

	if (good && (!t->at_end || dpk_image_warn(job->info, job->limits, "Premature end of JPEG file")))
		return DPK_OK;
	if (t->status == DPK_STOPPED)
		return DPK_STOPPED;
	if (t->over_limit)
		return dpk_image_fail(job->info, job->err, DPK_OVER_LIMIT, "%s", t->text);
	if (t->at_end)
		return dpk_image_fail(job->info, job->err, DPK_TRUNCATED, "Premature end of JPEG file");
	if (t->errors.msg_code == JERR_OUT_OF_MEMORY || t->errors.msg_code == JERR_NO_BACKING_STORE)
		return dpk_image_fail(job->info, job->err, DPK_OVER_LIMIT, "The decoder needs more than %zu kB (datapower.max_image_memory).",
							  job->limits->memory / 1024);
	return dpk_image_fail(job->info, job->err, t->gap ? DPK_TRUNCATED : DPK_DAMAGED, "%s", t->text);
}

/* ---- encoder ---- */

typedef struct encoder
{
	trap		trap;
	struct jpeg_compress_struct cinfo;
	struct jpeg_destination_mgr destination;
	struct jpeg_progress_mgr progress;
} encoder;

static void
destination_nothing(j_compress_ptr cinfo)
{
}

static boolean
destination_full(j_compress_ptr cinfo)
{
	escape((trap *) cinfo->err, "The output does not fit.");
	return FALSE;
}

static bool
run_encoder(encoder *e, const dpk_encode *job)
{
	struct jpeg_compress_struct *cinfo = &e->cinfo;
	const dpk_image *image = job->image;
	size_t		stride = (size_t) image->width * image->channels;

	if (sigsetjmp(e->trap.escape, 0) != 0)
		return false;
	jpeg_create_compress(cinfo);
	cinfo->dest = &e->destination;
	cinfo->progress = &e->progress;
	cinfo->image_width = image->width;
	cinfo->image_height = image->height;
	cinfo->input_components = image->channels;
	cinfo->in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(cinfo);
	jpeg_set_quality(cinfo, job->quality, TRUE);
	cinfo->dct_method = JDCT_ISLOW;
	if (image->channels == 3 && job->quality >= 90)
	{
		cinfo->comp_info[0].h_samp_factor = 1;
		cinfo->comp_info[0].v_samp_factor = 1;
	}
	jpeg_start_compress(cinfo, TRUE);
	while (cinfo->next_scanline < cinfo->image_height)
	{
		JSAMPROW	row = image->pixels + stride * cinfo->next_scanline;

		jpeg_write_scanlines(cinfo, &row, 1);
	}
	jpeg_finish_compress(cinfo);
	return true;
}

static dpk_status
encode(dpk_encode *job)
{
	encoder		e;
	bool		good;

	memset(&e, 0, sizeof(e));
	e.trap.stop = job->stop;
	e.destination.next_output_byte = job->out;
	e.destination.free_in_buffer = job->outsize;
	e.destination.init_destination = destination_nothing;
	e.destination.empty_output_buffer = destination_full;
	e.destination.term_destination = destination_nothing;
	e.progress.progress_monitor = watch;
	e.cinfo.err = set_trap(&e.trap);

	good = run_encoder(&e, job);
	jpeg_destroy_compress(&e.cinfo);

	if (e.trap.status == DPK_STOPPED)
		return DPK_STOPPED;
	if (!good)
	{
		dpk_fail(job->err, DPK_NO_MEMORY, "could not write JPEG image");
		dpk_detail(job->err, "%s", e.trap.text);
		return DPK_NO_MEMORY;
	}
	job->nbytes = job->outsize - e.destination.free_in_buffer;
	return DPK_OK;
}

const dpk_codec dpk_jpeg_codec = {"JPEG", 65500, recognize, probe, decode, encode};
