/*
 * outlier_options.h - a method of finding outliers and its options, from SQL
 */
#ifndef DP_OUTLIER_OPTIONS_H
#define DP_OUTLIER_OPTIONS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "outlier.h"

/* What is asked for decides which options there are beside the method's */
typedef enum dp_outlier_use
{
	DP_OUTLIER_SCORE,			/* none */
	DP_OUTLIER_DECIDE,			/* threshold, contamination */
	DP_OUTLIER_FIT				/* these, sample and seed */
} dp_outlier_use;

typedef struct dp_outlier_choice
{
	const dpk_outlier_method *method;
	double		options[DPK_OUTLIER_OPTIONS];	/* those the method does not have are 0 */
	double		threshold,		/* the score an outlier exceeds; below 0: none was given */
				contamination;	/* the share of outliers; below 0: none was given */
	int64		sample,			/* rows to learn from */
				seed;
} dp_outlier_choice;

#define DP_OUTLIER_MIN_SAMPLE 2
#define DP_OUTLIER_MAX_SAMPLE 10000000

/* ERROR for an unknown method or option; 'options' may be NULL */
extern void dp_outlier_read_options(const char *method, Jsonb *options, dp_outlier_use use, dp_outlier_choice *choice);

/* The method, or an ERROR whose hint lists those with a model, or all */
extern const dpk_outlier_method *dp_outlier_method(const char *name, bool with_model);

/* The given threshold, or the usual one; ERROR where the method has none */
extern double dp_outlier_threshold(const dp_outlier_choice *choice, int nfeatures);

#endif							/* DP_OUTLIER_OPTIONS_H */
