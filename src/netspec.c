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
	JsonbValue	v;

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

static void
push_value(JsonbParseState **state, const dpk_value *value)
{
	JsonbValue	v = string_value(value->key);

	pushJsonbValue(state, WJB_KEY, &v);
	if (!value->is_list && value->count == 1)
	{
		v = element_value(value, 0);
		pushJsonbValue(state, WJB_VALUE, &v);
		return;
	}
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < value->count; i++)
	{
		v = element_value(value, i);
		pushJsonbValue(state, WJB_ELEM, &v);
	}
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
push_steps(JsonbParseState **state, const dpk_step *steps, int nsteps)
{
	for (int i = 0; i < nsteps; i++)
	{
		JsonbValue	op = string_value(steps[i].op);

		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		pushJsonbValue(state, WJB_KEY, &op);
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		for (int j = 0; j < steps[i].nvalues; j++)
			push_value(state, &steps[i].values[j]);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
}

/* The list with every preset in it written out; an input step that is not the first of all is left out */
static Jsonb *
write_out(Jsonb *list, const dpk_step *steps, int nsteps)
{
	JsonbParseState *state = NULL;
	void	   *memory = palloc(dpk_net_preset_bytes());
	int			total = 0;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < nsteps; i++)
	{
		const dpk_step *written;
		int			n = 1;
		dpk_error	err = {0};

		if (!dpk_net_is_preset(steps[i].op))
			pushJsonbValue(&state, WJB_ELEM, getIthJsonbValueFromContainer(&list->root, i));
		else
		{
			bool		inner;

			dp_raise(dpk_net_preset(memory, &steps[i], &written, &n, &err), &err);
			inner = i > 0 && strcmp(written[0].op, "input") == 0;
			push_steps(&state, written + inner, n - inner);
		}
		total += n;
		if (total > DP_MAX_STEPS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("network has too many steps"),
					 errdetail("At most %d are allowed.", DP_MAX_STEPS)));
	}
	pfree(memory);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

Jsonb *
dp_network_from_jsonb(Jsonb *json)
{
	const dpk_step *steps;
	int			nsteps;

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

Jsonb *
dp_network_from_text(const char *text)
{
	const char *start = text + strspn(text, " \t\r\n");
	StringInfoData json;

	if (*start == '[' || *start == '{')
		return dp_network_from_jsonb(DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text))));
	if (!dpk_net_is_preset(text))
		unknown_network(text);
	initStringInfo(&json);
	appendStringInfo(&json, "[{\"%s\": {}}]", text);
	return dp_network_from_jsonb(DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data))));
}
