/*
 * profile_read.c - one pass over a source for the profile of all its columns
 *
 * Rows come through a cursor, some hundreds at a time: as many as fit 1 MB, so
 * that a table of images takes no more memory than one of numbers.  A batch is
 * gone through column by column, whose summary then stays in the cache.
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"
#include "profile.h"
#include "settings.h"
#include "source.h"

#define MOST_ROWS 1000
#define FIRST_ROWS 16
#define BATCH_BYTES (1024 * 1024)
#define COLUMN_BYTES (96 * 1024)	/* the summaries of a column */

void
dp_profile_read_options(Jsonb *json, dp_profile_options *options)
{
	static const dp_option table[] = {
		{"top", DP_OPTION_INT, offsetof(dp_profile_options, top), "10", 0, 100, NULL},
		{"bins", DP_OPTION_INT, offsetof(dp_profile_options, bins), "20", 2, 1000, NULL},
		{"correlations", DP_OPTION_INT, offsetof(dp_profile_options, correlations), "50", 0, DPK_MAX_PAIR_COLUMNS, NULL},
		{"decode_images", DP_OPTION_BOOL, offsetof(dp_profile_options, decode_images), "false", 0, 0, NULL},
		{"sketches", DP_OPTION_BOOL, offsetof(dp_profile_options, sketches), "false", 0, 0, NULL}
	};

	dp_read_options(json, table, lengthof(table), options);
}

static void
check_memory(int ncolumns, int npairs)
{
	size_t		needed = (size_t) ncolumns * (COLUMN_BYTES + 2 * DP_PROFILE_COUNTERS * sizeof(Datum)) +
		(npairs > 0 ? dpk_pairs_size(npairs) : 0);

	if (needed > (size_t) dp_memory_limit * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a profile of %d columns needs %zu kB of memory", ncolumns, needed / 1024),
				 errdetail("\"datapower.memory_limit\" is %d kB.", dp_memory_limit),
				 errhint("Profile fewer columns at a time, in a query that names them.")));
}

static dp_profile *
start(TupleDesc desc, const dp_profile_options *options)
{
	dp_profile *profile = palloc0(sizeof(dp_profile));
	int			npairs = 0;

	profile->options = *options;
	profile->limits = dp_image_limits();
	profile->context = CurrentMemoryContext;
	profile->batch = AllocSetContextCreate(CurrentMemoryContext, "datapower profile", ALLOCSET_DEFAULT_SIZES);
	profile->ncolumns = desc->natts;
	check_memory(desc->natts, 0);
	profile->columns = palloc0(mul_size(desc->natts + 1, sizeof(dp_profile_column)));
	for (int i = 0; i < desc->natts; i++)
	{
		dp_profile_column *c = &profile->columns[i];

		dp_profile_start_column(profile, c, TupleDescAttr(desc, i));
		c->pair = c->kind == DP_PROFILE_NUMBER && npairs < options->correlations ? npairs++ : -1;
	}
	check_memory(desc->natts, npairs);
	if (npairs > 1)
	{
		profile->pairs = palloc_extended(dpk_pairs_size(npairs) + 64, MCXT_ALLOC_HUGE);
		profile->pairs = (dpk_pairs *) TYPEALIGN(64, profile->pairs);
		dpk_pairs_init(profile->pairs, npairs);
		profile->npairs = npairs;
		profile->pair_values = palloc(mul_size(npairs, MOST_ROWS * sizeof(double)));
	}
	return profile;
}

/* A column of the batch, its value of row r at values[r * ncolumns] */
static void
add_column(dp_profile *profile, dp_profile_column *c, int nrows, const Datum *values, const bool *nulls)
{
	MemoryContext old = MemoryContextSwitchTo(profile->batch);
	double	   *numbers = profile->pairs != NULL && c->pair >= 0 ? profile->pair_values + c->pair * MOST_ROWS : NULL;

	for (int r = 0; r < nrows; r++)
	{
		int			at = r * profile->ncolumns;
		double		number = NAN;

		if (nulls[at])
			c->nulls++;
		else
			number = dp_profile_add(profile, c, values[at]);
		if (numbers != NULL)
			numbers[r] = number;
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(profile->batch);
}

static void
add_batch(dp_profile *profile, SPITupleTable *rows, int nrows, Datum *values, bool *nulls)
{
	for (int r = 0; r < nrows; r++)
		heap_deform_tuple(rows->vals[r], rows->tupdesc, values + r * profile->ncolumns, nulls + r * profile->ncolumns);
	for (int i = 0; i < profile->ncolumns; i++)
		add_column(profile, &profile->columns[i], nrows, values + i, nulls + i);
	profile->nrows += nrows;
	if (profile->pairs == NULL)
		return;
	for (int r = 0; r < nrows; r++)
	{
		for (int i = 0; i < profile->npairs; i++)
			dpk_pairs_set(profile->pairs, i, profile->pair_values[i * MOST_ROWS + r]);
		dpk_pairs_row(profile->pairs);
	}
}

dp_profile *
dp_profile_read(const char *source, const dp_profile_options *options)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", source, &desc);
	dp_profile *profile = start(desc, options);
	Portal		portal = dp_source_cursor(query);
	int			most = Max(1, Min(MOST_ROWS, (int) (BATCH_BYTES / sizeof(Datum) / (desc->natts + 1)))),
				want = Min(FIRST_ROWS, most);
	Datum	   *values = palloc(mul_size(mul_size(most, desc->natts + 1), sizeof(Datum)));
	bool	   *nulls = palloc(mul_size(most, desc->natts + 1));

	for (;;)
	{
		size_t		bytes = 0;
		int			nrows;

		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, want);
		nrows = (int) SPI_processed;
		if (nrows == 0)
			break;
		add_batch(profile, SPI_tuptable, nrows, values, nulls);
		for (int r = 0; r < nrows; r++)
			bytes += SPI_tuptable->vals[r]->t_len;
		SPI_freetuptable(SPI_tuptable);
		want = (int) Max(1, Min(Min(most, 2 * want), BATCH_BYTES / (bytes / nrows + 1)));
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_cursor_close(portal);
	if (profile->pairs != NULL)
		dpk_pairs_flush(profile->pairs);
	MemoryContextReset(profile->batch);
	return profile;
}
