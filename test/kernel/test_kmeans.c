/*
 * test_kmeans.c - clusters: against scikit-learn 1.2 from the same centers
 * (test/oracle/kmeans.py), against Lloyd's algorithm without bounds, and edges
 */
#include "tap.h"

#include "kmeans.h"
#include "../data/kmeans.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t
mix(uint64_t z)
{
	z += 0x9E3779B97F4A7C15;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
	return z ^ (z >> 31);
}

/* As rows() of the oracle */
static double *
make_rows(int n, int d, int groups)
{
	double	   *x = malloc(sizeof(double) * n * d);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < d; j++)
			x[i * d + j] = (double) (mix((uint64_t) i << 16 | j) >> 11) / 9007199254740992.0 + mix((uint64_t) (i % groups) << 8 | j) % 3;
	return x;
}

typedef struct rig
{
	dpk_kmeans_options o;
	dpk_clusters c;
	void	   *memory;
	dpk_error	err;
} rig;

static rig
make_rig(int n, int d, int k)
{
	rig			r = {.o = {.k = k,.starts = 10,.iterations = 1000}};
	size_t		bytes;

	if (!dpk_kmeans_bytes(n, d, k, &bytes) || posix_memalign(&r.memory, DPK_ALIGN, bytes) != 0)
		exit(1);
	r.c.centers = malloc(sizeof(double) * k * d);
	r.c.sizes = malloc(sizeof(int64_t) * k);
	r.c.inertia = malloc(sizeof(double) * k);
	return r;
}

static void
free_rig(rig *r)
{
	free(r->c.inertia);
	free(r->c.sizes);
	free(r->c.centers);
	free(r->memory);
}

static double
inertia_of(const rig *r)
{
	double		sum = 0;

	for (int c = 0; c < r->o.k; c++)
		sum += r->c.inertia[c];
	return sum;
}

static void
test_known(void)
{
	for (size_t t = 0; t < COUNT(kmeans_cases); t++)
	{
		int			n = kmeans_cases[t].n,
					d = kmeans_cases[t].d,
					k = kmeans_cases[t].k;
		double	   *x = make_rows(n, d, kmeans_cases[t].groups),
					off = 0;
		bool		same = true;
		rig			r = make_rig(n, d, k);

		memcpy(r.c.centers, x, sizeof(double) * k * d);
		for (int j = 0; kmeans_cases[t].far && j < d; j++)
			r.c.centers[(k - 1) * d + j] = 1000;
		ok(dpk_kmeans_fit_from(x, n, d, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK, "%d rows of %d values, %d clusters", n, d, k);
		for (int c = 0; c < k; c++)
		{
			const double *wanted = kmeans_cases[t].centers + c * (d + 1);

			same = same && r.c.sizes[c] == wanted[0];
			for (int j = 0; j < d; j++)
				off = fmax(off, fabs(r.c.centers[c * d + j] - wanted[j + 1]));
		}
		ok(same && off < 1e-9, "are those of scikit-learn, off by %g", off);
		ok(fabs(inertia_of(&r) - kmeans_cases[t].inertia) < 1e-9 * kmeans_cases[t].inertia, "and so is the inertia");
		free_rig(&r);
		free(x);
	}
}

/* One step of Lloyd's algorithm as it is written; true where no center moves */
static bool
is_settled(const rig *r, const double *x, int n, int d)
{
	double	   *sums = calloc((size_t) r->o.k * (d + 1), sizeof(double));
	bool		settled = true;

	for (int i = 0; i < n; i++)
	{
		int			best = 0;
		double		least = INFINITY;

		for (int c = 0; c < r->o.k; c++)
		{
			double		square = 0;

			for (int j = 0; j < d; j++)
				square += (x[i * d + j] - r->c.centers[c * d + j]) * (x[i * d + j] - r->c.centers[c * d + j]);
			if (square < least)
			{
				least = square;
				best = c;
			}
		}
		sums[best * (d + 1) + d]++;
		for (int j = 0; j < d; j++)
			sums[best * (d + 1) + j] += x[i * d + j];
	}
	for (int c = 0; c < r->o.k; c++)
	{
		settled = settled && sums[c * (d + 1) + d] == (double) r->c.sizes[c];
		for (int j = 0; j < d; j++)
			settled = settled && fabs(sums[c * (d + 1) + j] / sums[c * (d + 1) + d] - r->c.centers[c * d + j]) < 1e-9;
	}
	free(sums);
	return settled;
}

static void
test_settled(void)
{
	static const int shapes[][4] = {{5000, 2, 9, 9}, {2000, 30, 5, 25}, {777, 64, 10, 10}, {300, 3, 4, 100}, {40, 2, 3, 40}};

	for (size_t t = 0; t < COUNT(shapes); t++)
	{
		int			n = shapes[t][0],
					d = shapes[t][1],
					k = shapes[t][3];
		double	   *x = make_rows(n, d, shapes[t][2]);
		rig			r = make_rig(n, d, k),
					again = make_rig(n, d, k);
		bool		ordered = true;

		ok(dpk_kmeans_fit(x, n, d, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK && is_settled(&r, x, n, d),
		   "%d rows, %d clusters: no row is nearer to another center, and every center is a mean", n, k);
		for (int c = 1; c < k; c++)
			ordered = ordered && r.c.sizes[c - 1] >= r.c.sizes[c];
		ok(ordered, "the largest is first");
		ok(dpk_kmeans_fit(x, n, d, &r.o, NULL, again.memory, &again.c, &again.err) == DPK_OK &&
		   memcmp(r.c.centers, again.c.centers, sizeof(double) * k * d) == 0, "and again");
		free_rig(&again);
		free_rig(&r);
		free(x);
	}
}

/* A little more inertia, and means no longer */
static void
test_batches(void)
{
	static const int shapes[][5] = {{20000, 10, 6, 6, 1024}, {3000, 3, 5, 12, 100}, {50, 2, 3, 3, 1000}, {3000, 2, 4, 4, 64}};

	for (size_t t = 0; t < COUNT(shapes); t++)
	{
		int			n = shapes[t][0],
					d = shapes[t][1],
					k = shapes[t][3];
		double	   *x = make_rows(n, d, shapes[t][2]),
					all;
		bool		found;
		int64_t		rows = 0;
		rig			r = make_rig(n, d, k);

		dpk_kmeans_fit(x, n, d, &r.o, NULL, r.memory, &r.c, &r.err);
		all = inertia_of(&r);
		r.o.batch = shapes[t][4];
		found = dpk_kmeans_fit(x, n, d, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK;
		ok(found && inertia_of(&r) < 1.1 * all, "batches of %d find %g of the inertia", r.o.batch, inertia_of(&r) / all);
		for (int c = 0; c < k; c++)
			rows += r.c.sizes[c];
		ok(rows == n, "every row is in a cluster");
		free_rig(&r);
		free(x);
	}
}

static bool
always(void *arg)
{
	return true;
}

static void
test_edges(void)
{
	const dpk_stop stop = {always, NULL};
	double		few[] = {1, 2, 1, 2, 1, 2, 5, 6},
				large[] = {1e200, -1e200, 3},
				huge[] = {1.5e308, 1.5e308};
	rig			r = make_rig(4, 2, 3);
	double		squares[DPK_CENTERS] __attribute__((aligned(DPK_ALIGN))),
				square,
			   *blocks;
	size_t		bytes;

	ok(dpk_kmeans_fit(few, 4, 2, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_INVALID && strcmp(r.err.message, "too few different rows for 3 clusters: 2") == 0, "equal rows");
	r.o.k = 2;
	ok(dpk_kmeans_fit(few, 4, 2, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK && r.c.sizes[0] == 3 && r.c.centers[0] == 1 && r.c.centers[3] == 6 && inertia_of(&r) == 0, "as many clusters as different rows");
	ok(dpk_kmeans_fit(few, 4, 2, &r.o, &stop, r.memory, &r.c, &r.err) == DPK_STOPPED, "stops");
	r.o.batch = 2;
	ok(dpk_kmeans_fit(few, 4, 2, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK && inertia_of(&r) == 0, "batches of equal rows");
	ok(dpk_kmeans_fit(few, 4, 2, &r.o, &stop, r.memory, &r.c, &r.err) == DPK_STOPPED, "batches stop");
	r.o.batch = 0;
	ok(dpk_kmeans_fit(large, 3, 1, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_INVALID, "squares overflow");
	r.o.k = 1;
	ok(dpk_kmeans_fit(huge, 2, 1, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_INVALID, "sums overflow");
	ok(dpk_kmeans_fit(few, 1, 2, &r.o, NULL, r.memory, &r.c, &r.err) == DPK_OK && r.c.sizes[0] == 1 && r.c.centers[1] == 2, "one row");
	free_rig(&r);
	ok(!dpk_kmeans_bytes(SIZE_MAX / 16, 2, 3, &bytes), "too many bytes to count");

	if (posix_memalign((void **) &blocks, DPK_ALIGN, sizeof(double) * 2 * DPK_CENTERS * 2) != 0)
		exit(1);
	dpk_center_layout((double[]) {0, 0, 9, 9, 5, 5, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 0, 0, 8, 8}, 10, 2, blocks);
	ok(dpk_center_nearest(dpk_kernels_best(), blocks, 10, 2, (double[]) {8.5, 7.5}, squares, &square) == 9 && square == 0.5, "the nearest of two blocks");
	ok(dpk_center_nearest(dpk_kernels_best(), blocks, 10, 2, (double[]) {-1, 0}, squares, &square) == 0 && square == 1, "the first of two as near");
	free(blocks);
}

int
main(void)
{
	test_known();
	test_settled();
	test_batches();
	test_edges();
	return done();
}
