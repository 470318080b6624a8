/*
 * spool.c - samples on disk, written once and read by all processes of a run
 */
#include "compat.h"

#include <fcntl.h>

#include "nodes/pg_list.h"
#include "storage/ipc.h"
#include "storage/sharedfileset.h"
#include "utils/memutils.h"

#include "spool.h"

/*
 * The segments this process holds pinned.  At exit dsm_backend_shutdown() would
 * detach them too, but only when the statistics system is gone, to which
 * deleting a temporary file reports: it would crash.
 */
static List *pinned;

static void
detach_at_exit(int code, Datum arg)
{
	List	   *segments = pinned;
	ListCell   *cell;

	pinned = NIL;
	foreach(cell, segments)
		dsm_detach(lfirst(cell));
}

static void
pin(dsm_segment *segment)
{
	static bool registered = false;
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	pinned = lappend(pinned, segment);
	MemoryContextSwitchTo(old);
	dsm_pin_mapping(segment);
	if (!registered)
		before_shmem_exit(detach_at_exit, 0);
	registered = true;
}

static SharedFileSet *
fileset(dp_spool *spool)
{
	return dsm_segment_address(spool->segment);
}

void
dp_spool_create(dp_spool *spool)
{
	spool->segment = dsm_create(sizeof(SharedFileSet), 0);
	pin(spool->segment);
	SharedFileSetInit(fileset(spool), spool->segment);
}

void
dp_spool_attach(dp_spool *spool, dsm_handle handle)
{
	spool->segment = dsm_attach(handle);
	if (spool->segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not attach to the samples of the training run")));
	SharedFileSetAttach(fileset(spool), spool->segment);
}

void
dp_spool_detach(dp_spool *spool)
{
	dsm_segment *segment = spool->segment;

	spool->segment = NULL;
	if (segment == NULL)
		return;
	pinned = list_delete_ptr(pinned, segment);
	dsm_detach(segment);
}

void
dp_spool_write_start(dp_spool *spool, dp_spool_file *file, const char *name, size_t record)
{
	file->file = BufFileCreateFileSet(&fileset(spool)->fs, name);
	file->record = record;
	file->nrecords = 0;
}

void
dp_spool_write(dp_spool_file *file, const void *record)
{
	BufFileWrite(file->file, unconstify(void *, record), file->record);
	file->nrecords++;
}

void
dp_spool_write_end(dp_spool_file *file)
{
	BufFileExportFileSet(file->file);
	BufFileClose(file->file);
	file->file = NULL;
}

void
dp_spool_read_start(dp_spool *spool, dp_spool_file *file, const char *name, size_t record)
{
	file->file = BufFileOpenFileSet(&fileset(spool)->fs, name, O_RDONLY, false);
	file->record = record;
}

void
dp_spool_read(dp_spool_file *file, uint64 place, void *record)
{
	size_t		nread;

	if (BufFileSeek(file->file, 0, (off_t) (place * file->record), SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in the samples of the training run: %m")));
	nread = BufFileRead(file->file, record, file->record);
	if (nread != file->record)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read the samples of the training run: read only %zu of %zu bytes", nread, file->record)));
}

void
dp_spool_read_end(dp_spool_file *file)
{
	BufFileClose(file->file);
	file->file = NULL;
}
