/*
 * optimizer.c - the update of a slice of parameters
 *
 * See optimizer.h.  The powers of the betas are computed by multiplication
 * alone, so that every machine has the same ones.
 */
#include "optimizer.h"

#include <math.h>

static double
power(double x, int64_t n)
{
	double		r = 1;

	for (; n > 0; n >>= 1, x *= x)
		if (n & 1)
			r *= x;
	return r;
}

int
dpk_optimizer_slots(const dpk_optimizer *optimizer)
{
	return optimizer->method == DPK_ADAM ? 2 : optimizer->momentum != 0 ? 1 : 0;
}

void
dpk_optimizer_update(const dpk_optimizer *optimizer, int64_t step, size_t from, size_t to,
					 int nshards, const float *grads, size_t stride, float scale,
					 float *params, float *const *slots)
{
	float		b1 = (float) optimizer->beta1,
				b2 = (float) optimizer->beta2,
				rate = (float) (optimizer->learning_rate / (1 - power(optimizer->beta1, step))),
				correction = (float) (1 / sqrt(1 - power(optimizer->beta2, step))),
				epsilon = (float) optimizer->epsilon,
				momentum = (float) optimizer->momentum;

	for (size_t i = from; i < to; i++)
	{
		float		g = 0;

		for (int s = 0; s < nshards; s++)
			g += grads[s * stride + i];
		g *= scale;
		if (optimizer->method == DPK_ADAM)
		{
			float		m = slots[0][i] = b1 * slots[0][i] + (1 - b1) * g;
			float		v = slots[1][i] = b2 * slots[1][i] + (1 - b2) * g * g;

			params[i] -= rate * m / (sqrtf(v) * correction + epsilon);
		}
		else
		{
			if (momentum != 0)
				g = slots[0][i] = momentum * slots[0][i] + g;
			params[i] -= (float) optimizer->learning_rate * g;
		}
	}
}
