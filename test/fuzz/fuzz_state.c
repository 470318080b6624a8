/*
 * fuzz_state.c - any text or bytes as the state of an aggregate; what is read can be used, merged and written
 *
 * The first byte picks the state and the form.
 */
#include <stdlib.h>

#include "class_counts.h"
#include "errors.h"
#include "scaler.h"
#include "score_bins.h"

typedef dpk_status (*reader) (dpk_reader *r, void *state, size_t *size);

static void *
read_state(const uint8_t *bytes, size_t n, bool binary, reader read)
{
	dpk_reader	r = {(const char *) bytes, n, 0, binary, false};
	size_t		size = 0;
	void	   *state;

	if (read(&r, NULL, &size) != DPK_NO_MEMORY || size > 64 << 20)
		return NULL;
	state = calloc(1, size);
	r.at = 0;
	r.failed = false;
	if (read(&r, state, &size) == DPK_OK)
		return state;
	free(state);
	return NULL;
}

static dpk_status
read_scaler(dpk_reader *r, void *state, size_t *size)
{
	return dpk_scaler_read(r, state, size);
}

static dpk_status
read_class_counts(dpk_reader *r, void *state, size_t *size)
{
	return dpk_class_counts_read(r, state, size);
}

static dpk_status
read_score_bins(dpk_reader *r, void *state, size_t *size)
{
	return dpk_score_bins_read(r, state, size);
}

static dpk_status
read_errors(dpk_reader *r, void *state, size_t *size)
{
	return dpk_errors_read(r, state, size);
}

static void
use_scaler(const dpk_scaler *s, bool binary)
{
	dpk_writer	w = {NULL, 0, binary};
	dpk_error	err;
	size_t		size;
	dpk_scaler *copy;
	double	   *numbers;

	dpk_scaler_write(&w, s);
	if (!dpk_scaler_size(s->method, s->nfeatures, DPK_SKETCH_MAX, &size) || size > 64 << 20)
		return;
	copy = calloc(1, size);
	numbers = calloc(2 * s->nfeatures, sizeof *numbers);
	dpk_scaler_init(copy, s->method, s->nfeatures, DPK_SKETCH_MAX);
	dpk_scaler_copy(copy, s);
	dpk_scaler_add(copy, numbers, NULL, &err);
	if (dpk_scaler_merge(copy, s, &err) == DPK_OK)
		dpk_scaler_resolve(copy, numbers, numbers + s->nfeatures, &err);
	free(numbers);
	free(copy);
}

static void
use_class_counts(const dpk_class_counts *c, bool binary)
{
	dpk_writer	w = {NULL, 0, binary};
	dpk_error	err;
	dpk_class_counts *copy = calloc(1, dpk_class_counts_size(c->nclasses + 1, c->label_bytes + 1));

	dpk_class_counts_write(&w, c);
	dpk_class_counts_init(copy, c->nclasses + 1, c->label_bytes + 1);
	dpk_class_counts_copy(copy, c);
	dpk_class_counts_add(copy, "a", 1, "b", 1, &err);
	dpk_class_counts_merge(copy, c, &err);
	dpk_class_counts_scores(copy);
	free(copy);
}

static void
use_score_bins(const dpk_score_bins *b, bool binary)
{
	dpk_writer	w = {NULL, 0, binary};
	dpk_error	err;
	dpk_score_bins *copy = calloc(1, dpk_score_bins_size(DPK_SCORES_ROOM));

	dpk_score_bins_write(&w, b);
	dpk_score_bins_init(copy, DPK_SCORES_ROOM);
	dpk_score_bins_copy(copy, b);
	dpk_score_bins_add(copy, 0.5, true, &err);
	dpk_score_bins_merge(copy, b, &err);
	dpk_score_bins_auc(copy);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const reader readers[] = {read_scaler, read_class_counts, read_score_bins, read_errors};
	int			kind;
	bool		binary;
	void	   *state;

	if (n == 0)
		return 0;
	kind = bytes[0] % 4;
	binary = bytes[0] & 4;
	state = read_state(bytes + 1, n - 1, binary, readers[kind]);
	if (state == NULL)
		return 0;
	if (kind == 0)
		use_scaler(state, binary);
	else if (kind == 1)
		use_class_counts(state, binary);
	else if (kind == 2)
		use_score_bins(state, binary);
	free(state);
	return 0;
}
