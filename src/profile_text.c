/*
 * profile_text.c - how a profile writes its values
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/timestamp.h"

#include "profile.h"

#define SECONDS_TO_2000 INT64CONST(946684800) /* from 1970 */

bool
dp_profile_is_image(const dp_profile_column *c)
{
	int64		images = c->broken;

	for (int f = 0; f < lengthof(c->images); f++)
		images += c->images[f];
	return images > 0 && images >= c->unrecognised;
}

char *
dp_profile_text(dp_profile_column *c, Datum value)
{
	return OutputFunctionCall(&c->output, value);
}

/* Within what timestamps can be: the edge of a bin may lie beyond */
static Timestamp
timestamp_of(double number)
{
	if (number < (double) MIN_TIMESTAMP)
		return MIN_TIMESTAMP;
	return number >= (double) END_TIMESTAMP ? END_TIMESTAMP - 1 : (Timestamp) rint(number);
}

static DateADT
date_of(double number)
{
	double		least = DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE,
				most = DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1;

	return (DateADT) rint(number < least ? least : number > most ? most : number);
}

char *
dp_profile_number_text(dp_profile_column *c, double number)
{
	switch (c->base)
	{
		case DATEOID:
			return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date_of(number))));
		case TIMESTAMPOID:
			return DatumGetCString(DirectFunctionCall1(timestamp_out, TimestampGetDatum(timestamp_of(number))));
		case TIMESTAMPTZOID:
			return DatumGetCString(DirectFunctionCall1(timestamptz_out, TimestampTzGetDatum(timestamp_of(number))));
	}
	return float8out_internal(number);
}

double
dp_profile_plain(const dp_profile_column *c, double number)
{
	if (c->base == DATEOID)
		return number * SECS_PER_DAY + SECONDS_TO_2000;
	return c->kind == DP_PROFILE_TIME ? number / USECS_PER_SEC + SECONDS_TO_2000 : number;
}

/* A bar of eight heights for each bin, a blank for an empty one */
char *
dp_profile_shape(const dp_profile_numbers *numbers)
{
	static const char *const blocks[] = {" ", "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
	static const char *const plain[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
	const char *const *bars = GetDatabaseEncoding() == PG_UTF8 ? blocks : plain;
	const dpk_histogram *h = numbers->histogram;
	StringInfoData s;
	int64		most = 0;

	if (h == NULL || h->n == 0)
		return NULL;
	initStringInfo(&s);
	for (int i = 0; i < h->nused; i++)
		most = Max(most, dpk_histogram_counts(h)[i]);
	for (int i = 0; i < h->nused; i++)
		appendStringInfoString(&s, bars[(int) ceil(8.0 * (double) dpk_histogram_counts(h)[i] / (double) most)]);
	return s.data;
}

/* As dp.distinct_count() has it, but not more than there are */
double
dp_profile_distinct(const dp_profile_column *c)
{
	return Min(rint(dpk_distinct_count(c->distinct)), (double) c->count);
}

static int
compare_frequent(const void *a, const void *b)
{
	const dp_profile_frequent *x = a,
			   *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->text, y->text);
}

int
dp_profile_top(dp_profile_column *c, int most, dp_profile_frequent *top)
{
	dp_profile_frequent *all;
	int			n = 0;

	if (c->frequent == NULL)
		return 0;
	all = palloc(2 * DP_PROFILE_COUNTERS * sizeof *all);
	for (int i = 0; i < c->frequent->nentries; i++)
	{
		int64		count = dpk_frequent_count(c->frequent, i);

		if (count > Max(c->frequent->missed, 1) || (count == 1 && c->count == 1))
			all[n++] = (dp_profile_frequent) {dp_profile_text(c, c->values[i]), count};
	}
	qsort(all, n, sizeof *all, compare_frequent);
	n = Min(n, most);
	memcpy(top, all, n * sizeof *all);
	return n;
}
