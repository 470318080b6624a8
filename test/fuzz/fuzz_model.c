/*
 * fuzz_model.c - any bytes as a model: they are refused, or they are what
 * writing gives back
 */
#include <stdlib.h>
#include <string.h>

#include "model_bytes.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	dpk_model_bytes m;
	dpk_model_tensor t;
	dpk_error	err;
	dpk_model_writer w = {malloc(n + 1), 0};
	bool		whole;

	if (dpk_model_open(bytes, n, &m, &err) == DPK_OK)
	{
		dpk_model_begin(&w, m.description, m.description_length, m.ntensors);
		whole = m.ntensors == 0;
		while (dpk_model_next(&m, &t, &err) == DPK_OK)
		{
			dpk_tensor	same = {t.layer, t.name, t.ndim, {t.shape[0], t.shape[1], t.shape[2], t.shape[3]}, t.count, true};
			float	   *weights = malloc(4 * t.count);

			if (!dpk_model_fits(&t, &same))
				abort();
			dpk_model_get(&t, weights);
			dpk_model_put(&w, &same, weights);
			free(weights);
			whole = m.nread == m.ntensors;
		}
		dpk_model_finish(&w, m.checksum);
		if (whole && (w.length != n || memcmp(w.out, bytes, n) != 0))
			abort();
	}
	free(w.out);
	return 0;
}
