/*
 * optimizer.c - the numbers of a step, and the step itself by the best kernels
 */
#include "optimizer.h"

#include <math.h>
#include <string.h>

#define AVERAGE_FLOATS 4096		/* updated at a time where there is an average, which then finds them in the cache */

int
dpk_optimizer_slots(const dpk_optimizer *optimizer)
{
	bool		adam = optimizer->method == DPK_ADAM || optimizer->method == DPK_ADAMW;

	return (adam ? 2 : (optimizer->method == DPK_RMSPROP) + (optimizer->momentum != 0)) + (optimizer->ema > 0);
}

static dpk_stepper
stepper_of(const dpk_optimizer *optimizer, const dpk_kernels *kernels)
{
	switch (optimizer->method)
	{
		case DPK_SGD:
			return optimizer->momentum != 0 ? kernels->momentum : kernels->sgd;
		case DPK_RMSPROP:
			return optimizer->momentum != 0 ? kernels->rmsprop_momentum : kernels->rmsprop;
		case DPK_ADAM:
		case DPK_ADAMW:
			break;
	}
	return kernels->adam;
}

static dpk_step_sizes
sizes_of(const dpk_optimizer *optimizer, int64_t step)
{
	double		rate = dpk_optimizer_rate(optimizer, step);
	dpk_step_sizes sizes = {
		.rate = (float) rate,
		.beta1 = (float) optimizer->beta1,
		.beta2 = (float) optimizer->beta2,
		.epsilon = (float) optimizer->epsilon,
		.momentum = (float) optimizer->momentum,
		.nesterov = optimizer->nesterov
	};

	switch (optimizer->method)
	{
		case DPK_ADAMW:
			sizes.shrink = (float) (rate * optimizer->weight_decay);
			/* FALLTHROUGH */
		case DPK_ADAM:
			sizes.rate = (float) (rate / (1 - dpk_power(optimizer->beta1, step)));
			sizes.correction = (float) (1 / sqrt(1 - dpk_power(optimizer->beta2, step)));
			break;
		case DPK_SGD:
		case DPK_RMSPROP:
			sizes.decay = (float) optimizer->weight_decay;
			break;
	}
	return sizes;
}

void
dpk_optimizer_update(const dpk_optimizer *optimizer, int64_t step, size_t from, size_t to,
					 int nshards, const float *grads, size_t stride, float scale,
					 float *params, float *const *slots)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	dpk_stepper stepper = stepper_of(optimizer, kernels);
	dpk_step_sizes pulled = sizes_of(optimizer, step),
				others = pulled;
	bool		apart = optimizer->decayed != NULL && optimizer->weight_decay != 0;
	int			nslots = dpk_optimizer_slots(optimizer),
				r = 0;
	float	   *average = optimizer->ema > 0 ? slots[--nslots] : NULL;

	others.decay = others.shrink = 0;
	while (from < to)
	{
		size_t		end = to;
		bool		pull = !apart;
		dpk_gradients g = {grads + from, nshards, stride, scale};
		float	   *slabs[3] = {params + from};

		/* to the end of the range we are in, or to the start of the next */
		while (apart && r < optimizer->ndecayed && optimizer->decayed[r].to <= from)
			r++;
		if (apart && r < optimizer->ndecayed)
		{
			pull = optimizer->decayed[r].from <= from;
			end = DPK_MIN(to, pull ? optimizer->decayed[r].to : optimizer->decayed[r].from);
		}
		if (average != NULL)
			end = DPK_MIN(end, from + AVERAGE_FLOATS);
		for (int i = 0; i < nslots; i++)
			slabs[1 + i] = slots[i] + from;
		stepper(end - from, &g, pull ? &pulled : &others, slabs);
		if (average != NULL && step == 1)
			memcpy(average + from, params + from, (end - from) * sizeof(float));
		else if (average != NULL)
			kernels->average(end - from, (float) (1 - optimizer->ema), params + from, average + from);
		from = end;
	}
}

void
dpk_optimizer_subtract(size_t from, size_t to, int nshards, const float *grads, size_t stride, float scale, float *params)
{
	dpk_gradients g = {grads + from, nshards, stride, scale};

	if (from < to)
		dpk_kernels_best()->sgd(to - from, &g, &(dpk_step_sizes) {.rate = 1}, (float *const[]) {params + from});
}

size_t
dpk_norm_blocks(size_t n)
{
	return (n + DPK_NORM_BLOCK - 1) / DPK_NORM_BLOCK;
}

void
dpk_norm_add_up(size_t n, size_t from, size_t to, int nshards, float *grads, size_t stride, double *squares)
{
	const dpk_kernels *kernels = dpk_kernels_best();

	for (size_t b = from; b < to; b++)
	{
		float	   *block = grads + b * DPK_NORM_BLOCK;
		dpk_gradients g = {block, nshards, stride, 1};

		squares[b] = kernels->sum_gradients(DPK_MIN(n - b * DPK_NORM_BLOCK, DPK_NORM_BLOCK), &g, block);
	}
}

float
dpk_norm_clip(double clip_norm, size_t nblocks, const double *squares, float scale)
{
	double		sum = 0,
				share;

	for (size_t b = 0; b < nblocks; b++)
		sum += squares[b];
	share = clip_norm / (sqrt(sum) * scale + 1e-6);
	return share < 1 ? (float) (scale * share) : scale;
}
