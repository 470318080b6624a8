/*
 * source.c - rows of samples from the text of a query or the name of a relation
 *
 * The text is prepared alone first: that proves that it is one query, and
 * tells its columns.  What runs is that query wrapped in another that casts
 * the columns we use to the few types the row functions know.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/varlena.h"

#include "source.h"

/* A query may make its images: a batch of them is in memory at once */
#define BATCH_ROWS 32

#define KEY_BYTES 100			/* shown of a key */

static const char *const column_names[DP_SOURCE_COLUMNS][4] = {
	{"image", "input", "features", NULL},
	{"label", "target", NULL},
	{"weight", NULL},
	{"key", NULL}
};

/* What is no query, but the name of a relation as it is, without the double quotes it needs */
static bool
lacks_quotes(const char *text)
{
	static const char *const begins[] = {"select", "with", "values", "table"};
	const char *word = text + strspn(text, " \t\r\n");

	for (int i = 0; i < lengthof(begins); i++)
		if (pg_strncasecmp(word, begins[i], strlen(begins[i])) == 0)
			return false;
	return strlen(text) < NAMEDATALEN && OidIsValid(RangeVarGetRelid(makeRangeVar(NULL, pstrdup(text), -1), NoLock, true));
}

/* "schema.table" becomes SELECT * FROM "schema"."table"; other text is a query */
static char *
query_of(const char *what, const char *text)
{
	char	   *copy = pstrdup(text),
			   *query = pstrdup(text);
	List	   *names = NIL;

	bool		are_names = SplitIdentifierString(copy, '.', &names) && names != NIL;

	if (are_names)
	{
		List	   *strings = NIL;
		ListCell   *cell;
		RangeVar   *rv = NULL;

		foreach(cell, names)
			strings = lappend(strings, makeString(lfirst(cell)));
		if (list_length(strings) <= 3)
			rv = makeRangeVarFromNameList(strings);
		if (rv != NULL && OidIsValid(RangeVarGetRelid(rv, NoLock, true)))
			return psprintf("SELECT * FROM %s", quote_qualified_identifier(rv->schemaname, rv->relname));
	}
	if (lacks_quotes(text))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", text),
				 errhint("Put its name in double quotes, as in a query: '%s'.", quote_identifier(text))));
	if (are_names && strcspn(text, " \t\r\n(") == strlen(text))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", text),
				 errhint("The %s is the name of a relation or the text of a query.", what)));
	return query;
}

/* The columns of the query; an ERROR where it is not one SELECT.  What is left of it has no semicolons around. */
static TupleDesc
describe(const char *what, char **query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(*query, 0, NULL, 0);
	CachedPlanSource *plansource;
	RawStmt    *statement;

	if (plan == NULL || !SPI_is_cursor_plan(plan) ||
		((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->commandTag != CMDTAG_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the %s is not a query", what),
				 errhint("The %s is the name of a relation or the text of a query.", what)));
	plansource = linitial(SPI_plan_get_plan_sources(plan));
	statement = plansource->raw_parse_tree;
	*query += Max(0, statement->stmt_location);
	if (statement->stmt_len > 0)
		(*query)[statement->stmt_len] = '\0';
	return CreateTupleDescCopy(plansource->resultDesc);
}

char *
dp_source_query(const char *what, const char *text, TupleDesc *desc)
{
	char	   *query = query_of(what, text);

	*desc = describe(what, &query);
	return query;
}

int
dp_source_find(TupleDesc desc, const char *name)
{
	int			found = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		if (found > 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the source has two columns \"%s\"", name)));
		found = i + 1;
	}
	return found;
}

char *
dp_source_from(const char *query, TupleDesc desc)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "(%s\n) AS q(", query);
	for (int i = 1; i <= desc->natts; i++)
		appendStringInfo(&s, "%sc%d", i > 1 ? ", " : "", i);
	appendStringInfoChar(&s, ')');
	return s.data;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

void
dp_source_columns(const char *what, TupleDesc desc, bool needs_label, int attnos[DP_SOURCE_COLUMNS])
{
	bool		named = false;

	for (int c = 0; c < DP_SOURCE_COLUMNS; c++)
	{
		attnos[c] = 0;
		for (int i = 0; i < desc->natts; i++)
		{
			const char *name = NameStr(TupleDescAttr(desc, i)->attname);

			if (!is_one_of(name, column_names[c]))
				continue;
			if (attnos[c] != 0)
				ereport(ERROR,
						(errcode(ERRCODE_AMBIGUOUS_COLUMN),
						 errmsg("the %s has two columns for the same thing: \"%s\" and \"%s\"", what,
								NameStr(TupleDescAttr(desc, attnos[c] - 1)->attname), name),
						 errhint("Name the columns you mean in a query.")));
			attnos[c] = i + 1;
			named = true;
		}
	}
	if (!named)
	{
		int			most = needs_label ? 3 : 2;

		if (desc->natts < most - 1 || desc->natts > 3)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the %s has no column of a known name", what),
					 errhint("Name the columns \"image\" or \"features\", \"label\", and where they exist \"weight\" and \"key\".")));
		attnos[DP_COLUMN_INPUT] = 1;
		attnos[DP_COLUMN_LABEL] = desc->natts > 1 ? 2 : 0;
		attnos[DP_COLUMN_KEY] = desc->natts > 2 ? 3 : 0;
	}
	if (attnos[DP_COLUMN_INPUT] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the %s has no column \"image\", \"input\" or \"features\"", what),
				 errhint("Name it with AS features; the place of a column counts only where none has a known name.")));
	if (needs_label && attnos[DP_COLUMN_LABEL] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the %s has no column \"label\" or \"target\"", what),
				 errhint("Name it with AS label; the place of a column counts only where none has a known name.")));
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_number(Oid type)
{
	return is_integer(type) || type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID;
}

dp_column_kind
dp_source_kind(dp_source_column column, Oid type)
{
	Oid			element = get_element_type(type);
	bool		numbers = OidIsValid(element) && is_number(getBaseType(element));
	bool		texts = type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID ||
		type == CHAROID || type == BOOLOID || type_is_enum(type);

	switch (column)
	{
		case DP_COLUMN_INPUT:
			return type == BYTEAOID ? DP_IMAGE : numbers || is_number(type) ? DP_NUMBERS : DP_ABSENT;
		case DP_COLUMN_LABEL:
			return type == BYTEAOID ? DP_IMAGE : texts ? DP_CLASS_TEXT : is_integer(type) ? DP_CLASS_INTEGER : is_number(type) ? DP_NUMBER :
				numbers ? DP_NUMBERS : DP_ABSENT;
		case DP_COLUMN_WEIGHT:
			return is_number(type) ? DP_NUMBER : DP_ABSENT;
		case DP_COLUMN_KEY:
			return is_integer(type) ? DP_CLASS_INTEGER : DP_KEY_TEXT;
	}
	return DP_ABSENT;
}

/* by dp_column_kind */
static const char *const type_names[] = {"", "bytea", "text", "int8", "float8", "float8[]", "text"};

/* SELECT casts FROM 'from' */
static char *
wrap(const char *from, const int *attnos, const dp_column_kind *kinds, const bool *scalar)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT ");
	for (int c = 0; c < DP_SOURCE_COLUMNS; c++)
	{
		if (c > 0)
			appendStringInfoString(&s, ", ");
		if (scalar[c])
			appendStringInfo(&s, "CASE WHEN q.c%d IS NOT NULL THEN ARRAY[q.c%d::pg_catalog.float8] END", attnos[c], attnos[c]);
		else if (kinds[c] == DP_ABSENT)
			appendStringInfoString(&s, "NULL");
		else
			appendStringInfo(&s, "q.c%d::pg_catalog.%s", attnos[c], type_names[kinds[c]]);
	}
	appendStringInfo(&s, " FROM %s", from);
	return s.data;
}

Portal
dp_source_cursor(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_NO_SCROLL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return SPI_cursor_open(NULL, plan, NULL, NULL, true);
}

dp_source *
dp_source_open(const char *what, const char *text, bool needs_label)
{
	dp_source  *source = palloc0(sizeof(dp_source));
	TupleDesc	desc;
	char	   *query = dp_source_query(what, text, &desc);
	int			attnos[DP_SOURCE_COLUMNS];
	bool		scalar[DP_SOURCE_COLUMNS] = {false};

	dp_source_columns(what, desc, needs_label, attnos);
	for (int c = 0; c < DP_SOURCE_COLUMNS; c++)
	{
		Form_pg_attribute att;
		Oid			type;

		if (attnos[c] == 0)
			continue;
		att = TupleDescAttr(desc, attnos[c] - 1);
		type = getBaseType(att->atttypid);
		source->kind[c] = dp_source_kind(c, type);
		scalar[c] = source->kind[c] == DP_NUMBERS && is_number(type);
		if (source->kind[c] == DP_ABSENT)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of the %s has type %s", NameStr(att->attname), what, format_type_be(att->atttypid)),
					 c == DP_COLUMN_INPUT ? errdetail("It must be bytea (an image), a number or an array of numbers.")
					 : c == DP_COLUMN_LABEL ? errdetail("It must be text, boolean, an enum, a number, an array of numbers or bytea (an image).")
					 : errdetail("It must be a number.")));
	}
	source->what = what;
	source->portal = dp_source_cursor(wrap(dp_source_from(query, desc), attnos, source->kind, scalar));
	source->batch = AllocSetContextCreate(CurrentMemoryContext, "datapower source", ALLOCSET_DEFAULT_SIZES);
	return source;
}

int
dp_source_next_batch(dp_source *source)
{
	CHECK_FOR_INTERRUPTS();
	source->before += source->nrows;
	if (source->rows != NULL)
		SPI_freetuptable(source->rows);
	MemoryContextReset(source->batch);
	SPI_cursor_fetch(source->portal, true, BATCH_ROWS);
	source->rows = SPI_tuptable;
	source->nrows = SPI_processed;
	return source->nrows;
}

void
dp_source_close(dp_source *source)
{
	if (source->rows != NULL)
		SPI_freetuptable(source->rows);
	source->rows = NULL;
	SPI_cursor_close(source->portal);
	MemoryContextDelete(source->batch);
}

static Datum
get_value(dp_source *source, int row, dp_source_column column, bool *isnull)
{
	*isnull = true;
	if (source->kind[column] == DP_ABSENT)
		return (Datum) 0;
	return SPI_getbinval(source->rows->vals[row], source->rows->tupdesc, column + 1, isnull);
}

bool
dp_source_is_null(dp_source *source, int row, dp_source_column column)
{
	bool		isnull;

	get_value(source, row, column, &isnull);
	return isnull;
}

bytea *
dp_source_image(dp_source *source, int row, dp_source_column column)
{
	bool		isnull;
	Datum		d = get_value(source, row, column, &isnull);
	MemoryContext old;
	bytea	   *image;

	if (isnull)
		return NULL;
	old = MemoryContextSwitchTo(source->batch);
	image = DatumGetByteaPP(d);
	MemoryContextSwitchTo(old);
	return image;
}

const char *
dp_source_class(dp_source *source, int row)
{
	bool		isnull;
	Datum		d = get_value(source, row, DP_COLUMN_LABEL, &isnull);
	MemoryContext old;
	const char *label;

	if (isnull)
		return NULL;
	old = MemoryContextSwitchTo(source->batch);
	label = source->kind[DP_COLUMN_LABEL] == DP_CLASS_TEXT ? TextDatumGetCString(d) : psprintf(INT64_FORMAT, DatumGetInt64(d));
	MemoryContextSwitchTo(old);
	return label;
}

bool
dp_source_number(dp_source *source, int row, dp_source_column column, double *value)
{
	bool		isnull;
	Datum		d = get_value(source, row, column, &isnull);

	if (isnull)
		return false;
	*value = source->kind[column] == DP_CLASS_INTEGER ? (double) DatumGetInt64(d) : DatumGetFloat8(d);
	return true;
}

const double *
dp_source_numbers(dp_source *source, int row, dp_source_column column, int *n)
{
	bool		isnull;
	Datum		d = get_value(source, row, column, &isnull);
	MemoryContext old;
	double	   *values;

	*n = -1;
	if (isnull)
		return NULL;
	old = MemoryContextSwitchTo(source->batch);
	if (source->kind[column] != DP_NUMBERS)
	{
		values = palloc(sizeof(double));
		dp_source_number(source, row, column, values);
		*n = 1;
	}
	else
	{
		ArrayType  *array = DatumGetArrayTypeP(d);

		*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		values = ARR_HASNULL(array) && array_contains_nulls(array) ? NULL : (double *) ARR_DATA_PTR(array);
	}
	MemoryContextSwitchTo(old);
	for (int i = 0; values != NULL && i < *n; i++)
		if (!isfinite(values[i]))
			return NULL;
	return values;
}

dpk_status
dp_source_weight(dp_source *source, int row, double *weight, dpk_error *err)
{
	*weight = 1;
	if (source->kind[DP_COLUMN_WEIGHT] == DP_ABSENT)
		return DPK_OK;
	if (!dp_source_number(source, row, DP_COLUMN_WEIGHT, weight) || !(*weight >= 0 && *weight <= FLT_MAX))
		return dpk_fail(err, DPK_INVALID, "weight must be a finite number that is not negative");
	return DPK_OK;
}

bool
dp_source_key(dp_source *source, int row, int64 *key)
{
	bool		isnull;
	Datum		d;

	if (source->kind[DP_COLUMN_KEY] == DP_ABSENT)
		return false;
	d = get_value(source, row, DP_COLUMN_KEY, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the key of row " UINT64_FORMAT " of the %s is null", source->before + row + 1, source->what)));
	if (source->kind[DP_COLUMN_KEY] == DP_CLASS_INTEGER)
		*key = DatumGetInt64(d);
	else
	{
		MemoryContext old = MemoryContextSwitchTo(source->batch);
		text	   *t = DatumGetTextPP(d);

		/* as hashtextextended(key::text, 0) has it */
		*key = DatumGetInt64(hash_any_extended((unsigned char *) VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), 0));
		MemoryContextSwitchTo(old);
	}
	return true;
}

const char *
dp_source_row_key(dp_source *source, int row)
{
	bool		isnull;
	Datum		d = get_value(source, row, DP_COLUMN_KEY, &isnull);
	char	   *key;

	if (isnull)
		return psprintf("row " UINT64_FORMAT, source->before + row + 1);
	if (source->kind[DP_COLUMN_KEY] == DP_CLASS_INTEGER)
		return psprintf(INT64_FORMAT, DatumGetInt64(d));
	key = TextDatumGetCString(d);
	if (strlen(key) > KEY_BYTES)
		strcpy(key + pg_mbcliplen(key, strlen(key), KEY_BYTES - 3), "...");
	return key;
}

const char *
dp_source_row_name(dp_source *source, int row)
{
	const char *key = dp_source_row_key(source, row);

	return source->kind[DP_COLUMN_KEY] == DP_ABSENT ? key : psprintf("the row with key \"%s\"", key);
}
