/*
 * resize.c - an image at another size (resize.h)
 */
#include "resize.h"

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "trig.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define PRECISION DPK_FILTER_BITS
#define ROWS 16					/* filtered together, between looks at 'stop' */

const char *const dpk_filter_names[] = {"nearest", "area", "bilinear", "bicubic", "lanczos", NULL};

/* Half the width of each filter, in pixels of the coarser image */
static const double support_of[] = {0, 0.5, 1, 2, 3};

static double
sinc(double x)
{
	double		s,
				c;

	if (x == 0)
		return 1;
	dpk_sincos_degrees(x * 180, &s, &c);
	return s / (x * 3.14159265358979323846);
}

static double
filter_value(dpk_filter filter, double x)
{
	switch (filter)
	{
		case DPK_FILTER_AREA:
			return x > -0.5 && x <= 0.5;
		case DPK_FILTER_BILINEAR:
			x = fabs(x);
			return x < 1 ? 1 - x : 0;
		case DPK_FILTER_BICUBIC:
			x = fabs(x);
			if (x < 1)
				return (1.5 * x - 2.5) * x * x + 1;
			return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
		case DPK_FILTER_LANCZOS:
			return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
		case DPK_FILTER_NEAREST:
			break;
	}
	return 0;
}

static int
most_taps(int in, int out, dpk_filter filter)
{
	double		scale = (double) in / out;

	return (int) ceil(support_of[filter] * (scale < 1 ? 1 : scale)) * 2 + 1;
}

static bool
axis_bytes(int in, int out, dpk_filter filter, size_t *bytes)
{
	size_t		most = most_taps(in, out, filter),
				ints;

	/* per output pixel: first, taps, weights; one row of doubles to compute them in */
	return dpk_mul(out, most + 2, &ints) && dpk_mul(ints, sizeof(int32_t), bytes) &&
		dpk_add(*bytes, (most + 1) * sizeof(double), bytes);
}

static char *
plan_axis(dpk_filter_taps *a, int in, int out, dpk_filter filter, char *work)
{
	double		scale = (double) in / out,
				widened = scale < 1 ? 1 : scale,
				support = support_of[filter] * widened;
	double	   *row = (double *) work;

	a->n = out;
	a->most = most_taps(in, out, filter);
	a->first = (int *) (row + a->most);
	a->taps = a->first + out;
	a->weights = (int32_t *) (a->taps + out);
	for (int i = 0; i < out; i++)
	{
		double		centre = (i + 0.5) * scale,
					sum = 0;
		int			from = DPK_MAX((int) (centre - support + 0.5), 0),
					to = DPK_MIN((int) (centre + support + 0.5), in);

		for (int j = from; j < to; j++)
			sum += row[j - from] = filter_value(filter, (j - centre + 0.5) * (1 / widened));
		for (int j = 0; j < to - from; j++)
		{
			double		w = (sum != 0 ? row[j] / sum : row[j]) * (1 << PRECISION);

			a->weights[(size_t) i * a->most + j] = (int32_t) (w < 0 ? w - 0.5 : w + 0.5);
		}
		a->first[i] = from;
		a->taps[i] = to - from;
	}
	/* the next user of 'work' wants doubles */
	return work + ((char *) (a->weights + (size_t) out * a->most) - work + 7) / 8 * 8;
}

/* One row; the place (2x + 1) * in / (2 * out) advances by its quotient and remainder */
static inline void
nearest_row(const uint8_t *row, int in, uint8_t *to, int out, int c)
{
	int64_t		whole = 2 * (int64_t) out,
				place = in / whole,
				rest = in % whole,
				step = 2 * (int64_t) in / whole,
				step_rest = 2 * (int64_t) in % whole;

	for (int x = 0; x < out; x++, to += c)
	{
		for (int k = 0; k < c; k++)
			to[k] = row[place * c + k];
		place += step;
		rest += step_rest;
		if (rest >= whole)
		{
			rest -= whole;
			place++;
		}
	}
}

/* The pixel at the centre of each; (2i + 1) / 2 * in / out in integers */
static void
nearest(const dpk_image *in, dpk_image *out)
{
	size_t		stride = (size_t) out->width * in->channels;
	int64_t		before = -1;

	for (int y = 0; y < out->height; y++)
	{
		int64_t		from = (2 * (int64_t) y + 1) * in->height / (2 * (int64_t) out->height);
		const uint8_t *row = in->pixels + (size_t) from * in->width * in->channels;
		uint8_t    *to = out->pixels + y * stride;

		if (from == before)
			memcpy(to, to - stride, stride);
		else if (in->channels == 1)
			nearest_row(row, in->width, to, out->width, 1);
		else
			nearest_row(row, in->width, to, out->width, 3);
		before = from;
	}
}

dpk_status
dpk_resize_work(const dpk_image *in, int width, int height, dpk_filter filter, size_t *bytes)
{
	size_t		horizontal_bytes,
				vertical_bytes,
				between;

	*bytes = 1;
	if (filter == DPK_FILTER_NEAREST)
		return DPK_OK;
	if (!axis_bytes(in->width, width, filter, &horizontal_bytes) ||
		!axis_bytes(in->height, height, filter, &vertical_bytes) ||
		!dpk_mul((size_t) width * in->channels, in->height, &between) ||
		!dpk_add(horizontal_bytes, vertical_bytes, bytes) ||
		!dpk_add(*bytes, between, bytes) ||
		!dpk_add(*bytes, 24, bytes))	/* three parts, aligned */
		return DPK_TOO_BIG;
	return DPK_OK;
}

dpk_status
dpk_resize(const dpk_image *in, dpk_image *out, dpk_filter filter, void *work, const dpk_stop *stop)
{
	size_t		stride = (size_t) out->width * in->channels;
	const uint8_t *between = in->pixels;
	dpk_filter_taps a;
	const dpk_kernels *kernels = dpk_kernels_best();
	char	   *rest = work;

	if (in->width == out->width && in->height == out->height)
	{
		memcpy(out->pixels, in->pixels, stride * in->height);
		return DPK_OK;
	}
	if (filter == DPK_FILTER_NEAREST)
	{
		nearest(in, out);
		return DPK_OK;
	}
	if (in->width != out->width)
	{
		bool		last = in->height == out->height;
		uint8_t    *to;

		rest = plan_axis(&a, in->width, out->width, filter, work);
		to = last ? out->pixels : (uint8_t *) rest;
		between = to;
		rest += last ? 0 : (stride * in->height + 7) / 8 * 8;
		for (int y = 0; y < in->height; y += ROWS)
		{
			if (dpk_stopped(stop))
				return DPK_STOPPED;
			kernels->filter_rows(&a, in->channels, in->pixels + (size_t) y * in->width * in->channels, DPK_MIN(in->height - y, ROWS),
								 (size_t) in->width * in->channels, to + y * stride, stride);
		}
		if (last)
			return DPK_OK;
	}
	plan_axis(&a, in->height, out->height, filter, rest);
	for (int y = 0; y < out->height; y++)
	{
		if (y % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		kernels->filter_columns(a.weights + (size_t) y * a.most, a.taps[y], between + a.first[y] * stride, stride, stride, out->pixels + y * stride);
	}
	return DPK_OK;
}
