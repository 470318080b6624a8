/*
 * outlier_ecod.c - ecod and copod: the model, and scoring by it
 */
#include "outlier_ecod.h"

#include <math.h>

#define MAX_VALUES 9007199254740992.0

static const char *const tails[] = {"features", "sums", NULL};

static const dpk_outlier_option ecod_options[] = {
	{"tails", DPK_OUTLIER_CHOICE, "features", 0, 0, tails},
	{NULL, 0, NULL, 0, 0, NULL}
};

static bool
model_size(size_t n, int d, const double *options, size_t *size)
{
	return dpk_add(n, 1, size) && dpk_mul(*size, d, size) && dpk_add(*size, 1, size);
}

static inline size_t
nvalues(const double *model)
{
	return (size_t) model[0];
}

static dpk_status
fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	double	   *at = model + 1;

	model[0] = (double) rows->n;
	for (int j = 0; j < rows->d; j++, at += rows->n + 1)
	{
		dpk_status	status;

		dpk_outlier_column(rows, j, at + 1);
		status = dpk_outlier_sort(at + 1, rows->n, work, rows->stop);
		if (status != DPK_OK)
			return status;
		if (!isfinite(at[rows->n] - at[1]))
			return dpk_outlier_out_of_range(rows, j);
		at[0] = dpk_ecod_skewness(at + 1, rows->n);
	}
	*size = at - model;
	return DPK_OK;
}

static bool
check(int d, const double *options, const double *model, size_t size)
{
	size_t		needed;

	if (size < 1 || !(model[0] >= 1 && model[0] <= MAX_VALUES) || model[0] != floor(model[0]) ||
		!model_size(nvalues(model), d, options, &needed) || size != needed)
		return false;
	for (int j = 0; j < d; j++)
	{
		const double *at = model + 1 + j * (nvalues(model) + 1);

		if (!(at[0] == -1 || at[0] == 0 || at[0] == 1))
			return false;
		for (size_t i = 2; i <= nvalues(model); i++)
			if (at[i] < at[i - 1])
				return false;
	}
	return true;
}

/* How many of n sorted values are below x; without a branch that depends on them */
static inline size_t
count_below(const double *sorted, size_t n, double x)
{
	const double *base = sorted;

	while (n > 1)
	{
		size_t		half = n / 2;

		base += base[half - 1] < x ? half : 0;
		n -= half;
	}
	return (base - sorted) + (n == 1 && *base < x);
}

static inline size_t
count_up_to(const double *sorted, size_t n, double x)
{
	const double *base = sorted;

	while (n > 1)
	{
		size_t		half = n / 2;

		base += base[half - 1] <= x ? half : 0;
		n -= half;
	}
	return (base - sorted) + (n == 1 && *base <= x);
}

/* The shares of rows that are at most and at least as large */
static inline void
shares(const double *model, int j, double x, double *most, double *least)
{
	size_t		n = nvalues(model);
	const double *sorted = model + 2 + j * (n + 1);
	size_t		below = count_below(sorted, n, x),
				up_to = below;

	/* equal values are few as a rule: look further and further */
	if (below < n && sorted[below] == x)
	{
		size_t		step = 1,
					from;

		while (below + step < n && sorted[below + step] == x)
			step *= 2;
		from = below + step / 2;
		up_to = from + count_up_to(sorted + from, DPK_MIN(below + step, n) - from, x);
	}
	*most = up_to > 0 ? (double) up_to / n : 1 / (n + 1.0);
	*least = below < n ? (double) (n - below) / n : 1 / (n + 1.0);
}

static inline double
sign_of(const double *model, int j)
{
	return model[1 + j * (nvalues(model) + 1)];
}

static inline double
feature_score(dpk_ecod_combine f, const double *model, int j, double x)
{
	double		most,
				least;

	shares(model, j, x, &most, &least);
	return f(most, least, sign_of(model, j));
}

static void
feature_tails(const double *model, int j, double x, double tail[3])
{
	double		most,
				least;

	shares(model, j, x, &most, &least);
	dpk_ecod_tails(most, least, sign_of(model, j), tail);
}

static inline int
largest_of(const double sums[3])
{
	int			largest = sums[1] > sums[0] ? 1 : 0;

	return sums[2] > sums[largest] ? 2 : largest;
}

/* The sums of L, R and A; which of them is largest */
static int
largest_sum(const double *model, int d, const double *x, double sums[3])
{
	sums[0] = sums[1] = sums[2] = 0;
	for (int j = 0; j < d; j++)
	{
		double		tail[3];

		feature_tails(model, j, x[j], tail);
		for (int k = 0; k < 3; k++)
			sums[k] += tail[k];
	}
	return largest_of(sums);
}

static void
ecod_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	bool		by_sums = options[DPK_ECOD_TAILS] != 0;

	for (size_t i = 0; i < n; i++, x += d)
	{
		double		sums[3];

		scores[i] = by_sums ? sums[largest_sum(ready, d, x, sums)] : 0;
		for (int j = 0; j < d && !by_sums; j++)
			scores[i] += feature_score(dpk_ecod_of, ready, j, x[j]);
	}
}

static bool
ecod_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	double		sums[3];
	int			largest = options[DPK_ECOD_TAILS] != 0 ? largest_sum(ready, d, x, sums) : 0;

	for (int j = 0; j < d; j++)
	{
		double		tail[3];

		feature_tails(ready, j, x[j], tail);
		contributions[j] = options[DPK_ECOD_TAILS] != 0 ? tail[largest] : feature_score(dpk_ecod_of, ready, j, x[j]);
	}
	return true;
}

static void
copod_score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	for (size_t i = 0; i < n; i++, x += d)
	{
		scores[i] = 0;
		for (int j = 0; j < d; j++)
			scores[i] += feature_score(dpk_copod_of, ready, j, x[j]);
	}
}

static bool
copod_explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	for (int j = 0; j < d; j++)
		contributions[j] = feature_score(dpk_copod_of, ready, j, x[j]);
	return true;
}

const dpk_outlier_method dpk_outlier_ecod = {
	.name = "ecod",
	.options = ecod_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.work_bytes = dpk_ecod_work_bytes,
	.score_all = dpk_ecod_score_all,
	.model_size = model_size,
	.fit = fit,
	.check = check,
	.score = ecod_score,
	.explain = ecod_explain
};

const dpk_outlier_method dpk_outlier_copod = {
	.name = "copod",
	.options = dpk_outlier_no_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.work_bytes = dpk_ecod_work_bytes,
	.score_all = dpk_copod_score_all,
	.model_size = model_size,
	.fit = fit,
	.check = check,
	.score = copod_score,
	.explain = copod_explain
};
