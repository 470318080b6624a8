/*
 * test_geometry.c - crops, borders, turns and warps against numpy, scipy and
 * Pillow (test/oracle/geometry.py), where points go, and the edges
 */
#include "kernels.h"
#include "recipes.h"
#include "specs.h"
#include "warp.h"

#include "../data/geometry.h"

#define W 40
#define H 30

static uint8_t pixels[1 << 16];

static dpk_status
read_recipe(const char *text, dpk_recipe *recipe, dpk_error *err)
{
	static spec s;

	spec_read(&s, text);
	memset(err, 0, sizeof(*err));
	return dpk_recipe_check(s.steps, s.nsteps, recipe, err);
}

static void
cooked(const char *text, int64_t key, int width, int height, const uint8_t *wanted, int most)
{
	dpk_image	in = image(W, H, 3, (uint8_t *) picture),
				out = image(width, height, 3, pixels);
	dpk_recipe	recipe;
	dpk_error	err;
	bool		done = read_recipe(text, &recipe, &err) == DPK_OK && apply_recipe(&recipe, 1, key, &in, &out, &err) == DPK_OK;

	ok(done, "%s: %s", text, done ? "" : err.message);
	same_pixels(pixels, wanted, (size_t) width * height * 3, most, text);
}

static void
test_steps(void)
{
	char		text[200];

	cooked("rot90", 2, H, W, turned_1, 0);
	cooked("rot90 turns=-3", 2, H, W, turned_1, 0);
	cooked("rot90 turns=2", 2, W, H, turned_2, 0);
	cooked("rot90; rot90; noise sigma=0; rot90", 2, H, W, turned_3, 0);
	cooked("rot90 turns=0", 2, W, H, picture, 0);
	cooked("transpose", 2, H, W, transposed, 0);
	cooked("rot90; flip p=1 direction=vertical", 2, H, W, transposed, 0);
	cooked("transpose; transpose", 2, W, H, picture, 0);
	cooked("crop x=7 y=4 width=21 height=19", 2, 21, 19, cropped, 0);
	cooked("crop x=2 width=38 height=30; noise sigma=0; crop x=5 y=4 width=21 height=19", 2, 21, 19, cropped, 0);
	cooked("center_crop width=17 height=15", 2, 17, 15, centre, 0);
	cooked("random_crop width=17 height=15", 2, 17, 15, randomly_cropped, 0);
	for (int i = 0; dpk_fill_names[i] != NULL; i++)
	{
		const uint8_t *wanted[] = {padded_nearest, padded_constant, padded_reflect, padded_wrap};

		snprintf(text, sizeof(text), "pad left=41 top=3 right=7 bottom=5 value=77 fill=%s", dpk_fill_names[i]);
		cooked(text, 2, W + 48, H + 8, wanted[i], 0);
	}
	cooked("pad left=9 top=9 right=9 bottom=9; center_crop width=40 height=30", 2, W, H, picture, 0);
	cooked("affine matrix=0.9,0.2,3.3,-0.1,1.1,-2.2 fill=reflect", 2, W, H, affine, 1);
	cooked("random_resized_crop width=20 height=14", KEY_OF_BOX, 20, 14, box, 0);
	cooked("random_resized_crop width=20 height=14 area=0.9,1 ratio=0.6,1.6", KEY_OF_BOX_LATE, 20, 14, box_late, 0);
	cooked("random_resized_crop width=20 height=14 area=0.9,1 ratio=2,2.5", 5, 20, 14, box_never, 0);
	cooked("perspective value=77", 2, W, H, perspective, 1);
	cooked("elastic alpha=40 sigma=3", 2, W, H, elastic, 1);
	cooked("keras rotation_range=30 width_shift_range=0.2 height_shift_range=0.1 shear_range=15 zoom_range=0.3 horizontal_flip=true "
		   "vertical_flip=true brightness_range=0.5,1.5 fill_mode=reflect rescale=0.00392156862745098", 2, W, H, keras, 2);
	cooked("keras", 2, W, H, picture, 0);
	cooked("perspective distortion=0", 2, W, H, picture, 0);
	cooked("elastic alpha=0", 2, W, H, picture, 0);
}

/* What was cropped away does not come back as fill */
static void
test_crop_then_fill(void)
{
	uint8_t		row[] = {10, 20, 30, 40, 50};
	dpk_image	in = image(5, 1, 1, row),
				out = image(5, 1, 1, pixels);
	dpk_recipe	recipe;
	dpk_error	err;

	ok(read_recipe("crop x=1 width=3 height=1; pad left=1 right=1 fill=nearest", &recipe, &err) == DPK_OK &&
	   apply_recipe(&recipe, 1, 1, &in, &out, &err) == DPK_OK && memcmp(pixels, (uint8_t[]) {20, 20, 30, 40, 40}, 5) == 0, "a border around a crop is the crop's");
}

/* Labels are not interpolated, and what only changes tones leaves them alone */
static void
test_mask(void)
{
	dpk_image	in = image(W, H, 3, (uint8_t *) picture),
				out = image(W, H, 3, pixels);
	dpk_recipe	recipe;
	dpk_error	err;
	dpk_plan	plan;
	static char work[1 << 18] __attribute__((aligned(64)));

	read_recipe("brightness factor=2; affine matrix=0.9,0.2,3.3,-0.1,1.1,-2.2 fill=reflect; noise sigma=20", &recipe, &err);
	dpk_recipe_draw(&recipe, 1, 2, W, H, 3, &plan, &err);
	plan.mask = true;
	ok(dpk_plan_apply(&plan, &in, &out, work, NULL, &err) == DPK_OK, "a mask");
	same_pixels(pixels, affine_nearest, sizeof(affine_nearest), 0, "takes the nearest pixels");
	read_recipe("resize width=20 height=15; perspective; elastic alpha=40; random_resized_crop width=33 height=22", &recipe, &err);
	dpk_recipe_draw(&recipe, 1, 2, W, H, 3, &plan, &err);
	plan.mask = true;
	for (int i = 0; i < W * H * 3; i++)
		pixels[i] = picture[i] & 128;
	in.pixels = pixels;
	out = image(33, 22, 3, pixels + W * H * 3);
	ok(plan.work <= sizeof(work) && dpk_plan_apply(&plan, &in, &out, work, NULL, &err) == DPK_OK, "a mask through all passes");
	for (int i = 0; i < 33 * 22 * 3; i++)
		if ((out.pixels[i] & 127) != 0)
		{
			ok(false, "a label came up that was not there: %d", out.pixels[i]);
			return;
		}
	ok(true, "no label comes up that was not there");
}

static void
moved(const char *text, double x, double y, double wanted_x, double wanted_y)
{
	double		xy[] = {x, y};
	dpk_recipe	recipe;
	dpk_error	err;
	dpk_plan	plan;

	ok(read_recipe(text, &recipe, &err) == DPK_OK && dpk_recipe_draw(&recipe, 1, 2, W, H, 3, &plan, &err) == DPK_OK, "points: %s", text);
	dpk_plan_points(&plan, W, H, 1, xy, NULL, NULL);
	if (!ok(fabs(xy[0] - wanted_x) < 1e-9 && fabs(xy[1] - wanted_y) < 1e-9, "%g, %g goes to %g, %g", x, y, wanted_x, wanted_y))
		printf("# %.15g, %.15g\n", xy[0], xy[1]);
}

/* By hand, and the corners that the oracle moved */
static void
test_points(void)
{
	moved("flip p=1; noise sigma=3", 3, 5, W - 4, 5);
	moved("rot90", 3, 5, 5, W - 4);
	moved("rot90; rot90", 3, 5, W - 4, H - 6);
	moved("transpose; crop x=1 y=2 width=3 height=4", 3, 5, 4, 1);
	moved("pad left=2 top=1; shift x=1", 3, 5, 6, 6);
	moved("resize width=80 height=15", 0, 0, 0.5, -0.25);
	moved("affine matrix=0.9,0.2,3.3,-0.1,1.1,-2.2", 3, 5, 0.9 * 3 + 0.2 * 5 + 3.3, -0.1 * 3 + 1.1 * 5 - 2.2);
	moved("rotate degrees=90", 19.5, 14.5, 19.5, 14.5);
	moved("rotate degrees=90", 21.5, 14.5, 19.5, 12.5);
	moved("zoom factor=2", 21.5, 14.5, 23.5, 14.5);
	moved("random_resized_crop width=20 height=14", 25, 16, 0.5 * 20 / 15 - 0.5, 0);
	moved("perspective", 0, 0, ends[0], ends[1]);
	moved("perspective", W - 1, 0, ends[2], ends[3]);
	moved("perspective", W - 1, H - 1, ends[4], ends[5]);
	moved("perspective", 0, H - 1, ends[6], ends[7]);
}

static void
refused(const char *text, int width, int height, const char *message, const char *more)
{
	dpk_recipe	recipe;
	dpk_error	err;
	dpk_plan	plan;
	bool		fails = read_recipe(text, &recipe, &err) != DPK_OK ||
		dpk_recipe_draw(&recipe, 1, 1, width, height, 3, &plan, &err) != DPK_OK;

	if (!ok(fails && strcmp(err.message, message) == 0 && (strstr(err.detail, more) || strstr(err.hint, more)), "refused: %s", text))
		printf("# %s; %s; %s\n", err.message, err.detail, err.hint);
}

static void
test_refusals(void)
{
	refused("crop x=40 width=1 height=1", W, H, "invalid value for parameter \"x\" of \"crop\": 40", "between 0 and 39");
	refused("crop x=30 width=11 height=1", W, H, "invalid value for parameter \"width\" of \"crop\": 11", "between 1 and 10");
	refused("crop height=3 x=1", W, H, "parameter \"width\" of \"crop\" is missing", "");
	refused("center_crop width=41 height=3", W, H, "invalid value for parameter \"width\" of \"center_crop\": 41", "\"pad\"");
	refused("random_crop width=4 height=31", W, H, "invalid value for parameter \"height\" of \"random_crop\": 31", "between 1 and 30");
	refused("resize width=0 height=3", W, H, "invalid value for parameter \"width\" of \"resize\": 0", "between 1 and 65500");
	refused("resize width=1.5 height=3", W, H, "invalid value for parameter \"width\" of \"resize\": 1.5", "whole number");
	refused("resize width=4 height=3 method=cubic", W, H, "unrecognized value for parameter \"method\" of \"resize\": \"cubic\"", "\"bicubic\"");
	refused("affine matrix=1,2,3", W, H, "invalid value for parameter \"matrix\" of \"affine\"", "a list of 6 numbers");
	refused("affine matrix=1,2,3,2,4,3", W, H, "invalid value for parameter \"matrix\" of \"affine\"", "a line or a point");
	refused("affine", W, H, "parameter \"matrix\" of \"affine\" is missing", "");
	refused("random_resized_crop width=4 height=3 area=1,0.5", W, H, "invalid value for parameter \"area\" of \"random_resized_crop\"", "0.5, first");
	refused("random_resized_crop width=4 height=3 scale=1", W, H, "unrecognized parameter \"scale\" of \"random_resized_crop\"", "\"area\" (default [0.08, 1])");
	refused("keras zoom_range=0.96", W, H, "invalid value for parameter \"zoom_range\" of \"keras\": 0.96", "between 0 and 0.95");
	refused("keras rescale=0.5", W, H, "invalid value for parameter \"rescale\" of \"keras\": 0.5", "\"input\"");
	refused("keras featurewise_center=true", W, H, "unrecognized parameter \"featurewise_center\" of \"keras\"", "\"horizontal_flip\" (default false)");
	refused("keras brightness_range=2,1", W, H, "invalid value for parameter \"brightness_range\" of \"keras\"", "1, first");
	refused("flip p=1 step=64", W, H, "invalid value for parameter \"step\" of \"flip\": 64", "between 0 and 63");
}

/* Mirrored and turned images of many sizes, pixel by pixel, in memory of just the size */
static void
test_turns(void)
{
	static const char *const recipes[] = {"flip p=1", "flip p=1 direction=vertical", "rot90", "rot90 turns=2", "rot90 turns=3", "transpose"};

	for (int r = 0; r < 6; r++)
		for (int c = 1; c <= 3; c += 2)
		{
			int			wrong = 0;

			for (int n = 0; n < 40 * 40; n++)
			{
				int			w = 1 + n % 40,
							h = 1 + n / 40,
							width = r == 2 || r > 3 ? h : w,
							height = r == 2 || r > 3 ? w : h;
				uint8_t    *from = malloc(w * h * c),
						   *to = malloc(w * h * c);
				dpk_image	in = image(w, h, c, from),
							out = image(width, height, c, to);
				dpk_recipe	recipe;
				dpk_error	err;

				for (int i = 0; i < w * h * c; i++)
					from[i] = (uint8_t) (i * 7 + i / 251);
				wrong += read_recipe(recipes[r], &recipe, &err) != DPK_OK || apply_recipe(&recipe, 1, 1, &in, &out, &err) != DPK_OK;
				for (int y = 0; y < height; y++)
					for (int x = 0; x < width; x++)
					{
						int			sx = r == 0 || r == 3 ? w - 1 - x : r == 1 ? x : r == 2 ? w - 1 - y : y,
									sy = r == 0 ? y : r == 1 || r == 3 ? h - 1 - y : r == 4 ? h - 1 - x : x;

						wrong += memcmp(to + (y * width + x) * c, from + (sy * w + sx) * c, c) != 0;
					}
				free(from);
				free(to);
			}
			ok(wrong == 0, "%s, %d channels, 1 x 1 to 40 x 40", recipes[r], c);
		}
}

/* Everything on small images, in memory of just the size */
static void
test_edges(void)
{
	static const char *const recipes[] = {
		"rot90; transpose; rot90 turns=3; flip p=1", "pad left=3 right=70 top=2 fill=reflect; rotate degrees=30 fill=wrap",
		"perspective distortion=1 fill=wrap", "elastic alpha=10000 sigma=100 fill=reflect", "elastic alpha=300 sigma=0.5 fill=constant",
		"resize width=1 height=1; resize width=33 height=7 method=lanczos", "random_resized_crop width=3 height=50 method=bicubic",
		"random_crop width=1 height=1; resize width=60 height=60 method=area; noise sigma=9; rot90; center_crop width=1 height=60",
		"affine matrix=1000,0,1000,0,1000,-1000; pad left=1; noise sigma=1; pad right=1"
	};
	static const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 97}};

	for (int r = 0; r < (int) (sizeof(recipes) / sizeof(recipes[0])); r++)
		for (int i = 0; i < 5; i++)
			for (int c = 1; c <= 3; c += 2)
			{
				size_t		n = (size_t) sizes[i][0] * sizes[i][1] * c;
				uint8_t    *from = malloc(n),
						   *to;
				dpk_image	in = image(sizes[i][0], sizes[i][1], c, from),
							out;
				dpk_recipe	recipe;
				dpk_plan	plan = {0};
				dpk_error	err;

				memset(from, 200, n);
				if (read_recipe(recipes[r], &recipe, &err) != DPK_OK ||
					dpk_recipe_draw(&recipe, -1, i, in.width, in.height, c, &plan, &err) != DPK_OK)
				{
					ok(false, "%s on %d x %d: %s", recipes[r], in.width, in.height, err.message);
					free(from);
					continue;
				}
				to = malloc((size_t) plan.width * plan.height * c);
				out = image(plan.width, plan.height, c, to);
				ok(apply_recipe(&recipe, -1, i, &in, &out, &err) == DPK_OK, "%s on %d x %d x %d", recipes[r], in.width, in.height, c);
				free(from);
				free(to);
			}
}

/* Each instruction set against the plain formulas, bit by bit, in memory of just the size */
static void
test_instruction_sets(void)
{
	static const char *const isas[] = {"generic", "avx2", "avx512"};
	enum
	{
		SIDE = 37, N = 301, TAPS = 7
	};

	for (int i = 0; i < 3; i++)
		for (int c = 1; c <= 3; c += 2)
		{
			const dpk_kernels *kernels = dpk_kernels_named(isas[i]);
			size_t		stride = SIDE * c;
			dpk_random	random = dpk_random_start(1, 2, 3);
			uint8_t    *in = malloc(stride * SIDE),
					   *out = malloc(N * c),
					   *row = malloc(stride * SIDE);
			uint32_t	x[N],
						y[N];
			int32_t		weights[SIDE * TAPS];
			int			first[SIDE],
						taps[SIDE];
			dpk_filter_taps a = {SIDE, TAPS, first, taps, weights};
			bool		same = true;

			if (kernels == NULL)
			{
				printf("# this processor has no %s\n", isas[i]);
				free(in);
				free(out);
				free(row);
				continue;
			}
			for (size_t j = 0; j < stride * SIDE; j++)
				in[j] = dpk_random_word(&random) % 4 == 0 ? 255 : dpk_random_word(&random) >> 24;
			for (int j = 0; j < N; j++)
			{
				x[j] = j == N - 1 ? ((SIDE - 1) << 16) - 1 : dpk_random_below(&random, (SIDE - 1) << 16);
				y[j] = j == N - 1 ? ((SIDE - 1) << 16) - 1 : dpk_random_below(&random, (SIDE - 1) << 16);
			}
			kernels->blend(in, stride, c, N, x, y, out);
			for (int j = 0; j < N * c; j++)
			{
				const uint8_t *p = in + (y[j / c] >> 16) * stride + (x[j / c] >> 16) * c + j % c;

				same &= out[j] == dpk_blend(p[0], p[c], p[stride], p[stride + c], x[j / c] & 0xffff, y[j / c] & 0xffff);
			}
			ok(same, "%s blends %d channels as the formula does", isas[i], c);

			for (int j = 0; j < SIDE * TAPS; j++)
				weights[j] = (int32_t) dpk_random_below(&random, 1 << 20) - (1 << 18);
			for (int j = 0; j < SIDE; j++)
			{
				taps[j] = 1 + j % TAPS;
				first[j] = DPK_MIN(j, SIDE - taps[j]);
			}
			same = true;
			kernels->filter_rows(&a, c, in, SIDE, stride, row, stride);
			for (size_t j = 0; j < stride * SIDE; j++)
			{
				int			place = j % stride / c;
				int64_t		sum = 1 << 21;

				for (int t = 0; t < taps[place]; t++)
					sum += (int64_t) weights[place * TAPS + t] * in[j / stride * stride + (first[place] + t) * c + j % c];
				sum >>= 22;
				same &= row[j] == (sum < 0 ? 0 : sum > 255 ? 255 : sum);
			}
			ok(same, "%s filters rows of %d channels as the formula does", isas[i], c);

			same = true;
			kernels->filter_columns(weights, 3, in + 5 * stride, stride, stride, row);
			for (size_t j = 0; j < stride; j++)
			{
				int64_t		sum = 1 << 21;

				for (int t = 0; t < 3; t++)
					sum += (int64_t) weights[t] * in[(5 + t) * stride + j];
				sum >>= 22;
				same &= row[j] == (sum < 0 ? 0 : sum > 255 ? 255 : sum);
			}
			ok(same, "%s filters columns of %d channels", isas[i], c);
			free(in);
			free(out);
			free(row);
		}
}

int
main(void)
{
	test_instruction_sets();
	test_steps();
	test_crop_then_fill();
	test_mask();
	test_points();
	test_refusals();
	test_turns();
	test_edges();
	return done();
}
