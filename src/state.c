/*
 * state.c - the states of our aggregates as SQL types
 */
#include "state.h"

#include "access/detoast.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "args.h"

#define MAX_QUOTED 100			/* bytes of a wrong text that an error repeats */

void *
dp_state_alloc(const char *type, size_t size)
{
	void	   *state;

	if (size > DP_STATE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("state of type %s is too big: %zu bytes", type, size),
				 errdetail("It must not exceed %zu bytes.", DP_STATE_LIMIT)));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	return state;
}

void *
dp_state_argument(FunctionCallInfo fcinfo, int i)
{
	if (AggCheckCallContext(fcinfo, NULL))
		return PG_GETARG_VARLENA_P(i);
	return PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(i));
}

bool
dp_state_one_is_null(FunctionCallInfo fcinfo, Datum *result)
{
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		return false;
	fcinfo->isnull = PG_ARGISNULL(0) && PG_ARGISNULL(1);
	*result = (Datum) 0;
	if (!PG_ARGISNULL(0))
		*result = PointerGetDatum(dp_state_argument(fcinfo, 0));
	else if (!PG_ARGISNULL(1))
		*result = PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(1)));
	return true;
}

Datum
dp_state_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(dp_state_argument(fcinfo, 0));
}

/* Read fields into a new state; the first call tells how large it is */
static void *
read_state(const dp_state_kind *kind, const dpk_reader *fields, dpk_status *status)
{
	dpk_reader	r = *fields;
	size_t		size = 0;
	void	   *state;

	*status = kind->read(&r, NULL, &size);
	if (*status != DPK_NO_MEMORY)
		return NULL;
	state = dp_state_alloc(kind->type, size);
	r = *fields;
	*status = kind->read(&r, state, &size);
	if (r.stopped)
		dp_raise(DPK_STOPPED, NULL);
	return state;
}

static void
write_fields(const dp_state_kind *kind, const void *state, dpk_writer *w)
{
	w->length = 0;
	kind->write(w, state);
	if (w->stopped)
		dp_raise(DPK_STOPPED, NULL);
}

/* Write the fields behind 'head' bytes, with a zero at the end */
static char *
write_state(const dp_state_kind *kind, const void *state, bool binary, size_t head, size_t *length)
{
	dpk_writer	w = {.binary = binary, .stop = &dp_stop};
	char	   *out;

	write_fields(kind, state, &w);
	out = palloc(head + w.length + 1);
	w.out = out + head;
	write_fields(kind, state, &w);
	w.out[w.length] = '\0';
	*length = head + w.length;
	return out;
}

Datum
dp_state_in(const dp_state_kind *kind, FunctionCallInfo fcinfo)
{
	char	   *text = PG_GETARG_CSTRING(0);
	dpk_reader	fields = {.data = text, .length = strlen(text), .stop = &dp_stop};
	dpk_status	status;
	void	   *state = read_state(kind, &fields, &status);

	if (status != DPK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", kind->type,
						pnstrdup(text, pg_mbcliplen(text, strlen(text), MAX_QUOTED)))));
	PG_RETURN_POINTER(state);
}

Datum
dp_state_recv(const dp_state_kind *kind, FunctionCallInfo fcinfo)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	dpk_reader	fields = {.data = buf->data + buf->cursor, .length = buf->len - buf->cursor, .binary = true, .stop = &dp_stop};
	dpk_status	status;
	void	   *state = read_state(kind, &fields, &status);

	if (status != DPK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of type %s", kind->type)));
	if (kind->has_labels)
	{
		/* a label is text from now on: its text form must be valid */
		size_t		length;
		char	   *text = write_state(kind, state, false, 0, &length);

		pg_verify_mbstr(GetDatabaseEncoding(), text, length, false);
		pfree(text);
	}
	buf->cursor = buf->len;
	PG_RETURN_POINTER(state);
}

Datum
dp_state_out(const dp_state_kind *kind, FunctionCallInfo fcinfo)
{
	size_t		length;

	PG_RETURN_CSTRING(write_state(kind, PG_GETARG_VARLENA_P(0), false, 0, &length));
}

Datum
dp_state_send(const dp_state_kind *kind, FunctionCallInfo fcinfo)
{
	size_t		length;
	char	   *out = write_state(kind, PG_GETARG_VARLENA_P(0), true, VARHDRSZ, &length);

	SET_VARSIZE(out, length);
	PG_RETURN_BYTEA_P(out);
}
