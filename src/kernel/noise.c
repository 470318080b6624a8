/*
 * noise.c - Gaussian noise and tone curves (noise.h)
 */
#include "noise.h"

#include <string.h>

#include "normal_table.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

float
dpk_normal(uint32_t word)
{
	/*
	 * 31 bits for the probability of the tail, (0, 1/2], and one for its side.
	 * As a float the former shows its octave, the piece of it (5 bits) and the
	 * place within (18 bits) side by side.
	 */
	float		tail = (float) (int32_t) ((word >> 1) | 1);
	uint32_t	bits;
	const float *z;
	float		place;

	memcpy(&bits, &tail, sizeof(bits));
	z = normal_table + (bits >> 18) - 127 * 32;
	place = (float) (int32_t) (bits & 0x3ffff) * (1.0f / 262144.0f);
	return (z[0] + place * (z[1] - z[0])) * (float) (1 - 2 * (int32_t) (word & 1));
}

void
dpk_noise(uint8_t *pixels, size_t n, float sigma, dpk_random *random)
{
	/* Start at a fresh block; what is left of the one in use is not handed out */
	random->used = 4;
	for (size_t from = 0; from < n; from += DPK_PHILOX_WORDS)
	{
		int			count = (int) DPK_MIN(n - from, DPK_PHILOX_WORDS);
		uint32_t	words[DPK_PHILOX_WORDS];
		float		z[DPK_PHILOX_WORDS];

		dpk_philox_words(random->counter, random->key, words);
		random->counter[0] += (count + 3) / 4;

		for (int i = 0; i < DPK_PHILOX_WORDS; i++)
			z[i] = dpk_normal(words[i]);

		/* 2048 keeps the number positive, where a conversion to int rounds down; sigma is at most 255 */
		for (int i = 0; i < count; i++)
		{
			int			v = (int) (pixels[from + i] + sigma * z[i] + 2048.5f) - 2048;

			pixels[from + i] = v < 0 ? 0 : v > 255 ? 255 : v;
		}
	}
}

void
dpk_scale_tones(uint8_t *pixels, size_t n, float factor, int reference)
{
	uint8_t		curve[256];

	for (int i = 0; i < 256; i++)
	{
		float		v = reference + factor * (i - reference);

		curve[i] = v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t) v;
	}
	for (size_t i = 0; i < n; i++)
		pixels[i] = curve[pixels[i]];
}

int
dpk_mean_gray(const dpk_image *image)
{
	size_t		n = (size_t) image->width * image->height;
	const uint8_t *p = image->pixels;
	uint64_t	sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += image->channels == 1 ? p[i] : dpk_luma(p[3 * i], p[3 * i + 1], p[3 * i + 2]);
	return (int) ((2 * sum + n) / (2 * n));
}
