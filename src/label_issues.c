/*
 * label_issues.c - dp.label_issues: the rows of a source whose labels are probably wrong
 *
 * Three passes over the source under one snapshot (four where the classes are
 * looked for among the labels): the thresholds and the
 * confident joint, each an aggregate that may run in parallel, say how many
 * rows of each given label to flag, and a cursor picks them.  So many rows are
 * kept and no more: the memory is that of the result.  Equally suspicious rows
 * are ordered by their keys, never by the order of the scan.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "args.h"
#include "label_joint.h"
#include "settings.h"
#include "source.h"

PG_FUNCTION_INFO_V1(dp_label_issues);

#define BATCH_ROWS 1000
#define SUSPECT_BYTES 128		/* a row kept: itself, its key and their allocations, about */

typedef enum issue_method
{
	PRUNE_BY_CLASS, PRUNE_BY_NOISE_RATE, BOTH, CONFIDENT_LEARNING
} issue_method;

/* A row that may be flagged */
typedef struct suspect
{
	char	   *key;
	int			label,
				guess;			/* the most probable class */
	double		quality;
	int			heaps;			/* that hold it */
	bool		by_class,
				by_noise_rate;
} suspect;

typedef struct slot
{
	double		score;			/* the less, the more suspicious */
	suspect    *row;
} slot;

/* The 'room' most suspicious rows seen so far, the least suspicious at the top */
typedef struct heap
{
	int64		n,
				room;
	slot		slots[FLEXIBLE_ARRAY_MEMBER];
} heap;

typedef struct search
{
	issue_method method;
	char	   *query;			/* SELECT label, probabilities, key */
	ArrayType  *classes;		/* NULL: labels are numbers */
	bool		are_found;		/* the classes, among the labels */
	dpk_label_thresholds *state; /* of pass one */
	double	   *thresholds;
	dpk_confident_joint *joint;
	int			k;
	heap	  **by_class;		/* k; NULL: none wanted */
	heap	  **by_noise_rate;	/* k * k, by label and class */
	suspect   **found;
	int64		nfound;
} search;

/* ---- the source ---- */

static int
find_column(TupleDesc desc, const char *name)
{
	int			found = dp_source_find(desc, name);

	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\"", name),
				 errhint("Its columns are \"key\", \"label\" and \"probabilities\"; name them with AS in a query.")));
	return found;
}

/* The names among the labels, in the order of bytes, as a training has them; NULL where there are none */
static ArrayType *
find_classes(const char *from, int label)
{
	char	   *sql = psprintf("SELECT pg_catalog.array_agg(x.label ORDER BY x.label COLLATE pg_catalog.\"C\")"
							   " FROM (SELECT DISTINCT q.c%d::pg_catalog.text AS label FROM %s WHERE q.c%d IS NOT NULL LIMIT %d) AS x",
							   label, from, label, DPK_MAX_LABEL_CLASSES + 1);
	bool		isnull;
	Datum		d;

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read the source");
	d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? NULL : DatumGetArrayTypePCopy(d);
}

/* The query of the search; false where it has no labels */
static bool
read_source(search *s, const char *text)
{
	TupleDesc	desc;
	char	   *query = dp_source_query("source", text, &desc),
			   *from = dp_source_from(query, desc);
	int			key = find_column(desc, "key"),
				label = find_column(desc, "label"),
				probabilities = find_column(desc, "probabilities");
	dp_column_kind kind = dp_source_kind(DP_COLUMN_LABEL, getBaseType(TupleDescAttr(desc, label - 1)->atttypid));

	if (s->classes == NULL && kind != DP_CLASS_INTEGER && kind != DP_CLASS_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the %s has type %s", "label", "source", format_type_be(TupleDescAttr(desc, label - 1)->atttypid)),
				 errdetail("Without \"classes\" a label is the name of a class, or its number from 0."),
				 errhint("Say classes => ARRAY['...', ...], in the order of the probabilities; dp.models lists those of a model.")));
	if (s->classes == NULL && kind == DP_CLASS_TEXT)
	{
		s->are_found = true;
		s->classes = find_classes(from, label);
		if (s->classes == NULL)
			return false;
	}
	s->query = psprintf(s->classes != NULL ? "SELECT dp.class_number(q.c%d::pg_catalog.text, $1)::pg_catalog.int8 AS label, "
						"q.c%d::pg_catalog.float8[] AS probabilities, q.c%d::pg_catalog.text AS key FROM %s"
						: "SELECT q.c%d::pg_catalog.int8 AS label, q.c%d::pg_catalog.float8[] AS probabilities, q.c%d::pg_catalog.text AS key FROM %s",
						label, probabilities, key, from);
	return true;
}

/* The one value of an aggregate over the source, copied, and its type; NULL: no row has a label and probabilities */
static void *
aggregate(const search *s, const char *what, Oid *type)
{
	Oid			types[2] = {TEXTARRAYOID, *type};
	Datum		values[2] = {PointerGetDatum(s->classes), PointerGetDatum(s->state)};
	char		nulls[3] = {s->classes == NULL ? 'n' : ' ', ' ', '\0'};
	char	   *sql = psprintf("SELECT %s FROM (%s) AS q", what, s->query);
	bool		isnull;
	Datum		d;
	void	   *copy;

	if (SPI_execute_with_args(sql, s->state == NULL ? 1 : 2, types, values, nulls, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read the source");
	d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	*type = SPI_gettypeid(SPI_tuptable->tupdesc, 1);
	copy = isnull ? NULL : PG_DETOAST_DATUM_COPY(d);
	SPI_freetuptable(SPI_tuptable);
	return copy;
}

/* Thresholds and joint; false where there is nothing to learn from */
static bool
learn(search *s)
{
	Oid			type = InvalidOid;

	s->state = aggregate(s, "dp.label_thresholds(q.label, q.probabilities)", &type);
	if (s->state == NULL)
		return false;
	s->k = s->state->nclasses;
	if (s->are_found && ARR_DIMS(s->classes)[0] != s->k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source has %d different labels, but there are %d probabilities", ARR_DIMS(s->classes)[0], s->k),
				 errhint("Say classes => ARRAY['...', ...], in the order of the probabilities; dp.models lists those of a model.")));
	if (s->classes != NULL && ArrayGetNItems(ARR_NDIM(s->classes), ARR_DIMS(s->classes)) != s->k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"classes\" has %d elements, but there are %d probabilities",
						ArrayGetNItems(ARR_NDIM(s->classes), ARR_DIMS(s->classes)), s->k)));
	s->thresholds = palloc(mul_size(sizeof(double), s->k));
	for (int i = 0; i < s->k; i++)
		s->thresholds[i] = dpk_label_threshold(s->state, i);
	s->joint = aggregate(s, "dp.confident_joint(q.label, q.probabilities, $2)", &type);
	return s->joint != NULL;
}

/* ---- how many to keep ---- */

static heap *
make_heap(int64 room, int64 *total)
{
	heap	   *h;

	if (room <= 0)
		return NULL;
	*total += room;
	if (*total > (int64) dp_memory_limit * 1024 / (SUSPECT_BYTES + sizeof(slot)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many labels look wrong to keep them in memory"),
				 errdetail("More than %lld rows exceed \"datapower.memory_limit\" (%d kB).", (long long) *total, dp_memory_limit),
				 errhint("Are the probabilities in the order of the classes, and from networks that have not learnt the row? dp.label_quality of each row needs no memory.")));
	h = MemoryContextAllocHuge(CurrentMemoryContext, add_size(sizeof(heap), mul_size(room, sizeof(slot))));
	h->n = 0;
	h->room = room;
	return h;
}

static void
plan_heaps(search *s)
{
	int			k = s->k;
	int64		total = 0;
	double	   *expected = palloc(mul_size(sizeof(double), k));
	int64	   *whole = palloc(mul_size(sizeof(int64), k));

	s->by_class = palloc0(mul_size(sizeof(heap *), k));
	if (s->method == PRUNE_BY_NOISE_RATE || s->method == BOTH)
		s->by_noise_rate = MemoryContextAllocExtended(CurrentMemoryContext, mul_size(sizeof(heap *), (size_t) k * k), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int given = 0; given < k; given++)
	{
		int64		n = dpk_joint_labels(s->joint)[given],
					wrong = 0;

		dpk_joint_expected(s->joint, given, expected);
		dpk_joint_whole(expected, k, whole);
		for (int i = 0; i < k; i++)
			if (i != given)
				wrong += dpk_joint_count(s->joint, given, i);
		if (s->method == CONFIDENT_LEARNING)
			s->by_class[given] = make_heap(wrong, &total);
		else if (n > 1 && s->method != PRUNE_BY_NOISE_RATE)
			s->by_class[given] = make_heap(n - whole[given], &total);
		if (n > 1 && s->by_noise_rate != NULL)
			for (int i = 0; i < k; i++)
				if (i != given)
					s->by_noise_rate[(size_t) given * k + i] = make_heap(whole[i], &total);
	}
}

/* ---- the pass that picks them ---- */

/* Whether a is less suspicious than b */
static bool
is_better(const slot *a, double score, const char *key)
{
	return a->score != score ? a->score > score : strcmp(a->row->key, key) > 0;
}

static void
let_go(suspect *row)
{
	if (--row->heaps > 0)
		return;
	pfree(row->key);
	pfree(row);
}

static void
push(heap *h, double score, suspect *row)
{
	int64		at;
	slot		item = {score, row};

	row->heaps++;
	if (h->n < h->room)
	{
		for (at = h->n++; at > 0 && !is_better(&h->slots[(at - 1) / 2], score, row->key); at = (at - 1) / 2)
			h->slots[at] = h->slots[(at - 1) / 2];
		h->slots[at] = item;
		return;
	}
	let_go(h->slots[0].row);
	for (at = 0; 2 * at + 1 < h->n;)
	{
		int64		child = 2 * at + 1;

		if (child + 1 < h->n && is_better(&h->slots[child + 1], h->slots[child].score, h->slots[child].row->key))
			child++;
		if (!is_better(&h->slots[child], score, row->key))
			break;
		h->slots[at] = h->slots[child];
		at = child;
	}
	h->slots[at] = item;
}

/* Offer a row to a heap; it is made when the first takes it */
static void
offer(heap *h, double score, suspect **row, const char *key, int label, const double *p, int k)
{
	if (h == NULL || (h->n == h->room && !is_better(&h->slots[0], score, key)))
		return;
	if (*row == NULL)
	{
		*row = palloc0(sizeof(suspect));
		(*row)->key = pstrdup(key);
		(*row)->label = label;
		(*row)->guess = dpk_most_probable(p, k);
		if (p[label] == p[(*row)->guess])
			(*row)->guess = label;
		(*row)->quality = dpk_label_quality(label, p, k, DPK_NORMALIZED_MARGIN);
	}
	push(h, score, *row);
}

static void
look_at(search *s, const char *key, int64 label, const ArrayType *probabilities)
{
	const double *p = (const double *) ARR_DATA_PTR(probabilities);
	suspect    *row = NULL;
	dpk_error	err;

	/* the aggregates have seen the same rows; one that a volatile source made anew is looked at again */
	if (ARR_NDIM(probabilities) != 1 || ARR_DIMS(probabilities)[0] != s->k || ARR_HASNULL(probabilities))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the source does not give the same rows twice"),
				 errhint("Store them in a table first.")));
	dp_raise(dpk_check_class(label, s->k, &err), &err);
	if (s->method == CONFIDENT_LEARNING)
	{
		int			confident = dpk_confident_class(p, s->thresholds, s->k);

		if (confident >= 0 && confident != label)
			offer(s->by_class[label], 0, &row, key, label, p, s->k);
	}
	else
		offer(s->by_class[label], p[label], &row, key, label, p, s->k);
	if (s->by_noise_rate != NULL)
		for (int i = 0; i < s->k; i++)
			if (i != label)
				offer(s->by_noise_rate[(size_t) label * s->k + i], p[label] - p[i], &row, key, label, p, s->k);
}

static void
scan(search *s)
{
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1] = {PointerGetDatum(s->classes)};
	MemoryContext kept = CurrentMemoryContext,
				batch = AllocSetContextCreate(kept, "datapower labels", ALLOCSET_DEFAULT_SIZES);
	Portal		portal = SPI_cursor_open_with_args(NULL, s->query, 1, types, values, s->classes == NULL ? "n" : " ", true, CURSOR_OPT_NO_SCROLL);

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	tuple = SPI_tuptable->vals[i];
			bool		nulls[3];
			Datum		row[3];
			const char *key;
			ArrayType  *probabilities;

			for (int c = 0; c < 3; c++)
				row[c] = SPI_getbinval(tuple, SPI_tuptable->tupdesc, c + 1, &nulls[c]);
			if (nulls[0] || nulls[1])
				continue;
			if (nulls[2])
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("\"key\" must not be null")));
			MemoryContextSwitchTo(batch);
			key = TextDatumGetCString(row[2]);
			probabilities = DatumGetArrayTypeP(row[1]);
			MemoryContextSwitchTo(kept);
			look_at(s, key, DatumGetInt64(row[0]), probabilities);
		}
		SPI_freetuptable(SPI_tuptable);
		MemoryContextReset(batch);
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(batch);
}

/* ---- the answer ---- */

static bool
is_flagged(const search *s, const suspect *row)
{
	/* a label as probable as any class is left alone by every method */
	return row->guess != row->label && (s->method != BOTH || (row->by_class && row->by_noise_rate));
}

/* Mark the rows of a heap, or (then each once) list those flagged */
static void
visit(search *s, heap *h, bool by_class, bool list)
{
	for (int64 i = 0; h != NULL && i < h->n; i++)
	{
		suspect    *row = h->slots[i].row;

		if (!list)
			*(by_class ? &row->by_class : &row->by_noise_rate) = true;
		else if (row->heaps > 0)
		{
			row->heaps = 0;
			if (is_flagged(s, row))
				s->found[s->nfound++] = row;
		}
	}
}

static void
visit_all(search *s, bool list)
{
	for (int i = 0; i < s->k; i++)
		visit(s, s->by_class[i], true, list);
	if (s->by_noise_rate != NULL)
		for (size_t i = 0; i < (size_t) s->k * s->k; i++)
			visit(s, s->by_noise_rate[i], false, list);
}

static int64
count_slots(const search *s)
{
	int64		n = 0;

	for (int i = 0; i < s->k; i++)
		n += s->by_class[i] == NULL ? 0 : s->by_class[i]->n;
	if (s->by_noise_rate != NULL)
		for (size_t i = 0; i < (size_t) s->k * s->k; i++)
			n += s->by_noise_rate[i] == NULL ? 0 : s->by_noise_rate[i]->n;
	return n;
}

static int
worst_first(const void *a, const void *b, void *arg)
{
	const suspect *x = *(suspect *const *) a,
			   *y = *(suspect *const *) b;

	if (x->quality != y->quality)
		return x->quality < y->quality ? -1 : 1;
	return strcmp(x->key, y->key);
}

static void
emit(search *s, ReturnSetInfo *rsinfo)
{
	Datum	   *names = NULL;
	bool	   *isnull;
	int			n;

	if (s->classes != NULL)
		deconstruct_array(s->classes, TEXTOID, -1, false, TYPALIGN_INT, &names, &isnull, &n);
	for (int64 i = 0; i < s->nfound; i++)
	{
		suspect    *row = s->found[i];
		Datum		values[4] = {CStringGetTextDatum(row->key)};
		bool		nulls[4] = {false};

		values[1] = names != NULL ? names[row->label] : CStringGetTextDatum(psprintf("%d", row->label));
		nulls[2] = names != NULL && isnull[row->guess];
		values[2] = nulls[2] ? (Datum) 0 : names != NULL ? names[row->guess] : CStringGetTextDatum(psprintf("%d", row->guess));
		values[3] = Float8GetDatum(row->quality);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/*
 * dp.label_issues(source text, method text DEFAULT 'prune_by_noise_rate', classes text[] DEFAULT NULL)
 * -> TABLE (key text, label text, suggested text, quality float8), the worst first
 */
Datum
dp_label_issues(PG_FUNCTION_ARGS)
{
	static const char *const methods[] = {"prune_by_class", "prune_by_noise_rate", "both", "confident_learning", NULL};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	search		s = {0};

	dp_require(fcinfo, 0, "source");
	dp_require(fcinfo, 1, "method");
	s.method = dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(1)), methods);
	if (!PG_ARGISNULL(2))
		s.classes = PG_GETARG_ARRAYTYPE_P(2);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (read_source(&s, text_to_cstring(PG_GETARG_TEXT_PP(0))) && learn(&s))
	{
		plan_heaps(&s);
		scan(&s);
		s.found = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(sizeof(suspect *), count_slots(&s) + 1));
		visit_all(&s, false);
		visit_all(&s, true);
		qsort_interruptible(s.found, s.nfound, sizeof(suspect *), worst_first, NULL);
		emit(&s, rsinfo);
	}
	SPI_finish();
	return (Datum) 0;
}
