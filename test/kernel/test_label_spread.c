/*
 * test_label_spread.c - labels carried over to neighbours: edges; test/sql/propagation.sql has the numbers
 */
#include "tap.h"

#include "hash.h"
#include "label_spread.h"

static bool
always(void *arg)
{
	return true;
}

static dpk_status
spread(const double *x, size_t n, int d, const int32_t *label, int nclasses, bool clamp, int neighbours, const dpk_stop *stop, double *f)
{
	dpk_spread_options o = {clamp, neighbours, 0.2, 100, 1e-6, neighbours > 0 ? 0 : 3};
	size_t		bytes;
	void	   *memory;
	dpk_status	status;

	dpk_label_spread_bytes(n, d, nclasses, &o, &bytes);
	memory = aligned_alloc(DPK_ALIGN, dpk_neighbours_round(bytes));
	status = dpk_label_spread(x, n, d, label, nclasses, &o, stop, memory, f);
	free(memory);
	return status;
}

int
main(void)
{
	enum
	{
		N = 5000,
		C = 3
	};
	double	   *x = calloc(2 * N, sizeof *x),
			   *f = calloc(C * N, sizeof *f);
	int32_t    *label = calloc(N, sizeof *label);
	const dpk_stop stop = {always, NULL};
	size_t		bytes;
	int			right = 0;

	/* three clouds, some of whose points are equal */
	for (int i = 0; i < N; i++)
	{
		x[2 * i] = i % C * 3 + dpk_mix64(i / 4 * 4 + i % 2) % 1000 / 1000.0;
		x[2 * i + 1] = dpk_mix64(i % 97) % 1000 / 1000.0;
		label[i] = i % 50 == 7 ? i % C : -1;
	}
	for (int clamp = 0; clamp < 2; clamp++)
	{
		right = 0;
		ok(spread(x, N, 2, label, C, clamp, 7, NULL, f) == DPK_OK, "clouds");
		for (int i = 0; i < N; i++)
			right += f[C * i + i % C] > 0.5;
		ok(right > 0.95 * N, "a cloud takes the label of its points");
	}
	ok(spread(x, N, 2, label, C, false, 7, &stop, f) == DPK_STOPPED, "stops");
	ok(spread(x, N / 2, 2, label, C, true, 0, &stop, f) == DPK_STOPPED, "stops where all point to all");
	ok(spread((double[]) {0, 0, 1, 1}, 4, 1, (int32_t[]) {0, -1, -1, 1}, 2, true, 0, NULL, f) == DPK_OK &&
	   f[0] == 1 && f[2] > 0.9 && fabs(f[2] + f[3] - 1) < 1e-12 && fabs(f[2] - f[5]) < 1e-3 && f[7] == 1, "equal rows that point to all");
	ok(spread((double[]) {1e200, -1e200}, 2, 1, (int32_t[]) {0, -1}, 2, false, 0, NULL, f) == DPK_OK && f[0] == 1 && f[2] == 0 && f[3] == 0, "too far to be pointed to");
	ok(spread(x, 1, 2, (int32_t[]) {1}, C, false, 7, NULL, f) == DPK_OK && f[1] == 1, "one row");
	ok(spread((double[]) {0, 0, 0, 0}, 4, 1, (int32_t[]) {0, -1, -1, 1}, 2, true, 3, NULL, f) == DPK_OK &&
	   f[0] == 1 && fabs(f[2] - 0.5) < 1e-3 && f[2] == f[4] && f[7] == 1, "equal rows");
	ok(spread((double[]) {1e200, -1e200}, 2, 1, (int32_t[]) {0, -1}, 2, true, 3, NULL, f) == DPK_INVALID, "squares overflow");
	ok(!dpk_label_spread_bytes(SIZE_MAX / 4, 100, 1000, &(dpk_spread_options) {.neighbours = 1000}, &bytes) &&
	   !dpk_label_spread_bytes(UINT32_MAX * (size_t) 2, 1, 2, &(dpk_spread_options) {.gamma = 1}, &bytes), "too many bytes to count");
	free(label);
	free(f);
	free(x);
	return done();
}
