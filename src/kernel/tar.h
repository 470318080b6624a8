/*
 * tar.h - the regular files of a tar archive, one after the other
 *
 * Reads the formats v7, ustar (POSIX.1-1988), GNU (long names, binary sizes)
 * and pax (POSIX.1-2001: path and size); the archive may be gzip.
 * Directories, links and devices are passed over, sparse files are an error.
 * Nothing of a file is kept but what the caller reads.  The end marker must be
 * there: an archive that was cut off is an error, not a shorter archive.
 */
#ifndef DPK_TAR_H
#define DPK_TAR_H

#include "inflate.h"

#define DPK_TAR_PATH 4096		/* bytes of a path, with its end */
#define DPK_TAR_PAX 65536		/* bytes of one extended header */

typedef struct dpk_tar
{
	dpk_inflate stream;
	char		path[DPK_TAR_PATH]; /* of the current file, as stored */
	uint64_t	size;			/* of the current file */
	uint64_t	unread;			/* of it, with the padding to 512 */
	bool		first;			/* no header was read yet */
	uint8_t		pax[DPK_TAR_PAX];
} dpk_tar;

/* 'bytes', 'work' and 'stop' as for dpk_inflate_start() */
extern dpk_status dpk_tar_start(dpk_tar *tar, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
								void *work, const dpk_stop *stop, dpk_error *err);

/* Go to the next regular file; *done where there is none, which also checks gzip's checksum */
extern dpk_status dpk_tar_next(dpk_tar *tar, bool *done, dpk_error *err);

/* The content of the current file: tar->size bytes, once */
extern dpk_status dpk_tar_read(dpk_tar *tar, uint8_t *out, dpk_error *err);

#endif							/* DPK_TAR_H */
