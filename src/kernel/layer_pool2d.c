/*
 * layer_pool2d.c - {"max_pool2d": {"size", "stride", "padding"}}, avg_pool2d, max_pool1d, avg_pool1d
 *
 * Windows are placed as TensorFlow places them; with "same" padding a maximum
 * or an average is over the elements inside the map.
 */
#include "layer.h"

static const dpk_key keys[] = {
	{"size", "2"}, {"stride", "the size"}, {"padding", "\"valid\""}, DPK_LAYER_KEYS
};

static const char *const paddings[] = {"valid", "same", NULL};

/* Of a series the second alone */
static dpk_status
read_pair(const dpk_layer *l, bool series, const char *key, int pair[2], dpk_error *err)
{
	return series ? dpk_step_integer(l->step, key, 1, 1024, &pair[1], err) : dpk_step_integer_pair(l->step, key, 1, 1024, pair, err);
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	dpk_pool2d *s = &l->pool;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		series = l->class == &dpk_layer_max_pool1d || l->class == &dpk_layer_avg_pool1d;
	int			size[2] = {series ? 1 : 2, 2},
				stride[2];
	int			same = 0,
				after;
	dpk_status	status;
	char		text[80];

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = series ? dpk_need_series(net, l, err) : dpk_need_map(net, l, err)) != DPK_OK ||
		(status = read_pair(l, series, "size", size, err)) != DPK_OK)
		return status;
	memcpy(stride, size, sizeof(stride));
	if ((status = read_pair(l, series, "stride", stride, err)) != DPK_OK ||
		(status = dpk_step_choice(l->step, "padding", paddings, &same, err)) != DPK_OK)
		return status;
	l->y.c = in->y.c;
	if (!dpk_window(in->y.h, size[0], stride[0], 1, same, &l->y.h, &s->pad_top, &after) ||
		!dpk_window(in->y.w, size[1], stride[1], 1, same, &l->y.w, &s->pad_left, &after))
		return dpk_fail(err, DPK_INVALID, "window %d x %d of layer \"%s\" does not fit into its input of %s",
						size[0], size[1], l->name, dpk_shape_text(in, text));
	s->kh = size[0];
	s->kw = size[1];
	s->stride_h = stride[0];
	s->stride_w = stride[1];
	s->average = l->class == &dpk_layer_avg_pool2d || l->class == &dpk_layer_avg_pool1d;
	l->layout = DPK_BLOCKED;
	/* an element of a window takes about as long as 16 operations of a convolution */
	l->row_flops = 16.0 * ((l->y.c + 15) / 16 * 16) * s->kh * s->kw * l->y.w;
	return dpk_check_row(l, err);
}

static dpk_status
plan(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);

	l->pool.x = in->y;
	l->pool.dx = in->dy;
	l->pool.y = l->y;
	l->pool.dy = l->dy;
	return DPK_OK;
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
		p->net->kernels->pool2d_forward(&l->pool, r, DPK_MIN(r + step, rows), x, dpk_y(p, l));
	}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);

	int			step = dpk_call_rows(l->row_flops, l->y.h),
				rows = p->n * l->y.h;

	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->pool2d_backward(&l->pool, r, DPK_MIN(r + step, rows), dpk_y(p, in), dpk_y(p, l), dpk_dy(p, l),
										 dpk_dy(p, in), dpk_adds(p->net, l, 0));
	}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_max_pool2d = {
	.name = "max_pool2d", .max_inputs = 1,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_avg_pool2d = {
	.name = "avg_pool2d", .max_inputs = 1,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_max_pool1d = {
	.name = "max_pool1d", .max_inputs = 1,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_avg_pool1d = {
	.name = "avg_pool1d", .max_inputs = 1,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};
