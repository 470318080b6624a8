/*
 * recipes.h - recipes from C, and comparing pixels
 */
#ifndef RECIPES_H
#define RECIPES_H

#include "recipe.h"
#include "tap.h"

static inline dpk_image
image(int width, int height, int channels, uint8_t *p)
{
	return (dpk_image) {width, height, channels, p};
}

/* No sample differs by more than 'most', and not more than one in a thousand at all, or two of a small image */
static inline void
same_pixels(const uint8_t *got, const uint8_t *wanted, size_t n, int most, const char *what)
{
	int			worst = 0;
	size_t		differ = 0;

	for (size_t i = 0; i < n; i++)
	{
		worst = DPK_MAX(worst, abs(got[i] - wanted[i]));
		differ += got[i] != wanted[i];
	}
	if (!ok(worst <= most && differ * 1000 <= DPK_MAX(n, 2000), "%s", what))
		printf("# %zu of %zu samples differ, by up to %d\n", differ, n, worst);
}

/* A step from up to three numbers and one word */
typedef struct simple_step
{
	const char *op;
	const char *keys[3];
	double		from[3],
				to[3];
	const char *word_key,
			   *word;
} simple_step;

static inline dpk_status
check_recipe(const simple_step *simple, int n, dpk_recipe *recipe, dpk_error *err)
{
	static dpk_value values[65][4];
	static double numbers[65][3][2];
	dpk_step	steps[65];

	for (int i = 0; i < n; i++)
	{
		int			count = 0;

		for (int j = 0; j < 3 && simple[i].keys[j] != NULL; j++)
		{
			numbers[i][j][0] = simple[i].from[j];
			numbers[i][j][1] = simple[i].to[j];
			values[i][count++] = (dpk_value) {.key = simple[i].keys[j], .count = 2, .is_list = true, .numbers = numbers[i][j]};
			if (simple[i].from[j] == simple[i].to[j])
				values[i][count - 1].count = 1;
		}
		if (simple[i].word_key != NULL)
			values[i][count++] = (dpk_value) {.key = simple[i].word_key, .count = 1, .is_string = true, .strings = &simple[i].word};
		steps[i] = (dpk_step) {simple[i].op, count, values[i]};
	}
	memset(err, 0, sizeof(*err));
	return dpk_recipe_check(steps, n, recipe, err);
}

/* Draws and applies; 'out' comes with the size that is wanted */
static inline dpk_status
apply_recipe(const dpk_recipe *recipe, int64_t seed, int64_t key, const dpk_image *in, dpk_image *out, dpk_error *err)
{
	dpk_plan	plan;
	dpk_status	status = dpk_recipe_draw(recipe, seed, key, in->width, in->height, in->channels, &plan, err);
	void	   *work;

	if (status != DPK_OK)
		return status;
	if (plan.width != out->width || plan.height != out->height)
		return dpk_fail(err, DPK_INVALID, "a result of %d x %d", plan.width, plan.height);
	work = aligned_alloc(DPK_RECIPE_ALIGN, (plan.work + DPK_RECIPE_ALIGN - 1) / DPK_RECIPE_ALIGN * DPK_RECIPE_ALIGN);
	status = dpk_plan_apply(&plan, in, out, work, NULL, err);
	free(work);
	return status;
}

#define ONE(...) ((const simple_step[]) {{__VA_ARGS__}}), 1
#define NUMBER(key, x) {key}, {x}, {x}

#endif							/* RECIPES_H */
