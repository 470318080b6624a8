/*
 * neighbour_score.c - how unusual a row is by its nearest neighbours
 *
 * Equal rows have equal neighbours, so a point is scored once for all of its rows.
 */
#include "neighbour_score.h"

#include <math.h>

#define POINTS_PER_POLL 4096

bool
dpk_knn_work(int d, int k, size_t *bytes)
{
	return dpk_mul((size_t) k + 1, sizeof(dpk_near), bytes) && dpk_add(*bytes, d * sizeof(double), bytes);
}

bool
dpk_lof_work(size_t nrows, int d, int k, size_t *bytes)
{
	size_t		search,
				lists;

	return dpk_knn_work(d, k, &search) && dpk_mul(nrows, k, &lists) && dpk_mul(lists, sizeof(uint32_t), &lists) && dpk_add(search, lists, bytes);
}

/* The search's list comes first, then room for the values of a point, then the rest */
static dpk_search
start_search(const dpk_neighbours *tree, int k, const dpk_stop *stop, void *work, double **values, uint32_t **lists)
{
	dpk_search	s = {.tree = tree, .stop = stop, .k = k, .near = work};

	*values = (double *) (s.near + k + 1);
	*lists = (uint32_t *) (*values + tree->d);
	return s;
}

/* How many rows of a list's next point are among the k, of which 'left' are to come */
static int
rows_of(const dpk_neighbours *tree, uint32_t point, uint32_t self, int left)
{
	uint32_t	weight = tree->weight[point] - (point == self);

	return weight < (uint32_t) left ? (int) weight : left;
}

static dpk_status
overflow(const dpk_search *s)
{
	return s->total < (size_t) s->k ? DPK_INVALID : DPK_OK;
}

/* The distance of the k-th, or the mean */
static double
list_distance(const dpk_search *s, bool mean)
{
	int			left = s->k;
	double		sum = 0;

	if (!mean)
		return sqrt(s->near[s->n - 1].square);
	for (int i = 0; i < s->n; i++)
	{
		int			rows = rows_of(s->tree, s->near[i].point, s->self, left);

		sum += rows * sqrt(s->near[i].square);
		left -= rows;
	}
	return sum / s->k;
}

static void
score_rows(const dpk_neighbours *tree, size_t point, double score, double *scores)
{
	for (uint32_t i = 0; i < tree->weight[point]; i++)
		scores[tree->rows[tree->first[point] + i]] = score;
}

dpk_status
dpk_knn_scores(const dpk_neighbours *tree, int k, bool mean, const dpk_stop *stop, void *work, double *scores)
{
	double	   *values;
	uint32_t   *lists;
	dpk_search	s = start_search(tree, k, stop, work, &values, &lists);

	for (size_t p = 0; p < tree->npoints; p++)
	{
		dpk_status	status = dpk_search_point(&s, (uint32_t) p, values);

		if (status != DPK_OK || (status = overflow(&s)) != DPK_OK)
			return status;
		score_rows(tree, p, list_distance(&s, mean), scores);
	}
	return DPK_OK;
}

dpk_status
dpk_knn_row(const dpk_neighbours *tree, int k, bool mean, const dpk_stop *stop, void *work, const double *values, double *score)
{
	double	   *room;
	uint32_t   *lists;
	dpk_search	s = start_search(tree, k, stop, work, &room, &lists);
	dpk_status	status = dpk_search_row(&s, values);

	if (status != DPK_OK || (status = overflow(&s)) != DPK_OK)
		return status;
	*score = list_distance(&s, mean);
	return DPK_OK;
}

/* Densities from the search for a row's neighbours, which may be far apart in the tree */
static double
density_of(const dpk_search *s, const double *distance)
{
	int			left = s->k;
	double		sum = 0;

	for (int i = 0; i < s->n; i++)
	{
		int			rows = rows_of(s->tree, s->near[i].point, s->self, left);

		sum += rows * fmax(distance[s->near[i].point], sqrt(s->near[i].square));
		left -= rows;
	}
	return 1 / (sum / s->k + 1e-10);
}

dpk_status
dpk_lof_row(const dpk_neighbours *tree, int k, const dpk_stop *stop, void *work, const dpk_densities *keep, const double *values, double *score)
{
	double	   *room,
				sum = 0;
	uint32_t   *lists;
	int			left = k;
	dpk_search	s = start_search(tree, k, stop, work, &room, &lists);
	dpk_status	status = dpk_search_row(&s, values);

	if (status != DPK_OK || (status = overflow(&s)) != DPK_OK)
		return status;
	for (int i = 0; i < s.n; i++)
	{
		int			rows = rows_of(tree, s.near[i].point, s.self, left);

		sum += rows * keep->density[s.near[i].point];
		left -= rows;
	}
	*score = sum / k / density_of(&s, keep->distance);
	return DPK_OK;
}

/* As density_of(), from a list that was kept */
static double
kept_density(const dpk_neighbours *tree, uint32_t p, int k, const uint32_t *list, const double *distance, double *values)
{
	int			left = k;
	double		sum = 0;

	dpk_neighbours_values(tree, p, values);
	for (int i = 0; left > 0; i++)
	{
		uint32_t	o = list[i];
		const double *block = tree->blocks + (size_t) (o / DPK_NEAR_ROWS) * DPK_NEAR_ROWS * tree->d + o % DPK_NEAR_ROWS;
		double		square = 0;
		int			rows = rows_of(tree, o, p, left);

		for (int j = 0; j < tree->d; j++, block += DPK_NEAR_ROWS)
			square += (*block - values[j]) * (*block - values[j]);
		sum += rows * fmax(distance[o], sqrt(square));
		left -= rows;
	}
	return 1 / (sum / k + 1e-10);
}

static double
kept_factor(const dpk_neighbours *tree, uint32_t p, int k, const uint32_t *list, const double *density)
{
	int			left = k;
	double		sum = 0;

	for (int i = 0; left > 0; i++)
	{
		int			rows = rows_of(tree, list[i], p, left);

		sum += rows * density[list[i]];
		left -= rows;
	}
	return sum / k / density[p];
}

dpk_status
dpk_lof_scores(const dpk_neighbours *tree, int k, const dpk_stop *stop, void *work, dpk_densities *keep, double *scores)
{
	double	   *values;
	uint32_t   *lists;
	dpk_search	s = start_search(tree, k, stop, work, &values, &lists);

	for (size_t p = 0; p < tree->npoints; p++)
	{
		dpk_status	status = dpk_search_point(&s, (uint32_t) p, values);

		if (status != DPK_OK || (status = overflow(&s)) != DPK_OK)
			return status;
		keep->distance[p] = list_distance(&s, false);
		for (int i = 0; i < s.n; i++)
			lists[p * k + i] = s.near[i].point;
	}
	for (size_t p = 0; p < tree->npoints; p++)
	{
		if (p % POINTS_PER_POLL == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		keep->density[p] = kept_density(tree, (uint32_t) p, k, lists + p * k, keep->distance, values);
	}
	for (size_t p = 0; p < tree->npoints; p++)
	{
		if (p % POINTS_PER_POLL == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		score_rows(tree, p, kept_factor(tree, (uint32_t) p, k, lists + p * k, keep->density), scores);
	}
	return DPK_OK;
}
