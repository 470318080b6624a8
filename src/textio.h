/*
 * textio.h - texts between the server and floor 0, which reads UTF-8 alone
 */
#ifndef DP_TEXTIO_H
#define DP_TEXTIO_H

#include "compat.h"

#include "miscadmin.h"

#include "text_words.h"

/* A text as UTF-8, whatever the server's encoding: its own bytes where they are that, else palloc'd */
extern const char *dp_text_utf8(const text *t, size_t *length);

/* UTF-8 as a text; an ERROR where the server's encoding lacks a character */
extern text *dp_utf8_text(const char *utf8, size_t length);

/* The code points of a text, palloc'd */
extern uint32 *dp_text_points(const text *t, size_t *n);

/*
 * A text in a normal form (common/unicode_norm.h), changed as the dpk_text_change
 * flags say, its words one space apart: UTF-8, palloc'd, to be read only
 */
typedef enum dp_form
{
	DP_NFC,
	DP_NFD,
	DP_NFKC,
	DP_NFKD
} dp_form;

#define DP_SHINGLE_CHANGES (DPK_FOLD_CASE | DPK_STRIP_PUNCTUATION)	/* with DP_NFKC: how texts are compared unless said otherwise */

extern const char *dp_normal_text(const text *t, dp_form form, int changes, size_t *length);

/* ERROR where so many bytes are too many for what is made of a text */
extern void dp_check_text_memory(size_t bytes);

/* To be called with each shingle that is read: there may be many, or few of a hundred megabytes */
#define DP_SHINGLE_WORK 4194304
static inline void
dp_shingle_work(size_t *work, size_t length)
{
	*work += length + 64;
	if (*work < DP_SHINGLE_WORK)
		return;
	*work = 0;
	CHECK_FOR_INTERRUPTS();
}

/* The shingles of a text, so normalized: 'unit' is "word" or "character"; ERROR where 'ngram' or 'unit' makes no sense */
extern dpk_shingles dp_text_shingles(const text *t, int ngram, const text *unit);

/* The 64-bit hashes of all of them, repeated ones included; palloc'd */
extern uint64 *dp_shingle_hashes(const text *t, int ngram, const text *unit, size_t *n);

#endif							/* DP_TEXTIO_H */
