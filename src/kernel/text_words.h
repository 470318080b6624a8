/*
 * text_words.h - texts without what does not matter, and their shingles
 *
 * Words are runs of letters, marks and numbers by Unicode's tables, so the
 * same in every locale.  Case is folded as Unicode's full case folding does
 * ("ß" becomes "ss").  Normal forms are the caller's matter.
 */
#ifndef DPK_TEXT_WORDS_H
#define DPK_TEXT_WORDS_H

#include "dpk.h"

#define DPK_MAX_NGRAM 32

typedef enum dpk_text_change
{
	DPK_FOLD_CASE = 1,
	DPK_STRIP_PUNCTUATION = 2,	/* what belongs to no word becomes a space */
	DPK_STRIP_ACCENTS = 4,		/* marks that take no space; of a decomposed text */
	DPK_STRIP_DIACRITICS = 8,	/* of these those of Latin, Greek and Cyrillic alone: others are letters of their own */
	DPK_KEEP_SYMBOLS = 16		/* of what DPK_STRIP_PUNCTUATION takes: "+" is none of it */
} dpk_text_change;

extern bool dpk_is_word_point(uint32_t c);

/* Signs of mathematics, currency and others, but not modifiers ("^") */
extern bool dpk_is_symbol_point(uint32_t c);

/* ASCII for a folded letter that is no letter with an accent ("ø"), as OpenRefine's fingerprints have it; NULL for others.  Not longer in UTF-8. */
extern const char *dpk_plain_letter(uint32_t c);

/* Whether a normal form may join a point to what precedes it, or move it before that: a text may be cut before any other */
extern bool dpk_is_joining_point(uint32_t c);

/* The changed points to 'out', with room for 3n; returns how many */
extern size_t dpk_text_change_points(const uint32_t *points, size_t n, int changes, uint32_t *out);

/* The same for ASCII text, from bytes to bytes: n of them */
extern void dpk_text_change_ascii(const char *text, size_t n, int changes, char *out);

/*
 * Runs of white space become one space, none at the ends, in place; returns
 * the new length.  To go on with more of the same text: *blank is what the
 * call before left there, at first true, and a space at the end stays until
 * the last piece, when the caller takes it off.
 */
extern size_t dpk_text_squeeze(uint32_t *points, size_t n, bool *blank);
extern size_t dpk_text_squeeze_ascii(char *text, size_t n, bool *blank);

/*
 * Shingles of a text whose words have one space between them: n words in a row
 * with their spaces, or n characters.  A shorter text is one shingle whole, an
 * empty one has none.
 */
typedef struct dpk_shingles
{
	const char *text;			/* UTF-8 */
	size_t		length;
	int			n;				/* up to DPK_MAX_NGRAM */
	bool		characters;
	size_t		at,
				nunits;			/* words or characters so far */
	size_t		starts[DPK_MAX_NGRAM];	/* of the last n of them */
} dpk_shingles;

extern dpk_shingles dpk_shingles_start(const char *text, size_t length, int n, bool characters);

/* False at the end */
extern bool dpk_shingles_next(dpk_shingles *s, const char **shingle, size_t *length);

/* No more than so many shingles does a text have: its words or characters, one at least */
extern size_t dpk_shingles_most(const dpk_shingles *s);

#endif							/* DPK_TEXT_WORDS_H */
