/*
 * columns.h - columns of a query or relation, found by name and cast to types asked for
 *
 * For functions whose source has other columns than samples have (source.h).
 * The query runs as the caller through an SPI cursor; the caller has connected.
 */
#ifndef DP_COLUMNS_H
#define DP_COLUMNS_H

#include "compat.h"

#include "executor/spi.h"

typedef struct dp_column
{
	const char *name;
	const char *type;			/* what it is cast to: "text", "float8", "text[]" of pg_catalog */
	bool		optional;		/* NULL where it is not there */
	bool		present;		/* set by dp_columns_open() */
} dp_column;

/* Found by name or, where none of the names occurs and their number fits, by position */
extern Portal dp_columns_open(const char *text, dp_column *columns, int n);

/* The query that opens, for one that joins it */
extern char *dp_columns_query(const char *text, dp_column *columns, int n);

/* The next rows in SPI_tuptable, their number in SPI_processed; false at the end.  Frees those before. */
extern bool dp_columns_next(Portal portal);

#endif							/* DP_COLUMNS_H */
