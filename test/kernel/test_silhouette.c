/*
 * test_silhouette.c - against the definition, and edges; test/sql/clustering.sql has the numbers of scikit-learn
 */
#include "tap.h"

#include "hash.h"
#include "silhouette.h"

static dpk_status
score(const double *x, const int32_t *cluster, size_t n, int d, const dpk_stop *stop, double *s)
{
	size_t		bytes;
	void	   *memory;
	dpk_status	status;
	dpk_error	err;

	if (!dpk_silhouette_bytes(n, d, &bytes) || posix_memalign(&memory, DPK_ALIGN, bytes) != 0)
		exit(1);
	status = dpk_silhouette(x, cluster, n, d, stop, memory, s, &err);
	free(memory);
	return status;
}

/* The mean distance of row i from the others of a cluster; -1 where there are none */
static double
mean_distance(const double *x, const int32_t *cluster, int n, int d, int i, int c)
{
	double		sum = 0;
	int			others = 0;

	for (int other = 0; other < n; other++)
	{
		double		square = 0;

		if (other == i || cluster[other] != c)
			continue;
		for (int j = 0; j < d; j++)
			square += (x[i * d + j] - x[other * d + j]) * (x[i * d + j] - x[other * d + j]);
		sum += sqrt(square);
		others++;
	}
	return others > 0 ? sum / others : -1;
}

static double
by_definition(const double *x, const int32_t *cluster, int n, int d, int nclusters)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
	{
		double		a = mean_distance(x, cluster, n, d, i, cluster[i]),
					b = INFINITY;

		for (int c = 0; c < nclusters; c++)
		{
			double		mean = c == cluster[i] ? -1 : mean_distance(x, cluster, n, d, i, c);

			if (mean >= 0 && mean < b)
				b = mean;
		}
		if (a >= 0 && a != b)
			sum += (b - a) / (a > b ? a : b);
	}
	return sum / n;
}

static bool
always(void *arg)
{
	return true;
}

int
main(void)
{
	enum
	{
		N = 333,
		D = 5
	};
	const dpk_stop stop = {always, NULL};
	double	   *x = malloc(sizeof(double) * N * D),
			   *many = calloc(3000, sizeof(double)),
				s,
				again;
	int32_t    *cluster = malloc(sizeof(int32_t) * N),
			   *halves = calloc(3000, sizeof(int32_t));
	size_t		bytes;

	for (int nclusters = 2; nclusters <= 100; nclusters += 7)
	{
		for (int i = 0; i < N; i++)
		{
			cluster[i] = (int32_t) (dpk_mix64(i * 7 + nclusters) % nclusters);
			for (int j = 0; j < D; j++)
				x[i * D + j] = dpk_mix64(i * D + j) % 1000 / 1000.0 + cluster[i] % 4;
		}
		ok(score(x, cluster, N, D, NULL, &s) == DPK_OK && fabs(s - by_definition(x, cluster, N, D, nclusters)) < 1e-12, "%d clusters", nclusters);
	}
	for (int i = 0; i < N / 2; i++)
	{
		int32_t		c = cluster[i];

		cluster[i] = cluster[N - 1 - i];
		cluster[N - 1 - i] = c;
		for (int j = 0; j < D; j++)
		{
			double		value = x[i * D + j];

			x[i * D + j] = x[(N - 1 - i) * D + j];
			x[(N - 1 - i) * D + j] = value;
		}
	}
	ok(score(x, cluster, N, D, NULL, &again) == DPK_OK && s == again, "backwards, to the bit");

	ok(score((double[]) {1, 2, 3}, (int32_t[]) {7, 7, 7}, 3, 1, NULL, &s) == DPK_OK && isnan(s), "one cluster");
	ok(score((double[]) {1}, (int32_t[]) {7}, 1, 1, NULL, &s) == DPK_OK && isnan(s), "one row");
	ok(score((double[]) {1, 2}, (int32_t[]) {-7, 7}, 2, 1, NULL, &s) == DPK_OK && s == 0, "two rows alone");
	ok(score((double[]) {1e200, -1e200, 0}, (int32_t[]) {1, 1, 2}, 3, 1, NULL, &s) == DPK_INVALID, "squares overflow");
	for (int i = 0; i < 3000; i++)
		halves[i] = i % 2;
	ok(score(many, halves, 3000, 1, &stop, &s) == DPK_STOPPED, "stops");
	ok(!dpk_silhouette_bytes(SIZE_MAX / 8, 3, &bytes), "too many bytes to count");
	free(halves);
	free(cluster);
	free(many);
	free(x);
	return done();
}
