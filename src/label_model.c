/*
 * label_model.c - how far to trust voters, learnt from their votes alone
 *
 * dp.fit_label_model() learns from the votes of labelling functions, an array
 * per row, dp.fit_crowd() from a row per answer.  Both collect rows by nature:
 * EM goes over them many times.  Rows with the same votes are kept once.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "args.h"
#include "feature_row.h"
#include "state.h"
#include "votes.h"

DP_STATE_TYPE(label_model, true)

PG_FUNCTION_INFO_V1(dp_label_model_add);
PG_FUNCTION_INFO_V1(dp_crowd_add);
PG_FUNCTION_INFO_V1(dp_label_model_finish);
PG_FUNCTION_INFO_V1(dp_label_of);
PG_FUNCTION_INFO_V1(dp_label_probabilities);
PG_FUNCTION_INFO_V1(dp_label_model_classes);
PG_FUNCTION_INFO_V1(dp_label_model_voters);
PG_FUNCTION_INFO_V1(dp_label_model_confusion);

typedef struct fit_state
{
	dp_ballot  *ballot;
	text	   *method;
	Jsonb	   *options;
} fit_state;

/* Argument i and, if there is one, i + 1: method and options, those of the first row for all */
static fit_state *
fit_for_row(FunctionCallInfo fcinfo, int i, int nvoters)
{
	fit_state  *state = PG_ARGISNULL(0) ? NULL : (fit_state *) PG_GETARG_POINTER(0);
	MemoryContext context;
	text	   *method;
	Jsonb	   *options = PG_NARGS() > i + 1 && !PG_ARGISNULL(i + 1) ? PG_GETARG_JSONB_P(i + 1) : NULL;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "a transition function was called outside an aggregate");
	dp_require(fcinfo, i, "method");
	method = PG_GETARG_TEXT_PP(i);
	if (state == NULL)
	{
		state = MemoryContextAllocZero(context, sizeof *state);
		state->ballot = dp_ballot_create(context, nvoters, text_to_cstring(method), options);
		state->method = dp_copy_bytes(method, context);
		state->options = options == NULL ? NULL : dp_copy_bytes(options, context);
	}
	else if (!dp_same_bytes(method, state->method) || !dp_same_bytes(options, state->options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"method\" and \"options\" must be the same for every row")));
	return state;
}

static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(PG_GETARG_POINTER(0));
}

/* dp.label_model_add(state internal, votes text[], method text [, options jsonb]) -> internal */
Datum
dp_label_model_add(PG_FUNCTION_ARGS)
{
	dp_votes	votes;
	fit_state  *state;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	votes = dp_read_votes("votes", PG_GETARG_ARRAYTYPE_P(1));
	dp_require_votes(&votes);
	state = fit_for_row(fcinfo, 2, votes.n);
	dp_ballot_add_row(state->ballot, &votes);
	PG_RETURN_POINTER(state);
}

/* dp.crowd_add(state internal, task text, worker text, answer text, method text [, options jsonb]) -> internal */
Datum
dp_crowd_add(PG_FUNCTION_ARGS)
{
	fit_state  *state;

	if (PG_ARGISNULL(3))
		return unchanged(fcinfo);
	for (int i = 1; i <= 2; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the %s of an answer must not be null", i == 1 ? "task" : "worker")));
	state = fit_for_row(fcinfo, 4, 0);
	dp_ballot_add_answer(state->ballot, PointerGetDatum(PG_GETARG_TEXT_PP(1)), PointerGetDatum(PG_GETARG_TEXT_PP(2)),
						 PointerGetDatum(PG_GETARG_TEXT_PP(3)));
	PG_RETURN_POINTER(state);
}

/* dp.label_model_finish(state internal) -> dp.label_model; NULL where nobody voted */
Datum
dp_label_model_finish(PG_FUNCTION_ARGS)
{
	dpk_label_model *m = PG_ARGISNULL(0) ? NULL : dp_ballot_fit(((fit_state *) PG_GETARG_POINTER(0))->ballot);

	if (m == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(m);
}

/* Arguments (model, votes [, voters]); NULL where no vote says anything */
static const dp_label_judge *
ask(FunctionCallInfo fcinfo, int *best)
{
	const dp_label_judge *judge = dp_state_made(fcinfo, 0, 0, dp_make_label_judge);
	dp_votes	votes = dp_read_votes("votes", PG_GETARG_ARRAYTYPE_P(1)),
				voters = {0};

	if (PG_NARGS() > 2)
		voters = dp_read_votes("voters", PG_GETARG_ARRAYTYPE_P(2));
	return dp_judge_votes(judge, &votes, PG_NARGS() > 2 ? &voters : NULL, best) ? judge : NULL;
}

static Datum
label_datum(const dpk_label_model *m, int place)
{
	const dpk_label_place *p = &dpk_label_places(m)[place];

	return PointerGetDatum(cstring_to_text_with_len(dpk_label_bytes(m) + p->at, p->length));
}

/* dp.label_of(model dp.label_model, votes text[] [, voters text[]]) -> text */
Datum
dp_label_of(PG_FUNCTION_ARGS)
{
	int			best;
	const dp_label_judge *judge = ask(fcinfo, &best);

	if (judge == NULL)
		PG_RETURN_NULL();
	return label_datum(judge->model, best);
}

/* dp.label_probabilities(model dp.label_model, votes text[] [, voters text[]]) -> float8[] */
Datum
dp_label_probabilities(PG_FUNCTION_ARGS)
{
	int			best;
	const dp_label_judge *judge = ask(fcinfo, &best);

	if (judge == NULL)
		PG_RETURN_NULL();
	return dp_features_array(judge->p, 0, judge->model->nclasses);
}

static void
put(FunctionCallInfo fcinfo, Datum *values, const bool *nulls)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, (bool *) nulls);
}

/* dp.label_model_classes(model dp.label_model) -> TABLE (class text, share float8), in the order of dp.label_probabilities */
Datum
dp_label_model_classes(PG_FUNCTION_ARGS)
{
	dpk_label_model *m = (dpk_label_model *) PG_GETARG_VARLENA_P(0);
	bool		nulls[2] = {false};

	InitMaterializedSRF(fcinfo, 0);
	for (int j = 0; j < m->nclasses; j++)
		put(fcinfo, (Datum[]) {label_datum(m, j), Float8GetDatum(dpk_label_priors(m)[j])}, nulls);
	return (Datum) 0;
}

static Datum
voter_datum(const dpk_label_model *m, int voter)
{
	return m->named ? label_datum(m, m->nclasses + voter) : CStringGetTextDatum(psprintf("%d", voter + 1));
}

/* dp.label_model_voters(model dp.label_model) -> TABLE (voter text, votes bigint, accuracy float8) */
Datum
dp_label_model_voters(PG_FUNCTION_ARGS)
{
	dpk_label_model *m = (dpk_label_model *) PG_GETARG_VARLENA_P(0);
	bool		nulls[3] = {false};

	InitMaterializedSRF(fcinfo, 0);
	for (int v = 0; v < m->nvoters; v++)
	{
		nulls[2] = dpk_label_votes(m)[v] == 0;
		put(fcinfo, (Datum[]) {voter_datum(m, v), Int64GetDatum(dpk_label_votes(m)[v]), Float8GetDatum(dpk_label_accuracy(m, v))}, nulls);
	}
	return (Datum) 0;
}

/* How probable an answer of a voter is, given the class */
static double
confusion(const dpk_label_model *m, int voter, int class, int answer)
{
	const double *numbers = dpk_label_voter(m, voter);

	if (m->method == DPK_DAWID_SKENE)
		return numbers[(size_t) answer * m->nclasses + class];
	return answer == class ? numbers[0] : (1 - numbers[0]) / (m->nclasses - 1);
}

/* dp.label_model_confusion(model dp.label_model) -> TABLE (voter text, actual text, answer text, probability float8) */
Datum
dp_label_model_confusion(PG_FUNCTION_ARGS)
{
	dpk_label_model *m = (dpk_label_model *) PG_GETARG_VARLENA_P(0);
	bool		nulls[4] = {false};

	InitMaterializedSRF(fcinfo, 0);
	if (m->method == DPK_WEIGHTED_MAJORITY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"weighted_majority\" has no confusion matrices"),
				 errhint("dp.label_model_voters lists its weights as accuracies.")));
	for (int v = 0; v < m->nvoters; v++)
		for (int j = 0; j < m->nclasses; j++)
		{
			CHECK_FOR_INTERRUPTS();
			for (int l = 0; l < m->nclasses; l++)
				put(fcinfo, (Datum[]) {voter_datum(m, v), label_datum(m, j), label_datum(m, l), Float8GetDatum(confusion(m, v, j, l))}, nulls);
		}
	return (Datum) 0;
}
