/*
 * augment_plan.c - how often each image of a class is shown, so that all classes are of one size
 */
#include "compat.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "args.h"
#include "columns.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_augment_plan);

#define MOST_IMAGES 1000000000000000.0	/* of a class, more than anybody has */

/* The column "label" or "target" or, where neither is, the only one; counted from 1 */
static int
find_label(TupleDesc desc)
{
	int			label = SPI_fnumber(desc, "label"),
				target = SPI_fnumber(desc, "target");

	if (label > 0 && target > 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("the %s has two columns for the same thing: \"%s\" and \"%s\"", "source", "label", "target"),
				 errhint("Name the columns you mean in a query.")));
	if (label > 0 || target > 0)
		return Max(label, target);
	if (desc->natts != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\"", "label"),
				 errhint("Name it in a query, as in SELECT class AS label FROM photos.")));
	return 1;
}

/* SELECT each label, how many rows have it, and how many have the most frequent one */
static Portal
open_counts(const char *text)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc);
	int			label = find_label(desc);

	SPI_tuptable = NULL;
	return dp_source_cursor(psprintf("SELECT q.c%d::pg_catalog.text, pg_catalog.count(*), pg_catalog.max(pg_catalog.count(*)) OVER ()"
									 " FROM %s WHERE q.c%d IS NOT NULL GROUP BY 1 ORDER BY 1", label, dp_source_from(query, desc), label));
}

/*
 * dp.augment_plan(source text, target bigint DEFAULT NULL)
 *		RETURNS TABLE (label text, images bigint, target bigint, copies bigint, extra bigint)
 *
 * images * copies + extra = target: each image so many times, and 'extra' of
 * them once more.  A target of NULL is the size of the largest class.
 */
Datum
dp_augment_plan(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		target = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1);
	Portal		portal;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (!PG_ARGISNULL(1))
		dp_check_range("target", (double) target, 1, MOST_IMAGES);
	SPI_connect();
	portal = open_counts(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	while (dp_columns_next(portal))
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	row = SPI_tuptable->vals[i];
			bool		nulls[5] = {false};
			Datum		values[5];
			int64		images,
						wanted = target;

			values[0] = SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &nulls[0]);
			images = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &nulls[1]));
			if (wanted == 0)
				wanted = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &nulls[2]));
			values[1] = Int64GetDatum(images);
			values[2] = Int64GetDatum(wanted);
			values[3] = Int64GetDatum(wanted / images);
			values[4] = Int64GetDatum(wanted % images);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	SPI_finish();
	return (Datum) 0;
}
