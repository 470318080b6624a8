/*
 * layer_reshape.c - {"reshape": {"shape": [height, width, channels]}}, or [length, channels], or [n]
 *
 * The values stay in Keras's order, rows, columns, channels, and are cut
 * anew.  A series of 'length' is a map of height 1.
 */
#include "gather.h"

#define PIECE 4096				/* values between two polls */

static const dpk_key keys[] = {{"shape", NULL}, DPK_LAYER_KEYS};

static dpk_status
read_shape(dpk_layer *l, dpk_error *err)
{
	int			shape[3],
				n;
	dpk_status	status = dpk_step_integers(l->step, "shape", 3, 1, (int) DPK_MAX_FLOATS, shape, &n, err);

	if (status != DPK_OK)
		return status;
	l->y = n == 1 ? (dpk_map) {shape[0], 1, 1, 0} : (dpk_map) {shape[n - 1], n == 2 ? 1 : shape[0], shape[n - 2], 0};
	l->layout = n == 1 ? DPK_FLAT : DPK_BLOCKED;
	if (n > 1 && (l->y.c > DPK_MAX_CHANNELS || l->y.h > DPK_MAX_SIDE || l->y.w > (n == 2 ? DPK_MAX_LENGTH : DPK_MAX_SIDE)))
	{
		dpk_fail(err, DPK_TOO_BIG, "the output of layer \"%s\" is too large", l->name);
		dpk_detail(err, "At most %d rows, %d columns or %d steps of a series, and %d channels are allowed.",
				   DPK_MAX_SIDE, DPK_MAX_SIDE, DPK_MAX_LENGTH, DPK_MAX_CHANNELS);
		return DPK_TOO_BIG;
	}
	return DPK_OK;
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	dpk_status	status;
	char		a[80],
				b[80];

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = read_shape(l, err)) != DPK_OK)
		return status;
	if ((double) l->y.h * l->y.w * l->y.c != (double) in->y.h * in->y.w * in->y.c)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot make %s of %s", l->name, dpk_shape_text(l, a), dpk_shape_text(in, b));
	return DPK_OK;
}

/* Value number n of one sample, in Keras's order */
static size_t
place_of(const dpk_net *net, const dpk_layer *l, const dpk_map *m, size_t n)
{
	int			c = (int) (n % m->c);
	size_t		pixel = n / m->c;

	if (l->layout == DPK_FLAT)
		return n;
	return dpk_channel(net, l, m, c, (int) (pixel / m->w)) + pixel % m->w * net->block;
}

/* Value after value of one sample; the channels of 'to' that are not there become zero unless it is added to */
static dpk_status
copy(const dpk_pass *p, const dpk_layer *from, const dpk_map *from_map, const float *x,
	 const dpk_layer *to, const dpk_map *to_map, float *y, bool add)
{
	const dpk_net *net = p->net;
	size_t		count = (size_t) to->y.h * to->y.w * to->y.c;

	if (!add && to->layout != DPK_FLAT && to->y.c % net->block != 0)
		for (int r = to->y.c / net->block * to->y.h; r < dpk_nrows(net, to); r++)
			memset(y + dpk_row(net, to, to_map, r), 0, sizeof(float) * dpk_row_floats(net, to));
	for (size_t n = 0; n < count; n++)
	{
		size_t		at = place_of(net, to, to_map, n);
		float		value = x[place_of(net, from, from_map, n)];

		if (n % PIECE == 0 && dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		y[at] = add ? y[at] + value : value;
	}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = copy(p, in, &in->y, dpk_y(p, in) + i * in->y_floats, l, &l->y, dpk_y(p, l) + i * l->y_floats, false);
	return status;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = copy(p, l, &l->dy, dpk_dy(p, l) + i * l->dy_floats, in, &in->dy, dpk_dy(p, in) + i * in->dy_floats, dpk_adds(p->net, l, 0));
	return status;
}

const dpk_layer_class dpk_layer_reshape = {
	.name = "reshape", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
