/*
 * imagehash.c - perceptual hashes (imagehash.h)
 */
#include "imagehash.h"

#include <string.h>

#include "resize.h"

#define SIDE 32					/* pixels of phash's image */
#define LOW 8					/* frequencies kept; bits per row of every hash */

const char *const dpk_hash_names[] = {"phash", "dhash", "ahash", NULL};

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

static void
shrunk_size(dpk_hash_method method, int *width, int *height)
{
	*width = method == DPK_PHASH ? SIDE : method == DPK_DHASH ? LOW + 1 : LOW;
	*height = method == DPK_PHASH ? SIDE : LOW;
}

/* The lowest frequencies of the transform, down the columns and then along the rows; below 2^79 */
static void
transform(const uint8_t pixels[SIDE][SIDE], __int128 low[LOW * LOW])
{
	int64_t		columns[LOW][SIDE] = {{0}};

	for (int k = 0; k < LOW; k++)
		for (int y = 0; y < SIDE; y++)
		{
			int64_t		c = cosine(k, y);

			for (int x = 0; x < SIDE; x++)
				columns[k][x] += c * pixels[y][x];
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
phash_bits(const uint8_t pixels[SIDE][SIDE])
{
	__int128	low[LOW * LOW],
				sorted[LOW * LOW],
				twice_median;
	uint64_t	bits = 0;

	transform(pixels, low);
	for (int i = 0; i < LOW * LOW; i++)
	{
		int			j = i;

		for (; j > 0 && sorted[j - 1] > low[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = low[i];
	}
	twice_median = sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2];
	for (int i = 0; i < LOW * LOW; i++)
		bits = bits << 1 | (2 * low[i] > twice_median);
	return bits;
}

static uint64_t
dhash_bits(const uint8_t pixels[LOW][LOW + 1])
{
	uint64_t	bits = 0;

	for (int y = 0; y < LOW; y++)
		for (int x = 0; x < LOW; x++)
			bits = bits << 1 | (pixels[y][x + 1] > pixels[y][x]);
	return bits;
}

static uint64_t
ahash_bits(const uint8_t pixels[LOW * LOW])
{
	uint64_t	bits = 0;
	int			sum = 0;

	for (int i = 0; i < LOW * LOW; i++)
		sum += pixels[i];
	for (int i = 0; i < LOW * LOW; i++)
		bits = bits << 1 | (pixels[i] * LOW * LOW > sum);
	return bits;
}

dpk_status
dpk_image_hash_work(const dpk_image *gray, dpk_hash_method method, size_t *bytes)
{
	int			width,
				height;

	shrunk_size(method, &width, &height);
	return dpk_resize_work(gray, width, height, DPK_FILTER_LANCZOS, bytes);
}

dpk_status
dpk_image_hash(const dpk_image *gray, dpk_hash_method method, uint64_t *hash, void *work, const dpk_stop *stop)
{
	union
	{
		uint8_t		bytes[SIDE * SIDE];
		uint8_t		phash[SIDE][SIDE];
		uint8_t		dhash[LOW][LOW + 1];
		uint8_t		ahash[LOW * LOW];
	}			pixels;
	dpk_image	small = {.channels = 1, .pixels = pixels.bytes};
	dpk_status	status;

	shrunk_size(method, &small.width, &small.height);
	status = dpk_resize(gray, &small, DPK_FILTER_LANCZOS, work, stop);
	if (status != DPK_OK)
		return status;
	*hash = method == DPK_PHASH ? phash_bits(pixels.phash) :
		method == DPK_DHASH ? dhash_bits(pixels.dhash) : ahash_bits(pixels.ahash);
	return DPK_OK;
}
