/*
 * label_spread.c - labels of some rows of a partition for all of them, by their neighbours
 *
 * Window functions that do all work at the first row of a partition.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "args.h"
#include "feature_row.h"
#include "keys.h"
#include "label_model.h"
#include "label_spread.h"
#include "settings.h"
#include "window_args.h"

PG_FUNCTION_INFO_V1(dp_label_propagate);
PG_FUNCTION_INFO_V1(dp_label_propagate_probabilities);

#define ROWS_PER_CHECK 1024
#define MAX_NEIGHBOURS 1000
#define NO_PLACE (-1)			/* a row without features takes no part */

typedef struct spread_options
{
	int			kernel;			/* 1: rbf */
	dpk_spread_options o;
} spread_options;

enum method
{
	SPREADING,
	PROPAGATION
};
static const char *const method_names[] = {"spreading", "propagation", NULL};

typedef struct partition
{
	bool		done;
	dp_window_args args;
	int32	   *place;			/* of each row among those that take part */
	int			nclasses;
	Datum	   *classes;		/* text, in order of their bytes */
	double	   *f;				/* (n, nclasses) */
} partition;

typedef struct gathered
{
	int			d;
	size_t		n;
	double	   *x;
	int32	   *label;
	dp_keys    *keys;
} gathered;

/* The number of features of a row that takes part, 0 for one that does not */
static dp_features
row_features(Datum value, bool isnull)
{
	dp_features f = {0};

	if (isnull)
		return f;
	f = dp_read_features("features", DatumGetArrayTypeP(value));
	for (int i = 0; i < f.n; i++)
		if (dp_feature_is_null(&f, i) || !isfinite(f.values[i]))
			return (dp_features) {0};
	return f;
}

static void
too_large(int64 nrows, size_t bytes)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("partition is too large to spread labels in: " INT64_FORMAT " rows", nrows),
			 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
			 errhint("Spread labels within smaller partitions.")));
}

static void
gather(WindowObject window, partition *p, int64 nrows, gathered *g)
{
	MemoryContext context = CurrentMemoryContext,
				temp = AllocSetContextCreate(context, "rows to label", ALLOCSET_DEFAULT_SIZES);

	g->keys = dp_keys_create(false);
	for (int64 i = 0; i < nrows; i++)
	{
		bool		isnull,
					isout;
		Datum		value,
					label;
		dp_features f;

		MemoryContextSwitchTo(temp);
		value = WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
		f = row_features(value, isnull);
		p->place[i] = NO_PLACE;
		if (f.n > 0 && g->d == 0)
		{
			size_t		bytes;

			g->d = f.n;
			if (!dpk_mul(nrows, g->d * sizeof(double) + sizeof(int32), &bytes) || bytes / 1024 > dp_memory_limit)
				too_large(nrows, bytes);
			g->x = MemoryContextAllocHuge(context, nrows * g->d * sizeof(double));
			g->label = MemoryContextAllocHuge(context, nrows * sizeof(int32));
		}
		if (f.n > 0)
		{
			if (f.n != g->d)
				dp_check_features("An earlier row", f.n, g->d);
			memcpy(g->x + g->n * g->d, f.values, g->d * sizeof(double));
			label = WinGetFuncArgInPartition(window, 1, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
			g->label[g->n] = isnull ? -1 : (int32) dp_keys_number(g->keys, PointerGetDatum(DatumGetTextPP(label)));
			if (g->keys->n > DPK_MAX_LABEL_CLASSES)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("more than %d different labels", DPK_MAX_LABEL_CLASSES)));
			p->place[i] = (int32) g->n++;
		}
		if (i % ROWS_PER_CHECK == ROWS_PER_CHECK - 1)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(temp);
		}
	}
	MemoryContextSwitchTo(context);
	MemoryContextDelete(temp);
}

/* Classes in order of their bytes, the labels by it */
static void
order_classes(partition *p, gathered *g, MemoryContext context)
{
	uint32	   *order = dp_keys_order(g->keys);
	int32	   *rank = palloc((g->keys->n + 1) * sizeof(int32));

	p->nclasses = g->keys->n;
	p->classes = MemoryContextAlloc(context, (g->keys->n + 1) * sizeof(Datum));
	for (uint32 i = 0; i < g->keys->n; i++)
	{
		rank[order[i]] = i;
		p->classes[i] = PointerGetDatum(dp_copy_bytes(DatumGetPointer(g->keys->values[order[i]]), context));
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->label[i] >= 0)
			g->label[i] = rank[g->label[i]];
}

/* An option of the other method or the other kernel is none */
static void
read_options(const dp_window_args *args, dpk_spread_options *o)
{
	static const char *const kernels[] = {"knn", "rbf", NULL};
	static const dp_option kernel = {"kernel", DP_OPTION_CHOICE, offsetof(spread_options, kernel), "knn", 0, 0, kernels},
				iterations = {"iterations", DP_OPTION_INT, offsetof(spread_options, o.iterations), NULL, 1, 100000, NULL},
				tolerance = {"tolerance", DP_OPTION_FLOAT, offsetof(spread_options, o.tolerance), "1e-3", 0, 1e9, NULL},
				neighbours = {"neighbours", DP_OPTION_INT, offsetof(spread_options, o.neighbours), "7", 2, MAX_NEIGHBOURS, NULL},
				gamma = {"gamma", DP_OPTION_FLOAT, offsetof(spread_options, o.gamma), "20", 1e-300, 1e300, NULL},
				alpha = {"alpha", DP_OPTION_FLOAT, offsetof(spread_options, o.alpha), "0.2", 0, 1, NULL};
	bool		clamp = dp_choose("method", text_to_cstring(args->method), method_names) == PROPAGATION;
	dp_option	all[] = {kernel, iterations, tolerance, neighbours, gamma, alpha};
	spread_options s = {0};

	dp_read_options(args->options, all, lengthof(all) - clamp, &s);
	all[3] = s.kernel == 0 ? neighbours : gamma;
	all[4] = alpha;
	s = (spread_options) {.o.neighbours = 2};
	dp_read_options(args->options, all, lengthof(all) - 1 - clamp, &s);
	*o = s.o;
	o->clamp = clamp;
	if (o->iterations < 1)
		o->iterations = o->clamp ? 1000 : 30;
}

static void
spread(WindowObject window, partition *p)
{
	MemoryContext context = GetMemoryChunkContext(p),
				work = AllocSetContextCreate(CurrentMemoryContext, "labels to spread", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(work);
	int64		nrows = WinGetPartitionRowCount(window);
	dpk_spread_options options = {0};
	gathered	g = {0};
	size_t		bytes,
				total;
	dpk_status	status;

	if (nrows > PG_INT32_MAX)
		too_large(nrows, SIZE_MAX);
	p->args = dp_window_keep_args(window, 2, context);
	read_options(&p->args, &options);
	p->place = MemoryContextAllocHuge(context, nrows * sizeof(int32));
	gather(window, p, nrows, &g);
	order_classes(p, &g, context);
	if (g.n > 0 && p->nclasses > 0)
	{
		if (!dpk_label_spread_bytes(g.n, g.d, p->nclasses, &options, &bytes) ||
			!dpk_add(bytes, g.n * (g.d + p->nclasses) * sizeof(double) + nrows * 8, &total))
			total = SIZE_MAX;
		if (total / 1024 > dp_memory_limit)
			too_large(nrows, total);
		p->f = MemoryContextAllocHuge(context, g.n * p->nclasses * sizeof(double));
		status = dpk_label_spread(g.x, g.n, g.d, g.label, p->nclasses, &options, &dp_stop,
								  (void *) TYPEALIGN(DPK_ALIGN, MemoryContextAllocHuge(work, bytes + DPK_ALIGN)), p->f);
		if (status == DPK_INVALID)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("features are too large for distances between them"),
					 errhint("Scale them first: dp.scale, dp.standardize.")));
		dp_raise(status, NULL);
	}
	p->done = true;
	MemoryContextSwitchTo(before);
	MemoryContextDelete(work);
}

/* The probabilities of the current row; NULL where it has none */
static const double *
current_row(FunctionCallInfo fcinfo, const partition **result)
{
	WindowObject window = PG_WINDOW_OBJECT();
	partition  *p = WinGetPartitionLocalMemory(window, sizeof *p);
	const double *f;
	int32		place;

	if (!p->done)
		spread(window, p);
	else
		dp_window_check_args(fcinfo, 2, &p->args);
	*result = p;
	place = p->place[WinGetCurrentPosition(window)];
	if (place == NO_PLACE || p->f == NULL)
		return NULL;
	f = p->f + (size_t) place * p->nclasses;
	for (int j = 0; j < p->nclasses; j++)
		if (f[j] > 0)
			return f;
	return NULL;
}

/* dp.label_propagate(features float8[], label text, method text, options jsonb) OVER (...) -> text */
Datum
dp_label_propagate(PG_FUNCTION_ARGS)
{
	const partition *p;
	const double *f = current_row(fcinfo, &p);
	bool		isnull;
	Datum		label;

	if (f != NULL)
		PG_RETURN_DATUM(p->classes[dpk_label_argmax(f, p->nclasses)]);
	label = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 1, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(label);
}

/* dp.label_propagate_probabilities(features float8[], label text, method text, options jsonb) OVER (...) -> float8[] */
Datum
dp_label_propagate_probabilities(PG_FUNCTION_ARGS)
{
	const partition *p;
	const double *f = current_row(fcinfo, &p);

	if (f == NULL)
		PG_RETURN_NULL();
	return dp_features_array(f, 0, p->nclasses);
}
