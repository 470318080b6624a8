/*
 * histogram.h - counts of values in bins of equal width, mergeable
 *
 * With bounds given, nbins equal parts of [lower, upper), and counts of what
 * lies below and above; PostgreSQL's width_bucket() has the same bins.
 *
 * Without, the width is the least power of two with which nbins bins hold all
 * values, and a bin begins at a multiple of it.  When a value lies outside,
 * pairs of bins are joined until it does not.  The width, the bins and the
 * counts depend on the values alone: any order, any split and any merge end in
 * the same bytes.  Between nbins / 2 and nbins bins are in use, unless the
 * values are closer than doubles can tell.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head, then nbins counts.
 */
#ifndef DPK_HISTOGRAM_H
#define DPK_HISTOGRAM_H

#include "fields.h"

#define DPK_MAX_BINS 10000

typedef struct dpk_histogram
{
	int32_t		header;			/* the caller's */
	int32_t		nbins;
	int32_t		nused;			/* bins in use; all of them if bounds were given */
	int32_t		exponent;		/* of the width, without bounds */
	int64_t		first;			/* the first bin begins at first * width */
	int64_t		n;
	int64_t		below,			/* with bounds */
				above;
	double		lower,			/* equal if no bounds were given */
				upper;
} dpk_histogram;

static inline int64_t *
dpk_histogram_counts(const dpk_histogram *h)
{
	return (int64_t *) (h + 1);
}

static inline bool
dpk_histogram_bounded(const dpk_histogram *h)
{
	return h->lower < h->upper;
}

extern size_t dpk_histogram_size(int nbins);

/* Memory of that size; lower == upper for none.  nbins >= 2 without bounds; upper - lower is finite. 'header' is left alone */
extern void dpk_histogram_init(dpk_histogram *h, int nbins, double lower, double upper);

/* x is finite */
extern void dpk_histogram_add(dpk_histogram *h, double x);

/* DPK_INVALID where bins or bounds differ */
extern dpk_status dpk_histogram_merge(dpk_histogram *h, const dpk_histogram *other, dpk_error *err);

/* Where bin i (from 0 to nused) begins */
extern double dpk_histogram_edge(const dpk_histogram *h, int i);

extern void dpk_histogram_write(dpk_writer *w, const dpk_histogram *h);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_histogram_read(dpk_reader *r, dpk_histogram *h, size_t *size);

#endif							/* DPK_HISTOGRAM_H */
