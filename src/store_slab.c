/*
 * store_slab.c - the tensors of a slab, written to and read from rows
 *
 * Tensors are stored in their canonical layout, in chunks of at most 1 Mi
 * numbers: one huge datum could be stored, but neither printed nor dumped.
 * The checksum runs over name, shape and numbers of each tensor in the order
 * of the network, in the byte order of the machine (little-endian wherever
 * datapower has been built).
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store.h"

#define CHUNK_FLOATS (1024 * 1024)

static const char *const insert_sql[] = {
	"INSERT INTO dp.weights (model_id, owner, layer, tensor, chunk, shape, data)"
	" VALUES ($1, $3::pg_catalog.regrole, $4, $5, $6, $7, $8)",
	"INSERT INTO dp.checkpoints (run_id, owner, slot, layer, tensor, chunk, shape, data)"
	" VALUES ($1, $3::pg_catalog.regrole, $2, $4, $5, $6, $7, $8)"
};

static const char *const select_sql[] = {
	"SELECT chunk, shape, data FROM dp.weights WHERE model_id OPERATOR(pg_catalog.=) $1"
	" AND layer OPERATOR(pg_catalog.=) $3 AND tensor OPERATOR(pg_catalog.=) $4"
	" AND chunk OPERATOR(pg_catalog.=) $5",
	"SELECT chunk, shape, data FROM dp.checkpoints WHERE run_id OPERATOR(pg_catalog.=) $1"
	" AND slot OPERATOR(pg_catalog.=) $2"
	" AND layer OPERATOR(pg_catalog.=) $3 AND tensor OPERATOR(pg_catalog.=) $4"
	" AND chunk OPERATOR(pg_catalog.=) $5"
};

static uint32
add_tensor(uint32 crc, const dpk_tensor *t, const float *data)
{
	pg_crc32c	c = crc;

	COMP_CRC32C(c, t->layer, strlen(t->layer) + 1);
	COMP_CRC32C(c, t->name, strlen(t->name) + 1);
	for (int i = 0; i < t->ndim; i++)
	{
		int32		n = t->shape[i];

		COMP_CRC32C(c, &n, sizeof(n));
	}
	COMP_CRC32C(c, data, t->count * sizeof(float));
	return c;
}

size_t
dp_slab_bytes(const dpk_net *net)
{
	return dpk_net_scratch_floats(net) * sizeof(float) + 3 * CHUNK_FLOATS * sizeof(float);
}

static float *
alloc_canonical(const dpk_net *net)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(1, dpk_net_scratch_floats(net)) * sizeof(float));
}

static Datum
shape_array(const dpk_tensor *t)
{
	Datum		dims[4];

	for (int i = 0; i < t->ndim; i++)
		dims[i] = Int32GetDatum(t->shape[i]);
	return PointerGetDatum(construct_array(dims, t->ndim, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* a real[] made in one copy */
static Datum
float_array(const float *data, int n)
{
	size_t		size = ARR_OVERHEAD_NONULLS(1) + n * sizeof(float);
	ArrayType  *a = palloc(size);

	SET_VARSIZE(a, size);
	a->ndim = 1;
	a->dataoffset = 0;
	a->elemtype = FLOAT4OID;
	ARR_DIMS(a)[0] = n;
	ARR_LBOUND(a)[0] = 1;
	memcpy(ARR_DATA_PTR(a), data, n * sizeof(float));
	return PointerGetDatum(a);
}

uint32
dp_slab_write(dp_slab_table table, int64 id, int slot, Oid owner, const dpk_net *net, const float *slab, uint32 crc)
{
	Oid			types[8] = {INT8OID, INT4OID, OIDOID, TEXTOID, TEXTOID, INT4OID, INT4ARRAYOID, FLOAT4ARRAYOID};
	SPIPlanPtr	plan;
	MemoryContext chunk_context;
	float	   *canonical;
	int			level;

	SPI_connect();
	level = dp_store_begin();
	plan = SPI_prepare(insert_sql[table], 8, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	canonical = alloc_canonical(net);
	chunk_context = AllocSetContextCreate(CurrentMemoryContext, "datapower weights", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < dpk_net_ntensors(net); i++)
	{
		const dpk_tensor *t = dpk_net_tensor(net, i);
		int			chunk = 0;

		dpk_net_get(net, i, slab, canonical);
		crc = add_tensor(crc, t, canonical);
		for (size_t from = 0; from < t->count; from += CHUNK_FLOATS)
		{
			MemoryContext old = MemoryContextSwitchTo(chunk_context);
			Datum		values[8] = {Int64GetDatum(id), Int32GetDatum(slot), ObjectIdGetDatum(owner),
				CStringGetTextDatum(t->layer), CStringGetTextDatum(t->name), Int32GetDatum(chunk++),
				shape_array(t), float_array(canonical + from, Min(t->count - from, CHUNK_FLOATS))};

			MemoryContextSwitchTo(old);
			CHECK_FOR_INTERRUPTS();
			if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_INSERT)
				elog(ERROR, "could not store weights");
			MemoryContextReset(chunk_context);
		}
	}
	dp_store_end(level);
	SPI_finish();
	return crc;
}

static void
damaged(dp_slab_table table, int64 id, const char *detail)
{
	if (table == DP_WEIGHTS)
		dp_store_damaged_model(dp_store_read(id), detail);
	dp_store_damaged(table, psprintf("checkpoint of run " INT64_FORMAT, id), detail);
}

/* One row into canonical[from ...]; returns how many numbers it holds */
static int
read_chunk(dp_slab_table table, int64 id, const dpk_tensor *t, float *canonical, size_t from)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	bool		isnull[2];
	ArrayType  *shape = DatumGetArrayTypeP(SPI_getbinval(SPI_tuptable->vals[0], desc, 2, &isnull[0]));
	ArrayType  *data = DatumGetArrayTypeP(SPI_getbinval(SPI_tuptable->vals[0], desc, 3, &isnull[1]));
	size_t		want = Min(t->count - from, CHUNK_FLOATS);
	bool		fits;

	fits = ARR_NDIM(shape) == 1 && ARR_DIMS(shape)[0] == t->ndim && !ARR_HASNULL(shape) &&
		ARR_NDIM(data) == 1 && !ARR_HASNULL(data);
	for (int i = 0; fits && i < t->ndim; i++)
		fits = ((int32 *) ARR_DATA_PTR(shape))[i] == t->shape[i];
	if (!fits || ARR_DIMS(data)[0] != want)
		damaged(table, id,
				psprintf("The shape of tensor \"%s\" of layer \"%s\" is not that of the network.", t->name, t->layer));
	memcpy(canonical + from, ARR_DATA_PTR(data), want * sizeof(float));
	return want;
}

uint32
dp_slab_read(dp_slab_table table, int64 id, int slot, const dpk_net *net, float *slab, uint32 crc)
{
	Oid			types[5] = {INT8OID, INT4OID, TEXTOID, TEXTOID, INT4OID};
	SPIPlanPtr	plan;
	MemoryContext chunk_context;
	float	   *canonical;
	int			level;

	SPI_connect();
	level = dp_store_begin();
	plan = SPI_prepare(select_sql[table], 5, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	canonical = alloc_canonical(net);
	chunk_context = AllocSetContextCreate(CurrentMemoryContext, "datapower weights", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < dpk_net_ntensors(net); i++)
	{
		const dpk_tensor *t = dpk_net_tensor(net, i);
		int			chunk = 0;

		for (size_t from = 0; from < t->count;)
		{
			MemoryContext old = MemoryContextSwitchTo(chunk_context);
			Datum		values[5] = {Int64GetDatum(id), Int32GetDatum(slot),
				CStringGetTextDatum(t->layer), CStringGetTextDatum(t->name), Int32GetDatum(chunk++)};

			CHECK_FOR_INTERRUPTS();
			if (SPI_execute_plan(plan, values, NULL, true, 2) != SPI_OK_SELECT)
				elog(ERROR, "could not read weights");
			if (SPI_processed != 1)
				damaged(table, id,
						psprintf("Tensor \"%s\" of layer \"%s\" is missing.", t->name, t->layer));
			MemoryContextSwitchTo(chunk_context);
			from += read_chunk(table, id, t, canonical, from);
			MemoryContextSwitchTo(old);
			SPI_freetuptable(SPI_tuptable);
			MemoryContextReset(chunk_context);
		}
		crc = add_tensor(crc, t, canonical);
		dpk_net_set(net, i, slab, canonical);
	}
	dp_store_end(level);
	SPI_finish();
	return crc;
}
