/*
 * op_tone.c - operations on gray levels: noise and tone curves
 */
#include "clahe.h"
#include "noise.h"
#include "operation.h"
#include "tone.h"

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

/* ---- curves that ask for nothing but a number ---- */

static dpk_status
change_by_curve(dpk_image *image, const uint8_t curve[256])
{
	dpk_kernels_best()->map_bytes(samples(image), curve, image->pixels);
	return DPK_OK;
}

static dpk_status
change_invert(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	uint8_t		curve[256];

	dpk_curve_invert(curve);
	return change_by_curve(image, curve);
}

const dpk_operation dpk_op_invert = {.name = "invert", .p = 1, .change = change_invert};

static dpk_status
change_gamma(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	uint8_t		curve[256];

	dpk_curve_gamma(d->value[0], curve);
	return change_by_curve(image, curve);
}

const dpk_operation dpk_op_gamma = {
	.name = "gamma", .p = 1, .change = change_gamma,
	.parameters = {{.key = "gamma", .max = 10, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_posterize(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	uint8_t		curve[256];

	dpk_curve_posterize((int) d->value[0], curve);
	return change_by_curve(image, curve);
}

const dpk_operation dpk_op_posterize = {
	.name = "posterize", .p = 1, .change = change_posterize,
	.parameters = {{.key = "bits", .min = 1, .max = 8, .fallback = DPK_REQUIRED, .whole = true}}
};

static dpk_status
change_solarize(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	uint8_t		curve[256];

	dpk_curve_solarize((int) d->value[0], curve);
	return change_by_curve(image, curve);
}

const dpk_operation dpk_op_solarize = {
	.name = "solarize", .p = 1, .change = change_solarize,
	.parameters = {{.key = "threshold", .max = 256, .fallback = 128, .whole = true}}
};

/* ---- curves of the image's own histogram ---- */

static dpk_status
change_equalize(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height;
	uint32_t	histogram[3][256];
	uint8_t		curves[3][256];

	dpk_histogram(n, image->channels, image->pixels, histogram);
	for (int c = 0; c < image->channels; c++)
		dpk_curve_equalize(histogram[c], curves[c]);
	dpk_apply_curves(n, image->channels, curves, image->pixels);
	return DPK_OK;
}

const dpk_operation dpk_op_equalize = {.name = "equalize", .p = 1, .change = change_equalize};

static dpk_status
change_autocontrast(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height;
	uint32_t	histogram[3][256];
	uint8_t		curves[3][256];

	dpk_histogram(n, image->channels, image->pixels, histogram);
	for (int c = 0; c < image->channels; c++)
		dpk_curve_autocontrast(histogram[c], d->value[0], curves[c]);
	dpk_apply_curves(n, image->channels, curves, image->pixels);
	return DPK_OK;
}

const dpk_operation dpk_op_autocontrast = {
	.name = "autocontrast", .p = 1, .change = change_autocontrast,
	.parameters = {{.key = "cutoff", .max = 49, .fallback = 0}}
};

static dpk_status
change_clahe(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	return dpk_clahe(image, d->value[0], (int) d->value[1], work, stop);
}

static bool
clahe_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	return dpk_clahe_work(width, height, channels, (int) d->value[1], bytes);
}

const dpk_operation dpk_op_clahe = {
	.name = "clahe", .p = 1, .change = change_clahe, .work = clahe_work,
	.parameters = {
		{.key = "clip", .max = 100, .fallback = 4},
		{.key = "tiles", .min = 1, .max = DPK_CLAHE_TILES, .fallback = 8, .whole = true}
	}
};
