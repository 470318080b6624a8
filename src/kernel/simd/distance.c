/*
 * distance.c - squared Euclidean distances from points to many others
 *
 * In double precision: the difference is squared, and never expanded into
 * x*x - 2*x*y + y*y, which loses every digit of a small distance between large
 * numbers.  A value of the point meets a whole row of a block at a time.
 */
#include "distance.h"

#define L (V / 2)				/* doubles per register */
#define REGISTERS (DPK_NEAR_ROWS / L)
#define AT_ONCE (REGISTERS < 8 ? REGISTERS : 8)
#define CENTER_TILE (L < DPK_CENTERS ? L : DPK_CENTERS) /* rows whose sums are eight registers together */

typedef double dvec __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));
typedef int64_t lvec __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));

#define DVEC(p) (*(dvec *) (p))
#define CDVEC(p) (*(const dvec *) (p))

static const int64_t bits[32] __attribute__((aligned(64))) = {
	1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10,
	1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20,
	1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30, (int64_t) 1 << 31
};

uint32_t
DPK_NAME(block_squares) (int d, const double *point, const double *block, double bound, double *squares)
{
	lvec		below = {0};
	uint32_t	mask = 0;

	for (int part = 0; part < REGISTERS; part += AT_ONCE)
	{
		dvec		sum[AT_ONCE] = {{0}};

		for (int j = 0; j < d; j++)
		{
			const double *row = block + (size_t) j * DPK_NEAR_ROWS + part * L;

			UNROLL for (int r = 0; r < AT_ONCE; r++)
			{
				dvec		gap = CDVEC(row + r * L) - point[j];

				sum[r] += gap * gap;
			}
		}
		UNROLL for (int r = 0; r < AT_ONCE; r++)
		{
			DVEC(squares + (part + r) * L) = sum[r];
			below |= (lvec) (sum[r] < bound) & *(const lvec *) (bits + (part + r) * L);
		}
	}
	UNROLL for (int i = 0; i < L; i++)
		mask |= (uint32_t) below[i];
	return mask;
}

void
DPK_NAME(box_squares) (int d, const double *point, const double *boxes, double *squares)
{
	dvec		sum[DPK_NEAR_BOXES / L] = {{0}};

	for (int j = 0; j < d; j++)
	{
		const double *low = boxes + (size_t) j * 2 * DPK_NEAR_BOXES,
				   *high = low + DPK_NEAR_BOXES;

		UNROLL for (int r = 0; r < DPK_NEAR_BOXES / L; r++)
		{
			dvec		under = CDVEC(low + r * L) - point[j],
						over = point[j] - CDVEC(high + r * L),
						zero = {0},
						gap = (dvec) (((lvec) under & (under > zero)) | ((lvec) over & (over > zero)));

			sum[r] += gap * gap;
		}
	}
	UNROLL for (int r = 0; r < DPK_NEAR_BOXES / L; r++)
		DVEC(squares + r * L) = sum[r];
}

/* The rows of a tile meet the values of DPK_CENTERS centers in turn; 'n' is constant where this is called */
TILE void
center_tile(int d, const int n, const double *const *rows, const double *block, double *squares)
{
	dvec		sum[CENTER_TILE][DPK_CENTERS / L] = {{{0}}};

	for (int j = 0; j < d; j++)
	{
		const double *centers = block + (size_t) j * DPK_CENTERS;

		UNROLL for (int i = 0; i < n; i++)
			UNROLL for (int r = 0; r < DPK_CENTERS / L; r++)
			{
				dvec		gap = CDVEC(centers + r * L) - rows[i][j];

				sum[i][r] += gap * gap;
			}
	}
	UNROLL for (int i = 0; i < n; i++)
		UNROLL for (int r = 0; r < DPK_CENTERS / L; r++)
			DVEC(squares + i * DPK_CENTERS + r * L) = sum[i][r];
}

void
DPK_NAME(center_squares) (int d, int n, const double *const *rows, const double *block, double *squares)
{
	int			i = 0;

	for (; i + CENTER_TILE <= n; i += CENTER_TILE)
		center_tile(d, CENTER_TILE, rows + i, block, squares + i * DPK_CENTERS);
	for (; i < n; i++)
		center_tile(d, 1, rows + i, block, squares + i * DPK_CENTERS);
}
