/*
 * image_operation.c - each operation on images as a function of its own
 *
 * dp.image_rotate(image, 15) is the recipe [{"rotate": {"degrees": 15, "p": 1}}].
 * All such functions are this one: PostgreSQL's catalog says under which name
 * it was called, image_NAME, and what its arguments are called, and the table
 * of operations (operation.h) knows the rest.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "args.h"
#include "recipeio.h"

PG_FUNCTION_INFO_V1(dp_image_operation);

/* The function as it was declared */
typedef struct declared
{
	char	   *operation;
	int			nargs;
	Oid		   *types;
	char	  **names;
} declared;

static declared *
find_declaration(FmgrInfo *flinfo)
{
	MemoryContext before = MemoryContextSwitchTo(flinfo->fn_mcxt);
	declared   *f = palloc0(sizeof(declared));
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(flinfo->fn_oid));
	char	   *name,
			   *modes;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", flinfo->fn_oid);
	name = NameStr(((Form_pg_proc) GETSTRUCT(tuple))->proname);
	f->operation = pstrdup(strncmp(name, "image_", 6) == 0 ? name + 6 : name);
	f->nargs = get_func_arg_info(tuple, &f->types, &f->names, &modes);
	ReleaseSysCache(tuple);
	MemoryContextSwitchTo(before);
	if (f->names == NULL)
		elog(ERROR, "arguments of image operation \"%s\" have no names", f->operation);
	flinfo->fn_extra = f;
	return f;
}

static void
read_numbers(ArrayType *array, const char *name, dpk_value *value)
{
	Datum	   *elements;
	bool	   *nulls;
	double	   *numbers;

	deconstruct_array(array, FLOAT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &value->count);
	value->numbers = numbers = palloc(sizeof(double) * Max(value->count, 1));
	value->is_list = true;
	for (int i = 0; i < value->count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"%s\" must not contain nulls", name)));
		numbers[i] = DatumGetFloat8(elements[i]);
	}
}

static void
read_argument(Datum datum, Oid type, const char *name, dpk_value *value)
{
	double	   *number = palloc(sizeof(double));
	const char **word = palloc(sizeof(char *));

	*value = (dpk_value) {.key = name, .count = 1, .numbers = number, .strings = word};
	switch (type)
	{
		case FLOAT8OID:
			*number = DatumGetFloat8(datum);
			break;
		case INT4OID:
			*number = DatumGetInt32(datum);
			break;
		case BOOLOID:
			*number = DatumGetBool(datum);
			value->is_bool = true;
			break;
		case TEXTOID:
			*word = text_to_cstring(DatumGetTextPP(datum));
			value->is_string = true;
			break;
		case FLOAT8ARRAYOID:
			read_numbers(DatumGetArrayTypeP(datum), name, value);
			break;
		default:
			elog(ERROR, "type of argument \"%s\" is none of an image operation's", name);
	}
}

/* dp.image_NAME(image bytea, ..., [seed bigint, key bigint]) RETURNS bytea */
Datum
dp_image_operation(PG_FUNCTION_ARGS)
{
	declared   *f = fcinfo->flinfo->fn_extra ? fcinfo->flinfo->fn_extra : find_declaration(fcinfo->flinfo);
	dpk_value	values[FUNC_MAX_ARGS + 1];
	dpk_step	step = {f->operation, 0, values};
	double		always = 1;
	int64		seed = 0,
				key = 0;
	dpk_recipe	recipe;
	dpk_error	err;

	for (int i = 1; i < f->nargs; i++)
	{
		if (strcmp(f->names[i], "seed") == 0)
			seed = PG_GETARG_INT64(i);
		else if (strcmp(f->names[i], "key") == 0)
			key = PG_GETARG_INT64(i);
		else
			read_argument(PG_GETARG_DATUM(i), f->types[i], f->names[i], &values[step.nvalues++]);
	}
	values[step.nvalues++] = (dpk_value) {.key = "p", .count = 1, .numbers = &always};
	dp_raise(dpk_recipe_check(&step, 1, &recipe, &err), &err);
	PG_RETURN_BYTEA_P(dp_apply_recipe(PG_GETARG_BYTEA_PP(0), &recipe, seed, key));
}
