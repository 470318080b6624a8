/*
 * test_neighbours.c - nearest neighbours and the scores made of them: against
 * scikit-learn 1.2 (test/oracle/neighbours.py), against comparing every row
 * with every other, and whatever the order of rows and the number of equals
 */
#include "tap.h"

#include "neighbour_score.h"
#include "outlier.h"
#include "../data/neighbours.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the scores of one set of rows need; each part its own allocation, for ASan to watch */
typedef struct rig
{
	dpk_neighbours tree;
	dpk_densities keep;
	void	   *memory,
			   *work;
	double	   *scores;
} rig;

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
make_rows(int n, int d, uint64_t salt, int copies)
{
	double	   *x = malloc(sizeof(double) * n * d);
	int			made = 0;

	for (uint64_t i = 0; made < n; i++)
		for (int copy = 0; copy <= (int) (i % copies) && made < n; copy++, made++)
			for (int j = 0; j < d; j++)
				x[made * d + j] = (double) (mix(salt << 40 | i << 16 | j) >> 11) / 9007199254740992.0 * (i % 3 == 2 ? 4 : 1) + i % 3;
	return x;
}

static dpk_status
rig_start(rig *r, const dpk_kernels *kernels, const double *x, size_t n, int d, int k, const dpk_stop *stop)
{
	size_t		bytes,
				work;

	if (!dpk_neighbours_bytes(n, d, &bytes) || !dpk_lof_work(n, d, k, &work))
		exit(1);
	if (posix_memalign(&r->memory, DPK_ALIGN, bytes) != 0)
		exit(1);
	r->work = malloc(work);
	r->keep.distance = malloc(n * sizeof(double));
	r->keep.density = malloc(n * sizeof(double));
	r->scores = malloc(n * sizeof(double));
	return dpk_neighbours_build(&r->tree, kernels, x, n, d, stop, r->memory);
}

static void
rig_end(rig *r)
{
	free(r->memory);
	free(r->work);
	free(r->keep.distance);
	free(r->keep.density);
	free(r->scores);
}

static void
check(const char *what, const dpk_kernels *kernels, const double *got, const double *wanted, size_t n, int step, double tolerance)
{
	double		worst = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		error = fabs(got[i * step] - wanted[i]) / fmax(1, fabs(wanted[i]));

		worst = error <= worst ? worst : error;
	}
	if (!ok(worst <= tolerance, "%s, %s", what, kernels->isa))
		printf("# off by %g\n", worst);
}

/* ---- against scikit-learn ---- */

typedef struct known
{
	const char *name;
	int			n,
				d,
				k,
				copies;
	const double *kth,
			   *mean,
			   *lof,
			   *new_kth,
			   *new_lof,
			   *dbscan,			/* eps first */
			   *new_dbscan;
} known;

#define KNOWN(name) name##_kth, name##_mean, name##_lof, name##_new_kth, name##_new_lof, name##_dbscan, name##_new_dbscan

static const known sets[] = {
	{"line", 300, 1, 5, 1, KNOWN(line)},
	{"plane", 500, 2, 20, 1, KNOWN(plane)},
	{"space", 400, 12, 20, 1, KNOWN(space)},
	{"wide", 200, 70, 33, 1, KNOWN(wide)},
	{"copies", 450, 4, 10, 5, KNOWN(copies)},
};

static void
check_known(const known *s, const dpk_kernels *kernels)
{
	double	   *x = make_rows(s->n, s->d, 1, s->copies),
			   *new = make_rows(21, s->d, 2, 1),
				kth[3],
				lof[3];
	size_t		kept = (s->n + 6) / 7;
	rig			r;

	rig_start(&r, kernels, x, s->n, s->d, s->k, NULL);
	free(x);
	dpk_knn_scores(&r.tree, s->k, false, NULL, r.work, r.scores);
	check(s->name, kernels, r.scores, s->kth, kept, 7, 1e-9);
	dpk_knn_scores(&r.tree, s->k, true, NULL, r.work, r.scores);
	check("mean distance", kernels, r.scores, s->mean, kept, 7, 1e-9);
	dpk_lof_scores(&r.tree, s->k, NULL, r.work, &r.keep, r.scores);
	check("local outlier factor", kernels, r.scores, s->lof, kept, 7, 1e-9);
	for (int i = 0; i < 3; i++)
	{
		dpk_knn_row(&r.tree, s->k, false, NULL, r.work, new + i * 7 * s->d, &kth[i]);
		dpk_lof_row(&r.tree, s->k, NULL, r.work, &r.keep, new + i * 7 * s->d, &lof[i]);
	}
	check("distances of new rows", kernels, kth, s->new_kth, 3, 1, 1e-9);
	check("factors of new rows", kernels, lof, s->new_lof, 3, 1, 1e-9);
	free(new);
	rig_end(&r);
}

/* ---- against every row with every other; ties everywhere ---- */

static int
ascending(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return (x > y) - (x < y);
}

/* n rows of whole numbers below 'values': distances are exact */
static double *
whole_rows(int n, int d, int values)
{
	double	   *x = malloc(sizeof(double) * n * d);

	for (int i = 0; i < n * d; i++)
		x[i] = mix(i) % values;
	return x;
}

static void
check_every(const dpk_kernels *kernels, int n, int d, int values, int k)
{
	double	   *x = whole_rows(n, d, values),
			   *squares = malloc(sizeof(double) * n);
	bool		same = true;
	rig			r;

	rig_start(&r, kernels, x, n, d, k, NULL);
	dpk_knn_scores(&r.tree, k, false, NULL, r.work, r.scores);
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
		{
			squares[j] = 0;
			for (int c = 0; c < d; c++)
				squares[j] += (x[i * d + c] - x[j * d + c]) * (x[i * d + c] - x[j * d + c]);
		}
		squares[i] = -1;
		qsort(squares, n, sizeof(double), ascending);
		same = same && r.scores[i] == sqrt(squares[k]);
	}
	ok(same, "%d rows of %d whole numbers below %d, k = %d, %s", n, d, values, k, kernels->isa);
	free(x);
	free(squares);
	rig_end(&r);
}

/* Ties are settled by what the rows are, not by where */
static void
check_order(const dpk_kernels *kernels, int n, int d, int values, int k)
{
	double	   *x = whole_rows(n, d, values),
			   *reversed = malloc(sizeof(double) * n * d);
	bool		same = true;
	rig			r,
				other;

	for (int i = 0; i < n; i++)
		memcpy(reversed + i * d, x + (size_t) ((i * 7 + 3) % n) * d, sizeof(double) * d);
	rig_start(&r, kernels, x, n, d, k, NULL);
	rig_start(&other, kernels, reversed, n, d, k, NULL);
	dpk_lof_scores(&r.tree, k, NULL, r.work, &r.keep, r.scores);
	dpk_lof_scores(&other.tree, k, NULL, other.work, &other.keep, other.scores);
	for (int i = 0; i < n; i++)
		same = same && other.scores[i] == r.scores[(i * 7 + 3) % n];
	ok(same, "local outlier factors of rows in another order: the same bits, %s", kernels->isa);
	free(x);
	free(reversed);
	rig_end(&r);
	rig_end(&other);
}

/* ---- models of a detector: new rows by rows that were stored ---- */

static void
check_model(const known *s, const dpk_outlier_method *m, const double *wanted)
{
	double	   *x = make_rows(s->n, s->d, 1, s->copies),
			   *new = make_rows(21, s->d, 2, 1),
			   *model,
				options[DPK_OUTLIER_OPTIONS] = {s->k, 1},
				far[3],
				scores[22];
	dpk_rows	rows = {.x = x, .n = s->n, .d = s->d, .options = options};
	size_t		size,
				used,
				bytes;
	void	   *work,
			   *ready;

	m->work_bytes(s->n, s->d, options, &bytes);
	m->model_size(s->n, s->d, options, &size);
	model = malloc(size * sizeof(double));
	if (posix_memalign(&work, DPK_OUTLIER_ALIGN, bytes) != 0)
		exit(1);
	ok(m->fit(&rows, work, model, &used) == DPK_OK && used == size, "%s of %s: a model", m->name, s->name);
	free(work);
	free(x);
	ok(m->check(s->d, options, model, size), "that is one");
	ok(m->ready_bytes(s->d, options, size, &bytes), "a model can be made ready");
	ready = malloc(bytes);
	m->get_ready(s->d, options, model, size, ready);
	m->score(s->d, options, ready, 21, new, scores);
	for (int i = 0; i < 3; i++)
		far[i] = scores[i * 7];
	check("new rows by a model", dpk_kernels_best(), far, wanted, 3, 1, 1e-9);
	new[0] = 1e300;
	m->score(s->d, options, ready, 1, new, scores);
	ok(isinf(scores[0]), "a row too far away is infinitely unusual");
	free(ready);

	/* what is none: too short, a part of a row, a range of 0, a density below 0 */
	ok(!m->check(s->d, options, model, 2 * (size_t) s->d) && !m->check(s->d, options, model, 0), "models without rows");
	ok(s->d == 1 || !m->check(s->d, options, model, size - 1), "with half a row");
	model[s->d] = 0;
	ok(!m->check(s->d, options, model, size), "with a feature without a range");
	model[s->d] = 1;
	model[size - 1] = -1;
	ok(m->check(s->d, options, model, size) == (m == &dpk_outlier_knn), "with a density below 0");
	free(model);
	free(new);
}

/* Distances from the core rows, of the rows themselves and of new ones */
static void
check_dbscan(const known *s)
{
	const dpk_outlier_method *m = &dpk_outlier_dbscan;
	double	   *x = make_rows(s->n, s->d, 1, s->copies),
			   *new = make_rows(21, s->d, 2, 1),
			   *scores = malloc(sizeof(double) * s->n),
			   *model,
				some[3],
				options[DPK_OUTLIER_OPTIONS] = {6, 1, s->dbscan[0]};
	dpk_error	err;
	dpk_rows	rows = {.x = x, .n = s->n, .d = s->d, .options = options, .err = &err};
	size_t		size,
				bytes;
	void	   *work,
			   *ready;

	m->work_bytes(s->n, s->d, options, &bytes);
	m->model_size(s->n, s->d, options, &size);
	model = malloc(size * sizeof(double));
	if (posix_memalign(&work, DPK_OUTLIER_ALIGN, bytes) != 0)
		exit(1);
	options[0] = 4;				/* the memory is for more */
	ok(m->score_all(&rows, work, scores) == DPK_OK, "dbscan of %s", s->name);
	check("distances from core rows", dpk_kernels_best(), scores, s->dbscan + 1, (s->n + 6) / 7, 7, 1e-9);
	ok(m->fit(&rows, work, model, &size) == DPK_OK && m->check(s->d, options, model, size) && m->ready_bytes(s->d, options, size, &bytes), "a model");
	ready = malloc(bytes);
	m->get_ready(s->d, options, model, size, ready);
	for (int i = 0; i < 3; i++)
		m->score(s->d, options, ready, 1, new + i * 7 * s->d, &some[i]);
	check("of new rows", dpk_kernels_best(), some, s->new_dbscan, 3, 1, 1e-9);
	free(ready);

	options[2] = 1e-9;
	options[0] = 6;				/* no row is there so often */
	ok(m->score_all(&rows, work, scores) == DPK_OK && isinf(scores[0]) && isinf(scores[s->n - 1]), "without a core row all are infinitely far from one");
	ok(m->fit(&rows, work, model, &size) == DPK_OK && size == (size_t) 2 * s->d && m->check(s->d, options, model, size) && !m->check(s->d, options, model, size - 1) &&
	   m->ready_bytes(s->d, options, size, &bytes), "a model of nothing but the scale");
	ready = malloc(bytes);
	m->get_ready(s->d, options, model, size, ready);
	m->score(s->d, options, ready, 3, x, some);
	ok(isinf(some[0]) && isinf(some[1]) && isinf(some[2]), "from which all are infinitely far too");
	free(ready);
	options[0] = 1;
	ok(m->score_all(&rows, work, scores) == DPK_OK && scores[0] == 0, "or every row is one by itself");
	options[2] = -1;
	ok(m->score_all(&rows, work, scores) == DPK_INVALID && strcmp(err.message, "option \"eps\" is missing") == 0, "eps must be given");
	rows.n = 1;
	options[2] = 1;
	ok(m->score_all(&rows, work, scores) == DPK_OK && scores[0] == 0, "one row that needs no other");
	options[0] = 2;
	ok(m->score_all(&rows, work, scores) == DPK_OK && isinf(scores[0]), "and one that does");
	free(work);
	free(model);
	free(scores);
	free(new);
	free(x);
}

/* One row, and features that are constant or too far apart */
static void
check_method(const dpk_outlier_method *m, double alone)
{
	double		x[] = {-1e308, 7, 1, 7, 1e308, 7, 2, 7},
				options[DPK_OUTLIER_OPTIONS] = {5, 0},
				scores[4],
			   *model;
	dpk_error	err;
	dpk_rows	rows = {.x = x, .n = 4, .d = 2, .options = options, .err = &err};
	size_t		bytes,
				size;
	void	   *work,
			   *ready;

	m->work_bytes(4, 2, options, &bytes);
	m->model_size(4, 2, options, &size);
	model = malloc(size * sizeof(double));
	if (posix_memalign(&work, DPK_OUTLIER_ALIGN, bytes) != 0)
		exit(1);
	ok(m->score_all(&rows, work, scores) == DPK_INVALID && strstr(err.message, "feature 1 ") != NULL, "%s: values too far apart", m->name);
	x[0] = 0;
	x[4] = 4;
	ok(m->score_all(&rows, work, scores) == DPK_OK && isfinite(scores[0]), "a constant feature, and k above the number of rows");
	if (m == &dpk_outlier_knn)
		ok(scores[0] == 1 && scores[1] == 0.75, "which then is the farthest");
	rows.n = 1;
	ok(m->score_all(&rows, work, scores) == DPK_OK && scores[0] == alone, "one row");
	ok(m->fit(&rows, work, model, &size) == DPK_OK && m->check(2, options, model, size), "a model of one row");
	ok(m->ready_bytes(2, options, size, &bytes), "a model can be made ready");
	ready = malloc(bytes);
	m->get_ready(2, options, model, size, ready);
	m->score(2, options, ready, 1, (double[]) {3, 11}, scores);
	if (m == &dpk_outlier_knn)
		ok(scores[0] == 5, "the distance from it");
	else
		ok(scores[0] > 1, "which is not dense");
	free(ready);
	rows.n = 4;
	options[1] = 1;
	x[0] = -1e200;
	ok(m->score_all(&rows, work, scores) == DPK_INVALID && strstr(err.hint, "minmax") != NULL, "distances that overflow");
	free(work);
	free(model);
}

/* ---- the edges ---- */

static void
check_equal(const dpk_kernels *kernels)
{
	int			n = 300000;
	double	   *x = calloc(n, sizeof(double)),
				worst = 0;
	rig			r;

	x[7] = 1;
	rig_start(&r, kernels, x, n, 1, 20, NULL);
	ok(r.tree.npoints == 2, "equal rows are one point");
	dpk_knn_scores(&r.tree, 20, true, NULL, r.work, r.scores);
	ok(r.scores[7] == 1 && r.scores[0] == 0 && r.scores[n - 1] == 0, "distances among equal rows");
	dpk_lof_scores(&r.tree, 20, NULL, r.work, &r.keep, r.scores);
	for (int i = 0; i < n; i++)
		worst = i == 7 ? worst : fmax(worst, fabs(r.scores[i] - 1));
	/* the density of equals is 1 / 1e-10, that of the odd one 1 / (1 + 1e-10) */
	close_to(worst, 0, 1e-12, "factors of equal rows");
	close_to(r.scores[7] / (1e10 + 1), 1, 1e-12, "and of the one that differs");
	free(x);
	rig_end(&r);
}

static void
check_small(const dpk_kernels *kernels)
{
	const double two[] = {1, 5, 4, 1},
				zeros[] = {0.0, 1, -0.0, 1},
				large[] = {-1e200, 1e200, 3};
	rig			r;

	rig_start(&r, kernels, two, 2, 2, 1, NULL);
	dpk_knn_scores(&r.tree, 1, false, NULL, r.work, r.scores);
	ok(r.scores[0] == 5 && r.scores[1] == 5, "two rows");
	dpk_lof_scores(&r.tree, 1, NULL, r.work, &r.keep, r.scores);
	ok(r.scores[0] == 1 && r.scores[1] == 1, "neither of which is odd");
	rig_end(&r);
	rig_start(&r, kernels, zeros, 2, 2, 1, NULL);
	ok(r.tree.npoints == 1, "-0 is 0");
	rig_end(&r);
	rig_start(&r, kernels, large, 3, 1, 1, NULL);
	ok(dpk_knn_scores(&r.tree, 1, false, NULL, r.work, r.scores) == DPK_INVALID, "squares that overflow");
	ok(dpk_lof_scores(&r.tree, 1, NULL, r.work, &r.keep, r.scores) == DPK_INVALID, "for factors, too");
	rig_end(&r);
}

static bool
always(void *arg)
{
	++*(int *) arg;
	return true;
}

static void
check_stop(const dpk_kernels *kernels)
{
	int			asked = 0,
				n = 30000,
				d = 8;
	dpk_stop	stop = {always, &asked};
	double	   *x = make_rows(n, d, 3, 1);
	rig			r;
	size_t		bytes;

	ok(rig_start(&r, kernels, x, n, d, 5, &stop) == DPK_STOPPED && asked == 1, "the building stops when asked to");
	rig_end(&r);
	rig_start(&r, kernels, x, n, d, 5, NULL);
	ok(dpk_knn_scores(&r.tree, 5, false, &stop, r.work, r.scores) == DPK_STOPPED && asked == 2, "and the search");
	ok(dpk_lof_scores(&r.tree, 5, &stop, r.work, &r.keep, r.scores) == DPK_STOPPED && asked == 3, "and the factors");
	rig_end(&r);
	free(x);
	ok(!dpk_neighbours_bytes(0, 3, &bytes) && !dpk_neighbours_bytes(UINT32_MAX, 3, &bytes) && !dpk_neighbours_bytes(9, 0, &bytes) &&
	   !dpk_neighbours_bytes((size_t) 1 << 40, 1, &bytes), "sizes that cannot be");
}

int
main(void)
{
	const char *isas[] = {"generic", "avx2", "avx512"};

	for (size_t t = 0; t < COUNT(isas); t++)
	{
		const dpk_kernels *kernels = dpk_kernels_named(isas[t]);

		if (kernels == NULL)
			continue;
		for (size_t i = 0; i < COUNT(sets); i++)
			check_known(&sets[i], kernels);
		check_every(kernels, 1500, 1, 1000000, 3);
		check_every(kernels, 1500, 3, 6, 20);
		check_every(kernels, 1025, 9, 3, 500);
		check_every(kernels, 33, 2, 50, 32);
		check_order(kernels, 3000, 3, 12, 10);
	}
	for (size_t i = 0; i < COUNT(sets); i++)
	{
		check_model(&sets[i], &dpk_outlier_knn, sets[i].new_kth);
		check_model(&sets[i], &dpk_outlier_lof, sets[i].new_lof);
		check_dbscan(&sets[i]);
	}
	check_method(&dpk_outlier_knn, 0);
	check_method(&dpk_outlier_lof, 1);
	check_equal(dpk_kernels_best());
	check_small(dpk_kernels_best());
	check_stop(dpk_kernels_best());
	return done();
}
