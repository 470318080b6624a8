/*
 * outlier_options.c - a method of finding outliers, its options and the rows it can take, from SQL
 *
 * Each option is read into a slot of its own, whose type the table gives, and
 * ends as a double, as kernels have them.
 */
#include "outlier_options.h"

#include <math.h>

#include "args.h"
#include "detector.h"

#define MAX_THRESHOLD 1e15		/* where 1 still counts, so that a number below tells that none was given */

typedef union slot
{
	double		f;
	int			i;
	int64		l;
	bool		b;
} slot;

enum
{
	THRESHOLD,
	CONTAMINATION,
	SAMPLE,
	SEED,
	NCOMMON
};

static const dp_option common[NCOMMON] = {
	[THRESHOLD] = {"threshold", DP_OPTION_FLOAT, 0, NULL, -MAX_THRESHOLD, MAX_THRESHOLD, NULL},
	[CONTAMINATION] = {"contamination", DP_OPTION_FLOAT, 0, NULL, 0, 0.5, NULL},
	[SAMPLE] = {"sample", DP_OPTION_INT, 0, "10000", DPK_MIN_SAMPLE, DPK_MAX_SAMPLE, NULL},
	[SEED] = {"seed", DP_OPTION_INT64, 0, "0", -9007199254740991.0, 9007199254740991.0, NULL},
};

const dpk_outlier_method *
dp_outlier_method(const char *name, bool with_model)
{
	const char **names = palloc0((dpk_outlier_nmethods + 1) * sizeof *names);
	int			n = 0;

	for (int i = 0; i < dpk_outlier_nmethods; i++)
		if (strcmp(dpk_outlier_methods[i]->name, name) == 0 && !(with_model && dpk_outlier_methods[i]->fit == NULL))
		{
			pfree(names);
			return dpk_outlier_methods[i];
		}
		else if (!(with_model && dpk_outlier_methods[i]->fit == NULL))
			names[n++] = dpk_outlier_methods[i]->name;
	dp_choose("method", name, names);
	return NULL;				/* not reached */
}

static dp_option_type
option_type(dpk_outlier_type type)
{
	switch (type)
	{
		case DPK_OUTLIER_INT:
			return DP_OPTION_INT;
		case DPK_OUTLIER_FLOAT:
			return DP_OPTION_FLOAT;
		case DPK_OUTLIER_BOOL:
			return DP_OPTION_BOOL;
		case DPK_OUTLIER_CHOICE:
			break;
	}
	return DP_OPTION_CHOICE;
}

static double
slot_value(const dp_option *option, const slot *s)
{
	switch (option->type)
	{
		case DP_OPTION_FLOAT:
			return s->f;
		case DP_OPTION_INT64:
			return s->l;
		case DP_OPTION_BOOL:
			return s->b;
		default:
			return s->i;
	}
}

/* Options that are known, but not to a function that only scores */
static void
check_scoring_options(Jsonb *options)
{
	for (int i = THRESHOLD; options != NULL && JB_ROOT_IS_OBJECT(options) && i <= CONTAMINATION; i++)
	{
		JsonbValue	value;

		if (getKeyJsonValueFromContainer(&options->root, common[i].name, strlen(common[i].name), &value) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized option \"%s\"", common[i].name),
					 errhint("Scores do not depend on it: give it to dp.is_outlier or dp.fit_detector, which decide by it.")));
	}
}

void
dp_outlier_read_options(const char *method, Jsonb *options, dp_outlier_use use, dp_outlier_choice *choice)
{
	const dpk_outlier_method *m = dp_outlier_method(method, use == DP_OUTLIER_FIT);
	dp_option	table[DPK_OUTLIER_OPTIONS + NCOMMON];
	slot		slots[DPK_OUTLIER_OPTIONS + NCOMMON] = {0};
	int			place[NCOMMON] = {-1, -1, -1, -1};
	int			n = 0,
				nown;

	*choice = (dp_outlier_choice) {.method = m};
	for (const dpk_outlier_option *o = m->options; o->name != NULL; o++)
		table[n++] = (dp_option) {o->name, option_type(o->type), 0, o->fallback, o->min, o->max, o->choices};
	nown = n;
	for (int i = 0; i < NCOMMON; i++)
		if ((i <= CONTAMINATION && use != DP_OUTLIER_SCORE) || use == DP_OUTLIER_FIT || (i == SEED && m->draws))
		{
			place[i] = n;
			table[n++] = common[i];
		}
	for (int i = 0; i < n; i++)
		table[i].offset = i * sizeof(slot);
	if (use == DP_OUTLIER_SCORE)
		check_scoring_options(options);
	dp_read_options(options, table, n, slots);

	for (int i = 0; i < nown; i++)
		choice->options[i] = slot_value(&table[i], &slots[i]);
	if (place[THRESHOLD] >= 0)
	{
		choice->threshold = slots[place[THRESHOLD]].f;
		choice->has_threshold = choice->threshold >= -MAX_THRESHOLD;
		choice->contamination = slots[place[CONTAMINATION]].f;
		choice->has_contamination = choice->contamination >= 0;
	}
	if (place[SAMPLE] >= 0)
		choice->sample = slots[place[SAMPLE]].i;
	if (place[SEED] >= 0)
		choice->seed = slots[place[SEED]].l;
	if (choice->has_threshold && choice->has_contamination)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options \"threshold\" and \"contamination\" exclude each other")));
}

void
dp_outlier_no_threshold(const dpk_outlier_method *method)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("method \"%s\" has no usual threshold", method->name),
			 errhint("Give the option \"contamination\", the share of outliers to expect, or a \"threshold\".")));
}

bool
dp_outlier_threshold(const dp_outlier_choice *choice, int nfeatures, double *threshold)
{
	if (choice->has_threshold)
		*threshold = choice->threshold;
	else if (choice->method->threshold != NULL)
		*threshold = choice->method->threshold(nfeatures, choice->options);
	else
		return false;
	return true;
}

void
dp_outlier_check_features(const dpk_outlier_method *method, int nfeatures)
{
	dp_check_range("number of features", nfeatures, 1, DPK_OUTLIER_FEATURES);
	if (nfeatures > method->max_features)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("too many features for method \"%s\": %d", method->name, nfeatures),
				 errdetail("It takes %d at most.", method->max_features)));
}

dp_outlier_kind
dp_outlier_row_kind(const dp_features *features)
{
	dp_outlier_kind kind = DP_OUTLIER_SCORED;
	const double *x = features->values;

	for (int i = 0; i < features->n; i++)
	{
		if (dp_feature_is_null(features, i))
			return DP_OUTLIER_UNKNOWN;
		if (isnan(*x))
			kind = DP_OUTLIER_NAN;
		else if (isinf(*x) && kind == DP_OUTLIER_SCORED)
			kind = DP_OUTLIER_INFINITE;
		x++;
	}
	return kind;
}
