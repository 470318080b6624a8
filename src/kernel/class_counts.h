/*
 * class_counts.h - how often each class was, was predicted, and both
 *
 * Three counts per class are all that accuracy, precision, recall and F1
 * need, so the state grows with the classes, not with their square.  Labels
 * are bytes; two are the same if their bytes are.
 *
 * One flat piece of memory that the caller owns: the head, then 'room' entries
 * in order of their label, then 'label_room' bytes of labels.
 */
#ifndef DPK_CLASS_COUNTS_H
#define DPK_CLASS_COUNTS_H

#include "fields.h"

#define DPK_MAX_CLASSES 10000
#define DPK_MAX_LABEL 1000		/* bytes */

typedef struct dpk_class_count
{
	int64_t		actual,			/* rows that are of this class */
				predicted,		/* rows said to be */
				correct;		/* both */
	int32_t		label_at,
				label_length;
} dpk_class_count;

typedef struct dpk_class_counts
{
	int32_t		header;			/* the caller's */
	int32_t		nclasses,
				room;
	int32_t		label_bytes,
				label_room;
	int32_t		positive;		/* index of the class asked for; -1: all */
	int64_t		n;				/* rows */
	int64_t		correct;
} dpk_class_counts;

typedef struct dpk_class_scores
{
	double		accuracy,
				precision,
				recall,
				f1;
} dpk_class_scores;

static inline const dpk_class_count *
dpk_class_count_at(const dpk_class_counts *c, int i)
{
	return (const dpk_class_count *) (c + 1) + i;
}

static inline const char *
dpk_class_label(const dpk_class_counts *c, int i)
{
	return (const char *) ((const dpk_class_count *) (c + 1) + c->room) + dpk_class_count_at(c, i)->label_at;
}

extern size_t dpk_class_counts_size(int room, int label_room);
extern void dpk_class_counts_init(dpk_class_counts *c, int room, int label_room);

/* 'to' is initialised with room enough */
extern void dpk_class_counts_copy(dpk_class_counts *to, const dpk_class_counts *from);

/*
 * DPK_NO_MEMORY where a new class does not fit: copy to a state of twice the
 * room and call again.  DPK_TOO_BIG beyond the limits above.
 */
extern dpk_status dpk_class_counts_add(dpk_class_counts *c, const char *actual, size_t actual_length,
									   const char *predicted, size_t predicted_length, dpk_error *err);
extern dpk_status dpk_class_counts_set_positive(dpk_class_counts *c, const char *label, size_t length, dpk_error *err);

/* DPK_INVALID where the two ask for different classes */
extern dpk_status dpk_class_counts_merge(dpk_class_counts *c, const dpk_class_counts *other, dpk_error *err);

/*
 * Of the positive class, or else the plain mean over the classes that occur
 * ("macro").  What has the divisor 0 is 0, as in scikit-learn.  n >= 1.
 */
extern dpk_class_scores dpk_class_counts_scores(const dpk_class_counts *c);

/* Precision, recall and F1 of one class */
extern dpk_class_scores dpk_class_count_scores(const dpk_class_count *count);

extern void dpk_class_counts_write(dpk_writer *w, const dpk_class_counts *c);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_class_counts_read(dpk_reader *r, dpk_class_counts *c, size_t *size);

#endif							/* DPK_CLASS_COUNTS_H */
