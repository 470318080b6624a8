/*
 * profile.c - correlations of windows along neighbouring diagonals
 *
 * Lane l follows the pairs (i, i + diagonal + l).  Their covariance becomes
 * the next one's by what leaves and what enters both windows; it is kept in
 * registers, and the best of a row is taken across the lanes once.
 */
#include "profile.h"

#define L (V / 2)				/* doubles per register */
#define REGISTERS (DPK_PROFILE_LANES / L)
#define AT_ONCE (DPK_LEVEL == DPK_LEVEL_avx512 ? 8 : 4)

typedef double dvec __attribute__((vector_size(V * 4), aligned(8), may_alias));
typedef int64_t lvec __attribute__((vector_size(V * 4), aligned(8), may_alias));

#define DVEC(p) (*(dvec *) (p))
#define CDVEC(p) (*(const dvec *) (p))

/* NaN, which is the first of the two, loses */
TILE dvec
larger(dvec a, dvec b)
{
	lvec		mask = a > b;

	return (dvec) ((mask & (lvec) a) | (~mask & (lvec) b));
}

void
DPK_NAME(profile) (const dpk_profile *p, size_t diagonal, size_t row, size_t count)
{
	for (int part = 0; part < REGISTERS; part += AT_ONCE, diagonal += AT_ONCE * L)
	{
		dvec		covariance[AT_ONCE] = {{0}};

		for (size_t k = 0; k < p->m; k++)
			UNROLL for (int r = 0; r < AT_ONCE; r++)
			{
				size_t		j = row + diagonal + r * L;

				covariance[r] += (p->x[row + k] - p->mean[row]) * (CDVEC(p->x + j + k) - CDVEC(p->mean + j));
			}
		for (size_t i = row; i < row + count; i++)
		{
			dvec		best = (dvec) {0} + p->best[i];

			UNROLL for (int r = 0; r < AT_ONCE; r++)
			{
				size_t		j = i + diagonal + r * L;
				dvec		correlation;

				if (i > row)
					covariance[r] += p->difference[i] * CDVEC(p->sum + j) + p->sum[i] * CDVEC(p->difference + j);
				correlation = covariance[r] * p->scale[i] * CDVEC(p->scale + j);
				best = larger(correlation, best);
				DVEC(p->best + j) = larger(correlation, CDVEC(p->best + j));
			}
			UNROLL for (int l = 0; l < L; l++)
				if (best[l] > p->best[i])
					p->best[i] = best[l];
		}
	}
}
