/*
 * votes.h - votes of labelling functions or people, gathered for a model of them
 *
 * Items, voters and classes are numbered as they are first seen, and put in
 * order of their bytes before a model is learnt, so that it is the same
 * whatever the order of rows.
 */
#ifndef DP_VOTES_H
#define DP_VOTES_H

#include "compat.h"

#include "utils/array.h"
#include "utils/jsonb.h"

#include "keys.h"
#include "label_model.h"

/* A text[] of votes, one of each voter; NULL is none */
typedef struct dp_votes
{
	int			n;
	Datum	   *values;
	bool	   *nulls;
} dp_votes;

/* ERROR where the array has several dimensions; an empty one has no votes */
extern dp_votes dp_read_votes(const char *name, ArrayType *array);

/* ERROR where there is no place for a labelling function */
extern void dp_require_votes(const dp_votes *votes);

typedef struct dp_vote
{
	uint32		item;
	int32		voter,
				answer;
} dp_vote;

typedef struct dp_ballot
{
	MemoryContext context;		/* of all that follows */
	dp_keys    *items,
			   *voters,
			   *classes;
	int			nvoters;		/* where they have no names */
	dp_vote    *votes;
	size_t		n,
				room;
	int64	   *counts;			/* of the items, where they are patterns; else NULL */
	size_t		counts_room;
	dpk_label_method method;
	dpk_label_options options;
	bool		sorted;
	dpk_votes	sorted_votes;	/* after dp_ballot_fit() */
	uint32	   *item_order;		/* which item each of them is; those without votes come last */
} dp_ballot;

/* In a new context below 'parent'; nvoters = 0: they have names */
extern dp_ballot *dp_ballot_create(MemoryContext parent, int nvoters, const char *method, Jsonb *options);

/* All votes on a row at once; nothing where all are NULL */
extern void dp_ballot_add_row(dp_ballot *ballot, const dp_votes *votes);

/* A vote of a named voter on a named item; NULL (0) for none, which lists the item */
extern void dp_ballot_add_answer(dp_ballot *ballot, Datum item, Datum voter, Datum answer);

/* The model, palloc'd; NULL where there was no vote */
extern dpk_label_model *dp_ballot_fit(dp_ballot *ballot);

/*
 * A model made ready to be asked, as dp_state_made() keeps it; and what it
 * makes of votes, whose voters are named in 'voters' or (NULL) are as many as
 * the model has.  False where no vote says anything.
 */
typedef struct dp_label_judge
{
	dpk_label_model *model;
	double	   *evidence;
	double	   *p;				/* (nclasses): of the votes last asked about */
} dp_label_judge;

extern void *dp_make_label_judge(struct varlena *model);
extern bool dp_judge_votes(const dp_label_judge *judge, const dp_votes *votes, const dp_votes *voters, int *best);

#endif							/* DP_VOTES_H */
