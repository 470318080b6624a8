/*
 * test_series_score.c - unusual values in a series: against pandas,
 * statsmodels, ADTK and STUMPY (test/oracle/series_score.py), the matrix
 * profile against its definition, and what is missing, flat, short or huge
 */
#include "tap.h"

#include "matrix_profile.h"
#include "series_score.h"
#include "stl.h"
#include "../data/series_score.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const dpk_series_options usual = {
	.half_window = 3, .alpha = 0.2, .period = 12, .seasonal = 7, .window = 5
};

/* As series() of the oracle */
static void
make_series(double *x, int n, int64_t salt, int missing)
{
	for (int64_t i = 0; i < n; i++)
	{
		double		noise = (double) ((i * 7919 + salt * 104729) % 1009) / 1009;

		x[i] = (double) (i % 12 * (i % 12 - 7)) / 4 + (double) i / 50 + 3 * (i > n / 3) - 8 * (i > n / 2) + noise;
		if (i % 97 == 50)
			x[i] += 9;
		if (missing > 0 && i % missing == missing - 1)
			x[i] = NAN;
	}
}

static dpk_status
score(const dpk_series_options *o, const dpk_kernels *kernels, size_t n, const double *x, const dpk_stop *stop, double *scores)
{
	size_t		bytes;
	void	   *work;
	dpk_status	status;

	if (!dpk_series_work(o, n, &bytes))
		exit(1);
	work = aligned_alloc(DPK_ALIGN, (bytes + DPK_ALIGN) / DPK_ALIGN * DPK_ALIGN);
	status = dpk_series_scores(o, kernels, n, x, stop, work, scores);
	free(work);
	return status;
}

/* Equal, or both NaN, or both infinite, or near */
static void
check(const char *what, const double *got, const double *wanted, size_t n, double tolerance)
{
	double		worst = 0;
	size_t		where = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		error = fabs(got[i] - wanted[i]) / fmax(1, fabs(wanted[i]));

		if (got[i] == wanted[i] || (isnan(got[i]) && isnan(wanted[i])))
			continue;
		if (!(error <= worst))
		{
			worst = error;
			where = i;
		}
		if (isnan(worst))
			break;
	}
	if (!ok(worst <= tolerance, "%s", what))
		printf("# at %zu: %.15g, wanted %.15g\n", where, got[where], wanted[where]);
}

/* ---- against other libraries ---- */

typedef struct known
{
	const char *name;
	int			n,
				salt,
				missing;
	dpk_series_options options;
	const double *scores;
	double		tolerance;
} known;

static const known sets[] = {
	{"hampel", 240, 1, 0, {.method = DPK_HAMPEL, .half_window = 3}, hampel_3, 1e-11},
	{"hampel with gaps", 240, 2, 17, {.method = DPK_HAMPEL, .half_window = 5}, hampel_gaps, 1e-11},
	{"ewma", 240, 1, 0, {.method = DPK_EWMA, .alpha = 0.2}, ewma_02, 1e-11},
	{"ewma with gaps", 240, 2, 17, {.method = DPK_EWMA, .alpha = 0.05}, ewma_gaps, 1e-11},
	{"seasonal", 240, 1, 0, {.method = DPK_SEASONAL, .period = 12, .seasonal = 7}, seasonal_7, 1e-8},
	{"seasonal, robust", 240, 1, 0, {.method = DPK_SEASONAL, .period = 12, .seasonal = 7, .robust = true}, seasonal_robust, 1e-8},
	{"seasonal with gaps", 240, 2, 17, {.method = DPK_SEASONAL, .period = 12, .seasonal = 13}, seasonal_gaps, 1e-8},
	{"level_shift", 240, 1, 0, {.method = DPK_LEVEL_SHIFT, .window = 12}, shift_12, 1e-11},
	{"level_shift with gaps", 240, 2, 17, {.method = DPK_LEVEL_SHIFT, .window = 8}, shift_gaps, 1e-11},
};

static void
check_known(const dpk_kernels *kernels)
{
	double		x[240],
				scores[240];

	for (size_t i = 0; i < COUNT(sets); i++)
	{
		make_series(x, sets[i].n, sets[i].salt, sets[i].missing);
		score(&sets[i].options, kernels, sets[i].n, x, NULL, scores);
		check(sets[i].name, scores, sets[i].scores, sets[i].n, sets[i].tolerance);
	}
	/* the first values of a longer series: its steps are where they were */
	make_series(x, 240, 1, 0);
	score(&(dpk_series_options) {.method = DPK_SEASONAL, .period = 14, .seasonal = 7}, kernels, 30, x, NULL, scores);
	check("seasonal, hardly more than two periods", scores, seasonal_short, 30, 1e-8);
}

static void
profile(const dpk_kernels *kernels, size_t n, const double *x, size_t m, double *result)
{
	size_t		bytes;
	void	   *work;

	if (!dpk_matrix_profile_work(n, &bytes))
		exit(1);
	work = aligned_alloc(DPK_ALIGN, (bytes + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN);
	dpk_matrix_profile(kernels, n, x, m, NULL, work, result);
	free(work);
}

static void
check_profiles(const dpk_kernels *kernels)
{
	double		x[240],
				result[240];

	make_series(x, 240, 1, 0);
	profile(kernels, 240, x, 20, result);
	check("profile", result, profile_20, COUNT(profile_20), 1e-6);
	for (int i = 100; i < 140; i++)
		x[i] = 2.5;
	profile(kernels, 240, x, 33, result);
	check("profile with one flat stretch", result, profile_one, COUNT(profile_one), 1e-6);
	for (int i = 180; i < 215; i++)
		x[i] = -1;
	profile(kernels, 240, x, 16, result);
	check("profile with two", result, profile_flat, COUNT(profile_flat), 1e-6);
	make_series(x, 240, 2, 80);
	profile(kernels, 240, x, 9, result);
	check("profile with gaps", result, profile_gaps, COUNT(profile_gaps), 1e-6);
}

/* ---- the profile against its definition, across tiles and beside a huge value ---- */

static void
normalise(const double *x, size_t m, double *z)
{
	double		mean = 0,
				norm = 0;

	for (size_t k = 0; k < m; k++)
		mean += x[k] / (double) m;
	for (size_t k = 0; k < m; k++)
		norm += (x[k] - mean) * (x[k] - mean);
	for (size_t k = 0; k < m; k++)
		z[k] = (x[k] - mean) * sqrt((double) m / norm);
}

static void
check_definition(const dpk_kernels *kernels, int n, int m, double spike, double tolerance)
{
	int			nwindows = n - m + 1;
	double	   *x = malloc(sizeof(double) * n),
			   *z = malloc(sizeof(double) * nwindows * m),
			   *got = malloc(sizeof(double) * nwindows),
			   *wanted = malloc(sizeof(double) * nwindows);

	make_series(x, n, 5, 0);
	x[n / 3] += spike;
	for (int i = 0; i < nwindows; i++)
		normalise(x + i, m, z + (size_t) i * m);
	for (int i = 0; i < nwindows; i++)
	{
		wanted[i] = INFINITY;
		for (int j = 0; j < nwindows; j++)
		{
			double		square = 0;

			if (abs(i - j) <= (m + 3) / 4)
				continue;
			for (int k = 0; k < m; k++)
				square += (z[i * m + k] - z[j * m + k]) * (z[i * m + k] - z[j * m + k]);
			wanted[i] = fmin(wanted[i], sqrt(square));
		}
	}
	profile(kernels, n, x, m, got);
	check(spike > 0 ? "profile beside a huge value" : "profile of several tiles", got, wanted, nwindows, tolerance);
	free(x);
	free(z);
	free(got);
	free(wanted);
}

/* ---- the edges ---- */

static void
check_edges(const dpk_kernels *kernels)
{
	const dpk_series_method methods[] = {DPK_HAMPEL, DPK_EWMA, DPK_SEASONAL, DPK_LEVEL_SHIFT, DPK_MATRIX_PROFILE};
	double		x[100],
				scores[100];

	for (size_t m = 0; m < COUNT(methods); m++)
	{
		dpk_series_options o = usual;
		bool		quiet = true,
					none = true;

		o.method = methods[m];
		for (int i = 0; i < 100; i++)
			x[i] = 0.1;
		for (size_t n = 1; n <= 100; n++)
		{
			ok(score(&o, kernels, n, x, NULL, scores) == DPK_OK, "method %d, %zu equal values", o.method, n);
			for (size_t i = 0; i < n; i++)
				quiet = quiet && (isnan(scores[i]) || scores[i] < 1e-2);
		}
		ok(quiet && !isnan(scores[50]), "method %d finds nothing among equal values", o.method);
		for (int i = 50; i < (o.method == DPK_LEVEL_SHIFT ? 100 : 51); i++)
			x[i] = 0.2;
		score(&o, kernels, 100, x, NULL, scores);
		for (int i = 0; i < 100; i++)
			quiet = quiet && (isnan(scores[i]) || scores[i] <= scores[50]);
		if (o.method != DPK_MATRIX_PROFILE)
			ok(quiet && scores[50] > 3, "method %d finds the one that differs", o.method);
		x[50] = 2e150;
		ok(score(&o, kernels, 100, x, NULL, scores) == DPK_INVALID, "method %d refuses what is too large", o.method);
		for (int i = 0; i < 100; i++)
			x[i] = NAN;
		score(&o, kernels, 100, x, NULL, scores);
		for (int i = 0; i < 100; i++)
			none = none && isnan(scores[i]);
		ok(none, "method %d has no score for what is missing", o.method);
		for (int i = 0; i < 100; i++)
			x[i] = (i - 50) * 1e148;
		score(&o, kernels, 100, x, NULL, scores);
		ok(isfinite(scores[50]), "method %d takes what is nearly too large", o.method);
	}
	/* the discord is where the window around a row is unlike all others */
	make_series(x, 100, 1, 0);
	for (int i = 0; i < 100; i++)
		x[i] = sin(i * 0.7) + (i == 60 ? 3 : 0);
	score(&(dpk_series_options) {.method = DPK_MATRIX_PROFILE, .window = 8}, kernels, 100, x, NULL, scores);
	ok(scores[60] > 1 && scores[30] < 0.5 && scores[0] == scores[4] && scores[99] == scores[96], "the profile of a row is that of the window around it");
}

/* What repeats exactly leaves rounding behind, which is not unusual */
static void
check_rounding(const dpk_kernels *kernels)
{
	double		x[360],
				scores[360],
				worst = 0;

	for (int i = 0; i < 360; i++)
		x[i] = 1000 * sin(i * 3.14159265358979 / 6) + i;
	score(&(dpk_series_options) {.method = DPK_SEASONAL, .period = 12, .seasonal = 7}, kernels, 360, x, NULL, scores);
	for (int i = 0; i < 360; i++)
		worst = fmax(worst, scores[i]);
	ok(worst < 3.5, "a series that repeats has no outlier");
	for (int i = 0; i < 360; i++)
		x[i] += i * 7919 % 1009 / 1e4 + (i == 200);
	score(&(dpk_series_options) {.method = DPK_SEASONAL, .period = 12, .seasonal = 7, .robust = true}, kernels, 360, x, NULL, scores);
	ok(scores[200] > 10 && scores[199] < 3.5 && scores[201] < 3.5, "until one value differs from a noisy rest");
}

static bool
third(void *arg)
{
	return ++*(int *) arg == 3;
}

static void
check_stop(const dpk_kernels *kernels)
{
	int			n = 20000;
	double	   *x = malloc(sizeof(double) * n),
			   *scores = malloc(sizeof(double) * n);
	const dpk_series_options options[] = {
		{.method = DPK_HAMPEL, .half_window = 500},
		{.method = DPK_SEASONAL, .period = 2000, .seasonal = 7, .robust = true},
		{.method = DPK_LEVEL_SHIFT, .window = 500},
		{.method = DPK_MATRIX_PROFILE, .window = 300},
	};

	make_series(x, n, 1, 0);
	for (size_t i = 0; i < COUNT(options); i++)
	{
		int			asked = 0;
		dpk_stop	stop = {third, &asked};

		ok(score(&options[i], kernels, n, x, &stop, scores) == DPK_STOPPED && asked == 3, "method %d stops when asked to", options[i].method);
	}
	free(x);
	free(scores);
}

int
main(void)
{
	const char *isas[] = {"generic", "avx2", "avx512"};
	size_t		bytes;

	check_known(dpk_kernels_best());
	for (size_t t = 0; t < COUNT(isas); t++)
	{
		const dpk_kernels *kernels = dpk_kernels_named(isas[t]);

		if (kernels == NULL)
			continue;
		printf("# %s\n", isas[t]);
		check_profiles(kernels);
		check_definition(kernels, 1700, 5, 0, 1e-6);
		check_definition(kernels, 900, 70, 0, 1e-6);
		check_definition(kernels, 1700, 20, 1e5, 1e-4);
	}
	check_edges(dpk_kernels_best());
	check_rounding(dpk_kernels_best());
	check_stop(dpk_kernels_best());
	ok(!dpk_series_work(&(dpk_series_options) {.method = DPK_MATRIX_PROFILE}, SIZE_MAX / 8, &bytes) &&
	   !dpk_series_work(&(dpk_series_options) {.method = DPK_SEASONAL, .period = 12}, SIZE_MAX / 16, &bytes), "sizes that cannot be");
	return done();
}
