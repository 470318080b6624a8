/*
 * test_pixels.c - operations on tones, colours and neighbourhoods against Pillow,
 * OpenCV and torchvision, noise against its law (test/oracle/pixels.py), the
 * edges, and all instruction sets against each other
 */
#include "erase.h"
#include "grain.h"
#include "kernels.h"
#include "philox.h"
#include "recipe.h"

#include "../data/pixels.h"
#include "tap.h"

#define W 20
#define H 15

static uint8_t result[W * H * 3];

/* A step with up to two numbers, and a word */
static dpk_status
take(const char *op, const char *key1, double number1, const char *key2, double number2, const char *word, int64_t key,
	 const dpk_image *in, dpk_image *out, dpk_error *err)
{
	dpk_value	values[] = {
		{.key = key1, .count = 1, .numbers = &number1},
		{.key = key2, .count = 1, .numbers = &number2},
		{.key = "content", .count = 1, .is_string = true, .strings = &word}
	};
	dpk_step	step = {op, key1 == NULL ? 0 : key2 == NULL ? 1 : word == NULL ? 2 : 3, values};
	dpk_recipe	recipe;
	static dpk_plan plan;
	dpk_status	status;
	void	   *work;

	memset(err, 0, sizeof(*err));
	if ((status = dpk_recipe_check(&step, 1, &recipe, err)) != DPK_OK ||
		(status = dpk_recipe_draw(&recipe, 1, key, in->width, in->height, in->channels, &plan, err)) != DPK_OK)
		return status;
	work = aligned_alloc(DPK_RECIPE_ALIGN, (plan.work + DPK_RECIPE_ALIGN - 1) / DPK_RECIPE_ALIGN * DPK_RECIPE_ALIGN);
	status = dpk_plan_apply(&plan, in, out, work, NULL, err);
	free(work);
	return status;
}

/* No sample differs by more than 'most' */
static void
same_pixels(const uint8_t *wanted, size_t n, int most, const char *what)
{
	int			worst = 0;
	size_t		differ = 0;

	for (size_t i = 0; i < n; i++)
	{
		worst = DPK_MAX(worst, abs(result[i] - wanted[i]));
		differ += result[i] != wanted[i];
	}
	if (!ok(worst <= most, "%s, within %d", what, most))
		printf("# %zu of %zu samples differ, by up to %d\n", differ, n, worst);
}

static void
gives(const char *op, const char *key1, double number1, const char *key2, double number2, const uint8_t *wanted, int most, const char *what)
{
	dpk_image	in = {W, H, 3, (uint8_t *) photo},
				out = {W, H, 3, result};
	dpk_error	err;

	if (take(op, key1, number1, key2, number2, NULL, 1, &in, &out, &err) != DPK_OK)
		ok(false, "%s: %s", what, err.message);
	same_pixels(wanted, W * H * 3, most, what);
}

static void
gives_gray(const char *op, const char *key1, double number1, const char *key2, double number2, const uint8_t *wanted, int most, const char *what)
{
	dpk_image	in = {W, H, 1, (uint8_t *) photo_gray},
				out = {W, H, 1, result};
	dpk_error	err;

	if (take(op, key1, number1, key2, number2, NULL, 1, &in, &out, &err) != DPK_OK)
		ok(false, "%s: %s", what, err.message);
	same_pixels(wanted, W * H, most, what);
}

static void
test_oracles(void)
{
	uint8_t		three[W * H * 3];

	gives("invert", NULL, 0, NULL, 0, inverted, 0, "invert and Pillow");
	gives("posterize", "bits", 3, NULL, 0, posterized, 0, "posterize and Pillow");
	gives("solarize", "threshold", 100, NULL, 0, solarized, 0, "solarize and Pillow");
	gives("equalize", NULL, 0, NULL, 0, equalized, 0, "equalize and Pillow");
	gives_gray("equalize", NULL, 0, NULL, 0, equalized_gray, 0, "equalize of gray and Pillow");
	gives("autocontrast", NULL, 0, NULL, 0, autocontrasted, 0, "autocontrast and Pillow");
	gives("autocontrast", "cutoff", 10, NULL, 0, autocontrasted_10, 0, "autocontrast with a cutoff and Pillow");
	gives("gamma", "gamma", 0.7, NULL, 0, gamma_7, 0, "gamma 0.7 and torchvision");
	gives("gamma", "gamma", 2.2, NULL, 0, gamma_22, 0, "gamma 2.2 and torchvision");
	gives("saturation", "factor", 0.3, NULL, 0, saturated_3, 0, "saturation 0.3 and Pillow");
	gives("saturation", "factor", 1.7, NULL, 0, saturated_17, 0, "saturation 1.7 and Pillow");
	gives("saturation", "factor", 0.3, NULL, 0, saturated_torch_3, 1, "saturation 0.3 and torchvision");
	gives("saturation", "factor", 1.7, NULL, 0, saturated_torch_17, 1, "saturation 1.7 and torchvision");
	gives("hue", "shift", 0.1, NULL, 0, hue_1, 2, "hue 0.1 and torchvision");
	gives("hue", "shift", -0.4, NULL, 0, hue_minus_4, 2, "hue -0.4 and torchvision");
	for (int i = 0; i < W * H * 3; i++)
		three[i] = photo_gray[i / 3];
	gives("grayscale", NULL, 0, NULL, 0, three, 0, "grayscale and Pillow");
	gives("sharpness", "factor", 0.3, NULL, 0, sharpened_3, 0, "sharpness 0.3 and Pillow");
	gives("sharpness", "factor", 1.7, NULL, 0, sharpened_17, 0, "sharpness 1.7 and Pillow");
	gives("median", "size", 3, NULL, 0, median_3, 0, "median 3 and OpenCV");
	gives("median", "size", 5, NULL, 0, median_5, 0, "median 5 and OpenCV");
	gives("median", "size", 7, NULL, 0, median_7, 0, "median 7 and OpenCV");
	gives("median", "size", 9, NULL, 0, median_9, 0, "median 9 and OpenCV");
	gives("median", "size", 21, NULL, 0, median_21, 0, "median wider than the image and OpenCV");
	gives("blur", "sigma", 0.8, NULL, 0, gaussian_8, 1, "blur 0.8 and OpenCV");
	gives("blur", "sigma", 2.5, NULL, 0, gaussian_25, 1, "blur 2.5 and OpenCV");
	gives("motion_blur", "length", 7, NULL, 0, streak_flat, 1, "motion blur and OpenCV's filter2D");
	gives("motion_blur", "length", 8, "degrees", 30, streak_30, 1, "slanted motion blur and OpenCV's filter2D");
	gives_gray("clahe", "tiles", 4, "clip", 4, clahe_gray, 1, "clahe with uneven tiles and OpenCV");
	gives_gray("clahe", "tiles", 5, "clip", 2, clahe_gray_even, 1, "clahe and OpenCV");
	gives("clahe", "tiles", 4, "clip", 4, clahe_color, 2, "clahe of colours and OpenCV in YCrCb");
	gives("jpeg", "quality", 30, NULL, 0, jpeg_30, 0, "jpeg 30 and Pillow");
	gives("jpeg", "quality", 95, NULL, 0, jpeg_95, 0, "jpeg 95 and Pillow");
	gives("saturation", "factor", 1, NULL, 0, photo, 0, "saturation 1 changes nothing");
	gives("hue", "shift", 0, NULL, 0, photo, 0, "hue 0 changes nothing");
	gives("blur", "sigma", 0.1, NULL, 0, photo, 0, "a blur far below a pixel changes nothing");
	gives("median", "size", 1, NULL, 0, photo, 0, "a median of 1 changes nothing");
	gives("gamma", "gamma", 1, NULL, 0, photo, 0, "gamma 1 changes nothing");
	gives_gray("saturation", "factor", 0, NULL, 0, photo_gray, 0, "gray has no saturation to lose");
}

/* ---- noise ---- */

enum
{
	N = 1 << 18
};

static uint8_t noisy[N],
			plain[N];

/* The greatest distance between the counts and the law, against the value that chance exceeds once in a thousand times */
static void
follows(const char *op, const char *key, double number, int gray, const double *law, int n, int (*count) (int), const char *what)
{
	dpk_image	image = {N, 1, 1, plain},
				out = {N, 1, 1, noisy};
	dpk_error	err;
	double		far = 0,
				so_far = 0;
	static int	times[256];

	memset(plain, gray, N);
	memset(times, 0, sizeof(times));
	if (take(op, key, number, NULL, 0, NULL, 5, &image, &out, &err) != DPK_OK)
		ok(false, "%s: %s", what, err.message);
	for (int i = 0; i < N; i++)
		times[noisy[i]]++;
	for (int k = 0; k < n; k++)
	{
		so_far += count(k) < 256 ? times[count(k)] : 0;
		far = fmax(far, fabs(so_far / N - law[k]));
	}
	if (!ok(far < 1.95 / sqrt(N), "%s (Kolmogorov-Smirnov)", what))
		printf("# distance %g\n", far);
}

static int
itself(int k)
{
	return k;
}

static int
of_30(int k)
{
	return DPK_MIN((k * 510 + 30) / 60, 255);
}

static void
test_noise(void)
{
	dpk_image	image = {N / 3, 1, 3, plain},
				out = {N / 3, 1, 3, noisy};
	dpk_error	err;
	int			black = 0,
				white = 0,
				n = N / 3;
	double		sum = 0,
				squares = 0;
	bool		whole = true;

	follows("poisson", "peak", 255, 3, poisson_3, 20, itself, "poisson of gray 3 and scipy");
	follows("poisson", "peak", 255, 100, poisson_100, 256, itself, "poisson of gray 100 and scipy");
	follows("poisson", "peak", 30, 80, poisson_30_of_80, 31, of_30, "poisson of gray 80 with 30 photons at white and scipy");
	follows("poisson", "peak", 1000, 0, (const double[]) {1}, 1, itself, "no photon comes from black");

	memset(plain, 100, N);
	take("salt_pepper", "amount", 0.1, NULL, 0, NULL, 5, &image, &out, &err);
	for (int i = 0; i < n; i++)
	{
		whole &= noisy[3 * i] == noisy[3 * i + 1] && noisy[3 * i] == noisy[3 * i + 2];
		black += noisy[3 * i] == 0;
		white += noisy[3 * i] == 255;
	}
	ok(whole, "salt and pepper take all channels of a pixel");
	close_to(black / (double) n, 0.05, 4 * sqrt(0.05 * 0.95 / n), "half of the share is pepper");
	close_to(white / (double) n, 0.05, 4 * sqrt(0.05 * 0.95 / n), "half of it is salt");

	image = (dpk_image) {N, 1, 1, plain};
	out = (dpk_image) {N, 1, 1, noisy};
	memset(plain, 120, N);
	take("speckle", "sigma", 0.1, NULL, 0, NULL, 5, &image, &out, &err);
	for (int i = 0; i < N; i++)
	{
		sum += noisy[i] - 120;
		squares += (noisy[i] - 120) * (noisy[i] - 120);
	}
	close_to(sum / N, 0, 4 * 12.0 / sqrt(N), "mean of speckle within 4 standard errors");
	close_to(squares / N / (144 + 1 / 12.0), 1, 4 * sqrt(2.0 / N), "its spread grows with the gray level");
}

/* ---- covered parts ---- */

static void
test_cover(void)
{
	enum
	{
		SIDE = 100, ROWS = 2000
	};
	static uint8_t white[SIDE * SIDE],
				covered[SIDE * SIDE];
	dpk_image	in = {SIDE, SIDE, 1, white},
				out = {SIDE, SIDE, 1, covered};
	dpk_error	err;
	double		area = 0,
				logs = 0,
				log_squares = 0;
	int			odd = 0;

	memset(white, 255, sizeof(white));
	for (int row = 0; row < ROWS; row++)
	{
		int			n = 0,
					x0 = SIDE,
					x1 = 0,
					y0 = SIDE,
					y1 = 0;
		double		l;

		take("erase", "area", 0.1, "value", 7, NULL, row, &in, &out, &err);
		for (int i = 0; i < SIDE * SIDE; i++)
			if (covered[i] == 7)
			{
				n++;
				x0 = DPK_MIN(x0, i % SIDE);
				x1 = DPK_MAX(x1, i % SIDE + 1);
				y0 = DPK_MIN(y0, i / SIDE);
				y1 = DPK_MAX(y1, i / SIDE + 1);
			}
		odd += n != (x1 - x0) * (y1 - y0);
		area += n / (double) (SIDE * SIDE);
		l = log((x1 - x0) / (double) (y1 - y0));
		logs += l;
		log_squares += l * l;
	}
	ok(odd == 0, "what is erased is a box");
	close_to(area / ROWS, 0.1, 0.001, "of the area that was asked for");
	close_to(logs / ROWS, 0, 4 * log(3.3) / sqrt(3.0 * ROWS), "lying as often as standing");
	close_to(log_squares / ROWS / (log(3.3) * log(3.3) / 3), 1, 0.08, "the logarithm of its proportion is uniform up to 3.3");

	take("cutout", "size", 0.2, "holes", 1, NULL, 3, &in, &out, &err);
	{
		int			n = 0;

		for (int i = 0; i < SIDE * SIDE; i++)
			n += covered[i] == 0;
		ok(n > 0 && n <= 400, "cutout covers a square of a fifth of the side, or what of it is inside");
	}
	take("grid_dropout", "unit", 10, "ratio", 0.5, NULL, 3, &in, &out, &err);
	{
		int			n = 0;

		for (int i = 0; i < SIDE * SIDE; i++)
			n += covered[i] == 0;
		ok(n == 2500, "a grid of half the sides covers a quarter");
	}
	ok(take("erase", "area", 1, "ratio", 1, "noise", 3, &in, &out, &err) == DPK_OK, "all erased with noise");
	{
		double		sum = 0;

		for (int i = 0; i < SIDE * SIDE; i++)
			sum += covered[i];
		close_to(sum / (SIDE * SIDE), 127.5, 4 * 73.9 / SIDE, "whose mean is that of bytes");
	}
}

static void
test_jitter(void)
{
	dpk_value	values[] = {
		{.key = "brightness", .count = 1, .numbers = (const double[]) {0.5}},
		{.key = "contrast", .count = 1, .numbers = (const double[]) {0.5}},
		{.key = "hue", .count = 1, .numbers = (const double[]) {0.1}}
	};
	dpk_step	step = {"color_jitter", 3, values};
	dpk_recipe	recipe;
	static dpk_plan plan;
	dpk_error	err;
	int			first[2] = {0};
	double		least = 2,
				most = 0,
				hue = 0;

	ok(dpk_recipe_check(&step, 1, &recipe, &err) == DPK_OK, "a recipe of color_jitter");
	for (int key = 0; key < 3000; key++)
	{
		dpk_recipe_draw(&recipe, 1, key, 8, 8, 3, &plan, &err);
		if (plan.ndrawn != 3)
		{
			ok(false, "three steps are drawn, the one without a width is not");
			return;
		}
		for (int i = 0; i < 3; i++)
		{
			const char *name = plan.drawn[i].operation->name;

			if (strcmp(name, "brightness") == 0)
			{
				least = fmin(least, plan.drawn[i].value[0]);
				most = fmax(most, plan.drawn[i].value[0]);
				first[0] += i == 0;
			}
			else if (strcmp(name, "hue") == 0)
			{
				hue = fmax(hue, fabs(plan.drawn[i].value[0]));
				first[1] += i == 0;
			}
		}
	}
	ok(least >= 0.5 && least < 0.505 && most <= 1.5 && most > 1.495, "factors reach from 1 - width to 1 + width");
	ok(hue <= 0.1 && hue > 0.099, "hues from -width to width");
	close_to(first[0] / 3000.0, 1 / 3.0, 4 * sqrt(2 / 9.0 / 3000), "each is the first as often as the others");
	close_to(first[1] / 3000.0, 1 / 3.0, 4 * sqrt(2 / 9.0 / 3000), "so is the hue");
}

/* Every operation on images of one pixel, one row, one column, in memory of just their size */
static void
test_edges(void)
{
	static const struct
	{
		const char *op,
				   *key1;
		double		number1;
		const char *key2;
		double		number2;
	}			all[] = {
		{"invert", NULL, 0, NULL, 0}, {"equalize", NULL, 0, NULL, 0}, {"autocontrast", "cutoff", 49, NULL, 0},
		{"gamma", "gamma", 0, NULL, 0}, {"gamma", "gamma", 10, NULL, 0}, {"clahe", "tiles", 64, "clip", 100}, {"clahe", "tiles", 1, "clip", 0},
		{"saturation", "factor", 10, NULL, 0}, {"hue", "shift", 0.5, NULL, 0}, {"grayscale", NULL, 0, NULL, 0},
		{"blur", "sigma", 50, NULL, 0}, {"median", "size", 3, NULL, 0}, {"median", "size", 5, NULL, 0}, {"median", "size", 7, NULL, 0},
		{"median", "size", 255, NULL, 0}, {"motion_blur", "length", 101, "degrees", 45}, {"motion_blur", "length", 2, "degrees", -90},
		{"sharpness", "factor", 10, NULL, 0}, {"jpeg", "quality", 1, NULL, 0}, {"salt_pepper", "amount", 1, NULL, 0},
		{"speckle", "sigma", 10, NULL, 0}, {"poisson", "peak", 1, NULL, 0}, {"poisson", "peak", 1000, NULL, 0},
		{"erase", "area", 0.001, "ratio", 10}, {"erase", "area", 1, "ratio", 10}, {"cutout", "size", 1, "holes", 100},
		{"grid_dropout", "unit", 2, "ratio", 0.01}, {"grid_dropout", "unit", 65500, "ratio", 0.99},
	};
	static const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {2, 2}, {65, 3}};

	for (size_t a = 0; a < sizeof(all) / sizeof(*all); a++)
	{
		bool		good = true,
					flat = true;

		for (int s = 0; s < 5; s++)
			for (int c = 1; c <= 3; c += 2)
			{
				size_t		n = (size_t) sizes[s][0] * sizes[s][1] * c;
				uint8_t    *from = malloc(n),
						   *to = malloc(n);
				dpk_image	in = {sizes[s][0], sizes[s][1], c, from},
							out = {sizes[s][0], sizes[s][1], c, to};
				dpk_error	err;

				memset(from, 200, n);
				good &= take(all[a].op, all[a].key1, all[a].number1, all[a].key2, all[a].number2, NULL, 9, &in, &out, &err) == DPK_OK;
				for (size_t i = 0; i < n; i++)
					flat &= to[i] == 200;
				free(from);
				free(to);
			}
		ok(good, "%s on the smallest images", all[a].op);
		if (strcmp(all[a].op, "blur") == 0 || strcmp(all[a].op, "median") == 0 || strcmp(all[a].op, "motion_blur") == 0 ||
			strcmp(all[a].op, "sharpness") == 0)
			ok(flat, "%s leaves a flat image as it is", all[a].op);
	}
}

/* The tables of all instruction sets give the bytes of the generic one, whatever the length */
static void
test_instruction_sets(void)
{
	enum
	{
		ROOM = 700, TAPS = 9
	};
	static const char *const isas[] = {"generic", "avx2", "avx512"};
	static uint8_t bytes[TAPS][ROOM],
				out[3][8][ROOM];
	static const uint32_t counter[] = {UINT32_MAX - 9, 1, 2, 3},
				philox_key[] = {4, 5};
	static uint16_t sums[3][ROOM],
				weights[TAPS] = {1000, 5000, 9000, 11000, 13536, 11000, 9000, 5000, 1000};
	static uint16_t columns[ROOM][DPK_MEDIAN_BINS];
	dpk_random	random = dpk_random_start(1, 2, 3);
	const uint8_t *rows[TAPS];

	for (int r = 0; r < TAPS; r++)
	{
		rows[r] = bytes[r];
		for (int i = 0; i < ROOM; i++)
		{
			bytes[r][i] = (uint8_t) dpk_random_word(&random);
			columns[i][bytes[r][i]]++;
			columns[i][256 + bytes[r][i] / 16]++;
		}
	}
	for (int n = 1; n <= 200; n += n < 70 ? 1 : 13)
		for (int isa = 0; isa < 3; isa++)
		{
			const dpk_kernels *k = dpk_kernels_named(isas[isa]);

			if (k == NULL)
				continue;
			memset(out[isa], 0, sizeof(out[isa]));
			memset(sums[isa], 0, sizeof(sums[isa]));
			memcpy(out[isa][0], bytes[0], n);
			k->map_bytes(n, bytes[1], out[isa][0]);
			k->gray(n, bytes[2], out[isa][1]);
			k->median_row(3, n, rows, 3, out[isa][2]);
			k->median_row(5, n, rows, 1, out[isa][3]);
			k->median_row(7, n, rows, 3, out[isa][4]);
			k->median_wide(TAPS, n, columns, 1, out[isa][5]);
			k->weigh_bytes(n + 100, TAPS, rows, weights, sums[isa]);
			k->weigh_sums(n, TAPS, 3, sums[isa], weights, out[isa][6]);
			memcpy(out[isa][7], bytes[3], n);
			k->noise(n, 50, counter, philox_key, out[isa][7]);
			if (isa > 0 && (memcmp(out[0], out[isa], sizeof(out[0])) != 0 || memcmp(sums[0], sums[isa], sizeof(sums[0])) != 0))
				ok(false, "%s differs from generic at a length of %d", isas[isa], n);
		}
	ok(true, "all instruction sets were compared");
}

int
main(void)
{
	test_oracles();
	test_noise();
	test_cover();
	test_jitter();
	test_edges();
	test_instruction_sets();
	return done();
}
