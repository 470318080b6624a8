/*
 * network_fold.c - batch_norm into the convolution or dense layer before it
 *
 * With fixed statistics batch_norm is a factor and a shift by channel, so a
 * linear layer that nobody else reads can take them into its kernel and bias,
 * and the activation with them:
 *		kernel' = kernel * k,  bias' = beta + (bias - mean) * k,  k = gamma / sqrt(variance + epsilon)
 * Its consumers then read that layer; batch_norm is not run and has no map.
 */
#include "layer.h"

#include <math.h>

enum
{
	GAMMA,
	BETA,
	MEAN,
	VARIANCE
};

static bool
is_convolution(const dpk_layer *l)
{
	return l->class == &dpk_layer_conv2d || l->class == &dpk_layer_conv1d;
}

/* Whether 'l' can be computed by the layer before it */
static bool
foldable(const dpk_net *net, const dpk_layer *l)
{
	const dpk_layer *in;

	if (l->class != &dpk_layer_batch_norm || l->index == net->nlayers - 1)
		return false;
	in = dpk_input_of(net, l, 0);
	return (is_convolution(in) || in->class == &dpk_layer_dense) &&
		in->activation == DPK_ACT_LINEAR && in->nconsumers == 1;
}

static void
fold(dpk_net *net, dpk_layer *l)
{
	dpk_layer  *in = &net->layers[l->inputs[0]];

	for (int i = l->index + 1; i < net->nlayers; i++)
		for (int k = 0; k < net->layers[i].ninputs; k++)
			if (net->layers[i].inputs[k] == l->index)
				net->layers[i].inputs[k] = in->index;
	in->nconsumers = l->nconsumers;
	in->last_consumer = l->last_consumer;
	in->y = l->y;
	in->y_floats = l->y_floats;
	in->activation = l->activation;
	in->slope = l->slope;
	if (is_convolution(in))
	{
		in->conv.y = l->y;
		in->conv.activation = l->activation == DPK_ACT_RELU ? DPK_RELU : DPK_LINEAR;
	}
	if (in->bias < 0)
		in->bias = l->tensor + BETA;
	l->given_by = in->index;
	l->nconsumers = 0;
	l->y_floats = 0;
	l->keeps_x = false;
}

int
dpk_net_fold(dpk_net *net)
{
	int			count = 0;

	for (int i = 1; i < net->nlayers; i++)
		if (foldable(net, &net->layers[i]))
		{
			fold(net, &net->layers[i]);
			count++;
		}
	for (int i = 0; i < net->nlayers; i++)
		net->layers[i].trains = false;
	dpk_plan_memory(net, NULL);	/* which takes less than before */
	return count;
}

void
dpk_net_fold_params(const dpk_net *net, float *params, float *scratch)
{
	for (int i = 1; i < net->nlayers; i++)
	{
		const dpk_layer *l = &net->layers[i],
				   *in = &net->layers[l->given_by];
		const dpk_place *places = net->tensors + l->tensor;
		const dpk_tensor *kernel = &net->tensors[in->tensor].tensor;
		float	   *bias = params + net->tensors[in->bias > 0 ? in->bias : 0].offset;
		size_t		rest;

		if (l->given_by == 0)
			continue;
		rest = kernel->count / kernel->shape[0];
		dpk_net_get(net, in->tensor, params, scratch);
		for (int c = 0; c < kernel->shape[0]; c++)
		{
			double		k = params[places[GAMMA].offset + c] / sqrt((double) params[places[VARIANCE].offset + c] + l->norm.epsilon),
						own = in->bias == l->tensor + BETA ? 0 : bias[c];

			bias[c] = (float) (params[places[BETA].offset + c] + (own - params[places[MEAN].offset + c]) * k);
			for (size_t j = 0; j < rest; j++)
				scratch[c * rest + j] = (float) (scratch[c * rest + j] * k);
		}
		dpk_net_set(net, in->tensor, params, scratch);
	}
}
