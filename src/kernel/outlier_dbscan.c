/*
 * outlier_dbscan.c - dbscan: how far a row is from the nearest dense place
 *
 * Ester, Kriegel, Sander and Xu (1996): a row is a core row if 'min_samples'
 * rows, itself included, are within eps of it.  The score is the distance from
 * the nearest core row divided by eps: 0 for a core row, at most 1 for the
 * border of a cluster, and more for what the paper calls noise.
 *
 * The model is the core rows.  Where there are none all rows are noise, and
 * infinitely far from what is not there.
 */
#include <math.h>
#include <string.h>

#include "outlier_neighbours.h"

static const dpk_outlier_option options_of_dbscan[] = {
	{"min_samples", DPK_OUTLIER_INT, "5", 1, DPK_NEAR_MAX_K, NULL},
	{"scale", DPK_OUTLIER_CHOICE, "minmax", 0, 0, dpk_near_scales},
	{"eps", DPK_OUTLIER_FLOAT, NULL, 1e-300, 1e150, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

#define MIN_SAMPLES DPK_NEAR_K
#define EPS DPK_NEAR_THIRD

static double
threshold(int d, const double *options)
{
	return 1;
}

/* Beside the neighbours' work a distance for each row */
static bool
work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	size_t		distances;

	return dpk_near_work(n, d, options, bytes) && dpk_mul(n, sizeof(double), &distances) && dpk_add(*bytes, DPK_ALIGN, bytes) &&
		dpk_add(*bytes, distances, bytes);
}

/* r->tree is that of the core rows afterwards, where there is one; *ncores of them, and 'core' says which are */
static dpk_status
find_cores(const dpk_rows *rows, dpk_near_rig *r, double *distances, size_t *ncores)
{
	int			others = (int) rows->options[MIN_SAMPLES] - 1;
	size_t		d = rows->d;
	dpk_status	status;

	*ncores = 0;
	if ((size_t) others >= rows->n)
		return DPK_OK;
	if (others == 0)
		memset(distances, 0, rows->n * sizeof *distances);
	else if ((status = dpk_near_status(rows, dpk_knn_scores(&r->tree, others, false, rows->stop, r->work, distances))) != DPK_OK)
		return status;
	for (size_t i = 0; i < rows->n; i++)
		if (distances[i] <= rows->options[EPS])
			memmove(r->x + (*ncores)++ * d, r->x + i * d, d * sizeof *r->x);
	if (*ncores == 0)
		return DPK_OK;
	return dpk_neighbours_build(&r->tree, dpk_kernels_best(), r->x, *ncores, rows->d, rows->stop, r->memory);
}

/* Prepares the rows and finds the core rows among them */
static dpk_status
prepare(const dpk_rows *rows, void *work, dpk_near_rig *r, double **distances, size_t *ncores)
{
	size_t		bytes;
	dpk_status	status;

	if (!(rows->options[EPS] > 0))
	{
		dpk_fail(rows->err, DPK_INVALID, "option \"eps\" is missing");
		dpk_hint(rows->err, "Give the distance within which rows are neighbours. The distances of knn with k one less than min_samples show where they rise.");
		return DPK_INVALID;
	}
	dpk_near_work(rows->n, rows->d, rows->options, &bytes);
	*distances = (double *) ((char *) work + dpk_neighbours_round(bytes));
	status = dpk_near_prepare(rows, work, r);
	return status == DPK_OK ? find_cores(rows, r, *distances, ncores) : status;
}

/* The distance from the nearest core row in units of eps */
static double
distance_from(const dpk_neighbours *cores, double eps, const dpk_stop *stop, void *work, const double *row, dpk_status *status)
{
	double		distance;

	*status = dpk_knn_row(cores, 1, false, stop, work, row, &distance);
	return *status == DPK_OK ? distance / eps : INFINITY;
}

static dpk_status
score_all(const dpk_rows *rows, void *work, double *scores)
{
	double		eps = rows->options[EPS],
			   *distances,
			   *row;
	size_t		ncores;
	dpk_near_rig r;
	dpk_status	status = prepare(rows, work, &r, &distances, &ncores);

	if (status != DPK_OK)
		return status;
	row = r.x + ncores * rows->d;	/* room that is there where it is needed */
	for (size_t i = 0; i < rows->n; i++)
	{
		scores[i] = ncores == 0 ? INFINITY : 0;
		if (ncores == 0 || distances[i] <= eps)
			continue;
		dpk_near_scale_row(rows->d, r.low, r.range, rows->x + i * rows->d, row);
		scores[i] = distance_from(&r.tree, eps, rows->stop, r.work, row, &status);
		if (status != DPK_OK)
			return dpk_near_status(rows, status);
	}
	return DPK_OK;
}

static dpk_status
fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	double	   *distances;
	size_t		ncores;
	dpk_near_rig r;
	dpk_status	status = prepare(rows, work, &r, &distances, &ncores);

	if (status != DPK_OK)
		return status;
	if (ncores == 0)
		r.tree.npoints = 0;
	dpk_near_write(&r, ncores, NULL, model);
	dpk_near_model_size(ncores, rows->d, rows->options, size);
	return DPK_OK;
}

/* Whether there is more than the scale of each feature */
static bool
has_cores(int d, size_t size)
{
	return size != 2 * (size_t) d;
}

static bool
check(int d, const double *options, const double *model, size_t size)
{
	return options[EPS] > 0 && (has_cores(d, size) ? dpk_near_check(d, options, model, size) : dpk_near_check_scale(d, model, size));
}

static bool
ready_bytes(int d, const double *options, size_t size, size_t *bytes)
{
	*bytes = sizeof(dpk_near_ready);
	return !has_cores(d, size) || dpk_near_ready_bytes(d, options, size, bytes);
}

static void
get_ready(int d, const double *options, const double *model, size_t size, void *memory)
{
	if (has_cores(d, size))
		dpk_near_get_ready(d, options, model, size, memory);
	else
		*(dpk_near_ready *) memory = (dpk_near_ready) {.low = model,.range = model + d};
}

static void
score(int d, const double *options, const void *memory, size_t n, const double *x, double *scores)
{
	const dpk_near_ready *r = memory;
	dpk_status	status;

	for (size_t i = 0; i < n; i++)
		scores[i] = r->tree.npoints > 0 && dpk_near_scale_row(d, r->low, r->range, x + i * d, r->row) ?
			distance_from(&r->tree, options[EPS], NULL, r->work, r->row, &status) : INFINITY;
}

const dpk_outlier_method dpk_outlier_dbscan = {
	.name = "dbscan",
	.options = options_of_dbscan,
	.max_features = DPK_OUTLIER_FEATURES,
	.threshold = threshold,
	.work_bytes = work_bytes,
	.score_all = score_all,
	.model_size = dpk_near_model_size,
	.fit = fit,
	.check = check,
	.ready_bytes = ready_bytes,
	.get_ready = get_ready,
	.score = score
};
