/*
 * distinct.c - dp.distinct: how many different values there were
 *
 * Values are hashed by their type's own hash function, so what is equal counts
 * once: 1.0 and 1.00, and texts under their collation.
 */
#include "compat.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "args.h"
#include "distinct.h"
#include "hash.h"
#include "state.h"

DP_STATE_TYPE(distinct, false)

PG_FUNCTION_INFO_V1(dp_distinct_add);
PG_FUNCTION_INFO_V1(dp_distinct_merge);
PG_FUNCTION_INFO_V1(dp_distinct_finish);
PG_FUNCTION_INFO_V1(dp_distinct_count);

#define FIRST_HASHES 4

static dpk_distinct *
make_distinct(int room)
{
	dpk_distinct *d = dp_state_alloc("dp.distinct", dpk_distinct_size(room));

	dpk_distinct_init(d, room);
	return d;
}

static dpk_distinct *
copy_distinct(const dpk_distinct *d, int room)
{
	dpk_distinct *copy = make_distinct(room);

	dpk_distinct_copy(copy, d);
	return copy;
}

/* The hash function of argument 1's type, kept between the rows of a query */
static FmgrInfo *
hash_function(FunctionCallInfo fcinfo)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	TypeCacheEntry *entry = fcinfo->flinfo->fn_extra;

	if (entry != NULL && entry->type_id == type)
		return &entry->hash_extended_proc_finfo;
	if (!OidIsValid(type))
		elog(ERROR, "could not determine data type of input");
	entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an extended hash function for type %s", format_type_be(type)),
				 errhint("Cast the value to a type that has one, such as text.")));
	fcinfo->flinfo->fn_extra = entry;
	return &entry->hash_extended_proc_finfo;
}

/* dp.distinct_add(state dp.distinct, x anyelement) -> dp.distinct */
Datum
dp_distinct_add(PG_FUNCTION_ARGS)
{
	dpk_distinct *d;
	uint64		hash;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	hash = DatumGetUInt64(FunctionCall2Coll(hash_function(fcinfo), PG_GET_COLLATION(), PG_GETARG_DATUM(1), Int64GetDatum(0)));
	d = PG_ARGISNULL(0) ? make_distinct(FIRST_HASHES) : dp_state_argument(fcinfo, 0);

	/* mixed once more: a type's own hash may be weak in some bits */
	if (!dpk_distinct_add(d, dpk_mix64(hash)))
	{
		d = copy_distinct(d, Min(2 * d->room + 1, DPK_EXACT_HASHES));
		dpk_distinct_add(d, dpk_mix64(hash));
	}
	PG_RETURN_POINTER(d);
}

/* dp.distinct_merge(a dp.distinct, b dp.distinct) -> dp.distinct; NULL and NULL stay NULL */
Datum
dp_distinct_merge(PG_FUNCTION_ARGS)
{
	dpk_distinct *a;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
		return result;
	a = dp_state_argument(fcinfo, 0);
	if (a->room < DPK_EXACT_HASHES)
		a = copy_distinct(a, DPK_EXACT_HASHES);
	dpk_distinct_merge(a, (dpk_distinct *) PG_GETARG_VARLENA_P(1));
	PG_RETURN_POINTER(a);
}

/* dp.distinct_finish(state dp.distinct) -> dp.distinct, without the room it had to grow */
Datum
dp_distinct_finish(PG_FUNCTION_ARGS)
{
	dpk_distinct *d = (dpk_distinct *) PG_GETARG_VARLENA_P(0);

	PG_RETURN_POINTER(copy_distinct(d, d->nhashes < 0 ? DPK_EXACT_HASHES : d->nhashes));
}

/* dp.distinct_count(state dp.distinct) -> bigint */
Datum
dp_distinct_count(PG_FUNCTION_ARGS)
{
	double		count = dpk_distinct_count((dpk_distinct *) PG_GETARG_VARLENA_P(0));

	/* registers that are all full, as no rows make them, count to infinity */
	PG_RETURN_INT64((int64) (Min(count, (double) DPK_MAX_ROWS) + 0.5));
}
