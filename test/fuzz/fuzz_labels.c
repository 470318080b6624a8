/*
 * fuzz_labels.c - any text or bytes as counts of labels or a model of voters; what is read can be used and written
 *
 * The first byte picks the type, its highest bit the form.
 */
#include <stdlib.h>
#include <string.h>

#include "label_counts.h"
#include "label_model.h"

static void
use_counts(const dpk_label_counts *c, bool binary)
{
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	dpk_label_counts *copy = calloc(1, dpk_label_counts_size(c->n + 1, c->label_bytes + 1));

	dpk_label_counts_write(&w, c);
	dpk_label_counts_init(copy, c->n + 1, c->label_bytes + 1);
	dpk_label_counts_copy(copy, c);
	dpk_label_counts_add(copy, "a", 1, 2, &err);
	dpk_label_counts_item(copy, 2, 1);
	dpk_label_counts_merge(copy, c, &err);
	dpk_label_counts_best(copy);
	dpk_fleiss_kappa(copy);
	dpk_krippendorff_alpha(copy);
	free(copy);
}

static void
use_model(const dpk_label_model *m, bool binary)
{
	dpk_writer	w = {.binary = binary};
	size_t		bytes;
	double	   *evidence,
			   *p = calloc(m->nclasses, sizeof *p);
	int32_t		voters[] = {0, m->nvoters - 1},
				answers[] = {m->nclasses - 1, 0};

	dpk_label_model_write(&w, m);
	if (dpk_label_evidence_bytes(m, &bytes))
	{
		evidence = calloc(1, bytes);
		dpk_label_evidence(m, evidence);
		dpk_label_probabilities(m, evidence, 2, voters, answers, p, NULL);
		free(evidence);
	}
	dpk_label_find_class(m, "a", 1);
	dpk_label_find_voter(m, "w", 1);
	dpk_label_accuracy(m, m->nvoters - 1);
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	dpk_reader	r;
	bool		is_model;
	size_t		size = 0;
	void	   *state;
	dpk_status	status;

	if (n == 0)
		return 0;
	is_model = bytes[0] & 1;
	r = (dpk_reader) {.data = (const char *) bytes + 1,.length = n - 1,.binary = bytes[0] & 0x80};
	status = is_model ? dpk_label_model_read(&r, NULL, &size) : dpk_label_counts_read(&r, NULL, &size);
	if (status != DPK_NO_MEMORY || size > 64 << 20)
		return 0;
	state = calloc(1, size);
	r.at = 0;
	r.failed = false;
	status = is_model ? dpk_label_model_read(&r, state, &size) : dpk_label_counts_read(&r, state, &size);
	if (status == DPK_OK && is_model)
		use_model(state, r.binary);
	else if (status == DPK_OK)
		use_counts(state, r.binary);
	free(state);
	return 0;
}
