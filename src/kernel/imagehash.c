/*
 * imagehash.c - perceptual hashes (imagehash.h)
 */
#include "imagehash.h"

#include <string.h>

#include "resize.h"

#define SIDE 32					/* pixels of phash's image */
#define LOW 8					/* frequencies kept; bits per row of every hash */
#define BITS (LOW * LOW)

const char *const dpk_hash_names[] = {"phash", "dhash", "ahash", "whash", NULL};

/* cos(pi * m / 64) * 2^30 */
static const int32_t cosines[33] = {
	1073741824, 1072448455, 1068571464, 1062120190, 1053110176, 1041563127, 1027506862, 1010975242,
	992008094, 970651112, 946955747, 920979082, 892783698, 862437520, 830013654, 795590213,
	759250125, 721080937, 681174602, 639627258, 596538995, 552013618, 506158392, 459083786,
	410903207, 361732726, 311690799, 260897982, 209476638, 157550647, 105245103, 52686014,
	0
};

/* cos(pi * k * (2n + 1) / 64) * 2^30 */
static int64_t
cosine(int k, int n)
{
	int			m = k * (2 * n + 1) % 128;

	m = m > 64 ? 128 - m : m;
	return m > 32 ? -cosines[64 - m] : cosines[m];
}

/* The size that the method looks at: of the same order as the image's, or small */
static void
shrunk_size(const dpk_image *gray, dpk_hash_method method, int *width, int *height)
{
	int			shorter = DPK_MIN(gray->width, gray->height);

	*width = *height = LOW;
	switch (method)
	{
		case DPK_PHASH:
			*width = *height = SIDE;
			break;
		case DPK_DHASH:
			*width = LOW + 1;
			break;
		case DPK_AHASH:
			break;
		case DPK_WHASH:
			while (*width <= shorter / 2)
				*width *= 2;
			*height = *width;
			break;
	}
}

/* The lowest frequencies of the transform, down the columns and then along the rows; below 2^79 */
static void
transform(const uint8_t *pixels, __int128 low[BITS])
{
	int64_t		columns[LOW][SIDE] = {{0}};

	for (int k = 0; k < LOW; k++)
		for (int y = 0; y < SIDE; y++)
		{
			int64_t		c = cosine(k, y);

			for (int x = 0; x < SIDE; x++)
				columns[k][x] += c * pixels[y * SIDE + x];
		}
	for (int k = 0; k < LOW; k++)
		for (int l = 0; l < LOW; l++)
		{
			__int128	sum = 0;

			for (int x = 0; x < SIDE; x++)
				sum += (__int128) cosine(l, x) * columns[k][x];
			low[k * LOW + l] = sum;
		}
}

static uint64_t
bits_above_median(const __int128 values[BITS])
{
	__int128	sorted[BITS],
				twice_median;
	uint64_t	bits = 0;

	for (int i = 0; i < BITS; i++)
	{
		int			j = i;

		for (; j > 0 && sorted[j - 1] > values[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = values[i];
	}
	twice_median = sorted[BITS / 2 - 1] + sorted[BITS / 2];
	for (int i = 0; i < BITS; i++)
		bits = bits << 1 | (2 * values[i] > twice_median);
	return bits;
}

static uint64_t
phash_bits(const uint8_t *pixels)
{
	__int128	low[BITS];

	transform(pixels, low);
	return bits_above_median(low);
}

static uint64_t
dhash_bits(const uint8_t *pixels)
{
	uint64_t	bits = 0;

	for (int y = 0; y < LOW; y++, pixels += LOW + 1)
		for (int x = 0; x < LOW; x++)
			bits = bits << 1 | (pixels[x + 1] > pixels[x]);
	return bits;
}

static uint64_t
ahash_bits(const uint8_t *pixels)
{
	uint64_t	bits = 0;
	int			sum = 0;

	for (int i = 0; i < BITS; i++)
		sum += pixels[i];
	for (int i = 0; i < BITS; i++)
		bits = bits << 1 | (pixels[i] * BITS > sum);
	return bits;
}

/* Sums over the blocks of a square whose side is a multiple of LOW */
static uint64_t
whash_bits(const uint8_t *pixels, int side)
{
	__int128	sums[BITS] = {0};
	int			block = side / LOW;

	for (int y = 0; y < side; y++)
		for (int i = 0; i < LOW; i++, pixels += block)
		{
			uint64_t	sum = 0;

			for (int x = 0; x < block; x++)
				sum += pixels[x];
			sums[y / block * LOW + i] += sum;
		}
	return bits_above_median(sums);
}

dpk_status
dpk_image_hash_work(const dpk_image *gray, dpk_hash_method method, size_t *bytes)
{
	int			width,
				height;
	size_t		resize_bytes,
				pixels;

	shrunk_size(gray, method, &width, &height);
	if (dpk_resize_work(gray, width, height, DPK_FILTER_LANCZOS, &resize_bytes) != DPK_OK ||
		!dpk_mul(width, height, &pixels) || !dpk_add(resize_bytes, pixels, bytes))
		return DPK_TOO_BIG;
	return DPK_OK;
}

dpk_status
dpk_image_hash(const dpk_image *gray, dpk_hash_method method, uint64_t *hash, void *work, const dpk_stop *stop)
{
	dpk_image	small = {.channels = 1};
	size_t		resize_bytes;
	dpk_status	status;

	shrunk_size(gray, method, &small.width, &small.height);
	status = dpk_resize_work(gray, small.width, small.height, DPK_FILTER_LANCZOS, &resize_bytes);
	if (status != DPK_OK)
		return status;
	small.pixels = (uint8_t *) work + resize_bytes;
	status = dpk_resize(gray, &small, DPK_FILTER_LANCZOS, work, stop);
	if (status != DPK_OK)
		return status;
	switch (method)
	{
		case DPK_PHASH:
			*hash = phash_bits(small.pixels);
			break;
		case DPK_DHASH:
			*hash = dhash_bits(small.pixels);
			break;
		case DPK_AHASH:
			*hash = ahash_bits(small.pixels);
			break;
		case DPK_WHASH:
			*hash = whash_bits(small.pixels, small.width);
			break;
	}
	return DPK_OK;
}
