/*
 * sized_model.c - the network of a model, laid out for an image of any size
 */
#include "compat.h"

#include "utils/memutils.h"

#include "args.h"
#include "blas.h"
#include "sample.h"
#include "settings.h"
#include "sized_model.h"

static dp_sized_model own;		/* a predictor's, in the form of one of these */
static dp_sized_model *last = NULL; /* in CacheMemoryContext */

bool
dp_makes_images(const dp_stored_model *model)
{
	return model->input.is_image && model->output.is_image;
}

static dpk_status
wrong_size(const dp_stored_model *model, const dpk_input *input, const dpk_error *why, dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "model \"%s\" cannot take an image of %d x %d x %d", model->name, input->h, input->w, input->c);
	if (why != NULL)
		dpk_detail(err, "In it %s.", why->message);
	else
		dpk_detail(err, "Its weights are for images of %d x %d x %d (height x width x channels).", model->input.h, model->input.w, model->input.c);
	dpk_hint(err, "Bring it to %d x %d pixels with dp.image_resize() or dp.image_crop().", model->input.w, model->input.h);
	return DPK_INVALID;
}

/* The network of the model for s->input, in the current context; the output is what comes of it */
static dpk_status
plan_network(dp_sized_model *s, const dp_stored_model *model, dpk_error *err)
{
	int			nsteps;
	dpk_step   *steps = dp_read_steps("network", model->network, &nsteps);
	void	   *memory = palloc0(dpk_net_bytes(nsteps));
	dpk_layer_info info;
	dpk_error	why = {0};

	if (dpk_net_outline(memory, dpk_kernels_best(), steps, nsteps, &s->input, &model->output, &s->net, &why) != DPK_OK)
		return wrong_size(model, &s->input, &why, err);
	dpk_net_layer(s->net, dpk_net_nlayers(s->net) - 1, &info);
	s->output = info.is_map ? (dpk_output) {info.h, info.w, info.c, true} : model->output;
	if (dpk_net_build(memory, dpk_kernels_best(), steps, nsteps, &s->input, model->loss, &s->output, &s->net, &why) != DPK_OK)
		return wrong_size(model, &s->input, &why, err);
	return DPK_OK;
}

static dpk_status
check_weights(const dp_sized_model *s, const dp_predictor *p, dpk_error *err)
{
	bool		same = dpk_net_ntensors(s->net) == dpk_net_ntensors(p->net);

	for (int i = 0; same && i < dpk_net_ntensors(s->net); i++)
	{
		const dpk_tensor *a = dpk_net_tensor(s->net, i),
				   *b = dpk_net_tensor(p->net, i);

		same = a->ndim == b->ndim && memcmp(a->shape, b->shape, sizeof(int) * a->ndim) == 0;
	}
	return same ? DPK_OK : wrong_size(p->model, &s->input, NULL, err);
}

/* A small image may become one that no image may be */
static dpk_status
check_output(const dp_sized_model *s, const dp_stored_model *model, dpk_error *err)
{
	if ((size_t) s->output.h * s->output.w <= (size_t) dp_max_image_pixels)
		return DPK_OK;
	dpk_fail(err, DPK_TOO_BIG, "model \"%s\" makes an image of %d x %d pixels of one of %d x %d", model->name, s->output.w, s->output.h,
			 s->input.w, s->input.h);
	dpk_detail(err, "At most %d pixels are allowed by datapower.max_image_pixels.", dp_max_image_pixels);
	dpk_hint(err, "Cut the image into parts with dp.image_crop().");
	return DPK_TOO_BIG;
}

static dpk_status
check_memory(const dp_sized_model *s, const dp_stored_model *model, dpk_error *err)
{
	if (s->bytes / 1024 <= (size_t) dp_memory_limit)
		return DPK_OK;
	dpk_fail(err, DPK_TOO_BIG, "model \"%s\" needs %zu MB of memory for an image of %d x %d pixels, more than datapower.memory_limit",
			 model->name, s->bytes / (1024 * 1024), s->input.w, s->input.h);
	dpk_hint(err, "Cut the image into parts with dp.image_crop(), or ask for a higher limit (now %d MB).", dp_memory_limit / 1024);
	return DPK_TOO_BIG;
}

/* Plan, check, allocate and fill, in the current context, which is s->context */
static dpk_status
build(dp_sized_model *s, const dp_predictor *p, dpk_error *err)
{
	size_t		sample = mul_size(mul_size(s->input.h, s->input.w), s->input.c),
				params,
				work,
				output;
	float	   *scratch;
	dpk_status	status;

	if ((status = plan_network(s, p->model, err)) != DPK_OK ||
		(status = check_weights(s, p, err)) != DPK_OK ||
		(status = check_output(s, p->model, err)) != DPK_OK)
		return status;
	if (s->folded)
		dpk_net_fold(s->net);	/* as the weights are that it gets */
	params = mul_size(dpk_net_param_floats(s->net), sizeof(float));
	work = dpk_net_work_bytes(s->net, 1, false);
	output = mul_size(dpk_output_count(&s->output), sizeof(float));
	s->bytes = add_size(add_size(add_size(sample, params), add_size(work, output)), MemoryContextMemAllocated(s->context, true));
	if ((status = check_memory(s, p->model, err)) != DPK_OK)
		return status;

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
	return DPK_OK;
}

static dp_sized_model *
of_predictor(const dp_predictor *p)
{
	own = (dp_sized_model) {
		.key = p->key,.folded = p->folded,.input = p->model->input,.output = p->model->output,.bytes = p->bytes,
		.net = p->net,.params = p->params,.run = p->run,.x = p->x,.y = p->y
	};
	return &own;
}

static bool
same_size(const dpk_input *a, const dpk_input *b)
{
	return a->h == b->h && a->w == b->w && a->c == b->c;
}

/* The predictor's own, that of the last image, or a new one that takes its place where the cache has room for it */
static dpk_status
find(const dp_predictor *p, const dpk_input *input, dp_sized_model **result, dpk_error *err)
{
	dp_sized_model *s = last;
	MemoryContext context,
				caller;
	dpk_status	status;

	*result = NULL;
	if (same_size(input, &p->model->input))
	{
		*result = of_predictor(p);
		return check_output(*result, p->model, err);
	}
	if (s != NULL && dp_same_model(&s->key, &p->key) && s->folded == p->folded && same_size(&s->input, input))
	{
		*result = s;
		return check_output(s, p->model, err);
	}
	last = NULL;
	if (s != NULL)
		MemoryContextDelete(s->context);

	/* under the caller's context until it is complete, so that an error frees it */
	context = AllocSetContextCreate(CurrentMemoryContext, "datapower image model", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	s = palloc0(sizeof(dp_sized_model));
	s->context = context;
	s->key = p->key;
	s->folded = p->folded;
	s->input = *input;
	status = build(s, p, err);
	MemoryContextSwitchTo(caller);
	if (status != DPK_OK)
	{
		MemoryContextDelete(context);
		return status;
	}
	if (s->bytes <= (size_t) dp_model_cache * 1024)
	{
		MemoryContextSetParent(context, CacheMemoryContext);
		last = s;
	}
	*result = s;
	return DPK_OK;
}

dpk_status
dp_sized_read(dp_predictor *p, bytea *image, dp_sized_model **result, dpk_error *err)
{
	dpk_input	input;
	dp_sized_model *s = NULL;
	dpk_status	status;

	*result = NULL;
	if ((status = dp_sample_look(image, &p->wanted, &input, err)) != DPK_OK)
		return status;
	/* without a word on colours in the input step, they are those of the training */
	input.c = p->model->input.c;
	if ((status = find(p, &input, &s, err)) == DPK_OK &&
		(status = dp_sample_image(image, &p->wanted, &s->input, s->x, err)) == DPK_OK)
		*result = s;
	else if (s != NULL)
		dp_sized_release(s);
	return status;
}

void
dp_sized_run(const dp_predictor *p, dp_sized_model *s)
{
	dpk_error	err = {.message = "could not run the network"};

	dp_raise(dpk_net_forward(s->net, &s->run, s->params, 1, s->x, s->y), &err);
	dp_predictor_check_finite(p, s->y, dpk_output_count(&s->output));
}

void
dp_sized_release(dp_sized_model *s)
{
	if (s->context != NULL && s != last)
		MemoryContextDelete(s->context);
}
