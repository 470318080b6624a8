/*
 * layer_activation.c - "relu", "sigmoid", "tanh", "leaky_relu", "linear", "softmax"
 *
 * As layers of their own, and as the "activation" of conv2d and dense.  Every
 * derivative is a function of y, so x need not be kept.  Softmax may only
 * come last: it is computed together with the cross-entropy (loss.c), so its
 * layer passes the values through.  So does a last sigmoid where the loss is
 * the binary cross-entropy.
 */
#include "layer.h"

#include <math.h>

static const dpk_key keys[] = {DPK_LAYER_KEYS};
static const dpk_key leaky_keys[] = {{"negative_slope", "0.3"}, DPK_LAYER_KEYS};

const char *const dpk_act_names[] = {"linear", "relu", "sigmoid", "tanh", "leaky_relu", "softmax", NULL};

static dpk_status
softmax_comes_last(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	if (l->index != net->nlayers - 1)
	{
		dpk_fail(err, DPK_INVALID, "softmax of layer \"%s\" is not the last activation", l->name);
		dpk_hint(err, "Softmax may only be the end of a network.");
		return DPK_INVALID;
	}
	if (net->loss != DPK_CROSS_ENTROPY)
	{
		dpk_fail(err, DPK_INVALID, "softmax of layer \"%s\" needs classes to tell apart", l->name);
		dpk_hint(err, net->loss == DPK_BINARY_CROSS_ENTROPY ? "Binary cross-entropy needs \"sigmoid\" at the end." :
				 "To predict values, end the network with \"linear\".");
		return DPK_INVALID;
	}
	net->final = DPK_ACT_SOFTMAX;
	return DPK_OK;
}

/* The loss takes the last activation, which it computes from */
static dpk_status
leave_to_loss(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	if (l->activation == DPK_ACT_SOFTMAX)
		return softmax_comes_last(net, l, err);
	if (l->activation == DPK_ACT_SIGMOID && l->index == net->nlayers - 1 && net->loss == DPK_BINARY_CROSS_ENTROPY)
	{
		net->final = DPK_ACT_SIGMOID;
		l->activation = DPK_ACT_LINEAR;
	}
	return DPK_OK;
}

dpk_status
dpk_read_activation(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	int			act = DPK_ACT_LINEAR;
	dpk_status	status = dpk_step_choice(l->step, "activation", dpk_act_names, &act, err);

	l->activation = act;
	l->slope = 0.2f;			/* what Keras's activation of that name has, unlike its layer */
	return status == DPK_OK ? leave_to_loss(net, l, err) : status;
}

static inline void
apply_row(dpk_act act, float slope, int n, float *y)
{
	switch (act)
	{
		case DPK_ACT_RELU:
			for (int j = 0; j < n; j++)
				y[j] = y[j] < 0 ? 0 : y[j];
			break;
		case DPK_ACT_SIGMOID:
			for (int j = 0; j < n; j++)
				y[j] = 1 / (1 + expf(-y[j]));
			break;
		case DPK_ACT_TANH:
			for (int j = 0; j < n; j++)
				y[j] = tanhf(y[j]);
			break;
		case DPK_ACT_LEAKY_RELU:
			for (int j = 0; j < n; j++)
				y[j] = y[j] < 0 ? slope * y[j] : y[j];
			break;
		default:
			break;
	}
}

static inline void
apply_row_backward(dpk_act act, float slope, int n, const float *y, float *dy)
{
	switch (act)
	{
		case DPK_ACT_RELU:
			for (int j = 0; j < n; j++)
				dy[j] = y[j] > 0 ? dy[j] : 0;
			break;
		case DPK_ACT_SIGMOID:
			for (int j = 0; j < n; j++)
				dy[j] *= y[j] * (1 - y[j]);
			break;
		case DPK_ACT_TANH:
			for (int j = 0; j < n; j++)
				dy[j] *= 1 - y[j] * y[j];
			break;
		case DPK_ACT_LEAKY_RELU:
			for (int j = 0; j < n; j++)
				dy[j] = y[j] > 0 ? dy[j] : slope * dy[j];
			break;
		default:
			break;
	}
}

dpk_status
dpk_activate(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l),
				v = net->block;
	bool		ragged = l->layout == DPK_BLOCKED && l->y.c % v != 0 && l->activation == DPK_ACT_SIGMOID;

	if (l->activation == DPK_ACT_LINEAR || l->activation == DPK_ACT_SOFTMAX)
		return DPK_OK;
	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
		{
			float	   *row = dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			apply_row(l->activation, l->slope, floats, row);
			/* sigmoid(0) is not 0: clear the channels that are not there */
			if (ragged && r / l->y.h == l->y.c / v)
				for (int j = 0; j < l->y.w; j++)
					for (int q = l->y.c % v; q < v; q++)
						row[j * v + q] = 0;
		}
	return DPK_OK;
}

/* The store of the convolution's kernel has applied ReLU, its gradient is a kernel of its own */
static dpk_status
relu_backward(const dpk_pass *p, const dpk_layer *l)
{
	int			step = dpk_call_rows(32.0 * dpk_row_floats(p->net, l) * dpk_nrows(p->net, l) / l->y.h, l->y.h),
				rows = p->n * l->y.h;

	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->relu_backward(&l->y, &l->dy, r, DPK_MIN(r + step, rows), dpk_y(p, l), dpk_dy(p, l));
	}
	return DPK_OK;
}

dpk_status
dpk_activate_backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);

	if (l->activation == DPK_ACT_LINEAR || l->activation == DPK_ACT_SOFTMAX)
		return DPK_OK;
	if (l->activation == DPK_ACT_RELU && l->layout == DPK_BLOCKED)
		return relu_backward(p, l);
	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
		{
			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			apply_row_backward(l->activation, l->slope, floats,
							   dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r),
							   dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r));
		}
	return DPK_OK;
}

/* ---- as a layer ---- */

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	double		slope = 0.3;
	dpk_status	status;

	for (int i = 0; dpk_act_names[i] != NULL; i++)
		if (strcmp(dpk_act_names[i], l->class->name) == 0)
			l->activation = i;
	if ((status = dpk_step_check_keys(l->step, l->activation == DPK_ACT_LEAKY_RELU ? leaky_keys : keys, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, "negative_slope", 1e-6, 1, &slope, err)) != DPK_OK)
		return status;
	l->slope = (float) slope;
	l->y = in->y;
	l->y.border = 0;
	l->layout = in->layout;
	return leave_to_loss(net, l, err);
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);
	float	   *y = dpk_y(p, l);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
		{
			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			memcpy(y + i * l->y_floats + dpk_row(net, l, &l->y, r),
				   dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r), sizeof(float) * floats);
		}
	return dpk_activate(p, l);
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = dpk_activate_backward(p, l);

	return status == DPK_OK ? dpk_pass_dy(p, l, 0) : status;
}

#define ACTIVATION(act) \
const dpk_layer_class dpk_layer_##act = { \
	.name = #act, .max_inputs = 1, .check = check, .forward = forward, .backward = backward \
}

ACTIVATION(linear);
ACTIVATION(relu);
ACTIVATION(sigmoid);
ACTIVATION(tanh);
ACTIVATION(leaky_relu);
ACTIVATION(softmax);
