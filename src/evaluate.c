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
#include "sized_model.h"
#include "source.h"
#include "tally.h"

#define MOST_SAMPLES 64			/* in one batch */
#define MOST_WORK ((size_t) 64 * 1024 * 1024)	/* bytes of it */
#define MOST_NAMED 5			/* rows left out that are named */

PG_FUNCTION_INFO_V1(dp_evaluate);
PG_FUNCTION_INFO_V1(dp_confusion);
PG_FUNCTION_INFO_V1(dp_evaluate_of_value);
PG_FUNCTION_INFO_V1(dp_confusion_of_value);

typedef struct evaluation
{
	FunctionCallInfo fcinfo;	/* argument 0 is the model */
	bool		is_value;		/* of type dp.model, else its name */
	dp_model_key key;			/* of a name: what it meant at the start */
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

/* The model, which SQL may have pushed out of the cache */
static void
find_model(evaluation *ev)
{
	ev->model = ev->is_value ? dp_predictor_of_value(ev->fcinfo, 0, false) : dp_predictor_get(ev->key);
}

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

/* The sample of a row, of 'image' where the model takes images, into its place in the batch */
static dpk_status
read_input(evaluation *ev, dp_source *source, int row, bytea *image, dpk_error *err)
{
	const dpk_input *input = &ev->model->model->input;
	void	   *x = ev->x + ev->n * ev->sample_bytes;
	const double *features;
	int			n;

	if (input->is_image)
		return image == NULL ? dpk_fail(err, DPK_INVALID, "image is null") : dp_sample_image(image, &ev->model->wanted, input, x, err);
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
	find_model(ev);				/* looking for the next rows ran SQL */
	noutputs = ev->model->model->noutputs;
	dp_predictor_run(ev->model, ev->n, ev->x, &ev->run, ev->y);
	for (int i = 0; i < ev->n; i++)
	{
		const float *y = ev->y + (size_t) i * noutputs;

		ev->weights += ev->weight[i];
		if (ev->actual != NULL)
			dp_tally_class(ev->tally, ev->actual[i], ev->weight[i], y);
		else if (ev->images != NULL)
			dp_tally_image(ev->tally, &ev->model->model->output, ev->images + (size_t) i * noutputs, ev->weight[i], y);
		else
			dp_tally_values(ev->tally, ev->target + (size_t) i * noutputs, ev->weight[i], y);
	}
	ev->nrows += ev->n;
	ev->n = 0;
}

/* Whether the model makes an image of an image of another size than it was trained on */
static bool
is_other_size(const evaluation *ev, bytea *image)
{
	const dp_predictor *p = ev->model;
	dpk_input	input;
	dpk_error	err;

	if (!dp_makes_images(p->model) || image == NULL || dp_sample_look(image, &p->wanted, &input, &err) != DPK_OK)
		return false;
	return input.h != p->model->input.h || input.w != p->model->input.w;
}

/* Such a row goes through a network of its own */
static dpk_status
run_other_size(evaluation *ev, dp_source *source, int row, bytea *image, dpk_error *err)
{
	bytea	   *target = dp_source_image(source, row, DP_COLUMN_LABEL);
	dp_sized_model *s;
	uint8	   *pixels;
	double		weight;
	dpk_status	status;

	if (target == NULL)
		return dpk_fail(err, DPK_INVALID, "target is null");
	if ((status = dp_source_weight(source, row, &weight, err)) != DPK_OK ||
		(status = dp_sized_read(ev->model, image, &s, err)) != DPK_OK)
		return status;
	pixels = palloc_extended(dpk_output_count(&s->output), MCXT_ALLOC_HUGE);
	if ((status = dp_sample_target(target, &s->output, "the model gives", pixels, err)) == DPK_OK)
	{
		dp_sized_run(ev->model, s);
		dp_tally_image(ev->tally, &s->output, pixels, weight, s->y);
		ev->weights += weight;
		ev->nrows++;
	}
	pfree(pixels);
	dp_sized_release(s);
	return status;
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
						model->input.is_image ? "images" : "features", model->input.is_image ? "features" : "images"),
				 model->input.is_image ? errhint("Its input is the first column, or that called image, of type bytea.")
				 : errhint("Its input is the first column, or that called features, of %d numbers.", model->input.c)));
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

/* Arguments (model, source text, on_error text) */
static dp_tally *
evaluate(FunctionCallInfo fcinfo, bool is_value, bool weighted)
{
	static const char *const on_error[] = {"error", "skip", NULL};
	evaluation *ev = palloc0(sizeof(evaluation));
	dp_source  *source;

	ev->skip = dp_choose("on_error", text_to_cstring(PG_GETARG_TEXT_PP(2)), on_error) == 1;
	ev->fcinfo = fcinfo;
	ev->is_value = is_value;
	if (!is_value)
		ev->key = dp_predictor_key(PG_GETARG_TEXT_PP(0));
	find_model(ev);
	prepare(ev);

	SPI_connect();
	source = dp_source_open("source", text_to_cstring(PG_GETARG_TEXT_PP(1)), true);
	find_model(ev);
	check_source(ev, source);
	while (dp_source_next_batch(source) > 0)
	{
		find_model(ev);
		for (int row = 0; row < source->nrows; row++)
		{
			bytea	   *image = ev->model->model->input.is_image ? dp_source_image(source, row, DP_COLUMN_INPUT) : NULL;
			dpk_error	err = {0};
			dpk_status	status;

			if (is_other_size(ev, image))
				status = run_other_size(ev, source, row, image, &err);
			else if ((status = read_label(ev, source, row, &err)) == DPK_OK &&
					 (status = dp_source_weight(source, row, &ev->weight[ev->n], &err)) == DPK_OK &&
					 (status = read_input(ev, source, row, image, &err)) == DPK_OK && ++ev->n == ev->most)
				run_batch(ev);
			if (status != DPK_OK)
				bad_row(ev, source, row, status, &err);
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

static Datum
measure(FunctionCallInfo fcinfo, bool is_value)
{
	InitMaterializedSRF(fcinfo, 0);
	dp_tally_metrics(evaluate(fcinfo, is_value, true), (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

static Datum
confuse(FunctionCallInfo fcinfo, bool is_value)
{
	const dp_stored_model *model = dp_predictor_of_argument(fcinfo, is_value, false)->model;

	InitMaterializedSRF(fcinfo, 0);
	if (model->nclasses == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" predicts values, not a class", model->name),
				 errhint("Use dp.evaluate.")));
	dp_tally_pairs(evaluate(fcinfo, is_value, false), (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

/* evaluate(model text, source text, on_error text) returns table (metric text, value float8) */
Datum
dp_evaluate(PG_FUNCTION_ARGS)
{
	return measure(fcinfo, false);
}

/* evaluate(model dp.model, source text, on_error text) */
Datum
dp_evaluate_of_value(PG_FUNCTION_ARGS)
{
	return measure(fcinfo, true);
}

/* confusion(model text, source text, on_error text) returns table (actual text, predicted text, count bigint) */
Datum
dp_confusion(PG_FUNCTION_ARGS)
{
	return confuse(fcinfo, false);
}

/* confusion(model dp.model, source text, on_error text) */
Datum
dp_confusion_of_value(PG_FUNCTION_ARGS)
{
	return confuse(fcinfo, true);
}
