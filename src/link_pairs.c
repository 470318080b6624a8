/*
 * link_pairs.c - records of two sources, paired by blocking rules and compared
 *
 * Both sources are read once, as the caller.  Equal values are kept once.  A
 * pair that several rules bring together is taken by the first of them.
 */
#include "link_pairs.h"

#include <math.h>

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "settings.h"
#include "source.h"
#include "text_similarity.h"
#include "textio.h"

#define BATCH_ROWS 1000
#define FIRST_RECORDS 1024
#define PAIRS_PER_CHECK 4096
#define MOST_POINTS 1000		/* of a text that is compared */

static void
check_column(TupleDesc desc, const char *what, const char *column)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), column) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the %s has no column \"%s\"", what, column),
			 strcmp(column, "key") == 0 ? errhint("Name the column that identifies a record, as in SELECT id AS key, ...") : 0));
}

/* SELECT key, values, blocks FROM (query) AS q */
static Portal
open_side(const dp_link_spec *spec, const char *what, const char *text)
{
	TupleDesc	desc;
	char	   *query = dp_source_query(what, text, &desc);
	StringInfoData s;
	SPIPlanPtr	plan;

	check_column(desc, what, "key");
	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT q.key::pg_catalog.text");
	for (int f = 0; f < spec->link.nfields; f++)
	{
		const dp_link_field *field = &spec->fields[f];
		const char *column = quote_identifier(field->column);

		check_column(desc, what, field->column);
		if (field->kind == DP_LINK_NUMERIC)
			appendStringInfo(&s, ", q.%s::pg_catalog.float8", column);
		else if (field->kind == DP_LINK_DATE)
			appendStringInfo(&s, ", (q.%s::pg_catalog.date OPERATOR(pg_catalog.-) '2000-01-01'::pg_catalog.date)::pg_catalog.float8", column);
		else
			appendStringInfo(&s, ", q.%s::pg_catalog.text", column);
	}
	for (int r = 0; r < spec->nrules; r++)
		appendStringInfo(&s, ", (%s\n)::pg_catalog.text", spec->rules[r]);
	appendStringInfo(&s, " FROM (%s\n) AS q", query);
	plan = SPI_prepare_cursor(s.data, 0, NULL, CURSOR_OPT_NO_SCROLL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return SPI_cursor_open(NULL, plan, NULL, NULL, true);
}

static void
check_memory(const dp_link_pairs *p, const dp_link_side *side, size_t more)
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
		check_memory(p, side, SIZE_MAX);
	side->room = Max(2 * side->room, FIRST_RECORDS);
	check_memory(p, side, mul_size(side->room, each));
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
	bool		is_text = p->spec->fields[field].kind < DP_LINK_NUMERIC;
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
		dp_link_word *w = &p->words[word - 1];

		*w = (dp_link_word) {0};
		w->is.number = x;
		if (p->spec->fields[field].kind == DP_LINK_JARO_WINKLER)
		{
			size_t		n;
			uint32	   *points = dp_text_points(t, &n);

			if (n > MOST_POINTS)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("a value of column \"%s\" is longer than %d characters", p->spec->fields[field].column, MOST_POINTS)));
			w->n = n;
			w->is.points = MemoryContextAlloc(p->context, mul_size(n + 1, sizeof(uint32)));
			memcpy(w->is.points, points, n * sizeof(uint32));
		}
	}
	p->words[word - 1].frequency++;
	p->filled[field]++;
	return word;
}

static void
add_record(dp_link_pairs *p, dp_link_side *side, const char *what, HeapTuple tuple, TupleDesc desc)
{
	const dp_link_spec *spec = p->spec;
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, desc, 1, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a key of the %s is null", what)));
	make_room(p, side);
	side->keys[side->n] = PointerGetDatum(dp_copy_bytes(DatumGetTextPP(value), p->context));
	for (int f = 0; f < spec->link.nfields; f++)
	{
		value = SPI_getbinval(tuple, desc, f + 2, &isnull);
		if (!isnull && spec->fields[f].kind >= DP_LINK_NUMERIC && !isfinite(DatumGetFloat8(value)))
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

static void
read_side(dp_link_pairs *p, dp_link_side *side, const char *what, const char *source)
{
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "records", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(batch);
	Portal		portal = open_side(p->spec, what, source);

	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
			add_record(p, side, what, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
		check_memory(p, side, 0);
		MemoryContextReset(batch);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(batch);
}

/* The right records of each block, in their order */
static void
fill_blocks(dp_link_pairs *p)
{
	size_t		nblocks = p->names->n,
				n = (size_t) p->right.n * p->spec->nrules;
	uint32	   *next;

	if (n > PG_UINT32_MAX)
		check_memory(p, &p->right, SIZE_MAX);
	check_memory(p, &p->right, (2 * nblocks + n) * sizeof(uint32));
	p->first = grow(p, NULL, nblocks + 2, sizeof(uint32));
	p->members = grow(p, NULL, n + 1, sizeof(uint32));
	memset(p->first, 0, (nblocks + 2) * sizeof(uint32));
	for (size_t i = 0; i < n; i++)
		if (p->right.blocks[i] > 0)
			p->first[p->right.blocks[i] + 1]++;
	for (size_t b = 1; b < nblocks + 2; b++)
		p->first[b] += p->first[b - 1];
	next = grow(p, NULL, nblocks + 2, sizeof(uint32));
	memcpy(next, p->first, (nblocks + 2) * sizeof(uint32));
	for (uint32 j = 0; j < p->right.n; j++)
		for (int r = 0; r < p->spec->nrules; r++)
		{
			uint32		block = p->right.blocks[(size_t) j * p->spec->nrules + r];

			if (block > 0)
				p->members[next[block]++] = j;
		}
	pfree(next);
}

/* ERROR where blocks have more pairs than may be, before any is compared */
static void
check_blocks(const dp_link_pairs *p, double max_pairs)
{
	double	   *pairs = palloc0(mul_size(p->names->n + 1, sizeof(double))),
				total = 0;
	uint32		largest = 1;

	for (size_t i = 0; i < (size_t) p->left.n * p->spec->nrules; i++)
	{
		uint32		block = p->left.blocks[i];

		if (block == 0)
			continue;
		pairs[block] += (double) (p->first[block + 1] - p->first[block]) - p->self;
		total += ((double) (p->first[block + 1] - p->first[block]) - p->self) / (p->self ? 2 : 1);
		if (pairs[block] > pairs[largest])
			largest = block;
	}
	if (total > max_pairs)
	{
		text	   *name = (text *) DatumGetPointer(p->names->values[largest - 1]);

		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many pairs to compare: %.0f", total),
				 errdetail("The largest block, \"%s\" of rule \"%s\", has %.0f.", pnstrdup(VARDATA_ANY(name) + 1, Min(VARSIZE_ANY_EXHDR(name) - 1, 100)),
						   p->spec->rules[VARDATA_ANY(name)[0] - 1], pairs[largest] / (p->self ? 2 : 1)),
				 errhint("Make the rule narrower, such as with a second column, or turn that value into NULL; the option \"max_pairs\" is %.0f.", max_pairs)));
	}
	pfree(pairs);
}

dp_link_pairs *
dp_link_open(const dp_link_spec *spec, const char *left, const char *right, double max_pairs)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower records", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(context);
	dp_link_pairs *p = palloc0(sizeof *p);

	p->spec = spec;
	p->context = context;
	p->self = right == NULL;
	p->values = dp_keys_create(false);
	p->names = dp_keys_create(false);
	p->work = palloc(dpk_text_similarity_work(MOST_POINTS, MOST_POINTS));
	read_side(p, &p->left, right == NULL ? "source" : "left source", left);
	if (p->self)
		p->right = p->left;
	else
		read_side(p, &p->right, "right source", right);
	fill_blocks(p);
	check_blocks(p, max_pairs);
	MemoryContextSwitchTo(before);
	return p;
}

static int
compare_words(const dp_link_pairs *p, int field, uint32 a, uint32 b)
{
	const dp_link_field *f = &p->spec->fields[field];
	const dp_link_word *x = &p->words[a - 1],
			   *y = &p->words[b - 1];
	double		measure;

	if (a == 0 || b == 0)
		return DPK_LINK_MISSING;
	if (a == b)
		return 0;
	if (f->kind == DP_LINK_JARO_WINKLER)
	{
		dp_raise(dpk_jaro_winkler(x->is.points, x->n, y->is.points, y->n, p->work, &dp_stop, &measure), NULL);
		for (int t = 0; t < f->nthresholds; t++)
			if (measure >= f->thresholds[t])
				return t + 1;
	}
	else if (f->kind >= DP_LINK_NUMERIC)
	{
		measure = fabs(x->is.number - y->is.number);
		for (int t = 0; t < f->nthresholds; t++)
			if (measure <= f->thresholds[t])
				return t + 1;
	}
	return f->nthresholds + 1;
}

static uint64
compare_records(const dp_link_pairs *p, uint32 i, uint32 j)
{
	int			n = p->spec->link.nfields;
	uint64		levels = 0;

	for (int f = 0; f < n; f++)
		levels = dpk_link_put(levels, f, compare_words(p, f, p->left.words[(size_t) i * n + f], p->right.words[(size_t) j * n + f]));
	return levels;
}

/* Whether a rule before 'rule' brings the two together */
static bool
met_before(const uint32 *a, const uint32 *b, int rule)
{
	for (int r = 0; r < rule; r++)
		if (a[r] == b[r] && a[r] > 0)
			return true;
	return false;
}

int64
dp_link_each(dp_link_pairs *p, dp_link_user use, void *arg)
{
	int			nrules = p->spec->nrules;
	int64		n = 0;

	for (uint32 i = 0; i < p->left.n; i++)
		for (int r = 0; r < nrules; r++)
		{
			const uint32 *a = p->left.blocks + (size_t) i * nrules;

			CHECK_FOR_INTERRUPTS();
			for (uint32 e = p->first[a[r]]; a[r] > 0 && e < p->first[a[r] + 1]; e++)
			{
				uint32		j = p->members[e];

				if ((p->self && j <= i) || met_before(a, p->right.blocks + (size_t) j * nrules, r))
					continue;
				use(p, i, j, compare_records(p, i, j), arg);
				if (++n % PAIRS_PER_CHECK == 0)
					CHECK_FOR_INTERRUPTS();
			}
		}
	return n;
}
