/*
 * layer_channel_shuffle.c - {"channel_shuffle": {"groups"}}: channels dealt out to the groups in turn
 *
 * With c channels in g groups, output channel a * g + b is channel
 * b * (c / g) + a: the transpose of (g, c / g), as PyTorch's ChannelShuffle
 * (Zhang, Zhou, Lin and Sun 2018).
 */
#include "gather.h"

static const dpk_key keys[] = {{"groups", NULL}, DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status;
	char		text[80];

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer(l->step, "groups", 1, DPK_MAX_CHANNELS, &l->groups, err)) != DPK_OK)
		return status;
	if (in->y.c % l->groups != 0)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot have %d groups on an input of %s",
						l->name, l->groups, dpk_shape_text(in, text));
	l->y = in->y;
	l->y.border = 0;
	l->layout = DPK_BLOCKED;
	return DPK_OK;
}

/* Rows of 'to' from the channels of 'from': as (rows, columns) of a matrix they are read down its columns */
static dpk_status
transpose(const dpk_pass *p, const dpk_layer *from, const dpk_map *from_map, const float *x,
		  const dpk_layer *to, const dpk_map *to_map, float *y, int rows, bool add)
{
	const dpk_net *net = p->net;
	int			columns = to->y.c / rows;

	for (int r = 0; r < dpk_nrows(net, to); r++)
	{
		const float *channels[DPK_MAX_BLOCK];
		int			n = dpk_row_channels(net, to, r);

		if (dpk_row_stopped(p, r))
			return DPK_STOPPED;
		for (int q = 0; q < n; q++)
		{
			int			c = r / to->y.h * net->block + q;

			channels[q] = x + dpk_channel(net, from, from_map, c % rows * columns + c / rows, r % to->y.h);
		}
		dpk_gather(net->block, to->y.w, n, channels, net->block, y + dpk_row(net, to, to_map, r), net->block, add);
	}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = transpose(p, in, &in->y, dpk_y(p, in) + i * in->y_floats, l, &l->y, dpk_y(p, l) + i * l->y_floats, l->groups, false);
	return status;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = transpose(p, l, &l->dy, dpk_dy(p, l) + i * l->dy_floats, in, &in->dy, dpk_dy(p, in) + i * in->dy_floats,
						   l->y.c / l->groups, dpk_adds(p->net, l, 0));
	return status;
}

const dpk_layer_class dpk_layer_channel_shuffle = {
	.name = "channel_shuffle", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
