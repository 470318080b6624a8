/*
 * layer_slice_channels.c - {"slice_channels": {"first", "channels"}}: some neighbouring channels of a map
 *
 * Two of them split a map for the two sides of a unit of ShuffleNetV2.  A
 * block of the output lies in one or two blocks of the input.
 */
#include "layer.h"

static const dpk_key keys[] = {{"first", "0"}, {"channels", NULL}, DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status;
	char		text[80];

	l->y = in->y;
	l->y.border = 0;
	l->slice_first = 0;
	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "first", 0, DPK_MAX_CHANNELS, &l->slice_first, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "channels", 1, DPK_MAX_CHANNELS, &l->y.c, err)) != DPK_OK)
		return status;
	if (l->y.c > in->y.c - l->slice_first)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" wants channels %d to %d of %s", l->name, l->slice_first,
						l->slice_first + l->y.c - 1, dpk_shape_text(in, text));
	l->layout = DPK_BLOCKED;
	return DPK_OK;
}

/* n lanes of every pixel of a row, copied or added; NULL is zeros */
static void
copy_lanes(int w, int v, int n, float *to, const float *from, bool add)
{
	for (int j = 0; j < w; j++)
		for (int q = 0; q < n; q++)
			to[j * v + q] = from == NULL ? 0 : add ? to[j * v + q] + from[j * v + q] : from[j * v + q];
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			v = net->block,
				h = l->y.h,
				w = l->y.w;

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, l); r++)
		{
			const float *x = dpk_y(p, in) + i * in->y_floats;
			float	   *y = dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);
			int			c0 = l->slice_first + r / h * v,	/* of the input, at lane 0 */
						n = DPK_MIN(v, l->slice_first + l->y.c - c0),
						first = DPK_MIN(n, v - c0 % v);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			copy_lanes(w, v, first, y, x + dpk_row(net, in, &in->y, c0 / v * h + r % h) + c0 % v, false);
			if (n > first)
				copy_lanes(w, v, n - first, y + first, x + dpk_row(net, in, &in->y, (c0 / v + 1) * h + r % h), false);
			copy_lanes(w, v, v - n, y + n, NULL, false);
		}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		add = dpk_adds(net, l, 0);
	int			v = net->block,
				h = l->y.h,
				w = l->y.w;

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < dpk_nrows(net, in); r++)
		{
			const float *dy = dpk_dy(p, l) + i * l->dy_floats;
			float	   *dx = dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r);
			int			c0 = r / h * v - l->slice_first;	/* of the output, at lane 0 */

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			if (!add)
				copy_lanes(w, v, v, dx, NULL, false);
			/* the block of dy that lane 0 lies in, and the next */
			for (int b = c0 < 0 ? 0 : c0 / v; b * v < DPK_MIN(l->y.c, c0 + v); b++)
			{
				int			from = DPK_MAX(b * v, c0),
							to = DPK_MIN(DPK_MIN((b + 1) * v, l->y.c), c0 + v);

				copy_lanes(w, v, to - from, dx + from - c0, dy + dpk_row(net, l, &l->dy, b * h + r % h) + from - b * v, true);
			}
		}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_slice_channels = {
	.name = "slice_channels", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
