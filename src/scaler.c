/*
 * scaler.c - learn the scale of features, apply it, undo it
 *
 * The aggregate dp.fit_scaler() keeps a dp.scaler as its state and returns it:
 * what it learnt can be stored, merged with dp.merge() and applied.
 */
#include "compat.h"

#include <math.h>

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "feature_row.h"
#include "scaler.h"
#include "state.h"

DP_STATE_TYPE(scaler, false)

PG_FUNCTION_INFO_V1(dp_scaler_add);
PG_FUNCTION_INFO_V1(dp_scaler_add_value);
PG_FUNCTION_INFO_V1(dp_scaler_merge);
PG_FUNCTION_INFO_V1(dp_scaler_finish);
PG_FUNCTION_INFO_V1(dp_scale);
PG_FUNCTION_INFO_V1(dp_scale_value);
PG_FUNCTION_INFO_V1(dp_unscale);
PG_FUNCTION_INFO_V1(dp_unscale_value);
PG_FUNCTION_INFO_V1(dp_scaler_center);
PG_FUNCTION_INFO_V1(dp_scaler_scale);
PG_FUNCTION_INFO_V1(dp_scaler_lambda);

static dpk_scaler *
make_scaler(dpk_scaling method, int nfeatures, int room)
{
	size_t		size;
	dpk_scaler *s;

	if (!dpk_scaler_size(method, nfeatures, room, &size))
		size = SIZE_MAX;
	s = dp_state_alloc("dp.scaler", size);
	dpk_scaler_init(s, method, nfeatures, room);
	return s;
}

/* The same scaler with room for the sketches to grow, or itself */
static dpk_scaler *
with_room(dpk_scaler *s, int room)
{
	dpk_scaler *copy;

	if (room <= s->room)
		return s;
	copy = make_scaler(s->method, s->nfeatures, room);
	dpk_scaler_copy(copy, s);
	return copy;
}

/* Asked once a row, of some letters: a loop takes a quarter of what strlen() and memcmp() do */
static inline bool
text_is(const text *t, const char *name)
{
	const char *letters = VARDATA_ANY(t);
	size_t		length = VARSIZE_ANY_EXHDR(t),
				i = 0;

	while (i < length && name[i] == letters[i]) /* no text contains the zero that ends a name */
		i++;
	return i == length && name[i] == '\0';
}

/* The state to add a row to: argument 0, or a new one; ERROR unless 'method' and the number of features fit */
static dpk_scaler *
scaler_for_row(FunctionCallInfo fcinfo, int nfeatures)
{
	text	   *method;
	dpk_scaler *s;

	dp_require(fcinfo, 2, "method");
	method = PG_GETARG_TEXT_PP(2);
	if (PG_ARGISNULL(0))
	{
		int			chosen = dp_choose("method", text_to_cstring(method), dpk_scaling_names);

		dp_check_range("number of features", nfeatures, 1, DPK_MAX_FEATURES);
		s = make_scaler(chosen, nfeatures, 0);
	}
	else
	{
		s = dp_state_argument(fcinfo, 0);
		if (!text_is(method, dpk_scaling_names[s->method]))
		{
			dp_choose("method", text_to_cstring(method), dpk_scaling_names);
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"method\" must be the same for every row"),
					 errdetail("It was \"%s\" before and is \"%s\" now.", dpk_scaling_names[s->method], text_to_cstring(method))));
		}
		dp_check_features("The scaler", nfeatures, s->nfeatures);
	}
	return dpk_scaler_sketches(s->method) ? with_room(s, dpk_scaler_room(s, NULL)) : s;
}

/*
 * dp.scaler_add(state dp.scaler, features float8[], method text) -> dp.scaler
 *
 * A row that is NULL as a whole tells nothing.
 */
Datum
dp_scaler_add(PG_FUNCTION_ARGS)
{
	dp_features features;
	dpk_scaler *s;
	dpk_error	err;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	features = dp_read_features("features", PG_GETARG_ARRAYTYPE_P(1));
	s = scaler_for_row(fcinfo, features.n);
	dp_raise(dpk_scaler_add(s, features.values, features.nulls, &err), &err);
	PG_RETURN_POINTER(s);
}

/* dp.scaler_add(state dp.scaler, feature float8, method text) -> dp.scaler */
Datum
dp_scaler_add_value(PG_FUNCTION_ARGS)
{
	dpk_scaler *s;
	double		value;
	dpk_error	err;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	value = PG_GETARG_FLOAT8(1);
	s = scaler_for_row(fcinfo, 1);
	dp_raise(dpk_scaler_add(s, &value, NULL, &err), &err);
	PG_RETURN_POINTER(s);
}

/* dp.scaler_merge(a dp.scaler, b dp.scaler) -> dp.scaler; NULL and NULL stay NULL */
Datum
dp_scaler_merge(PG_FUNCTION_ARGS)
{
	dpk_scaler *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_scaler *) PG_GETARG_VARLENA_P(1);
	if (a->method != b->method)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge scalers of different methods"),
				 errdetail("One is \"%s\", the other \"%s\".", dpk_scaling_names[a->method], dpk_scaling_names[b->method])));
	dp_check_features("The scaler", b->nfeatures, a->nfeatures);
	if (dpk_scaler_sketches(a->method))
		a = with_room(a, dpk_scaler_room(a, b));
	dp_raise(dpk_scaler_merge(a, b, &err), &err);
	PG_RETURN_POINTER(a);
}

/* dp.scaler_finish(state dp.scaler) -> dp.scaler, without the room it had to grow */
Datum
dp_scaler_finish(PG_FUNCTION_ARGS)
{
	dpk_scaler *s = (dpk_scaler *) PG_GETARG_VARLENA_P(0);
	dpk_scaler *copy = make_scaler(s->method, s->nfeatures, dpk_scaler_needed(s));
	int			overflow = dpk_scaler_overflow(s);

	if (overflow >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("spread of feature %d is out of range", overflow + 1),
				 errdetail("The values are too large for double precision.")));
	dpk_scaler_copy(copy, s);
	PG_RETURN_POINTER(copy);
}

/* What a scaler does to each feature, kept between the rows of a query */
typedef struct resolved
{
	dpk_scaler *scaler;
	dpk_transform *transforms;	/* (nfeatures) */
} resolved;

static void *
make_resolved(struct varlena *state)
{
	resolved   *r = palloc(sizeof *r);
	dpk_scaler *s = (dpk_scaler *) state;
	double	   *knots = NULL;
	dpk_error	err;

	r->scaler = s;
	r->transforms = palloc0(mul_size(sizeof(dpk_transform), s->nfeatures));
	if (s->method == DPK_QUANTILE)
		knots = palloc(mul_size(mul_size(sizeof(double), DPK_KNOTS), s->nfeatures));
	for (int i = 0; knots != NULL && i < s->nfeatures; i++)
		r->transforms[i].knots = knots + (size_t) i * DPK_KNOTS;
	dp_raise(dpk_scaler_resolve(s, r->transforms, &dp_stop, &err), &err);
	return r;
}

static const resolved *
resolve(FunctionCallInfo fcinfo)
{
	return dp_state_made(fcinfo, 0, 0, make_resolved);
}

static double
apply(const resolved *r, int i, double x, bool inverse)
{
	const dpk_transform *t = &r->transforms[i];
	const char *method = dpk_scaling_names[t->method];

	if (isnan(t->center))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("feature %d of the scaler has no values", i + 1),
				 errdetail("It was NULL or NaN in every row the scaler was fitted to.")));
	if (!inverse && x <= dpk_transform_least(t->method) && !isinf(dpk_transform_least(t->method)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" cannot scale %g", method, x),
				 errdetail("Feature %d must be greater than %g.", i + 1, dpk_transform_least(t->method))));
	if (inverse && t->method == DPK_WINSOR)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("method \"%s\" cannot be undone", method)));
	return inverse ? dpk_transform_undo(t, x) : dpk_transform_apply(t, x);
}

/* Works on a copy of the array, so NULL elements and bounds stay what they are */
static Datum
apply_to_array(FunctionCallInfo fcinfo, bool inverse)
{
	const resolved *r = resolve(fcinfo);
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P_COPY(1);
	dp_features features = dp_read_features("features", array);
	double	   *x = (double *) ARR_DATA_PTR(array);

	dp_check_features("The scaler", features.n, r->scaler->nfeatures);
	for (int i = 0; i < features.n; i++)
	{
		if (dp_feature_is_null(&features, i))
			continue;
		*x = apply(r, i, *x, inverse);
		x++;
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

static Datum
apply_to_value(FunctionCallInfo fcinfo, bool inverse)
{
	const resolved *r = resolve(fcinfo);

	dp_check_features("The scaler", 1, r->scaler->nfeatures);
	PG_RETURN_FLOAT8(apply(r, 0, PG_GETARG_FLOAT8(1), inverse));
}

/* dp.scale(scaler dp.scaler, features float8[]) -> float8[] */
Datum
dp_scale(PG_FUNCTION_ARGS)
{
	return apply_to_array(fcinfo, false);
}

/* dp.scale(scaler dp.scaler, feature float8) -> float8 */
Datum
dp_scale_value(PG_FUNCTION_ARGS)
{
	return apply_to_value(fcinfo, false);
}

/* dp.unscale(scaler dp.scaler, features float8[]) -> float8[] */
Datum
dp_unscale(PG_FUNCTION_ARGS)
{
	return apply_to_array(fcinfo, true);
}

/* dp.unscale(scaler dp.scaler, feature float8) -> float8 */
Datum
dp_unscale_value(PG_FUNCTION_ARGS)
{
	return apply_to_value(fcinfo, true);
}

/* One number of each feature's transformation, NULL where it has none */
static Datum
numbers(FunctionCallInfo fcinfo, size_t offset)
{
	const resolved *r = resolve(fcinfo);
	int			n = r->scaler->nfeatures;
	double	   *x = palloc(mul_size(n, sizeof(double)));

	for (int i = 0; i < n; i++)
		x[i] = *(double *) ((char *) &r->transforms[i] + offset);
	return dp_features_array(x, 0, n);
}

/* dp.scaler_center(scaler dp.scaler) -> float8[] */
Datum
dp_scaler_center(PG_FUNCTION_ARGS)
{
	return numbers(fcinfo, offsetof(dpk_transform, center));
}

/* dp.scaler_scale(scaler dp.scaler) -> float8[] */
Datum
dp_scaler_scale(PG_FUNCTION_ARGS)
{
	return numbers(fcinfo, offsetof(dpk_transform, scale));
}

/* dp.scaler_lambda(scaler dp.scaler) -> float8[] */
Datum
dp_scaler_lambda(PG_FUNCTION_ARGS)
{
	return numbers(fcinfo, offsetof(dpk_transform, lambda));
}
