/*
 * split.c - which part of a split, or which fold, a row belongs to
 *
 * A pure function of the row's key and a seed: the same in every query, on
 * every shard, after any number of new rows.
 */
#include "compat.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "args.h"
#include "feature_row.h"
#include "fold.h"
#include "hash.h"
#include "philox.h"

PG_FUNCTION_INFO_V1(dp_split);
PG_FUNCTION_INFO_V1(dp_split_text);
PG_FUNCTION_INFO_V1(dp_fold);
PG_FUNCTION_INFO_V1(dp_fold_text);

#define MAX_FOLDS 10000

/* A random decision, named by four letters so that no other part takes the same */
#define OPERATION_SPLIT 0x53504C54

/* A text key by the hash of its UTF-8 form, whatever the server's encoding */
static int64
key_of_text(text *t)
{
	int			length = VARSIZE_ANY_EXHDR(t);
	char	   *utf8 = pg_server_to_any(VARDATA_ANY(t), length, PG_UTF8);

	return (int64) dpk_hash_bytes(utf8, utf8 == VARDATA_ANY(t) ? length : strlen(utf8));
}

static int32
split(int64 key, int64 seed, ArrayType *array)
{
	dp_features fractions = dp_read_features("fractions", array);
	dpk_random	random = dpk_random_start(seed, key, OPERATION_SPLIT);
	double		u = dpk_random_double(&random),
				sum = 0;
	int			part = 0;

	for (int i = 0; i < fractions.n; i++)
	{
		double		fraction;

		if (dp_feature_is_null(&fractions, i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"fractions\" must not contain nulls")));
		fraction = fractions.values[i];
		if (!(fraction > 0 && fraction <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid fraction: %g", fraction),
					 errdetail("Each fraction must be greater than 0 and at most 1.")));
		sum += fraction;
		if (u >= sum)
			part = i + 1;
	}
	if (fabs(sum - 1) > 1e-9)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the fractions add up to %g, not 1", sum),
				 errhint("Name the part that is left over too, as in ARRAY[0.8, 0.1, 0.1].")));
	return Min(part, fractions.n - 1) + 1;
}

/* dp.split(key bigint, seed bigint, fractions float8[]) -> integer */
Datum
dp_split(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(split(PG_GETARG_INT64(0), PG_GETARG_INT64(1), PG_GETARG_ARRAYTYPE_P(2)));
}

/* dp.split(key text, seed bigint, fractions float8[]) -> integer */
Datum
dp_split_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(split(key_of_text(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT64(1), PG_GETARG_ARRAYTYPE_P(2)));
}

static int32
fold(int64 key, int32 k, int64 seed)
{
	dp_check_range("k", k, 2, MAX_FOLDS);
	return dpk_fold(key, k, seed) + 1;
}

/* dp.fold(key bigint, k integer, seed bigint DEFAULT 0) -> integer */
Datum
dp_fold(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(fold(PG_GETARG_INT64(0), PG_GETARG_INT32(1), PG_GETARG_INT64(2)));
}

/* dp.fold(key text, k integer, seed bigint DEFAULT 0) -> integer */
Datum
dp_fold_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(fold(key_of_text(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT32(1), PG_GETARG_INT64(2)));
}
