/*
 * source.h - rows of samples from the text of a query or the name of a relation
 *
 * The query runs as the caller through an SPI cursor, so GRANTs and row-level
 * security hold.  Columns are found by name:
 *		image, input or features	bytea is an image, numbers and arrays of them are features
 *		label or target				text, enum, boolean or integer: a class; other numbers: a value; bytea: an image
 *		weight						a number
 *		key							the identity of the row: an integer, or anything whose text is hashed
 * or, where none of these names occurs, by position: input, label, key.
 *
 * The caller has connected to SPI.  Rows come in batches; what the row
 * functions return is valid until the next batch.
 */
#ifndef DP_SOURCE_H
#define DP_SOURCE_H

#include "compat.h"

#include "executor/spi.h"

#include "dpk.h"

typedef enum dp_source_column
{
	DP_COLUMN_INPUT,
	DP_COLUMN_LABEL,
	DP_COLUMN_WEIGHT,
	DP_COLUMN_KEY
} dp_source_column;

#define DP_SOURCE_COLUMNS 4

typedef enum dp_column_kind
{
	DP_ABSENT,
	DP_IMAGE,					/* bytea */
	DP_CLASS_TEXT,				/* text */
	DP_CLASS_INTEGER,			/* bigint */
	DP_NUMBER,					/* float8 */
	DP_NUMBERS,					/* float8[] */
	DP_KEY_TEXT					/* text, hashed */
} dp_column_kind;

typedef struct dp_source
{
	const char *what;			/* "source", "validation": for errors */
	dp_column_kind kind[DP_SOURCE_COLUMNS];
	Portal		portal;
	SPITupleTable *rows;		/* of the batch */
	int			nrows;
	uint64		before;			/* rows of the batches before this one */
	MemoryContext batch;		/* reset with every batch */
} dp_source;

/*
 * For who reads other columns than these: the query for 'text' and the columns
 * it has; one of them by name, 1-based, 0 for absent, and two are an ERROR; the
 * item of FROM that calls them q.c1, q.c2, ...; and a cursor on a query, to be
 * read by SPI_cursor_fetch()
 */
extern char *dp_source_query(const char *what, const char *text, TupleDesc *desc);
extern int	dp_source_find(TupleDesc desc, const char *name);
extern char *dp_source_from(const char *query, TupleDesc desc);
extern Portal dp_source_cursor(const char *query);

/* Where the columns of samples are, 1-based, 0 for absent; and what to make of one of that base type, DP_ABSENT: nothing */
extern void dp_source_columns(const char *what, TupleDesc desc, bool needs_label, int attnos[DP_SOURCE_COLUMNS]);
extern dp_column_kind dp_source_kind(dp_source_column column, Oid type);

/* A column named label or target is an ERROR where absent and 'needs_label' */
extern dp_source *dp_source_open(const char *what, const char *text, bool needs_label);

/* Rows of the next batch; 0 at the end.  Interrupts are processed. */
extern int	dp_source_next_batch(dp_source *source);
extern void dp_source_close(dp_source *source);

extern bool dp_source_is_null(dp_source *source, int row, dp_source_column column);

/* NULL, or false, where the value is null (or the column absent) */
extern bytea *dp_source_image(dp_source *source, int row, dp_source_column column);
extern const char *dp_source_class(dp_source *source, int row); /* of text and of integers */
extern bool dp_source_number(dp_source *source, int row, dp_source_column column, double *value);

/* A number is an array of one.  NULL also where an element is null or not finite, then *n >= 0, else *n = -1 */
extern const double *dp_source_numbers(dp_source *source, int row, dp_source_column column, int *n);

/* The weight of a row, 1 where there is no such column; what cannot be one is DPK_INVALID */
extern dpk_status dp_source_weight(dp_source *source, int row, double *weight, dpk_error *err);

/* false where there is no key column; a null key is an ERROR */
extern bool dp_source_key(dp_source *source, int row, int64 *key);

/* 'row 17' or 'the row with key "x"', for messages */
extern const char *dp_source_row_name(dp_source *source, int row);
/* the key as text, of a long one the beginning, or the number of the row */
extern const char *dp_source_row_key(dp_source *source, int row);

#endif							/* DP_SOURCE_H */
