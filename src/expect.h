/*
 * expect.h - rules about a source, and the SQL that checks them
 *
 * Rules that look at a row alone become conditions that hold where a row
 * fails; all of them are counted in one scan.  What a rule says is quoted as
 * an identifier or a literal, whatever it is.
 */
#ifndef DP_EXPECT_H
#define DP_EXPECT_H

#include "compat.h"

#include "access/tupdesc.h"
#include "utils/jsonb.h"

typedef enum dp_rule_kind
{
	DP_NOT_NULL, DP_UNIQUE, DP_RANGE, DP_SET, DP_PATTERN, DP_REFERENCE, DP_FRESH, DP_ROW_COUNT, DP_SCHEMA, DP_IMAGE_RULE, DP_DISTRIBUTION
} dp_rule_kind;

typedef struct dp_rule
{
	dp_rule_kind kind;
	JsonbContainer *json;
	char	   *column;			/* as it is named, or several; NULL for none */
	Oid			type;			/* of the column */
	char	   *quoted;			/* q."column", or several */
	char	   *fails;			/* condition on a row of the source, called q; NULL where there is none */
	double		tolerance;		/* share of the rows checked that may fail */
	int			at;				/* its first place in the scan; 0 for none */

	bool		ok;
	int64		failing,
				checked;
	char	   *failing_query,
			   *detail;
} dp_rule;

/* expect_rules.c: read and check the rules; 'query' is the source, of columns 'desc' */
extern dp_rule *dp_read_rules(Jsonb *json, const char *query, TupleDesc desc, int *nrules);
extern const JsonbValue *dp_rule_value(const dp_rule *rule, const char *name);
extern char *dp_rule_text(const dp_rule *rule, const char *name);	/* a string; NULL where absent */
extern bool dp_rule_number(const dp_rule *rule, const char *name, double *number);
extern const char *const dp_rule_names[];

#endif							/* DP_EXPECT_H */
