/*
 * nets.h - networks written as text in a test, with everything they need
 *
 *		net_of("conv2d filters=4 kernel=3,3 activation=relu; flatten; dense activation=softmax", ...)
 * A value in letters is a string, "a|b" a list of strings; true and false are
 * booleans.  This stands in for the JSON that PostgreSQL parses.
 */
#ifndef NETS_H
#define NETS_H

#include "network.h"
#include "specs.h"
#include "tap.h"

/* A network with its slabs and a batch of n random samples */
typedef struct rig
{
	spec		spec;
	void	   *memory;
	dpk_net    *net;
	float	   *params,
			   *grad;
	dpk_run		run;
	size_t		work_bytes;
	dpk_input	input;
	dpk_batch	batch;
	uint8_t    *images;
	float	   *features,
			   *target,
			   *weight;
	int64_t    *keys;
} rig;

/* Numbers in [0, 1) for data; not for anything that must be random */
__attribute__((unused)) static float
next_number(void)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return (float) (state >> 8) / 16777216.0f;
}

static void *
aligned(size_t bytes)
{
	void	   *p = aligned_alloc(DPK_ALIGN, (bytes + DPK_ALIGN) / DPK_ALIGN * DPK_ALIGN);

	memset(p, 0, (bytes + DPK_ALIGN) / DPK_ALIGN * DPK_ALIGN);
	return p;
}

static dpk_status
rig_build_output(rig *r, const dpk_kernels *kernels, const char *text, dpk_input input, dpk_loss loss, dpk_output output, dpk_error *err)
{
	memset(r, 0, sizeof(*r));
	memset(err, 0, sizeof(*err));
	spec_read(&r->spec, text);
	r->input = input;
	r->memory = malloc(dpk_net_bytes(r->spec.nsteps));
	return dpk_net_build(r->memory, kernels, r->spec.steps, r->spec.nsteps, &r->input, loss, &output, &r->net, err);
}

__attribute__((unused)) static dpk_status
rig_build(rig *r, const dpk_kernels *kernels, const char *text, dpk_input input, dpk_loss loss, int noutputs, dpk_error *err)
{
	return rig_build_output(r, kernels, text, input, loss, dpk_values(noutputs), err);
}

/* Slabs, initial weights and a batch; where the network cannot be built, says so and returns false */
__attribute__((unused)) static bool
rig_start_output(rig *r, const dpk_kernels *kernels, const char *text, dpk_input input, dpk_loss loss, dpk_output output, int n)
{
	dpk_error	err;
	size_t		count = (size_t) n * input.h * input.w * input.c;
	int			noutputs = (int) dpk_output_count(&output),
				ntargets = loss == DPK_CROSS_ENTROPY ? n : n * noutputs;
	float	   *scratch;

	if (rig_build_output(r, kernels, text, input, loss, output, &err) != DPK_OK)
	{
		ok(false, "%s: %s (%s)", text, err.message, err.detail);
		return false;
	}
	r->work_bytes = dpk_net_work_bytes(r->net, n, true);
	r->run = (dpk_run) {aligned(r->work_bytes), dpk_sgemm_reference, NULL};
	r->params = aligned(sizeof(float) * dpk_net_param_floats(r->net));
	r->grad = aligned(sizeof(float) * dpk_net_param_floats(r->net));
	scratch = aligned(sizeof(float) * dpk_net_scratch_floats(r->net));
	dpk_net_init(r->net, r->params, 7, scratch);
	free(scratch);

	r->images = malloc(count);
	r->features = malloc(sizeof(float) * count);
	r->target = malloc(sizeof(float) * ntargets);
	r->weight = malloc(sizeof(float) * n);
	r->keys = malloc(sizeof(int64_t) * n);
	for (size_t i = 0; i < count; i++)
	{
		r->features[i] = 2 * next_number() - 1;
		r->images[i] = (uint8_t) (256 * next_number());
	}
	for (int i = 0; i < ntargets; i++)
		r->target[i] = loss == DPK_CROSS_ENTROPY ? (float) (int) (noutputs * next_number()) : next_number();
	for (int i = 0; i < n; i++)
	{
		r->weight[i] = 0.5f + next_number();
		r->keys[i] = 1000 + 17 * i;
	}
	r->batch = (dpk_batch) {
		.n = n, .x = input.is_image ? (void *) r->images : (void *) r->features, .target = r->target,
		.weight = r->weight, .keys = r->keys, .seed = 42
	};
	return true;
}

__attribute__((unused)) static bool
rig_start(rig *r, const dpk_kernels *kernels, const char *text, dpk_input input, dpk_loss loss, int noutputs, int n)
{
	return rig_start_output(r, kernels, text, input, loss, dpk_values(noutputs), n);
}

__attribute__((unused)) static void
rig_end(rig *r)
{
	free(r->memory), free(r->params), free(r->grad), free(r->run.work);
	free(r->images), free(r->features), free(r->target), free(r->weight), free(r->keys);
}

#endif							/* NETS_H */
