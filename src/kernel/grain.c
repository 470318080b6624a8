/*
 * grain.c - salt and pepper, speckle, photons (grain.h)
 */
#include "grain.h"

#include <string.h>

#include "noise.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

/* The next words, of which 'count' are used */
static void
take_words(dpk_random *random, int count, uint32_t words[DPK_PHILOX_WORDS])
{
	random->used = 4;
	dpk_philox_words(random->counter, random->key, words);
	random->counter[0] += (count + 3) / 4;
}

void
dpk_salt_pepper(size_t n, int channels, double amount, uint8_t *pixels, dpk_random *random)
{
	uint64_t	either = (uint64_t) (amount * 4294967296.0),
				pepper = either / 2;
	uint32_t	words[DPK_PHILOX_WORDS];

	for (size_t from = 0; from < n; from += DPK_PHILOX_WORDS)
	{
		int			count = (int) DPK_MIN(n - from, DPK_PHILOX_WORDS);

		take_words(random, count, words);
		for (int i = 0; i < count; i++)
			if (words[i] < either)
				memset(pixels + (from + i) * channels, words[i] < pepper ? 0 : 255, channels);
	}
}

void
dpk_speckle(size_t n, float sigma, uint8_t *pixels, dpk_random *random)
{
	uint32_t	words[DPK_PHILOX_WORDS];
	float		z[DPK_PHILOX_WORDS];

	for (size_t from = 0; from < n; from += DPK_PHILOX_WORDS)
	{
		int			count = (int) DPK_MIN(n - from, DPK_PHILOX_WORDS);

		take_words(random, count, words);
		for (int i = 0; i < DPK_PHILOX_WORDS; i++)
			z[i] = dpk_normal(words[i]);

		/* 32768 keeps the number positive, where a conversion to int rounds down */
		for (int i = 0; i < count; i++)
		{
			float		p = pixels[from + i];
			int			v = (int) (p + p * sigma * z[i] + 32768.5f) - 32768;

			pixels[from + i] = (uint8_t) (v < 0 ? 0 : v > 255 ? 255 : v);
		}
	}
}

/*
 * Chances relative to that of the likeliest count, from which one goes up and
 * down by the ratio of neighbours: lambda / (k + 1), k / lambda.  What is below
 * 1e-12 of it has no word.
 */
static void
learn_level(int gray, int peak, dpk_poisson *level)
{
	double		lambda = (double) gray * peak / 255,
				chance[DPK_POISSON_COUNTS],
				sum = 0,
				so_far = 0,
				q = 1;
	int			mode = (int) lambda,
				first = mode,
				last = mode;

	while (first > 0 && (q *= first / lambda) > 1e-12)
		first--;
	q = 1;
	for (int k = mode; k >= first; q *= k-- / (lambda > 0 ? lambda : 1))
		chance[k - first] = q;
	q = 1;
	while ((q *= lambda / (last + 1)) > 1e-12 && last + 1 - first < DPK_POISSON_COUNTS)
		chance[++last - first] = q;
	level->n = last - first + 1;
	for (int i = 0; i < level->n; i++)
		sum += chance[i];
	for (int i = 0; i < level->n; i++)
	{
		int64_t		sample = ((int64_t) (first + i) * 510 + peak) / (2 * peak);

		so_far += chance[i];
		level->below[i] = (uint32_t) DPK_MIN(so_far / sum * 4294967296.0, 4294967295.0);
		level->sample[i] = (uint8_t) DPK_MIN(sample, 255);
	}
	level->below[level->n - 1] = UINT32_MAX;
	for (int g = 0, i = 0; g < 256; g++)
	{
		while (level->below[i] <= (uint32_t) g << 24 && i < level->n - 1)
			i++;
		level->guide[g] = (uint16_t) i;
	}
	level->known = true;
}

void
dpk_photons(size_t n, int peak, uint8_t *pixels, dpk_random *random, dpk_poisson *levels)
{
	uint32_t	words[DPK_PHILOX_WORDS];

	for (size_t from = 0; from < n; from += DPK_PHILOX_WORDS)
	{
		int			count = (int) DPK_MIN(n - from, DPK_PHILOX_WORDS);

		take_words(random, count, words);
		for (int i = 0; i < count; i++)
		{
			dpk_poisson *level = &levels[pixels[from + i]];
			int			k;

			if (!level->known)
				learn_level(pixels[from + i], peak, level);
			k = level->guide[words[i] >> 24];
			while (level->below[k] <= words[i] && k < level->n - 1)
				k++;
			pixels[from + i] = level->sample[k];
		}
	}
}
