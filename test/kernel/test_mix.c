/*
 * test_mix.c - mixup and CutMix against NumPy with given shares, and the
 * distribution of shares against SciPy (test/oracle/mix.py, mixing.py); that
 * permutations are some
 */
#include <math.h>

#include "elementary.h"
#include "mix.h"
#include "permute.h"
#include "tap.h"
#include "../data/mix.h"
#include "../data/mixing.h"

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

/* All pairs of bytes, mixed in double precision and rounded half to even */
static void
check_samples(void)
{
	static uint8_t a[65536],
				b[65536];

	for (int k = 0; k < COUNT(rounded); k++)
	{
		uint64_t	sum = UINT64_C(0xCBF29CE484222325);

		for (int i = 0; i < 65536; i++)
		{
			a[i] = (uint8_t) (i >> 8);
			b[i] = (uint8_t) i;
		}
		dpk_mix_samples(rounded[k].share, 65536, a, b);
		for (int i = 0; i < 65536; i++)
			sum = (sum ^ a[i]) * UINT64_C(0x100000001B3);
		ok(sum == rounded[k].sum, "all pairs of samples as NumPy mixes them by %g", rounded[k].share);
	}
}

static void
check_mosaic(void)
{
	bool		good = true;

	/* a window over an image of one number per tile shows as much of each as it says */
	for (int x = 0; x <= W; x++)
		for (int y = 0; y <= H; y++)
		{
			uint8_t		tile[PIXELS],
						shown[PIXELS] = {9};
			dpk_image	image = {W, H, C, tile},
						out = {W, H, C, shown};
			int			sum = 0;

			for (int t = 0; t < DPK_MOSAIC; t++)
			{
				memset(tile, t, sizeof(tile));
				dpk_mosaic_copy(&image, t, x, y, &out);
			}
			for (int t = 0; t < DPK_MOSAIC; t++)
			{
				int			count = 0;

				for (int i = 0; i < PIXELS; i++)
					count += shown[i] == t;
				good &= count == C * dpk_mosaic_pixels(t, x, y, W, H);
				sum += count;
			}
			good &= sum == PIXELS;
		}
	ok(good, "a mosaic shows of each tile as many pixels as it says, wherever the window stands");
}

/* Each number once, for every n; and each place of each number equally likely over seeds, 0.1 % point of chi-square */
static void
check_permutation(void)
{
	static uint8_t seen[70000];
	static const int sizes[] = {1023, 1024, 1025, 4096, 4097, 65535, 65536, 65537, 70000};
	int			wrong = 0;
	double		worst = 0;

	for (int n = 1; n <= 300 + COUNT(sizes); n++)
	{
		int			size = n <= 300 ? n : sizes[n - 301];

		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < size; i++)
		{
			int64_t		p = dpk_permute(i, size, n * 77 - 5);

			wrong += p < 0 || p >= size || seen[p]++;
		}
	}
	ok(wrong == 0, "a permutation for each n up to 300, and about powers of two");
	for (int n = 2; n <= 9; n++)
		for (int i = 0; i < n; i++)
		{
			int			times[9] = {0};
			double		chi = 0;

			for (int seed = 0; seed < 9000; seed++)
				times[dpk_permute(i, n, seed)]++;
			for (int j = 0; j < n; j++)
				chi += (times[j] - 9000.0 / n) * (times[j] - 9000.0 / n) / (9000.0 / n);
			/* Wilson and Hilferty: the cube root is nearly normal */
			worst = fmax(worst, (cbrt(chi / (n - 1)) - 1 + 2.0 / (9 * (n - 1))) / sqrt(2.0 / (9 * (n - 1))));
		}
	ok(worst < 3.9, "each number goes to each place as often: %.2f standard deviations, of 44 tests", worst);
	{
		int			times[24] = {0};
		double		chi = 0;

		for (int seed = 0; seed < 24000; seed++)
		{
			int			p[4],
						rank = 0;

			for (int i = 0; i < 4; i++)
				p[i] = (int) dpk_permute(i, 4, seed);
			for (int i = 0; i < 4; i++)
			{
				int			smaller = 0;

				for (int j = i + 1; j < 4; j++)
					smaller += p[j] < p[i];
				rank = rank * (4 - i) + smaller;
			}
			times[rank]++;
		}
		for (int i = 0; i < 24; i++)
			chi += (times[i] - 1000.0) * (times[i] - 1000.0) / 1000;
		ok(chi < 49.73, "all 24 permutations of four are as likely: chi-square %.1f", chi);
	}
	ok(dpk_permute(DPK_PERMUTE_MAX - 1, DPK_PERMUTE_MAX, INT64_MIN) >= 0, "the largest n");
}

static void
check_elementary(void)
{
	double		worst = 0;

	for (double x = -600; x < 600; x += 0.37)
		worst = fmax(worst, fabs(dpk_exp(x) / exp(x) - 1));
	for (double x = -600; x < 600; x += 0.37)
		if (x < -1e-3 || x > 1e-3)
			worst = fmax(worst, fabs(dpk_log(exp(x)) / log(exp(x)) - 1));
	ok(worst < 2e-15, "exponentials and logarithms are right: %g", worst);
}

int
main(void)
{
	check_samples();
	check_mosaic();
	check_permutation();
	check_elementary();
	check_mixup();
	check_cutmix();
	check_beta();
	check_draws();
	return done();
}
