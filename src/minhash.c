/*
 * minhash.c - signatures of texts and sets, their similarity, and bands of them for an index
 *
 * A signature is integer[]: plain, so that it can be stored, indexed and sent
 * anywhere.  As it may come from anybody, each function checks its shape.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "args.h"
#include "hash_bands.h"
#include "minhash.h"
#include "state.h"
#include "textio.h"
#include "xxh64.h"

PG_FUNCTION_INFO_V1(dp_minhash);
PG_FUNCTION_INFO_V1(dp_minhash_add);
PG_FUNCTION_INFO_V1(dp_minhash_merge);
PG_FUNCTION_INFO_V1(dp_minhash_similarity);
PG_FUNCTION_INFO_V1(dp_minhash_bands);
PG_FUNCTION_INFO_V1(dp_hash_bands);
PG_FUNCTION_INFO_V1(dp_hash_probes);

#define HASHES_AT_ONCE 4096

/* An array of n numbers, its elements not set */
static ArrayType *
new_array(Oid type, int n)
{
	size_t		bytes = ARR_OVERHEAD_NONULLS(1) + n * (type == INT8OID ? sizeof(int64) : sizeof(int32));
	ArrayType  *array = palloc0(bytes);

	SET_VARSIZE(array, bytes);
	array->ndim = 1;
	array->elemtype = type;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	return array;
}

static uint32 *
signature_of(ArrayType *array)
{
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != DPK_MINHASH_SIZE || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT4OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("array is no MinHash signature"),
				 errdetail("A signature is %d integers, as dp.minhash() and dp.minhash_agg() make them.", DPK_MINHASH_SIZE)));
	return (uint32 *) ARR_DATA_PTR(array);
}

static ArrayType *
new_signature(void)
{
	ArrayType  *array = new_array(INT4OID, DPK_MINHASH_SIZE);

	dpk_minhash_init(signature_of(array));
	return array;
}

/* dp.minhash(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') -> integer[]; NULL where it has no words */
Datum
dp_minhash(PG_FUNCTION_ARGS)
{
	dpk_shingles s = dp_text_shingles(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2));
	const dpk_kernels *k = dpk_kernels_best();
	ArrayType  *array = new_signature();
	uint32		hashes[HASHES_AT_ONCE];
	const char *shingle;
	size_t		length,
				work = 0;
	bool		more = true;

	if (s.length == 0)
		PG_RETURN_NULL();
	while (more)
	{
		int			n = 0;

		while (n < HASHES_AT_ONCE && (more = dpk_shingles_next(&s, &shingle, &length)))
		{
			hashes[n++] = (uint32) dpk_xxh64(shingle, length);
			dp_shingle_work(&work, length);
		}
		dpk_minhash_add(k, signature_of(array), hashes, n);
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

/* dp.minhash_add(state integer[], token text) -> integer[] */
Datum
dp_minhash_add(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	const char *token;
	size_t		length;
	uint32		hash;

	if (PG_ARGISNULL(1))
		return dp_state_unchanged(fcinfo);
	state = PG_ARGISNULL(0) ? new_signature() : dp_state_argument(fcinfo, 0);
	token = dp_text_utf8(PG_GETARG_TEXT_PP(1), &length);
	hash = (uint32) dpk_xxh64(token, length);
	dpk_minhash_add(dpk_kernels_best(), signature_of(state), &hash, 1);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* dp.minhash_merge(a integer[], b integer[]) -> integer[]; NULL and NULL stay NULL */
Datum
dp_minhash_merge(PG_FUNCTION_ARGS)
{
	ArrayType  *a;
	Datum		result;

	if (dp_state_one_is_null(fcinfo, &result))
	{
		if (!fcinfo->isnull)
			signature_of(DatumGetArrayTypeP(result));
		return result;
	}
	a = dp_state_argument(fcinfo, 0);
	dpk_minhash_merge(signature_of(a), signature_of(PG_GETARG_ARRAYTYPE_P(1)));
	PG_RETURN_ARRAYTYPE_P(a);
}

/* dp.minhash_similarity(a integer[], b integer[]) -> float8 */
Datum
dp_minhash_similarity(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(dpk_minhash_similarity(signature_of(PG_GETARG_ARRAYTYPE_P(0)), signature_of(PG_GETARG_ARRAYTYPE_P(1))));
}

/* dp.minhash_bands(signature integer[], bands integer DEFAULT 20, rows integer DEFAULT 6) -> bigint[] */
Datum
dp_minhash_bands(PG_FUNCTION_ARGS)
{
	uint32	   *signature = signature_of(PG_GETARG_ARRAYTYPE_P(0));
	int			bands = PG_GETARG_INT32(1),
				rows = PG_GETARG_INT32(2);
	ArrayType  *array;

	dp_check_range("bands", bands, 1, DPK_MINHASH_SIZE);
	dp_check_range("rows", rows, 1, DPK_MINHASH_SIZE);
	if (bands * rows > DPK_MINHASH_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("too many bands for a signature: %d of %d rows", bands, rows),
				 errdetail("Bands times rows must not exceed %d.", DPK_MINHASH_SIZE)));
	array = new_array(INT8OID, bands);
	dpk_minhash_bands(signature, bands, rows, (int64 *) ARR_DATA_PTR(array));
	PG_RETURN_ARRAYTYPE_P(array);
}

/* dp.hash_bands(hash bigint) -> integer[] */
Datum
dp_hash_bands(PG_FUNCTION_ARGS)
{
	ArrayType  *array = new_array(INT4OID, DPK_HASH_BANDS);

	for (int i = 0; i < DPK_HASH_BANDS; i++)
		((int32 *) ARR_DATA_PTR(array))[i] = dpk_hash_band(PG_GETARG_INT64(0), i);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* dp.hash_probes(hash bigint, distance integer) -> integer[] */
Datum
dp_hash_probes(PG_FUNCTION_ARGS)
{
	uint64		hash = PG_GETARG_INT64(0);
	int			distance = PG_GETARG_INT32(1);
	ArrayType  *array;

	dp_check_range("distance", distance, 0, DPK_MAX_HASH_DISTANCE);
	array = new_array(INT4OID, dpk_hash_probes(hash, distance, NULL));
	dpk_hash_probes(hash, distance, (int32 *) ARR_DATA_PTR(array));
	PG_RETURN_ARRAYTYPE_P(array);
}
