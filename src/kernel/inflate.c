/*
 * inflate.c - bytes that may be gzip, read piece by piece as if they were not
 */
#include "inflate.h"

#include <limits.h>
#include <string.h>

#define STEP ((uint64_t) 1 << 20)	/* output between two looks at dpk_stop */

/* zlib allocates two blocks and frees them at the end: taking from one area is enough */
static voidpf
take(voidpf arg, uInt items, uInt size)
{
	dpk_inflate *s = arg;
	size_t		n = ((size_t) items * size + 15) & ~(size_t) 15;
	uint8_t    *block = s->work + s->work_used;

	if (n > DPK_INFLATE_WORK - s->work_used)
		return NULL;
	s->work_used += n;
	return block;
}

static void
give_back(voidpf arg, voidpf block)
{
}

static bool
is_gzip(const uint8_t *bytes, size_t nbytes)
{
	return nbytes >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

static dpk_status
fail(dpk_error *err, const char *detail)
{
	dpk_fail(err, DPK_CORRUPT, "could not read gzip data");
	dpk_detail(err, "%s", detail);
	return DPK_CORRUPT;
}

dpk_status
dpk_inflate_start(dpk_inflate *s, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
				  void *work, const dpk_stop *stop, dpk_error *err)
{
	memset(s, 0, sizeof(*s));
	s->gzip = is_gzip(bytes, nbytes);
	s->next = bytes;
	s->left = nbytes;
	s->room = s->max_bytes = max_bytes;
	s->work = work;
	s->stop = stop;
	s->z.zalloc = take;
	s->z.zfree = give_back;
	s->z.opaque = s;
	if (s->gzip && inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK)
		return dpk_fail(err, DPK_NO_MEMORY, "could not start to read gzip data");
	return DPK_OK;
}

static void
copy_plain(dpk_inflate *s, uint8_t *out, uint64_t n, uint64_t *got)
{
	*got = DPK_MIN(n, s->left);
	if (out != NULL)
		memcpy(out, s->next, *got);
	s->next += *got;
	s->left -= *got;
	s->ended = s->left == 0;
}

/* At most UINT_MAX bytes, since zlib counts in unsigned int */
static dpk_status
inflate_some(dpk_inflate *s, uint8_t *out, uint64_t n, uint64_t *got, dpk_error *err)
{
	uInt		in = (uInt) DPK_MIN(s->left, UINT_MAX);
	int			code;

	s->z.next_in = (Bytef *) s->next;
	s->z.avail_in = in;
	s->z.next_out = out;
	s->z.avail_out = (uInt) n;
	code = inflate(&s->z, Z_NO_FLUSH);
	s->next += in - s->z.avail_in;
	s->left -= in - s->z.avail_in;
	*got = n - s->z.avail_out;

	if (code == Z_STREAM_END)
	{
		/* another member may follow; anything else behind the end is padding */
		if (!is_gzip(s->next, s->left))
			s->ended = true;
		else if (inflateReset(&s->z) != Z_OK)
			return fail(err, "The next member is damaged.");
		return DPK_OK;
	}
	if (code != Z_OK && code != Z_BUF_ERROR)
		return fail(err, s->z.msg ? s->z.msg : "The data are damaged.");
	if (s->left == 0 && *got == 0)
		return fail(err, "Premature end of gzip data");
	return DPK_OK;
}

dpk_status
dpk_inflate_read(dpk_inflate *s, uint8_t *out, uint64_t n, uint64_t *got, dpk_error *err)
{
	uint8_t		nowhere[4096];

	*got = 0;
	while (*got < n && !s->ended)
	{
		uint64_t	piece = DPK_MIN(n - *got, STEP),
					received;
		dpk_status	status = DPK_OK;

		if (dpk_stopped(s->stop))
			return DPK_STOPPED;
		if (!s->gzip)
			copy_plain(s, out ? out + *got : NULL, piece, &received);
		else if (out != NULL)
			status = inflate_some(s, out + *got, piece, &received, err);
		else
			status = inflate_some(s, nowhere, DPK_MIN(piece, sizeof(nowhere)), &received, err);
		if (status != DPK_OK)
			return status;
		if (received > s->room)
		{
			dpk_fail(err, DPK_TOO_BIG, "archive is too big");
			dpk_detail(err, "It unpacks to more than %llu kB (datapower.max_archive_bytes).",
					   (unsigned long long) s->max_bytes / 1024);
			return DPK_TOO_BIG;
		}
		s->room -= received;
		*got += received;
	}
	return DPK_OK;
}

bool
dpk_inflate_could_give(const dpk_inflate *s, uint64_t n)
{
	/* deflate grows 1032 times at most; zlib holds back less than a window */
	if (s->gzip)
		return n / 1032 <= s->left + 64;
	return n <= s->left;
}
