/*
 * label_counts.c - votes counted: the label most of them mean, and how far voters agree
 *
 * The state is a dp.label_counts.  dp.label_vote() adds a label per row,
 * dp.fleiss_kappa() and dp.krippendorff_alpha() all answers to an item at once.
 */
#include "compat.h"

#include <math.h>

#include "utils/array.h"
#include "utils/builtins.h"

#include "args.h"
#include "label_counts.h"
#include "state.h"
#include "votes.h"

DP_STATE_TYPE(label_counts, true)

PG_FUNCTION_INFO_V1(dp_label_counts_add);
PG_FUNCTION_INFO_V1(dp_label_counts_add_weighted);
PG_FUNCTION_INFO_V1(dp_label_counts_add_item);
PG_FUNCTION_INFO_V1(dp_label_counts_merge);
PG_FUNCTION_INFO_V1(dp_label_vote_final);
PG_FUNCTION_INFO_V1(dp_label_vote);
PG_FUNCTION_INFO_V1(dp_fleiss_kappa_final);
PG_FUNCTION_INFO_V1(dp_krippendorff_alpha_final);

#define FIRST_LABELS 4
#define FIRST_BYTES 64
#define MAX_WEIGHT 1e15

static dpk_label_counts *
make_counts(int room, int label_room)
{
	dpk_label_counts *c = dp_state_alloc("dp.label_counts", dpk_label_counts_size(room, label_room));

	dpk_label_counts_init(c, room, label_room);
	return c;
}

/* A label of the longest length always fits */
static dpk_label_counts *
larger_counts(dpk_label_counts *c)
{
	dpk_label_counts *copy = make_counts(2 * c->room + 1, 2 * c->label_room + DPK_MAX_COUNTED_LABEL);

	dpk_label_counts_copy(copy, c);
	return copy;
}

static dpk_label_counts *
add_label(dpk_label_counts *c, const char *label, size_t length, double weight)
{
	dpk_status	status;
	dpk_error	err;

	while ((status = dpk_label_counts_add(c, label, length, weight, &err)) == DPK_NO_MEMORY)
		c = larger_counts(c);
	dp_raise(status, &err);
	return c;
}

static Datum
add_vote(FunctionCallInfo fcinfo, double weight)
{
	dpk_label_counts *c;
	text	   *label;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	c = PG_ARGISNULL(0) ? make_counts(FIRST_LABELS, FIRST_BYTES) : dp_state_argument(fcinfo, 0);
	label = PG_GETARG_TEXT_PP(1);
	PG_RETURN_POINTER(add_label(c, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label), weight));
}

/* dp.label_counts_add(state dp.label_counts, label text) -> dp.label_counts */
Datum
dp_label_counts_add(PG_FUNCTION_ARGS)
{
	return add_vote(fcinfo, 1);
}

/* dp.label_counts_add(state dp.label_counts, label text, weight float8) -> dp.label_counts; NULL counts as no vote */
Datum
dp_label_counts_add_weighted(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		return dp_state_unchanged(fcinfo);
	dp_check_range("weight", PG_GETARG_FLOAT8(2), 0, MAX_WEIGHT);
	return add_vote(fcinfo, PG_GETARG_FLOAT8(2));
}

/* The votes of an item that are not NULL, counted by label, in a state of their own */
static dpk_label_counts *
count_votes(const char *name, ArrayType *array, int *n)
{
	dpk_label_counts *c = make_counts(FIRST_LABELS, FIRST_BYTES);
	dp_votes	votes = dp_read_votes(name, array);

	*n = 0;
	for (int i = 0; i < votes.n; i++)
	{
		if (votes.nulls[i])
			continue;
		c = add_label(c, VARDATA_ANY(DatumGetPointer(votes.values[i])), VARSIZE_ANY_EXHDR(DatumGetPointer(votes.values[i])), 1);
		(*n)++;
	}
	return c;
}

/* dp.label_counts_add(state dp.label_counts, answers text[]) -> dp.label_counts; an item with less than two says nothing */
Datum
dp_label_counts_add_item(PG_FUNCTION_ARGS)
{
	dpk_label_counts *c,
			   *item;
	double		pairs = 0;
	int			n;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	item = count_votes("answers", PG_GETARG_ARRAYTYPE_P(1), &n);
	if (n < 2)
		return dp_state_unchanged(fcinfo);
	c = PG_ARGISNULL(0) ? make_counts(FIRST_LABELS, FIRST_BYTES) : dp_state_argument(fcinfo, 0);
	for (int i = 0; i < item->n; i++)
	{
		double		count = dpk_label_count_at(item, i)->weight.sum;

		c = add_label(c, dpk_label_count_label(item, i), dpk_label_count_at(item, i)->length, count);
		pairs += count * (count - 1);
	}
	dpk_label_counts_item(c, n, pairs);
	pfree(item);
	PG_RETURN_POINTER(c);
}

/* dp.label_counts_merge(a dp.label_counts, b dp.label_counts) -> dp.label_counts; NULL and NULL stay NULL */
Datum
dp_label_counts_merge(PG_FUNCTION_ARGS)
{
	dpk_label_counts *a,
			   *b;
	dpk_status	status;
	dpk_error	err;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_label_counts *) PG_GETARG_VARLENA_P(1);
	while ((status = dpk_label_counts_merge(a, b, &err)) == DPK_NO_MEMORY)
		a = larger_counts(a);
	dp_raise(status, &err);
	PG_RETURN_POINTER(a);
}

static Datum
best_label(FunctionCallInfo fcinfo, const dpk_label_counts *c)
{
	int			best = dpk_label_counts_best(c);

	if (best < 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(dpk_label_count_label(c, best), dpk_label_count_at(c, best)->length));
}

/* dp.label_vote_final(state dp.label_counts) -> text */
Datum
dp_label_vote_final(PG_FUNCTION_ARGS)
{
	return best_label(fcinfo, (dpk_label_counts *) PG_GETARG_VARLENA_P(0));
}

/* dp.label_vote(votes text[]) -> text */
Datum
dp_label_vote(PG_FUNCTION_ARGS)
{
	int			n;

	return best_label(fcinfo, count_votes("votes", PG_GETARG_ARRAYTYPE_P(0), &n));
}

static Datum
agreement(FunctionCallInfo fcinfo, double value)
{
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* dp.fleiss_kappa_final(state dp.label_counts) -> float8 */
Datum
dp_fleiss_kappa_final(PG_FUNCTION_ARGS)
{
	dpk_label_counts *c = (dpk_label_counts *) PG_GETARG_VARLENA_P(0);

	if (c->fewest != c->most)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("Fleiss' kappa needs as many answers to every item"),
				 errdetail("One has " INT64_FORMAT ", another " INT64_FORMAT ".", c->fewest, c->most),
				 errhint("dp.krippendorff_alpha takes any number of them.")));
	return agreement(fcinfo, dpk_fleiss_kappa(c));
}

/* dp.krippendorff_alpha_final(state dp.label_counts) -> float8 */
Datum
dp_krippendorff_alpha_final(PG_FUNCTION_ARGS)
{
	return agreement(fcinfo, dpk_krippendorff_alpha((dpk_label_counts *) PG_GETARG_VARLENA_P(0)));
}
