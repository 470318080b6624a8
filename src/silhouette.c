/*
 * silhouette.c - how well rows lie in their clusters
 *
 * The aggregate dp.silhouette() keeps all rows: every distance counts.
 */
#include "compat.h"

#include <math.h>

#include "utils/array.h"
#include "utils/memutils.h"

#include "args.h"
#include "feature_row.h"
#include "settings.h"
#include "silhouette.h"

PG_FUNCTION_INFO_V1(dp_silhouette_add);
PG_FUNCTION_INFO_V1(dp_silhouette_finish);

#define FIRST_ROWS 64

typedef struct silhouette_rows
{
	int			d;
	int64		n,
				room;
	double	   *x;				/* (room, d) */
	int32	   *cluster;		/* (room) */
} silhouette_rows;

/* ERROR where so many rows, and what it takes to compare them, would be too much */
static void
check_memory(int64 n, int d, size_t *work)
{
	size_t		total;

	if (!dpk_mul(n, d * sizeof(double) + sizeof(int32), &total) || !dpk_silhouette_bytes(n, d, work) ||
		!dpk_add(total, *work, &total) || !dpk_add(total, DPK_ALIGN, &total))
		total = SIZE_MAX;
	if (total / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows for a silhouette: " INT64_FORMAT, n),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", total / 1024, dp_memory_limit),
				 errhint("Take a sample of the rows: FILTER (WHERE dp.fold(key, 100) = 1).")));
}

/* Room for one more row of d features */
static silhouette_rows *
rows_for_row(FunctionCallInfo fcinfo, int d)
{
	silhouette_rows *r;
	MemoryContext context;
	size_t		work;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "a transition function was called outside an aggregate");
	if (PG_ARGISNULL(0))
	{
		r = MemoryContextAllocZero(context, sizeof *r);
		r->d = d;
		r->room = FIRST_ROWS;
		check_memory(r->room, d, &work);
		r->x = MemoryContextAllocHuge(context, r->room * d * sizeof(double));
		r->cluster = MemoryContextAllocHuge(context, r->room * sizeof(int32));
		return r;
	}
	r = (silhouette_rows *) PG_GETARG_POINTER(0);
	dp_check_features("An earlier row", d, r->d);
	if (r->n == r->room)
	{
		check_memory(r->n + 1, d, &work);
		r->room *= 2;
		r->x = repalloc_huge(r->x, r->room * d * sizeof(double));
		r->cluster = repalloc_huge(r->cluster, r->room * sizeof(int32));
	}
	return r;
}

/* dp.silhouette_add(state internal, cluster integer, features float8[]) -> internal */
Datum
dp_silhouette_add(PG_FUNCTION_ARGS)
{
	dp_features f = {0};
	silhouette_rows *r;
	bool		counts = !PG_ARGISNULL(1) && !PG_ARGISNULL(2);

	if (counts)
		f = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(2));
	for (int i = 0; counts && i < f.n; i++)
		counts = !dp_feature_is_null(&f, i) && isfinite(f.values[i]);
	if (!counts)
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	r = rows_for_row(fcinfo, f.n);
	for (int j = 0; j < r->d; j++)
		r->x[r->n * r->d + j] = f.values[j] + 0.0;	/* -0 becomes 0 */
	r->cluster[r->n++] = PG_GETARG_INT32(1);
	PG_RETURN_POINTER(r);
}

/* dp.silhouette_finish(state internal) -> float8; NULL where there are fewer than two clusters */
Datum
dp_silhouette_finish(PG_FUNCTION_ARGS)
{
	silhouette_rows *r;
	size_t		work;
	char	   *memory;
	double		score;
	dpk_error	err;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	r = (silhouette_rows *) PG_GETARG_POINTER(0);
	check_memory(r->n, r->d, &work);
	memory = MemoryContextAllocHuge(CurrentMemoryContext, work + DPK_ALIGN);
	dp_raise(dpk_silhouette(r->x, r->cluster, r->n, r->d, &dp_stop, (void *) TYPEALIGN(DPK_ALIGN, memory), &score, &err), &err);
	pfree(memory);
	if (isnan(score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}
