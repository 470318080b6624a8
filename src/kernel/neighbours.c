/*
 * neighbours.c - building the tree: sort, drop duplicates, split, lay out
 */
#include "neighbours.h"

#include <math.h>
#include <string.h>

#define WORK_PER_POLL 4000000	/* values looked at: some milliseconds */
#define SMALL_RUN 16
#define MAX_DEPTH 64			/* every split halves, but for the last one of a level */

/* A row, or a distinct one by its rank, and one of its values, which settles most comparisons */
typedef struct entry
{
	double		value;
	uint32_t	row;
} entry;

typedef struct build
{
	dpk_neighbours *tree;
	const double *x;
	const dpk_stop *stop;
	size_t		work;
	entry	   *entries,
			   *spare;
	uint32_t   *start,			/* of a distinct row's rows in tree->rows, by rank */
			   *distinct,		/* the first of them */
			   *order;			/* ranks in the order of the leaves */
	double	   *low,
			   *high;
} build;

static bool
worked(build *b, size_t values)
{
	b->work += values;
	if (b->work < WORK_PER_POLL)
		return false;
	b->work = 0;
	return dpk_stopped(b->stop);
}

static size_t
leaves_of(size_t npoints)
{
	return (npoints + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;
}

static int
count_levels(size_t npoints, size_t *groups)
{
	size_t		boxes = leaves_of(npoints);
	int			n = 0;

	do
	{
		boxes = (boxes + DPK_NEAR_BOXES - 1) / DPK_NEAR_BOXES;
		groups[n++] = boxes;
	} while (boxes > 1);
	return n;
}

/* Adds an array to the sum, rounded up so that the next one is aligned */
static bool
reserve(size_t count, size_t size, size_t *bytes)
{
	size_t		part;

	return dpk_mul(count, size, &part) && dpk_add(part, DPK_ALIGN - 1, &part) && dpk_add(*bytes, part / DPK_ALIGN * DPK_ALIGN, bytes);
}

/* Takes it out of the slab */
static void *
carve(char **memory, size_t count, size_t size)
{
	char	   *part = *memory;

	*memory += (count * size + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN;
	return part;
}

bool
dpk_neighbours_bytes(size_t nrows, int d, size_t *bytes)
{
	size_t		groups[DPK_NEAR_LEVELS],
				values;
	int			nlevels;

	*bytes = 0;
	if (nrows == 0 || nrows > UINT32_MAX - DPK_NEAR_ROWS || d <= 0 || !dpk_mul(d, sizeof(double), &values))
		return false;
	nlevels = count_levels(nrows, groups);
	for (int level = 0; level < nlevels; level++)
		if (!reserve(groups[level], values * 2 * DPK_NEAR_BOXES, bytes))
			return false;
	for (int i = 0; i < 3; i++)
		if (!reserve(nrows, sizeof(uint32_t), bytes))
			return false;
	return reserve(leaves_of(nrows), values * DPK_NEAR_ROWS, bytes) &&
		reserve(nrows, sizeof(entry), bytes) && reserve(nrows, sizeof(entry), bytes) && reserve(2, values, bytes);
}

/* By all values, from the first on; equal rows compare as equal */
static int
compare(const build *b, const entry *p, const entry *q)
{
	size_t		d = b->tree->d;
	const double *u = b->x + p->row * d,
			   *v = b->x + q->row * d;

	if (p->value != q->value)
		return p->value < q->value ? -1 : 1;
	for (size_t j = 1; j < d; j++)
		if (u[j] != v[j])
			return u[j] < v[j] ? -1 : 1;
	return 0;
}

static void
sort_run(const build *b, entry *e, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		entry		moving = e[i];
		size_t		j = i;

		for (; j > 0 && compare(b, &e[j - 1], &moving) > 0; j--)
			e[j] = e[j - 1];
		e[j] = moving;
	}
}

static dpk_status
merge_runs(build *b, const entry *left, size_t nleft, const entry *right, size_t nright, entry *out)
{
	while (nleft > 0 && nright > 0)
	{
		if (compare(b, left, right) <= 0)
		{
			*out++ = *left++;
			nleft--;
		}
		else
		{
			*out++ = *right++;
			nright--;
		}
		if (worked(b, b->tree->d))
			return DPK_STOPPED;
	}
	memcpy(out, left, nleft * sizeof *out);
	memcpy(out + nleft, right, nright * sizeof *out);
	return DPK_OK;
}

/* Merge sort; the result is in b->entries */
static dpk_status
sort_rows(build *b, size_t n)
{
	size_t		d = b->tree->d;

	for (size_t i = 0; i < n; i++)
		b->entries[i] = (entry) {b->x[i * d], (uint32_t) i};
	for (size_t i = 0; i < n; i += SMALL_RUN)
	{
		sort_run(b, b->entries + i, DPK_MIN(SMALL_RUN, n - i));
		if (worked(b, SMALL_RUN * SMALL_RUN / 4 * d))
			return DPK_STOPPED;
	}
	for (size_t run = SMALL_RUN; run < n; run *= 2)
	{
		entry	   *from = b->entries;

		for (size_t i = 0; i < n; i += 2 * run)
		{
			size_t		left = DPK_MIN(run, n - i),
						right = DPK_MIN(run, n - i - left);
			dpk_status	status = merge_runs(b, from + i, left, from + i + left, right, b->spare + i);

			if (status != DPK_OK)
				return status;
		}
		b->entries = b->spare;
		b->spare = from;
	}
	return DPK_OK;
}

/* What is distinct of the sorted rows gets a rank; ranks are where the splitting begins */
static void
rank_rows(build *b, size_t n)
{
	uint32_t	count = 0;

	b->start = (uint32_t *) b->spare;
	b->distinct = b->start + n;
	b->order = b->distinct + n;
	for (size_t i = 0; i < n; i++)
	{
		b->tree->rows[i] = b->entries[i].row;
		if (i > 0 && compare(b, &b->entries[i - 1], &b->entries[i]) == 0)
			continue;
		b->start[count] = (uint32_t) i;
		b->distinct[count] = b->entries[i].row;
		b->order[count] = count;
		count++;
	}
	b->tree->npoints = count;
}

/* The lowest and highest of each value among points from..to */
static dpk_status
find_box(build *b, size_t from, size_t to)
{
	size_t		d = b->tree->d;

	for (size_t i = from; i < to; i++)
	{
		const double *row = b->x + b->distinct[b->order[i]] * d;

		for (size_t j = 0; j < d; j++)
		{
			b->low[j] = i > from && b->low[j] < row[j] ? b->low[j] : row[j];
			b->high[j] = i > from && b->high[j] > row[j] ? b->high[j] : row[j];
		}
		if (worked(b, d))
			return DPK_STOPPED;
	}
	return DPK_OK;
}

static inline bool
before(const entry *p, const entry *q)
{
	return p->value < q->value || (p->value == q->value && p->row < q->row);
}

/*
 * Quickselect of n entries that all differ: the k lowest come first.  The pivot
 * is drawn by a counter, so that no usual order of the data is a bad one.
 */
static dpk_status
select_entries(build *b, entry *e, size_t n, size_t k)
{
	ptrdiff_t	left = 0,
				right = (ptrdiff_t) n - 1;
	uint64_t	draw = 1;

	while (left < right)
	{
		ptrdiff_t	i = left,
					j = right;
		entry		pivot;

		draw = draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		pivot = e[left + (draw >> 32) * (uint64_t) (right - left + 1) / (UINT64_C(1) << 32)];
		if (worked(b, right - left + 1))
			return DPK_STOPPED;
		while (i <= j)
		{
			while (before(&e[i], &pivot))
				i++;
			while (before(&pivot, &e[j]))
				j--;
			if (i <= j)
			{
				entry		moving = e[i];

				e[i++] = e[j];
				e[j--] = moving;
			}
		}
		if ((ptrdiff_t) k <= j)
			right = j;
		else if ((ptrdiff_t) k >= i)
			left = i;
		else
			break;
	}
	return DPK_OK;
}

/* Points from..to, whose box is known, become two parts at 'middle' by the widest feature */
static dpk_status
split(build *b, size_t from, size_t middle, size_t to)
{
	size_t		d = b->tree->d,
				widest = 0;
	dpk_status	status;

	for (size_t j = 1; j < d; j++)
		if (b->high[j] - b->low[j] > b->high[widest] - b->low[widest])
			widest = j;
	for (size_t i = from; i < to; i++)
		b->entries[i] = (entry) {b->x[b->distinct[b->order[i]] * d + widest], b->order[i]};
	status = select_entries(b, b->entries + from, to - from, middle - from);
	for (size_t i = from; i < to; i++)
		b->order[i] = b->entries[i].row;
	return status;
}

/*
 * Splits until every leaf is full.  The left part has a power of two of
 * leaves, so that the boxes of DPK_NEAR_BOXES neighbours make a box again.
 */
static dpk_status
split_all(build *b)
{
	struct
	{
		size_t		from,
					to;			/* leaves */
	}			stack[MAX_DEPTH];
	int			depth = 1;

	stack[0].from = 0;
	stack[0].to = leaves_of(b->tree->npoints);
	while (depth > 0)
	{
		size_t		from = stack[depth - 1].from,
					to = stack[depth - 1].to,
					end = DPK_MIN(to * DPK_NEAR_ROWS, b->tree->npoints),
					half = 1;
		dpk_status	status;

		depth--;
		if (to - from < 2)
			continue;
		while (half * 2 < to - from)
			half *= 2;
		if ((status = find_box(b, from * DPK_NEAR_ROWS, end)) != DPK_OK ||
			(status = split(b, from * DPK_NEAR_ROWS, (from + half) * DPK_NEAR_ROWS, end)) != DPK_OK)
			return status;
		stack[depth].from = from + half;
		stack[depth++].to = to;
		stack[depth].from = from;
		stack[depth++].to = from + half;
	}
	return DPK_OK;
}

/* Sets box 'i' of a level, whose groups are (d, lowest | highest, DPK_NEAR_BOXES) */
static void
set_box(const dpk_neighbours *t, int level, size_t i, const double *low, const double *high)
{
	double	   *group = t->boxes[level] + i / DPK_NEAR_BOXES * t->d * 2 * DPK_NEAR_BOXES + i % DPK_NEAR_BOXES;

	for (int j = 0; j < t->d; j++, group += 2 * DPK_NEAR_BOXES)
	{
		group[0] = low[j];
		group[DPK_NEAR_BOXES] = high[j];
	}
}

static dpk_status
lay_out_leaves(build *b)
{
	dpk_neighbours *t = b->tree;
	size_t		d = t->d,
				nleaves = leaves_of(t->npoints);

	for (size_t leaf = 0; leaf < nleaves; leaf++)
	{
		size_t		from = leaf * DPK_NEAR_ROWS,
					to = DPK_MIN(from + DPK_NEAR_ROWS, t->npoints);
		double	   *block = t->blocks + from * d;

		for (size_t i = 0; i < DPK_NEAR_ROWS; i++)
			for (size_t j = 0; j < d; j++)
				block[j * DPK_NEAR_ROWS + i] = from + i < to ? b->x[b->distinct[b->order[from + i]] * d + j] : INFINITY;
		for (size_t p = from; p < to; p++)
		{
			size_t		rank = b->order[p];

			t->first[p] = b->start[rank];
			t->weight[p] = (uint32_t) (rank + 1 < t->npoints ? b->start[rank + 1] : t->nrows) - b->start[rank];
		}
		if (find_box(b, from, to) != DPK_OK)
			return DPK_STOPPED;
		set_box(t, 0, leaf, b->low, b->high);
	}
	return DPK_OK;
}

/* A box of a level holds a group of boxes of the level below */
static void
lay_out_level(build *b, int level)
{
	dpk_neighbours *t = b->tree;

	for (size_t i = 0; i < t->groups[level - 1]; i++)
	{
		const double *group = t->boxes[level - 1] + i * t->d * 2 * DPK_NEAR_BOXES;

		for (int j = 0; j < t->d; j++, group += 2 * DPK_NEAR_BOXES)
		{
			b->low[j] = group[0];
			b->high[j] = group[DPK_NEAR_BOXES];
			for (int k = 1; k < DPK_NEAR_BOXES && group[k] < INFINITY; k++)
			{
				b->low[j] = DPK_MIN(b->low[j], group[k]);
				b->high[j] = DPK_MAX(b->high[j], group[DPK_NEAR_BOXES + k]);
			}
		}
		set_box(t, level, i, b->low, b->high);
	}
}

dpk_status
dpk_neighbours_build(dpk_neighbours *t, const dpk_kernels *kernels, const double *x, size_t nrows, int d,
					 const dpk_stop *stop, void *memory)
{
	char	   *rest = memory;
	build		b = {.tree = t, .x = x, .stop = stop};
	dpk_status	status;

	*t = (dpk_neighbours) {.kernels = kernels, .d = d, .nrows = nrows};
	t->rows = carve(&rest, nrows, sizeof(uint32_t));
	t->first = carve(&rest, nrows, sizeof(uint32_t));
	t->weight = carve(&rest, nrows, sizeof(uint32_t));
	b.entries = carve(&rest, nrows, sizeof(entry));
	b.spare = carve(&rest, nrows, sizeof(entry));
	b.low = carve(&rest, 2 * (size_t) d, sizeof(double));
	b.high = b.low + d;

	if ((status = sort_rows(&b, nrows)) != DPK_OK)
		return status;
	rank_rows(&b, nrows);
	if ((status = split_all(&b)) != DPK_OK)
		return status;
	t->nlevels = count_levels(t->npoints, t->groups);
	t->blocks = carve(&rest, leaves_of(t->npoints), sizeof(double) * DPK_NEAR_ROWS * d);
	for (int level = 0; level < t->nlevels; level++)
	{
		size_t		values = t->groups[level] * d * 2 * DPK_NEAR_BOXES;

		t->boxes[level] = carve(&rest, values, sizeof(double));
		for (size_t i = 0; i < values; i++)
			t->boxes[level][i] = INFINITY;
	}
	if ((status = lay_out_leaves(&b)) != DPK_OK)
		return status;
	for (int level = 1; level < t->nlevels; level++)
		lay_out_level(&b, level);
	return DPK_OK;
}
