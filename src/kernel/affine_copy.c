/*
 * affine_copy.c - maps of whole pixels to whole pixels: quarter turns, mirroring, shifts
 *
 * Such a map walks the source by one pixel to the right, left, down or up for
 * each pixel of the result.
 */
#include <math.h>
#include <string.h>

#include "affine.h"

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

static void
copy_run(const uint8_t *from, int64_t step, uint8_t *to, int64_t n, int c)
{
	if (step == c)
		memcpy(to, from, n * c);
	else if (c == 1)
		walk(from, step, to, n, 1);
	else if (c == 3)
		walk(from, step, to, n, 3);
	else
		walk(from, step, to, n, c);
}

static void
fill_run(const dpk_image *in, dpk_fill fill, int64_t x, int64_t y, int dx, int dy, uint8_t *to, int64_t n)
{
	int			c = in->channels;

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

dpk_status
dpk_affine_copy(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out, const dpk_stop *stop)
{
	int			c = in->channels,
				dx = (int) map->xx,
				dy = (int) map->yx;
	int64_t		step = ((int64_t) dy * in->width + dx) * c;

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
			copy_run(in->pixels + ((y + from * dy) * in->width + x + from * dx) * c, step, to + from * c, end - from, c);
		fill_run(in, fill, x + end * dx, y + end * dy, dx, dy, to + end * c, out->width - end);
	}
	return DPK_OK;
}
