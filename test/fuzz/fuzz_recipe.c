/*
 * fuzz_recipe.c - bytes as a recipe: it is refused or it runs
 *
 * Bytes choose the image, the steps of the table of operations, their keys and
 * values, hostile ones among them.  What is drawn and small is applied, to the
 * image, to a mask and to points, with exactly the memory it asked for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recipe.h"

#define MAX_STEPS 68
#define MAX_VALUES 6
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct bytes
{
	const uint8_t *at;
	size_t		left;
} bytes;

static const double numbers[] = {
	0, 1, 2, 3, 5, 8, 17, 33, 90, 0.5, 0.25, 0.05, -1, -3, -0.5, 255, 360, 1000, 65500, 65501, 1e9, 1e300, NAN, INFINITY, -INFINITY
};

static int	napplied;			/* so far */

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
next(bytes *b, int n)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++ % n;
}

/* A value of the kind that is wanted, most often, and within its range */
static void
read_value(bytes *b, const dpk_parameter *p, dpk_value *v, double *x, const char **word)
{
	int			kind = next(b, 32),
				most = p->list > 0 ? p->list : 2;

	*v = (dpk_value) {.key = p->key != NULL && kind != 1 ? p->key : "?", .count = 1, .numbers = x, .strings = word};
	*word = "?";
	if (p->words != NULL && kind != 2)
	{
		int			n = 0;

		while (p->words[n] != NULL)
			n++;
		*word = p->words[next(b, n)];
		v->is_string = true;
		return;
	}
	v->is_bool = p->flag;
	v->count = kind == 3 ? next(b, 8) : p->list > 0 ? p->list : 1 + next(b, 2);
	v->is_list = v->count != 1;
	for (int i = 0; i < 8; i++)
		x[i] = kind == 4 ? numbers[next(b, COUNT(numbers))] : p->min + (p->max - p->min) * (i % most + next(b, 256) / 256.0) / most;
	for (int i = 0; i < 8 && (p->whole || p->flag); i++)
		x[i] = p->max > 1000 ? next(b, 90) : floor(x[i]);
}

static void
apply(const dpk_plan *plan, int width, int height, int channels)
{
	size_t		bytes = (size_t) width * height * channels;
	uint8_t    *in = malloc(bytes),
			   *out = malloc((size_t) plan->width * plan->height * channels);
	void	   *work = aligned_alloc(DPK_RECIPE_ALIGN, (plan->work + DPK_RECIPE_ALIGN - 1) / DPK_RECIPE_ALIGN * DPK_RECIPE_ALIGN);
	dpk_image	from = {width, height, channels, in},
				to = {plan->width, plan->height, channels, out};
	double		xy[] = {0, 0, width - 1, height - 1, 1e9, -1e9};
	dpk_error	err;

	for (size_t i = 0; i < bytes; i++)
		in[i] = (uint8_t) (i * 37);
	dpk_plan_apply(plan, &from, &to, work, NULL, &err);
	dpk_plan_points(plan, width, height, 3, xy, work, NULL);
	free(work);
	free(out);
	free(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bytes		b = {data, size};
	int			width = 1 + next(&b, 70),
				height = 1 + next(&b, 70),
				channels = next(&b, 2) ? 3 : 1,
				noperations = 0,
				nsteps = 0;
	static dpk_step steps[MAX_STEPS];
	static dpk_value values[MAX_STEPS][MAX_VALUES];
	static double x[MAX_STEPS][MAX_VALUES][8];
	static const char *words[MAX_STEPS][MAX_VALUES];
	static dpk_recipe recipe;
	static dpk_plan plan;
	dpk_error	err;

	while (dpk_operations[noperations] != NULL)
		noperations++;
	while (b.left > 0 && nsteps < MAX_STEPS)
	{
		const dpk_operation *o = dpk_operations[next(&b, noperations)];
		dpk_step   *step = &steps[nsteps];
		int			n = 0;

		*step = (dpk_step) {next(&b, 64) == 63 ? "" : o->name, 0, values[nsteps]};
		for (const dpk_parameter *p = o->parameters; !dpk_parameter_ends(p) && n < MAX_VALUES; p++)
			if (p->key != NULL && (isnan(p->fallback) || next(&b, 2)))
			{
				read_value(&b, p, &values[nsteps][n], x[nsteps][n], &words[nsteps][n]);
				n++;
			}
		step->nvalues = n;
		nsteps++;
	}
	if (dpk_recipe_check(steps, nsteps, &recipe, &err) == DPK_OK &&
		dpk_recipe_draw(&recipe, (int64_t) size, -1, width, height, channels, &plan, &err) == DPK_OK &&
		plan.largest < 100000 && plan.work < 4000000)
	{
		napplied++;
		apply(&plan, width, height, channels);
		plan.mask = true;
		apply(&plan, width, height, channels);
	}
	return 0;
}
