/*
 * augmentation_geometry_lib.c - recipes on pixels, for augmentation_geometry.py to call
 */
#include "recipe.h"
#include "specs.h"

extern int	run_recipe(const char *text, int width, int height, int channels, const uint8_t *in, uint8_t *out, int out_bytes, int runs);

/* Draws and applies 'runs' times; the bytes of the result, or -1 */
int
run_recipe(const char *text, int width, int height, int channels, const uint8_t *in, uint8_t *out, int out_bytes, int runs)
{
	static spec s;
	static _Alignas(64) char work[1 << 25];
	dpk_recipe	recipe;
	dpk_plan	plan;
	dpk_error	err;
	dpk_image	from = {width, height, channels, (uint8_t *) in},
				to;

	spec_read(&s, text);
	if (dpk_recipe_check(s.steps, s.nsteps, &recipe, &err) != DPK_OK)
		return -1;
	for (int i = 0; i < runs; i++)
	{
		if (dpk_recipe_draw(&recipe, 1, 2, width, height, channels, &plan, &err) != DPK_OK ||
			plan.work > sizeof(work) || plan.width * plan.height * channels > out_bytes)
			return -1;
		to = (dpk_image) {plan.width, plan.height, channels, out};
		if (dpk_plan_apply(&plan, &from, &to, work, NULL, &err) != DPK_OK)
			return -1;
	}
	return plan.width * plan.height * channels;
}
