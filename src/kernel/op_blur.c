/*
 * op_blur.c - operations on neighbourhoods, and what JPEG leaves of an image
 */
#include "blur.h"
#include "operation.h"

#include <string.h>

static dpk_status
apply_blur(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	return dpk_gaussian(in, out, d->value[0], work, stop);
}

static bool
blur_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	return dpk_gaussian_work(width, height, channels, d->value[0], bytes);
}

const dpk_operation dpk_op_blur = {
	.name = "blur", .p = 1, .apply = apply_blur, .work = blur_work,
	.parameters = {{.key = "sigma", .min = 0.1, .max = DPK_MAX_SIGMA, .fallback = DPK_REQUIRED}}
};

/* A window has a middle: an even size, which a range may draw, counts as the next */
static int
median_size(const dpk_drawn *d)
{
	return (int) d->value[0] | 1;
}

static dpk_status
apply_median(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	return dpk_median_filter(in, out, median_size(d), work, stop);
}

static bool
median_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	return dpk_median_work(width, height, channels, median_size(d), bytes);
}

const dpk_operation dpk_op_median = {
	.name = "median", .p = 1, .apply = apply_median, .work = median_work,
	.parameters = {{.key = "size", .min = 1, .max = DPK_MAX_MEDIAN, .fallback = 3, .whole = true}}
};

static dpk_status
apply_motion(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	return dpk_motion(in, out, (int) d->value[0], d->value[1], work, stop);
}

static bool
motion_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	return dpk_motion_work(width, height, channels, (int) d->value[0], bytes);
}

const dpk_operation dpk_op_motion_blur = {
	.name = "motion_blur", .p = 1, .apply = apply_motion, .work = motion_work,
	.parameters = {
		{.key = "length", .min = 1, .max = DPK_MAX_STREAK, .fallback = DPK_REQUIRED, .whole = true},
		{.key = "degrees", .min = -360, .max = 360, .fallback = 0}
	}
};

static dpk_status
apply_sharpness(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	return dpk_sharpness(in, out, (float) d->value[0], stop);
}

const dpk_operation dpk_op_sharpness = {
	.name = "sharpness", .p = 1, .apply = apply_sharpness,
	.parameters = {{.key = "factor", .max = 10, .fallback = DPK_REQUIRED}}
};

/* Written as JPEG and read again; what we wrote ourselves needs no limits */
static dpk_status
apply_jpeg(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	static const dpk_image_limits limits = {INT32_MAX, 1, SIZE_MAX / 4, SIZE_MAX, 0};
	dpk_image_info info;
	size_t		bound,
				nbytes;
	dpk_status	status;

	if (!dpk_image_encode_bound(in, DPK_JPEG, &bound))
		return dpk_fail(err, DPK_TOO_BIG, "image is too big: %d x %d", in->width, in->height);
	if ((status = dpk_image_encode(in, DPK_JPEG, (int) d->value[0], stop, work, bound, &nbytes, err)) != DPK_OK ||
		(status = dpk_image_probe(work, nbytes, &limits, &info, err)) != DPK_OK)
		return status;
	return dpk_image_decode(work, nbytes, &limits, stop, &info, out, err);
}

static bool
jpeg_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	dpk_image	image = {width, height, channels, NULL};

	return dpk_image_encode_bound(&image, DPK_JPEG, bytes);
}

const dpk_operation dpk_op_jpeg = {
	.name = "jpeg", .p = 1, .apply = apply_jpeg, .work = jpeg_work,
	.parameters = {{.key = "quality", .min = 1, .max = 100, .fallback = DPK_REQUIRED, .whole = true}}
};
