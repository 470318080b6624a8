/*
 * top.c - dp.top: the most frequent values
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/builtins.h"

#include "args.h"
#include "state.h"
#include "top.h"

DP_STATE_TYPE(top, true)

PG_FUNCTION_INFO_V1(dp_top_add);
PG_FUNCTION_INFO_V1(dp_top_merge);
PG_FUNCTION_INFO_V1(dp_top_finish);
PG_FUNCTION_INFO_V1(dp_top_count);
PG_FUNCTION_INFO_V1(dp_top_values);

#define DEFAULT_COUNTERS 256
#define FIRST_ENTRIES 4
#define FIRST_LABEL_BYTES 64

static dpk_top *
make_top(int capacity, int room, int label_room)
{
	dpk_top    *t = dp_state_alloc("dp.top", dpk_top_size(room, label_room));

	dpk_top_init(t, capacity, room, label_room);
	return t;
}

static dpk_top *
copy_top(const dpk_top *t, int room, int label_room)
{
	dpk_top    *copy = make_top(t->capacity, room, label_room);

	dpk_top_copy(copy, t);
	return copy;
}

/* 'count' more of a label, in 't' or in a larger copy of it */
static dpk_top *
add_label(dpk_top *t, const char *label, size_t length, int64 count)
{
	dpk_status	status;
	dpk_error	err;

	while ((status = dpk_top_add(t, label, length, count, &err)) == DPK_NO_MEMORY)
	{
		int			room,
					label_room;

		dpk_top_larger(t, &room, &label_room);
		t = copy_top(t, room, label_room);
	}
	dp_raise(status, &err);
	return t;
}

/* dp.top_add(state dp.top, x text [, counters integer]) -> dp.top */
Datum
dp_top_add(PG_FUNCTION_ARGS)
{
	int			capacity = DEFAULT_COUNTERS;
	dpk_top    *t;
	text	   *x;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"counters\" must not be null")));
		capacity = PG_GETARG_INT32(2);
		dp_check_range("counters", capacity, 1, DPK_MAX_COUNTERS);
	}
	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	t = PG_ARGISNULL(0) ? make_top(capacity, FIRST_ENTRIES, FIRST_LABEL_BYTES) : dp_state_argument(fcinfo, 0);
	if (t->capacity != capacity && PG_NARGS() > 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"counters\" must be the same for every row")));
	x = PG_GETARG_TEXT_PP(1);
	PG_RETURN_POINTER(add_label(t, VARDATA_ANY(x), VARSIZE_ANY_EXHDR(x), 1));
}

/* dp.top_merge(a dp.top, b dp.top) -> dp.top; NULL and NULL stay NULL */
Datum
dp_top_merge(PG_FUNCTION_ARGS)
{
	dpk_top    *a,
			   *b;
	Datum		result;
	dpk_error	err;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	b = (dpk_top *) PG_GETARG_VARLENA_P(1);
	dp_raise(dpk_top_start_merge(a, b, &err), &err);
	for (int i = 0; i < b->nentries; i++)
	{
		const dpk_top_entry *entry = dpk_top_entry_at(b, i);

		a = add_label(a, dpk_top_label(b, entry), entry->label_length, entry->count);
	}
	PG_RETURN_POINTER(a);
}

/* dp.top_finish(state dp.top) -> dp.top, without the room it had to grow */
Datum
dp_top_finish(PG_FUNCTION_ARGS)
{
	dpk_top    *t = (dpk_top *) PG_GETARG_VARLENA_P(0);

	PG_RETURN_POINTER(copy_top(t, t->nentries, dpk_top_label_bytes(t)));
}

/* dp.row_count(state dp.top) -> bigint */
Datum
dp_top_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((dpk_top *) PG_GETARG_VARLENA_P(0))->n);
}

/* The most frequent first, equal ones by their bytes, as they are in memory */
static int
compare_entries(const void *a, const void *b)
{
	const dpk_top_entry *x = *(const dpk_top_entry *const *) a,
			   *y = *(const dpk_top_entry *const *) b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* dp.top_values(state dp.top, k integer DEFAULT 10) -> (value, count, missed), the most frequent first */
Datum
dp_top_values(PG_FUNCTION_ARGS)
{
	dpk_top    *t = (dpk_top *) PG_GETARG_VARLENA_P(0);
	int			k = PG_GETARG_INT32(1);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	dpk_top_entry **sorted = palloc(mul_size(t->nentries + 1, sizeof(dpk_top_entry *)));

	dp_check_range("k", k, 1, 2 * DPK_MAX_COUNTERS);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < t->nentries; i++)
		sorted[i] = dpk_top_entry_at(t, i);
	qsort(sorted, t->nentries, sizeof *sorted, compare_entries);
	for (int i = 0; i < Min(k, t->nentries); i++)
	{
		Datum		values[3] = {
			PointerGetDatum(cstring_to_text_with_len(dpk_top_label(t, sorted[i]), sorted[i]->label_length)),
			Int64GetDatum(sorted[i]->count),
			Int64GetDatum(t->missed)
		};
		bool		nulls[3] = {false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
