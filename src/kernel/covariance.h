/*
 * covariance.h - how features vary together, in one pass, mergeable
 *
 * Sums of the products of (x - origin) are kept, compensated (Neumaier 1974),
 * from an origin that moves to the mean whenever the count reaches a power of
 * two; states are merged as Chan, Golub and LeVeque (1982) do, a pair of
 * features at a time.  moments.h says why.  Only whole rows count: one in
 * which a feature is missing says nothing about any pair.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head, then doubles, d = nfeatures:
 *		origin (d); sums and their rests (d each); sums of products and their
 *		rests, (d, d) each, lower triangles by rows; and d for work
 */
#ifndef DPK_COVARIANCE_H
#define DPK_COVARIANCE_H

#include "fields.h"

#define DPK_MAX_COVARIANCE_FEATURES 1000

typedef struct dpk_covariance
{
	int32_t		header;			/* the caller's */
	int32_t		nfeatures;
	int64_t		n;				/* whole rows */
} dpk_covariance;

extern size_t dpk_covariance_size(int nfeatures);

/* Memory of that size; 'header' is left alone */
extern void dpk_covariance_init(dpk_covariance *c, int nfeatures);

/* One row x (nfeatures), all of it finite */
extern void dpk_covariance_add(dpk_covariance *c, const double *x);

/* Both of the same number of features */
extern dpk_status dpk_covariance_merge(dpk_covariance *c, const dpk_covariance *other, dpk_error *err);

/* n >= 1.  The sum of (x_i - mean_i)(x_j - mean_j); what is too large for a double is infinite or NaN */
extern double dpk_covariance_mean(const dpk_covariance *c, int i);
extern double dpk_covariance_comoment(const dpk_covariance *c, int i, int j);

/* Pearson's, within -1 and 1; NaN where a feature is constant */
extern double dpk_covariance_correlation(const dpk_covariance *c, int i, int j);

extern void dpk_covariance_write(dpk_writer *w, const dpk_covariance *c);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_covariance_read(dpk_reader *r, dpk_covariance *c, size_t *size);

#endif							/* DPK_COVARIANCE_H */
