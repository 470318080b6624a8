/*
 * test_tar.c - tar archives: paths, contents, and everything that can be wrong
 *
 * test/data/tar is from test/oracle/archive.py (Python's tarfile); the
 * checksums of CIFAR-10 are those of Python's tarfile and zlib.
 */
#include <time.h>
#include <zlib.h>

#include "files.h"
#include "tap.h"
#include "tar.h"
#include "tar_write.h"

#define MAX_BYTES ((uint64_t) 100 << 20)

#define LONG "long/directory/directory/directory/directory/directory/directory/directory/directory/directory/directory/" \
	"directory/directory/directory/directory/directory/directory/directory/directory/directory/directory/file.txt"
#define PREFIX "prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/" \
	"prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/prefix/" \
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

typedef struct listing
{
	int			count;
	char		paths[1024];	/* each with a line end, as far as they fit */
	uint64_t	bytes;
	unsigned	crc,			/* of the contents */
				path_crc;		/* of the paths, without line ends */
} listing;

static dpk_status
read_all(const uint8_t *bytes, size_t n, uint64_t max_bytes, const dpk_stop *stop, listing *l, dpk_error *err)
{
	void	   *work = aligned_alloc(16, DPK_INFLATE_WORK);
	dpk_tar    *tar = malloc(sizeof(dpk_tar));
	bool		done = false;
	dpk_status	status;

	memset(l, 0, sizeof(*l));
	memset(err, 0, sizeof(*err));
	status = dpk_tar_start(tar, bytes, n, max_bytes, work, stop, err);
	while (status == DPK_OK)
	{
		uint8_t    *content;

		status = dpk_tar_next(tar, &done, err);
		if (status != DPK_OK || done)
			break;
		content = malloc(tar->size ? tar->size : 1);
		status = dpk_tar_read(tar, content, err);
		if (status == DPK_OK)
		{
			l->count++;
			l->bytes += tar->size;
			l->crc = crc32(l->crc, content, tar->size);
			l->path_crc = crc32(l->path_crc, (uint8_t *) tar->path, strlen(tar->path));
			if (strlen(l->paths) + strlen(tar->path) + 2 < sizeof(l->paths))
				strcat(strcat(l->paths, tar->path), "\n");
		}
		free(content);
	}
	free(tar);
	free(work);
	return status;
}

static void
expect_files(const char *name, const char *long_path)
{
	size_t		n;
	uint8_t    *bytes = read_file("test/data/tar", name, &n);
	listing		l;
	dpk_error	err;
	char		paths[1024];
	bool		good = true;

	snprintf(paths, sizeof(paths), "one.txt\nclass/empty\nclass/block\n%s\ncaf\303\251.txt\nclass/big\n", long_path);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 6 && l.crc == 0x2f90ef54, "%s: contents", name);
	ok(strcmp(l.paths, paths) == 0, "%s: paths", name);
	for (size_t cut = 0; cut < n; cut++)
	{
		uint8_t    *copy = malloc(cut ? cut : 1);

		memcpy(copy, bytes, cut);
		if (read_all(copy, cut, MAX_BYTES, NULL, &l, &err) != DPK_CORRUPT)
		{
			good = false;
			printf("# %zu bytes of %zu are taken for all\n", cut, n);
		}
		free(copy);
	}
	ok(good, "%s: cut at every byte", name);
	free(bytes);
}

/* An archive without gzip, to change bytes of */
static uint8_t *
unpack(const char *name, size_t *n)
{
	size_t		packed;
	uint8_t    *bytes = read_file("test/data/tar", name, &packed);
	uint8_t    *plain = malloc(1 << 16);
	void	   *work = aligned_alloc(16, DPK_INFLATE_WORK);
	dpk_inflate s;
	uint64_t	got;

	dpk_inflate_start(&s, bytes, packed, MAX_BYTES, work, NULL, NULL);
	dpk_inflate_read(&s, plain, 1 << 16, &got, NULL);
	*n = got;
	free(work);
	free(bytes);
	return plain;
}

static void
set_checksum(uint8_t *block)
{
	unsigned	sum = 0;

	memset(block + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += block[i];
	snprintf((char *) block + 148, 8, "%06o", sum);
}

static void
test_damage(void)
{
	size_t		n;
	uint8_t    *bytes = unpack("gnu.tar.gz", &n);
	uint8_t    *first = bytes + 512;	/* behind the directory's header */
	listing		l;
	dpk_error	err;

	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 6, "an archive without gzip");
	bytes[0]++;
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strcmp(err.message, "unrecognized archive format") == 0 &&
	   err.hint[0] != '\0', "a first header that is none");
	bytes[0]--;
	first[0]++;
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "header is damaged"), "a later one: %s", err.detail);
	first[0]--;
	first[124] = 'x';
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "header is damaged"), "a size that is no number");
	memcpy(first + 124, "\x80\0\0\0\0\0\0\0\0\0\0\5", 12);
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 6, "a binary size");
	memset(first + 125, 0xFF, 11);
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT, "a binary size beyond 2^64");
	memset(first + 125, 0, 3);
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "too big"), "a size up to 2^64: %s", err.detail);
	memcpy(first + 124, "00000000005\0", 12);
	first[156] = 'S';
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "Sparse"), "a sparse file: %s", err.detail);
	first[156] = '0';
	memset(first, 0, 100);
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "no name"), "a file without a name: %s", err.detail);
	strcpy((char *) first, "v7/");
	first[156] = '\0';
	set_checksum(first);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 5, "a name that ends with / is a directory");
	free(bytes);
}

static void
test_pax(void)
{
	static const char *const records[] = {
		"99 path=x\n", "7 path=\n", "9 path=x", "12345678901234567890123456789 path=x\n", "x", "11 size=1x\n",
		"32 size=99999999999999999999999\n", "22 GNU.sparse.major=1\n"
	};
	size_t		n;
	uint8_t    *bytes = unpack("pax.tar.gz", &n);
	uint8_t    *extended = bytes;
	listing		l;
	dpk_error	err;

	while (extended[156] != 'x' || memcmp(extended + 257, "ustar", 5) != 0)
		extended += 512;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
	{
		memset(extended + 512, 0, 512);
		strcpy((char *) extended + 512, records[i]);
		snprintf((char *) extended + 124, 12, "%011o", (unsigned) strlen(records[i]));
		set_checksum(extended);
		ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT, "bad record %zu: %s", i, err.detail);
	}
	/* the file behind it has four bytes, which its own header no longer says */
	memset(extended + 512, 0, 512);
	strcpy((char *) extended + 512, "9 size=4\n");
	snprintf((char *) extended + 124, 12, "%011o", 9);
	set_checksum(extended);
	memcpy(extended + 1024 + 124, "00000000000", 11);
	set_checksum(extended + 1024);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 6 && l.crc == 0x2f90ef54, "a size in an extended header");
	snprintf((char *) extended + 124, 12, "%011o", DPK_TAR_PAX + 1);
	set_checksum(extended);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "65536"), "too long: %s", err.detail);
	free(bytes);
}

static bool
later(void *arg)
{
	return ++*(int *) arg > 20;
}

static void
test_bombs(void)
{
	size_t		n;
	uint8_t    *bytes = read_file("test/data/tar", "zeros.tar.gz", &n);
	listing		l;
	dpk_error	err;
	int			polls = 0;
	dpk_stop	stop = {later, &polls};

	ok(read_all(bytes, n, 10 << 20, NULL, &l, &err) == DPK_TOO_BIG && strstr(err.detail, "max_archive_bytes"), "a file of zeros: %s", err.detail);
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.bytes == 20000000, "the same where it is allowed");
	free(bytes);
	bytes = read_file("test/data/tar", "bomb.tar.gz", &n);
	ok(read_all(bytes, n, 10 << 20, NULL, &l, &err) == DPK_TOO_BIG, "padding that never ends");
	ok(read_all(bytes, n, MAX_BYTES, &stop, &l, &err) == DPK_STOPPED, "reading stops when asked");
	free(bytes);
	bytes = read_file("test/data/tar", "huge_file.tar.gz", &n);
	ok(read_all(bytes, n, UINT64_MAX, NULL, &l, &err) == DPK_CORRUPT && strstr(err.detail, "Premature end"), "a size no input can fill");
	free(bytes);
}

static void
test_cifar10(void)
{
	const char *dir = getenv("DATA");
	size_t		n;
	uint8_t    *bytes = dir ? read_file(dir, "images/cifar10_jpeg.tar.gz", &n) : NULL;
	listing		l;
	dpk_error	err;

	if (bytes == NULL)
	{
		printf("ok %d - CIFAR-10 # SKIP DATA does not name a folder with images/cifar10_jpeg.tar.gz\n", ++tap_count);
		return;
	}
	ok(read_all(bytes, n, MAX_BYTES, NULL, &l, &err) == DPK_OK && l.count == 60000 && l.crc == 0x6d905269 &&
	   l.path_crc == 0x54013599, "CIFAR-10, 60000 files");
	free(bytes);
}

/* What is written is read again, whatever the length of the path; the bytes are compared with tarfile's in test/sql/tar_file.sql */
static void
check_writer(void)
{
	int			wrong = 0;

	for (int slashes = 0; slashes < 3; slashes++)
		for (int length = 1; length < DPK_TAR_PATH; length += length < 300 ? 1 : 97)
		{
			char	   *path = malloc(length + 1);
			uint64_t	size = (uint64_t) length * 7 % 1100,
						bytes = 0;
			uint8_t    *out;
			size_t		at;
			listing		l;
			dpk_error	err;

			for (int i = 0; i < length; i++)
				path[i] = slashes > 0 && i > 0 && i < length - 1 && i % (slashes == 1 ? 60 : 2) == 0 ? '/' : 'a' + i % 26;
			path[length] = '\0';
			wrong += dpk_tar_measure(path, size, &bytes, &err) != DPK_OK || bytes % DPK_TAR_BLOCK != 0;
			out = malloc(bytes + DPK_TAR_END);	/* exact, for the sanitizer */
			at = dpk_tar_put(path, size, out);
			memset(out + at, 'x', size);
			memset(out + at + size, 0, bytes + DPK_TAR_END - at - size);
			wrong += read_all(out, bytes + DPK_TAR_END, MAX_BYTES, NULL, &l, &err) != DPK_OK || l.count != 1 || l.bytes != size ||
				l.path_crc != crc32(0, (uint8_t *) path, length);
			free(out);
			free(path);
		}
	ok(wrong == 0, "files of all lengths of paths, written and read");
}

int
main(void)
{
	check_writer();
	expect_files("ustar.tar.gz", PREFIX);
	expect_files("gnu.tar.gz", LONG);
	expect_files("pax.tar.gz", LONG);
	test_damage();
	test_pax();
	test_bombs();
	test_cifar10();
	return done();
}
