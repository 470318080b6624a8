/*
 * profile.c - dp.profile: what is in the columns of a source, a row per figure
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "profile.h"
#include "top.h"

PG_FUNCTION_INFO_V1(dp_profile_table);
extern Datum dp_top_out(PG_FUNCTION_ARGS);
extern Datum dp_quantiles_out(PG_FUNCTION_ARGS);

static const double quantiles[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

typedef struct report
{
	dp_profile *profile;
	ReturnSetInfo *result;
	int			column;			/* 0 for the table, -1 where there is none */
} report;

/* A row; 'item' and 'value' may be NULL, 'number' NaN for none */
static void
put(report *r, const char *metric, const char *item, const char *value, double number)
{
	Datum		values[6];
	bool		nulls[6] = {r->column == 0, false, item == NULL, value == NULL, isnan(number), false};

	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(r->profile->columns[r->column - 1].name);
	values[1] = CStringGetTextDatum(metric);
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(item);
	values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(value);
	values[4] = Float8GetDatum(number);
	values[5] = Int32GetDatum(r->column);
	tuplestore_putvalues(r->result->setResult, r->result->setDesc, values, nulls);
}

static void
put_count(report *r, const char *metric, const char *item, int64 count)
{
	put(r, metric, item, psprintf(INT64_FORMAT, count), (double) count);
}

static void
put_number(report *r, const char *metric, const char *item, double number)
{
	put(r, metric, item, isnan(number) ? NULL : float8out_internal(number), number);
}

/* A number of the column's own kind, which may be a time */
static void
put_own(report *r, dp_profile_column *c, const char *metric, const char *item, double number)
{
	put(r, metric, item, isnan(number) ? NULL : dp_profile_number_text(c, number),
		isnan(number) ? number : dp_profile_plain(c, number));
}

static double
mean_of(const dp_profile_numbers *numbers)
{
	return numbers->moments.n > 0 ? dpk_moments_mean(&numbers->moments) : NAN;
}

/* With n - 1, as stddev() */
static double
sd_of(const dp_profile_numbers *numbers)
{
	return numbers->moments.n > 1 ? sqrt(dpk_moments_spread(&numbers->moments) / (numbers->moments.n - 1)) : NAN;
}

static void
put_range(report *r, dp_profile_column *c)
{
	bool		is_number = c->has_numbers && c->has_min;

	if (c->compare == NULL)
		return;
	put(r, "min", NULL, c->has_min ? dp_profile_text(c, c->min) : NULL, is_number ? dp_profile_plain(c, c->numbers.min) : NAN);
	put(r, "max", NULL, c->has_min ? dp_profile_text(c, c->max) : NULL, is_number ? dp_profile_plain(c, c->numbers.max) : NAN);
}

static void
put_numbers(report *r, dp_profile_column *c)
{
	const dp_profile_numbers *numbers = &c->numbers;
	const dpk_histogram *h = numbers->histogram;
	double		result[lengthof(quantiles)];

	put_own(r, c, "mean", NULL, mean_of(numbers));
	if (c->kind == DP_PROFILE_NUMBER)
	{
		put_number(r, "sd", NULL, sd_of(numbers));
		put_count(r, "zeros", NULL, numbers->zeros);
		put_count(r, "negatives", NULL, numbers->negatives);
	}
	if (h == NULL || h->n == 0)
		return;
	dpk_sketch_quantiles(numbers->sketch.sketch, numbers->sketch.values, lengthof(quantiles), quantiles, result);
	for (int i = 0; i < lengthof(quantiles); i++)
		put_own(r, c, "quantile", float8out_internal(quantiles[i]), result[i]);
	put(r, "shape", NULL, dp_profile_shape(numbers), NAN);
	for (int i = 0; i < h->nused; i++)
		put_count(r, "histogram", dp_profile_number_text(c, dpk_histogram_edge(h, i)), dpk_histogram_counts(h)[i]);
}

static void
put_lengths(report *r, const dp_profile_column *c)
{
	bool		any = c->lengths.moments.n > 0;

	put_count(r, "empty", NULL, c->empty);
	put_number(r, "length_min", NULL, any ? c->lengths.min : NAN);
	put_number(r, "length_max", NULL, any ? c->lengths.max : NAN);
	put_number(r, "length_mean", NULL, mean_of(&c->lengths));
}

static void
put_images(report *r, const dp_profile_column *c)
{
	for (int f = 0; f < lengthof(c->images); f++)
		if (c->images[f] > 0)
			put_count(r, "image", dpk_format_names[f], c->images[f]);
	put_count(r, "image_broken", NULL, c->broken + c->unrecognised);
	if (c->max_side[0] > 0)
	{
		put_number(r, "image_width", "min", c->min_side[0]);
		put_number(r, "image_width", "max", c->max_side[0]);
		put_number(r, "image_height", "min", c->min_side[1]);
		put_number(r, "image_height", "max", c->max_side[1]);
	}
}

static void
put_top(report *r, dp_profile_column *c)
{
	dp_profile_frequent top[100];
	int			n = dp_profile_top(c, r->profile->options.top, top);

	for (int i = 0; i < n; i++)
		put_count(r, "top", top[i].text, top[i].count);
}

static void
put_correlations(report *r, const dp_profile_column *c)
{
	if (r->profile->pairs == NULL || c->pair < 0)
		return;
	for (int i = 0; i < r->profile->ncolumns; i++)
	{
		const dp_profile_column *other = &r->profile->columns[i];
		int64		n;

		if (other->pair >= 0 && other != c)
			put_number(r, "correlation", other->name, dpk_pairs_correlation(r->profile->pairs, c->pair, other->pair, &n));
	}
}

/* The frequent values as a dp.top of the same guarantees */
static char *
top_sketch(dp_profile_column *c)
{
	const dpk_frequent *f = c->frequent;
	dpk_top    *top;
	char	  **labels = palloc0(2 * DP_PROFILE_COUNTERS * sizeof(char *));
	size_t		bytes = 0;
	dpk_error	err;

	for (int i = 0; i < f->nentries; i++)
		if (dpk_frequent_count(f, i) > 0)
		{
			labels[i] = dp_profile_text(c, c->values[i]);
			if (strlen(labels[i]) > DPK_MAX_TOP_LABEL)
				return NULL;
			bytes += strlen(labels[i]);
		}
	top = palloc0(dpk_top_size(2 * DP_PROFILE_COUNTERS, bytes));
	SET_VARSIZE(top, dpk_top_size(2 * DP_PROFILE_COUNTERS, bytes));
	dpk_top_init(top, DP_PROFILE_COUNTERS, 2 * DP_PROFILE_COUNTERS, bytes);
	for (int i = 0; i < f->nentries; i++)
		if (labels[i] != NULL)
			dpk_top_add(top, labels[i], strlen(labels[i]), dpk_frequent_count(f, i), &err);
	top->n = f->n;
	top->missed = f->missed;
	return DatumGetCString(DirectFunctionCall1(dp_top_out, PointerGetDatum(top)));
}

static char *
quantiles_sketch(const dp_profile_numbers *numbers)
{
	dpk_quantiles *q;
	dpk_sketches s;
	size_t		size;

	dpk_quantiles_size(1, DPK_SKETCH_MAX, &size);
	q = palloc0(size);
	SET_VARSIZE(q, size);
	dpk_quantiles_init(q, 1, DPK_SKETCH_MAX);
	s = dpk_quantiles_sketches(q);
	dpk_sketches_copy(&s, &numbers->sketch);
	return DatumGetCString(DirectFunctionCall1(dp_quantiles_out, PointerGetDatum(q)));
}

static void
put_sketch(report *r, dp_profile_column *c)
{
	if (c->kind == DP_PROFILE_NUMBER && c->numbers.moments.n > 0)
		put(r, "sketch", "dp.quantiles", quantiles_sketch(&c->numbers), NAN);
	else if (c->kind != DP_PROFILE_TIME && c->frequent != NULL && c->frequent->n > 0 && c->too_long == 0)
	{
		char	   *sketch = top_sketch(c);

		if (sketch != NULL)
			put(r, "sketch", "dp.top", sketch, NAN);
	}
}

static void
put_column(report *r, dp_profile_column *c)
{
	put(r, "type", NULL, format_type_with_typemod(c->type, c->typmod), NAN);
	put_count(r, "count", NULL, c->count);
	put_count(r, "nulls", NULL, c->nulls);
	if (c->distinct != NULL)
		put_number(r, "distinct", NULL, dp_profile_distinct(c));
	if (c->nan > 0)
		put_count(r, "nan", NULL, c->nan);
	if (c->infinite > 0)
		put_count(r, "infinite", NULL, c->infinite);
	put_range(r, c);
	if (c->has_numbers)
		put_numbers(r, c);
	if (c->has_lengths)
		put_lengths(r, c);
	if (dp_profile_is_image(c))
		put_images(r, c);
	put_top(r, c);
	put_correlations(r, c);
	if (r->profile->options.sketches)
		put_sketch(r, c);
}

/* dp.profile(source text, options jsonb) -> table (column_name, metric, item, value, number, column_no) */
Datum
dp_profile_table(PG_FUNCTION_ARGS)
{
	dp_profile_options options;
	report		r = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	dp_profile_read_options(PG_GETARG_JSONB_P(1), &options);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	r.profile = dp_profile_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &options);
	put_count(&r, "rows", NULL, r.profile->nrows);
	for (int i = 0; i < r.profile->ncolumns; i++)
	{
		r.column = i + 1;
		put_column(&r, &r.profile->columns[i]);
	}
	SPI_finish();
	return (Datum) 0;
}
