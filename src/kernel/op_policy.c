/*
 * op_policy.c - policies: operations drawn from a fixed list, with bins of magnitudes
 *
 *		randaugment		n of them, of one magnitude (Cubuk, Zoph, Shlens and Le 2019)
 *		trivial			one, of any magnitude (Mueller and Hutter 2021, the wide space)
 *		augmix			chains of them, mixed with each other and with the image
 *						(Hendrycks, Mu, Cubuk, Zoph, Gilmer and Lakshminarayanan 2020)
 *
 * Lists and bins are those of torchvision 0.14: RandAugment, TrivialAugmentWide
 * and AugMix.  What leaves the image leaves 0 behind, as there.
 */
#include "mix.h"
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
				bits,			/* left, and */
				bits_taken;
} space;

static const space rand_space = {0.3, 150.0 / 331, 0, 30, 0.9, 8, 4};
static const space wide_space = {0.99, 0, 32, 135, 0.99, 8, 6};
static const space augmix_space = {0.3, 1.0 / 3, 0, 30, 0.9, 4, 4};

/* Add one drawn operation, of a share of its strongest magnitude */
static dpk_status
add_choice(const dpk_drawn *d, dpk_plan *plan, const space *s, choice which, double share, int sign, const dpk_random *random, dpk_error *err)
{
	static const char *const names[CHOICES] = {
		NULL, "affine", "affine", "shift", "shift", "rotate", "brightness", "saturation", "contrast", "sharpness",
		"posterize", "solarize", "autocontrast", "equalize"
	};
	double		shear = sign * s->shear * share,
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
			v[0] = DPK_MAX(s->bits - floor(s->bits_taken * share + 0.5), 1);
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

		status = add_choice(d, plan, &rand_space, which, d->value[1] / (BINS - 1), sign, &random, err);
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

	return add_choice(d, plan, &wide_space, which, (double) bin / (BINS - 1), sign, &random, err);
}

const dpk_operation dpk_op_trivial = {.name = "trivial", .p = 1, .expand = expand_trivial};

/* ---- AugMix ---- */

#define AUGMIX_BINS 10
#define MOST_CHAINS 5			/* of 5 steps: half of what a plan has room for */
#define WEIGHT_ONE 16777216.0	/* weights are whole parts of it, so that they add up to 1 exactly */

const dpk_operation dpk_op_blend = {
	.name = "blend", .p = 1, .blends = true,
	.parameters = {{.key = "weight", .max = 1, .fallback = DPK_REQUIRED}, {.key = "last", .flag = true}}
};

static dpk_status
add_blend(const dpk_drawn *d, dpk_plan *plan, double weight, bool last, const dpk_random *random, dpk_error *err)
{
	double		v[2] = {weight, last};
	dpk_drawn	one = dpk_draw_fixed("blend", v, 2, random, d->step);

	return dpk_plan_add(plan, &one, err);
}

static dpk_status
add_chain(const dpk_drawn *d, dpk_plan *plan, dpk_random *random, dpk_error *err)
{
	static const choice all[] = {SHEAR_X, SHEAR_Y, TRANSLATE_X, TRANSLATE_Y, ROTATE, POSTERIZE, SOLARIZE, AUTOCONTRAST, EQUALIZE,
	BRIGHTNESS, COLOR, CONTRAST, SHARPNESS};
	int			depth = d->value[2] > 0 ? (int) d->value[2] : 1 + (int) dpk_random_below(random, 3),
				nchoices = d->value[4] != 0 ? 13 : 9;
	dpk_status	status = DPK_OK;

	for (int i = 0; i < depth && status == DPK_OK; i++)
	{
		choice		which = all[dpk_random_below(random, nchoices)];
		int			bin = (int) dpk_random_below(random, (uint32_t) d->value[0]),
					sign = dpk_random_below(random, 2) ? -1 : 1;

		status = add_choice(d, plan, &augmix_space, which, (double) bin / (AUGMIX_BINS - 1), sign, random, err);
	}
	return status;
}

static dpk_status
expand_augmix(const dpk_drawn *d, dpk_plan *plan, dpk_error *err)
{
	dpk_random	random = d->random;
	int			width = (int) d->value[1];
	double		share[MOST_CHAINS],
				left = floor(dpk_random_beta(&random, d->value[3]) * WEIGHT_ONE + 0.5),
				mixed = WEIGHT_ONE - left;
	dpk_status	status;

	/* 'left' becomes the image's own weight, what remains of it the last chain's */
	dpk_random_dirichlet(&random, d->value[3], width, share);
	if (plan->blending)
		return dpk_fail(err, DPK_INVALID, "\"augmix\" cannot be part of a blend");
	status = add_blend(d, plan, left / WEIGHT_ONE, false, &random, err);
	left = mixed;
	for (int i = 0; i < width && status == DPK_OK; i++)
	{
		double		weight = i == width - 1 ? left : DPK_MIN(floor(share[i] * mixed + 0.5), left);

		left -= weight;
		if ((status = add_chain(d, plan, &random, err)) == DPK_OK)
			status = add_blend(d, plan, weight / WEIGHT_ONE, i == width - 1, &random, err);
	}
	return status;
}

const dpk_operation dpk_op_augmix = {
	.name = "augmix", .p = 1, .expand = expand_augmix,
	.parameters = {{.key = "severity", .min = 1, .max = AUGMIX_BINS, .fallback = 3, .whole = true},
	{.key = "mixture_width", .min = 1, .max = MOST_CHAINS, .fallback = 3, .whole = true},
	{.key = "chain_depth", .min = -1, .max = 5, .fallback = -1, .whole = true},
	{.key = "alpha", .min = 0.001, .max = 1000, .fallback = 1},
	{.key = "all_ops", .flag = true, .fallback = 1}}
};
