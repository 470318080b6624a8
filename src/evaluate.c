/*
 * evaluate.c - how good a model is on a table
 *
 * Rows are read through a cursor, turned into samples as dp.predict() does,
 * and run through the network a batch at a time.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "args.h"
#include "blas.h"
#include "model_cache.h"
#include "sample.h"
#include "settings.h"
#include "source.h"
#include "tally.h"

#define MOST_SAMPLES 64			/* in one batch */
#define MOST_WORK ((size_t) 64 * 1024 * 1024)	/* bytes of it */
#define MOST_NAMED 5			/* rows left out that are named */

PG_FUNCTION_INFO_V1(dp_evaluate);
PG_FUNCTION_INFO_V1(dp_confusion);

typedef struct evaluation
{
	dp_model_key key;
	dp_predictor *model;		/* until SQL is run */
	bool		skip;			/* on_error */

	int			most,			/* samples in a batch */
				n;				/* of them waiting */
	size_t		sample_bytes;
	char	   *x;
	float	   *y;
	int		   *actual;			/* (most), of classes */
	double	   *target;			/* (most, noutputs), of values */
	uint8	   *images;			/* (most, noutputs), of target images */
	double	   *weight;			/* (most) */
	dpk_run		run;

	dp_tally   *tally;
	int64		nrows,
				nskipped;
	double		weights;		/* of those rows */
	StringInfoData skipped;		/* the first of them */
} evaluation;

/* ---- rows ---- */

static void
bad_row(evaluation *ev, dp_source *source, int row, dpk_status status, dpk_error *err)
{
	if (!ev->skip)
	{
		size_t		used = strlen(err->detail);

		snprintf(err->detail + used, sizeof(err->detail) - used, "%sIt is %s of the source.",
				 used == 0 ? "" : err->detail[used - 1] == '.' ? " " : ". ", dp_source_row_name(source, row));
		if (err->hint[0] == '\0')
			dpk_hint(err, "on_error => 'skip' leaves such rows out.");
		dp_raise(status, err);
	}
	if (ev->nskipped++ < MOST_NAMED)
		appendStringInfo(&ev->skipped, "%s%s", ev->skipped.len > 0 ? ", " : "", dp_source_row_name(source, row));
}

static dpk_status
read_class(evaluation *ev, dp_source *source, int row, dpk_error *err)
{
	const char *label = dp_source_class(source, row);

	if (label == NULL)
		return dpk_fail(err, DPK_INVALID, "label is null");
	ev->actual[ev->n] = dp_tally_label(ev->tally, label);
	return DPK_OK;
}

static dpk_status
read_target(evaluation *ev, dp_source *source, int row, dpk_error *err)
{
	int			noutputs = ev->model->model->noutputs,
				n;
	const double *values = dp_source_numbers(source, row, DP_COLUMN_LABEL, &n);

	if (values == NULL)
		return dpk_fail(err, DPK_INVALID, "target is null or not finite");
	if (n != noutputs)
		return dpk_fail(err, DPK_INVALID, "row has %d targets, but the model predicts %d values", n, noutputs);
	for (int i = 0; ev->model->model->loss == DPK_BINARY_CROSS_ENTROPY && i < n; i++)
		if (!(values[i] >= 0 && values[i] <= 1))
			return dpk_fail(err, DPK_INVALID, "target %g is not a probability, from 0 to 1", values[i]);
	memcpy(ev->target + (size_t) ev->n * noutputs, values, noutputs * sizeof(double));
	return DPK_OK;
}

static dpk_status
read_image(evaluation *ev, dp_source *source, int row, dpk_error *err)
{
	const dpk_output *output = &ev->model->model->output;
	bytea	   *image = dp_source_image(source, row, DP_COLUMN_LABEL);

	if (image == NULL)
		return dpk_fail(err, DPK_INVALID, "target is null");
	return dp_sample_target(image, output, "the model gives", ev->images + ev->n * dpk_output_count(output), err);
}

static dpk_status
read_label(evaluation *ev, dp_source *source, int row, dpk_error *err)
{
	return (ev->actual != NULL ? read_class : ev->images != NULL ? read_image : read_target) (ev, source, row, err);
}

/* The sample of a row into its place in the batch */
static dpk_status
read_input(evaluation *ev, dp_source *source, int row, dpk_error *err)
{
	const dpk_input *input = &ev->model->model->input;
	void	   *x = ev->x + ev->n * ev->sample_bytes;
	const double *features;
	int			n;

	if (input->is_image)
	{
		bytea	   *image = dp_source_image(source, row, DP_COLUMN_INPUT);

		if (image == NULL)
			return dpk_fail(err, DPK_INVALID, "image is null");
		return dp_sample_image(image, &ev->model->wanted, input, x, err);
	}
	features = dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);
	if (n < 0)
		return dpk_fail(err, DPK_INVALID, "features are null");
	return dp_sample_features(features, n, input, x, err);
}

static void
run_batch(evaluation *ev)
{
	int			noutputs;

	if (ev->n == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	ev->model = dp_predictor_get(ev->key);	/* looking for the next rows ran SQL */
	noutputs = ev->model->model->noutputs;
	dp_predictor_run(ev->model, ev->n, ev->x, &ev->run, ev->y);
	for (int i = 0; i < ev->n; i++)
	{
		const float *y = ev->y + (size_t) i * noutputs;

		ev->weights += ev->weight[i];
		if (ev->actual != NULL)
			dp_tally_class(ev->tally, ev->actual[i], ev->weight[i], y);
		else if (ev->images != NULL)
			dp_tally_image(ev->tally, ev->images + (size_t) i * noutputs, ev->weight[i], y);
		else
			dp_tally_values(ev->tally, ev->target + (size_t) i * noutputs, ev->weight[i], y);
	}
	ev->nrows += ev->n;
	ev->n = 0;
}

/* ---- one pass over the source ---- */

/*
 * Products of matrices gain from many samples, convolutions do not: so there
 * are as many as MOST_WORK holds, and one in any case.
 */
static void
prepare(evaluation *ev)
{
	const dp_stored_model *model = ev->model->model;
	size_t		work;

	ev->most = MOST_SAMPLES;
	while ((work = dpk_net_work_bytes(ev->model->net, ev->most, false)) > MOST_WORK && ev->most > 1)
		ev->most /= 2;
	if (work / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model \"%s\" is too big to be evaluated", model->name),
				 errdetail("It needs %zu kB, and datapower.memory_limit is %d kB.", work / 1024 + 1, dp_memory_limit)));

	ev->sample_bytes = (size_t) model->input.h * model->input.w * model->input.c * (model->input.is_image ? 1 : sizeof(float));
	ev->x = dp_alloc_aligned(mul_size(ev->sample_bytes, ev->most));
	ev->y = dp_alloc_aligned(mul_size(mul_size(model->noutputs, ev->most), sizeof(float)));
	ev->weight = palloc(mul_size(ev->most, sizeof(double)));
	ev->run.work = dp_alloc_work(work);
	ev->run.sgemm = dp_sgemm;
	ev->run.stop = &dp_stop;
	if (model->nclasses > 0)
		ev->actual = palloc(mul_size(ev->most, sizeof(int)));
	else if (model->output.is_image)
		ev->images = dp_alloc_aligned(mul_size(model->noutputs, ev->most));
	else
		ev->target = dp_alloc_aligned(mul_size(mul_size(model->noutputs, ev->most), sizeof(double)));
	ev->tally = dp_new_tally(&model->output, model->loss, model->nclasses, model->classes);
	initStringInfo(&ev->skipped);
}

static void
check_source(const evaluation *ev, const dp_source *source)
{
	const dp_stored_model *model = ev->model->model;
	dp_column_kind label = source->kind[DP_COLUMN_LABEL];
	bool		is_class = label == DP_CLASS_TEXT || label == DP_CLASS_INTEGER,
				is_image = label == DP_IMAGE;

	if ((source->kind[DP_COLUMN_INPUT] == DP_IMAGE) != model->input.is_image)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" takes %s, but the source has %s", model->name,
						model->input.is_image ? "images" : "features", model->input.is_image ? "features" : "images")));
	if (model->output.is_image != is_image)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts %s, but the label of the source is %s", model->name,
						is_image ? model->nclasses > 0 ? "a class" : "values" : "images", is_image ? "an image" : "no image")));
	if (model->nclasses > 0 ? !is_class : label == DP_CLASS_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts %s, but the label of the source is %s", model->name,
						model->nclasses > 0 ? "a class" : "values", model->nclasses > 0 ? "not text or an integer" : "not a number")));
}

/* Arguments (model text, source text, on_error text) */
static dp_tally *
evaluate(FunctionCallInfo fcinfo, bool weighted)
{
	static const char *const on_error[] = {"error", "skip", NULL};
	evaluation *ev = palloc0(sizeof(evaluation));
	dp_source  *source;

	ev->skip = dp_choose("on_error", text_to_cstring(PG_GETARG_TEXT_PP(2)), on_error) == 1;
	ev->key = dp_predictor_key(PG_GETARG_TEXT_PP(0));
	ev->model = dp_predictor_get(ev->key);
	prepare(ev);

	SPI_connect();
	source = dp_source_open("source", text_to_cstring(PG_GETARG_TEXT_PP(1)), true);
	ev->model = dp_predictor_get(ev->key);
	check_source(ev, source);
	while (dp_source_next_batch(source) > 0)
	{
		ev->model = dp_predictor_get(ev->key);
		for (int row = 0; row < source->nrows; row++)
		{
			dpk_error	err = {0};
			dpk_status	status;

			if ((status = read_label(ev, source, row, &err)) != DPK_OK ||
				(status = dp_source_weight(source, row, &ev->weight[ev->n], &err)) != DPK_OK ||
				(status = read_input(ev, source, row, &err)) != DPK_OK)
				bad_row(ev, source, row, status, &err);
			else if (++ev->n == ev->most)
				run_batch(ev);
		}
	}
	run_batch(ev);
	dp_source_close(source);
	SPI_finish();

	if (ev->nskipped > 0)
		ereport(NOTICE,
				(errmsg("rows left out: " INT64_FORMAT, ev->nskipped),
				 errdetail("They are %s%s.", ev->skipped.data, ev->nskipped > MOST_NAMED ? ", ..." : "")));
	if (ev->nrows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the source has no rows to evaluate")));
	if (weighted && ev->weights == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the weights of the source are all zero")));
	return ev->tally;
}

/* evaluate(model text, source text, on_error text) returns table (metric text, value float8) */
Datum
dp_evaluate(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	dp_tally_metrics(evaluate(fcinfo, true), (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

/* confusion(model text, source text, on_error text) returns table (actual text, predicted text, count bigint) */
Datum
dp_confusion(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (dp_predictor_find(PG_GETARG_TEXT_PP(0), false)->model->nclasses == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts values, not a class", text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("Use dp.evaluate.")));
	dp_tally_pairs(evaluate(fcinfo, false), (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
