/*
 * embed.c - what a layer inside a trained network makes of one row
 */
#include "compat.h"

#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "model_cache.h"

#define MOST_NUMBERS ((MaxAllocSize - 64) / sizeof(float8))	/* in one array */

PG_FUNCTION_INFO_V1(dp_embed_image);
PG_FUNCTION_INFO_V1(dp_embed_features);

static const char *
layer_name(const dp_predictor *p, int layer)
{
	dpk_layer_info info;

	dpk_net_layer(p->net, layer, &info);
	return info.name;
}

static void
no_layer(const dp_predictor *p, const char *message)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < dpk_net_nlayers(p->net); i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", layer_name(p, i));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", message),
			 errhint("Its layers are %s.", list.data)));
}

/* The layer called 'name' (NULL: the one before the last dense layer) */
static int
find_layer(const dp_predictor *p, const text *name)
{
	int			layer = dpk_net_embedding_layer(p->net);
	size_t		count;

	if (name != NULL)
		for (layer = dpk_net_nlayers(p->net) - 1; layer >= 0; layer--)
		{
			const char *this = layer_name(p, layer);

			if (strlen(this) == VARSIZE_ANY_EXHDR(name) && memcmp(this, VARDATA_ANY(name), strlen(this)) == 0)
				break;
		}
	if (layer < 0)
		no_layer(p, name == NULL ? psprintf("model \"%s\" has no dense layer: say which layer is wanted", p->model->name)
				 : psprintf("model \"%s\" has no layer \"%s\"", p->model->name, text_to_cstring(name)));
	count = dp_predictor_layer_count(p, layer);
	if (count > MOST_NUMBERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the output of layer \"%s\" is too large for an array", layer_name(p, layer)),
				 errdetail("It has %zu numbers, more than %zu.", count, (size_t) MOST_NUMBERS)));
	return layer;
}

/* The sample in 'p' up to the layer, as a float8[] */
static ArrayType *
run(dp_predictor *p, const text *name)
{
	int			layer = find_layer(p, name);
	size_t		count = dp_predictor_layer_count(p, layer);
	size_t		size = ARR_OVERHEAD_NONULLS(1) + count * sizeof(float8);
	ArrayType  *result = palloc(size);
	float8	   *numbers;
	float	   *y;

	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->dataoffset = 0;
	result->elemtype = FLOAT8OID;
	ARR_DIMS(result)[0] = (int) count;
	ARR_LBOUND(result)[0] = 1;
	numbers = (float8 *) ARR_DATA_PTR(result);

	/* into the upper half, so that number i is read before its place is written over */
	y = (float *) numbers + count;
	dp_predictor_run_to(p, layer, y);
	for (size_t i = 0; i < count; i++)
	{
		float		v = y[i];

		numbers[i] = v;
	}
	return result;
}

/* embed(model text, image bytea, layer text DEFAULT NULL) returns float8[] */
Datum
dp_embed_image(PG_FUNCTION_ARGS)
{
	dp_predictor *p;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	p = dp_predictor_find(PG_GETARG_TEXT_PP(0));
	dp_predictor_read_image(p, PG_GETARG_BYTEA_PP(1));
	PG_RETURN_ARRAYTYPE_P(run(p, PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2)));
}

/* embed(model text, features float8[], layer text DEFAULT NULL) returns float8[] */
Datum
dp_embed_features(PG_FUNCTION_ARGS)
{
	dp_predictor *p;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	p = dp_predictor_find(PG_GETARG_TEXT_PP(0));
	dp_predictor_read_features(p, PG_GETARG_ARRAYTYPE_P(1));
	PG_RETURN_ARRAYTYPE_P(run(p, PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2)));
}
