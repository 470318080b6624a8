/*
 * linkage.c - whether two records mean the same: Fellegi and Sunter (1969), learnt by EM
 */
#include "linkage.h"

#include <math.h>
#include <string.h>

#define FIRST_M 0.9				/* of equal values, the other levels have the rest in equal shares */
#define FIRST_LAMBDA 0.1		/* of the pairs of a rule */
#define HALF 0.5				/* a pair, added to each level */
#define PATTERNS_PER_POLL 4096

typedef double counts[DPK_LINK_FIELDS][DPK_LINK_LEVELS + 1];	/* by field and level + 1 */

typedef struct step
{
	dpk_linkage *link;
	const dpk_link_evidence *evidence;
	counts		weight,
				m,				/* pairs that are the same, what a rule decides left out */
				m_found,		/* the same in all pairs that are found, nothing left out */
				u;				/* pairs that are not */
	double		lambda[DPK_LINK_RULES]; /* of the pairs of a rule */
	double		same[DPK_LINK_RULES],
				pairs[DPK_LINK_RULES];
	uint32_t	open;			/* a bit for each field that some rule does not decide */
} step;

double
dpk_link_weight(const dpk_linkage *link, int field, int level)
{
	return level == DPK_LINK_MISSING ? 0 : log2(link->m[field][level] / link->u[field][level]);
}

double
dpk_link_prior(double lambda)
{
	return log2(lambda / (1 - lambda));
}

double
dpk_link_probability(double weight)
{
	return 1 / (1 + exp2(-weight));
}

static void
add(counts sums, uint64_t levels, int nfields, uint32_t except, double count)
{
	for (int f = 0; f < nfields; f++)
		if (!(except >> f & 1))
			sums[f][dpk_link_level(levels, f) + 1] += count;
}

static double
weigh(const step *s, uint64_t levels, uint32_t except)
{
	double		weight = 0;

	for (int f = 0; f < s->link->nfields; f++)
		if (!(except >> f & 1))
			weight += s->weight[f][dpk_link_level(levels, f) + 1];
	return weight;
}

static void
clear(step *s)
{
	memset(s->m, 0, sizeof s->m);
	memset(s->m_found, 0, sizeof s->m_found);
	memset(s->u, 0, sizeof s->u);
	memset(s->same, 0, sizeof s->same);
	memset(s->pairs, 0, sizeof s->pairs);
	s->link->matches = 0;
	for (int f = 0; f < s->link->nfields; f++)
		for (int l = DPK_LINK_MISSING; l < s->link->nlevels[f]; l++)
			s->weight[f][l + 1] = dpk_link_weight(s->link, f, l);
}

/* Expected numbers of pairs, by the m, u and lambdas there are */
static dpk_status
expect(step *s, const dpk_stop *stop)
{
	const dpk_link_evidence *e = s->evidence;
	int			nfields = s->link->nfields;
	double		prior = dpk_link_prior(s->link->lambda);

	clear(s);
	for (size_t i = 0; i < e->nfound; i++)
	{
		const dpk_link_pattern *p = &e->found[i];
		double		same = p->count * dpk_link_probability(prior + weigh(s, p->levels, 0));

		if (i % PATTERNS_PER_POLL == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		s->link->matches += same;
		add(s->m_found, p->levels, nfields, 0, same);
		for (int r = 0; r < e->nrules; r++)
			if (p->rules >> r & 1)
			{
				same = p->count * dpk_link_probability(dpk_link_prior(s->lambda[r]) + weigh(s, p->levels, e->decided[r]));
				s->same[r] += same;
				s->pairs[r] += p->count;
				add(s->m, p->levels, nfields, e->decided[r], same);
			}
	}
	for (size_t i = 0; i < e->ndrawn; i++)
	{
		const dpk_link_pattern *p = &e->drawn[i];

		if (i % PATTERNS_PER_POLL == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		add(s->u, p->levels, nfields, 0, p->count * dpk_link_probability(-prior - weigh(s, p->levels, 0)));
	}
	return DPK_OK;
}

/* A share, kept off 0 and 1, whose odds have no logarithm */
static double
share(double part, double whole)
{
	return (part + HALF) / (whole + 2 * HALF);
}

/* Counts of levels, missing ones left out, become their shares; returns the largest change */
static double
renew(double *p, const double *n, int nlevels)
{
	double		sum = 0,
				change = 0;

	for (int l = 0; l < nlevels; l++)
		sum += n[l + 1] + HALF;
	for (int l = 0; l < nlevels; l++)
	{
		double		now = (n[l + 1] + HALF) / sum;

		change = fmax(change, fabs(now - p[l]));
		p[l] = now;
	}
	return change;
}

/* The m, u and lambdas that fit these numbers; returns the largest change */
static double
maximize(step *s)
{
	dpk_linkage *link = s->link;
	double		lambda = share(link->matches, s->evidence->all_pairs),
				change = fabs(lambda - link->lambda);

	link->lambda = lambda;
	for (int r = 0; r < s->evidence->nrules; r++)
	{
		lambda = share(s->same[r], s->pairs[r]);
		change = fmax(change, fabs(lambda - s->lambda[r]));
		s->lambda[r] = lambda;
	}
	for (int f = 0; f < link->nfields; f++)
	{
		change = fmax(change, renew(link->m[f], s->open >> f & 1 ? s->m[f] : s->m_found[f], link->nlevels[f]));
		change = fmax(change, renew(link->u[f], s->u[f], link->nlevels[f]));
	}
	return change;
}

/* Before the first step: m by rote, u and lambda as if no pair were the same */
static void
start(step *s)
{
	dpk_linkage *link = s->link;
	uint64_t	rules = 0;

	for (size_t i = 0; i < s->evidence->ndrawn; i++)
		add(s->u, s->evidence->drawn[i].levels, link->nfields, 0, s->evidence->drawn[i].count);
	for (size_t i = 0; i < s->evidence->nfound; i++)
		rules |= s->evidence->found[i].rules;
	for (int r = 0; r < s->evidence->nrules; r++)
	{
		s->lambda[r] = FIRST_LAMBDA;
		if (rules >> r & 1)
			s->open |= ~s->evidence->decided[r];
	}
	link->lambda = share(0, s->evidence->all_pairs);
	for (int f = 0; f < link->nfields; f++)
	{
		memset(link->u[f], 0, sizeof link->u[f]);
		renew(link->u[f], s->u[f], link->nlevels[f]);
		for (int l = 0; l < link->nlevels[f]; l++)
			link->m[f][l] = l == 0 ? FIRST_M : (1 - FIRST_M) / (link->nlevels[f] - 1);
	}
}

dpk_status
dpk_linkage_fit(dpk_linkage *link, const dpk_link_evidence *evidence, int iterations, double tolerance, const dpk_stop *stop)
{
	step		s = {.link = link,.evidence = evidence};

	start(&s);
	link->converged = false;
	for (link->iterations = 0; link->iterations < iterations && !link->converged; link->iterations++)
	{
		dpk_status	status = expect(&s, stop);

		if (status != DPK_OK)
			return status;
		link->converged = maximize(&s) <= tolerance;
	}
	return DPK_OK;
}
