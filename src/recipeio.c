/*
 * recipeio.c - recipes applied to encoded images
 */
#include "compat.h"

#include "utils/builtins.h"

#include "args.h"
#include "recipeio.h"
#include "settings.h"

void
dp_read_recipe(Jsonb *json, dpk_recipe *recipe)
{
	dpk_step   *steps;
	dpk_error	err;
	int			nsteps;

	if (JB_ROOT_IS_OBJECT(json) || JB_ROOT_IS_SCALAR(json))
	{
		const char *format = JB_ROOT_IS_OBJECT(json) ? "[{\"keras\": %s}]" : "[%s]";
		char	   *list = psprintf(format, JsonbToCString(NULL, &json->root, VARSIZE(json)));

		json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(list)));
	}
	steps = dp_read_steps("recipe", json, &nsteps);
	dp_raise(dpk_recipe_check(steps, nsteps, recipe, &err), &err);
}

void
dp_draw_plan(const dpk_recipe *recipe, int64 seed, int64 key, const dpk_image *in, dpk_plan *plan)
{
	dpk_error	err;

	dp_raise(dpk_recipe_draw(recipe, seed, key, in->width, in->height, in->channels, plan, &err), &err);
	if (plan->largest / in->channels > dp_max_image_pixels)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 plan->largest == (size_t) plan->width * plan->height * in->channels ?
				 errmsg("image is too big: %d x %d", plan->width, plan->height) :
				 errmsg("image is too big: %zu pixels", plan->largest / in->channels),
				 errdetail("At most %d pixels are allowed by datapower.max_image_pixels.", dp_max_image_pixels)));
	if (plan->work > DP_SCRATCH_MAX)
		dp_image_too_big(plan->width, plan->height, in->channels);
}

dpk_image *
dp_apply_plan(const dpk_plan *plan, const dpk_image *in)
{
	dpk_image  *out = dp_new_image(plan->width, plan->height, in->channels);
	void	   *work = dp_scratch(plan->work);
	dpk_error	err;

	dp_raise(dpk_plan_apply(plan, in, out, work, &dp_stop, &err), &err);
	dp_free_scratch(work);
	return out;
}

bytea *
dp_apply_recipe(bytea *data, const dpk_recipe *recipe, int64 seed, int64 key)
{
	dpk_image_info info;
	dpk_image  *in = dp_decode_upright(data, 0, &info),
			   *out;
	dpk_plan	plan;
	bytea	   *result;

	dp_draw_plan(recipe, seed, key, in, &plan);
	out = dp_apply_plan(&plan, in);
	dp_free_scratch(in);
	result = dp_encode_image(out, info.format, DP_JPEG_QUALITY);
	dp_free_scratch(out);
	return result;
}
