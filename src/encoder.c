/*
 * encoder.c - categories and bins as features
 *
 * The aggregate dp.fit_encoder() keeps a dp.encoder as its state and returns
 * it.  A code is always a float8[], of one element but for one_hot and hashes,
 * so that codes and numbers are put together with ||.
 */
#include "compat.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "args.h"
#include "encoder.h"
#include "feature_row.h"
#include "fold.h"
#include "state.h"

DP_STATE_TYPE(encoder, true)

PG_FUNCTION_INFO_V1(dp_encoder_add);
PG_FUNCTION_INFO_V1(dp_encoder_add_target);
PG_FUNCTION_INFO_V1(dp_encoder_add_number);
PG_FUNCTION_INFO_V1(dp_encoder_merge);
PG_FUNCTION_INFO_V1(dp_encoder_finish);
PG_FUNCTION_INFO_V1(dp_encode);
PG_FUNCTION_INFO_V1(dp_encode_key);
PG_FUNCTION_INFO_V1(dp_encode_number);
PG_FUNCTION_INFO_V1(dp_decode);
PG_FUNCTION_INFO_V1(dp_encoder_categories);
PG_FUNCTION_INFO_V1(dp_encoder_edges);
PG_FUNCTION_INFO_V1(dp_hash_encode);

#define FIRST_CATEGORIES 2		/* of a group there may be a million others */
#define FIRST_LABEL_BYTES 32
#define FIRST_VALUES 16
#define MAX_HASH_PLACES 65536

static dpk_encoder *
make_encoder(dpk_encoding method, int bins, int room, int label_room)
{
	dpk_encoder *e = dp_state_alloc("dp.encoder", dpk_encoder_size(method, room, label_room));

	dpk_encoder_init(e, method, bins, room, label_room);
	return e;
}

static dpk_encoder *
copy_encoder(const dpk_encoder *e, int room, int label_room)
{
	dpk_encoder *copy = make_encoder(e->method, e->bins, room, label_room);

	dpk_encoder_copy(copy, e);
	return copy;
}

/* The limits of the kernel keep both far from an overflow; a category of the longest length always fits */
static dpk_encoder *
larger_encoder(dpk_encoder *e)
{
	return copy_encoder(e, 2 * e->room + 1, 2 * e->label_room + DPK_MAX_CATEGORY);
}

/* With room for so many values more */
static dpk_encoder *
with_room(dpk_encoder *e, int values)
{
	int			room = Max(e->room, FIRST_VALUES);

	while (room < DPK_SKETCH_MAX && room < dpk_sketch_needed(dpk_encoder_sketch(e)) + values)
		room *= 2;
	room = Min(room, DPK_SKETCH_MAX);
	return room > e->room ? copy_encoder(e, room, 0) : e;
}

static void
raise_method(dpk_encoding method, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("method \"%s\" %s", dpk_encoding_names[method], what),
			 errhint("%s", hint)));
}

static dpk_encoding
chosen_method(FunctionCallInfo fcinfo, int i)
{
	dp_require(fcinfo, i, "method");
	return dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(i)), dpk_encoding_names);
}

/* The state to add a row to: argument 0, or a new one */
static dpk_encoder *
encoder_for_row(FunctionCallInfo fcinfo, dpk_encoding method, int bins)
{
	dpk_encoder *e;

	if (PG_ARGISNULL(0))
		return make_encoder(method, bins, method == DPK_K_BINS ? 0 : FIRST_CATEGORIES, method == DPK_K_BINS ? 0 : FIRST_LABEL_BYTES);
	e = dp_state_argument(fcinfo, 0);
	if (e->method != method || e->bins != bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"method\" and \"bins\" must be the same for every row")));
	return e;
}

static dpk_encoder *
add_category(dpk_encoder *e, text *category, int *index)
{
	dpk_status	status;
	dpk_error	err;

	while ((status = dpk_encoder_add(e, VARDATA_ANY(category), VARSIZE_ANY_EXHDR(category), index, &err)) == DPK_NO_MEMORY)
		e = larger_encoder(e);
	dp_raise(status, &err);
	return e;
}

/* dp.encoder_add(state dp.encoder, category text, method text) -> dp.encoder */
Datum
dp_encoder_add(PG_FUNCTION_ARGS)
{
	dpk_encoding method = chosen_method(fcinfo, 2);
	int			index;

	if (method == DPK_TARGET)
		raise_method(method, "needs a target", "Call dp.fit_encoder(category, method, target, key).");
	if (method == DPK_K_BINS)
		raise_method(method, "needs numbers", "Call dp.fit_encoder(number, method, bins).");
	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	PG_RETURN_POINTER(add_category(encoder_for_row(fcinfo, method, 0), PG_GETARG_TEXT_PP(1), &index));
}

/*
 * dp.encoder_add(state dp.encoder, category text, method text, target float8, key bigint) -> dp.encoder
 *
 * A row without a category or a target tells nothing.
 */
Datum
dp_encoder_add_target(PG_FUNCTION_ARGS)
{
	dpk_encoding method = chosen_method(fcinfo, 2);
	dpk_encoder *e;
	double		target;
	int			index;

	if (method != DPK_TARGET)
		raise_method(method, "takes no target", "Only method \"target\" does.");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3) || isnan(PG_GETARG_FLOAT8(3)))
		return dp_state_unchanged(fcinfo);
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"key\" must not be null"),
				 errhint("It decides which fold a row is in: give the column that identifies a row, or a hash of it.")));
	target = PG_GETARG_FLOAT8(3);
	if (isinf(target))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot fit an encoder to an infinite target")));
	e = add_category(encoder_for_row(fcinfo, method, 0), PG_GETARG_TEXT_PP(1), &index);
	dpk_moments_add(&dpk_category_targets(e, index)[dpk_fold(PG_GETARG_INT64(4), DPK_TARGET_FOLDS, 0)], target);
	PG_RETURN_POINTER(e);
}

/* dp.encoder_add(state dp.encoder, x float8, method text, bins integer) -> dp.encoder */
Datum
dp_encoder_add_number(PG_FUNCTION_ARGS)
{
	dpk_encoding method = chosen_method(fcinfo, 2);
	dpk_encoder *e;
	double		x;

	if (method != DPK_K_BINS)
		raise_method(method, "takes no bins", "Only method \"k_bins\" does.");
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"bins\" must not be null")));
	dp_check_range("bins", PG_GETARG_INT32(3), 2, DPK_MAX_K_BINS);
	if (PG_ARGISNULL(1) || isnan(PG_GETARG_FLOAT8(1)))
		return dp_state_unchanged(fcinfo);
	x = PG_GETARG_FLOAT8(1);
	if (isinf(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot fit an encoder to an infinite value"),
				 errhint("Turn infinite values into NULL first, as in nullif(x, 'infinity').")));
	e = with_room(encoder_for_row(fcinfo, method, PG_GETARG_INT32(3)), 1);
	dpk_sketch_add(dpk_encoder_sketch(e), dpk_encoder_values(e), e->room, x);
	PG_RETURN_POINTER(e);
}

/* dp.encoder_merge(a dp.encoder, b dp.encoder) -> dp.encoder; NULL and NULL stay NULL */
Datum
dp_encoder_merge(PG_FUNCTION_ARGS)
{
	dpk_encoder *a,
			   *b;
	dpk_status	status;
	dpk_error	err;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_encoder *) PG_GETARG_VARLENA_P(1);
	if (a->method != b->method || a->bins != b->bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot merge encoders of different methods or bins")));
	if (a->method == DPK_K_BINS)
		a = with_room(a, dpk_sketch_needed(dpk_encoder_sketch(b)));
	while ((status = dpk_encoder_merge(a, b, &err)) == DPK_NO_MEMORY)
		a = larger_encoder(a);
	dp_raise(status, &err);
	PG_RETURN_POINTER(a);
}

/* dp.encoder_finish(state dp.encoder) -> dp.encoder, without the room it had to grow */
Datum
dp_encoder_finish(PG_FUNCTION_ARGS)
{
	dpk_encoder *e = (dpk_encoder *) PG_GETARG_VARLENA_P(0);

	/* of all rows and of each part, so that no code is out of range later */
	for (int without = -1; e->method == DPK_TARGET && without < DPK_TARGET_FOLDS; without++)
	{
		dpk_target_prior prior = dpk_encoder_prior(e, without);

		if (isnan(prior.mean) && isnan(prior.variance) && without >= 0)
			continue;			/* that fold is all there is, or the check of all rows has failed */
		if (!(isfinite(prior.mean) && isfinite(prior.variance)))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("target is out of range"),
					 errdetail("The targets are too large for double precision.")));
	}
	PG_RETURN_POINTER(copy_encoder(e, e->method == DPK_K_BINS ? dpk_sketch_needed(dpk_encoder_sketch(e)) : e->ncategories, e->label_bytes));
}

/* What an encoder makes of all rows, kept between the rows of a query */
typedef struct resolved
{
	dpk_encoder *encoder;
	dpk_target_prior priors[DPK_TARGET_FOLDS + 1];	/* without each fold, and of all */
	int			nbins;
	double	   *edges;			/* (nbins + 1) */
} resolved;

static void *
make_resolved(struct varlena *state)
{
	resolved   *r = palloc0(sizeof *r);
	dpk_encoder *e = (dpk_encoder *) state;

	r->encoder = e;
	if (e->method == DPK_TARGET)
		for (int f = 0; f <= DPK_TARGET_FOLDS; f++)
			r->priors[f] = dpk_encoder_prior(e, f < DPK_TARGET_FOLDS ? f : -1);
	if (e->method == DPK_K_BINS)
	{
		r->edges = palloc(mul_size(e->bins + 1, sizeof(double)));
		r->nbins = dpk_encoder_edges(e, r->edges);
	}
	return r;
}

static const resolved *
resolve(FunctionCallInfo fcinfo)
{
	return dp_state_made(fcinfo, 0, 0, make_resolved);
}

/* The index of the category of argument 1; -1 for NULL and what is not known */
static int
category_index(FunctionCallInfo fcinfo, const dpk_encoder *e)
{
	text	   *category;

	if (PG_ARGISNULL(1))
		return -1;
	category = PG_GETARG_TEXT_PP(1);
	return dpk_encoder_find(e, VARDATA_ANY(category), VARSIZE_ANY_EXHDR(category));
}

static Datum
target_code(const resolved *r, int index, int without)
{
	const dpk_target_prior *prior = &r->priors[without < 0 ? DPK_TARGET_FOLDS : without];
	double		code = dpk_encoder_target(r->encoder, index, without, prior);

	if (!isfinite(prior->variance) ? !isnan(prior->mean) : !isfinite(code))
		float_overflow_error();
	return dp_features_array(&code, 0, 1);
}

/* dp.encode(encoder dp.encoder, category text) -> float8[] */
Datum
dp_encode(PG_FUNCTION_ARGS)
{
	const resolved *r;
	double	   *code;
	int			index,
				n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	r = resolve(fcinfo);
	if (r->encoder->method == DPK_K_BINS)
		raise_method(DPK_K_BINS, "needs numbers", "Cast the value to float8.");
	index = category_index(fcinfo, r->encoder);
	if (r->encoder->method == DPK_TARGET)
		return target_code(r, index, -1);
	n = r->encoder->method == DPK_ONE_HOT ? r->encoder->ncategories : 1;
	code = palloc0(mul_size(n + 1, sizeof(double)));
	if (r->encoder->method == DPK_ORDINAL)
		code[0] = index < 0 ? NAN : index;
	else if (index >= 0)
		code[index] = 1;
	return dp_features_array(code, 0, n);
}

/* dp.encode(encoder dp.encoder, category text, key bigint) -> float8[], learnt without the fold of that key */
Datum
dp_encode_key(PG_FUNCTION_ARGS)
{
	const resolved *r;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	r = resolve(fcinfo);
	if (r->encoder->method != DPK_TARGET)
		raise_method(r->encoder->method, "takes no key", "Only method \"target\" does.");
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"key\" must not be null"),
				 errhint("Give the key the row had when the encoder was fitted, or leave it out for a new row.")));
	return target_code(r, category_index(fcinfo, r->encoder), dpk_fold(PG_GETARG_INT64(2), DPK_TARGET_FOLDS, 0));
}

/* dp.encode(encoder dp.encoder, x float8) -> float8[] */
Datum
dp_encode_number(PG_FUNCTION_ARGS)
{
	const resolved *r;
	double		x,
				code = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	r = resolve(fcinfo);
	if (r->encoder->method != DPK_K_BINS)
		raise_method(r->encoder->method, "needs text", "Cast the value to text.");
	x = PG_ARGISNULL(1) ? NAN : PG_GETARG_FLOAT8(1);
	for (int i = 1; i < r->nbins; i++)
		code += x >= r->edges[i];
	if (isnan(x) || r->nbins == 0)
		code = NAN;
	return dp_features_array(&code, 0, 1);
}

static int
check_code(double code, int n)
{
	if (!(code >= 0 && code < n && code == floor(code)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid code: %g", code),
				 errdetail("A code is a whole number from 0 to %d.", n - 1)));
	return (int) code;
}

/* The index a code stands for, -1 for none */
static int
decoded_index(const resolved *r, const dp_features *code)
{
	const dpk_encoder *e = r->encoder;
	int			best = -1;

	if (e->method == DPK_ONE_HOT)
	{
		dp_check_features("The code", code->n, e->ncategories);
		for (int i = 0, k = 0; i < code->n; i++)
		{
			if (dp_feature_is_null(code, i))
				continue;
			if (code->values[k] > (best < 0 ? 0 : code->values[best]))
				best = k;
			k++;
		}
		/* of those that are not NULL, back to all */
		for (int i = 0; i <= best; i++)
			best += dp_feature_is_null(code, i);
		return best;
	}
	dp_check_features("The code", code->n, 1);
	if (dp_feature_is_null(code, 0) || isnan(code->values[0]))
		return -1;
	return check_code(code->values[0], e->method == DPK_K_BINS ? r->nbins : e->ncategories);
}

/* dp.decode(encoder dp.encoder, code float8[]) -> text */
Datum
dp_decode(PG_FUNCTION_ARGS)
{
	const resolved *r = resolve(fcinfo);
	dp_features code;
	int			index;

	if (r->encoder->method == DPK_TARGET)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("method \"target\" cannot be undone")));
	code = dp_read_features("code", PG_GETARG_ARRAYTYPE_P(1));
	index = decoded_index(r, &code);
	if (index < 0)
		PG_RETURN_NULL();
	if (r->encoder->method == DPK_K_BINS)
		PG_RETURN_TEXT_P(cstring_to_text(float8out_internal(0.5 * r->edges[index] + 0.5 * r->edges[index + 1])));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(dpk_category_label(r->encoder, index), dpk_category_at(r->encoder, index)->label_length));
}

/* dp.encoder_categories(encoder dp.encoder) -> text[]; NULL for k_bins */
Datum
dp_encoder_categories(PG_FUNCTION_ARGS)
{
	dpk_encoder *e = (dpk_encoder *) PG_GETARG_VARLENA_P(0);
	Datum	   *labels = palloc(mul_size(e->ncategories + 1, sizeof(Datum)));

	if (e->method == DPK_K_BINS)
		PG_RETURN_NULL();
	for (int i = 0; i < e->ncategories; i++)
		labels[i] = PointerGetDatum(cstring_to_text_with_len(dpk_category_label(e, i), dpk_category_at(e, i)->label_length));
	PG_RETURN_ARRAYTYPE_P(construct_array(labels, e->ncategories, TEXTOID, -1, false, TYPALIGN_INT));
}

/* dp.encoder_edges(encoder dp.encoder) -> float8[], one more than there are bins; NULL unless k_bins */
Datum
dp_encoder_edges(PG_FUNCTION_ARGS)
{
	const resolved *r = resolve(fcinfo);

	if (r->nbins == 0)
		PG_RETURN_NULL();
	return dp_features_array(r->edges, 0, r->nbins + 1);
}

/*
 * dp.hash_encode(category text, places integer) -> float8[]
 *
 * 1 or -1 in the place that the hash of the UTF-8 form picks, whatever the
 * server's encoding.
 */
Datum
dp_hash_encode(PG_FUNCTION_ARGS)
{
	int			places = PG_GETARG_INT32(1);
	double	   *code;

	dp_check_range("places", places, 1, MAX_HASH_PLACES);
	code = palloc0(mul_size(places, sizeof(double)));
	if (!PG_ARGISNULL(0))
	{
		text	   *category = PG_GETARG_TEXT_PP(0);
		int			length = VARSIZE_ANY_EXHDR(category);
		char	   *utf8 = pg_server_to_any(VARDATA_ANY(category), length, PG_UTF8);
		int32		hash = dpk_murmur3(utf8, utf8 == VARDATA_ANY(category) ? length : strlen(utf8));

		code[(hash < 0 ? -(int64) hash : hash) % places] = hash < 0 ? -1 : 1;
	}
	return dp_features_array(code, 0, places);
}
