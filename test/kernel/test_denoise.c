/*
 * test_denoise.c - bilateral filter and non-local means at the edges
 *
 * Their numbers are compared with OpenCV's in test/sql/denoise.sql.
 */
#include "denoise.h"
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

int
main(void)
{
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
	return done();
}
