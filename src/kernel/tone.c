/*
 * tone.c - tone curves (tone.h)
 */
#include "tone.h"

#include <string.h>

#include "elementary.h"

void
dpk_curve_invert(uint8_t curve[256])
{
	for (int i = 0; i < 256; i++)
		curve[i] = (uint8_t) (255 - i);
}

void
dpk_curve_gamma(double gamma, uint8_t curve[256])
{
	for (int i = 0; i < 256; i++)
		curve[i] = (uint8_t) ((255 + 1 - 1e-3) * dpk_pow(i / 255.0, gamma));
}

void
dpk_curve_posterize(int bits, uint8_t curve[256])
{
	for (int i = 0; i < 256; i++)
		curve[i] = (uint8_t) (i & (0xff00 >> bits));
}

void
dpk_curve_solarize(int threshold, uint8_t curve[256])
{
	for (int i = 0; i < 256; i++)
		curve[i] = (uint8_t) (i < threshold ? i : 255 - i);
}

static void
identity(uint8_t curve[256])
{
	for (int i = 0; i < 256; i++)
		curve[i] = (uint8_t) i;
}

void
dpk_curve_equalize(const uint32_t histogram[256], uint8_t curve[256])
{
	uint64_t	sum = 0,
				last = 0,
				step,
				n;
	int			levels = 0;

	for (int i = 0; i < 256; i++)
		if (histogram[i] > 0)
		{
			levels++;
			sum += histogram[i];
			last = histogram[i];
		}
	step = (sum - last) / 255;
	if (levels <= 1 || step == 0)
	{
		identity(curve);
		return;
	}
	n = step / 2;
	for (int i = 0; i < 256; n += histogram[i++])
		curve[i] = (uint8_t) DPK_MIN(n / step, 255);
}

void
dpk_curve_autocontrast(const uint32_t histogram[256], double cutoff, uint8_t curve[256])
{
	uint64_t	n = 0;
	double		cut;
	int			low = 0,
				high = 255;

	for (int i = 0; i < 256; i++)
		n += histogram[i];
	cut = floor(n * cutoff / 100);
	for (double left = cut; low < 255 && (histogram[low] == 0 || left >= histogram[low]); low++)
		left -= histogram[low];
	for (double left = cut; high > 0 && (histogram[high] == 0 || left >= histogram[high]); high--)
		left -= histogram[high];
	if (high <= low)
	{
		identity(curve);
		return;
	}
	for (int i = 0; i < 256; i++)
	{
		double		scale = 255.0 / (high - low),
					offset = -low * scale,
					v = i * scale + offset;

		curve[i] = v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t) v;
	}
}

/* Neighbours are often alike, and a counter cannot be added to twice at once: four for each channel in turn */
void
dpk_histogram(size_t n, int channels, const uint8_t *pixels, uint32_t (*histogram)[256])
{
	uint32_t	second[3][256] = {{0}};
	size_t		i = 0;

	memset(histogram, 0, channels * sizeof(*histogram));
	if (channels == 3)
	{
		for (; i + 1 < n; i += 2, pixels += 6)
		{
			histogram[0][pixels[0]]++;
			histogram[1][pixels[1]]++;
			histogram[2][pixels[2]]++;
			second[0][pixels[3]]++;
			second[1][pixels[4]]++;
			second[2][pixels[5]]++;
		}
		for (int c = 0; c < 3 && i < n; c++)
			histogram[c][pixels[c]]++;
	}
	else
	{
		for (; i + 3 < n; i += 4, pixels += 4)
		{
			histogram[0][pixels[0]]++;
			second[0][pixels[1]]++;
			second[1][pixels[2]]++;
			second[2][pixels[3]]++;
		}
		for (; i < n; i++)
			histogram[0][*pixels++]++;
		for (int j = 0; j < 256; j++)
			second[0][j] += second[1][j] + second[2][j];
	}
	for (int c = 0; c < channels; c++)
		for (int j = 0; j < 256; j++)
			histogram[c][j] += second[c][j];
}

void
dpk_apply_curves(size_t n, int channels, const uint8_t (*curves)[256], uint8_t *pixels)
{
	if (channels == 1)
	{
		dpk_kernels_best()->map_bytes(n, curves[0], pixels);
		return;
	}
	for (size_t i = 0; i < n; i++, pixels += 3)
	{
		pixels[0] = curves[0][pixels[0]];
		pixels[1] = curves[1][pixels[1]];
		pixels[2] = curves[2][pixels[2]];
	}
}
