/*
 * keys.h - keys of rows, numbered from 0 in the order they are first seen
 *
 * A key is an integer, or anything by its text.  They are in memory, and an
 * ERROR says when that would exceed datapower.memory_limit.
 */
#ifndef DP_KEYS_H
#define DP_KEYS_H

#include "compat.h"

#define DP_MAX_KEYS PG_INT32_MAX

typedef struct dp_keys
{
	bool		integers;		/* int8, else text */
	uint32		n;
	Datum	   *values;
	MemoryContext context;		/* of these, and of what else is to count */
	uint32		room;
	struct key_table_hash *table;
} dp_keys;

/* Whether keys of that type are integers; what is not is cast to text */
extern bool dp_key_is_integer(Oid type);

/* In a new context below the current one; delete that to be rid of it all */
extern dp_keys *dp_keys_create(bool integers);

/* The number of a key, which is an int8 or a text */
extern uint32 dp_keys_number(dp_keys *keys, Datum key);

/* The numbers of all keys in the order of these: integers by value, texts by their bytes; palloc'd */
extern uint32 *dp_keys_order(const dp_keys *keys);

/* A key as text, palloc'd where it was an integer */
extern Datum dp_keys_text(const dp_keys *keys, uint32 number);

#endif							/* DP_KEYS_H */
