/*
 * train_cross_rows.c - the rows of dp.cross_predict: those of the source, entered into the result
 */
#include "compat.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "source.h"
#include "train_cross.h"

/* ---- SQL ---- */

Datum
dp_cross_run(const char *sql, int nargs, const Oid *types, const Datum *values, int expect, bool *isnull)
{
	if (SPI_execute_with_args(sql, nargs, (Oid *) types, (Datum *) values, NULL, false, 0) != expect)
		elog(ERROR, "unexpected result of: %s", sql);
	*isnull = true;
	if (SPI_tuptable == NULL || SPI_processed == 0)
		return (Datum) 0;
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

void
dp_cross_command(const char *sql, int expect)
{
	bool		isnull;

	dp_cross_run(sql, 0, NULL, NULL, expect, &isnull);
}

char *
dp_cross_look_up(const char *sql)
{
	bool		isnull;
	Datum		d = dp_cross_run(sql, 0, NULL, NULL, SPI_OK_SELECT, &isnull);

	return isnull ? NULL : TextDatumGetCString(d);
}

/* ---- the source ---- */

void
dp_cross_read_source(dp_cross *c, const char *text)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc);
	int			attnos[DP_SOURCE_COLUMNS];
	dp_column_kind kinds[DP_SOURCE_COLUMNS];
	Oid			types[DP_SOURCE_COLUMNS];
	StringInfoData s;

	dp_source_columns("source", desc, true, attnos);
	for (int i = 0; i < DP_SOURCE_COLUMNS; i++)
	{
		types[i] = attnos[i] > 0 ? getBaseType(TupleDescAttr(desc, attnos[i] - 1)->atttypid) : InvalidOid;
		kinds[i] = attnos[i] > 0 ? dp_source_kind(i, types[i]) : DP_ABSENT;
	}
	if (attnos[DP_COLUMN_KEY] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\"", "key"),
				 errhint("It says which fold a row is in, and which row a prediction is of; name it with AS key.")));
	if (kinds[DP_COLUMN_LABEL] != DP_CLASS_TEXT && kinds[DP_COLUMN_LABEL] != DP_CLASS_INTEGER)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the %s has type %s", NameStr(TupleDescAttr(desc, attnos[DP_COLUMN_LABEL] - 1)->attname), "source",
						format_type_be(TupleDescAttr(desc, attnos[DP_COLUMN_LABEL] - 1)->atttypid)),
				 errdetail("It must be text, boolean, an enum or an integer: a class.")));
	if (kinds[DP_COLUMN_INPUT] == DP_ABSENT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the %s has type %s", NameStr(TupleDescAttr(desc, attnos[DP_COLUMN_INPUT] - 1)->attname), "source",
						format_type_be(TupleDescAttr(desc, attnos[DP_COLUMN_INPUT] - 1)->atttypid)),
				 errdetail("It must be bytea (an image), a number or an array of numbers.")));
	c->key_type = kinds[DP_COLUMN_KEY] == DP_CLASS_INTEGER ? "int8" : "text";
	c->label_type = kinds[DP_COLUMN_LABEL] == DP_CLASS_INTEGER ? "int8" : "text";
	c->input = kinds[DP_COLUMN_INPUT] == DP_IMAGE ? "image" : "features";
	c->has_weight = attnos[DP_COLUMN_WEIGHT] > 0;
	initStringInfo(&s);
	appendStringInfo(&s, "SELECT q.c%d::pg_catalog.%s AS key, dp.fold(q.c%d::pg_catalog.%s, %d, " INT64_FORMAT "::pg_catalog.int8) AS fold, q.c%d::pg_catalog.%s AS label, ",
					 attnos[DP_COLUMN_KEY], c->key_type, attnos[DP_COLUMN_KEY], c->key_type, c->folds, c->train.options.seed,
					 attnos[DP_COLUMN_LABEL], c->label_type);
	if (kinds[DP_COLUMN_INPUT] == DP_IMAGE)
		appendStringInfo(&s, "q.c%d::pg_catalog.bytea AS image", attnos[DP_COLUMN_INPUT]);
	else if (OidIsValid(get_element_type(types[DP_COLUMN_INPUT])))
		appendStringInfo(&s, "q.c%d::pg_catalog.float8[] AS features", attnos[DP_COLUMN_INPUT]);
	else
		appendStringInfo(&s, "CASE WHEN q.c%d IS NOT NULL THEN ARRAY[q.c%d::pg_catalog.float8] END AS features",
						 attnos[DP_COLUMN_INPUT], attnos[DP_COLUMN_INPUT]);
	if (c->has_weight)
		appendStringInfo(&s, ", q.c%d AS weight", attnos[DP_COLUMN_WEIGHT]);
	appendStringInfo(&s, " FROM %s", dp_source_from(query, desc));
	c->rows = s.data;
}

/* ---- the result ---- */

static void
no_result(const dp_cross *c, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" cannot take the predictions", c->name),
			 errdetail("%s", detail),
			 errhint("A table of a name that is not in use is made as it must be.")));
}

/* A table that is already there must have our columns; it may have others */
static void
check_result(const dp_cross *c, Oid relid)
{
	Oid			key = strcmp(c->key_type, "text") == 0 ? TEXTOID : INT8OID,
				label = strcmp(c->label_type, "text") == 0 ? TEXTOID : INT8OID;
	const struct
	{
		const char *name;
		Oid			type;
	}			columns[] = {{"key", key}, {"fold", INT4OID}, {"label", label}, {"predicted", label}, {"probabilities", FLOAT8ARRAYOID}};
	Relation	relation = relation_open(relid, AccessShareLock);

	if (relation->rd_rel->relkind != RELKIND_RELATION && relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		no_result(c, "It is not a table.");
	for (int i = 0; i < lengthof(columns); i++)
	{
		AttrNumber	attno = get_attnum(relid, columns[i].name);

		if (attno <= 0 || TupleDescAttr(RelationGetDescr(relation), attno - 1)->atttypid != columns[i].type)
			no_result(c, psprintf("It needs a column \"%s\" of type %s.", columns[i].name, format_type_be(columns[i].type)));
	}
	relation_close(relation, NoLock);
}

static void
make_result(const dp_cross *c)
{
	const char *comments[][2] = {
		{"key", "key of the row"},
		{"fold", "fold of the row: dp.fold(key, folds, seed)"},
		{"label", "label of the row"},
		{"predicted", "most probable class by a network that has not seen the row"},
		{"probabilities", "probabilities of all classes by that network, in the order of dp.models.classes"},
	};

	dp_cross_command(psprintf("CREATE TABLE %s (key pg_catalog.%s PRIMARY KEY, fold pg_catalog.int4 NOT NULL, label pg_catalog.%s, "
						 "predicted pg_catalog.%s, probabilities pg_catalog.float8[])",
						 c->table, c->key_type, c->label_type, c->label_type), SPI_OK_UTILITY);
	dp_cross_command(psprintf("COMMENT ON TABLE %s IS 'predictions of dp.cross_predict: each row by a network that has not seen it'", c->table), SPI_OK_UTILITY);
	for (int i = 0; i < lengthof(comments); i++)
		dp_cross_command(psprintf("COMMENT ON COLUMN %s.%s IS '%s'", c->table, comments[i][0], comments[i][1]), SPI_OK_UTILITY);
}

void
dp_cross_name_result(dp_cross *c, const char *text)
{
	char	   *copy = pstrdup(text);
	List	   *names = NIL;

	if (!SplitIdentifierString(copy, '.', &names) || names == NIL || list_length(names) > 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid value for parameter \"%s\": \"%s\"", "result", text),
				 errdetail("It must be the name of a table, or of one to be made.")));
	c->schema = list_length(names) == 2 ? linitial(names) : NULL;
	c->name = llast(names);
	c->table = (char *) quote_qualified_identifier(c->schema, c->name);
}

void
dp_cross_open_result(const dp_cross *c)
{
	Oid			relid = RangeVarGetRelid(makeRangeVar(c->schema, c->name, -1), NoLock, true);

	if (OidIsValid(relid))
		check_result(c, relid);
	else
		make_result(c);
}

/* ---- before the first network ---- */

/* A key names one row */
static void
check_keys(const dp_cross *c)
{
	bool		isnull;

	dp_cross_run(psprintf("SELECT r.key::pg_catalog.text, pg_catalog.count(*) FROM (%s) AS r GROUP BY r.key"
					 " HAVING r.key IS NULL OR pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 ORDER BY r.key LIMIT 1", c->rows),
			0, NULL, NULL, SPI_OK_SELECT, &isnull);
	if (SPI_processed == 0)
		return;
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"key\" must not be null")));
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("key \"%s\" of the source is that of several rows", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
			 errhint("Give each row a key of its own: it says which row a prediction is of.")));
}

void
dp_cross_enter_rows(const dp_cross *c)
{
	char	   *key;

	check_keys(c);
	if (!c->train.options.resume)
		dp_cross_command(psprintf("DELETE FROM %s", c->table), SPI_OK_DELETE);
	if (dp_cross_look_up(psprintf("SELECT 'x'::pg_catalog.text FROM %s LIMIT 1", c->table)) == NULL)
	{
		dp_cross_command(psprintf("INSERT INTO %s (key, fold, label) SELECT r.key, r.fold, r.label FROM (%s) AS r", c->table, c->rows), SPI_OK_INSERT);
		return;
	}
	key = dp_cross_look_up(psprintf("SELECT COALESCE(r.key, t.key)::pg_catalog.text FROM (%s) AS r FULL JOIN %s AS t ON r.key OPERATOR(pg_catalog.=) t.key"
						   " WHERE r.key IS NULL OR t.key IS NULL OR r.label IS DISTINCT FROM t.label OR r.fold IS DISTINCT FROM t.fold LIMIT 1",
						   c->rows, c->table));
	if (key != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" has predictions of other rows, labels or folds", c->name),
				 errdetail("The row with key \"%s\" is one that differs.", key),
				 errhint("Drop the table, give another name, or start over with the option \"resume\": false.")));
}
