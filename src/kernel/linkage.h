/*
 * linkage.h - whether two records mean the same: Fellegi and Sunter (1969), learnt by EM
 *
 * A pair of records is compared field by field.  Each comparison ends in a
 * level: 0 for equal, then less and less alike, the last for anything else;
 * DPK_LINK_MISSING where a value is missing, which says nothing.  m is how
 * probable a level is among pairs that are the same, u among those that are
 * not, lambda how many of all pairs are.  A pattern of levels is one uint64_t,
 * four bits for each field, so EM (Winkler 1988; Dempster, Laird and Rubin
 * 1977) runs over the patterns and their number alone.
 *
 * A blocking rule finds the pairs that agree on it.  What it compares is left
 * out while its pairs are looked at, as all of them agree on that, and each
 * rule has its own share of pairs that are the same (splink's way; Linacre and
 * others 2022).  u comes from pairs drawn at random, each counted as far as it
 * is not the same: among few records such pairs hold enough that are.  Half a
 * pair is added to every level (Krichevsky and Trofimov 1981), so none is
 * impossible.
 */
#ifndef DPK_LINKAGE_H
#define DPK_LINKAGE_H

#include "dpk.h"

#define DPK_LINK_FIELDS 16
#define DPK_LINK_LEVELS 8
#define DPK_LINK_RULES 16
#define DPK_LINK_MISSING (-1)

typedef struct dpk_linkage
{
	int			nfields;
	int			nlevels[DPK_LINK_FIELDS];
	double		m[DPK_LINK_FIELDS][DPK_LINK_LEVELS];
	double		u[DPK_LINK_FIELDS][DPK_LINK_LEVELS];
	double		lambda;
	double		matches;		/* pairs that are the same, expected among those the rules find */
	int			iterations;		/* it took */
	bool		converged;
} dpk_linkage;

typedef struct dpk_link_pattern
{
	uint64_t	levels;
	uint64_t	rules;			/* a bit for each rule that such pairs agree on */
	int64_t		count;			/* pairs */
} dpk_link_pattern;

/* What is learnt from; patterns in ascending order of levels, then rules */
typedef struct dpk_link_evidence
{
	int			nrules;
	uint32_t	decided[DPK_LINK_RULES];	/* a bit for each field of what the rule compares */
	const dpk_link_pattern *found,	/* of all pairs some rule finds */
			   *drawn;			/* of pairs drawn at random */
	size_t		nfound,
				ndrawn;
	double		all_pairs;		/* there are, found or not */
} dpk_link_evidence;

static inline uint64_t
dpk_link_put(uint64_t levels, int field, int level)
{
	return levels | (uint64_t) (level + 1) << (4 * field);
}

static inline int
dpk_link_level(uint64_t levels, int field)
{
	return (int) (levels >> (4 * field) & 15) - 1;
}

/*
 * m, u and lambda for the fields and levels of 'link'.  Ends once none of them
 * changes by more than 'tolerance' or after 'iterations'.  DPK_STOPPED, else
 * DPK_OK.
 */
extern dpk_status dpk_linkage_fit(dpk_linkage *link, const dpk_link_evidence *evidence,
								  int iterations, double tolerance, const dpk_stop *stop);

/* log2(m / u) of a level, 0 for a missing value, and log2 of the odds before any comparison */
extern double dpk_link_weight(const dpk_linkage *link, int field, int level);
extern double dpk_link_prior(double lambda);

/* The probability of odds 2^weight */
extern double dpk_link_probability(double weight);

#endif							/* DPK_LINKAGE_H */
