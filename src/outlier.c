/*
 * outlier.c - how unusual a row is among the rows of its partition
 *
 * Window functions that do all the work at the first row of a partition: they
 * gather its rows into one matrix, have a kernel score them (outlier.h), and
 * hand each row its score.
 *
 * What a kernel sees is complete and finite.  A row that is NULL or has a NULL
 * among its features has no score, one with a NaN scores NaN, one with an
 * infinite value scores infinity, and none of these tells anything about the
 * others.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "args.h"
#include "feature_row.h"
#include "outlier_options.h"
#include "settings.h"
#include "window_args.h"

PG_FUNCTION_INFO_V1(dp_outlier_score);
PG_FUNCTION_INFO_V1(dp_outlier_score_value);
PG_FUNCTION_INFO_V1(dp_is_outlier);
PG_FUNCTION_INFO_V1(dp_is_outlier_value);

#define ROWS_PER_CHECK 1024

/* What a partition remembers; zeroed before its first row */
typedef struct partition
{
	dp_outlier_choice choice;	/* the method is NULL until the rows are scored */
	dp_window_args args;
	double		threshold;
	double	   *scores;			/* of each row; NULL where no row has features */
	char	   *kinds;			/* a dp_outlier_kind for each */
} partition;

/* The features of one row: how many, 0 for NULL; where they are, and what kind of row it is */
static int
row_features(Datum value, bool isnull, bool is_array, const double **x, double *single, dp_outlier_kind *kind)
{
	dp_features f = {1, single, NULL};

	*kind = DP_OUTLIER_UNKNOWN;
	if (isnull)
		return 0;
	if (is_array)
		f = dp_read_features("features", DatumGetArrayTypeP(value));
	else
		*single = DatumGetFloat8(value);
	*x = f.values;
	*kind = dp_outlier_row_kind(&f);
	return f.n;
}

static void
check_number_of_features(int n, int before, const dpk_outlier_method *m)
{
	if (before == 0)
		dp_outlier_check_features(m, n);
	else if (n != before)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of features: %d", n),
				 errdetail("An earlier row has %d.", before)));
}

/* The partition's complete and finite rows, and memory to score them in */
typedef struct gathered
{
	int			d;
	size_t		n;
	double	   *x;				/* (n, d) */
	char	   *memory;			/* that holds it */
	char	   *work;			/* for the method */
} gathered;

/* All the memory of a partition at once, if it may be */
static void
alloc_matrix(partition *p, int64 nrows, gathered *g)
{
	const dpk_outlier_method *m = p->choice.method;
	MemoryContext context = GetMemoryChunkContext(p);
	size_t		matrix,
				scores,
				work,
				total;

	if (!(dpk_mul(nrows, g->d * sizeof(double), &matrix) && dpk_mul(nrows, sizeof(double) + 1, &scores) &&
		  dpk_outlier_bytes(m, nrows, g->d, p->choice.options, &work) && dpk_add(matrix, work, &total) &&
		  dpk_add(total, 2 * DPK_OUTLIER_ALIGN, &matrix) && dpk_add(matrix, scores, &total)))
		matrix = total = SIZE_MAX;
	if (total / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large for method \"%s\": " INT64_FORMAT " rows", m->name, nrows),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", total / 1024, dp_memory_limit),
				 m->fit != NULL
				 ? errhint("dp.fit_detector learns from a sample of the rows; dp.outlier_score(detector, features) then scores them one at a time.")
				 : errhint("Score smaller partitions, or choose a method that dp.fit_detector knows.")));
	g->memory = MemoryContextAllocHuge(context, matrix);
	g->x = (double *) TYPEALIGN(DPK_OUTLIER_ALIGN, g->memory);
	p->scores = MemoryContextAllocHuge(context, nrows * sizeof(double));
	p->kinds = MemoryContextAllocHuge(context, nrows);
}

static void
gather(WindowObject window, partition *p, int64 nrows, bool is_array, gathered *g)
{
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext, "rows to score", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(temp);

	*g = (gathered) {0};
	for (int64 i = 0; i < nrows; i++)
	{
		bool		isnull,
					isout;
		Datum		value = WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
		double		single;
		const double *x = NULL;
		dp_outlier_kind kind;
		int			n = row_features(value, isnull, is_array, &x, &single, &kind);

		if (n > 0)
			check_number_of_features(n, g->d, p->choice.method);
		if (n > 0 && g->d == 0)
		{
			g->d = n;
			alloc_matrix(p, nrows, g);
			memset(p->kinds, DP_OUTLIER_UNKNOWN, i);
		}
		if (g->d > 0)
			p->kinds[i] = kind;
		if (kind == DP_OUTLIER_SCORED)
			memcpy(g->x + g->n++ * n, x, n * sizeof(double));
		if (i % ROWS_PER_CHECK == ROWS_PER_CHECK - 1)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(temp);
		}
	}
	if (g->d > 0)
		g->work = (char *) TYPEALIGN(DPK_OUTLIER_ALIGN, g->x + g->n * g->d);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(temp);
}

/* The scores the kernel gave the rows of the matrix become those of the partition's rows */
static void
spread(partition *p, int64 nrows, size_t n)
{
	for (int64 i = nrows; i-- > 0;)
	{
		double		score = p->kinds[i] == DP_OUTLIER_INFINITE ? get_float8_infinity() : get_float8_nan();

		p->scores[i] = p->kinds[i] == DP_OUTLIER_SCORED ? p->scores[--n] : score;
	}
}

static void
score_rows(partition *p, int64 nrows, const gathered *g, bool decide)
{
	const dp_outlier_choice *choice = &p->choice;
	dpk_error	err;
	dpk_rows	rows = {.x = g->x,.n = g->n,.d = g->d,.options = choice->options,.seed = choice->seed,.stop = &dp_stop,.err = &err};

	if (g->n > 0)
		dp_raise(dpk_outlier_score_rows(choice->method, &rows, g->work, p->scores), &err);
	if (decide && choice->has_contamination && g->n > 0)
	{
		/* the matrix has served and is large enough for a copy of the scores */
		memcpy(g->x, p->scores, g->n * sizeof(double));
		dp_raise(dpk_outlier_quantile(g->x, g->n, 1 - choice->contamination, &dp_stop, &p->threshold), NULL);
	}
	else if (decide && !choice->has_contamination && !dp_outlier_threshold(choice, g->d, &p->threshold))
		dp_outlier_no_threshold(choice->method);
	spread(p, nrows, g->n);
	pfree(g->memory);
}

/* The current row's score and its partition; false where it has none */
static bool
current_score(FunctionCallInfo fcinfo, bool is_array, bool decide, double *score, const partition **result)
{
	WindowObject window = PG_WINDOW_OBJECT();
	partition  *p = WinGetPartitionLocalMemory(window, sizeof *p);
	int64		row;

	if (p->choice.method == NULL)
	{
		int64		nrows = WinGetPartitionRowCount(window);
		gathered	g;

		if (nrows > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("partition is too large: " INT64_FORMAT " rows", nrows)));
		p->args = dp_window_keep_args(window, 1, GetMemoryChunkContext(p));
		dp_outlier_read_options(text_to_cstring(p->args.method), p->args.options, decide ? DP_OUTLIER_DECIDE : DP_OUTLIER_SCORE, &p->choice);
		gather(window, p, nrows, is_array, &g);
		if (g.d > 0)
			score_rows(p, nrows, &g, decide);
	}
	else
		dp_window_check_args(fcinfo, 1, &p->args);

	*result = p;
	row = WinGetCurrentPosition(window);
	if (p->scores == NULL || p->kinds[row] == DP_OUTLIER_UNKNOWN)
		return false;
	*score = p->scores[row];
	return true;
}

static Datum
outlier_score(FunctionCallInfo fcinfo, bool is_array)
{
	const partition *p;
	double		score;

	if (!current_score(fcinfo, is_array, false, &score, &p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

static Datum
is_outlier(FunctionCallInfo fcinfo, bool is_array)
{
	const partition *p;
	double		score;

	if (!current_score(fcinfo, is_array, true, &score, &p))
		PG_RETURN_NULL();
	/* NaN is above every number, as elsewhere in PostgreSQL */
	PG_RETURN_BOOL(float8_gt(score, p->threshold));
}

/* dp.outlier_score(features float8[], method text, options jsonb DEFAULT '{}') OVER (...) -> float8 */
Datum
dp_outlier_score(PG_FUNCTION_ARGS)
{
	return outlier_score(fcinfo, true);
}

/* dp.outlier_score(x float8, method text DEFAULT 'mad', options jsonb DEFAULT '{}') OVER (...) -> float8 */
Datum
dp_outlier_score_value(PG_FUNCTION_ARGS)
{
	return outlier_score(fcinfo, false);
}

/* dp.is_outlier(features float8[], method text, options jsonb DEFAULT '{}') OVER (...) -> boolean */
Datum
dp_is_outlier(PG_FUNCTION_ARGS)
{
	return is_outlier(fcinfo, true);
}

/* dp.is_outlier(x float8, method text DEFAULT 'mad', options jsonb DEFAULT '{}') OVER (...) -> boolean */
Datum
dp_is_outlier_value(PG_FUNCTION_ARGS)
{
	return is_outlier(fcinfo, false);
}
