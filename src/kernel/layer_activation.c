/*
 * layer_activation.c - "relu", "sigmoid", "gelu" and so on, "linear", "softmax"
 *
 * As layers of their own, and as the "activation" of other layers.  Where the
 * derivative is a function of y, such a layer maps its output in place; where
 * it is one of x, the layer keeps x in a second map.  Softmax may only come
 * last: it is computed together with the cross-entropy (loss.c), so its layer
 * passes the values through.  So does a last sigmoid where the loss is the
 * binary cross-entropy.
 */
#include "layer.h"

static const dpk_key keys[] = {DPK_LAYER_KEYS};
static const dpk_key leaky_keys[] = {{"negative_slope", "0.3"}, DPK_LAYER_KEYS};
static const dpk_key elu_keys[] = {{"alpha", "1"}, DPK_LAYER_KEYS};

const char *const dpk_act_names[] = {
	"linear", "relu", "sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu", "hard_sigmoid", "hard_swish", "softmax", NULL
};

static dpk_status
softmax_comes_last(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	if (l->index != net->nlayers - 1)
	{
		dpk_fail(err, DPK_INVALID, "softmax of layer \"%s\" is not the last activation", l->name);
		dpk_hint(err, "Softmax may only be the end of a network.");
		return DPK_INVALID;
	}
	if (net->loss != DPK_CROSS_ENTROPY)
	{
		dpk_fail(err, DPK_INVALID, "softmax of layer \"%s\" needs classes to tell apart", l->name);
		dpk_hint(err, net->loss == DPK_BINARY_CROSS_ENTROPY ? "Binary cross-entropy needs \"sigmoid\" at the end." :
				 "To predict values, end the network with \"linear\".");
		return DPK_INVALID;
	}
	net->final = DPK_ACT_SOFTMAX;
	return DPK_OK;
}

/* The loss takes the last activation, which it computes from */
static dpk_status
leave_to_loss(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	if (l->activation == DPK_ACT_SOFTMAX)
		return softmax_comes_last(net, l, err);
	if (l->activation == DPK_ACT_SIGMOID && l->index == net->nlayers - 1 && net->loss == DPK_BINARY_CROSS_ENTROPY)
	{
		net->final = DPK_ACT_SIGMOID;
		l->activation = DPK_ACT_LINEAR;
	}
	return DPK_OK;
}

dpk_status
dpk_read_activation(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	int			act = DPK_ACT_LINEAR;
	dpk_status	status = dpk_step_choice(l->step, "activation", dpk_act_names, &act, err);

	l->activation = act;
	l->keeps_x = dpk_act_needs_x(act);
	l->slope = act == DPK_ACT_ELU ? 1 : 0.2f;	/* of leaky_relu what Keras's activation of that name has, unlike its layer */
	return status == DPK_OK ? leave_to_loss(net, l, err) : status;
}

#define PIECE 65536				/* floats between two polls */

/* Maps of the samples of a pass, laid out like a layer's y or dy */
typedef struct maps
{
	float	   *at;
	const dpk_map *map;
	size_t		sample;			/* floats of one */
} maps;

static maps
y_of(const dpk_pass *p, const dpk_layer *l)
{
	return (maps) {dpk_y(p, l), &l->y, l->y_floats};
}

static maps
x_of(const dpk_pass *p, const dpk_layer *l)
{
	return (maps) {dpk_activation_x(p, l), &l->y, l->y_floats};
}

static maps
dy_of(const dpk_pass *p, const dpk_layer *l)
{
	return (maps) {dpk_dy(p, l), &l->dy, l->dy_floats};
}

/* Place of row r of a sample; where no map has a border, all of it is one row */
static float *
row_of(const dpk_pass *p, const dpk_layer *l, const maps *m, int i, int r)
{
	return m->at + i * m->sample + dpk_row(p->net, l, m->map, r);
}

/* y = f(x), or where dy is given dx = dy * f' or, with 'add', added to it */
static dpk_status
map_rows(const dpk_pass *p, const dpk_layer *l, maps x, maps y, const maps *dy, const maps *dx, bool add)
{
	const dpk_kernels *k = p->net->kernels;
	bool		one = l->layout == DPK_FLAT ||
		(x.map->border == 0 && y.map->border == 0 && (dy == NULL || (dy->map->border == 0 && dx->map->border == 0)));
	int			nrows = one ? 1 : dpk_nrows(p->net, l);
	size_t		floats = one ? l->y_floats : (size_t) dpk_row_floats(p->net, l);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
			for (size_t f = 0; f < floats; f += PIECE)
			{
				size_t		n = DPK_MIN(PIECE, floats - f);
				const float *from = row_of(p, l, &x, i, r) + f;
				float	   *to = row_of(p, l, &y, i, r) + f;

				if (f > 0 ? dpk_stopped(p->run->stop) : dpk_row_stopped(p, r))
					return DPK_STOPPED;
				if (dy == NULL)
					k->activate(l->activation, l->slope, n, from, to);
				else
					k->activate_backward(l->activation, l->slope, n, from, to, row_of(p, l, dy, i, r) + f, row_of(p, l, dx, i, r) + f, add);
			}
	return DPK_OK;
}

/* Where f(0) is not 0: clear the channels that are not there */
static void
clear_rest(const dpk_pass *p, const dpk_layer *l)
{
	int			v = p->net->block,
				used = l->y.c % v;

	if (l->layout == DPK_FLAT || used == 0 || (l->activation != DPK_ACT_SIGMOID && l->activation != DPK_ACT_HARD_SIGMOID))
		return;
	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < l->y.h; r++)
		{
			float	   *row = dpk_y(p, l) + i * l->y_floats + dpk_row(p->net, l, &l->y, l->y.c / v * l->y.h + r);

			for (int j = 0; j < l->y.w; j++)
				memset(row + j * v + used, 0, sizeof(float) * (v - used));
		}
}

static bool
is_linear(const dpk_layer *l)
{
	return l->activation == DPK_ACT_LINEAR || l->activation == DPK_ACT_SOFTMAX;
}

dpk_status
dpk_activate(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = is_linear(l) ? DPK_OK : map_rows(p, l, x_of(p, l), y_of(p, l), NULL, NULL, false);

	if (status == DPK_OK)
		clear_rest(p, l);
	return status;
}

dpk_status
dpk_activate_backward(const dpk_pass *p, const dpk_layer *l)
{
	maps		dy = dy_of(p, l);

	return is_linear(l) ? DPK_OK : map_rows(p, l, x_of(p, l), y_of(p, l), &dy, &dy, false);
}

/* ---- as a layer ---- */

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	const dpk_key *known = keys;
	const char *parameter = "negative_slope";
	double		slope = 0.3;
	dpk_status	status;

	for (int i = 0; dpk_act_names[i] != NULL; i++)
		if (strcmp(dpk_act_names[i], l->class->name) == 0)
			l->activation = i;
	if (l->activation == DPK_ACT_LEAKY_RELU)
		known = leaky_keys;
	if (l->activation == DPK_ACT_ELU)
	{
		known = elu_keys;
		parameter = "alpha";
		slope = 1;
	}
	if ((status = dpk_step_check_keys(l->step, known, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, parameter, 1e-6, 1, &slope, err)) != DPK_OK)
		return status;
	l->slope = (float) slope;
	l->y = in->y;
	l->y.border = 0;
	l->layout = in->layout;
	return leave_to_loss(net, l, err);
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	dpk_status	status = map_rows(p, l, y_of(p, dpk_input_of(p->net, l, 0)), y_of(p, l), NULL, NULL, false);

	if (status == DPK_OK)
		clear_rest(p, l);
	return status;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	maps		dy = dy_of(p, l),
				dx = dy_of(p, in);

	return map_rows(p, l, y_of(p, in), y_of(p, l), &dy, &dx, dpk_adds(p->net, l, 0));
}

#define ACTIVATION(act) \
const dpk_layer_class dpk_layer_##act = { \
	.name = #act, .max_inputs = 1, .check = check, .forward = forward, .backward = backward \
}

ACTIVATION(linear);
ACTIVATION(relu);
ACTIVATION(sigmoid);
ACTIVATION(tanh);
ACTIVATION(leaky_relu);
ACTIVATION(elu);
ACTIVATION(gelu);
ACTIVATION(silu);
ACTIVATION(hard_sigmoid);
ACTIVATION(hard_swish);
ACTIVATION(softmax);
