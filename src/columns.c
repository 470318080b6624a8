/*
 * columns.c - columns of a query or relation, found by name and cast to types asked for
 */
#include "columns.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "source.h"

#define BATCH_ROWS 1000

/* '"task", "worker" and "answer"' */
static const char *
list_of(const dp_column *columns, int n)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < n; i++)
		appendStringInfo(&s, "%s\"%s\"", i == 0 ? "" : i == n - 1 ? " and " : ", ", columns[i].name);
	return s.data;
}

/* attnos[]: 1-based, 0 for absent */
static void
find_columns(TupleDesc desc, dp_column *columns, int n, int *attnos)
{
	int			required = 0;
	bool		named = false;

	for (int i = 0; i < n; i++)
	{
		attnos[i] = dp_source_find(desc, columns[i].name);
		required += !columns[i].optional;
		named |= attnos[i] != 0;
	}
	for (int i = 0; i < n; i++)
	{
		if (!named && desc->natts >= required && desc->natts <= n)
			attnos[i] = i < desc->natts ? i + 1 : 0;
		columns[i].present = attnos[i] != 0;
		if (!columns[i].present && !columns[i].optional)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the source has no column \"%s\"", columns[i].name),
					 n == 1 ? errhint("Name the column \"%s\" in a query; a source of one column needs no name.", columns[0].name)
					 : errhint("Name the columns %s in a query; their places count only where none of these names occurs.", list_of(columns, n))));
	}
}

char *
dp_columns_query(const char *text, dp_column *columns, int n)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc);
	int		   *attnos = palloc(n * sizeof(int));
	StringInfoData s;

	find_columns(desc, columns, n, attnos);
	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT ");
	for (int i = 0; i < n; i++)
	{
		if (attnos[i] == 0)
			appendStringInfo(&s, "%sNULL::pg_catalog.%s", i > 0 ? ", " : "", columns[i].type);
		else
			appendStringInfo(&s, "%sq.c%d::pg_catalog.%s", i > 0 ? ", " : "", attnos[i], columns[i].type);
	}
	appendStringInfo(&s, " FROM %s", dp_source_from(query, desc));
	return s.data;
}

Portal
dp_columns_open(const char *text, dp_column *columns, int n)
{
	char	   *query = dp_columns_query(text, columns, n);

	SPI_tuptable = NULL;
	return dp_source_cursor(query);
}

bool
dp_columns_next(Portal portal)
{
	CHECK_FOR_INTERRUPTS();
	if (SPI_tuptable != NULL)
		SPI_freetuptable(SPI_tuptable);
	SPI_cursor_fetch(portal, true, BATCH_ROWS);
	if (SPI_processed > 0)
		return true;
	SPI_freetuptable(SPI_tuptable);
	SPI_tuptable = NULL;
	SPI_cursor_close(portal);
	return false;
}
