/*
 * netspec.c - a network as the user writes it: the name of a preset, or JSON
 *
 * Models are stored with their steps written out, so that a later version of
 * a preset does not change what they mean.
 */
#include "compat.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "args.h"
#include "netspec.h"
#include "network.h"

/* A copy: the value is read when all of the JSON is there, and by then the outline of a preset may be another's */
static JsonbValue
string_value(const char *s)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = pstrdup(s);
	v.val.string.len = strlen(s);
	return v;
}

static JsonbValue
element_value(const dpk_value *value, int i)
{
	JsonbValue	v = {.type = jbvNull};

	if (value->is_string)
		return string_value(value->strings[i]);
	if (value->is_bool)
	{
		v.type = jbvBool;
		v.val.boolean = value->numbers[i] != 0;
		return v;
	}
	v.type = jbvNumeric;
	v.val.numeric = DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(value->numbers[i])));
	return v;
}

/* Where a preset stands in a list */
typedef struct standing
{
	const dpk_step *steps;		/* what it is made of */
	int			nsteps;
	int			use;			/* 1 where it is the first of its name */
	const char *before;			/* the layer it follows; NULL: the network's input */
} standing;

/*
 * The name of a layer of a preset, as the list has it: the second of its name
 * calls its layers noise_2 and so on, and the input of one that is not the
 * first of the list is the layer before it.
 */
static const char *
name_in_list(const standing *at, const char *name)
{
	if (strcmp(name, "input") == 0)
		return at->before ? at->before : name;
	for (int i = 0; at->use > 1 && i < at->nsteps; i++)
	{
		const dpk_value *v = dpk_step_find(&at->steps[i], "name");

		if (v != NULL && strcmp(v->strings[0], name) == 0)
			return psprintf("%s_%d", name, at->use);
	}
	return name;
}

static void
push_value(JsonbParseState **state, const standing *at, const dpk_value *value)
{
	bool		names = strcmp(value->key, "name") == 0 || strcmp(value->key, "inputs") == 0;
	bool		is_list = value->is_list || value->count != 1;
	JsonbValue	v = string_value(value->key);

	pushJsonbValue(state, WJB_KEY, &v);
	if (is_list)
		pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < value->count; i++)
	{
		v = names ? string_value(name_in_list(at, value->strings[i])) : element_value(value, i);
		pushJsonbValue(state, is_list ? WJB_ELEM : WJB_VALUE, &v);
	}
	if (is_list)
		pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
push_steps(JsonbParseState **state, const standing *at)
{
	for (int i = 0; i < at->nsteps; i++)
	{
		JsonbValue	op = string_value(at->steps[i].op);

		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		pushJsonbValue(state, WJB_KEY, &op);
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		for (int j = 0; j < at->steps[i].nvalues; j++)
			push_value(state, at, &at->steps[i].values[j]);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
}

/* What the last of the layers written so far is called: its name, else its kind and number */
static const char *
name_of_last(const char **kinds, int n, const char *name)
{
	int			number = 0;

	if (n == 0 || name != NULL)
		return name;
	for (int i = 0; i < n; i++)
		number += strcmp(kinds[i], kinds[n - 1]) == 0;
	return psprintf("%s_%d", kinds[n - 1], number);
}

/* One more layer; those of the list are counted by their kinds */
static void
add_kind(const char **kinds, int *n, const char *kind)
{
	if (*n == DP_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("network has too many steps"),
				 errdetail("At most %d are allowed.", DP_MAX_STEPS)));
	kinds[(*n)++] = pstrdup(kind);
}

/* The list with every preset in it written out; an input step that is not the first of all is left out */
static Jsonb *
write_out(Jsonb *list, const dpk_step *steps, int nsteps)
{
	JsonbParseState *state = NULL;
	void	   *memory = palloc(dpk_net_preset_bytes());
	const char **kinds = palloc(DP_MAX_STEPS * sizeof(char *));
	const char *name = NULL;	/* of the last layer, where it has one */
	int			n = 0;			/* layers, without the input */

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < nsteps; i++)
	{
		const dpk_value *v = dpk_step_find(&steps[i], "name");
		standing	at = {.use = 1};
		dpk_error	err = {0};

		if (!dpk_net_is_preset(steps[i].op))
		{
			pushJsonbValue(&state, WJB_ELEM, getIthJsonbValueFromContainer(&list->root, i));
			name = v != NULL && v->is_string && v->count == 1 ? v->strings[0] : NULL;
			if (i > 0 || strcmp(steps[i].op, "input") != 0)
				add_kind(kinds, &n, steps[i].op);
			continue;
		}
		dp_raise(dpk_net_preset(memory, &steps[i], &at.steps, &at.nsteps, &err), &err);
		if (i > 0 && strcmp(at.steps[0].op, "input") == 0)
		{
			at.steps++;
			at.nsteps--;
		}
		for (int j = 0; j < i; j++)
			at.use += strcmp(steps[j].op, steps[i].op) == 0;
		at.before = name_of_last(kinds, n, name);
		push_steps(&state, &at);
		for (int j = 0; j < at.nsteps; j++)
			if (strcmp(at.steps[j].op, "input") != 0)
				add_kind(kinds, &n, at.steps[j].op);
		v = dpk_step_find(&at.steps[at.nsteps - 1], "name");
		name = v != NULL ? pstrdup(name_in_list(&at, v->strings[0])) : NULL;
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/* ERROR: there is no such preset */
static void
unknown_network(const char *name)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; dpk_net_preset_name(i) != NULL; i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", dpk_net_preset_name(i));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized network \"%s\"", name),
			 errhint("Valid values are %s.", list.data)));
}

static Jsonb *
from_name(const char *name)
{
	JsonbParseState *state = NULL;
	JsonbValue	step = string_value(name);

	if (!dpk_net_is_preset(name))
		unknown_network(name);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	pushJsonbValue(&state, WJB_ELEM, &step);
	return dp_network_from_jsonb(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

Jsonb *
dp_network_from_jsonb(Jsonb *json)
{
	const dpk_step *steps;
	int			nsteps;

	if (JB_ROOT_IS_SCALAR(json))
	{
		JsonbValue *name = getIthJsonbValueFromContainer(&json->root, 0);

		if (name->type == jbvString)
			return from_name(pnstrdup(name->val.string.val, name->val.string.len));
	}
	if (JB_ROOT_IS_OBJECT(json))
	{
		JsonbParseState *state = NULL;
		JsonbValue	step;

		JsonbToJsonbValue(json, &step);
		pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
		pushJsonbValue(&state, WJB_ELEM, &step);
		json = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
	}
	steps = dp_read_steps("network", json, &nsteps);
	for (int i = 0; i < nsteps; i++)
		if (dpk_net_is_preset(steps[i].op))
			return write_out(json, steps, nsteps);
	return json;
}

Jsonb *
dp_network_from_text(const char *text)
{
	const char *start = text + strspn(text, " \t\r\n");

	if (*start == '[' || *start == '{' || *start == '"')
		return dp_network_from_jsonb(DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text))));
	return from_name(text);
}
