/*
 * engine_step.c - a whole training step against the FMA peak of one core
 *
 * Gradients of all shards of a batch, then Adam.  FLOPs are 2 per multiply-add
 * without padding: forward, weights' gradients, inputs' gradients (none for
 * the first layer); everything else counts nothing.  The peak is taken before
 * and after each network, the better one counts.  Time is the process's own.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "optimizer.h"
#include "peak.h"

#define NUMBER(k, x) {.key = k, .count = 1, .numbers = (const double[]) {x}}
#define WORD(k, x) {.key = k, .count = 1, .is_string = true, .strings = (const char *const[]) {x}}
#define CONV(filters) {"conv2d", 3, (const dpk_value[]) {NUMBER("filters", filters), NUMBER("kernel", 3), WORD("activation", "relu")}}
#define POOL {"max_pool2d", 0, NULL}
#define END {"flatten", 0, NULL}, {"dense", 1, (const dpk_value[]) {WORD("activation", "softmax")}}

static const dpk_step net_a[] = {CONV(32), POOL, CONV(64), POOL, END};
static const dpk_step net_b[] = {CONV(32), POOL, CONV(64), POOL, CONV(128), POOL, END};

/* Two residual blocks (He and others, 2016), each behind a convolution, with batch_norm */
#define FALSE(k) {.key = k, .count = 1, .is_bool = true, .numbers = (const double[]) {0}}
#define INPUTS(a, b) {.key = "inputs", .count = 2, .is_string = true, .is_list = true, .strings = (const char *const[]) {a, b}}
#define BARE(filters, stride) {"conv2d", 5, (const dpk_value[]) {NUMBER("filters", filters), NUMBER("kernel", 3), NUMBER("stride", stride), WORD("padding", "same"), FALSE("use_bias")}}
#define BLOCK(norm, f, stride, a, b) \
	BARE(f, stride), {norm, 2, (const dpk_value[]) {WORD("name", a), WORD("activation", "relu")}}, \
	BARE(f, 1), {norm, 1, (const dpk_value[]) {WORD("activation", "relu")}}, \
	BARE(f, 1), {norm, 1, (const dpk_value[]) {WORD("name", b)}}, {"add", 1, (const dpk_value[]) {INPUTS(a, b)}}, {"relu", 0, NULL}
#define POOLED_END {"global_avg_pool2d", 0, NULL}, {"dense", 1, (const dpk_value[]) {WORD("activation", "softmax")}}

static const dpk_step net_c[] = {BLOCK("batch_norm", 32, 1, "a", "b"), BLOCK("batch_norm", 64, 2, "c", "d"), POOLED_END};

typedef void (*cblas_function) (int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

static cblas_function cblas_sgemm;

static void
blas_sgemm(bool trans_a, bool trans_b, int m, int n, int k, float alpha,
		   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
	cblas_sgemm(101, trans_a ? 112 : 111, trans_b ? 112 : 111, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

static void *
zeros(size_t bytes)
{
	size_t		size = (bytes + DPK_ALIGN) / DPK_ALIGN * DPK_ALIGN;

	return memset(aligned_alloc(DPK_ALIGN, size), 0, size);
}

static int
by_size(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Median seconds of a step */
static double
time_step(const dpk_net *net, const dpk_input *input, dpk_sgemm sgemm, int batch, int shard, int runs)
{
	const dpk_optimizer adam = {.method = DPK_ADAM,.learning_rate = 1e-3,.beta1 = 0.9,.beta2 = 0.999,.epsilon = 1e-7};
	size_t		floats = dpk_net_param_floats(net),
				trained = dpk_net_trainable_floats(net),
				sample = (size_t) input->h * input->w * input->c;
	int			nshards = batch / shard;
	float	   *params = zeros(sizeof(float) * floats),
			   *scratch = zeros(sizeof(float) * dpk_net_scratch_floats(net)),
			   *grads = zeros(sizeof(float) * floats * nshards),
			   *target = zeros(sizeof(float) * batch);
	float	   *slots[2] = {zeros(sizeof(float) * floats), zeros(sizeof(float) * floats)};
	int64_t    *keys = zeros(sizeof(int64_t) * batch);
	uint8_t    *x = zeros(sample * batch);
	dpk_run		run = {zeros(dpk_net_work_bytes(net, shard, true)), sgemm, NULL};
	double		times[64];

	dpk_net_init(net, params, 1, scratch);
	for (size_t i = 0; i < sample * batch; i++)
		x[i] = (uint8_t) ((i * 2654435761u) >> 13);
	for (int i = 0; i < batch; i++)
		target[i] = (float) (i % dpk_net_noutputs(net));

	for (int r = -1; r < runs; r++)
	{
		double		start = cpu_seconds();

		for (int s = 0; s < nshards; s++)
		{
			dpk_batch	b = {.n = shard, .x = x + sample * shard * s, .target = target + shard * s, .keys = keys + shard * s, .seed = 1};
			dpk_sums	sums;

			if (dpk_net_gradient(net, &run, params, &b, grads + floats * s, &sums) != DPK_OK)
				exit(2);
		}
		dpk_optimizer_update(&adam, r + 2, 0, trained, nshards, grads, floats, 1.0f / batch, params, slots);
		dpk_optimizer_subtract(trained, floats, nshards, grads, floats, 1.0f / batch, params);
		if (r >= 0)
			times[r] = cpu_seconds() - start;
	}
	free(params), free(scratch), free(grads), free(target), free(slots[0]), free(slots[1]);
	free(keys), free(x), free(run.work);
	qsort(times, runs, sizeof(double), by_size);
	return times[runs / 2];
}

static bool
measure(const char *name, const dpk_step *steps, int nsteps, dpk_input input, int batch, int shard, int runs, dpk_sgemm sgemm, double bar)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	void	   *memory = malloc(dpk_net_bytes(nsteps));
	const dpk_output output = dpk_values(10);
	dpk_net    *net;
	double		peak = peak_flops(kernels->isa),
				after,
				seconds,
				ours;

	if (dpk_net_build(memory, kernels, steps, nsteps, &input, DPK_CROSS_ENTROPY, &output, &net, NULL) != DPK_OK)
		return false;
	seconds = time_step(net, &input, sgemm, batch, shard, runs);
	after = peak_flops(kernels->isa);
	peak = after > peak ? after : peak;
	ours = dpk_net_flops(net, true) * batch / seconds;
	free(memory);
	printf("%s, %s | %.1f GFLOP/s, %.0f images/s | FMA peak %.1f GFLOP/s | %.2f | %.2f | %s\n",
		   name, kernels->isa, ours * 1e-9, batch / seconds, peak * 1e-9, ours / peak, bar,
		   ours / peak >= bar ? "holds" : "falls short");
	fflush(stdout);
	return ours / peak >= bar;
}

int
main(int argc, char **argv)
{
	double		factor = argc > 1 ? atof(argv[1]) : 1;
	bool		brief = getenv("BENCH_SHORT") != NULL && getenv("BENCH_SHORT")[0] != '\0';
	dpk_sgemm	sgemm = dpk_sgemm_reference;
	void	   *library;
	bool		holds;

	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library != NULL && (cblas_sgemm = (cblas_function) dlsym(library, "cblas_sgemm")) != NULL)
		sgemm = blas_sgemm;
	holds = measure("training step, 28 x 28 x 1, conv 32 and 64, batch 64 in shards of 8", net_a, 6, (dpk_input) {28, 28, 1, true},
					64, 8, brief ? 15 : 61, sgemm, 0.5 * factor);
	holds &= measure("training step, 224 x 224 x 3, conv 32, 64 and 128, batch 32 in shards of 4", net_b, 8, (dpk_input) {224, 224, 3, true},
					 32, 4, brief ? 1 : 5, sgemm, 0.65 * factor);
	/* no bar: batch_norm is a matter of memory */
	holds &= measure("training step, 32 x 32 x 3, two residual blocks with batch_norm, batch 64 in shards of 8", net_c, 18, (dpk_input) {32, 32, 3, true},
					 64, 8, brief ? 5 : 21, sgemm, 0);
	return holds ? 0 : 1;
}
