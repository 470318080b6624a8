/*
 * network_build.c - from steps to a checked, planned graph
 *
 * Passes over the list: each step's class, name and inputs are read and its
 * layer's own check infers the shape; borders and layouts are settled
 * (network_plan.c); layers describe their kernels' calls and add their tensors;
 * and the work memory is laid out (network_plan.c).
 */
#include "layer.h"

#include <stdio.h>

static const dpk_layer_class *const classes[] = {
	&dpk_layer_conv2d, &dpk_layer_max_pool2d, &dpk_layer_avg_pool2d, &dpk_layer_global_avg_pool2d,
	&dpk_layer_conv1d, &dpk_layer_max_pool1d, &dpk_layer_avg_pool1d, &dpk_layer_global_avg_pool1d, &dpk_layer_global_max_pool1d,
	&dpk_layer_global_max_pool2d, &dpk_layer_upsample2d, &dpk_layer_pixel_shuffle, &dpk_layer_channel_shuffle, &dpk_layer_reshape,
	&dpk_layer_flatten, &dpk_layer_dense, &dpk_layer_dropout, &dpk_layer_add, &dpk_layer_batch_norm, &dpk_layer_layer_norm,
	&dpk_layer_multiply, &dpk_layer_concat, &dpk_layer_pad_channels, &dpk_layer_slice_channels,
	&dpk_layer_linear, &dpk_layer_relu, &dpk_layer_sigmoid, &dpk_layer_tanh,
	&dpk_layer_leaky_relu, &dpk_layer_elu, &dpk_layer_gelu, &dpk_layer_silu, &dpk_layer_hard_sigmoid, &dpk_layer_hard_swish,
	&dpk_layer_softmax, NULL
};

/* ---- what the checks of layers use ---- */

const char *
dpk_shape_text(const dpk_layer *l, char text[80])
{
	if (l->layout == DPK_FLAT)
		snprintf(text, 80, "%d values", l->y.c);
	else
		snprintf(text, 80, "%d x %d x %d (height x width x channels)", l->y.h, l->y.w, l->y.c);
	return text;
}

dpk_status
dpk_check_row(const dpk_layer *l, dpk_error *err)
{
	if (l->row_flops <= DPK_ROW_FLOPS)
		return DPK_OK;
	return dpk_fail(err, DPK_TOO_BIG, "a row of the output of layer \"%s\" is too large: %.1f billion operations, more than %.0f billion",
					l->name, l->row_flops * 1e-9, DPK_ROW_FLOPS * 1e-9);
}

dpk_status
dpk_need_map(const dpk_net *net, const dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	char		text[80];

	if (in->layout != DPK_FLAT)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "layer \"%s\" needs an input of height x width x channels, but \"%s\" gives %s",
			 l->name, in->name, dpk_shape_text(in, text));
	dpk_hint(err, "%s{\"reshape\": {\"shape\": [height, width, channels]}} makes a map of a list.",
			 in->index == 0 ? "Images are columns of type bytea; " : "");
	return DPK_INVALID;
}

dpk_status
dpk_need_series(const dpk_net *net, const dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	char		text[80];

	if (in->layout != DPK_FLAT && in->y.h == 1)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "layer \"%s\" needs a series, but \"%s\" gives %s", l->name, in->name, dpk_shape_text(in, text));
	dpk_hint(err, "{\"reshape\": {\"shape\": [length, channels]}} makes a series of a list.");
	return DPK_INVALID;
}

dpk_status
dpk_need_flat(const dpk_net *net, const dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	char		text[80];

	if (in->layout == DPK_FLAT)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "layer \"%s\" needs a list of values, but \"%s\" gives %s",
			 l->name, in->name, dpk_shape_text(in, text));
	dpk_hint(err, "Put \"flatten\" or \"global_avg_pool2d\" before it.");
	return DPK_INVALID;
}

bool
dpk_window(int in, int k, int stride, int dilation, bool same, int *out, int *before, int *after)
{
	int			reach = (k - 1) * dilation + 1;

	*before = *after = 0;
	if (same)
	{
		int			pad;

		*out = (in + stride - 1) / stride;
		pad = DPK_MAX(0, (*out - 1) * stride + reach - in);
		*before = pad / 2;
		*after = pad - *before;
		return true;
	}
	*out = (in - reach) / stride + 1;
	return in >= reach;
}

dpk_status
dpk_add_tensor(dpk_net *net, dpk_layer *l, const char *name, size_t floats, const int *shape, bool trainable, dpk_error *err)
{
	dpk_place  *place = &net->tensors[net->ntensors];
	dpk_tensor *t = &place->tensor;

	t->layer = l->name;
	t->name = name;
	t->trainable = trainable;
	t->count = 1;
	for (t->ndim = 0; t->ndim < 4 && shape[t->ndim] != 0; t->ndim++)
	{
		t->shape[t->ndim] = shape[t->ndim];
		if (!dpk_mul(t->count, shape[t->ndim], &t->count) || t->count > DPK_MAX_FLOATS)
			return dpk_fail(err, DPK_TOO_BIG, "the %s of layer \"%s\" is too large", name, l->name);
	}
	place->layer = l->index;
	place->floats = floats;
	/* those that are not trained count from the end of the others, until these are known */
	place->offset = trainable ? net->trainable_floats : net->param_floats;
	if (floats > 2 * DPK_MAX_FLOATS || !dpk_grow(trainable ? &net->trainable_floats : &net->param_floats, floats))
		return dpk_fail(err, DPK_TOO_BIG, "the %s of layer \"%s\" is too large", name, l->name);
	net->ntensors++;
	l->ntensors++;
	net->param_count += trainable ? t->count : 0;
	net->largest_tensor = DPK_MAX(net->largest_tensor, t->count);
	return DPK_OK;
}

dpk_status
dpk_add_fixed(dpk_net *net, dpk_layer *l, size_t floats, dpk_error *err)
{
	l->fixed = net->fixed_floats;
	l->fixed_floats = floats;
	if (!dpk_grow(&net->fixed_floats, floats))
		return dpk_fail(err, DPK_TOO_BIG, "layer \"%s\" is too large", l->name);
	return DPK_OK;
}

/* ---- reading ---- */

static uint32_t
hash_name(const char *name)
{
	uint32_t	h = 2166136261u;

	while (*name != '\0')
		h = (h ^ (unsigned char) *name++) * 16777619u;
	return h;
}

static int
find_layer(const dpk_net *net, int end, const char *name)
{
	uint32_t	h = hash_name(name);

	for (int i = 0; i < end; i++)
		if (net->layers[i].hash == h && strcmp(net->layers[i].name, name) == 0)
			return i;
	return -1;
}

static dpk_status
unknown_layer(const char *op, dpk_error *err)
{
	char		list[sizeof(err->hint) - 96] = "";
	size_t		used = 0;

	for (int i = 0; classes[i] != NULL && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i ? ", " : "", classes[i]->name);
	for (int i = 0; dpk_net_preset_name(i) != NULL && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i ? ", " : "; networks by name are ", dpk_net_preset_name(i));
	dpk_fail(err, DPK_INVALID, "unrecognized layer \"%.60s\"", op);
	dpk_hint(err, "Valid layers are %s; \"input\" may come first.", list);
	return DPK_INVALID;
}

static dpk_status
read_name(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const char *name = NULL;
	int			number = 1;
	dpk_status	status;

	if (l->step != NULL && (status = dpk_step_string(l->step, "name", &name, err)) != DPK_OK)
		return status;
	if (name != NULL && (name[0] == '\0' || strlen(name) >= DPK_MAX_NAME))
	{
		dpk_fail(err, DPK_INVALID, "invalid name of a layer: \"%.70s\"", name);
		dpk_detail(err, "A name has between 1 and %d bytes.", DPK_MAX_NAME - 1);
		return DPK_INVALID;
	}
	for (int i = 1; i < l->index; i++)
		number += net->layers[i].class == l->class;
	if (name != NULL)
		strcpy(l->name, name);
	else if (l->class == &dpk_layer_input)
		strcpy(l->name, "input");
	else
		snprintf(l->name, sizeof(l->name), "%s_%d", l->class->name, number);
	l->hash = hash_name(l->name);
	if (find_layer(net, l->index, l->name) >= 0)
		return dpk_fail(err, DPK_INVALID, "two layers have the name \"%s\"", l->name);
	return DPK_OK;
}

static dpk_status
read_inputs(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_value *v = l->step ? dpk_step_find(l->step, "inputs") : NULL;

	if (l->class->max_inputs == 0)
		return DPK_OK;
	l->ninputs = 1;
	l->inputs[0] = l->index - 1;
	if (v != NULL)
	{
		if (!v->is_string || v->count < 1 || v->count > l->class->max_inputs)
		{
			dpk_fail(err, DPK_INVALID, "invalid value for parameter \"inputs\" of layer \"%s\"", l->name);
			dpk_detail(err, "\"inputs\" must be a list of %s.",
					   l->class->max_inputs == 1 ? "one name" : "2 to 8 names");
			return DPK_INVALID;
		}
		l->ninputs = v->count;
		for (int k = 0; k < v->count; k++)
		{
			l->inputs[k] = find_layer(net, l->index, v->strings[k]);
			if (l->inputs[k] < 0)
			{
				dpk_fail(err, DPK_INVALID, "input \"%.60s\" of layer \"%s\" does not exist", v->strings[k], l->name);
				dpk_hint(err, "An input is the name of a layer that comes earlier in the list.");
				return DPK_INVALID;
			}
		}
	}
	l->trains = l->class->has_params;
	for (int k = 0; k < l->ninputs; k++)
	{
		dpk_layer  *in = &net->layers[l->inputs[k]];

		in->nconsumers++;
		in->last_consumer = l->index;
		l->trains |= in->trains;
	}
	return DPK_OK;
}

static dpk_status
read_layer(dpk_net *net, int index, const dpk_step *step, dpk_error *err)
{
	dpk_layer  *l = &net->layers[index];
	dpk_status	status;

	l->index = index;
	l->step = step;
	if (index == 0)
		l->class = &dpk_layer_input;
	else
	{
		int			i = 0;

		while (classes[i] != NULL && strcmp(classes[i]->name, step->op) != 0)
			i++;
		if (strcmp(step->op, "input") == 0)
			return dpk_fail(err, DPK_INVALID, "\"input\" is not the first step of the network");
		if (classes[i] == NULL)
			return unknown_layer(step->op, err);
		l->class = classes[i];
	}
	if ((status = read_name(net, l, err)) != DPK_OK ||
		(status = read_inputs(net, l, err)) != DPK_OK)
		return status;
	return l->class->check(net, l, err);
}

/* An image is a map of its size, or a list of its values */
static dpk_status
check_size(const dpk_net *net, const dpk_layer *last, dpk_error *err)
{
	const dpk_output *out = &net->output;
	char		text[80];

	if (last->layout == DPK_FLAT ? last->y.c == net->noutputs :
		out->is_image && last->y.h == out->h && last->y.w == out->w && last->y.c == out->c)
		return DPK_OK;
	dpk_shape_text(last, text);
	if (out->is_image)
	{
		dpk_fail(err, DPK_INVALID, "layer \"%s\" gives %s, but the target images are %d x %d x %d", last->name,
				 text, out->h, out->w, out->c);
		if (last->layout != DPK_FLAT && last->y.h == out->h && last->y.w == out->w)
			dpk_hint(err, "Give a network by name \"channels\": %d, or another a last \"conv2d\" with %d filters.", out->c, out->c);
		else
			dpk_hint(err, "End the network with a map of that size, such as that of a \"conv2d\" with %d filters and \"padding\": \"same\".", out->c);
		return DPK_INVALID;
	}
	dpk_fail(err, DPK_INVALID, "layer \"%s\" gives %s, but the network must give %d %s", last->name, text, net->noutputs,
			 net->loss == DPK_CROSS_ENTROPY ? "classes" : net->noutputs == 1 ? "value" : "values");
	dpk_hint(err, last->layout != DPK_FLAT ? "End the network with \"flatten\" and \"dense\"." :
			 "A last \"dense\" without \"units\" takes the right number.");
	return DPK_INVALID;
}

static dpk_status
check_output(dpk_net *net, dpk_error *err)
{
	const dpk_layer *last = &net->layers[net->nlayers - 1];
	dpk_status	status;

	for (int i = 0; i < net->nlayers - 1; i++)
		if (net->layers[i].nconsumers == 0)
			return dpk_fail(err, DPK_INVALID, "nothing uses the output of layer \"%s\"", net->layers[i].name);
	if (net->outline)
		return DPK_OK;
	if ((status = check_size(net, last, err)) != DPK_OK)
		return status;
	if (net->loss == DPK_CROSS_ENTROPY && net->final != DPK_ACT_SOFTMAX)
	{
		dpk_fail(err, DPK_INVALID, "the last activation of the network is not softmax");
		dpk_detail(err, "Classes are learned by cross-entropy, which needs probabilities; the last layer is \"%s\".", last->name);
		dpk_hint(err, net->output.c == 2 ? "Give the last \"dense\" \"activation\": \"softmax\"; one \"sigmoid\" goes with the loss \"binary_crossentropy\"."
				 : "Give the last \"dense\" \"activation\": \"softmax\"; to predict numbers, the loss \"mse\" or a target of type float8.");
		return DPK_INVALID;
	}
	if (net->loss == DPK_BINARY_CROSS_ENTROPY && net->final != DPK_ACT_SIGMOID)
	{
		dpk_fail(err, DPK_INVALID, "the last activation of the network is not sigmoid");
		dpk_detail(err, "Binary cross-entropy needs probabilities; the last layer is \"%s\".", last->name);
		dpk_hint(err, "Give the last layer \"activation\": \"sigmoid\".");
		return DPK_INVALID;
	}
	return DPK_OK;
}

/* Classes and values, or the values of an image */
static dpk_status
set_output(dpk_net *net, dpk_loss loss, const dpk_output *output, dpk_error *err)
{
	size_t		n;

	if (output->c < 1 || output->h < 1 || output->w < 1 || (!output->is_image && output->c > 1 << 20))
		return dpk_fail(err, DPK_INVALID, "a network cannot have %d outputs", output->c);
	if (output->h > DPK_MAX_SIDE || output->w > DPK_MAX_SIDE || output->c > 1 << 20 ||
		!dpk_mul((size_t) output->h * output->w, output->c, &n) || n > DPK_MAX_FLOATS)
		return dpk_fail(err, DPK_TOO_BIG, "a network cannot give images of %d x %d x %d", output->h, output->w, output->c);
	if (output->is_image && loss == DPK_CROSS_ENTROPY)
		return dpk_fail(err, DPK_INVALID, "an image is not learned by cross-entropy");
	net->loss = loss;
	net->output = *output;
	net->noutputs = (int) n;
	return DPK_OK;
}

/* ---- building ---- */

size_t
dpk_net_bytes(int nsteps)
{
	size_t		nlayers = (size_t) DPK_MIN(DPK_MAX(nsteps, 0), DPK_MAX_LAYERS) + 1;

	return DPK_ALIGN + sizeof(dpk_net) +
		nlayers * (sizeof(dpk_layer) + DPK_LAYER_TENSORS * sizeof(dpk_place) + sizeof(dpk_slot));
}

static dpk_status
build(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
	  const dpk_input *input, dpk_loss loss, const dpk_output *output, bool outline, dpk_net **result, dpk_error *err)
{
	dpk_net    *net = memory;
	int			first;
	dpk_status	status;

	if (nsteps > DPK_MAX_LAYERS)
	{
		dpk_fail(err, DPK_TOO_BIG, "network has too many layers: %d", nsteps);
		dpk_detail(err, "At most %d are allowed.", DPK_MAX_LAYERS);
		return DPK_TOO_BIG;
	}
	first = nsteps > 0 && strcmp(steps[0].op, "input") == 0 ? 1 : 0;
	if (nsteps - first < 1)
		return dpk_fail(err, DPK_INVALID, "network has no layers");

	memset(memory, 0, dpk_net_bytes(nsteps));
	net->nlayers = nsteps - first + 1;
	net->layers = (dpk_layer *) (net + 1);
	net->tensors = (dpk_place *) (net->layers + net->nlayers);
	net->slots = (dpk_slot *) (net->tensors + DPK_LAYER_TENSORS * net->nlayers);
	net->kernels = kernels;
	net->block = kernels->block;
	net->input = *input;
	net->outline = outline;
	if ((status = set_output(net, loss, output, err)) != DPK_OK)
		return status;

	for (int i = 0; i < net->nlayers; i++)
		if ((status = read_layer(net, i, i == 0 && !first ? NULL : &steps[i - 1 + first], err)) != DPK_OK)
			return status;
	if ((status = check_output(net, err)) != DPK_OK ||
		(status = dpk_settle_maps(net, err)) != DPK_OK)
		return status;
	for (int i = 0; i < net->nlayers; i++)
	{
		dpk_layer  *l = &net->layers[i];

		l->tensor = net->ntensors;
		l->params = net->trainable_floats;
		if (l->class->plan != NULL && (status = l->class->plan(net, l, err)) != DPK_OK)
			return status;
		l->params_end = net->trainable_floats;
	}
	if (!dpk_add(net->param_floats, net->trainable_floats, &net->param_floats))
		return dpk_fail(err, DPK_TOO_BIG, "the network is too large");
	for (int i = 0; i < net->ntensors; i++)
		if (!net->tensors[i].tensor.trainable)
			net->tensors[i].offset += net->trainable_floats;
	if ((status = dpk_plan_memory(net, err)) != DPK_OK)
		return status;
	*result = net;
	return DPK_OK;
}

dpk_status
dpk_net_build(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
			  const dpk_input *input, dpk_loss loss, const dpk_output *output, dpk_net **net, dpk_error *err)
{
	return build(memory, kernels, steps, nsteps, input, loss, output, false, net, err);
}

dpk_status
dpk_net_outline(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
				const dpk_input *input, const dpk_output *output, dpk_net **net, dpk_error *err)
{
	/* so that softmax, too, is right at the end */
	return build(memory, kernels, steps, nsteps, input, output->is_image ? DPK_MSE : DPK_CROSS_ENTROPY, output, true, net, err);
}
