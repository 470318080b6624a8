/*
 * test_image.c - what JPEG, PNG and PNM files must decode to, and what breaks
 *
 * test/data/image and its expected.txt are from test/oracle/image.py (Pillow
 * 9.4, OpenCV 4.6), test/data/bombs from test/oracle/image_bombs.py.
 */
#include <dirent.h>
#include <time.h>
#include <zlib.h>

#include "files.h"
#include "image.h"
#include "tap.h"

static const dpk_image_limits limits = {32 << 20, 100, 256 << 20, 64 << 20, 50};

/* Sanitizers slow everything; the bar of half a second is for the plain build */
#if defined(__SANITIZE_ADDRESS__)
#define SECONDS 2.5
#else
#define SECONDS 0.5
#endif

static uint8_t *
slurp(const char *dir, const char *name, size_t *n)
{
	uint8_t    *bytes = read_file(dir, name, n);

	if (bytes == NULL)
	{
		ok(false, "read %s/%s", dir, name);
		exit(1);
	}
	return bytes;
}

/* Probe and decode; the pixels, to be freed, or NULL */
static uint8_t *
decode(const uint8_t *bytes, size_t n, int channels, const dpk_image_limits *l, const dpk_stop *stop,
	   dpk_image_info *info, dpk_status *status, dpk_error *err)
{
	dpk_image	image;

	*status = dpk_image_probe(bytes, n, l, info, err);
	if (*status != DPK_OK)
		return NULL;
	image.width = info->width;
	image.height = info->height;
	image.channels = channels ? channels : info->colors;
	image.pixels = malloc((size_t) image.width * image.height * image.channels);
	*status = dpk_image_decode(bytes, n, l, stop, info, &image, err);
	if (*status == DPK_OK)
		return image.pixels;
	free(image.pixels);
	return NULL;
}

static unsigned
crc_of(const uint8_t *bytes, size_t n, int channels)
{
	dpk_image_info info;
	dpk_status	status;
	dpk_error	err;
	uint8_t    *pixels = decode(bytes, n, channels, &limits, NULL, &info, &status, &err);
	unsigned	crc;

	if (pixels == NULL)
	{
		printf("# %s: %s\n", err.message, err.detail);
		return 0;
	}
	crc = crc32(0, pixels, info.width * info.height * (channels ? channels : info.colors));
	free(pixels);
	return crc;
}

/*
 * Cut at every byte: an error, or for a baseline JPEG that lacks its last two
 * bytes a warning.  An exact copy lets ASan see a read behind the end.
 */
static bool
cuts_are_seen(const uint8_t *bytes, size_t n)
{
	for (size_t cut = 0; cut < n; cut++)
	{
		uint8_t    *copy = malloc(cut ? cut : 1);
		dpk_image_info info;
		dpk_status	status;
		dpk_error	err;
		uint8_t    *pixels;

		memcpy(copy, bytes, cut);
		pixels = decode(copy, cut, 0, &limits, NULL, &info, &status, &err);
		free(copy);
		free(pixels);
		if (status == DPK_OK && !(info.format == DPK_JPEG && info.warnings > 0 && cut + 8 > n))
		{
			printf("# %zu of %zu bytes decode\n", cut, n);
			return false;
		}
		if (status != DPK_OK && (status != DPK_CORRUPT || err.message[0] == '\0' || info.problem == DPK_NO_PROBLEM))
		{
			printf("# %zu of %zu bytes: status %d, problem %d\n", cut, n, status, info.problem);
			return false;
		}
	}
	return true;
}

static void
test_files(void)
{
	FILE	   *f = fopen("test/data/image/expected.txt", "r");
	char		name[64],
				format[8];
	int			w, h, channels, bits, orientation;
	unsigned	crc[3];

	if (!ok(f != NULL, "expected.txt is there"))
		return;
	while (fscanf(f, "%63s %7s %d %d %d %d %d %x %x %x", name, format, &w, &h, &channels, &bits, &orientation,
				  &crc[0], &crc[1], &crc[2]) == 10)
	{
		size_t		n;
		uint8_t    *bytes = slurp("test/data/image", name, &n);
		dpk_image_info info;

		dpk_image_probe(bytes, n, &limits, &info, NULL);
		ok(strcmp(dpk_format_names[info.format], format) == 0 && info.width == w && info.height == h &&
		   info.channels == channels && info.bits == bits && info.orientation == orientation, "%s: header", name);
		ok(crc_of(bytes, n, 0) == crc[0], "%s: pixels as stored", name);
		ok(crc_of(bytes, n, 1) == crc[1], "%s: gray", name);
		ok(crc_of(bytes, n, 3) == crc[2], "%s: RGB", name);
		ok(cuts_are_seen(bytes, n), "%s: cut at every byte", name);
		if (strcmp(name, "rgb420.jpg") == 0)
			ok(crc_of(bytes, n - 2, 3) == crc[2], "%s: all pixels without the end marker", name);
		free(bytes);
	}
	fclose(f);
}

/* ---- limits and bombs ---- */

static void
test_bombs(const char *dir)
{
	/* what each of them is: NULL for a good image, else part of the reason */
	static const char *const wanted[][2] = {
		{"scans_882.jpg", "scans"}, {"scans_56.jpg", NULL}, {"side_65500.jpg", "at most 33554432"},
		{"memory.jpg", "max_image_memory"}, {"no_data.jpg", "premature end of data segment"},
		{"bogus_scans.jpg", "Inconsistent progression"}, {"ztxt.png", NULL}, {"iccp.png", NULL},
		{"side_2147483647.png", "a side may have"}, {"flat_1bit.png", NULL}, {"interlaced_1bit.png", NULL},
		{"header_rgba16.png", "unpacks to too many"}, {"side_65536.ppm", "at most 33554432"}, {"side_overflow.ppm", "header"},
	};
	DIR		   *d = opendir(dir);
	struct dirent *entry;

	if (!ok(d != NULL, "%s is there", dir))
		return;
	while ((entry = readdir(d)) != NULL)
	{
		size_t		n;
		uint8_t    *bytes;
		dpk_image_info info;
		dpk_status	status;
		dpk_error	err = {0};
		double		start;

		if (entry->d_name[0] == '.')
			continue;
		bytes = slurp(dir, entry->d_name, &n);
		start = (double) clock() / CLOCKS_PER_SEC;
		free(decode(bytes, n, 0, &limits, NULL, &info, &status, &err));
		start = (double) clock() / CLOCKS_PER_SEC - start;
		ok(start <= SECONDS, "%s is done in time", entry->d_name);
		printf("# %s: %zu bytes, %.3f s, %s%s\n", entry->d_name, n, start, status == DPK_OK ? info.warning : err.detail,
			   status == DPK_OK ? " (decoded)" : "");
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (strcmp(wanted[i][0], entry->d_name) == 0)
				ok(wanted[i][1] == NULL ? status == DPK_OK : status != DPK_OK && strstr(err.detail, wanted[i][1]) != NULL,
				   "%s is judged rightly", entry->d_name);
		free(bytes);
	}
	closedir(d);
}

static bool
never(void *arg)
{
	return ++*(int *) arg > 3;
}

static void
test_limits(void)
{
	size_t		n;
	uint8_t    *bytes = slurp("test/data/image", "interlaced_rgba.png", &n);
	dpk_image_limits tight = limits;
	dpk_image_info info;
	dpk_status	status;
	dpk_error	err;
	int			polls = 0;
	dpk_stop	stop = {never, &polls};

	tight.pixels = 21 * 17 - 1;
	free(decode(bytes, n, 0, &tight, NULL, &info, &status, &err));
	ok(status == DPK_TOO_BIG && info.width == 21 && info.problem == DPK_OVER_LIMIT, "a pixel too many: %s", err.detail);
	tight = limits;
	tight.bytes = n - 1;
	free(decode(bytes, n, 0, &tight, NULL, &info, &status, &err));
	ok(status == DPK_TOO_BIG, "a byte too many: %s", err.detail);
	tight = limits;
	tight.memory = 20000;
	free(decode(bytes, n, 0, &tight, NULL, &info, &status, &err));
	ok(status == DPK_TOO_BIG && strstr(err.detail, "max_image_memory") != NULL, "too little memory: %s", err.detail);
	free(bytes);

	bytes = slurp("test/data/image", "progressive.jpg", &n);
	tight = limits;
	tight.scans = 3;
	free(decode(bytes, n, 0, &tight, NULL, &info, &status, &err));
	ok(status == DPK_TOO_BIG && strstr(err.detail, "scans") != NULL, "too many scans: %s", err.detail);
	free(decode(bytes, n, 0, &limits, &stop, &info, &status, &err));
	ok(status == DPK_STOPPED, "a decode stops when asked");

	/* where libjpeg has to resynchronise, it warns */
	bytes = realloc(bytes, n + 3);
	memmove(bytes + 5, bytes + 2, n - 2);
	memcpy(bytes + 2, "abc", 3);
	free(decode(bytes, n + 3, 0, &limits, NULL, &info, &status, &err));
	ok(status == DPK_CORRUPT && info.problem == DPK_UNRECOGNIZED, "garbage behind the first marker is not a JPEG file");
	memmove(bytes + 2, bytes + 5, n - 2);
	memmove(bytes + 23, bytes + 20, n - 20);
	memcpy(bytes + 20, "abc", 3);
	free(decode(bytes, n + 3, 0, &limits, NULL, &info, &status, &err));
	ok(status == DPK_OK && info.warnings == 1, "garbage between segments is a warning: %s", info.warning);
	tight = limits;
	tight.warnings = 0;
	free(decode(bytes, n + 3, 0, &tight, NULL, &info, &status, &err));
	ok(status == DPK_CORRUPT && info.problem == DPK_DAMAGED, "and an error where none are allowed: %s", err.detail);
	free(bytes);
}

static void
expect_failure(uint8_t *bytes, size_t n, dpk_problem problem, const char *text, const char *what)
{
	dpk_image_info info;
	dpk_status	status;
	dpk_error	err = {0};

	free(decode(bytes, n, 0, &limits, NULL, &info, &status, &err));
	ok(status != DPK_OK && info.problem == problem && strstr(err.detail, text) != NULL, "%s: %s", what, err.detail);
}

/* Good files with a byte changed */
static void
test_damage(void)
{
	size_t		n;
	uint8_t    *bytes = slurp("test/data/image", "rgb420.jpg", &n);
	size_t		sof = 2;

	while (!(bytes[sof] == 0xFF && bytes[sof + 1] == 0xC0))
		sof++;
	bytes[sof + 4] = 12;
	expect_failure(bytes, n, DPK_UNSUPPORTED, "12 bits", "12-bit JPEG");
	bytes[sof + 4] = 8;
	bytes[sof + 1] = 0xC3;
	expect_failure(bytes, n, DPK_UNSUPPORTED, "Lossless", "lossless JPEG");
	bytes[sof + 1] = 0xC0;
	bytes[sof + 9] = 2;
	expect_failure(bytes, n, DPK_UNSUPPORTED, "2 channels", "two-channel JPEG");
	bytes[sof + 9] = 3;
	bytes[sof + 5] = bytes[sof + 6] = 0;
	expect_failure(bytes, n, DPK_DAMAGED, "no pixels", "JPEG without height");
	bytes[sof + 5] = 0xFF;
	expect_failure(bytes, n, DPK_TRUNCATED, "premature end", "JPEG whose header claims more than there is");
	free(bytes);

	bytes = slurp("test/data/image", "rgb8.png", &n);
	bytes[n - 14]++;
	expect_failure(bytes, n, DPK_DAMAGED, "CRC", "PNG with a wrong checksum");
	bytes[n - 14]--;
	bytes[29]++;
	expect_failure(bytes, n, DPK_DAMAGED, "header", "PNG with a damaged header");
	free(bytes);

	expect_failure((uint8_t *) "P6 1 1 70000\nabc", 16, DPK_DAMAGED, "largest sample", "PNM with a large maximum");
	expect_failure((uint8_t *) "P5 0 1 255\n", 11, DPK_DAMAGED, "no pixels", "PNM without pixels");
	expect_failure((uint8_t *) "", 0, DPK_UNRECOGNIZED, "empty", "no bytes");
	expect_failure((uint8_t *) "GIF89a", 6, DPK_UNRECOGNIZED, "", "GIF");
}

/* ---- encoders ---- */

static double
psnr(const uint8_t *a, const uint8_t *b, size_t n)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double) (a[i] - b[i]) * (a[i] - b[i]);
	return 10 * log10(255.0 * 255.0 * n / sum);
}

/* What Pillow reaches on the same picture (frozen by image.py) is the bar */
static void
test_encoders(void)
{
	/* PSNR of decode(encode) of rgb.ppm with Pillow 9.4 at this quality */
	static const double bars[][2] = {{30, 24.9193}, {75, 27.2578}, {90, 28.3477}, {100, 29.5637}};
	size_t		n,
				size = 21 * 17 * 3;
	uint8_t    *bytes = slurp("test/data/image", "rgb.ppm", &n);
	dpk_image_info info;
	dpk_status	status;
	dpk_error	err;
	uint8_t    *pixels = decode(bytes, n, 3, &limits, NULL, &info, &status, &err);
	dpk_image	image = {21, 17, 3, pixels};
	uint8_t		out[2][65536];
	size_t		bound,
				nout[2];

	for (int format = DPK_JPEG; format <= DPK_PNM; format++)
	{
		for (int channels = 1; channels <= 3; channels += 2)
		{
			image.channels = channels;
			for (int i = 0; i < 2; i++)
				status = dpk_image_encode(&image, format, 90, NULL, out[i], sizeof(out[i]), &nout[i], &err);
			ok(status == DPK_OK && dpk_image_encode_bound(&image, format, &bound) && nout[0] <= bound &&
			   nout[0] == nout[1] && memcmp(out[0], out[1], nout[0]) == 0,
			   "%s, %d channels: twice the same bytes, within the bound", dpk_format_names[format], channels);
			if (format != DPK_JPEG)
				ok(crc_of(out[0], nout[0], channels) == crc32(0, pixels, size / 3 * channels),
				   "%s, %d channels: lossless", dpk_format_names[format], channels);
			ok(dpk_image_encode(&image, format, 90, NULL, out[1], 300, &nout[1], &err) == DPK_NO_MEMORY,
			   "%s: an output that does not fit", dpk_format_names[format]);
		}
	}
	for (int i = 0; i < 4; i++)
	{
		uint8_t    *back;

		dpk_image_encode(&image, DPK_JPEG, (int) bars[i][0], NULL, out[0], sizeof(out[0]), &nout[0], &err);
		back = decode(out[0], nout[0], 3, &limits, NULL, &info, &status, &err);
		ok(psnr(back, pixels, size) >= bars[i][1] - 1e-4, "quality %.0f: PSNR %.4f, Pillow has %.4f", bars[i][0],
		   psnr(back, pixels, size), bars[i][1]);
		free(back);
	}
	image.width = 65501;
	ok(dpk_image_encode(&image, DPK_JPEG, 90, NULL, out[0], 1, &nout[0], &err) == DPK_INVALID, "too wide for JPEG: %s", err.detail);
	free(pixels);
	free(bytes);
}

static void
test_orientation(void)
{
	/* Pillow 9.4: the Transpose operation ImageOps.exif_transpose() takes for 1 .. 8 */
	static const unsigned wanted[8] = {
		0xd773e1ee, 0xa6e675ab, 0x328b4fd5, 0xbb357928,
		0x109e4135, 0x7331a47f, 0xd596e590, 0x689dda0a
	};
	size_t		n;
	uint8_t    *bytes = slurp("test/data/image", "rgb.ppm", &n);
	uint8_t		out[21 * 17 * 3];
	dpk_image	from = {21, 17, 3, bytes + n - sizeof(out)},
				to = {0, 0, 0, out};

	for (int i = 1; i <= 8; i++)
	{
		dpk_image_orient(&from, i, &to);
		ok(crc32(0, out, sizeof(out)) == wanted[i - 1] && to.width == (i < 5 ? 21 : 17), "orientation %d", i);
	}
	free(bytes);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
	{
		test_bombs(argv[1]);	/* a folder of one's own */
		return done();
	}
	test_files();
	test_limits();
	test_damage();
	test_encoders();
	test_orientation();
	test_bombs("test/data/bombs");
	return done();
}
