/*
 * label_counts.h - how often each label was given, and how often two answers to one item agree
 *
 * Enough for a majority vote and for two measures of agreement: Fleiss' kappa
 * (1971), which wants as many answers to each item, and Krippendorff's alpha
 * (1970) for nominal data, which does not.  An item with n answers, of which
 * c are each label, adds sum c (c - 1) / (n - 1) to what agrees; one with a
 * single answer says nothing of agreement and is left out of both.
 *
 * One flat piece of memory that the caller owns: the head, then 'room' entries
 * in order of their label, then 'label_room' bytes.
 */
#ifndef DPK_LABEL_COUNTS_H
#define DPK_LABEL_COUNTS_H

#include "fields.h"

#define DPK_MAX_COUNTED 10000	/* labels */
#define DPK_MAX_COUNTED_LABEL 1000	/* bytes */

typedef struct dpk_label_count
{
	dpk_sum		weight;			/* of the answers */
	int32_t		at,
				length;
} dpk_label_count;

typedef struct dpk_label_counts
{
	int32_t		header;			/* the caller's */
	int32_t		n,
				room;
	int32_t		label_bytes,
				label_room;
	int32_t		unused;
	int64_t		items;			/* with two answers or more */
	int64_t		fewest,
				most;			/* answers to one of them; 0 without any */
	dpk_sum		agree;
} dpk_label_counts;

static inline dpk_label_count *
dpk_label_count_at(const dpk_label_counts *c, int i)
{
	return (dpk_label_count *) (c + 1) + i;
}

static inline const char *
dpk_label_count_label(const dpk_label_counts *c, int i)
{
	return (const char *) dpk_label_count_at(c, c->room) + dpk_label_count_at(c, i)->at;
}

extern size_t dpk_label_counts_size(int room, int label_room);
extern void dpk_label_counts_init(dpk_label_counts *c, int room, int label_room);
extern void dpk_label_counts_copy(dpk_label_counts *to, const dpk_label_counts *from);

/*
 * A label with its weight, finite and not negative.  DPK_NO_MEMORY where it
 * does not fit: copy to a state of twice the room and call again.
 */
extern dpk_status dpk_label_counts_add(dpk_label_counts *c, const char *label, size_t length, double weight, dpk_error *err);

/* An item of n answers, which have been added: 'pairs' is the sum of c (c - 1) */
extern void dpk_label_counts_item(dpk_label_counts *c, int64_t n, double pairs);
extern dpk_status dpk_label_counts_merge(dpk_label_counts *c, const dpk_label_counts *other, dpk_error *err);

/* Index of the label of the largest weight, of equal ones the first; -1: none */
extern int	dpk_label_counts_best(const dpk_label_counts *c);

/* NaN without an item; where all answers ever given are the same, 1 for alpha as in 'krippendorff' and NaN for kappa */
extern double dpk_fleiss_kappa(const dpk_label_counts *c);
extern double dpk_krippendorff_alpha(const dpk_label_counts *c);

extern void dpk_label_counts_write(dpk_writer *w, const dpk_label_counts *c);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_label_counts_read(dpk_reader *r, dpk_label_counts *c, size_t *size);

#endif							/* DPK_LABEL_COUNTS_H */
