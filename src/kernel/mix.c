/*
 * mix.c - two samples made one: mixup and CutMix
 */
#include "mix.h"

#include <math.h>
#include <string.h>

#define OPERATION_MIX 0x6d697875u	/* "mixu" */

/* log(1 + exp(x)) */
static double
softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* Uniform on (0, 1) */
static double
open_interval(dpk_random *r)
{
	double		u;

	while ((u = dpk_random_double(r)) == 0)
		;
	return u;
}

/*
 * Cheng's algorithm BA (Communications of the ACM 21, 1978) for equal
 * parameters.  With v = b log(u1 / (1 - u1)), his w = alpha exp(v) gives
 * w / (alpha + w) = 1 / (1 + exp(-v)), which is also right where exp(v)
 * overflows, as it does for a small alpha.
 */
double
dpk_random_beta(dpk_random *r, double alpha)
{
	double		inverse = alpha <= 1 ? alpha : sqrt(alpha);	/* 1 / b */

	for (;;)
	{
		double		u1 = open_interval(r),
					u2 = open_interval(r),
					v = log(u1 / (1 - u1)) / inverse;

		if (2 * alpha * (log(2) - softplus(v)) + (alpha + inverse) * v - log(4) >= 2 * log(u1) + log(u2))
			return 1 / (1 + exp(-v));
	}
}

static int
clip(int x, int end)
{
	return x < 0 ? 0 : x > end ? end : x;
}

void
dpk_mix_box(double share, int cx, int cy, int w, int h, dpk_mix *m)
{
	double		side = sqrt(1 - share);
	int			half_w = (int) (w * side) / 2,
				half_h = (int) (h * side) / 2;

	m->cut = true;
	m->x0 = clip(cx - half_w, w);
	m->x1 = clip(cx + half_w, w);
	m->y0 = clip(cy - half_h, h);
	m->y1 = clip(cy + half_h, h);
	m->share = 1 - (double) (m->x1 - m->x0) * (m->y1 - m->y0) / ((double) w * h);
}

void
dpk_mix_draw(double mixup, double cutmix, int64_t seed, int64_t key, uint32_t n, int w, int h, dpk_mix *m)
{
	dpk_random	r = dpk_random_start(seed, key, OPERATION_MIX);
	bool		cut;

	memset(m, 0, sizeof(*m));
	m->partner = dpk_random_below(&r, n);
	cut = mixup > 0 && cutmix > 0 ? dpk_random_word(&r) >> 31 : cutmix > 0;
	m->share = floor(dpk_random_beta(&r, cut ? cutmix : mixup) * DPK_MIX_ONE + 0.5) / DPK_MIX_ONE;
	if (cut)
	{
		int			cx = (int) dpk_random_below(&r, (uint32_t) w),
					cy = (int) dpk_random_below(&r, (uint32_t) h);

		dpk_mix_box(m->share, cx, cy, w, h, m);
	}
}

void
dpk_mix_bytes(const dpk_mix *m, int w, int h, int c, uint8_t *a, const uint8_t *b)
{
	size_t		row = (size_t) w * c;
	uint32_t	share = (uint32_t) (m->share * DPK_MIX_ONE);

	if (m->cut)
		for (int y = m->y0; y < m->y1; y++)
			memcpy(a + y * row + (size_t) m->x0 * c, b + y * row + (size_t) m->x0 * c, (size_t) (m->x1 - m->x0) * c);
	else
		for (size_t i = 0; i < row * h; i++)
			a[i] = (uint8_t) ((share * a[i] + (DPK_MIX_ONE - share) * b[i] + DPK_MIX_ONE / 2) / DPK_MIX_ONE);
}

void
dpk_mix_floats(const dpk_mix *m, size_t n, float *a, const float *b)
{
	float		share = (float) m->share;

	for (size_t i = 0; i < n; i++)
		a[i] = share * a[i] + (1 - share) * b[i];
}
