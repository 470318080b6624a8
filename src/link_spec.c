/*
 * link_spec.c - how records are compared: from jsonb and back
 */
#include "link_pairs.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "args.h"

const char *const dp_link_kind_names[] = {"exact", "jaro_winkler", "damerau_levenshtein", "numeric", "date", NULL};

static void
invalid(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", what),
			 errhint("%s", hint)));
}

static const char *const comparison_hint = "A comparison is an object such as {\"column\": \"surname\", \"jaro_winkler\": [0.92, 0.8], \"term_frequency\": true}; "
"instead of jaro_winkler there may be damerau_levenshtein, numeric or date with distances, or nothing for equality.";
static const char *const model_hint = "A model is what dp.fit_linkage returns.";

static JsonbValue *
member(JsonbContainer *object, const char *key, JsonbValue *v)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), v);
}

static double
number_of(const JsonbValue *v, const char *what)
{
	if (v->type != jbvNumeric)
		invalid(psprintf("%s must be numbers", what), comparison_hint);
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
}

/* A list of numbers; returns how many */
static int
read_numbers(const JsonbValue *v, const char *what, double *numbers)
{
	int			n;

	if (v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data))
		invalid(psprintf("%s must be a list of numbers", what), comparison_hint);
	n = JsonContainerSize(v->val.binary.data);
	if (n > DPK_LINK_LEVELS)
		invalid(psprintf("%s has more than %d numbers", what, DPK_LINK_LEVELS), comparison_hint);
	for (int i = 0; i < n; i++)
		numbers[i] = number_of(getIthJsonbValueFromContainer(v->val.binary.data, i), what);
	return n;
}

static void
check_thresholds(const dp_link_field *f)
{
	bool		similar = f->kind == DP_LINK_JARO_WINKLER;

	if (f->nthresholds > DPK_LINK_LEVELS - 2)
		invalid(psprintf("column \"%s\" has more than %d thresholds", f->column, DPK_LINK_LEVELS - 2), comparison_hint);
	for (int i = 0; i < f->nthresholds; i++)
		if (!(f->thresholds[i] > 0 && isfinite(f->thresholds[i]) && (!similar || f->thresholds[i] < 1)) ||
			(i > 0 && !(similar ? f->thresholds[i] < f->thresholds[i - 1] : f->thresholds[i] > f->thresholds[i - 1])))
			invalid(psprintf("thresholds of column \"%s\" make no sense", f->column),
					similar ? "Similarities lie between 0 and 1 and fall." : "Distances are above 0 and rise.");
}

/* Keys that a model has besides */
static bool
is_learnt(const char *key)
{
	return strcmp(key, "m") == 0 || strcmp(key, "u") == 0 || strcmp(key, "terms") == 0 || strcmp(key, "other_terms") == 0;
}

static void
read_keys(JsonbContainer *object, dp_link_field *f)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *key;
		int			kind = 0;
		JsonbValue	value;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(v.val.string.val, v.val.string.len);
		(void) JsonbIteratorNext(&it, &value, true);
		while (dp_link_kind_names[kind] != NULL && strcmp(dp_link_kind_names[kind], key) != 0)
			kind++;
		if (kind != DP_LINK_EXACT && dp_link_kind_names[kind] != NULL)
		{
			if (f->nthresholds > 0)
				invalid("a comparison has two methods", comparison_hint);
			f->kind = kind;
			f->nthresholds = read_numbers(&value, key, f->thresholds);
		}
		else if (strcmp(key, "term_frequency") == 0)
		{
			if (value.type != jbvBool)
				invalid("\"term_frequency\" must be true or false", comparison_hint);
			f->term_frequency = value.val.boolean;
		}
		else if (strcmp(key, "column") != 0 && !is_learnt(key))
			invalid(psprintf("unrecognized key \"%s\" of a comparison", key), comparison_hint);
	}
}

static void
read_probabilities(JsonbContainer *object, const char *key, double *p, int n)
{
	JsonbValue	v;

	if (member(object, key, &v) == NULL || read_numbers(&v, key, p) != n)
		invalid(psprintf("\"%s\" of a comparison must have %d numbers", key, n), model_hint);
	for (int i = 0; i < n; i++)
		if (!(p[i] >= DP_LINK_LEAST && p[i] <= 1))
			invalid(psprintf("\"%s\" of a comparison must be probabilities above 0", key), model_hint);
}

static void
read_terms(JsonbContainer *object, dp_link_field *f)
{
	JsonbValue	v;

	if (member(object, "terms", &v) == NULL || v.type != jbvBinary || !JsonContainerIsObject(v.val.binary.data))
		invalid(psprintf("\"terms\" of column \"%s\" must be an object", f->column), model_hint);
	f->terms = JsonbValueToJsonb(&v);
	f->other_terms = member(object, "other_terms", &v) == NULL ? 0 : number_of(&v, "other_terms");
	if (!(f->other_terms >= DP_LINK_LEAST && f->other_terms <= 1))
		invalid(psprintf("\"other_terms\" of column \"%s\" must be a probability above 0", f->column), model_hint);
}

static void
read_comparison(dp_link_spec *spec, const JsonbValue *v, bool needs_probabilities)
{
	int			i = spec->link.nfields;
	dp_link_field *f = &spec->fields[i];
	JsonbValue	column;

	if (i == DPK_LINK_FIELDS)
		invalid(psprintf("more than %d comparisons", DPK_LINK_FIELDS), comparison_hint);
	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data) ||
		member(v->val.binary.data, "column", &column) == NULL || column.type != jbvString)
		invalid("a comparison names no column", comparison_hint);
	f->column = pnstrdup(column.val.string.val, column.val.string.len);
	for (int j = 0; j < i; j++)
		if (strcmp(spec->fields[j].column, f->column) == 0)
			invalid(psprintf("column \"%s\" is compared twice", f->column), comparison_hint);
	read_keys(v->val.binary.data, f);
	check_thresholds(f);
	if (f->term_frequency && !dp_link_is_text(f))
		invalid(psprintf("column \"%s\" is compared by distance, so it has no term frequency", f->column), comparison_hint);
	spec->link.nlevels[i] = f->nthresholds + 2;
	if (needs_probabilities)
	{
		read_probabilities(v->val.binary.data, "m", spec->link.m[i], f->nthresholds + 2);
		read_probabilities(v->val.binary.data, "u", spec->link.u[i], f->nthresholds + 2);
		if (f->term_frequency)
			read_terms(v->val.binary.data, f);
	}
	spec->link.nfields++;
}

static void
read_list(dp_link_spec *spec, JsonbContainer *list, bool needs_probabilities)
{
	if (!JsonContainerIsArray(list) || JsonContainerIsScalar(list) || JsonContainerSize(list) == 0)
		invalid("\"comparisons\" must be a list with an element at least", comparison_hint);
	for (int i = 0; i < JsonContainerSize(list); i++)
		read_comparison(spec, getIthJsonbValueFromContainer(list, i), needs_probabilities);
}

void
dp_link_read_comparisons(dp_link_spec *spec, Jsonb *comparisons)
{
	read_list(spec, &comparisons->root, false);
}

void
dp_link_read_model(dp_link_spec *spec, Jsonb *model)
{
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(model) || member(&model->root, "comparisons", &v) == NULL || v.type != jbvBinary)
		invalid("the model has no \"comparisons\"", model_hint);
	read_list(spec, v.val.binary.data, true);
	if (member(&model->root, "lambda", &v) == NULL || v.type != jbvNumeric)
		invalid("the model has no \"lambda\"", model_hint);
	spec->link.lambda = number_of(&v, "lambda");
	if (!(spec->link.lambda >= DP_LINK_LEAST && spec->link.lambda < 1))
		invalid("\"lambda\" must lie between 0 and 1", model_hint);
	if (member(&model->root, "blocking", &v) == NULL || v.type != jbvBinary || !JsonContainerIsArray(v.val.binary.data) ||
		JsonContainerSize(v.val.binary.data) < 1 || JsonContainerSize(v.val.binary.data) > DPK_LINK_RULES)
		invalid("the model has no \"blocking\"", model_hint);
	for (spec->nrules = 0; spec->nrules < JsonContainerSize(v.val.binary.data); spec->nrules++)
	{
		JsonbValue *rule = getIthJsonbValueFromContainer(v.val.binary.data, spec->nrules);

		if (rule->type != jbvString)
			invalid("a blocking rule is not text", model_hint);
		spec->rules[spec->nrules] = pnstrdup(rule->val.string.val, rule->val.string.len);
	}
}
