/*
 * augmentation_sql_lib.c - a JPEG decoded, three steps, encoded again, without PostgreSQL: the other side of augmentation_sql.sh
 *
 *		augmentation_sql_kernel FILE IMAGES
 *
 * Buffers are allocated once.  Prints the milliseconds of the best of three
 * runs over IMAGES keys; and those of libjpeg-turbo alone, decoding the file and
 * encoding it again as often.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "image.h"
#include "recipe.h"

#define QUALITY 95

/* augmentation_pixels_lib.c */
extern int	bare_decode(const uint8_t *bytes, int nbytes, uint8_t *out, int runs);
extern int	bare_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *out, int outsize, int runs);

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void
check(dpk_status status, const dpk_error *err)
{
	if (status == DPK_OK)
		return;
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

/* [{"flip": {}}, {"rotate": {"degrees": [-15, 15], "fill": "reflect"}}, {"brightness": {"factor": [0.8, 1.2]}}] */
static void
read_recipe(dpk_recipe *recipe)
{
	static double degrees[] = {-15, 15},
				factor[] = {0.8, 1.2};
	static const char *reflect = "reflect";
	dpk_value	rotate[] = {
		{.key = "degrees", .count = 2, .is_list = true, .numbers = degrees},
		{.key = "fill", .count = 1, .is_string = true, .strings = &reflect}
	};
	dpk_value	brightness[] = {{.key = "factor", .count = 2, .is_list = true, .numbers = factor}};
	dpk_step	steps[] = {{"flip", 0, NULL}, {"rotate", 2, rotate}, {"brightness", 1, brightness}};
	dpk_error	err;

	check(dpk_recipe_check(steps, 3, recipe, &err), &err);
}

int
main(int argc, char **argv)
{
	const dpk_image_limits limits = {1 << 25, 100, 1 << 28, 1 << 26, 50};
	static uint8_t data[1 << 22];
	FILE	   *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
	size_t		nbytes = f ? fread(data, 1, sizeof(data), f) : 0,
				bound = 0,
				written;
	int			images = argc == 3 ? atoi(argv[2]) : 0;
	double		best = 1e30,
				decode = 1e30,
				encode = 1e30;
	dpk_image_info info;
	dpk_image	in,
				out;
	uint8_t    *work,
			   *encoded;
	dpk_recipe	recipe;
	dpk_error	err;

	memset(&err, 0, sizeof(err));
	if (nbytes == 0)
		return 1;
	read_recipe(&recipe);
	check(dpk_image_probe(data, nbytes, &limits, &info, &err), &err);
	in = out = (dpk_image) {info.width, info.height, 3, NULL};
	in.pixels = malloc((size_t) info.width * info.height * 3);
	out.pixels = malloc((size_t) info.width * info.height * 3);
	work = aligned_alloc(DPK_RECIPE_ALIGN, (size_t) info.width * info.height * 64 / DPK_RECIPE_ALIGN * DPK_RECIPE_ALIGN);
	if (!dpk_image_encode_bound(&out, DPK_JPEG, &bound))
		return 1;
	encoded = malloc(bound);
	for (int run = 0; run < 3; run++)
	{
		double		start = now();

		for (int key = 1; key <= images; key++)
		{
			dpk_plan	plan;

			check(dpk_image_probe(data, nbytes, &limits, &info, &err), &err);
			check(dpk_image_decode(data, nbytes, &limits, NULL, &info, &in, &err), &err);
			check(dpk_recipe_draw(&recipe, 1, key, in.width, in.height, 3, &plan, &err), &err);
			if (plan.work > (size_t) info.width * info.height * 64)
				return 1;
			check(dpk_plan_apply(&plan, &in, &out, work, NULL, &err), &err);
			check(dpk_image_encode(&out, DPK_JPEG, QUALITY, NULL, encoded, bound, &written, &err), &err);
		}
		best = DPK_MIN(best, now() - start);
	}
	in.pixels = realloc(in.pixels, (size_t) info.width * (info.height + 16) * 3);	/* it reads 16 rows at a time */
	for (int run = 0; run < 3; run++)
	{
		double		start = now(),
					middle;

		bare_decode(data, (int) nbytes, in.pixels, images);
		middle = now();
		bare_encode(in.pixels, in.width, in.height, QUALITY, encoded, (int) bound, images);
		decode = DPK_MIN(decode, middle - start);
		encode = DPK_MIN(encode, now() - middle);
	}
	printf("%.1f %.1f %.1f\n", best, decode, encode);
	return 0;
}
