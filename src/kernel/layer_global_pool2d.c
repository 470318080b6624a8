/*
 * layer_global_pool2d.c - "global_avg_pool2d", "global_max_pool2d", and of series: one value per channel
 *
 * A mean is summed in double.  A NaN is the maximum of its channel; the
 * gradient of a maximum goes to the first element that equals it, in row order.
 */
#include "gather.h"

static const dpk_key keys[] = {DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	bool		series = l->class == &dpk_layer_global_avg_pool1d || l->class == &dpk_layer_global_max_pool1d;
	dpk_status	status;

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = series ? dpk_need_series(net, l, err) : dpk_need_map(net, l, err)) != DPK_OK)
		return status;
	l->y = (dpk_map) {dpk_input_of(net, l, 0)->y.c, 1, 1, 0};
	l->layout = DPK_FLAT;
	return DPK_OK;
}

static bool
is_max(const dpk_layer *l)
{
	return l->class == &dpk_layer_global_max_pool2d || l->class == &dpk_layer_global_max_pool1d;
}

static void
add_row(double *sums, const float *row, int w, int v)
{
	for (int j = 0; j < w; j++)
		for (int q = 0; q < v; q++)
			sums[q] += row[j * v + q];
}

static void
raise_row(float *top, const float *row, int w, int v)
{
	for (int j = 0; j < w; j++)
		for (int q = 0; q < v; q++)
		{
			float		x = row[j * v + q];

			top[q] = x > top[q] || x != x ? x : top[q];
		}
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		max = is_max(l);
	int			v = net->block;

	for (int i = 0; i < p->n; i++)
	{
		const float *x = dpk_y(p, in) + i * in->y_floats;
		float	   *y = dpk_y(p, l) + i * l->y_floats;
		double		sums[DPK_MAX_BLOCK];
		float		top[DPK_MAX_BLOCK];

		for (int r = 0; r < dpk_nrows(net, in); r++)
		{
			const float *row = x + dpk_row(net, in, &in->y, r);
			int			n = dpk_row_channels(net, in, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			if (r % in->y.h == 0)
			{
				memset(sums, 0, sizeof(sums));
				memcpy(top, row, sizeof(float) * v);
			}
			if (max)
				raise_row(top, row, in->y.w, v);
			else
				add_row(sums, row, in->y.w, v);
			for (int q = 0; (r + 1) % in->y.h == 0 && q < n; q++)
				y[r / in->y.h * v + q] = max ? top[q] : (float) (sums[q] / ((double) in->y.h * in->y.w));
		}
	}
	return DPK_OK;
}

/* Row r of dx of one sample: where x first equals y there is all of dy; 'left' are the channels still looking */
static void
spread_max(const float *x, const float *y, const float *dy, bool *left, int n, int w, int v, float *dx, bool add)
{
	for (int j = 0; j < w; j++)
	{
		for (int q = 0; q < n; q++)
		{
			bool		hit = left[q] && x[j * v + q] == y[q];
			float		g = hit ? dy[q] : 0;

			left[q] &= !hit;
			dx[j * v + q] = add ? dx[j * v + q] + g : g;
		}
		for (int q = n; q < v && !add; q++)
			dx[j * v + q] = 0;
	}
}

static void
spread_mean(const float *dy, float share, int n, int w, int v, float *dx, bool add)
{
	for (int j = 0; j < w; j++)
		for (int q = 0; q < v; q++)
		{
			float		g = q < n ? dy[q] * share : 0;

			dx[j * v + q] = add ? dx[j * v + q] + g : g;
		}
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	bool		max = is_max(l),
				add = dpk_adds(net, l, 0);
	int			v = net->block;
	float		share = 1.0f / ((float) in->y.h * (float) in->y.w);

	for (int i = 0; i < p->n; i++)
	{
		const float *y = dpk_y(p, l) + i * l->y_floats,
				   *dy = dpk_dy(p, l) + i * l->dy_floats;
		bool		left[DPK_MAX_BLOCK];

		for (int r = 0; r < dpk_nrows(net, in); r++)
		{
			float	   *dx = dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r);
			int			c = r / in->y.h * v,
						n = dpk_row_channels(net, in, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			if (r % in->y.h == 0)
				memset(left, true, sizeof(left));
			if (max)
				spread_max(dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r), y + c, dy + c, left, n, in->y.w, v, dx, add);
			else
				spread_mean(dy + c, share, n, in->y.w, v, dx, add);
		}
	}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_global_avg_pool2d = {
	.name = "global_avg_pool2d", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_global_max_pool2d = {
	.name = "global_max_pool2d", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_global_avg_pool1d = {
	.name = "global_avg_pool1d", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};

const dpk_layer_class dpk_layer_global_max_pool1d = {
	.name = "global_max_pool1d", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
