/*
 * scratch.c - large memory that the next row uses again
 *
 * A block that is given back stays bound to the context it was taken for, so
 * that a loop in one context does not leave an owner behind in each round.
 */
#include "scratch.h"

#include "access/xact.h"

#include "settings.h"

#define MOST_KEPT 16
#define LIMIT_SHARE 8			/* of datapower.memory_limit */

/* Lies in the DP_SCRATCH_ALIGN bytes before what the caller gets */
typedef struct block
{
	void	   *allocated;
	size_t		bytes;			/* that the caller may use */
	struct owner *owner;		/* for whom it was last taken; NULL where that has ended */
} block;

/* Lies in the context that a block was taken for, and is told of its end */
typedef struct owner
{
	MemoryContextCallback end;
	MemoryContext context;
	block	   *block;			/* NULL: taken by another owner or gone */
	bool		taken;
} owner;

static MemoryContext blocks = NULL;
static block *kept[MOST_KEPT];	/* the oldest first */
static int	nkept = 0;
static size_t kept_bytes = 0;

static block *
take_kept(int i)
{
	block	   *b = kept[i];

	kept_bytes -= b->bytes;
	nkept--;
	memmove(kept + i, kept + i + 1, sizeof(kept[0]) * (nkept - i));
	return b;
}

static void
release(block *b)
{
	if (b->owner != NULL)
		b->owner->block = NULL;
	pfree(b->allocated);
}

static void
forget_all(XactEvent event, void *arg)
{
	while (nkept > 0)
		release(take_kept(nkept - 1));
}

static void
give_back(block *b)
{
	size_t		limit = (size_t) dp_memory_limit * 1024 / LIMIT_SHARE;

	/* at the end of a transaction contexts go when all was forgotten already */
	if (!IsTransactionState() || b->bytes > limit)
	{
		release(b);
		return;
	}
	while (nkept == MOST_KEPT || kept_bytes > limit - b->bytes)
		release(take_kept(0));
	kept[nkept++] = b;
	kept_bytes += b->bytes;
}

static void
end_owner(void *arg)
{
	owner	   *o = arg;
	block	   *b = o->block;

	if (b == NULL)
		return;
	b->owner = NULL;
	if (o->taken)
		give_back(b);
}

static owner *
new_owner(void)
{
	owner	   *o = palloc(sizeof(owner));

	o->end.func = end_owner;
	o->end.arg = o;
	o->context = CurrentMemoryContext;
	o->block = NULL;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &o->end);
	return o;
}

static block *
new_block(size_t bytes)
{
	char	   *allocated;
	block	   *b;

	StaticAssertStmt(sizeof(block) <= DP_SCRATCH_ALIGN, "block does not fit before the memory");
	if (blocks == NULL)
	{
		blocks = AllocSetContextCreate(TopMemoryContext, "datapower scratch", ALLOCSET_SMALL_SIZES);
		RegisterXactCallback(forget_all, NULL);
	}
	allocated = MemoryContextAllocHuge(blocks, bytes + 2 * DP_SCRATCH_ALIGN);
	b = (block *) TYPEALIGN(DP_SCRATCH_ALIGN, allocated);
	b->allocated = allocated;
	b->bytes = bytes;
	b->owner = NULL;
	return b;
}

/* The smallest that is kept and large enough, but no giant for a dwarf; -1 if none is */
static int
find_kept(size_t bytes)
{
	int			best = -1;

	for (int i = 0; i < nkept; i++)
		if (kept[i]->bytes >= bytes && kept[i]->bytes / 2 <= bytes && (best < 0 || kept[i]->bytes <= kept[best]->bytes))
			best = i;
	return best;
}

void *
dp_scratch(size_t bytes)
{
	int			i = find_kept(bytes);
	owner	   *o = i < 0 ? NULL : kept[i]->owner;
	block	   *b;

	/* what can fail comes first, so that no block gets lost */
	if (o == NULL || o->context != CurrentMemoryContext)
		o = new_owner();
	b = i < 0 ? new_block(bytes) : take_kept(i);
	if (b->owner != NULL)
		b->owner->block = NULL;
	b->owner = o;
	o->block = b;
	o->taken = true;
	return (char *) b + DP_SCRATCH_ALIGN;
}

void
dp_free_scratch(void *p)
{
	block	   *b = (block *) ((char *) p - DP_SCRATCH_ALIGN);

	b->owner->taken = false;
	give_back(b);
}
