/*
 * link_pairs.h - records of two sources, paired by blocking rules and compared
 *
 * What dp.fit_linkage() learns is a jsonb value that says all there is to know:
 *		{"lambda": 0.03, "blocking": ["surname", ...], "comparisons":
 *		 [{"column": "name", "jaro_winkler": [0.92, 0.8], "m": [...], "u": [...]}, ...]}
 * and the argument 'comparisons' of the fit is such a list without m and u.
 */
#ifndef DP_LINK_PAIRS_H
#define DP_LINK_PAIRS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "keys.h"
#include "linkage.h"

#define DP_LINK_RULES 16

typedef enum dp_link_kind
{
	DP_LINK_EXACT,				/* equal or not */
	DP_LINK_JARO_WINKLER,		/* at least so similar, thresholds falling */
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
} dp_link_field;

typedef struct dp_link_spec
{
	dpk_linkage link;			/* m, u and lambda where the model is known */
	dp_link_field fields[DPK_LINK_FIELDS];
	int			nrules;
	char	   *rules[DP_LINK_RULES];
} dp_link_spec;

/* link_spec.c: from comparisons and blocking rules, from a model, and the model as jsonb */
extern void dp_link_read_comparisons(dp_link_spec *spec, Jsonb *comparisons, bool needs_probabilities);
extern void dp_link_read_model(dp_link_spec *spec, Jsonb *model);
extern Jsonb *dp_link_write_model(const dp_link_spec *spec, int64 npairs);

/* link_pairs.c */
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

typedef struct dp_link_side
{
	uint32		n,
				room;
	Datum	   *keys;			/* text */
	uint32	   *words;			/* (n, fields): 0 where it is missing */
	uint32	   *blocks;			/* (n, rules): 0 for none */
} dp_link_side;

typedef struct dp_link_pairs
{
	const dp_link_spec *spec;
	MemoryContext context;
	dp_link_side left,
				right;			/* the same where a source is linked with itself */
	bool		self;
	dp_keys    *values;			/* known by their field and text; a word is one more than its number */
	dp_link_word *words;
	uint32		words_room;
	int64		filled[DPK_LINK_FIELDS];	/* values of a field on both sides */
	dp_keys    *names;			/* of blocks, known by rule and text */
	uint32	   *first,			/* (blocks + 2): the right records of a block */
			   *members;
	void	   *work;			/* for the comparison of texts */
} dp_link_pairs;

/* Reads both sides (right NULL: the left one with itself); SPI is connected */
extern dp_link_pairs *dp_link_open(const dp_link_spec *spec, const char *left, const char *right, double max_pairs);

/* Calls 'use' for each pair once, with its levels */
typedef void (*dp_link_user) (dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, void *arg);
extern int64 dp_link_each(dp_link_pairs *pairs, dp_link_user use, void *arg);

#endif							/* DP_LINK_PAIRS_H */
