/*
 * label_spread.c - labels of some rows carried over to their neighbours
 */
#include "label_spread.h"

#include <math.h>
#include <string.h>

#include "order.h"

#define LINKS_PER_POLL 100000

DPK_DEFINE_SORT(sort_rows, uint64_t,)

typedef struct graph
{
	dpk_neighbours tree;
	int			k,				/* others a row points to, of the nearest */
				nclasses;
	size_t		stride;			/* links of a point at most */
	uint32_t   *target;			/* (points, stride): points that the rows of one point to; NULL: all in turn */
	double	   *share;			/* (points, stride): of each of the target's rows */
	int32_t    *nlinks;			/* (points) */
	double	   *root;			/* (points): of the links that arrive at a row, 1 where none does */
	double	   *sum;			/* (points, classes): of f over the rows */
	double	   *taken;			/* (classes): what the rows of a point take */
} graph;

static bool
add_array(size_t *bytes, size_t n, size_t m, size_t each)
{
	size_t		size;

	return dpk_mul(n, m, &size) && dpk_mul(size, each, &size) && dpk_add(*bytes, size + DPK_ALIGN, bytes);
}

bool
dpk_label_spread_bytes(size_t n, int d, int nclasses, const dpk_spread_options *o, size_t *bytes)
{
	size_t		neighbours = o->neighbours;

	if (!dpk_neighbours_bytes(n, d, bytes))
		return false;
	if (o->gamma > 0 && !add_array(bytes, n, n, sizeof(double)))
		return false;
	return add_array(bytes, n, o->gamma > 0 ? 0 : neighbours, sizeof(uint32_t) + sizeof(double)) &&
		add_array(bytes, n, 1, sizeof(int32_t) + sizeof(double) + sizeof(uint64_t)) && add_array(bytes, n, nclasses, 2 * sizeof(double)) &&
		add_array(bytes, neighbours + 1, 1, sizeof(dpk_near)) && add_array(bytes, nclasses + (size_t) d, 1, sizeof(double)) &&
		add_array(bytes, DPK_NEAR_ROWS, 1, sizeof(double)) && add_array(bytes, 8, 1, DPK_ALIGN);
}

static void *
take(char **memory, size_t n, size_t each)
{
	void	   *result = *memory;

	*memory += dpk_neighbours_round(n * each);
	return result;
}

/* Rows of a point in order of their label, so that sums over them do not depend on theirs */
static void
order_rows(graph *g, const int32_t *label, uint64_t *work)
{
	for (size_t p = 0; p < g->tree.npoints; p++)
	{
		uint32_t   *rows = g->tree.rows + g->tree.first[p];
		uint32_t	n = g->tree.weight[p];

		if (n == 1)
			continue;
		for (uint32_t i = 0; i < n; i++)
			work[i] = (uint64_t) (label[rows[i]] + 1) << 32 | rows[i];
		sort_rows(work, (int) n);
		for (uint32_t i = 0; i < n; i++)
			rows[i] = (uint32_t) work[i];
	}
}

/* Whom the rows of each point point to, and how many point to a row */
static dpk_status
link_points(graph *g, const dpk_stop *stop, dpk_near *near, double *values)
{
	dpk_search	s = {.tree = &g->tree,.stop = stop,.k = g->k,.near = near};
	size_t		np = g->tree.npoints;

	memset(g->root, 0, np * sizeof(double));
	for (size_t p = 0; p < np; p++)
	{
		size_t		left = g->k;
		dpk_status	status = g->k == 0 ? DPK_OK : dpk_search_point(&s, (uint32_t) p, values);

		if (status == DPK_OK && g->k > 0 && s.total < (size_t) g->k)
			status = DPK_INVALID;
		if (status != DPK_OK)
			return status;
		g->nlinks[p] = g->k == 0 ? 0 : s.n;
		for (int i = 0; i < g->nlinks[p]; i++)
		{
			uint32_t	q = s.near[i].point;
			uint32_t	weight = g->tree.weight[q] - (q == p);
			double		share = weight <= left ? 1 : (double) left / weight;

			left -= DPK_MIN(left, weight);
			g->target[p * g->stride + i] = q;
			g->share[p * g->stride + i] = share;
			/* from each row of p but, where it is the same point, the row itself */
			g->root[q] += share * (g->tree.weight[p] - (q == p));
		}
	}
	return DPK_OK;
}

/* The same where all rows point to all, the nearer the more; 'squares' has room for those of a block */
static dpk_status
link_all(graph *g, double gamma, const dpk_stop *stop, double *squares, double *values)
{
	size_t		np = g->tree.npoints;

	memset(g->root, 0, np * sizeof(double));
	for (size_t p = 0; p < np; p++)
	{
		double	   *share = g->share + p * np;

		if (p * np / LINKS_PER_POLL != (p + 1) * np / LINKS_PER_POLL && dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_neighbours_values(&g->tree, (uint32_t) p, values);
		g->nlinks[p] = (int32_t) np;
		for (size_t q = 0; q < np; q++)
		{
			if (q % DPK_NEAR_ROWS == 0)
				g->tree.kernels->block_squares(g->tree.d, values, g->tree.blocks + q * g->tree.d, 0, squares);
			share[q] = exp(-gamma * squares[q % DPK_NEAR_ROWS]);
			g->root[q] += share[q] * (g->tree.weight[p] - (q == p));
		}
	}
	return DPK_OK;
}

static void
sum_points(graph *g, const double *f)
{
	int			c = g->nclasses;

	memset(g->sum, 0, g->tree.npoints * c * sizeof(double));
	for (size_t p = 0; p < g->tree.npoints; p++)
		for (uint32_t i = 0; i < g->tree.weight[p]; i++)
			for (int j = 0; j < c; j++)
				g->sum[p * c + j] += f[(size_t) g->tree.rows[g->tree.first[p] + i] * c + j];
}

/* A row's new f from what its point takes of others and, by 'own', of the other rows of the point */
static double
renew(const graph *g, const dpk_spread_options *o, size_t p, double own, int32_t label, double *f)
{
	int			c = g->nclasses;
	double		total = 0,
				change = 0,
				now[c];

	for (int j = 0; j < c; j++)
	{
		double		y = label == j;

		now[j] = g->taken[j] + own * (g->sum[p * c + j] - f[j]);
		if (o->clamp)
			now[j] += f[j];
		else
			now[j] = o->alpha * now[j] + (1 - o->alpha) * y;
		total += now[j];
	}
	for (int j = 0; j < c; j++)
	{
		if (o->clamp)
			now[j] = label >= 0 ? label == j : total > 0 ? now[j] / total : 0;
		change += fabs(now[j] - f[j]);
		f[j] = now[j];
	}
	return change;
}

static dpk_status
iterate(graph *g, const dpk_spread_options *o, const int32_t *label, const dpk_stop *stop, double *f, double *change)
{
	int			c = g->nclasses;
	size_t		work = 0;

	*change = 0;
	sum_points(g, f);
	for (size_t p = 0; p < g->tree.npoints; p++)
	{
		double		own = 0;

		work += g->nlinks[p] + 100;
		if (work > LINKS_PER_POLL)
		{
			work = 0;
			if (dpk_stopped(stop))
				return DPK_STOPPED;
		}
		memset(g->taken, 0, c * sizeof(double));
		for (int i = 0; i < g->nlinks[p]; i++)
		{
			size_t		q = g->target != NULL ? g->target[p * g->stride + i] : (size_t) i;
			double		w = g->share[p * g->stride + i] / (o->clamp ? 1 : g->root[p] * g->root[q]);

			if (q == p)
				own = w;
			else
				for (int j = 0; j < c; j++)
					g->taken[j] += w * g->sum[q * c + j];
		}
		for (uint32_t i = 0; i < g->tree.weight[p]; i++)
		{
			size_t		row = g->tree.rows[g->tree.first[p] + i];

			*change += renew(g, o, p, own, label[row], f + row * c);
		}
	}
	return DPK_OK;
}

static void
normalise(double *f, size_t n, int c)
{
	for (size_t i = 0; i < n; i++)
	{
		double		total = 0;

		for (int j = 0; j < c; j++)
			total += f[i * c + j];
		for (int j = 0; total > 0 && j < c; j++)
			f[i * c + j] /= total;
	}
}

dpk_status
dpk_label_spread(const double *x, size_t n, int d, const int32_t *label, int nclasses,
				 const dpk_spread_options *options, const dpk_stop *stop, void *memory, double *f)
{
	graph		g = {.k = (int) DPK_MIN((size_t) options->neighbours, n) - 1,.nclasses = nclasses};
	char	   *free = memory;
	size_t		bytes,
				np;
	double		change = INFINITY;
	dpk_near   *near;
	double	   *values,
			   *squares;
	dpk_status	status;

	dpk_neighbours_bytes(n, d, &bytes);
	status = dpk_neighbours_build(&g.tree, dpk_kernels_best(), x, n, d, stop, take(&free, bytes, 1));
	if (status != DPK_OK)
		return status;
	np = g.tree.npoints;
	g.stride = options->gamma > 0 ? np : (size_t) g.k;
	if (options->gamma == 0)
		g.target = take(&free, np * g.stride, sizeof(uint32_t));
	g.share = take(&free, np * g.stride, sizeof(double));
	g.nlinks = take(&free, np, sizeof(int32_t));
	g.root = take(&free, np, sizeof(double));
	g.sum = take(&free, np * nclasses, sizeof(double));
	g.taken = take(&free, nclasses, sizeof(double));
	near = take(&free, g.k + 1, sizeof(dpk_near));
	squares = take(&free, DPK_NEAR_ROWS, sizeof(double));
	values = take(&free, d, sizeof(double));
	order_rows(&g, label, take(&free, n, sizeof(uint64_t)));
	status = options->gamma > 0 ? link_all(&g, options->gamma, stop, squares, values) : link_points(&g, stop, near, values);
	for (size_t p = 0; p < np; p++)
		g.root[p] = g.root[p] > 0 ? sqrt(g.root[p]) : 1;
	for (size_t i = 0; i < n; i++)
		for (int j = 0; j < nclasses; j++)
			f[i * nclasses + j] = label[i] == j;
	for (int t = 0; status == DPK_OK && t < options->iterations && change >= options->tolerance; t++)
		status = iterate(&g, options, label, stop, f, &change);
	normalise(f, n, nclasses);
	return status;
}
