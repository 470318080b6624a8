/*
 * votes.c - votes of labelling functions or people, gathered for a model of them
 */
#include "votes.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "settings.h"
#include "state.h"

#define FIRST_VOTES 256
#define VOTES_PER_CHECK 16384

dp_votes
dp_read_votes(const char *name, ArrayType *array)
{
	dp_votes	votes;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must have one dimension, not %d", name, ARR_NDIM(array))));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &votes.values, &votes.nulls, &votes.n);
	return votes;
}

static const dp_option fit_options[] = {
	{"iterations", DP_OPTION_INT, offsetof(dpk_label_options, iterations), "100", 1, DPK_MAX_LABEL_ITERATIONS, NULL},
	{"tolerance", DP_OPTION_FLOAT, offsetof(dpk_label_options, tolerance), "1e-5", 0, 1e9, NULL},
	{"smoothing", DP_OPTION_FLOAT, offsetof(dpk_label_options, smoothing), "0.01", 0, 1e6, NULL}
};

void
dp_require_votes(const dp_votes *votes)
{
	if (votes->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"votes\" must not be empty"),
				 errdetail("It has a place for each labelling function, NULL where that abstains.")));
}

dp_ballot *
dp_ballot_create(MemoryContext parent, int nvoters, const char *method, Jsonb *options)
{
	MemoryContext context = AllocSetContextCreate(parent, "datapower votes", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(context);
	dp_ballot  *b = palloc0(sizeof *b);
	int			known[] = {3, 2, 0};	/* options of each method */

	b->context = context;
	b->method = dp_choose("method", method, dpk_label_method_names);
	dp_read_options(options, fit_options, known[b->method], &b->options);
	dp_check_range("voters", nvoters, 0, DPK_MAX_VOTERS);
	b->nvoters = nvoters;
	b->items = dp_keys_create(false);
	b->classes = dp_keys_create(false);
	b->voters = nvoters == 0 ? dp_keys_create(false) : NULL;
	b->room = FIRST_VOTES;
	b->votes = palloc(FIRST_VOTES * sizeof(dp_vote));
	MemoryContextSwitchTo(before);
	return b;
}

/* ERROR where so many bytes beside what there is would be too many */
static void
check_memory(const dp_ballot *b, size_t more)
{
	size_t		bytes = MemoryContextMemAllocated(b->context, true);

	if (!dpk_add(bytes, more, &bytes))
		bytes = SIZE_MAX;
	if (bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many votes: " UINT64_FORMAT " on %u items", (uint64) b->n, b->items->n),
				 errdetail("They would take %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("A model learns as well from a sample of the items.")));
}

static void
check_length(const char *what, Datum t)
{
	if (VARSIZE_ANY_EXHDR(DatumGetPointer(t)) > DPK_MAX_VOTE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is longer than %d bytes", what, DPK_MAX_VOTE)));
}

static int
class_number(dp_ballot *b, Datum answer)
{
	int			number;

	check_length("answer", answer);
	number = dp_keys_number(b->classes, answer);
	if (number >= DPK_MAX_LABEL_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d different answers", DPK_MAX_LABEL_CLASSES)));
	return number;
}

static void
add_vote(dp_ballot *b, uint32 item, int voter, int answer)
{
	/* the keys of items, workers and answers look at their own memory alone */
	if (b->n % VOTES_PER_CHECK == 0)
		check_memory(b, 0);
	if (b->n == b->room)
	{
		check_memory(b, mul_size(b->room, 2 * sizeof(dp_vote)));
		b->room *= 2;
		b->votes = repalloc_huge(b->votes, mul_size(b->room, sizeof(dp_vote)));
	}
	b->votes[b->n++] = (dp_vote) {item, voter, answer};
}

/*
 * Rows with the same votes are one item, which is known by them: a byte 0 for
 * none, else a byte 1, the label and a byte 0, which no text has.
 */
void
dp_ballot_add_row(dp_ballot *b, const dp_votes *votes)
{
	StringInfoData pattern;
	bool		any = false;
	uint32		known = b->items->n,
				item;

	if (votes->n != b->nvoters)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of votes: %d", votes->n),
				 errdetail("An earlier row has %d.", b->nvoters)));
	initStringInfo(&pattern);
	appendStringInfoSpaces(&pattern, VARHDRSZ);
	for (int v = 0; v < votes->n; v++)
	{
		if (votes->nulls[v])
		{
			appendStringInfoChar(&pattern, 0);
			continue;
		}
		any = true;
		appendStringInfoChar(&pattern, 1);
		appendBinaryStringInfo(&pattern, VARDATA_ANY(DatumGetPointer(votes->values[v])), VARSIZE_ANY_EXHDR(DatumGetPointer(votes->values[v])));
		appendStringInfoChar(&pattern, 0);
	}
	if (!any)
		return;
	SET_VARSIZE(pattern.data, pattern.len);
	item = dp_keys_number(b->items, PointerGetDatum(pattern.data));
	if (b->counts_room < b->items->n)
	{
		b->counts_room = Max(2 * b->counts_room, FIRST_VOTES);
		b->counts = b->counts == NULL ? MemoryContextAlloc(b->context, b->counts_room * sizeof(int64))
			: repalloc_huge(b->counts, mul_size(b->counts_room, sizeof(int64)));
	}
	if (item == known)
	{
		b->counts[item] = 0;
		for (int v = 0; v < votes->n; v++)
			if (!votes->nulls[v])
				add_vote(b, item, v, class_number(b, votes->values[v]));
	}
	b->counts[item]++;
	pfree(pattern.data);
}

void
dp_ballot_add_answer(dp_ballot *b, Datum item, Datum voter, Datum answer)
{
	uint32		i = dp_keys_number(b->items, item);
	int			v;

	if (answer == (Datum) 0)
		return;
	check_length("worker", voter);
	v = dp_keys_number(b->voters, voter);
	if (v >= DPK_MAX_VOTERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d workers", DPK_MAX_VOTERS)));
	add_vote(b, i, v, class_number(b, answer));
}

/* From numbers to places in the order of the bytes; *order takes the numbers in it */
static uint32 *
ranks(const dp_keys *keys, uint32 **order)
{
	uint32	   *rank = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(keys->n + 1, sizeof(uint32)));

	*order = dp_keys_order(keys);
	for (uint32 i = 0; i < keys->n; i++)
		rank[(*order)[i]] = i;
	return rank;
}

static int
compare_votes(const void *a, const void *b)
{
	const dp_vote *s = a,
			   *t = b;

	if (s->item != t->item)
		return s->item < t->item ? -1 : 1;
	if (s->voter != t->voter)
		return s->voter < t->voter ? -1 : 1;
	return s->answer < t->answer ? -1 : s->answer > t->answer;
}

static int
compare_votes_arg(const void *a, const void *b, void *arg)
{
	return compare_votes(a, b);
}

/* Votes by item, and the items in order, those that have any first */
static void
sort_votes(dp_ballot *b, uint32 **class_order, uint32 **voter_order)
{
	dpk_votes  *s = &b->sorted_votes;
	uint32	   *items = ranks(b->items, &b->item_order),
			   *classes = ranks(b->classes, class_order),
			   *voters = b->voters == NULL ? NULL : ranks(b->voters, voter_order),
			   *order = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(b->items->n + 1, sizeof(uint32)));
	size_t	   *first = MemoryContextAllocHuge(CurrentMemoryContext, mul_size((size_t) b->items->n + 1, sizeof(size_t)));
	int32	   *voter = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(b->n + 1, sizeof(int32))),
			   *answer = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(b->n + 1, sizeof(int32)));
	int64	   *count = b->counts == NULL ? NULL : MemoryContextAllocHuge(CurrentMemoryContext, mul_size(b->items->n + 1, sizeof(int64)));
	uint32		with = 0,
				without;

	for (size_t i = 0; i < b->n; i++)
		b->votes[i] = (dp_vote) {items[b->votes[i].item], voters == NULL ? b->votes[i].voter : (int32) voters[b->votes[i].voter], classes[b->votes[i].answer]};
	qsort_interruptible(b->votes, b->n, sizeof(dp_vote), compare_votes_arg, NULL);
	memset(items, 0, b->items->n * sizeof(uint32));
	for (size_t i = 0; i < b->n; i++)
	{
		uint32		item = b->votes[i].item;

		if (i == 0 || item != b->votes[i - 1].item)
		{
			items[item] = 1;
			order[with] = b->item_order[item];
			if (count != NULL)
				count[with] = b->counts[order[with]];
			first[with++] = i;
		}
		voter[i] = b->votes[i].voter;
		answer[i] = b->votes[i].answer;
	}
	first[with] = b->n;
	without = with;
	for (uint32 i = 0; i < b->items->n; i++)
		if (items[i] == 0)
			order[without++] = b->item_order[i];
	b->item_order = order;
	*s = (dpk_votes) {with, b->n, b->voters == NULL ? b->nvoters : (int) b->voters->n, (int) b->classes->n, first, voter, answer, count};
}

static size_t
label_bytes(const dp_keys *keys)
{
	size_t		bytes = 0;

	for (uint32 i = 0; keys != NULL && i < keys->n; i++)
		bytes += VARSIZE_ANY_EXHDR(DatumGetPointer(keys->values[i]));
	return bytes;
}

static void
put_labels(dpk_label_model *m, const dp_keys *keys, const uint32 *order, int place)
{
	for (uint32 i = 0; keys != NULL && i < keys->n; i++)
	{
		void	   *label = DatumGetPointer(keys->values[order[i]]);

		dpk_label_model_put(m, place + i, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
	}
}

dpk_label_model *
dp_ballot_fit(dp_ballot *b)
{
	MemoryContext caller = CurrentMemoryContext;
	int			nvoters = b->voters == NULL ? b->nvoters : (int) b->voters->n;
	size_t		labels = label_bytes(b->classes) + label_bytes(b->voters),
				bytes,
				work;
	uint32	   *class_order,
			   *voter_order = NULL;
	dpk_label_model *m;

	if (b->n == 0)
		return NULL;
	if (!dpk_label_model_size(b->method, b->classes->n, nvoters, b->voters != NULL, labels, &bytes) || bytes > DP_STATE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many voters and classes for method \"%s\": %d and %u", dpk_label_method_names[b->method], nvoters, b->classes->n),
				 b->method == DPK_DAWID_SKENE ? errhint("Method \"one_coin\" keeps one number of each voter.") : 0));
	m = dp_state_alloc("dp.label_model", bytes);
	dpk_label_model_init(m, b->method, b->classes->n, nvoters, b->voters != NULL, (int) labels);

	/* what ranks and sorted votes take, and the model */
	check_memory(b, bytes + b->n * 8 + (size_t) b->items->n * 32 + (size_t) nvoters * 8);
	MemoryContextSwitchTo(b->context);
	sort_votes(b, &class_order, &voter_order);
	put_labels(m, b->classes, class_order, 0);
	put_labels(m, b->voters, voter_order, b->classes->n);
	if (!dpk_label_work(b->method, &b->sorted_votes, &work))
		work = SIZE_MAX / 2;
	check_memory(b, work);
	dp_raise(dpk_label_fit(m, &b->sorted_votes, &b->options, &dp_stop, MemoryContextAllocHuge(b->context, work)), NULL);
	MemoryContextSwitchTo(caller);
	return m;
}

void *
dp_make_label_judge(struct varlena *model)
{
	dp_label_judge *judge = palloc0(sizeof *judge);
	size_t		bytes;

	judge->model = (dpk_label_model *) model;
	if (!dpk_label_evidence_bytes(judge->model, &bytes))
		elog(ERROR, "label model is too big");
	judge->evidence = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	judge->p = palloc(judge->model->nclasses * sizeof(double));
	dpk_label_evidence(judge->model, judge->evidence);
	return judge;
}

static int
find_class(const dpk_label_model *m, const dp_votes *votes, int i)
{
	void	   *label = DatumGetPointer(votes->values[i]);

	return votes->nulls[i] ? -1 : dpk_label_find_class(m, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

static int
find_voter(const dpk_label_model *m, const dp_votes *voters, int i)
{
	void	   *label;

	if (voters == NULL)
		return i;
	label = DatumGetPointer(voters->values[i]);
	return voters->nulls[i] ? -1 : dpk_label_find_voter(m, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

bool
dp_judge_votes(const dp_label_judge *judge, const dp_votes *votes, const dp_votes *voters, int *best)
{
	dpk_label_model *m = judge->model;
	dp_vote    *known;
	int32	   *voter,
			   *answer;
	int			n = 0;

	if ((voters != NULL) != m->named)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 m->named ? errmsg("the voters of the model have names") : errmsg("the voters of the model have no names"),
				 m->named ? errhint("Give the voter of each vote as the third argument.") : errhint("Leave the third argument out.")));
	if (voters != NULL ? voters->n != votes->n : votes->n != m->nvoters)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of votes: %d", votes->n),
				 voters != NULL ? errdetail("There are %d voters.", voters->n) : errdetail("The model has %d voters.", m->nvoters)));
	known = palloc(votes->n * sizeof(dp_vote));
	for (int i = 0; i < votes->n; i++)
	{
		int			a = find_class(m, votes, i),
					v = find_voter(m, voters, i);

		if (a >= 0 && v >= 0)
			known[n++] = (dp_vote) {0, v, a};
	}
	if (n == 0)
		return false;
	/* sums in the order they had when the model was learnt */
	qsort(known, n, sizeof(dp_vote), compare_votes);
	voter = palloc(n * sizeof(int32));
	answer = palloc(n * sizeof(int32));
	for (int i = 0; i < n; i++)
	{
		voter[i] = known[i].voter;
		answer[i] = known[i].answer;
	}
	*best = dpk_label_probabilities(m, judge->evidence, n, voter, answer, judge->p, NULL);
	pfree(known);
	pfree(voter);
	pfree(answer);
	return true;
}
