/*
 * affine_copy.c - maps of whole pixels to whole pixels: quarter turns, mirroring, shifts
 *
 * Such a map walks the source by one pixel to the right, left, down or up for
 * each pixel of the result.
 */
#include <math.h>
#include <string.h>

#include "affine.h"
#include "kernels.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

bool
dpk_affine_is_identity(const dpk_affine *m)
{
	return m->xx == 1 && m->xy == 0 && m->x0 == 0 && m->yx == 0 && m->yy == 1 && m->y0 == 0;
}

bool
dpk_affine_is_exact(const dpk_affine *m)
{
	bool		upright = fabs(m->xx) == 1 && fabs(m->yy) == 1 && m->xy == 0 && m->yx == 0,
				turned = fabs(m->xy) == 1 && fabs(m->yx) == 1 && m->xx == 0 && m->yy == 0;

	return (upright || turned) && m->x0 == floor(m->x0) && m->y0 == floor(m->y0);
}

/* Narrow [*from, *to) to the i with 0 <= start + i * step < limit, for a step of -1, 0, 1 */
static void
narrow(int64_t start, int step, int64_t limit, int64_t *from, int64_t *to)
{
	int64_t		first = step > 0 ? -start : step < 0 ? start - limit + 1 : start >= 0 && start < limit ? 0 : *to,
				end = step > 0 ? limit - start : step < 0 ? start + 1 : *to;

	*from = DPK_MIN(DPK_MAX(*from, first), *to);
	*to = DPK_MAX(DPK_MIN(*to, end), *from);
}

static inline void
walk(const uint8_t *from, int64_t step, uint8_t *to, int64_t n, int c)
{
	for (int64_t i = 0; i < n; i++, from += step, to += c)
		for (int k = 0; k < c; k++)
			to[k] = from[k];
}

/*
 * Three channels: a pixel is moved with a byte more, before it, that the one
 * before overwrites; so from the last to the first, which is moved alone.
 */
static inline void
walk_rgb(const uint8_t *from, int64_t step, uint8_t *to, int64_t n)
{
	uint32_t	word;

	for (int64_t i = n - 1; i > 0; i--)
	{
		memcpy(&word, from + i * step - 1, 4);
		memcpy(to + 3 * i - 1, &word, 4);
	}
	if (n > 0)
		walk(from, step, to, 1, 3);
}

static void
mirror_gray(const uint8_t *from, uint8_t *to, int64_t n)
{
	int64_t		i = 0;

	for (; i + 8 <= n; i += 8)
	{
		uint64_t	word;

		memcpy(&word, from - i - 7, 8);
		word = __builtin_bswap64(word);
		memcpy(to + i, &word, 8);
	}
	walk(from - i, -1, to + i, n - i, 1);
}

/* 'first' is the first byte of the image, before which nothing is read */
static void
copy_run(const uint8_t *from, int64_t step, uint8_t *to, int64_t n, int c, const uint8_t *first)
{
	if (step == c)
		memcpy(to, from, n * c);
	else if (c == 1 && step == -1)
		mirror_gray(from, to, n);
	else if (c == 1)
		walk(from, step, to, n, 1);
	else if (c == 3 && step == -3 && dpk_kernels_best()->mirror_rgb != NULL)
		dpk_kernels_best()->mirror_rgb(n, from - 3 * (n - 1), to);
	else if (c == 3 && from != first && from + (n - 1) * step != first)
		walk_rgb(from, step, to, n);
	else if (c == 3)
		walk(from, step, to, n, 3);
	else
		walk(from, step, to, n, c);
}

/* All of it beyond the border */
static void
fill_run(const dpk_image *in, dpk_fill fill, int64_t x, int64_t y, int dx, int dy, uint8_t *to, int64_t n)
{
	int			c = in->channels;

	if (fill.method == DPK_FILL_CONSTANT)
	{
		memset(to, fill.value, n * c);
		return;
	}
	for (int64_t i = 0; i < n; i++, x += dx, y += dy, to += c)
	{
		int64_t		px = dpk_filled_index(x, in->width, fill.method),
					py = dpk_filled_index(y, in->height, fill.method);

		if (px < 0 || py < 0)
			memset(to, fill.value, c);
		else
			memcpy(to, in->pixels + (py * in->width + px) * c, c);
	}
}

static bool
lies_inside(const dpk_affine *m, const dpk_image *in, const dpk_image *out)
{
	double		x = m->x0 + m->xx * (out->width - 1) + m->xy * (out->height - 1),
				y = m->y0 + m->yx * (out->width - 1) + m->yy * (out->height - 1);

	return m->x0 >= 0 && m->x0 < in->width && x >= 0 && x < in->width && m->y0 >= 0 && m->y0 < in->height && y >= 0 && y < in->height;
}

/* 'n' pixels of each of four rows of a turned image, as far as whole blocks go; how many of each that are */
static int64_t
turn_four(const uint8_t *from, int64_t step, int64_t down, uint8_t *to, int64_t pitch, int64_t n)
{
	if (down > 0)
		dpk_kernels_best()->turn_rgb(n / 4, from, step, to, pitch);
	else
		dpk_kernels_best()->turn_rgb(n / 4, from + 3 * down, step, to + 3 * pitch, -pitch);
	return n / 4 * 4;
}

/* A quarter turn, in tiles, so that the lines a column of the source is in are used before they leave the cache */
static dpk_status
turn(const dpk_affine *map, int64_t step, const dpk_image *in, dpk_image *out, const dpk_stop *stop)
{
	enum
	{
		TILE = 32
	};
	int64_t		c = in->channels,
				down = ((int64_t) map->yy * in->width + (int64_t) map->xy) * c, /* in the source, by a row of the result */
				pitch = out->width * c;
	bool		by_blocks = c == 3 && dpk_kernels_best()->turn_rgb != NULL;
	const uint8_t *origin = in->pixels + ((int64_t) map->y0 * in->width + (int64_t) map->x0) * c;

	for (int64_t row = 0; row < out->height; row += TILE)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		for (int64_t from = 0; from < out->width; from += TILE)
		{
			int64_t		end = DPK_MIN(row + TILE, out->height),
						n = DPK_MIN(out->width - from, TILE),
						done = 0;

			for (int64_t y = row; y < end; y++)
			{
				const uint8_t *source = origin + y * down + from * step;
				uint8_t    *to = out->pixels + y * pitch + from * c;

				if ((y - row) % 4 == 0)
					done = by_blocks && y + 4 <= end ? turn_four(source, step, down, to, pitch, n) : 0;
				if (done < n)
					copy_run(source + done * step, step, to + done * c, n - done, (int) c, in->pixels);
			}
		}
	}
	return DPK_OK;
}

dpk_status
dpk_affine_copy(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out, const dpk_stop *stop)
{
	int			c = in->channels,
				dx = (int) map->xx,
				dy = (int) map->yx;
	int64_t		step = ((int64_t) dy * in->width + dx) * c;

	if (dx == 1 && lies_inside(map, in, out))
	{
		const uint8_t *from = in->pixels + ((int64_t) map->y0 * in->width + (int64_t) map->x0) * c;

		for (int64_t row = 0; row < out->height; row++)
			memcpy(out->pixels + row * out->width * c, from + row * (int64_t) map->yy * in->width * c, (size_t) out->width * c);
		return DPK_OK;
	}
	if (dy != 0 && lies_inside(map, in, out))
		return turn(map, step, in, out, stop);
	for (int row = 0; row < out->height; row++)
	{
		int64_t		x = (int64_t) (map->x0 + map->xy * row),
					y = (int64_t) (map->y0 + map->yy * row),
					from = 0,
					end = out->width;
		uint8_t    *to = out->pixels + (size_t) row * out->width * c;

		if (row % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		narrow(x, dx, in->width, &from, &end);
		narrow(y, dy, in->height, &from, &end);
		fill_run(in, fill, x, y, dx, dy, to, from);
		if (end > from)
			copy_run(in->pixels + ((y + from * dy) * in->width + x + from * dx) * c, step, to + from * c, end - from, c, in->pixels);
		fill_run(in, fill, x + end * dx, y + end * dy, dx, dy, to + end * c, out->width - end);
	}
	return DPK_OK;
}
