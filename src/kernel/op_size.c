/*
 * op_size.c - operations that give an image another size: turns, crops, borders, scaling
 */
#include <string.h>

#include "elementary.h"
#include "operation.h"
#include "resize.h"

#define SIDE 65500				/* what a JPEG file can hold */

/* ---- quarter turns ---- */

static dpk_status
size_swapped(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	int			w = *width;

	*width = *height;
	*height = w;
	return DPK_OK;
}

static dpk_status
size_rot90(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	return (int) d->value[0] & 1 ? size_swapped(d, width, height, err) : DPK_OK;
}

static dpk_affine
map_rot90(const dpk_drawn *d, int width, int height)
{
	switch ((int) d->value[0] & 3)
	{
		case 1:
			return (dpk_affine) {0, -1, width - 1, 1, 0, 0};
		case 2:
			return (dpk_affine) {-1, 0, width - 1, 0, -1, height - 1};
		case 3:
			return (dpk_affine) {0, 1, 0, -1, 0, height - 1};
	}
	return DPK_AFFINE_IDENTITY;
}

const dpk_operation dpk_op_rot90 = {
	.name = "rot90", .p = 1, .size = size_rot90, .map = map_rot90,
	.parameters = {{.key = "turns", .min = -3, .max = 3, .fallback = 1, .whole = true}}
};

static dpk_affine
map_transpose(const dpk_drawn *d, int width, int height)
{
	return (dpk_affine) {0, 1, 0, 1, 0, 0};
}

const dpk_operation dpk_op_transpose = {.name = "transpose", .p = 1, .size = size_swapped, .map = map_transpose};

/* ---- crops and borders ---- */

static dpk_status
check_inside(const char *op, const char *key, double value, int least, int most, int width, int height, dpk_error *err)
{
	if (value >= least && value <= most)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\": %.15g", key, op, value);
	dpk_detail(err, "In an image of %d x %d it must be between %d and %d.", width, height, least, most);
	return DPK_INVALID;
}

static dpk_status
size_crop(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	const double *v = d->value;
	int			w = *width,
				h = *height;
	dpk_status	status;

	if ((status = check_inside("crop", "x", v[0], 0, w - 1, w, h, err)) != DPK_OK ||
		(status = check_inside("crop", "y", v[1], 0, h - 1, w, h, err)) != DPK_OK ||
		(status = check_inside("crop", "width", v[2], 1, w - (int) v[0], w, h, err)) != DPK_OK ||
		(status = check_inside("crop", "height", v[3], 1, h - (int) v[1], w, h, err)) != DPK_OK)
		return status;
	*width = (int) v[2];
	*height = (int) v[3];
	return DPK_OK;
}

static dpk_affine
map_crop(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(-d->value[0], -d->value[1]);
}

#define SIZE_PARAMETERS \
	{.key = "width", .min = 1, .max = SIDE, .fallback = DPK_REQUIRED, .whole = true}, \
	{.key = "height", .min = 1, .max = SIDE, .fallback = DPK_REQUIRED, .whole = true}

const dpk_operation dpk_op_crop = {
	.name = "crop", .p = 1, .size = size_crop, .map = map_crop,
	.parameters = {{.key = "x", .max = SIDE, .whole = true}, {.key = "y", .max = SIDE, .whole = true}, SIZE_PARAMETERS}
};

/* A box of width and height somewhere */
static dpk_status
size_box(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	int			w = *width,
				h = *height;
	dpk_status	status;

	if ((status = check_inside(d->operation->name, "width", d->value[0], 1, w, w, h, err)) != DPK_OK ||
		(status = check_inside(d->operation->name, "height", d->value[1], 1, h, w, h, err)) != DPK_OK)
	{
		dpk_hint(err, "A step \"pad\" before it makes room.");
		return status;
	}
	*width = (int) d->value[0];
	*height = (int) d->value[1];
	return DPK_OK;
}

static dpk_affine
map_center_crop(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(-(int) ((width - d->value[0]) / 2), -(int) ((height - d->value[1]) / 2));
}

const dpk_operation dpk_op_center_crop = {
	.name = "center_crop", .p = 1, .size = size_box, .map = map_center_crop, .parameters = {SIZE_PARAMETERS}
};

static dpk_affine
map_random_crop(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(-floor(d->value[2] * (width - d->value[0] + 1)), -floor(d->value[3] * (height - d->value[1] + 1)));
}

const dpk_operation dpk_op_random_crop = {
	.name = "random_crop", .p = 1, .size = size_box, .map = map_random_crop,
	.parameters = {SIZE_PARAMETERS, {.max = 1}, {.max = 1}}
};

static dpk_status
size_pad(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	*width += (int) (d->value[0] + d->value[2]);
	*height += (int) (d->value[1] + d->value[3]);
	if (*width <= 1 << 24 && *height <= 1 << 24)
		return DPK_OK;
	return dpk_fail(err, DPK_TOO_BIG, "image is too big: %d x %d", *width, *height);
}

static dpk_affine
map_pad(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(d->value[0], d->value[1]);
}

#define BORDER(side) {.key = side, .max = SIDE, .whole = true}

const dpk_operation dpk_op_pad = {
	.name = "pad", .p = 1, .size = size_pad, .map = map_pad,
	.parameters = {BORDER("left"), BORDER("top"), BORDER("right"), BORDER("bottom"), DPK_FILL_PARAMETERS(DPK_FILL_CONSTANT)}
};

/* ---- scaling ---- */

static dpk_status
size_given(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	*width = (int) d->value[0];
	*height = (int) d->value[1];
	return DPK_OK;
}

static bool
work_resize(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	dpk_image	in = {width, height, channels, NULL};

	return dpk_resize_work(&in, (int) d->value[0], (int) d->value[1], (dpk_filter) d->value[2], bytes) == DPK_OK;
}

static dpk_filter
filter_of(const dpk_drawn *d)
{
	return d->mask ? DPK_FILTER_NEAREST : (dpk_filter) d->value[2];
}

static dpk_status
apply_resize(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	return dpk_resize(in, out, filter_of(d), work, stop);
}

#define METHOD {.key = "method", .words = dpk_filter_names, .fallback = DPK_FILTER_BILINEAR}

static void
point_resize(const dpk_drawn *d, int width, int height, double *x, double *y)
{
	*x = (*x + 0.5) * d->value[0] / width - 0.5;
	*y = (*y + 0.5) * d->value[1] / height - 0.5;
}

const dpk_operation dpk_op_resize = {
	.name = "resize", .p = 1, .size = size_given, .apply = apply_resize, .work = work_resize, .moves = true, .point = point_resize,
	.parameters = {SIZE_PARAMETERS, METHOD}
};

typedef struct box
{
	int			x,
				y,
				width,
				height;
} box;

/*
 * The box as torchvision's RandomResizedCrop draws it: an area and a ratio of
 * the sides (its logarithm uniform), ten times until it fits, else the largest
 * box in the middle that has a ratio within the range.
 */
static box
random_box(const dpk_drawn *d, int width, int height)
{
	const double *area = d->value + 3,
			   *ratio = d->value + 5;
	double		low = dpk_log(ratio[0]),
				high = dpk_log(ratio[1]);
	dpk_random	random = d->random;
	box			b = {0, 0, width, height};

	for (int i = 0; i < 10; i++)
	{
		double		a = (area[0] + dpk_random_double(&random) * (area[1] - area[0])) * width * height,
					r = dpk_exp(low + dpk_random_double(&random) * (high - low)),
					w = rint(sqrt(a * r)),
					h = rint(sqrt(a / r)),
					x = dpk_random_double(&random),
					y = dpk_random_double(&random);

		if (w >= 1 && w <= width && h >= 1 && h <= height)
			return (box) {(int) (x * (width - w + 1)), (int) (y * (height - h + 1)), (int) w, (int) h};
	}
	if (width < ratio[0] * height)
		b.height = DPK_MAX((int) rint(width / ratio[0]), 1);
	else if (width > ratio[1] * height)
		b.width = DPK_MAX((int) rint(height * ratio[1]), 1);
	b.x = (width - b.width) / 2;
	b.y = (height - b.height) / 2;
	return b;
}

/* The box, and what it takes to scale it */
static bool
work_random_box(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	box			b = random_box(d, width, height);
	size_t		rest = (size_t) b.width * b.height * channels + 64;

	return work_resize(d, b.width, b.height, channels, bytes) && dpk_add(*bytes, rest, bytes);
}

static dpk_status
apply_random_box(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	box			b = random_box(d, in->width, in->height);
	dpk_image	part = {b.width, b.height, in->channels, work};
	size_t		bytes = (size_t) b.width * b.height * in->channels;

	dpk_crop(in, &part, b.x, b.y);
	return dpk_resize(&part, out, filter_of(d), (char *) work + (bytes + 63) / 64 * 64, stop);
}

static void
point_random_box(const dpk_drawn *d, int width, int height, double *x, double *y)
{
	box			b = random_box(d, width, height);

	*x -= b.x;
	*y -= b.y;
	point_resize(d, b.width, b.height, x, y);
}

static const double some_area[] = {0.08, 1},
			some_ratio[] = {3.0 / 4, 4.0 / 3};

const dpk_operation dpk_op_random_resized_crop = {
	.name = "random_resized_crop", .p = 1, .size = size_given, .apply = apply_random_box, .work = work_random_box, .moves = true, .point = point_random_box,
	.parameters = {SIZE_PARAMETERS, METHOD, {.key = "area", .min = 0.001, .max = 1, .list = 2, .fallbacks = some_area},
	{.key = "ratio", .min = 0.01, .max = 100, .list = 2, .fallbacks = some_ratio}}
};
