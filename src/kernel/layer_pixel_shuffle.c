/*
 * layer_pixel_shuffle.c - {"pixel_shuffle": {"factor"}}: channels become pixels
 *
 * From (h, w, c * r * r) to (h * r, w * r, c): pixel (i * r + a, j * r + b) of
 * channel k is pixel (i, j) of channel k * r * r + a * r + b, PyTorch's order
 * (Shi et al. 2016).  TensorFlow's depth_to_space has (a * r + b) * c + k.
 */
#include "gather.h"

static const dpk_key keys[] = {{"factor", NULL}, DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			r;
	dpk_status	status;
	char		text[80];

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "factor", 1, 256, &l->factor, err)) != DPK_OK)
		return status;
	r = l->factor;
	if (in->y.c % (r * r) != 0)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot have the factor %d on an input of %s: %d is no multiple of %d",
						l->name, r, dpk_shape_text(in, text), in->y.c, r * r);
	if (in->y.h > DPK_MAX_SIDE / r || in->y.w > DPK_MAX_SIDE / r)
		return dpk_fail(err, DPK_TOO_BIG, "the output of layer \"%s\" is too large: %s times %d", l->name, dpk_shape_text(in, text), r);
	l->y = (dpk_map) {in->y.c / (r * r), in->y.h * r, in->y.w * r, 0};
	l->layout = DPK_BLOCKED;
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			v = net->block,
				f = l->factor;

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, l); r++)
		{
			const float *x = dpk_y(p, in) + i * in->y_floats;
			float	   *y = dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);
			int			n = dpk_row_channels(net, l, r),
						row = r % l->y.h;

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int b = 0; b < f; b++)
			{
				const float *channels[DPK_MAX_BLOCK];

				for (int q = 0; q < n; q++)
					channels[q] = x + dpk_channel(net, in, &in->y, ((r / l->y.h * v + q) * f + row % f) * f + b, row / f);
				dpk_gather(v, in->y.w, n, channels, v, y + b * v, f * v, false);
			}
		}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			v = net->block,
				f = l->factor;

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, in); r++)
		{
			const float *dy = dpk_dy(p, l) + i * l->dy_floats;
			const float *channels[DPK_MAX_BLOCK];
			int			n = dpk_row_channels(net, in, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int q = 0; q < n; q++)
			{
				int			c = r / in->y.h * v + q;

				channels[q] = dy + dpk_channel(net, l, &l->dy, c / (f * f), r % in->y.h * f + c / f % f) + c % f * v;
			}
			dpk_gather(v, in->y.w, n, channels, f * v, dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r), v, dpk_adds(net, l, 0));
		}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_pixel_shuffle = {
	.name = "pixel_shuffle", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
