/*
 * detector.h - a sample of rows, and what a method of outlier.h learnt from it
 *
 * One flat piece of memory that the caller owns, an aggregate's state and its
 * result: at first the rows (row_sample.h), then the model, which is fitted to
 * them in the order of their numbers.  Behind the head are the values of the
 * rows, or those that the method makes a model of.
 */
#ifndef DPK_DETECTOR_H
#define DPK_DETECTOR_H

#include "fields.h"
#include "outlier.h"
#include "row_sample.h"

typedef struct dpk_detector
{
	int32_t		header;			/* the caller's */
	int32_t		method;			/* of dpk_outlier_methods */
	int32_t		nfeatures;
	int32_t		fitted;			/* 1: a model; 0: a sample */
	int32_t		has_threshold;
	int32_t		has_contamination;
	double		threshold;		/* what the score of an outlier exceeds */
	double		contamination;	/* the share of outliers; the threshold is learnt when it is fitted */
	double		options[DPK_OUTLIER_OPTIONS];
	dpk_row_sample sample;		/* rows to learn from; of a model its values */
	uint64_t	fingerprint;	/* of a model: heads that are equal belong to models that are */
} dpk_detector;

static inline dpk_sample_value *
dpk_detector_values(const dpk_detector *t)
{
	return (dpk_sample_value *) (t + 1);
}

static inline const dpk_outlier_method *
dpk_detector_method(const dpk_detector *t)
{
	return dpk_outlier_methods[t->method];
}

/* Bytes with 'room' values; false where they do not fit a size_t */
extern bool dpk_detector_size(int64_t room, size_t *size);

/* The room a state needs before a row can be added, or before 'other' (else NULL) can be merged */
extern int64_t dpk_detector_room(const dpk_detector *t, const dpk_detector *other);

/* One complete and finite row; there is room */
extern dpk_status dpk_detector_add(dpk_detector *t, int64_t key, const double *x, const dpk_stop *stop);

/* Both are samples of the same method, options and number of features; there is room */
extern dpk_status dpk_detector_merge(dpk_detector *t, const dpk_detector *other, const dpk_stop *stop, dpk_error *err);

/* Leaves the sample alone, n rows in the order of their numbers */
extern dpk_status dpk_detector_close(dpk_detector *t, const dpk_stop *stop, int64_t *n);

/* The features of the closed sample's rows: x (n, d) */
extern void dpk_detector_matrix(const dpk_detector *t, double *x);

/* To be called once the model is complete */
extern void dpk_detector_seal(dpk_detector *t);

extern void dpk_detector_write(dpk_writer *w, const dpk_detector *t);

/* Reading knows the size only as it goes: DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_detector_read(dpk_reader *r, dpk_detector *t, size_t *size);

#endif							/* DPK_DETECTOR_H */
