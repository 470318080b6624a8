/*
 * layer_conv2d.c - {"conv2d": {"filters", "kernel", "stride", "padding", "dilation", "groups", "use_bias", "activation"}}
 *
 * A convolution in the sense of Keras and PyTorch (a cross-correlation).  The
 * work is done by the kernels; here are the shapes.  ReLU is fused into the
 * store, other activations are a pass over the output.  "conv1d" is the same
 * over a series, which is a map of height 1.
 */
#include "layer.h"

#include <math.h>

static const dpk_key keys[] = {
	{"filters", NULL}, {"kernel", NULL}, {"stride", "1"}, {"padding", "\"valid\""},
	{"dilation", "1"}, {"groups", "1"}, {"use_bias", "true"}, {"activation", "\"linear\""}, DPK_LAYER_KEYS
};

enum
{
	PADDING_VALID,
	PADDING_SAME,
	PADDING_CAUSAL				/* all of it in front, so that no output looks ahead */
};

static const char *const paddings[] = {"valid", "same", NULL};
static const char *const series_paddings[] = {"valid", "same", "causal", NULL};

/* Sum over the outputs of the taps that fall inside the input, along one axis */
static double
count_taps(int in, int out, int k, int stride, int dilation, int before)
{
	double		taps = 0;

	for (int q = 0; q < k; q++)
	{
		long		shift = (long) q * dilation - before;	/* input = output * stride + shift */
		long		first = shift < 0 ? (-shift + stride - 1) / stride : 0;
		long		last = shift < in ? (in - 1 - shift) / stride : -1;

		last = DPK_MIN(last, (long) out - 1);
		taps += last >= first ? last - first + 1 : 0;
	}
	return taps;
}

/*
 * Operations of a row of the output, with the channels that fill no block: in
 * blocks of 16, the largest there are, so that all processors take the same
 * networks.  With groups an output block looks at all it touches; where these
 * are single channels it is bound by its loads, and counts as two channels.
 */
static double
row_flops(const dpk_conv2d *s, int c_in, int c_out, int width, bool trains)
{
	int			in = c_in / s->groups,
				out = c_out / s->groups,
				seen = DPK_MIN(s->groups, (14 + out) / out + 1);
	double		inputs = (double) seen * in;

	if (s->groups > 1 && s->groups == c_in && s->groups == c_out)
		inputs = 2;
	else if (s->groups > 1 || trains)
		inputs = ceil(inputs / 16) * 16;
	return 2 * inputs * ((c_out + 15) / 16 * 16) * s->kh * s->kw * width;
}

/* What the steps of both say alike, once kernel, stride and dilation are in l->conv; padding is PADDING_... */
static dpk_status
check_rest(dpk_net *net, dpk_layer *l, int padding, dpk_error *err)
{
	dpk_conv2d *s = &l->conv;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		bias = true,
				same = padding == PADDING_SAME;
	int			after_h,
				after_w,
				reach = padding == PADDING_CAUSAL ? (s->kw - 1) * s->dilation_w : 0;
	dpk_status	status;
	char		text[80];

	s->groups = 1;
	if ((status = dpk_step_integer(l->step, "filters", 1, DPK_MAX_CHANNELS, &l->y.c, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "groups", 1, DPK_MAX_CHANNELS, &s->groups, err)) != DPK_OK ||
		(status = dpk_step_flag(l->step, "use_bias", &bias, err)) != DPK_OK ||
		(status = dpk_read_activation(net, l, err)) != DPK_OK)
		return status;
	if (in->y.c % s->groups != 0 || l->y.c % s->groups != 0)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot have %d groups: %d filters on an input of %s",
						l->name, s->groups, l->y.c, dpk_shape_text(in, text));
	if (!dpk_window(in->y.h, s->kh, s->stride_h, s->dilation_h, same, &l->y.h, &s->pad_top, &after_h) ||
		!dpk_window(in->y.w + reach, s->kw, s->stride_w, s->dilation_w, same, &l->y.w, &s->pad_left, &after_w))
		return dpk_fail(err, DPK_INVALID, "kernel %d x %d of layer \"%s\" does not fit into its input of %s",
						s->kh, s->kw, l->name, dpk_shape_text(in, text));
	s->pad_left += reach;
	l->bias = bias ? 0 : -1;
	s->activation = l->activation == DPK_ACT_RELU ? DPK_RELU : DPK_LINEAR;
	l->layout = DPK_BLOCKED;
	l->want_border = DPK_MAX(DPK_MAX(s->pad_top, after_h), DPK_MAX(s->pad_left, after_w));
	if (in->trains && s->stride_h == 1 && s->stride_w == 1)
		l->want_dy_border = DPK_MAX(0, DPK_MAX(s->dilation_h * (s->kh - 1) - s->pad_top,
											   s->dilation_w * (s->kw - 1) - s->pad_left));
	l->flops = 2.0 * l->y.c * (in->y.c / s->groups)
		* count_taps(in->y.h, l->y.h, s->kh, s->stride_h, s->dilation_h, s->pad_top)
		* count_taps(in->y.w, l->y.w, s->kw, s->stride_w, s->dilation_w, s->pad_left);
	l->row_flops = row_flops(s, in->y.c, l->y.c, l->y.w, in->trains);
	return dpk_check_row(l, err);
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	dpk_conv2d *s = &l->conv;
	int			kernel[2],
				stride[2] = {1, 1},
				dilation[2] = {1, 1};
	int			padding = 0;
	dpk_status	status;

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer_pair(l->step, "kernel", 1, 1024, kernel, err)) != DPK_OK ||
		(status = dpk_step_integer_pair(l->step, "stride", 1, 1024, stride, err)) != DPK_OK ||
		(status = dpk_step_integer_pair(l->step, "dilation", 1, 1024, dilation, err)) != DPK_OK ||
		(status = dpk_step_choice(l->step, "padding", paddings, &padding, err)) != DPK_OK)
		return status;
	s->kh = kernel[0];
	s->kw = kernel[1];
	s->stride_h = stride[0];
	s->stride_w = stride[1];
	s->dilation_h = dilation[0];
	s->dilation_w = dilation[1];
	return check_rest(net, l, padding, err);
}

static dpk_status
check_series(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	dpk_conv2d *s = &l->conv;
	int			padding = 0;
	dpk_status	status;

	s->kh = s->stride_h = s->stride_w = s->dilation_h = s->dilation_w = 1;
	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_series(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "kernel", 1, 1024, &s->kw, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "stride", 1, 1024, &s->stride_w, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "dilation", 1, 1024, &s->dilation_w, err)) != DPK_OK ||
		(status = dpk_step_choice(l->step, "padding", series_paddings, &padding, err)) != DPK_OK)
		return status;
	return check_rest(net, l, padding, err);
}

static dpk_status
plan(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	dpk_conv2d *s = &l->conv;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status;
	double		size;

	s->x = in->y;
	s->dx = in->dy;
	s->y = l->y;
	s->dy = l->dy;
	s->x_interleaved = in->layout == DPK_INTERLEAVED;

	/* with the largest blocks, which need not be full, so that all machines agree; and before a product can overflow */
	size = (double) (l->y.c + DPK_MAX_BLOCK) * (s->x.c / s->groups + DPK_MAX_BLOCK) * s->kh * s->kw;
	if (size > (double) DPK_MAX_FLOATS)
		return dpk_fail(err, DPK_TOO_BIG, "the kernel of layer \"%s\" is too large: %d x %d x %d x %d",
						l->name, l->y.c, s->x.c / s->groups, s->kh, s->kw);
	if (l->class == &dpk_layer_conv1d)
		status = dpk_add_tensor(net, l, "kernel", net->kernels->conv2d_weights(s),
								(const int[]) {l->y.c, s->x.c / s->groups, s->kw, 0}, true, err);
	else
		status = dpk_add_tensor(net, l, "kernel", net->kernels->conv2d_weights(s),
								(const int[]) {l->y.c, s->x.c / s->groups, s->kh, s->kw, 0}, true, err);
	if (status == DPK_OK && l->bias == 0)
	{
		l->bias = net->ntensors;
		status = dpk_add_tensor(net, l, "bias", (size_t) (l->y.c + net->block - 1) / net->block * net->block,
								(const int[]) {l->y.c, 0}, true, err);
	}
	if (status == DPK_OK && in->trains)
		status = dpk_add_fixed(net, l, net->kernels->conv2d_flipped(s), err);
	return status;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const float *x = dpk_y(p, dpk_input_of(p->net, l, 0));
	int			step = dpk_call_rows(l->row_flops, l->y.h),
				rows = p->n * l->y.h;

	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->conv2d_forward(&l->conv, r, DPK_MIN(r + step, rows), x,
										dpk_param(p, l, 0), dpk_bias(p, l), dpk_activation_x(p, l));
	}
	return l->activation == DPK_ACT_RELU ? DPK_OK : dpk_activate(p, l);
}

static dpk_status
backward_weights(const dpk_pass *p, const dpk_layer *l)
{
	const float *x = dpk_y(p, dpk_input_of(p->net, l, 0));
	int			step = dpk_call_rows(l->row_flops, l->y.h),
				rows = p->n * l->y.h;

	if (p->first == 0 && dpk_clear(p->run, p->grad + l->params, l->params_end - l->params) != DPK_OK)
		return DPK_STOPPED;
	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->conv2d_backward_weights(&l->conv, r, DPK_MIN(r + step, rows), x, dpk_dy(p, l),
												 dpk_grad(p, l, 0), l->bias < 0 ? NULL : dpk_grad(p, l, 1));
	}
	return DPK_OK;
}

#define FLIPPED 1048576			/* floats between two looks */

static dpk_status
flip(const dpk_pass *p, const dpk_layer *l, float *flipped)
{
	size_t		floats = p->net->kernels->conv2d_flipped(&l->conv);

	for (size_t i = 0; i < floats; i += FLIPPED)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->conv2d_flip(&l->conv, i, DPK_MIN(i + FLIPPED, floats), dpk_param(p, l, 0), flipped);
	}
	return DPK_OK;
}

/* A row of dx sees no more taps than a row of y has, and with a stride so many times fewer */
static dpk_status
backward_input(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_kernels *k = p->net->kernels;
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	float	   *flipped = p->fixed + l->fixed;
	int			step = dpk_call_rows(l->row_flops / l->conv.stride_h, in->y.h),
				rows = p->n * in->y.h;

	if (p->first == 0 && flip(p, l, flipped) != DPK_OK)
		return DPK_STOPPED;
	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		k->conv2d_backward_input(&l->conv, r, DPK_MIN(r + step, rows), dpk_dy(p, l), flipped, dpk_dy(p, in), dpk_adds(p->net, l, 0));
	}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = dpk_activate_backward(p, l);

	if (status == DPK_OK)
		status = backward_weights(p, l);
	if (status == DPK_OK && dpk_input_of(p->net, l, 0)->trains)
		status = backward_input(p, l);
	return status;
}

static void
get(const dpk_net *net, const dpk_layer *l, int k, const float *slab, float *canonical)
{
	if (k == 0)
		net->kernels->conv2d_unpack(&l->conv, slab, canonical);
	else
		memcpy(canonical, slab, sizeof(float) * l->y.c);
}

static void
set(const dpk_net *net, const dpk_layer *l, int k, float *slab, const float *canonical)
{
	if (k == 0)
		net->kernels->conv2d_pack(&l->conv, canonical, slab);
	else
		memcpy(slab, canonical, sizeof(float) * l->y.c);
}

const dpk_layer_class dpk_layer_conv2d = {
	.name = "conv2d", .max_inputs = 1, .has_params = true,
	.check = check, .plan = plan, .forward = forward, .backward = backward, .get = get, .set = set
};

const dpk_layer_class dpk_layer_conv1d = {
	.name = "conv1d", .max_inputs = 1, .has_params = true,
	.check = check_series, .plan = plan, .forward = forward, .backward = backward, .get = get, .set = set
};
