/*
 * link_pairs.h - records of two sources, paired by blocking rules and compared
 *
 * What dp.fit_linkage() learns is a jsonb value that says all there is to know:
 *		{"lambda": 0.0003, "blocking": ["surname", ...], "comparisons":
 *		 [{"column": "name", "jaro_winkler": [0.92, 0.8], "term_frequency": true, "m": [...], "u": [...],
 *		   "terms": {"anna": 0.02, ...}, "other_terms": 0.0001}, ...]}
 * and the argument 'comparisons' of the fit is such a list without what is
 * learnt.  So a person can read it, and change it; it is checked when read.
 */
#ifndef DP_LINK_PAIRS_H
#define DP_LINK_PAIRS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "keys.h"
#include "linkage.h"

#define DP_LINK_POINTS 1000		/* the most characters of a text that is compared by more than equality */

#define DP_LINK_LEAST 1e-300		/* probability in a model, so that weights are finite */

typedef enum dp_link_kind
{
	DP_LINK_EXACT,				/* equal or not */
	DP_LINK_JARO_WINKLER,		/* at least so similar, thresholds falling */
	DP_LINK_DAMERAU_LEVENSHTEIN,	/* at most so many edits, rising */
	DP_LINK_NUMERIC,			/* at most so far apart, rising */
	DP_LINK_DATE				/* days */
} dp_link_kind;

typedef struct dp_link_field
{
	char	   *column;
	dp_link_kind kind;
	int			nthresholds;
	double		thresholds[DPK_LINK_LEVELS];
	bool		term_frequency;
	Jsonb	   *terms;			/* the share of a value among all; NULL where not learnt */
	double		other_terms;	/* of a value that is not there */
} dp_link_field;

#define dp_link_is_text(f) ((f)->kind < DP_LINK_NUMERIC)

typedef struct dp_link_spec
{
	dpk_linkage link;			/* m, u and lambda where the model is known */
	dp_link_field fields[DPK_LINK_FIELDS];
	int			nrules;
	char	   *rules[DPK_LINK_RULES];
} dp_link_spec;

/* link_spec.c: from comparisons, and from a model */
extern const char *const dp_link_kind_names[];
extern void dp_link_read_comparisons(dp_link_spec *spec, Jsonb *comparisons);
extern void dp_link_read_model(dp_link_spec *spec, Jsonb *model);

typedef struct dp_link_word	/* a value of a field, and how often it is there */
{
	uint32		frequency;		/* on both sides */
	uint32		n;				/* code points */
	union
	{
		uint32	   *points;
		double		number;
	}			is;
} dp_link_word;

/* link_compare.c: values of a field, not missing; 'work' is of dp_link_work() bytes */
extern size_t dp_link_work(void);
extern dp_link_word dp_link_make_word(const dp_link_field *field, const text *t, double number);	/* palloc'd points */
extern int	dp_link_compare(const dp_link_field *field, bool equal, const dp_link_word *x, const dp_link_word *y, void *work);

/* The weight of a level; 'value' are the bytes of the text where field and level are asked for its frequency */
extern double dp_link_weigh(const dp_link_spec *spec, int field, int level, const char *value, size_t length);

typedef struct dp_link_side
{
	const char *what;			/* for errors */
	uint32		n,
				room;
	Datum	   *keys;			/* text */
	uint32	   *words;			/* (n, fields): 0 where it is missing */
	uint32	   *blocks;			/* (n, rules): 0 for none */
	uint32	   *drawn;			/* the records in an order drawn by a hash of their keys */
} dp_link_side;

typedef struct dp_link_pairs
{
	const dp_link_spec *spec;
	MemoryContext context;
	dp_link_side left,
				right;			/* the same where a source is linked with itself */
	bool		self;
	uint32		decided[DPK_LINK_RULES];	/* a bit for each field of a column that a rule uses */
	dp_keys    *values;			/* known by their field and text; a word is one more than its number */
	dp_link_word *words;
	uint32		words_room;
	int64		filled[DPK_LINK_FIELDS];	/* values of a field on both sides */
	dp_keys    *names;			/* of blocks, known by rule and text */
	uint32	   *first,			/* (blocks + 2): the right records of a block */
			   *members;
	void	   *work;			/* for the comparison of texts */
} dp_link_pairs;

/* link_read.c: a side read as the caller, and what is too much for memory */
extern void dp_link_read_side(dp_link_pairs *pairs, dp_link_side *side, const char *what, const char *source, int64 seed);
extern void dp_link_check_memory(const dp_link_pairs *pairs, const dp_link_side *side, size_t more);

/* link_pairs.c: reads both sides (right NULL: the left one with itself); SPI is connected */
extern dp_link_pairs *dp_link_open(const dp_link_spec *spec, const char *left, const char *right, double max_pairs, int64 seed);

/* The bytes of a word that is a text */
extern const char *dp_link_text(const dp_link_pairs *pairs, uint32 word, size_t *length);

/* Calls 'use' for each pair that rules find, once, with its levels and a bit for each rule */
typedef void (*dp_link_user) (dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, uint64_t rules, void *arg);
extern int64 dp_link_each(dp_link_pairs *pairs, dp_link_user use, void *arg);

/* The same for about so many pairs, drawn by a hash of their keys, of all there are; no rules */
extern void dp_link_draw(dp_link_pairs *pairs, double wanted, dp_link_user use, void *arg);
extern double dp_link_all(const dp_link_pairs *pairs);

#endif							/* DP_LINK_PAIRS_H */
