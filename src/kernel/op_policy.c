/*
 * op_policy.c - policies: operations drawn from a fixed list, with bins of magnitudes
 *
 *		randaugment		n of them, of one magnitude (Cubuk, Zoph, Shlens and Le 2019)
 *		trivial			one, of any magnitude (Mueller and Hutter 2021, the wide space)
 *
 * Lists and bins are those of torchvision 0.14, RandAugment and
 * TrivialAugmentWide.  What leaves the image leaves 0 behind, as there.
 */
#include "operation.h"
#include "recipe.h"

#define BINS 31

typedef enum choice
{
	IDENTITY,
	SHEAR_X,
	SHEAR_Y,
	TRANSLATE_X,
	TRANSLATE_Y,
	ROTATE,
	BRIGHTNESS,
	COLOR,
	CONTRAST,
	SHARPNESS,
	POSTERIZE,
	SOLARIZE,
	AUTOCONTRAST,
	EQUALIZE,
	CHOICES
} choice;

/* The strongest magnitude of each family */
typedef struct space
{
	double		shear,
				translate_share,	/* of the size, or */
				translate,			/* pixels */
				degrees,
				factor,
				bits;				/* taken away */
} space;

static const space rand_space = {0.3, 150.0 / 331, 0, 30, 0.9, 4};
static const space wide_space = {0.99, 0, 32, 135, 0.99, 6};

/* Add one drawn operation, of a share of its strongest magnitude */
static dpk_status
add_choice(const dpk_drawn *d, dpk_plan *plan, const space *s, choice which, int bin, int sign, const dpk_random *random, dpk_error *err)
{
	static const char *const names[CHOICES] = {
		NULL, "affine", "affine", "shift", "shift", "rotate", "brightness", "saturation", "contrast", "sharpness",
		"posterize", "solarize", "autocontrast", "equalize"
	};
	double		share = (double) bin / (BINS - 1),
				shear = sign * s->shear * share,
				v[8] = {0};
	int			n = 1;
	dpk_drawn	one;

	switch (which)
	{
		case IDENTITY:
		case CHOICES:
			return DPK_OK;
		case SHEAR_X:
		case SHEAR_Y:
			/* about the outer corner of the first pixel; the map of the policies takes (x + shear y, y) */
			v[0] = v[4] = 1;
			v[which == SHEAR_X ? 1 : 3] = -shear;
			v[which == SHEAR_X ? 2 : 5] = -shear / 2;
			v[6] = DPK_FILL_CONSTANT;
			n = 8;
			break;
		case TRANSLATE_X:
		case TRANSLATE_Y:
			v[which == TRANSLATE_X ? 0 : 1] = sign *
				floor((s->translate + s->translate_share * (which == TRANSLATE_X ? plan->width : plan->height)) * share);
			v[2] = DPK_FILL_CONSTANT;
			n = 4;
			break;
		case ROTATE:
			v[0] = sign * s->degrees * share;
			v[1] = DPK_FILL_CONSTANT;
			n = 3;
			break;
		case BRIGHTNESS:
		case COLOR:
		case CONTRAST:
		case SHARPNESS:
			v[0] = 1 + sign * s->factor * share;
			break;
		case POSTERIZE:
			v[0] = 8 - floor(s->bits * share + 0.5);
			break;
		case SOLARIZE:
			v[0] = ceil(255 - 255 * share);	/* levels are whole: those from 246.5 are those from 247 */
			break;
		case AUTOCONTRAST:
		case EQUALIZE:
			break;
	}
	one = dpk_draw_fixed(names[which], v, n, random, d->step);
	return dpk_plan_add(plan, &one, err);
}

static dpk_status
expand_randaugment(const dpk_drawn *d, dpk_plan *plan, dpk_error *err)
{
	dpk_random	random = d->random;
	dpk_status	status = DPK_OK;

	for (int i = 0; i < (int) d->value[0] && status == DPK_OK; i++)
	{
		choice		which = (choice) dpk_random_below(&random, CHOICES);
		int			sign = dpk_random_below(&random, 2) ? -1 : 1;

		status = add_choice(d, plan, &rand_space, which, (int) d->value[1], sign, &random, err);
	}
	return status;
}

const dpk_operation dpk_op_randaugment = {
	.name = "randaugment", .p = 1, .expand = expand_randaugment,
	.parameters = {{.key = "n", .min = 1, .max = 16, .fallback = 2, .whole = true},
	{.key = "magnitude", .max = BINS - 1, .fallback = 9, .whole = true}}
};

static dpk_status
expand_trivial(const dpk_drawn *d, dpk_plan *plan, dpk_error *err)
{
	dpk_random	random = d->random;
	choice		which = (choice) dpk_random_below(&random, CHOICES);
	int			bin = (int) dpk_random_below(&random, BINS),
				sign = dpk_random_below(&random, 2) ? -1 : 1;

	return add_choice(d, plan, &wide_space, which, bin, sign, &random, err);
}

const dpk_operation dpk_op_trivial = {.name = "trivial", .p = 1, .expand = expand_trivial};
