/*
 * label_report.c - what labelling functions do: how often they vote, meet, disagree and are right
 *
 * One pass over the source.  The measures are those of Snorkel's LFAnalysis;
 * the majority vote, and a model where one is given, stand below them.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "columns.h"
#include "votes.h"

PG_FUNCTION_INFO_V1(dp_label_function_report);

#define COLUMNS 8				/* function, labels, coverage, overlap, conflict, correct, incorrect, accuracy */
#define MOST_CLASSES 1000

typedef struct tally
{
	int64		votes,
				overlaps,
				conflicts,
				correct,
				incorrect;
} tally;

typedef struct report
{
	int			n;				/* functions; 0 before the first row */
	int64		rows;
	tally	   *tallies;		/* (n), then the majority vote and the model */
	dp_keys    *classes;
	bool	   *says;			/* (n, MOST_CLASSES): whether a function ever votes for a class */
	int		   *counts;			/* (MOST_CLASSES): votes for it on this row */
	int		   *voted;			/* (n): the class, -1 for none */
	const dp_label_judge *judge;
} report;

static void
start(report *r, int n)
{
	r->n = n;
	r->tallies = palloc0(mul_size(n + 2, sizeof(tally)));
	r->says = palloc0(mul_size(n, MOST_CLASSES));
	r->counts = palloc0(MOST_CLASSES * sizeof(int));
	r->voted = palloc(mul_size(n, sizeof(int)));
}

static int
class_number(report *r, Datum label)
{
	uint32		number = dp_keys_number(r->classes, label);

	if (number >= MOST_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d different labels", MOST_CLASSES)));
	return number;
}

static void
judge_vote(tally *t, int vote, int truth)
{
	t->correct += truth >= 0 && vote == truth;
	t->incorrect += truth >= 0 && vote != truth;
}

/* The class with most votes, of several the first by its bytes */
static int
majority(const report *r)
{
	int			best = -1;

	for (int v = 0; v < r->n; v++)
	{
		int			c = r->voted[v],
					order = 0;

		if (c < 0 || c == best)
			continue;
		if (best >= 0 && r->counts[c] == r->counts[best])
			order = dp_compare_bytes(DatumGetPointer(r->classes->values[c]), DatumGetPointer(r->classes->values[best]));
		if (best < 0 || r->counts[c] > r->counts[best] || order < 0)
			best = c;
	}
	return best;
}

static void
add_row(report *r, const dp_votes *votes, Datum label, bool has_label)
{
	int			truth = has_label ? class_number(r, label) : -1,
				nvotes = 0,
				best;

	if (votes->n != r->n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of votes: %d", votes->n),
				 errdetail("An earlier row has %d.", r->n)));
	r->rows++;
	for (int v = 0; v < r->n; v++)
	{
		r->voted[v] = votes->nulls[v] ? -1 : class_number(r, votes->values[v]);
		if (r->voted[v] < 0)
			continue;
		nvotes++;
		r->counts[r->voted[v]]++;
		r->says[(size_t) v * MOST_CLASSES + r->voted[v]] = true;
	}
	best = majority(r);
	for (int v = 0; v < r->n; v++)
	{
		tally	   *t = &r->tallies[v];

		if (r->voted[v] < 0)
			continue;
		t->votes++;
		t->overlaps += nvotes > 1;
		t->conflicts += nvotes > r->counts[r->voted[v]];
		judge_vote(t, r->voted[v], truth);
	}
	for (int v = 0; v < r->n; v++)
		if (r->voted[v] >= 0)
			r->counts[r->voted[v]] = 0;
	if (best < 0)
		return;
	r->tallies[r->n].votes++;
	judge_vote(&r->tallies[r->n], best, truth);
	if (r->judge != NULL && dp_judge_votes(r->judge, votes, NULL, &best))
	{
		const dpk_label_place *p = &dpk_label_places(r->judge->model)[best];

		r->tallies[r->n + 1].votes++;
		judge_vote(&r->tallies[r->n + 1],
				   class_number(r, PointerGetDatum(cstring_to_text_with_len(dpk_label_bytes(r->judge->model) + p->at, p->length))), truth);
	}
}

static void
read_rows(report *r, const char *source)
{
	dp_column	columns[] = {{.name = "votes",.type = "text[]"}, {.name = "label",.type = "text",.optional = true}};
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "votes", ALLOCSET_DEFAULT_SIZES),
				report_context = CurrentMemoryContext;
	Portal		portal = dp_columns_open(source, columns, lengthof(columns));

	while (dp_columns_next(portal))
	{
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		no_votes,
						no_label;
			Datum		array = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &no_votes),
						label = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &no_label);
			dp_votes	votes;

			if (no_votes)
				continue;
			MemoryContextSwitchTo(batch);
			votes = dp_read_votes("votes", DatumGetArrayTypeP(array));
			dp_require_votes(&votes);
			if (!no_label)
				label = PointerGetDatum(DatumGetTextPP(label));
			MemoryContextSwitchTo(report_context);
			if (r->n == 0)
				start(r, votes.n);
			MemoryContextSwitchTo(batch);
			add_row(r, &votes, label, !no_label);
			MemoryContextSwitchTo(report_context);
		}
		MemoryContextReset(batch);
	}
}

/* 'a, b', in order */
static Datum
labels_of(const report *r, const uint32 *order, int function)
{
	StringInfoData s;

	initStringInfo(&s);
	for (uint32 i = 0; i < r->classes->n; i++)
		if (r->says[(size_t) function * MOST_CLASSES + order[i]])
			appendStringInfo(&s, "%s%s", s.len > 0 ? ", " : "", TextDatumGetCString(r->classes->values[order[i]]));
	return CStringGetTextDatum(s.data);
}

static void
put_rows(const report *r, const dp_votes *names, ReturnSetInfo *rsinfo)
{
	uint32	   *order = dp_keys_order(r->classes);

	for (int v = 0; r->n > 0 && v < r->n + 1 + (r->judge != NULL); v++)
	{
		const tally *t = &r->tallies[v];
		int64		known = t->correct + t->incorrect;
		bool		nulls[COLUMNS] = {false},
					is_function = v < r->n;
		Datum		values[COLUMNS];

		if (is_function && names->n > 0 && !names->nulls[v])
			values[0] = names->values[v];
		else
			values[0] = CStringGetTextDatum(is_function ? psprintf("%d", v + 1) : v == r->n ? "majority vote" : "label model");
		nulls[1] = nulls[3] = nulls[4] = !is_function;
		values[1] = is_function ? labels_of(r, order, v) : (Datum) 0;
		values[2] = Float8GetDatum((double) t->votes / r->rows);
		values[3] = Float8GetDatum((double) t->overlaps / r->rows);
		values[4] = Float8GetDatum((double) t->conflicts / r->rows);
		values[5] = Int64GetDatum(t->correct);
		values[6] = Int64GetDatum(t->incorrect);
		nulls[7] = known == 0;
		values[7] = Float8GetDatum(known == 0 ? 0 : (double) t->correct / known);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/* dp.label_function_report(source text, names text[], model dp.label_model) -> TABLE (function text, ...) */
Datum
dp_label_function_report(PG_FUNCTION_ARGS)
{
	report		r = {0};
	dp_votes	names = {0};

	dp_require(fcinfo, 0, "source");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	r.classes = dp_keys_create(false);
	if (!PG_ARGISNULL(1))
		names = dp_read_votes("names", PG_GETARG_ARRAYTYPE_P(1));
	if (!PG_ARGISNULL(2))
		r.judge = dp_make_label_judge((struct varlena *) PG_GETARG_VARLENA_P(2));
	if (r.judge != NULL && r.judge->model->named)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is of people, not of labelling functions"),
				 errhint("dp.fit_label_model(votes, method) learns one from the same votes.")));
	read_rows(&r, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (r.n > 0 && names.n > 0 && names.n != r.n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of names: %d", names.n),
				 errdetail("The rows have %d votes.", r.n)));
	put_rows(&r, &names, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}
