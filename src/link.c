/*
 * link.c - which records mean the same, and how probably: of whole sources, or two by hand
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "args.h"
#include "link_pairs.h"
#include "state.h"

PG_FUNCTION_INFO_V1(dp_link);
PG_FUNCTION_INFO_V1(dp_link_probability);

/* ---- all pairs of sources ---- */

typedef struct link_options
{
	double		max_pairs,
				threshold;
} link_options;

typedef struct linking
{
	const dp_link_spec *spec;
	ReturnSetInfo *rsinfo;
	double		least;			/* weight that is listed */
	double		prior;
	MemoryContext row;
} linking;

/* What the levels of a pair are worth, column by column; returns the sum with the prior */
static double
weigh(const dp_link_pairs *pairs, const linking *l, uint32 left, uint64_t levels, double *weights)
{
	const dpk_linkage *link = &l->spec->link;
	double		sum = l->prior;

	for (int f = 0; f < link->nfields; f++)
	{
		int			level = dpk_link_level(levels, f);
		const char *value = NULL;
		size_t		length = 0;

		if (level == 0)
			value = dp_link_text(pairs, pairs->left.words[(size_t) left * link->nfields + f], &length);
		weights[f] = dp_link_weigh(l->spec, f, level, value, length);
		sum += weights[f];
	}
	return sum;
}

static Datum
weights_json(const linking *l, const double *weights)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "{\"prior\": %s", dp_number_text(l->prior));
	for (int f = 0; f < l->spec->link.nfields; f++)
	{
		appendStringInfoString(&s, ", ");
		escape_json(&s, l->spec->fields[f].column);
		appendStringInfo(&s, ": %s", dp_number_text(weights[f]));
	}
	appendStringInfoChar(&s, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

static void
list_pair(dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, uint64_t rules, void *arg)
{
	linking    *l = arg;
	double		weights[DPK_LINK_FIELDS],
				weight = weigh(pairs, l, left, levels, weights);
	Datum		a = pairs->left.keys[left],
				b = pairs->right.keys[right],
				values[5];
	bool		nulls[5] = {false};
	MemoryContext before;

	if (weight < l->least)
		return;
	before = MemoryContextSwitchTo(l->row);
	values[0] = pairs->self && dp_compare_bytes(DatumGetPointer(b), DatumGetPointer(a)) < 0 ? b : a;
	values[1] = values[0] == a ? b : a;
	values[2] = Float8GetDatum(dpk_link_probability(weight));
	values[3] = Float8GetDatum(weight);
	values[4] = weights_json(l, weights);
	tuplestore_putvalues(l->rsinfo->setResult, l->rsinfo->setDesc, values, nulls);
	MemoryContextSwitchTo(before);
	MemoryContextReset(l->row);
}

/* dp.link(model jsonb, left_source text, right_source text, options jsonb) -> TABLE (left_key, right_key, probability, weight, weights) */
Datum
dp_link(PG_FUNCTION_ARGS)
{
	static const dp_option known[] = {
		{"threshold", DP_OPTION_FLOAT, offsetof(link_options, threshold), "0.5", 0, 1, NULL},
		{"max_pairs", DP_OPTION_FLOAT, offsetof(link_options, max_pairs), "1e8", 1, 1e12, NULL}
	};
	dp_link_spec *spec = palloc0(sizeof *spec);
	link_options options = {0};
	linking		l = {.spec = spec,.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	dp_require(fcinfo, 0, "model");
	dp_require(fcinfo, 1, "left_source");
	dp_link_read_model(spec, PG_GETARG_JSONB_P(0));
	dp_read_options(PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3), known, lengthof(known), &options);
	l.least = log2(options.threshold / (1 - options.threshold));
	l.prior = dpk_link_prior(spec->link.lambda);
	SPI_connect();
	l.row = AllocSetContextCreate(CurrentMemoryContext, "pair", ALLOCSET_SMALL_SIZES);
	dp_link_each(dp_link_open(spec, text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)), options.max_pairs, 0), list_pair, &l);
	SPI_finish();
	return (Datum) 0;
}

/* ---- one pair of records ---- */

typedef struct record
{
	TupleDesc	desc;
	HeapTupleData tuple;
} record;

static record
open_record(HeapTupleHeader header)
{
	record		r;

	r.desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	r.tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&r.tuple.t_self);
	r.tuple.t_tableOid = InvalidOid;
	r.tuple.t_data = header;
	return r;
}

/* As a cast of the server does it, or by the text of the value where the cast is somebody's own */
static Datum
cast(Datum d, Oid from, Oid to)
{
	Oid			function,
				output,
				input,
				parameter;
	bool		varlena;
	CoercionPathType path = find_coercion_pathway(to, from, COERCION_EXPLICIT, &function);

	if (from == to || path == COERCION_PATH_RELABELTYPE)
		return d;
	if (path == COERCION_PATH_FUNC && function < FirstNormalObjectId)
		return OidFunctionCall1Coll(function, DEFAULT_COLLATION_OID, d);
	getTypeOutputInfo(from, &output, &varlena);
	getTypeInputInfo(to, &input, &parameter);
	return OidInputFunctionCall(input, OidOutputFunctionCall(output, d), parameter, -1);
}

/* A value as dp.link() reads it; false where it is missing */
static bool
read_value(const record *r, const dp_link_field *f, text **t, dp_link_word *word)
{
	int			column = SPI_fnumber(r->desc, f->column);
	Oid			type;
	bool		isnull;
	double		number = 0;
	Datum		d;

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a record has no column \"%s\"", f->column),
				 errhint("Pass rows by the names of their tables, as in SELECT dp.link_probability(model, a, b) FROM person a, newcomer b.")));
	d = heap_getattr((HeapTuple) &r->tuple, column, r->desc, &isnull);
	if (isnull)
		return false;
	type = getBaseType(TupleDescAttr(r->desc, column - 1)->atttypid);
	*t = NULL;
	if (f->kind == DP_LINK_NUMERIC)
		number = DatumGetFloat8(cast(d, type, FLOAT8OID));
	else if (f->kind == DP_LINK_DATE)
	{
		DateADT		date = DatumGetDateADT(cast(d, type, DATEOID));

		number = DATE_NOT_FINITE(date) ? get_float8_nan() : date;
	}
	else
		*t = DatumGetTextPP(cast(d, type, TEXTOID));
	*word = dp_link_make_word(f, *t, number + 0.0);
	return isfinite(number);
}

static void *
make_spec(struct varlena *model)
{
	dp_link_spec *spec = palloc0(sizeof *spec);

	dp_link_read_model(spec, (Jsonb *) model);
	return spec;
}

/* dp.link_probability(model jsonb, a record, b record) -> float8 */
Datum
dp_link_probability(PG_FUNCTION_ARGS)
{
	const dp_link_spec *spec = dp_state_made(fcinfo, 0, 0, make_spec);
	record		a = open_record(PG_GETARG_HEAPTUPLEHEADER(1)),
				b = open_record(PG_GETARG_HEAPTUPLEHEADER(2));
	double		weight = dpk_link_prior(spec->link.lambda);
	void	   *work = palloc(dp_link_work());

	for (int f = 0; f < spec->link.nfields; f++)
	{
		const dp_link_field *field = &spec->fields[f];
		bool		is_text = dp_link_is_text(field);
		text	   *x,
				   *y;
		dp_link_word v,
					w;
		int			level;

		if (!read_value(&a, field, &x, &v) || !read_value(&b, field, &y, &w))
			continue;
		level = dp_link_compare(field, is_text ? dp_compare_bytes(x, y) == 0 : v.is.number == w.is.number, &v, &w, work);
		weight += dp_link_weigh(spec, f, level, is_text ? VARDATA_ANY(x) : NULL, is_text ? VARSIZE_ANY_EXHDR(x) : 0);
	}
	ReleaseTupleDesc(a.desc);
	ReleaseTupleDesc(b.desc);
	PG_RETURN_FLOAT8(dpk_link_probability(weight));
}
