/*
 * layer_upsample2d.c - {"upsample2d": {"size", "interpolation"}}: each pixel becomes several
 *
 * "nearest" repeats it.  "bilinear" mixes the four pixels whose centres are
 * around that of the output pixel, with the edge repeated outside: Keras's
 * UpSampling2D, and PyTorch's interpolate with align_corners=False.
 */
#include "gather.h"

static const dpk_key keys[] = {{"size", "2"}, {"interpolation", "\"nearest\""}, DPK_LAYER_KEYS};

static const char *const interpolations[] = {"nearest", "bilinear", NULL};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			bilinear = 0;
	int		   *size = l->upsample.size;
	dpk_status	status;
	char		text[80];

	size[0] = size[1] = 2;
	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_need_map(net, l, err)) != DPK_OK ||
		(status = dpk_step_integer_pair(l->step, "size", 1, 256, size, err)) != DPK_OK ||
		(status = dpk_step_choice(l->step, "interpolation", interpolations, &bilinear, err)) != DPK_OK)
		return status;
	if (in->y.h > DPK_MAX_SIDE / size[0] || in->y.w > DPK_MAX_SIDE / size[1])
		return dpk_fail(err, DPK_TOO_BIG, "the output of layer \"%s\" is too large: %s times %d x %d",
						l->name, dpk_shape_text(in, text), size[0], size[1]);
	l->upsample.bilinear = bilinear;
	l->y = (dpk_map) {in->y.c, in->y.h * size[0], in->y.w * size[1], 0};
	l->layout = DPK_BLOCKED;
	return DPK_OK;
}

/* Along one axis: output i is 1 - share of input 'at' and share of input 'next' */
typedef struct between
{
	int			at,
				next;
	float		share;
} between;

static between
find(bool bilinear, int i, int size, int inputs)
{
	/* (i + 0.5) / size - 0.5, in units of 1 / (2 * size) */
	int			place = DPK_MAX(2 * i + 1 - size, 0);
	between		b = {place / (2 * size), 0, (float) (place % (2 * size)) / (float) (2 * size)};

	if (!bilinear)
		return (between) {i / size, i / size, 0};
	b.next = DPK_MIN(b.at + 1, inputs - 1);
	return b;
}

static void
forward_row(const dpk_layer *l, const dpk_layer *in, int v, between row, const float *top, const float *bottom, float *y)
{
	for (int j = 0; j < l->y.w; j++, y += v)
	{
		between		column = find(l->upsample.bilinear, j, l->upsample.size[1], in->y.w);
		const float *a = top + column.at * v,
				   *b = top + column.next * v,
				   *c = bottom + column.at * v,
				   *d = bottom + column.next * v;
		float		right = column.share,
					down = row.share;

		if (!l->upsample.bilinear)
			memcpy(y, a, sizeof(float) * v);
		else
			for (int q = 0; q < v; q++)
				y[q] = (1 - down) * ((1 - right) * a[q] + right * b[q]) + down * ((1 - right) * c[q] + right * d[q]);
	}
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);

	for (int i = 0; i < p->n; i++)
	{
		const float *x = dpk_y(p, in) + i * in->y_floats;

		for (int r = 0; r < dpk_nrows(net, l); r++)
		{
			between		row = find(l->upsample.bilinear, r % l->y.h, l->upsample.size[0], in->y.h);
			int			first = r / l->y.h * in->y.h;

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			forward_row(l, in, net->block, row, x + dpk_row(net, in, &in->y, first + row.at), x + dpk_row(net, in, &in->y, first + row.next),
						dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r));
		}
	}
	return DPK_OK;
}

/* Adds a row of dy to the rows of dx it was mixed from */
static void
backward_row(const dpk_layer *l, const dpk_layer *in, int v, between row, const float *dy, float *top, float *bottom)
{
	for (int j = 0; j < l->y.w; j++, dy += v)
	{
		between		column = find(l->upsample.bilinear, j, l->upsample.size[1], in->y.w);
		float	   *a = top + column.at * v,
				   *b = top + column.next * v,
				   *c = bottom + column.at * v,
				   *d = bottom + column.next * v;
		float		right = column.share,
					down = row.share;

		if (!l->upsample.bilinear)
			for (int q = 0; q < v; q++)
				a[q] += dy[q];
		else
			for (int q = 0; q < v; q++)
			{
				a[q] += (1 - down) * (1 - right) * dy[q];
				b[q] += (1 - down) * right * dy[q];
				c[q] += down * (1 - right) * dy[q];
				d[q] += down * right * dy[q];
			}
	}
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		add = dpk_adds(net, l, 0);

	for (int i = 0; i < p->n; i++)
	{
		float	   *dx = dpk_dy(p, in) + i * in->dy_floats;

		for (int r = 0; r < dpk_nrows(net, in) && !add; r++)
			memset(dx + dpk_row(net, in, &in->dy, r), 0, sizeof(float) * dpk_row_floats(net, in));
		for (int r = 0; r < dpk_nrows(net, l); r++)
		{
			between		row = find(l->upsample.bilinear, r % l->y.h, l->upsample.size[0], in->y.h);
			int			first = r / l->y.h * in->y.h;

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			backward_row(l, in, net->block, row, dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r),
						 dx + dpk_row(net, in, &in->dy, first + row.at), dx + dpk_row(net, in, &in->dy, first + row.next));
		}
	}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_upsample2d = {
	.name = "upsample2d", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
