/*
 * train_cross.h - the parts of dp.cross_predict, shared by its files
 *
 *		train_cross.c			the procedure: a training per fold, and what it says
 *		train_cross_rows.c		the rows of the source, the table of the result
 */
#ifndef DP_TRAIN_CROSS_H
#define DP_TRAIN_CROSS_H

#include "train.h"

typedef struct dp_cross
{
	bool		atomic;
	char	   *name;			/* of the result, without its schema */
	char	   *schema;			/* NULL where none was given */
	char	   *table;			/* both, quoted, with the schema where it was given */
	Jsonb	   *network;
	Jsonb	   *options;		/* as dp.train gets them */
	dp_train	train;			/* these, read */
	int			folds;

	/* the source: SELECT key, fold, label, image or features, weight */
	char	   *rows;
	const char *input;			/* "image" or "features" */
	bool		has_weight;
	const char *key_type,		/* "int8" or "text" */
			   *label_type;

	/* once the rows are in the result; by fold, from 1 */
	bool	   *has_rows,
			   *is_finished;
} dp_cross;

/* train_cross_rows.c */

/* SQL of ours, which must return 'expect'; the first value of the first row, (Datum) 0 and *isnull where there is none */
extern Datum dp_cross_run(const char *sql, int nargs, const Oid *types, const Datum *values, int expect, bool *isnull);
extern void dp_cross_command(const char *sql, int expect);

/* The same as text, palloc'd; NULL where there is none */
extern char *dp_cross_look_up(const char *sql);

/* Its columns and the query for its rows */
extern void dp_cross_read_source(dp_cross *c, const char *text);

/* What it is called */
extern void dp_cross_name_result(dp_cross *c, const char *text);

/* The table of that name, made where there is none */
extern void dp_cross_open_result(const dp_cross *c);

/* All rows into an empty result, or a look whether they are those it has */
extern void dp_cross_enter_rows(const dp_cross *c);

#endif							/* DP_TRAIN_CROSS_H */
