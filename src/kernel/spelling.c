/*
 * spelling.c - which of two spellings cannot be similar (spelling.h)
 */
#include "spelling.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX 4				/* as in text_similarity.c */
#define PREFIX_WEIGHT 0.1
#define ROUNDING 1e-9			/* more than the last bits that the bound is off by */

void
dpk_spelling_init(dpk_spelling *spelling, const uint32_t *points, uint32_t n)
{
	spelling->points = points;
	spelling->n = n;
	spelling->share = n > 0 ? 1.0 / n : 0;
	memset(spelling->counts, 0, sizeof spelling->counts);
	/* letters and digits of ASCII fall into buckets of their own */
	if (n <= DPK_MAX_COUNTED)
		for (uint32_t i = 0; i < n; i++)
			spelling->counts[(points[i] + (points[i] >> 6) * 26) % DPK_SPELLING_BUCKETS]++;
}

/* Characters that occur in both at most: their numbers less those that only one has, in pairs */
static inline uint32_t
most_common(const dpk_spelling *a, const dpk_spelling *b)
{
	int			different = 0;

	if (a->n > DPK_MAX_COUNTED || b->n > DPK_MAX_COUNTED)
		return DPK_MIN(a->n, b->n);
	for (int i = 0; i < DPK_SPELLING_BUCKETS; i++)
		different += abs(a->counts[i] - b->counts[i]);
	return (a->n + b->n - different) / 2;
}

static inline double
boosted(double jaro, uint32_t prefix)
{
	return jaro + prefix * PREFIX_WEIGHT * (1 - jaro) + ROUNDING;
}

bool
dpk_may_be_similar(const dpk_spelling *a, const dpk_spelling *b, double least)
{
	uint32_t	common,
				prefix = 0;
	double		jaro;

	if (a->n == 0 || b->n == 0)
		return a->n == b->n || least <= 0;
	common = most_common(a, b);
	jaro = common == 0 ? 0 : (common * (a->share + b->share) + 1) * (1.0 / 3);
	if (boosted(jaro, PREFIX) < least)
		return false;
	while (prefix < PREFIX && prefix < a->n && prefix < b->n && a->points[prefix] == b->points[prefix])
		prefix++;
	return boosted(jaro, prefix) >= least;
}
