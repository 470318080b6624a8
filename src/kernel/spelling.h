/*
 * spelling.h - which of two spellings cannot be similar, found without comparing them
 *
 * All pairs of n spellings are compared where labels are brought to one, and
 * hardly any are alike.  Jaro's m characters in common are no more than those
 * that occur in both texts wherever they are, and with m known the measure is
 * at most (m/na + m/nb + 1) / 3: how often each character occurs, in buckets,
 * bounds it in a few instructions.  The plain comparison of all that may be
 * similar is left, so results are those of dpk_jaro_winkler() to the bit.
 */
#ifndef DPK_SPELLING_H
#define DPK_SPELLING_H

#include "dpk.h"

#define DPK_SPELLING_BUCKETS 64
#define DPK_MAX_COUNTED 255		/* points of a text whose characters are counted; longer ones are bounded by their lengths */

typedef struct dpk_spelling
{
	const uint32_t *points;		/* the caller's */
	double		share;			/* 1 / n */
	uint32_t	n;
	uint8_t		counts[DPK_SPELLING_BUCKETS];
} dpk_spelling;

extern void dpk_spelling_init(dpk_spelling *spelling, const uint32_t *points, uint32_t n);

/* False only where their Jaro-Winkler similarity is below 'least' */
extern bool dpk_may_be_similar(const dpk_spelling *a, const dpk_spelling *b, double least);

#endif							/* DPK_SPELLING_H */
