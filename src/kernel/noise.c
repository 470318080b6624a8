/*
 * noise.c - Gaussian noise and tone curves (noise.h)
 */
#include "noise.h"

#include <string.h>

#include "kernels.h"
#include "normal_table.h"

#define PIECE 512				/* pixels at a time */

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
	z = normal_table + ((bits >> 18) - 127 * 32);
	place = (float) (int32_t) (bits & 0x3ffff) * (1.0f / 262144.0f);
	return (z[0] + place * (z[1] - z[0])) * (float) (1 - 2 * (int32_t) (word & 1));
}

void
dpk_noise(uint8_t *pixels, size_t n, float sigma, dpk_random *random)
{
	dpk_kernels_best()->noise(n, sigma, random->counter, random->key, pixels);

	/* Started at a fresh block; what is left of the one in use is not handed out */
	random->counter[0] += (uint32_t) ((n + 3) / 4);
	random->used = 4;
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
	dpk_kernels_best()->map_bytes(n, curve, pixels);
}

int
dpk_mean_gray(const dpk_image *image)
{
	size_t		n = (size_t) image->width * image->height;
	const uint8_t *p = image->pixels;
	uint64_t	sum = 0;

	for (size_t from = 0; from < n; from += PIECE)
	{
		size_t		count = DPK_MIN(n - from, PIECE);
		uint8_t		gray[PIECE];
		uint32_t	piece = 0;

		if (image->channels == 1)
			memcpy(gray, p + from, count);
		else
			dpk_kernels_best()->gray(count, p + 3 * from, gray);
		for (size_t i = 0; i < count; i++)
			piece += gray[i];
		sum += piece;
	}
	return (int) ((2 * sum + n) / (2 * n));
}
