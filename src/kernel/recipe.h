/*
 * recipe.h - a checked list of random changes to an image
 *
 *		[{"flip": {"direction": "horizontal", "p": 0.5}},
 *		 {"rotate": {"degrees": [-15, 15], "fill": "reflect"}},
 *		 {"noise": {"sigma": [0, 10]}}]
 *
 *	step		parameters (a number, or a list [from, to] to draw from)
 *	flip		direction: horizontal, vertical
 *	translate	x, y: shares of width and height, to the right and down
 *	shift		x, y: whole pixels to the right and down
 *	rotate		degrees, counter-clockwise
 *	shear		degrees; axis: horizontal, vertical
 *	zoom		factor; above 1 enlarges
 *	crop		size: the share of width and height that is kept, at a random
 *				place, and enlarged to fill the image again
 *	noise		sigma, in gray levels
 *	brightness, contrast	factor; 1 changes nothing
 *
 * Each step takes p, the chance that it happens (1; flip 0.5).  The first seven
 * move pixels; translate to zoom take fill (nearest, constant, reflect, wrap)
 * and value (of the constant).  A run of steps that move pixels is one map and
 * one resampling, as long as those that fill do it in the same way.  An image
 * keeps its size.
 *
 * Step i draws from Philox (seed, key, DPK_RECIPE_OPERATION + i) in a fixed
 * number of draws, so a change of one step leaves the other steps alone.
 *
 * A dpk_recipe holds no pointer: it can be copied into shared memory.
 */
#ifndef DPK_RECIPE_H
#define DPK_RECIPE_H

#include "affine.h"
#include "image.h"
#include "spec.h"

#define DPK_RECIPE_STEPS 32
#define DPK_RECIPE_PARAMETERS 3
#define DPK_RECIPE_OPERATION 0x61756700u	/* Philox operation of the first step */

typedef struct dpk_recipe_step
{
	int			op;				/* index into the table of recipe.c */
	int			choice;			/* of flip and shear: 0 horizontal, 1 vertical */
	double		p;
	double		range[DPK_RECIPE_PARAMETERS][2];
	dpk_fill	fill;
} dpk_recipe_step;

typedef struct dpk_recipe
{
	int			nsteps;
	dpk_recipe_step steps[DPK_RECIPE_STEPS];
} dpk_recipe;

/* Check 'steps' and fill 'recipe', which keeps nothing of them */
extern dpk_status dpk_recipe_check(const dpk_step *steps, int nsteps, dpk_recipe *recipe, dpk_error *err);

/* Bytes of scratch for one image: any size of image needs as many bytes as it has samples */
extern dpk_status dpk_recipe_work(int width, int height, int channels, size_t *bytes);

/*
 * in -> out, of the same size and channels; pixels and work do not overlap.
 * DPK_INVALID only where steps move the image some 2^28 pixels away.
 */
extern dpk_status dpk_recipe_apply(const dpk_recipe *recipe, int64_t seed, int64_t key, const dpk_image *in,
								   dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err);

#endif							/* DPK_RECIPE_H */
