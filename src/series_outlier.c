/*
 * series_outlier.c - how unusual a value is where it stands in a series
 *
 * Window functions that do all the work at the first row of a partition: they
 * put its rows into the order of their time, have a kernel score them
 * (series_score.h), and hand each row its score.  A window function cannot see
 * what its window is ordered by, so time is an argument.
 *
 * Values are taken as evenly spaced.  A row without a value keeps its place in
 * the series and has no score; so does one with an infinite value, which
 * scores infinity, and one with NaN, which scores NaN.  A row without a time
 * has no place, nor has one whose time is NaN or infinite.  Two rows of one
 * time are an error: which of them came first would be left to chance, and
 * mostly they are of two series.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "args.h"
#include "outlier.h"
#include "series_score.h"
#include "settings.h"
#include "window_args.h"

PG_FUNCTION_INFO_V1(dp_series_outlier_score);
PG_FUNCTION_INFO_V1(dp_is_series_outlier);

#define ROWS_PER_CHECK 4096
#define MAX_SPAN 100000000		/* of windows and periods */

/* A row by its time, as a number that sorts alike */
typedef struct moment
{
	int64		time;
	int			row;
} moment;

#define ST_SORT sort_moments
#define ST_ELEMENT_TYPE moment
#define ST_COMPARE(a, b) ((a)->time < (b)->time ? -1 : (a)->time > (b)->time)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static const char *const method_names[] = {"hampel", "ewma", "seasonal", "level_shift", "matrix_profile", NULL};

typedef struct series_options
{
	dpk_series_options own;		/* the method's */
	double		threshold,		/* below 0: not given */
				contamination;
} series_options;

/* What a partition remembers; zeroed before its first row */
typedef struct partition
{
	series_options options;
	dp_window_args args;		/* NULL until the rows are scored */
	double		threshold;
	double	   *scores;			/* NaN: none */
} partition;

/* What is gathered of a partition */
typedef struct gathered
{
	int64		nrows;
	int			n;				/* rows with a time */
	moment	   *moments;
	double	   *x,				/* of each row; then the scores in the order of time */
			   *ordered;		/* values in the order of time */
	void	   *work;
} gathered;

/* ---- options ---- */

#define FIELD(name) offsetof(series_options, name)

static const dp_option hampel_options[] = {{"half_window", DP_OPTION_INT, FIELD(own.half_window), "3", 1, MAX_SPAN, NULL}};
static const dp_option ewma_options[] = {{"alpha", DP_OPTION_FLOAT, FIELD(own.alpha), "0.2", 1e-6, 1 - 1e-6, NULL}};
static const dp_option seasonal_options[] = {
	{"period", DP_OPTION_INT, FIELD(own.period), NULL, 2, MAX_SPAN, NULL},
	{"seasonal", DP_OPTION_INT, FIELD(own.seasonal), "7", 3, MAX_SPAN, NULL},
	{"robust", DP_OPTION_BOOL, FIELD(own.robust), "false", 0, 0, NULL}
};
static const dp_option level_shift_options[] = {{"window", DP_OPTION_INT, FIELD(own.window), "5", 1, MAX_SPAN, NULL}};
static const dp_option matrix_profile_options[] = {{"window", DP_OPTION_INT, FIELD(own.window), NULL, 3, MAX_SPAN, NULL}};

/* Where a decision is wanted */
static const dp_option decision_options[] = {
	{"threshold", DP_OPTION_FLOAT, FIELD(threshold), NULL, 0, 1e300, NULL},
	{"contamination", DP_OPTION_FLOAT, FIELD(contamination), NULL, 0, 0.5, NULL}
};

#define MAX_OPTIONS 5

/* In the order of method_names */
static const struct
{
	const dp_option *options;
	int			noptions;
	double		threshold;		/* the usual one; below 0: none */
}			methods[] = {
	{hampel_options, lengthof(hampel_options), 3},
	{ewma_options, lengthof(ewma_options), 3},
	{seasonal_options, lengthof(seasonal_options), 3.5},
	{level_shift_options, lengthof(level_shift_options), 6},
	{matrix_profile_options, lengthof(matrix_profile_options), -1}
};

static void
check_options(const series_options *o, const char *method, bool decide)
{
	const char *needed = o->own.method == DPK_SEASONAL && o->own.period < 2 ? "period" :
		o->own.method == DPK_MATRIX_PROFILE && o->own.window < 3 ? "window" : NULL;

	if (needed != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is missing", needed),
				 errhint("Method \"%s\" needs it: '{\"%s\": number of rows}'.", method, needed)));
	if (o->own.method == DPK_SEASONAL && o->own.seasonal % 2 == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": %d", "seasonal", o->own.seasonal),
				 errdetail("\"%s\" must be odd.", "seasonal")));
	if (!decide)
		return;
	if (o->threshold >= 0 && o->contamination >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options \"threshold\" and \"contamination\" exclude each other")));
	if (o->threshold < 0 && o->contamination < 0 && methods[o->own.method].threshold < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" has no usual threshold", method),
				 errhint("Give the option \"threshold\" or \"contamination\".")));
}

static void
read_options(const char *method, Jsonb *given, bool decide, series_options *o)
{
	dp_option	table[MAX_OPTIONS];
	int			number = dp_choose("method", method, method_names),
				n = methods[number].noptions;

	*o = (series_options) {.own.method = number, .threshold = -1, .contamination = -1};
	memcpy(table, methods[number].options, n * sizeof *table);
	for (int i = 0; decide && i < lengthof(decision_options); i++)
		table[n++] = decision_options[i];
	dp_read_options(given, table, n, o);
	check_options(o, method, decide);
}

/* ---- the series ---- */

/*
 * Timestamps are int64 as they are; a double's bits sort as it does once those
 * of a negative one are turned.  False for what is nowhere in a series: NaN
 * and what is infinite.
 */
static bool
time_as_number(Datum t, Oid type, int64 *time)
{
	double		d;
	int64		bits;

	*time = DatumGetInt64(t);
	if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		return !TIMESTAMP_NOT_FINITE(*time);
	if (type != FLOAT8OID)
		return true;
	d = DatumGetFloat8(t) + 0.0;	/* -0 becomes 0 */
	memcpy(&bits, &d, sizeof bits);
	*time = bits < 0 ? bits ^ PG_INT64_MAX : bits;
	return isfinite(d);
}

static void
report_same_time(WindowObject window, int row, Oid type)
{
	bool		isnull,
				isout;
	Datum		t = WinGetFuncArgInPartition(window, 1, row, WINDOW_SEEK_HEAD, false, &isnull, &isout);
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("two rows of a partition have the same time"),
			 errdetail("Both are at %s.", OidOutputFunctionCall(output, t)),
			 errhint("If they are of two series, add what tells them apart to PARTITION BY; else make one row of them first.")));
}

static void
alloc_series(partition *p, gathered *g, MemoryContext context)
{
	const char *method = method_names[p->options.own.method];
	size_t		values = 0,
				work = 0,
				total = 0;

	if (!(dpk_series_work(&p->options.own, g->nrows, &work) && dpk_mul(g->nrows, sizeof(moment) + 3 * sizeof(double), &values) &&
		  dpk_add(values, work, &total) && dpk_add(total, DPK_ALIGN, &total)))
		total = SIZE_MAX;
	if (total / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large for method \"%s\": " INT64_FORMAT " rows", method, g->nrows),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", total / 1024, dp_memory_limit),
				 errhint("Score shorter series, such as those of a month.")));
	p->scores = MemoryContextAllocHuge(context, g->nrows * sizeof(double));
	g->moments = MemoryContextAllocHuge(CurrentMemoryContext, g->nrows * sizeof(moment));
	g->x = MemoryContextAllocHuge(CurrentMemoryContext, 2 * g->nrows * sizeof(double));
	g->ordered = g->x + g->nrows;
	g->work = (void *) TYPEALIGN(DPK_ALIGN, MemoryContextAllocHuge(CurrentMemoryContext, work + DPK_ALIGN));
}

/* Each row's value, and those with a time by their time */
static void
gather(WindowObject window, Oid type, gathered *g)
{
	for (int i = 0; i < g->nrows; i++)
	{
		bool		isnull,
					isout;
		Datum		x = WinGetFuncArgInPartition(window, 0, i, WINDOW_SEEK_HEAD, false, &isnull, &isout),
					t;
		int64		time;

		g->x[i] = isnull ? get_float8_nan() : DatumGetFloat8(x);
		t = WinGetFuncArgInPartition(window, 1, i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
		if (!isnull && time_as_number(t, type, &time))
			g->moments[g->n++] = (moment) {time, i};
		if (i % ROWS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	sort_moments(g->moments, g->n);
	for (int i = 0; i < g->n; i++)
	{
		double		x = g->x[g->moments[i].row];

		if (i > 0 && g->moments[i].time == g->moments[i - 1].time)
			report_same_time(window, g->moments[i].row, type);
		g->ordered[i] = isinf(x) ? get_float8_nan() : x;
	}
}

/* The share of outliers among the rows that have a score makes the threshold */
static void
find_threshold(partition *p, int n, const double *scores, double *room)
{
	const series_options *o = &p->options;
	size_t		known = 0;

	p->threshold = o->threshold >= 0 ? o->threshold : methods[o->own.method].threshold;
	if (o->contamination < 0)
		return;
	for (int i = 0; i < n; i++)
		if (!isnan(scores[i]))
			room[known++] = scores[i];
	if (known > 0)
		dp_raise(dpk_outlier_quantile(room, known, 1 - o->contamination, &dp_stop, &p->threshold), NULL);
}

static void
score_partition(FunctionCallInfo fcinfo, WindowObject window, partition *p, bool decide)
{
	MemoryContext context = GetMemoryChunkContext(p),
				temp = AllocSetContextCreate(CurrentMemoryContext, "series to score", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(temp);
	gathered	g = {.nrows = WinGetPartitionRowCount(window)};
	dp_window_args args = dp_window_keep_args(window, 2, context);
	dpk_status	status = DPK_OK;

	if (g.nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition is too large: " INT64_FORMAT " rows", g.nrows)));
	read_options(text_to_cstring(args.method), args.options, decide, &p->options);
	alloc_series(p, &g, context);
	gather(window, get_fn_expr_argtype(fcinfo->flinfo, 1), &g);
	if (g.n > 0)
		status = dpk_series_scores(&p->options.own, dpk_kernels_best(), g.n, g.ordered, &dp_stop, g.work, g.x);
	if (status == DPK_INVALID)
		float_overflow_error();
	dp_raise(status, NULL);
	if (decide)
		find_threshold(p, g.n, g.x, g.ordered);
	for (int i = 0; i < g.nrows; i++)
		p->scores[i] = get_float8_nan();
	for (int i = 0; i < g.n; i++)
		p->scores[g.moments[i].row] = g.x[i];
	p->args = args;
	MemoryContextSwitchTo(before);
	MemoryContextDelete(temp);
}

/* The current row's score and the threshold of its partition; false where it has none */
static bool
current_score(FunctionCallInfo fcinfo, bool decide, double *score, double *threshold)
{
	WindowObject window = PG_WINDOW_OBJECT();
	partition  *p = WinGetPartitionLocalMemory(window, sizeof *p);
	bool		isnull,
				no_time;
	double		x;
	Datum		t;
	int64		time;

	if (p->args.method == NULL)
		score_partition(fcinfo, window, p, decide);
	else
		dp_window_check_args(fcinfo, 2, &p->args);
	*threshold = p->threshold;
	x = DatumGetFloat8(WinGetFuncArgCurrent(window, 0, &isnull));
	t = WinGetFuncArgCurrent(window, 1, &no_time);
	if (isnull || no_time || !time_as_number(t, get_fn_expr_argtype(fcinfo->flinfo, 1), &time))
		return false;
	*score = isnan(x) || isinf(x) ? fabs(x) : p->scores[WinGetCurrentPosition(window)];
	return isnan(x) || !isnan(*score);
}

/* dp.series_outlier_score(x float8, t any time, method text, options jsonb DEFAULT '{}') OVER (...) -> float8 */
Datum
dp_series_outlier_score(PG_FUNCTION_ARGS)
{
	double		score,
				threshold;

	if (!current_score(fcinfo, false, &score, &threshold))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

/* dp.is_series_outlier(x float8, t any time, method text, options jsonb DEFAULT '{}') OVER (...) -> boolean */
Datum
dp_is_series_outlier(PG_FUNCTION_ARGS)
{
	double		score,
				threshold;

	if (!current_score(fcinfo, true, &score, &threshold))
		PG_RETURN_NULL();
	/* NaN is above every number, as elsewhere in PostgreSQL */
	PG_RETURN_BOOL(float8_gt(score, threshold));
}
