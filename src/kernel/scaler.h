/*
 * scaler.h - what scaling a feature needs to know, learnt row by row
 *
 * As scikit-learn's StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler,
 * QuantileTransformer and PowerTransformer; transform.h says what is done to a
 * value.  Where the spread is 0 the divisor is 1.  'standard' and 'log' learn
 * moments, 'minmax' and 'maxabs' a range, the others, which need the order of
 * the values or all of them, a sketch (sketch.h).
 *
 * A scaler is one flat piece of memory that the caller owns and that works as
 * an aggregate's state: the head, then a dpk_feature per feature, or
 * the memory of a dpk_sketches (quantiles.h).
 */
#ifndef DPK_SCALER_H
#define DPK_SCALER_H

#include "moments.h"
#include "quantiles.h"
#include "transform.h"

#define DPK_MAX_FEATURES 100000

typedef struct dpk_range
{
	int64_t		n;
	double		min,
				max;
} dpk_range;

typedef union dpk_feature
{
	dpk_moments moments;
	dpk_range	range;
} dpk_feature;

typedef struct dpk_scaler
{
	int32_t		header;			/* the caller's */
	int32_t		method;			/* dpk_scaling */
	int32_t		nfeatures;
	int32_t		room;			/* values each sketch has place for; 0 without sketches */
} dpk_scaler;

/* Whether a method learns sketches */
extern bool dpk_scaler_sketches(dpk_scaling method);

/* false where the size does not fit a size_t */
extern bool dpk_scaler_size(dpk_scaling method, int nfeatures, int room, size_t *size);

/* Memory of dpk_scaler_size(); 'header' is left alone */
extern void dpk_scaler_init(dpk_scaler *s, dpk_scaling method, int nfeatures, int room);

/* 'to' is initialised, of the same method and number of features, with room enough */
extern void dpk_scaler_copy(dpk_scaler *to, const dpk_scaler *from);

/* The room a copy needs before a row can be added, or before 'other' (else NULL) can be merged; 0 without sketches */
extern int	dpk_scaler_room(const dpk_scaler *s, const dpk_scaler *other);

/* The values that the largest sketch holds: the least room a copy needs to be read; 0 without sketches */
extern int	dpk_scaler_needed(const dpk_scaler *s);

/*
 * One row.  'nulls' has a bit per feature, 0 for NULL, or is NULL itself;
 * 'values' holds the others without gaps.  NaN counts as missing.
 * DPK_INVALID for an infinity or a value that the method has no answer for,
 * and then nothing has been added.
 */
extern dpk_status dpk_scaler_add(dpk_scaler *s, const double *values, const uint8_t *nulls, dpk_error *err);

/* Both of the same method and number of features */
extern dpk_status dpk_scaler_merge(dpk_scaler *s, const dpk_scaler *other, dpk_error *err);

/* The first feature (from 0) whose moments are beyond double precision, or -1 */
extern int	dpk_scaler_overflow(const dpk_scaler *s);

/*
 * What is done to each feature: t (nfeatures), whose knots point at room for
 * DPK_KNOTS if the method is 'quantile'.  DPK_INVALID where a spread overflows;
 * polls 'stop' once per feature, for a power takes some milliseconds.
 */
extern dpk_status dpk_scaler_resolve(const dpk_scaler *s, dpk_transform *t, const dpk_stop *stop, dpk_error *err);

extern void dpk_scaler_write(dpk_writer *w, const dpk_scaler *s);

/* Reading knows the size only as it goes: DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_scaler_read(dpk_reader *r, dpk_scaler *s, size_t *size);

#endif							/* DPK_SCALER_H */
