/*
 * test_augment.c - resizing, affine maps, tones and recipes against Pillow,
 * scipy and numpy (test/oracle/augment.py), and at the edges
 */
#include "noise.h"
#include "recipe.h"
#include "resize.h"

#include "../data/augment.h"
#include "recipes.h"

#define W 16
#define H 12

static uint8_t pixels[1 << 16],
			scratch[1 << 16];
static double work[1 << 14];

static dpk_image
original(void)
{
	return image(W, H, 3, (uint8_t *) picture);
}

static void
resized(int width, int height, dpk_filter filter, const uint8_t *wanted, const char *what)
{
	dpk_image	in = original(),
				out = image(width, height, 3, pixels);
	size_t		bytes;

	ok(dpk_resize_work(&in, width, height, filter, &bytes) == DPK_OK && bytes <= sizeof(work), "scratch of %s", what);
	dpk_resize(&in, &out, filter, work, NULL);
	same_pixels(pixels, wanted, (size_t) width * height * 3, 0, what);
}

static void
test_resize(void)
{
	static const struct
	{
		dpk_filter	filter;
		const uint8_t *smaller,
				   *larger,
				   *narrower;
	}			cases[] = {
		{DPK_FILTER_AREA, smaller_area, larger_area, narrower_area},
		{DPK_FILTER_BILINEAR, smaller_bilinear, larger_bilinear, narrower_bilinear},
		{DPK_FILTER_BICUBIC, smaller_bicubic, larger_bicubic, narrower_bicubic},
		{DPK_FILTER_LANCZOS, smaller_lanczos, larger_lanczos, narrower_lanczos},
	};
	uint8_t		black_and_white[64];
	dpk_image	strip = image(64, 1, 1, black_and_white),
				dot = image(1, 1, 1, scratch),
				out;

	for (int i = 0; i < 4; i++)
	{
		resized(7, 5, cases[i].filter, cases[i].smaller, dpk_filter_names[cases[i].filter]);
		resized(19, 14, cases[i].filter, cases[i].larger, dpk_filter_names[cases[i].filter]);
		resized(5, 12, cases[i].filter, cases[i].narrower, dpk_filter_names[cases[i].filter]);
	}
	resized(7, 5, DPK_FILTER_NEAREST, smaller_nearest, "nearest");

	for (int i = 0; i < 64; i++)
		black_and_white[i] = i % 2 * 255;
	out = image(1, 1, 1, pixels);
	dpk_resize(&strip, &out, DPK_FILTER_AREA, work, NULL);
	ok(pixels[0] == 128, "the area of black and white stripes is gray");
	scratch[0] = 255;
	for (int filter = 0; filter < 5; filter++)
	{
		bool		white = true;

		out = image(9, 4, 1, pixels);
		dpk_resize(&dot, &out, filter, work, NULL);
		for (int i = 0; i < 36; i++)
			white &= pixels[i] == 255;
		ok(white, "a white dot grows to a white image (%s)", dpk_filter_names[filter]);
	}
}

/* ---- recipes ---- */

static void
cooked(const simple_step *steps, int n, const uint8_t *wanted, int most, const char *what)
{
	dpk_image	in = original(),
				out = image(W, H, 3, pixels);
	dpk_recipe	recipe;
	dpk_error	err;

	ok(check_recipe(steps, n, &recipe, &err) == DPK_OK &&
	   apply_recipe(&recipe, 1, 2, &in, &out, &err) == DPK_OK, "%s: %s", what, err.message);
	same_pixels(pixels, wanted, sizeof(picture), most, what);
}

static void
test_steps(void)
{
	const simple_step turn_and_move[] = {
		{"rotate", NUMBER("degrees", 20), NULL, NULL},
		{"translate", NUMBER("x", 0.11), NULL, NULL}
	};
	const simple_step four_flips[] = {
		{"flip", NUMBER("p", 1), NULL, NULL},
		{"noise", NUMBER("sigma", 0), NULL, NULL},
		{"flip", NUMBER("p", 1), "direction", "vertical"},
		{"brightness", NUMBER("factor", 1), NULL, NULL},
		{"flip", NUMBER("p", 1), "direction", "vertical"},
		{"contrast", NUMBER("factor", 1), NULL, NULL},
		{"flip", NUMBER("p", 1), NULL, NULL},
	};

	cooked(NULL, 0, picture, 0, "an empty recipe");
	cooked(ONE("flip", NUMBER("p", 0), NULL, NULL), picture, 0, "what never happens");
	cooked(ONE("flip", NUMBER("p", 1), NULL, NULL), mirrored, 0, "flip");
	cooked(ONE("flip", NUMBER("p", 1), "direction", "vertical"), upside_down, 0, "flip vertical");
	cooked(four_flips, 7, picture, 0, "flips, each in a pass of its own, that cancel out");
	for (int i = 0; dpk_fill_names[i] != NULL; i++)
	{
		const uint8_t *wanted[] = {rotated_nearest, rotated_constant, rotated_reflect, rotated_wrap};

		cooked(ONE("rotate", {"degrees", "value"}, {33, 77}, {33, 77}, "fill", dpk_fill_names[i]), wanted[i], 1, dpk_fill_names[i]);
	}
	cooked(ONE("shear", NUMBER("degrees", 12), NULL, NULL), sheared, 1, "shear");
	cooked(ONE("zoom", NUMBER("factor", 1.3), NULL, NULL), zoomed, 1, "zoom in");
	cooked(ONE("zoom", NUMBER("factor", 0.61), "fill", "wrap"), zoomed_out, 1, "zoom out");
	cooked(ONE("translate", {"x", "y"}, {0.13, -0.29}, {0.13, -0.29}, NULL, NULL), translated, 1, "translate");
	cooked(ONE("crop", NUMBER("size", 1), NULL, NULL), picture, 0, "a crop of all");
	cooked(turn_and_move, 2, turned_and_moved, 1, "two steps in one map");
	cooked(ONE("brightness", NUMBER("factor", 0.4), NULL, NULL), brighter_4, 0, "darker");
	cooked(ONE("brightness", NUMBER("factor", 1.6), NULL, NULL), brighter_16, 0, "brighter");
	cooked(ONE("contrast", NUMBER("factor", 0.4), NULL, NULL), contrast_4, 0, "less contrast");
	cooked(ONE("contrast", NUMBER("factor", 1.6), NULL, NULL), contrast_16, 0, "more contrast");
}

static void
refused(const simple_step *steps, int n, const char *message, const char *more)
{
	dpk_recipe	recipe;
	dpk_error	err;

	ok(check_recipe(steps, n, &recipe, &err) != DPK_OK && strcmp(err.message, message) == 0 &&
	   (strstr(err.detail, more) || strstr(err.hint, more)), "refused: %s", message);
	if (strcmp(err.message, message) != 0)
		printf("# %s\n", err.message);
}

static void
test_refusals(void)
{
	simple_step many[65] = {{0}};

	for (int i = 0; i < 65; i++)
		many[i].op = "flip";
	refused(many, 65, "recipe has too many steps: 65", "At most 64 are allowed.");
	refused(ONE("spin", {NULL}, {0}, {0}, NULL, NULL), "unrecognized step \"spin\"", "\"flip\", \"translate\"");
	refused(ONE("rotate", {NULL}, {0}, {0}, NULL, NULL), "parameter \"degrees\" of \"rotate\" is missing", "");
	refused(ONE("rotate", NUMBER("degrees", 361), NULL, NULL), "invalid value for parameter \"degrees\" of \"rotate\": 361", "between -360 and 360");
	refused(ONE("rotate", {"degrees"}, {5}, {-5}, NULL, NULL), "invalid value for parameter \"degrees\" of \"rotate\"", "-5, first");
	refused(ONE("zoom", NUMBER("factor", 0), NULL, NULL), "invalid value for parameter \"factor\" of \"zoom\": 0", "between 0.05 and 20");
	refused(ONE("flip", NUMBER("p", 1.5), NULL, NULL), "invalid value for parameter \"p\" of \"flip\": 1.5", "between 0 and 1");
	refused(ONE("flip", NUMBER("fill", 1), NULL, NULL), "unrecognized parameter \"fill\" of \"flip\"", "\"direction\" (default \"horizontal\")");
	refused(ONE("shear", NUMBER("degrees", 1), "fill", "black"), "unrecognized value for parameter \"fill\" of \"shear\": \"black\"", "\"nearest\", \"constant\"");
	refused(ONE("noise", {"sigma"}, {NAN}, {NAN}, NULL, NULL), "invalid value for parameter \"sigma\" of \"noise\": nan", "between 0 and 255");
}

/* The chance of a step, the range of a draw, and that steps and rows do not share draws */
static void
test_draws(void)
{
	enum
	{
		ROWS = 20000
	};
	const simple_step steps[] = {
		{"flip", NUMBER("p", 0.3), NULL, NULL},
		{"flip", NUMBER("p", 0.3), "direction", "vertical"},
	};
	uint8_t		four[] = {10, 20, 30, 40};
	dpk_image	in = image(2, 2, 1, four),
				out = image(2, 2, 1, pixels);
	dpk_recipe	recipe;
	dpk_error	err;
	int			times[4] = {0};
	double		n = ROWS;

	check_recipe(steps, 2, &recipe, &err);
	for (int row = 0; row < ROWS; row++)
	{
		apply_recipe(&recipe, 42, row, &in, &out, &err);
		times[pixels[0] / 10 - 1]++;
	}
	close_to(times[0] / n, 0.49, 4 * sqrt(0.49 * 0.51 / n), "neither flip happens in 0.7 * 0.7 of the rows");
	close_to(times[1] / n, 0.21, 4 * sqrt(0.21 * 0.79 / n), "the first alone in 0.3 * 0.7");
	close_to(times[2] / n, 0.21, 4 * sqrt(0.21 * 0.79 / n), "the second alone in 0.7 * 0.3");
	close_to(times[3] / n, 0.09, 4 * sqrt(0.09 * 0.91 / n), "both in 0.3 * 0.3");

	/* a ramp moved by a uniform share of its width shows the share */
	{
		const simple_step move[] = {{"translate", {"x"}, {0.1}, {0.3}, NULL, NULL}};
		double		sum = 0,
					least = 1,
					greatest = 0;
		uint8_t		ramp[101];

		for (int i = 0; i < 101; i++)
			ramp[i] = 2 * i;
		in = image(101, 1, 1, ramp);
		out = image(101, 1, 1, pixels);
		check_recipe(move, 1, &recipe, &err);
		for (int row = 0; row < ROWS; row++)
		{
			double		share;

			apply_recipe(&recipe, 7, -row, &in, &out, &err);
			share = (200 - pixels[100]) / 202.0;
			sum += share;
			least = fmin(least, share);
			greatest = fmax(greatest, share);
		}
		close_to(sum / n, 0.2, 4 * 0.2 / sqrt(12 * n) + 0.0001, "the mean of a draw from [0.1, 0.3]");
		ok(least > 0.095 && least < 0.105 && greatest > 0.295 && greatest < 0.305, "its ends");
	}
}

/* Random crops stay inside and reach all corners */
static void
test_crop(void)
{
	const simple_step crop[] = {{"crop", {"size"}, {0.5}, {0.5}, NULL, NULL}};
	uint8_t		ramp[101 * 3];
	dpk_image	in = image(101, 3, 1, ramp),
				out = image(101, 3, 1, pixels);
	dpk_recipe	recipe;
	dpk_error	err;
	int			least = 255,
				greatest = 0;
	bool		half = true;

	for (int i = 0; i < 101 * 3; i++)
		ramp[i] = 2 * (i % 101);
	check_recipe(crop, 1, &recipe, &err);
	for (int row = 0; row < 1000; row++)
	{
		apply_recipe(&recipe, 7, row, &in, &out, &err);
		least = DPK_MIN(least, pixels[0]);
		greatest = DPK_MAX(greatest, pixels[100]);
		half &= abs(pixels[100] - pixels[0] - 100) <= 1;
	}
	ok(half, "a crop of size 0.5 spans half the width");
	ok(least <= 1 && greatest >= 199, "its place reaches both borders");
}

static void
test_edges(void)
{
	const simple_step wild[] = {
		{"rotate", NUMBER("degrees", 45), "fill", "reflect"},
		{"shear", NUMBER("degrees", 80), "fill", "reflect"},
		{"zoom", NUMBER("factor", 0.05), "fill", "reflect"},
		{"translate", {"x", "y"}, {-1, 1}, {-1, 1}, "fill", "reflect"},
		{"crop", NUMBER("size", 0.05), NULL, NULL},
		{"noise", NUMBER("sigma", 255), NULL, NULL},
		{"rotate", NUMBER("degrees", -360), "fill", "wrap"},
		{"zoom", NUMBER("factor", 20), "fill", "constant"},
		{"shear", NUMBER("degrees", -80), "axis", "vertical"},
	};
	simple_step far[32];
	static const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 97}};
	dpk_recipe	recipe;
	dpk_error	err;
	dpk_image	in,
				out;

	check_recipe(wild, 9, &recipe, &err);
	for (int i = 0; i < 5; i++)
		for (int c = 1; c <= 3; c += 2)
		{
			size_t		n = (size_t) sizes[i][0] * sizes[i][1] * c;
			uint8_t    *from = malloc(n),
					   *to = malloc(n);	/* exact sizes, for the sanitizer */

			memset(from, 200, n);
			in = image(sizes[i][0], sizes[i][1], c, from);
			out = image(sizes[i][0], sizes[i][1], c, to);
			ok(apply_recipe(&recipe, INT64_MIN, INT64_MAX, &in, &out, &err) == DPK_OK,
			   "all of it on %d x %d x %d", sizes[i][0], sizes[i][1], c);
			free(from);
			free(to);
		}

	for (int i = 0; i < 32; i++)
		far[i] = (simple_step) {"zoom", NUMBER("factor", 0.05), NULL, NULL};
	check_recipe(far, 32, &recipe, &err);
	in = original();
	out = image(W, H, 3, pixels);
	ok(apply_recipe(&recipe, 1, 1, &in, &out, &err) == DPK_INVALID &&
	   strcmp(err.message, "the steps move the image too far outside itself") == 0, "a map beyond all coordinates");
}

static void
test_exact(void)
{
	dpk_image	in = original(),
				out = image(11, 7, 3, pixels);
	dpk_affine	quarter = dpk_affine_rotate(12, 12, 90);
	uint8_t		square[12 * 12 * 3];

	dpk_crop(&in, &out, 3, 2);
	same_pixels(pixels, cropped, sizeof(cropped), 0, "crop");

	out = image(12, 12, 3, square);
	dpk_crop(&in, &out, 0, 0);
	in = out;
	out = image(12, 12, 3, pixels);
	dpk_affine_apply(&quarter, (dpk_fill) {DPK_FILL_CONSTANT, 0}, &in, &out, NULL, NULL);
	same_pixels(pixels, quarter_turn, sizeof(quarter_turn), 0, "a quarter turn is exact");
}

/* scipy.stats.norm.ppf, scipy 1.10.1 */
static void
test_noise(void)
{
	enum
	{
		N = 1000000
	};
	static uint8_t gray[N];
	dpk_random	random = dpk_random_start(5, 6, 7);
	double		sum = 0,
				squares = 0,
				below = 0;

	close_to(dpk_normal(0u), 6.2302601, 1e-6, "the rarest word");
	close_to(dpk_normal(0xA0000000u), 0.48877641, 2e-4, "probability 0.3125");
	close_to(dpk_normal(0x04000001u), -2.41755902, 2e-4, "probability 1/128, the other side");
	/* the same words as one at a time, across the overflow of the counter */
	{
		dpk_random	slow = dpk_random_start(-5, 6, 7);
		bool		same = true;

		random = dpk_random_start(-5, 6, 7);
		slow.counter[0] = random.counter[0] = UINT32_MAX - 4;
		memset(gray, 128, 1003);
		dpk_noise(gray, 1003, 30, &random);
		for (int i = 0; i < 1003; i++)
			same &= gray[i] == (int) fmin(255, fmax(0, floor(128 + 30 * (double) dpk_normal(dpk_random_word(&slow)) + 0.5)));
		ok(same && random.counter[0] == slow.counter[0], "noise takes the words in their order");
	}

	random = dpk_random_start(5, 6, 7);
	memset(gray, 128, N);
	dpk_noise(gray, N, 10, &random);
	for (int i = 0; i < N; i++)
	{
		double		x = gray[i] - 128.0;

		sum += x;
		squares += x * x;
		below += x < -9.5;
	}
	close_to(sum / N, 0, 4 * 10.004 / sqrt(N), "mean of noise within 4 standard errors");
	close_to(squares / N / (100 + 1 / 12.0), 1, 4 * sqrt(2.0 / N), "variance, with that of rounding, within 4 standard errors");
	close_to(below / N, 0.17105613, 4 * sqrt(0.171 * 0.829 / N), "share below -0.95 sigma");
}

int
main(void)
{
	test_resize();
	test_exact();
	test_steps();
	test_refusals();
	test_draws();
	test_crop();
	test_edges();
	test_noise();
	return done();
}
