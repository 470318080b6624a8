/*
 * loss.c - softmax with cross-entropy, and the mean squared error
 *
 * Cross-entropy is computed from what softmax is applied to: with z = log sum
 * exp(x), loss = z - x[class] and d loss / dx = softmax(x) - onehot(class).
 * Going through the probabilities would give infinity once one underflows.
 * The squared error of a sample is the mean over its outputs, as in Keras.
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
dpk_net_softmax(int c, const float *x, float *y)
{
	log_sum_exp(c, x, y);
}

static bool
is_largest(int c, const float *x, int class)
{
	for (int j = 0; j < c; j++)
		if (j < class ? !(x[j] < x[class]) : !(x[j] <= x[class]))
			return false;
	return true;
}

dpk_status
dpk_net_loss(const dpk_pass *p, dpk_sums *sums)
{
	const dpk_net *net = p->net;
	const dpk_layer *last = &net->layers[net->nlayers - 1];
	int			c = net->noutputs;

	*sums = (dpk_sums) {0, 0, 0};
	for (int i = 0; i < p->n; i++)
	{
		const float *x = dpk_y(p, last) + i * last->y_floats;
		float	   *dx = p->grad && last->trains ? dpk_dy(p, last) + i * last->dy_floats : NULL;
		float		weight = p->batch->weight ? p->batch->weight[i] : 1;

		sums->weight += weight;
		if (net->loss == DPK_CROSS_ENTROPY)
		{
			float		target = p->batch->target[i];
			int			class = target >= 0 && target < c ? (int) target : -1;

			if (class < 0 || class != target)
				return DPK_INVALID;
			sums->loss += weight * (log_sum_exp(c, x, dx) - x[class]);
			sums->correct += is_largest(c, x, class) ? weight : 0;
			for (int j = 0; dx != NULL && j < c; j++)
				dx[j] = weight * (j == class ? dx[j] - 1 : dx[j]);
		}
		else
		{
			const float *target = p->batch->target + (size_t) i * c;
			double		sum = 0;

			for (int j = 0; j < c; j++)
			{
				double		e = (double) x[j] - target[j];

				sum += e * e;
				if (dx != NULL)
					dx[j] = (float) (weight * 2 * e / c);
			}
			sums->loss += weight * sum / c;
		}
	}
	return DPK_OK;
}
