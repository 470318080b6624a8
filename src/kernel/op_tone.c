/*
 * op_tone.c - operations on single samples: noise and tone curves
 */
#include "noise.h"
#include "operation.h"

static size_t
samples(const dpk_image *image)
{
	return (size_t) image->width * image->height * image->channels;
}

static dpk_status
change_noise(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = samples(image),
				piece = 65536;	/* a multiple of four: the words of a block */
	dpk_random	random = d->random;

	for (size_t from = 0; from < n; from += piece)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_noise(image->pixels + from, DPK_MIN(n - from, piece), (float) d->value[0], &random);
	}
	return DPK_OK;
}

const dpk_operation dpk_op_noise = {
	.name = "noise", .p = 1, .change = change_noise,
	.parameters = {{.key = "sigma", .max = 255, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_brightness(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_scale_tones(image->pixels, samples(image), (float) d->value[0], 0);
	return DPK_OK;
}

const dpk_operation dpk_op_brightness = {
	.name = "brightness", .p = 1, .change = change_brightness,
	.parameters = {{.key = "factor", .max = 10, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_contrast(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_scale_tones(image->pixels, samples(image), (float) d->value[0], dpk_mean_gray(image));
	return DPK_OK;
}

const dpk_operation dpk_op_contrast = {
	.name = "contrast", .p = 1, .change = change_contrast,
	.parameters = {{.key = "factor", .max = 10, .fallback = DPK_REQUIRED}}
};
