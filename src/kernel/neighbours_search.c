/*
 * neighbours_search.c - the k nearest, box by box
 */
#include "neighbours.h"

#include <math.h>

#define WORK_PER_POLL 20000000	/* differences: some milliseconds */
#define NOBODY UINT32_MAX

/* A box that may have to be opened */
typedef struct box
{
	double		square;
	size_t		number;			/* in its level */
	int			level;
} box;

void
dpk_neighbours_values(const dpk_neighbours *t, uint32_t point, double *values)
{
	const double *block = t->blocks + (size_t) (point / DPK_NEAR_ROWS) * DPK_NEAR_ROWS * t->d + point % DPK_NEAR_ROWS;

	for (int j = 0; j < t->d; j++)
		values[j] = block[(size_t) j * DPK_NEAR_ROWS];
}

static inline bool
worked(dpk_search *s, size_t differences)
{
	s->work += differences * s->tree->d;
	if (s->work < WORK_PER_POLL)
		return false;
	s->work = 0;
	return dpk_stopped(s->stop);
}

/* Rows of a point that count: all but the one that asks */
static inline uint32_t
weight_of(const dpk_search *s, uint32_t point)
{
	return s->tree->weight[point] - (point == s->self);
}

/* Keeps the list in order, and drops from its end what k rows do not need */
static void
insert(dpk_search *s, double square, uint32_t point)
{
	uint32_t	weight = weight_of(s, point),
				last;
	int			i = s->n;

	if (weight == 0)
		return;
	for (; i > 0 && s->near[i - 1].square > square; i--)
		s->near[i] = s->near[i - 1];
	s->near[i] = (dpk_near) {square, point};
	s->n++;
	s->total += weight;
	while (s->total - (last = weight_of(s, s->near[s->n - 1].point)) >= (size_t) s->k)
	{
		s->total -= last;
		s->n--;
	}
	if (s->total >= (size_t) s->k)
		s->bound = s->near[s->n - 1].square;
}

static void
open_leaf(dpk_search *s, const double *values, size_t leaf)
{
	double		squares[DPK_NEAR_ROWS] __attribute__((aligned(DPK_ALIGN)));
	uint32_t	below = s->tree->kernels->block_squares(s->tree->d, values, s->tree->blocks + leaf * DPK_NEAR_ROWS * s->tree->d, s->bound, squares);

	for (; below != 0; below &= below - 1)
	{
		int			i = __builtin_ctz(below);

		if (squares[i] < s->bound)
			insert(s, squares[i], (uint32_t) (leaf * DPK_NEAR_ROWS + i));
	}
}

/* Puts the boxes of a group on the stack, the nearest on top */
static int
open_group(dpk_search *s, const double *values, int level, size_t group, box *stack, int depth)
{
	double		squares[DPK_NEAR_BOXES] __attribute__((aligned(DPK_ALIGN)));
	int			bottom = depth;

	s->tree->kernels->box_squares(s->tree->d, values, s->tree->boxes[level] + group * s->tree->d * 2 * DPK_NEAR_BOXES, squares);
	for (int i = 0; i < DPK_NEAR_BOXES; i++)
	{
		int			j = depth;

		if (!(squares[i] < s->bound))
			continue;
		for (; j > bottom && stack[j - 1].square < squares[i]; j--)
			stack[j] = stack[j - 1];
		stack[j] = (box) {squares[i], group * DPK_NEAR_BOXES + i, level};
		depth++;
	}
	return depth;
}

/* Everything but leaf 'seen', which has been looked at */
static dpk_status
search(dpk_search *s, const double *values, size_t seen)
{
	box			stack[DPK_NEAR_LEVELS * DPK_NEAR_BOXES];
	int			depth = open_group(s, values, s->tree->nlevels - 1, 0, stack, 0);

	while (depth > 0)
	{
		box			top = stack[--depth];

		if (!(top.square < s->bound))
			continue;
		if (top.level > 0)
			depth = open_group(s, values, top.level - 1, top.number, stack, depth);
		else if (top.number != seen)
			open_leaf(s, values, top.number);
		if (worked(s, DPK_NEAR_ROWS))
			return DPK_STOPPED;
	}
	return DPK_OK;
}

static void
start(dpk_search *s, uint32_t self)
{
	s->self = self;
	s->n = 0;
	s->total = 0;
	s->bound = INFINITY;
}

dpk_status
dpk_search_row(dpk_search *s, const double *values)
{
	start(s, NOBODY);
	return search(s, values, SIZE_MAX);
}

/* Its own leaf comes first, which has most of its neighbours */
dpk_status
dpk_search_point(dpk_search *s, uint32_t point, double *values)
{
	start(s, point);
	dpk_neighbours_values(s->tree, point, values);
	open_leaf(s, values, point / DPK_NEAR_ROWS);
	return search(s, values, point / DPK_NEAR_ROWS);
}
