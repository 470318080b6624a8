/*
 * augmentation_repair_lib.c - mixing and repair on pixels, for augmentation_repair.py to call
 */
#include <string.h>

#include "blur.h"
#include "denoise.h"
#include "inpaint.h"
#include "mix.h"

extern int	run_denoise(const char *method, double a, double b, double d, int w, int h, int c, const uint8_t *in, uint8_t *out, int runs);
extern int	run_inpaint(const uint8_t *mask, int w, int h, int c, const uint8_t *in, uint8_t *out, int runs);
extern int	run_mix(const char *method, double share, int w, int h, int c, const uint8_t *a, const uint8_t *b, uint8_t *out, int runs);

static _Alignas(64) char work[1 << 26];

/* median size; gaussian sigma; bilateral size, sigma_space, sigma_color; nlm strength, patch, search.  0, or -1 */
int
run_denoise(const char *method, double a, double b, double d, int w, int h, int c, const uint8_t *in, uint8_t *out, int runs)
{
	const dpk_image from = {w, h, c, (uint8_t *) in};
	dpk_image	to = {w, h, c, out};
	size_t		bytes;
	dpk_status	status = DPK_OK;

	for (int i = 0; i < runs && status == DPK_OK; i++)
	{
		if (strcmp(method, "median") == 0)
			status = dpk_median_work(w, h, c, (int) a, &bytes) && bytes <= sizeof(work) ?
				dpk_median_filter(&from, &to, (int) a, work, NULL) : DPK_TOO_BIG;
		else if (strcmp(method, "gaussian") == 0)
			status = dpk_gaussian_work(w, h, c, a, &bytes) && bytes <= sizeof(work) ?
				dpk_gaussian(&from, &to, a, work, NULL) : DPK_TOO_BIG;
		else if (strcmp(method, "bilateral") == 0)
			status = dpk_bilateral_work(w, h, c, (int) a, &bytes) && bytes <= sizeof(work) ?
				dpk_bilateral(&from, &to, (int) a, b, d, work, NULL) : DPK_TOO_BIG;
		else
			status = dpk_nlm_work(w, h, c, (int) b, (int) d, &bytes) && bytes <= sizeof(work) ?
				dpk_nlm(&from, &to, a, (int) b, (int) d, work, NULL) : DPK_TOO_BIG;
	}
	return status == DPK_OK ? 0 : -1;
}

/* What is not 0 in the mask is filled, from 3 pixels around */
int
run_inpaint(const uint8_t *mask, int w, int h, int c, const uint8_t *in, uint8_t *out, int runs)
{
	dpk_image	to = {w, h, c, out};
	size_t		bytes;
	dpk_error	err;

	if (!dpk_inpaint_work(w, h, &bytes) || bytes > sizeof(work))
		return -1;
	for (int i = 0; i < runs; i++)
	{
		memcpy(out, in, (size_t) w * h * c);
		if (dpk_inpaint(&to, mask, 3, work, NULL, &err) != DPK_OK)
			return -1;
	}
	return 0;
}

/* mixup, cutmix: out is a copy of a, then the mixture; mosaic: of a, b, b, a */
int
run_mix(const char *method, double share, int w, int h, int c, const uint8_t *a, const uint8_t *b, uint8_t *out, int runs)
{
	size_t		n = (size_t) w * h * c;
	dpk_image	to = {w, h, c, out};
	dpk_mix		m;

	for (int i = 0; i < runs; i++)
	{
		if (strcmp(method, "mosaic") == 0)
			for (int tile = 0; tile < DPK_MOSAIC; tile++)
			{
				const dpk_image from = {w, h, c, (uint8_t *) (dpk_mosaic_tiles[1][tile] ? b : a)};

				dpk_mosaic_copy(&from, tile, w / 3, h / 3, &to);
			}
		else
		{
			memcpy(out, a, n);
			if (strcmp(method, "mixup") == 0)
				dpk_mix_samples(share, n, out, b);
			else
			{
				dpk_mix_box(share, w / 2, h / 2, w, h, &m);
				dpk_mix_bytes(&m, w, h, c, out, b);
			}
		}
	}
	return 0;
}
