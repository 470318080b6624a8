/*
 * tfidf.h - in how many documents each term occurs, mergeable, and what it weighs
 *
 * A term t that occurs f times in a document weighs
 *		f * (ln((1 + documents) / (1 + documents with t)) + 1)
 * and a document's weights are divided by their Euclidean length, as
 * scikit-learn's TfidfVectorizer does by default (Salton and Buckley,
 * "Term-weighting approaches in automatic text retrieval", 1988).
 *
 * Terms are known by a 64-bit hash, so a state has 16 bytes for each whatever
 * its length.  One flat piece of memory that the caller owns: the head, then
 * either a table that is at most three quarters full, or where room is 0 the
 * terms in ascending order, which is all that text and binary forms have.
 */
#ifndef DPK_TFIDF_H
#define DPK_TFIDF_H

#include "fields.h"

#define DPK_TFIDF_TERMS (2 * 1024 * 1024)

typedef struct dpk_term
{
	uint64_t	hash;			/* never 0, which is an empty place */
	int64_t		documents;
} dpk_term;

typedef struct dpk_tfidf
{
	int32_t		header;			/* the caller's */
	int16_t		ngram;			/* of the shingles that are terms */
	bool		characters;
	int32_t		nterms,
				room;			/* a power of two, or 0 */
	int64_t		documents;
	uint64_t	sum;			/* of ordered terms: tells one such state from another */
} dpk_tfidf;

extern size_t dpk_tfidf_size(int32_t places);
extern void dpk_tfidf_init(dpk_tfidf *t, int ngram, bool characters, int32_t room);

/* The room a table needs for so many terms; DPK_TOO_BIG beyond DPK_TFIDF_TERMS */
extern dpk_status dpk_tfidf_room(int64_t nterms, int32_t *room, dpk_error *err);

static inline bool
dpk_tfidf_has_room(const dpk_tfidf *t, int64_t more)
{
	return t->room > 0 && t->nterms + more <= (int64_t) t->room / 4 * 3;
}

/* One more document, or so many with that term; there is room */
extern void dpk_tfidf_add(dpk_tfidf *t, uint64_t hash, int64_t documents);

/* All terms of another and its documents; there is room */
extern void dpk_tfidf_merge(dpk_tfidf *t, const dpk_tfidf *other);

/* In order, to 'to', of size dpk_tfidf_size(from->nterms) */
extern void dpk_tfidf_order(dpk_tfidf *to, const dpk_tfidf *from);

/* ln((1 + documents) / (1 + documents with the term)) + 1; 0 for a term no document has */
extern double dpk_tfidf_weight(const dpk_tfidf *t, uint64_t hash);

extern void dpk_tfidf_write(dpk_writer *w, const dpk_tfidf *t);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_tfidf_read(dpk_reader *r, dpk_tfidf *t, size_t *size);

#endif							/* DPK_TFIDF_H */
