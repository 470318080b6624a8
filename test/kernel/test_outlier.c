/*
 * test_outlier.c - every method on awkward rows, and the distributions that thresholds come from
 *
 * What the methods compute is compared with other programs in test/sql/outlier.sql;
 * here it is that nothing is read or written out of bounds, no score is NaN, and
 * the order of rows does not matter.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "detector.h"
#include "distribution.h"
#include "outlier.h"
#include "philox.h"

enum
{
	RANDOM,
	CONSTANT,
	TIES,
	PLANE,
	LARGE,
	OVERFLOWING,
	TINY,
	NKINDS
};

static double *
make_rows(int kind, size_t n, int d)
{
	double	   *x = malloc(n * d * sizeof *x);
	dpk_random	random = dpk_random_start(1, kind, 0);

	for (size_t i = 0; i < n; i++)
	{
		double		along = dpk_random_double(&random);

		for (int j = 0; j < d; j++)
		{
			double		u = dpk_random_double(&random) - 0.5;
			double	   *value = &x[i * d + j];

			*value = u;
			if (kind == CONSTANT)
				*value = 0.1;
			else if (kind == TIES)
				*value = floor(3 * u);
			else if (kind == PLANE)
				*value = along * (j + 1);
			else if (kind == LARGE)
				*value = 1e150 * u;
			else if (kind == OVERFLOWING)
				*value = u > 0 ? 1.7e308 : -1.7e308;
			else if (kind == TINY)
				*value = 5e-324 * floor(4 * u);
		}
	}
	return x;
}

/* Scores of x by method m with its defaults, or NULL where the values are out of range */
static double *
score_rows(const dpk_outlier_method *m, const double *options, const double *x, size_t n, int d)
{
	dpk_error	err;
	dpk_rows	rows = {.x = x,.n = n,.d = d,.options = options,.seed = 5,.err = &err};
	double	   *scores = malloc(n * sizeof *scores);
	size_t		bytes;
	void	   *memory;
	dpk_status	status;

	if (!dpk_outlier_bytes(m, n, d, options, &bytes) || posix_memalign(&memory, DPK_OUTLIER_ALIGN, bytes + 1) != 0)
		exit(1);
	status = dpk_outlier_score_rows(m, &rows, memory, scores);
	free(memory);
	if (status == DPK_OK)
		return scores;
	free(scores);
	if (status != DPK_INVALID)
		exit(1);
	return NULL;
}

static void
read_defaults(const dpk_outlier_method *m, double *options)
{
	for (int i = 0; m->options[i].name != NULL; i++)
	{
		const dpk_outlier_option *o = &m->options[i];

		/* what must be given is dbscan's eps, between equal rows and the others of a few */
		if (strcmp(o->name, "eps") == 0)
			options[i] = 0.3;
		else
			options[i] = o->type == DPK_OUTLIER_CHOICE || o->type == DPK_OUTLIER_BOOL ? 0 : o->fallback ? atof(o->fallback) : o->min - 1;
	}
}

static void
test_method(const dpk_outlier_method *m, const double *options, const char *name)
{
	static const size_t sizes[] = {1, 2, 3, 17, 300};
	static const int features[] = {1, 2, 5};
	bool		defined = true,
				in_order = true;
	int			refused = 0;

	for (int kind = 0; kind < NKINDS; kind++)
		for (int s = 0; s < 5; s++)
			for (int f = 0; f < 3 && features[f] <= m->max_features; f++)
			{
				size_t		n = sizes[s];
				int			d = features[f];
				double	   *x = make_rows(kind, n, d),
						   *reversed = malloc(n * d * sizeof *x),
						   *scores = score_rows(m, options, x, n, d),
						   *back;

				for (size_t i = 0; i < n; i++)
					memcpy(reversed + i * d, x + (n - 1 - i) * d, d * sizeof *x);
				back = score_rows(m, options, reversed, n, d);
				if ((scores == NULL) != (back == NULL))
					in_order = false;
				if (scores == NULL || back == NULL)
					refused++;
				for (size_t i = 0; i < n && scores != NULL && back != NULL; i++)
				{
					double		other = back[n - 1 - i];

					if (isnan(scores[i]) || isnan(other))
						defined = false;
					if (!(scores[i] == other || fabs(scores[i] - other) <= 1e-6 * fmax(1, fabs(other))) && kind != TINY)
						in_order = false;
				}
				free(x);
				free(reversed);
				free(scores);
				free(back);
			}
	ok(defined, "%s: no score is NaN", name);
	ok(in_order, "%s: the order of rows does not matter", name);
	ok(refused <= 2 * 15, "%s: only values too large are refused", name);
}

static void
test_distributions(void)
{
	/* scipy 1.10.1: chi2.ppf, t.ppf */
	close_to(dpk_chi2_quantile(0.975, 1), 5.023886187314888, 1e-10, "chi-squared, 1 degree of freedom");
	close_to(dpk_chi2_quantile(0.975, 9), 19.02276779864163, 1e-10, "9 degrees");
	close_to(dpk_chi2_quantile(0.5, 36), 35.335572835576905, 1e-9, "36 degrees, the median");
	close_to(dpk_chi2_quantile(0.975, 500), 563.8515293442852, 1e-9, "500 degrees");
	close_to(dpk_t_upper_quantile(0.025, 1, 0), 12.706204736432102, 1e-9, "t, 1 degree of freedom");
	close_to(dpk_t_upper_quantile(0.05 / 108, 52, 0), 3.513086381166678, 1e-9, "52 degrees, of Rosner's example");
	close_to(dpk_t_upper_quantile(0.05 / 108, 52, 5), dpk_t_upper_quantile(0.05 / 108, 52, 0), 1e-11, "from a guess");
	close_to(dpk_t_upper_quantile(1e-9, 1000000, 0), 5.997862455710895, 1e-9, "a million degrees");
}

static void
test_order(void)
{
	enum
	{
		N = 5000
	};
	static double x[N * 2],
				shuffled[N * 2];
	static uint64_t work[N];
	static uint32_t a[N],
				b[N];
	bool		same = true;

	for (int i = 0; i < N; i++)
	{
		x[2 * i] = i * 7919 % 13;
		x[2 * i + 1] = i % 97 == 0 ? -0.0 : i % 5;
		memcpy(shuffled + 2 * ((i * 3 + 11) % N), x + 2 * i, 2 * sizeof(double));
	}
	dpk_outlier_order(x, N, 2, NULL, work, a);
	dpk_outlier_order(shuffled, N, 2, NULL, work, b);
	for (int i = 0; i < N; i++)
		if (x[2 * a[i]] != shuffled[2 * b[i]] || x[2 * a[i] + 1] != shuffled[2 * b[i] + 1])
			same = false;
	ok(same, "rows have one order, however they come");
}

static void
test_sort(void)
{
	enum
	{
		N = 600000
	};
	double	   *x = malloc(N * sizeof *x),
			   *work = malloc(N * sizeof *work);
	bool		sorted = true;

	for (size_t i = 0; i < N; i++)
		x[i] = (double) (i * 7919 % 600011);
	ok(dpk_outlier_sort(x, N, work, NULL) == DPK_OK, "a sort of more than a piece");
	for (size_t i = 1; i < N; i++)
		sorted = sorted && x[i - 1] <= x[i];
	ok(sorted, "is in order");
	free(x);
	free(work);
}

typedef struct counter
{
	int64_t		polls,
				last;			/* the poll that says stop */
} counter;

static bool
count_poll(void *arg)
{
	counter    *c = arg;

	return ++c->polls >= c->last;
}

/* Every step of mcd looks at all rows, and looks whether to stop while it does */
static void
test_mcd_stops(void)
{
	const size_t n = 64 * DPK_OUTLIER_CHUNK;
	double		options[DPK_OUTLIER_OPTIONS] = {0},
			   *x = make_rows(RANDOM, n, 2),
			   *scores = malloc(n * sizeof *scores);
	counter		c = {0, INT64_MAX};
	dpk_stop	stop = {count_poll, &c};
	dpk_error	err;
	dpk_rows	rows = {.x = x,.n = n,.d = 2,.options = options,.seed = 5,.stop = &stop,.err = &err};
	size_t		bytes;
	void	   *memory;
	dpk_status	status;

	if (!dpk_outlier_bytes(&dpk_outlier_mcd, n, 2, options, &bytes) || posix_memalign(&memory, DPK_OUTLIER_ALIGN, bytes + 1) != 0)
		exit(1);
	status = dpk_outlier_score_rows(&dpk_outlier_mcd, &rows, memory, scores);
	/* once for each row to put them in order; of the others 2,424 are not in the distances of a step */
	c.polls -= n;
	ok(status == DPK_OK && c.polls >= 3000, "mcd of %zu rows looks %lld times whether to stop", n, (long long) c.polls);
	c = (counter) {0, c.polls / 2};
	ok(dpk_outlier_score_rows(&dpk_outlier_mcd, &rows, memory, scores) == DPK_STOPPED, "and does");
	free(memory);
	free(scores);
	free(x);
}

/* A sample is sorted when there is no room for more, and in the end */
static void
test_sample_stops(void)
{
	enum { SAMPLE = 20000 };
	size_t		bytes;
	counter		c = {0, INT64_MAX};
	dpk_stop	stop = {count_poll, &c};
	dpk_detector *t;
	int64_t		n,
				before;
	bool		sound = true;

	if (!dpk_detector_size(3 * 2 * SAMPLE, &bytes))
		exit(1);
	t = calloc(1, bytes);
	*t = (dpk_detector) {.nfeatures = 1,.sample = {.size = SAMPLE,.cutoff = UINT64_MAX,.room = 3 * 2 * SAMPLE}};
	for (int i = 0; i <= 2 * SAMPLE; i++)
	{
		double		x = i;

		sound = sound && dpk_detector_add(t, i, &x, &stop) == DPK_OK;
	}
	before = c.polls;
	ok(sound && before >= 2 * SAMPLE / 4096, "a sample is pruned with %lld looks", (long long) before);
	ok(dpk_detector_close(t, &stop, &n) == DPK_OK && n == SAMPLE && c.polls >= before + SAMPLE / 4096, "and sorted in the end with more");
	c.last = 0;
	ok(dpk_detector_close(t, &stop, &n) == DPK_STOPPED, "or stopped");
	free(t);
}

int
main(void)
{
	for (int i = 0; i < dpk_outlier_nmethods; i++)
	{
		const dpk_outlier_method *m = dpk_outlier_methods[i];
		double		options[DPK_OUTLIER_OPTIONS] = {0};

		read_defaults(m, options);
		test_method(m, options, m->name);
		if (strcmp(m->name, "isolation_forest") == 0)
		{
			options[0] = 10;
			options[2] = 1;
			test_method(m, options, "extended isolation_forest");
		}
		else if (strcmp(m->name, "ecod") == 0)
		{
			options[0] = 1;
			test_method(m, options, "ecod by sums");
		}
	}
	test_distributions();
	test_order();
	test_sort();
	test_mcd_stops();
	test_sample_stops();
	return done();
}
