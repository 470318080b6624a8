/*
 * test_linkage.c - Fellegi and Sunter's weights by EM: against numpy 2.4, the steps of test/oracle/linkage.py
 */
#include "tap.h"

#include <math.h>

#include "linkage.h"

static uint64_t
two(int a, int b)
{
	return dpk_link_put(dpk_link_put(0, 0, a), 1, b);
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(b), 1e-9);
}

static bool
at_once(void *arg)
{
	return true;
}

int
main(void)
{
	static const double m[] = {0.410847186143044, 0.589152813856956, 0.6428190936015228, 0.12299795661029418, 0.23418294978818296};
	static const double u[] = {0.010048310282170864, 0.9899516897178291, 0.005248352066020928, 0.010048457266069502, 0.9847031906679095};
	const dpk_link_pattern found[] = {{two(0, -1), 3, 5}, {two(0, 0), 1, 40}, {two(1, 0), 2, 30}, {two(0, 1), 1, 8}, {two(0, 2), 1, 100}};
	const dpk_link_pattern drawn[] = {{two(0, 0), 0, 2}, {two(1, 0), 0, 50}, {two(1, 1), 0, 100}, {two(0, 2), 0, 98}, {two(1, 2), 0, 9750}};
	dpk_link_evidence evidence = {.nrules = 2,.decided = {1, 2},.found = found,.drawn = drawn,.nfound = 5,.ndrawn = 5,.all_pairs = 1e6};
	dpk_linkage link = {.nfields = 2,.nlevels = {2, 3}};
	dpk_stop	stop = {at_once, NULL};
	int			wrong = 0;

	ok(dpk_linkage_fit(&link, &evidence, 50, 0, NULL) == DPK_OK, "learns");
	for (int i = 0; i < 5; i++)
		wrong += !near(link.m[i / 2 > 0][i < 2 ? i : i - 2], m[i]) || !near(link.u[i / 2 > 0][i < 2 ? i : i - 2], u[i]);
	ok(wrong == 0, "m and u are numpy's");
	ok(near(link.lambda, 6.31781308129391e-07) && near(link.matches, 0.13178193991069917), "and lambda");
	ok(near(dpk_link_weight(&link, 1, 0), log2(m[2] / u[2])) && dpk_link_weight(&link, 1, DPK_LINK_MISSING) == 0, "weights are in bits, and what is missing has none");
	ok(near(dpk_link_probability(dpk_link_prior(0.001)), 0.001) && dpk_link_probability(INFINITY) == 1 && dpk_link_probability(-INFINITY) == 0, "probabilities and their odds");

	ok(dpk_linkage_fit(&link, &evidence, 10000, 1e-12, NULL) == DPK_OK && link.converged && link.iterations < 10000, "converges");
	evidence.decided[0] = evidence.decided[1] = 3;
	ok(dpk_linkage_fit(&link, &evidence, 100, 1e-6, NULL) == DPK_OK && link.m[0][0] > 0 && link.m[0][0] < 1, "rules that leave nothing open");
	evidence.nfound = evidence.ndrawn = 0;
	ok(dpk_linkage_fit(&link, &evidence, 100, 1e-6, NULL) == DPK_OK && near(link.u[0][0], 0.5) && near(link.u[1][2], 1.0 / 3), "no pairs: no level is more likely");
	evidence.nfound = evidence.ndrawn = 5;
	ok(dpk_linkage_fit(&link, &evidence, 100, 1e-6, &stop) == DPK_STOPPED, "stops when told to");
	return done();
}
