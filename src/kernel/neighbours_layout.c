/*
 * neighbours_layout.c - the tree in memory: points in blocks, boxes in groups
 *
 * The levels have no pointers: box i of a level is around boxes i *
 * DPK_NEAR_BOXES and on of the level below, and those of level 0 around the
 * blocks.  What does not exist is infinitely far away.
 */
#include "neighbours.h"

#include <math.h>

static int
count_levels(size_t npoints, size_t *groups)
{
	size_t		boxes = (npoints + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;
	int			n = 0;

	do
	{
		boxes = (boxes + DPK_NEAR_BOXES - 1) / DPK_NEAR_BOXES;
		groups[n++] = boxes;
	} while (boxes > 1);
	return n;
}

bool
dpk_layout_bytes(size_t npoints, int d, size_t *bytes)
{
	size_t		groups[DPK_NEAR_LEVELS],
				leaves = npoints / DPK_NEAR_ROWS + 1,
				boxes = 0,
				part;
	int			nlevels;

	if (npoints == 0 || npoints > UINT32_MAX - DPK_NEAR_ROWS || d <= 0)
		return false;
	nlevels = count_levels(npoints, groups);
	for (int level = 0; level < nlevels; level++)
		boxes += groups[level] * DPK_NEAR_BOXES;
	return dpk_mul(leaves * DPK_NEAR_ROWS + 2 * boxes, sizeof(double), &part) && dpk_mul(part, d, &part) &&
		dpk_add(part, dpk_neighbours_round(npoints * sizeof(uint32_t)), bytes);
}

void
dpk_layout_start(dpk_neighbours *t, const dpk_kernels *kernels, size_t npoints, int d, void *memory)
{
	size_t		leaves = (npoints + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;
	double	   *rest;

	t->kernels = kernels;
	t->d = d;
	t->npoints = npoints;
	t->weight = memory;
	t->nlevels = count_levels(npoints, t->groups);
	t->blocks = (double *) ((char *) memory + dpk_neighbours_round(npoints * sizeof(uint32_t)));
	rest = t->blocks + leaves * DPK_NEAR_ROWS * d;
	for (double *x = t->blocks + (leaves - 1) * DPK_NEAR_ROWS * d; x < rest; x++)
		*x = INFINITY;
	for (int level = 0; level < t->nlevels; level++)
	{
		double	   *end = rest + t->groups[level] * d * 2 * DPK_NEAR_BOXES;

		t->boxes[level] = rest;
		while (rest < end)
			*rest++ = INFINITY;
	}
}

void
dpk_layout_put(dpk_neighbours *t, size_t point, const double *values, uint32_t weight)
{
	double	   *block = t->blocks + point / DPK_NEAR_ROWS * DPK_NEAR_ROWS * t->d + point % DPK_NEAR_ROWS;

	t->weight[point] = weight;
	for (int j = 0; j < t->d; j++)
		block[(size_t) j * DPK_NEAR_ROWS] = values[j];
}

/* The lowest and highest value of feature j in box i of a level, as a place to put them */
static double *
box_side(const dpk_neighbours *t, int level, size_t i, int j)
{
	return t->boxes[level] + (i / DPK_NEAR_BOXES * t->d + j) * 2 * DPK_NEAR_BOXES + i % DPK_NEAR_BOXES;
}

/* Around 'count' boxes, or points, whose lowest and highest values are side by side */
static void
enclose(double *side, const double *low, const double *high, size_t count)
{
	side[0] = low[0];
	side[DPK_NEAR_BOXES] = high[0];
	for (size_t k = 1; k < count; k++)
	{
		side[0] = DPK_MIN(side[0], low[k]);
		side[DPK_NEAR_BOXES] = DPK_MAX(side[DPK_NEAR_BOXES], high[k]);
	}
}

void
dpk_layout_finish(dpk_neighbours *t)
{
	size_t		below = (t->npoints + DPK_NEAR_ROWS - 1) / DPK_NEAR_ROWS;

	for (size_t i = 0; i < below; i++)
		for (int j = 0; j < t->d; j++)
		{
			const double *values = t->blocks + (i * t->d + j) * DPK_NEAR_ROWS;

			enclose(box_side(t, 0, i, j), values, values, DPK_MIN(DPK_NEAR_ROWS, t->npoints - i * DPK_NEAR_ROWS));
		}
	for (int level = 1; level < t->nlevels; level++)
	{
		for (size_t i = 0; i < t->groups[level - 1]; i++)
			for (int j = 0; j < t->d; j++)
			{
				const double *side = box_side(t, level - 1, i * DPK_NEAR_BOXES, j);

				enclose(box_side(t, level, i, j), side, side + DPK_NEAR_BOXES, DPK_MIN(DPK_NEAR_BOXES, below - i * DPK_NEAR_BOXES));
			}
		below = t->groups[level - 1];
	}
}
