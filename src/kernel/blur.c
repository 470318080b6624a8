/*
 * blur.c - blurs, medians, sharpness (blur.h)
 */
#include "blur.h"

#include <math.h>
#include <string.h>

#include "elementary.h"
#include "kernels.h"
#include "reflect.h"
#include "trig.h"

/* The loops over samples want vectorising; clang does it at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define POLL_ROWS 16

/* A copy of an image with room to look to the left and to the right of it */
typedef struct padded
{
	int			border;			/* pixels */
	size_t		stride;
	uint8_t    *rows;
} padded;

/* Bytes of it, a multiple of 64 */
static bool
padded_size(int width, int height, int channels, int border, size_t *bytes)
{
	return dpk_mul((size_t) width + 2 * border, (size_t) channels, bytes) &&
		dpk_mul(*bytes, (size_t) height, bytes) && dpk_add(*bytes, DPK_PIXEL_SLACK + 63, bytes) && (*bytes &= ~(size_t) 63, true);
}

static padded
pad(const dpk_image *in, int border, int (*place) (int, int), void *work)
{
	size_t		c = in->channels,
				row = (size_t) in->width * c;
	padded		p = {border, row + 2 * border * c, work};

	for (int y = 0; y < in->height; y++)
	{
		const uint8_t *from = in->pixels + y * row;
		uint8_t    *to = p.rows + y * p.stride + border * c;

		memcpy(to, from, row);
		for (int x = 1; x <= border; x++)
		{
			memcpy(to - x * c, from + place(-x, in->width) * c, c);
			memcpy(to + row + (x - 1) * c, from + place(in->width - 1 + x, in->width) * c, c);
		}
	}
	return p;
}

/* ---- Gaussian ---- */

static int
gaussian_radius(double sigma)
{
	return ((int) (sigma * 6 + 1.5) | 1) / 2;
}

bool
dpk_gaussian_work(int width, int height, int channels, double sigma, size_t *bytes)
{
	int			r = gaussian_radius(sigma);
	size_t		row = (((size_t) width + 2 * r) * channels + DPK_PIXEL_SLACK) * sizeof(uint16_t);

	return padded_size(width, height, channels, r, bytes) && dpk_add(*bytes, row, bytes);
}

/* 2r + 1 weights that add up to 65536; false where the middle has all of it */
static bool
normal_weights(double sigma, int r, uint16_t *weights)
{
	double		shares[3 * DPK_MAX_SIGMA + 2],
				sum = 0;
	int			rest = 65536;

	for (int i = 0; i <= r; i++)
	{
		shares[i] = dpk_exp(-i * i / (2 * sigma * sigma));
		sum += i == 0 ? shares[i] : 2 * shares[i];
	}
	for (int i = r; i > 0; i--)
	{
		weights[r + i] = weights[r - i] = (uint16_t) (65536 * shares[i] / sum + 0.5);
		rest -= 2 * weights[r + i];
	}
	weights[r] = (uint16_t) rest;
	return rest < 65536;
}

dpk_status
dpk_gaussian(const dpk_image *in, dpk_image *out, double sigma, void *work, const dpk_stop *stop)
{
	const dpk_kernels *k = dpk_kernels_best();
	int			r = gaussian_radius(sigma),
				c = in->channels,
				row = in->width * c;
	size_t		size;
	uint16_t	weights[6 * DPK_MAX_SIGMA + 3],
			   *sums;
	const uint8_t *from[6 * DPK_MAX_SIGMA + 3];
	padded		p;

	if (!normal_weights(sigma, r, weights))
	{
		memcpy(out->pixels, in->pixels, (size_t) row * in->height);
		return DPK_OK;
	}
	padded_size(in->width, in->height, c, r, &size);
	sums = (uint16_t *) ((uint8_t *) work + size);
	p = pad(in, r, dpk_reflect, work);
	for (int y = 0; y < in->height; y++)
	{
		if (y % POLL_ROWS == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int t = 0; t <= 2 * r; t++)
			from[t] = p.rows + dpk_reflect(y + t - r, in->height) * p.stride;
		k->weigh_bytes((int) p.stride, 2 * r + 1, from, weights, sums);
		k->weigh_sums(row, 2 * r + 1, c, sums, weights, out->pixels + (size_t) y * row);
	}
	return DPK_OK;
}

/* ---- medians ---- */

#define WIDEST_SELECTION 7

bool
dpk_median_work(int width, int height, int channels, int size, size_t *bytes)
{
	size_t		columns = ((size_t) width + size) * DPK_MEDIAN_BINS * sizeof(uint16_t);

	return padded_size(width, height, channels, size / 2, bytes) && (size <= WIDEST_SELECTION || dpk_add(*bytes, columns, bytes));
}

/* A row comes to the histograms of its columns, or goes */
static void
count_row(const uint8_t *row, int n, int step, int by, uint16_t (*columns)[DPK_MEDIAN_BINS])
{
	for (int x = 0; x < n; x++)
	{
		int			v = row[(size_t) x * step];

		columns[x][v] += by;
		columns[x][256 + v / 16] += by;
	}
}

static dpk_status
wide_median(const padded *p, dpk_image *out, int channel, int size, uint16_t (*columns)[DPK_MEDIAN_BINS], const dpk_stop *stop)
{
	const dpk_kernels *k = dpk_kernels_best();
	int			r = size / 2,
				c = out->channels,
				n = out->width + 2 * r;

	memset(columns, 0, n * sizeof(*columns));
	for (int y = -r; y < r; y++)
		count_row(p->rows + dpk_clamp(y, out->height) * p->stride + channel, n, c, 1, columns);
	for (int y = 0; y < out->height; y++)
	{
		if (y % POLL_ROWS == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		count_row(p->rows + dpk_clamp(y + r, out->height) * p->stride + channel, n, c, 1, columns);
		k->median_wide(size, out->width, columns, c, out->pixels + (size_t) y * out->width * c + channel);
		count_row(p->rows + dpk_clamp(y - r, out->height) * p->stride + channel, n, c, -1, columns);
	}
	return DPK_OK;
}

dpk_status
dpk_median_filter(const dpk_image *in, dpk_image *out, int size, void *work, const dpk_stop *stop)
{
	int			r = size / 2,
				c = in->channels,
				row = in->width * c;
	const uint8_t *rows[WIDEST_SELECTION];
	padded		p;
	size_t		bytes;
	dpk_status	status = DPK_OK;

	if (size == 1)
	{
		memcpy(out->pixels, in->pixels, (size_t) row * in->height);
		return DPK_OK;
	}
	padded_size(in->width, in->height, c, r, &bytes);
	p = pad(in, r, dpk_clamp, work);
	if (size > WIDEST_SELECTION)
	{
		for (int i = 0; i < c && status == DPK_OK; i++)
			status = wide_median(&p, out, i, size, (uint16_t (*)[DPK_MEDIAN_BINS]) ((uint8_t *) work + bytes), stop);
		return status;
	}
	for (int y = 0; y < in->height; y++)
	{
		if (y % POLL_ROWS == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int i = 0; i < size; i++)
			rows[i] = p.rows + dpk_clamp(y + i - r, in->height) * p.stride;
		dpk_kernels_best()->median_row(size, row, rows, c, out->pixels + (size_t) y * row);
	}
	return DPK_OK;
}

/* ---- motion ---- */

#define STREAK_SIDE (DPK_MAX_STREAK + 2)

bool
dpk_motion_work(int width, int height, int channels, int length, size_t *bytes)
{
	size_t		rest = ((size_t) width * channels + DPK_PIXEL_SLACK) * sizeof(uint16_t) + sizeof(double) * STREAK_SIDE * STREAK_SIDE;

	return padded_size(width, height, channels, length / 2 + 1, bytes) && dpk_add(*bytes, rest, bytes);
}

/* A place that the line touches */
typedef struct touched
{
	int			x,
				y;
} touched;

/* The places of a line and their weights, which add up to 65536; returns how many */
static int
draw_line(int length, double degrees, double (*share)[STREAK_SIDE], touched *places, uint16_t *weights)
{
	int			r = length / 2 + 1,
				n = 0,
				left = 65536,
				heaviest = 0;
	double		sine,
				cosine;

	dpk_sincos_degrees(degrees, &sine, &cosine);
	memset(share, 0, sizeof(*share) * STREAK_SIDE);
	for (int i = 0; i < length; i++)
	{
		double		t = i - (length - 1) / 2.0,
					x = r + t * cosine,
					y = r - t * sine;
		int			x0 = (int) floor(x),
					y0 = (int) floor(y);

		for (int corner = 0; corner < 4; corner++)
		{
			double		wx = corner & 1 ? x - x0 : 1 - (x - x0),
						wy = corner & 2 ? y - y0 : 1 - (y - y0);

			if (wx * wy > 0)
				share[y0 + corner / 2][x0 + (corner & 1)] += wx * wy / length;
		}
	}
	for (int y = 0; y <= 2 * r; y++)
		for (int x = 0; x <= 2 * r; x++)
		{
			int			w = (int) (65536 * share[y][x] + 0.5);

			if (w == 0)
				continue;
			places[n] = (touched) {x, y - r};
			weights[n] = (uint16_t) w;
			left -= w;
			heaviest = w > weights[heaviest] ? n : heaviest;
			n++;
		}
	weights[heaviest] = (uint16_t) (weights[heaviest] + left);
	return n;
}

dpk_status
dpk_motion(const dpk_image *in, dpk_image *out, int length, double degrees, void *work, const dpk_stop *stop)
{
	int			c = in->channels,
				row = in->width * c,
				taps;
	size_t		size;
	touched		places[4 * DPK_MAX_STREAK];
	uint16_t	weights[4 * DPK_MAX_STREAK],
			   *sums;
	const uint8_t *from[4 * DPK_MAX_STREAK];
	double		(*share)[STREAK_SIDE];
	padded		p;

	if (length == 1)
	{
		memcpy(out->pixels, in->pixels, (size_t) row * in->height);
		return DPK_OK;
	}
	padded_size(in->width, in->height, c, length / 2 + 1, &size);
	share = (double (*)[STREAK_SIDE]) ((uint8_t *) work + size);
	sums = (uint16_t *) (share + STREAK_SIDE);
	taps = draw_line(length, degrees, share, places, weights);
	p = pad(in, length / 2 + 1, dpk_reflect, work);
	for (int y = 0; y < in->height; y++)
	{
		uint8_t    *to = out->pixels + (size_t) y * row;

		if (y % POLL_ROWS == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int t = 0; t < taps; t++)
			from[t] = p.rows + dpk_reflect(y + places[t].y, in->height) * p.stride + places[t].x * c;
		dpk_kernels_best()->weigh_bytes(row, taps, from, weights, sums);
		for (int i = 0; i < row; i++)
			to[i] = (uint8_t) ((sums[i] + 128) >> 8);
	}
	return DPK_OK;
}

/* ---- sharpness ---- */

dpk_status
dpk_sharpness(const dpk_image *in, dpk_image *out, float factor, const dpk_stop *stop)
{
	int			c = in->channels,
				row = in->width * c;

	for (int y = 0; y < in->height; y++)
	{
		const uint8_t *restrict p = in->pixels + (size_t) y * row,
				   *restrict above = p - row,
				   *restrict below = p + row;
		uint8_t    *restrict to = out->pixels + (size_t) y * row;

		if (y % POLL_ROWS == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		memcpy(to, p, row);
		if (y == 0 || y == in->height - 1)
			continue;
		for (int i = c; i < row - c; i++)
		{
			uint32_t	sum = above[i - c] + above[i] + above[i + c] + p[i - c] + 5 * p[i] + p[i + c] + below[i - c] + below[i] + below[i + c];
			int			smooth = (int) ((2 * sum + 13) / 26);
			float		v = (float) smooth + factor * (float) (p[i] - smooth);

			v = v > 0 ? v : 0;
			v = v < 255 ? v : 255;
			to[i] = (uint8_t) (int) v;
		}
	}
	return DPK_OK;
}
