/*
 * suggest_rules.c - dp.suggest_rules: rules for dp.expect that a source keeps as it is
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "profile.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_suggest_rules);

#define MOST_VALUES 10			/* of a set */
#define ROWS_PER_VALUE 10		/* before a few values are taken for a set */

static void
begin_rule(StringInfo s, const char *rule, const dp_profile_column *c)
{
	appendStringInfo(s, "%s{\"rule\": \"%s\"", s->len > 1 ? ", " : "", rule);
	if (c == NULL)
		return;
	appendStringInfoString(s, ", \"column\": ");
	escape_json(s, c->name);
}

static void
put_value(StringInfo s, dp_profile_column *c, Datum value)
{
	char		text[MAXDATELEN + 1];

	if (c->kind == DP_PROFILE_TIME)
	{
		JsonEncodeDateTime(text, value, c->base, NULL);
		escape_json(s, text);
	}
	else if (c->base == FLOAT4OID) /* a number would be compared as float8 */
	{
		float_to_shortest_decimal_buf(DatumGetFloat4(value), text);
		escape_json(s, text);
	}
	else if (c->base == FLOAT8OID) /* all digits, whatever extra_float_digits is */
	{
		double_to_shortest_decimal_buf(DatumGetFloat8(value), text);
		appendStringInfoString(s, text);
	}
	else
		appendStringInfoString(s, dp_profile_text(c, value));
}

static bool
is_unique(const dp_profile_column *c, const char *query)
{
	if (c->count == 0 || c->nulls > 0 || c->distinct == NULL || c->kind == DP_PROFILE_BYTES || dp_profile_distinct(c) < 0.9 * c->count)
		return false;
	SPI_execute(psprintf("SELECT FROM (%s\n) AS q GROUP BY q.%s HAVING pg_catalog.count(*) > 1", query, quote_identifier(c->name)), true, 1);
	return SPI_processed == 0;
}

/* A few values that are all there are */
static void
put_set(StringInfo s, dp_profile_column *c)
{
	dp_profile_frequent top[MOST_VALUES + 1];
	int			n;

	if (c->kind != DP_PROFILE_TEXT || c->frequent == NULL || c->too_long > 0 || c->frequent->missed > 0 ||
		dp_profile_distinct(c) > MOST_VALUES || c->count < ROWS_PER_VALUE * dp_profile_distinct(c))
		return;
	n = dp_profile_top(c, MOST_VALUES + 1, top);
	if (n == 0 || n != (int) dp_profile_distinct(c))
		return;					/* one that occurs once may be a slip */
	begin_rule(s, "set", c);
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(s, i == 0 ? ", \"values\": [" : ", ");
		escape_json(s, top[i].text);
	}
	appendStringInfoString(s, "]}");
}

static void
put_column(StringInfo s, dp_profile_column *c, const char *query)
{
	if (c->count > 0 && c->nulls == 0)
	{
		begin_rule(s, "not_null", c);
		appendStringInfoChar(s, '}');
	}
	if (is_unique(c, query))
	{
		begin_rule(s, "unique", c);
		appendStringInfoChar(s, '}');
	}
	if (c->kind <= DP_PROFILE_TIME && c->has_min && c->nan == 0 && c->infinite == 0)
	{
		begin_rule(s, "range", c);
		appendStringInfoString(s, ", \"min\": ");
		put_value(s, c, c->min);
		appendStringInfoString(s, ", \"max\": ");
		put_value(s, c, c->max);
		appendStringInfoChar(s, '}');
	}
	put_set(s, c);
	if (dp_profile_is_image(c) && c->broken + c->unrecognised == 0)
	{
		begin_rule(s, "image", c);
		appendStringInfoChar(s, '}');
	}
}

static void
put_schema(StringInfo s, dp_profile *profile)
{
	begin_rule(s, "schema", NULL);
	appendStringInfoString(s, ", \"columns\": {");
	for (int i = 0; i < profile->ncolumns; i++)
	{
		const dp_profile_column *c = &profile->columns[i];

		appendStringInfoString(s, i > 0 ? ", " : "");
		escape_json(s, c->name);
		appendStringInfoString(s, ": ");
		escape_json(s, format_type_with_typemod(c->type, c->typmod));
	}
	appendStringInfoString(s, "}}");
}

/* dp.suggest_rules(source text) -> jsonb */
Datum
dp_suggest_rules(PG_FUNCTION_ARGS)
{
	dp_profile_options options;
	dp_profile *profile;
	StringInfoData s;
	TupleDesc	desc;
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0)),
			   *query,
			   *text;

	dp_profile_read_options(NULL, &options);
	options.correlations = 0;
	options.decode_images = true;	/* as the rule does */
	SPI_connect();
	query = dp_source_query("source", source, &desc);
	profile = dp_profile_read(source, &options);
	initStringInfo(&s);
	appendStringInfoChar(&s, '[');
	if (profile->ncolumns > 0)
		put_schema(&s, profile);
	if (profile->nrows > 0)
	{
		begin_rule(&s, "row_count", NULL);
		appendStringInfoString(&s, ", \"min\": 1}");
	}
	for (int i = 0; i < profile->ncolumns; i++)
		put_column(&s, &profile->columns[i], query);
	appendStringInfoChar(&s, ']');
	text = SPI_palloc(s.len + 1);
	strcpy(text, s.data);
	SPI_finish();
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}
