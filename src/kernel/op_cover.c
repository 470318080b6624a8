/*
 * op_cover.c - operations that lose samples: noise that replaces them, and covered parts
 */
#include "erase.h"
#include "grain.h"
#include "operation.h"

#include <string.h>

#define PIECE 65536				/* samples between looks at 'stop'; whole blocks of words */

static dpk_status
change_salt_pepper(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height;
	dpk_random	random = d->random;

	for (size_t from = 0; from < n; from += PIECE)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_salt_pepper(DPK_MIN(n - from, PIECE), image->channels, d->value[0], image->pixels + from * image->channels, &random);
	}
	return DPK_OK;
}

const dpk_operation dpk_op_salt_pepper = {
	.name = "salt_pepper", .p = 1, .change = change_salt_pepper,
	.parameters = {{.key = "amount", .max = 1, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_speckle(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height * image->channels;
	dpk_random	random = d->random;

	for (size_t from = 0; from < n; from += PIECE)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_speckle(DPK_MIN(n - from, PIECE), (float) d->value[0], image->pixels + from, &random);
	}
	return DPK_OK;
}

const dpk_operation dpk_op_speckle = {
	.name = "speckle", .p = 1, .change = change_speckle,
	.parameters = {{.key = "sigma", .max = 10, .fallback = DPK_REQUIRED}}
};

static dpk_status
change_poisson(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	size_t		n = (size_t) image->width * image->height * image->channels;
	dpk_poisson *levels = work;
	dpk_random	random = d->random;

	for (int i = 0; i < 256; i++)
		levels[i].known = false;
	for (size_t from = 0; from < n; from += PIECE)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_photons(DPK_MIN(n - from, PIECE), (int) d->value[0], image->pixels + from, &random, levels);
	}
	return DPK_OK;
}

static bool
poisson_work(const dpk_drawn *d, int width, int height, int channels, size_t *bytes)
{
	*bytes = 256 * sizeof(dpk_poisson);
	return true;
}

const dpk_operation dpk_op_poisson = {
	.name = "poisson", .p = 1, .change = change_poisson, .work = poisson_work,
	.parameters = {{.key = "peak", .min = 1, .max = DPK_MAX_PEAK, .fallback = 255, .whole = true}}
};

/* ---- covered parts: value and content are the last two parameters ---- */

static const char *const contents[] = {"value", "noise", NULL};

#define COVER_PARAMETERS {.key = "value", .max = 255, .whole = true}, {.key = "content", .words = contents}

static dpk_status
change_erase(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_random	random = d->random;
	int			x0,
				y0,
				x1,
				y1;

	dpk_erase_box(image->width, image->height, d->value[0], d->value[1], &random, &x0, &y0, &x1, &y1);
	dpk_cover(image, x0, y0, x1, y1, (int) d->value[2], d->value[3] > 0 ? &random : NULL);
	return DPK_OK;
}

const dpk_operation dpk_op_erase = {
	.name = "erase", .p = 1, .change = change_erase,
	.parameters = {
		{.key = "area", .min = 0.001, .max = 1, .fallback = DPK_REQUIRED},
		{.key = "ratio", .min = 1, .max = 10, .fallback = 3.3},
		COVER_PARAMETERS
	}
};

static dpk_status
change_cutout(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_random	random = d->random;
	int			side = DPK_MAX(1, (int) (d->value[0] * DPK_MIN(image->width, image->height) + 0.5));

	for (int i = 0; i < (int) d->value[1]; i++)
	{
		int			x = (int) dpk_random_below(&random, (uint32_t) image->width) - side / 2,
					y = (int) dpk_random_below(&random, (uint32_t) image->height) - side / 2;

		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_cover(image, x, y, x + side, y + side, (int) d->value[2], d->value[3] > 0 ? &random : NULL);
	}
	return DPK_OK;
}

const dpk_operation dpk_op_cutout = {
	.name = "cutout", .p = 1, .change = change_cutout,
	.parameters = {
		{.key = "size", .min = 0.001, .max = 1, .fallback = DPK_REQUIRED},
		{.key = "holes", .min = 1, .max = 100, .fallback = 1, .whole = true},
		COVER_PARAMETERS
	}
};

/* In each square of the grid the part 'ratio' of its sides is covered; where the grid begins is drawn */
static dpk_status
change_grid_dropout(const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop)
{
	dpk_random	random = d->random;
	int			unit = (int) d->value[0],
				side = DPK_MIN(unit - 1, DPK_MAX(1, (int) (unit * d->value[1] + 0.5))),
				left = -(int) dpk_random_below(&random, (uint32_t) unit),
				top = -(int) dpk_random_below(&random, (uint32_t) unit);

	for (int y = top; y < image->height; y += unit)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		for (int x = left; x < image->width; x += unit)
			dpk_cover(image, x, y, x + side, y + side, (int) d->value[2], d->value[3] > 0 ? &random : NULL);
	}
	return DPK_OK;
}

const dpk_operation dpk_op_grid_dropout = {
	.name = "grid_dropout", .p = 1, .change = change_grid_dropout,
	.parameters = {
		{.key = "unit", .min = 2, .max = 65500, .fallback = DPK_REQUIRED, .whole = true},
		{.key = "ratio", .min = 0.01, .max = 0.99, .fallback = 0.5},
		COVER_PARAMETERS
	}
};
