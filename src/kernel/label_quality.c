/*
 * label_quality.c - how probably the label of one row is right
 */
#include "label_quality.h"

#include <math.h>
#include <stdlib.h>

#define ALPHA 0.8				/* of the moving average */

dpk_status
dpk_check_probabilities(const double *p, int k, dpk_error *err)
{
	double		sum = 0;

	for (int i = 0; i < k; i++)
	{
		/* single precision may round a softmax up by its last bits */
		if (!(p[i] >= 0 && p[i] <= 1 + 1e-6))
		{
			dpk_fail(err, DPK_INVALID, "invalid probability: %g", p[i]);
			dpk_detail(err, "Probabilities are numbers from 0 to 1.");
			return DPK_INVALID;
		}
		sum += p[i];
	}
	if (fabs(sum - 1) <= DPK_PROBABILITY_SLACK)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "probabilities add up to %g", sum);
	dpk_detail(err, "Those of all classes must add up to 1, within %g.", DPK_PROBABILITY_SLACK);
	dpk_hint(err, "Divide them by their sum, as dp.normalize(probabilities, 'l1') does, if that is what they mean.");
	return DPK_INVALID;
}

dpk_status
dpk_check_class(int64_t label, int k, dpk_error *err)
{
	if (label >= 0 && label < k)
		return DPK_OK;
	dpk_fail(err, DPK_INVALID, "label %lld is none of %d classes", (long long) label, k);
	dpk_detail(err, "A label is the number of a class, from 0 to %d, in the order of the probabilities.", k - 1);
	dpk_hint(err, "dp.class_number(label, classes) finds the number of a label in a list of classes.");
	return DPK_INVALID;
}

int
dpk_most_probable(const double *p, int k)
{
	int			best = 0;

	for (int i = 1; i < k; i++)
		if (p[i] > p[best])
			best = i;
	return best;
}

/* Not below 0, also where a probability was rounded up */
static double
entropy(const double *p, int k)
{
	double		sum = 0;

	for (int i = 0; i < k; i++)
		if (p[i] > 0 && p[i] < 1)
			sum -= p[i] * log(p[i]);
	return sum / log(k);
}

/*
 * log(1 + e) / e, and its limits.  cleanlab divides by 1e-6 at least: then a
 * label that is surely wrong comes out at 1 and one that is surely right at 0.
 */
static double
weighted_entropy(int label, const double *p, int k)
{
	double		e;

	if (p[label] == 0)
		return 0;
	e = entropy(p, k) / p[label];
	return isinf(e) ? 0 : e > 0 ? log1p(e) / e : 1;
}

double
dpk_label_quality(int label, const double *p, int k, dpk_label_quality_method method)
{
	double		other = 0;

	switch (method)
	{
		case DPK_NORMALIZED_MARGIN:
			for (int i = 0; i < k; i++)
				if (i != label && p[i] > other)
					other = p[i];
			return (p[label] - other + 1) / 2;
		case DPK_SELF_CONFIDENCE:
			return p[label];
		case DPK_CONFIDENCE_WEIGHTED_ENTROPY:
			return weighted_entropy(label, p, k);
	}
	return NAN;
}

static int
downwards(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return x > y ? -1 : x < y;
}

double
dpk_label_quality_multi(const double *labels, const double *p, int k, dpk_label_quality_method method, double *work)
{
	double		mean;

	for (int i = 0; i < k; i++)
	{
		double		two[2] = {1 - p[i], p[i]};

		work[i] = dpk_label_quality(labels[i] != 0, two, 2, method);
	}
	qsort(work, k, sizeof(double), downwards);
	mean = work[0];
	for (int i = 1; i < k; i++)
		mean = ALPHA * work[i] + (1 - ALPHA) * mean;
	return mean;
}
