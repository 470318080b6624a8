/*
 * profile_columns.c - dp.profile_columns: a row per column, for people
 *
 * The same pass as dp.profile, written as short as a line of psql wants it.
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "profile.h"

#define SHORT_TEXT 24			/* bytes shown of a value */
#define SHOWN_TOP 3

PG_FUNCTION_INFO_V1(dp_profile_columns);

enum
{
	COLUMN_NAME, TYPE, COUNT, NULLS, DISTINCT_VALUES, LEAST, MEDIAN, MOST, MEAN, SD, SHAPE, TOP, NFIELDS
};

/* A value in one short line */
static char *
shorten(char *text)
{
	if (strlen(text) > SHORT_TEXT)
		strcpy(text + pg_mbcliplen(text, strlen(text), SHORT_TEXT - 3), "...");
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char) *p < ' ')
			*p = ' ';
	return text;
}

/* Six digits are enough to look at */
static char *
short_number(dp_profile_column *c, double number)
{
	return c->kind == DP_PROFILE_TIME ? shorten(dp_profile_number_text(c, number)) : psprintf("%.6g", number);
}

static char *
top_of(const dp_profile *profile, dp_profile_column *c)
{
	dp_profile_frequent top[SHOWN_TOP];
	int			n = dp_profile_top(c, Min(profile->options.top, SHOWN_TOP), top);
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < n; i++)
		appendStringInfo(&s, "%s%s %.0f%%", i > 0 ? ", " : "", shorten(top[i].text), 100.0 * top[i].count / c->count);
	if (dp_profile_is_image(c))
	{
		for (int f = 0; f < lengthof(c->images); f++)
			if (c->images[f] > 0)
				appendStringInfo(&s, "%s%s " INT64_FORMAT, s.len > 0 ? ", " : "", dpk_format_names[f], c->images[f]);
		appendStringInfo(&s, "%sbroken " INT64_FORMAT, s.len > 0 ? ", " : "", c->broken + c->unrecognised);
	}
	return s.data;
}

static void
set_text(Datum *value, bool *isnull, const char *text)
{
	*isnull = text == NULL || *text == '\0';
	if (!*isnull)
		*value = CStringGetTextDatum(text);
}

static void
set_range(dp_profile_column *c, Datum *values, bool *nulls)
{
	if (c->has_min)
	{
		set_text(&values[LEAST], &nulls[LEAST], shorten(dp_profile_text(c, c->min)));
		set_text(&values[MOST], &nulls[MOST], shorten(dp_profile_text(c, c->max)));
	}
	if (dp_profile_is_image(c) && c->max_side[0] > 0)
	{
		set_text(&values[LEAST], &nulls[LEAST], psprintf("%d x %d", c->min_side[0], c->min_side[1]));
		set_text(&values[MOST], &nulls[MOST], psprintf("%d x %d", c->max_side[0], c->max_side[1]));
	}
}

static void
set_numbers(dp_profile_column *c, Datum *values, bool *nulls)
{
	const dp_profile_numbers *numbers = &c->numbers;
	double		half = 0.5,
				median;
	int64		n = numbers->moments.n;

	if (n == 0)
		return;
	set_text(&values[MEAN], &nulls[MEAN], short_number(c, dpk_moments_mean(&numbers->moments)));
	if (numbers->histogram == NULL)
		return;
	dpk_sketch_quantiles(numbers->sketch.sketch, numbers->sketch.values, 1, &half, &median);
	set_text(&values[MEDIAN], &nulls[MEDIAN], short_number(c, median));
	if (c->kind == DP_PROFILE_NUMBER && n > 1)
		set_text(&values[SD], &nulls[SD], psprintf("%.6g", sqrt(dpk_moments_spread(&numbers->moments) / (n - 1))));
	set_text(&values[SHAPE], &nulls[SHAPE], dp_profile_shape(numbers));
}

static void
put_column(const dp_profile *profile, dp_profile_column *c, ReturnSetInfo *result)
{
	Datum		values[NFIELDS];
	bool		nulls[NFIELDS];

	memset(nulls, true, sizeof nulls);
	values[COLUMN_NAME] = CStringGetTextDatum(c->name);
	values[TYPE] = CStringGetTextDatum(format_type_with_typemod(c->type, c->typmod));
	values[COUNT] = Int64GetDatum(c->count);
	values[NULLS] = Int64GetDatum(c->nulls);
	nulls[COLUMN_NAME] = nulls[TYPE] = nulls[COUNT] = nulls[NULLS] = false;
	if (c->distinct != NULL)
	{
		values[DISTINCT_VALUES] = Int64GetDatum((int64) dp_profile_distinct(c));
		nulls[DISTINCT_VALUES] = false;
	}
	set_range(c, values, nulls);
	if (c->has_numbers)
		set_numbers(c, values, nulls);
	set_text(&values[TOP], &nulls[TOP], top_of(profile, c));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* dp.profile_columns(source text, options jsonb) -> table (column_name, type, count, nulls, ...) */
Datum
dp_profile_columns(PG_FUNCTION_ARGS)
{
	dp_profile_options options;
	dp_profile *profile;

	dp_profile_read_options(PG_GETARG_JSONB_P(1), &options);
	options.correlations = 0;
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	profile = dp_profile_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &options);
	for (int i = 0; i < profile->ncolumns; i++)
		put_column(profile, &profile->columns[i], (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}
