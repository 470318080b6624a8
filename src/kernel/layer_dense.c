/*
 * layer_dense.c - {"dense": {"units", "use_bias", "activation"}}: y = x * transpose(w) + b
 *
 *		x	(n, in)			flat
 *		w	(out, in)		in a slab as in the tables
 *		y	(n, out)
 * Three matrix products over all samples of a batch.  Without "units" the
 * last layer takes the number of outputs the network must have.
 */
#include "layer.h"

static const dpk_key keys[] = {
	{"units", "the number of outputs, in the last layer"}, {"use_bias", "true"}, {"activation", "\"linear\""}, DPK_LAYER_KEYS
};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	bool		last = l->index == net->nlayers - 1 ||
		(l->index == net->nlayers - 2 && (strcmp(l->step[1].op, "softmax") == 0 || strcmp(l->step[1].op, "sigmoid") == 0));
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		bias = true;
	dpk_status	status;

	l->y = (dpk_map) {0, 1, 1, 0};
	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_flat(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "units", 1, 1 << 20, &l->y.c, err)) != DPK_OK ||
		(status = dpk_step_flag(l->step, "use_bias", &bias, err)) != DPK_OK ||
		(status = dpk_read_activation(net, l, err)) != DPK_OK)
		return status;
	if (l->y.c == 0 && !last)
	{
		dpk_fail(err, DPK_INVALID, "parameter \"units\" of layer \"%s\" is missing", l->name);
		dpk_hint(err, "Only the last layer of a network may leave it out.");
		return DPK_INVALID;
	}
	if (l->y.c == 0)
		l->y.c = net->noutputs;
	l->bias = bias ? 0 : -1;
	l->layout = DPK_FLAT;
	l->flops = 2.0 * l->y.c * in->y.c;
	return DPK_OK;
}

static dpk_status
plan(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	int			in = dpk_input_of(net, l, 0)->y.c;
	dpk_status	status = dpk_add_tensor(net, l, "kernel", (size_t) l->y.c * in, (const int[]) {l->y.c, in, 0}, true, err);

	if (status == DPK_OK && l->bias == 0)
	{
		l->bias = net->ntensors;
		status = dpk_add_tensor(net, l, "bias", l->y.c, (const int[]) {l->y.c, 0}, true, err);
	}
	return status;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	const float *b = dpk_bias(p, l);
	float	   *y = dpk_activation_x(p, l);
	int			out = l->y.c;
	dpk_status	status = dpk_gemm(p->run, false, true, p->n, out, in->y.c,
								  dpk_y(p, in), in->y.c, dpk_param(p, l, 0), in->y.c, 0, y, out);

	if (status != DPK_OK)
		return status;
	for (int i = 0; i < p->n && b != NULL; i++)
		for (int j = 0; j < out; j++)
			y[(size_t) i * out + j] += b[j];
	return dpk_activate(p, l);
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	float	   *dy = dpk_dy(p, l),
			   *dw = dpk_grad(p, l, 0),
			   *db = l->bias < 0 ? NULL : dpk_grad(p, l, 1);
	int			out = l->y.c;
	size_t		used = (size_t) out * in->y.c;
	dpk_status	status;

	if ((status = dpk_activate_backward(p, l)) != DPK_OK)
		return status;
	memset(dw + used, 0, sizeof(float) * (p->grad + l->params_end - (dw + used)));
	for (int i = 0; i < p->n && db != NULL; i++)
		for (int j = 0; j < out; j++)
			db[j] += dy[(size_t) i * out + j];
	status = dpk_gemm(p->run, true, false, out, in->y.c, p->n, dy, out, dpk_y(p, in), in->y.c, 0, dw, in->y.c);
	if (status != DPK_OK || !in->trains)
		return status;

	return dpk_gemm(p->run, false, false, p->n, in->y.c, out, dy, out, dpk_param(p, l, 0), in->y.c,
					dpk_adds(net, l, 0) ? 1 : 0, dpk_dy(p, in), in->y.c);
}

const dpk_layer_class dpk_layer_dense = {
	.name = "dense", .max_inputs = 1, .whole = true, .has_params = true,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};
