/*
 * test_denoise.c - bilateral filter and non-local means at the edges
 *
 * Their numbers are compared with OpenCV's in test/sql/denoise.sql.
 */
#include <math.h>
#include <string.h>

#include "denoise.h"
#include "kernels.h"
#include "mix.h"
#include "tap.h"

static bool
stop_at_once(void *arg)
{
	return true;
}

/* A flat image stays one, whatever its size; buffers have exact sizes, for the sanitizer */
static bool
stays_flat(int w, int h, int c, bool nlm, const dpk_stop *stop, dpk_status wanted)
{
	size_t		n = (size_t) w * h * c,
				bytes;
	uint8_t    *from = malloc(n),
			   *to = malloc(n);
	dpk_image	in = {w, h, c, from},
				out = {w, h, c, to};
	void	   *work;
	bool		good;
	dpk_status	status;

	memset(from, 201, n);
	good = nlm ? dpk_nlm_work(w, h, c, 7, 21, &bytes) : dpk_bilateral_work(w, h, c, 9, &bytes);
	work = aligned_alloc(64, (bytes + 63) / 64 * 64);
	status = nlm ? dpk_nlm(&in, &out, 10, 7, 21, work, stop) : dpk_bilateral(&in, &out, 9, 3, 40, work, stop);
	good &= status == wanted;
	for (size_t i = 0; i < n && status == DPK_OK; i++)
		good &= to[i] == 201;
	free(work);
	free(from);
	free(to);
	return good;
}

enum
{
	TAPS = 5,
	ROWS = 3
};

/* One pixel after the other, in the order that is promised */
static void
plain_bilateral(const dpk_bilateral_taps *t, int c, int n, const uint8_t *middle, size_t plane, uint8_t *to)
{
	for (int x = 0; x < n; x++)
	{
		float		sums[4] = {0};

		for (int i = 0; i < t->n; i++)
		{
			const uint8_t *p = middle + x + t->offset[i];
			int			d = 0;
			float		w;

			for (int k = 0; k < c; k++)
				d += abs(middle[x + k * plane] - p[k * plane]);
			w = t->color[d] * t->space[i];
			for (int k = 0; k < c; k++)
			{
				float		product = w * p[k * plane];

				sums[k] += product;
			}
			sums[3] += w;
		}
		for (int k = 0; k < c; k++)
			to[x * c + k] = (uint8_t) nearbyintf(sums[k] / sums[3]);
	}
}

/* Rows of n pixels, whose neighbours are up to two pixels away in the rows above and below; with exactly the slack that is promised */
static void
test_bilateral(const dpk_kernels *kernels, int n, int c)
{
	size_t		stride = (size_t) n + 4,
				plane = stride * ROWS,
				bytes = plane * c + DPK_PIXEL_SLACK;
	uint8_t    *pixels = malloc(bytes),
			   *got = malloc((size_t) n * c),
			   *wanted = malloc((size_t) n * c);
	int32_t		offset[TAPS] = {0, -1, (int32_t) stride + 2, 2 - (int32_t) stride, (int32_t) stride - 2};
	float		space[TAPS] = {1, 0.9f, 0.31f, 1.0f / 3, 0.77f},
				color[768];
	dpk_bilateral_taps taps = {TAPS, offset, space, color};

	for (size_t i = 0; i < bytes; i++)
		pixels[i] = (uint8_t) (i * i * 37 + i * 11 + (i >> 3));
	for (int i = 0; i < 768; i++)
		color[i] = 1 / (1 + i * 0.013f);
	kernels->bilateral(&taps, c, n, pixels + stride + 2, plane, got);
	plain_bilateral(&taps, c, n, pixels + stride + 2, plane, wanted);
	ok(memcmp(got, wanted, (size_t) n * c) == 0, "%s: bilateral of %d pixels of %d channels, bit by bit", kernels->isa, n, c);
	free(pixels);
	free(got);
	free(wanted);
}

static void
test_mix(const dpk_kernels *kernels, size_t n, double share)
{
	uint8_t    *a = malloc(n),
			   *b = malloc(n);
	bool		good = true;

	for (size_t i = 0; i < n; i++)
	{
		a[i] = (uint8_t) i;
		b[i] = (uint8_t) (i / 256);
	}
	kernels->mix_samples(share, n, a, b);
	for (size_t i = 0; i < n; i++)
	{
		double		first = share * (uint8_t) i,
					second = (1 - share) * b[i];

		good &= a[i] == (uint8_t) nearbyint(first + second);
	}
	ok(good, "%s: mixture of %zu samples, share %g", kernels->isa, n, share);
	free(a);
	free(b);
}

int
main(void)
{
	static const char *const isas[] = {"generic", "avx2", "avx512"};
	static const int sizes[][2] = {{1, 1}, {1, 60}, {60, 1}, {2, 2}, {5, 97}, {130, 49}};
	const dpk_stop stop = {stop_at_once, NULL};
	size_t		bytes;

	for (int i = 0; i < 6; i++)
		for (int c = 1; c <= 3; c += 2)
		{
			ok(stays_flat(sizes[i][0], sizes[i][1], c, false, NULL, DPK_OK), "bilateral of %d x %d x %d", sizes[i][0], sizes[i][1], c);
			ok(stays_flat(sizes[i][0], sizes[i][1], c, true, NULL, DPK_OK), "nlm of %d x %d x %d", sizes[i][0], sizes[i][1], c);
		}
	ok(stays_flat(9, 9, 3, false, &stop, DPK_STOPPED) && stays_flat(9, 9, 3, true, &stop, DPK_STOPPED), "both stop when asked");
	ok(dpk_nlm_work(65500, 512, 3, 21, 61, &bytes) && bytes > (size_t) 65500 * 512 * 3, "a large image has a size of scratch");
	for (int i = 0; i < 3; i++)
	{
		const dpk_kernels *kernels = dpk_kernels_named(isas[i]);

		for (int n = 1; kernels != NULL && n < 100; n += n < 4 ? 1 : 29)
		{
			test_bilateral(kernels, n, 1);
			test_bilateral(kernels, n, 3);
		}
		for (int s = 0; kernels != NULL && s <= 10; s++)
			test_mix(kernels, 65536 - s, s / 10.0);
	}
	return done();
}
