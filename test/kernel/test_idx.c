/*
 * test_idx.c - IDX files: items, shapes, and everything that can be wrong
 *
 * test/data/idx is from test/oracle/archive.py (Python's gzip); the checksums
 * of Fashion-MNIST are those of Python's gzip and zlib.
 */
#include <zlib.h>

#include "files.h"
#include "idx.h"
#include "tap.h"

#define MAX_BYTES ((uint64_t) 100 << 20)

/* All items in one checksum; the number of items, -1 for an error */
static int
read_all(const uint8_t *bytes, size_t n, uint64_t max_bytes, const dpk_stop *stop, unsigned *crc, dpk_idx *idx,
		 dpk_status *status, dpk_error *err)
{
	void	   *work = aligned_alloc(16, DPK_INFLATE_WORK);
	uint8_t    *item = NULL;
	bool		done = false;
	int			count = 0;

	*crc = 0;
	*status = dpk_idx_start(idx, bytes, n, max_bytes, work, stop, err);
	if (*status == DPK_OK)
		item = malloc(idx->item_bytes);
	while (*status == DPK_OK && !done)
	{
		*status = dpk_idx_next(idx, item, &done, err);
		if (*status == DPK_OK && !done)
		{
			*crc = crc32(*crc, item, idx->item_bytes);
			count++;
		}
	}
	free(item);
	free(work);
	return *status == DPK_OK ? count : -1;
}

static void
expect_items(const char *name, int count, size_t item_bytes, unsigned crc_wanted)
{
	size_t		n;
	uint8_t    *bytes = read_file("test/data/idx", name, &n);
	unsigned	crc;
	dpk_idx		idx;
	dpk_status	status;
	dpk_error	err;
	bool		good = true;

	ok(read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err) == count && idx.item_bytes == item_bytes &&
	   crc == crc_wanted, "%s has %d items", name, count);
	for (size_t cut = 0; cut < n && strcmp(name, "two_members.idx.gz") != 0; cut++)
	{
		uint8_t    *copy = malloc(cut ? cut : 1);

		memcpy(copy, bytes, cut);
		if (read_all(copy, cut, MAX_BYTES, NULL, &crc, &idx, &status, &err) != -1 || status != DPK_CORRUPT)
		{
			good = false;
			printf("# %zu bytes of %zu are taken for all\n", cut, n);
		}
		free(copy);
	}
	ok(good, "%s: cut at every byte", name);
	free(bytes);
}

static void
expect_error(const char *name, dpk_status wanted, const char *text)
{
	size_t		n;
	uint8_t    *bytes = read_file("test/data/idx", name, &n);
	unsigned	crc;
	dpk_idx		idx;
	dpk_status	status;
	dpk_error	err;

	read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == wanted && strstr(err.detail, text) != NULL, "%s: %s", name, err.detail);
	free(bytes);
}

static void
test_damage(void)
{
	size_t		n;
	uint8_t    *bytes = read_file("test/data/idx", "images.idx.gz", &n);
	unsigned	crc;
	dpk_idx		idx;
	dpk_status	status;
	dpk_error	err;

	bytes[n - 8]++;
	read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_CORRUPT && strstr(err.detail, "incorrect data check"), "a wrong checksum of gzip: %s", err.detail);
	bytes[n - 8]--;
	read_all(bytes, n, 20, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_TOO_BIG && strstr(err.detail, "max_archive_bytes"), "more than may be unpacked: %s", err.detail);
	free(bytes);

	bytes = read_file("test/data/idx", "images.idx", &n);
	bytes = realloc(bytes, n + 1);
	bytes[n] = 0;
	read_all(bytes, n + 1, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_CORRUPT && strstr(err.detail, "more bytes"), "a byte too many: %s", err.detail);
	bytes[2] = 7;
	read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_CORRUPT && strcmp(err.message, "unrecognized archive format") == 0 && err.hint[0] != '\0',
	   "an unknown type");
	bytes[2] = 8;
	bytes[3] = 17;
	read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_CORRUPT && strstr(err.detail, "16 dimensions"), "too many dimensions: %s", err.detail);
	bytes[3] = 3;
	bytes[4] = 0x80;
	read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_CORRUPT && strstr(err.detail, "2147483647"), "a dimension too large: %s", err.detail);
	bytes[4] = bytes[7] = 0;
	read_all(bytes, 16, MAX_BYTES, NULL, &crc, &idx, &status, &err);
	ok(status == DPK_OK, "no items are not an error");
	free(bytes);
}

static bool
at_once(void *arg)
{
	return true;
}

static void
test_fashion_mnist(void)
{
	static const char *const dir = "/usr/share/datasets/fashion-mnist";
	size_t		n;
	uint8_t    *bytes = read_file(dir, "train-images-idx3-ubyte.gz", &n);
	unsigned	crc;
	dpk_idx		idx;
	dpk_status	status;
	dpk_error	err;
	dpk_stop	stop = {at_once, NULL};

	if (bytes == NULL)
	{
		printf("ok %d - Fashion-MNIST # SKIP Fashion-MNIST is not installed (Debian package dataset-fashion-mnist)\n", ++tap_count);
		return;
	}
	ok(read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err) == 60000 && idx.dims[1] == 28 && idx.dims[2] == 28 &&
	   crc == 0xae65dccd, "Fashion-MNIST, 60000 training images");
	read_all(bytes, n, MAX_BYTES, &stop, &crc, &idx, &status, &err);
	ok(status == DPK_STOPPED, "reading stops when asked");
	free(bytes);
	bytes = read_file(dir, "train-labels-idx1-ubyte.gz", &n);
	ok(bytes != NULL && read_all(bytes, n, MAX_BYTES, NULL, &crc, &idx, &status, &err) == 60000 && idx.item_bytes == 1 &&
	   crc == 0x2ed6e46a, "Fashion-MNIST, 60000 labels");
	free(bytes);
}

int
main(void)
{
	expect_items("images.idx", 3, 4, 0x9270c965);
	expect_items("images.idx.gz", 3, 4, 0x9270c965);
	expect_items("two_members.idx.gz", 3, 4, 0x9270c965);
	expect_items("labels.idx", 4, 1, 0x1a566c7a);
	expect_items("floats.idx", 2, 12, 0xbcc83e36);
	expect_error("huge_item.idx.gz", DPK_CORRUPT, "Premature end");
	expect_error("overflow.idx", DPK_CORRUPT, "too big");
	expect_error("no_bytes.idx", DPK_CORRUPT, "empty");
	test_damage();
	test_fashion_mnist();
	return done();
}
