/*
 * connected_components.c - which keys hang together, through pairs of them
 */
#include "compat.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "components.h"
#include "keys.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_connected_components);

#define BATCH_ROWS 1000

typedef struct graph
{
	dp_keys    *keys;
	uint32	   *parent;			/* by number; in the keys' context, so that it counts */
	uint32		room;
} graph;

static uint32
add_key(graph *g, Datum key)
{
	uint32		n = g->keys->n,
				number = dp_keys_number(g->keys, key);

	if (n == g->room)
	{
		g->room = g->keys->room;
		g->parent = g->parent == NULL ? MemoryContextAllocHuge(g->keys->context, mul_size(g->room, sizeof(uint32)))
			: repalloc_huge(g->parent, mul_size(g->room, sizeof(uint32)));
	}
	if (g->keys->n > n)
		g->parent[n] = n;
	return number;
}

/* SELECT the two columns as keys; they are named a and b or, where no column is, the only two */
static Portal
open_pairs(const char *text, bool *integers)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc),
			   *columns[2];
	int			a = dp_source_find(desc, "a"),
				b = dp_source_find(desc, "b");

	if (a == 0 && b == 0 && desc->natts == 2)
		a = 1, b = 2;
	if (a == 0 || b == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no columns \"a\" and \"b\""),
				 errhint("Name the two keys of a pair, as in SELECT left_id AS a, right_id AS b.")));
	*integers = dp_key_is_integer(TupleDescAttr(desc, a - 1)->atttypid) && dp_key_is_integer(TupleDescAttr(desc, b - 1)->atttypid);
	for (int i = 0; i < 2; i++)
		columns[i] = psprintf("q.c%d::pg_catalog.%s", i == 0 ? a : b, *integers ? "int8" : "text");
	return dp_source_cursor(psprintf("SELECT %s, %s FROM %s", columns[0], columns[1], dp_source_from(query, desc)));
}

static void
read_pairs(graph *g, Portal portal)
{
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "pairs", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(batch);

	do
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(batch);
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			uint32		numbers[2];
			int			n = 0;

			for (int c = 1; c <= 2; c++)
			{
				bool		isnull;
				Datum		key = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, c, &isnull);

				if (!isnull)
					numbers[n++] = add_key(g, g->keys->integers ? key : PointerGetDatum(DatumGetTextPP(key)));
			}
			if (n == 2)
				dpk_connect(g->parent, numbers[0], numbers[1]);
		}
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(batch);
}

/* In the order of their keys, so that the first of a component is its smallest */
static void
put_components(graph *g, ReturnSetInfo *rsinfo)
{
	uint32	   *order = dp_keys_order(g->keys),
			   *first = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(g->keys->n + 1, sizeof(uint32)));
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "component", ALLOCSET_SMALL_SIZES);

	memset(first, 0xFF, mul_size(g->keys->n + 1, sizeof(uint32)));
	for (uint32 i = 0; i < g->keys->n; i++)
	{
		uint32		root = dpk_component(g->parent, order[i]);
		MemoryContext before = MemoryContextSwitchTo(row);
		bool		nulls[2] = {false};
		Datum		values[2];

		if (first[root] == PG_UINT32_MAX)
			first[root] = order[i];
		values[0] = dp_keys_text(g->keys, order[i]);
		values[1] = dp_keys_text(g->keys, first[root]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(before);
		MemoryContextReset(row);
		if (i % BATCH_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* dp.connected_components(source text) -> TABLE (key text, component text) */
Datum
dp_connected_components(PG_FUNCTION_ARGS)
{
	graph		g = {0};
	bool		integers;
	Portal		portal;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	portal = open_pairs(text_to_cstring(PG_GETARG_TEXT_PP(0)), &integers);
	g.keys = dp_keys_create(integers);
	read_pairs(&g, portal);
	SPI_cursor_close(portal);
	put_components(&g, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}
