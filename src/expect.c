/*
 * expect.c - dp.expect: which rules a source keeps, and a query for the rows that break them
 *
 * One scan for all rules about rows, freshness, counts and distributions; one
 * more for each rule "unique" and "reference".  Nothing is written.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "drift.h"
#include "expect.h"
#include "quantiles.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_expect);

extern Datum dp_quantiles_in(PG_FUNCTION_ARGS);
extern Datum dp_top_in(PG_FUNCTION_ARGS);

#define MOST_RULES 500			/* a query has at most 1664 columns */
#define DEFAULT_PSI 0.2

static bool
is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID;
}

/* ---- the scan ---- */

static void
run(const char *sql)
{
	int			result = SPI_execute(sql, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
}

static int64
count_at(int place)
{
	bool		isnull;
	Datum		d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, place, &isnull);

	return isnull ? 0 : DatumGetInt64(d);
}

/* The state that a distribution is compared by */
static char *
state_of(const dp_rule *rule)
{
	if (is_number(getBaseType(rule->type)))
		return psprintf("dp.quantiles_state(%s::pg_catalog.float8) FILTER (WHERE pg_catalog.abs(%s::pg_catalog.float8) <> 'Infinity')", rule->quoted, rule->quoted);
	return psprintf("dp.top_state(%s::pg_catalog.text) FILTER (WHERE pg_catalog.octet_length(%s::pg_catalog.text) <= %d)", rule->quoted, rule->quoted, DPK_MAX_TOP_LABEL);
}

/* Three places for each rule: failing, checked, and more */
static void
scan(const char *query, dp_rule *rules, int nrules)
{
	StringInfoData s;
	int			place = 2;

	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT pg_catalog.count(*)");
	for (int i = 0; i < nrules; i++)
	{
		dp_rule    *rule = &rules[i];

		rule->at = place;
		if (rule->kind == DP_SCHEMA || rule->kind == DP_ROW_COUNT || rule->kind == DP_UNIQUE)
			continue;
		if (rule->kind == DP_FRESH || rule->kind == DP_REFERENCE || rule->kind == DP_DISTRIBUTION)
			appendStringInfoString(&s, ", NULL::pg_catalog.int8");
		else
			appendStringInfo(&s, ", pg_catalog.count(*) FILTER (WHERE %s)", rule->fails);
		appendStringInfo(&s, ", pg_catalog.count(%s)", rule->kind == DP_NOT_NULL ? "*" : rule->quoted);
		if (rule->kind == DP_FRESH)
			appendStringInfo(&s, ", pg_catalog.max(%s)", rule->quoted);
		else if (rule->kind == DP_DISTRIBUTION)
			appendStringInfo(&s, ", %s", state_of(rule));
		else
			appendStringInfoString(&s, ", NULL");
		place += 3;
	}
	appendStringInfo(&s, " FROM (%s\n) AS q", query);
	run(s.data);
}

/* ---- what the rules make of it ---- */

static void
judge(dp_rule *rule)
{
	rule->ok = (double) rule->failing <= rule->tolerance * (double) rule->checked;
}

static void
check_row_count(dp_rule *rule, const char *query)
{
	double		min = 0,
				max = INFINITY;
	bool		given = dp_rule_number(rule, "min", &min);

	given = dp_rule_number(rule, "max", &max) || given;
	if (!given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid rule \"row_count\""),
				 errdetail("\"min\" or \"max\" is missing.")));
	rule->checked = count_at(1);
	rule->ok = rule->checked >= min && rule->checked <= max;
	rule->failing = !rule->ok;
	rule->detail = psprintf(INT64_FORMAT " rows", rule->checked);
	rule->failing_query = psprintf("SELECT pg_catalog.count(*) FROM (%s\n) AS q", query);
}

static bool
is_of_type(Form_pg_attribute att, const char *type)
{
	if (strcmp(format_type_with_typemod(att->atttypid, att->atttypmod), type) == 0)
		return true;
	return strchr(type, '(') == NULL && DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(type))) == att->atttypid;
}

static void
check_schema(dp_rule *rule, TupleDesc desc)
{
	const JsonbValue *columns = dp_rule_value(rule, "columns");
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;
	StringInfoData s;

	if (columns == NULL || columns->type != jbvBinary || !JsonContainerIsObject(columns->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid rule \"schema\""),
				 errdetail("\"columns\" must be an object of names and types.")));
	initStringInfo(&s);
	it = JsonbIteratorInit(columns->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *name,
				   *type;
		int			i = 0;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(v.val.string.val, v.val.string.len);
		JsonbIteratorNext(&it, &v, true);
		if (v.type != jbvString && v.type != jbvNull)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid rule \"schema\""),
					 errdetail("The type of column \"%s\" must be a string, or null for any.", name)));
		type = v.type == jbvString ? pnstrdup(v.val.string.val, v.val.string.len) : NULL;
		while (i < desc->natts && strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			i++;
		rule->checked++;
		if (i < desc->natts && (type == NULL || is_of_type(TupleDescAttr(desc, i), type)))
			continue;
		rule->failing++;
		if (s.len > 0)
			appendStringInfoString(&s, "; ");
		if (i == desc->natts)
			appendStringInfo(&s, "column \"%s\" is missing", name);
		else
			appendStringInfo(&s, "column \"%s\" is %s, not %s", name,
							 format_type_with_typemod(TupleDescAttr(desc, i)->atttypid, TupleDescAttr(desc, i)->atttypmod), type);
	}
	rule->detail = s.len > 0 ? s.data : NULL;
	judge(rule);
}

static void
check_fresh(dp_rule *rule, const char *query)
{
	char	   *age = dp_rule_text(rule, "max_age"),
			   *newest = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, rule->at + 2);
	Oid			type = SPI_gettypeid(SPI_tuptable->tupdesc, rule->at + 2);
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, rule->at + 2, &isnull);

	if (age == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid rule \"fresh\""),
				 errdetail("\"max_age\" is missing."),
				 errhint("It is an interval, such as \"1 day\".")));
	rule->checked = count_at(rule->at + 1);
	rule->detail = newest == NULL ? "no value" : psprintf("newest: %s", newest);
	if (newest != NULL)			/* as a value: a text of it may name another time zone */
	{
		if (SPI_execute_with_args(psprintf("SELECT $1 >= pg_catalog.now() - %s::pg_catalog.interval", quote_literal_cstr(age)),
								  1, &type, &value, NULL, true, 0) != SPI_OK_SELECT)
			elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(SPI_result));
		rule->ok = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	rule->failing = !rule->ok;
	rule->failing_query = psprintf("SELECT pg_catalog.max(%s) FROM (%s\n) AS q", rule->quoted, query);
}

static void
check_distribution(dp_rule *rule, Datum state, bool isnull)
{
	char	   *reference = dp_rule_text(rule, "reference");
	double		max_psi = DEFAULT_PSI,
				max_ks = 1,
				psi,
				ks = 0;
	bool		has_ks = dp_rule_number(rule, "max_ks", &max_ks),
				has_psi = dp_rule_number(rule, "max_psi", &max_psi);

	if (reference == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid rule \"distribution\""),
				 errdetail("\"reference\" is missing."),
				 errhint("It is a \"sketch\" of dp.profile(source, '{\"sketches\": true}'), or dp.quantiles_state(x)::text, or dp.top_state(x)::text.")));
	if (isnull)
	{
		rule->detail = "no value";
		rule->failing = 1;
		return;
	}
	if (is_number(getBaseType(rule->type)))
	{
		dpk_quantiles *a = (dpk_quantiles *) DatumGetPointer(DirectFunctionCall1(dp_quantiles_in, CStringGetDatum(reference))),
				   *b = (dpk_quantiles *) PG_DETOAST_DATUM(state);
		dpk_sketches x = dpk_quantiles_sketches(a),
					y = dpk_quantiles_sketches(b);

		if (x.sketch[0].n == 0 || y.sketch[0].n == 0)
		{
			rule->detail = "no value";
			rule->failing = 1;
			return;
		}
		psi = dpk_drift_psi(x.sketch, x.values, y.sketch, y.values);
		ks = dpk_drift_ks(x.sketch, x.values, y.sketch, y.values);
		rule->detail = psprintf("psi %s, ks %s", float8out_internal(psi), float8out_internal(ks));
	}
	else
	{
		dpk_top    *a = (dpk_top *) DatumGetPointer(DirectFunctionCall1(dp_top_in, CStringGetDatum(reference))),
				   *b = (dpk_top *) PG_DETOAST_DATUM(state);

		if (has_ks)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid rule \"distribution\""),
					 errdetail("\"max_ks\" is for numbers."),
					 errhint("Use \"max_psi\".")));
		psi = a->n == 0 ? INFINITY : dpk_drift_top_psi(a, b);
		rule->detail = psprintf("psi %s", float8out_internal(psi));
	}
	rule->ok = (has_ks && !has_psi ? true : psi <= max_psi) && ks <= max_ks;
	rule->failing = !rule->ok;
}

/* What the scan has to say of a rule; afterwards other queries may run */
static void
take(dp_rule *rule, const char *query, TupleDesc desc)
{
	bool		isnull;
	Datum		state;

	switch (rule->kind)
	{
		case DP_ROW_COUNT:
			check_row_count(rule, query);
			break;
		case DP_SCHEMA:
			check_schema(rule, desc);
			break;
		case DP_DISTRIBUTION:
			rule->checked = count_at(rule->at + 1);
			state = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, rule->at + 2, &isnull);
			check_distribution(rule, state, isnull);
			break;
		case DP_UNIQUE:
		case DP_FRESH:
			break;
		default:
			rule->failing = count_at(rule->at);
			rule->checked = count_at(rule->at + 1);
			judge(rule);
	}
}

static void
check_alone(dp_rule *rule, const char *query)
{
	if (rule->kind == DP_UNIQUE)
	{
		run(psprintf("SELECT pg_catalog.sum(n) FILTER (WHERE n > 1)::pg_catalog.int8, pg_catalog.sum(n)::pg_catalog.int8"
					 " FROM (SELECT pg_catalog.count(*) AS n FROM (%s\n) AS q WHERE (%s) IS NOT NULL GROUP BY %s) AS d",
					 query, rule->quoted, rule->quoted));
		rule->failing = count_at(1);
		rule->checked = count_at(2);
	}
	else
	{
		run(psprintf("SELECT pg_catalog.count(*) FROM (%s\n) AS q WHERE %s", query, rule->fails));
		rule->failing = count_at(1);
	}
	judge(rule);
}

static void
put(ReturnSetInfo *result, const dp_rule *rule, int number)
{
	Datum		values[8];
	bool		nulls[8] = {false, false, rule->column == NULL, false, false, false, rule->failing_query == NULL, rule->detail == NULL};

	values[0] = Int32GetDatum(number);
	values[1] = CStringGetTextDatum(dp_rule_names[rule->kind]);
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(rule->column);
	values[3] = BoolGetDatum(rule->ok);
	values[4] = Int64GetDatum(rule->failing);
	values[5] = Int64GetDatum(rule->checked);
	values[6] = nulls[6] ? (Datum) 0 : CStringGetTextDatum(rule->failing_query);
	values[7] = nulls[7] ? (Datum) 0 : CStringGetTextDatum(rule->detail);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* dp.expect(source text, rules jsonb) -> table (rule_no, rule, column_name, ok, failing, checked, failing_query, detail) */
Datum
dp_expect(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(1);
	TupleDesc	desc;
	char	   *query;
	dp_rule    *rules;
	int			nrules;
	SPITupleTable *scanned;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	query = dp_source_query("source", text_to_cstring(PG_GETARG_TEXT_PP(0)), &desc);
	rules = dp_read_rules(json, query, desc, &nrules);
	dp_check_range("number of rules", nrules, 0, MOST_RULES);
	scan(query, rules, nrules);
	scanned = SPI_tuptable;
	for (int i = 0; i < nrules; i++)
		take(&rules[i], query, desc);
	for (int i = 0; i < nrules; i++)
	{
		SPI_tuptable = scanned;
		if (rules[i].kind == DP_FRESH)
			check_fresh(&rules[i], query);
		else if (rules[i].kind == DP_UNIQUE || rules[i].kind == DP_REFERENCE)
			check_alone(&rules[i], query);
		put((ReturnSetInfo *) fcinfo->resultinfo, &rules[i], i + 1);
	}
	SPI_finish();
	return (Datum) 0;
}
