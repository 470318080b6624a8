/*
 * label_map.c - the spellings of a label brought to one
 *
 * Labels are counted, then grouped: what a synonym names is settled by it;
 * the rest by equal fingerprints (OpenRefine's key collision), and groups of
 * them by the Jaro-Winkler similarity of their most frequent spellings, whose
 * pairs are joined by union-find.  Labels are walked in the order of their
 * bytes, so the order of rows changes nothing.
 */
#include "compat.h"

#include "funcapi.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "columns.h"
#include "components.h"
#include "keys.h"
#include "settings.h"
#include "spelling.h"
#include "text_similarity.h"
#include "textio.h"
#include "utf8.h"

PG_FUNCTION_INFO_V1(dp_label_fingerprint);
PG_FUNCTION_INFO_V1(dp_label_map);

#define MAX_LABELS 100000		/* different ones: each may be compared with every other */
#define MAX_LABEL_POINTS 1000
#define NONE PG_UINT32_MAX	/* no label */
#define IS_SPACING_MODIFIER(c) ((c) >= 0x2B0 && (c) <= 0x2FF)	/* apostrophes and their like, letters by category */

typedef struct word
{
	const char *start;
	size_t		length;
} word;

static int
compare_words(const void *a, const void *b)
{
	const word *x = a,
			   *y = b;
	int			order = memcmp(x->start, y->start, Min(x->length, y->length));

	return order != 0 ? order : x->length < y->length ? -1 : x->length > y->length;
}

static int
compare_words_arg(const void *a, const void *b, void *arg)
{
	return compare_words(a, b);
}

/* The different words of a label in order, without case, accents and punctuation, but with symbols: "C++" is not "C" */
static text *
fingerprint(const text *label)
{
	size_t		length,
				kept = 0,
				n = 0;
	const char *normal = dp_normal_text(label, DP_NFKC, DPK_FOLD_CASE | DPK_STRIP_DIACRITICS, &length);
	char	   *letters = MemoryContextAllocHuge(CurrentMemoryContext, length + 1),
			   *joined = MemoryContextAllocHuge(CurrentMemoryContext, length + 1),
			   *end = joined;
	word	   *words = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(length / 2 + 1, sizeof(word)));

	for (size_t at = 0; at < length;)
	{
		uint32		c = dpk_utf8_next(normal, length, &at);
		const char *plain = dpk_plain_letter(c);

		if (plain != NULL)
			kept += strlen(memcpy(letters + kept, plain, strlen(plain) + 1));
		else if (c == ' ' || (dpk_is_word_point(c) && !IS_SPACING_MODIFIER(c)) || dpk_is_symbol_point(c))
			kept += dpk_utf8_put(c, letters + kept);
	}
	for (size_t at = 0, start; at < kept; at++)
	{
		for (start = at; at < kept && letters[at] != ' ';)
			at++;
		if (at > start)
			words[n++] = (word) {letters + start, at - start};
	}
	qsort_interruptible(words, n, sizeof(word), compare_words_arg, NULL);
	n = qunique(words, n, sizeof(word), compare_words);
	for (size_t i = 0; i < n; i++)
	{
		if (i > 0)
			*end++ = ' ';
		memcpy(end, words[i].start, words[i].length);
		end += words[i].length;
	}
	return dp_utf8_text(joined, end - joined);
}

/* dp.label_fingerprint(label text) -> text */
Datum
dp_label_fingerprint(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(fingerprint(PG_GETARG_TEXT_PP(0)));
}

typedef struct label_options
{
	Jsonb	   *synonyms;
	double		min_similarity;
} label_options;

static const dp_option option_table[] = {
	{"synonyms", DP_OPTION_JSON, offsetof(label_options, synonyms), NULL, 0, 0, NULL},
	{"min_similarity", DP_OPTION_FLOAT, offsetof(label_options, min_similarity), "0.9", 0.5, 1, NULL},
};

typedef struct map
{
	dp_keys    *labels;
	int64	   *rows;			/* of each label */
	dp_keys    *prints;			/* fingerprints */
	uint32	   *print;			/* of each label */
	text	  **target;			/* what the first nsettled of them become, by synonyms */
	uint32		nsettled;
	uint32	   *order;			/* labels by their bytes */
	uint32	   *parent;			/* of each fingerprint: those below one root are one label */
} map;

static void
count_labels(map *m, const char *source)
{
	dp_column	column = {.name = "label", .type = "text"};
	Portal		portal = dp_columns_open(source, &column, 1);
	uint32		room = 0;

	m->labels = dp_keys_create(false);
	while (dp_columns_next(portal))
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		isnull;
			Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
			uint32		before = m->labels->n,
						number;

			if (isnull)
				continue;
			number = dp_keys_number(m->labels, PointerGetDatum(DatumGetTextPP(value)));
			if (m->labels->n > MAX_LABELS)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("too many labels: more than %d different ones", MAX_LABELS),
						 errhint("Is this the column of labels? Otherwise map a part of them at a time.")));
			if (before == room)
			{
				room = m->labels->room;
				m->rows = m->rows == NULL ? palloc(room * sizeof(int64)) : repalloc(m->rows, room * sizeof(int64));
			}
			if (m->labels->n > before)
				m->rows[number] = 0;
			m->rows[number]++;
		}
}

/* A fingerprint becomes 'to'; what it became before must be that too */
static void
settle(map *m, const char *name, text *to)
{
	text	   *print = fingerprint(cstring_to_text(name));
	uint32		before = m->prints->n,
				number;

	if (VARSIZE_ANY_EXHDR(print) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("synonym \"%s\" has no letters or digits", name)));
	number = dp_keys_number(m->prints, PointerGetDatum(print));
	if (m->prints->n > before)
		m->target[number] = to;
	else if (!dp_same_bytes(m->target[number], to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("synonym \"%s\" becomes both \"%s\" and \"%s\"", name, text_to_cstring(m->target[number]), text_to_cstring(to)),
				 errdetail("Synonyms are compared by dp.label_fingerprint, and what one becomes stays as it is.")));
}

static void
read_synonyms(map *m, Jsonb *synonyms)
{
	JsonbIterator *it;
	JsonbValue	v;
	char	   *from = NULL;
	JsonbIteratorToken token;

	m->prints = dp_keys_create(false);
	if (synonyms == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(synonyms))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"synonyms\""),
				 errhint("Write an object of texts, as in {\"synonyms\": {\"NYC\": \"New York\"}}.")));
	m->target = palloc(mul_size(2 * JB_ROOT_COUNT(synonyms) + 1, sizeof(text *)));
	it = JsonbIteratorInit(&synonyms->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			from = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token == WJB_VALUE)
		{
			text	   *to;

			if (v.type != jbvString)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("synonym \"%s\" does not become a text", from),
						 errhint("Write an object of texts, as in {\"synonyms\": {\"NYC\": \"New York\"}}.")));
			to = cstring_to_text_with_len(v.val.string.val, v.val.string.len);
			settle(m, from, to);
			settle(m, text_to_cstring(to), to);
		}
		CHECK_FOR_INTERRUPTS();
	}
}

/* The fingerprint of each label */
static void
find_prints(map *m)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "label", ALLOCSET_DEFAULT_SIZES);

	m->nsettled = m->prints->n;
	m->print = palloc(mul_size(m->labels->n + 1, sizeof(uint32)));
	for (uint32 i = 0; i < m->labels->n; i++)
	{
		MemoryContext before = MemoryContextSwitchTo(row);

		m->print[i] = dp_keys_number(m->prints, PointerGetDatum(fingerprint((text *) DatumGetPointer(m->labels->values[i]))));
		MemoryContextSwitchTo(before);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextDelete(row);
	m->parent = palloc(mul_size(m->prints->n + 1, sizeof(uint32)));
	dpk_components_init(m->parent, m->prints->n);
}

/* A label without words is none of a group: it stays as it is */
static bool
is_grouped(const map *m, uint32 label)
{
	uint32		print = m->print[label];

	return print >= m->nsettled && VARSIZE_ANY_EXHDR(DatumGetPointer(m->prints->values[print])) > 0;
}

/* The most frequent label below each root, of equally frequent ones the first */
static uint32 *
most_frequent(map *m)
{
	uint32	   *best = palloc(mul_size(m->prints->n + 1, sizeof(uint32)));

	memset(best, 0xFF, mul_size(m->prints->n, sizeof(uint32)));
	for (uint32 i = 0; i < m->labels->n; i++)
	{
		uint32		label = m->order[i],
					root = dpk_component(m->parent, m->print[label]);

		if (is_grouped(m, label) && (best[root] == NONE || m->rows[label] > m->rows[best[root]]))
			best[root] = label;
	}
	return best;
}

/* A label as labels are compared: the code points of its normal text, symbols included ("C++" is not "C"), and their number */
static uint32 *
normal_points(const text *label, size_t *n)
{
	size_t		length;
	const char *normal = dp_normal_text(label, DP_NFKC, DP_SHINGLE_CHANGES | DPK_KEEP_SYMBOLS, &length);
	uint32	   *points = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(length + 1, sizeof(uint32)));

	*n = dpk_utf8_decode(normal, length, points);
	if (*n > MAX_LABEL_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("label is too long to compare: %zu characters", *n),
				 errdetail("It must not exceed %d characters.", MAX_LABEL_POINTS),
				 errhint("Is this the column of labels? {\"min_similarity\": 1} compares fingerprints alone.")));
	return points;
}

static double
similarity(const uint32 *a, size_t na, const uint32 *b, size_t nb, void *work)
{
	double		result;

	dp_raise(dpk_jaro_winkler(a, na, b, nb, work, &dp_stop, &result), NULL);
	return result;
}

/* The spellings of labels, within datapower.memory_limit */
static dpk_spelling *
read_spellings(const map *m, const uint32 *labels, uint32 n)
{
	MemoryContext kept = CurrentMemoryContext,
				row = AllocSetContextCreate(kept, "label", ALLOCSET_DEFAULT_SIZES);
	dpk_spelling *spellings = palloc(mul_size(n + 1, sizeof(dpk_spelling)));
	size_t		bytes = n * sizeof(dpk_spelling);

	for (uint32 i = 0; i < n; i++)
	{
		size_t		length;
		uint32	   *points;

		MemoryContextSwitchTo(row);
		points = normal_points((text *) DatumGetPointer(m->labels->values[labels[i]]), &length);
		MemoryContextSwitchTo(kept);
		bytes += length * sizeof(uint32);
		if (bytes / 1024 > dp_memory_limit)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many labels to compare: %u of %u take %zu kB", i + 1, n, bytes / 1024),
					 errdetail("That is more than \"datapower.memory_limit\" allows (%d kB).", dp_memory_limit),
					 errhint("{\"min_similarity\": 1} compares fingerprints alone; or map a part of the labels at a time.")));
		dpk_spelling_init(&spellings[i], memcpy(palloc(length * sizeof(uint32) + 1), points, length * sizeof(uint32)), length);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextDelete(row);
	return spellings;
}

/* Join fingerprints whose most frequent spellings are alike; those that are joined already need no look */
static void
join_similar(map *m, double least)
{
	uint32	   *best = most_frequent(m),
			   *prints = palloc(mul_size(m->prints->n + 1, sizeof(uint32))),
				n = 0;
	void	   *work = palloc(dpk_text_similarity_work(MAX_LABEL_POINTS, MAX_LABEL_POINTS));
	dpk_spelling *spellings;

	for (uint32 i = 0; i < m->prints->n; i++)
		if (best[i] != NONE)
		{
			best[n] = best[i];
			prints[n++] = i;
		}
	spellings = read_spellings(m, best, n);
	for (uint32 i = 0; i < n; i++)
	{
		const dpk_spelling *a = &spellings[i];

		for (uint32 j = 0; j < i; j++)
		{
			const dpk_spelling *b = &spellings[j];

			if (dpk_may_be_similar(a, b, least) && dpk_component(m->parent, prints[i]) != dpk_component(m->parent, prints[j]) &&
				similarity(a->points, a->n, b->points, b->n, work) >= least)
				dpk_connect(m->parent, prints[i], prints[j]);
		}
		CHECK_FOR_INTERRUPTS();
	}
}

static void
put_label(map *m, uint32 label, const uint32 *best, void *work, ReturnSetInfo *rsinfo)
{
	text	   *own = (text *) DatumGetPointer(m->labels->values[label]),
			   *canonical = own;
	const char *method = "same";
	bool		nulls[5] = {false};
	Datum		values[5];
	size_t		na,
				nb;

	if (m->print[label] < m->nsettled)
	{
		canonical = m->target[m->print[label]];
		method = "synonym";
	}
	else if (is_grouped(m, label))
	{
		uint32		first = best[dpk_component(m->parent, m->print[label])];

		canonical = (text *) DatumGetPointer(m->labels->values[first]);
		method = m->print[first] == m->print[label] ? "fingerprint" : "similarity";
	}
	if (compare_words(&(word) {VARDATA_ANY(own), VARSIZE_ANY_EXHDR(own)}, &(word) {VARDATA_ANY(canonical), VARSIZE_ANY_EXHDR(canonical)}) == 0)
		method = "same";
	values[0] = PointerGetDatum(own);
	values[1] = PointerGetDatum(canonical);
	values[2] = Int64GetDatum(m->rows[label]);
	values[3] = CStringGetTextDatum(method);
	nulls[4] = strcmp(method, "similarity") != 0;
	values[4] = (Datum) 0;
	if (!nulls[4])
	{
		uint32	   *a = normal_points(own, &na),
				   *b = normal_points(canonical, &nb);

		values[4] = Float8GetDatum(similarity(a, na, b, nb, work));
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* dp.label_map(source text, options jsonb DEFAULT '{}') -> TABLE (label text, canonical text, rows bigint, method text, similarity float8) */
Datum
dp_label_map(PG_FUNCTION_ARGS)
{
	map			m = {0};
	label_options options;
	uint32	   *best;
	void	   *work;
	MemoryContext row;

	InitMaterializedSRF(fcinfo, 0);
	dp_read_options(PG_GETARG_JSONB_P(1), option_table, lengthof(option_table), &options);
	SPI_connect();
	read_synonyms(&m, options.synonyms);
	count_labels(&m, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	find_prints(&m);
	m.order = dp_keys_order(m.labels);
	if (options.min_similarity < 1)
		join_similar(&m, options.min_similarity);
	best = most_frequent(&m);
	work = palloc(dpk_text_similarity_work(MAX_LABEL_POINTS, MAX_LABEL_POINTS));
	row = AllocSetContextCreate(CurrentMemoryContext, "label", ALLOCSET_DEFAULT_SIZES);
	for (uint32 i = 0; i < m.labels->n; i++)
	{
		MemoryContext before = MemoryContextSwitchTo(row);

		put_label(&m, m.order[i], best, work, (ReturnSetInfo *) fcinfo->resultinfo);
		MemoryContextSwitchTo(before);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_finish();
	return (Datum) 0;
}
