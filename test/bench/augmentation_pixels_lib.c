/*
 * augmentation_pixels_lib.c - JPEG through our codec and through libjpeg-turbo alone, for augmentation_pixels.py
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "image.h"

extern int	our_decode(const uint8_t *bytes, int nbytes, uint8_t *out, int runs);
extern int	bare_decode(const uint8_t *bytes, int nbytes, uint8_t *out, int runs);
extern int	our_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *out, int outsize, int runs);
extern int	bare_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *out, int outsize, int runs);

int
our_decode(const uint8_t *bytes, int nbytes, uint8_t *out, int runs)
{
	const dpk_image_limits limits = {1 << 25, 100, 1 << 28, 1 << 26, 50};
	dpk_image_info info = {0};
	dpk_error	err;

	for (int i = 0; i < runs; i++)
	{
		dpk_image	image;

		if (dpk_image_probe(bytes, nbytes, &limits, &info, &err) != DPK_OK)
			return -1;
		image = (dpk_image) {info.width, info.height, 3, out};
		if (dpk_image_decode(bytes, nbytes, &limits, NULL, &info, &image, &err) != DPK_OK)
			return -1;
	}
	return info.width;
}

int
bare_decode(const uint8_t *bytes, int nbytes, uint8_t *out, int runs)
{
	int			width = 0;

	for (int i = 0; i < runs; i++)
	{
		struct jpeg_decompress_struct c;
		struct jpeg_error_mgr errors;

		c.err = jpeg_std_error(&errors);
		jpeg_create_decompress(&c);
		jpeg_mem_src(&c, bytes, nbytes);
		jpeg_read_header(&c, TRUE);
		jpeg_start_decompress(&c);
		width = (int) c.output_width;
		while (c.output_scanline < c.output_height)
		{
			JSAMPROW	rows[16];

			for (int r = 0; r < 16; r++)
				rows[r] = out + (size_t) (c.output_scanline + r) * width * 3;
			jpeg_read_scanlines(&c, rows, 16);
		}
		jpeg_finish_decompress(&c);
		jpeg_destroy_decompress(&c);
	}
	return width;
}

int
our_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *out, int outsize, int runs)
{
	const dpk_image image = {width, height, 3, (uint8_t *) rgb};
	size_t		nbytes = 0;
	dpk_error	err;

	for (int i = 0; i < runs; i++)
		if (dpk_image_encode(&image, DPK_JPEG, quality, NULL, out, outsize, &nbytes, &err) != DPK_OK)
			return -1;
	return (int) nbytes;
}

int
bare_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *out, int outsize, int runs)
{
	unsigned long size = 0;

	for (int i = 0; i < runs; i++)
	{
		struct jpeg_compress_struct c;
		struct jpeg_error_mgr errors;

		size = outsize;
		c.err = jpeg_std_error(&errors);
		jpeg_create_compress(&c);
		jpeg_mem_dest(&c, &out, &size);
		c.image_width = width;
		c.image_height = height;
		c.input_components = 3;
		c.in_color_space = JCS_RGB;
		jpeg_set_defaults(&c);
		jpeg_set_quality(&c, quality, TRUE);
		if (quality >= 90)
			c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
		jpeg_start_compress(&c, TRUE);
		while (c.next_scanline < c.image_height)
		{
			JSAMPROW	row = (JSAMPROW) rgb + (size_t) c.next_scanline * width * 3;

			jpeg_write_scanlines(&c, &row, 1);
		}
		jpeg_finish_compress(&c);
		jpeg_destroy_compress(&c);
	}
	return (int) size;
}
