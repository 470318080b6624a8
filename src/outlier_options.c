/*
 * outlier_options.c - a method of finding outliers and its options, from SQL
 *
 * Each option is read into a slot of its own, whose type the table gives, and
 * ends as a double, as kernels have them.
 */
#include "outlier_options.h"

#include "args.h"

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
	[THRESHOLD] = {"threshold", DP_OPTION_FLOAT, 0, NULL, 0, 1e300, NULL},
	[CONTAMINATION] = {"contamination", DP_OPTION_FLOAT, 0, NULL, 0, 0.5, NULL},
	[SAMPLE] = {"sample", DP_OPTION_INT, 0, "10000", DP_OUTLIER_MIN_SAMPLE, DP_OUTLIER_MAX_SAMPLE, NULL},
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

void
dp_outlier_read_options(const char *method, Jsonb *options, dp_outlier_use use, dp_outlier_choice *choice)
{
	const dpk_outlier_method *m = dp_outlier_method(method, use == DP_OUTLIER_FIT);
	dp_option	table[DPK_OUTLIER_OPTIONS + NCOMMON];
	slot		slots[DPK_OUTLIER_OPTIONS + NCOMMON] = {0};
	int			place[NCOMMON] = {-1, -1, -1, -1};
	int			n = 0,
				nown;

	*choice = (dp_outlier_choice) {.method = m,.threshold = -1,.contamination = -1};
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
	dp_read_options(options, table, n, slots);

	for (int i = 0; i < nown; i++)
		choice->options[i] = slot_value(&table[i], &slots[i]);
	if (place[THRESHOLD] >= 0)
		choice->threshold = slots[place[THRESHOLD]].f;
	if (place[CONTAMINATION] >= 0)
		choice->contamination = slots[place[CONTAMINATION]].f;
	if (place[SAMPLE] >= 0)
		choice->sample = slots[place[SAMPLE]].i;
	if (place[SEED] >= 0)
		choice->seed = slots[place[SEED]].l;
	if (choice->threshold >= 0 && choice->contamination >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options \"threshold\" and \"contamination\" exclude each other")));
}

double
dp_outlier_threshold(const dp_outlier_choice *choice, int nfeatures)
{
	if (choice->threshold >= 0)
		return choice->threshold;
	if (choice->method->threshold == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" has no usual threshold", choice->method->name),
				 errhint("Give the option \"contamination\", the share of outliers to expect, or a \"threshold\".")));
	return choice->method->threshold(nfeatures, choice->options);
}
