/*
 * text_similarity.h - how alike two short texts are
 *
 * Over code points, each a uint32_t; n is their number and may be 0.
 *
 * Jaro (1989) counts the characters two texts share within half the longer
 * one's length and how many of those are out of order.  Winkler (1990) adds a
 * tenth of what is missing to 1 for each of at most four characters that both
 * begin with, where Jaro's measure exceeds 0.7, as his own program does.
 *
 * Damerau-Levenshtein (1964): the least number of insertions, deletions,
 * replacements and swaps of neighbours; a swapped pair may be edited again
 * between, so it is a metric.  In linear space by Zhao and Sahni (2019).
 *
 * Time is the product of the lengths.  Memory is the caller's.
 */
#ifndef DPK_TEXT_SIMILARITY_H
#define DPK_TEXT_SIMILARITY_H

#include "dpk.h"

#define DPK_MAX_COMPARED 10000	/* code points of a text; two of them take a second */

/* Bytes of scratch for texts of that many code points, each at most DPK_MAX_COMPARED; aligned for int32_t */
extern size_t dpk_text_similarity_work(size_t na, size_t nb);

/* 0 to 1; two empty texts are alike.  DPK_STOPPED, else DPK_OK. */
extern dpk_status dpk_jaro(const uint32_t *a, size_t na, const uint32_t *b, size_t nb,
						   void *work, const dpk_stop *stop, double *similarity);
extern dpk_status dpk_jaro_winkler(const uint32_t *a, size_t na, const uint32_t *b, size_t nb,
								   void *work, const dpk_stop *stop, double *similarity);

/* The number of edits */
extern dpk_status dpk_damerau_levenshtein(const uint32_t *a, size_t na, const uint32_t *b, size_t nb,
										  void *work, const dpk_stop *stop, int *distance);

#endif							/* DPK_TEXT_SIMILARITY_H */
