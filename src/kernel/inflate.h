/*
 * inflate.h - bytes that may be gzip, read piece by piece as if they were not
 *
 * Memory is a fixed work area of the caller's, whatever the data unpack to.
 * The total is limited, because gzip grows up to a thousandfold.  Members that
 * follow each other (cat a.gz b.gz) are read as one; checksums are verified.
 */
#ifndef DPK_INFLATE_H
#define DPK_INFLATE_H

#include <zlib.h>

#include "dpk.h"

#define DPK_INFLATE_WORK ((size_t) 128 * 1024)

typedef struct dpk_inflate		/* must stay in place: zlib points back to it */
{
	z_stream	z;
	bool		gzip;
	bool		ended;			/* everything has been read */
	const uint8_t *next;		/* input not yet used */
	size_t		left;
	uint64_t	room;			/* output bytes still allowed */
	uint64_t	max_bytes;
	uint8_t    *work;			/* zlib's memory comes from here */
	size_t		work_used;
	const dpk_stop *stop;
} dpk_inflate;

/* 'bytes' and 'work' (DPK_INFLATE_WORK bytes, aligned to 16) stay the caller's */
extern dpk_status dpk_inflate_start(dpk_inflate *s, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
									void *work, const dpk_stop *stop, dpk_error *err);

/* Up to n bytes to 'out' (NULL: skip them); fewer only at the end.  Broken data: DPK_CORRUPT. */
extern dpk_status dpk_inflate_read(dpk_inflate *s, uint8_t *out, uint64_t n, uint64_t *got, dpk_error *err);

/* Could n more bytes come? Looks at the input that is left: for whoever must allocate before reading */
extern bool dpk_inflate_could_give(const dpk_inflate *s, uint64_t n);

#endif							/* DPK_INFLATE_H */
