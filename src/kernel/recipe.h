/*
 * recipe.h - a checked list of random changes to an image
 *
 *		[{"flip": {"direction": "horizontal", "p": 0.5}},
 *		 {"rotate": {"degrees": [-15, 15], "fill": "reflect"}},
 *		 {"noise": {"sigma": [0, 10]}}]
 *
 * Steps and their parameters are rows of the table of operations (operation.h).
 * Besides its own parameters each step takes p, the chance that it happens, and
 * step, the number of the step whose random numbers it takes (its place in the
 * list, from 0).
 *
 * Step i draws from Philox (seed, key, DPK_RECIPE_OPERATION + i): whether it
 * happens, then its parameters, always as many, so that a change of one step
 * leaves the other steps alone.
 *
 * A run of steps that move pixels is one map and one resampling, as long as
 * those that fill do it in the same way, and nothing that was cropped away
 * comes back as fill.
 *
 * A mixture is steps between blends: each {"blend": {"weight": w}} adds w times
 * the image as it is to the mixture and goes on from the image as it was at the
 * first of them, and {"blend": {"weight": w, "last": true}} puts the mixture in
 * its place.  Weights add up to 1 at most, steps between keep the size.  Masks and
 * points stay where the first image has them.
 *
 * A dpk_recipe holds no pointer: it can be copied into shared memory.
 */
#ifndef DPK_RECIPE_H
#define DPK_RECIPE_H

#include "image.h"
#include "operation.h"
#include "spec.h"

#define DPK_RECIPE_STEPS 64
#define DPK_PLAN_STEPS DPK_RECIPE_STEPS	/* what was drawn is a recipe again */
#define DPK_RECIPE_ALIGN 64		/* bytes, of the work of a plan */
#define DPK_RECIPE_OPERATION 0x61756700u	/* Philox operation of the first step */

typedef struct dpk_recipe_step
{
	int			op;				/* index into dpk_operations */
	int			step;			/* whose random numbers */
	double		p;
	double		range[DPK_OPERATION_VALUES][2];
} dpk_recipe_step;

typedef struct dpk_recipe
{
	int			nsteps;
	dpk_recipe_step steps[DPK_RECIPE_STEPS];
} dpk_recipe;

/* What happens to one image */
typedef struct dpk_plan
{
	int			width,
				height;			/* of the result so far */
	int			channels;
	size_t		largest;		/* samples of the largest image on the way */
	size_t		work;			/* bytes that dpk_plan_apply() needs */
	size_t		scratch;		/* of them, for one operation */
	size_t		blended;		/* samples of the largest image of a mixture */
	bool		blending;		/* drawing is within a mixture, of */
	int			blend_width,
				blend_height;
	double		blend_weight;	/* so far */
	bool		mask;			/* set after drawing: move pixels only, and by the nearest (operation.h) */
	int			ndrawn;
	dpk_drawn	drawn[DPK_PLAN_STEPS];
} dpk_plan;

/* Bytes up to the next multiple of a cache line */
static inline size_t
dpk_plan_lines(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

/* Check 'steps' and fill 'recipe', which keeps nothing of them */
extern dpk_status dpk_recipe_check(const dpk_step *steps, int nsteps, dpk_recipe *recipe, dpk_error *err);

/* Draw for an image of that size */
extern dpk_status dpk_recipe_draw(const dpk_recipe *recipe, int64_t seed, int64_t key, int width, int height, int channels,
								  dpk_plan *plan, dpk_error *err);

/* Put one more operation into a plan that is being drawn */
extern dpk_status dpk_plan_add(dpk_plan *plan, const dpk_drawn *d, dpk_error *err);

/*
 * in, of the size the plan was drawn for -> out, of plan->width and height;
 * pixels and work (aligned to DPK_RECIPE_ALIGN) do not overlap.  DPK_INVALID only where steps
 * move the image some 2^28 pixels away.
 */
extern dpk_status dpk_plan_apply(const dpk_plan *plan, const dpk_image *in, dpk_image *out, void *work,
								 const dpk_stop *stop, dpk_error *err);

/*
 * Where n points (x, y), in pixel centres, of an image of width x height get
 * to.  'work' is of dpk_plan_points_work() bytes, aligned to DPK_RECIPE_ALIGN.
 */
extern size_t dpk_plan_points_work(const dpk_plan *plan);
extern dpk_status dpk_plan_points(const dpk_plan *plan, int width, int height, int n, double *xy, void *work, const dpk_stop *stop);

#endif							/* DPK_RECIPE_H */
