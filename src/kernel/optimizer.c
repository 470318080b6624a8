/*
 * optimizer.c - the numbers of a step, and the step itself by the best kernels
 *
 * The powers of the betas are computed by multiplication alone, so that every
 * machine has the same ones.
 */
#include "optimizer.h"

#include <math.h>

#include "kernels.h"

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

/* Half a cosine from 'from' at share 0 to 'to' at share 1 */
static double
anneal(double from, double to, double share)
{
	return to + (from - to) / 2 * (1 + cos(M_PI * share));
}

double
dpk_optimizer_rate(const dpk_optimizer *optimizer, int64_t step)
{
	double		top = optimizer->learning_rate,
				bottom = top / 25,
				i = (double) (step - 1),
				last = (double) optimizer->total_steps - 1,
				turn = 0.3 * (last + 1) - 1;	/* the step of the highest rate */

	switch (optimizer->schedule)
	{
		case DPK_CONSTANT:
			break;
		case DPK_COSINE:
			return anneal(top, 0, i / (last + 1));
		case DPK_ONE_CYCLE:
			if (i < turn)
				return anneal(bottom, top, i / turn);
			turn = DPK_MAX(turn, 0);
			return last > turn ? anneal(top, bottom / 1e4, (i - turn) / (last - turn)) : top;
	}
	return top;
}

void
dpk_optimizer_update(const dpk_optimizer *optimizer, int64_t step, size_t from, size_t to,
					 int nshards, const float *grads, size_t stride, float scale,
					 float *params, float *const *slots)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	double		rate = dpk_optimizer_rate(optimizer, step);
	dpk_gradients g = {grads + from, nshards, stride, scale};
	dpk_step_sizes sizes = {
		.rate = (float) rate,
		.beta1 = (float) optimizer->beta1,
		.beta2 = (float) optimizer->beta2,
		.epsilon = (float) optimizer->epsilon,
		.momentum = (float) optimizer->momentum
	};

	if (to <= from)
		return;
	if (optimizer->method == DPK_ADAM)
	{
		sizes.rate = (float) (rate / (1 - power(optimizer->beta1, step)));
		sizes.correction = (float) (1 / sqrt(1 - power(optimizer->beta2, step)));
		kernels->adam(to - from, &g, &sizes, params + from, slots[0] + from, slots[1] + from);
	}
	else
		kernels->sgd(to - from, &g, &sizes, params + from, optimizer->momentum != 0 ? slots[0] + from : NULL);
}
