/*
 * outlier_forest.c - isolation_forest: growing the trees
 */
#include "outlier_forest.h"

#include <math.h>
#include <string.h>

#include "noise.h"
#include "philox.h"

#define OPERATION_TREE 0x464F5200u	/* the sample and the splits of a tree; key: its number */

static size_t
rows_of_tree(size_t n, const double *options)
{
	return DPK_MIN(n, (size_t) options[DPK_FOREST_PSI]);
}

bool
dpk_forest_model_size(size_t n, int d, const double *options, size_t *size)
{
	size_t		psi = rows_of_tree(n, options);

	return dpk_mul(psi - 1, dpk_forest_node(d, options), size) && dpk_add(*size, psi, size) &&
		dpk_mul(*size, (size_t) options[DPK_FOREST_TREES], size) && dpk_add(*size, 1, size);
}

/* ---- growing ---- */

typedef struct grower
{
	int			d;
	bool		extended;
	int			max_depth;
	dpk_random	random;
	double	   *x;				/* (psi, d): the rows of the tree */
	double	   *range;			/* (d): extended, of each feature */
	double	   *place;			/* (psi): extended, of each row along w */
	uint32_t   *rows;			/* (psi): those of a node stand together */
	int			*features;		/* (d): in any order */
	double	   *out;			/* where the next node is written */
} grower;

/* The scratch: a bit for each row, then the arrays of the grower */
bool
dpk_forest_work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	size_t		psi = rows_of_tree(n, options);

	return dpk_mul(psi, (size_t) d * sizeof(double), bytes) &&
		dpk_add(*bytes, (n / 64 + 1) * 8 + (size_t) d * (sizeof(double) + sizeof(int)) + psi * (sizeof(double) + sizeof(uint32_t)), bytes);
}

/* Floyd's algorithm: psi of n rows, each set as likely as any other */
static void
draw_rows(grower *g, const dpk_rows *rows, size_t psi, uint64_t *drawn)
{
	size_t		k = 0;

	memset(drawn, 0, (rows->n / 64 + 1) * 8);
	for (size_t j = rows->n - psi; j < rows->n; j++, k++)
	{
		size_t		t = dpk_random_below(&g->random, (uint32_t) (j + 1));

		if (drawn[t / 64] >> t % 64 & 1)
			t = j;
		drawn[t / 64] |= UINT64_C(1) << t % 64;
		memcpy(g->x + k * g->d, rows->x + (size_t) rows->order[t] * g->d, g->d * sizeof(double));
		g->rows[k] = (uint32_t) k;
	}
}

static void
range_of(const grower *g, const uint32_t *rows, size_t n, int j, double *low, double *high)
{
	*low = *high = g->x[(size_t) rows[0] * g->d + j];
	for (size_t i = 1; i < n; i++)
	{
		double		x = g->x[(size_t) rows[i] * g->d + j];

		*low = DPK_MIN(*low, x);
		*high = DPK_MAX(*high, x);
	}
}

/* Between both, below the higher one, also where their difference overflows */
static double
between(grower *g, double low, double high)
{
	double		u = dpk_random_double(&g->random),
				x = low * (1 - u) + high * u;

	return x >= low && x < high ? x : low;
}

/* A feature among those the rows differ in, each as likely; false where there is none */
static bool
draw_split(grower *g, const uint32_t *rows, size_t n, int *feature, double *value)
{
	for (int k = 0; k < g->d; k++)
	{
		int			other = k + (int) dpk_random_below(&g->random, g->d - k);
		double		low,
					high;

		*feature = g->features[other];
		g->features[other] = g->features[k];
		g->features[k] = *feature;
		range_of(g, rows, n, *feature, &low, &high);
		if (low < high)
		{
			*value = between(g, low, high);
			return true;
		}
	}
	return false;
}

/* A direction w and a threshold; places are those of the rows.  False where all rows are equal. */
static bool
draw_slope(grower *g, const uint32_t *rows, size_t n, double *w, double *threshold)
{
	bool		differ = false;

	*threshold = 0;
	for (int j = 0; j < g->d; j++)
	{
		double		low,
					high;

		range_of(g, rows, n, j, &low, &high);
		w[j] = g->range[j] > 0 ? dpk_normal(dpk_random_word(&g->random)) / g->range[j] : 0;
		*threshold += w[j] * (low < high ? between(g, low, high) : low);
		differ = differ || low < high;
	}
	if (!differ || !isfinite(*threshold))
		return false;
	for (size_t i = 0; i < n; i++)
	{
		double		place = 0;

		for (int j = 0; j < g->d; j++)
			place += w[j] * g->x[(size_t) rows[i] * g->d + j];
		g->place[rows[i]] = place;
	}
	return true;
}

static size_t
partition(grower *g, uint32_t *rows, size_t n, int feature, double value)
{
	size_t		nleft = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	row = rows[i];
		double		x = g->extended ? g->place[row] : g->x[(size_t) row * g->d + feature];

		if (x <= value)
		{
			rows[i] = rows[nleft];
			rows[nleft++] = row;
		}
	}
	return nleft;
}

static void
grow(grower *g, uint32_t *rows, size_t n, int depth)
{
	double	   *node = g->out;
	int			feature = 0;
	double		value;
	size_t		nleft;

	if (n <= 1 || depth == g->max_depth ||
		!(g->extended ? draw_slope(g, rows, n, node + 2, &value) : draw_split(g, rows, n, &feature, &value)))
	{
		*g->out++ = -1 - (double) n;
		return;
	}
	node[0] = feature;
	node[1] = value;
	g->out += g->extended ? g->d + 2 : 2;
	nleft = partition(g, rows, n, feature, value);
	grow(g, rows, nleft, depth + 1);
	grow(g, rows + nleft, n - nleft, depth + 1);
}

static double
range_of_all(const dpk_rows *rows, int j)
{
	double		low = rows->x[j],
				high = low;

	for (size_t i = 1; i < rows->n; i++)
	{
		low = DPK_MIN(low, rows->x[i * rows->d + j]);
		high = DPK_MAX(high, rows->x[i * rows->d + j]);
	}
	return high - low;
}

dpk_status
dpk_forest_fit(const dpk_rows *rows, void *work, double *model, size_t *size)
{
	size_t		psi = rows_of_tree(rows->n, rows->options);
	uint64_t   *drawn = work;
	grower		g = {.d = rows->d,.extended = rows->options[DPK_FOREST_EXTENDED] != 0,.out = model + 1};

	g.x = (double *) (drawn + rows->n / 64 + 1);
	g.range = g.x + psi * g.d;
	g.place = g.range + g.d;
	g.rows = (uint32_t *) (g.place + psi);
	g.features = (int *) (g.rows + psi);
	for (int j = 0; j < g.d; j++)
		g.features[j] = j;
	for (int j = 0; j < g.d && g.extended; j++)
	{
		g.range[j] = range_of_all(rows, j);
		if (!isfinite(g.range[j]))
			return dpk_outlier_out_of_range(rows, j);
	}
	while ((size_t) 1 << g.max_depth < psi)
		g.max_depth++;
	model[0] = (double) psi;
	for (int t = 0; t < (int) rows->options[DPK_FOREST_TREES]; t++)
	{
		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
		g.random = dpk_random_start(rows->seed, t, OPERATION_TREE);
		draw_rows(&g, rows, psi, drawn);
		grow(&g, g.rows, psi, 0);
	}
	*size = g.out - model;
	return DPK_OK;
}
