/*
 * engine_kernels.c - the compute kernels as a share of the multiply-add peak
 *
 * engine_kernels [FACTOR] [ISA] [LAYER]
 *
 * A line per figure: name, ours, what it is held against, ratio, bar (times
 * FACTOR) and whether it holds; only of that ISA, and layers whose name contains LAYER.  The peak is measured beside every run, so a
 * processor that slows down slows both; the figure is the median of the runs'
 * ratios.  Operations are counted as 2 x multiply-adds of the definition.  A
 * depthwise convolution does so few on each number that copying the maps may
 * take longer than its arithmetic: it is held against the slower of both.  The
 * exit status is 1 where a figure falls short.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "peak.h"

#define RUNS 7					/* 3 where BENCH_SHORT is set */
#define SECONDS 0.02			/* of one run */

enum
{
	FORWARD, WEIGHTS, INPUT
};

static const char *const directions[] = {"forward", "weight gradient", "input gradient"};

typedef struct layer
{
	const char *name;
	int			n,
				c_in,
				size,			/* of the output, high and wide */
				c_out,
				k,
				stride;
	bool		interleaved;
	double		bars[3][3];		/* by instruction set, then direction; 0 for none */
	int			groups;			/* 0 for one */
} layer;

#define BODY {{0.6, 0.6, 0.6}, {0.75, 0.75, 0.75}, {0.85, 0.75, 0.75}}
#define FIRST {{0.42, 0.5}, {0.55, 0.55}, {0.6, 0.6}}
#define DEPTHWISE {{0.25, 0.45, 0.2}, {0.4, 0.45, 0.2}, {0.4, 0.45, 0.3}}
#define GROUPS {{0.45, 0.55, 0.45}, {0.55, 0.5, 0.55}, {0.6, 0.5, 0.6}}
#define LOOSE {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}

/* Eight samples are one shard of a minibatch of 64 */
static const layer layers[] = {
	{"28x28x1, 3x3 to 32", 8, 1, 26, 32, 3, 1, true, FIRST},
	{"224x224x3, 3x3 to 32", 1, 3, 222, 32, 3, 1, true, FIRST},
	{"224x224x3, 3x3 to 64", 1, 3, 222, 64, 3, 1, true, FIRST},
	{"13x13x32, 3x3 to 64", 8, 32, 11, 64, 3, 1, false, BODY},
	{"111x111x32, 3x3 to 64", 1, 32, 109, 64, 3, 1, false, BODY},
	{"54x54x64, 3x3 to 128", 1, 64, 52, 128, 3, 1, false, BODY},
	{"28x28x32, 3x3 to 32", 8, 32, 26, 32, 3, 1, false, BODY},
	{"28x28x128, 3x3 to 128", 2, 128, 26, 128, 3, 1, false, BODY},
	{"one 28x28x64, 3x3 to 64", 1, 64, 26, 64, 3, 1, false, BODY},
	{"14x14x256, 3x3 to 256", 1, 256, 12, 256, 3, 1, false, BODY},
	{"18x18x32, 5x5 to 64", 4, 32, 14, 64, 5, 1, false, LOOSE},
	{"28x28x64, 1x1 to 128", 4, 64, 28, 128, 1, 1, false, LOOSE},
	{"57x57x32, 3x3 stride 2 to 64", 1, 32, 28, 64, 3, 2, false, LOOSE},
	{"114x114x32, depthwise 3x3", 1, 32, 112, 32, 3, 1, false, DEPTHWISE, 32},
	{"113x113x64, depthwise 3x3 stride 2", 1, 64, 56, 64, 3, 2, false, DEPTHWISE, 64},
	{"30x30x128, depthwise 3x3", 4, 128, 28, 128, 3, 1, false, DEPTHWISE, 128},
	{"16x16x512, depthwise 3x3", 4, 512, 14, 512, 3, 1, false, DEPTHWISE, 512},
	{"28x28x240, 1x1 in 3 groups to 240", 4, 240, 28, 240, 1, 1, false, GROUPS, 3},
};

typedef struct buffers
{
	dpk_conv2d	s;
	float	   *x,
			   *y,
			   *dx,
			   *dy,
			   *w,
			   *dw,
			   *flipped,
			   *b,
			   *db;
} buffers;

static float *
filled(size_t n)
{
	void	   *p;

	if (posix_memalign(&p, DPK_ALIGN, n * sizeof(float)) != 0)
		exit(2);
	for (size_t i = 0; i < n; i++)
		((float *) p)[i] = (float) ((i * 37) % 19) / 19 - 0.45f;
	return p;
}

static buffers
prepare(const dpk_kernels *k, const layer *l)
{
	int			in = (l->size - 1) * l->stride + l->k;
	buffers		u = {.s = {
		.x = {l->c_in, in, in, 0}, .y = {l->c_out, l->size, l->size, 0}, .dx = {l->c_in, in, in, 0},
		.dy = {l->c_out, l->size, l->size, l->stride == 1 ? l->k - 1 : 0},
		.kh = l->k, .kw = l->k, .stride_h = l->stride, .stride_w = l->stride,
		.dilation_h = 1, .dilation_w = 1, .groups = DPK_MAX(1, l->groups), .x_interleaved = l->interleaved, .activation = DPK_RELU,
	}};
	size_t		x = l->interleaved ? (size_t) in * in * l->c_in : dpk_map_floats(&u.s.x, k->block);

	u.x = filled(l->n * x);
	u.dx = filled(l->n * x);
	u.y = filled(l->n * dpk_map_floats(&u.s.y, k->block));
	u.dy = filled(l->n * dpk_map_floats(&u.s.dy, k->block));
	u.w = filled(k->conv2d_weights(&u.s));
	u.dw = filled(k->conv2d_weights(&u.s));
	u.flipped = filled(k->conv2d_flipped(&u.s) + 1);
	u.b = filled(l->c_out);
	u.db = filled(l->c_out);
	return u;
}

static void
run(const dpk_kernels *k, const layer *l, buffers *u, int direction)
{
	if (direction == FORWARD)
		k->conv2d_forward(&u->s, 0, l->n * l->size, u->x, u->w, u->b, u->y);
	else if (direction == WEIGHTS)
		k->conv2d_backward_weights(&u->s, 0, l->n * l->size, u->x, u->dy, u->dw, u->db);
	else
		k->conv2d_backward_input(&u->s, 0, l->n * u->s.x.h, u->dy, u->flipped, u->dx, false);
}

static int
ascending(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Bytes per second of copying one map to the other, what is read and what is written counted */
static double
copy_speed(const dpk_kernels *k, const layer *l, buffers *u)
{
	size_t		bytes = sizeof(float) * l->n * DPK_MIN(dpk_map_floats(&u->s.x, k->block), dpk_map_floats(&u->s.y, k->block));
	double		start = cpu_seconds(),
				t;
	int			times = 0;

	do
	{
		memcpy(u->y, u->x, bytes);
		__asm__ volatile("" : : "r" (u->y) : "memory");
		times++;
	} while ((t = cpu_seconds() - start) < SECONDS / 4);
	return 2.0 * bytes * times / t;
}

/* Prints the line; false where it falls short */
static bool
figure(const dpk_kernels *k, const layer *l, int direction, double bar)
{
	buffers		u = prepare(k, l);
	bool		depthwise = dpk_depthwise(&u.s);
	double		flops = 2.0 * l->n * l->size * l->size * (l->c_in / u.s.groups) * l->c_out * l->k * l->k,
				bytes = (double) sizeof(float) * l->n * (dpk_map_floats(&u.s.x, k->block) + dpk_map_floats(&u.s.y, k->block)),
				ratio[RUNS],
				ours[RUNS],
				peaks[RUNS];
	const char *brief = getenv("BENCH_SHORT");
	int			runs = brief != NULL && *brief != '\0' ? 3 : RUNS;
	bool		good;

	run(k, l, &u, direction);
	for (int r = 0; r < runs; r++)
	{
		double		start = cpu_seconds(),
					t;
		int			times = 0;

		do
		{
			run(k, l, &u, direction);
			times++;
		} while ((t = cpu_seconds() - start) < SECONDS);
		ours[r] = flops * times / t * 1e-9;
		peaks[r] = peak_flops(k->isa) * 1e-9;
		if (depthwise)
			peaks[r] = DPK_MIN(peaks[r], flops / bytes * copy_speed(k, l, &u) * 1e-9);
		ratio[r] = ours[r] / peaks[r];
	}
	qsort(ratio, runs, sizeof(double), ascending);
	qsort(ours, runs, sizeof(double), ascending);
	qsort(peaks, runs, sizeof(double), ascending);
	good = ratio[runs / 2] >= bar;
	printf("%s, %s, %s | %.1f GFLOP/s | %s %.1f | %.2f | %.2f | %s\n", k->isa, l->name, directions[direction],
		   ours[runs / 2], depthwise ? "peak, or copying the maps:" : "peak", peaks[runs / 2], ratio[runs / 2], bar, good ? "holds" : "falls short");
	fflush(stdout);

	void	   *all[] = {u.x, u.y, u.dx, u.dy, u.w, u.dw, u.flipped, u.b, u.db};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
	return good;
}

int
main(int argc, char **argv)
{
	static const char *const isas[] = {"generic", "avx2", "avx512"};
	double		factor = argc > 1 ? atof(argv[1]) : 1;
	bool		good = true;

	for (int i = 0; i < 3; i++)
	{
		const dpk_kernels *k = dpk_kernels_named(isas[i]);

		if (argc > 2 && strcmp(argv[2], isas[i]) != 0)
			continue;
		if (k == NULL || peak_flops(isas[i]) == 0)
		{
			printf("%s | - | - | - | - | skipped: this processor has no %s\n", isas[i], i == 2 ? "AVX-512" : isas[i]);
			continue;
		}
		for (size_t j = 0; j < sizeof(layers) / sizeof(*layers); j++)
			for (int d = FORWARD; (argc <= 3 || strstr(layers[j].name, argv[3]) != NULL) && d <= (layers[j].interleaved ? WEIGHTS : INPUT); d++)
				good &= figure(k, &layers[j], d, factor * layers[j].bars[i][d]);
	}
	return !good;
}
