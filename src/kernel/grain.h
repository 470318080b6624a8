/*
 * grain.h - noise that is not added alike everywhere: salt and pepper, speckle, photons
 *
 * As in noise.h a sample (for salt and pepper a pixel) takes one word of
 * Philox, in the order of the pixels, from a fresh block on.
 *
 * DETERMINISM: integers, and float operations that IEEE 754 rounds exactly.
 */
#ifndef DPK_GRAIN_H
#define DPK_GRAIN_H

#include "image.h"
#include "philox.h"

/* A share 'amount' of the n pixels becomes black or white, each as often */
extern void dpk_salt_pepper(size_t n, int channels, double amount, uint8_t *pixels, dpk_random *random);

/* sample + sample * N(0, sigma^2), rounded and clipped; sigma <= 10 */
extern void dpk_speckle(size_t n, float sigma, uint8_t *pixels, dpk_random *random);

#define DPK_MAX_PEAK 1000
#define DPK_POISSON_COUNTS 640	/* that one gray level can come to, at most */

/* The distribution of one gray level, worked out when it is first met */
typedef struct dpk_poisson
{
	bool		known;
	int			n;
	uint16_t	guide[256];		/* where to begin looking, by the upper eight bits of the word */
	uint32_t	below[DPK_POISSON_COUNTS];	/* 2^32 times the chance of at most so many */
	uint8_t		sample[DPK_POISSON_COUNTS + 1];
} dpk_poisson;

/* A white sample catches 'peak' photons on average, 1 .. DPK_MAX_PEAK; 'levels' is room for 256, all zero at first */
extern void dpk_photons(size_t n, int peak, uint8_t *pixels, dpk_random *random, dpk_poisson *levels);

#endif							/* DPK_GRAIN_H */
