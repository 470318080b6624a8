/*
 * netspec.c - a network as the user writes it: the name of a preset, or JSON
 *
 * Models are stored with their steps written out, so that a later version of
 * a preset does not change what they mean.
 */
#include "compat.h"

#include "utils/builtins.h"

#include "args.h"
#include "netspec.h"
#include "network.h"

static JsonbValue
string_value(const char *s)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = unconstify(char *, s);
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

Jsonb *
dp_steps_to_jsonb(const dpk_step *steps, int nsteps)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < nsteps; i++)
	{
		JsonbValue	op = string_value(steps[i].op);

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		pushJsonbValue(&state, WJB_KEY, &op);
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		for (int j = 0; j < steps[i].nvalues; j++)
			push_value(&state, &steps[i].values[j]);
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

Jsonb *
dp_network_from_text(const char *text)
{
	const char *start = text + strspn(text, " \t\r\n");
	const dpk_step *steps;
	int			nsteps;

	if (*start == '[' || *start == '{')
		return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	steps = dpk_net_preset(text, &nsteps);
	if (steps == NULL)
		dp_choose("network", text, dpk_net_presets);
	return dp_steps_to_jsonb(steps, nsteps);
}
