/*
 * op_color.c - operations on colours
 */
#include "color.h"
#include "operation.h"
#include "recipe.h"

static size_t
colors(const dpk_image *image)
{
	return image->channels == 3 ? (size_t) image->width * image->height : 0;
}

static dpk_status
change_saturation(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_saturate(colors(image), (float) d->value[0], image->pixels);
	return DPK_OK;
}

const dpk_operation dpk_op_saturation = {
	.name = "saturation", .p = 1, .change = change_saturation,
	.parameters = {{.key = "factor", .max = 10, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_hue(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_shift_hue(colors(image), (float) d->value[0], image->pixels);
	return DPK_OK;
}

const dpk_operation dpk_op_hue = {
	.name = "hue", .p = 1, .change = change_hue,
	.parameters = {{.key = "shift", .min = -0.5, .max = 0.5, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_grayscale(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_gray(colors(image), image->pixels);
	return DPK_OK;
}

const dpk_operation dpk_op_grayscale = {.name = "grayscale", .p = 1, .change = change_grayscale};

/* Four steps in an order that is drawn, with factors from 1 - width to 1 + width, as torchvision's ColorJitter */
static dpk_status
expand_jitter(const dpk_drawn *d, struct dpk_plan *plan, dpk_error *err)
{
	static const char *const names[] = {"brightness", "contrast", "saturation", "hue"};
	dpk_random	random = d->random;
	int			order[] = {0, 1, 2, 3};

	for (int i = 3; i > 0; i--)
	{
		int			other = (int) dpk_random_below(&random, (uint32_t) i + 1),
					held = order[i];

		order[i] = order[other];
		order[other] = held;
	}
	for (int i = 0; i < 4; i++)
	{
		double		width = d->value[order[i]],
					value = (order[i] == 3 ? 0 : 1) + width * (2 * dpk_random_double(&random) - 1);
		dpk_drawn	one = dpk_draw_fixed(names[order[i]], &value, 1, &random, d->step);
		dpk_status	status = width == 0 ? DPK_OK : dpk_plan_add(plan, &one, err);

		if (status != DPK_OK)
			return status;
	}
	return DPK_OK;
}

const dpk_operation dpk_op_color_jitter = {
	.name = "color_jitter", .p = 1, .expand = expand_jitter,
	.parameters = {
		{.key = "brightness", .max = 1, .fallback = 0}, {.key = "contrast", .max = 1, .fallback = 0},
		{.key = "saturation", .max = 1, .fallback = 0}, {.key = "hue", .max = 0.5, .fallback = 0}
	}
};
