/*
 * train_classes.c - the classes of a training: found among the labels, or given
 *
 * A label is looked up in a sorted list: text as bytes, integers as numbers.
 * Its number is that of its first appearance until all rows are read; then the
 * places in the sorted list take over.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "train.h"

static int
compare_labels(const dp_classes *classes, const char *a, const char *b)
{
	int64		x,
				y;

	if (classes->are_text)
		return strcmp(a, b);
	x = strtoll(a, NULL, 10);
	y = strtoll(b, NULL, 10);
	return x < y ? -1 : x > y;
}

/* The place of 'label' among the sorted names, or where it belongs */
int
dp_class_find(const dp_classes *classes, const char *label, bool *found)
{
	int			low = 0,
				high = classes->n;

	*found = false;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			c = compare_labels(classes, classes->names[middle], label);

		if (c == 0)
		{
			*found = true;
			return middle;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The id of a label; new ones are added */
int
dp_class_add(dp_classes *classes, const char *label)
{
	bool		found;
	int			i = dp_class_find(classes, label, &found);

	if (found)
		return classes->ids[i];
	if (classes->n == DP_MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has more than %d classes", DP_MAX_CLASSES),
				 errhint("Where the label is a quantity, cast it to float8.")));
	if (classes->n == classes->room)
	{
		classes->room = Max(64, classes->room * 2);
		classes->names = classes->names ? repalloc(classes->names, classes->room * sizeof(char *)) : palloc(classes->room * sizeof(char *));
		classes->ids = classes->ids ? repalloc(classes->ids, classes->room * sizeof(int)) : palloc(classes->room * sizeof(int));
	}
	memmove(classes->names + i + 1, classes->names + i, (classes->n - i) * sizeof(char *));
	memmove(classes->ids + i + 1, classes->ids + i, (classes->n - i) * sizeof(int));
	classes->names[i] = pstrdup(label);
	classes->ids[i] = classes->n++;
	return classes->ids[i];
}

/* What the option "classes" has at a place, or NULL where that is no class */
static char *
class_name(const JsonbValue *v, bool are_text)
{
	char	   *name = NULL;

	if (v->type == jbvString)
		name = pnstrdup(v->val.string.val, v->val.string.len);
	else if (v->type == jbvNumeric && !are_text)
		name = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(v->val.numeric)));
	/* "01" is no class 1 */
	if (name != NULL && !are_text && strcmp(name, psprintf("%lld", strtoll(name, NULL, 10))) != 0)
		return NULL;
	return name;
}

/* All classes there are, of which not every one need occur among the rows */
void
dp_classes_give(dp_classes *classes, Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	int			n = 0;
	bool		good = JB_ROOT_IS_ARRAY(json) && !JB_ROOT_IS_SCALAR(json) && JB_ROOT_COUNT(json) > 1;

	while (good && (token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *name;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		name = class_name(&v, classes->are_text);
		good = name != NULL && dp_class_add(classes, name) == n++;
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"classes\""),
				 errdetail("\"classes\" must be a list of at least two different %s.", classes->are_text ? "names" : "integers")));
	classes->are_given = true;
}

/* Of probabilities: as the option says, else 0, 1, ... */
void
dp_classes_name(dp_classes *classes, Jsonb *json, int n)
{
	classes->n = n;
	classes->names = palloc(classes->n * sizeof(char *));
	classes->are_text = json != NULL;
	if (classes->n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the rows of the source have one probability"),
				 errdetail("There is nothing to tell apart.")));
	if (json != NULL && (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json) || JB_ROOT_COUNT(json) != classes->n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"classes\""),
				 errdetail("\"classes\" must be a list of %d different names.", classes->n)));
	for (int i = 0; i < classes->n; i++)
	{
		JsonbValue *v = json != NULL ? getIthJsonbValueFromContainer(&json->root, i) : NULL;

		if (v == NULL)
			classes->names[i] = psprintf("%d", i);
		else if (v->type == jbvString)
			classes->names[i] = pnstrdup(v->val.string.val, v->val.string.len);
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; v != NULL && j < i; j++)
			if (v->type == jbvString && strcmp(classes->names[j], classes->names[i]) == 0)
				v->type = jbvNull;
		if (v != NULL && v->type != jbvString)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid value for parameter \"classes\""),
					 errdetail("\"classes\" must be a list of %d different names.", classes->n)));
	}
}
