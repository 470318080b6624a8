/*
 * text_normalize.c - texts without what does not matter: their normal text, its hash, its shingles
 */
#include "compat.h"

#include "lib/qunique.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "catalog/pg_type.h"

#include "args.h"
#include "simhash.h"
#include "textio.h"
#include "xxh64.h"

PG_FUNCTION_INFO_V1(dp_text_normalize);
PG_FUNCTION_INFO_V1(dp_text_hash);
PG_FUNCTION_INFO_V1(dp_text_shingle_list);
PG_FUNCTION_INFO_V1(dp_text_jaccard);
PG_FUNCTION_INFO_V1(dp_simhash);

#define SHINGLES_PER_CHECK 1024

/* dp.text_normalize(text text, form text DEFAULT 'nfkc', fold_case boolean DEFAULT true, strip_punctuation boolean DEFAULT true, strip_accents boolean DEFAULT false) -> text */
Datum
dp_text_normalize(PG_FUNCTION_ARGS)
{
	static const char *const forms[] = {"nfc", "nfd", "nfkc", "nfkd", NULL};
	dp_form		form = dp_choose("form", text_to_cstring(PG_GETARG_TEXT_PP(1)), forms);
	int			changes = (PG_GETARG_BOOL(2) ? DPK_FOLD_CASE : 0) | (PG_GETARG_BOOL(3) ? DPK_STRIP_PUNCTUATION : 0) |
		(PG_GETARG_BOOL(4) ? DPK_STRIP_ACCENTS : 0);
	size_t		length;
	const char *normal = dp_normal_text(PG_GETARG_TEXT_PP(0), form, changes, &length);

	PG_RETURN_TEXT_P(dp_utf8_text(normal, length));
}

/* dp.text_hash(text text) -> bigint; NULL where nothing is left of it */
Datum
dp_text_hash(PG_FUNCTION_ARGS)
{
	size_t		length;
	const char *normal = dp_normal_text(PG_GETARG_TEXT_PP(0), DP_NFKC, DP_SHINGLE_CHANGES, &length);

	if (length == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) dpk_xxh64(normal, length));
}

/* dp.text_shingles(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') -> text[] */
Datum
dp_text_shingle_list(PG_FUNCTION_ARGS)
{
	dpk_shingles s = dp_text_shingles(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2));
	ArrayBuildState *list = initArrayResult(TEXTOID, CurrentMemoryContext, true);
	const char *shingle;
	size_t		length,
				work = 0,
				bytes = 0;

	for (int n = 1; dpk_shingles_next(&s, &shingle, &length); n++)
	{
		text	   *t = dp_utf8_text(shingle, length);

		/* there are up to 32 times the bytes of the text, in pieces and then in the array */
		bytes += VARSIZE_ANY(t);
		if (n % SHINGLES_PER_CHECK == 0 || length > SHINGLES_PER_CHECK)
			dp_check_text_memory(bytes + MemoryContextMemAllocated(list->mcontext, false));
		accumArrayResult(list, PointerGetDatum(t), false, TEXTOID, CurrentMemoryContext);
		pfree(t);
		dp_shingle_work(&work, length);
	}
	PG_RETURN_DATUM(makeArrayResult(list, CurrentMemoryContext));
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a,
				y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

static int
compare_hashes_arg(const void *a, const void *b, void *arg)
{
	return compare_hashes(a, b);
}

/* The different shingles of a text by their hashes, in order */
static uint64 *
shingle_set(FunctionCallInfo fcinfo, int i, size_t *n)
{
	uint64	   *hashes = dp_shingle_hashes(PG_GETARG_TEXT_PP(i), PG_GETARG_INT32(2), PG_GETARG_TEXT_PP(3), n);

	qsort_interruptible(hashes, *n, sizeof(uint64), compare_hashes_arg, NULL);
	*n = qunique(hashes, *n, sizeof(uint64), compare_hashes);
	return hashes;
}

/* dp.text_jaccard(a text, b text, ngram integer DEFAULT 5, unit text DEFAULT 'word') -> float8; NULL where both have no words */
Datum
dp_text_jaccard(PG_FUNCTION_ARGS)
{
	size_t		na,
				nb,
				i = 0,
				j = 0,
				shared = 0;
	uint64	   *a = shingle_set(fcinfo, 0, &na),
			   *b = shingle_set(fcinfo, 1, &nb);

	if (na + nb == 0)
		PG_RETURN_NULL();
	while (i < na && j < nb)
	{
		shared += a[i] == b[j];
		if (a[i] <= b[j])
			j += a[i++] == b[j];
		else
			j++;
	}
	PG_RETURN_FLOAT8((double) shared / (na + nb - shared));
}

/* dp.simhash(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') -> bigint; NULL where it has no words */
Datum
dp_simhash(PG_FUNCTION_ARGS)
{
	size_t		n;
	uint64	   *hashes = dp_shingle_hashes(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2), &n);
	dpk_simhash s = {0};

	if (n == 0)
		PG_RETURN_NULL();
	for (size_t i = 0; i < n; i++)
	{
		dpk_simhash_add(&s, hashes[i]);
		if (i % SHINGLES_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
	}
	PG_RETURN_INT64((int64) dpk_simhash_bits(&s));
}
