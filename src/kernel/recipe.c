/*
 * recipe.c - a checked list of random changes to an image (recipe.h)
 */
#include "recipe.h"

#include <stdio.h>
#include <string.h>

/* ---- checking ---- */

static bool
knows_keys(const dpk_operation *o, const dpk_step *step)
{
	for (int i = 0; i < step->nvalues; i++)
	{
		const char *key = step->values[i].key;

		if (strcmp(key, "p") != 0 && strcmp(key, "step") != 0 && dpk_operation_value(o, key) < 0)
			return false;
	}
	return true;
}

static int
find_operation(const dpk_step *step, dpk_error *err)
{
	char		list[sizeof(err->hint) - 64];
	size_t		used = 0;
	int			first = -1;

	for (int i = 0; dpk_operations[i] != NULL; i++)
		if (strcmp(dpk_operations[i]->name, step->op) == 0)
		{
			if (knows_keys(dpk_operations[i], step))
				return i;
			first = first < 0 ? i : first;
		}
	if (first >= 0)
		return first;

	for (int i = 0; dpk_operations[i] != NULL && used < sizeof(list); i++)
		if (i == 0 || strcmp(dpk_operations[i]->name, dpk_operations[i - 1]->name) != 0)
			used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i ? ", " : "", dpk_operations[i]->name);
	dpk_fail(err, DPK_INVALID, "unrecognized step \"%.60s\"", step->op);
	dpk_hint(err, "Valid steps are %s.", list);
	return -1;
}

/* Unknown keys and missing ones, from the table of parameters */
static dpk_status
check_keys(const dpk_step *step, const dpk_operation *o, dpk_error *err)
{
	dpk_key		keys[DPK_OPERATION_VALUES + 2] = {{NULL, NULL}};
	char		fallbacks[DPK_OPERATION_VALUES + 1][40];
	int			n = 0;

	for (const dpk_parameter *p = o->parameters; !dpk_parameter_ends(p); p++)
	{
		if (p->key == NULL)
			continue;
		if (p->words != NULL && !isnan(p->fallback))
			snprintf(fallbacks[n], sizeof(fallbacks[n]), "\"%.30s\"", p->words[(int) p->fallback]);
		else if (p->flag)
			snprintf(fallbacks[n], sizeof(fallbacks[n]), p->fallback != 0 ? "true" : "false");
		else if (p->fallbacks != NULL)
			snprintf(fallbacks[n], sizeof(fallbacks[n]), "[%.6g, %.6g]", p->fallbacks[0], p->fallbacks[1]);
		else
			snprintf(fallbacks[n], sizeof(fallbacks[n]), "%.15g", p->fallback);
		keys[n] = (dpk_key) {p->key, isnan(p->fallback) ? NULL : fallbacks[n]};
		n++;
	}
	snprintf(fallbacks[n], sizeof(fallbacks[n]), "%.15g", o->p);
	keys[n] = (dpk_key) {"p", fallbacks[n]};
	if (dpk_step_find(step, "step") != NULL)
		keys[n + 1] = (dpk_key) {"step", "its place"};
	return dpk_step_check_keys(step, keys, err);
}

static dpk_status
check_number(const dpk_step *step, const dpk_parameter *p, double range[2], dpk_error *err)
{
	dpk_status	status;

	range[0] = range[1] = p->fallback;
	status = dpk_step_number_pair(step, p->key, p->min, p->max, range, err);
	if (status == DPK_OK && range[0] > range[1])
	{
		dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\"", p->key, step->op);
		dpk_detail(err, "The list must have the lower end, %.15g, first.", range[1]);
		return DPK_INVALID;
	}
	for (int i = 0; i < 2 && status == DPK_OK && p->whole; i++)
		if (range[i] != floor(range[i]))
		{
			status = dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\": %.15g", p->key, step->op, range[i]);
			dpk_detail(err, "It must be a whole number.");
		}
	return status;
}

static dpk_status
check_list(const dpk_step *step, const dpk_parameter *p, double *numbers, dpk_error *err)
{
	const dpk_value *given = dpk_step_find(step, p->key);
	double		r = 0;
	dpk_status	status;

	if (p->spread && given != NULL && !given->is_list)
	{
		status = dpk_step_number(step, p->key, 0, p->about > 0 ? p->about - p->min : p->max, &r, err);
		numbers[0] = p->about - r;
		numbers[1] = p->about + r;
		return status;
	}
	status = dpk_step_numbers(step, p->key, p->list, p->min, p->max, numbers, err);
	if (status == DPK_OK && p->list == 2 && numbers[0] > numbers[1])
	{
		dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\"", p->key, step->op);
		dpk_detail(err, "The list must have the lower end, %.15g, first.", numbers[1]);
		return DPK_INVALID;
	}
	return status;
}

static dpk_status
check_parameter(const dpk_step *step, const dpk_parameter *p, double (*range)[2], dpk_error *err)
{
	if (p->key == NULL)
	{
		range[0][0] = p->min;
		range[0][1] = p->max;
		return DPK_OK;
	}
	if (p->flag)
	{
		bool		flag = p->fallback != 0;
		dpk_status	status = dpk_step_flag(step, p->key, &flag, err);

		range[0][0] = range[0][1] = flag;
		return status;
	}
	if (p->words != NULL)
	{
		int			word = isnan(p->fallback) ? 0 : (int) p->fallback;
		dpk_status	status = dpk_step_choice(step, p->key, p->words, &word, err);

		range[0][0] = range[0][1] = word;
		return status;
	}
	if (p->list > 0)
	{
		double		numbers[DPK_OPERATION_VALUES];
		dpk_status	status;

		for (int i = 0; i < p->list; i++)
			numbers[i] = p->fallbacks ? p->fallbacks[i] : p->fallback;
		status = check_list(step, p, numbers, err);
		for (int i = 0; i < p->list; i++)
			range[i][0] = range[i][1] = numbers[i];
		return status;
	}
	return check_number(step, p, range[0], err);
}

static dpk_status
check_step(const dpk_step *step, int place, dpk_recipe_step *result, dpk_error *err)
{
	int			op = find_operation(step, err),
				value = 0;
	const dpk_operation *o;
	dpk_status	status;

	if (op < 0)
		return DPK_INVALID;
	o = dpk_operations[op];
	memset(result, 0, sizeof(*result));
	result->op = op;
	result->p = o->p;
	result->step = place;
	if ((status = check_keys(step, o, err)) != DPK_OK ||
		(status = dpk_step_number(step, "p", 0, 1, &result->p, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "step", 0, DPK_RECIPE_STEPS - 1, &result->step, err)) != DPK_OK)
		return status;
	for (const dpk_parameter *p = o->parameters; !dpk_parameter_ends(p); value += dpk_parameter_values(p), p++)
		if ((status = check_parameter(step, p, result->range + value, err)) != DPK_OK)
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
		dpk_status	status = check_step(&steps[i], i, &recipe->steps[i], err);

		if (status != DPK_OK)
			return status;
	}
	return DPK_OK;
}

/* ---- drawing ---- */

/* The weights of a blend are not more than 1, but for rounding */
static dpk_status
add_to_blend(dpk_plan *plan, const dpk_drawn *d, dpk_error *err)
{
	if (!plan->blending)
	{
		plan->blend_width = plan->width;
		plan->blend_height = plan->height;
		plan->blend_weight = 0;
		plan->blended = DPK_MAX(plan->blended, (size_t) plan->width * plan->height * plan->channels);
	}
	if (plan->width != plan->blend_width || plan->height != plan->blend_height)
	{
		dpk_fail(err, DPK_INVALID, "a blend cannot change the size of the image");
		dpk_detail(err, "It begins with %d x %d pixels and goes on with %d x %d.",
				   plan->blend_width, plan->blend_height, plan->width, plan->height);
		return DPK_INVALID;
	}
	plan->blend_weight += d->value[0];
	if (plan->blend_weight > 1.001)
	{
		dpk_fail(err, DPK_INVALID, "the weights of a blend add up to more than 1: %.6g", plan->blend_weight);
		dpk_hint(err, "The last \"blend\" of a mixture has {\"last\": true}.");
		return DPK_INVALID;
	}
	plan->blending = d->value[1] == 0;
	return DPK_OK;
}

dpk_status
dpk_plan_add(dpk_plan *plan, const dpk_drawn *d, dpk_error *err)
{
	const dpk_operation *o = d->operation;
	size_t		bytes = 0,
				samples;
	dpk_status	status;

	if (o->expand != NULL)
		return o->expand(d, plan, err);
	if (plan->ndrawn == DPK_PLAN_STEPS)
		return dpk_fail(err, DPK_TOO_BIG, "recipe has too many steps");
	if (o->blends && (status = add_to_blend(plan, d, err)) != DPK_OK)
		return status;
	if (o->work != NULL && !o->work(d, plan->width, plan->height, plan->channels, &bytes))
		return dpk_fail(err, DPK_TOO_BIG, "image is too big: %d x %d", plan->width, plan->height);
	plan->scratch = DPK_MAX(plan->scratch, bytes);
	if (o->size != NULL && (status = o->size(d, &plan->width, &plan->height, err)) != DPK_OK)
		return status;
	if (!dpk_mul(plan->width, plan->height, &samples) || !dpk_mul(samples, plan->channels, &samples) || samples > SIZE_MAX / 8)
		return dpk_fail(err, DPK_TOO_BIG, "image is too big: %d x %d", plan->width, plan->height);
	plan->largest = DPK_MAX(plan->largest, samples);
	plan->drawn[plan->ndrawn++] = *d;
	return DPK_OK;
}

/* Whether a step happens, and with which values; always as many draws */
static bool
draw_step(const dpk_recipe_step *step, dpk_drawn *d)
{
	bool		happens = dpk_random_double(&d->random) < step->p;
	int			value = 0;

	for (const dpk_parameter *p = d->operation->parameters; !dpk_parameter_ends(p); p++)
		for (int i = 0; i < dpk_parameter_values(p); i++, value++)
		{
			const double *range = step->range[value];

			d->value[value] = range[0];
			if (p->words == NULL && p->list == 0 && !p->flag)
			{
				double		share = dpk_random_double(&d->random);

				d->value[value] += p->whole ? floor(share * (range[1] - range[0] + 1)) : share * (range[1] - range[0]);
			}
		}
	return happens;
}

dpk_status
dpk_recipe_draw(const dpk_recipe *recipe, int64_t seed, int64_t key, int width, int height, int channels,
				dpk_plan *plan, dpk_error *err)
{
	size_t		samples,
				buffers;

	plan->width = width;
	plan->height = height;
	plan->channels = channels;
	plan->largest = (size_t) width * height * channels;
	plan->scratch = plan->blended = 0;
	plan->mask = plan->blending = false;
	plan->ndrawn = 0;
	for (int i = 0; i < recipe->nsteps; i++)
	{
		const dpk_recipe_step *step = &recipe->steps[i];
		dpk_drawn	d = {
			.operation = dpk_operations[step->op], .step = step->step,
			.random = dpk_random_start(seed, key, DPK_RECIPE_OPERATION + step->step)
		};
		dpk_status	status;

		if (draw_step(step, &d) && (status = dpk_plan_add(plan, &d, err)) != DPK_OK)
			return status;
	}

	if (plan->blending)
	{
		dpk_fail(err, DPK_INVALID, "a blend is not ended");
		dpk_hint(err, "The last \"blend\" of a mixture has {\"last\": true}.");
		return DPK_INVALID;
	}

	/* the result's own pixels are a buffer for what fits there */
	samples = (size_t) plan->width * plan->height * channels;
	buffers = plan->ndrawn <= 1 ? 0 : plan->largest <= samples ? 1 : 2;
	if (!dpk_mul(dpk_plan_lines(plan->largest), buffers, &plan->work) || !dpk_add(plan->work, dpk_plan_lines(plan->scratch), &plan->work) ||
		!dpk_add(plan->work, dpk_plan_lines(plan->blended), &plan->work) ||
		!dpk_add(plan->work, dpk_plan_lines(plan->blended * sizeof(uint32_t)), &plan->work))
		return dpk_fail(err, DPK_TOO_BIG, "image is too big: %d x %d", plan->width, plan->height);
	return DPK_OK;
}
