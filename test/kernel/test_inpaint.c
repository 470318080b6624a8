/*
 * test_inpaint.c - holes of any form filled; compared with OpenCV in test/sql/inpaint.sql
 */
#include "inpaint.h"
#include "tap.h"

static bool
stop_at_once(void *arg)
{
	return true;
}

/* A flat image with every third pixel, or all but one, in the mask; buffers have exact sizes, for the sanitizer */
static bool
fills_flat(int w, int h, int c, bool most, const dpk_stop *stop, dpk_status wanted)
{
	size_t		n = (size_t) w * h,
				bytes;
	uint8_t    *pixels = malloc(n * c),
			   *mask = malloc(n);
	dpk_image	image = {w, h, c, pixels};
	void	   *work;
	dpk_error	err;
	bool		good = dpk_inpaint_work(w, h, &bytes);

	work = malloc(bytes);
	for (size_t i = 0; i < n; i++)
	{
		mask[i] = most ? i != n / 2 : i % 3 == 1;
		memset(pixels + i * c, mask[i] ? (int) (i * 37 % 256) : 99, c);
	}
	good &= dpk_inpaint(&image, mask, 4, work, stop, &err) == wanted;
	for (size_t i = 0; i < n * c && wanted == DPK_OK; i++)
		good &= pixels[i] == 99;
	free(work);
	free(pixels);
	free(mask);
	return good;
}

int
main(void)
{
	static const int sizes[][2] = {{1, 1}, {1, 60}, {60, 1}, {2, 2}, {31, 97}};
	const dpk_stop stop = {stop_at_once, NULL};

	for (int i = 0; i < 5; i++)
		for (int c = 1; c <= 3; c += 2)
		{
			ok(fills_flat(sizes[i][0], sizes[i][1], c, false, NULL, DPK_OK), "a third of %d x %d x %d", sizes[i][0], sizes[i][1], c);
			ok(fills_flat(sizes[i][0], sizes[i][1], c, true, NULL, DPK_OK), "all but one pixel of %d x %d x %d", sizes[i][0], sizes[i][1], c);
		}
	ok(fills_flat(9, 9, 3, true, &stop, DPK_STOPPED), "it stops when asked");
	return done();
}
