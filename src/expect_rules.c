/*
 * expect_rules.c - the rules of dp.expect, from jsonb to SQL
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "args.h"
#include "expect.h"

const char *const dp_rule_names[] = {"not_null", "unique", "range", "set", "pattern", "reference", "fresh", "row_count", "schema", "image", "distribution", NULL};

/* What each may say besides "rule", "column" and "tolerance"; by dp_rule_kind */
static const char *const fields[][5] = {
	{NULL}, {"columns", NULL}, {"min", "max", NULL}, {"values", NULL}, {"pattern", NULL}, {"table", "key", NULL}, {"max_age", NULL},
	{"min", "max", NULL}, {"columns", NULL}, {NULL}, {"reference", "max_psi", "max_ks", NULL}
};

pg_noreturn static void bad_rule(const dp_rule *rule, const char *format,...) pg_attribute_printf(2, 3);

static void
bad_rule(const dp_rule *rule, const char *format,...)
{
	char		text[500];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	text[pg_mbcliplen(text, strlen(text), sizeof text - 1)] = '\0';	/* no half of a character */
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid rule \"%s\"", dp_rule_names[rule->kind]),
			 errdetail_internal("%s", text)));
}

const JsonbValue *
dp_rule_value(const dp_rule *rule, const char *name)
{
	JsonbValue *v = getKeyJsonValueFromContainer(rule->json, name, strlen(name), NULL);

	return v == NULL || v->type == jbvNull ? NULL : v;
}

static char *
string_of(const JsonbValue *v)
{
	return pnstrdup(v->val.string.val, v->val.string.len);
}

char *
dp_rule_text(const dp_rule *rule, const char *name)
{
	const JsonbValue *v = dp_rule_value(rule, name);

	if (v == NULL)
		return NULL;
	if (v->type != jbvString)
		bad_rule(rule, "\"%s\" must be a string.", name);
	return string_of(v);
}

bool
dp_rule_number(const dp_rule *rule, const char *name, double *number)
{
	const JsonbValue *v = dp_rule_value(rule, name);

	if (v == NULL)
		return false;
	if (v->type != jbvNumeric)
		bad_rule(rule, "\"%s\" must be a number.", name);
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
	return true;
}

/* A literal of SQL: a string is of the type of what it is compared with */
static char *
literal(const dp_rule *rule, const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvString:
			return quote_literal_cstr(string_of(v));
		case jbvNumeric:
			return psprintf("(%s)", DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(v->val.numeric))));
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		default:
			bad_rule(rule, "A value must be a string, a number or a boolean.");
	}
}

static JsonbContainer *
list_of(const dp_rule *rule, const char *name)
{
	const JsonbValue *v = dp_rule_value(rule, name);

	if (v == NULL || v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data) || JsonContainerSize(v->val.binary.data) == 0)
		bad_rule(rule, "\"%s\" must be a list that is not empty.", name);
	return v->val.binary.data;
}

static void
add_column(dp_rule *rule, TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (strcmp(NameStr(att->attname), name) != 0)
			continue;
		rule->type = att->atttypid;
		rule->column = rule->column == NULL ? pstrdup(name) : psprintf("%s, %s", rule->column, name);
		rule->quoted = rule->quoted == NULL ? psprintf("q.%s", quote_identifier(name)) : psprintf("%s, q.%s", rule->quoted, quote_identifier(name));
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of rule \"%s\" does not exist in the source", name, dp_rule_names[rule->kind])));
}

static void
find_columns(dp_rule *rule, TupleDesc desc)
{
	char	   *name = dp_rule_text(rule, "column");
	JsonbContainer *list;

	if (rule->kind == DP_ROW_COUNT || rule->kind == DP_SCHEMA)
	{
		if (name != NULL)
			bad_rule(rule, "It is about the source, not about a column.");
		return;
	}
	if (name != NULL)
	{
		add_column(rule, desc, name);
		return;
	}
	if (rule->kind != DP_UNIQUE)
		bad_rule(rule, "\"column\" is missing.");
	list = list_of(rule, "columns");
	if (JsonContainerSize(list) > desc->natts)
		bad_rule(rule, "\"columns\" has more names than the source has columns.");
	for (int i = 0; i < JsonContainerSize(list); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(list, i);

		if (v->type != jbvString)
			bad_rule(rule, "\"columns\" must be a list of names.");
		add_column(rule, desc, string_of(v));
	}
}

static void
check_fields(const dp_rule *rule)
{
	JsonbIterator *it = JsonbIteratorInit(rule->json);
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *name;
		bool		known = false;

		if (token != WJB_KEY)
			continue;
		name = string_of(&v);
		known = strcmp(name, "rule") == 0 || strcmp(name, "column") == 0 || strcmp(name, "tolerance") == 0;
		for (const char *const *f = fields[rule->kind]; *f != NULL; f++)
			known = known || strcmp(name, *f) == 0;
		if (!known)
			bad_rule(rule, "It has no field \"%s\".", name);
	}
}

static char *
range_fails(const dp_rule *rule)
{
	const JsonbValue *min = dp_rule_value(rule, "min"),
			   *max = dp_rule_value(rule, "max");

	if (min == NULL && max == NULL)
		bad_rule(rule, "\"min\" or \"max\" is missing.");
	return psprintf("%s%s%s%s%s%s%s", min ? rule->quoted : "", min ? " < " : "", min ? literal(rule, min) : "", min && max ? " OR " : "",
					max ? rule->quoted : "", max ? " > " : "", max ? literal(rule, max) : "");
}

static char *
set_fails(const dp_rule *rule)
{
	JsonbContainer *list = list_of(rule, "values");
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "%s NOT IN (", rule->quoted);
	for (int i = 0; i < JsonContainerSize(list); i++)
		appendStringInfo(&s, "%s%s", i > 0 ? ", " : "", literal(rule, getIthJsonbValueFromContainer(list, i)));
	appendStringInfoChar(&s, ')');
	return s.data;
}

static char *
pattern_fails(const dp_rule *rule)
{
	char	   *pattern = dp_rule_text(rule, "pattern");

	if (pattern == NULL)
		bad_rule(rule, "\"pattern\" is missing.");
	return psprintf("%s::pg_catalog.text !~ %s", rule->quoted, quote_literal_cstr(pattern));
}

/* The other table is named as in SQL, "schema.table" */
static char *
reference_fails(const dp_rule *rule)
{
	char	   *table = dp_rule_text(rule, "table"),
			   *key = dp_rule_text(rule, "key");
	Oid			relation;

	if (table == NULL || key == NULL)
		bad_rule(rule, "\"table\" and \"key\" must say where the values are.");
	relation = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(table)));
	if (get_rel_name(relation) == NULL) /* "-" and any number are of type regclass as well */
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" of rule \"%s\" does not exist", table, dp_rule_names[rule->kind]),
				 errhint("\"table\" is the name of a relation, with its schema if need be.")));
	return psprintf("%s IS NOT NULL AND NOT EXISTS (SELECT FROM %s AS r WHERE r.%s = %s)", rule->quoted,
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation)),
					quote_identifier(key), rule->quoted);
}

/* Any NULL among the columns takes a row out, as a UNIQUE constraint has it */
static char *
unique_fails(const dp_rule *rule, const char *query)
{
	return psprintf("(%s) IN (SELECT %s FROM (%s\n) AS q WHERE (%s) IS NOT NULL GROUP BY %s HAVING pg_catalog.count(*) > 1)",
					rule->quoted, rule->quoted, query, rule->quoted, rule->quoted);
}

static void
make_condition(dp_rule *rule, const char *query)
{
	switch (rule->kind)
	{
		case DP_NOT_NULL:
			rule->fails = psprintf("%s IS NULL", rule->quoted);
			break;
		case DP_UNIQUE:
			rule->fails = unique_fails(rule, query);
			break;
		case DP_RANGE:
			rule->fails = range_fails(rule);
			break;
		case DP_SET:
			rule->fails = set_fails(rule);
			break;
		case DP_PATTERN:
			rule->fails = pattern_fails(rule);
			break;
		case DP_REFERENCE:
			rule->fails = reference_fails(rule);
			break;
		case DP_FRESH:
			if (getBaseType(rule->type) != DATEOID && getBaseType(rule->type) != TIMESTAMPOID && getBaseType(rule->type) != TIMESTAMPTZOID)
				bad_rule(rule, "Column \"%s\" is neither a date nor a time stamp.", rule->column);
			return;
		case DP_IMAGE_RULE:
			if (getBaseType(rule->type) != BYTEAOID)
				bad_rule(rule, "Column \"%s\" is not of type bytea.", rule->column);
			rule->fails = psprintf("(dp.image_info(%s)).status <> 'ok'", rule->quoted);
			break;
		default:
			return;
	}
	rule->failing_query = psprintf("SELECT * FROM (%s\n) AS q WHERE %s", query, rule->fails);
}

dp_rule *
dp_read_rules(Jsonb *json, const char *query, TupleDesc desc, int *nrules)
{
	dp_rule    *rules;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the rules are not a list"),
				 errhint("Write them as in '[{\"rule\": \"not_null\", \"column\": \"id\"}]'; dp.suggest_rules(source) suggests some.")));
	*nrules = JB_ROOT_COUNT(json);
	rules = palloc0(mul_size(*nrules + 1, sizeof(dp_rule)));
	for (int i = 0; i < *nrules; i++)
	{
		dp_rule    *rule = &rules[i];
		JsonbValue *v = getIthJsonbValueFromContainer(&json->root, i);
		char	   *name;

		if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rule %d is not an object", i + 1)));
		rule->json = v->val.binary.data;
		v = getKeyJsonValueFromContainer(rule->json, "rule", strlen("rule"), NULL);
		if (v == NULL || v->type != jbvString)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rule %d has no \"rule\" that is a string", i + 1),
					 errhint("Write it as in '{\"rule\": \"not_null\", \"column\": \"id\"}'.")));
		name = string_of(v);
		rule->kind = dp_choose("rule", name, dp_rule_names);
		check_fields(rule);
		if (dp_rule_number(rule, "tolerance", &rule->tolerance))
			dp_check_range("tolerance", rule->tolerance, 0, 1);
		find_columns(rule, desc);
		make_condition(rule, query);
	}
	return rules;
}
