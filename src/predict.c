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
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "model_cache.h"
#include "sample.h"

PG_FUNCTION_INFO_V1(dp_predict_image);
PG_FUNCTION_INFO_V1(dp_predict_features);
PG_FUNCTION_INFO_V1(dp_predict_proba_image);
PG_FUNCTION_INFO_V1(dp_predict_proba_features);
PG_FUNCTION_INFO_V1(dp_predict_value_image);
PG_FUNCTION_INFO_V1(dp_predict_value_features);
PG_FUNCTION_INFO_V1(dp_predict_values_image);
PG_FUNCTION_INFO_V1(dp_predict_values_features);

typedef enum wanted_output
{
	WANT_CLASS,
	WANT_VALUE,
	WANT_VALUES
} wanted_output;

static void
check_output(const dp_stored_model *model, wanted_output want)
{
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

/* Arguments (model text, image bytea) or (model text, features float8[]): fills y */
static dp_predictor *
run(FunctionCallInfo fcinfo, bool is_image, wanted_output want)
{
	dp_predictor *p = dp_predictor_find(PG_GETARG_TEXT_PP(0));

	check_output(p->model, want);
	if (is_image)
	{
		bytea	   *image = PG_GETARG_BYTEA_PP(1);

		dp_predictor_read_image(p, image);
		PG_FREE_IF_COPY(image, 1);
	}
	else
		dp_predictor_read_features(p, PG_GETARG_ARRAYTYPE_P(1));
	dp_predictor_run(p, 1, p->x, &p->run, p->y);
	return p;
}

static Datum
predict_class(FunctionCallInfo fcinfo, bool is_image)
{
	dp_predictor *p = run(fcinfo, is_image, WANT_CLASS);
	int			best = 0;

	for (int i = 1; i < p->model->noutputs; i++)
		if (p->y[i] > p->y[best])
			best = i;
	PG_RETURN_TEXT_P(cstring_to_text(p->model->classes[best]));
}

/* predict(model text, image bytea) returns text */
Datum
dp_predict_image(PG_FUNCTION_ARGS)
{
	return predict_class(fcinfo, true);
}

/* predict(model text, features float8[]) returns text */
Datum
dp_predict_features(PG_FUNCTION_ARGS)
{
	return predict_class(fcinfo, false);
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
predict_proba(FunctionCallInfo fcinfo, bool is_image)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	dp_predictor *p;
	int		   *order;

	InitMaterializedSRF(fcinfo, 0);
	p = run(fcinfo, is_image, WANT_CLASS);
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

/* predict_proba(model text, image bytea) returns table (class text, probability float8) */
Datum
dp_predict_proba_image(PG_FUNCTION_ARGS)
{
	return predict_proba(fcinfo, true);
}

/* predict_proba(model text, features float8[]) returns table (class text, probability float8) */
Datum
dp_predict_proba_features(PG_FUNCTION_ARGS)
{
	return predict_proba(fcinfo, false);
}

/* predict_value(model text, image bytea) returns float8 */
Datum
dp_predict_value_image(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(run(fcinfo, true, WANT_VALUE)->y[0]);
}

/* predict_value(model text, features float8[]) returns float8 */
Datum
dp_predict_value_features(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(run(fcinfo, false, WANT_VALUE)->y[0]);
}

static Datum
predict_values(FunctionCallInfo fcinfo, bool is_image)
{
	dp_predictor *p = run(fcinfo, is_image, WANT_VALUES);
	Datum	   *values = palloc(mul_size(p->model->noutputs, sizeof(Datum)));

	for (int i = 0; i < p->model->noutputs; i++)
		values[i] = Float8GetDatum(p->y[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, p->model->noutputs, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* predict_values(model text, image bytea) returns float8[] */
Datum
dp_predict_values_image(PG_FUNCTION_ARGS)
{
	return predict_values(fcinfo, true);
}

/* predict_values(model text, features float8[]) returns float8[] */
Datum
dp_predict_values_features(PG_FUNCTION_ARGS)
{
	return predict_values(fcinfo, false);
}
