/*
 * layer_layer_norm.c - {"layer_norm": {"epsilon", "activation"}}
 *
 *		y = f((x - mean) / sqrt(variance + epsilon) * gamma + beta)
 * with mean and variance over the channels of each pixel of a map, or over the
 * values of a list (Ba, Kiros and Hinton 2016).  Nothing is kept from training:
 * a sample is normalised alike in training and in prediction.
 *
 * The variance is taken about the mean in a second pass over the pixel, and
 * sums are in double, so that a mean that is large against the spread costs no
 * digits.  gamma's and beta's gradients are summed in the scratch, pixel after
 * pixel and sample after sample, wherever a batch is cut.
 */
#include "layer.h"

#include <math.h>

enum
{
	GAMMA,
	BETA
};

static const dpk_key keys[] = {{"epsilon", "0.001"}, {"activation", "\"linear\""}, DPK_LAYER_KEYS};

/* A pixel's channels: blocks of v floats; a list is one block */
typedef struct pixels
{
	int			c,
				v,
				nblocks;
} pixels;

static pixels
pixels_of(const dpk_net *net, const dpk_layer *l)
{
	int			v = l->layout == DPK_FLAT ? l->y.c : net->block;

	return (pixels) {l->y.c, v, (l->y.c + v - 1) / v};
}

/* Floats from one block of a pixel to the next in map m of a layer like l */
static size_t
plane_of(const dpk_net *net, const dpk_layer *l, const dpk_map *m)
{
	return l->layout == DPK_FLAT ? 0 : dpk_row(net, l, m, m->h) - dpk_row(net, l, m, 0);
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	double		epsilon = 1e-3;
	dpk_status	status;

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, "epsilon", 1e-10, 1, &epsilon, err)) != DPK_OK ||
		(status = dpk_read_activation(net, l, err)) != DPK_OK)
		return status;
	l->norm.epsilon = (float) epsilon;
	l->y = in->y;
	l->y.border = 0;
	l->layout = in->layout;
	/* an element takes about as long as 32 operations of a convolution */
	l->row_flops = 32.0 * ((l->y.c + 15) / 16 * 16) * l->y.w;
	return dpk_check_row(l, err);
}

static dpk_status
plan(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	pixels		s = pixels_of(net, l);
	size_t		c = (size_t) s.v * s.nblocks;
	dpk_status	status = dpk_add_tensor(net, l, "gamma", c, (const int[]) {s.c, 0}, true, err);

	if (status != DPK_OK)
		return status;
	net->tensors[net->ntensors - 1].start = 1;
	if ((status = dpk_add_tensor(net, l, "beta", c, (const int[]) {s.c, 0}, true, err)) != DPK_OK)
		return status;
	return dpk_add_fixed(net, l, 4 * c, err);	/* two sums in double */
}

/* The mean of a pixel's channels, and 1 / sqrt(variance + epsilon) */
static void
moments(const pixels *s, const float *x, size_t plane, float epsilon, float *mean, float *inverse)
{
	double		sum = 0,
				squares = 0;

	for (int b = 0; b < s->nblocks; b++)
		for (int q = 0; q < DPK_MIN(s->v, s->c - b * s->v); q++)
			sum += x[b * plane + q];
	*mean = (float) (sum / s->c);
	for (int b = 0; b < s->nblocks; b++)
		for (int q = 0; q < DPK_MIN(s->v, s->c - b * s->v); q++)
		{
			double		d = (double) x[b * plane + q] - sum / s->c;

			squares += d * d;
		}
	*inverse = (float) (1 / sqrt(squares / s->c + epsilon));
}

/* gamma and beta are zero where no channel is, and so is y */
static void
normalise(const pixels *s, const float *x, size_t xplane, float mean, float inverse,
		  const float *gamma, const float *beta, float *y, size_t yplane)
{
	for (int b = 0; b < s->nblocks; b++)
		for (int q = 0; q < s->v; q++)
			y[b * yplane + q] = (x[b * xplane + q] - mean) * inverse * gamma[b * s->v + q] + beta[b * s->v + q];
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	pixels		s = pixels_of(net, l);
	size_t		xplane = plane_of(net, in, &in->y),
				yplane = plane_of(net, l, &l->y);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < l->y.h; r++)
		{
			const float *x = dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r);
			float	   *y = dpk_activation_x(p, l) + i * l->y_floats + dpk_row(net, l, &l->y, r);

			if (dpk_stopped(p->run->stop))
				return DPK_STOPPED;
			for (int j = 0; j < l->y.w; j++, x += s.v, y += s.v)
			{
				float		mean,
							inverse;

				moments(&s, x, xplane, l->norm.epsilon, &mean, &inverse);
				normalise(&s, x, xplane, mean, inverse, dpk_param(p, l, GAMMA), dpk_param(p, l, BETA), y, yplane);
			}
		}
	return dpk_activate(p, l);
}

/*
 * With g = dy * gamma and z = (x - mean) * inverse:
 *		dx = inverse * (g - mean(g) - z * mean(g * z))
 */
static void
backward_pixel(const pixels *s, const float *x, size_t xplane, const float *dy, size_t dyplane, float epsilon,
			   const float *gamma, double *dgamma, double *dbeta, float *dx, size_t dxplane, bool add)
{
	double		plain = 0,
				product = 0;
	float		mean,
				inverse;

	moments(s, x, xplane, epsilon, &mean, &inverse);
	for (int b = 0; b < s->nblocks; b++)
		for (int q = 0; q < DPK_MIN(s->v, s->c - b * s->v); q++)
		{
			int			k = b * s->v + q;
			double		d = dy[b * dyplane + q],
						z = (x[b * xplane + q] - mean) * inverse;

			dgamma[k] += d * z;
			dbeta[k] += d;
			plain += d * gamma[k];
			product += d * gamma[k] * z;
		}
	plain /= s->c;
	product /= s->c;
	for (int b = 0; dx != NULL && b < s->nblocks; b++)
		for (int q = 0; q < s->v; q++)
		{
			int			k = b * s->v + q;
			float		z = (x[b * xplane + q] - mean) * inverse,
						d = k < s->c ? inverse * (dy[b * dyplane + q] * gamma[k] - (float) plain - z * (float) product) : 0;

			dx[b * dxplane + q] = add ? dx[b * dxplane + q] + d : d;
		}
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	pixels		s = pixels_of(net, l);
	int			c = s.v * s.nblocks;
	double	   *dgamma = (double *) (p->fixed + l->fixed),
			   *dbeta = dgamma + c;
	bool		add = dpk_adds(net, l, 0);
	dpk_status	status = dpk_activate_backward(p, l);

	if (status != DPK_OK)
		return status;
	if (p->first == 0 && dpk_clear(p->run, p->grad + l->params, l->params_end - l->params) != DPK_OK)
		return DPK_STOPPED;
	if (p->first == 0)
		memset(dgamma, 0, 2 * sizeof(double) * c);
	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < l->y.h; r++)
		{
			const float *x = dpk_y(p, in) + i * in->y_floats + dpk_row(net, in, &in->y, r),
					   *dy = dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r);
			float	   *dx = in->trains ? dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r) : NULL;

			if (dpk_stopped(p->run->stop))
				return DPK_STOPPED;
			for (int j = 0; j < l->y.w; j++)
				backward_pixel(&s, x + j * s.v, plane_of(net, in, &in->y), dy + j * s.v, plane_of(net, l, &l->dy), l->norm.epsilon,
							   dpk_param(p, l, GAMMA), dgamma, dbeta,
							   dx == NULL ? NULL : dx + j * s.v, dx == NULL ? 0 : plane_of(net, in, &in->dy), add);
		}
	for (int k = 0; k < c && p->first + p->n == p->total; k++)
	{
		dpk_grad(p, l, GAMMA)[k] = (float) dgamma[k];
		dpk_grad(p, l, BETA)[k] = (float) dbeta[k];
	}
	return DPK_OK;
}

const dpk_layer_class dpk_layer_layer_norm = {
	.name = "layer_norm", .max_inputs = 1, .has_params = true,
	.check = check, .plan = plan, .forward = forward, .backward = backward
};
