/*
 * op_keras.c - the arguments of Keras' ImageDataGenerator as one step
 *
 * The map is that of Keras' apply_affine_transform(), about the centre: from
 * rows and columns of the result to those of the image, rotation times shift
 * times shear times zoom (so a zoom above 1 shrinks), and both flips after it.
 */
#include "operation.h"
#include "recipe.h"
#include "trig.h"

enum
{
	ROTATION = 0,
	WIDTH_SHIFT = 2,
	HEIGHT_SHIFT = 4,
	SHEAR = 6,
	ZOOM = 8,
	BRIGHTNESS = 10,
	HORIZONTAL_FLIP = 12,
	VERTICAL_FLIP,
	RESCALE,
	FILL
};

static double
uniform(const double *range, dpk_random *random)
{
	return range[0] + dpk_random_double(random) * (range[1] - range[0]);
}

/* A share where the range lies within one image, else pixels */
static double
pixels_of(const double *range, int size, dpk_random *random)
{
	return uniform(range, random) * (range[1] < 1 ? size : 1);
}

static dpk_status
expand_keras(const dpk_drawn *d, dpk_plan *plan, dpk_error *err)
{
	const double *v = d->value;
	dpk_random	random = d->random;
	double		s,
				c,
				ss,
				sc,
				theta = uniform(v + ROTATION, &random),
				down = pixels_of(v + HEIGHT_SHIFT, plan->height, &random),
				right = pixels_of(v + WIDTH_SHIFT, plan->width, &random),
				shear = uniform(v + SHEAR, &random),
				rows = uniform(v + ZOOM, &random),
				columns = uniform(v + ZOOM, &random),
				mirrored = dpk_random_double(&random),
				upside_down = dpk_random_double(&random),
				factor = uniform(v + BRIGHTNESS, &random);
	const double always = 0,
				vertical = 1;
	dpk_status	status = DPK_OK;

	if (fabs(v[RESCALE] * 255 - 1) > 0.01 && v[RESCALE] != 1)
	{
		dpk_fail(err, DPK_INVALID, "invalid value for parameter \"rescale\" of \"keras\": %.15g", v[RESCALE]);
		dpk_hint(err, "Pixels stay bytes, and networks see them divided by 255; another \"rescale\" belongs into the network's \"input\".");
		return DPK_INVALID;
	}
	dpk_sincos_degrees(theta, &s, &c);
	dpk_sincos_degrees(shear, &ss, &sc);
	if (theta != 0 || down != 0 || right != 0 || shear != 0 || rows != 1 || columns != 1)
	{
		/* row' = yy row + yx column + ..., of rotation * shift * shear * zoom */
		double		yy = c * rows,
					yx = (-c * ss - s * sc) * columns,
					xy = s * rows,
					xx = (-s * ss + c * sc) * columns,
					cx = (plan->width - 1) / 2.0,
					cy = (plan->height - 1) / 2.0,
					y0 = c * down - s * right + cy - yy * cy - yx * cx,
					x0 = s * down + c * right + cx - xy * cy - xx * cx,
					det = xx * yy - xy * yx;
		double		forward[8] = {yy / det, -xy / det, (xy * y0 - yy * x0) / det, -yx / det, xx / det, (yx * x0 - xx * y0) / det,
		v[FILL], v[FILL + 1]};
		dpk_drawn	map = dpk_draw_fixed("affine", forward, 8, &random, d->step);

		if (!(fabs(det) > 1e-9))
			return dpk_fail(err, DPK_INVALID, "the shear of \"keras\" leaves nothing of the image");
		status = dpk_plan_add(plan, &map, err);
	}
	if (status == DPK_OK && v[HORIZONTAL_FLIP] != 0 && mirrored < 0.5)
	{
		dpk_drawn	flip = dpk_draw_fixed("flip", &always, 1, &random, d->step);

		status = dpk_plan_add(plan, &flip, err);
	}
	if (status == DPK_OK && v[VERTICAL_FLIP] != 0 && upside_down < 0.5)
	{
		dpk_drawn	flip = dpk_draw_fixed("flip", &vertical, 1, &random, d->step);

		status = dpk_plan_add(plan, &flip, err);
	}
	if (status == DPK_OK && factor != 1)
	{
		dpk_drawn	tone = dpk_draw_fixed("brightness", &factor, 1, &random, d->step);

		status = dpk_plan_add(plan, &tone, err);
	}
	return status;
}

static const double one[] = {1, 1};

/* A number alone is the range about 'middle' */
#define RANGE(name, least, most, middle) {.key = name, .min = least, .max = most, .list = 2, .spread = true, .about = middle, .fallbacks = (middle) ? one : NULL}

const dpk_operation dpk_op_keras = {
	.name = "keras", .p = 1, .expand = expand_keras,
	.parameters = {RANGE("rotation_range", -360, 360, 0), RANGE("width_shift_range", -65500, 65500, 0), RANGE("height_shift_range", -65500, 65500, 0),
		RANGE("shear_range", -80, 80, 0), RANGE("zoom_range", 0.05, 20, 1),
		{.key = "brightness_range", .min = 0, .max = 10, .list = 2, .fallbacks = one},
		{.key = "horizontal_flip", .flag = true}, {.key = "vertical_flip", .flag = true},
		{.key = "rescale", .max = 1e6, .list = 1, .fallback = 1},
		{.key = "fill_mode", .words = dpk_fill_names, .fallback = DPK_FILL_NEAREST}, {.key = "cval", .max = 255, .list = 1}}
};
