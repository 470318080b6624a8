/*
 * linkage.h - whether two records mean the same: Fellegi and Sunter (1969), learnt by EM
 *
 * A pair of records is compared field by field.  Each comparison ends in a
 * level: 0 for equal, then less and less alike, the last for anything else;
 * DPK_LINK_MISSING where a value is missing, which says nothing.  m is how
 * probable a level is among pairs that are the same, u among those that are
 * not, lambda how many pairs are.  A pattern of levels is one uint64_t, four
 * bits for each field, so EM runs over the patterns and their number alone.
 */
#ifndef DPK_LINKAGE_H
#define DPK_LINKAGE_H

#include "dpk.h"

#define DPK_LINK_FIELDS 16
#define DPK_LINK_LEVELS 8
#define DPK_LINK_MISSING (-1)

typedef struct dpk_linkage
{
	int			nfields;
	int			nlevels[DPK_LINK_FIELDS];
	double		m[DPK_LINK_FIELDS][DPK_LINK_LEVELS];
	double		u[DPK_LINK_FIELDS][DPK_LINK_LEVELS];
	double		lambda;
	int			iterations;		/* it took */
} dpk_linkage;

typedef struct dpk_link_pattern
{
	uint64_t	levels;
	int64_t		count;			/* pairs */
} dpk_link_pattern;

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

/* Where EM starts: m 0.9 for equal values, u 0.9 for different ones, lambda 0.1 */
extern void dpk_linkage_start(dpk_linkage *link);

/*
 * Patterns in ascending order; ends once no probability changes by 'tolerance'
 * or after 'iterations'.  DPK_STOPPED, else DPK_OK.
 */
extern dpk_status dpk_linkage_fit(dpk_linkage *link, const dpk_link_pattern *patterns, size_t n,
								  int iterations, double tolerance, const dpk_stop *stop);

/* log2(m / u) of a level, 0 for a missing value, and log2 of the odds before any comparison */
extern double dpk_link_weight(const dpk_linkage *link, int field, int level);
extern double dpk_link_prior(const dpk_linkage *link);

/* The probability of odds 2^weight */
extern double dpk_link_probability(double weight);

#endif							/* DPK_LINKAGE_H */
