/*
 * merge_plan.c - what would become of each group of duplicates
 *
 * Rows come sorted by group and key, so a group is in memory only as its keys
 * and the values chosen so far.  A rule is an expression that ranks rows, which
 * the server computes; of equal ranks the lowest key wins.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "args.h"
#include "keys.h"
#include "settings.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_merge_plan);

#define BATCH_ROWS 1000

typedef struct choice			/* of a row: for a column, or of the survivor */
{
	const char *name;			/* of the column */
	int			attno;			/* its value as jsonb in our query; 0: the survivor */
	int			rank;			/* the column of our query that ranks rows; 0: none, the first wins */
	bool		least;			/* the least rank wins */
	TypeCacheEntry *type;		/* of ranks */
	Oid			collation;
	/* of the group */
	bool		chosen,
				rank_null,
				differs;
	Datum		best;
	Jsonb	   *value,
			   *first;			/* value of the group */
	text	   *origin;
} choice;

typedef struct plan
{
	int			n;				/* columns */
	choice		survivor,
			   *columns;
	Portal		portal;
	MemoryContext group;		/* reset with every group */
	ArrayBuildState *keys;
	int64		rows;			/* of the group */
	ReturnSetInfo *rsinfo;
} plan;

/* ---- the query ---- */

typedef struct question
{
	TupleDesc	desc;
	char	   *source;
	int			key,
				group;
	StringInfoData ranks;		/* expressions */
	int			nranks;
	Oid			types[MaxTupleAttributeNumber];
	Oid			collations[MaxTupleAttributeNumber];
} question;

static int
find_column(const question *q, const char *name, const char *hint)
{
	int			found = dp_source_find(q->desc, name);

	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\"", name),
				 hint != NULL ? errhint("%s", hint) : 0));
	return found;
}

static void
add_rank(question *q, choice *c, const char *expression, Oid type, Oid collation)
{
	appendStringInfo(&q->ranks, ", %s", expression);
	q->types[q->nranks] = type;
	q->collations[q->nranks] = collation;
	c->rank = ++q->nranks;
	c->type = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);
	c->collation = collation;
	if (!OidIsValid(c->type->cmp_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s have no order", format_type_be(type)),
				 errhint("Name another column after \"by\", or cast it in a query.")));
}

static char *
number_of_values(const question *q)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 1; i <= q->desc->natts; i++)
		if (i != q->key && i != q->group)
			appendStringInfo(&s, "%sq.c%d", s.len > 0 ? ", " : "pg_catalog.num_nonnulls(", i);
	appendStringInfoString(&s, s.len > 0 ? ")" : "0");
	return s.data;
}

/* How a choice is made; 'attno' is its column in the source, 0 for the survivor */
static void
read_rule(question *q, choice *c, const char *rule, int attno)
{
	bool		latest = strncmp(rule, "latest by ", 10) == 0;

	c->rank = 0;
	if (strcmp(rule, "first") == 0)
		return;
	if (latest || strncmp(rule, "earliest by ", 12) == 0)
	{
		int			by = find_column(q, rule + (latest ? 10 : 12), NULL);

		c->least = !latest;
		add_rank(q, c, psprintf("q.c%d", by), TupleDescAttr(q->desc, by - 1)->atttypid, TupleDescAttr(q->desc, by - 1)->attcollation);
	}
	else if (strcmp(rule, "most_complete") == 0)
		add_rank(q, c, number_of_values(q), INT4OID, InvalidOid);
	else if (attno > 0 && strcmp(rule, "longest") == 0)
		add_rank(q, c, psprintf("pg_catalog.length(q.c%d::pg_catalog.text)", attno), INT4OID, InvalidOid);
	else if (attno > 0 && strcmp(rule, "most_frequent") == 0)
		add_rank(q, c, psprintf("pg_catalog.count(*) OVER (PARTITION BY q.c%d, q.c%d::pg_catalog.text COLLATE pg_catalog.\"C\")", q->group, attno), INT8OID, InvalidOid);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized rule \"%s\"", rule),
				 errhint("Valid rules are \"first\", \"latest by COLUMN\", \"earliest by COLUMN\" and \"most_complete\"; of a column \"longest\" and \"most_frequent\" too.")));
}

static const char *
rule_of(Jsonb *rules, const char *column)
{
	JsonbValue	v;

	if (getKeyJsonValueFromContainer(&rules->root, column, strlen(column), &v) == NULL)
		return NULL;
	if (v.type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the rule of column \"%s\" is not text", column),
				 errhint("Rules are such as {\"email\": \"longest\", \"phone\": \"latest by changed\"}.")));
	return pnstrdup(v.val.string.val, v.val.string.len);
}

static void
check_rules(const question *q, Jsonb *rules)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(rules))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"rules\" must be an object"),
				 errhint("Rules are such as {\"email\": \"longest\", \"phone\": \"latest by changed\"}.")));
	it = JsonbIteratorInit(&rules->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		if (token == WJB_KEY)
		{
			char	   *name = pnstrdup(v.val.string.val, v.val.string.len);
			int			column = find_column(q, name, NULL);

			if (column == q->key || column == q->group)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("column \"%s\" has no rule", name),
						 errhint("Which key survives is the matter of the argument \"keep\".")));
		}
}

/* Integers by value, everything else by the bytes of its text */
static char *
as_key(const question *q, int column)
{
	bool		integer = dp_key_is_integer(TupleDescAttr(q->desc, column - 1)->atttypid);

	return psprintf("q.c%d::pg_catalog.%s", column, integer ? "int8" : "text COLLATE pg_catalog.\"C\"");
}

/* SELECT key, group, whether the key is there twice, values as jsonb, ranks, in the order of groups and keys */
static void
open_plan(plan *p, const char *source, const char *keep, Jsonb *rules)
{
	question   *q = palloc0(sizeof *q);
	StringInfoData s;

	q->source = dp_source_query("source", source, &q->desc);
	q->key = find_column(q, "key", "Name the column that identifies a row, as in SELECT *, id AS key.");
	q->group = find_column(q, "group", "Name the column that says which rows are duplicates, as in SELECT *, component AS \"group\".");
	initStringInfo(&q->ranks);
	check_rules(q, rules);
	read_rule(q, &p->survivor, keep, 0);
	p->columns = palloc0(q->desc->natts * sizeof(choice));
	initStringInfo(&s);
	appendStringInfo(&s, "SELECT %s, q.c%d::pg_catalog.text, pg_catalog.count(*) OVER (PARTITION BY %s)", as_key(q, q->key), q->group, as_key(q, q->key));
	for (int i = 1; i <= q->desc->natts; i++)
	{
		choice	   *c = &p->columns[p->n];
		const char *rule;

		if (i == q->key || i == q->group)
			continue;
		c->name = NameStr(TupleDescAttr(q->desc, i - 1)->attname);
		(void) find_column(q, c->name, NULL);
		rule = rule_of(rules, c->name);
		if (rule == NULL)		/* as the survivor is chosen */
		{
			const char *name = c->name;

			*c = p->survivor;
			c->name = name;
		}
		else
			read_rule(q, c, rule, i);
		c->attno = 4 + p->n++;
		appendStringInfo(&s, ", pg_catalog.to_jsonb(q.c%d)", i);
	}
	appendStringInfo(&s, "%s FROM %s WHERE q.c%d IS NOT NULL ORDER BY %s, 1", q->ranks.data, dp_source_from(q->source, q->desc), q->group, as_key(q, q->group));
	for (int i = 0; i <= p->n; i++)
	{
		choice	   *c = i < p->n ? &p->columns[i] : &p->survivor;

		if (c->rank > 0)
			c->rank += 3 + p->n;
	}
	p->portal = dp_source_cursor(s.data);
}

/* ---- groups ---- */

static void
forget(choice *c)
{
	c->chosen = c->differs = false;
	c->value = c->first = NULL;
	c->origin = NULL;
}

/* A row takes the place of the one chosen so far where its rank is better */
static void
choose(plan *p, choice *c, HeapTuple tuple, TupleDesc desc, Datum key)
{
	bool		isnull = false,
				rank_null = true;
	Datum		datum = c->attno == 0 ? (Datum) 0 : SPI_getbinval(tuple, desc, c->attno, &isnull),
				rank = c->rank == 0 ? (Datum) 0 : SPI_getbinval(tuple, desc, c->rank, &rank_null);
	Jsonb	   *value;
	MemoryContext before;

	if (isnull)
		return;
	value = c->attno == 0 ? NULL : DatumGetJsonbP(datum);
	if (c->first != NULL && !dp_same_bytes(c->first, value))
		c->differs = true;
	if (c->chosen)
	{
		int			order;

		if (rank_null)
			return;
		order = c->rank_null ? 1 : DatumGetInt32(FunctionCall2Coll(&c->type->cmp_proc_finfo, c->collation, rank, c->best));
		if (!c->rank_null && (c->least ? order >= 0 : order <= 0))
			return;
	}
	if (c->chosen)
	{
		pfree(c->origin);
		if (c->value != c->first)
			pfree(c->value);
		if (!c->rank_null && !c->type->typbyval)
			pfree(DatumGetPointer(c->best));
	}
	before = MemoryContextSwitchTo(p->group);
	if (!rank_null)
		c->best = datumCopy(rank, c->type->typbyval, c->type->typlen);
	c->rank_null = rank_null;
	c->value = dp_copy_bytes(value, p->group);
	c->origin = dp_copy_bytes(DatumGetPointer(key), p->group);
	if (!c->chosen)
		c->first = c->value;
	c->chosen = true;
	MemoryContextSwitchTo(before);
}

static Datum
record_json(const plan *p, bool origins)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < p->n; i++)
	{
		const choice *c = &p->columns[i];

		appendStringInfoString(&s, i > 0 ? ", " : "{");
		escape_json(&s, c->name);
		appendStringInfoString(&s, ": ");
		if (!c->chosen)
			appendStringInfoString(&s, "null");
		else if (origins)
			escape_json(&s, text_to_cstring(c->origin));
		else
			JsonbToCString(&s, &c->value->root, VARSIZE(c->value));
	}
	appendStringInfoString(&s, p->n > 0 ? "}" : "{}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* The group that ends here, where it has something to merge */
static void
put_group(plan *p)
{
	MemoryContext before = MemoryContextSwitchTo(p->group);
	ArrayBuildState *conflicts = initArrayResult(TEXTOID, p->group, false),
			   *merged = initArrayResult(TEXTOID, p->group, false);
	Datum		values[5];
	bool		nulls[5] = {false};

	if (p->rows > 1)
	{
		for (int i = 0; i < p->keys->nelems; i++)
			if (dp_compare_bytes(DatumGetPointer(p->keys->dvalues[i]), p->survivor.origin) != 0)
				accumArrayResult(merged, p->keys->dvalues[i], false, TEXTOID, p->group);
		for (int i = 0; i < p->n; i++)
			if (p->columns[i].differs)
				accumArrayResult(conflicts, CStringGetTextDatum(p->columns[i].name), false, TEXTOID, p->group);
		values[0] = PointerGetDatum(p->survivor.origin);
		values[1] = makeArrayResult(merged, p->group);
		values[2] = record_json(p, false);
		values[3] = record_json(p, true);
		values[4] = makeArrayResult(conflicts, p->group);
		tuplestore_putvalues(p->rsinfo->setResult, p->rsinfo->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(before);
	MemoryContextReset(p->group);
	p->rows = 0;
	forget(&p->survivor);
	for (int i = 0; i < p->n; i++)
		forget(&p->columns[i]);
}

static void
check_memory(const plan *p)
{
	size_t		bytes = 2 * MemoryContextMemAllocated(p->group, true);	/* and the arrays of its row */

	if (bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in the group of key \"%s\": more than " INT64_FORMAT, text_to_cstring(p->survivor.origin), p->rows),
				 errdetail("It would take %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("So large a group is hardly one of duplicates: look at what its rows share.")));
}

static void
add_row(plan *p, HeapTuple tuple, TupleDesc desc, text **group)
{
	bool		isnull;
	text	   *this = DatumGetTextPP(SPI_getbinval(tuple, desc, 2, &isnull));
	Datum		key = SPI_getbinval(tuple, desc, 1, &isnull);
	MemoryContext before;

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a key of the source is null")));
	key = CStringGetTextDatum(SPI_getvalue(tuple, desc, 1));
	if (DatumGetInt64(SPI_getbinval(tuple, desc, 3, &isnull)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("the source has several rows with key \"%s\"", TextDatumGetCString(key)),
				 errhint("A row is in one group, once.")));
	if (p->rows > 0 && dp_compare_bytes(*group, this) != 0)
		put_group(p);
	before = MemoryContextSwitchTo(p->group);
	if (p->rows++ == 0)
	{
		p->keys = initArrayResult(TEXTOID, p->group, false);
		*group = dp_copy_bytes(this, p->group);
	}
	accumArrayResult(p->keys, key, false, TEXTOID, p->group);
	MemoryContextSwitchTo(before);
	choose(p, &p->survivor, tuple, desc, key);
	for (int i = 0; i < p->n; i++)
		choose(p, &p->columns[i], tuple, desc, key);
	if (p->rows % BATCH_ROWS == 0)
		check_memory(p);
}

/* dp.merge_plan(source text, keep text, rules jsonb) -> TABLE (survivor text, merged text[], record jsonb, origins jsonb, conflicts text[]) */
Datum
dp_merge_plan(PG_FUNCTION_ARGS)
{
	plan		p = {.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext row,
				before;
	text	   *group = NULL;

	InitMaterializedSRF(fcinfo, 0);
	dp_require(fcinfo, 0, "source");
	dp_require(fcinfo, 1, "keep");
	dp_require(fcinfo, 2, "rules");
	SPI_connect();
	open_plan(&p, text_to_cstring(PG_GETARG_TEXT_PP(0)), text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_JSONB_P(2));
	p.group = AllocSetContextCreate(CurrentMemoryContext, "group of duplicates", ALLOCSET_DEFAULT_SIZES);
	row = AllocSetContextCreate(CurrentMemoryContext, "row", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(row);
	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(p.portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			add_row(&p, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, &group);
			MemoryContextReset(row);
		}
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	MemoryContextSwitchTo(before);
	if (p.rows > 0)
		put_group(&p);
	SPI_cursor_close(p.portal);
	SPI_finish();
	return (Datum) 0;
}
