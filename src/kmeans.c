/*
 * kmeans.c - clusters learnt from a sample of rows, and the cluster of any row
 *
 * The aggregate dp.fit_kmeans() keeps its sample in a dp.kmeans, and what its
 * final function returns is one too: clusters that can be stored.  A row that
 * is NULL, or has a NULL, a NaN or an infinity among its features, teaches
 * nothing and is in no cluster.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "args.h"
#include "feature_row.h"
#include "kmeans_model.h"
#include "settings.h"
#include "state.h"

DP_STATE_TYPE(kmeans, false)

PG_FUNCTION_INFO_V1(dp_kmeans_add);
PG_FUNCTION_INFO_V1(dp_kmeans_merge);
PG_FUNCTION_INFO_V1(dp_kmeans_finish);
PG_FUNCTION_INFO_V1(dp_kmeans_cluster);
PG_FUNCTION_INFO_V1(dp_kmeans_distance);
PG_FUNCTION_INFO_V1(dp_kmeans_centers);

/*
 * Rows in a sample where none is asked for: what holds them, twice over and
 * merged with another such state, stays within DP_STATE_LIMIT
 */
#define USUAL_SAMPLE 100000
#define USUAL_VALUES 8000000

/* ---- fitting ---- */

static void
sample_too_large(int64 nrows, int nfeatures, size_t bytes, size_t limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("sample is too large to cluster: " INT64_FORMAT " rows of %d features", nrows, nfeatures),
			 errdetail("It takes %zu kB, more than is allowed (%zu kB).", bytes / 1024, limit / 1024),
			 errhint("Give the option \"sample\" a smaller number of rows.")));
}

static dpk_kmeans *
make_kmeans(int nfeatures, int64 room)
{
	size_t		size,
				limit = Min(DP_STATE_LIMIT, (size_t) dp_memory_limit * 1024);
	dpk_kmeans *t;

	if (!dpk_kmeans_size(room, &size))
		size = SIZE_MAX;
	if (size > limit)
		sample_too_large(room / dpk_row_sample_width(nfeatures), nfeatures, size, limit);
	t = dp_state_alloc("dp.kmeans", size);
	t->nfeatures = nfeatures;
	t->sample.room = room;
	return t;
}

/* The same with room for more, or itself */
static dpk_kmeans *
with_room(dpk_kmeans *t, int64 room)
{
	dpk_kmeans *copy;
	int32		header;

	if (room <= t->sample.room)
		return t;
	copy = make_kmeans(t->nfeatures, room);
	header = copy->header;
	memcpy(copy, t, sizeof *t + t->sample.nvalues * sizeof(dpk_sample_value));
	copy->header = header;
	copy->sample.room = room;
	return copy;
}

typedef struct choice
{
	int			starts,
				iterations,
				batch,			/* below 1: none */
				sample;			/* below DPK_MIN_SAMPLE: what is usual */
	int64		seed;
} choice;

/* Options of the row before, so that they are read once */
typedef struct given
{
	bool		read;
	Jsonb	   *options;		/* NULL where they were */
	choice		choice;
} given;

static const choice *
read_choice(FunctionCallInfo fcinfo)
{
	static const dp_option table[] = {
		{"starts", DP_OPTION_INT, offsetof(choice, starts), "10", 1, DPK_MAX_STARTS, NULL},
		{"iterations", DP_OPTION_INT, offsetof(choice, iterations), "300", 1, DPK_MAX_ITERATIONS, NULL},
		{"batch", DP_OPTION_INT, offsetof(choice, batch), NULL, 1, DPK_MAX_SAMPLE, NULL},
		{"sample", DP_OPTION_INT, offsetof(choice, sample), NULL, DPK_MIN_SAMPLE, DPK_MAX_SAMPLE, NULL},
		{"seed", DP_OPTION_INT64, offsetof(choice, seed), "0", -9007199254740991.0, 9007199254740991.0, NULL},
	};
	given	   *g = fcinfo->flinfo->fn_extra;
	Jsonb	   *options = PG_NARGS() <= 3 || PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);

	dp_require(fcinfo, 2, "k");
	if (g == NULL)
		fcinfo->flinfo->fn_extra = g = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof *g);
	if (g->read && dp_same_bytes(g->options, options))
		return &g->choice;
	dp_check_range("k", PG_GETARG_INT32(2), 1, DPK_MAX_CLUSTERS);
	g->read = false;
	dp_read_options(options, table, lengthof(table), &g->choice);
	g->options = dp_copy_bytes(options, fcinfo->flinfo->fn_mcxt);
	g->read = true;
	return &g->choice;
}

static void
check_unfitted(const dpk_kmeans *t)
{
	if (t->fitted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("clusters that have been fitted cannot learn more")));
}

static bool
same_parameters(const dpk_kmeans *a, const dpk_kmeans *b)
{
	return a->k == b->k && a->starts == b->starts && a->iterations == b->iterations && a->batch == b->batch &&
		a->sample.size == b->sample.size && a->sample.seed == b->sample.seed;
}

/* Argument 0 or a new state, for a row of so many features */
static dpk_kmeans *
kmeans_for_row(FunctionCallInfo fcinfo, const choice *c, int nfeatures)
{
	dpk_kmeans *t,
				fresh = {.nfeatures = nfeatures,.k = PG_GETARG_INT32(2),.starts = c->starts,.iterations = c->iterations,.batch = Max(c->batch, 0)};

	if (PG_NARGS() > 4 && PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"key\" must not be null"),
				 errhint("It decides which rows are in the sample: give the column that identifies a row, or a hash of it.")));
	fresh.sample.size = c->sample >= DPK_MIN_SAMPLE ? c->sample : Min(USUAL_SAMPLE, USUAL_VALUES / dpk_row_sample_width(nfeatures));
	fresh.sample.seed = c->seed;
	fresh.sample.cutoff = UINT64_MAX;
	if (PG_ARGISNULL(0))
	{
		int64		room = dpk_row_sample_room(&fresh.sample, nfeatures, NULL);

		dp_check_range("number of features", nfeatures, 1, DPK_KMEANS_FEATURES);
		dp_check_range("k", fresh.k, 1, DPK_MAX_CLUSTERS);
		t = make_kmeans(nfeatures, room);
		fresh.header = t->header;
		fresh.sample.room = room;
		*t = fresh;
		return t;
	}
	t = dp_state_argument(fcinfo, 0);
	check_unfitted(t);
	if (!same_parameters(t, &fresh))
	{
		dp_check_features("An earlier row", nfeatures, t->nfeatures);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"k\" and \"options\" must be the same for every row")));
	}
	dp_check_features("An earlier row", nfeatures, t->nfeatures);
	return with_room(t, dpk_row_sample_room(&t->sample, nfeatures, NULL));
}

static bool
is_complete(const dp_features *f)
{
	if (f->nulls != NULL)
		for (int i = 0; i < f->n; i++)
			if (dp_feature_is_null(f, i))
				return false;
	for (int i = 0; i < f->n; i++)
		if (!isfinite(f->values[i]))
			return false;
	return true;
}

/* dp.kmeans_add(state dp.kmeans, features float8[], k integer [, options jsonb, key bigint]) -> dp.kmeans */
Datum
dp_kmeans_add(PG_FUNCTION_ARGS)
{
	const choice *c = read_choice(fcinfo);
	dp_features features;
	dpk_kmeans *t;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	if (!is_complete(&features))
		return dp_state_unchanged(fcinfo);
	t = kmeans_for_row(fcinfo, c, features.n);
	dp_raise(dpk_row_sample_add(&t->sample, dpk_kmeans_values(t), t->nfeatures, PG_NARGS() > 4 ? PG_GETARG_INT64(4) : 0, features.values, &dp_stop), NULL);
	PG_RETURN_POINTER(t);
}

/* dp.kmeans_merge(a dp.kmeans, b dp.kmeans) -> dp.kmeans; NULL and NULL stay NULL */
Datum
dp_kmeans_merge(PG_FUNCTION_ARGS)
{
	dpk_kmeans *a,
			   *b;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_kmeans *) PG_GETARG_VARLENA_P(1);
	check_unfitted(a);
	check_unfitted(b);
	dp_check_features("An earlier row", b->nfeatures, a->nfeatures);
	if (!same_parameters(a, b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge samples for other clusters or options")));
	if (a->sample.nrows + b->sample.nrows > DPK_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("clusters count too many rows")));
	a = with_room(a, dpk_row_sample_room(&a->sample, a->nfeatures, &b->sample));
	dp_raise(dpk_row_sample_merge(&a->sample, dpk_kmeans_values(a), a->nfeatures, &b->sample, dpk_kmeans_values(b), &dp_stop), NULL);
	PG_RETURN_POINTER(a);
}

/* Memory to fit in, if it may be: the rows, then the work */
static double *
alloc_memory(const dpk_kmeans *t, int64 n, void **work)
{
	size_t		matrix,
				rest,
				total;
	char	   *memory;

	if (!(dpk_mul(n, t->nfeatures * sizeof(double), &matrix) && dpk_kmeans_bytes(n, t->nfeatures, t->k, &rest) &&
		  dpk_add(matrix, rest, &total) && dpk_add(total, 2 * DPK_ALIGN, &total)))
		total = SIZE_MAX;
	if (total / 1024 > dp_memory_limit)
		sample_too_large(n, t->nfeatures, total, (size_t) dp_memory_limit * 1024);
	memory = (char *) TYPEALIGN(DPK_ALIGN, MemoryContextAllocHuge(CurrentMemoryContext, total));
	*work = (void *) TYPEALIGN(DPK_ALIGN, memory + matrix);
	return (double *) memory;
}

/* dp.kmeans_finish(state dp.kmeans) -> dp.kmeans, the clusters */
Datum
dp_kmeans_finish(PG_FUNCTION_ARGS)
{
	dpk_kmeans *t = (dpk_kmeans *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)),
			   *result;
	dpk_kmeans_options o = {.k = t->k,.starts = t->starts,.iterations = t->iterations,.batch = t->batch,.seed = t->sample.seed};
	dpk_clusters clusters;
	dpk_error	err;
	int64		n,
				room = t->k * dpk_row_sample_width(t->nfeatures);
	double	   *x;
	void	   *work;
	int32		header;

	check_unfitted(t);
	dp_raise(dpk_row_sample_close(&t->sample, dpk_kmeans_values(t), t->nfeatures, &dp_stop, &n), NULL);
	if (n == 0)
		PG_RETURN_NULL();
	x = alloc_memory(t, n, &work);
	dpk_row_sample_matrix(&t->sample, dpk_kmeans_values(t), t->nfeatures, x);
	clusters.centers = palloc(mul_size(mul_size(t->k, t->nfeatures), sizeof(double)));
	clusters.sizes = palloc(t->k * sizeof(int64));
	clusters.inertia = palloc(t->k * sizeof(double));
	dp_raise(dpk_kmeans_fit(x, n, t->nfeatures, &o, &dp_stop, work, &clusters, &err), &err);

	result = make_kmeans(t->nfeatures, room);
	header = result->header;
	memcpy(result, t, sizeof *t);
	result->header = header;
	dpk_kmeans_seal(result, &clusters);
	PG_RETURN_POINTER(result);
}

/* ---- the cluster of a row ---- */

/* Clusters at work, kept between the rows of a query */
typedef struct resolved
{
	const dpk_kmeans *model;
	const dpk_kernels *kernels;
	double	   *blocks,
			   *squares;
} resolved;

static void *
make_resolved(struct varlena *state)
{
	resolved   *r = palloc(sizeof *r);
	const dpk_kmeans *t = (dpk_kmeans *) state;
	size_t		values = mul_size(mul_size(dpk_center_blocks(t->k), DPK_CENTERS), t->nfeatures);
	double	   *centers;

	if (!t->fitted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("clusters have not been fitted"),
				 errhint("It is the state of an aggregate: dp.fit_kmeans makes clusters of it.")));
	r->model = t;
	r->kernels = dpk_kernels_best();
	r->squares = (double *) TYPEALIGN(DPK_ALIGN, MemoryContextAllocHuge(CurrentMemoryContext, add_size(mul_size(values, sizeof(double)), DPK_CENTERS * sizeof(double) + DPK_ALIGN)));
	r->blocks = r->squares + DPK_CENTERS;
	centers = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(values, sizeof(double)));
	for (int c = 0; c < t->k; c++)
		memcpy(centers + (size_t) c * t->nfeatures, dpk_kmeans_cluster(t, c) + 2, t->nfeatures * sizeof(double));
	dpk_center_layout(centers, t->k, t->nfeatures, r->blocks);
	pfree(centers);
	return r;
}

/* The cluster of argument 1, from 1, and the square of the distance; 0 where it has none */
static int
cluster_of_row(FunctionCallInfo fcinfo, double *square)
{
	/* a head tells one model from another */
	const resolved *r = dp_state_made(fcinfo, 0, sizeof(dpk_kmeans), make_resolved);
	dp_features f = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	int			cluster;

	dp_check_features("The clustering", f.n, r->model->nfeatures);
	if (!is_complete(&f))
		return 0;
	cluster = dpk_center_nearest(r->kernels, r->blocks, r->model->k, r->model->nfeatures, f.values, r->squares, square);
	if (isinf(*square))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features are too large for distances between them"),
				 errhint("Scale them first: dp.scale, dp.standardize.")));
	return 1 + cluster;
}

/* dp.kmeans_cluster(model dp.kmeans, features float8[]) -> integer */
Datum
dp_kmeans_cluster(PG_FUNCTION_ARGS)
{
	double		square;
	int			cluster = cluster_of_row(fcinfo, &square);

	if (cluster == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(cluster);
}

/* dp.kmeans_distance(model dp.kmeans, features float8[]) -> float8 */
Datum
dp_kmeans_distance(PG_FUNCTION_ARGS)
{
	double		square;

	if (cluster_of_row(fcinfo, &square) == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(square));
}

/* dp.kmeans_centers(model dp.kmeans) -> table (cluster integer, size bigint, inertia float8, center float8[]) */
Datum
dp_kmeans_centers(PG_FUNCTION_ARGS)
{
	const resolved *r = dp_state_made(fcinfo, 0, sizeof(dpk_kmeans), make_resolved);
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int c = 0; c < r->model->k; c++)
	{
		const dpk_sample_value *v = dpk_kmeans_cluster(r->model, c);
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		values[0] = Int32GetDatum(c + 1);
		values[1] = Int64GetDatum((int64) v[0].f);
		values[2] = Float8GetDatum(v[1].f);
		values[3] = dp_features_array(&v[2].f, 0, r->model->nfeatures);
		tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
	}
	return (Datum) 0;
}
