/*
 * outlier_options.h - a method of finding outliers, its options and the rows it can take, from SQL
 */
#ifndef DP_OUTLIER_OPTIONS_H
#define DP_OUTLIER_OPTIONS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "feature_row.h"
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
	bool		has_threshold,
				has_contamination;
	double		threshold,		/* the score an outlier exceeds */
				contamination;	/* the share of outliers */
	int64		sample,			/* rows to learn from */
				seed;
} dp_outlier_choice;

/* ERROR for an unknown method or option; 'options' may be NULL */
extern void dp_outlier_read_options(const char *method, Jsonb *options, dp_outlier_use use, dp_outlier_choice *choice);

/* The method, or an ERROR whose hint lists those with a model, or all */
extern const dpk_outlier_method *dp_outlier_method(const char *name, bool with_model);

/* ERROR: there is neither a threshold nor a contamination, and the method has no usual threshold */
pg_noreturn extern void dp_outlier_no_threshold(const dpk_outlier_method *method);

/* The given threshold, or the usual one; false where the method has none */
extern bool dp_outlier_threshold(const dp_outlier_choice *choice, int nfeatures, double *threshold);

/* ERROR unless the method takes so many */
extern void dp_outlier_check_features(const dpk_outlier_method *method, int nfeatures);

/* What a method can score are complete and finite rows; the others have scores of their own */
typedef enum dp_outlier_kind
{
	DP_OUTLIER_SCORED,
	DP_OUTLIER_UNKNOWN,			/* a feature is NULL: so is the score */
	DP_OUTLIER_NAN,				/* one is NaN: so is the score */
	DP_OUTLIER_INFINITE			/* one is infinite: so is the score */
} dp_outlier_kind;

extern dp_outlier_kind dp_outlier_row_kind(const dp_features *features);

#endif							/* DP_OUTLIER_OPTIONS_H */
