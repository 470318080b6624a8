/*
 * mix.c - samples made one: mixup, CutMix and mosaic (mix.h)
 */
#include "mix.h"

#include <string.h>

#include "elementary.h"
#include "kernels.h"

/* The loop over samples wants vectorising; clang does it at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define OPERATION_MIX 0x6d697875u	/* "mixu" */

/* exp(x) for x <= 0, where what is below 1e-300 may as well be nothing */
static double
decay(double x)
{
	return x < -690 ? 0 : dpk_exp(x);
}

/* log(1 + exp(x)) */
static double
softplus(double x)
{
	return x > 0 ? x + dpk_log(1 + decay(-x)) : dpk_log(1 + decay(x));
}

/* 1 / (1 + exp(-x)) */
static double
sigmoid(double x)
{
	return x > 0 ? 1 / (1 + decay(-x)) : decay(x) / (1 + decay(x));
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
					v = dpk_log(u1 / (1 - u1)) / inverse;

		if (2 * alpha * (DPK_LN2 - softplus(v)) + (alpha + inverse) * v - 2 * DPK_LN2 >= 2 * dpk_log(u1) + dpk_log(u2))
			return sigmoid(v);
	}
}

/* Marsaglia's polar method (1964) */
static double
normal(dpk_random *r)
{
	for (;;)
	{
		double		u = 2 * dpk_random_double(r) - 1,
					v = 2 * dpk_random_double(r) - 1,
					s = u * u + v * v;

		if (s > 0 && s < 1)
			return u * sqrt(-2 * dpk_log(s) / s);
	}
}

/*
 * The logarithm of a draw from Gamma(alpha, 1): Marsaglia and Tsang (ACM TOMS 26,
 * 2000) for alpha + 1, times U^(1/alpha), which is as good for large ones.
 */
static double
log_gamma_draw(dpk_random *r, double alpha)
{
	double		d = alpha + 1 - 1.0 / 3,
				c = 1 / sqrt(9 * d);

	for (;;)
	{
		double		x = normal(r),
					v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && dpk_log(open_interval(r)) < x * x / 2 + d - d * v + d * dpk_log(v))
			return dpk_log(d * v) + dpk_log(open_interval(r)) / alpha;
	}
}

void
dpk_random_dirichlet(dpk_random *r, double alpha, int n, double *share)
{
	double		most = -INFINITY,
				sum = 0;

	for (int i = 0; i < n; i++)
	{
		share[i] = log_gamma_draw(r, alpha);
		most = share[i] > most ? share[i] : most;
	}
	for (int i = 0; i < n; i++)
		sum += share[i] = decay(share[i] - most);
	for (int i = 0; i < n; i++)
		share[i] /= sum;
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

void
dpk_mix_samples(double share, size_t n, uint8_t *a, const uint8_t *b)
{
	dpk_kernels_best()->mix_samples(share, n, a, b);
}

const int	dpk_mosaic_tiles[DPK_MOSAIC][DPK_MOSAIC] = {{0, 0, 0, 0}, {0, 1, 1, 0}, {0, 1, 2, 0}, {0, 1, 2, 3}};

/* The columns or rows of the window that are within the first or the second tile */
static void
seen(bool second, int offset, int size, int *from, int *to)
{
	*from = second ? size - offset : 0;
	*to = second ? size : size - offset;
}

void
dpk_mosaic_copy(const dpk_image *image, int tile, int x, int y, dpk_image *out)
{
	int			x0,
				x1,
				y0,
				y1,
				c = image->channels;
	size_t		row = (size_t) image->width * c;

	seen(tile & 1, x, image->width, &x0, &x1);
	seen(tile >> 1, y, image->height, &y0, &y1);
	for (int i = y0; i < y1; i++)
	{
		size_t		from = tile & 1 ? 0 : (size_t) x * c;

		memcpy(out->pixels + i * row + (size_t) x0 * c, image->pixels + (tile >> 1 ? i - y0 : i + y) * row + from,
			   (size_t) (x1 - x0) * c);
	}
}

int64_t
dpk_mosaic_pixels(int tile, int x, int y, int w, int h)
{
	int			x0,
				x1,
				y0,
				y1;

	seen(tile & 1, x, w, &x0, &x1);
	seen(tile >> 1, y, h, &y0, &y1);
	return (int64_t) (x1 - x0) * (y1 - y0);
}
