/*
 * spec.c - reading the parameters of a step, with errors that name step and key
 */
#include "spec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const dpk_value *
dpk_step_find(const dpk_step *step, const char *key)
{
	for (int i = 0; i < step->nvalues; i++)
		if (strcmp(step->values[i].key, key) == 0)
			return &step->values[i];
	return NULL;
}

dpk_status
dpk_step_check_keys(const dpk_step *step, const dpk_key *keys, dpk_error *err)
{
	for (int i = 0; i < step->nvalues; i++)
	{
		const dpk_key *k = keys;
		char		list[sizeof(err->hint) - 64] = "";
		size_t		used = 0;

		while (k->key != NULL && strcmp(k->key, step->values[i].key) != 0)
			k++;
		if (k->key != NULL)
			continue;

		for (k = keys; k->key != NULL && used < sizeof(list); k++)
			used += snprintf(list + used, sizeof(list) - used,
							 k->fallback ? "%s\"%s\" (default %s)" : "%s\"%s\"",
							 k == keys ? "" : ", ", k->key, k->fallback);
		dpk_fail(err, DPK_INVALID, "unrecognized parameter \"%.60s\" of \"%.60s\"", step->values[i].key, step->op);
		dpk_hint(err, keys->key ? "Valid parameters are %s." : "It takes no parameters.%s", list);
		return DPK_INVALID;
	}
	for (const dpk_key *k = keys; k->key != NULL; k++)
		if (k->fallback == NULL && dpk_step_find(step, k->key) == NULL)
			return dpk_fail(err, DPK_INVALID, "parameter \"%.60s\" of \"%.60s\" is missing", k->key, step->op);
	return DPK_OK;
}

static dpk_status
wrong_kind(const dpk_step *step, const char *key, const char *wanted, dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%.60s\" of \"%.60s\"", key, step->op);
	dpk_detail(err, "\"%.60s\" must be %s.", key, wanted);
	return DPK_INVALID;
}

/* One or 'most' numbers within [min, max]; a scalar fills all of them */
static dpk_status
read_numbers(const dpk_step *step, const char *key, int most, double min, double max, bool whole, double *result, dpk_error *err)
{
	const dpk_value *v = dpk_step_find(step, key);

	if (v == NULL)
		return DPK_OK;
	if (v->is_string || v->is_bool || v->count < 1 || (v->count != 1 && v->count != most))
		return wrong_kind(step, key, most == 1 ? (whole ? "an integer" : "a number") :
						  (whole ? "an integer or a list of two" : "a number or a list of two"), err);
	for (int i = 0; i < most; i++)
	{
		double		x = v->numbers[v->count == 1 ? 0 : i];

		if (!(x >= min && x <= max) || (whole && x != floor(x)))
		{
			dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%.60s\" of \"%.60s\": %.15g", key, step->op, x);
			dpk_detail(err, "\"%.60s\" must be %s between %.15g and %.15g.", key, whole ? "an integer" : "a number", min, max);
			return DPK_INVALID;
		}
		result[i] = x;
	}
	return DPK_OK;
}

dpk_status
dpk_step_number(const dpk_step *step, const char *key, double min, double max, double *result, dpk_error *err)
{
	return read_numbers(step, key, 1, min, max, false, result, err);
}

dpk_status
dpk_step_number_pair(const dpk_step *step, const char *key, double min, double max, double result[2], dpk_error *err)
{
	return read_numbers(step, key, 2, min, max, false, result, err);
}

dpk_status
dpk_step_integer_pair(const dpk_step *step, const char *key, int min, int max, int result[2], dpk_error *err)
{
	double		pair[2] = {result[0], result[1]};
	dpk_status	status = read_numbers(step, key, 2, min, max, true, pair, err);

	result[0] = (int) pair[0];
	result[1] = (int) pair[1];
	return status;
}

dpk_status
dpk_step_integer(const dpk_step *step, const char *key, int min, int max, int *result, dpk_error *err)
{
	double		x = *result;
	dpk_status	status = read_numbers(step, key, 1, min, max, true, &x, err);

	*result = (int) x;
	return status;
}

dpk_status
dpk_step_numbers(const dpk_step *step, const char *key, int n, double min, double max, double *result, dpk_error *err)
{
	const dpk_value *v = dpk_step_find(step, key);
	char		wanted[60];

	snprintf(wanted, sizeof(wanted), "a list of %d numbers", n);
	if (v != NULL && (v->is_string || v->is_bool || v->count != n))
		return wrong_kind(step, key, wanted, err);
	return read_numbers(step, key, n, min, max, false, result, err);
}

dpk_status
dpk_step_integers(const dpk_step *step, const char *key, int most, int min, int max, int *result, int *count, dpk_error *err)
{
	const dpk_value *v = dpk_step_find(step, key);
	char		wanted[60];

	snprintf(wanted, sizeof(wanted), "a list of 1 to %d integers", most);
	if (v == NULL || v->is_string || v->is_bool || v->count < 1 || v->count > most)
		return wrong_kind(step, key, wanted, err);
	for (*count = 0; *count < v->count; ++*count)
	{
		dpk_value	one = {.key = key, .count = 1, .numbers = &v->numbers[*count]};
		dpk_step	single = {step->op, 1, &one};
		dpk_status	status = dpk_step_integer(&single, key, min, max, &result[*count], err);

		if (status != DPK_OK)
			return status;
	}
	return DPK_OK;
}

dpk_status
dpk_step_string(const dpk_step *step, const char *key, const char **result, dpk_error *err)
{
	const dpk_value *v = dpk_step_find(step, key);

	if (v == NULL)
		return DPK_OK;
	if (!v->is_string || v->count != 1)
		return wrong_kind(step, key, "a string", err);
	*result = v->strings[0];
	return DPK_OK;
}

dpk_status
dpk_step_flag(const dpk_step *step, const char *key, bool *result, dpk_error *err)
{
	const dpk_value *v = dpk_step_find(step, key);

	if (v == NULL)
		return DPK_OK;
	if (!v->is_bool || v->count != 1)
		return wrong_kind(step, key, "true or false", err);
	*result = v->numbers[0] != 0;
	return DPK_OK;
}

dpk_status
dpk_step_choice(const dpk_step *step, const char *key, const char *const *names, int *result, dpk_error *err)
{
	const char *word = NULL;
	dpk_status	status = dpk_step_string(step, key, &word, err);
	char		list[sizeof(err->hint) - 64] = "";
	size_t		used = 0;

	if (status != DPK_OK || word == NULL)
		return status;
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], word) == 0)
		{
			*result = i;
			return DPK_OK;
		}
	for (int i = 0; names[i] != NULL && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", i ? ", " : "", names[i]);
	dpk_fail(err, DPK_INVALID, "unrecognized value for parameter \"%.60s\" of \"%.60s\": \"%.60s\"", key, step->op, word);
	dpk_hint(err, "Valid values are %s.", list);
	return DPK_INVALID;
}
