/*
 * archive.c - rows from the files people download: IDX and tar, also within gzip
 *
 * One row per call, so that memory holds the archive, one item and a fixed
 * work area, whatever it all unpacks to.  Nothing needs to be given back: what
 * is allocated is the executor's, also where the query stops half-way.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "idx.h"
#include "settings.h"
#include "tar.h"

PG_FUNCTION_INFO_V1(dp_idx_items);
PG_FUNCTION_INFO_V1(dp_tar_items);

/* What lives from row to row: the archive, zlib's memory, the reader */
typedef struct archive
{
	bytea	   *data;
	void	   *work;
	union
	{
		dpk_idx		idx;
		dpk_tar		tar;
	}			reader;
} archive;

typedef dpk_status (*start_reader) (archive *a, uint64_t max_bytes, dpk_error *err);

static dpk_status
start_idx(archive *a, uint64_t max_bytes, dpk_error *err)
{
	return dpk_idx_start(&a->reader.idx, (uint8_t *) VARDATA_ANY(a->data), VARSIZE_ANY_EXHDR(a->data),
						 max_bytes, a->work, &dp_stop, err);
}

static dpk_status
start_tar(archive *a, uint64_t max_bytes, dpk_error *err)
{
	return dpk_tar_start(&a->reader.tar, (uint8_t *) VARDATA_ANY(a->data), VARSIZE_ANY_EXHDR(a->data),
						 max_bytes, a->work, &dp_stop, err);
}

static void
first_call(FunctionCallInfo fcinfo, start_reader start)
{
	FuncCallContext *call = SRF_FIRSTCALL_INIT();
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	archive    *a = palloc(sizeof(archive));
	dpk_error	err;

	if (get_call_result_type(fcinfo, NULL, &call->tuple_desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	BlessTupleDesc(call->tuple_desc);
	a->data = (bytea *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	a->work = palloc(DPK_INFLATE_WORK + 16);
	a->work = (void *) TYPEALIGN(16, a->work);
	call->user_fctx = a;
	MemoryContextSwitchTo(old);
	dp_raise(start(a, (uint64_t) dp_max_archive_bytes * 1024, &err), &err);
}

/* A bytea for n bytes; 'what' names the item */
static bytea *
new_bytea(uint64_t n, const char *what)
{
	bytea	   *result;

	if (n > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("item of an archive is too big"),
				 errdetail("%s has %llu bytes; a value can have %zu.", what,
						   (unsigned long long) n, (size_t) (MaxAllocSize - VARHDRSZ))));
	result = palloc(n + VARHDRSZ);
	SET_VARSIZE(result, n + VARHDRSZ);
	return result;
}

static Datum
make_row(FuncCallContext *call, Datum *values)
{
	bool		nulls[3] = {false};

	return HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls));
}

/* dp.idx_items(data bytea, OUT item bigint, OUT data bytea, OUT shape integer[]) RETURNS SETOF record */
Datum
dp_idx_items(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	dpk_idx    *idx;
	bytea	   *data;
	Datum		dims[DPK_IDX_MAX_DIMS];
	Datum		values[3];
	bool		done;
	dpk_error	err;

	if (SRF_IS_FIRSTCALL())
		first_call(fcinfo, start_idx);
	call = SRF_PERCALL_SETUP();
	idx = &((archive *) call->user_fctx)->reader.idx;

	CHECK_FOR_INTERRUPTS();
	data = new_bytea(idx->item_bytes, "Each item");
	dp_raise(dpk_idx_next(idx, (uint8_t *) VARDATA(data), &done, &err), &err);
	if (done)
		SRF_RETURN_DONE(call);

	for (int i = 1; i < idx->ndims; i++)
		dims[i - 1] = Int32GetDatum(idx->dims[i]);
	values[0] = Int64GetDatum((int64) idx->next - 1);
	values[1] = PointerGetDatum(data);
	values[2] = PointerGetDatum(construct_array(dims, idx->ndims - 1, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	SRF_RETURN_NEXT(call, make_row(call, values));
}

/* dp.tar_items(data bytea, OUT path text, OUT data bytea) RETURNS SETOF record */
Datum
dp_tar_items(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	dpk_tar    *tar;
	bytea	   *data;
	Datum		values[2];
	bool		done;
	dpk_error	err;

	if (SRF_IS_FIRSTCALL())
		first_call(fcinfo, start_tar);
	call = SRF_PERCALL_SETUP();
	tar = &((archive *) call->user_fctx)->reader.tar;

	CHECK_FOR_INTERRUPTS();
	dp_raise(dpk_tar_next(tar, &done, &err), &err);
	if (done)
		SRF_RETURN_DONE(call);

	data = new_bytea(tar->size, "A file");
	dp_raise(dpk_tar_read(tar, (uint8_t *) VARDATA(data), &err), &err);
	/* pax says that paths are UTF-8; older archives are silent */
	values[0] = CStringGetTextDatum(pg_any_to_server(tar->path, strlen(tar->path), PG_UTF8));
	values[1] = PointerGetDatum(data);
	SRF_RETURN_NEXT(call, make_row(call, values));
}
