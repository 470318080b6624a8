/*
 * resize.c - an image at another size (resize.h)
 */
#include "resize.h"

#include <math.h>
#include <string.h>

#include "trig.h"

/* The loops over samples want vectorising and unrolling; clang does both at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define PRECISION 22			/* bits of a weight after the point: 8 of a pixel, 2 to spare, in 32 */

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

/* The weights of one axis: out pixel i is the sum of taps[i] pixels from first[i] */
typedef struct axis
{
	int			most;			/* taps at most; the stride of weights */
	int		   *first,
			   *taps;
	int32_t    *weights;		/* (out, most), 22 bits after the point */
} axis;

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
plan_axis(axis *a, int in, int out, dpk_filter filter, char *work)
{
	double		scale = (double) in / out,
				widened = scale < 1 ? 1 : scale,
				support = support_of[filter] * widened;
	double	   *row = (double *) work;

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

static inline uint8_t
clip(int32_t sum)
{
	int32_t		v = sum >> PRECISION;

	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* One row; c is a constant where the compiler can unroll it */
static inline void
horizontal_row(const axis *a, const uint8_t *in, uint8_t *out, int width, int c)
{
	for (int x = 0; x < width; x++)
	{
		const int32_t *w = a->weights + (size_t) x * a->most;
		const uint8_t *p = in + (size_t) a->first[x] * c;
		int32_t		sum[4] = {1 << (PRECISION - 1), 1 << (PRECISION - 1), 1 << (PRECISION - 1), 1 << (PRECISION - 1)};

		for (int j = 0; j < a->taps[x]; j++)
			for (int k = 0; k < c; k++)
				sum[k] += p[j * c + k] * w[j];
		for (int k = 0; k < c; k++)
			out[x * c + k] = clip(sum[k]);
	}
}

static void
horizontal(const axis *a, const dpk_image *in, int y, uint8_t *out, int width)
{
	const uint8_t *row = in->pixels + (size_t) y * in->width * in->channels;

	switch (in->channels)
	{
		case 1:
			horizontal_row(a, row, out, width, 1);
			break;
		case 3:
			horizontal_row(a, row, out, width, 3);
			break;
		default:
			horizontal_row(a, row, out, width, in->channels);
	}
}

/* One output row from several input rows, a chunk of columns at a time so that the sums stay in cache */
static void
vertical_row(const axis *a, int y, const uint8_t *in, size_t stride, uint8_t *out)
{
	enum
	{
		CHUNK = 256
	};
	const int32_t *w = a->weights + (size_t) y * a->most;

	for (size_t from = 0; from < stride; from += CHUNK)
	{
		int			n = (int) DPK_MIN(stride - from, CHUNK);
		int32_t		sum[CHUNK];

		for (int i = 0; i < n; i++)
			sum[i] = 1 << (PRECISION - 1);
		for (int j = 0; j < a->taps[y]; j++)
		{
			const uint8_t *p = in + (a->first[y] + j) * stride + from;
			int32_t		weight = w[j];

			for (int i = 0; i < n; i++)
				sum[i] += p[i] * weight;
		}
		for (int i = 0; i < n; i++)
			out[from + i] = clip(sum[i]);
	}
}

/* The pixel at the centre of each; (2i + 1) / 2 * in / out in integers */
static void
nearest(const dpk_image *in, dpk_image *out)
{
	size_t		c = in->channels;

	for (int y = 0; y < out->height; y++)
	{
		const uint8_t *row = in->pixels + (2 * (int64_t) y + 1) * in->height / (2 * (int64_t) out->height) * in->width * c;
		uint8_t    *to = out->pixels + (size_t) y * out->width * c;

		for (int x = 0; x < out->width; x++, to += c)
			memcpy(to, row + (2 * (int64_t) x + 1) * in->width / (2 * (int64_t) out->width) * c, c);
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
	axis		a;
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
		for (int y = 0; y < in->height; y++, to += stride)
		{
			if (y % 64 == 0 && dpk_stopped(stop))
				return DPK_STOPPED;
			horizontal(&a, in, y, to, out->width);
		}
		if (last)
			return DPK_OK;
	}
	plan_axis(&a, in->height, out->height, filter, rest);
	for (int y = 0; y < out->height; y++)
	{
		if (y % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		vertical_row(&a, y, between, stride, out->pixels + y * stride);
	}
	return DPK_OK;
}
