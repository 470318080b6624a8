/*
 * args.h - arguments from SQL: options, methods, and the errors they share
 *
 * An options jsonb is described by a table of dp_option; dp_read_options()
 * fills a plain struct with the defaults, then with what the user gave.  An
 * unknown key is an error whose hint lists the valid ones with their defaults.
 */
#ifndef DP_ARGS_H
#define DP_ARGS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "dpk.h"
#include "spec.h"

#define DP_MAX_STEPS 10000		/* of a network or a recipe */

typedef enum dp_option_type
{
	DP_OPTION_BOOL,				/* bool */
	DP_OPTION_INT,				/* int */
	DP_OPTION_INT64,			/* int64, of at most 53 bits as JSON has it everywhere */
	DP_OPTION_FLOAT,			/* double */
	DP_OPTION_CHOICE,			/* int, an index into 'choices' */
	DP_OPTION_JSON				/* Jsonb *, palloc'd; NULL where absent */
} dp_option_type;

typedef struct dp_option
{
	const char *name;
	dp_option_type type;
	size_t		offset;			/* of the field in the caller's struct */
	const char *fallback;		/* the default as JSON writes it: "10", "true", "adam"; NULL: none, which a number shows by being below min */
	double		min,
				max;			/* for numbers */
	const char *const *choices; /* for DP_OPTION_CHOICE, ends with NULL */
} dp_option;

/* Fill 'result' from the defaults in 'table' and from 'options' (NULL: the defaults alone) */
extern void dp_read_options(Jsonb *options, const dp_option *table, int noptions, void *result);

/* Whether the options name it, with a value other than null, which asks for the default */
extern bool dp_option_given(Jsonb *options, const char *name);

/* Index of 'name' in 'names' (ends with NULL), or an ERROR: unrecognized <what> "name", with a hint */
extern int	dp_choose(const char *what, const char *name, const char *const *names);

/* ERROR where argument i is NULL: "name" must not be null */
extern void dp_require(FunctionCallInfo fcinfo, int i, const char *name);

/* Whether two values of variable length, or NULLs, are the same bytes; the order of what they hold; and a copy of one */
extern bool dp_same_bytes(const void *a, const void *b);
extern int	dp_compare_bytes(const void *a, const void *b);
extern void *dp_copy_bytes(const void *value, MemoryContext context);

/*
 * A kernel's text as one of the server.  It may quote a name that was cut
 * within a character, or bytes of a file: those become question marks.
 */
extern char *dp_valid_text(const char *text);

/* A finite number in as few digits as read back to the same bits, whatever the session's settings; palloc'd */
extern char *dp_number_text(double x);

/* ERROR from a kernel's status; returns only for DPK_OK.  DPK_STOPPED processes the interrupt.  'err' is NULL where a failure cannot happen. */
extern void dp_raise(dpk_status status, const dpk_error *err);

/* A dpk_stop that returns true once a cancel or a terminate is waiting */
extern const dpk_stop dp_stop;

/* ERROR: invalid value for parameter "name": value; DETAIL: "name" must be between min and max. */
extern void dp_check_range(const char *name, double value, double min, double max);

/*
 * The steps of a network or a recipe, from jsonb: a list whose elements are
 * objects of one key, or plain strings for a step without parameters.  All of
 * it is palloc'd in the current context.  'what' is for errors: "network".
 */
extern dpk_step *dp_read_steps(const char *what, Jsonb *json, int *nsteps);

#endif							/* DP_ARGS_H */
