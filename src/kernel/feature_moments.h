/*
 * feature_moments.h - the first four moments and the range of features, mergeable
 *
 * As moments.h has it, sums of the powers of (x - origin) are kept, compensated,
 * from an origin that moves to the mean whenever the count reaches a power of
 * two.  States are merged by the formulas of Pébay (Sandia report
 * SAND2008-6212, 2008), which extend those of Chan, Golub and LeVeque.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head, then a dpk_shape per feature.
 */
#ifndef DPK_FEATURE_MOMENTS_H
#define DPK_FEATURE_MOMENTS_H

#include "fields.h"

#define DPK_MAX_MOMENT_FEATURES 100000

/* Of one feature */
typedef struct dpk_shape
{
	int64_t		n;				/* values that are neither missing nor NaN */
	double		origin;
	dpk_sum		powers[4];		/* of (x - origin), first to fourth */
	double		min,
				max;
} dpk_shape;

typedef struct dpk_feature_moments
{
	int32_t		header;			/* the caller's */
	int32_t		nfeatures;
} dpk_feature_moments;

/* Sums of powers of (x - mean); those too large for a double are infinite or NaN */
typedef struct dpk_central
{
	double		mean,
				second,
				third,
				fourth;
} dpk_central;

static inline dpk_shape *
dpk_shape_at(const dpk_feature_moments *m, int i)
{
	return (dpk_shape *) (m + 1) + i;
}

extern void dpk_shape_add(dpk_shape *s, double x);

/* The caller has seen to it that the counts do not overflow */
extern void dpk_shape_merge(dpk_shape *s, const dpk_shape *other);

/* n >= 1 */
extern dpk_central dpk_shape_central(const dpk_shape *s);

/* The biased estimates, scipy.stats.skew and kurtosis as they are by default; NaN where all values are equal; n >= 1 */
extern double dpk_shape_skewness(const dpk_shape *s);
extern double dpk_shape_kurtosis(const dpk_shape *s);	/* 0 for the normal distribution */

/* false where the size does not fit a size_t */
extern bool dpk_feature_moments_size(int nfeatures, size_t *size);

/* Memory of that size; 'header' is left alone */
extern void dpk_feature_moments_init(dpk_feature_moments *m, int nfeatures);

/*
 * One row.  'nulls' has a bit per feature, 0 for NULL, or is NULL itself;
 * 'values' holds the others without gaps.  NaN counts as missing.
 * DPK_INVALID for an infinity, and then nothing has been added.
 */
extern dpk_status dpk_feature_moments_add(dpk_feature_moments *m, const double *values, const uint8_t *nulls, dpk_error *err);

/* Both of the same number of features */
extern dpk_status dpk_feature_moments_merge(dpk_feature_moments *m, const dpk_feature_moments *other, dpk_error *err);

extern void dpk_moments_write(dpk_writer *w, const dpk_feature_moments *m);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_moments_read(dpk_reader *r, dpk_feature_moments *m, size_t *size);

#endif							/* DPK_FEATURE_MOMENTS_H */
