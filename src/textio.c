/*
 * textio.c - texts between the server and floor 0 (textio.h)
 */
#include "textio.h"

#include "common/unicode_norm.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "settings.h"
#include "utf8.h"
#include "xxh64.h"

const char *
dp_text_utf8(const text *t, size_t *length)
{
	const char *data = VARDATA_ANY(t);
	int			n = VARSIZE_ANY_EXHDR(t);
	char	   *utf8 = pg_server_to_any(data, n, PG_UTF8);

	*length = utf8 == data ? n : strlen(utf8);
	return utf8;
}

text *
dp_utf8_text(const char *utf8, size_t length)
{
	char	   *server = pg_any_to_server(utf8, length, PG_UTF8);

	return cstring_to_text_with_len(server, server == utf8 ? length : strlen(server));
}

uint32 *
dp_text_points(const text *t, size_t *n)
{
	size_t		length;
	const char *utf8 = dp_text_utf8(t, &length);
	uint32	   *points = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(length + 1, sizeof(uint32)));

	*n = dpk_utf8_decode(utf8, length, points);
	return points;
}

/* Texts are normalized in pieces of about so many bytes */
#define PIECE_BYTES 65536

/* The server sorts marks that follow each other by swapping neighbours, which takes the square of them and no interrupt */
#define MOST_JOINING 1000

static bool
is_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	return true;
}

/* A piece ends before a character that has nothing to do with what precedes it; marks without end are refused later */
static size_t
piece_length(const char *text, size_t length)
{
	size_t		n = Min(length, PIECE_BYTES);

	while (n < length && ((text[n] & 0xC0) == 0x80))
		n++;
	while (n < length && n < 2 * PIECE_BYTES)
	{
		size_t		next = n;

		if (!dpk_is_joining_point(dpk_utf8_next(text, length, &next)))
			break;
		n = next;
	}
	return n;
}

static void
check_joining(const uint32 *points, size_t n)
{
	int			run = 0;

	for (size_t i = 0; i < n; i++)
	{
		run = dpk_is_joining_point(points[i]) ? run + 1 : 0;
		if (run > MOST_JOINING)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("text has more than %d combining characters in a row", MOST_JOINING)));
	}
}

static uint32 *
normal_form(dp_form form, const uint32 *points, size_t *n)
{
	uint32	   *result = unicode_normalize((UnicodeNormalizationForm) form, points);

	for (*n = 0; result[*n] != 0;)
		++*n;
	return result;
}

/* A piece that is not ASCII, to the end of 'out' */
static void
append_normal(StringInfo out, const char *utf8, size_t length, dp_form form, int changes, bool *blank)
{
	bool		compatible = form == DP_NFKC || form == DP_NFKD;
	dp_form		first = !(changes & (DPK_STRIP_ACCENTS | DPK_STRIP_DIACRITICS)) ? form : compatible ? DP_NFKD : DP_NFD;
	uint32	   *points = palloc(mul_size(length + 1, sizeof(uint32))),
			   *changed;
	size_t		n = dpk_utf8_decode(utf8, length, points);

	check_joining(points, n);
	points[n] = 0;
	points = normal_form(first, points, &n);
	changed = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(3 * n + 1, sizeof(uint32)));
	n = dpk_text_change_points(points, n, changes, changed);
	changed[n] = 0;
	if (changes & (DPK_FOLD_CASE | DPK_STRIP_ACCENTS | DPK_STRIP_DIACRITICS))
		changed = normal_form(form, changed, &n);
	n = dpk_text_squeeze(changed, n, blank);
	enlargeStringInfo(out, 4 * n + 1);
	for (size_t i = 0; i < n; i++)
		out->len += dpk_utf8_put(changed[i], out->data + out->len);
}

const char *
dp_normal_text(const text *t, dp_form form, int changes, size_t *length)
{
	size_t		left;
	const char *utf8 = dp_text_utf8(t, &left);
	StringInfoData out;
	bool		blank = true;
	MemoryContext piece = NULL;

	initStringInfo(&out);
	while (left > 0)
	{
		size_t		n = piece_length(utf8, left);

		if (is_ascii(utf8, n))
		{
			enlargeStringInfo(&out, n);
			dpk_text_change_ascii(utf8, n, changes, out.data + out.len);
			out.len += dpk_text_squeeze_ascii(out.data + out.len, n, &blank);
		}
		else
		{
			MemoryContext before;

			if (piece == NULL)
				piece = AllocSetContextCreate(CurrentMemoryContext, "normal text", ALLOCSET_DEFAULT_SIZES);
			before = MemoryContextSwitchTo(piece);
			append_normal(&out, utf8, n, form, changes, &blank);
			MemoryContextSwitchTo(before);
			MemoryContextReset(piece);
		}
		utf8 += n;
		left -= n;
		CHECK_FOR_INTERRUPTS();
	}
	if (piece != NULL)
		MemoryContextDelete(piece);
	*length = out.len - (out.len > 0 && out.data[out.len - 1] == ' ');
	return out.data;
}

void
dp_check_text_memory(size_t bytes)
{
	if (bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text has too many shingles"),
				 errdetail("They would take %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("Take a part of the text, as left() does.")));
}

dpk_shingles
dp_text_shingles(const text *t, int ngram, const text *unit)
{
	static const char *const units[] = {"word", "character", NULL};
	bool		characters = dp_choose("unit", text_to_cstring(unit), units) == 1;
	size_t		length;
	const char *normal;

	dp_check_range("ngram", ngram, 1, DPK_MAX_NGRAM);
	normal = dp_normal_text(t, DP_NFKC, DP_SHINGLE_CHANGES, &length);
	return dpk_shingles_start(normal, length, ngram, characters);
}

uint64 *
dp_shingle_hashes(const text *t, int ngram, const text *unit, size_t *n)
{
	dpk_shingles s = dp_text_shingles(t, ngram, unit);
	size_t		bytes = mul_size(dpk_shingles_most(&s), sizeof(uint64)),
				length,
				work = 0;
	const char *shingle;
	uint64	   *hashes;

	dp_check_text_memory(bytes);
	hashes = MemoryContextAllocHuge(CurrentMemoryContext, bytes);

	for (*n = 0; dpk_shingles_next(&s, &shingle, &length); ++*n)
	{
		hashes[*n] = dpk_xxh64(shingle, length);
		dp_shingle_work(&work, length);
	}
	return hashes;
}
