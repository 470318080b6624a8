/*
 * candidate_pairs.c - pairs of rows that have a band in common, without the square of a huge block
 *
 * The rows of a block, which are those that have a band, come together, sorted
 * by a hash of all their bands and by key.  A block of at most so many rows
 * gives all its pairs.  In a larger one each row is paired with the next:
 * rows whose bands are all the same are neighbours there, so exact duplicates
 * stay connected whatever is cut.  Pairs are sorted by the server to be there
 * once; in memory are the keys that have a pair, and a block that is not cut.
 */
#include "compat.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#include "args.h"
#include "keys.h"
#include "settings.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_candidate_pairs);
PG_FUNCTION_INFO_V1(dp_candidate_blocks);

#define BATCH_ROWS 1000
#define MOST_IN_BLOCK 100000
#define PAIRS_PER_CHECK 4096
#define BAND_BYTES 100			/* shown of a band */

typedef struct pairing
{
	dp_keys    *keys;
	Tuplesortstate *pairs;		/* two numbers of keys in an int8 */
	int64		npairs;
	double		max_pairs;
	/* of the block */
	int			max_block;
	text	   *band;			/* NULL before the first */
	Datum	   *first;			/* keys of at most max_block rows */
	int64		rows;
	uint32		last;			/* of a block that is cut */
	/* blocks that were cut */
	int64		ncut;
	text	   *largest;
	int64		largest_rows;
	MemoryContext block;		/* reset with every block */
} pairing;

/* ---- the source ---- */

/* (band, k, h) for each band of each row, as the body of FROM */
static char *
open_bands(const char *text, bool *integers)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc);
	int			key = dp_source_find(desc, "key"),
				bands = dp_source_find(desc, "bands");
	Oid			type;
	bool		is_array;
	StringInfoData s;

	if (key == 0 && bands == 0 && desc->natts == 2)
		key = 1, bands = 2;
	if (key == 0 || bands == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\"", key == 0 ? "key" : "bands"),
				 errhint("Name them as in SELECT id AS key, dp.minhash_bands(signature) AS bands.")));
	*integers = dp_key_is_integer(TupleDescAttr(desc, key - 1)->atttypid);
	type = getBaseType(TupleDescAttr(desc, bands - 1)->atttypid);
	is_array = OidIsValid(get_element_type(type));
	initStringInfo(&s);
	appendStringInfo(&s, "(SELECT q.c%d::pg_catalog.%s AS k, ", key, *integers ? "int8" : "text COLLATE pg_catalog.\"C\"");
	appendStringInfo(&s, is_array ? "q.c%d::pg_catalog.%s" : "ARRAY[q.c%d::pg_catalog.%s]", bands,
					 dp_key_is_integer(is_array ? get_element_type(type) : type) ? is_array ? "int8[]" : "int8" : is_array ? "text[] COLLATE pg_catalog.\"C\"" : "text COLLATE pg_catalog.\"C\"");
	appendStringInfo(&s, " AS bands FROM %s", dp_source_from(query, desc));
	appendStringInfoString(&s, " OFFSET 0) AS r, LATERAL (SELECT b.band, pg_catalog.hash_array_extended(r.bands, 0) AS h FROM pg_catalog.unnest(r.bands) AS b(band) OFFSET 0) AS b WHERE b.band IS NOT NULL");
	return s.data;
}

/* ---- pairs ---- */

static void
put_pair(pairing *p, uint32 a, uint32 b)
{
	Datum		x = p->keys->values[a],
				y = p->keys->values[b];
	bool		in_order = p->keys->integers ? DatumGetInt64(x) < DatumGetInt64(y) : dp_compare_bytes(DatumGetPointer(x), DatumGetPointer(y)) < 0;

	if (a == b)
		return;
	if (++p->npairs > p->max_pairs)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many candidate pairs: more than %.0f", p->max_pairs),
				 errdetail("A pair counts for each block it is in."),
				 errhint("Lower \"max_block\", or raise \"max_pairs\"; dp.candidate_blocks() lists the blocks, the largest first.")));
	if (p->npairs % PAIRS_PER_CHECK == 0)
		CHECK_FOR_INTERRUPTS();
	tuplesort_putdatum(p->pairs, Int64GetDatum((int64) ((uint64) (in_order ? a : b) << 32 | (in_order ? b : a))), false);
}

/* Each of the first rows with the next: the block has more than that */
static void
cut_block(pairing *p)
{
	for (int i = 0; i < p->max_block; i++)
	{
		uint32		number = dp_keys_number(p->keys, p->first[i]);

		if (i > 0)
			put_pair(p, p->last, number);
		p->last = number;
	}
}

static void
end_block(pairing *p)
{
	if (p->rows > p->max_block)
	{
		p->ncut++;
		if (p->rows > p->largest_rows)
		{
			p->largest = dp_copy_bytes(p->band, GetMemoryChunkContext(p->first));
			p->largest_rows = p->rows;
		}
	}
	else if (p->rows > 1)
	{
		uint32	   *numbers = MemoryContextAlloc(p->block, p->rows * sizeof(uint32));

		for (int i = 0; i < p->rows; i++)
		{
			numbers[i] = dp_keys_number(p->keys, p->first[i]);
			for (int j = 0; j < i; j++)
				put_pair(p, numbers[j], numbers[i]);
		}
	}
	MemoryContextReset(p->block);
	p->rows = 0;
	p->band = NULL;
}

static bool
same_key(const pairing *p, Datum a, Datum b)
{
	return p->keys->integers ? DatumGetInt64(a) == DatumGetInt64(b) : dp_same_bytes(DatumGetPointer(a), DatumGetPointer(b));
}

static void
add_row(pairing *p, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	text	   *band = DatumGetTextPP(SPI_getbinval(tuple, desc, 1, &isnull));
	Datum		key = SPI_getbinval(tuple, desc, 2, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a key of the source is null")));
	if (p->band != NULL && dp_compare_bytes(p->band, band) != 0)
		end_block(p);
	if (p->band == NULL)
		p->band = dp_copy_bytes(band, p->block);
	if (!p->keys->integers)
		key = PointerGetDatum(DatumGetTextPP(key));
	if (p->rows < p->max_block)
	{
		/* a band that a row has twice */
		if (p->rows > 0 && same_key(p, p->first[p->rows - 1], key))
			return;
		p->first[p->rows++] = p->keys->integers ? key : PointerGetDatum(dp_copy_bytes(DatumGetPointer(key), p->block));
	}
	else
	{
		uint32		number = dp_keys_number(p->keys, key);

		if (p->rows == p->max_block)
		{
			if (same_key(p, p->first[p->rows - 1], key))
				return;
			cut_block(p);
		}
		p->rows += number != p->last;
		put_pair(p, p->last, number);
		p->last = number;
	}
}

static void
check_memory(const pairing *p)
{
	size_t		bytes = MemoryContextMemAllocated(p->block, true);

	if (bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the keys of a block take %zu kB", bytes / 1024),
				 errdetail("\"datapower.memory_limit\" allows %d kB.", dp_memory_limit),
				 errhint("Lower \"max_block\", or number the rows: integers take less memory than text.")));
}

static void
read_rows(pairing *p, Portal portal)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "row of bands", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(row);

	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			add_row(p, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
			MemoryContextReset(row);
		}
		SPI_freetuptable(SPI_tuptable);
		check_memory(p);
	} while (SPI_processed > 0);
	MemoryContextSwitchTo(before);
	end_block(p);
	SPI_cursor_close(portal);
}

/* Each pair once */
static void
put_pairs(pairing *p, ReturnSetInfo *rsinfo)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "pair", ALLOCSET_SMALL_SIZES);
	Datum		datum;
	bool		isnull;
	int64		before = -1,
				n = 0;

	tuplesort_performsort(p->pairs);
	while (dp_sorted_datum(p->pairs, &datum, &isnull))
	{
		int64		pair = DatumGetInt64(datum);
		MemoryContext caller;
		Datum		values[2];
		bool		nulls[2] = {false};

		if (++n % PAIRS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		if (pair == before)
			continue;
		before = pair;
		caller = MemoryContextSwitchTo(row);
		values[0] = dp_keys_text(p->keys, (uint64) pair >> 32);
		values[1] = dp_keys_text(p->keys, (uint32) pair);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	tuplesort_end(p->pairs);
}

static void
tell_of_cuts(const pairing *p)
{
	if (p->ncut > 0)
		ereport(WARNING,
				(errmsg_plural(INT64_FORMAT " block has more than %d rows and was cut", INT64_FORMAT " blocks have more than %d rows and were cut", p->ncut, p->ncut, p->max_block),
				 errdetail("The largest, \"%s\", has " INT64_FORMAT " rows; each is paired with the next only.",
						   pnstrdup(VARDATA_ANY(p->largest), pg_mbcliplen(VARDATA_ANY(p->largest), VARSIZE_ANY_EXHDR(p->largest), BAND_BYTES)), p->largest_rows),
				 errhint("dp.candidate_blocks() lists them; a band that says nothing should be NULL.")));
}

static int
read_max_block(FunctionCallInfo fcinfo)
{
	dp_require(fcinfo, 0, "source");
	dp_require(fcinfo, 1, "max_block");
	dp_check_range("max_block", PG_GETARG_INT32(1), 2, MOST_IN_BLOCK);
	return PG_GETARG_INT32(1);
}

/* dp.candidate_pairs(source text, max_block integer, max_pairs float8) -> TABLE (a text, b text) */
Datum
dp_candidate_pairs(PG_FUNCTION_ARGS)
{
	pairing		p = {0};
	bool		integers;
	char	   *bands;

	InitMaterializedSRF(fcinfo, 0);
	p.max_block = read_max_block(fcinfo);
	dp_require(fcinfo, 2, "max_pairs");
	p.max_pairs = PG_GETARG_FLOAT8(2);
	dp_check_range("max_pairs", p.max_pairs, 1, 1e12);
	SPI_connect();
	bands = open_bands(text_to_cstring(PG_GETARG_TEXT_PP(0)), &integers);
	p.first = palloc(p.max_block * sizeof(Datum));
	p.block = AllocSetContextCreate(CurrentMemoryContext, "block", ALLOCSET_DEFAULT_SIZES);
	p.keys = dp_keys_create(integers);
	p.pairs = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false, work_mem, NULL, TUPLESORT_NONE);
	read_rows(&p, dp_source_cursor(psprintf("SELECT b.band::pg_catalog.text, r.k FROM %s ORDER BY b.band, b.h, r.k", bands)));
	put_pairs(&p, (ReturnSetInfo *) fcinfo->resultinfo);
	tell_of_cuts(&p);
	SPI_finish();
	return (Datum) 0;
}

/* dp.candidate_blocks(source text, max_block integer) -> TABLE (band text, rows bigint, pairs bigint, taken bigint) */
Datum
dp_candidate_blocks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			max_block;
	bool		integers;
	Portal		portal;

	InitMaterializedSRF(fcinfo, 0);
	max_block = read_max_block(fcinfo);
	SPI_connect();
	portal = dp_source_cursor(psprintf("SELECT g.band::pg_catalog.text, g.n, g.n OPERATOR(pg_catalog.*) (g.n OPERATOR(pg_catalog.-) 1) OPERATOR(pg_catalog./) 2, "
									   "CASE WHEN g.n OPERATOR(pg_catalog.<=) %d THEN g.n OPERATOR(pg_catalog.*) (g.n OPERATOR(pg_catalog.-) 1) OPERATOR(pg_catalog./) 2 ELSE g.n OPERATOR(pg_catalog.-) 1 END "
									   "FROM (SELECT b.band, pg_catalog.count(DISTINCT r.k) AS n FROM %s GROUP BY b.band) AS g WHERE g.n OPERATOR(pg_catalog.>) 1 ORDER BY g.n DESC, g.band",
									   max_block, open_bands(text_to_cstring(PG_GETARG_TEXT_PP(0)), &integers)));
	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}
