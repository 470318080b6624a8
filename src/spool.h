/*
 * spool.h - samples on disk, written once and read by all processes of a run
 *
 * Temporary files shared through a DSM segment of their own, which is pinned:
 * it must outlive the transactions and the parallel contexts of a run.  A file
 * holds records of one size.  It is written by the leader, closed, and opened
 * again in each transaction that reads it: an open file does not survive the
 * end of its transaction.  Who created or attached detaches, in PG_FINALLY or
 * at exit; the last one to do so removes the files.  They count against
 * temp_file_limit and go where temp_tablespaces says.
 */
#ifndef DP_SPOOL_H
#define DP_SPOOL_H

#include "compat.h"

#include "storage/buffile.h"
#include "storage/dsm.h"

typedef struct dp_spool
{
	dsm_segment *segment;
} dp_spool;

typedef struct dp_spool_file
{
	BufFile    *file;			/* NULL: not open */
	size_t		record;			/* bytes */
	uint64		nrecords;		/* written */
} dp_spool_file;

extern void dp_spool_create(dp_spool *spool);
extern void dp_spool_attach(dp_spool *spool, dsm_handle handle);
extern void dp_spool_detach(dp_spool *spool);

extern void dp_spool_write_start(dp_spool *spool, dp_spool_file *file, const char *name, size_t record);
extern void dp_spool_write(dp_spool_file *file, const void *record);
extern void dp_spool_write_end(dp_spool_file *file);

extern void dp_spool_read_start(dp_spool *spool, dp_spool_file *file, const char *name, size_t record);
extern void dp_spool_read(dp_spool_file *file, uint64 place, void *record);
extern void dp_spool_read_end(dp_spool_file *file);

#endif							/* DP_SPOOL_H */
