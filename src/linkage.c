/*
 * linkage.c - learn what agreement of each column is worth, without any known pair
 *
 * Pairs become counts of patterns as they come, those the rules find and those
 * drawn at random, so memory is that of records and patterns.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
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

#define MOST_TERMS 10000		/* of a column in a model */

typedef struct fit_options
{
	int			iterations;
	double		tolerance,
				max_pairs,
				random_pairs;
	int64		seed;
} fit_options;

static void
read_rules(dp_link_spec *spec, ArrayType *array)
{
	Datum	   *rules;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &rules, &nulls, &n);
	if (n < 1 || n > DPK_LINK_RULES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid number of blocking rules: %d", n),
				 errdetail("There must be 1 to %d.", DPK_LINK_RULES),
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

/* ---- patterns ---- */

#define PATTERN_KEY (offsetof(dpk_link_pattern, count))

static HTAB *
make_patterns(dp_link_pairs *pairs)
{
	HASHCTL		control = {.keysize = PATTERN_KEY,.entrysize = sizeof(dpk_link_pattern),.hcxt = pairs->context};

	return hash_create("patterns", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
count_pattern(dp_link_pairs *pairs, uint32 left, uint32 right, uint64_t levels, uint64_t rules, void *arg)
{
	HTAB	   *patterns = arg;
	dpk_link_pattern key = {levels, rules, 0};
	bool		found;
	dpk_link_pattern *p = hash_search(patterns, &key, HASH_ENTER, &found);

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
	const dpk_link_pattern *x = a,
			   *y = b;

	if (x->levels != y->levels)
		return x->levels < y->levels ? -1 : 1;
	return x->rules < y->rules ? -1 : x->rules > y->rules;
}

static dpk_link_pattern *
sort_patterns(dp_link_pairs *pairs, HTAB *table, size_t *n)
{
	HASH_SEQ_STATUS scan;
	dpk_link_pattern *patterns = MemoryContextAllocHuge(pairs->context, mul_size(hash_get_num_entries(table) + 1, sizeof *patterns)),
			   *p;

	*n = 0;
	hash_seq_init(&scan, table);
	while ((p = hash_seq_search(&scan)) != NULL)
		patterns[(*n)++] = *p;
	hash_destroy(table);
	qsort_interruptible(patterns, *n, sizeof *patterns, compare_patterns, NULL);
	return patterns;
}

/* ---- the model ---- */

static int
compare_terms(const void *a, const void *b, void *arg)
{
	const dp_link_pairs *pairs = arg;
	uint32		x = *(const uint32 *) a,
				y = *(const uint32 *) b;

	if (pairs->words[x].frequency != pairs->words[y].frequency)
		return pairs->words[x].frequency > pairs->words[y].frequency ? -1 : 1;
	return dp_compare_bytes(DatumGetPointer(pairs->values->values[x]), DatumGetPointer(pairs->values->values[y]));
}

/* Values that are there twice at least, the most frequent ones; all others have the mean of theirs */
static void
put_terms(StringInfo s, const dp_link_pairs *pairs, int field)
{
	uint32	   *terms = MemoryContextAllocHuge(pairs->context, mul_size(pairs->values->n + 1, sizeof(uint32))),
				n = 0,
				distinct = 0;
	double		filled = Max(pairs->filled[field], 1),
				rest = filled;

	for (uint32 i = 0; i < pairs->values->n; i++)
		if (VARDATA_ANY(DatumGetPointer(pairs->values->values[i]))[0] == field + 1)
		{
			distinct++;
			if (pairs->words[i].frequency > 1)
				terms[n++] = i;
		}
	qsort_interruptible(terms, n, sizeof(uint32), compare_terms, (void *) pairs);
	n = Min(n, MOST_TERMS);
	appendStringInfoString(s, ", \"terms\": {");
	for (uint32 i = 0; i < n; i++)
	{
		size_t		length;
		const char *value = dp_link_text(pairs, terms[i] + 1, &length);

		appendStringInfoString(s, i > 0 ? ", " : "");
		escape_json(s, pnstrdup(value, length));
		appendStringInfo(s, ": %s", dp_number_text(pairs->words[terms[i]].frequency / filled));
		rest -= pairs->words[terms[i]].frequency;
	}
	appendStringInfo(s, "}, \"other_terms\": %s", dp_number_text(distinct > n ? rest / (distinct - n) / filled : 1 / filled));
	pfree(terms);
}

static void
put_numbers(StringInfo s, const char *key, const double *numbers, int n)
{
	appendStringInfo(s, ", \"%s\": [", key);
	for (int i = 0; i < n; i++)
		appendStringInfo(s, "%s%s", i > 0 ? ", " : "", dp_number_text(numbers[i]));
	appendStringInfoChar(s, ']');
}

static Datum
make_model(const dp_link_pairs *pairs, int64 npairs)
{
	const dp_link_spec *spec = pairs->spec;
	const dpk_linkage *link = &spec->link;
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "{\"lambda\": %s, \"pairs\": " INT64_FORMAT ", \"matches\": %s, \"iterations\": %d, \"converged\": %s, \"blocking\": [",
					 dp_number_text(link->lambda), npairs, dp_number_text(link->matches), link->iterations, link->converged ? "true" : "false");
	for (int i = 0; i < spec->nrules; i++)
	{
		appendStringInfoString(&s, i > 0 ? ", " : "");
		escape_json(&s, spec->rules[i]);
	}
	appendStringInfoString(&s, "], \"comparisons\": [");
	for (int i = 0; i < link->nfields; i++)
	{
		const dp_link_field *f = &spec->fields[i];

		appendStringInfoString(&s, i > 0 ? ", {\"column\": " : "{\"column\": ");
		escape_json(&s, f->column);
		if (f->kind != DP_LINK_EXACT)
			put_numbers(&s, dp_link_kind_names[f->kind], f->thresholds, f->nthresholds);
		put_numbers(&s, "m", link->m[i], link->nlevels[i]);
		put_numbers(&s, "u", link->u[i], link->nlevels[i]);
		if (f->term_frequency)
		{
			appendStringInfoString(&s, ", \"term_frequency\": true");
			put_terms(&s, pairs, i);
		}
		appendStringInfoChar(&s, '}');
	}
	appendStringInfoString(&s, "]}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* ---- the function ---- */

static int64
learn(dp_link_pairs *pairs, dpk_linkage *link, const fit_options *options)
{
	dpk_link_evidence evidence = {.nrules = pairs->spec->nrules,.all_pairs = dp_link_all(pairs)};
	HTAB	   *patterns = make_patterns(pairs);
	int64		npairs = dp_link_each(pairs, count_pattern, patterns);

	if (npairs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no blocking rule brings two records together"),
				 errhint("Records are compared where they agree in the value of a rule, and NULL agrees with nothing.")));
	evidence.found = sort_patterns(pairs, patterns, &evidence.nfound);
	patterns = make_patterns(pairs);
	dp_link_draw(pairs, options->random_pairs, count_pattern, patterns);
	evidence.drawn = sort_patterns(pairs, patterns, &evidence.ndrawn);
	memcpy(evidence.decided, pairs->decided, sizeof evidence.decided);
	dp_raise(dpk_linkage_fit(link, &evidence, options->iterations, options->tolerance, &dp_stop), NULL);
	if (!link->converged)
		ereport(WARNING,
				(errmsg("the linkage has not converged after %d iterations", link->iterations),
				 errhint("Raise the option \"iterations\", or look whether the columns tell two records apart.")));
	return npairs;
}

/* dp.fit_linkage(left_source text, right_source text, comparisons jsonb, blocking text[], options jsonb) -> jsonb */
Datum
dp_fit_linkage(PG_FUNCTION_ARGS)
{
#define FIELD(name) offsetof(fit_options, name)
	static const dp_option known[] = {
		{"iterations", DP_OPTION_INT, FIELD(iterations), "100", 1, 10000, NULL},
		{"tolerance", DP_OPTION_FLOAT, FIELD(tolerance), "1e-5", 0, 1, NULL},
		{"max_pairs", DP_OPTION_FLOAT, FIELD(max_pairs), "1e8", 1, 1e12, NULL},
		{"random_pairs", DP_OPTION_FLOAT, FIELD(random_pairs), "1e6", 100, 1e10, NULL},
		{"seed", DP_OPTION_INT64, FIELD(seed), "0", -9007199254740992.0, 9007199254740992.0, NULL}
	};
	dp_link_spec *spec = palloc0(sizeof *spec);
	fit_options options = {0};
	dp_link_pairs *pairs;
	Datum		model;

	dp_require(fcinfo, 0, "left_source");
	dp_require(fcinfo, 2, "comparisons");
	dp_require(fcinfo, 3, "blocking");
	dp_link_read_comparisons(spec, PG_GETARG_JSONB_P(2));
	read_rules(spec, PG_GETARG_ARRAYTYPE_P(3));
	dp_read_options(PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4), known, lengthof(known), &options);
	SPI_connect();
	pairs = dp_link_open(spec, text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)), options.max_pairs, options.seed);
	model = make_model(pairs, learn(pairs, &spec->link, &options));
	model = SPI_datumTransfer(model, false, -1);
	SPI_finish();
	return model;
}
