/*
 * keys.c - keys of rows, numbered as they are first seen (keys.h)
 */
#include "keys.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "args.h"
#include "settings.h"

#define FIRST_KEYS 64

typedef struct key_entry
{
	uint32		number;
	uint32		hash;
	char		status;
} key_entry;

static inline uint32
key_hash(const dp_keys *keys, Datum key)
{
	int64		i;

	if (!keys->integers)
		return hash_bytes((unsigned char *) VARDATA_ANY(DatumGetPointer(key)), VARSIZE_ANY_EXHDR(DatumGetPointer(key)));
	i = DatumGetInt64(key);
	return hash_bytes((unsigned char *) &i, sizeof i);
}

static int
compare_keys(const dp_keys *keys, Datum a, Datum b)
{
	if (keys->integers)
		return DatumGetInt64(a) < DatumGetInt64(b) ? -1 : DatumGetInt64(a) > DatumGetInt64(b);
	return dp_compare_bytes(DatumGetPointer(a), DatumGetPointer(b));
}

/* A key is looked up as number n, behind those that are known */
#define KEY_OF(tb, number) (((const dp_keys *) (tb)->private_data)->values[number])
#define SH_PREFIX key_table
#define SH_ELEMENT_TYPE key_entry
#define SH_KEY_TYPE uint32
#define SH_KEY number
#define SH_HASH_KEY(tb, key) key_hash((tb)->private_data, KEY_OF(tb, key))
#define SH_EQUAL(tb, a, b) (compare_keys((tb)->private_data, KEY_OF(tb, a), KEY_OF(tb, b)) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

bool
dp_key_is_integer(Oid type)
{
	type = getBaseType(type);
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

dp_keys *
dp_keys_create(bool integers)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower keys", ALLOCSET_DEFAULT_SIZES);
	dp_keys    *keys = MemoryContextAllocZero(context, sizeof *keys);

	keys->integers = integers;
	keys->context = context;
	keys->room = FIRST_KEYS;
	keys->values = MemoryContextAlloc(context, FIRST_KEYS * sizeof(Datum));
	keys->table = key_table_create(context, FIRST_KEYS, keys);
	return keys;
}

/* Before the arrays double */
static void
check_memory(const dp_keys *keys)
{
	size_t		bytes = 2 * MemoryContextMemAllocated(keys->context, true);

	if (bytes / 1024 > dp_memory_limit || keys->room > DP_MAX_KEYS / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many keys: more than %u", keys->n),
				 errdetail("More of them would take %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("Integers take less memory than text; or work on a part of the rows at a time.")));
}

uint32
dp_keys_number(dp_keys *keys, Datum key)
{
	bool		found;
	key_entry  *entry;

	if (keys->n + 1 >= keys->room)
	{
		check_memory(keys);
		keys->room *= 2;
		keys->values = repalloc_huge(keys->values, mul_size(keys->room, sizeof(Datum)));
	}
	keys->values[keys->n] = key;
	entry = key_table_insert(keys->table, keys->n, &found);
	if (!found)
	{
		if (!keys->integers)
			keys->values[keys->n] = PointerGetDatum(dp_copy_bytes(DatumGetPointer(key), keys->context));
		keys->n++;
	}
	return entry->number;
}

static int
compare_numbers(const void *a, const void *b, void *keys)
{
	const dp_keys *k = keys;

	return compare_keys(k, k->values[*(const uint32 *) a], k->values[*(const uint32 *) b]);
}

uint32 *
dp_keys_order(const dp_keys *keys)
{
	uint32	   *order = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(keys->n + 1, sizeof(uint32)));

	for (uint32 i = 0; i < keys->n; i++)
		order[i] = i;
	qsort_interruptible(order, keys->n, sizeof(uint32), compare_numbers, (void *) keys);
	return order;
}

Datum
dp_keys_text(const dp_keys *keys, uint32 number)
{
	char		digits[MAXINT8LEN + 1];

	if (!keys->integers)
		return keys->values[number];
	pg_lltoa(DatumGetInt64(keys->values[number]), digits);
	return CStringGetTextDatum(digits);
}
