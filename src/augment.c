/*
 * augment.c - images changed by a random recipe of steps
 */
#include "compat.h"

#include "utils/memutils.h"

#include "args.h"
#include "recipeio.h"

PG_FUNCTION_INFO_V1(dp_augment);

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

	if (cache == NULL)
		flinfo->fn_extra = cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(recipe_cache));
	else if (cache->json != NULL && VARSIZE(cache->json) == VARSIZE(json) && memcmp(cache->json, json, VARSIZE(json)) == 0)
		return &cache->recipe;

	/* Forget the old one first: a bad recipe must not leave half of itself behind */
	if (cache->json != NULL)
		pfree(cache->json);
	cache->json = NULL;
	dp_read_recipe(json, &cache->recipe);
	cache->json = MemoryContextAlloc(flinfo->fn_mcxt, VARSIZE(json));
	memcpy(cache->json, json, VARSIZE(json));
	return &cache->recipe;
}

/* dp.augment(image bytea, recipe jsonb, seed bigint, key bigint) RETURNS bytea */
Datum
dp_augment(PG_FUNCTION_ARGS)
{
	const dpk_recipe *recipe = cached_recipe(fcinfo->flinfo, PG_GETARG_JSONB_P(1));

	PG_RETURN_BYTEA_P(dp_apply_recipe(PG_GETARG_BYTEA_PP(0), recipe, PG_GETARG_INT64(2), PG_GETARG_INT64(3)));
}
