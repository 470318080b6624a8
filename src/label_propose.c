/*
 * label_propose.c - corrections of labels put up for review
 *
 * Keys and labels are kept as text, but go through the types of their columns:
 * the suggestion as if it were written to its column, so that what the column
 * would not take is an error before anybody reviews it.  They come out as text
 * under fixed settings: the same row has the same key in every session.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "args.h"
#include "columns.h"
#include "keys.h"
#include "label_table.h"
#include "source.h"
#include "store.h"

PG_FUNCTION_INFO_V1(dp_propose_labels);

#define BATCH_ROWS 1000
#define MAX_KEY_BYTES 1000		/* as the table checks: its index must hold a key and two labels */
#define MAX_LABEL_BYTES 500

enum
{
	KEY, LABEL, SUGGESTED, QUALITY, NOTE, NFIELDS
};

typedef struct proposals
{
	dp_label_table *table;
	dp_keys    *seen;			/* proposals that have found their row */
	FmgrInfo	key_out,
				label_out,
				label_in;
	Oid			label_ioparam;
	int			n;				/* rows of the batch to be stored */
	Datum		values[NFIELDS][BATCH_ROWS];
	bool		nulls[NFIELDS][BATCH_ROWS];
	int64		proposed,
				known,
				unchanged,
				stale,
				missing;
} proposals;

/* A row of the cursor; what the query gives */
enum
{
	ROW_NUMBER = 1, ROW_KEY, ROW_LABEL, ROW_FOUND, ROW_STALE, ROW_SUGGESTED, ROW_QUALITY, ROW_NOTE
};

static Portal
open_cursor(const dp_label_table *table, const char *source)
{
	dp_column	columns[] = {
		{.name = "key", .type = "text"},
		{.name = "suggested", .type = "text"},
		{.name = "label", .type = "text", .optional = true},
		{.name = "quality", .type = "float8", .optional = true},
		{.name = "note", .type = "text", .optional = true}
	};
	const char *query = dp_columns_query(source, columns, lengthof(columns)),
			   *key = table->key.quoted,
			   *label = table->label.quoted;
	char	   *same = psprintf("(t.%s::%s %s p.label::%s OR (t.%s IS NULL AND p.label IS NULL)) IS NOT TRUE",
								label, table->label.base, table->label.equals, table->label.base, label);

	return dp_source_cursor(psprintf("SELECT p.n, t.%s, t.%s, t.%s IS NOT NULL, %s, p.suggested, p.quality, p.note"
									 " FROM (SELECT pg_catalog.row_number() OVER () AS n, q.* FROM (%s\n) AS q(key, suggested, label, quality, note)) AS p"
									 " LEFT JOIN %s AS t ON t.%s::%s %s p.key::%s ORDER BY p.n",
									 key, label, key, columns[2].present ? same : "false", query,
									 table->name, key, table->key.base, table->key.equals, table->key.base));
}

/* Text that reads the same in every session */
static int
begin_text(void)
{
	static const char *const settings[][2] = {
		{"datestyle", "ISO"}, {"intervalstyle", "postgres"}, {"timezone", "UTC"}, {"extra_float_digits", "1"}, {"bytea_output", "hex"}
	};
	int			level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

static void
check_length(const dp_label_column *column, Datum value, size_t most)
{
	size_t		bytes = VARSIZE_ANY_EXHDR(DatumGetPointer(value));

	if (bytes > most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value of column \"%s\" is too long to be corrected: %zu bytes", column->name, bytes),
				 errdetail("Keys have at most %d bytes, and labels %d.", MAX_KEY_BYTES, MAX_LABEL_BYTES)));
}

/* One row of the cursor into the batch, its labels still in their type */
static void
take(proposals *p, HeapTuple tuple, TupleDesc desc)
{
	int			i = p->n;
	bool		isnull;
	uint32		before = p->seen->n;
	Datum		number = SPI_getbinval(tuple, desc, ROW_NUMBER, &isnull),
				suggested;

	if (!DatumGetBool(SPI_getbinval(tuple, desc, ROW_FOUND, &isnull)))
	{
		p->missing++;
		return;
	}
	p->values[KEY][i] = SPI_getbinval(tuple, desc, ROW_KEY, &p->nulls[KEY][i]);
	p->values[QUALITY][i] = SPI_getbinval(tuple, desc, ROW_QUALITY, &p->nulls[QUALITY][i]);
	if (!p->nulls[QUALITY][i])
		dp_check_range("quality", DatumGetFloat8(p->values[QUALITY][i]), 0, 1);
	dp_keys_number(p->seen, number);
	if (p->seen->n == before)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("key \"%s\" is in several rows of table %s", OutputFunctionCall(&p->key_out, p->values[KEY][i]), p->table->name),
				 errhint("Column %s must tell its rows apart.", p->table->key.quoted)));
	if (DatumGetBool(SPI_getbinval(tuple, desc, ROW_STALE, &isnull)))
	{
		p->stale++;
		return;
	}
	p->values[LABEL][i] = SPI_getbinval(tuple, desc, ROW_LABEL, &p->nulls[LABEL][i]);
	suggested = SPI_getbinval(tuple, desc, ROW_SUGGESTED, &p->nulls[SUGGESTED][i]);
	/* as the column would take it; of a domain its checks apply, to NULL too */
	p->values[SUGGESTED][i] = InputFunctionCall(&p->label_in, p->nulls[SUGGESTED][i] ? NULL : TextDatumGetCString(suggested),
												p->label_ioparam, p->table->label.typmod);
	p->values[NOTE][i] = SPI_getbinval(tuple, desc, ROW_NOTE, &p->nulls[NOTE][i]);
	p->n++;
}

/* Labels and keys to text; what would change nothing is left out */
static void
to_text(proposals *p)
{
	int			level = begin_text(),
				kept = 0;

	for (int i = 0; i < p->n; i++)
	{
		p->values[KEY][i] = CStringGetTextDatum(OutputFunctionCall(&p->key_out, p->values[KEY][i]));
		check_length(&p->table->key, p->values[KEY][i], MAX_KEY_BYTES);
		for (int f = LABEL; f <= SUGGESTED; f++)
		{
			if (p->nulls[f][i])
				continue;
			p->values[f][i] = CStringGetTextDatum(OutputFunctionCall(&p->label_out, p->values[f][i]));
			check_length(&p->table->label, p->values[f][i], MAX_LABEL_BYTES);
		}
		if (p->nulls[LABEL][i] == p->nulls[SUGGESTED][i] &&
			(p->nulls[LABEL][i] || dp_same_bytes(DatumGetPointer(p->values[LABEL][i]), DatumGetPointer(p->values[SUGGESTED][i]))))
		{
			p->unchanged++;
			continue;
		}
		for (int f = 0; f < NFIELDS; f++)
		{
			p->values[f][kept] = p->values[f][i];
			p->nulls[f][kept] = p->nulls[f][i];
		}
		kept++;
	}
	p->n = kept;
	AtEOXact_GUC(true, level);
}

static Datum
array_of(proposals *p, int field)
{
	int			lower = 1;
	Oid			type = field == QUALITY ? FLOAT8OID : TEXTOID;
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(p->values[field], p->nulls[field], 1, &p->n, &lower, type, length, by_value, align));
}

static void
store(proposals *p)
{
	Oid			types[4 + NFIELDS] = {REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, FLOAT8ARRAYOID, TEXTARRAYOID};
	Datum		values[4 + NFIELDS] = {ObjectIdGetDatum(p->table->oid), CStringGetTextDatum(p->table->name),
		CStringGetTextDatum(p->table->key.name), CStringGetTextDatum(p->table->label.name)};

	to_text(p);
	if (p->n == 0)
		return;
	for (int f = 0; f < NFIELDS; f++)
		values[4 + f] = array_of(p, f);
	/* one that was reverted is not made again, but may be accepted again */
	dp_spi_run("INSERT INTO dp.label_proposals (source, source_name, key_column, label_column, key, label, suggested, quality, note)"
			   " SELECT $1, $2, $3, $4, u.key, u.label, u.suggested, u.quality, u.note"
			   " FROM ROWS FROM (pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9))"
			   " WITH ORDINALITY AS u(key, label, suggested, quality, note, n)"
			   " WHERE NOT EXISTS (SELECT FROM dp.label_proposals r WHERE r.source OPERATOR(pg_catalog.=) $1"
			   " AND r.label_column OPERATOR(pg_catalog.=) $4 AND r.key OPERATOR(pg_catalog.=) u.key AND r.status OPERATOR(pg_catalog.=) 'reverted'"
			   " AND (r.label OPERATOR(pg_catalog.=) u.label OR (r.label IS NULL AND u.label IS NULL))"
			   " AND (r.suggested OPERATOR(pg_catalog.=) u.suggested OR (r.suggested IS NULL AND u.suggested IS NULL)))"
			   " ORDER BY u.n ON CONFLICT DO NOTHING",
			   lengthof(types), types, values, NULL, SPI_OK_INSERT);
	p->proposed += SPI_processed;
	p->known += p->n - SPI_processed;
	p->n = 0;
}

static void
prepare(proposals *p)
{
	Oid			function;
	bool		varlena;

	p->seen = dp_keys_create(true);
	getTypeOutputInfo(p->table->key.type_oid, &function, &varlena);
	fmgr_info(function, &p->key_out);
	getTypeOutputInfo(p->table->label.type_oid, &function, &varlena);
	fmgr_info(function, &p->label_out);
	getTypeInputInfo(p->table->label.type_oid, &function, &p->label_ioparam);
	fmgr_info(function, &p->label_in);
}

/*
 * dp.propose_labels(source regclass, key text, label text, proposals text)
 *		-> (proposed bigint, known bigint, unchanged bigint, stale bigint, missing bigint)
 */
Datum
dp_propose_labels(PG_FUNCTION_ARGS)
{
	proposals  *p = palloc0(sizeof(proposals));
	MemoryContext batch,
				before;
	Portal		portal;
	TupleDesc	desc;
	Datum		values[5];
	bool		nulls[5] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	p->table = dp_label_table_open(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), text_to_cstring(PG_GETARG_TEXT_PP(2)), ACL_SELECT);
	dp_label_check_grant(ACL_INSERT);
	prepare(p);
	SPI_connect();
	portal = open_cursor(p->table, text_to_cstring(PG_GETARG_TEXT_PP(3)));
	batch = AllocSetContextCreate(CurrentMemoryContext, "datapower proposals", ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		SPITupleTable *rows;

		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		if (SPI_processed == 0)
			break;
		rows = SPI_tuptable;
		before = MemoryContextSwitchTo(batch);
		for (uint64 i = 0; i < rows->numvals; i++)
			take(p, rows->vals[i], rows->tupdesc);
		store(p);
		MemoryContextSwitchTo(before);
		MemoryContextReset(batch);
		SPI_freetuptable(rows);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	values[0] = Int64GetDatum(p->proposed);
	values[1] = Int64GetDatum(p->known);
	values[2] = Int64GetDatum(p->unchanged);
	values[3] = Int64GetDatum(p->stale);
	values[4] = Int64GetDatum(p->missing);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
