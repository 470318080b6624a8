/*
 * row_sample.h - a sample of rows drawn by their keys, mergeable
 *
 * Which rows are in the sample is decided by a number drawn for each from
 * Philox by its key and mixed with its features: the 'size' rows with the
 * smallest are kept, whatever the order they come in and however the work is
 * divided.  So the sample is random among different rows also where the key
 * does not identify them.
 *
 * The head is part of an aggregate's state, and the values, of 8 bytes each,
 * lie where the owner has them.  A row of d features is d + 2 values: its
 * number, its key, and its features.  The owner may put other values in their
 * place once it has learnt from the rows.
 */
#ifndef DPK_ROW_SAMPLE_H
#define DPK_ROW_SAMPLE_H

#include "fields.h"

#define DPK_MIN_SAMPLE 2
#define DPK_MAX_SAMPLE 1000000

typedef struct dpk_row_sample
{
	int64_t		size;			/* rows to keep */
	int64_t		seed;
	int64_t		nrows;			/* rows seen */
	uint64_t	cutoff;			/* a row with a larger number is not needed */
	int64_t		nvalues;
	int64_t		room;			/* values there is place for */
} dpk_row_sample;

typedef union dpk_sample_value
{
	double		f;
	int64_t		i;
	uint64_t	u;
} dpk_sample_value;

static inline int64_t
dpk_row_sample_width(int d)
{
	return (int64_t) d + 2;
}

/* The room there must be before a row can be added, or before 'other' (else NULL) can be merged */
extern int64_t dpk_row_sample_room(const dpk_row_sample *s, int d, const dpk_row_sample *other);

/* One complete and finite row; there is room */
extern dpk_status dpk_row_sample_add(dpk_row_sample *s, dpk_sample_value *values, int d, int64_t key, const double *x, const dpk_stop *stop);

/* Both of the same size, seed and number of features; there is room, and the counts do not overflow */
extern dpk_status dpk_row_sample_merge(dpk_row_sample *s, dpk_sample_value *values, int d,
									   const dpk_row_sample *other, const dpk_sample_value *others, const dpk_stop *stop);

/* Leaves the sample alone, n rows in the order of their numbers */
extern dpk_status dpk_row_sample_close(dpk_row_sample *s, dpk_sample_value *values, int d, const dpk_stop *stop, int64_t *n);

/* The features of the closed sample's rows: x (n, d) */
extern void dpk_row_sample_matrix(const dpk_row_sample *s, const dpk_sample_value *values, int d, double *x);

/* The head, then the values, of which d is 0 where they are not rows; a claim beyond the input fails, and so does what is not finite */
extern void dpk_row_sample_write(dpk_writer *w, const dpk_row_sample *s, const dpk_sample_value *values, int d);
extern void dpk_row_sample_read_head(dpk_reader *r, dpk_row_sample *s, int d);
extern void dpk_row_sample_read_values(dpk_reader *r, const dpk_row_sample *s, dpk_sample_value *values, int d);

#endif							/* DPK_ROW_SAMPLE_H */
