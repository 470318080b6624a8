/*
 * text_similarity.c - how alike two short texts are: names, titles, addresses
 */
#include "compat.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "args.h"
#include "textio.h"
#include "text_similarity.h"

PG_FUNCTION_INFO_V1(dp_text_similarity);
PG_FUNCTION_INFO_V1(dp_text_distance);

#define MOST_CHARACTER_BYTES 4

typedef struct compared
{
	uint32	   *a,
			   *b;
	size_t		na,
				nb;
	void	   *work;
} compared;

static void
too_long(size_t n)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("text is too long to compare: %zu characters", n),
			 errdetail("It must not exceed %d characters.", DPK_MAX_COMPARED),
			 errhint("Compare the beginnings with left(), or whole documents by their shared words.")));
}

/* What cannot be so short is not read at all: its code points would take four times its bytes */
static uint32 *
read_points(const text *t, size_t *n)
{
	uint32	   *points;

	if (VARSIZE_ANY_EXHDR(t) > MOST_CHARACTER_BYTES * DPK_MAX_COMPARED)
		too_long(pg_mbstrlen_with_len(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)));
	points = dp_text_points(t, n);
	if (*n > DPK_MAX_COMPARED)
		too_long(*n);
	return points;
}

static compared
read_texts(FunctionCallInfo fcinfo)
{
	compared	c;

	c.a = read_points(PG_GETARG_TEXT_PP(0), &c.na);
	c.b = read_points(PG_GETARG_TEXT_PP(1), &c.nb);
	c.work = palloc(dpk_text_similarity_work(c.na, c.nb));
	return c;
}

static int
count_edits(const compared *c)
{
	int			edits = 0;

	dp_raise(dpk_damerau_levenshtein(c->a, c->na, c->b, c->nb, c->work, &dp_stop, &edits), NULL);
	return edits;
}

/* dp.text_similarity(a text, b text, method text DEFAULT 'jaro_winkler') -> float8 */
Datum
dp_text_similarity(PG_FUNCTION_ARGS)
{
	enum
	{
		JARO_WINKLER,
		JARO,
		DAMERAU_LEVENSHTEIN
	};
	static const char *const methods[] = {"jaro_winkler", "jaro", "damerau_levenshtein", NULL};
	int			method = dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(2)), methods);
	compared	c = read_texts(fcinfo);
	double		similarity = 1;

	if (method == JARO_WINKLER)
		dp_raise(dpk_jaro_winkler(c.a, c.na, c.b, c.nb, c.work, &dp_stop, &similarity), NULL);
	else if (method == JARO)
		dp_raise(dpk_jaro(c.a, c.na, c.b, c.nb, c.work, &dp_stop, &similarity), NULL);
	else if (c.na + c.nb > 0)
		similarity = 1 - (double) count_edits(&c) / Max(c.na, c.nb);
	PG_RETURN_FLOAT8(similarity);
}

/* dp.text_distance(a text, b text) -> integer */
Datum
dp_text_distance(PG_FUNCTION_ARGS)
{
	compared	c = read_texts(fcinfo);

	PG_RETURN_INT32(count_edits(&c));
}
