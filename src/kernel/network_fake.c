/*
 * network_fake.c - softmax or linear regression behind the interface of network.h
 *
 * Every function is weak: the engine replaces it by being linked.
 */
#include <math.h>
#include <string.h>

#include "network.h"
#include "optimizer.h"

#define WEAK __attribute__((weak))

struct dpk_net
{
	dpk_input	input;
	dpk_loss	loss;
	int			nin,
				nout;
	dpk_tensor	tensors[2];
};

WEAK const char *const dpk_net_presets[] = {"linear", NULL};
static const dpk_step linear_steps[] = {{"flatten", 0, NULL}, {"dense", 0, NULL}};

WEAK const dpk_kernels *
dpk_kernels_best(void)
{
	return NULL;
}

WEAK const dpk_step *
dpk_net_preset(const char *name, int *nsteps)
{
	if (strcmp(name, "linear") != 0)
		return NULL;
	*nsteps = 2;
	return linear_steps;
}

WEAK dpk_status
dpk_net_read_input(const dpk_step *steps, int nsteps, dpk_input *input, bool *present, dpk_error *err)
{
	memset(input, 0, sizeof(*input));
	*present = false;
	return DPK_OK;
}

WEAK size_t
dpk_net_bytes(int nsteps)
{
	return sizeof(dpk_net);
}

WEAK dpk_status
dpk_net_build(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
			  const dpk_input *input, dpk_loss loss, int noutputs, dpk_net **net, dpk_error *err)
{
	dpk_net    *n = memory;

	memset(n, 0, sizeof(*n));
	n->input = *input;
	n->loss = loss;
	n->nin = input->h * input->w * input->c;
	n->nout = noutputs;
	n->tensors[0] = (dpk_tensor) {"dense_1", "kernel", 2, {noutputs, n->nin}, (size_t) noutputs * n->nin, true};
	n->tensors[1] = (dpk_tensor) {"dense_1", "bias", 1, {noutputs}, noutputs, true};
	*net = n;
	return DPK_OK;
}

WEAK int	dpk_net_noutputs(const dpk_net *net) { return net->nout; }
WEAK int	dpk_net_nlayers(const dpk_net *net) { return 2; }
WEAK size_t dpk_net_param_floats(const dpk_net *net) { return (net->tensors[0].count + net->tensors[1].count + 15) / 16 * 16; }
WEAK size_t dpk_net_param_count(const dpk_net *net) { return net->tensors[0].count + net->tensors[1].count; }
WEAK double dpk_net_flops(const dpk_net *net, bool training) { return 4.0 * net->nin * net->nout; }
WEAK size_t dpk_net_work_bytes(const dpk_net *net, int n, bool training) { return sizeof(float) * (net->nout + 16); }
WEAK size_t dpk_net_scratch_floats(const dpk_net *net) { return net->tensors[0].count; }
WEAK int	dpk_net_ntensors(const dpk_net *net) { return 2; }
WEAK const dpk_tensor *dpk_net_tensor(const dpk_net *net, int i) { return &net->tensors[i]; }

WEAK void
dpk_net_get(const dpk_net *net, int i, const float *slab, float *canonical)
{
	memcpy(canonical, slab + (i ? net->tensors[0].count : 0), net->tensors[i].count * sizeof(float));
}

WEAK void
dpk_net_set(const dpk_net *net, int i, float *slab, const float *canonical)
{
	memcpy(slab + (i ? net->tensors[0].count : 0), canonical, net->tensors[i].count * sizeof(float));
}

WEAK void
dpk_net_init(const dpk_net *net, float *params, int64_t seed, float *scratch)
{
	for (size_t i = 0; i < net->tensors[0].count; i++)
		params[i] = 0.01f * sinf((float) (i + seed));
}

static float
input_at(const dpk_net *net, const void *x, int i, int j)
{
	return net->input.is_image ? ((const uint8_t *) x)[(size_t) i * net->nin + j] / 255.0f : ((const float *) x)[(size_t) i * net->nin + j];
}

static void
forward(const dpk_net *net, const float *p, const void *x, int i, float *y)
{
	float		max,
				sum = 0;

	for (int o = 0; o < net->nout; o++)
	{
		y[o] = p[net->tensors[0].count + o];
		for (int j = 0; j < net->nin; j++)
			y[o] += p[(size_t) o * net->nin + j] * input_at(net, x, i, j);
	}
	if (net->loss == DPK_MSE)
		return;
	max = y[0];
	for (int o = 1; o < net->nout; o++)
		max = y[o] > max ? y[o] : max;
	for (int o = 0; o < net->nout; o++)
		sum += y[o] = expf(y[o] - max);
	for (int o = 0; o < net->nout; o++)
		y[o] /= sum;
}

WEAK dpk_status
dpk_net_forward(const dpk_net *net, const dpk_run *run, const float *params, int n, const void *x, float *y)
{
	for (int i = 0; i < n; i++)
		forward(net, params, x, i, y + (size_t) i * net->nout);
	return DPK_OK;
}

static dpk_status
both(const dpk_net *net, const dpk_run *run, const float *p, const dpk_batch *b, float *g, dpk_sums *sums)
{
	float	   *y = run->work;

	memset(sums, 0, sizeof(*sums));
	if (g)
		memset(g, 0, dpk_net_param_floats(net) * sizeof(float));
	for (int i = 0; i < b->n; i++)
	{
		float		w = b->weight ? b->weight[i] : 1;
		int			best = 0;

		if (dpk_stopped(run->stop))
			return DPK_STOPPED;
		forward(net, p, b->x, i, y);
		for (int o = 1; o < net->nout; o++)
			best = y[o] > y[best] ? o : best;
		sums->weight += w;
		if (net->loss == DPK_CROSS_ENTROPY)
		{
			sums->loss -= w * logf(y[(int) b->target[i]]);
			sums->correct += w * (best == (int) b->target[i]);
			y[(int) b->target[i]] -= 1;
		}
		else
			for (int o = 0; o < net->nout; o++)
			{
				y[o] -= b->target[i * net->nout + o];
				sums->loss += w * y[o] * y[o] / net->nout;
				y[o] *= 2.0f / net->nout;
			}
		for (int o = 0; g && o < net->nout; o++)
		{
			g[net->tensors[0].count + o] += w * y[o];
			for (int j = 0; j < net->nin; j++)
				g[(size_t) o * net->nin + j] += w * y[o] * input_at(net, b->x, i, j);
		}
	}
	return DPK_OK;
}

WEAK dpk_status
dpk_net_evaluate(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch, dpk_sums *sums)
{
	return both(net, run, params, batch, NULL, sums);
}

WEAK dpk_status
dpk_net_gradient(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch, float *grad, dpk_sums *sums)
{
	return both(net, run, params, batch, grad, sums);
}

WEAK int
dpk_optimizer_slots(const dpk_optimizer *o)
{
	return o->method == DPK_ADAM ? 2 : 1;
}

WEAK void
dpk_optimizer_update(const dpk_optimizer *o, int64_t step, size_t from, size_t to, int nshards, const float *grads,
					 size_t stride, float scale, float *params, float *const *slots)
{
	for (size_t i = from; i < to; i++)
	{
		float		g = 0;

		for (int s = 0; s < nshards; s++)
			g += grads[s * stride + i];
		g *= scale;
		if (o->method == DPK_ADAM)
		{
			slots[0][i] = o->beta1 * slots[0][i] + (1 - o->beta1) * g;
			slots[1][i] = o->beta2 * slots[1][i] + (1 - o->beta2) * g * g;
			params[i] -= o->learning_rate * (slots[0][i] / (1 - pow(o->beta1, step))) / (sqrt(slots[1][i] / (1 - pow(o->beta2, step))) + o->epsilon);
		}
		else
		{
			slots[0][i] = o->momentum * slots[0][i] + g;
			params[i] -= o->learning_rate * slots[0][i];
		}
	}
}
