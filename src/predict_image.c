/*
 * predict_image.c - what a trained model makes of an image where that is an image
 *
 * A network of convolutions alone takes images of any size, for its weights do
 * not depend on it.  So unless the network's input step says otherwise, it is built
 * for the size of the image at hand: whether it can be, and whether its weights
 * are those of the model, the shapes tell.  The last such network is kept for the
 * next image where it is no larger than the model cache.
 */
#include "compat.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "blas.h"
#include "imageio.h"
#include "model_cache.h"
#include "sample.h"
#include "settings.h"

PG_FUNCTION_INFO_V1(dp_predict_image_image);
PG_FUNCTION_INFO_V1(dp_reconstruction_error);

/* A model's network for images of one size */
typedef struct sized_network
{
	MemoryContext context;		/* holds all of it */
	int64		model_id;
	uint32		checksum;
	dpk_input	input;
	dpk_output	output;
	size_t		bytes;
	dpk_net    *net;
	float	   *params;
	dpk_run		run;
	uint8	   *x;				/* (h, w, c) of the input */
	float	   *y;				/* (h, w, c) of the output */
} sized_network;

static sized_network *last = NULL;	/* in CacheMemoryContext */

/* ---- a network for a size ---- */

static void
wrong_size(const dp_stored_model *model, const dpk_input *input, const dpk_error *err)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("model \"%s\" cannot take an image of %d x %d x %d", model->name, input->h, input->w, input->c),
			 err != NULL ? errdetail("In it %s.", err->message)
			 : errdetail("Its weights are for images of %d x %d x %d (height x width x channels).", model->input.h, model->input.w, model->input.c),
			 errhint("Bring it to %d x %d pixels with dp.image_resize() or dp.image_crop().", model->input.w, model->input.h)));
}

/* The network of the model for 'input', in the current context; the output is what comes of it */
static void
plan_network(sized_network *s, const dp_stored_model *model)
{
	int			nsteps;
	dpk_step   *steps = dp_read_steps("network", model->network, &nsteps);
	void	   *memory = palloc0(dpk_net_bytes(nsteps));
	dpk_layer_info info;
	dpk_error	err = {0};

	if (dpk_net_outline(memory, dpk_kernels_best(), steps, nsteps, &s->input, &model->output, &s->net, &err) != DPK_OK)
		wrong_size(model, &s->input, &err);
	dpk_net_layer(s->net, dpk_net_nlayers(s->net) - 1, &info);
	s->output = info.is_map ? (dpk_output) {info.h, info.w, info.c, true} : model->output;
	if (dpk_net_build(memory, dpk_kernels_best(), steps, nsteps, &s->input, model->loss, &s->output, &s->net, &err) != DPK_OK)
		wrong_size(model, &s->input, &err);
}

static void
check_weights(const sized_network *s, const dp_predictor *p)
{
	bool		same = dpk_net_ntensors(s->net) == dpk_net_ntensors(p->net);

	for (int i = 0; same && i < dpk_net_ntensors(s->net); i++)
	{
		const dpk_tensor *a = dpk_net_tensor(s->net, i),
				   *b = dpk_net_tensor(p->net, i);

		same = a->ndim == b->ndim && memcmp(a->shape, b->shape, sizeof(int) * a->ndim) == 0;
	}
	if (!same)
		wrong_size(p->model, &s->input, NULL);
}

static void
check_memory(const sized_network *s, const dp_stored_model *model)
{
	if (s->bytes / 1024 <= (size_t) dp_memory_limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("model \"%s\" needs %zu MB of memory for an image of %d x %d pixels, more than datapower.memory_limit",
					model->name, s->bytes / (1024 * 1024), s->input.w, s->input.h),
			 errhint("Cut the image into parts with dp.image_crop(), or ask for a higher limit (now %d MB).", dp_memory_limit / 1024)));
}

/* Plan, check, allocate and fill, in a context under the current one */
static sized_network *
build_sized(const dp_predictor *p, const dpk_input *input)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower image model", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	sized_network *s = palloc0(sizeof(sized_network));
	size_t		sample = mul_size(mul_size(input->h, input->w), input->c),
				params,
				work,
				output;
	float	   *scratch;

	s->context = context;
	s->model_id = p->model->model_id;
	s->checksum = p->model->checksum;
	s->input = *input;
	plan_network(s, p->model);
	check_weights(s, p);
	if (p->folded)
		dpk_net_fold(s->net);	/* as the weights are that it gets */
	params = mul_size(dpk_net_param_floats(s->net), sizeof(float));
	work = dpk_net_work_bytes(s->net, 1, false);
	output = mul_size(dpk_output_count(&s->output), sizeof(float));
	s->bytes = add_size(add_size(add_size(sample, params), add_size(work, output)), MemoryContextMemAllocated(context, true));
	check_memory(s, p->model);

	dp_blas_load();
	s->x = dp_alloc_aligned(sample);
	s->y = dp_alloc_aligned(output);
	s->params = dp_alloc_aligned(params);
	s->run = (dpk_run) {dp_alloc_work(work), dp_sgemm, &dp_stop};
	scratch = palloc_extended(mul_size(dpk_net_scratch_floats(s->net), sizeof(float)), MCXT_ALLOC_HUGE);
	for (int i = 0; i < dpk_net_ntensors(s->net); i++)
	{
		dpk_net_get(p->net, i, p->params, scratch);
		dpk_net_set(s->net, i, s->params, scratch);
	}
	pfree(scratch);
	MemoryContextSwitchTo(caller);
	return s;
}

/* That of the last image where it fits; a new one takes its place where the cache has room for it */
static sized_network *
find_sized(const dp_predictor *p, const dpk_input *input)
{
	sized_network *s = last;

	if (s != NULL && s->model_id == p->model->model_id && s->checksum == p->model->checksum &&
		s->input.h == input->h && s->input.w == input->w && s->input.c == input->c)
		return s;
	last = NULL;
	if (s != NULL)
		MemoryContextDelete(s->context);
	s = build_sized(p, input);
	if (s->bytes <= (size_t) dp_model_cache * 1024)
	{
		MemoryContextSetParent(s->context, CacheMemoryContext);
		last = s;
	}
	return s;
}

/* ---- an image through it ---- */

static void
check_model(const dp_stored_model *model)
{
	if (!model->input.is_image || !model->output.is_image)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" does not make images of images", model->name),
				 errdetail("It takes %s and gives %s.", model->input.is_image ? "images" : "features",
						   model->nclasses > 0 ? "a class" : "values"),
				 errhint("%s", model->nclasses > 0 ? "Use dp.predict." : "Use dp.predict_values.")));
}

/* Arguments (model text, image bytea) */
static sized_network *
run(FunctionCallInfo fcinfo)
{
	dp_predictor *p = dp_predictor_find(PG_GETARG_TEXT_PP(0), false);
	bytea	   *image = PG_GETARG_BYTEA_PP(1);
	dpk_input	input;
	sized_network *s;
	dpk_error	err = {0};

	check_model(p->model);
	dp_raise(dp_sample_look(image, &p->wanted, &input, &err), &err);
	/* without a word on colours in the input step, they are those of the training */
	input.c = p->model->input.c;
	s = find_sized(p, &input);
	dp_raise(dp_sample_image(image, &p->wanted, &s->input, s->x, &err), &err);
	err = (dpk_error) {.message = "could not run the network"};
	dp_raise(dpk_net_forward(s->net, &s->run, s->params, 1, s->x, s->y), &err);
	dp_predictor_check_finite(p, s->y, dpk_output_count(&s->output));
	PG_FREE_IF_COPY(image, 1);
	return s;
}

static void
free_unless_kept(sized_network *s)
{
	if (s != last)
		MemoryContextDelete(s->context);
}

/* predict_image(model text, image bytea) returns bytea, a PNG */
Datum
dp_predict_image_image(PG_FUNCTION_ARGS)
{
	sized_network *s = run(fcinfo);
	dpk_image  *image;
	bytea	   *result;

	if (s->output.c != 1 && s->output.c != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model gives %d channels, which are no image", s->output.c),
				 errdetail("Images have 1 channel (gray) or 3 (RGB).")));
	image = dp_new_image(s->output.w, s->output.h, s->output.c);
	for (size_t i = 0; i < dpk_output_count(&s->output); i++)
	{
		float		v = s->y[i] * 255;

		image->pixels[i] = v <= 0 ? 0 : v >= 255 ? 255 : (uint8) (v + 0.5f);
	}
	free_unless_kept(s);
	result = dp_encode_image(image, DPK_PNG, 0);
	pfree(image);
	PG_RETURN_BYTEA_P(result);
}

/* reconstruction_error(model text, image bytea) returns float8: mean squared difference of both on the scale from 0 to 1 */
Datum
dp_reconstruction_error(PG_FUNCTION_ARGS)
{
	sized_network *s = run(fcinfo);
	size_t		count = dpk_output_count(&s->output);
	double		sum = 0;

	if (s->output.h != s->input.h || s->output.w != s->input.w || s->output.c != s->input.c)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model makes an image of %d x %d x %d of one of %d x %d x %d", s->output.h, s->output.w, s->output.c,
						s->input.h, s->input.w, s->input.c),
				 errdetail("Only images of one size can be compared.")));
	for (size_t i = 0; i < count; i++)
	{
		double		d = s->y[i] - s->x[i] / 255.0;

		sum += d * d;
	}
	free_unless_kept(s);
	PG_RETURN_FLOAT8(sum / count);
}
