/*
 * tfidf.c - in how many documents each term occurs (tfidf.h)
 */
#include "tfidf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "text_words.h"

#define FIRST_ROOM 64

static dpk_term *
terms(const dpk_tfidf *t)
{
	return (dpk_term *) (t + 1);
}

size_t
dpk_tfidf_size(int32_t places)
{
	return sizeof(dpk_tfidf) + (size_t) places * sizeof(dpk_term);
}

void
dpk_tfidf_init(dpk_tfidf *t, int ngram, bool characters, int32_t room)
{
	t->ngram = ngram;
	t->characters = characters;
	t->nterms = 0;
	t->room = room;
	t->documents = 0;
	t->sum = 0;
	memset(terms(t), 0, room * sizeof(dpk_term));
}

dpk_status
dpk_tfidf_room(int64_t nterms, int32_t *room, dpk_error *err)
{
	if (nterms > DPK_TFIDF_TERMS)
	{
		dpk_fail(err, DPK_TOO_BIG, "too many different terms");
		dpk_detail(err, "There may be %d.", DPK_TFIDF_TERMS);
		dpk_hint(err, "Fit fewer documents, drawn at random, or shorter terms.");
		return DPK_TOO_BIG;
	}
	for (*room = FIRST_ROOM; *room / 4 * 3 < nterms;)
		*room *= 2;
	return DPK_OK;
}

void
dpk_tfidf_add(dpk_tfidf *t, uint64_t hash, int64_t documents)
{
	uint32_t	mask = t->room - 1;
	dpk_term   *all = terms(t),
			   *at;

	hash += hash == 0;
	for (uint32_t i = hash >> 32 & mask;; i = (i + 1) & mask)
	{
		at = &all[i];
		if (at->hash == hash || at->hash == 0)
			break;
	}
	t->nterms += at->hash == 0;
	at->hash = hash;
	at->documents = DPK_MIN(at->documents + documents, DPK_MAX_ROWS);
}

void
dpk_tfidf_merge(dpk_tfidf *t, const dpk_tfidf *other)
{
	int32_t		places = other->room > 0 ? other->room : other->nterms;

	for (int32_t i = 0; i < places; i++)
		if (terms(other)[i].hash != 0)
			dpk_tfidf_add(t, terms(other)[i].hash, terms(other)[i].documents);
	t->documents = DPK_MIN(t->documents + other->documents, DPK_MAX_ROWS);
}

static int
compare_terms(const void *a, const void *b)
{
	uint64_t	x = ((const dpk_term *) a)->hash,
				y = ((const dpk_term *) b)->hash;

	return x < y ? -1 : x > y;
}

static void
sum_terms(dpk_tfidf *t)
{
	t->sum = 0;
	for (int32_t i = 0; i < t->nterms; i++)
		t->sum = dpk_mix64(t->sum ^ terms(t)[i].hash) + terms(t)[i].documents;
}

void
dpk_tfidf_order(dpk_tfidf *to, const dpk_tfidf *from)
{
	int32_t		places = from->room > 0 ? from->room : from->nterms;

	dpk_tfidf_init(to, from->ngram, from->characters, 0);
	to->documents = from->documents;
	for (int32_t i = 0; i < places; i++)
		if (terms(from)[i].hash != 0)
			terms(to)[to->nterms++] = terms(from)[i];
	qsort(terms(to), to->nterms, sizeof(dpk_term), compare_terms);
	sum_terms(to);
}

static const dpk_term *
find(const dpk_tfidf *t, uint64_t hash)
{
	uint32_t	mask = t->room - 1;

	if (t->room == 0)
		return bsearch(&(dpk_term) {hash, 0}, terms(t), t->nterms, sizeof(dpk_term), compare_terms);
	for (uint32_t i = hash >> 32 & mask; terms(t)[i].hash != 0; i = (i + 1) & mask)
		if (terms(t)[i].hash == hash)
			return &terms(t)[i];
	return NULL;
}

double
dpk_tfidf_weight(const dpk_tfidf *t, uint64_t hash)
{
	const dpk_term *term = find(t, hash + (hash == 0));

	return term == NULL ? 0 : log((1.0 + t->documents) / (1.0 + term->documents)) + 1;
}

void
dpk_tfidf_write(dpk_writer *w, const dpk_tfidf *t)
{
	dpk_write_int(w, t->ngram);
	dpk_write_int(w, t->characters);
	dpk_write_int(w, t->documents);
	dpk_write_int(w, t->nterms);
	for (int32_t i = 0; i < t->nterms; i++)
	{
		dpk_write_int(w, (int64_t) terms(t)[i].hash);
		dpk_write_int(w, terms(t)[i].documents);
	}
}

dpk_status
dpk_tfidf_read(dpk_reader *r, dpk_tfidf *t, size_t *size)
{
	int			ngram = dpk_read_int(r, 1, DPK_MAX_NGRAM);
	bool		characters = dpk_read_int(r, 0, 1);
	int64_t		documents = dpk_read_int(r, 0, DPK_MAX_ROWS);
	int32_t		n = dpk_read_int(r, 0, DPK_TFIDF_TERMS);

	if (r->failed)
		return DPK_CORRUPT;
	if (t == NULL)
	{
		/* a term takes four bytes of text at least: what is too short is not worth the memory */
		if ((size_t) n > r->length / 4)
			return DPK_CORRUPT;
		*size = dpk_tfidf_size(n);
		return DPK_NO_MEMORY;
	}
	dpk_tfidf_init(t, ngram, characters, 0);
	t->documents = documents;
	for (t->nterms = 0; t->nterms < n; t->nterms++)
	{
		dpk_term   *term = &terms(t)[t->nterms];

		term->hash = (uint64_t) dpk_read_int(r, INT64_MIN, INT64_MAX);
		term->documents = dpk_read_int(r, 1, documents);
		if (r->failed || term->hash == 0 || (t->nterms > 0 && term->hash <= term[-1].hash))
			return DPK_CORRUPT;
	}
	sum_terms(t);
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
