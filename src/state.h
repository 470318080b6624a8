/*
 * state.h - the states of our aggregates as SQL types
 *
 * A state is a flat varlena that a kernel reads and writes through fields.h.
 * It is checked here, when it is read from text or binary, and trusted
 * afterwards.  Transition functions change it in place: dp_state_argument()
 * hands out the aggregate's own copy, or, to whoever calls such a function by
 * hand, a fresh one.
 */
#ifndef DP_STATE_H
#define DP_STATE_H

#include "compat.h"

#include "fields.h"

typedef struct dp_state_kind
{
	const char *type;			/* "dp.scaler" */
	dpk_status	(*read) (dpk_reader *r, void *state, size_t *size);
	void		(*write) (dpk_writer *w, const void *state);
	bool		has_labels;		/* text that must be valid in the server's encoding */
} dp_state_kind;

/* A new state, its header set; ERROR beyond DP_STATE_LIMIT */
#define DP_STATE_LIMIT ((size_t) 256 * 1024 * 1024)
extern void *dp_state_alloc(const char *type, size_t size);

/* Argument 'i' to be changed in place; it is not NULL */
extern void *dp_state_argument(FunctionCallInfo fcinfo, int i);

/* The combine of NULL and 'b', or of 'a' and NULL: true, and *result (with fcinfo->isnull) is the answer */
extern bool dp_state_one_is_null(FunctionCallInfo fcinfo, Datum *result);

/* What a transition function returns for a row that tells nothing: argument 0 as it is */
extern Datum dp_state_unchanged(FunctionCallInfo fcinfo);

/*
 * What 'make' makes of argument 'i', kept for as long as the call is, so that
 * a query works each state up once: several of them, those last used.  It
 * stays where it is until the next call.  make() is given a copy of the state
 * and leaves all it allocates to the current memory context.  'head': so many
 * bytes tell one state from another; 0: it takes all of them.
 */
typedef void *(*dp_state_maker) (struct varlena *state);
extern const void *dp_state_made(FunctionCallInfo fcinfo, int i, size_t head, dp_state_maker make);

extern Datum dp_state_in(const dp_state_kind *kind, FunctionCallInfo fcinfo);
extern Datum dp_state_out(const dp_state_kind *kind, FunctionCallInfo fcinfo);
extern Datum dp_state_recv(const dp_state_kind *kind, FunctionCallInfo fcinfo);
extern Datum dp_state_send(const dp_state_kind *kind, FunctionCallInfo fcinfo);

/* Type dp.NAME over a kernel's dpk_NAME: its dp_NAME_in, _out, _recv and _send */
#define DP_STATE_TYPE(name, labels) \
static dpk_status \
name##_read(dpk_reader *r, void *state, size_t *size) \
{ \
	return dpk_##name##_read(r, state, size); \
} \
static void \
name##_write(dpk_writer *w, const void *state) \
{ \
	dpk_##name##_write(w, state); \
} \
static const dp_state_kind name##_kind = {"dp." #name, name##_read, name##_write, labels}; \
PG_FUNCTION_INFO_V1(dp_##name##_in); \
PG_FUNCTION_INFO_V1(dp_##name##_out); \
PG_FUNCTION_INFO_V1(dp_##name##_recv); \
PG_FUNCTION_INFO_V1(dp_##name##_send); \
Datum \
dp_##name##_in(PG_FUNCTION_ARGS) \
{ \
	return dp_state_in(&name##_kind, fcinfo); \
} \
Datum \
dp_##name##_out(PG_FUNCTION_ARGS) \
{ \
	return dp_state_out(&name##_kind, fcinfo); \
} \
Datum \
dp_##name##_recv(PG_FUNCTION_ARGS) \
{ \
	return dp_state_recv(&name##_kind, fcinfo); \
} \
Datum \
dp_##name##_send(PG_FUNCTION_ARGS) \
{ \
	return dp_state_send(&name##_kind, fcinfo); \
}

#endif							/* DP_STATE_H */
