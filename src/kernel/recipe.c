/*
 * recipe.c - a checked list of random changes to an image (recipe.h)
 *
 * One table says what each step is called, what it takes and what it does; the
 * SQL functions image_rotate() and the like are recipes of one step.
 */
#include "recipe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "noise.h"

/* What a step came to for one image */
typedef struct drawn
{
	const dpk_recipe_step *step;
	double		value[DPK_RECIPE_PARAMETERS];
	dpk_random *random;			/* for what a step draws per sample */
} drawn;

typedef struct parameter
{
	const char *key;			/* NULL: none of the user's, a draw from [min, max] */
	double		min,
				max;
	double		fallback;		/* where it is not required */
} parameter;

typedef struct operation
{
	const char *name;
	dpk_key		keys[6];		/* what the user may write */
	const char *choice_key;
	double		p;				/* the default chance */
	int			nparameters;
	parameter	parameters[DPK_RECIPE_PARAMETERS];
	dpk_affine	(*map) (const drawn *d, int width, int height); /* moves pixels, or */
	dpk_status	(*change) (const drawn *d, dpk_image *image, const dpk_stop *stop); /* changes them in place */
} operation;

/* ---- the steps ---- */

static dpk_affine
map_flip(const drawn *d, int width, int height)
{
	return dpk_affine_flip(width, height, d->step->choice == 0);
}

static dpk_affine
map_translate(const drawn *d, int width, int height)
{
	return dpk_affine_translate(d->value[0] * width, d->value[1] * height);
}

/* By whole pixels no value is interpolated */
static dpk_affine
map_shift(const drawn *d, int width, int height)
{
	return dpk_affine_translate(d->value[0], d->value[1]);
}

static dpk_affine
map_rotate(const drawn *d, int width, int height)
{
	return dpk_affine_rotate(width, height, d->value[0]);
}

static dpk_affine
map_shear(const drawn *d, int width, int height)
{
	bool		horizontal = d->step->choice == 0;

	return dpk_affine_shear(width, height, horizontal ? d->value[0] : 0, horizontal ? 0 : d->value[0]);
}

static dpk_affine
map_zoom(const drawn *d, int width, int height)
{
	return dpk_affine_zoom(width, height, d->value[0], d->value[0]);
}

/* The box is in pixel centres, so that nothing from beyond the border is ever read */
static dpk_affine
map_crop(const drawn *d, int width, int height)
{
	double		boxwidth = (width - 1) * d->value[0],
				boxheight = (height - 1) * d->value[0];

	return dpk_affine_box(width, height, d->value[1] * (width - 1 - boxwidth), d->value[2] * (height - 1 - boxheight),
						  boxwidth + 1, boxheight + 1);
}

static dpk_status
change_noise(const drawn *d, dpk_image *image, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height * image->channels,
				piece = 65536;	/* a multiple of four: the words of a block */

	for (size_t from = 0; from < n; from += piece)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_noise(image->pixels + from, DPK_MIN(n - from, piece), (float) d->value[0], d->random);
	}
	return DPK_OK;
}

static dpk_status
change_brightness(const drawn *d, dpk_image *image, const dpk_stop *stop)
{
	dpk_scale_tones(image->pixels, (size_t) image->width * image->height * image->channels, (float) d->value[0], 0);
	return DPK_OK;
}

static dpk_status
change_contrast(const drawn *d, dpk_image *image, const dpk_stop *stop)
{
	dpk_scale_tones(image->pixels, (size_t) image->width * image->height * image->channels, (float) d->value[0],
					dpk_mean_gray(image));
	return DPK_OK;
}

#define FILL_KEYS {"p", "1"}, {"fill", "\"nearest\""}, {"value", "0"}

static const operation operations[] = {
	{"flip", {{"direction", "\"horizontal\""}, {"p", "0.5"}}, "direction", 0.5, 0, {{0}}, map_flip, NULL},
	{"translate", {{"x", "0"}, {"y", "0"}, FILL_KEYS}, NULL, 1, 2, {{"x", -1, 1, 0}, {"y", -1, 1, 0}}, map_translate, NULL},
	{"shift", {{"x", "0"}, {"y", "0"}, FILL_KEYS}, NULL, 1, 2, {{"x", -65500, 65500, 0}, {"y", -65500, 65500, 0}}, map_shift, NULL},
	{"rotate", {{"degrees", NULL}, FILL_KEYS}, NULL, 1, 1, {{"degrees", -360, 360, 0}}, map_rotate, NULL},
	{"shear", {{"degrees", NULL}, {"axis", "\"horizontal\""}, FILL_KEYS}, "axis", 1, 1, {{"degrees", -80, 80, 0}}, map_shear, NULL},
	{"zoom", {{"factor", NULL}, FILL_KEYS}, NULL, 1, 1, {{"factor", 0.05, 20, 0}}, map_zoom, NULL},
	{"crop", {{"size", NULL}, {"p", "1"}}, NULL, 1, 3, {{"size", 0.05, 1, 0}, {NULL, 0, 1, 0}, {NULL, 0, 1, 0}}, map_crop, NULL},
	{"noise", {{"sigma", NULL}, {"p", "1"}}, NULL, 1, 1, {{"sigma", 0, 255, 0}}, NULL, change_noise},
	{"brightness", {{"factor", NULL}, {"p", "1"}}, NULL, 1, 1, {{"factor", 0, 10, 0}}, NULL, change_brightness},
	{"contrast", {{"factor", NULL}, {"p", "1"}}, NULL, 1, 1, {{"factor", 0, 10, 0}}, NULL, change_contrast},
};

#define NOPERATIONS ((int) (sizeof(operations) / sizeof(operations[0])))

static const char *const directions[] = {"horizontal", "vertical", NULL};

/* Draws whole numbers, each as likely */
static bool
is_whole(const operation *o)
{
	return o->map == map_shift;
}

/* ---- checking ---- */

static int
find_operation(const char *name, dpk_error *err)
{
	char		list[256];
	int			used = 0;

	for (int i = 0; i < NOPERATIONS; i++)
		if (strcmp(operations[i].name, name) == 0)
			return i;

	for (int i = 0; i < NOPERATIONS; i++)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i ? ", " : "", operations[i].name);
	dpk_fail(err, DPK_INVALID, "unrecognized step \"%.60s\"", name);
	dpk_hint(err, "Valid steps are %s.", list);
	return -1;
}

static dpk_status
check_parameter(const dpk_step *step, const parameter *p, bool whole, double range[2], dpk_error *err)
{
	dpk_status	status;

	range[0] = range[1] = p->fallback;
	if (p->key == NULL)
	{
		range[0] = p->min;
		range[1] = p->max;
		return DPK_OK;
	}
	status = dpk_step_number_pair(step, p->key, p->min, p->max, range, err);
	if (status == DPK_OK && range[0] > range[1])
	{
		dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\"", p->key, step->op);
		dpk_detail(err, "The list must have the lower end, %.15g, first.", range[1]);
		return DPK_INVALID;
	}
	for (int i = 0; i < 2 && status == DPK_OK && whole; i++)
		if (range[i] != floor(range[i]))
		{
			status = dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\": %.15g", p->key, step->op, range[i]);
			dpk_detail(err, "It must be a whole number of pixels.");
		}
	return status;
}

static dpk_status
check_step(const dpk_step *step, dpk_recipe_step *result, dpk_error *err)
{
	int			op = find_operation(step->op, err),
				method = DPK_FILL_NEAREST,
				value = 0;
	const operation *o = operations + op;
	dpk_status	status;

	if (op < 0)
		return DPK_INVALID;
	memset(result, 0, sizeof(*result));
	result->op = op;
	result->p = o->p;
	if ((status = dpk_step_check_keys(step, o->keys, err)) != DPK_OK ||
		(status = dpk_step_number(step, "p", 0, 1, &result->p, err)) != DPK_OK ||
		(status = dpk_step_choice(step, "fill", dpk_fill_names, &method, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "value", 0, 255, &value, err)) != DPK_OK)
		return status;
	result->fill = (dpk_fill) {method, value};
	if (o->choice_key != NULL &&
		(status = dpk_step_choice(step, o->choice_key, directions, &result->choice, err)) != DPK_OK)
		return status;
	for (int i = 0; i < o->nparameters; i++)
		if ((status = check_parameter(step, &o->parameters[i], is_whole(o), result->range[i], err)) != DPK_OK)
			return status;
	return DPK_OK;
}

dpk_status
dpk_recipe_check(const dpk_step *steps, int nsteps, dpk_recipe *recipe, dpk_error *err)
{
	if (nsteps > DPK_RECIPE_STEPS)
	{
		dpk_fail(err, DPK_TOO_BIG, "recipe has too many steps: %d", nsteps);
		dpk_detail(err, "At most %d are allowed.", DPK_RECIPE_STEPS);
		return DPK_TOO_BIG;
	}
	recipe->nsteps = nsteps;
	for (int i = 0; i < nsteps; i++)
	{
		dpk_status	status = check_step(&steps[i], &recipe->steps[i], err);

		if (status != DPK_OK)
			return status;
	}
	return DPK_OK;
}

/* ---- applying ---- */

dpk_status
dpk_recipe_work(int width, int height, int channels, size_t *bytes)
{
	if (!dpk_mul((size_t) width * height, channels, bytes))
		return DPK_TOO_BIG;
	return DPK_OK;
}

/* Where the image is at the moment, and the maps that wait to be applied to it */
typedef struct progress
{
	dpk_image	now;			/* 'in' at first, then 'out' or 'work' */
	uint8_t    *out,
			   *work;
	bool		in_place;		/* now is ours to write to */
	bool		waiting;
	dpk_affine	map;
	dpk_fill	fill;
	bool		fill_known;		/* some of what waits said how to fill */
} progress;

static bool
same_map(const dpk_affine *a, const dpk_affine *b)
{
	return a->xx == b->xx && a->xy == b->xy && a->x0 == b->x0 && a->yx == b->yx && a->yy == b->yy && a->y0 == b->y0;
}

/* Apply what waits */
static dpk_status
resample(progress *p, const dpk_stop *stop, dpk_error *err)
{
	dpk_image	to = p->now;
	dpk_affine	identity = DPK_AFFINE_IDENTITY,
				mirrored = dpk_affine_flip(to.width, to.height, true),
				upside_down = dpk_affine_flip(to.width, to.height, false);
	dpk_status	status = DPK_OK;

	if (!p->waiting)
		return DPK_OK;
	p->waiting = false;
	p->fill_known = false;
	if (same_map(&p->map, &identity))
		return DPK_OK;
	to.pixels = p->now.pixels == p->out ? p->work : p->out;
	if (same_map(&p->map, &mirrored) || same_map(&p->map, &upside_down))
		dpk_flip(&p->now, &to, same_map(&p->map, &mirrored));
	else
		status = dpk_affine_apply(&p->map, p->fill, &p->now, &to, stop, err);
	p->now = to;
	p->in_place = true;
	return status;
}

static void
own_pixels(progress *p)
{
	if (p->in_place)
		return;
	memcpy(p->out, p->now.pixels, (size_t) p->now.width * p->now.height * p->now.channels);
	p->now.pixels = p->out;
	p->in_place = true;
}

/* Flips and crops read nothing from beyond the border; they join any fill */
static bool
needs_fill(const operation *o)
{
	return o->map != map_flip && o->map != map_crop;
}

static dpk_status
apply_step(progress *p, const drawn *d, const dpk_stop *stop, dpk_error *err)
{
	const operation *o = operations + d->step->op;
	const dpk_fill *fill = &d->step->fill;
	dpk_affine	map;
	dpk_status	status;

	if (o->map == NULL ||
		(needs_fill(o) && p->fill_known && (fill->method != p->fill.method || fill->value != p->fill.value)))
		if ((status = resample(p, stop, err)) != DPK_OK)
			return status;
	if (o->map == NULL)
	{
		own_pixels(p);
		return o->change(d, &p->now, stop);
	}

	map = o->map(d, p->now.width, p->now.height);
	p->map = p->waiting ? dpk_affine_then(&p->map, &map) : map;
	p->waiting = true;
	if (needs_fill(o))
	{
		p->fill = *fill;
		p->fill_known = true;
	}
	return DPK_OK;
}

dpk_status
dpk_recipe_apply(const dpk_recipe *recipe, int64_t seed, int64_t key, const dpk_image *in,
				 dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	progress	p = {.now = *in, .out = out->pixels, .work = work};
	dpk_status	status;

	for (int i = 0; i < recipe->nsteps; i++)
	{
		dpk_random	random = dpk_random_start(seed, key, DPK_RECIPE_OPERATION + i);
		drawn		d = {.step = &recipe->steps[i], .random = &random};
		bool		happens = dpk_random_double(&random) < d.step->p;

		for (int j = 0; j < operations[d.step->op].nparameters; j++)
		{
			const double *range = d.step->range[j];
			double		share = dpk_random_double(&random);

			d.value[j] = is_whole(&operations[d.step->op]) ?
				range[0] + floor(share * (range[1] - range[0] + 1)) : range[0] + share * (range[1] - range[0]);
		}
		if (happens && (status = apply_step(&p, &d, stop, err)) != DPK_OK)
			return status;
	}
	if ((status = resample(&p, stop, err)) != DPK_OK)
		return status;
	if (p.now.pixels != out->pixels)
		memcpy(out->pixels, p.now.pixels, (size_t) in->width * in->height * in->channels);
	return DPK_OK;
}
