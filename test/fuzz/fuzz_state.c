/*
 * fuzz_state.c - any text or bytes as the state of an aggregate; what is read can be used, merged and written
 *
 * The first byte picks the state, its highest bit the form.
 */
#include <stdlib.h>
#include <string.h>

#include "class_counts.h"
#include "covariance.h"
#include "distinct.h"
#include "encoder.h"
#include "errors.h"
#include "feature_moments.h"
#include "histogram.h"
#include "quantiles.h"
#include "scaler.h"
#include "score_bins.h"
#include "top.h"

typedef dpk_status (*reader) (dpk_reader *r, void *state, size_t *size);

static void *
read_state(const uint8_t *bytes, size_t n, bool binary, reader read)
{
	dpk_reader	r = {.data = (const char *) bytes, .length = n, .binary = binary};
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

#define READER(name) \
static dpk_status \
read_##name(dpk_reader *r, void *state, size_t *size) \
{ \
	return dpk_##name##_read(r, state, size); \
}

READER(scaler)
READER(class_counts)
READER(score_bins)
READER(errors)
READER(moments)
READER(covariance)
READER(quantiles)
READER(histogram)
READER(distinct)
READER(top)
READER(encoder)

static void
use_scaler(const void *state, bool binary)
{
	const dpk_scaler *s = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	size_t		size;
	dpk_scaler *copy;
	double	   *numbers,
			   *knots;
	dpk_transform *transforms;

	dpk_scaler_write(&w, s);
	if (!dpk_scaler_size(s->method, s->nfeatures, DPK_SKETCH_MAX, &size) || size > 64 << 20)
		return;
	copy = calloc(1, size);
	numbers = calloc(s->nfeatures, sizeof *numbers);
	knots = calloc(s->nfeatures, DPK_KNOTS * sizeof *knots);
	transforms = calloc(s->nfeatures, sizeof *transforms);
	for (int i = 0; i < s->nfeatures; i++)
	{
		transforms[i].knots = knots + (size_t) i * DPK_KNOTS;
		numbers[i] = i + 1;
	}
	dpk_scaler_init(copy, s->method, s->nfeatures, DPK_SKETCH_MAX);
	dpk_scaler_copy(copy, s);
	dpk_scaler_add(copy, numbers, NULL, &err);
	if (dpk_scaler_merge(copy, s, &err) == DPK_OK)
		if (dpk_scaler_resolve(copy, transforms, NULL, &err) == DPK_OK)
			dpk_transform_undo(&transforms[0], dpk_transform_apply(&transforms[0], 1));
	free(transforms);
	free(knots);
	free(numbers);
	free(copy);
}

static void
use_class_counts(const void *state, bool binary)
{
	const dpk_class_counts *c = state;
	dpk_writer	w = {.binary = binary};
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
use_score_bins(const void *state, bool binary)
{
	const dpk_score_bins *b = state;
	dpk_writer	w = {.binary = binary};
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

static void
use_errors(const void *state, bool binary)
{
	dpk_writer	w = {.binary = binary};

	dpk_errors_write(&w, state);
}

static void
use_moments(const void *state, bool binary)
{
	const dpk_feature_moments *m = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	size_t		size;
	dpk_feature_moments *copy;

	dpk_moments_write(&w, m);
	if (!dpk_feature_moments_size(m->nfeatures, &size))
		return;
	copy = malloc(size);
	memcpy(copy, m, size);
	dpk_shape_add(dpk_shape_at(copy, 0), 1);
	dpk_feature_moments_merge(copy, m, &err);
	dpk_shape_kurtosis(dpk_shape_at(copy, 0));
	free(copy);
}

static void
use_covariance(const void *state, bool binary)
{
	const dpk_covariance *c = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	dpk_covariance *copy = malloc(dpk_covariance_size(c->nfeatures));
	double	   *row = calloc(c->nfeatures, sizeof *row);

	dpk_covariance_write(&w, c);
	memcpy(copy, c, dpk_covariance_size(c->nfeatures));
	dpk_covariance_add(copy, row);
	dpk_covariance_merge(copy, c, &err);
	dpk_covariance_correlation(copy, 0, c->nfeatures - 1);
	free(row);
	free(copy);
}

static void
use_quantiles(const void *state, bool binary)
{
	const dpk_quantiles *q = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	size_t		size;
	dpk_quantiles *copy;
	dpk_sketches from = dpk_quantiles_sketches(q),
				to;
	double	   *row,
				p = 0.3,
				result;

	dpk_quantiles_write(&w, q);
	if (!dpk_quantiles_size(q->nfeatures, DPK_SKETCH_MAX, &size) || size > 64 << 20)
		return;
	copy = calloc(1, size);
	row = calloc(q->nfeatures, sizeof *row);
	dpk_quantiles_init(copy, q->nfeatures, DPK_SKETCH_MAX);
	to = dpk_quantiles_sketches(copy);
	dpk_sketches_copy(&to, &from);
	for (int i = 0; i < 3000 / q->nfeatures; i++)
		dpk_quantiles_add(copy, row, NULL, &err);
	dpk_quantiles_merge(copy, q, &err);
	dpk_sketch_quantiles(to.sketch, to.values, 1, &p, &result);
	dpk_sketch_rank(to.sketch, to.values, result, &p, &p);
	free(row);
	free(copy);
}

static void
use_histogram(const void *state, bool binary)
{
	static const double extremes[] = {0, -1e-320, 1e300, 3};
	const dpk_histogram *h = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	dpk_histogram *copy = malloc(dpk_histogram_size(h->nbins)),
			   *fresh = calloc(1, dpk_histogram_size(h->nbins));
	volatile double edge;

	dpk_histogram_write(&w, h);
	memcpy(copy, h, dpk_histogram_size(h->nbins));
	dpk_histogram_init(fresh, h->nbins, h->lower, h->upper);
	dpk_histogram_merge(fresh, h, &err);
	for (int i = 0; i < 4; i++)
		dpk_histogram_add(copy, extremes[i]);
	dpk_histogram_merge(copy, h, &err);
	edge = dpk_histogram_edge(copy, copy->nused);
	(void) edge;
	free(fresh);
	free(copy);
}

static void
use_distinct(const void *state, bool binary)
{
	const dpk_distinct *d = state;
	dpk_writer	w = {.binary = binary};
	dpk_distinct *copy = calloc(1, dpk_distinct_size(DPK_EXACT_HASHES));
	volatile double count;

	dpk_distinct_write(&w, d);
	dpk_distinct_init(copy, DPK_EXACT_HASHES);
	dpk_distinct_add(copy, 1);
	dpk_distinct_merge(copy, d);
	count = dpk_distinct_count(copy);
	(void) count;
	free(copy);
}

static void
use_top(const void *state, bool binary)
{
	const dpk_top *t = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	int			room = 2 * t->capacity,
				label_room = dpk_top_label_bytes(t) + 100;
	dpk_top    *copy = calloc(1, dpk_top_size(room, label_room));

	dpk_top_write(&w, t);
	dpk_top_init(copy, t->capacity, room, label_room);
	dpk_top_copy(copy, t);
	for (char c = 'a'; c < 'z'; c++)
		dpk_top_add(copy, &c, 1, 1, &err);
	if (dpk_top_start_merge(copy, t, &err) == DPK_OK)
		for (int i = 0; i < t->nentries; i++)
			dpk_top_add(copy, dpk_top_label(t, dpk_top_entry_at(t, i)), dpk_top_entry_at(t, i)->label_length, dpk_top_entry_at(t, i)->count, &err);
	free(copy);
}

static void
use_encoder(const void *state, bool binary)
{
	const dpk_encoder *e = state;
	dpk_writer	w = {.binary = binary};
	dpk_error	err;
	int			room = e->method == DPK_K_BINS ? DPK_SKETCH_MAX : e->ncategories + 1,
				index = -1;
	dpk_encoder *copy = calloc(1, dpk_encoder_size(e->method, room, e->label_bytes + 1));
	double		edges[DPK_MAX_K_BINS + 1];
	dpk_target_prior prior;

	dpk_encoder_write(&w, e);
	dpk_encoder_init(copy, e->method, e->bins, room, e->label_bytes + 1);
	dpk_encoder_copy(copy, e);
	if (e->method != DPK_K_BINS)
		dpk_encoder_add(copy, "a", 1, &index, &err);
	dpk_encoder_merge(copy, e, &err);
	if (e->method == DPK_TARGET && index >= 0)
	{
		prior = dpk_encoder_prior(copy, 1);
		dpk_encoder_target(copy, index, 1, &prior);
	}
	if (e->method == DPK_K_BINS)
		dpk_encoder_edges(copy, edges);
	free(copy);
}

static const struct
{
	reader		read;
	void		(*use) (const void *state, bool binary);
} kinds[] = {
	{read_scaler, use_scaler},
	{read_class_counts, use_class_counts},
	{read_score_bins, use_score_bins},
	{read_errors, use_errors},
	{read_moments, use_moments},
	{read_covariance, use_covariance},
	{read_quantiles, use_quantiles},
	{read_histogram, use_histogram},
	{read_distinct, use_distinct},
	{read_top, use_top},
	{read_encoder, use_encoder}
};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	int			kind;
	bool		binary;
	void	   *state;

	if (n == 0)
		return 0;
	kind = (bytes[0] & 0x7F) % (sizeof kinds / sizeof *kinds);
	binary = bytes[0] & 0x80;
	state = read_state(bytes + 1, n - 1, binary, kinds[kind].read);
	if (state == NULL)
		return 0;
	kinds[kind].use(state, binary);
	free(state);
	return 0;
}
