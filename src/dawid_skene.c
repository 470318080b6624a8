/*
 * dawid_skene.c - the answers of a crowd as one label per task
 *
 * The model of dp.fit_crowd(), applied at once to the tasks it was learnt
 * from, with the majority vote beside it.
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "args.h"
#include "columns.h"
#include "votes.h"

PG_FUNCTION_INFO_V1(dp_dawid_skene);

#define COLUMNS 7				/* task, label, probability, majority, answers, entropy, probabilities */

static void
read_answers(dp_ballot *ballot, const char *source)
{
	dp_column	columns[] = {{.name = "task",.type = "text"}, {.name = "worker",.type = "text"}, {.name = "answer",.type = "text"}};
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "answers", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(batch);
	Portal		portal = dp_columns_open(source, columns, lengthof(columns));

	while (dp_columns_next(portal))
	{
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			Datum		values[3] = {0};

			for (int c = 0; c < 3; c++)
			{
				bool		isnull;
				Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, c + 1, &isnull);

				if (!isnull)
					values[c] = PointerGetDatum(DatumGetTextPP(value));
			}
			for (int c = 0; c < 2; c++)
				if (values[c] == (Datum) 0 && (c == 0 || values[2] != (Datum) 0))
					ereport(ERROR,
							(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							 errmsg("the %s of an answer must not be null", columns[c].name)));
			dp_ballot_add_answer(ballot, values[0], values[1], values[2]);
		}
		MemoryContextReset(batch);
	}
	MemoryContextSwitchTo(before);
}

static text *
class_text(const dpk_label_model *m, int class)
{
	const dpk_label_place *p = &dpk_label_places(m)[class];

	return cstring_to_text_with_len(dpk_label_bytes(m) + p->at, p->length);
}

/* {"class": probability, ...} */
static Datum
probabilities_json(const dpk_label_model *m, const double *p)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoChar(&s, '{');
	for (int j = 0; j < m->nclasses; j++)
	{
		if (j > 0)
			appendStringInfoChar(&s, ',');
		escape_json(&s, text_to_cstring(class_text(m, j)));
		appendStringInfo(&s, ":%s", dp_number_text(p[j]));
	}
	appendStringInfoChar(&s, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* The votes of item i, of which there is one at least */
static void
judge_task(const dp_label_judge *judge, const dpk_votes *v, size_t i, Datum values[COLUMNS])
{
	const dpk_label_model *m = judge->model;
	size_t		first = v->first[i],
				n = v->first[i + 1] - first;
	double	   *shares = palloc0(mul_size(m->nclasses, sizeof(double))),
				entropy = 0;
	int			best = dpk_label_probabilities(m, judge->evidence, n, v->voter + first, v->answer + first, judge->p, NULL);

	for (size_t e = first; e < first + n; e++)
		shares[v->answer[e]] += 1.0 / n;
	for (int j = 0; j < m->nclasses; j++)
		entropy -= judge->p[j] > 0 ? judge->p[j] * log(judge->p[j]) : 0;
	values[1] = PointerGetDatum(class_text(m, best));
	values[2] = Float8GetDatum(judge->p[best]);
	values[3] = PointerGetDatum(class_text(m, dpk_label_argmax(shares, m->nclasses)));
	values[4] = Int64GetDatum((int64) n);
	values[5] = Float8GetDatum(Max(entropy, 0));
	values[6] = probabilities_json(m, judge->p);
}

/* dp.dawid_skene(source text, options jsonb) -> TABLE (task, label, probability, majority, answers, entropy, probabilities) */
Datum
dp_dawid_skene(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	dp_ballot  *ballot;
	dpk_label_model *model;
	dp_label_judge *judge = NULL;
	MemoryContext row;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	ballot = dp_ballot_create(CurrentMemoryContext, 0, dpk_label_method_names[DPK_DAWID_SKENE], PG_GETARG_JSONB_P(1));
	read_answers(ballot, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	model = dp_ballot_fit(ballot);
	if (model != NULL)
		judge = dp_make_label_judge((struct varlena *) model);
	row = AllocSetContextCreate(CurrentMemoryContext, "task", ALLOCSET_SMALL_SIZES);
	for (uint32 i = 0; i < ballot->items->n; i++)
	{
		MemoryContext before = MemoryContextSwitchTo(row);
		bool		voted = judge != NULL && i < ballot->sorted_votes.nitems,
					nulls[COLUMNS] = {false, !voted, !voted, !voted, false, !voted, !voted};
		Datum		values[COLUMNS] = {dp_keys_text(ballot->items, judge == NULL ? i : ballot->item_order[i])};

		if (voted)
			judge_task(judge, &ballot->sorted_votes, i, values);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(before);
		MemoryContextReset(row);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	SPI_finish();
	return (Datum) 0;
}
