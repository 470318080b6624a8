/*
 * linkage.c - whether two records mean the same: Fellegi and Sunter (1969), learnt by EM
 */
#include "linkage.h"

#include <math.h>
#include <string.h>

#define LEAST 1e-10				/* no m or u is below, so that weights are finite */
#define PATTERNS_PER_POLL 4096

void
dpk_linkage_start(dpk_linkage *link)
{
	link->lambda = 0.1;
	link->iterations = 0;
	for (int f = 0; f < link->nfields; f++)
	{
		int			last = link->nlevels[f] - 1;

		for (int l = 0; l <= last; l++)
		{
			link->m[f][l] = l == 0 ? 0.9 : 0.1 / last;
			link->u[f][l] = l == last ? 0.9 : 0.1 / last;
		}
	}
}

/* How probable it is that pairs of a pattern are the same */
static double
posterior(const dpk_linkage *link, uint64_t levels)
{
	double		same = log(link->lambda),
				other = log1p(-link->lambda);

	for (int f = 0; f < link->nfields; f++)
	{
		int			l = dpk_link_level(levels, f);

		if (l == DPK_LINK_MISSING)
			continue;
		same += log(link->m[f][l]);
		other += log(link->u[f][l]);
	}
	return 1 / (1 + exp(other - same));
}

/* Counts become probabilities; returns the largest change.  Without a count all stay. */
static double
renew(double *p, const double *counts, int n)
{
	double		sum = 0,
				change = 0;

	for (int l = 0; l < n; l++)
		sum += counts[l];
	for (int l = 0; sum > 0 && l < n; l++)
	{
		double		now = fmax(counts[l] / sum, LEAST);

		change = fmax(change, fabs(now - p[l]));
		p[l] = now;
	}
	return change;
}

static dpk_status
iterate(dpk_linkage *link, const dpk_link_pattern *patterns, size_t n, const dpk_stop *stop, double *change)
{
	double		m[DPK_LINK_FIELDS][DPK_LINK_LEVELS] = {{0}},
				u[DPK_LINK_FIELDS][DPK_LINK_LEVELS] = {{0}},
				same = 0,
				all = 0,
				lambda;

	for (size_t i = 0; i < n; i++)
	{
		double		count = (double) patterns[i].count,
					p = posterior(link, patterns[i].levels);

		if (i % PATTERNS_PER_POLL == PATTERNS_PER_POLL - 1 && dpk_stopped(stop))
			return DPK_STOPPED;
		same += count * p;
		all += count;
		for (int f = 0; f < link->nfields; f++)
		{
			int			l = dpk_link_level(patterns[i].levels, f);

			if (l == DPK_LINK_MISSING)
				continue;
			m[f][l] += count * p;
			u[f][l] += count * (1 - p);
		}
	}
	lambda = fmin(fmax(same / all, LEAST), 1 - LEAST);
	*change = fabs(lambda - link->lambda);
	link->lambda = lambda;
	for (int f = 0; f < link->nfields; f++)
	{
		*change = fmax(*change, renew(link->m[f], m[f], link->nlevels[f]));
		*change = fmax(*change, renew(link->u[f], u[f], link->nlevels[f]));
	}
	return DPK_OK;
}

dpk_status
dpk_linkage_fit(dpk_linkage *link, const dpk_link_pattern *patterns, size_t n,
				int iterations, double tolerance, const dpk_stop *stop)
{
	double		change = INFINITY;
	dpk_status	status = DPK_OK;

	for (link->iterations = 0; status == DPK_OK && link->iterations < iterations && !(change < tolerance); link->iterations++)
		status = iterate(link, patterns, n, stop, &change);
	return status;
}

double
dpk_link_weight(const dpk_linkage *link, int field, int level)
{
	return level == DPK_LINK_MISSING ? 0 : log2(link->m[field][level] / link->u[field][level]);
}

double
dpk_link_prior(const dpk_linkage *link)
{
	return log2(link->lambda / (1 - link->lambda));
}

double
dpk_link_probability(double weight)
{
	return 1 / (1 + exp2(-weight));
}
