/*
 * augment.c - images changed by one step, or by a random recipe of steps
 *
 * Every function here is a recipe: image_rotate(image, 15) is the recipe
 * [{"rotate": {"degrees": 15, "p": 1}}].  So they share their checks, their
 * ranges and their pixels.  The result has the file format of the input.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"
#include "recipe.h"

PG_FUNCTION_INFO_V1(dp_augment);
PG_FUNCTION_INFO_V1(dp_image_flip);
PG_FUNCTION_INFO_V1(dp_image_rotate);
PG_FUNCTION_INFO_V1(dp_image_translate);
PG_FUNCTION_INFO_V1(dp_image_shear);
PG_FUNCTION_INFO_V1(dp_image_zoom);
PG_FUNCTION_INFO_V1(dp_image_brightness);
PG_FUNCTION_INFO_V1(dp_image_contrast);
PG_FUNCTION_INFO_V1(dp_image_noise);

static bytea *
apply_recipe(bytea *data, const dpk_recipe *recipe, int64 seed, int64 key)
{
	dpk_image_info info;
	dpk_image  *in = dp_decode_upright(data, 0, &info),
			   *out,
			   *work;			/* scratch of the size of an image */
	dpk_error	err;
	bytea	   *result;

	out = dp_new_image(in->width, in->height, in->channels);
	work = dp_new_image(in->width, in->height, in->channels);
	dp_raise(dpk_recipe_apply(recipe, seed, key, in, out, work->pixels, &dp_stop, &err), &err);
	pfree(work);
	pfree(in);
	result = dp_encode_image(out, info.format, DP_JPEG_QUALITY);
	pfree(out);
	return result;
}

/* ---- recipes ---- */

/* The recipe of the last call and the JSON it was read from */
typedef struct recipe_cache
{
	dpk_recipe	recipe;
	Jsonb	   *json;
} recipe_cache;

static const dpk_recipe *
cached_recipe(FmgrInfo *flinfo, Jsonb *json)
{
	recipe_cache *cache = flinfo->fn_extra;
	dpk_step   *steps;
	dpk_error	err;
	int			nsteps;

	if (cache == NULL)
		flinfo->fn_extra = cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(recipe_cache));
	else if (cache->json != NULL && VARSIZE(cache->json) == VARSIZE(json) && memcmp(cache->json, json, VARSIZE(json)) == 0)
		return &cache->recipe;

	/* Forget the old one first: a bad recipe must not leave half of itself behind */
	if (cache->json != NULL)
		pfree(cache->json);
	cache->json = NULL;
	steps = dp_read_steps("recipe", json, &nsteps);
	dp_raise(dpk_recipe_check(steps, nsteps, &cache->recipe, &err), &err);
	cache->json = MemoryContextAlloc(flinfo->fn_mcxt, VARSIZE(json));
	memcpy(cache->json, json, VARSIZE(json));
	return &cache->recipe;
}

/* dp.augment(image bytea, recipe jsonb, seed bigint, key bigint) RETURNS bytea */
Datum
dp_augment(PG_FUNCTION_ARGS)
{
	const dpk_recipe *recipe = cached_recipe(fcinfo->flinfo, PG_GETARG_JSONB_P(1));

	PG_RETURN_BYTEA_P(apply_recipe(PG_GETARG_BYTEA_PP(0), recipe, PG_GETARG_INT64(2), PG_GETARG_INT64(3)));
}

/* ---- single steps ---- */

/* A recipe of one step that always happens, from up to four arguments */
typedef struct one_step
{
	dpk_step	step;
	dpk_value	values[4];
	double		numbers[4];
	const char *words[4];
} one_step;

static void
add_number(one_step *s, const char *key, double number)
{
	int			i = s->step.nvalues++;

	s->numbers[i] = number;
	s->values[i] = (dpk_value) {.key = key, .count = 1, .numbers = &s->numbers[i]};
}

static void
add_word(one_step *s, const char *key, text *word)
{
	int			i = s->step.nvalues++;

	s->words[i] = text_to_cstring(word);
	s->values[i] = (dpk_value) {.key = key, .count = 1, .is_string = true, .strings = &s->words[i]};
}

static bytea *
take_step(bytea *image, one_step *s, int64 seed, int64 key)
{
	dpk_recipe	recipe;
	dpk_error	err;

	s->step.values = s->values;
	add_number(s, "p", 1);
	dp_raise(dpk_recipe_check(&s->step, 1, &recipe, &err), &err);
	return apply_recipe(image, &recipe, seed, key);
}

/* dp.image_flip(image bytea, direction text DEFAULT 'horizontal') RETURNS bytea */
Datum
dp_image_flip(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "flip"};

	add_word(&s, "direction", PG_GETARG_TEXT_PP(1));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_rotate(image bytea, degrees float8, fill text DEFAULT 'nearest') RETURNS bytea */
Datum
dp_image_rotate(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "rotate"};

	add_number(&s, "degrees", PG_GETARG_FLOAT8(1));
	add_word(&s, "fill", PG_GETARG_TEXT_PP(2));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_translate(image bytea, x float8, y float8, fill text DEFAULT 'nearest') RETURNS bytea */
Datum
dp_image_translate(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "translate"};

	add_number(&s, "x", PG_GETARG_FLOAT8(1));
	add_number(&s, "y", PG_GETARG_FLOAT8(2));
	add_word(&s, "fill", PG_GETARG_TEXT_PP(3));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_shear(image bytea, degrees float8, axis text DEFAULT 'horizontal', fill text DEFAULT 'nearest') RETURNS bytea */
Datum
dp_image_shear(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "shear"};

	add_number(&s, "degrees", PG_GETARG_FLOAT8(1));
	add_word(&s, "axis", PG_GETARG_TEXT_PP(2));
	add_word(&s, "fill", PG_GETARG_TEXT_PP(3));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_zoom(image bytea, factor float8, fill text DEFAULT 'nearest') RETURNS bytea */
Datum
dp_image_zoom(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "zoom"};

	add_number(&s, "factor", PG_GETARG_FLOAT8(1));
	add_word(&s, "fill", PG_GETARG_TEXT_PP(2));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_brightness(image bytea, factor float8) RETURNS bytea */
Datum
dp_image_brightness(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "brightness"};

	add_number(&s, "factor", PG_GETARG_FLOAT8(1));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_contrast(image bytea, factor float8) RETURNS bytea */
Datum
dp_image_contrast(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "contrast"};

	add_number(&s, "factor", PG_GETARG_FLOAT8(1));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, 0, 0));
}

/* dp.image_noise(image bytea, sigma float8, seed bigint, key bigint) RETURNS bytea */
Datum
dp_image_noise(PG_FUNCTION_ARGS)
{
	one_step	s = {.step.op = "noise"};

	add_number(&s, "sigma", PG_GETARG_FLOAT8(1));
	PG_RETURN_BYTEA_P(take_step(PG_GETARG_BYTEA_PP(0), &s, PG_GETARG_INT64(2), PG_GETARG_INT64(3)));
}
