/*
 * fuzz_image.c - any bytes through the decoders; what decodes survives PNG and PNM unchanged
 */
#include <stdlib.h>
#include <string.h>

#include "image.h"

static const dpk_image_limits limits = {1 << 18, 20, 16 << 20, 1 << 20, 10};

static uint8_t *
decode(const uint8_t *bytes, size_t n, int channels, dpk_image *image)
{
	dpk_image_info info;
	dpk_error	err;

	image->pixels = NULL;
	if (dpk_image_probe(bytes, n, &limits, &info, &err) != DPK_OK)
		return NULL;
	image->width = info.width;
	image->height = info.height;
	image->channels = channels ? channels : info.colors;
	image->pixels = malloc((size_t) info.width * info.height * image->channels);
	if (dpk_image_decode(bytes, n, &limits, NULL, &info, image, &err) == DPK_OK)
		return image->pixels;
	free(image->pixels);
	return NULL;
}

static void
check_round_trip(const dpk_image *image, dpk_format format)
{
	size_t		bound,
				n;
	uint8_t    *out;
	dpk_image	back;

	if (!dpk_image_encode_bound(image, format, &bound))
		abort();
	out = malloc(bound);
	if (dpk_image_encode(image, format, 90, NULL, out, bound, &n, NULL) != DPK_OK)
		abort();
	if (decode(out, n, 0, &back) == NULL || back.channels != image->channels)
		abort();
	if (format != DPK_JPEG &&
		memcmp(back.pixels, image->pixels, (size_t) image->width * image->height * image->channels) != 0)
		abort();
	free(back.pixels);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const int channels[] = {0, 1, 3, 2, 4};

	for (int i = 0; i < 5; i++)
	{
		dpk_image	image;

		if (decode(bytes, n, channels[i], &image) == NULL)
			continue;
		if (image.width * image.height <= 4096)
			for (int format = DPK_JPEG; format <= DPK_PNM; format++)
				check_round_trip(&image, (dpk_format) format);
		free(image.pixels);
	}
	return 0;
}
