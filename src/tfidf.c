/*
 * tfidf.c - dp.tfidf: what each term of a text weighs among the documents it was fitted to
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "args.h"
#include "state.h"
#include "textio.h"
#include "tfidf.h"
#include "xxh64.h"

DP_STATE_TYPE(tfidf, false)

PG_FUNCTION_INFO_V1(dp_tfidf_add);
PG_FUNCTION_INFO_V1(dp_tfidf_merge);
PG_FUNCTION_INFO_V1(dp_tfidf_finish);
PG_FUNCTION_INFO_V1(dp_tfidf_count);
PG_FUNCTION_INFO_V1(dp_tfidf_weights);
PG_FUNCTION_INFO_V1(dp_tfidf_similarity);

/* A term of a text, with where it stands first */
typedef struct found
{
	uint64		hash;
	const char *term;
	size_t		length;
	double		weight;			/* once the list is resolved */
} found;

static int
compare_found(const void *a, const void *b, void *arg)
{
	const found *x = a,
			   *y = b;

	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : x->term < y->term ? -1 : x->term > y->term;
}

/* The terms of a text by their hashes; repeated ones are neighbours */
static found *
find_terms(const text *t, int ngram, const text *unit, size_t *n)
{
	dpk_shingles s = dp_text_shingles(t, ngram, unit);
	size_t		bytes = mul_size(dpk_shingles_most(&s) + 1, sizeof(found)),
				work = 0;
	found	   *list;

	dp_check_text_memory(bytes);
	list = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	for (*n = 0; dpk_shingles_next(&s, &list[*n].term, &list[*n].length); ++*n)
	{
		list[*n].hash = dpk_xxh64(list[*n].term, list[*n].length);
		dp_shingle_work(&work, list[*n].length);
	}
	qsort_interruptible(list, *n, sizeof(found), compare_found, NULL);
	return list;
}

static const text *
unit_name(bool characters)
{
	return cstring_to_text(characters ? "character" : "word");
}

/* A table for so many terms more, with what 't' has, of which it may be one already */
static dpk_tfidf *
with_room(dpk_tfidf *t, int64 more)
{
	dpk_tfidf  *larger;
	dpk_error	err;
	int32		room;

	if (dpk_tfidf_has_room(t, more))
		return t;
	dp_raise(dpk_tfidf_room(t->nterms + more, &room, &err), &err);
	larger = dp_state_alloc("dp.tfidf", dpk_tfidf_size(room));
	dpk_tfidf_init(larger, t->ngram, t->characters, room);
	dpk_tfidf_merge(larger, t);
	return larger;
}

static void
check_same(const dpk_tfidf *t, int ngram, bool characters)
{
	if (t->ngram != ngram || t->characters != characters)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("terms are of different kinds: %d %s, and %d %s", t->ngram, t->characters ? "characters" : "words",
						ngram, characters ? "characters" : "words")));
}

/* dp.tfidf_add(state dp.tfidf, text text [, ngram integer, unit text]) -> dp.tfidf */
Datum
dp_tfidf_add(PG_FUNCTION_ARGS)
{
	int			ngram = 1;
	const text *unit = NULL;
	bool		characters;
	dpk_tfidf  *t;
	found	   *list;
	size_t		n;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"ngram\" and \"unit\" must not be null")));
		ngram = PG_GETARG_INT32(2);
		unit = PG_GETARG_TEXT_PP(3);
	}
	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	if (unit == NULL)
		unit = unit_name(false);
	list = find_terms(PG_GETARG_TEXT_PP(1), ngram, unit, &n);
	characters = *VARDATA_ANY(unit) == 'c';
	if (PG_ARGISNULL(0))
	{
		t = dp_state_alloc("dp.tfidf", dpk_tfidf_size(0));
		dpk_tfidf_init(t, ngram, characters, 0);
	}
	else
		t = dp_state_argument(fcinfo, 0);
	check_same(t, ngram, characters);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || list[i].hash != list[i - 1].hash)
		{
			t = with_room(t, 1);
			dpk_tfidf_add(t, list[i].hash, 1);
		}
	t->documents = Min(t->documents + 1, DPK_MAX_ROWS);
	PG_RETURN_POINTER(t);
}

/* dp.tfidf_merge(a dp.tfidf, b dp.tfidf) -> dp.tfidf; NULL and NULL stay NULL */
Datum
dp_tfidf_merge(PG_FUNCTION_ARGS)
{
	dpk_tfidf  *a,
			   *b;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_tfidf *) PG_GETARG_VARLENA_P(1);
	check_same(a, b->ngram, b->characters);
	a = with_room(a, b->nterms);
	dpk_tfidf_merge(a, b);
	PG_RETURN_POINTER(a);
}

static dpk_tfidf *
ordered(const dpk_tfidf *t)
{
	dpk_tfidf  *copy = dp_state_alloc("dp.tfidf", dpk_tfidf_size(t->nterms));

	dpk_tfidf_order(copy, t);
	return copy;
}

/* dp.tfidf_finish(state dp.tfidf) -> dp.tfidf, its terms in order */
Datum
dp_tfidf_finish(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ordered((dpk_tfidf *) PG_GETARG_VARLENA_P(0)));
}

/* dp.row_count(state dp.tfidf) -> bigint */
Datum
dp_tfidf_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_tfidf *) PG_GETARG_VARLENA_P(0))->documents);
}

static void *
keep_state(struct varlena *state)
{
	return state;
}

/* The different terms of a text that the model knows, with their weights; their squares add up to 1 */
static found *
weigh(const dpk_tfidf *model, const text *t, size_t *n)
{
	size_t		all,
				kept = 0;
	found	   *list = find_terms(t, model->ngram, unit_name(model->characters), &all);
	double		squares = 0;

	for (size_t i = 0, next; i < all; i = next)
	{
		double		weight = dpk_tfidf_weight(model, list[i].hash);

		for (next = i + 1; next < all && list[next].hash == list[i].hash; next++)
			;
		if (weight == 0)
			continue;
		list[kept] = list[i];
		list[kept].weight = weight * (next - i);
		squares += list[kept].weight * list[kept].weight;
		kept++;
	}
	for (size_t i = 0; i < kept; i++)
		list[i].weight /= sqrt(squares);
	*n = kept;
	return list;
}

/* Argument 0; what distinguishes ordered states is in their head */
static const dpk_tfidf *
model_argument(FunctionCallInfo fcinfo)
{
	const dpk_tfidf *model = dp_state_made(fcinfo, 0, sizeof(dpk_tfidf), keep_state);

	/* one that a transition function left behind has no sum */
	return model->room == 0 ? model : (const dpk_tfidf *) PG_GETARG_VARLENA_P(0);
}

/* As jsonb has its keys: what is in order already is not sorted there, where no interrupt is heard */
static int
compare_keys(const void *a, const void *b, void *arg)
{
	const found *x = a,
			   *y = b;

	return x->length != y->length ? (x->length < y->length ? -1 : 1) : memcmp(x->term, y->term, x->length);
}

/* dp.tfidf(model dp.tfidf, text text) -> jsonb */
Datum
dp_tfidf_weights(PG_FUNCTION_ARGS)
{
	size_t		n;
	found	   *list = weigh(model_argument(fcinfo), PG_GETARG_TEXT_PP(1), &n);
	JsonbParseState *state = NULL;
	JsonbValue *result;

	qsort_interruptible(list, n, sizeof(found), compare_keys, NULL);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (size_t i = 0; i < n; i++)
	{
		text	   *term = dp_utf8_text(list[i].term, list[i].length);
		JsonbValue	key = {.type = jbvString,.val.string = {VARSIZE_ANY_EXHDR(term), VARDATA_ANY(term)}},
					value = {.type = jbvNumeric,.val.numeric = DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(list[i].weight)))};

		CHECK_FOR_INTERRUPTS();
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	result = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}

/* dp.tfidf_similarity(model dp.tfidf, a text, b text) -> float8; 0 where one has no term the model knows */
Datum
dp_tfidf_similarity(PG_FUNCTION_ARGS)
{
	const dpk_tfidf *model = model_argument(fcinfo);
	size_t		na,
				nb,
				i = 0,
				j = 0;
	found	   *a = weigh(model, PG_GETARG_TEXT_PP(1), &na),
			   *b = weigh(model, PG_GETARG_TEXT_PP(2), &nb);
	double		sum = 0;

	while (i < na && j < nb)
	{
		if (a[i].hash == b[j].hash)
			sum += a[i++].weight * b[j++].weight;
		else if (a[i].hash < b[j].hash)
			i++;
		else
			j++;
	}
	PG_RETURN_FLOAT8(Min(sum, 1));
}
