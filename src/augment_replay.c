/*
 * augment_replay.c - many copies of an image, what was done to each, and the same again
 *
 * What was done is a JSON value:
 *		{"key": 5, "seed": 7, "width": 96, "height": 72,
 *		 "steps": [{"rotate": {"degrees": 11.2, "fill": "reflect", ..., "p": 1, "step": 1}}]}
 * whose steps are a recipe without chance: the numbers are those drawn, and for
 * what a step draws besides, "step" says where.  So it can be done again, to
 * the image, to a mask, to points and to boxes.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "common/shortest_dec.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "args.h"
#include "recipeio.h"
#include "settings.h"

#define MOST_COPIES 100000

PG_FUNCTION_INFO_V1(dp_augment_n);
PG_FUNCTION_INFO_V1(dp_augment_replay);
PG_FUNCTION_INFO_V1(dp_augment_points);
PG_FUNCTION_INFO_V1(dp_augment_boxes);

/* ---- writing down what was done ---- */

static void
append_number(StringInfo s, double x)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(x, digits);
	appendStringInfoString(s, digits);
}

static void
append_drawn(StringInfo s, const dpk_drawn *d)
{
	const double *v = d->value;

	appendStringInfo(s, "{\"%s\": {", d->operation->name);
	for (const dpk_parameter *p = d->operation->parameters; !dpk_parameter_ends(p); v += dpk_parameter_values(p), p++)
	{
		if (p->key == NULL)
			continue;
		appendStringInfo(s, "\"%s\": ", p->key);
		if (p->words != NULL)
			appendStringInfo(s, "\"%s\"", p->words[(int) v[0]]);
		else if (p->flag)
			appendStringInfoString(s, v[0] != 0 ? "true" : "false");
		else if (p->list == 0)
			append_number(s, v[0]);
		for (int i = 0; i < p->list; i++)
		{
			appendStringInfoString(s, i ? ", " : "[");
			append_number(s, v[i]);
		}
		appendStringInfoString(s, p->list ? "], " : ", ");
	}
	appendStringInfo(s, "\"p\": 1, \"step\": %d}}", d->step);
}

static Datum
describe_plan(const dpk_plan *plan, int64 seed, int64 key, const dpk_image *in)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "{\"seed\": " INT64_FORMAT ", \"key\": " INT64_FORMAT ", \"width\": %d, \"height\": %d, \"steps\": [",
					 seed, key, in->width, in->height);
	for (int i = 0; i < plan->ndrawn; i++)
	{
		appendStringInfoString(&s, i ? ", " : "");
		append_drawn(&s, &plan->drawn[i]);
	}
	appendStringInfoString(&s, "]}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* ---- many copies ---- */

typedef struct copies
{
	dpk_recipe	recipe;
	dpk_image  *image;
	dpk_format	format;
	int64		seed,
				key;
} copies;

static void
start_copies(PG_FUNCTION_ARGS, FuncCallContext *call)
{
	MemoryContext before = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	copies	   *c = palloc(sizeof(copies));
	dpk_image_info info;

	dp_check_range("n", PG_GETARG_INT32(2), 0, MOST_COPIES);
	if (get_call_result_type(fcinfo, NULL, &call->tuple_desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call->tuple_desc = BlessTupleDesc(call->tuple_desc);
	call->max_calls = PG_GETARG_INT32(2);
	dp_read_recipe(PG_GETARG_JSONB_P(1), &c->recipe);
	c->image = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	c->format = info.format;
	c->seed = PG_GETARG_INT64(3);
	c->key = PG_GETARG_INT64(4);
	call->user_fctx = c;
	MemoryContextSwitchTo(before);
}

/*
 * dp.augment_n(image bytea, recipe jsonb, n integer, seed bigint, key bigint)
 *		RETURNS TABLE (copy integer, augmented bytea, applied jsonb)
 *
 * Copy i is dp.augment(image, recipe, seed + i, key); the image is decoded once.
 */
Datum
dp_augment_n(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	copies	   *c;
	int64		seed;
	dpk_plan	plan;
	dpk_image  *out;
	Datum		values[3];
	bool		nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		call = SRF_FIRSTCALL_INIT();
		start_copies(fcinfo, call);
	}
	call = SRF_PERCALL_SETUP();
	if (call->call_cntr >= call->max_calls)
		SRF_RETURN_DONE(call);

	c = call->user_fctx;
	seed = (int64) ((uint64) c->seed + call->call_cntr + 1);
	dp_draw_plan(&c->recipe, seed, c->key, c->image, &plan);
	out = dp_apply_plan(&plan, c->image);
	values[0] = Int32GetDatum((int32) call->call_cntr + 1);
	values[1] = PointerGetDatum(dp_encode_image(out, c->format, DP_JPEG_QUALITY));
	values[2] = describe_plan(&plan, seed, c->key, c->image);
	dp_free_scratch(out);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* ---- the same again ---- */

typedef struct applied
{
	dpk_recipe	recipe;
	int64		seed,
				key;
	int			width,
				height;
} applied;

static void
malformed(const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"%s\"", "applied"),
			 errdetail("\"%s\" is missing or of the wrong kind.", key),
			 errhint("Pass the column \"applied\" of dp.augment_n() as it is.")));
}

static int64
read_integer(Jsonb *json, const char *key, int64 least, int64 most)
{
	JsonbValue	room,
			   *v = getKeyJsonValueFromContainer(&json->root, key, strlen(key), &room);
	int64		result = 0;
	Datum		whole;

	if (v == NULL || v->type != jbvNumeric)
		malformed(key);
	whole = DirectFunctionCall2(numeric_round, NumericGetDatum(v->val.numeric), Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, whole, NumericGetDatum(v->val.numeric))) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, whole, NumericGetDatum(int64_to_numeric(least)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, whole, NumericGetDatum(int64_to_numeric(most)))))
		malformed(key);
	result = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return result;
}

static void
read_applied(Jsonb *json, applied *a)
{
	JsonbValue	room,
			   *steps;

	if (!JB_ROOT_IS_OBJECT(json))
		malformed("steps");
	a->seed = read_integer(json, "seed", PG_INT64_MIN, PG_INT64_MAX);
	a->key = read_integer(json, "key", PG_INT64_MIN, PG_INT64_MAX);
	a->width = (int) read_integer(json, "width", 1, 1 << 24);
	a->height = (int) read_integer(json, "height", 1, 1 << 24);
	steps = getKeyJsonValueFromContainer(&json->root, "steps", strlen("steps"), &room);
	if (steps == NULL || steps->type != jbvBinary || !JsonContainerIsArray(steps->val.binary.data))
		malformed("steps");
	dp_read_recipe(JsonbValueToJsonb(steps), &a->recipe);
}

/* dp.augment_replay(image bytea, applied jsonb, mask boolean DEFAULT false) RETURNS bytea */
Datum
dp_augment_replay(PG_FUNCTION_ARGS)
{
	applied		a;
	dpk_image_info info;
	dpk_image  *in,
			   *out;
	dpk_plan	plan;

	read_applied(PG_GETARG_JSONB_P(1), &a);
	in = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	dp_draw_plan(&a.recipe, a.seed, a.key, in, &plan);
	plan.mask = PG_GETARG_BOOL(2);
	if (plan.mask && (in->width != a.width || in->height != a.height))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the mask has another size than the image: %d x %d", in->width, in->height),
				 errdetail("The image had %d x %d pixels.", a.width, a.height)));
	out = dp_apply_plan(&plan, in);
	PG_RETURN_BYTEA_P(dp_encode_image(out, info.format, DP_JPEG_QUALITY));
}

/* The numbers of an array, a multiple of 'unit' of them */
static double *
read_coordinates(ArrayType *array, const char *name, int unit, int *n)
{
	Datum	   *elements;
	bool	   *nulls;
	double	   *x;

	deconstruct_array(array, FLOAT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, n);
	if (*n % unit != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\"", name),
				 errdetail("It has %d numbers, which is not a multiple of %d.", *n, unit)));
	x = palloc(sizeof(double) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"%s\" must not contain nulls", name)));
		x[i] = DatumGetFloat8(elements[i]);
		if (!isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" must not contain NaN or infinity", name)));
	}
	return x;
}

static ArrayType *
make_coordinates(ArrayType *like, Datum *values, bool *nulls)
{
	if (ARR_NDIM(like) == 0)
		return construct_empty_array(FLOAT8OID);
	return construct_md_array(values, nulls, ARR_NDIM(like), ARR_DIMS(like), ARR_LBOUND(like), FLOAT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

static void
draw_again(const applied *a, dpk_plan *plan)
{
	dpk_error	err;

	dp_raise(dpk_recipe_draw(&a->recipe, a->seed, a->key, a->width, a->height, 3, plan, &err), &err);
}

static void
move_points(const dpk_plan *plan, const applied *a, int n, double *xy)
{
	size_t		bytes = dpk_plan_points_work(plan);
	void	   *work;
	dpk_error	err = {0};

	if (bytes > DP_SCRATCH_MAX || (bytes > 0 && plan->largest / plan->channels > (size_t) dp_max_image_pixels))
		dp_image_too_big(a->width, a->height, plan->channels);
	work = dp_scratch(bytes);
	dp_raise(dpk_plan_points(plan, a->width, a->height, n, xy, work, &dp_stop), &err);
	dp_free_scratch(work);
}

/* dp.augment_points(points float8[], applied jsonb) RETURNS float8[] */
Datum
dp_augment_points(PG_FUNCTION_ARGS)
{
	ArrayType  *points = PG_GETARG_ARRAYTYPE_P(0);
	int			n;
	double	   *xy = read_coordinates(points, "points", 2, &n);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	applied		a;
	dpk_plan	plan;

	read_applied(PG_GETARG_JSONB_P(1), &a);
	draw_again(&a, &plan);
	move_points(&plan, &a, n / 2, xy);
	for (int i = 0; i < n; i++)
		values[i] = Float8GetDatum(xy[i]);
	PG_RETURN_ARRAYTYPE_P(make_coordinates(points, values, NULL));
}

/* Edges of a box to the centres of pixels at its corners */
static void
corners_of(const double box[4], double xy[8])
{
	double		corner[8] = {box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3]};

	for (int i = 0; i < 8; i++)
		xy[i] = corner[i] - 0.5;
}

/* The box around four moved corners, clipped to the image; false where nothing is left */
static bool
box_around(const dpk_plan *plan, const double xy[8], double box[4])
{
	for (int k = 0; k < 2; k++)
	{
		double		least = Min(Min(xy[k], xy[k + 2]), Min(xy[k + 4], xy[k + 6])) + 0.5,
					most = Max(Max(xy[k], xy[k + 2]), Max(xy[k + 4], xy[k + 6])) + 0.5;

		box[k] = Max(least, 0);
		box[k + 2] = Min(most, k == 0 ? plan->width : plan->height);
	}
	return box[0] < box[2] && box[1] < box[3];
}

/* dp.augment_boxes(boxes float8[], applied jsonb) RETURNS float8[] */
Datum
dp_augment_boxes(PG_FUNCTION_ARGS)
{
	ArrayType  *boxes = PG_GETARG_ARRAYTYPE_P(0);
	int			n;
	double	   *x = read_coordinates(boxes, "boxes", 4, &n),
			   *xy;
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(n, 1));
	applied		a;
	dpk_plan	plan;

	read_applied(PG_GETARG_JSONB_P(1), &a);
	draw_again(&a, &plan);
	xy = palloc(sizeof(double) * 2 * Max(n, 1));
	for (int i = 0; i < n; i += 4)
		corners_of(x + i, xy + 2 * i);
	move_points(&plan, &a, n, xy);
	for (int i = 0; i < n; i += 4)
	{
		bool		left = box_around(&plan, xy + 2 * i, x + i);

		for (int j = i; j < i + 4; j++)
		{
			values[j] = Float8GetDatum(x[j]);
			nulls[j] = !left;
		}
	}
	PG_RETURN_ARRAYTYPE_P(make_coordinates(boxes, values, nulls));
}
