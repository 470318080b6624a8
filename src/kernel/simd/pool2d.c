/*
 * pool2d.c - maximum and average pooling
 *
 * Windows are cut at the edges of the map, so the zeros around it take part in
 * neither the maximum nor the mean.  A NaN in a window is its maximum.
 */
#include <string.h>

#include "pool2d.h"

/* The part of output i's window that lies inside the map of 'size' */
static void
window(int i, int k, int stride, int pad, int size, int *from, int *to)
{
	*from = DPK_MAX(i * stride - pad, 0);
	*to = DPK_MIN(i * stride - pad + k, size);
}

/* One output pixel; x at row 0, column 0 of the plane */
TILE vec
reduce(const float *x, long row, int r0, int r1, int c0, int c1, bool average)
{
	vec			v = CVEC(x + r0 * row + c0 * V);

	if (average)
	{
		v = (vec) {0};
		for (int r = r0; r < r1; r++)
			for (int c = c0; c < c1; c++)
				v += CVEC(x + r * row + c * V);
		return v * (1.0f / ((r1 - r0) * (c1 - c0)));
	}
	for (int r = r0; r < r1; r++)
		for (int c = c0; c < c1; c++)
		{
			vec			a = CVEC(x + r * row + c * V);

			v = choose((a > v) | (a != a), a, v);
		}
	return v;
}

/* Rows 'from' up to 'to' of one block of channels; x and y at row 0, column 0 */
static void
forward_rows(const dpk_pool2d *s, int from, int to, const float *x, float *y)
{
	long		xrow = map_row(&s->x),
				yrow = map_row(&s->y);

	for (int i = from; i < to; i++)
		for (int j = 0; j < s->y.w; j++)
		{
			int			r0,
						r1,
						c0,
						c1;

			window(i, s->kh, s->stride_h, s->pad_top, s->x.h, &r0, &r1);
			window(j, s->kw, s->stride_w, s->pad_left, s->x.w, &c0, &c1);
			/* the window of almost everyone, unrolled */
			if (r1 - r0 == 2 && c1 - c0 == 2)
				VEC(y + i * yrow + j * V) = reduce(x, xrow, r0, r0 + 2, c0, c0 + 2, s->average);
			else
				VEC(y + i * yrow + j * V) = reduce(x, xrow, r0, r1, c0, c1, s->average);
		}
}

void
DPK_NAME(pool2d_forward) (const dpk_pool2d *s, int from, int to, const float *x, float *y)
{
	long		blocks = BLOCKS(s->x.c);

	x += map_origin(&s->x);
	y += map_origin(&s->y);
	for (int i = from / s->y.h; i * s->y.h < to; i++)
		for (long b = i * blocks; b < (i + 1) * blocks; b++)
			forward_rows(s, first_row(from, i, s->y.h), end_row(to, i, s->y.h), x + b * map_plane(&s->x), y + b * map_plane(&s->y));
}

/* One output pixel's gradient to its window, added or, where windows do not touch, stored */
TILE void
spread(const float *x, long xrow, float *dx, long dxrow, vec y, vec dy,
	   int r0, int r1, int c0, int c1, bool average, const bool store)
{
	ivec		left = (ivec) {0} == 0; /* lanes that have not met their maximum yet */

	if (average)
		dy *= 1.0f / ((r1 - r0) * (c1 - c0));
	for (int r = r0; r < r1; r++)
		for (int c = c0; c < c1; c++)
		{
			float	   *d = dx + r * dxrow + c * V;
			vec			g = dy;

			if (!average)
			{
				ivec		hit = left & (CVEC(x + r * xrow + c * V) == y);

				left &= ~hit;
				g = (vec) (hit & (ivec) dy);
			}
			if (!store)
				g += CVEC(d);
			VEC(d) = g;
		}
}

/* The first row of the map that the windows before row i do not reach */
static int
reached(const dpk_pool2d *s, int i)
{
	if (i == 0 || i == s->y.h)
		return i == 0 ? 0 : s->x.h;
	return DPK_MIN(DPK_MAX((i - 1) * s->stride_h - s->pad_top + s->kh, 0), s->x.h);
}

/* Rows 'from' up to 'to' of one block of channels; all maps at row 0, column 0 */
static void
backward_rows(const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	long		xrow = map_row(&s->x),
				dxrow = map_row(&s->dx);
	bool		tiled = !add && s->stride_h == s->kh && s->stride_w == s->kw && s->pad_top == 0 && s->pad_left == 0 &&
		s->y.h * s->kh == s->x.h && s->y.w * s->kw == s->x.w;

	if (!add && !tiled)
		for (int r = reached(s, from); r < reached(s, to); r++)
			memset(dx + r * dxrow, 0, s->x.w * V * sizeof(float));
	for (int i = from; i < to; i++)
		for (int j = 0; j < s->y.w; j++)
		{
			vec			m = CVEC(y + i * map_row(&s->y) + j * V),
						g = CVEC(dy + i * map_row(&s->dy) + j * V);
			int			r0,
						r1,
						c0,
						c1;

			window(i, s->kh, s->stride_h, s->pad_top, s->x.h, &r0, &r1);
			window(j, s->kw, s->stride_w, s->pad_left, s->x.w, &c0, &c1);
			if (tiled && s->kh == 2 && s->kw == 2)
				spread(x, xrow, dx, dxrow, m, g, r0, r0 + 2, c0, c0 + 2, s->average, true);
			else if (tiled)
				spread(x, xrow, dx, dxrow, m, g, r0, r1, c0, c1, s->average, true);
			else
				spread(x, xrow, dx, dxrow, m, g, r0, r1, c0, c1, s->average, false);
		}
}

void
DPK_NAME(pool2d_backward) (const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	long		blocks = BLOCKS(s->x.c);

	x += map_origin(&s->x);
	y += map_origin(&s->y);
	dy += map_origin(&s->dy);
	dx += map_origin(&s->dx);
	for (int i = from / s->y.h; i * s->y.h < to; i++)
		for (long b = i * blocks; b < (i + 1) * blocks; b++)
			backward_rows(s, first_row(from, i, s->y.h), end_row(to, i, s->y.h), x + b * map_plane(&s->x),
						  y + b * map_plane(&s->y), dy + b * map_plane(&s->dy), dx + b * map_plane(&s->dx), add);
}
