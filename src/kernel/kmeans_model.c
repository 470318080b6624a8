/*
 * kmeans_model.c - a sample of rows, and the clusters found in it
 */
#include "kmeans_model.h"

#include <math.h>

#include "hash.h"

bool
dpk_kmeans_size(int64_t room, size_t *size)
{
	return dpk_mul((size_t) room, sizeof(dpk_sample_value), size) && dpk_add(*size, sizeof(dpk_kmeans), size);
}

static void
seal(dpk_kmeans *t)
{
	t->fitted = 1;
	t->sample.room = t->sample.nvalues;
	t->sample.cutoff = 0;
	t->fingerprint = 0;
	for (int64_t i = 0; i < t->sample.nvalues; i++)
		t->fingerprint = dpk_mix64(t->fingerprint ^ dpk_kmeans_values(t)[i].u) + UINT64_C(0x9E3779B97F4A7C15);
}

void
dpk_kmeans_seal(dpk_kmeans *t, const dpk_clusters *clusters)
{
	dpk_sample_value *v = dpk_kmeans_values(t);

	for (int c = 0; c < t->k; c++)
	{
		(v++)->f = (double) clusters->sizes[c];
		(v++)->f = clusters->inertia[c];
		for (int j = 0; j < t->nfeatures; j++)
			(v++)->f = clusters->centers[(size_t) c * t->nfeatures + j];
	}
	t->sample.nvalues = v - dpk_kmeans_values(t);
	seal(t);
}

void
dpk_kmeans_write(dpk_writer *w, const dpk_kmeans *t)
{
	dpk_write_int(w, t->nfeatures);
	dpk_write_int(w, t->k);
	dpk_write_int(w, t->fitted);
	dpk_write_int(w, t->starts);
	dpk_write_int(w, t->iterations);
	dpk_write_int(w, t->batch);
	dpk_row_sample_write(w, &t->sample, dpk_kmeans_values(t), t->fitted ? 0 : t->nfeatures);
}

static bool
is_sound(const dpk_kmeans *t)
{
	for (int c = 0; c < t->k; c++)
	{
		const dpk_sample_value *v = dpk_kmeans_cluster(t, c);

		if (!(v[0].f >= 0 && v[0].f <= DPK_MAX_ROWS && v[0].f == floor(v[0].f) && v[1].f >= 0))
			return false;
	}
	return true;
}

dpk_status
dpk_kmeans_read(dpk_reader *r, dpk_kmeans *t, size_t *size)
{
	dpk_kmeans	head = {0};
	size_t		needed;

	head.nfeatures = (int) dpk_read_int(r, 1, DPK_KMEANS_FEATURES);
	head.k = (int) dpk_read_int(r, 1, DPK_MAX_CLUSTERS);
	head.fitted = (int) dpk_read_int(r, 0, 1);
	head.starts = (int) dpk_read_int(r, 1, DPK_MAX_STARTS);
	head.iterations = (int) dpk_read_int(r, 1, DPK_MAX_ITERATIONS);
	head.batch = (int) dpk_read_int(r, 0, DPK_MAX_SAMPLE);
	if (r->failed)
		return DPK_CORRUPT;
	dpk_row_sample_read_head(r, &head.sample, head.fitted ? 0 : head.nfeatures);
	if (r->failed || (head.fitted && head.sample.nvalues != head.k * dpk_row_sample_width(head.nfeatures)))
		return DPK_CORRUPT;
	if (!dpk_kmeans_size(head.sample.room, &needed))
		return DPK_TOO_BIG;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	head.header = t->header;
	*t = head;
	dpk_row_sample_read_values(r, &t->sample, dpk_kmeans_values(t), t->fitted ? 0 : t->nfeatures);
	if (!dpk_read_done(r) || (t->fitted && !is_sound(t)))
		return DPK_CORRUPT;
	if (t->fitted)
		seal(t);
	return DPK_OK;
}
