/*
 * model_compare.c - values of type dp.model compared: equal, in an order, hashed
 *
 * By their SHA-256 alone, which is computed where a value comes in: two values
 * with the same one are the same model.  So an index or a DISTINCT reads 32
 * bytes of a value, however large it is.  The order means nothing but that it
 * is one.
 */
#include "compat.h"

#include "common/hashfn.h"

#include "model_value.h"

PG_FUNCTION_INFO_V1(dp_model_eq);
PG_FUNCTION_INFO_V1(dp_model_ne);
PG_FUNCTION_INFO_V1(dp_model_lt);
PG_FUNCTION_INFO_V1(dp_model_le);
PG_FUNCTION_INFO_V1(dp_model_gt);
PG_FUNCTION_INFO_V1(dp_model_ge);
PG_FUNCTION_INFO_V1(dp_model_cmp);
PG_FUNCTION_INFO_V1(dp_model_hash);
PG_FUNCTION_INFO_V1(dp_model_hash_extended);

typedef struct digest
{
	uint8		bytes[PG_SHA256_DIGEST_LENGTH];
} digest;

static digest
digest_of(FunctionCallInfo fcinfo, int i)
{
	struct varlena *head = PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(i), 0, PG_SHA256_DIGEST_LENGTH);
	digest		d;

	if (VARSIZE_ANY_EXHDR(head) != sizeof(d.bytes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid value of type dp.model"),
				 errdetail("It is cut off.")));
	memcpy(d.bytes, VARDATA_ANY(head), sizeof(d.bytes));
	pfree(head);
	return d;
}

static int
compare(FunctionCallInfo fcinfo)
{
	digest		a = digest_of(fcinfo, 0),
				b = digest_of(fcinfo, 1);

	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

/* model_eq(a dp.model, b dp.model) returns boolean, and so on */
#define COMPARISON(name, operator) \
Datum \
dp_model_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare(fcinfo) operator 0); \
}

COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

/* model_cmp(a dp.model, b dp.model) returns integer: below 0, 0 or above */
Datum
dp_model_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/* model_hash(value dp.model) returns integer */
Datum
dp_model_hash(PG_FUNCTION_ARGS)
{
	digest		d = digest_of(fcinfo, 0);

	return hash_any(d.bytes, sizeof(d.bytes));
}

/* model_hash_extended(value dp.model, seed bigint) returns bigint */
Datum
dp_model_hash_extended(PG_FUNCTION_ARGS)
{
	digest		d = digest_of(fcinfo, 0);

	return hash_any_extended(d.bytes, sizeof(d.bytes), PG_GETARG_INT64(1));
}
