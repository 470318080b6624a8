/*
 * neighbours.c - building the tree: sort, drop duplicates, split
 */
#include "neighbours.h"

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

/* Takes an array out of the slab */
static void *
carve(char **memory, size_t count, size_t size)
{
	char	   *part = *memory;

	*memory += dpk_neighbours_round(count * size);
	return part;
}

bool
dpk_neighbours_bytes(size_t nrows, int d, size_t *bytes)
{
	size_t		rest;

	/* three numbers and two entries of each row, and a box */
	if (!dpk_layout_bytes(nrows, d, bytes) || !dpk_mul(nrows, 2 * sizeof(uint32_t) + 2 * sizeof(entry), &rest))
		return false;
	return dpk_add(*bytes, rest, bytes) && dpk_add(*bytes, 2 * (size_t) d * sizeof(double) + 5 * DPK_ALIGN, bytes);
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
	stack[0].to = (b->tree->npoints + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;
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

/* The tree's points are laid out in the order of its leaves */
static dpk_status
lay_out(build *b, char *memory)
{
	dpk_neighbours *t = b->tree;

	dpk_layout_start(t, t->kernels, t->npoints, t->d, memory);
	for (size_t p = 0; p < t->npoints; p++)
	{
		size_t		rank = b->order[p];

		t->first[p] = b->start[rank];
		dpk_layout_put(t, p, b->x + (size_t) b->distinct[rank] * t->d,
					   (uint32_t) (rank + 1 < t->npoints ? b->start[rank + 1] : t->nrows) - b->start[rank]);
		if (worked(b, t->d))
			return DPK_STOPPED;
	}
	dpk_layout_finish(t);
	return DPK_OK;
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
	b.entries = carve(&rest, nrows, sizeof(entry));
	b.spare = carve(&rest, nrows, sizeof(entry));
	b.low = carve(&rest, 2 * (size_t) d, sizeof(double));
	b.high = b.low + d;

	if ((status = sort_rows(&b, nrows)) != DPK_OK)
		return status;
	rank_rows(&b, nrows);
	if ((status = split_all(&b)) != DPK_OK)
		return status;
	return lay_out(&b, rest);
}
