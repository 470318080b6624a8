/*
 * link_compare.c - the level in which the comparison of two values ends, and its weight
 */
#include "link_pairs.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "args.h"
#include "text_similarity.h"
#include "textio.h"

size_t
dp_link_work(void)
{
	return dpk_text_similarity_work(DP_LINK_POINTS, DP_LINK_POINTS);
}

dp_link_word
dp_link_make_word(const dp_link_field *field, const text *t, double number)
{
	dp_link_word w = {0};
	size_t		n;

	w.is.number = number;
	if (field->kind != DP_LINK_JARO_WINKLER && field->kind != DP_LINK_DAMERAU_LEVENSHTEIN)
		return w;
	w.is.points = dp_text_points(t, &n);
	if (n > DP_LINK_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a value of column \"%s\" is longer than %d characters", field->column, DP_LINK_POINTS),
				 errhint("Compare what it begins with, as by left(), or without thresholds.")));
	w.n = n;
	return w;
}

/* The first threshold that is reached */
static int
reached(const dp_link_field *f, double distance)
{
	int			t = 0;

	while (t < f->nthresholds && distance > (f->kind == DP_LINK_JARO_WINKLER ? -f->thresholds[t] : f->thresholds[t]))
		t++;
	return t;
}

int
dp_link_compare(const dp_link_field *f, bool equal, const dp_link_word *x, const dp_link_word *y, void *work)
{
	double		distance = INFINITY;

	if (equal)
		return 0;
	if (f->kind == DP_LINK_JARO_WINKLER)
	{
		dp_raise(dpk_jaro_winkler(x->is.points, x->n, y->is.points, y->n, work, &dp_stop, &distance), NULL);
		distance = -distance;
	}
	else if (f->kind == DP_LINK_DAMERAU_LEVENSHTEIN)
	{
		int			edits;

		distance = Max(x->n, y->n) - Min(x->n, y->n);	/* at least */
		if (reached(f, distance) < f->nthresholds)
		{
			dp_raise(dpk_damerau_levenshtein(x->is.points, x->n, y->is.points, y->n, work, &dp_stop, &edits), NULL);
			distance = edits;
		}
	}
	else if (!dp_link_is_text(f))
		distance = fabs(x->is.number - y->is.number);
	return reached(f, distance) + 1;
}

/* How often a value occurs, as a share */
static double
term_share(const dp_link_field *f, const char *value, size_t length)
{
	JsonbValue	v,
			   *found = getKeyJsonValueFromContainer(&f->terms->root, value, length, &v);
	double		share = f->other_terms;

	if (found == NULL)
		return share;
	if (found->type == jbvNumeric)
		share = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(found->val.numeric)));
	if (found->type != jbvNumeric || !(share >= DP_LINK_LEAST && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"terms\" of column \"%s\" must be probabilities above 0", f->column),
				 errhint("A model is what dp.fit_linkage returns.")));
	return share;
}

double
dp_link_weigh(const dp_link_spec *spec, int field, int level, const char *value, size_t length)
{
	if (level == 0 && spec->fields[field].term_frequency)
		return log2(spec->link.m[field][0] / term_share(&spec->fields[field], value, length));
	return dpk_link_weight(&spec->link, field, level);
}
