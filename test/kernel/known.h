/*
 * known.h - networks against numbers of other programs and against central differences
 *
 * What test/oracle/known.py computes with PyTorch: outputs, the loss and every
 * gradient, for images, weights and targets that are formulas.
 *
 * For each tensor the analytic and the numeric gradient are compared as
 * vectors: |g - numeric| / |numeric| < 1e-3.  Losses are summed in double from
 * float outputs, so the step is chosen for their noise (about 1e-7 of a loss
 * near 1); relu and max are differentiable at all but a few points, which the
 * seed avoids.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include "nets.h"
#include "reference_kernels.h"

static float
number(size_t i, int salt)
{
	return (float) ((int) ((i * 37 + (size_t) salt * 101) % 61) - 30) / 40;
}

static double
worst_difference(const float *a, const float *b, size_t n)
{
	double		worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fabs(a[i] - b[i]) <= worst ? worst : fabs((double) a[i] - b[i]);
	return worst;
}

__attribute__((unused)) static double
largest(const float *a, size_t n)
{
	double		most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(a[i]));
	return most;
}

typedef struct known
{
	const char *text;
	dpk_input	input;
	dpk_loss	loss;
	int			noutputs,
				n,
				ntensors;
	const float *y,
			   *total,
			   *gradients[8];
} known;

#define KNOWN_2(p) p##_y, p##_loss, {p##_g0, p##_g1, p##_g2, p##_g3}
#define KNOWN_3(p) p##_y, p##_loss, {p##_g0, p##_g1, p##_g2, p##_g3, p##_g4, p##_g5}
#define KNOWN_4(p) p##_y, p##_loss, {p##_g0, p##_g1, p##_g2, p##_g3, p##_g4, p##_g5, p##_g6, p##_g7}

/* One sample alone, where maps take turns in exactly the memory it asks for, gives what it gives in a batch */
static void
check_first_alone(const rig *r, const float *y)
{
	size_t		bytes = dpk_net_work_bytes(r->net, 1, false),
				noutputs = dpk_net_noutputs(r->net);
	dpk_run		run = {aligned_alloc(DPK_ALIGN, (bytes + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN), dpk_sgemm_reference, NULL};
	float	   *alone = malloc(sizeof(float) * noutputs);

	memset(run.work, 0xff, bytes);
	memset(run.work, 0, DPK_ALIGN);
	ok(dpk_net_forward(r->net, &run, r->params, 1, r->batch.x, alone) == DPK_OK && worst_difference(alone, y, noutputs) < 1e-6,
	   "the first sample alone gives the same");
	free(run.work), free(alone);
}

__attribute__((unused)) static void
check_known(const known *k, const dpk_kernels *kernels)
{
	rig			r;
	float		y[100];
	dpk_sums	sums,
				evaluated;
	dpk_status	status;
	double		worst = 0;

	if (!rig_start(&r, kernels, k->text, k->input, k->loss, k->noutputs, k->n))
		return;
	for (int i = 0; i < k->n * k->input.h * k->input.w * k->input.c; i++)
	{
		r.images[i] = (uint8_t) ((i * 89 + 7) % 256);
		r.features[i] = r.images[i] / 255.0f;
	}
	for (int i = 0; i < k->n; i++)
	{
		r.weight[i] = 0.5f + 0.25f * i;
		if (k->loss == DPK_CROSS_ENTROPY)
			r.target[i] = (float) ((i * 2 + 1) % k->noutputs);
	}
	for (int i = 0; k->loss == DPK_MSE && i < k->n * k->noutputs; i++)
		r.target[i] = number(i, 99);
	ok(dpk_net_ntensors(r.net) == k->ntensors, "%s: %d tensors", kernels->isa, k->ntensors);
	for (int t = 0; t < k->ntensors; t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *w = malloc(sizeof(float) * tensor->count);

		for (size_t i = 0; i < tensor->count; i++)
			w[i] = number(i, t + 1);
		dpk_net_set(r.net, t, r.params, w);
		free(w);
	}

	ok(dpk_net_forward(r.net, &r.run, r.params, k->n, r.batch.x, y) == DPK_OK &&
	   worst_difference(y, k->y, k->n * k->noutputs) < 1e-5, "%s: outputs of %s", kernels->isa, k->text);
	check_first_alone(&r, y);
	status = dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	ok(status == DPK_OK && fabs(sums.loss - k->total[0]) < 1e-5 * fmax(1, k->total[0]), "%s: loss %.6f", kernels->isa, sums.loss);
	dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &evaluated);
	ok(memcmp(&sums, &evaluated, sizeof(sums)) == 0, "%s: evaluated alike", kernels->isa);
	for (int t = 0; t < k->ntensors; t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *g = malloc(sizeof(float) * tensor->count);

		dpk_net_get(r.net, t, r.grad, g);
		worst = fmax(worst, worst_difference(g, k->gradients[t], tensor->count) / fmax(1, largest(k->gradients[t], tensor->count)));
		free(g);
	}
	ok(worst < 1e-5, "%s: gradients differ by at most %.1e of the largest", kernels->isa, worst);
	rig_end(&r);
}

/* Weights that are not there must stay zero: the optimiser is a loop over floats */
__attribute__((unused)) static void
check_padding(const known *k, const dpk_kernels *kernels)
{
	rig			r;
	dpk_sums	sums;
	float	   *again,
			   *canonical;
	bool		same = true;

	if (!rig_start(&r, kernels, k->text, k->input, k->loss, k->noutputs, k->n))
		return;
	again = aligned(sizeof(float) * dpk_net_param_floats(r.net));
	canonical = aligned(sizeof(float) * dpk_net_scratch_floats(r.net));
	memset(r.grad, 0x7f, sizeof(float) * dpk_net_param_floats(r.net));
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		dpk_net_get(r.net, t, r.grad, canonical);
		dpk_net_set(r.net, t, again, canonical);
	}
	for (size_t i = 0; i < dpk_net_param_floats(r.net); i++)
		same &= again[i] == r.grad[i];
	ok(same, "%s: what is no weight has gradient zero in %s", kernels->isa, k->text);
	free(again), free(canonical);
	rig_end(&r);
}

static double
loss_at(rig *r)
{
	dpk_sums	sums;
	float	   *grad = aligned(sizeof(float) * dpk_net_param_floats(r->net));

	/* the training pass, so that dropout is on */
	dpk_net_gradient(r->net, &r->run, r->params, &r->batch, grad, &sums);
	free(grad);
	return sums.loss;
}

__attribute__((unused)) static void
check_gradient(const char *text, dpk_input input, dpk_loss loss, int noutputs, float h)
{
	rig			r;
	dpk_sums	sums;
	double		worst = 0;
	const char *where = "";

	if (!rig_start(&r, &reference_kernels, text, input, loss, noutputs, 3))
		return;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK, "gradient of %s", text);
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *w = malloc(sizeof(float) * tensor->count),
				   *g = malloc(sizeof(float) * tensor->count);
		double		error = 0,
					norm = 0;
		size_t		step = tensor->count / 40 + 1;

		dpk_net_get(r.net, t, r.params, w);
		dpk_net_get(r.net, t, r.grad, g);
		for (size_t i = 0; i < tensor->count && tensor->trainable; i += step)
		{
			float		old = w[i];
			double		up,
						down,
						numeric;

			w[i] = old + h;
			dpk_net_set(r.net, t, r.params, w);
			up = loss_at(&r);
			w[i] = old - h;
			dpk_net_set(r.net, t, r.params, w);
			down = loss_at(&r);
			w[i] = old;
			dpk_net_set(r.net, t, r.params, w);
			numeric = (up - down) / ((double) (old + h) - (old - h));
			error += (g[i] - numeric) * (g[i] - numeric);
			norm += numeric * numeric;
		}
		error = tensor->trainable ? sqrt(error / fmax(norm, 1e-12)) : 0;
		if (!(error <= worst))
			worst = error, where = tensor->layer;
		free(w), free(g);
	}
	ok(worst < 1e-3, "central differences agree: relative error %.1e, at worst in %s", worst, where);
	rig_end(&r);
}

#endif							/* KNOWN_H */
