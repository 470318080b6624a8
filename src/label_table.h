/*
 * label_table.h - a table whose labels are corrected: its columns, and who may
 *
 * Corrections quote labels, so that whoever reads them must be allowed to read
 * all labels of the table: a view, or a table with row-level security for the
 * user, would show less than dp.label_proposals does.
 */
#ifndef DP_LABEL_TABLE_H
#define DP_LABEL_TABLE_H

#include "compat.h"

#include "nodes/parsenodes.h"

typedef struct dp_label_column
{
	const char *name;			/* as it is */
	const char *quoted;
	const char *type;			/* qualified, without a length */
	const char *base;			/* the same; of a domain the type below, for polymorphic operators take no domain over an enum or a range */
	const char *equals;			/* "OPERATOR(pg_catalog.=)": its type's own */
	Oid			type_oid;
	int32		typmod;
} dp_label_column;

typedef struct dp_label_table
{
	Oid			oid;
	const char *name;			/* qualified and quoted */
	dp_label_column key;
	dp_label_column label;
} dp_label_table;

/* ERROR where there is no such table or column, or where the user may not read (ACL_SELECT) or also change (ACL_UPDATE) its labels */
extern dp_label_table *dp_label_table_open(Oid source, const char *key, const char *label, AclMode mode);

/* The same as an answer; a column that is no more counts as one that needs the right on the whole table */
extern bool dp_label_table_access(Oid source, const char *key, const char *label, AclMode mode);

/* ERROR where the administrator has not granted that on dp.label_proposals */
extern void dp_label_check_grant(AclMode mode);

#endif							/* DP_LABEL_TABLE_H */
