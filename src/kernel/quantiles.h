/*
 * quantiles.h - a sketch of quantiles for each of several features
 *
 * A dpk_sketches is a view of memory that the caller owns: a dpk_sketch per
 * feature (sketch.h), then 'room' values for each.  It is what dp.quantiles
 * and the scalers that need order are made of.
 *
 * dpk_quantiles is the state of an aggregate: the head, then such memory.
 */
#ifndef DPK_QUANTILES_H
#define DPK_QUANTILES_H

#include "sketch.h"

#define DPK_MAX_QUANTILE_FEATURES 100000

typedef struct dpk_sketches
{
	dpk_sketch *sketch;			/* (n) */
	double	   *values;			/* (n, room) */
	int32_t		n,
				room;
} dpk_sketches;

static inline dpk_sketches
dpk_sketches_at(void *memory, int n, int room)
{
	return (dpk_sketches) {memory, (double *) ((dpk_sketch *) memory + n), n, room};
}

static inline double *
dpk_sketch_values(const dpk_sketches *s, int i)
{
	return s->values + (size_t) i * s->room;
}

/* false where the size does not fit a size_t */
extern bool dpk_sketches_size(int n, int room, size_t *size);
extern void dpk_sketches_init(const dpk_sketches *s);

/* 'to' of the same n, with room enough; it need not be initialised */
extern void dpk_sketches_copy(const dpk_sketches *to, const dpk_sketches *from);
extern void dpk_sketches_merge(const dpk_sketches *s, const dpk_sketches *other);

/* The room a copy needs before a row can be added, or before 'other' (else NULL) can be merged */
extern int	dpk_sketches_room(const dpk_sketches *s, const dpk_sketches *other);

/* The values that the largest sketch holds: the least room a copy needs to be read */
extern int	dpk_sketches_needed(const dpk_sketches *s);

/* Room enough for whatever 'length' bytes of fields can say */
extern int	dpk_sketches_room_to_read(size_t length);

typedef struct dpk_quantiles
{
	int32_t		header;			/* the caller's */
	int32_t		nfeatures;
	int32_t		room;			/* values each sketch has place for */
	int32_t		unused;
} dpk_quantiles;

static inline dpk_sketches
dpk_quantiles_sketches(const dpk_quantiles *q)
{
	return dpk_sketches_at((void *) (q + 1), q->nfeatures, q->room);
}

extern bool dpk_quantiles_size(int nfeatures, int room, size_t *size);

/* Memory of that size; 'header' is left alone */
extern void dpk_quantiles_init(dpk_quantiles *q, int nfeatures, int room);

/*
 * One row; there is room.  'nulls' has a bit per feature, 0 for NULL, or is
 * NULL itself; 'values' holds the others without gaps.  NaN counts as missing.
 * DPK_INVALID for an infinity, and then nothing has been added.
 */
extern dpk_status dpk_quantiles_add(dpk_quantiles *q, const double *values, const uint8_t *nulls, dpk_error *err);

/* Both of the same number of features; there is room */
extern dpk_status dpk_quantiles_merge(dpk_quantiles *q, const dpk_quantiles *other, dpk_error *err);

extern void dpk_quantiles_write(dpk_writer *w, const dpk_quantiles *q);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_quantiles_read(dpk_reader *r, dpk_quantiles *q, size_t *size);

#endif							/* DPK_QUANTILES_H */
