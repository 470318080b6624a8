/*
 * layer_multiply.c - {"multiply": {"inputs": ["a", "b", ...]}}: the product of 2 to 8 outputs
 *
 * All of one shape; or of maps of one shape and, for each of their channels,
 * one value: a list, or a map of 1 x 1 (squeeze and excitation, Hu, Shen and
 * Sun 2018).  The gradient of an input is dy times the other inputs, and of a
 * value per channel the sum of that over the map: rows in float, the rows'
 * sums in double.
 */
#include "layer.h"

#define TILE 256				/* floats at a time; a multiple of every block */
#define TILES 256				/* between two polls */

static const dpk_key keys[] = {DPK_LAYER_KEYS};

static bool
same_shape(const dpk_layer *a, const dpk_layer *b)
{
	return a->layout == b->layout && a->y.c == b->y.c && a->y.h == b->y.h && a->y.w == b->y.w;
}

/* Of the inputs the one whose shape the output has: the largest map, else the first */
static const dpk_layer *
full_input(const dpk_net *net, const dpk_layer *l)
{
	const dpk_layer *full = dpk_input_of(net, l, 0);

	for (int k = 1; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);

		if (in->layout != DPK_FLAT && (full->layout == DPK_FLAT || (double) in->y.h * in->y.w > (double) full->y.h * full->y.w))
			full = in;
	}
	return full;
}

/* Whether input k is one value per channel of a larger output */
static bool
is_spread(const dpk_net *net, const dpk_layer *l, int k)
{
	const dpk_layer *in = dpk_input_of(net, l, k);

	return in->layout != l->layout || in->y.h != l->y.h || in->y.w != l->y.w;
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *full = full_input(net, l);
	dpk_status	status = dpk_step_check_keys(l->step, keys, err);
	char		a[80],
				b[80];

	if (status != DPK_OK)
		return status;
	if (l->ninputs < 2)
		return dpk_fail(err, DPK_INVALID, "layer \"%s\" needs two inputs or more", l->name);
	for (int k = 0; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);
		bool		per_channel = full->layout != DPK_FLAT && in->y.c == full->y.c && in->y.h == 1 && in->y.w == 1;

		if (!same_shape(in, full) && !per_channel)
		{
			dpk_fail(err, DPK_INVALID, "layer \"%s\" cannot multiply %s by %s", l->name,
					 dpk_shape_text(full, a), dpk_shape_text(in, b));
			dpk_hint(err, "Inputs have one shape, or are a map and one value for each of its channels.");
			return DPK_INVALID;
		}
	}
	l->y = full->y;
	l->y.border = 0;
	l->layout = full->layout;
	return DPK_OK;
}

/* The values of block b of input k of sample i; those of no channel are zero */
static void
load_block(const dpk_pass *p, const dpk_layer *in, int i, int b, float *s)
{
	int			v = p->net->block,
				n = in->layout == DPK_FLAT ? DPK_MIN(v, in->y.c - b * v) : v;
	const float *y = dpk_y(p, in) + i * in->y_floats;

	memset(s, 0, sizeof(float) * v);
	memcpy(s, in->layout == DPK_FLAT ? y + b * v : y + dpk_row(p->net, in, &in->y, b), sizeof(float) * n);
}

static void
multiply_block(float *tile, int n, const float *s, int v)
{
	for (int j = 0; j < n; j += v)
		for (int q = 0; q < v; q++)
			tile[j + q] *= s[q];
}

/* tile *= floats 'from' up to from + n of row r of all inputs but 'skip' */
static void
multiply_tile(const dpk_pass *p, const dpk_layer *l, int i, int r, int from, int n, int skip, float *tile)
{
	const dpk_net *net = p->net;
	float		s[DPK_ALIGN / sizeof(float)];

	for (int k = 0; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);

		if (k == skip)
			continue;
		if (is_spread(net, l, k))
		{
			load_block(p, in, i, r / l->y.h, s);
			multiply_block(tile, n, s, net->block);
		}
		else
		{
			const float *x = dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r) + from;

			for (int j = 0; j < n; j++)
				tile[j] *= x[j];
		}
	}
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
			for (int from = 0; from < floats; from += TILE)
			{
				int			n = DPK_MIN(TILE, floats - from);
				float		tile[TILE];

				if (from / TILE % TILES == 0 && dpk_row_stopped(p, from == 0 ? r : 0))
					return DPK_STOPPED;
				for (int j = 0; j < n; j++)
					tile[j] = 1;
				multiply_tile(p, l, i, r, from, n, -1, tile);
				memcpy(dpk_y(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r) + from, tile, sizeof(float) * n);
			}
	return DPK_OK;
}

/* Sums over the map of one block: to a list or a map of 1 x 1 */
static void
store_block(const dpk_pass *p, const dpk_layer *in, int i, int b, const double *sums, bool add)
{
	int			v = p->net->block,
				n = DPK_MIN(v, in->y.c - b * v);
	float	   *dx = dpk_dy(p, in) + i * in->dy_floats + (in->layout == DPK_FLAT ? (size_t) b * v : dpk_row(p->net, in, &in->dy, b));

	for (int q = 0; q < n; q++)
		dx[q] = (float) (add ? dx[q] + sums[q] : sums[q]);
	for (int q = n; q < v && in->layout != DPK_FLAT; q++)
		dx[q] = 0;
}

static dpk_status
backward_input(const dpk_pass *p, const dpk_layer *l, int k)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, k);
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l),
				v = net->block;
	bool		add = dpk_adds(net, l, k),
				spread = is_spread(net, l, k);

	for (int i = 0; i < p->n; i++)
	{
		double		sums[DPK_ALIGN / sizeof(float)] = {0};

		for (int r = 0; r < nrows; r++)
		{
			float		row[DPK_ALIGN / sizeof(float)] = {0};

			for (int from = 0; from < floats; from += TILE)
			{
				int			n = DPK_MIN(TILE, floats - from);
				float		tile[TILE];

				if (from / TILE % TILES == 0 && dpk_row_stopped(p, from == 0 ? r : 0))
					return DPK_STOPPED;
				memcpy(tile, dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r) + from, sizeof(float) * n);
				multiply_tile(p, l, i, r, from, n, k, tile);
				for (int j = 0; spread && j < n; j += v)
					for (int q = 0; q < v; q++)
						row[q] += tile[j + q];
				if (!spread)
				{
					float	   *dx = dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r) + from;

					for (int j = 0; j < n; j++)
						dx[j] = add ? dx[j] + tile[j] : tile[j];
				}
			}
			for (int q = 0; spread && q < v; q++)
				sums[q] += row[q];
			if (spread && (r + 1) % l->y.h == 0)
			{
				store_block(p, in, i, r / l->y.h, sums, add);
				memset(sums, 0, sizeof(sums));
			}
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
			status = backward_input(p, l, k);
	return status;
}

const dpk_layer_class dpk_layer_multiply = {
	.name = "multiply", .max_inputs = DPK_MAX_INPUTS, .check = check, .forward = forward, .backward = backward
};
