/*
 * pairs.h - correlations of columns, pair by pair, where values are missing
 *
 * covariance.h counts whole rows alone; in a table of many columns few are.
 * Here each pair counts the rows in which both values are there, as pandas'
 * corr() does.  Values are taken from the first of their column, and collected
 * in blocks of DPK_PAIR_ROWS; within a block the sums are taken from the
 * block's mean, and blocks are merged as Chan, Golub and LeVeque (1982) do, so
 * that little cancels.  Blocks are cut by the
 * number of the row alone: the same rows in the same order give the same bits.
 *
 * One flat piece of memory that the caller owns, aligned to 64 bytes: the
 * head, a dpk_pair for each two columns, then the block, (ncolumns,
 * DPK_PAIR_ROWS) values and as many ones and zeros for what is there.
 */
#ifndef DPK_PAIRS_H
#define DPK_PAIRS_H

#include "dpk.h"

#define DPK_PAIR_ROWS 256
#define DPK_MAX_PAIR_COLUMNS 200

typedef struct dpk_pair
{
	double		n,				/* rows in which both are there */
				mean_a,
				mean_b,
				aa,				/* sums of products of distances from the means */
				bb,
				ab;
} dpk_pair;

typedef struct dpk_pairs
{
	int32_t		ncolumns;
	int32_t		nrows;			/* in the block */
	double		base[DPK_MAX_PAIR_COLUMNS];	/* the first value of a column; NaN before there is one */
} dpk_pairs;

extern size_t dpk_pairs_size(int ncolumns);
extern void dpk_pairs_init(dpk_pairs *p, int ncolumns);

/* Column i of the row that dpk_pairs_row() ends; one that is not finite, or not set, is missing */
extern void dpk_pairs_set(dpk_pairs *p, int i, double x);
extern void dpk_pairs_row(dpk_pairs *p);

/* Count the rows of a block that is not full */
extern void dpk_pairs_flush(dpk_pairs *p);

/* Pearson's, within -1 and 1, of the rows flushed; NaN where fewer than two rows or a constant leave none.  *n: rows counted */
extern double dpk_pairs_correlation(const dpk_pairs *p, int i, int j, int64_t *n);

#endif							/* DPK_PAIRS_H */
