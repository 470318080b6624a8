/*
 * engine_forward.c - one image at a time against 32 at once, without PostgreSQL
 *
 * dp.predict() runs a network on one image.  That costs nothing where the
 * convolutions dominate: each image goes through them alone anyway.
 * "engine_forward rate" prints the images per second of batch 32 and nothing
 * else, for engine_predict.sh.  Time is the process's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "network.h"

#define NUMBER(k, x) {.key = k, .count = 1, .numbers = (const double[]) {x}}
#define WORD(k, x) {.key = k, .count = 1, .is_string = true, .strings = (const char *const[]) {x}}
#define CONV(filters) {"conv2d", 3, (const dpk_value[]) {NUMBER("filters", filters), NUMBER("kernel", 3), WORD("activation", "relu")}}
#define POOL {"max_pool2d", 0, NULL}

#define SIDE 224
#define NIMAGES 32

static const dpk_step steps[] = {
	CONV(32), POOL, CONV(64), POOL, CONV(128), {"global_avg_pool2d", 0, NULL},
	{"dense", 1, (const dpk_value[]) {WORD("activation", "softmax")}}
};

static void *
zeros(size_t bytes)
{
	size_t		size = (bytes + DPK_ALIGN) / DPK_ALIGN * DPK_ALIGN;

	return memset(aligned_alloc(DPK_ALIGN, size), 0, size);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Images per second, the best of three passes */
static double
rate(const dpk_net *net, const float *params, const uint8_t *x, int batch)
{
	dpk_run		run = {zeros(dpk_net_work_bytes(net, batch, false)), dpk_sgemm_reference, NULL};
	float	   *y = zeros(sizeof(float) * batch * dpk_net_noutputs(net));
	double		best = 0;

	for (int pass = -1; pass < 3; pass++)
	{
		double		start = seconds(),
					images;

		for (int i = 0; i < NIMAGES; i += batch)
			if (dpk_net_forward(net, &run, params, batch, x + (size_t) i * SIDE * SIDE * 3, y) != DPK_OK)
				exit(2);
		images = NIMAGES / (seconds() - start);
		best = pass >= 0 && images > best ? images : best;
	}
	free(run.work), free(y);
	return best;
}

int
main(int argc, char **argv)
{
	const dpk_input input = {SIDE, SIDE, 3, true};
	const dpk_output output = dpk_values(10);
	const int	nsteps = sizeof(steps) / sizeof(steps[0]);
	double		bar = 0.9 * (argc > 1 ? atof(argv[1]) : 1),
				one,
				many;
	uint8_t    *x = zeros((size_t) NIMAGES * SIDE * SIDE * 3);
	float	   *params,
			   *scratch;
	dpk_net    *net;

	if (dpk_net_build(zeros(dpk_net_bytes(nsteps)), dpk_kernels_best(), steps, nsteps, &input, DPK_CROSS_ENTROPY, &output, &net, NULL) != DPK_OK)
		return 2;
	params = zeros(sizeof(float) * dpk_net_param_floats(net));
	scratch = zeros(sizeof(float) * dpk_net_scratch_floats(net));
	dpk_net_init(net, params, 1, scratch);
	for (size_t i = 0; i < (size_t) NIMAGES * SIDE * SIDE * 3; i++)
		x[i] = (uint8_t) ((i * 2654435761u) >> 13);

	many = rate(net, params, x, NIMAGES);
	if (argc > 1 && strcmp(argv[1], "rate") == 0)
	{
		printf("%.3f\n", many);
		return 0;
	}
	one = rate(net, params, x, 1);
	printf("forward one image at a time, 224 x 224 x 3, conv 32, 64 and 128 | %.1f images/s | 32 at once: %.1f images/s | %.2f | %.2f | %s\n",
		   one, many, one / many, bar, one / many >= bar ? "holds" : "falls short");
	return one / many < bar;
}
