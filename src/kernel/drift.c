/*
 * drift.c - how far two distributions are apart, from what is kept of them
 */
#include "drift.h"

#include <math.h>
#include <string.h>

static double
psi_term(double p, double q)
{
	p = DPK_MAX(p, DPK_LEAST_SHARE);
	q = DPK_MAX(q, DPK_LEAST_SHARE);
	return (p - q) * log(p / q);
}

double
dpk_drift_psi(const dpk_sketch *reference, const double *reference_values, const dpk_sketch *s, const double *values)
{
	double		at[DPK_DRIFT_BINS - 1],
				edges[DPK_DRIFT_BINS - 1],
				psi = 0,
				p_before = 0,
				q_before = 0;

	for (int i = 0; i < DPK_DRIFT_BINS - 1; i++)
		at[i] = (double) (i + 1) / DPK_DRIFT_BINS;
	dpk_sketch_quantiles(reference, reference_values, DPK_DRIFT_BINS - 1, at, edges);
	for (int i = 0; i < DPK_DRIFT_BINS; i++)
	{
		double		less,
					p = 1,
					q = 1;

		if (i < DPK_DRIFT_BINS - 1)
		{
			dpk_sketch_rank(reference, reference_values, edges[i], &less, &p);
			dpk_sketch_rank(s, values, edges[i], &less, &q);
			if (i > 0 && edges[i] == edges[i - 1])
				continue;		/* of equal deciles there is one bin */
		}
		psi += psi_term(p - p_before, q - q_before);
		p_before = p;
		q_before = q;
	}
	return psi;
}

/* The largest distance at the values that one of them keeps */
static double
ks_at(const dpk_sketch *points, const double *at, const dpk_sketch *a, const double *a_values, const dpk_sketch *b, const double *b_values)
{
	double		most = 0;

	for (int i = 0; i < points->nvalues; i++)
	{
		double		less,
					p,
					q;

		dpk_sketch_rank(a, a_values, at[i], &less, &p);
		dpk_sketch_rank(b, b_values, at[i], &less, &q);
		most = fmax(most, fabs(p - q));
	}
	return most;
}

double
dpk_drift_ks(const dpk_sketch *reference, const double *reference_values, const dpk_sketch *s, const double *values)
{
	return fmax(ks_at(reference, reference_values, reference, reference_values, s, values),
				ks_at(s, values, reference, reference_values, s, values));
}

static int
compare(const dpk_top *a, int i, const dpk_top *b, int j)
{
	const dpk_top_entry *x = dpk_top_entry_at(a, i),
			   *y = dpk_top_entry_at(b, j);

	return dpk_compare_bytes(dpk_top_label(a, x), x->label_length, dpk_top_label(b, y), y->label_length);
}

double
dpk_drift_top_psi(const dpk_top *reference, const dpk_top *t)
{
	double		psi = 0;
	int			i = 0,
				j = 0;

	while (i < reference->nentries || j < t->nentries)
	{
		int			order = i == reference->nentries ? 1 : j == t->nentries ? -1 : compare(reference, i, t, j);
		double		p = order <= 0 ? (double) dpk_top_entry_at(reference, i)->count / reference->n : 0,
					q = order >= 0 ? (double) dpk_top_entry_at(t, j)->count / t->n : 0;

		psi += psi_term(p, q);
		i += order <= 0;
		j += order >= 0;
	}
	return psi;
}
