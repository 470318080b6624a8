/*
 * test_image_compare.c - hashes, SSIM and statistics against imagehash,
 * scikit-image and OpenCV (test/oracle/image_compare.py), and at the edges
 */
#include "imagediff.h"
#include "imagehash.h"
#include "imagestats.h"

#include "../data/image_compare.h"
#include "tap.h"

static double work[1 << 19];

static dpk_image
picture(int i)
{
	return (dpk_image) {PICTURE_WIDTH, PICTURE_HEIGHT, 1, (uint8_t *) pictures[i].pixels};
}

static uint64_t
hash(const dpk_image *gray, dpk_hash_method method)
{
	uint64_t	h = 0;
	size_t		bytes;

	ok(dpk_image_hash_work(gray, method, &bytes) == DPK_OK && bytes <= sizeof(work), "scratch of %s", dpk_hash_names[method]);
	dpk_image_hash(gray, method, &h, work, NULL);
	return h;
}

static void
test_pictures(void)
{
	for (int i = 0; i < 3; i++)
	{
		const known_picture *p = &pictures[i];
		dpk_image	gray = picture(i);
		dpk_image_stats s = dpk_measure_image(&gray);

		ok(hash(&gray, DPK_PHASH) == (uint64_t) p->phash, "phash of picture %d", i);
		ok(hash(&gray, DPK_DHASH) == (uint64_t) p->dhash, "dhash of picture %d", i);
		ok(hash(&gray, DPK_AHASH) == (uint64_t) p->ahash, "ahash of picture %d", i);
		ok(hash(&gray, DPK_WHASH) == (uint64_t) p->whash, "whash of picture %d", i);
		close_to(s.mean, p->mean, 1e-12, "mean");
		close_to(s.spread, p->spread, 1e-12, "spread");
		close_to(s.sharpness, p->sharpness, 1e-12, "sharpness");
		close_to(s.entropy, p->entropy, 1e-12, "entropy");
	}
}

static uint8_t drawn[1024 * 1024];

static void
draw(dpk_image *image)
{
	for (int y = 0; y < image->height; y++)
		for (int x = 0; x < image->width; x++)
			image->pixels[y * image->width + x] =
				(uint8_t) (x * 37 / image->width * (y * 41 / image->height) + 3 * x / 2 + x * y % 7);
}

static void
test_sizes(void)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		dpk_image	image = {sizes[i].width, sizes[i].height, 1, drawn};

		draw(&image);
		for (int m = DPK_PHASH; m <= DPK_WHASH; m++)
			ok(hash(&image, m) == (uint64_t) sizes[i].hash[m], "%s of %d x %d", dpk_hash_names[m], image.width, image.height);
	}
}

static bool
stop_at_once(void *unused)
{
	return true;
}

static void
test_stop(void)
{
	dpk_image	image = {900, 1024, 1, drawn};
	dpk_stop	stop = {stop_at_once, NULL};
	uint64_t	h = 0;

	ok(dpk_image_hash(&image, DPK_WHASH, &h, work, &stop) == DPK_STOPPED, "a large image can be stopped");
}

static double
ssim(const dpk_image *a, const dpk_image *b)
{
	double		r = NAN;

	ok(dpk_ssim_work(a->width) <= sizeof(work) && dpk_ssim(a, b, &r, work, NULL) == DPK_OK, "ssim computes");
	return r;
}

static void
test_differences(void)
{
	dpk_image	china = picture(0),
				copy = picture(1),
				flower = picture(2);
	uint8_t		black[11 * 11] = {0},
				white[11 * 11];
	dpk_image	a = {11, 11, 1, black},
				b = {11, 11, 1, white};

	memset(white, 255, sizeof(white));
	ok(ssim(&china, &china) == 1, "an image is just like itself");
	close_to(ssim(&china, &copy), ssim_of_copy, 1e-12, "ssim of a copy");
	close_to(ssim(&china, &flower), ssim_of_flower, 1e-12, "ssim of another photograph");
	close_to(dpk_mean_difference(&china, &copy), mae_of_copy, 1e-12, "mean difference of a copy");
	ok(dpk_mean_difference(&china, &china) == 0, "none from itself");
	close_to(dpk_mean_squared_difference(&china, &copy), mse_of_copy, 1e-12, "mean squared difference of a copy");
	ok(dpk_mean_difference(&a, &b) == 255 && dpk_mean_squared_difference(&a, &b) == 255 * 255, "black and white");

	/* c1 / (255^2 + c1), c1 = 2.55^2: one window, no variance */
	close_to(ssim(&a, &b), 6.5025 / (65025 + 6.5025), 1e-12, "ssim of black and white, one window");
}

static void
test_edges(void)
{
	uint8_t		dot[] = {7},
				pair[] = {0, 255},
				flat[64 * 64];
	dpk_image	one = {1, 1, 1, dot},
				two = {2, 1, 1, pair},
				tall = {1, 2, 1, pair},
				plain = {64, 64, 1, flat};
	dpk_image_stats s = dpk_measure_image(&one);

	memset(flat, 90, sizeof(flat));
	ok(s.mean == 7 && s.spread == 0 && s.sharpness == 0 && s.entropy == 0, "one pixel has no spread");

	/* numpy: the Laplacian of (0, 255) with a mirrored border is (510, -510) */
	s = dpk_measure_image(&two);
	ok(s.mean == 127.5 && s.spread == 127.5 && s.sharpness == 260100 && s.entropy == 1, "two pixels beside each other");
	s = dpk_measure_image(&tall);
	ok(s.sharpness == 260100, "two pixels above each other");

	/* a plain image: only the constant term of the transform is above the median */
	ok(hash(&plain, DPK_PHASH) == 1ull << 63 && hash(&one, DPK_PHASH) == 1ull << 63, "phash of a plain image");
	ok(hash(&plain, DPK_DHASH) == 0 && hash(&plain, DPK_AHASH) == 0, "dhash and ahash of a plain image");
	ok(hash(&plain, DPK_WHASH) == 0 && hash(&one, DPK_WHASH) == 0, "whash of a plain image");
}

int
main(void)
{
	test_pictures();
	test_sizes();
	test_stop();
	test_differences();
	test_edges();
	return done();
}
