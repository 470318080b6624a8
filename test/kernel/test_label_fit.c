/*
 * test_label_fit.c - that a fit stops when it is asked to, whatever makes it long
 *
 * Its numbers are compared with other programs' in test/sql/votes.sql.
 */
#include "tap.h"

#include <stdlib.h>

#include "label_model.h"

static bool
always(void *arg)
{
	return true;
}

/* Each item has a vote of each voter; the answers go round the classes */
static dpk_status
fit(dpk_label_method method, size_t nitems, int nvoters, int nclasses, const dpk_stop *stop)
{
	size_t		n = nitems * nvoters,
			   *first = malloc((nitems + 1) * sizeof(size_t)),
				bytes,
				work_bytes;
	int32_t    *voter = malloc(n * sizeof(int32_t)),
			   *answer = malloc(n * sizeof(int32_t));
	dpk_votes	votes = {nitems, n, nvoters, nclasses, first, voter, answer, NULL};
	dpk_label_options options = {.iterations = 2,.tolerance = 0,.smoothing = 0.01};
	dpk_status	status = DPK_CORRUPT;

	for (size_t e = 0; e < n; e++)
	{
		voter[e] = e % nvoters;
		answer[e] = e % nclasses;
	}
	for (size_t i = 0; i <= nitems; i++)
		first[i] = i * nvoters;
	if (dpk_label_model_size(method, nclasses, nvoters, false, 0, &bytes) && dpk_label_work(method, &votes, &work_bytes))
	{
		dpk_label_model *m = calloc(1, bytes);
		void	   *work = malloc(work_bytes);

		dpk_label_model_init(m, method, nclasses, nvoters, false, 0);
		status = dpk_label_fit(m, &votes, &options, stop, work);
		free(work);
		free(m);
	}
	free(first);
	free(voter);
	free(answer);
	return status;
}

int
main(void)
{
	const dpk_stop stop = {always, NULL};

	ok(fit(DPK_DAWID_SKENE, 100, 3, 4, &stop) == DPK_OK, "what is short is not asked");
	ok(fit(DPK_DAWID_SKENE, 3000, 4, 1000, NULL) == DPK_OK, "many classes");
	ok(fit(DPK_DAWID_SKENE, 3000, 4, 1000, &stop) == DPK_STOPPED, "stop");
	ok(fit(DPK_ONE_COIN, 3000, 4, 1000, &stop) == DPK_STOPPED, "for one number of each voter, too");
	ok(fit(DPK_WEIGHTED_MAJORITY, 3000, 4, 1000, &stop) == DPK_STOPPED, "and for weights");
	ok(fit(DPK_DAWID_SKENE, 1000, 20000, 2, &stop) == DPK_STOPPED, "many votes of few items stop");
	ok(fit(DPK_DAWID_SKENE, 1, 100, 500, &stop) == DPK_STOPPED, "many numbers of each voter stop");
	return done();
}
