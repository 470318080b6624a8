/*
 * test_votes.c - models of voters and counts of labels: the edges; test/sql/votes.sql has the numbers
 */
#include "tap.h"

#include "hash.h"
#include "label_counts.h"
#include "label_model.h"

/* Learn from n votes of 'nvoters' on items of as many votes */
static dpk_status
learn(dpk_label_method method, int nclasses, int nvoters, size_t nitems, int32_t *answer, dpk_label_model **m)
{
	size_t	   *first = calloc(nitems + 1, sizeof *first),
				bytes;
	int32_t    *voter = calloc(nitems * nvoters, sizeof *voter);
	dpk_votes	votes = {nitems, nitems * nvoters, nvoters, nclasses, first, voter, answer, NULL};
	dpk_label_options options = {50, 0, 0.01};
	dpk_status	status;
	void	   *work;

	for (size_t i = 0; i <= nitems; i++)
		first[i] = i * nvoters;
	for (size_t i = 0; i < nitems * nvoters; i++)
		voter[i] = (int32_t) (i % nvoters);
	dpk_label_model_size(method, nclasses, nvoters, false, 10, &bytes);
	*m = calloc(1, bytes);
	dpk_label_model_init(*m, method, nclasses, nvoters, false, 10);
	dpk_label_work(method, &votes, &bytes);
	work = calloc(1, bytes);
	status = dpk_label_fit(*m, &votes, &options, NULL, work);
	free(work);
	free(voter);
	free(first);
	return status;
}

static void
test_models(void)
{
	static int32_t same[4],
				many[3 * 10000];

	for (int i = 0; i < 3 * 10000; i++)
		many[i] = (i / 3 + (dpk_mix64(i) % 7 == 0)) % 2;
	for (int method = DPK_DAWID_SKENE; method <= DPK_WEIGHTED_MAJORITY; method++)
	{
		const char *name = dpk_label_method_names[method];
		dpk_label_model *m;

		ok(learn(method, 1, 2, 2, same, &m) == DPK_OK && dpk_label_priors(m)[0] == 1 && dpk_label_accuracy(m, 1) == 1, "%s, one class", name);
		free(m);
		ok(learn(method, 3, 1, 1, (int32_t[]) {2}, &m) == DPK_OK && dpk_label_votes(m)[0] == 1 && dpk_label_priors(m)[2] > 0.9, "%s, one vote", name);
		free(m);
		ok(learn(method, 2, 3, 10000, many, &m) == DPK_OK && fabs(dpk_label_accuracy(m, 1) - 6.0 / 7) < 0.02, "%s finds how often a voter is right", name);
		free(m);
	}
	ok(dpk_label_argmax((double[]) {0.3, 0.35 - 1e-13, 0.35}, 3) == 1 && dpk_label_argmax((double[]) {0.3, 0.35 - 1e-11, 0.35}, 3) == 2, "ties");
}

static void
test_counts(void)
{
	dpk_error	err;
	dpk_label_counts *a = calloc(1, dpk_label_counts_size(2, 10)),
			   *b = calloc(1, dpk_label_counts_size(2, 10));

	dpk_label_counts_init(a, 2, 10);
	dpk_label_counts_init(b, 2, 10);
	ok(dpk_label_counts_best(a) == -1 && isnan(dpk_fleiss_kappa(a)) && isnan(dpk_krippendorff_alpha(a)), "nothing counted");
	dpk_label_counts_add(a, "x", 1, 0.1, &err);
	dpk_label_counts_add(b, "x", 1, 0.2, &err);
	dpk_label_counts_add(b, "y", 1, 0.3, &err);
	ok(dpk_label_counts_merge(a, b, &err) == DPK_OK && dpk_label_counts_best(a) == 0, "0.1 + 0.2 and 0.3 are a tie");
	ok(dpk_label_counts_add(a, "z", 1, 1, &err) == DPK_NO_MEMORY, "no room");
	dpk_label_count_at(b, 0)->weight.sum = 1e300;
	ok(dpk_label_counts_merge(b, b, &err) == DPK_TOO_BIG, "weights beyond what can be read back");
	free(a);
	free(b);
}

int
main(void)
{
	test_models();
	test_counts();
	return done();
}
