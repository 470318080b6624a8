/*
 * link_read.c - the records that are to be linked, read once as the caller
 *
 * Equal values are kept once, and so are the names of blocks.
 */
#include "link_pairs.h"

#include <math.h>

#include "common/hashfn.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "args.h"
#include "settings.h"
#include "source.h"

#define BATCH_ROWS 1000
#define FIRST_RECORDS 1024

/* ---- columns and rules ---- */

static int
check_column(TupleDesc desc, const char *what, const char *column)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), column) == 0)
			return i + 1;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the %s has no column \"%s\"", what, column),
			 strcmp(column, "key") == 0 ? errhint("Name the column that identifies a record, as in SELECT id AS key, ...") : 0));
	return 0;					/* not reached */
}

static void
name_rule(void *rule)
{
	errcontext("blocking rule \"%s\"", (const char *) rule);
}

/* How many expressions a rule has, and which fields are of columns it uses: the server's parser tells */
static int
describe_rule(const dp_link_spec *spec, const char *rule, const char *query, const int *columns, uint32 *decided)
{
	ErrorContextCallback context = {error_context_stack, name_rule, (void *) rule};
	SPIPlanPtr	plan;
	CachedPlanSource *source;
	ListCell   *cell;

	error_context_stack = &context;
	plan = SPI_prepare_cursor(psprintf("SELECT %s\n FROM (%s\n) AS q", rule, query), 0, NULL, 0);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("a blocking rule must be expressions of columns"),
				 errhint("A rule is what pairs agree on, as in 'surname, postcode' or 'lower(surname)'.")));
	source = linitial(SPI_plan_get_plan_sources(plan));
	foreach(cell, pull_vars_of_level((Node *) ((Query *) linitial(source->query_list))->targetList, 0))
	{
		const Var  *var = lfirst(cell);

		for (int f = 0; f < spec->link.nfields; f++)
			if (var->varno == 1 && (var->varattno == 0 || var->varattno == columns[f]))
				*decided |= UINT32_C(1) << f;
	}
	error_context_stack = context.previous;
	if (source->resultDesc->natts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a blocking rule is empty"),
				 errhint("A rule is what pairs agree on, as in 'surname, postcode' or 'lower(surname)'.")));
	return source->resultDesc->natts;
}

/* The name of a rule's block: NULL where a part of it is */
static void
add_block(StringInfo s, const char *rule, int n)
{
	appendStringInfoString(s, ", (SELECT CASE WHEN x.x1 IS NOT NULL");
	for (int i = 2; i <= n; i++)
		appendStringInfo(s, " AND x.x%d IS NOT NULL", i);
	appendStringInfoString(s, n == 1 ? " THEN (x.x1" : " THEN ROW(x.x1");
	for (int i = 2; i <= n; i++)
		appendStringInfo(s, ", x.x%d", i);
	appendStringInfo(s, ")::pg_catalog.text END FROM (SELECT %s\n) AS x(x1", rule);
	for (int i = 2; i <= n; i++)
		appendStringInfo(s, ", x%d", i);
	appendStringInfoString(s, "))");
}

/* SELECT key, values, blocks FROM (query) AS q */
static Portal
open_side(dp_link_pairs *p, const char *what, const char *text)
{
	const dp_link_spec *spec = p->spec;
	int			columns[DPK_LINK_FIELDS];
	TupleDesc	desc;
	char	   *query = dp_source_query(what, text, &desc);
	StringInfoData s;

	check_column(desc, what, "key");
	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT q.key::pg_catalog.text");
	for (int f = 0; f < spec->link.nfields; f++)
	{
		const dp_link_field *field = &spec->fields[f];
		const char *column = quote_identifier(field->column);

		columns[f] = check_column(desc, what, field->column);
		if (field->kind == DP_LINK_NUMERIC)
			appendStringInfo(&s, ", q.%s::pg_catalog.float8", column);
		else if (field->kind == DP_LINK_DATE)
			appendStringInfo(&s, ", CASE WHEN pg_catalog.isfinite(q.%s::pg_catalog.date) THEN (q.%s::pg_catalog.date OPERATOR(pg_catalog.-) '2000-01-01'::pg_catalog.date)::pg_catalog.float8 END", column, column);
		else
			appendStringInfo(&s, ", q.%s::pg_catalog.text", column);
	}
	for (int r = 0; r < spec->nrules; r++)
		add_block(&s, spec->rules[r], describe_rule(spec, spec->rules[r], query, columns, &p->decided[r]));
	appendStringInfo(&s, " FROM (%s\n) AS q", query);
	return dp_source_cursor(s.data);
}

/* ---- records ---- */

void
dp_link_check_memory(const dp_link_pairs *p, const dp_link_side *side, size_t more)
{
	size_t		bytes = MemoryContextMemAllocated(p->context, true);

	if (!dpk_add(bytes, more, &bytes) || bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many records to link: more than %u", side->n),
				 errdetail("They would take %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("Learn from a sample of the records, and link them part by part, as by year of birth.")));
}

static void *
grow(const dp_link_pairs *p, void *array, size_t room, size_t each)
{
	return array == NULL ? MemoryContextAllocHuge(p->context, mul_size(room, each)) : repalloc_huge(array, mul_size(room, each));
}

static void
make_room(dp_link_pairs *p, dp_link_side *side)
{
	size_t		each = sizeof(Datum) + (p->spec->link.nfields + p->spec->nrules) * sizeof(uint32);

	if (side->n < side->room)
		return;
	if (side->room > PG_INT32_MAX / 2)
		dp_link_check_memory(p, side, SIZE_MAX);
	side->room = Max(2 * side->room, FIRST_RECORDS);
	dp_link_check_memory(p, side, mul_size(side->room, each));
	side->keys = grow(p, side->keys, side->room, sizeof(Datum));
	side->words = grow(p, side->words, mul_size(side->room, p->spec->link.nfields), sizeof(uint32));
	side->blocks = grow(p, side->blocks, mul_size(side->room, p->spec->nrules), sizeof(uint32));
}

/* The number of a text among those of its field or rule, from 1 */
static uint32
number_of(dp_keys *keys, int kind, const char *bytes, size_t length)
{
	text	   *key = palloc(VARHDRSZ + length + 1);

	SET_VARSIZE(key, VARHDRSZ + length + 1);
	VARDATA(key)[0] = (char) (kind + 1);
	memcpy(VARDATA(key) + 1, bytes, length);
	return dp_keys_number(keys, PointerGetDatum(key)) + 1;
}

static uint32
add_word(dp_link_pairs *p, int field, Datum value)
{
	const dp_link_field *f = &p->spec->fields[field];
	bool		is_text = dp_link_is_text(f);
	text	   *t = is_text ? DatumGetTextPP(value) : NULL;
	double		x = is_text ? 0 : DatumGetFloat8(value) + 0.0;	/* -0 is 0 */
	uint32		known = p->values->n,
				word = number_of(p->values, field, is_text ? VARDATA_ANY(t) : (char *) &x, is_text ? VARSIZE_ANY_EXHDR(t) : sizeof x);

	if (p->values->n >= p->words_room)
	{
		p->words_room = Max(2 * p->words_room, FIRST_RECORDS);
		p->words = grow(p, p->words, p->words_room, sizeof(dp_link_word));
	}
	if (word > known)
	{
		dp_link_word w = dp_link_make_word(f, t, x);

		if (w.n > 0)
		{
			uint32	   *points = MemoryContextAlloc(p->context, w.n * sizeof(uint32));

			memcpy(points, w.is.points, w.n * sizeof(uint32));
			w.is.points = points;
		}
		p->words[word - 1] = w;
	}
	p->words[word - 1].frequency++;
	p->filled[field]++;
	return word;
}

static void
add_record(dp_link_pairs *p, dp_link_side *side, HeapTuple tuple, TupleDesc desc)
{
	const dp_link_spec *spec = p->spec;
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, desc, 1, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a key of the %s is null", side->what)));
	make_room(p, side);
	side->keys[side->n] = PointerGetDatum(dp_copy_bytes(DatumGetTextPP(value), p->context));
	for (int f = 0; f < spec->link.nfields; f++)
	{
		value = SPI_getbinval(tuple, desc, f + 2, &isnull);
		if (!isnull && !dp_link_is_text(&spec->fields[f]) && !isfinite(DatumGetFloat8(value)))
			isnull = true;
		side->words[(size_t) side->n * spec->link.nfields + f] = isnull ? 0 : add_word(p, f, value);
	}
	for (int r = 0; r < spec->nrules; r++)
	{
		text	   *t;

		value = SPI_getbinval(tuple, desc, spec->link.nfields + r + 2, &isnull);
		t = isnull ? NULL : DatumGetTextPP(value);
		side->blocks[(size_t) side->n * spec->nrules + r] = isnull ? 0 : number_of(p->names, r, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	}
	side->n++;
}

/* ---- an order by a hash of keys, for pairs drawn at random; equal keys are neighbours in it ---- */

typedef struct ranked
{
	uint64		hash;
	uint32		record;
} ranked;

static int
compare_ranked(const void *a, const void *b, void *arg)
{
	const ranked *x = a,
			   *y = b;
	const Datum *keys = arg;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return dp_compare_bytes(DatumGetPointer(keys[x->record]), DatumGetPointer(keys[y->record]));
}

static void
draw_order(dp_link_pairs *p, dp_link_side *side, int64 seed)
{
	ranked	   *order;

	dp_link_check_memory(p, side, (size_t) side->n * (sizeof(ranked) + sizeof(uint32)));
	order = grow(p, NULL, side->n + 1, sizeof(ranked));
	side->drawn = grow(p, NULL, side->n + 1, sizeof(uint32));
	for (uint32 i = 0; i < side->n; i++)
	{
		text	   *key = (text *) DatumGetPointer(side->keys[i]);

		order[i] = (ranked) {hash_bytes_extended((unsigned char *) VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), seed), i};
	}
	qsort_interruptible(order, side->n, sizeof(ranked), compare_ranked, side->keys);
	for (uint32 i = 0; i < side->n; i++)
	{
		if (i > 0 && compare_ranked(&order[i - 1], &order[i], side->keys) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("the %s has several rows with key \"%s\"", side->what, TextDatumGetCString(side->keys[order[i].record])),
					 errhint("A key tells records apart; row_number() OVER () makes one.")));
		side->drawn[i] = order[i].record;
	}
	pfree(order);
}

void
dp_link_read_side(dp_link_pairs *p, dp_link_side *side, const char *what, const char *source, int64 seed)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "record", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(row);
	Portal		portal = open_side(p, what, source);

	side->what = what;
	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			add_record(p, side, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
			MemoryContextReset(row);
		}
		SPI_freetuptable(SPI_tuptable);
		dp_link_check_memory(p, side, 0);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(row);
	draw_order(p, side, seed);
}
