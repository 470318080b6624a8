/*
 * test_mix.c - mixup and CutMix against NumPy with given shares, and the
 * distribution of shares against SciPy (test/oracle/mix.py)
 */
#include <math.h>

#include "mix.h"
#include "tap.h"
#include "../data/mix.h"

#define H 9
#define W 7
#define C 3
#define PIXELS (H * W * C)
#define COUNT(a) ((int) (sizeof(a) / sizeof((a)[0])))

static void
images(uint8_t *a, uint8_t *b)
{
	for (int i = 0; i < PIXELS; i++)
	{
		a[i] = (uint8_t) (i * 89 + 7);
		b[i] = (uint8_t) (i * 53 + 11);
	}
}

static void
check_mixup(void)
{
	uint8_t		a[PIXELS],
				b[PIXELS];
	float		x[] = {1, -2, 1e30f},
				y[] = {3, 4, 0};
	dpk_mix		m = {.share = 0.25};

	for (int k = 0; k < COUNT(mixup_shares); k++)
	{
		images(a, b);
		dpk_mix_bytes(&(dpk_mix) {.share = mixup_shares[k]}, W, H, C, a, b);
		ok(memcmp(a, mixup_pixels + k * PIXELS, PIXELS) == 0, "mixup with a share of %g", mixup_shares[k]);
	}
	dpk_mix_floats(&m, 3, x, y);
	ok(x[0] == 2.5f && x[1] == 2.5f && fabsf(x[2] / 0.25e30f - 1) < 1e-6f, "and of numbers");
}

static void
check_cutmix(void)
{
	uint8_t		a[PIXELS],
				b[PIXELS];

	for (int k = 0; k < COUNT(cutmix_shares); k++)
	{
		const double *draw = cutmix_draws + 3 * k;
		dpk_mix		m = {0};

		images(a, b);
		dpk_mix_box(draw[0], (int) draw[1], (int) draw[2], W, H, &m);
		dpk_mix_bytes(&m, W, H, C, a, b);
		ok(memcmp(a, cutmix_pixels + k * PIXELS, PIXELS) == 0 && fabs(m.share - cutmix_shares[k]) < 1e-15,
		   "CutMix with a share of %g around %g, %g leaves %g", draw[0], draw[1], draw[2], m.share);
	}
}

/* Kolmogorov and Smirnov's distance at 20 quantiles up to the median, below what one sample in a thousand exceeds; and two moments */
static void
check_beta(void)
{
	const int	n = 40000;

	for (int k = 0; k < COUNT(beta_alphas); k++)
	{
		double		alpha = beta_alphas[k],
					sum = 0,
					squares = 0,
					distance = 0,
					variance = 1 / (4 * (2 * alpha + 1));
		int			below[20] = {0};

		for (int i = 0; i < n; i++)
		{
			dpk_random	r = dpk_random_start(5, i, 17);
			double		x = dpk_random_beta(&r, alpha);

			sum += x - 0.5;
			squares += (x - 0.5) * (x - 0.5);
			for (int q = 0; q < 20; q++)
				below[q] += x <= beta_quantiles[k * 20 + q];
		}
		for (int q = 0; q < 20; q++)
			distance = fmax(distance, fabs((double) below[q] / n - (q + 1) / 40.0));
		ok(distance < 1.95 / sqrt(n), "Beta(%g, %g): at most %.4f from SciPy's", alpha, alpha, distance);
		ok(fabs(sum / n) < 4 * sqrt(variance / n) && fabs(squares / n / variance - 1) < 0.03,
		   "mean 1/2 within 4 standard errors, variance %.4f", squares / n);
	}
}

static void
check_draws(void)
{
	int			partners[10] = {0},
				cut = 0,
				outside = 0,
				differ = 0,
				fractions = 0;
	double		area = 0;
	dpk_mix		m,
				again,
				other;

	for (int i = 0; i < 10000; i++)
	{
		dpk_mix_draw(0.2, 1, 3, i, 10, 20, 30, &m);
		dpk_mix_draw(0.2, 1, 3, i, 10, 20, 30, &again);
		dpk_mix_draw(0.2, 1, 4, i, 10, 20, 30, &other);
		outside += memcmp(&m, &again, sizeof(m)) != 0 || m.partner > 9 || !(m.share >= 0 && m.share <= 1) ||
			m.x0 < 0 || m.x1 > 20 || m.x0 > m.x1 || m.y0 < 0 || m.y1 > 30 || m.y0 > m.y1;
		differ += memcmp(&m, &other, sizeof(m)) != 0;
		partners[m.partner]++;
		cut += m.cut;
		area += m.cut ? 1 - m.share : 0;
		fractions += !m.cut && m.share * DPK_MIX_ONE != floor(m.share * DPK_MIX_ONE);
	}
	ok(outside == 0, "the same draws for the same seed and key, all in their ranges");
	ok(differ > 9990, "others for another seed");
	ok(fractions == 0, "shares of mixup are whole 65536ths");
	ok(cut > 4800 && cut < 5200, "half of them cut: %d of 10000", cut);
	ok(area / cut > 0.2 && area / cut < 0.45, "a box has %.2f of an image on average", area / cut);
	for (int k = 0; k < 10; k++)
		outside += partners[k] < 880 || partners[k] > 1120;	/* 4 standard deviations */
	ok(outside == 0, "partners are drawn evenly");
	dpk_mix_draw(0, 0.7, 1, 1, 1, 1, 1, &m);
	ok(m.cut && m.partner == 0, "CutMix alone, of one sample of one pixel");
	dpk_mix_draw(1e-3, 0, 1, 1, 2, 0, 0, &m);
	ok(!m.cut && (m.share == 0 || m.share == 1), "mixup alone, of the smallest alpha");
}

int
main(void)
{
	check_mixup();
	check_cutmix();
	check_beta();
	check_draws();
	return done();
}
