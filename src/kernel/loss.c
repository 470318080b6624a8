/*
 * loss.c - from what a network gives and what it should give, to a loss and its gradient
 *
 * Softmax and sigmoid belong to their losses, which are computed from what the
 * activation is applied to.  With z = log sum exp(x), the cross-entropy of a
 * class is z - x[class] and d loss / dx = softmax(x) - onehot(class); that of
 * one probability t is max(x, 0) - x t + log(1 + exp(-|x|)).  Going through the
 * probabilities would give infinity once one underflows.
 *
 * All other losses are means over the outputs of a sample, as in Keras.  An
 * image is compared where it lies, in the layout of the last layer.
 */
#include "layer.h"

#include <math.h>

/* Returns log sum exp(x) and fills y, if given, with exp(x) / sum exp(x); y may be x */
static double
log_sum_exp(int c, const float *x, float *y)
{
	float		top = x[0];
	double		sum = 0,
				z;

	for (int j = 1; j < c; j++)
		top = x[j] > top ? x[j] : top;
	for (int j = 0; j < c; j++)
		sum += exp((double) x[j] - top);
	z = top + log(sum);
	for (int j = 0; y != NULL && j < c; j++)
		y[j] = (float) exp(x[j] - z);
	return z;
}

void
dpk_net_finish(const dpk_net *net, float *y)
{
	if (net->final == DPK_ACT_SOFTMAX)
		log_sum_exp(net->noutputs, y, y);
	else if (net->final == DPK_ACT_SIGMOID)
		for (int j = 0; j < net->noutputs; j++)
			y[j] = 1 / (1 + expf(-y[j]));
}

static bool
is_largest(int c, const float *x, int class)
{
	for (int j = 0; j < c; j++)
		if (j < class ? !(x[j] < x[class]) : !(x[j] <= x[class]))
			return false;
	return true;
}

/* ---- classes ---- */

/*
 * Against one class, with the share s of it spread over all (Szegedy and
 * others, 2016): (1 - s) (z - x[class]) + s (z - mean x)
 */
static double
class_loss(int c, const float *x, int class, float smoothing, float weight, float *dx)
{
	double		z = log_sum_exp(c, x, dx),
				loss = z - x[class];
	float		each = smoothing / c;

	for (int j = 0; dx != NULL && j < c; j++)
		dx[j] = weight * (j == class ? dx[j] - (1 - smoothing + each) : dx[j] - each);
	if (smoothing > 0)
	{
		double		sum = 0;

		for (int j = 0; j < c; j++)
			sum += z - x[j];
		loss = (1 - smoothing) * loss + smoothing * sum / c;
	}
	return loss;
}

/* Against probabilities q: sum over classes of q (z - x), q smoothed as above */
static double
soft_loss(int c, const float *x, const float *q, float smoothing, float weight, float *dx)
{
	double		z = log_sum_exp(c, x, dx),
				loss = 0,
				total = 0;

	for (int j = 0; j < c; j++)
	{
		double		share = (1 - smoothing) * (double) q[j] + smoothing / c;

		loss += share * (z - x[j]);
		total += share;
	}
	for (int j = 0; dx != NULL && j < c; j++)
		dx[j] = (float) (weight * (total * dx[j] - ((1 - smoothing) * (double) q[j] + smoothing / c)));
	return loss;
}

static dpk_status
add_class(const dpk_pass *p, int i, const float *x, float weight, float *dx, dpk_sums *sums)
{
	const dpk_batch *b = p->batch;
	int			c = p->net->noutputs,
				class = 0;

	if (b->soft)
	{
		const float *q = b->target + (size_t) i * c;

		for (int j = 1; j < c; j++)
			class = q[j] > q[class] ? j : class;
		sums->correct += is_largest(c, x, class) ? weight : 0;
		sums->loss += weight * soft_loss(c, x, q, b->smoothing, weight, dx);
		return DPK_OK;
	}
	class = b->target[i] >= 0 && b->target[i] < c ? (int) b->target[i] : -1;
	if (class < 0 || class != b->target[i])
		return DPK_INVALID;
	sums->correct += is_largest(c, x, class) ? weight : 0;
	sums->loss += weight * class_loss(c, x, class, b->smoothing, weight, dx);
	return DPK_OK;
}

/* ---- values ---- */

/* What a sample's outputs sum up to */
typedef struct value_sums
{
	double		loss,
				squared;		/* errors */
	int			correct;		/* on the right side of one half */
} value_sums;

/* One output, given as x, against t: returns the loss */
static inline double
value_loss(dpk_loss loss, double x, double t, double *slope, double *error)
{
	double		z;

	*error = x - t;
	switch (loss)
	{
		case DPK_MAE:
			*slope = (*error > 0) - (*error < 0);
			return fabs(*error);
		case DPK_HUBER:
			if (fabs(*error) > 1)
			{
				*slope = *error > 0 ? 1 : -1;
				return fabs(*error) - 0.5;
			}
			*slope = *error;
			return *error * *error / 2;
		case DPK_BINARY_CROSS_ENTROPY:
			z = exp(-fabs(x));
			*slope = *error = (x >= 0 ? 1 : z) / (1 + z) - t;
			return (x > 0 ? x : 0) - x * t + log1p(z);
		default:
			*slope = 2 * *error;
			return *error * *error;
	}
}

/* n outputs that lie side by side; scale is that of the gradient */
static inline void
add_part(dpk_loss loss, int n, const float *x, const float *t, float *dx, double scale, value_sums *s)
{
	for (int j = 0; j < n; j++)
	{
		double		slope,
					error;

		s->loss += value_loss(loss, x[j], t[j], &slope, &error);
		s->squared += error * error;
		s->correct += (x[j] > 0) == (t[j] > 0.5f);
		if (dx != NULL)
			dx[j] = (float) (scale * slope);
	}
}

/* Row r of a sample that is a map, of (c/V) * h; channels that fill no block get no gradient */
static inline void
add_row(dpk_loss loss, const dpk_net *net, const dpk_layer *l, int r, const float *x, const float *t,
		float *dx, double scale, value_sums *s)
{
	int			v = net->block,
				c = l->y.c,
				c0 = r / l->y.h * v,
				nc = DPK_MIN(v, c - c0);

	t += (size_t) (r % l->y.h) * l->y.w * c + c0;
	x += dpk_row(net, l, &l->y, r);
	if (dx != NULL)
		dx += dpk_row(net, l, &l->dy, r);
	for (int j = 0; j < l->y.w; j++)
	{
		add_part(loss, nc, x + j * v, t + (size_t) j * c, dx ? dx + j * v : NULL, scale, s);
		for (int q = nc; dx != NULL && q < v; q++)
			dx[j * v + q] = 0;
	}
}

static inline dpk_status
add_values(dpk_loss loss, const dpk_pass *p, int i, const float *x, float weight, float *dx, dpk_sums *sums)
{
	const dpk_net *net = p->net;
	const dpk_layer *last = &net->layers[net->nlayers - 1];
	const float *t = p->batch->target + (size_t) i * net->noutputs;
	double		scale = (double) weight / net->noutputs;
	value_sums	s = {0, 0, 0};

	if (last->layout == DPK_FLAT)
		add_part(loss, net->noutputs, x, t, dx, scale, &s);
	else
		for (int r = 0; r < dpk_nrows(net, last); r++)
		{
			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			add_row(loss, net, last, r, x, t, dx, scale, &s);
		}
	sums->loss += weight * s.loss / net->noutputs;
	sums->squared += weight * s.squared / net->noutputs;
	if (loss == DPK_BINARY_CROSS_ENTROPY)
		sums->correct += weight * (double) s.correct / net->noutputs;
	return DPK_OK;
}

/* ---- a batch ---- */

static dpk_status
add_sample(const dpk_pass *p, int i, const float *x, float weight, float *dx, dpk_sums *sums)
{
	/* each with a constant, so that the compiler makes a loop of its own */
	switch (p->net->loss)
	{
		case DPK_CROSS_ENTROPY:
			return add_class(p, i, x, weight, dx, sums);
		case DPK_MSE:
			return add_values(DPK_MSE, p, i, x, weight, dx, sums);
		case DPK_MAE:
			return add_values(DPK_MAE, p, i, x, weight, dx, sums);
		case DPK_HUBER:
			return add_values(DPK_HUBER, p, i, x, weight, dx, sums);
		case DPK_BINARY_CROSS_ENTROPY:
			return add_values(DPK_BINARY_CROSS_ENTROPY, p, i, x, weight, dx, sums);
	}
	return DPK_INVALID;
}

dpk_status
dpk_net_loss(const dpk_pass *p, dpk_sums *sums)
{
	const dpk_net *net = p->net;
	const dpk_layer *last = &net->layers[net->nlayers - 1];
	dpk_status	status = DPK_OK;

	*sums = (dpk_sums) {0};
	for (int i = 0; i < p->n && status == DPK_OK; i++)
	{
		const float *x = dpk_y(p, last) + i * last->y_floats;
		float	   *dx = p->grad && last->trains ? dpk_dy(p, last) + i * last->dy_floats : NULL;
		float		weight = p->batch->weight ? p->batch->weight[i] : 1;

		if (dpk_stopped(p->run->stop))
			return DPK_STOPPED;
		sums->weight += weight;
		status = add_sample(p, i, x, weight, dx, sums);
	}
	return status;
}
