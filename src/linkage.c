/*
 * linkage.c - records of two sources that mean the same
 *
 * dp.fit_linkage() learns what agreement of each column is worth, without any
 * known pair; dp.link() lists the pairs that are likely the same.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "args.h"
#include "link_pairs.h"
#include "settings.h"

PG_FUNCTION_INFO_V1(dp_fit_linkage);
PG_FUNCTION_INFO_V1(dp_link);

typedef struct link_options
{
	int			iterations;
	double		tolerance,
				max_pairs,
				threshold;
} link_options;

#define MAX_PAIRS {"max_pairs", DP_OPTION_FLOAT, offsetof(link_options, max_pairs), "1e8", 1, 1e12, NULL}

static void
read_rules(dp_link_spec *spec, ArrayType *array)
{
	Datum	   *rules;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &rules, &nulls, &n);
	if (n < 1 || n > DP_LINK_RULES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid number of blocking rules: %d", n),
				 errdetail("There must be 1 to %d.", DP_LINK_RULES),
				 errhint("A rule is an expression over the columns of a source: records that agree in it are compared.")));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a blocking rule must not be null")));
		spec->rules[i] = TextDatumGetCString(rules[i]);
	}
	spec->nrules = n;
}

static void
count_pattern(dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, void *arg)
{
	HTAB	   *patterns = arg;
	bool		found;
	dpk_link_pattern *p = hash_search(patterns, &levels, HASH_ENTER, &found);

	if (!found)
	{
		p->count = 0;
		if (hash_get_num_entries(patterns) % 1024 == 0 &&
			hash_get_num_entries(patterns) / 1024 * 64 > dp_memory_limit)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many patterns of agreement: %ld", hash_get_num_entries(patterns)),
					 errdetail("They take more than \"datapower.memory_limit\" allows (%d kB).", dp_memory_limit),
					 errhint("Compare fewer columns or with fewer thresholds.")));
	}
	p->count++;
}

static int
compare_patterns(const void *a, const void *b, void *arg)
{
	uint64_t	x = ((const dpk_link_pattern *) a)->levels,
				y = ((const dpk_link_pattern *) b)->levels;

	return x < y ? -1 : x > y;
}

/* All pairs counted by their pattern, in order */
static dpk_link_pattern *
count_patterns(dp_link_pairs *pairs, size_t *n, int64 *npairs)
{
	HASHCTL		control = {.keysize = sizeof(uint64_t),.entrysize = sizeof(dpk_link_pattern),.hcxt = pairs->context};
	HTAB	   *table = hash_create("patterns", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	HASH_SEQ_STATUS scan;
	dpk_link_pattern *patterns,
			   *p;

	*npairs = dp_link_each(pairs, count_pattern, table);
	*n = 0;
	patterns = MemoryContextAllocHuge(pairs->context, mul_size(hash_get_num_entries(table) + 1, sizeof *patterns));
	hash_seq_init(&scan, table);
	while ((p = hash_seq_search(&scan)) != NULL)
		patterns[(*n)++] = *p;
	qsort_interruptible(patterns, *n, sizeof *patterns, compare_patterns, NULL);
	return patterns;
}

/* dp.fit_linkage(left_source text, right_source text, comparisons jsonb, blocking text[], options jsonb) -> jsonb */
Datum
dp_fit_linkage(PG_FUNCTION_ARGS)
{
	static const dp_option known[] = {
		{"iterations", DP_OPTION_INT, offsetof(link_options, iterations), "100", 1, 10000, NULL},
		{"tolerance", DP_OPTION_FLOAT, offsetof(link_options, tolerance), "1e-5", 0, 1, NULL},
		MAX_PAIRS
	};
	MemoryContext caller = CurrentMemoryContext;
	dp_link_spec *spec = palloc0(sizeof *spec);
	link_options options = {0};
	dp_link_pairs *pairs;
	dpk_link_pattern *patterns;
	size_t		n;
	int64		npairs;
	Jsonb	   *model;

	dp_require(fcinfo, 0, "left_source");
	dp_require(fcinfo, 2, "comparisons");
	dp_require(fcinfo, 3, "blocking");
	dp_link_read_comparisons(spec, PG_GETARG_JSONB_P(2), false);
	read_rules(spec, PG_GETARG_ARRAYTYPE_P(3));
	dp_read_options(PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4), known, lengthof(known), &options);
	SPI_connect();
	pairs = dp_link_open(spec, text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)), options.max_pairs);
	patterns = count_patterns(pairs, &n, &npairs);
	if (npairs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no blocking rule brings two records together"),
				 errhint("Records are compared where they agree in the value of a rule, and NULL agrees with nothing.")));
	dpk_linkage_start(&spec->link);
	dp_raise(dpk_linkage_fit(&spec->link, patterns, n, options.iterations, options.tolerance, &dp_stop), NULL);
	MemoryContextSwitchTo(caller);
	model = dp_link_write_model(spec, npairs);
	SPI_finish();
	PG_RETURN_JSONB_P(model);
}

typedef struct linking
{
	const dp_link_spec *spec;
	ReturnSetInfo *rsinfo;
	double		least;			/* weight that is listed */
	double		prior;
	MemoryContext row;
} linking;

/*
 * What the levels of a pair are worth, column by column; returns the sum with the prior.  Equal values
 * count by how rare they are, where asked for: u is their share among the values of the column.
 */
static double
weigh(const dp_link_pairs *pairs, const linking *l, uint32 left, uint64_t levels, double *weights)
{
	const dpk_linkage *link = &l->spec->link;
	double		sum = l->prior;

	for (int f = 0; f < link->nfields; f++)
	{
		int			level = dpk_link_level(levels, f);

		weights[f] = dpk_link_weight(link, f, level);
		if (level == 0 && l->spec->fields[f].term_frequency)
		{
			uint32		word = pairs->left.words[(size_t) left * link->nfields + f];

			weights[f] = log2(link->m[f][0] * pairs->filled[f] / pairs->words[word - 1].frequency);
		}
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
list_pair(dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, void *arg)
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
		MAX_PAIRS
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
	l.prior = dpk_link_prior(&spec->link);
	SPI_connect();
	l.row = AllocSetContextCreate(CurrentMemoryContext, "pair", ALLOCSET_SMALL_SIZES);
	dp_link_each(dp_link_open(spec, text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)), options.max_pairs), list_pair, &l);
	SPI_finish();
	return (Datum) 0;
}
