/*
 * layer_batch_norm.c - {"batch_norm": {"momentum", "epsilon", "activation"}}
 *
 *		y = f((x - mean) / sqrt(variance + epsilon) * gamma + beta)
 * by channel of a map, or by value of a list (Ioffe and Szegedy 2015).  In
 * training mean and variance are those of all samples of one call of
 * dpk_net_gradient(), else the running ones beside the weights.  The variance
 * is that of the samples, divided by their number (as in Keras 3; PyTorch
 * normalises by it, too, but keeps the one divided by one less).
 *
 * A call leaves in the gradient's place of the running ones what is to be
 * subtracted from them, times the weight of its samples:
 *		weight * (1 - momentum) * (running - this)
 * so that running = momentum * running + (1 - momentum) * mean over the shards
 * by weight.  A shard without samples says nothing.
 *
 * Scratch by channel, for maps in whole blocks: mean and variance, what dx
 * needs, and two sums in double, first for the one pair and then for the other.
 */
#include "layer.h"

#include <math.h>

enum
{
	GAMMA,
	BETA,
	MEAN,
	VARIANCE
};

static const dpk_key keys[] = {
	{"momentum", "0.99"}, {"epsilon", "0.001"}, {"activation", "\"linear\""}, DPK_LAYER_KEYS
};

/* Places in the scratch, one after the other */
typedef struct scratch
{
	float	   *mean,
			   *variance,
			   *shift,
			   *slope;
	double	   *first,			/* the mean, then the sum of dz */
			   *second;			/* the squares about it, then the sum of dz * (x - mean) */
} scratch;

#define SCRATCH_FLOATS 8		/* by channel */

static int
channels_of(const dpk_net *net, const dpk_layer *l)
{
	return l->layout == DPK_FLAT ? l->y.c : (l->y.c + net->block - 1) / net->block * net->block;
}

static scratch
scratch_of(const dpk_pass *p, const dpk_layer *l)
{
	int			c = channels_of(p->net, l);
	double	   *d = (double *) (p->fixed + l->fixed);
	float	   *f = (float *) (d + 2 * c);

	return (scratch) {f, f + c, f + 2 * c, f + 3 * c, d, d + c};
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	double		momentum = 0.99,
				epsilon = 1e-3;
	dpk_status	status;

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, "momentum", 0, 1, &momentum, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, "epsilon", 1e-10, 1, &epsilon, err)) != DPK_OK ||
		(status = dpk_read_activation(net, l, err)) != DPK_OK)
		return status;
	l->momentum = (float) momentum;
	l->norm.epsilon = (float) epsilon;
	l->norm.relu = l->activation == DPK_ACT_RELU && in->layout != DPK_FLAT;
	l->y = in->y;
	l->y.border = 0;
	l->layout = in->layout;
	/* an element takes about as long as 16 operations of a convolution */
	l->row_flops = 16.0 * ((l->y.c + 15) / 16 * 16) * l->y.w;
	return dpk_check_row(l, err);
}

static dpk_status
plan(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	static const char *const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
	size_t		c = channels_of(net, l);
	dpk_status	status = DPK_OK;

	l->norm.x = in->y;
	l->norm.dx = in->dy;
	l->norm.y = l->y;
	l->norm.dy = l->dy;
	for (int k = 0; k < 4 && status == DPK_OK; k++)
	{
		status = dpk_add_tensor(net, l, names[k], c, (const int[]) {l->y.c, 0}, k < MEAN, err);
		net->tensors[net->ntensors - 1].start = k == GAMMA || k == VARIANCE;
	}
	return status == DPK_OK ? dpk_add_fixed(net, l, SCRATCH_FLOATS * c, err) : status;
}

/* Samples a call of the kernels takes, as rows */
static int
call_rows(const dpk_layer *l)
{
	return dpk_call_rows(l->row_flops, l->y.h);
}

/* ---- forward ---- */

static dpk_status
list_moments(const dpk_pass *p, const dpk_layer *l, const float *x, double *mean, double *squares)
{
	int			c = l->y.c;

	for (int i = 0; i < p->n; i++, x += c)
	{
		double		n = p->first + i + 1;

		if (dpk_row_stopped(p, i))
			return DPK_STOPPED;
		for (int j = 0; j < c; j++)
		{
			double		d = x[j] - mean[j];

			mean[j] += d / n;
			squares[j] += d * (x[j] - mean[j]);
		}
	}
	return DPK_OK;
}

static dpk_status
moments(const dpk_pass *p, const dpk_layer *l)
{
	const float *x = dpk_y(p, dpk_input_of(p->net, l, 0));
	scratch		s = scratch_of(p, l);
	int			c = channels_of(p->net, l),
				step = call_rows(l),
				rows = p->n * l->y.h;
	double		pixels = (double) l->y.h * l->y.w;

	if (p->first == 0)
		memset(s.first, 0, sizeof(double) * 2 * c);
	if (l->layout == DPK_FLAT)
	{
		if (list_moments(p, l, x, s.first, s.second) != DPK_OK)
			return DPK_STOPPED;
	}
	else
		for (int r = 0; r < rows; r += step)
		{
			if (dpk_stopped(p->run->stop))
				return DPK_STOPPED;
			p->net->kernels->norm_moments(&l->norm, r, DPK_MIN(r + step, rows), x,
										  p->first * pixels + (double) r * l->y.w, s.first, s.second);
		}
	for (int j = 0; j < c && p->first + p->n == p->total; j++)
	{
		s.mean[j] = (float) s.first[j];
		s.variance[j] = (float) DPK_MAX(0, s.second[j] / (p->total * pixels));
	}
	return DPK_OK;
}

static dpk_norm_params
params_of(const dpk_pass *p, const dpk_layer *l)
{
	scratch		s;

	if (p->grad == NULL)
		return (dpk_norm_params) {dpk_param(p, l, GAMMA), dpk_param(p, l, BETA), dpk_param(p, l, MEAN), dpk_param(p, l, VARIANCE)};
	s = scratch_of(p, l);
	return (dpk_norm_params) {dpk_param(p, l, GAMMA), dpk_param(p, l, BETA), s.mean, s.variance};
}

static inline double
inverse(const dpk_layer *l, const dpk_norm_params *k, int j)
{
	return 1 / sqrt((double) k->variance[j] + l->norm.epsilon);
}

static dpk_status
list_forward(const dpk_pass *p, const dpk_layer *l, const float *x, const dpk_norm_params *k, float *y)
{
	int			c = l->y.c;

	for (int j = 0; j < c; j++)
	{
		float		factor = (float) (k->gamma[j] * inverse(l, k, j));

		if (dpk_row_stopped(p, j))
			return DPK_STOPPED;
		for (int i = 0; i < p->n; i++)
			y[(size_t) i * c + j] = (x[(size_t) i * c + j] - k->mean[j]) * factor + k->beta[j];
	}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const float *x = dpk_y(p, dpk_input_of(p->net, l, 0));
	dpk_norm_params k = params_of(p, l);
	int			step = call_rows(l),
				rows = p->n * l->y.h;
	dpk_status	status = p->grad != NULL ? moments(p, l) : DPK_OK;

	if (status != DPK_OK)
		return status;
	if (l->layout == DPK_FLAT)
		status = list_forward(p, l, x, &k, dpk_activation_x(p, l));
	else
		for (int r = 0; r < rows; r += step)
		{
			if (dpk_stopped(p->run->stop))
				return DPK_STOPPED;
			p->net->kernels->norm_forward(&l->norm, r, DPK_MIN(r + step, rows), x, &k, dpk_activation_x(p, l));
		}
	return status != DPK_OK || l->norm.relu ? status : dpk_activate(p, l);
}

/* ---- backward ---- */

static dpk_status
list_sums(const dpk_pass *p, const dpk_layer *l, const float *x, const dpk_norm_params *k, const float *dy, double *plain, double *product)
{
	int			c = l->y.c;

	for (int i = 0; i < p->n; i++, x += c, dy += c)
	{
		if (dpk_row_stopped(p, i))
			return DPK_STOPPED;
		for (int j = 0; j < c; j++)
		{
			plain[j] += dy[j];
			product[j] += (double) dy[j] * (x[j] - k->mean[j]);
		}
	}
	return DPK_OK;
}

/* gamma's and beta's gradients, what the running moments are to change by, and what dx needs */
static void
use_sums(const dpk_pass *p, const dpk_layer *l, const dpk_norm_params *k)
{
	scratch		s = scratch_of(p, l);
	double		n = (double) p->total * l->y.h * l->y.w,
				share = 0;

	for (int i = 0; i < p->total; i++)
		share += p->batch->weight ? p->batch->weight[i] : 1;
	share *= 1 - l->momentum;
	for (int t = 0; t < 4; t++)
	{
		const dpk_place *place = &p->net->tensors[l->tensor + t];
		size_t		line = DPK_ALIGN / sizeof(float);

		memset(dpk_grad(p, l, t), 0, sizeof(float) * ((place->floats + line - 1) / line * line));
	}
	for (int j = 0; j < channels_of(p->net, l); j++)
	{
		double		by = inverse(l, k, j);

		dpk_grad(p, l, GAMMA)[j] = (float) (s.second[j] * by);
		dpk_grad(p, l, BETA)[j] = (float) s.first[j];
		dpk_grad(p, l, MEAN)[j] = (float) (share * (dpk_param(p, l, MEAN)[j] - s.mean[j]));
		dpk_grad(p, l, VARIANCE)[j] = (float) (share * (dpk_param(p, l, VARIANCE)[j] - s.variance[j]));
		s.shift[j] = (float) (s.first[j] / n);
		s.slope[j] = (float) (s.second[j] * by * by / n);
	}
}

static dpk_status
sums(const dpk_pass *p, const dpk_layer *l, const dpk_norm_params *k)
{
	const float *x = dpk_y(p, dpk_input_of(p->net, l, 0));
	scratch		s = scratch_of(p, l);
	int			step = call_rows(l),
				rows = p->n * l->y.h;

	if (p->first == 0)
		memset(s.first, 0, sizeof(double) * 2 * channels_of(p->net, l));
	if (l->layout == DPK_FLAT)
	{
		if (list_sums(p, l, x, k, dpk_dy(p, l), s.first, s.second) != DPK_OK)
			return DPK_STOPPED;
	}
	else
		for (int r = 0; r < rows; r += step)
		{
			if (dpk_stopped(p->run->stop))
				return DPK_STOPPED;
			p->net->kernels->norm_backward_sums(&l->norm, r, DPK_MIN(r + step, rows), x, k, dpk_dy(p, l), s.first, s.second);
		}
	if (p->first + p->n == p->total)
		use_sums(p, l, k);
	return DPK_OK;
}

static dpk_status
list_backward(const dpk_pass *p, const dpk_layer *l, const float *x, const dpk_norm_params *k, float *dx)
{
	scratch		s = scratch_of(p, l);
	const float *dy = dpk_dy(p, l);
	bool		add = dpk_adds(p->net, l, 0);
	int			c = l->y.c;

	for (int j = 0; j < c; j++)
	{
		float		factor = (float) (k->gamma[j] * inverse(l, k, j));

		if (dpk_row_stopped(p, j))
			return DPK_STOPPED;
		for (size_t i = j; i < (size_t) p->n * c; i += c)
		{
			float		d = factor * (dy[i] - s.shift[j] - s.slope[j] * (x[i] - k->mean[j]));

			dx[i] = add ? dx[i] + d : d;
		}
	}
	return DPK_OK;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_norm_params k = params_of(p, l);
	scratch		s = scratch_of(p, l);
	int			step = call_rows(l),
				rows = p->n * l->y.h;
	dpk_status	status = l->norm.relu ? DPK_OK : dpk_activate_backward(p, l);

	if (status == DPK_OK)
		status = sums(p, l, &k);
	if (status != DPK_OK || !in->trains)
		return status;
	if (l->layout == DPK_FLAT)
		return list_backward(p, l, dpk_y(p, in), &k, dpk_dy(p, in));
	for (int r = 0; r < rows; r += step)
	{
		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		p->net->kernels->norm_backward(&l->norm, r, DPK_MIN(r + step, rows), dpk_y(p, in), &k, dpk_dy(p, l),
									   s.shift, s.slope, dpk_dy(p, in), dpk_adds(p->net, l, 0));
	}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_batch_norm = {
	.name = "batch_norm", .max_inputs = 1, .whole = true, .has_params = true,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};
