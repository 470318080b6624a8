/*
 * layer_add.c - {"add": {"inputs": ["a", "b", ...]}}: the sum of 2 to 8 outputs of one shape
 */
#include "layer.h"

static const dpk_key keys[] = {DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *first = dpk_input_of(net, l, 0);
	dpk_status	status = dpk_step_check_keys(l->step, keys, err);
	char		a[80],
				b[80];

	if (status != DPK_OK)
		return status;
	if (l->ninputs < 2)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" needs two inputs or more", l->name);
	for (int k = 1; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);

		if (in->layout == first->layout && in->y.c == first->y.c && in->y.h == first->y.h && in->y.w == first->y.w)
			continue;
		dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot add %s and %s", l->name, dpk_shape_text(first, a), dpk_shape_text(in, b));
		if (first->index == 0 && in->layout == first->layout && in->y.h == first->y.h && in->y.w == first->y.w)
			dpk_hint(err, "Give a network by name \"channels\": %d, or bring images to %d channels with {\"input\": {\"channels\": %d}}.",
					 first->y.c, in->y.c, in->y.c);
		return DPK_INVALID;
	}
	l->y = first->y;
	l->y.border = 0;
	l->layout = first->layout;
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
		{
			float	   *y = dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int k = 0; k < l->ninputs; k++)
			{
				const dpk_layer *in = dpk_input_of(net, l, k);
				const float *x = dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r);

				for (int j = 0; j < floats; j++)
					y[j] = k == 0 ? x[j] : y[j] + x[j];
			}
		}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = DPK_OK;

	for (int k = 0; k < l->ninputs && status == DPK_OK; k++)
		if (dpk_input_of(p->net, l, k)->trains)
			status = dpk_pass_dy(p, l, k);
	return status;
}

const dpk_layer_class dpk_layer_add = {
	.name = "add", .max_inputs = DPK_MAX_INPUTS, .check = check, .forward = forward, .backward = backward
};
