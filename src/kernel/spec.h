/*
 * spec.h - a list of named steps with parameters: networks and recipes
 *
 * Both a network and an augmentation recipe are written as
 *		[{"conv2d": {"filters": 32, "kernel": [3, 3]}}, {"flatten": {}}]
 * The glue reads the JSON (PostgreSQL's parser) into these plain structs, and
 * the kernels decide what the steps mean.  Strings end in '\0'; nothing here
 * is owned.  A value is a list of numbers or of strings (a scalar is a list of
 * one; true and false are the numbers 1 and 0 with is_bool set).
 */
#ifndef DPK_SPEC_H
#define DPK_SPEC_H

#include "dpk.h"

typedef struct dpk_value
{
	const char *key;
	int			count;			/* elements; 0 for an empty list or null */
	bool		is_string;		/* strings[] is set, else numbers[] */
	bool		is_bool;
	bool		is_list;		/* written in brackets */
	const double *numbers;
	const char *const *strings;
} dpk_value;

typedef struct dpk_step
{
	const char *op;				/* "conv2d", "rotate", ... */
	int			nvalues;
	const dpk_value *values;
} dpk_step;

/* One key a step understands; a table of them ends with key == NULL */
typedef struct dpk_key
{
	const char *key;
	const char *fallback;		/* how the default is written in a hint; NULL: required */
} dpk_key;

extern const dpk_value *dpk_step_find(const dpk_step *step, const char *key);

/* DPK_INVALID, with a hint that lists the valid keys, where the step has a key not in 'keys' */
extern dpk_status dpk_step_check_keys(const dpk_step *step, const dpk_key *keys, dpk_error *err);

/*
 * Read one value.  An absent key leaves *result as it is, so that the caller
 * sets the default first.  A value of the wrong kind, a number outside
 * [min, max] or not an integer is DPK_INVALID and names step and key.
 */
extern dpk_status dpk_step_number(const dpk_step *step, const char *key, double min, double max, double *result, dpk_error *err);
extern dpk_status dpk_step_integer(const dpk_step *step, const char *key, int min, int max, int *result, dpk_error *err);
extern dpk_status dpk_step_string(const dpk_step *step, const char *key, const char **result, dpk_error *err);

extern dpk_status dpk_step_flag(const dpk_step *step, const char *key, bool *result, dpk_error *err);

/* One or two numbers, "kernel": 3 or "kernel": [3, 5]; a scalar fills both */
extern dpk_status dpk_step_integer_pair(const dpk_step *step, const char *key, int min, int max, int result[2], dpk_error *err);
extern dpk_status dpk_step_number_pair(const dpk_step *step, const char *key, double min, double max, double result[2], dpk_error *err);

/* A list of exactly n numbers */
extern dpk_status dpk_step_numbers(const dpk_step *step, const char *key, int n, double min, double max, double *result, dpk_error *err);

/* A list of 1 to 'most' integers; a scalar is a list of one */
extern dpk_status dpk_step_integers(const dpk_step *step, const char *key, int most, int min, int max, int *result, int *count, dpk_error *err);

/* Index of a string value in 'names' (ends with NULL); the hint lists them */
extern dpk_status dpk_step_choice(const dpk_step *step, const char *key, const char *const *names, int *result, dpk_error *err);

#endif							/* DPK_SPEC_H */
