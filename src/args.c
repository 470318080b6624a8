/*
 * args.c - arguments from SQL: options, methods, steps, and their errors
 */
#include "compat.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "args.h"

static bool
interrupt_is_waiting(void *arg)
{
	return QueryCancelPending || ProcDiePending;
}

const dpk_stop dp_stop = {interrupt_is_waiting, NULL};

void
dp_require(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be null", name)));
}

bool
dp_same_bytes(const void *a, const void *b)
{
	return (a == NULL || b == NULL) ? a == b : VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

int
dp_compare_bytes(const void *a, const void *b)
{
	return dpk_compare_bytes(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b));
}

void *
dp_copy_bytes(const void *value, MemoryContext context)
{
	return value == NULL ? NULL : memcpy(MemoryContextAlloc(context, VARSIZE_ANY(value)), value, VARSIZE_ANY(value));
}

char *
dp_valid_text(const char *text)
{
	char	   *copy = pstrdup(text);
	int			n = pg_mbcliplen(copy, strlen(copy), strlen(copy));

	copy[n] = '\0';
	if (!pg_verify_mbstr(GetDatabaseEncoding(), copy, n, true))
		for (int i = 0; i < n; i++)
			if (IS_HIGHBIT_SET(copy[i]))
				copy[i] = '?';
	return copy;
}

char *
dp_number_text(double x)
{
	char	   *text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(x, text);
	return text;
}

void
dp_raise(dpk_status status, const dpk_error *err)
{
	int			code = ERRCODE_INTERNAL_ERROR;

	if (status == DPK_OK)
		return;
	switch (status)
	{
		case DPK_OK:
			break;
		case DPK_INVALID:
			code = ERRCODE_INVALID_PARAMETER_VALUE;
			break;
		case DPK_TOO_BIG:
			code = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
			break;
		case DPK_CORRUPT:
			code = ERRCODE_INVALID_BINARY_REPRESENTATION;
			break;
		case DPK_NO_MEMORY:
			code = ERRCODE_OUT_OF_MEMORY;
			break;
		case DPK_STOPPED:
			CHECK_FOR_INTERRUPTS();
			ereport(ERROR,
					(errcode(ERRCODE_QUERY_CANCELED),
					 errmsg("canceling statement due to user request")));
	}
	if (err == NULL)
		elog(ERROR, "kernel status %d", status);
	ereport(ERROR,
			(errcode(code),
			 errmsg_internal("%s", dp_valid_text(err->message)),
			 err->detail[0] ? errdetail_internal("%s", dp_valid_text(err->detail)) : 0,
			 err->hint[0] ? errhint("%s", dp_valid_text(err->hint)) : 0));
}

void
dp_check_range(const char *name, double value, double min, double max)
{
	if (value >= min && value <= max)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"%s\": %.15g", name, value),
			 errdetail("\"%s\" must be between %.15g and %.15g.", name, min, max)));
}

int
dp_choose(const char *what, const char *name, const char *const *names)
{
	StringInfoData list;

	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;

	initStringInfo(&list);
	for (int i = 0; names[i] != NULL; i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", names[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized %s \"%s\"", what, name),
			 errhint("Valid values are %s.", list.data)));
	return -1;					/* not reached */
}

/* ---- options ---- */

static void
set_number(const dp_option *option, double x, char *field)
{
	if (option->type == DP_OPTION_FLOAT)
		*(double *) field = x;
	else if (option->type == DP_OPTION_INT)
		*(int *) field = (int) x;
	else
		*(int64 *) field = (int64) x;
}

static void
check_number(const dp_option *option, double x)
{
	dp_check_range(option->name, x, option->min, option->max);
	if (option->type != DP_OPTION_FLOAT && x != floor(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": %.15g", option->name, x),
				 errdetail("\"%s\" must be an integer.", option->name)));
}

static void
set_default(const dp_option *option, char *field)
{
	const char *text = option->fallback;

	switch (option->type)
	{
		case DP_OPTION_BOOL:
			*(bool *) field = text != NULL && strcmp(text, "true") == 0;
			break;
		case DP_OPTION_INT:
		case DP_OPTION_INT64:
		case DP_OPTION_FLOAT:
			set_number(option, text ? strtod(text, NULL) : option->min - 1, field);
			break;
		case DP_OPTION_CHOICE:
			*(int *) field = dp_choose(option->name, text, option->choices);
			break;
		case DP_OPTION_JSON:
			*(Jsonb **) field = NULL;
			break;
	}
}

static void
set_value(const dp_option *option, JsonbValue *value, char *field)
{
	const char *wanted = NULL;

	switch (option->type)
	{
		case DP_OPTION_BOOL:
			if (value->type == jbvBool)
				*(bool *) field = value->val.boolean;
			else
				wanted = "true or false";
			break;
		case DP_OPTION_INT:
		case DP_OPTION_INT64:
		case DP_OPTION_FLOAT:
			if (value->type == jbvNumeric)
			{
				double		x = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));

				check_number(option, x);
				set_number(option, x, field);
			}
			else
				wanted = option->type == DP_OPTION_FLOAT ? "a number" : "an integer";
			break;
		case DP_OPTION_CHOICE:
			if (value->type == jbvString)
				*(int *) field = dp_choose(option->name,
										   pnstrdup(value->val.string.val, value->val.string.len),
										   option->choices);
			else
				wanted = "a string";
			break;
		case DP_OPTION_JSON:
			*(Jsonb **) field = JsonbValueToJsonb(value);
			break;
	}
	if (wanted != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\"", option->name),
				 errdetail("\"%s\" must be %s.", option->name, wanted)));
}

static void
unrecognized_option(const char *name, const dp_option *table, int noptions)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < noptions; i++)
	{
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", table[i].name);
		if (table[i].fallback != NULL)
			appendStringInfo(&list, " (default %s)", table[i].fallback);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized option \"%s\"", name),
			 noptions > 0 ? errhint("Valid options are %s.", list.data) : errhint("No options are known here.")));
}

void
dp_read_options(Jsonb *options, const dp_option *table, int noptions, void *result)
{
	JsonbIterator *it;
	JsonbValue	v;
	JsonbIteratorToken token;

	for (int i = 0; i < noptions; i++)
		set_default(&table[i], (char *) result + table[i].offset);
	if (options == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("Write options as '{\"name\": value, ...}'.")));

	it = JsonbIteratorInit(&options->root);
	JsonbIteratorNext(&it, &v, true);	/* the opening brace */
	while ((token = JsonbIteratorNext(&it, &v, true)) == WJB_KEY)
	{
		char	   *name = pnstrdup(v.val.string.val, v.val.string.len);
		int			i = 0;

		JsonbIteratorNext(&it, &v, true);
		while (i < noptions && strcmp(table[i].name, name) != 0)
			i++;
		if (i == noptions)
			unrecognized_option(name, table, noptions);
		if (v.type != jbvNull)	/* null asks for the default */
			set_value(&table[i], &v, (char *) result + table[i].offset);
	}
}

bool
dp_option_given(Jsonb *options, const char *name)
{
	JsonbValue *v = options ? getKeyJsonValueFromContainer(&options->root, name, strlen(name), NULL) : NULL;

	return v != NULL && v->type != jbvNull;
}

/* ---- steps of a network or a recipe ---- */

static void
malformed_steps(const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s", what),
			 errdetail("%s", detail),
			 errhint("A %s is a JSON list of steps such as [{\"name\": {\"parameter\": value}}, ...].", what)));
}

static void
read_scalar(const char *what, JsonbValue *v, dpk_value *result, double *number, const char **string, bool first)
{
	bool		is_string = v->type == jbvString;

	if (!first && is_string != result->is_string)
		malformed_steps(what, psprintf("The list \"%s\" mixes strings and numbers.", result->key));
	result->is_string = is_string;
	switch (v->type)
	{
		case jbvString:
			*string = pnstrdup(v->val.string.val, v->val.string.len);
			break;
		case jbvNumeric:
			*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
			break;
		case jbvBool:
			*number = v->val.boolean;
			result->is_bool = true;
			break;
		default:
			malformed_steps(what, psprintf("The value of \"%s\" must be a number, a string, true, false or a list of them.", result->key));
	}
}

static void
read_value(const char *what, JsonbValue *v, dpk_value *result)
{
	int			n = 1;
	double	   *numbers;
	const char **strings;

	if (v->type == jbvNull)
		return;
	if (v->type == jbvBinary && JsonContainerIsArray(v->val.binary.data) && !JsonContainerIsScalar(v->val.binary.data))
	{
		result->is_list = true;
		n = JsonContainerSize(v->val.binary.data);
	}
	result->count = n;
	result->numbers = numbers = palloc0(sizeof(double) * Max(n, 1));
	result->strings = strings = palloc0(sizeof(char *) * Max(n, 1));
	if (!result->is_list)
	{
		read_scalar(what, v, result, &numbers[0], &strings[0], true);
		return;
	}
	for (int i = 0; i < n; i++)
		read_scalar(what, getIthJsonbValueFromContainer(v->val.binary.data, i), result, &numbers[i], &strings[i], i == 0);
}

/* {"conv2d": {...}}: one key, whose value is an object (or null, or nothing) */
static void
read_step(const char *what, JsonbValue *element, dpk_step *step)
{
	JsonbIterator *it;
	JsonbValue	v;
	dpk_value  *values;

	if (element->type == jbvString)
	{
		step->op = pnstrdup(element->val.string.val, element->val.string.len);
		return;
	}
	if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data) ||
		JsonContainerSize(element->val.binary.data) != 1)
		malformed_steps(what, "Each step must be an object with one key.");

	it = JsonbIteratorInit(element->val.binary.data);
	JsonbIteratorNext(&it, &v, true);
	JsonbIteratorNext(&it, &v, true);
	step->op = pnstrdup(v.val.string.val, v.val.string.len);
	JsonbIteratorNext(&it, &v, true);
	if (v.type == jbvNull)
		return;
	if (v.type != jbvBinary || !JsonContainerIsObject(v.val.binary.data))
		malformed_steps(what, psprintf("The parameters of \"%s\" must be an object.", step->op));

	step->nvalues = JsonContainerSize(v.val.binary.data);
	step->values = values = palloc0(sizeof(dpk_value) * Max(step->nvalues, 1));
	it = JsonbIteratorInit(v.val.binary.data);
	JsonbIteratorNext(&it, &v, true);
	for (int i = 0; JsonbIteratorNext(&it, &v, true) == WJB_KEY; i++)
	{
		values[i].key = pnstrdup(v.val.string.val, v.val.string.len);
		JsonbIteratorNext(&it, &v, true);
		read_value(what, &v, &values[i]);
	}
}

dpk_step *
dp_read_steps(const char *what, Jsonb *json, int *nsteps)
{
	dpk_step   *steps;
	int			n;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		malformed_steps(what, psprintf("A %s must be a JSON list.", what));
	n = JB_ROOT_COUNT(json);
	if (n > DP_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s has too many steps: %d", what, n),
				 errdetail("At most %d are allowed.", DP_MAX_STEPS)));
	steps = palloc0(sizeof(dpk_step) * Max(n, 1));
	for (int i = 0; i < n; i++)
		read_step(what, getIthJsonbValueFromContainer(&json->root, i), &steps[i]);
	*nsteps = n;
	return steps;
}
