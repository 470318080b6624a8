/*
 * outlier_forest_score.c - isolation_forest: reading a forest, and scoring by it
 */
#include "outlier_forest.h"

#include <math.h>
#include <string.h>

#define BATCH 8					/* rows that go down a tree side by side */
#define BLOCK_VALUES 2048		/* of rows that all trees see before the next ones, so that they stay in the cache */

static const dpk_outlier_option forest_options[] = {
	[DPK_FOREST_TREES] = {"trees", DPK_OUTLIER_INT, "100", 1, 10000, NULL},
	[DPK_FOREST_PSI] = {"psi", DPK_OUTLIER_INT, "256", 2, DPK_FOREST_ROWS, NULL},
	[DPK_FOREST_EXTENDED] = {"extended", DPK_OUTLIER_BOOL, "false", 0, 1, NULL},
	{NULL, 0, NULL, 0, 0, NULL}
};

/* Path length of an unsuccessful search among n, with the harmonic number as the paper takes it */
static double
expected_depth(double n)
{
	if (n <= 1)
		return 0;
	if (n == 2)
		return 1;
	return 2 * (log(n - 1) + 0.57721566490153286) - 2 * (n - 1) / n;
}


/* Children stand side by side, and a leaf is its own child: going down further stays there */
typedef struct node
{
	double		value;			/* infinite in a leaf */
	uint32_t	feature;
	uint32_t	left;
} node;

typedef struct tree
{
	uint32_t	root,
				depth;
} tree;

typedef struct forest
{
	const tree *trees;
	const node *nodes;
	const double *paths;		/* of each node, its depth + c(rows) - c(psi), so that what is as deep as expected adds nothing and scores 0.5 exactly */
	const double *slopes;		/* extended: w (d) of each node */
	int			ntrees;
	double		longest;		/* c(psi) */
} forest;

/* ---- reading ---- */

/* One tree at model[*at]: its depth, or -1 where it is none; adds its rows and nodes */
static int
measure(const double *model, size_t size, size_t *at, int d, const double *options, int depth, double *rows, size_t *nnodes)
{
	double		head;
	int			left,
				right;

	if (*at >= size || depth > DPK_FOREST_DEPTH)
		return -1;
	head = model[*at];
	if (head != floor(head) || !(head >= -1.0 - DPK_FOREST_ROWS && head < d))
		return -1;
	++*nnodes;
	if (head < 0)
	{
		++*at;
		*rows += -1 - head;
		return depth;
	}
	if (size - *at < dpk_forest_node(d, options) || (options[DPK_FOREST_EXTENDED] != 0 && head != 0))
		return -1;
	*at += dpk_forest_node(d, options);
	left = measure(model, size, at, d, options, depth + 1, rows, nnodes);
	right = left < 0 ? -1 : measure(model, size, at, d, options, depth + 1, rows, nnodes);
	return right < 0 ? -1 : DPK_MAX(left, right);
}

static bool
check(int d, const double *options, const double *model, size_t size)
{
	size_t		at = 1,
				nnodes = 0;

	if (size < 1 || !(model[0] >= 1 && model[0] <= options[DPK_FOREST_PSI]))
		return false;
	for (int t = 0; t < (int) options[DPK_FOREST_TREES]; t++)
	{
		double		rows = 0;

		if (measure(model, size, &at, d, options, 0, &rows, &nnodes) < 0 || rows != model[0])
			return false;
	}
	return at == size;
}

/* A node takes a double of the model at least; those of leaves have no slope */
static bool
ready_bytes(int d, const double *options, size_t size, size_t *bytes)
{
	return dpk_mul(size, sizeof(node) + (options[DPK_FOREST_EXTENDED] != 0 ? 2 : 1) * sizeof(double), bytes) &&
		dpk_add(*bytes, sizeof(forest) + (size_t) options[DPK_FOREST_TREES] * sizeof(tree), bytes);
}

typedef struct reader
{
	const double *model;
	size_t		at;
	int			d;
	const double *options;
	node	   *nodes;
	double		longest;
	double	   *paths,
			   *slopes;
	uint32_t	nnodes,
				nslopes;
} reader;

/* Returns the rows of what is read to node i */
static double
read_node(reader *r, uint32_t i, int depth)
{
	const double *m = r->model + r->at;
	node	   *n = &r->nodes[i];
	double		rows;

	if (m[0] < 0)
	{
		*n = (node) {INFINITY, 0, i};
		rows = -1 - m[0];
		r->at++;
	}
	else
	{
		*n = (node) {m[1], (uint32_t) m[0], r->nnodes};
		r->at += dpk_forest_node(r->d, r->options);
		r->nnodes += 2;
		if (r->slopes != NULL)
		{
			n->feature = r->nslopes++;
			memcpy(r->slopes + (size_t) n->feature * r->d, m + 2, r->d * sizeof(double));
		}
		rows = read_node(r, n->left, depth + 1);
		rows += read_node(r, n->left + 1, depth + 1);
	}
	r->paths[i] = depth + expected_depth(rows) - r->longest;
	return rows;
}

static void
get_ready(int d, const double *options, const double *model, size_t size, void *ready)
{
	forest	   *f = ready;
	tree	   *trees = (tree *) (f + 1);
	size_t		at = 1,
				nnodes = 0;
	reader		r = {.model = model,.at = 1,.d = d,.options = options};

	f->ntrees = (int) options[DPK_FOREST_TREES];
	f->trees = trees;
	f->longest = r.longest = expected_depth(model[0]);
	for (int t = 0; t < f->ntrees; t++)
	{
		double		rows = 0;

		trees[t].depth = measure(model, size, &at, d, options, 0, &rows, &nnodes);
	}
	f->nodes = r.nodes = (node *) (trees + f->ntrees);
	f->paths = r.paths = (double *) (r.nodes + nnodes);
	f->slopes = r.slopes = options[DPK_FOREST_EXTENDED] != 0 ? r.paths + nnodes : NULL;
	for (int t = 0; t < f->ntrees; t++)
	{
		trees[t].root = r.nnodes++;
		read_node(&r, trees[t].root, 0);
	}
}

/* ---- scoring ---- */

static void
add_paths(const forest *f, const tree *t, int d, size_t n, const double *x, double *sums)
{
	size_t		i = 0;

	for (; i + BATCH <= n; i += BATCH)
	{
		uint32_t	at[BATCH];

		for (int k = 0; k < BATCH; k++)
			at[k] = t->root;
		for (uint32_t level = 0; level < t->depth; level++)
			for (int k = 0; k < BATCH; k++)
			{
				const node *p = &f->nodes[at[k]];

				at[k] = p->left + !(x[(i + k) * d + p->feature] <= p->value);
			}
		for (int k = 0; k < BATCH; k++)
			sums[i + k] += f->paths[at[k]];
	}
	for (; i < n; i++)
	{
		uint32_t	at = t->root;

		for (uint32_t level = 0; level < t->depth; level++)
		{
			const node *p = &f->nodes[at];

			at = p->left + !(x[i * d + p->feature] <= p->value);
		}
		sums[i] += f->paths[at];
	}
}

/* One row alone goes down several trees side by side; their paths are added in the same order */
static void
add_paths_of_one(const forest *f, const double *x, double *sum)
{
	for (int t = 0; t < f->ntrees; t += BATCH)
	{
		uint32_t	at[BATCH],
					depth = 0;
		int			n = DPK_MIN(BATCH, f->ntrees - t);

		for (int k = 0; k < BATCH; k++)
		{
			at[k] = f->trees[t + DPK_MIN(k, n - 1)].root;
			depth = DPK_MAX(depth, f->trees[t + DPK_MIN(k, n - 1)].depth);
		}
		for (uint32_t level = 0; level < depth; level++)
			for (int k = 0; k < BATCH; k++)
			{
				const node *p = &f->nodes[at[k]];

				at[k] = p->left + !(x[p->feature] <= p->value);
			}
		for (int k = 0; k < n; k++)
			*sum += f->paths[at[k]];
	}
}

static void
add_sloping_paths(const forest *f, const tree *t, int d, size_t n, const double *x, double *sums)
{
	for (size_t i = 0; i < n; i++)
	{
		uint32_t	at = t->root;

		while (f->nodes[at].left != at)
		{
			const double *w = f->slopes + (size_t) f->nodes[at].feature * d;
			double		place = 0;

			for (int j = 0; j < d; j++)
				place += w[j] * x[i * d + j];
			at = f->nodes[at].left + !(place <= f->nodes[at].value);
		}
		sums[i] += f->paths[at];
	}
}

static void
score(int d, const double *options, const void *ready, size_t n, const double *x, double *scores)
{
	const forest *f = ready;
	size_t		block = DPK_MAX(BLOCK_VALUES / (size_t) d / BATCH * BATCH, (size_t) BATCH);

	for (size_t i = 0; i < n; i++)
		scores[i] = 0;
	if (n == 1 && f->slopes == NULL)
		add_paths_of_one(f, x, scores);
	for (size_t i = 0; i < n && (n > 1 || f->slopes != NULL); i += block)
		for (int t = 0; t < f->ntrees; t++)
		{
			size_t		rows = DPK_MIN(block, n - i);

			if (f->slopes == NULL)
				add_paths(f, &f->trees[t], d, rows, x + i * d, scores + i);
			else
				add_sloping_paths(f, &f->trees[t], d, rows, x + i * d, scores + i);
		}
	for (size_t i = 0; i < n; i++)
		scores[i] = f->longest > 0 ? exp2(-1 - scores[i] / f->ntrees / f->longest) : 0.5;
}

static bool
explain(int d, const double *options, const void *ready, const double *x, double *contributions)
{
	const forest *f = ready;

	if (f->slopes != NULL)
		return false;
	for (int j = 0; j < d; j++)
		contributions[j] = 0;
	for (int t = 0; t < f->ntrees && f->longest > 0; t++)
		for (uint32_t at = f->trees[t].root, next; (next = f->nodes[at].left) != at; at = next)
		{
			int			feature = f->nodes[at].feature;

			next += !(x[feature] <= f->nodes[at].value);
			contributions[feature] += (f->paths[at] - f->paths[next]) / f->longest / f->ntrees;
		}
	return true;
}

/* Liu, Ting and Zhou: rows that score well below a half are normal; scikit-learn draws the line there */
static double
threshold(int d, const double *options)
{
	return 0.5;
}

const dpk_outlier_method dpk_outlier_isolation_forest = {
	.name = "isolation_forest",
	.options = forest_options,
	.max_features = DPK_OUTLIER_FEATURES,
	.draws = true,
	.threshold = threshold,
	.work_bytes = dpk_forest_work_bytes,
	.model_size = dpk_forest_model_size,
	.fit = dpk_forest_fit,
	.check = check,
	.ready_bytes = ready_bytes,
	.get_ready = get_ready,
	.score = score,
	.explain = explain
};
