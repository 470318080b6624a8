/*
 * duplicate_group.c - rows that share a value, directly or through others
 *
 * A window function that does all the work at the first row of a partition:
 * each value is connected with the first row that has it, so time is linear in
 * the values however many rows share one.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "windowapi.h"

#include "args.h"
#include "components.h"
#include "keys.h"
#include "settings.h"

PG_FUNCTION_INFO_V1(dp_duplicate_group);

#define ROWS_PER_CHECK 1024

/* What a partition remembers; zeroed before its first row */
typedef struct partition
{
	uint32	   *parent;			/* of each row; NULL until they are grouped */
	Datum	   *smallest;		/* key of a root's group */
	bool	   *isnull;			/* rows without a key */
} partition;

/* Elements of 'shared' as keys */
typedef struct element
{
	Oid			type;
	int16		length;
	bool		byval;
	char		align;
	FmgrInfo	output;			/* where they are neither integers nor text */
} element;

static element
describe_element(Oid array)
{
	element		e = {.type = get_base_element_type(array)};
	Oid			output;
	bool		varlena;

	if (!OidIsValid(e.type))
		elog(ERROR, "could not determine type of elements");
	e.type = getBaseType(e.type);
	get_typlenbyvalalign(e.type, &e.length, &e.byval, &e.align);
	getTypeOutputInfo(e.type, &output, &varlena);
	fmgr_info(output, &e.output);
	return e;
}

static Datum
element_key(element *e, Datum value)
{
	switch (e->type)
	{
		case INT2OID:
			return Int64GetDatum(DatumGetInt16(value));
		case INT4OID:
			return Int64GetDatum(DatumGetInt32(value));
		case INT8OID:
			return value;
		case TEXTOID:
		case VARCHAROID:
			return PointerGetDatum(DatumGetTextPP(value));
		default:
			return CStringGetTextDatum(OutputFunctionCall(&e->output, value));
	}
}

/* Connect row i with the rows before it that have one of these values */
static void
connect_row(partition *p, uint32 i, ArrayType *shared, element *e, dp_keys *values, uint32 **first, uint32 *room)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(shared, e->type, e->length, e->byval, e->align, &elements, &nulls, &n);
	for (int j = 0; j < n; j++)
	{
		uint32		before = values->n,
					number;

		if (nulls[j])
			continue;
		number = dp_keys_number(values, element_key(e, elements[j]));
		if (before == *room)
		{
			*room = values->room;
			*first = repalloc_huge(*first, mul_size(*room, sizeof(uint32)));
		}
		if (values->n > before)
			(*first)[number] = i;
		else
			dpk_connect(p->parent, (*first)[number], i);
	}
}

/* The smallest key of each group, in the partition's memory */
static void
find_smallest(partition *p, uint32 i, Datum key, TypeCacheEntry *type, Oid collation, MemoryContext context)
{
	uint32		root = dpk_component(p->parent, i);
	MemoryContext before;

	if (!p->isnull[root] && DatumGetInt32(FunctionCall2Coll(&type->cmp_proc_finfo, collation, key, p->smallest[root])) >= 0)
		return;
	before = MemoryContextSwitchTo(context);
	if (!p->isnull[root] && !type->typbyval)
		pfree(DatumGetPointer(p->smallest[root]));
	p->smallest[root] = datumCopy(key, type->typbyval, type->typlen);
	p->isnull[root] = false;
	MemoryContextSwitchTo(before);
}

static TypeCacheEntry *
key_type(FunctionCallInfo fcinfo)
{
	Oid			oid = get_fn_expr_argtype(fcinfo->flinfo, 0);
	TypeCacheEntry *type = lookup_type_cache(oid, TYPECACHE_CMP_PROC_FINFO);

	if (!OidIsValid(type->cmp_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify a comparison function for type %s", format_type_be(oid)),
				 errhint("Cast the key to a type that has an order, such as text.")));
	return type;
}

static void
check_rows(int64 nrows)
{
	size_t		bytes = mul_size(nrows, sizeof(uint32) + sizeof(Datum) + 2);

	if (nrows > PG_INT32_MAX || bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large: " INT64_FORMAT " rows", nrows),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit)));
}

/* A row without a key connects nothing; it is left with itself, and 'isnull' stays */
static void
group_rows(FunctionCallInfo fcinfo, partition *p)
{
	WindowObject window = PG_WINDOW_OBJECT();
	MemoryContext context = GetMemoryChunkContext(p),
				row = AllocSetContextCreate(CurrentMemoryContext, "row to group", ALLOCSET_DEFAULT_SIZES),
				before;
	int64		nrows = WinGetPartitionRowCount(window);
	TypeCacheEntry *type = key_type(fcinfo);
	element		e = describe_element(get_fn_expr_argtype(fcinfo->flinfo, 1));
	dp_keys    *values;
	uint32	   *first,
				room;

	check_rows(nrows);
	values = dp_keys_create(dp_key_is_integer(e.type));
	room = values->room;
	first = MemoryContextAllocHuge(values->context, mul_size(room, sizeof(uint32)));
	p->parent = MemoryContextAllocHuge(context, nrows * sizeof(uint32));
	p->smallest = MemoryContextAllocHuge(context, nrows * sizeof(Datum));
	p->isnull = MemoryContextAllocHuge(context, nrows);
	memset(p->isnull, true, nrows);
	dpk_components_init(p->parent, nrows);
	before = MemoryContextSwitchTo(row);
	for (int pass = 0; pass < 2; pass++)
		for (int64 i = 0; i < nrows; i++)
		{
			bool		isnull,
						isout;
			Datum		key = WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

			if (!isnull && pass == 1)
				find_smallest(p, i, key, type, PG_GET_COLLATION(), context);
			else if (!isnull)
			{
				Datum		shared = WinGetFuncArgInPartition(window, 1, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

				if (!isnull)
					connect_row(p, i, DatumGetArrayTypeP(shared), &e, values, &first, &room);
			}
			MemoryContextReset(row);
			if (i % ROWS_PER_CHECK == 0)
				CHECK_FOR_INTERRUPTS();
		}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(row);
	MemoryContextDelete(values->context);
}

/* dp.duplicate_group(key anyelement, shared anycompatiblearray) OVER (...) -> anyelement */
Datum
dp_duplicate_group(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	partition  *p = WinGetPartitionLocalMemory(window, sizeof *p);
	bool		isnull;
	uint32		root;

	if (p->parent == NULL)
		group_rows(fcinfo, p);
	WinGetFuncArgCurrent(window, 0, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	root = dpk_component(p->parent, (uint32) WinGetCurrentPosition(window));
	PG_RETURN_DATUM(p->smallest[root]);
}
