/*
 * label_model.h - the label that several voters mean, and how far to trust each
 *
 * Voters are labelling functions or people.  Not all of them vote on every
 * item.  Three models:
 *		dawid_skene			a confusion matrix for each voter: how often he says
 *							l of what is j (Dawid and Skene 1979), by EM from
 *							the shares of the votes
 *		one_coin			one accuracy for each voter, his errors spread evenly
 *							over the other classes
 *		weighted_majority	each vote counts by the share of a voter's votes
 *							that agree with the majority (crowd-kit's Wawa)
 * Ties are broken towards the first class; probabilities within 1e-12 are a tie.
 *
 * The model is one flat piece of memory that the caller owns: the head, then
 * doubles: the share of each class; for each voter the probability of each
 * answer given each class (answer, class), or his one number; then the number
 * of votes of each voter, and the labels.
 */
#ifndef DPK_LABEL_MODEL_H
#define DPK_LABEL_MODEL_H

#include "fields.h"

#define DPK_MAX_LABEL_CLASSES 1000
#define DPK_MAX_VOTERS 1000000
#define DPK_MAX_VOTE 1000		/* bytes of a class or of a voter's name */
#define DPK_MAX_LABEL_ITERATIONS 10000

typedef enum dpk_label_method
{
	DPK_DAWID_SKENE,
	DPK_ONE_COIN,
	DPK_WEIGHTED_MAJORITY
} dpk_label_method;

extern const char *const dpk_label_method_names[];	/* ends with NULL */

/* Votes by item; in each item they are in order of the voter, then the answer */
typedef struct dpk_votes
{
	size_t		nitems,
				nvotes;
	int			nvoters,
				nclasses;
	const size_t *first;		/* (nitems + 1): where the votes of an item begin */
	const int32_t *voter,
			   *answer;			/* (nvotes) */
	const int64_t *count;		/* (nitems) rows that an item stands for; NULL: one each */
} dpk_votes;

typedef struct dpk_label_place
{
	int32_t		at,
				length;
} dpk_label_place;

typedef struct dpk_label_model
{
	int32_t		header;			/* the caller's */
	int32_t		method;			/* dpk_label_method */
	int32_t		nclasses,
				nvoters;
	int32_t		named;			/* voters have names, in order of their bytes; else they are 1, 2, ... */
	int32_t		iterations;
	int32_t		label_bytes,
				label_room;
	double		likelihood;		/* the logarithm of that of all votes; 0 where the method has none */
} dpk_label_model;

typedef struct dpk_label_options
{
	int			iterations;		/* at most */
	double		tolerance,		/* EM stops once the log likelihood gains less; 0: never */
				smoothing;		/* added to each count of a confusion matrix */
} dpk_label_options;

static inline double *
dpk_label_priors(const dpk_label_model *m)
{
	return (double *) (m + 1);
}

/* Numbers of a voter */
static inline size_t
dpk_label_numbers(dpk_label_method method, int nclasses)
{
	return method == DPK_DAWID_SKENE ? (size_t) nclasses * nclasses : 1;
}

static inline double *
dpk_label_voter(const dpk_label_model *m, int voter)
{
	return dpk_label_priors(m) + m->nclasses + voter * dpk_label_numbers(m->method, m->nclasses);
}

static inline int64_t *
dpk_label_votes(const dpk_label_model *m)
{
	return (int64_t *) dpk_label_voter(m, m->nvoters);
}

/* Where the labels are: of the classes, then of the voters if they have names */
static inline dpk_label_place *
dpk_label_places(const dpk_label_model *m)
{
	return (dpk_label_place *) (dpk_label_votes(m) + m->nvoters);
}

static inline char *
dpk_label_bytes(const dpk_label_model *m)
{
	return (char *) (dpk_label_places(m) + m->nclasses + (m->named ? m->nvoters : 0));
}

/* False where the sum does not fit */
extern bool dpk_label_model_size(dpk_label_method method, int nclasses, int nvoters, bool named, size_t label_room, size_t *bytes);
extern void dpk_label_model_init(dpk_label_model *m, dpk_label_method method, int nclasses, int nvoters, bool named, int label_room);

/* The next label: classes, then voters, each in order; there is room */
extern void dpk_label_model_put(dpk_label_model *m, int place, const char *label, size_t length);

/* Index of a class or of a voter's name, -1 where it is not known */
extern int	dpk_label_find_class(const dpk_label_model *m, const char *label, size_t length);
extern int	dpk_label_find_voter(const dpk_label_model *m, const char *label, size_t length);

/* Learn; the items have a vote each at least.  'work' is of dpk_label_work() bytes, false where that does not fit. */
extern bool dpk_label_work(dpk_label_method method, const dpk_votes *votes, size_t *bytes);
extern dpk_status dpk_label_fit(dpk_label_model *m, const dpk_votes *votes, const dpk_label_options *options,
								const dpk_stop *stop, void *work);

/* What dpk_label_probabilities() adds up: logarithms, or weights; (nclasses) and (nvoters, answer, class) or (nvoters, 2) */
extern bool dpk_label_evidence_bytes(const dpk_label_model *m, size_t *bytes);
extern void dpk_label_evidence(const dpk_label_model *m, double *evidence);

/*
 * p (nclasses) from n votes, n >= 1, and the first class of the largest;
 * *likelihood (or NULL) takes the logarithm of the probability of the votes.
 */
extern int	dpk_label_probabilities(const dpk_label_model *m, const double *evidence, size_t n,
									const int32_t *voter, const int32_t *answer, double *p, double *likelihood);

/* The first of the largest of n numbers, of which those within 1e-12 are equal */
extern int	dpk_label_argmax(const double *p, int n);

/* How often a voter is right, by what the model makes of all */
extern double dpk_label_accuracy(const dpk_label_model *m, int voter);

extern void dpk_label_model_write(dpk_writer *w, const dpk_label_model *m);

/* DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_label_model_read(dpk_reader *r, dpk_label_model *m, size_t *size);

#endif							/* DPK_LABEL_MODEL_H */
