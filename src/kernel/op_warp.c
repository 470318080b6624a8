/*
 * op_warp.c - operations whose maps are not affine: perspective and elastic
 */
#include <string.h>

#include "elementary.h"
#include "operation.h"
#include "warp.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

/* ---- affine, by its matrix ---- */

static double
determinant(const double *m)
{
	return m[0] * m[4] - m[1] * m[3];
}

static dpk_status
size_affine(const dpk_drawn *d, int *width, int *height, dpk_error *err)
{
	if (fabs(determinant(d->value)) > 1e-9)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "invalid value for parameter \"matrix\" of \"affine\"");
	dpk_detail(err, "The matrix maps the image onto a line or a point.");
	return DPK_INVALID;
}

/* The inverse of x' = a x + b y + c, y' = d x + e y + f */
static dpk_affine
map_affine(const dpk_drawn *d, int width, int height)
{
	const double *m = d->value;
	double		det = determinant(m),
				xx = m[4] / det,
				xy = -m[1] / det,
				yx = -m[3] / det,
				yy = m[0] / det;

	return (dpk_affine) {xx, xy, -(xx * m[2] + xy * m[5]), yx, yy, -(yx * m[2] + yy * m[5])};
}

const dpk_operation dpk_op_affine = {
	.name = "affine", .p = 1, .size = size_affine, .map = map_affine,
	.parameters = {{.key = "matrix", .min = -1e6, .max = 1e6, .list = 6, .fallback = DPK_REQUIRED}, DPK_FILL_PARAMETERS(DPK_FILL_NEAREST)}
};

/* At whole places nothing is interpolated */
static void
round_places(bool wanted, int n, double *x, double *y)
{
	for (int i = 0; i < n && wanted; i++)
	{
		x[i] = floor(x[i] + 0.5);
		y[i] = floor(y[i] + 0.5);
	}
}

/* ---- perspective ---- */

/* The eight numbers of x' = (a x + b y + c) / (g x + h y + 1), y' = (d x + e y + f) / (...), from -> to; false: there are none */
static bool
homography(const double from[8], const double to[8], double h[8])
{
	double		a[8][9];

	for (int i = 0; i < 4; i++)
	{
		double		x = from[2 * i],
					y = from[2 * i + 1],
					u = to[2 * i],
					v = to[2 * i + 1];

		memcpy(a[2 * i], (double[]) {x, y, 1, 0, 0, 0, -u * x, -u * y, u}, sizeof(a[0]));
		memcpy(a[2 * i + 1], (double[]) {0, 0, 0, x, y, 1, -v * x, -v * y, v}, sizeof(a[0]));
	}
	for (int i = 0; i < 8; i++)
	{
		int			pivot = i;

		for (int j = i + 1; j < 8; j++)
			if (fabs(a[j][i]) > fabs(a[pivot][i]))
				pivot = j;
		if (!(fabs(a[pivot][i]) > 1e-12))
			return false;
		for (int k = 0; k < 9; k++)
		{
			double		swap = a[i][k];

			a[i][k] = a[pivot][k];
			a[pivot][k] = swap;
		}
		for (int j = 0; j < 8; j++)
		{
			double		f = a[j][i] / a[i][i];

			for (int k = i; k < 9 && j != i; k++)
				a[j][k] -= f * a[i][k];
		}
	}
	for (int i = 0; i < 8; i++)
		h[i] = a[i][8] / a[i][i];
	return true;
}

/*
 * Each corner moves inwards by up to half of distortion times the width and
 * the height, as in torchvision's RandomPerspective.
 */
static void
corners(const dpk_drawn *d, int width, int height, double from[8], double to[8])
{
	for (int i = 0; i < 4; i++)
	{
		bool		right = i == 1 || i == 2,
					low = i >= 2;
		double		dx = floor(d->value[3 + 2 * i] * (floor(d->value[0] * (width / 2)) + 1)),
					dy = floor(d->value[4 + 2 * i] * (floor(d->value[0] * (height / 2)) + 1));

		from[2 * i] = right ? width - 1 : 0;
		from[2 * i + 1] = low ? height - 1 : 0;
		to[2 * i] = right ? width - 1 - dx : dx;
		to[2 * i + 1] = low ? height - 1 - dy : dy;
	}
}

static const double identity[8] = {1, 0, 0, 0, 1, 0, 0, 0};

/* An image of one row or column, or whose corners meet, stays as it is */
static void
perspective(const dpk_drawn *d, int width, int height, bool inverse, double h[8])
{
	double		from[8],
				to[8];

	corners(d, width, height, from, to);
	if (!homography(inverse ? to : from, inverse ? from : to, h))
		memcpy(h, identity, sizeof(identity));
}

static dpk_status
apply_perspective(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	double		h[8],
				x[DPK_WARP_CHUNK],
				y[DPK_WARP_CHUNK];
	dpk_fill	fill;

	dpk_drawn_fill(d, &fill);
	perspective(d, in->width, in->height, true, h);
	for (int row = 0; row < out->height; row++)
	{
		if (row % 16 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int from = 0; from < out->width; from += DPK_WARP_CHUNK)
		{
			int			n = DPK_MIN(out->width - from, DPK_WARP_CHUNK);

			for (int i = 0; i < n; i++)
			{
				double		z = h[6] * (from + i) + (h[7] * row + 1);

				x[i] = (h[0] * (from + i) + (h[1] * row + h[2])) / z;
				y[i] = (h[3] * (from + i) + (h[4] * row + h[5])) / z;
			}
			round_places(d->mask, n, x, y);
			dpk_warp(in, fill, n, x, y, out->pixels + ((size_t) row * out->width + from) * in->channels);
		}
	}
	return DPK_OK;
}

static void
point_perspective(const dpk_drawn *d, int width, int height, double *x, double *y)
{
	double		h[8],
				from_x = *x,
				from_y = *y,
				z;

	perspective(d, width, height, false, h);
	z = h[6] * from_x + h[7] * from_y + 1;
	*x = (h[0] * from_x + h[1] * from_y + h[2]) / z;
	*y = (h[3] * from_x + h[4] * from_y + h[5]) / z;
}

#define CORNER {.max = 1}, {.max = 1}

const dpk_operation dpk_op_perspective = {
	.name = "perspective", .p = 1, .apply = apply_perspective, .moves = true, .point = point_perspective,
	.parameters = {{.key = "distortion", .max = 1, .fallback = 0.5}, DPK_FILL_PARAMETERS(DPK_FILL_CONSTANT), CORNER, CORNER, CORNER, CORNER}
};

/* ---- elastic ---- */

#define TRUNCATE 4				/* the Gaussian ends there, in sigmas, as scipy's does */

/* One line of a field, blurred; 'line' has room for n + 2 * radius */
static void
blur_line(float *field, size_t step, int n, int radius, const float *weights, float *line)
{
	for (int i = -radius; i < n + radius; i++)
		line[i + radius] = field[(size_t) dpk_filled_index(i, n, DPK_FILL_REFLECT) * step];
	for (int i = 0; i < n; i++)
	{
		float		sum = weights[0] * line[i + radius];

		for (int j = 1; j <= radius; j++)
			sum += weights[j] * (line[i + radius - j] + line[i + radius + j]);
		field[(size_t) i * step] = sum;
	}
}

static int
blur_radius(const dpk_drawn *d)
{
	return (int) (TRUNCATE * d->value[1] + 0.5);
}

static bool
work_elastic(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	size_t		pixels,
				rest = sizeof(float) * (DPK_MAX(width, height) + 3 * (size_t) blur_radius(d) + 2);

	return dpk_mul(width, height, &pixels) && dpk_mul(pixels, 2 * sizeof(float), bytes) && dpk_add(*bytes, rest, bytes);
}

/* dx or dy: uniform on [-1, 1), blurred, times alpha */
static dpk_status
make_field(const dpk_drawn *d, int width, int height, float *field, float *line, const float *weights, dpk_random *random, const dpk_stop *stop)
{
	size_t		n = (size_t) width * height;
	int			radius = blur_radius(d);

	for (size_t i = 0; i < n; i++)
	{
		if (i % 65536 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		field[i] = dpk_random_float(random) * 2 - 1;
	}
	for (int y = 0; y < height; y++)
	{
		if (y % 16 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		blur_line(field + (size_t) y * width, 1, width, radius, weights, line);
	}
	for (int x = 0; x < width; x++)
	{
		if (x % 16 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		blur_line(field + x, width, height, radius, weights, line);
	}
	for (size_t i = 0; i < n; i++)
		field[i] *= (float) d->value[0];
	return DPK_OK;
}

/* Both fields, one after the other at the beginning of 'work' */
static dpk_status
make_fields(const dpk_drawn *d, int width, int height, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) width * height;
	int			radius = blur_radius(d);
	float	   *dx = work,
			   *dy = dx + n,
			   *weights = dy + n,
			   *line = weights + radius + 1;
	double		sum = 0;
	dpk_random	random = d->random;
	dpk_status	status;

	for (int i = 0; i <= radius; i++)
		sum += (i ? 2 : 1) * dpk_exp(-0.5 * i * i / (d->value[1] * d->value[1]));
	for (int i = 0; i <= radius; i++)
		weights[i] = (float) (dpk_exp(-0.5 * i * i / (d->value[1] * d->value[1])) / sum);
	if ((status = make_field(d, width, height, dx, line, weights, &random, stop)) != DPK_OK)
		return status;
	return make_field(d, width, height, dy, line, weights, &random, stop);
}

static dpk_status
apply_elastic(const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	const float *dx = work,
			   *dy = dx + (size_t) in->width * in->height;
	double		x[DPK_WARP_CHUNK],
				y[DPK_WARP_CHUNK];
	dpk_fill	fill;
	dpk_status	status = make_fields(d, in->width, in->height, work, stop);

	if (status != DPK_OK)
		return status;
	dpk_drawn_fill(d, &fill);
	for (int row = 0; row < out->height; row++)
	{
		size_t		start = (size_t) row * in->width;

		if (row % 16 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int from = 0; from < out->width; from += DPK_WARP_CHUNK)
		{
			int			count = DPK_MIN(out->width - from, DPK_WARP_CHUNK);

			for (int i = 0; i < count; i++)
			{
				x[i] = from + i + (double) dx[start + from + i];
				y[i] = row + (double) dy[start + from + i];
			}
			round_places(d->mask, count, x, y);
			dpk_warp(in, fill, count, x, y, out->pixels + (start + from) * in->channels);
		}
	}
	return DPK_OK;
}

/* Bilinear; beyond the image what is at its border */
static double
field_at(const float *field, int width, int height, double x, double y)
{
	double		px = fmin(fmax(x, 0), width - 1),
				py = fmin(fmax(y, 0), height - 1),
				fx = px - floor(px),
				fy = py - floor(py);
	size_t		left = (size_t) px,
				right = DPK_MIN(left + 1, (size_t) width - 1);
	const float *upper = field + (size_t) py * width,
			   *lower = py + 1 < height ? upper + width : upper;

	return (upper[left] * (1 - fx) + upper[right] * fx) * (1 - fy) + (lower[left] * (1 - fx) + lower[right] * fx) * fy;
}

/*
 * The result at q shows the image at q + (dx, dy)(q): where is that the point?
 * Half steps towards p - (dx, dy)(q) get there wherever the image does not fold;
 * where it does, to the nearest that they pass.
 */
static dpk_status
points_elastic(const dpk_drawn *d, int width, int height, int n, double *xy, void *work, const dpk_stop *stop)
{
	const float *dx = work,
			   *dy = dx + (size_t) width * height;
	dpk_status	status = make_fields(d, width, height, work, stop);

	for (int i = 0; i < n && status == DPK_OK; i++)
	{
		double		x = xy[2 * i],
					y = xy[2 * i + 1],
					best_x = x,
					best_y = y,
					best = INFINITY;

		if (i % 1024 == 0 && dpk_stopped(stop))
			status = DPK_STOPPED;
		for (int round = 0; round < 100 && best > 1e-12; round++)
		{
			double		off_x = xy[2 * i] - x - field_at(dx, width, height, x, y),
						off_y = xy[2 * i + 1] - y - field_at(dy, width, height, x, y),
						square = off_x * off_x + off_y * off_y;

			if (square < best)
			{
				best = square;
				best_x = x;
				best_y = y;
			}
			x += off_x / 2;
			y += off_y / 2;
		}
		xy[2 * i] = best_x;
		xy[2 * i + 1] = best_y;
	}
	return status;
}

const dpk_operation dpk_op_elastic = {
	.name = "elastic", .p = 1, .apply = apply_elastic, .work = work_elastic, .moves = true, .points = points_elastic,
	.parameters = {{.key = "alpha", .max = 10000, .fallback = 50}, {.key = "sigma", .min = 0.5, .max = 100, .fallback = 5},
	DPK_FILL_PARAMETERS(DPK_FILL_REFLECT)}
};
