/*
 * fuzz_detector.c - any text or bytes as a detector; what is read can score, explain, learn, merge and be written
 *
 * The first byte picks the form.  test/data/detector has one detector of each
 * method, and a sample.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detector.h"

#define MAX_BYTES ((size_t) 16 << 20)

static void
use_model(const dpk_detector *t)
{
	const dpk_outlier_method *m = dpk_detector_method(t);
	int			d = t->nfeatures;
	const void *ready = dpk_detector_values(t);
	void	   *memory = NULL;
	size_t		bytes;
	double	   *x = calloc(4, d * sizeof *x),
				score[3];

	if (m->get_ready != NULL && m->ready_bytes(d, t->options, t->sample.nvalues, &bytes) && bytes < 4 * MAX_BYTES)
	{
		ready = memory = malloc(bytes);
		m->get_ready(d, t->options, (const double *) dpk_detector_values(t), t->sample.nvalues, memory);
	}
	if (m->get_ready == NULL || memory != NULL)
	{
		for (int j = 0; j < d; j++)
		{
			x[d + j] = 1e308;
			x[2 * d + j] = -j;
		}
		m->score(d, t->options, ready, 3, x, score);
		for (int i = 0; i < 3; i++)
			if (isnan(score[i]))
				abort();
		if (m->explain != NULL)
			m->explain(d, t->options, ready, x + 2 * d, x + 3 * d);
	}
	free(memory);
	free(x);
}

static void
use_sample(const dpk_detector *t)
{
	size_t		bytes;
	int64_t		room = dpk_detector_room(t, t),
				n;
	dpk_detector *copy;
	double	   *x;
	dpk_error	err;

	if (!dpk_detector_size(room, &bytes) || bytes > MAX_BYTES)
		return;
	copy = calloc(1, bytes);
	memcpy(copy, t, sizeof *t + t->sample.nvalues * sizeof(dpk_sample_value));
	copy->sample.room = room;
	x = calloc(t->sample.nvalues + 1 + t->nfeatures, sizeof *x);
	if (dpk_detector_room(copy, NULL) <= room)
		dpk_detector_add(copy, 1, x, NULL);
	if (dpk_detector_room(copy, t) <= room)
		dpk_detector_merge(copy, t, NULL, &err);
	dpk_detector_close(copy, NULL, &n);
	if (copy->sample.nvalues <= t->sample.nvalues)
		dpk_detector_matrix(copy, x);
	free(x);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	dpk_reader	r = {.data = (const char *) bytes + 1, .length = n - 1, .binary = n > 0 && bytes[0] & 1};
	dpk_writer	w = {.binary = n > 0 && bytes[0] & 1};
	size_t		size = 0;
	dpk_detector *t;

	if (n == 0 || dpk_detector_read(&r, NULL, &size) != DPK_NO_MEMORY || size > MAX_BYTES)
		return 0;
	t = calloc(1, size);
	r.at = 0;
	r.failed = false;
	if (dpk_detector_read(&r, t, &size) == DPK_OK)
	{
		dpk_detector_write(&w, t);
		if (t->fitted)
			use_model(t);
		else
			use_sample(t);
	}
	free(t);
	return 0;
}
