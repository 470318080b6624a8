/*
 * maps.h - feature maps of the kernels' layouts, filled and read by channel, row and column
 */
#ifndef MAPS_H
#define MAPS_H

#include "kernels.h"
#include "philox.h"
#include "tap.h"

/* Exactly as large as the contract says, so that the sanitizer sees a step outside */
static float *
new_floats(size_t n)
{
	void	   *p = NULL;

	if (posix_memalign(&p, DPK_ALIGN, n * sizeof(float) + (n == 0)) != 0)
		abort();
	memset(p, 0, n * sizeof(float));
	return p;
}

__attribute__((unused)) static size_t
interleaved_floats(const dpk_map *m)
{
	return (size_t) (m->h + 2 * m->border) * (m->w + 2 * m->border) * m->c;
}

/* One element; row and column may be in the border */
static float *
at(float *x, const dpk_map *m, int block, int n, int c, int i, int j)
{
	size_t		row = m->w + 2 * m->border,
				plane = row * (m->h + 2 * m->border),
				pixel = (i + m->border) * row + j + m->border;

	if (block == 0)				/* interleaved */
		return x + ((size_t) n * plane + pixel) * m->c + c;
	return x + (((size_t) n * ((m->c + block - 1) / block) + c / block) * plane + pixel) * block + c % block;
}

/* New maps of n samples holding the dense (n, c, h, w) in 'from', or zeros where it is NULL */
static float *
new_maps(const dpk_map *m, int block, int n, const float *from)
{
	float	   *x = new_floats(n * (block == 0 ? interleaved_floats(m) : dpk_map_floats(m, block)));

	if (from != NULL)
		for (int b = 0; b < n; b++)
			for (int c = 0; c < m->c; c++)
				for (int i = 0; i < m->h; i++)
					for (int j = 0; j < m->w; j++)
						*at(x, m, block, b, c, i, j) = *from++;
	return x;
}

/* Is everything but the h x w pixels of c channels still zero? */
static bool
surroundings_zero(float *x, const dpk_map *m, int block, int n)
{
	for (int b = 0; b < n; b++)
		for (int c = 0; c < (m->c + block - 1) / block * block; c++)
			for (int i = -m->border; i < m->h + m->border; i++)
				for (int j = -m->border; j < m->w + m->border; j++)
					if ((c >= m->c || i < 0 || i >= m->h || j < 0 || j >= m->w) && *at(x, m, block, b, c, i, j) != 0)
						return false;
	return true;
}

/* n numbers in (-1, 1) */
static float *
random_floats(size_t n, dpk_random *r)
{
	float	   *x = new_floats(n);

	for (size_t i = 0; i < n; i++)
		x[i] = 2 * dpk_random_float(r) - 1;
	return x;
}

static const char *const all_isas[] = {"generic", "avx2", "avx512"};

#endif							/* MAPS_H */
