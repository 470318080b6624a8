/*
 * encoder.h - categories and bins as numbers, learnt row by row
 *
 *		ordinal		the number of the category, from 0, in order of its bytes
 *		one_hot		a 1 in the place of the category, else 0
 *		target		the mean target of the category, drawn towards the mean of
 *					all by what the spread within the category says of it (Micci-
 *					Barreca 2001, with scikit-learn's empirical Bayes weights)
 *		k_bins		the number of the bin, from 0, of those with as many rows each
 * as scikit-learn's OrdinalEncoder, OneHotEncoder, TargetEncoder and
 * KBinsDiscretizer.  For 'target' the rows are counted by fold (fold.h), so
 * that a row of the training set can be encoded without its own target.
 *
 * One flat piece of memory that the caller owns and that works as an
 * aggregate's state: the head; then 'room' entries in order of their label,
 * for 'target' DPK_TARGET_FOLDS moments for each, and 'label_room' bytes; or
 * for 'k_bins' a sketch and 'room' values.
 */
#ifndef DPK_ENCODER_H
#define DPK_ENCODER_H

#include "sketch.h"

#define DPK_MAX_CATEGORIES 10000
#define DPK_MAX_CATEGORY 1000	/* bytes */
#define DPK_MAX_K_BINS 1000
#define DPK_TARGET_FOLDS 5

typedef enum dpk_encoding
{
	DPK_ORDINAL,
	DPK_ONE_HOT,
	DPK_TARGET,
	DPK_K_BINS
} dpk_encoding;

extern const char *const dpk_encoding_names[];	/* ends with NULL */

typedef struct dpk_category
{
	int32_t		label_at,
				label_length;
} dpk_category;

typedef struct dpk_encoder
{
	int32_t		header;			/* the caller's */
	int32_t		method;			/* dpk_encoding */
	int32_t		ncategories;
	int32_t		room;			/* categories, or values of the sketch */
	int32_t		label_bytes,
				label_room;
	int32_t		bins;			/* asked for; 0 unless 'k_bins' */
	int32_t		unused;
} dpk_encoder;

static inline dpk_category *
dpk_category_at(const dpk_encoder *e, int i)
{
	return (dpk_category *) (e + 1) + i;
}

/* The moments of the targets of category i in each fold (DPK_TARGET_FOLDS) */
static inline dpk_moments *
dpk_category_targets(const dpk_encoder *e, int i)
{
	return (dpk_moments *) dpk_category_at(e, e->room) + (size_t) i * DPK_TARGET_FOLDS;
}

static inline char *
dpk_encoder_labels(const dpk_encoder *e)
{
	return (char *) (e->method == DPK_TARGET ? (void *) dpk_category_targets(e, e->room) : (void *) dpk_category_at(e, e->room));
}

static inline const char *
dpk_category_label(const dpk_encoder *e, int i)
{
	return dpk_encoder_labels(e) + dpk_category_at(e, i)->label_at;
}

static inline dpk_sketch *
dpk_encoder_sketch(const dpk_encoder *e)
{
	return (dpk_sketch *) (e + 1);
}

static inline double *
dpk_encoder_values(const dpk_encoder *e)
{
	return (double *) (dpk_encoder_sketch(e) + 1);
}

extern size_t dpk_encoder_size(dpk_encoding method, int room, int label_room);
extern void dpk_encoder_init(dpk_encoder *e, dpk_encoding method, int bins, int room, int label_room);

/* 'to' is initialised, of the same method and bins, with room enough */
extern void dpk_encoder_copy(dpk_encoder *to, const dpk_encoder *from);

/* Index of a category, -1 where it is not there */
extern int	dpk_encoder_find(const dpk_encoder *e, const char *label, size_t length);

/*
 * The index of a category, new or not.  DPK_NO_MEMORY where it does not fit:
 * copy to a state of twice the room and call again.
 */
extern dpk_status dpk_encoder_add(dpk_encoder *e, const char *label, size_t length, int *index, dpk_error *err);

/* Of the same method and bins; DPK_NO_MEMORY as above.  Of a sketch, there is room for both. */
extern dpk_status dpk_encoder_merge(dpk_encoder *e, const dpk_encoder *other, dpk_error *err);

/* The mean and the variance of all targets, those of the fold 'without' left out (-1: none) */
typedef struct dpk_target_prior
{
	double		mean,
				variance;
} dpk_target_prior;

extern dpk_target_prior dpk_encoder_prior(const dpk_encoder *e, int without);

/* The code of category i (-1: unknown); NaN without any row */
extern double dpk_encoder_target(const dpk_encoder *e, int i, int without, const dpk_target_prior *prior);

/* The edges of the bins (DPK_MAX_K_BINS + 1); returns how many bins there are, at most e->bins; 0 without rows */
extern int	dpk_encoder_edges(const dpk_encoder *e, double *edges);

/* MurmurHash3 (Appleby), x86, 32 bits, seed 0, as scikit-learn's FeatureHasher takes it */
extern int32_t dpk_murmur3(const char *bytes, size_t length);

extern void dpk_encoder_write(dpk_writer *w, const dpk_encoder *e);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_encoder_read(dpk_reader *r, dpk_encoder *e, size_t *size);

#endif							/* DPK_ENCODER_H */
