/*
 * state_cache.c - what a call made of the states it was given, kept between rows
 *
 * Rows joined to one state per group come in any order, so a call keeps more
 * than the state last seen: those last used, within limits.  A state that lies
 * in a TOAST table is told by its pointer, so that it is not fetched for every
 * row, and any other by its bytes.
 */
#include "state.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "settings.h"

#define MAX_ENTRIES 1000
#define FIRST_ENTRIES 8
#define HASHED_BYTES 512		/* of a key; states that differ mostly do so early */

typedef struct entry
{
	MemoryContext context;		/* of the key and what was made */
	void	   *key;
	size_t		key_bytes;
	uint64		hash;
	uint64		used;			/* by the cache's clock */
	size_t		bytes;
	void	   *made;
} entry;

typedef struct cache
{
	int			n,
				room,
				last;			/* the entry last used */
	uint64		clock;
	size_t		bytes;
	entry	   *entries;
} cache;

static bool
has_key(const entry *e, const void *key, size_t key_bytes)
{
	return e->key_bytes == key_bytes && memcmp(e->key, key, key_bytes) == 0;
}

static int
find(const cache *c, const void *key, size_t key_bytes, uint64 hash)
{
	for (int i = 0; i < c->n; i++)
		if (c->entries[i].hash == hash && has_key(&c->entries[i], key, key_bytes))
			return i;
	return -1;
}

/* Give up those not used for longest until 'e' fits */
static void
make_room(cache *c, const entry *e)
{
	size_t		limit = (size_t) dp_model_cache * 1024;

	while (c->n == MAX_ENTRIES || (c->n > 0 && c->bytes + e->bytes > limit))
	{
		int			oldest = 0;

		for (int i = 1; i < c->n; i++)
			if (c->entries[i].used < c->entries[oldest].used)
				oldest = i;
		c->bytes -= c->entries[oldest].bytes;
		MemoryContextDelete(c->entries[oldest].context);
		c->entries[oldest] = c->entries[--c->n];
	}
	if (c->n == c->room)
	{
		c->entries = repalloc(c->entries, mul_size(2 * c->room, sizeof(entry)));
		c->room *= 2;
	}
}

static int
add(FunctionCallInfo fcinfo, cache *c, const entry *key, int i, dp_state_maker make)
{
	entry		e = *key;
	MemoryContext before;

	/* on its own until it is complete, so that an error leaves nothing behind */
	e.context = AllocSetContextCreate(CurrentMemoryContext, "datapower state", ALLOCSET_SMALL_SIZES);
	before = MemoryContextSwitchTo(e.context);
	e.key = memcpy(palloc(e.key_bytes), key->key, e.key_bytes);
	e.made = make((struct varlena *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(i)));
	MemoryContextSwitchTo(before);
	e.bytes = MemoryContextMemAllocated(e.context, true);
	make_room(c, &e);
	MemoryContextSetParent(e.context, fcinfo->flinfo->fn_mcxt);
	c->bytes += e.bytes;
	c->entries[c->n] = e;
	return c->n++;
}

const void *
dp_state_made(FunctionCallInfo fcinfo, int i, size_t head, dp_state_maker make)
{
	cache	   *c = fcinfo->flinfo->fn_extra;
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(i);
	entry		key = {0};

	if (c == NULL)
	{
		c = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof *c);
		c->entries = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, FIRST_ENTRIES * sizeof(entry));
		c->room = FIRST_ENTRIES;
		fcinfo->flinfo->fn_extra = c;
	}
	/* a pointer into memory says nothing about the next row's value */
	if (VARATT_IS_EXTERNAL(value) && !VARATT_IS_EXTERNAL_ONDISK(value))
		value = PG_DETOAST_DATUM(PointerGetDatum(value));
	key.key = value;
	key.key_bytes = VARSIZE_ANY(value);
	if (head > 0 && head < key.key_bytes && VARATT_IS_4B_U(value))
		key.key_bytes = head;
	if (c->n == 0 || !has_key(&c->entries[c->last], value, key.key_bytes))
	{
		int			at;

		key.hash = hash_bytes_extended((unsigned char *) value, (int) Min(key.key_bytes, HASHED_BYTES), key.key_bytes);
		at = find(c, value, key.key_bytes, key.hash);
		c->last = at >= 0 ? at : add(fcinfo, c, &key, i, make);
	}
	c->entries[c->last].used = ++c->clock;
	return c->entries[c->last].made;
}
