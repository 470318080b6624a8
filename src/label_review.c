/*
 * label_review.c - corrections of labels reviewed, applied and reverted
 *
 * A correction changes a row only where its label is still what it was when
 * the correction was proposed, and is taken back only where it is still what
 * was written: both are conditions of the very UPDATE, so that no other
 * session comes in between.  The rows of dp.label_proposals are locked first,
 * so that two sessions apply one after the other.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "args.h"
#include "keys.h"
#include "label_table.h"
#include "store.h"

PG_FUNCTION_INFO_V1(dp_label_proposal_changes);
PG_FUNCTION_INFO_V1(dp_review_label);
PG_FUNCTION_INFO_V1(dp_apply_labels);
PG_FUNCTION_INFO_V1(dp_revert_labels);

#define BATCH_ROWS 1000

/* Set while one of our own statements says what has become of labels: nobody else can */
static bool labels_moved = false;

/* ---- the history ---- */

static char *
actor(void)
{
	char	   *role = GetUserNameFromId(GetUserId(), false);

	return GetUserId() == GetSessionUserId() ? role : psprintf("%s/%s", role, GetUserNameFromId(GetSessionUserId(), false));
}

static void
push_text(JsonbParseState **state, const char *name, const char *value)
{
	JsonbValue	v = {.type = jbvString};

	v.val.string.val = unconstify(char *, name);
	v.val.string.len = strlen(name);
	pushJsonbValue(state, WJB_KEY, &v);
	v.val.string.val = unconstify(char *, value);
	v.val.string.len = strlen(value);
	pushJsonbValue(state, WJB_VALUE, &v);
}

/* {"status", "by", "at", "note"} */
static Jsonb *
event(const char *status, const char *note)
{
	JsonbParseState *state = NULL;
	char		at[MAXDATELEN + 1];

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "status", status);
	push_text(&state, "by", actor());
	push_text(&state, "at", JsonEncodeDateTime(at, TimestampTzGetDatum(GetCurrentTimestamp()), TIMESTAMPTZOID, NULL));
	if (note != NULL)
		push_text(&state, "note", note);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static bool
is_verdict(const char *status)
{
	return strcmp(status, "accepted") == 0 || strcmp(status, "rejected") == 0;
}

static void
check_change(const char *id, const char *from, const char *to)
{
	bool		applied = strcmp(from, "applied") == 0;

	if (labels_moved || (is_verdict(to) && !applied))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("correction %s cannot become %s: it is %s", id, to, from),
			 applied ? errhint("dp.revert_labels() gives the row its label back.")
			 : errhint("dp.review_label() accepts or rejects, dp.apply_labels() and dp.revert_labels() change labels.")));
}

/* trigger: whatever an UPDATE sets, only the status and the note of a review change, and the history grows */
Datum
dp_label_proposal_changes(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	int			columns[3];
	Datum		values[3];
	bool		nulls[3] = {false};
	char	   *from,
			   *to,
			   *note;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("dp.label_proposal_changes() is the trigger of dp.label_proposals")));
	desc = data->tg_relation->rd_att;
	columns[0] = SPI_fnumber(desc, "status");
	columns[1] = SPI_fnumber(desc, "review_note");
	columns[2] = SPI_fnumber(desc, "history");
	if (columns[0] <= 0 || columns[1] <= 0 || columns[2] <= 0)
		elog(ERROR, "dp.label_proposals has lost a column");
	from = SPI_getvalue(data->tg_trigtuple, desc, columns[0]);
	to = SPI_getvalue(data->tg_newtuple, desc, columns[0]);
	if (from == NULL || to == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the status of a correction must not be null")));
	check_change(SPI_getvalue(data->tg_trigtuple, desc, SPI_fnumber(desc, "correction_id")), from, to);
	note = is_verdict(to) ? SPI_getvalue(data->tg_newtuple, desc, columns[1]) : NULL;
	values[0] = CStringGetTextDatum(to);
	values[1] = SPI_getbinval(is_verdict(to) ? data->tg_newtuple : data->tg_trigtuple, desc, columns[1], &nulls[1]);
	values[2] = DirectFunctionCall2(jsonb_concat, SPI_getbinval(data->tg_trigtuple, desc, columns[2], &isnull), JsonbPGetDatum(event(to, note)));
	return PointerGetDatum(heap_modify_tuple_by_cols(data->tg_trigtuple, desc, 3, columns, values, nulls));
}

/* ---- the review ---- */

/* dp.review_label(correction_id bigint, verdict text, note text DEFAULT NULL) -> text */
Datum
dp_review_label(PG_FUNCTION_ARGS)
{
	static const char *const verdicts[] = {"accept", "reject", NULL};
	static const char *const statuses[] = {"accepted", "rejected"};
	Oid			types[3] = {INT8OID, TEXTOID, TEXTOID};
	Datum		values[3];
	char		nulls[4] = "   ";
	const char *status;
	HeapTuple	found;
	TupleDesc	desc;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	dp_require(fcinfo, 1, "verdict");
	status = statuses[dp_choose("verdict", text_to_cstring(PG_GETARG_TEXT_PP(1)), verdicts)];
	dp_label_check_grant(ACL_UPDATE);
	SPI_connect();
	values[0] = PG_GETARG_DATUM(0);
	values[1] = CStringGetTextDatum(status);
	values[2] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	nulls[2] = PG_ARGISNULL(2) ? 'n' : ' ';
	dp_spi_look("SELECT status, source::pg_catalog.text, label_column FROM dp.label_proposals WHERE correction_id OPERATOR(pg_catalog.=) $1", 1, types, values);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("correction " INT64_FORMAT " does not exist", PG_GETARG_INT64(0)),
				 errhint("SELECT correction_id FROM dp.label_corrections lists those of the labels you may read.")));
	found = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	if (strcmp(SPI_getvalue(found, desc, 1), status) != 0 || !PG_ARGISNULL(2))
	{
		dp_spi_run("UPDATE dp.label_proposals SET status = $2, review_note = $3 WHERE correction_id OPERATOR(pg_catalog.=) $1", 3, types, values, nulls, SPI_OK_UPDATE);
		if (SPI_processed != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to review labels of table %s", SPI_getvalue(found, desc, 2)),
					 errhint("Who accepts a label changes it: that needs UPDATE of column %s.", quote_identifier(SPI_getvalue(found, desc, 3)))));
	}
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(status));
}

/* ---- labels changed, and changed back ---- */

typedef struct change
{
	bool		revert;
	Oid			source;
	Datum		corrections;	/* bigint[], or NULL for all */
	bool		all;
	dp_label_table *table;
	int			n;				/* corrections of different rows */
	Datum		ids[BATCH_ROWS],
				keys[BATCH_ROWS],
				from[BATCH_ROWS],
				to[BATCH_ROWS];
	bool		from_null[BATCH_ROWS],
				to_null[BATCH_ROWS];
	int64		changed,
				stale;
} change;

static Datum
text_array(Datum *values, bool *nulls, int n)
{
	int			lower = 1;

	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
id_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static void
set_status(Datum *ids, int n, const char *status)
{
	Oid			types[2] = {INT8ARRAYOID, TEXTOID};
	Datum		values[2] = {id_array(ids, n), CStringGetTextDatum(status)};

	if (n == 0)
		return;
	labels_moved = true;
	PG_TRY();
	{
		dp_spi_run("UPDATE dp.label_proposals SET status = $2 WHERE correction_id OPERATOR(pg_catalog.=) ANY ($1)", 2, types, values, NULL, SPI_OK_UPDATE);
	}
	PG_FINALLY();
	{
		labels_moved = false;
	}
	PG_END_TRY();
	if (SPI_processed != n)
		elog(ERROR, "corrections of labels were lost");
}

/* The corrections gathered, whose rows differ, in one statement of the user's */
static void
flush(change *c)
{
	const dp_label_table *t = c->table;
	Oid			types[4] = {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	Datum		values[4] = {id_array(c->ids, c->n), text_array(c->keys, NULL, c->n), text_array(c->from, c->from_null, c->n), text_array(c->to, c->to_null, c->n)};
	bool		done[BATCH_ROWS] = {false};
	int			rc,
				ndone = 0,
				nleft = 0;
	Datum		left[BATCH_ROWS];

	if (c->n == 0)
		return;
	rc = SPI_execute_with_args(psprintf("UPDATE %s AS t SET %s = c.after::%s FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4))"
										" AS c(id, key, before, after) WHERE t.%s::%s %s c.key::%s AND (t.%s::%s %s c.before::%s OR (t.%s IS NULL AND c.before IS NULL)) RETURNING c.id",
										t->name, t->label.quoted, t->label.type, t->key.quoted, t->key.base, t->key.equals, t->key.base,
										t->label.quoted, t->label.base, t->label.equals, t->label.base, t->label.quoted),
							   lengthof(types), types, values, NULL, false, 0);
	if (rc != SPI_OK_UPDATE_RETURNING)
		elog(ERROR, "unexpected result of SPI: %s", SPI_result_code_string(rc));
	for (uint64 r = 0; r < SPI_processed; r++)
	{
		bool		isnull;
		int64		id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[r], SPI_tuptable->tupdesc, 1, &isnull));
		int			low = 0;

		for (int high = c->n - 1; low < high;)
		{
			int			middle = (low + high) / 2;

			if (c->revert ? DatumGetInt64(c->ids[middle]) > id : DatumGetInt64(c->ids[middle]) < id)
				low = middle + 1;
			else
				high = middle;
		}
		if (done[low])
			ereport(ERROR,
					(errcode(ERRCODE_CARDINALITY_VIOLATION),
					 errmsg("key \"%s\" is in several rows of table %s", TextDatumGetCString(c->keys[low]), t->name),
					 errhint("Column %s must tell its rows apart.", t->key.quoted)));
		done[low] = true;
	}
	SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < c->n; i++)
		if (done[i])
			c->ids[ndone++] = c->ids[i];
		else
			left[nleft++] = c->ids[i];
	set_status(c->ids, ndone, c->revert ? "reverted" : "applied");
	/* what was applied remains so, even if others have changed the row since */
	if (!c->revert)
		set_status(left, nleft, "stale");
	c->changed += ndone;
	c->stale += nleft;
	c->n = 0;
}

/* Corrections of a batch, a statement for as many as are of different rows: a later one may go on where an earlier one ends */
static void
change_rows(change *c, SPITupleTable *rows)
{
	dp_keys    *keys = dp_keys_create(false);

	for (uint64 r = 0; r < rows->numvals; r++)
	{
		bool		isnull;
		uint32		before = keys->n;
		int			i;
		Datum		key = SPI_getbinval(rows->vals[r], rows->tupdesc, 2, &isnull);

		dp_keys_number(keys, key);
		if (keys->n == before)
		{
			flush(c);
			MemoryContextDelete(keys->context);
			keys = dp_keys_create(false);
			dp_keys_number(keys, key);
		}
		i = c->n++;
		c->ids[i] = SPI_getbinval(rows->vals[r], rows->tupdesc, 1, &isnull);
		c->keys[i] = key;
		c->from[i] = SPI_getbinval(rows->vals[r], rows->tupdesc, c->revert ? 4 : 3, &c->from_null[i]);
		c->to[i] = SPI_getbinval(rows->vals[r], rows->tupdesc, c->revert ? 3 : 4, &c->to_null[i]);
	}
	flush(c);
	MemoryContextDelete(keys->context);
}

/* All corrections of one pair of columns, the oldest first, or to be reverted the newest */
static void
change_column(change *c, Datum key_column, Datum label_column)
{
	Oid			types[6] = {REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, INT8ARRAYOID, INT8OID};
	Datum		values[6] = {ObjectIdGetDatum(c->source), CStringGetTextDatum(c->revert ? "applied" : "accepted"), key_column, label_column, c->corrections,
		Int64GetDatum(c->revert ? PG_INT64_MAX : PG_INT64_MIN)};
	char		nulls[7] = "      ";
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "datapower corrections", ALLOCSET_DEFAULT_SIZES);

	nulls[4] = c->all ? 'n' : ' ';
	c->table = dp_label_table_open(c->source, TextDatumGetCString(key_column), TextDatumGetCString(label_column), ACL_UPDATE);
	for (;;)
	{
		int			level;
		SPITupleTable *rows;
		MemoryContext before = MemoryContextSwitchTo(batch);
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		level = dp_store_begin();
		if (SPI_execute_with_args(psprintf("SELECT correction_id, key, label, suggested FROM dp.label_proposals"
										   " WHERE source OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.=) $2"
										   " AND key_column OPERATOR(pg_catalog.=) $3 AND label_column OPERATOR(pg_catalog.=) $4"
										   " AND ($5 IS NULL OR correction_id OPERATOR(pg_catalog.=) ANY ($5)) AND correction_id OPERATOR(pg_catalog.%s) $6"
										   " ORDER BY correction_id %s LIMIT %d FOR UPDATE",
										   c->revert ? "<" : ">", c->revert ? "DESC" : "ASC", BATCH_ROWS),
								  lengthof(types), types, values, nulls, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "unexpected result of SPI");
		dp_store_end(level);
		rows = SPI_tuptable;
		if (rows->numvals > 0)
		{
			change_rows(c, rows);
			values[5] = SPI_getbinval(rows->vals[rows->numvals - 1], rows->tupdesc, 1, &isnull);
		}
		MemoryContextSwitchTo(before);
		MemoryContextReset(batch);
		if (rows->numvals == 0)
			break;
		SPI_freetuptable(rows);
	}
	MemoryContextDelete(batch);
}

static Datum
change_labels(FunctionCallInfo fcinfo, bool revert)
{
	Oid			types[3] = {REGCLASSOID, TEXTOID, INT8ARRAYOID};
	Datum		values[3];
	char		arguments[4] = "   ";
	bool		nulls[2] = {false};
	change	   *c;
	SPITupleTable *pairs;
	TupleDesc	desc;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	dp_label_check_grant(ACL_UPDATE);
	c = palloc0(sizeof(change));
	c->revert = revert;
	c->source = PG_GETARG_OID(0);
	c->all = PG_ARGISNULL(1);
	c->corrections = c->all ? (Datum) 0 : PG_GETARG_DATUM(1);
	SPI_connect();
	values[0] = ObjectIdGetDatum(c->source);
	values[1] = CStringGetTextDatum(revert ? "applied" : "accepted");
	values[2] = c->corrections;
	arguments[2] = c->all ? 'n' : ' ';
	dp_spi_run("SELECT DISTINCT key_column, label_column FROM dp.label_proposals WHERE source OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.=) $2"
			   " AND ($3 IS NULL OR correction_id OPERATOR(pg_catalog.=) ANY ($3)) ORDER BY 1, 2", lengthof(types), types, values, arguments, SPI_OK_SELECT);
	pairs = SPI_tuptable;
	for (uint64 i = 0; i < pairs->numvals; i++)
	{
		bool		isnull;

		change_column(c, SPI_getbinval(pairs->vals[i], pairs->tupdesc, 1, &isnull), SPI_getbinval(pairs->vals[i], pairs->tupdesc, 2, &isnull));
	}
	SPI_finish();
	values[0] = Int64GetDatum(c->changed);
	values[1] = Int64GetDatum(c->stale);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* dp.apply_labels(source regclass, corrections bigint[] DEFAULT NULL) -> (applied bigint, stale bigint) */
Datum
dp_apply_labels(PG_FUNCTION_ARGS)
{
	return change_labels(fcinfo, false);
}

/* dp.revert_labels(source regclass, corrections bigint[] DEFAULT NULL) -> (reverted bigint, stale bigint) */
Datum
dp_revert_labels(PG_FUNCTION_ARGS)
{
	return change_labels(fcinfo, true);
}
