/*
 * erase.c - parts of an image covered (erase.h)
 */
#include "erase.h"

#include <string.h>

#include "elementary.h"
#include "reflect.h"

void
dpk_cover(dpk_image *image, int x0, int y0, int x1, int y1, int value, dpk_random *noise)
{
	size_t		c = image->channels,
				row = image->width * c;

	x0 = DPK_MAX(x0, 0);
	y0 = DPK_MAX(y0, 0);
	x1 = DPK_MIN(x1, image->width);
	y1 = DPK_MIN(y1, image->height);
	for (int y = y0; y < y1 && x0 < x1; y++)
	{
		uint8_t    *p = image->pixels + y * row + x0 * c;
		size_t		n = (x1 - x0) * c;

		if (noise == NULL)
			memset(p, value, n);
		else
			for (size_t i = 0; i < n; i++)
				p[i] = (uint8_t) (dpk_random_word(noise) >> 24);
	}
}

void
dpk_erase_box(int width, int height, double area, double ratio, dpk_random *random, int *x0, int *y0, int *x1, int *y1)
{
	double		pixels = area * width * height;
	int			w = 0,
				h = 0;

	for (int attempt = 0; attempt < 10; attempt++)
	{
		double		proportion = dpk_pow(ratio * ratio, dpk_random_double(random)) / ratio;

		w = (int) (sqrt(pixels * proportion) + 0.5);
		h = (int) (sqrt(pixels / proportion) + 0.5);
		if (w <= width && h <= height)
			break;
	}
	w = DPK_MAX(1, DPK_MIN(w, width));
	h = DPK_MAX(1, DPK_MIN(h, height));
	*x0 = (int) dpk_random_below(random, (uint32_t) (width - w + 1));
	*y0 = (int) dpk_random_below(random, (uint32_t) (height - h + 1));
	*x1 = *x0 + w;
	*y1 = *y0 + h;
}
