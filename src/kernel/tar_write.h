/*
 * tar_write.h - files put into a tar archive
 *
 * ustar (POSIX.1-1988); a path that does not fit its two fields stands in an
 * extended header before it (pax, POSIX.1-2001).  The same files give the same
 * bytes, those of Python's tarfile: mode 644, no owner, of the first second of
 * the year 2000 (tar warns of older times).
 *
 * What comes out can be unpacked anywhere: a path is relative, has no "..",
 * and is no directory.  It is UTF-8.
 */
#ifndef DPK_TAR_WRITE_H
#define DPK_TAR_WRITE_H

#include "dpk.h"

#define DPK_TAR_BLOCK 512
#define DPK_TAR_END (2 * DPK_TAR_BLOCK)	/* zeros at the end of an archive */
#define DPK_TAR_MOST (UINT64_C(8) << 30)	/* a file has fewer bytes */

/* DPK_INVALID where a file cannot be called so; else what the archive grows by, headers and padding included */
extern dpk_status dpk_tar_measure(const char *path, uint64_t size, uint64_t *bytes, dpk_error *err);

/* The headers of a file that was measured; returns their bytes.  The content follows, then zeros up to a whole block. */
extern size_t dpk_tar_put(const char *path, uint64_t size, uint8_t *out);

#endif							/* DPK_TAR_WRITE_H */
