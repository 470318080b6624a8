/*
 * denoise.c - bilateral filter and non-local means (denoise.h)
 */
#include "denoise.h"

#include <string.h>

#include "elementary.h"
#include "kernels.h"
#include "reflect.h"

/* The loops over samples want vectorising; clang does it at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define LEVELS 256
#define STRIP 48				/* rows that non-local means sums up at a time */

/* An image with its mirror image around it */
typedef struct framed
{
	int			border;
	size_t		stride;			/* bytes of a row */
	uint8_t    *rows;			/* height + 2 border of them */
} framed;

static size_t
aligned(size_t n)
{
	return (n + 63) & ~(size_t) 63;
}

static bool
framed_size(int width, int height, int channels, int border, size_t *bytes)
{
	return dpk_mul((size_t) width + 2 * border, (size_t) height + 2 * border, bytes) &&
		dpk_mul(*bytes, (size_t) channels, bytes) && dpk_add(*bytes, 63, bytes) && (*bytes = *bytes & ~(size_t) 63, true);
}

static framed
frame(const dpk_image *in, int border, void *work)
{
	size_t		c = in->channels,
				row = (size_t) in->width * c;
	framed		f = {border, row + 2 * border * c, work};

	for (int y = -border; y < in->height + border; y++)
	{
		const uint8_t *from = in->pixels + dpk_reflect(y, in->height) * row;
		uint8_t    *to = f.rows + (y + border) * f.stride + border * c;

		memcpy(to, from, row);
		for (int x = 1; x <= border; x++)
		{
			memcpy(to - x * c, from + dpk_reflect(-x, in->width) * c, c);
			memcpy(to + row + (x - 1) * c, from + dpk_reflect(in->width - 1 + x, in->width) * c, c);
		}
	}
	return f;
}

/* The pixel at (x, y) of the image, which may be on the frame */
static inline const uint8_t *
at(const framed *f, int x, int y, int channels)
{
	return f->rows + (size_t) (y + f->border) * f->stride + (size_t) (x + f->border) * channels;
}

/* exp(-x), where what nobody would see is nothing */
static double
decay(double x)
{
	return x > 600 ? 0 : dpk_exp(-x);
}

/* ---- bilateral ---- */

/* Neighbours within a square of the diameter, more than within the circle */
static size_t
most_taps(int diameter)
{
	return aligned((size_t) diameter * diameter);
}

bool
dpk_bilateral_work(int width, int height, int channels, int diameter, size_t *bytes)
{
	return framed_size(width, height, channels, diameter / 2, bytes) && *bytes <= INT32_MAX &&
		dpk_add(*bytes, DPK_PIXEL_SLACK + most_taps(diameter) * (sizeof(int32_t) + sizeof(float)), bytes);
}

/* The same in planes, one a channel, whose rows have width + 2 border bytes; of the first pixel of the image */
static const uint8_t *
frame_planes(const dpk_image *in, int border, uint8_t *planes, size_t *plane)
{
	size_t		c = in->channels,
				stride = (size_t) in->width + 2 * border;

	*plane = stride * (in->height + 2 * border);
	for (int y = -border; y < in->height + border; y++)
	{
		const uint8_t *from = in->pixels + dpk_reflect(y, in->height) * in->width * c;

		for (size_t k = 0; k < c; k++)
		{
			uint8_t    *to = planes + k * *plane + (y + border) * stride + border;

			for (int x = 0; x < in->width; x++)
				to[x] = from[x * c + k];
			for (int x = 1; x <= border; x++)
			{
				to[-x] = from[dpk_reflect(-x, in->width) * c + k];
				to[in->width - 1 + x] = from[dpk_reflect(in->width - 1 + x, in->width) * c + k];
			}
		}
	}
	return planes + border * stride + border;
}

dpk_status
dpk_bilateral(const dpk_image *in, dpk_image *out, int diameter, double sigma_space, double sigma_color,
			  void *work, const dpk_stop *stop)
{
	const dpk_kernels *kernels = dpk_kernels_best();
	int			c = in->channels,
				r = diameter / 2;
	size_t		stride = (size_t) in->width + 2 * r,
				plane,
				size;
	float		color[3 * LEVELS];
	dpk_bilateral_taps taps = {.color = color};
	const uint8_t *first = frame_planes(in, r, work, &plane);

	framed_size(in->width, in->height, c, r, &size);
	taps.offset = (int32_t *) ((uint8_t *) work + size + DPK_PIXEL_SLACK);
	taps.space = (float *) (taps.offset + most_taps(diameter));
	for (int j = -r; j <= r; j++)
		for (int i = -r; i <= r; i++)
			if (i * i + j * j <= r * r)
			{
				taps.offset[taps.n] = (int32_t) (j * (ptrdiff_t) stride) + i;
				taps.space[taps.n++] = (float) decay((i * i + j * j) / (2 * sigma_space * sigma_space));
			}
	for (int i = 0; i < LEVELS * c; i++)
		color[i] = (float) decay(i * i / (2 * sigma_color * sigma_color));
	for (int y = 0; y < in->height; y++)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		kernels->bilateral(&taps, c, in->width, first + y * stride, plane, out->pixels + (size_t) y * in->width * c);
	}
	return DPK_OK;
}

/* ---- non-local means ---- */

/* Weights by the sum of squares of a patch, divided by a power of two as OpenCV does it */
typedef struct patch_weights
{
	int			shift;			/* the sum is divided by 2^shift, next to the pixels of a patch */
	int			count;
	uint32_t   *weight;
} patch_weights;

static int
shift_of(int patch)
{
	int			shift = 0;

	while (1 << shift < patch * patch)
		shift++;
	return shift;
}

static int
count_weights(int patch, int channels)
{
	double		stretch = (double) (1 << shift_of(patch)) / (patch * patch);

	return (int) (255 * 255 * channels / stretch + 1) + 1;
}

static void
make_weights(double strength, int patch, int search, int channels, patch_weights *w)
{
	uint32_t	one = INT32_MAX / (search * search * 255);
	double		stretch;

	w->shift = shift_of(patch);
	w->count = count_weights(patch, channels);
	stretch = (double) (1 << w->shift) / (patch * patch);
	for (int i = 0; i < w->count; i++)
	{
		w->weight[i] = (uint32_t) (one * decay(i * stretch / (strength * strength * channels)) + 0.5);
		if (w->weight[i] < 0.001 * one)
			w->weight[i] = 0;
	}
}

/* What a strip of rows needs */
typedef struct strip
{
	uint32_t   *columns;		/* (width + patch) sums of squares down a patch */
	uint32_t   *squares;		/* (patch, width + patch) those of its rows */
	uint32_t   *distances;		/* (width) of whole patches */
	uint32_t   *sums;			/* (channels + 1, STRIP, width), the last ones of the weights */
} strip;

bool
dpk_nlm_work(int width, int height, int channels, int patch, int search, size_t *bytes)
{
	size_t		w = (size_t) width + patch,
				words = aligned(count_weights(patch, channels)) + (size_t) (patch + 2) * aligned(w);

	return framed_size(width, height, channels, patch / 2 + search / 2, bytes) &&
		dpk_add(*bytes, sizeof(uint32_t) * (words + (size_t) STRIP * width * (channels + 1)), bytes);
}

/* Squared differences of n pixels, over channels */
static void
square_row(int n, int c, const uint8_t *restrict a, const uint8_t *restrict b, uint32_t *restrict squares)
{
	if (c == 1)
		for (int x = 0; x < n; x++)
			squares[x] = (uint32_t) ((a[x] - b[x]) * (a[x] - b[x]));
	else
		for (int x = 0; x < n; x++)
		{
			int			d0 = a[3 * x] - b[3 * x],
						d1 = a[3 * x + 1] - b[3 * x + 1],
						d2 = a[3 * x + 2] - b[3 * x + 2];

			squares[x] = (uint32_t) (d0 * d0 + d1 * d1 + d2 * d2);
		}
}

/* The rows y0 .. y1-1 receive what lies (dx, dy) away */
static void
add_neighbours(const framed *f, const patch_weights *weights, int width, int c, int patch, int y0, int y1, int dx, int dy, strip *s)
{
	int			r = patch / 2,
				n = width + 2 * r;
	size_t		plane = (size_t) STRIP * width;

	memset(s->columns, 0, n * sizeof(uint32_t));
	for (int y = y0 - r; y < y1 + r; y++)
	{
		uint32_t   *squares = s->squares + (size_t) ((y - y0 + r) % patch) * n;
		const uint8_t *other;
		uint32_t   *sums;

		if (y >= y0 + r + 1)	/* a row leaves the patches */
			for (int x = 0; x < n; x++)
				s->columns[x] -= squares[x];
		square_row(n, c, at(f, -r, y, c), at(f, dx - r, y + dy, c), squares);
		for (int x = 0; x < n; x++)
			s->columns[x] += squares[x];
		if (y < y0 + r)
			continue;
		memcpy(s->distances, s->columns, width * sizeof(uint32_t));
		for (int t = 1; t < patch; t++)
			for (int x = 0; x < width; x++)
				s->distances[x] += s->columns[x + t];
		other = at(f, dx, y - r + dy, c);
		sums = s->sums + (size_t) (y - r - y0) * width;
		for (int x = 0; x < width; x++)
			s->distances[x] = weights->weight[s->distances[x] >> weights->shift];
		for (int k = 0; k < c; k++)
			for (int x = 0; x < width; x++)
				sums[k * plane + x] += s->distances[x] * other[x * c + k];
		for (int x = 0; x < width; x++)
			sums[c * plane + x] += s->distances[x];
	}
}

dpk_status
dpk_nlm(const dpk_image *in, dpk_image *out, double strength, int patch, int search, void *work, const dpk_stop *stop)
{
	int			c = in->channels,
				width = in->width,
				reach = search / 2;
	framed		f = frame(in, patch / 2 + reach, work);
	size_t		size,
				plane = (size_t) STRIP * width;
	patch_weights weights;
	strip		s;

	framed_size(width, in->height, c, f.border, &size);
	weights.weight = (uint32_t *) ((uint8_t *) work + size);
	make_weights(strength, patch, search, c, &weights);
	s.columns = weights.weight + aligned(weights.count);
	s.squares = s.columns + aligned((size_t) width + patch);
	s.distances = s.squares + patch * aligned((size_t) width + patch);
	s.sums = s.distances + aligned((size_t) width + patch);
	for (int y0 = 0; y0 < in->height; y0 += STRIP)
	{
		int			rows = DPK_MIN(STRIP, in->height - y0);

		memset(s.sums, 0, plane * (c + 1) * sizeof(uint32_t));
		for (int dy = -reach; dy <= reach; dy++)
			for (int dx = -reach; dx <= reach; dx++)
			{
				if (dpk_stopped(stop))
					return DPK_STOPPED;
				add_neighbours(&f, &weights, width, c, patch, y0, y0 + rows, dx, dy, &s);
			}
		for (int k = 0; k < c; k++)
			for (size_t i = 0; i < (size_t) rows * width; i++)
			{
				uint32_t	total = s.sums[c * plane + i];

				out->pixels[((size_t) y0 * width + i) * c + k] = (uint8_t) ((s.sums[k * plane + i] + total / 2) / total);
			}
	}
	return DPK_OK;
}
