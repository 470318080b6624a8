/*
 * fuzz_network.c - bytes as a network: it is refused or it computes
 *
 * Bytes choose the samples, the steps, their keys and values, hostile ones
 * among them.  What can be built and is small does one gradient and one
 * forward pass, with exactly the memory it asked for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

#define MAX_STEPS 40
#define MAX_VALUES 5
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct bytes
{
	const uint8_t *at;
	size_t		left;
} bytes;

static const char *const ops[] = {
	"conv2d", "conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d", "flatten", "dense", "dropout",
	"add", "multiply", "concat", "global_max_pool2d", "reshape", "upsample2d", "pixel_shuffle", "channel_shuffle",
	"linear", "relu", "sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu", "hard_sigmoid", "hard_swish", "softmax", "input", "conv3d", "",
	"pad_channels", "slice_channels", "conv1d", "max_pool1d", "avg_pool1d", "global_avg_pool1d", "global_max_pool1d",
	"batch_norm", "batch_norm", "layer_norm"
};
static const char *const keys[] = {
	"filters", "kernel", "units", "size", "stride", "padding", "activation", "rate", "dilation", "groups",
	"name", "inputs", "height", "width", "channels", "rescale", "negative_slope", "alpha", "?", "first",
	"shape", "factor", "interpolation", "momentum", "epsilon", "use_bias"
};
static const char *const words[] = {
	"same", "valid", "relu", "softmax", "sigmoid", "leaky_relu", "gelu", "hard_swish", "bilinear", "causal", "a", "b", "c", "input", "conv2d_1", "dense_1", "",
	"a name that is far too long to be the name of anything at all in a network"
};
static const double numbers[] = {
	0, 1, 2, 3, 4, 5, 7, 8, 16, 33, 64, 0.5, 0.25, -1, 1000, 1024, 65536, 1048576, 1e9, 1e300, NAN, INFINITY, 2147483648.0
};

static int
next(bytes *b, int n)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++ % n;
}

static void
read_value(bytes *b, dpk_value *v, double *x, const char **s)
{
	int			kind = next(b, 16);

	*v = (dpk_value) {.key = keys[next(b, COUNT(keys))], .count = 1, .numbers = x, .strings = s};
	if (strcmp(v->key, "padding") == 0 || strcmp(v->key, "activation") == 0 || strcmp(v->key, "name") == 0 || strcmp(v->key, "inputs") == 0)
		kind ^= 8;				/* most often the right one */
	v->is_list = kind & 1;
	v->is_string = kind & 8;
	v->is_bool = kind == 6;
	if (v->is_list)
		v->count = next(b, 5);
	for (int i = 0; i < v->count; i++)
	{
		x[i] = v->is_bool ? 1 : numbers[next(b, COUNT(numbers))];
		s[i] = words[next(b, COUNT(words))];
	}
}

static void *
zeros(size_t n)
{
	size_t		size = (n + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN + (n == 0 ? DPK_ALIGN : 0);

	return memset(aligned_alloc(DPK_ALIGN, size), 0, size);
}

/* Powers of powers may overflow; all else must stay finite */
static bool
multiplies(const dpk_step *steps, int nsteps)
{
	for (int i = 0; i < nsteps; i++)
		if (strcmp(steps[i].op, "multiply") == 0)
			return true;
	return false;
}

/* Samples alone and together with the norms folded away, in exactly the memory asked for */
static void
predict(dpk_net *net, float *params, const void *x, float *y, float *scratch, int n)
{
	if (dpk_net_fold(net) > 0)
		dpk_net_fold_params(net, params, scratch);
	for (; n > 0; n -= 2)
	{
		dpk_run		run = {zeros(dpk_net_work_bytes(net, n, false)), dpk_sgemm_reference, NULL};

		if (dpk_net_forward(net, &run, params, n, x, y) != DPK_OK)
			abort();
		free(run.work);
	}
}

static void
compute(dpk_net *net, const dpk_input *input, dpk_loss loss, int n, bool finite)
{
	size_t		floats = dpk_net_param_floats(net);
	float	   *params = zeros(sizeof(float) * floats),
			   *grad = malloc(sizeof(float) * (floats + 1)),
			   *scratch = zeros(sizeof(float) * dpk_net_scratch_floats(net)),
			   *y = malloc(sizeof(float) * n * dpk_net_noutputs(net)),
			   *target = zeros(sizeof(float) * n * dpk_net_noutputs(net));
	void	   *x = zeros((size_t) n * input->h * input->w * input->c * (input->is_image ? 1 : sizeof(float)));
	dpk_run		run = {zeros(dpk_net_work_bytes(net, n, true)), dpk_sgemm_reference, NULL};
	dpk_batch	batch = {.n = n, .x = x, .target = target, .seed = 1};
	dpk_sums	sums;

	dpk_net_init(net, params, 3, scratch);
	if (dpk_net_gradient(net, &run, params, &batch, grad, &sums) != DPK_OK ||
		dpk_net_forward(net, &run, params, n, x, y) != DPK_OK)
		abort();
	for (size_t i = 0; i < floats; i++)
		if (finite && !isfinite(grad[i]))
			abort();
	for (int t = 0; t < dpk_net_ntensors(net); t++)
		dpk_net_get(net, t, grad, scratch);
	predict(net, params, x, y, scratch, n);
	free(params), free(grad), free(scratch), free(y), free(target), free(x), free(run.work);
}

/* A named network with hostile parameters is refused, or is a list of layers that is refused or laid out */
static void
write_out(bytes *b, const dpk_kernels *kernels, const dpk_input *input)
{
	static const char *const parameters[] = {
		"depth", "width", "filters", "channels", "factor", "padding", "variant", "stem_stride", "?"
	};
	dpk_value	values[MAX_VALUES];
	double		x[MAX_VALUES][4];
	const char *s[MAX_VALUES][4];
	int			nnames = 0;
	dpk_step	step = {NULL, next(b, 4), values};
	const dpk_step *steps;
	int			nsteps;
	dpk_output	output = dpk_values(10);
	void	   *outline = malloc(dpk_net_preset_bytes());
	dpk_net    *net;
	dpk_error	err;

	while (dpk_net_preset_name(nnames) != NULL)
		nnames++;
	step.op = dpk_net_preset_name(next(b, nnames));
	for (int i = 0; i < step.nvalues; i++)
	{
		read_value(b, &values[i], x[i], s[i]);
		values[i].key = parameters[next(b, COUNT(parameters))];
	}
	if (dpk_net_preset(outline, &step, &steps, &nsteps, &err) == DPK_OK)
	{
		void	   *memory = malloc(dpk_net_bytes(nsteps));

		dpk_net_outline(memory, kernels, steps, nsteps, input, &output, &net, &err);
		free(memory);
	}
	free(outline);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const dpk_step last[] = {{"flatten", 0, NULL}, {"dense", 0, NULL}, {"softmax", 0, NULL}, {"sigmoid", 0, NULL}};
	static const int sides[] = {1, 2, 5, 8, 9, 12, 16384, -1};
	bytes		b = {data, size};
	dpk_step	steps[MAX_STEPS + 3];
	dpk_value	values[MAX_STEPS][MAX_VALUES];
	double		x[MAX_STEPS][MAX_VALUES][4];
	const char *s[MAX_STEPS][MAX_VALUES][4];
	const char *isas[] = {"generic", "avx2", "avx512"};
	const dpk_kernels *kernels = dpk_kernels_named(isas[next(&b, 3)]);
	dpk_loss	loss = (dpk_loss) next(&b, DPK_BINARY_CROSS_ENTROPY + 1);
	dpk_input	input = {sides[next(&b, COUNT(sides))], sides[next(&b, COUNT(sides))], 1 + next(&b, 9), next(&b, 8) > 0};
	int			ends = next(&b, 4);
	dpk_output	output = {sides[next(&b, COUNT(sides))], sides[next(&b, COUNT(sides))], 1 + next(&b, 9), true};
	int			nsteps = 0;
	void	   *memory;
	dpk_net    *net;
	dpk_error	err;

	if (kernels != NULL && next(&b, 8) == 7)
	{
		write_out(&b, kernels, &input);
		return 0;
	}
	while (b.left > 0 && nsteps < MAX_STEPS)
	{
		dpk_step   *step = &steps[nsteps];

		*step = (dpk_step) {ops[next(&b, COUNT(ops))], next(&b, MAX_VALUES + 1), values[nsteps]};
		if (strncmp(step->op, "conv", 4) == 0 && step->nvalues > 2)
			step->nvalues = 2 + next(&b, MAX_VALUES - 1);
		for (int i = 0; i < step->nvalues; i++)
			read_value(&b, &values[nsteps][i], x[nsteps][i], s[nsteps][i]);
		if (strncmp(step->op, "conv", 4) == 0 && step->nvalues > 1)
			values[nsteps][0].key = "filters", values[nsteps][1].key = "kernel";
		if (strcmp(step->op, "reshape") == 0 && step->nvalues > 0)
			values[nsteps][0].key = "shape";
		nsteps++;
	}
	/* without an end: an image, so that the last layer may be a map */
	if (ends > 0 || loss == DPK_CROSS_ENTROPY)
		output = dpk_values(1 + ends);
	for (int i = 0; ends > 0 && i < 2; i++)
		steps[nsteps++] = last[i];
	if (ends > 0 && (loss == DPK_CROSS_ENTROPY || loss == DPK_BINARY_CROSS_ENTROPY))
		steps[nsteps++] = last[loss == DPK_CROSS_ENTROPY ? 2 : 3];
	if (kernels == NULL)
		return 0;

	memory = malloc(dpk_net_bytes(nsteps));
	if (dpk_net_build(memory, kernels, steps, nsteps, &input, loss, &output, &net, &err) == DPK_OK)
	{
		size_t		work = dpk_net_work_bytes(net, 3, true);

		if (dpk_net_work_bytes(net, 1 << 30, true) < work)
			abort();
		if (work < 1 << 20 && dpk_net_param_floats(net) < 1 << 17 && dpk_net_flops(net, true) < 1e6)
			compute(net, &input, loss, 3, !multiplies(steps, nsteps));
	}
	free(memory);
	return 0;
}
