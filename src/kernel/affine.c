/*
 * affine.c - flips, crops, and affine maps (affine.h)
 *
 * Most pixels of a row have all four neighbours inside the image.  The stretch
 * of them is found by division, once per row, and takes a loop without tests;
 * what is left at both ends asks dpk_fill for each neighbour.
 */
#include "affine.h"

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "trig.h"
#include "warp.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define FRACTION 32				/* bits of a coordinate after the point */
#define LARGEST 268435456.0		/* a coordinate: 2^28 */

const char *const dpk_fill_names[] = {"nearest", "constant", "reflect", "wrap", NULL};

/* ---- maps ---- */

/* The map whose linear part keeps the centre of the image */
static dpk_affine
about_centre(int width, int height, double xx, double xy, double yx, double yy)
{
	double		cx = (width - 1) / 2.0,
				cy = (height - 1) / 2.0;

	return (dpk_affine) {xx, xy, cx - xx * cx - xy * cy, yx, yy, cy - yx * cx - yy * cy};
}

dpk_affine
dpk_affine_translate(double dx, double dy)
{
	return (dpk_affine) {1, 0, -dx, 0, 1, -dy};
}

dpk_affine
dpk_affine_rotate(int width, int height, double degrees)
{
	double		s,
				c;

	dpk_sincos_degrees(degrees, &s, &c);
	return about_centre(width, height, c, -s, s, c);
}

dpk_affine
dpk_affine_shear(int width, int height, double xdegrees, double ydegrees)
{
	double		xs,
				xc,
				ys,
				yc;

	dpk_sincos_degrees(xdegrees, &xs, &xc);
	dpk_sincos_degrees(ydegrees, &ys, &yc);
	return about_centre(width, height, 1, xs / xc, ys / yc, 1);
}

dpk_affine
dpk_affine_zoom(int width, int height, double xfactor, double yfactor)
{
	return about_centre(width, height, 1 / xfactor, 0, 0, 1 / yfactor);
}

dpk_affine
dpk_affine_flip(int width, int height, bool horizontal)
{
	return about_centre(width, height, horizontal ? -1 : 1, 0, 0, horizontal ? 1 : -1);
}

dpk_affine
dpk_affine_box(int width, int height, double x, double y, double boxwidth, double boxheight)
{
	return (dpk_affine) {width > 1 ? (boxwidth - 1) / (width - 1) : 1, 0, x,
		0, height > 1 ? (boxheight - 1) / (height - 1) : 1, y};
}

dpk_affine
dpk_affine_then(const dpk_affine *first, const dpk_affine *second)
{
	const dpk_affine *a = first,
			   *b = second;

	/* a pixel of the result asks 'second' where it comes from, and that place asks 'first' */
	return (dpk_affine) {
		a->xx * b->xx + a->xy * b->yx, a->xx * b->xy + a->xy * b->yy, a->xx * b->x0 + a->xy * b->y0 + a->x0,
		a->yx * b->xx + a->yy * b->yx, a->yx * b->xy + a->yy * b->yy, a->yx * b->x0 + a->yy * b->y0 + a->y0
	};
}

void
dpk_affine_point(const dpk_affine *m, double *x, double *y)
{
	double		det = m->xx * m->yy - m->xy * m->yx,
				u = *x - m->x0,
				v = *y - m->y0;

	*x = (m->yy * u - m->xy * v) / det;
	*y = (m->xx * v - m->yx * u) / det;
}

/* ---- resampling ---- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t		q = a / b;

	return q - (a % b != 0 && (a < 0) != (b < 0));
}

/* Narrow [*from, *to) to the i with 0 <= start + i * step < limit */
static void
narrow(int64_t start, int64_t step, int64_t limit, int *from, int *to)
{
	int64_t		first = *from,
				end = *to;

	if (step == 0)
	{
		if (start < 0 || start >= limit)
			end = first;
	}
	else if (step > 0)
	{
		first = DPK_MAX(first, -floor_div(start, step));
		end = DPK_MIN(end, -floor_div(start - limit, step));
	}
	else
	{
		first = DPK_MAX(first, floor_div(start - limit, -step) + 1);
		end = DPK_MIN(end, floor_div(start, -step) + 1);
	}
	*from = (int) DPK_MIN(first, *to);
	*to = (int) DPK_MAX(end, *from);
}

/* Those with all neighbours in the image */
static void
inner_pixels(const dpk_kernels *kernels, const dpk_image *in, uint8_t *to, int n, int64_t x, int64_t y, int64_t dx, int64_t dy)
{
	enum
	{
		CHUNK = 512
	};
	uint32_t	xs[CHUNK],
				ys[CHUNK];

	for (int from = 0; from < n; from += CHUNK)
	{
		int			count = DPK_MIN(n - from, CHUNK);

		for (int i = 0; i < count; i++)
		{
			xs[i] = (uint32_t) ((x + i * dx) >> 16);
			ys[i] = (uint32_t) ((y + i * dy) >> 16);
		}
		kernels->blend(in->pixels, (size_t) in->width * in->channels, in->channels, count, xs, ys, to);
		x += count * dx;
		y += count * dy;
		to += (size_t) count * in->channels;
	}
}

static void
edge_pixels(const dpk_image *in, dpk_fill fill, uint8_t *to, int n, int64_t x, int64_t y, int64_t dx, int64_t dy)
{
	int			c = in->channels;
	uint8_t		constant[] = {fill.value, fill.value, fill.value, fill.value};

	for (int i = 0; i < n; i++, x += dx, y += dy, to += c)
	{
		const uint8_t *p[4];
		int			xf = (x >> 16) & 0xffff,
					yf = (y >> 16) & 0xffff;

		for (int j = 0; j < 4; j++)
		{
			int64_t		px = dpk_filled_index((x >> FRACTION) + (j & 1), in->width, fill.method),
						py = dpk_filled_index((y >> FRACTION) + (j >> 1), in->height, fill.method);

			p[j] = px < 0 || py < 0 ? constant : in->pixels + ((size_t) py * in->width + px) * c;
		}
		for (int k = 0; k < c; k++)
			to[k] = dpk_blend(p[0][k], p[1][k], p[2][k], p[3][k], xf, yf);
	}
}

static int64_t
fixed(double x)
{
	return (int64_t) floor(x * 4294967296.0 + 0.5);
}

static bool
within_range(const dpk_affine *m, int width, int height)
{
	double		x = fabs(m->xx) * width + fabs(m->xy) * height + fabs(m->x0),
				y = fabs(m->yx) * width + fabs(m->yy) * height + fabs(m->y0);

	return x < LARGEST && y < LARGEST;	/* false for NaN */
}

dpk_status
dpk_affine_apply(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out,
				 const dpk_stop *stop, dpk_error *err)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	int			c = in->channels;
	int64_t		dx = fixed(map->xx),
				dy = fixed(map->yx);

	if (!within_range(map, out->width, out->height))
		return dpk_fail(err, DPK_INVALID, "the steps move the image too far outside itself");
	if (dpk_affine_is_exact(map))
		return dpk_affine_copy(map, fill, in, out, stop);
	for (int row = 0; row < out->height; row++)
	{
		uint8_t    *to = out->pixels + (size_t) row * out->width * c;

		/* half a unit of the last bit that the interpolation sees, so that it is rounded */
		int64_t		x = fixed(map->xy * row + map->x0) + 0x8000,
					y = fixed(map->yy * row + map->y0) + 0x8000;
		int			from = 0,
					end = out->width;

		if (row % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		narrow(x, dx, (int64_t) (in->width - 1) << FRACTION, &from, &end);
		narrow(y, dy, (int64_t) (in->height - 1) << FRACTION, &from, &end);
		edge_pixels(in, fill, to, from, x, y, dx, dy);
		inner_pixels(kernels, in, to + (size_t) from * c, end - from, x + from * dx, y + from * dy, dx, dy);
		edge_pixels(in, fill, to + (size_t) end * c, out->width - end, x + end * dx, y + end * dy, dx, dy);
	}
	return DPK_OK;
}

dpk_status
dpk_affine_nearest(const dpk_affine *map, dpk_fill fill, const dpk_image *in, dpk_image *out,
				   const dpk_stop *stop, dpk_error *err)
{
	int			c = in->channels;
	int64_t		half = (int64_t) 1 << (FRACTION - 1),
				dx = fixed(map->xx),
				dy = fixed(map->yx);
	uint8_t    *to = out->pixels;

	if (!within_range(map, out->width, out->height))
		return dpk_fail(err, DPK_INVALID, "the steps move the image too far outside itself");
	for (int row = 0; row < out->height; row++)
	{
		int64_t		x = fixed(map->xy * row + map->x0) + half,
					y = fixed(map->yy * row + map->y0) + half;

		if (row % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int i = 0; i < out->width; i++, x += dx, y += dy, to += c)
		{
			int64_t		px = dpk_filled_index(x >> FRACTION, in->width, fill.method),
						py = dpk_filled_index(y >> FRACTION, in->height, fill.method);

			for (int k = 0; k < c; k++)
				to[k] = px < 0 || py < 0 ? fill.value : in->pixels[((size_t) py * in->width + px) * c + k];
		}
	}
	return DPK_OK;
}

/* ---- exact copies ---- */

void
dpk_flip(const dpk_image *in, dpk_image *out, bool horizontal)
{
	dpk_affine	map = dpk_affine_flip(in->width, in->height, horizontal);

	dpk_affine_copy(&map, (dpk_fill) {DPK_FILL_NEAREST, 0}, in, out, NULL);
}

void
dpk_crop(const dpk_image *in, dpk_image *out, int x, int y)
{
	size_t		c = in->channels;

	for (int row = 0; row < out->height; row++)
		memcpy(out->pixels + row * out->width * c, in->pixels + ((size_t) (y + row) * in->width + x) * c, out->width * c);
}
