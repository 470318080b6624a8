/*
 * recipeio.h - recipes applied to encoded images
 *
 * One decode and one encode, whatever the number of steps; the result has the
 * file format of the input (JPEG at DP_JPEG_QUALITY), upright.
 */
#ifndef DP_RECIPEIO_H
#define DP_RECIPEIO_H

#include "compat.h"

#include "utils/jsonb.h"

#include "imageio.h"
#include "recipe.h"

/* An image of the size of the plan, palloc'd; ERROR where a step would make it too big */
extern dpk_image *dp_apply_plan(const dpk_plan *plan, const dpk_image *in);

/* The plan of an image; ERROR where it makes no sense for that size */
extern void dp_draw_plan(const dpk_recipe *recipe, int64 seed, int64 key, const dpk_image *in, dpk_plan *plan);

/*
 * A recipe from JSON: a list of steps; or the name of a step, such as a policy;
 * or an object with the arguments of Keras' ImageDataGenerator
 */
extern void dp_read_recipe(Jsonb *json, dpk_recipe *recipe);

extern bytea *dp_apply_recipe(bytea *data, const dpk_recipe *recipe, int64 seed, int64 key);

#endif							/* DP_RECIPEIO_H */
