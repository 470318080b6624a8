/*
 * predict.c - what a trained model says about one row
 *
 * Each function finds the model, turns its input into a sample as training
 * did, and runs the network with the buffers that lie beside it in the cache:
 * nothing is allocated for a layer.
 */
#include "compat.h"

#include "catalog/pg_type_d.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "model_cache.h"
#include "sample.h"
#include "sized_model.h"

#define MOST_NUMBERS ((MaxAllocSize - 64) / sizeof(float8))	/* in one array */

/* What the arguments of a function are */
typedef struct arguments
{
	bool		is_value,		/* model dp.model, else its name */
				is_image;		/* image bytea, else features float8[] */
} arguments;

/* The four functions of one name */
#define PREDICTION(name, function) \
PG_FUNCTION_INFO_V1(dp_##name##_image); \
PG_FUNCTION_INFO_V1(dp_##name##_features); \
PG_FUNCTION_INFO_V1(dp_##name##_of_value_image); \
PG_FUNCTION_INFO_V1(dp_##name##_of_value_features); \
Datum \
dp_##name##_image(PG_FUNCTION_ARGS) \
{ \
	return function(fcinfo, (arguments) {false, true}); \
} \
Datum \
dp_##name##_features(PG_FUNCTION_ARGS) \
{ \
	return function(fcinfo, (arguments) {false, false}); \
} \
Datum \
dp_##name##_of_value_image(PG_FUNCTION_ARGS) \
{ \
	return function(fcinfo, (arguments) {true, true}); \
} \
Datum \
dp_##name##_of_value_features(PG_FUNCTION_ARGS) \
{ \
	return function(fcinfo, (arguments) {true, false}); \
}

typedef enum wanted_output
{
	WANT_CLASS,
	WANT_VALUE,
	WANT_VALUES
} wanted_output;

static void
check_output(const dp_stored_model *model, wanted_output want)
{
	if (model->output.is_image && want != WANT_VALUES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" makes images", model->name),
				 errhint("Use dp.predict_image.")));
	if (want == WANT_CLASS && model->nclasses == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts values, not a class", model->name),
				 errhint("Use dp.predict_value or dp.predict_values.")));
	if (want != WANT_CLASS && model->nclasses > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts a class, not values", model->name),
				 errhint("Use dp.predict or dp.predict_proba.")));
	if (want == WANT_VALUE && model->noutputs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts %d values, not one", model->name, model->noutputs),
				 errhint("Use dp.predict_values.")));
}

/* The sample of argument 1 into p->x */
static void
load_sample(FunctionCallInfo fcinfo, arguments a, dp_predictor *p)
{
	if (a.is_image)
	{
		bytea	   *image = PG_GETARG_BYTEA_PP(1);

		dp_predictor_read_image(p, image);
		PG_FREE_IF_COPY(image, 1);
	}
	else
		dp_predictor_read_features(p, PG_GETARG_ARRAYTYPE_P(1));
}

/* The model of argument 0, with its output for argument 1 in p->y */
static dp_predictor *
run(FunctionCallInfo fcinfo, arguments a, wanted_output want)
{
	dp_predictor *p = dp_predictor_of_argument(fcinfo, a.is_value, false);

	check_output(p->model, want);
	load_sample(fcinfo, a, p);
	dp_predictor_run(p, 1, p->x, &p->run, p->y);
	return p;
}

static Datum
predict_class(FunctionCallInfo fcinfo, arguments a)
{
	dp_predictor *p = run(fcinfo, a, WANT_CLASS);
	int			best = 0;

	for (int i = 1; i < p->model->noutputs; i++)
		if (p->y[i] > p->y[best])
			best = i;
	PG_RETURN_TEXT_P(cstring_to_text(p->model->classes[best]));
}

static int
compare_outputs(const void *a, const void *b, void *y)
{
	int			i = *(const int *) a,
				j = *(const int *) b;
	float		yi = ((float *) y)[i],
				yj = ((float *) y)[j];

	if (yi != yj)
		return yi > yj ? -1 : 1;
	return i < j ? -1 : i > j;
}

static Datum
predict_proba(FunctionCallInfo fcinfo, arguments a)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	dp_predictor *p;
	int		   *order;

	InitMaterializedSRF(fcinfo, 0);
	p = run(fcinfo, a, WANT_CLASS);
	order = palloc(mul_size(p->model->noutputs, sizeof(int)));
	for (int i = 0; i < p->model->noutputs; i++)
		order[i] = i;
	qsort_arg(order, p->model->noutputs, sizeof(int), compare_outputs, p->y);
	for (int i = 0; i < p->model->noutputs; i++)
	{
		Datum		values[2] = {
			CStringGetTextDatum(p->model->classes[order[i]]),
			Float8GetDatum(p->y[order[i]])
		};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	pfree(order);
	return (Datum) 0;
}

/* n floats as a float8[] */
static Datum
numbers_of(const float *y, int n)
{
	Datum	   *values = palloc(mul_size(n, sizeof(Datum)));

	for (int i = 0; i < n; i++)
		values[i] = Float8GetDatum(y[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
predict_probabilities(FunctionCallInfo fcinfo, arguments a)
{
	dp_predictor *p = run(fcinfo, a, WANT_CLASS);

	return numbers_of(p->y, p->model->noutputs);
}

/* 'what' has so many numbers */
static void
check_array(const char *what, const char *name, size_t count)
{
	if (count > MOST_NUMBERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the output of %s \"%s\" is too large for an array", what, name),
				 errdetail("It has %zu numbers, more than %zu.", count, (size_t) MOST_NUMBERS)));
}

static Datum
predict_values(FunctionCallInfo fcinfo, arguments a)
{
	dp_predictor *p = run(fcinfo, a, WANT_VALUES);

	check_array("model", p->model->name, p->model->noutputs);
	return numbers_of(p->y, p->model->noutputs);
}

/* ---- the output of a layer ---- */

/* A network with a sample */
typedef struct loaded
{
	const dpk_net *net;
	const dpk_run *run;
	const float *params;
	const void *x;
} loaded;

static void
no_layer(const dpk_net *net, const char *message)
{
	StringInfoData list;
	dpk_layer_info info;

	initStringInfo(&list);
	for (int i = 0; i < dpk_net_nlayers(net); i++)
	{
		dpk_net_layer(net, i, &info);
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", info.name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", message),
			 errhint("Its layers are %s.", list.data)));
}

/* The layer called 'name' (NULL: the one before the last dense layer) */
static int
find_layer(const dp_predictor *p, const dpk_net *net, const text *name, dpk_layer_info *info)
{
	int			layer = dpk_net_embedding_layer(net);

	if (name != NULL)
		for (layer = dpk_net_nlayers(net) - 1; layer >= 0; layer--)
		{
			dpk_net_layer(net, layer, info);
			if (strlen(info->name) == VARSIZE_ANY_EXHDR(name) && memcmp(info->name, VARDATA_ANY(name), strlen(info->name)) == 0)
				break;
		}
	if (layer < 0)
		no_layer(net, name == NULL ? psprintf("model \"%s\" has no dense layer: say which layer is wanted", p->model->name)
				 : psprintf("model \"%s\" has no layer \"%s\"", p->model->name, text_to_cstring(name)));
	dpk_net_layer(net, layer, info);
	return layer;
}

/* The sample up to the layer, as a float8[] in the order of (h, w, c) */
static ArrayType *
run_to_layer(const dp_predictor *p, const loaded *l, const text *name)
{
	dpk_layer_info info;
	int			layer = find_layer(p, l->net, name, &info);
	size_t		count = (size_t) info.h * info.w * info.c;
	size_t		size = ARR_OVERHEAD_NONULLS(1) + count * sizeof(float8);
	dpk_error	err = {.message = "could not run the network"};
	ArrayType  *result;
	float8	   *numbers;
	float	   *y;

	check_array("layer", info.name, count);
	result = palloc(size);
	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->dataoffset = 0;
	result->elemtype = FLOAT8OID;
	ARR_DIMS(result)[0] = (int) count;
	ARR_LBOUND(result)[0] = 1;
	numbers = (float8 *) ARR_DATA_PTR(result);

	/* into the upper half, so that number i is read before its place is written over */
	y = (float *) numbers + count;
	dp_raise(dpk_net_layer_forward(l->net, l->run, l->params, 1, l->x, layer, y), &err);
	dp_predictor_check_finite(p, y, count);
	for (size_t i = 0; i < count; i++)
	{
		float		v = y[i];

		numbers[i] = v;
	}
	return result;
}

static Datum
embed(FunctionCallInfo fcinfo, arguments a)
{
	dp_predictor *p;
	const text *name;
	ArrayType  *result;
	dp_sized_model *s;
	dpk_error	err = {0};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	name = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	p = dp_predictor_of_argument(fcinfo, a.is_value, true);
	if (!a.is_image || !dp_makes_images(p->model))
	{
		load_sample(fcinfo, a, p);
		PG_RETURN_ARRAYTYPE_P(run_to_layer(p, &(loaded) {p->net, &p->run, p->params, p->x}, name));
	}
	dp_raise(dp_sized_read(p, PG_GETARG_BYTEA_PP(1), &s, &err), &err);
	result = run_to_layer(p, &(loaded) {s->net, &s->run, s->params, s->x}, name);
	dp_sized_release(s);
	PG_RETURN_ARRAYTYPE_P(result);
}

static Datum
predict_value(FunctionCallInfo fcinfo, arguments a)
{
	PG_RETURN_FLOAT8(run(fcinfo, a, WANT_VALUE)->y[0]);
}

/* predict(model, input) returns text */
PREDICTION(predict, predict_class)

/* predict_proba(model, input) returns table (class text, probability float8) */
PREDICTION(predict_proba, predict_proba)

/* predict_probabilities(model, input) returns float8[] */
PREDICTION(predict_probabilities, predict_probabilities)

/* predict_value(model, input) returns float8 */
PREDICTION(predict_value, predict_value)

/* predict_values(model, input) returns float8[] */
PREDICTION(predict_values, predict_values)

/* embed(model, input, layer text) returns float8[] */
PREDICTION(embed, embed)
