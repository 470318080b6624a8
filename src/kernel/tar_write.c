/*
 * tar_write.c - files put into a tar archive
 */
#include "tar_write.h"

#include <stdio.h>
#include <string.h>

#include "tar.h"

#define NAME 100				/* bytes of the field */
#define PREFIX 155
#define TIME 946684800			/* 2000-01-01 00:00:00 UTC */
#define EXTENDED "././@PaxHeader"

static size_t
padded(size_t n)
{
	return (n + DPK_TAR_BLOCK - 1) / DPK_TAR_BLOCK * DPK_TAR_BLOCK;
}

/* Where a path is cut in two that fit, which a slash joins: its length where it need not be, 0 where it cannot */
static size_t
split(const char *path, size_t length)
{
	if (length <= NAME)
		return length;
	for (size_t i = length - NAME - 1; i <= PREFIX && i + 1 < length; i++)
		if (path[i] == '/' && i > 0)
			return i;
	return 0;
}

/* Bytes of "LENGTH path=PATH\n", LENGTH counting itself */
static size_t
record_length(size_t path_length)
{
	size_t		rest = strlen(" path=\n") + path_length,
				length = rest + 1;

	for (size_t digits = 2, least = 10; length >= least; digits++, least *= 10)
		length = rest + digits;
	return length;
}

/* Where 'path' has a component ".." */
static bool
goes_up(const char *path)
{
	for (const char *p = path; p != NULL; p = strchr(p, '/'))
	{
		p += *p == '/';
		if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return false;
}

dpk_status
dpk_tar_measure(const char *path, uint64_t size, uint64_t *bytes, dpk_error *err)
{
	size_t		length = strlen(path);
	const char *why = NULL;

	if (length == 0)
		why = "A path must not be empty.";
	else if (length >= DPK_TAR_PATH)
		why = "A path has at most 4095 bytes.";
	else if (path[0] == '/')
		why = "A path must not begin with \"/\": whoever unpacks the archive says where.";
	else if (path[length - 1] == '/' || strcmp(path, ".") == 0 || (length > 1 && strcmp(path + length - 2, "/.") == 0))
		why = "A path ends with the name of a file.";
	else if (goes_up(path))
		why = "A path must not have \"..\" in it.";
	if (why != NULL)
	{
		dpk_fail(err, DPK_INVALID, "invalid path of a file: \"%.80s\"", path);
		dpk_detail(err, "%s", why);
		return DPK_INVALID;
	}
	if (size >= DPK_TAR_MOST)
		return dpk_fail(err, DPK_TOO_BIG, "file is too big for an archive: %llu bytes", (unsigned long long) size);
	*bytes = DPK_TAR_BLOCK + padded(size);
	if (split(path, length) == 0)
		*bytes += DPK_TAR_BLOCK + padded(record_length(length));
	return DPK_OK;
}

static void
put_text(uint8_t *field, const char *text, size_t length)
{
	memcpy(field, text, length);
}

/* Octal digits and a zero that fill the field */
static void
put_number(uint8_t *field, int width, uint64_t n)
{
	field[width - 1] = '\0';
	for (int i = width - 2; i >= 0; i--, n >>= 3)
		field[i] = (uint8_t) ('0' + (n & 7));
}

static void
put_header(uint8_t *block, const char *name, size_t name_length, const char *prefix, size_t prefix_length,
		   int type, int mode, uint64_t size, uint64_t time)
{
	uint64_t	sum = 0;

	memset(block, 0, DPK_TAR_BLOCK);
	put_text(block, name, name_length);
	put_number(block + 100, 8, mode);
	put_number(block + 108, 8, 0);	/* user */
	put_number(block + 116, 8, 0);	/* group */
	put_number(block + 124, 12, size);
	put_number(block + 136, 12, time);
	memset(block + 148, ' ', 8);
	block[156] = (uint8_t) type;
	put_text(block + 257, "ustar\0" "00", 8);
	put_text(block + 345, prefix, prefix_length);
	for (int i = 0; i < DPK_TAR_BLOCK; i++)
		sum += block[i];
	put_number(block + 148, 7, sum);
}

size_t
dpk_tar_put(const char *path, uint64_t size, uint8_t *out)
{
	size_t		length = strlen(path),
				cut = split(path, length),
				record = record_length(length),
				at = 0;

	if (cut == 0)
	{
		put_header(out, EXTENDED, strlen(EXTENDED), "", 0, 'x', 0, record, 0);
		at = DPK_TAR_BLOCK + padded(record);
		memset(out + DPK_TAR_BLOCK, 0, at - DPK_TAR_BLOCK);
		put_text(out + DPK_TAR_BLOCK + snprintf((char *) out + DPK_TAR_BLOCK, 24, "%zu path=", record), path, length);
		out[DPK_TAR_BLOCK + record - 1] = '\n';
		/* For who does not read that: as much as fits, of whole characters */
		for (cut = NAME; (path[cut] & 0xC0) == 0x80; cut--)
			;
		length = cut;
	}
	if (cut == length)
		put_header(out + at, path, length, "", 0, '0', 0644, size, TIME);
	else
		put_header(out + at, path + cut + 1, length - cut - 1, path, cut, '0', 0644, size, TIME);
	return at + DPK_TAR_BLOCK;
}
