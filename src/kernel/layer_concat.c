/*
 * layer_concat.c - {"concat": {"inputs": ["a", "b", ...]}}: 2 to 8 outputs one behind the other
 *
 * Maps of one height and width: the channels of the first, then those of the
 * second, and so on.  Lists: their values.
 */
#include "gather.h"

#define PIECE 65536				/* values of a list between two polls */

static const dpk_key keys[] = {DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *first = dpk_input_of(net, l, 0);
	dpk_status	status = dpk_step_check_keys(l->step, keys, err);
	size_t		most = first->layout == DPK_FLAT ? DPK_MAX_FLOATS : DPK_MAX_CHANNELS,
				channels = 0;
	char		a[80],
				b[80];

	if (status != DPK_OK)
		return status;
	if (l->ninputs < 2)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" needs two inputs or more", l->name);
	for (int k = 0; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);

		if (in->layout != first->layout || in->y.h != first->y.h || in->y.w != first->y.w)
			return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot put %s behind %s", l->name,
							dpk_shape_text(in, b), dpk_shape_text(first, a));
		channels += in->y.c;	/* 8 * 2^30 at most */
	}
	if (channels > most)
		return dpk_fail(err, DPK_TOO_BIG, "layer \"%s\" is too large: %zu %s", l->name, channels,
						first->layout == DPK_FLAT ? "values" : "channels");
	l->y = first->y;
	l->y.c = (int) channels;
	l->y.border = 0;
	l->layout = first->layout;
	return DPK_OK;
}

static dpk_status
copy_list(const dpk_pass *p, int n, const float *x, float *y, bool add)
{
	for (int from = 0; from < n; from += PIECE)
	{
		int			end = DPK_MIN(n, from + PIECE);

		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		for (int j = from; j < end; j++)
			y[j] = add ? y[j] + x[j] : x[j];
	}
	return DPK_OK;
}

/* Row r of the output of sample i */
static void
forward_row(const dpk_pass *p, const dpk_layer *l, int i, int r)
{
	const dpk_net *net = p->net;
	const float *x[DPK_MAX_BLOCK];
	int			n = dpk_row_channels(net, l, r),
				first = r / l->y.h * net->block,
				k = 0,
				before = 0;		/* channels of the inputs before k */

	for (int q = 0; q < n; q++)
	{
		const dpk_layer *in;

		while (first + q >= before + dpk_input_of(net, l, k)->y.c)
			before += dpk_input_of(net, l, k++)->y.c;
		in = dpk_input_of(net, l, k);
		x[q] = dpk_y(p, in) + i * in->y_floats + dpk_channel(net, in, &in->y, first + q - before, r % l->y.h);
	}
	dpk_gather(net->block, l->y.w, n, x, net->block, dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r), net->block, false);
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n; i++)
	{
		float	   *y = dpk_y(p, l) + i * l->y_floats;

		for (int r = 0; l->layout != DPK_FLAT && r < dpk_nrows(net, l); r++)
		{
			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			forward_row(p, l, i, r);
		}
		for (int k = 0; l->layout == DPK_FLAT && k < l->ninputs && status == DPK_OK; k++)
		{
			const dpk_layer *in = dpk_input_of(net, l, k);

			status = copy_list(p, in->y.c, dpk_y(p, in) + i * in->y_floats, y, false);
			y += in->y.c;
		}
	}
	return status;
}

/* dx of input k, whose channels are 'before' and on in dy */
static dpk_status
backward_input(const dpk_pass *p, const dpk_layer *l, int k, int before)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, k);
	bool		add = dpk_adds(net, l, k);
	const float *x[DPK_MAX_BLOCK];

	for (int i = 0; i < p->n; i++)
	{
		const float *dy = dpk_dy(p, l) + i * l->dy_floats;
		float	   *dx = dpk_dy(p, in) + i * in->dy_floats;

		if (l->layout == DPK_FLAT && copy_list(p, in->y.c, dy + before, dx, add) != DPK_OK)
			return DPK_STOPPED;
		for (int r = 0; l->layout != DPK_FLAT && r < dpk_nrows(net, in); r++)
		{
			int			n = dpk_row_channels(net, in, r),
						first = before + r / in->y.h * net->block;

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int q = 0; q < n; q++)
				x[q] = dy + dpk_channel(net, l, &l->dy, first + q, r % in->y.h);
			dpk_gather(net->block, in->y.w, n, x, net->block, dx + dpk_row(net, in, &in->dy, r), net->block, add);
		}
	}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = DPK_OK;

	for (int k = 0, before = 0; k < l->ninputs && status == DPK_OK; k++)
	{
		const dpk_layer *in = dpk_input_of(p->net, l, k);

		if (in->trains)
			status = backward_input(p, l, k, before);
		before += in->y.c;
	}
	return status;
}

const dpk_layer_class dpk_layer_concat = {
	.name = "concat", .max_inputs = DPK_MAX_INPUTS, .check = check, .forward = forward, .backward = backward
};
