/*
 * turn.c - pixels of three bytes mirrored and turned
 *
 * A register holds five pixels, or four of a block of four by four.  Where an
 * instruction set moves no bytes within a register the table has no such
 * kernels, and affine_copy.c goes pixel by pixel.
 */
#include <string.h>

#include "turn.h"

#if DPK_LEVEL >= 2 || defined(__aarch64__)

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

void
DPK_NAME(mirror_rgb) (size_t n, const uint8_t *from, uint8_t *to)
{
	from += 3 * n;
	/* a byte is read before the five pixels, and one written behind them, which the next overwrite */
	for (; n > 5; n -= 5, to += 15)
	{
		bytes		v;

		from -= 15;
		memcpy(&v, from - 1, 16);
		v = __builtin_shufflevector(v, v, 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
		memcpy(to, &v, 16);
	}
	for (; n > 0; n--, to += 3)
	{
		from -= 3;
		memcpy(to, from, 3);
	}
}

/* Four pixels, each into a word */
static inline words
load_pixels(const uint8_t *p)
{
	uint64_t	eight;
	uint32_t	four;
	bytes		v;

	memcpy(&eight, p, 8);
	memcpy(&four, p + 8, 4);
	v = (bytes) (halves) {eight, four};
	return (words) __builtin_shufflevector(v, v, 0, 1, 2, 12, 3, 4, 5, 12, 6, 7, 8, 12, 9, 10, 11, 12);
}

static inline void
store_pixels(uint8_t *p, words w)
{
	bytes		v = (bytes) w;
	uint64_t	eight;
	uint32_t	four;

	v = __builtin_shufflevector(v, v, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
	eight = ((halves) v)[0];
	four = ((words) v)[2];
	memcpy(p, &eight, 8);
	memcpy(p + 8, &four, 4);
}

void
DPK_NAME(turn_rgb) (size_t n, const uint8_t *from, ptrdiff_t step, uint8_t *to, ptrdiff_t pitch)
{
	for (; n > 0; n--, from += 4 * step, to += 12)
	{
		words		a = load_pixels(from),
					b = load_pixels(from + step),
					c = load_pixels(from + 2 * step),
					d = load_pixels(from + 3 * step),
					ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
					cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);

		store_pixels(to, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
		store_pixels(to + pitch, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
		ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
		cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
		store_pixels(to + 2 * pitch, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
		store_pixels(to + 3 * pitch, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
	}
}

#endif
