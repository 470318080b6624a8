/*
 * clahe.c - contrast limited adaptive histogram equalization (clahe.h)
 */
#include "clahe.h"

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "reflect.h"

#define HALF_BITS 15			/* of a weight */

bool
dpk_clahe_work(int width, int height, int channels, int tiles, size_t *bytes)
{
	return dpk_mul((size_t) width, (size_t) height, bytes) && dpk_add(*bytes, (size_t) tiles * tiles * 256, bytes);
}

/* Rows or columns of a tile; where the image does not divide evenly it goes on as its mirror image, and in both directions */
static int
tile_side(int size, int tiles, bool even)
{
	return (even ? size : size + tiles - size % tiles) / tiles;
}

static void
equalize_tile(const uint32_t counted[256], uint32_t area, double clip, uint8_t curve[256])
{
	uint32_t	histogram[256],
				sum = 0;
	float		scale = 255.0f / (float) area;

	memcpy(histogram, counted, sizeof(histogram));
	if (clip > 0)
	{
		double		wanted = clip * area / 256;
		uint32_t	limit = wanted >= area ? area : (uint32_t) DPK_MAX(1, (int64_t) wanted),
					cut = 0,
					left;

		for (int i = 0; i < 256; i++)
			if (histogram[i] > limit)
			{
				cut += histogram[i] - limit;
				histogram[i] = limit;
			}
		for (int i = 0; i < 256; i++)
			histogram[i] += cut / 256;
		left = cut % 256;
		if (left > 0)
			for (int i = 0, step = DPK_MAX(256 / (int) left, 1); i < 256 && left > 0; i += step, left--)
				histogram[i]++;
	}
	for (int i = 0; i < 256; i++)
	{
		sum += histogram[i];
		curve[i] = (uint8_t) (int) DPK_MIN(rintf((float) sum * scale), 255.0f);
	}
}

static void
learn_curves(const uint8_t *gray, int width, int height, double clip, int tiles, int tile_w, int tile_h, uint8_t (*curves)[256])
{
	for (int ty = 0; ty < tiles; ty++)
		for (int tx = 0; tx < tiles; tx++)
		{
			uint32_t	histogram[256] = {0};

			for (int y = ty * tile_h; y < (ty + 1) * tile_h; y++)
			{
				const uint8_t *row = gray + (size_t) dpk_reflect(y, height) * width;

				for (int x = tx * tile_w; x < (tx + 1) * tile_w; x++)
					histogram[row[x < width ? x : dpk_reflect(x, width)]]++;
			}
			equalize_tile(histogram, (uint32_t) tile_w * tile_h, clip, curves[ty * tiles + tx]);
		}
}

/* The two tiles whose centres are beside a place, and the weight of the second */
static uint32_t
between(int at, int side, int tiles, int *first, int *second)
{
	int			twice = 2 * at - side,
				tile = twice < 0 ? -1 : twice / (2 * side);

	*first = DPK_MAX(tile, 0);
	*second = DPK_MIN(tile + 1, tiles - 1);
	return (uint32_t) (((uint64_t) (twice - tile * 2 * side) << HALF_BITS) / (2 * (uint64_t) side));
}

static inline uint8_t
moved(int sample, int by)
{
	int			v = sample + by;

	return (uint8_t) (v < 0 ? 0 : v > 255 ? 255 : v);
}

dpk_status
dpk_clahe(dpk_image *image, double clip, int tiles, void *work, const dpk_stop *stop)
{
	const uint32_t one = 1u << HALF_BITS;
	int			w = image->width,
				h = image->height;
	bool		even = w % tiles == 0 && h % tiles == 0;
	int			tile_w = tile_side(w, tiles, even),
				tile_h = tile_side(h, tiles, even);
	uint8_t		(*curves)[256] = work,
			   *copy = (uint8_t *) work + (size_t) tiles * tiles * 256,
			   *gray = image->channels == 3 ? copy : image->pixels,
			   *p = image->pixels;

	if (image->channels == 3)
		dpk_kernels_best()->gray((size_t) w * h, image->pixels, gray);
	learn_curves(gray, w, h, clip, tiles, tile_w, tile_h, curves);
	for (int y = 0; y < h; y++)
	{
		int			above,
					below;
		uint32_t	wy = between(y, tile_h, tiles, &above, &below);

		if (y % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int x = 0; x < w;)
		{
			/* one run of pixels between the same centres */
			int			left,
						right,
						run = x < (tile_w + 1) / 2 ? 0 : (2 * x - tile_w) / (2 * tile_w) + 1,
						end = DPK_MIN(w, run * tile_w + (tile_w + 1) / 2);
			uint32_t	wx = between(x, tile_w, tiles, &left, &right),
						step = (1u << (HALF_BITS + 15)) / tile_w;	/* of the weight, in 2^-15 */
			const uint8_t *a = curves[above * tiles + left],
					   *b = curves[above * tiles + right],
					   *c = curves[below * tiles + left],
					   *d = curves[below * tiles + right];

			for (uint32_t place = wx << 15; x < end; x++, place += step)
			{
				int			v = *gray++;
				uint32_t	weight = place >> 15,
							top = (a[v] * (one - weight) + b[v] * weight + 64) >> 7,
							bottom = (c[v] * (one - weight) + d[v] * weight + 64) >> 7;
				int			now = (int) ((top * (one - wy) + bottom * wy + (1u << 22)) >> 23);

				if (image->channels == 1)
					*p++ = (uint8_t) now;
				else
				{
					p[0] = moved(p[0], now - v);
					p[1] = moved(p[1], now - v);
					p[2] = moved(p[2], now - v);
					p += 3;
				}
			}
		}
	}
	return DPK_OK;
}
