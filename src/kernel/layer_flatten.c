/*
 * layer_flatten.c - {"flatten": {}}: a map as a list of h * w * c values
 *
 * In the order Keras flattens: value (i * w + j) * c + channel.  From a list
 * it is a copy.
 */
#include "layer.h"

static const dpk_key keys[] = {DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status = dpk_step_check_keys(l->step, keys, err);
	size_t		count;
	char		text[80];

	if (status != DPK_OK)
		return status;
	if (!dpk_mul((size_t) in->y.h * in->y.w, in->y.c, &count) || count > DPK_MAX_FLOATS)
		return dpk_fail(err, DPK_TOO_BIG, "layer \"%s\" is too large: an input of %s", l->name, dpk_shape_text(in, text));
	l->y = (dpk_map) {(int) count, 1, 1, 0};
	l->layout = DPK_FLAT;
	return DPK_OK;
}

dpk_status
dpk_to_list(const dpk_pass *p, const dpk_layer *l, const float *x, float *y)
{
	const dpk_net *net = p->net;
	int			v = net->block,
				c = l->y.c;

	if (l->layout == DPK_FLAT)
	{
		memcpy(y, x, sizeof(float) * l->y_floats);
		return DPK_OK;
	}
	if (l->layout == DPK_INTERLEAVED)
	{
		size_t		row = (size_t) (l->y.w + 2 * l->y.border) * c;

		for (int r = 0; r < l->y.h; r++)
			memcpy(y + (size_t) r * l->y.w * c, x + (r + l->y.border) * row + (size_t) l->y.border * c, sizeof(float) * l->y.w * c);
		return DPK_OK;
	}
	for (int r = 0; r < dpk_nrows(net, l); r++)
	{
		const float *row = x + dpk_row(net, l, &l->y, r);
		int			c0 = r / l->y.h * v,
					nc = DPK_MIN(v, c - c0);
		float	   *out = y + (size_t) (r % l->y.h) * l->y.w * c + c0;

		if (dpk_row_stopped(p, r))
			return DPK_STOPPED;
		for (int j = 0; j < l->y.w; j++)
			for (int q = 0; q < nc; q++)
				out[(size_t) j * c + q] = row[j * v + q];
	}
	return DPK_OK;
}

/* The gradient of a list into the blocked map of one sample (at dx, row by row) */
static dpk_status
to_map(const dpk_pass *p, const dpk_layer *in, const float *dy, float *dx, bool add)
{
	const dpk_net *net = p->net;
	int			v = net->block,
				c = in->y.c;

	for (int r = 0; r < dpk_nrows(net, in); r++)
	{
		float	   *row = dx + dpk_row(net, in, &in->dy, r);
		int			c0 = r / in->y.h * v,
					nc = DPK_MIN(v, c - c0);
		const float *from = dy + (size_t) (r % in->y.h) * in->y.w * c + c0;

		if (dpk_row_stopped(p, r))
			return DPK_STOPPED;
		for (int j = 0; j < in->y.w; j++)
		{
			for (int q = 0; q < nc; q++)
				row[j * v + q] = add ? row[j * v + q] + from[(size_t) j * c + q] : from[(size_t) j * c + q];
			for (int q = nc; q < v; q++)
				row[j * v + q] = 0;
		}
	}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	const float *x = dpk_y(p, in);
	float	   *y = dpk_y(p, l);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = dpk_to_list(p, in, x + i * in->y_floats, y + i * l->y_floats);
	return status;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	const float *dy = dpk_dy(p, l);
	float	   *dx = dpk_dy(p, in);
	bool		add = dpk_adds(p->net, l, 0);
	dpk_status	status = DPK_OK;

	if (in->layout == DPK_FLAT)
		for (size_t i = 0; i < l->dy_floats * p->n; i++)
			dx[i] = add ? dx[i] + dy[i] : dy[i];
	else
		for (int i = 0; i < p->n && status == DPK_OK; i++)
			status = to_map(p, in, dy + i * l->dy_floats, dx + i * in->dy_floats, add);
	return status;
}

const dpk_layer_class dpk_layer_flatten = {
	.name = "flatten", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
