/*
 * layer_pad_channels.c - {"pad_channels": {"channels"}}: a map with channels of zeros behind its own
 *
 * What the short cut of a residual network does where channels become more
 * and no weights are wanted: option A of He, Zhang, Ren and Sun (2015).
 */
#include "layer.h"

static const dpk_key keys[] = {{"channels", NULL}, DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status;
	char		text[80];

	l->y = in->y;
	l->y.border = 0;
	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "channels", 1, DPK_MAX_CHANNELS, &l->y.c, err)) != DPK_OK)
		return status;
	if (l->y.c < in->y.c)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot make %d channels of %s", l->name, l->y.c, dpk_shape_text(in, text));
	l->layout = DPK_BLOCKED;
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	size_t		bytes = sizeof(float) * dpk_row_floats(net, l);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, l); r++)
		{
			float	   *y = dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			if (r < dpk_nrows(net, in))
				memcpy(y, dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r), bytes);
			else
				memset(y, 0, bytes);
		}
	return DPK_OK;
}

/* The last block of dx may be shared: what was padded there gets no gradient */
static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		add = dpk_adds(net, l, 0);
	int			v = net->block;

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, in); r++)
		{
			const float *dy = dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r);
			float	   *dx = dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r);
			int			nc = DPK_MIN(v, in->y.c - r / in->y.h * v);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int j = 0; j < l->y.w; j++)
				for (int q = 0; q < v; q++)
					dx[j * v + q] = q >= nc ? 0 : add ? dx[j * v + q] + dy[j * v + q] : dy[j * v + q];
		}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_pad_channels = {
	.name = "pad_channels", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
