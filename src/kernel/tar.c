/*
 * tar.c - the regular files of a tar archive, one after the other
 */
#include "tar.h"

#include <string.h>

#define BLOCK 512

/* Fields of a header block: offset and length */
#define NAME 0, 100
#define SIZE 124, 12
#define CHECKSUM 148, 8
#define TYPE 156
#define MAGIC 257
#define PREFIX 345, 155

/* What an extended header says about the file that follows */
typedef struct override
{
	bool		has_path;		/* it is in tar->path */
	bool		has_size;
	uint64_t	size;
} override;

static dpk_status
fail(dpk_error *err, const char *detail)
{
	dpk_fail(err, DPK_CORRUPT, "could not read tar archive");
	dpk_detail(err, "%s", detail);
	return DPK_CORRUPT;
}

static dpk_status
read_fully(dpk_tar *tar, uint8_t *out, uint64_t n, dpk_error *err)
{
	uint64_t	got;
	dpk_status	status = dpk_inflate_read(&tar->stream, out, n, &got, err);

	if (status == DPK_OK && got < n)
		return fail(err, "Premature end of tar archive");
	return status;
}

/* Octal digits between blanks, or with the top bit set a big-endian number */
static bool
read_number(const uint8_t *block, int offset, int length, uint64_t *result)
{
	const uint8_t *p = block + offset,
			   *end = p + length;
	uint64_t	v = 0;

	if (*p & 0x80)
	{
		if (*p++ != 0x80)
			return false;		/* negative, or beyond 2^64 in any case */
		for (; p < end; p++)
		{
			if (v >> 56)
				return false;
			v = v << 8 | *p;
		}
	}
	else
	{
		while (p < end && *p == ' ')
			p++;
		for (; p < end && *p >= '0' && *p <= '7'; p++)
			v = v << 3 | (*p - '0');	/* 12 digits are 36 bits */
		if (p < end && *p != ' ' && *p != '\0')
			return false;
	}
	*result = v;
	return true;
}

static bool
checksum_is_good(const uint8_t *block)
{
	uint64_t	stored,
				sum = 8 * ' ';

	for (int i = 0; i < BLOCK; i++)
		if (i < 148 || i >= 156)
			sum += block[i];
	return read_number(block, CHECKSUM, &stored) && sum == stored;
}

static bool
is_zero(const uint8_t *block)
{
	return block[0] == 0 && memcmp(block, block + 1, BLOCK - 1) == 0;
}

static size_t
copy_field(const uint8_t *block, int offset, int length, char *to)
{
	size_t		n = strnlen((const char *) block + offset, length);

	memcpy(to, block + offset, n);
	to[n] = '\0';
	return n;
}

static void
read_name(dpk_tar *tar, const uint8_t *block)
{
	size_t		n = 0;

	/* ustar alone; GNU's "ustar  " keeps other things in the prefix */
	if (memcmp(block + MAGIC, "ustar\0", 6) == 0)
		n = copy_field(block, PREFIX, tar->path);
	if (n > 0)
		tar->path[n++] = '/';
	copy_field(block, NAME, tar->path + n);
}

static bool
key_is(const uint8_t *key, size_t n, const char *name)
{
	return n == strlen(name) && memcmp(key, name, n) == 0;
}

static dpk_status
use_record(dpk_tar *tar, const uint8_t *key, size_t key_length, const uint8_t *value, size_t length,
		   override *o, dpk_error *err)
{
	if (key_is(key, key_length, "path"))
	{
		if (length >= DPK_TAR_PATH || memchr(value, '\0', length) != NULL)
			return fail(err, "A path is too long or not text.");
		memcpy(tar->path, value, length);
		tar->path[length] = '\0';
		o->has_path = true;
	}
	else if (key_is(key, key_length, "size"))
	{
		o->size = 0;
		o->has_size = length > 0;
		for (size_t i = 0; i < length; i++)
		{
			if (value[i] < '0' || value[i] > '9' || o->size > UINT64_MAX / 10 - 1)
				return fail(err, "A size is not a number.");
			o->size = o->size * 10 + (value[i] - '0');
		}
	}
	else if (key_length > 11 && memcmp(key, "GNU.sparse.", 11) == 0)
		return fail(err, "Sparse files are not supported.");
	return DPK_OK;
}

/* Records of a pax header: "LENGTH KEY=VALUE\n", LENGTH counting all of it */
static dpk_status
read_pax(dpk_tar *tar, uint64_t size, override *o, dpk_error *err)
{
	const uint8_t *p = tar->pax,
			   *end = p + size;

	while (p < end)
	{
		const uint8_t *start = p,
				   *equals;
		size_t		length = 0;
		dpk_status	status;

		while (p < end && *p >= '0' && *p <= '9' && length < DPK_TAR_PAX)
			length = length * 10 + (*p++ - '0');
		if (p == end || *p != ' ' || length > (size_t) (end - start) || length < (size_t) (p - start) + 3 ||
			start[length - 1] != '\n')
			return fail(err, "An extended header is damaged.");
		p++;
		equals = memchr(p, '=', start + length - p);
		if (equals == NULL)
			return fail(err, "An extended header is damaged.");
		status = use_record(tar, p, equals - p, equals + 1, start + length - 1 - (equals + 1), o, err);
		if (status != DPK_OK)
			return status;
		p = start + length;
	}
	return DPK_OK;
}

/* A header about the next header: its content goes to tar->pax, then into 'o' and tar->path */
static dpk_status
read_extension(dpk_tar *tar, int type, uint64_t size, override *o, dpk_error *err)
{
	uint64_t	got;
	dpk_status	status;

	if (size > DPK_TAR_PAX)
		return fail(err, "An extended header has more than 65536 bytes.");
	status = read_fully(tar, tar->pax, size, err);
	if (status == DPK_OK)
		status = dpk_inflate_read(&tar->stream, NULL, -size % BLOCK, &got, err);
	if (status != DPK_OK || type == 'K' || type == 'g')
		return status;
	if (type == 'x')
		return read_pax(tar, size, o, err);

	/* 'L': the name itself, ending with a zero */
	size = strnlen((char *) tar->pax, size);
	if (size >= DPK_TAR_PATH)
		return fail(err, "A path is too long.");
	memcpy(tar->path, tar->pax, size);
	tar->path[size] = '\0';
	o->has_path = true;
	return DPK_OK;
}

/* The end marker was seen: what follows is padding, but gzip's checksum stands behind it */
static dpk_status
read_to_end(dpk_tar *tar, dpk_error *err)
{
	uint64_t	got;

	return dpk_inflate_read(&tar->stream, NULL, UINT64_MAX, &got, err);
}

dpk_status
dpk_tar_start(dpk_tar *tar, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
			  void *work, const dpk_stop *stop, dpk_error *err)
{
	tar->path[0] = '\0';
	tar->size = tar->unread = 0;
	tar->first = true;
	return dpk_inflate_start(&tar->stream, bytes, nbytes, max_bytes, work, stop, err);
}

dpk_status
dpk_tar_next(dpk_tar *tar, bool *done, dpk_error *err)
{
	uint8_t		block[BLOCK];
	uint64_t	got;
	override	o = {false, false, 0};

	*done = false;
	for (;;)
	{
		dpk_status	status = dpk_inflate_read(&tar->stream, NULL, tar->unread, &got, err);
		int			type;

		if (status == DPK_OK && got < tar->unread)
			return fail(err, "Premature end of tar archive");
		tar->unread = 0;
		if (status == DPK_OK)
			status = dpk_inflate_read(&tar->stream, block, BLOCK, &got, err);
		if (status != DPK_OK)
			return status;
		if (got == BLOCK && is_zero(block))
		{
			*done = true;
			return read_to_end(tar, err);
		}
		if (tar->first && (got < BLOCK || !checksum_is_good(block)))
		{
			dpk_fail(err, DPK_CORRUPT, "unrecognized archive format");
			dpk_hint(err, "Supported is tar, plain or within gzip.");
			return DPK_CORRUPT;
		}
		tar->first = false;
		if (got < BLOCK)
			return fail(err, "Premature end of tar archive");
		if (!checksum_is_good(block) || !read_number(block, SIZE, &tar->size))
			return fail(err, "A header is damaged.");

		type = block[TYPE];
		if (type == 'L' || type == 'K' || type == 'x' || type == 'g')
		{
			status = read_extension(tar, type, tar->size, &o, err);
			if (status != DPK_OK)
				return status;
			continue;
		}
		if (type == 'S')
			return fail(err, "Sparse files are not supported.");
		if (o.has_size)
			tar->size = o.size;
		if (!o.has_path)
			read_name(tar, block);
		o.has_path = o.has_size = false;

		/* links, devices and directories have no content, whatever their size says */
		if (type >= '1' && type <= '6')
			continue;
		if (tar->size > UINT64_MAX - BLOCK)
			return fail(err, "A size is too big.");
		tar->unread = tar->size + -tar->size % BLOCK;
		if (!dpk_inflate_could_give(&tar->stream, tar->size))
			return fail(err, "Premature end of tar archive");
		if (type != '0' && type != '\0' && type != '7')
			continue;
		if (tar->path[0] == '\0')
			return fail(err, "A file has no name.");
		if (tar->path[strlen(tar->path) - 1] != '/')	/* else a directory, as v7 wrote it */
			return DPK_OK;
	}
}

dpk_status
dpk_tar_read(dpk_tar *tar, uint8_t *out, dpk_error *err)
{
	tar->unread -= tar->size;
	return read_fully(tar, out, tar->size, err);
}
