/*
 * profile.h - what is known of each column of a source after one pass
 *
 * Shared by the files of dp.profile, dp.profile_columns and dp.suggest_rules.
 * A column takes some 60 kB whatever the number of rows: its values go into
 * the kernels' summaries and are gone.
 */
#ifndef DP_PROFILE_H
#define DP_PROFILE_H

#include "compat.h"

#include "utils/jsonb.h"
#include "utils/typcache.h"

#include "distinct.h"
#include "frequent.h"
#include "histogram.h"
#include "image.h"
#include "moments.h"
#include "pairs.h"
#include "quantiles.h"

#define DP_PROFILE_COUNTERS 256 /* of frequent values: exact up to 512 different ones */
#define DP_PROFILE_LONGEST 1000 /* bytes of a frequent value, as top.h has it */

/* What the values of a column are taken for */
typedef enum dp_profile_kind
{
	DP_PROFILE_NUMBER,			/* integers, float4, float8, numeric */
	DP_PROFILE_TIME,			/* date, timestamp, timestamptz */
	DP_PROFILE_BOOL,
	DP_PROFILE_TEXT,			/* length in characters */
	DP_PROFILE_BYTES,			/* bytea: length in bytes, and perhaps an image */
	DP_PROFILE_ARRAY,			/* length in elements */
	DP_PROFILE_OTHER
} dp_profile_kind;

/* The numbers of a column, or the lengths of its values */
typedef struct dp_profile_numbers
{
	dpk_moments moments;		/* of what is finite */
	double		min,
				max;
	int64		zeros,
				negatives;
	dpk_sketches sketch;
	dpk_histogram *histogram;
} dp_profile_numbers;

typedef struct dp_profile_column
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			base;			/* of a domain */
	dp_profile_kind kind;
	int16		typlen;
	bool		typbyval;
	Oid			collation;
	FmgrInfo   *hash,			/* NULL where the type has none */
			   *compare;		/* NULL where the order of values tells nothing */
	FmgrInfo	output;

	int64		count,			/* not NULL */
				nulls,
				nan,
				infinite,
				empty;			/* texts, bytea, arrays of no length */
	bool		has_numbers;	/* numbers, times, bool */
	dp_profile_numbers numbers;
	bool		has_lengths;
	dp_profile_numbers lengths; /* without sketch and histogram */
	Datum		min,			/* copies; of numbers, what is finite */
				max;
	bool		has_min;
	dpk_distinct *distinct;
	dpk_frequent *frequent;
	Datum	   *values;			/* by entry of 'frequent', copies */
	int64		too_long;		/* to be counted among the frequent */

	int64		images[DPK_PNM + 1];	/* by dpk_format, with a readable header */
	int64		broken;			/* recognised, but not readable */
	int64		unrecognised;	/* no image at all */
	int			min_side[2],	/* width, height */
				max_side[2];
	int			pair;			/* its number in 'pairs', -1 for none */
} dp_profile_column;

/* A frequent value */
typedef struct dp_profile_frequent
{
	char	   *text;
	int64		count;
} dp_profile_frequent;

typedef struct dp_profile_options
{
	int			top;
	int			bins;
	int			correlations;	/* columns */
	bool		decode_images;
	bool		sketches;
} dp_profile_options;

typedef struct dp_profile
{
	dp_profile_options options;
	int			ncolumns;
	dp_profile_column *columns;
	int64		nrows;
	dpk_pairs  *pairs;			/* NULL where fewer than two columns are numbers */
	int			npairs;			/* columns in it */
	double	   *pair_values;	/* (npairs, rows of a batch); NaN is missing */
	MemoryContext context,
				batch;			/* what one batch leaves behind */
	dpk_image_limits limits;
} dp_profile;

/* profile_read.c: one pass over the source, as the caller; SPI is connected, and the profile in its memory */
extern dp_profile *dp_profile_read(const char *source, const dp_profile_options *options);
extern void dp_profile_read_options(Jsonb *json, dp_profile_options *options);

/* profile_column.c */
extern void dp_profile_start_column(dp_profile *profile, dp_profile_column *c, Form_pg_attribute att);
/* One more value, not NULL: its number, or NaN where it is none */
extern double dp_profile_add(dp_profile *profile, dp_profile_column *c, Datum value);
extern double dp_profile_number(const dp_profile_column *c, Datum value);

/* profile_text.c: how values are written.  A time's number is in seconds since 1970. */
extern bool dp_profile_is_image(const dp_profile_column *c);
extern char *dp_profile_text(dp_profile_column *c, Datum value);
extern char *dp_profile_number_text(dp_profile_column *c, double number);
extern double dp_profile_plain(const dp_profile_column *c, double number);
extern char *dp_profile_shape(const dp_profile_numbers *numbers);
extern double dp_profile_distinct(const dp_profile_column *c);
/* At most 'most' by falling count, only what certainly is that frequent: the least count is above what may be missed */
extern int	dp_profile_top(dp_profile_column *c, int most, dp_profile_frequent *top);

#endif							/* DP_PROFILE_H */
