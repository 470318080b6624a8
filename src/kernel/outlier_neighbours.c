/*
 * outlier_neighbours.c - knn and lof: how far a row is from its neighbours,
 * and how thin it is around it compared with them (neighbour_score.h)
 *
 * Distances between features of different units mean nothing, so each feature
 * is scaled to 0..1 first, unless 'scale' says not to.  A row has at most all
 * others as neighbours, whatever k is.
 *
 * A model is what a feature is reduced by and divided by, then the rows,
 * scaled, in the order of the tree's leaves, and for lof the distance of each
 * from its k-th neighbour and its density.  From it the tree is laid out again.
 */
#include "outlier_neighbours.h"

#include <math.h>

#define MEAN DPK_NEAR_THIRD		/* of knn's options */

const char *const dpk_near_scales[] = {"minmax", "none", NULL};
static const char *const distances[] = {"kth", "mean", NULL};

static const dpk_outlier_option knn_options[] = {
	{"k", DPK_OUTLIER_INT, "5", 1, DPK_NEAR_MAX_K, NULL},
	{"scale", DPK_OUTLIER_CHOICE, "minmax", 0, 0, dpk_near_scales},
	{"distance", DPK_OUTLIER_CHOICE, "kth", 0, 0, distances},
	{NULL, 0, NULL, 0, 0, NULL}
};

static const dpk_outlier_option lof_options[] = {
	{"k", DPK_OUTLIER_INT, "20", 1, DPK_NEAR_MAX_K, NULL},
	{"scale", DPK_OUTLIER_CHOICE, "minmax", 0, 0, dpk_near_scales},
	{NULL, 0, NULL, 0, 0, NULL}
};

/* As scikit-learn's 'auto' has it */
static double
lof_threshold(int d, const double *options)
{
	return 1.5;
}

static int
neighbours_of(size_t n, const double *options)
{
	return (int) DPK_MAX(DPK_MIN((size_t) options[DPK_NEAR_K], n - 1), 1);
}

bool
dpk_near_work(size_t n, int d, const double *options, size_t *bytes)
{
	size_t		scaled,
				tree,
				work;

	return dpk_add(n, 2, &scaled) && dpk_mul(scaled, d * sizeof(double), &scaled) && dpk_add(scaled, DPK_ALIGN, &scaled) &&
		dpk_neighbours_bytes(n, d, &tree) && dpk_lof_work(n, d, neighbours_of(n, options), &work) &&
		dpk_add(scaled, tree, bytes) && dpk_add(*bytes, DPK_ALIGN, bytes) && dpk_add(*bytes, work, bytes) &&
		dpk_mul(n, 2 * sizeof(double), &work) && dpk_add(*bytes, work, bytes);
}

dpk_status
dpk_near_prepare(const dpk_rows *rows, void *work, dpk_near_rig *r)
{
	size_t		n = rows->n,
				d = rows->d,
				bytes;

	r->k = neighbours_of(n, rows->options);
	r->low = work;
	r->range = r->low + d;
	r->x = r->range + d;
	for (size_t j = 0; j < d; j++)
	{
		double		low = rows->x[j],
					high = rows->x[j];
		bool		scale = rows->options[DPK_NEAR_SCALE] == DPK_NEAR_MINMAX;

		for (size_t i = 1; scale && i < n; i++)
		{
			low = DPK_MIN(low, rows->x[i * d + j]);
			high = DPK_MAX(high, rows->x[i * d + j]);
		}
		if (!isfinite(high - low))
			return dpk_fail(rows->err, DPK_INVALID, "values of feature %zu are too far apart", j + 1);
		r->low[j] = scale ? low : 0;
		r->range[j] = high > low ? high - low : 1;
		for (size_t i = 0; i < n; i++)
			r->x[i * d + j] = (rows->x[i * d + j] - r->low[j]) / r->range[j];
		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
	}
	r->keep.distance = r->x + n * d;
	r->keep.density = r->keep.distance + n;
	r->memory = (char *) work + dpk_neighbours_round((char *) (r->keep.density + n) - (char *) work);
	dpk_neighbours_bytes(n, (int) d, &bytes);
	r->work = (char *) r->memory + dpk_neighbours_round(bytes);
	return dpk_neighbours_build(&r->tree, dpk_kernels_best(), r->x, n, (int) d, rows->stop, r->memory);
}

dpk_status
dpk_near_status(const dpk_rows *rows, dpk_status status)
{
	if (status != DPK_INVALID)
		return status;
	dpk_fail(rows->err, DPK_INVALID, "features are too large for distances between them");
	dpk_hint(rows->err, "Leave the option \"scale\" at \"minmax\".");
	return DPK_INVALID;
}

static dpk_status
knn_score_all(const dpk_rows *rows, void *work, double *scores)
{
	dpk_near_rig r;
	dpk_status	status = dpk_near_prepare(rows, work, &r);

	if (status != DPK_OK)
		return status;
	if (rows->n == 1)
	{
		scores[0] = 0;
		return DPK_OK;
	}
	return dpk_near_status(rows, dpk_knn_scores(&r.tree, r.k, rows->options[MEAN] != 0, rows->stop, r.work, scores));
}

static dpk_status
lof_score_all(const dpk_rows *rows, void *work, double *scores)
{
	dpk_near_rig r;
	dpk_status	status = dpk_near_prepare(rows, work, &r);

	if (status != DPK_OK)
		return status;
	if (rows->n == 1)
	{
		scores[0] = 1;
		r.keep.distance[0] = 0;
		r.keep.density[0] = 1e10;
		return DPK_OK;
	}
	return dpk_near_status(rows, dpk_lof_scores(&r.tree, r.k, rows->stop, r.work, &r.keep, scores));
}

/* ---- models ---- */

bool
dpk_near_model_size(size_t n, int d, const double *options, size_t *size)
{
	return dpk_add(n, 2, size) && dpk_mul(*size, d, size);
}

static bool
lof_model_size(size_t n, int d, const double *options, size_t *size)
{
	size_t		own;

	return dpk_near_model_size(n, d, options, size) && dpk_mul(n, 2, &own) && dpk_add(*size, own, size);
}

/* The rows in the order of the leaves, equal ones side by side; what 'keep' knows of each goes behind them */
void
dpk_near_write(const dpk_near_rig *r, size_t n, const dpk_densities *keep, double *model)
{
	size_t		d = r->tree.d;
	double	   *row = model + 2 * d,
			   *distance = row + n * d,
			   *density = distance + n;

	for (size_t j = 0; j < d; j++)
	{
		model[j] = r->low[j];
		model[d + j] = r->range[j];
	}
	for (size_t p = 0; p < r->tree.npoints; p++)
		for (uint32_t copy = 0; copy < r->tree.weight[p]; copy++, row += d)
		{
			dpk_neighbours_values(&r->tree, (uint32_t) p, row);
			if (keep == NULL)
				continue;
			*distance++ = keep->distance[p];
			*density++ = keep->density[p];
		}
}

static dpk_status
knn_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	dpk_near_rig r;
	dpk_status	status = dpk_near_prepare(rows, work, &r);

	if (status != DPK_OK)
		return status;
	dpk_near_write(&r, rows->n, NULL, model);
	dpk_near_model_size(rows->n, rows->d, rows->options, size);
	return DPK_OK;
}

/* The scores of the rows themselves have no use, and go where the model will be */
static dpk_status
lof_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	dpk_near_rig r;
	dpk_status	status = dpk_near_prepare(rows, work, &r);

	if (status != DPK_OK)
		return status;
	r.keep.distance[0] = 0;
	r.keep.density[0] = 1e10;
	if (rows->n > 1)
		status = dpk_near_status(rows, dpk_lof_scores(&r.tree, r.k, rows->stop, r.work, &r.keep, model));
	if (status != DPK_OK)
		return status;
	dpk_near_write(&r, rows->n, &r.keep, model);
	lof_model_size(rows->n, rows->d, rows->options, size);
	return DPK_OK;
}

/* How many rows a model has; 0 where no number of them makes its size */
static size_t
rows_of_model(int d, size_t size, bool lof)
{
	size_t		width = (size_t) d + (lof ? 2 : 0);

	if (size < 2 * (size_t) d + width || (size - 2 * (size_t) d) % width != 0)
		return 0;
	return (size - 2 * (size_t) d) / width;
}

bool
dpk_near_check_scale(int d, const double *model, size_t size)
{
	if (size < 2 * (size_t) d)
		return false;
	for (int j = 0; j < d; j++)
		if (!(model[d + j] > 0))
			return false;
	return true;
}

bool
dpk_near_check(int d, const double *options, const double *model, size_t size)
{
	size_t		n = rows_of_model(d, size, false);

	return n > 0 && n < UINT32_MAX / 2 && dpk_near_check_scale(d, model, size);
}

static bool
lof_check(int d, const double *options, const double *model, size_t size)
{
	size_t		n = rows_of_model(d, size, true);
	const double *known = model + 2 * (size_t) d + n * d;

	if (n == 0 || n >= UINT32_MAX / 2 || !dpk_near_check_scale(d, model, size))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(known[i] >= 0 && known[n + i] > 0 && known[n + i] <= 1.1e10))
			return false;
	return true;
}

/* With room to align what is inside */
static bool
ready_bytes(int d, const double *options, size_t n, size_t *bytes)
{
	size_t		tree,
				work;

	return dpk_layout_bytes(n, d, &tree) && dpk_knn_work(d, neighbours_of(n, options), &work) && dpk_add(tree, work, bytes) &&
		dpk_add(*bytes, dpk_neighbours_round(sizeof(dpk_near_ready)) + 2 * DPK_ALIGN + d * sizeof(double), bytes);
}

bool
dpk_near_ready_bytes(int d, const double *options, size_t size, size_t *bytes)
{
	return ready_bytes(d, options, rows_of_model(d, size, false), bytes);
}

static bool
lof_ready_bytes(int d, const double *options, size_t size, size_t *bytes)
{
	return ready_bytes(d, options, rows_of_model(d, size, true), bytes);
}

static void
get_ready(int d, const double *options, const double *model, size_t n, dpk_near_ready *r)
{
	size_t		tree;
	uintptr_t	rest = dpk_neighbours_round((uintptr_t) r + sizeof *r);
	const double *rows = model + 2 * (size_t) d;

	*r = (dpk_near_ready) {.k = neighbours_of(n, options), .low = model, .range = model + d};
	r->tree.nrows = n;
	dpk_layout_bytes(n, d, &tree);
	dpk_layout_start(&r->tree, dpk_kernels_best(), n, d, (void *) rest);
	for (size_t p = 0; p < n; p++)
		dpk_layout_put(&r->tree, p, rows + p * d, 1);
	dpk_layout_finish(&r->tree);
	r->keep.distance = (double *) rows + n * d;
	r->keep.density = r->keep.distance + n;
	r->row = (double *) (rest + dpk_neighbours_round(tree));
	r->work = r->row + d;
}

void
dpk_near_get_ready(int d, const double *options, const double *model, size_t size, void *memory)
{
	get_ready(d, options, model, rows_of_model(d, size, false), memory);
}

static void
lof_get_ready(int d, const double *options, const double *model, size_t size, void *memory)
{
	get_ready(d, options, model, rows_of_model(d, size, true), memory);
}

bool
dpk_near_scale_row(int d, const double *low, const double *range, const double *x, double *row)
{
	for (int j = 0; j < d; j++)
	{
		row[j] = (x[j] - low[j]) / range[j];
		if (!isfinite(row[j]))
			return false;
	}
	return true;
}

static void
knn_score(int d, const double *options, const void *memory, size_t n, const double *x, double *scores)
{
	const dpk_near_ready *r = memory;

	for (size_t i = 0; i < n; i++)
		if (!dpk_near_scale_row(d, r->low, r->range, x + i * d, r->row) ||
			dpk_knn_row(&r->tree, r->k, options[MEAN] != 0, NULL, r->work, r->row, &scores[i]) != DPK_OK)
			scores[i] = INFINITY;
}

static void
lof_score(int d, const double *options, const void *memory, size_t n, const double *x, double *scores)
{
	const dpk_near_ready *r = memory;

	for (size_t i = 0; i < n; i++)
		if (!dpk_near_scale_row(d, r->low, r->range, x + i * d, r->row) ||
			dpk_lof_row(&r->tree, r->k, NULL, r->work, &r->keep, r->row, &scores[i]) != DPK_OK)
			scores[i] = INFINITY;
}

const dpk_outlier_method dpk_outlier_knn = {
	.name = "knn",
	.options = knn_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.work_bytes = dpk_near_work,
	.score_all = knn_score_all,
	.model_size = dpk_near_model_size,
	.fit = knn_fit,
	.check = dpk_near_check,
	.ready_bytes = dpk_near_ready_bytes,
	.get_ready = dpk_near_get_ready,
	.score = knn_score
};

const dpk_outlier_method dpk_outlier_lof = {
	.name = "lof",
	.options = lof_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.threshold = lof_threshold,
	.work_bytes = dpk_near_work,
	.score_all = lof_score_all,
	.model_size = lof_model_size,
	.fit = lof_fit,
	.check = lof_check,
	.ready_bytes = lof_ready_bytes,
	.get_ready = lof_get_ready,
	.score = lof_score
};
