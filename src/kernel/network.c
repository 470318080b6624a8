/*
 * network.c - what a built network tells, and its tensors in and out of a slab
 */
#include "layer.h"
#include "philox.h"

#define OPERATION_INIT 0x696e6974	/* "init" */

int
dpk_net_noutputs(const dpk_net *net)
{
	return net->noutputs;
}

int
dpk_net_embedding_layer(const dpk_net *net)
{
	for (int i = net->nlayers - 1; i > 0; i--)
		if (net->layers[i].class == &dpk_layer_dense)
			return net->layers[i].inputs[0];
	return -1;
}

size_t
dpk_net_param_floats(const dpk_net *net)
{
	return net->param_floats;
}

size_t
dpk_net_trainable_floats(const dpk_net *net)
{
	return net->trainable_floats;
}

size_t
dpk_net_param_count(const dpk_net *net)
{
	return net->param_count;
}

size_t
dpk_net_scratch_floats(const dpk_net *net)
{
	return net->largest_tensor;
}

/* A layer's gradients each cost what its forward pass costs */
double
dpk_net_flops(const dpk_net *net, bool training)
{
	double		sum = 0;

	for (int i = 1; i < net->nlayers; i++)
	{
		const dpk_layer *l = &net->layers[i];

		sum += l->flops * (!training ? 1 : dpk_input_of(net, l, 0)->trains ? 3 : 2);
	}
	return sum;
}

int
dpk_net_nlayers(const dpk_net *net)
{
	return net->nlayers;
}

void
dpk_net_layer(const dpk_net *net, int i, dpk_layer_info *info)
{
	const dpk_layer *l = &net->layers[i];

	*info = (dpk_layer_info) {
		.name = l->name,.kind = l->class->name,.h = l->y.h,.w = l->y.w,.c = l->y.c,
		.is_map = l->layout != DPK_FLAT,.flops = l->flops,.ninputs = l->ninputs
	};
	for (int k = 0; k < l->ntensors; k++)
		if (net->tensors[l->tensor + k].tensor.trainable)
			info->parameters += net->tensors[l->tensor + k].tensor.count;
	for (int k = 0; k < l->ninputs; k++)
		info->inputs[k] = net->layers[l->inputs[k]].name;
}

int
dpk_net_ntensors(const dpk_net *net)
{
	return net->ntensors;
}

const dpk_tensor *
dpk_net_tensor(const dpk_net *net, int i)
{
	return &net->tensors[i].tensor;
}

void
dpk_net_get(const dpk_net *net, int i, const float *slab, float *canonical)
{
	const dpk_place *place = &net->tensors[i];
	const dpk_layer *l = &net->layers[place->layer];

	if (l->class->get != NULL)
		l->class->get(net, l, i - l->tensor, slab + place->offset, canonical);
	else
		memcpy(canonical, slab + place->offset, sizeof(float) * place->tensor.count);
}

void
dpk_net_set(const dpk_net *net, int i, float *slab, const float *canonical)
{
	const dpk_place *place = &net->tensors[i];
	const dpk_layer *l = &net->layers[place->layer];

	if (l->class->set != NULL)
		l->class->set(net, l, i - l->tensor, slab + place->offset, canonical);
	else
		memcpy(slab + place->offset, canonical, sizeof(float) * place->tensor.count);
}

int
dpk_net_kernel_ranges(const dpk_net *net, dpk_range *ranges)
{
	size_t		line = DPK_ALIGN / sizeof(float);
	int			n = 0;

	for (int i = 0; i < net->ntensors; i++)
	{
		const dpk_place *place = &net->tensors[i];
		size_t		end = (place->offset + place->floats + line - 1) / line * line;

		if (place->tensor.trainable && place->tensor.ndim > 1)
			ranges[n++] = (dpk_range) {place->offset, end};
	}
	return n;
}

void
dpk_net_pixels(size_t n, const float *y, uint8_t *pixels)
{
	for (size_t i = 0; i < n; i++)
	{
		float		v = y[i] * 255 + 0.5f;

		pixels[i] = (uint8_t) (v > 0 ? (v < 255 ? v : 255) : 0);
	}
}

/* An approximate square root would do, but not one that differs between machines */
static double
square_root(double x)
{
	double		r = x < 1 ? 1 : x;

	for (int i = 0; i < 64; i++)
		r = 0.5 * (r + x / r);
	return r;
}

/*
 * Glorot and Bengio (2010): uniform on +-sqrt(6 / (fan_in + fan_out)), where a
 * convolution's fans count its window.
 */
void
dpk_net_init(const dpk_net *net, float *params, int64_t seed, float *scratch)
{
	for (int i = 0; i < net->ntensors; i++)
	{
		const dpk_tensor *t = &net->tensors[i].tensor;
		dpk_random	random = dpk_random_start(seed, i, OPERATION_INIT);
		double		window = t->ndim == 4 ? (double) t->shape[2] * t->shape[3] : t->ndim == 3 ? t->shape[2] : 1;
		float		limit;

		limit = t->ndim > 1 ? (float) square_root(6 / (window * ((double) t->shape[0] + t->shape[1]))) : 0;
		for (size_t j = 0; j < t->count; j++)
			scratch[j] = t->ndim > 1 ? limit * (2 * dpk_random_float(&random) - 1) : net->tensors[i].start;
		dpk_net_set(net, i, params, scratch);
	}
}
