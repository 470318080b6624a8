/*
 * op_move.c - operations that move pixels and keep the size of the image
 */
#include "operation.h"

static const char *const directions[] = {"horizontal", "vertical", NULL};

static dpk_affine
map_flip(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_flip(width, height, d->value[0] == 0);
}

const dpk_operation dpk_op_flip = {
	.name = "flip", .p = 0.5, .map = map_flip,
	.parameters = {{.key = "direction", .words = directions}}
};

static dpk_affine
map_translate(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(d->value[0] * width, d->value[1] * height);
}

const dpk_operation dpk_op_translate = {
	.name = "translate", .p = 1, .map = map_translate,
	.parameters = {{.key = "x", .min = -1, .max = 1}, {.key = "y", .min = -1, .max = 1}, DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

/* By whole pixels no value is interpolated */
static dpk_affine
map_shift(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_translate(d->value[0], d->value[1]);
}

const dpk_operation dpk_op_shift = {
	.name = "shift", .p = 1, .map = map_shift,
	.parameters = {{.key = "x", .min = -65500, .max = 65500, .whole = true}, {.key = "y", .min = -65500, .max = 65500, .whole = true},
	DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

static dpk_affine
map_rotate(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_rotate(width, height, d->value[0]);
}

const dpk_operation dpk_op_rotate = {
	.name = "rotate", .p = 1, .map = map_rotate,
	.parameters = {{.key = "degrees", .min = -360, .max = 360, .fallback = DPK_REQUIRED}, DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

static dpk_affine
map_shear(const dpk_drawn *d, int width, int height)
{
	bool		horizontal = d->value[1] == 0;

	return dpk_affine_shear(width, height, horizontal ? d->value[0] : 0, horizontal ? 0 : d->value[0]);
}

const dpk_operation dpk_op_shear = {
	.name = "shear", .p = 1, .map = map_shear,
	.parameters = {{.key = "degrees", .min = -80, .max = 80, .fallback = DPK_REQUIRED}, {.key = "axis", .words = directions},
	DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

static dpk_affine
map_zoom(const dpk_drawn *d, int width, int height)
{
	return dpk_affine_zoom(width, height, d->value[0], d->value[0]);
}

const dpk_operation dpk_op_zoom = {
	.name = "zoom", .p = 1, .map = map_zoom,
	.parameters = {{.key = "factor", .min = 0.05, .max = 20, .fallback = DPK_REQUIRED}, DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

/* The box is in pixel centres, so that nothing from beyond the border is ever read */
static dpk_affine
map_crop(const dpk_drawn *d, int width, int height)
{
	double		boxwidth = (width - 1) * d->value[0],
				boxheight = (height - 1) * d->value[0];

	return dpk_affine_box(width, height, d->value[1] * (width - 1 - boxwidth), d->value[2] * (height - 1 - boxheight),
						  boxwidth + 1, boxheight + 1);
}

const dpk_operation dpk_op_crop_size = {
	.name = "crop", .p = 1, .map = map_crop,
	.parameters = {{.key = "size", .min = 0.05, .max = 1, .fallback = DPK_REQUIRED}, {.max = 1}, {.max = 1}}
};
