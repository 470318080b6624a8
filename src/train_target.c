/*
 * train_target.c - from the label of a row to what a network should give
 *
 * The column's type and the option "loss" decide:
 *		a class		its number is in the sample; text is sorted as bytes, integers as numbers
 *		values		floats behind the input, in the record of the spool; probabilities too
 *		an image	bytes behind the input
 * Which classes there are, how many values, and how large the images, is
 * learnt from rows that are kept.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "args.h"
#include "sample.h"
#include "store.h"
#include "train.h"

#define SUM_TOLERANCE 1e-3		/* of probabilities that should sum to 1 */

/* ---- the task ---- */

static void
wrong_label(dpk_loss loss, const char *needs)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the loss \"%s\" needs a label of %s", dp_loss_names[loss], needs)));
}

/* Options that are for some targets only */
static void
check_options(const dp_train *train, const dp_source *source)
{
	const dp_train_options *o = &train->options;

	if (o->label_smoothing > 0 && train->loss != DPK_CROSS_ENTROPY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"label_smoothing\" is for the loss \"cross_entropy\", not \"%s\"", dp_loss_names[train->loss])));
	if (o->class_weights != NULL && train->target != DP_TARGET_CLASS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"class_weights\" is for classes")));
	if (o->classes != NULL && train->target != DP_TARGET_SOFT && train->target != DP_TARGET_CLASS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"classes\" is for classes and their probabilities")));
	if ((o->mixup > 0 || o->cutmix > 0) && train->loss != DPK_CROSS_ENTROPY &&
		(train->loss != DPK_BINARY_CROSS_ENTROPY || train->target == DP_TARGET_IMAGE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options \"mixup\" and \"cutmix\" are for classes and labels")));
	if (o->cutmix > 0 && source->kind[DP_COLUMN_INPUT] != DP_IMAGE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"cutmix\" is for images")));
	if (o->augment != NULL && train->target == DP_TARGET_IMAGE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"augment\" is not for images with target images"),
				 errhint("Augment both in the source: dp.augment() with the same recipe, seed and key moves both alike.")));
}

void
dp_target_choose(dp_train *train, const dp_source *source)
{
	dp_column_kind kind = source->kind[DP_COLUMN_LABEL];
	bool		classes = kind == DP_CLASS_TEXT || kind == DP_CLASS_INTEGER;
	int			asked = train->options.loss - 1;

	train->loss = asked >= 0 ? asked : classes ? DPK_CROSS_ENTROPY : DPK_MSE;
	train->target = kind == DP_IMAGE ? DP_TARGET_IMAGE : DP_TARGET_VALUES;
	train->classes.are_text = kind == DP_CLASS_TEXT;
	if (train->loss == DPK_CROSS_ENTROPY)
	{
		if (!classes && kind != DP_NUMBERS)
			wrong_label(train->loss, "text or integers, or an array of probabilities");
		train->target = classes ? DP_TARGET_CLASS : DP_TARGET_SOFT;
	}
	else if (train->loss == DPK_BINARY_CROSS_ENTROPY && classes)
		train->target = DP_TARGET_CLASS;
	else if (kind == DP_CLASS_TEXT)
		wrong_label(train->loss, "numbers");
	check_options(train, source);
	if (train->target == DP_TARGET_CLASS && train->options.classes != NULL)
		dp_classes_give(&train->classes, train->options.classes);
}

bool
dp_target_fits(const dp_train *train, const dp_source *source)
{
	dp_column_kind kind = source->kind[DP_COLUMN_LABEL];

	if (train->target == DP_TARGET_CLASS)
		return kind == (train->classes.are_text ? DP_CLASS_TEXT : DP_CLASS_INTEGER);
	if (train->target == DP_TARGET_IMAGE || train->target == DP_TARGET_SOFT)
		return kind == (train->target == DP_TARGET_IMAGE ? DP_IMAGE : DP_NUMBERS);
	return kind != DP_CLASS_TEXT && kind != DP_IMAGE;
}

/* ---- rows ---- */

size_t
dp_target_bytes(dp_target_kind kind, const dpk_output *output)
{
	return kind == DP_TARGET_CLASS ? 0 : dpk_output_count(output) * (kind == DP_TARGET_IMAGE ? 1 : sizeof(float));
}

static dpk_status
check_image(const dp_train *train, dp_source *source, int row, dp_row_target *t, dpk_error *err)
{
	const dpk_input as_it_is = {0, 0, 0, true};
	dpk_status	status;

	t->image = dp_source_image(source, row, DP_COLUMN_LABEL);
	if (t->image == NULL)
		return dpk_fail(err, DPK_INVALID, "target is null");
	if (train->output.c == 0 && (status = dp_sample_size(t->image, &as_it_is, &t->output, err)) != DPK_OK)
		return status;
	return DPK_OK;
}

/* Of a binary cross-entropy each from 0 to 1; of classes they sum to 1, too */
static dpk_status
check_probabilities(const dp_train *train, const double *values, int n, dpk_error *err)
{
	double		sum = 0;

	if (train->loss != DPK_BINARY_CROSS_ENTROPY && train->target != DP_TARGET_SOFT)
		return DPK_OK;
	for (int i = 0; i < n; i++)
	{
		if (!(values[i] >= 0 && values[i] <= 1))
			return dpk_fail(err, DPK_INVALID, "target %g is not a probability, from 0 to 1", values[i]);
		sum += values[i];
	}
	if (train->target == DP_TARGET_SOFT && fabs(sum - 1) > SUM_TOLERANCE)
		return dpk_fail(err, DPK_INVALID, "probabilities sum to %g, not to 1", sum);
	if (train->target == DP_TARGET_SOFT && n > DP_MAX_CLASSES)
		return dpk_fail(err, DPK_INVALID, "row has %d probabilities, more than %d", n, DP_MAX_CLASSES);
	return DPK_OK;
}

dpk_status
dp_target_check(const dp_train *train, dp_source *source, int row, dp_row_target *t, dpk_error *err)
{
	int			n;
	bool		found = true;

	t->output = train->output;
	if (train->target == DP_TARGET_CLASS)
	{
		t->label = dp_source_class(source, row);
		if (t->label != NULL && train->classes.are_given)
			dp_class_find(&train->classes, t->label, &found);
		return t->label == NULL ? dpk_fail(err, DPK_INVALID, "label is null") :
			!found ? dpk_fail(err, DPK_INVALID, "label \"%s\" is not one of the option \"classes\"", t->label) : DPK_OK;
	}
	if (train->target == DP_TARGET_IMAGE)
		return check_image(train, source, row, t, err);
	t->values = dp_source_numbers(source, row, DP_COLUMN_LABEL, &n);
	if (n == 0)
		return dpk_fail(err, DPK_INVALID, "row has no targets");
	if (n > 0 && train->output.c > 0 && n != train->output.c)
		return dpk_fail(err, DPK_INVALID, "row has %d targets, but the others have %d", n, train->output.c);
	for (int i = 0; i < n && t->values != NULL; i++)
		if (!(fabs(t->values[i]) <= FLT_MAX))
			t->values = NULL;
	if (t->values == NULL)
		return dpk_fail(err, DPK_INVALID, "label is null or not a finite number of single precision");
	t->output = dpk_values(n);
	return check_probabilities(train, t->values, n, err);
}

/* Behind the input, where there is a place for it */
dpk_status
dp_target_read(const dp_row_target *t, void *record, dpk_error *err)
{
	if (t->image != NULL)
		return dp_sample_target(t->image, &t->output, "the others are", record, err);
	for (int i = 0; t->values != NULL && i < t->output.c; i++)
		((float *) record)[i] = (float) t->values[i];
	return DPK_OK;
}

void
dp_target_keep(dp_train *train, dp_dataset *set, dp_source *source, int row, const dp_row_target *t, void *record, dp_sample *sample)
{
	bool		found;

	if (train->target != DP_TARGET_CLASS)
	{
		train->output = t->output;
		sample->hash = hash_combine64(sample->hash, hash_bytes_extended(record, dp_target_bytes(train->target, &t->output), 1));
		return;
	}
	sample->hash = hash_combine64(sample->hash, hash_bytes_extended((const unsigned char *) t->label, strlen(t->label), 1));
	if (set == &train->train)
	{
		sample->label = dp_class_add(&train->classes, t->label);
		return;
	}
	sample->label = dp_class_find(&train->classes, t->label, &found);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("label \"%s\" of %s of the validation does not occur in the source", t->label,
						dp_source_row_name(source, row))));
}

/* ---- what is measured ---- */

const char *
dp_target_metric(const dp_train *train, const dpk_sums *sums, double *value)
{
	double		mse = sums->squared / sums->weight;

	if (dp_has_accuracy(train->loss, train->target))
	{
		*value = sums->correct / sums->weight;
		return "accuracy";
	}
	*value = train->target == DP_TARGET_IMAGE ? -10 * log10(mse) : sqrt(mse);
	return train->target == DP_TARGET_IMAGE ? "psnr" : "rmse";
}

/* ---- once all rows are read ---- */

/* The weight of each class as scikit-learn has it: rows / (classes * rows of the class) */
static double *
balanced_weights(const dp_train *train)
{
	const dp_dataset *set = &train->train;
	int			n = train->classes.n;
	double	   *weights = palloc0(n * sizeof(double));

	for (uint64 i = 0; i < set->n; i++)
		weights[set->samples[i].label]++;
	for (int i = 0; i < n; i++)
		if (weights[i] > 0)
			weights[i] = set->n / (n * weights[i]);
	return weights;
}

/* {"class": weight, ...}; classes that are not named have weight 1 */
static double *
given_weights(const dp_train *train, Jsonb *json)
{
	int			n = train->classes.n;
	double	   *weights = palloc(n * sizeof(double));
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbValue	v;

	for (int i = 0; i < n; i++)
		weights[i] = 1;
	JsonbIteratorNext(&it, &v, true);	/* the opening brace */
	while (JsonbIteratorNext(&it, &v, true) == WJB_KEY)
	{
		char	   *label = pnstrdup(v.val.string.val, v.val.string.len);
		bool		found;
		int			i = dp_class_find(&train->classes, label, &found);
		double		weight = -1;

		JsonbIteratorNext(&it, &v, true);
		/* "01" is no class 1 */
		if (!found || strcmp(train->classes.names[i], label) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("class \"%s\" of the option \"class_weights\" does not occur in the source", label)));
		if (v.type == jbvNumeric)
			weight = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v.val.numeric)));
		if (!(weight >= 0 && weight <= FLT_MAX))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid weight of class \"%s\" in the option \"class_weights\"", label),
					 errdetail("A weight is a finite number that is not negative.")));
		weights[i] = weight;
	}
	return weights;
}

/* Weights of rows times those of their classes; validation is measured without */
static void
apply_class_weights(dp_train *train)
{
	dp_dataset *set = &train->train;
	Jsonb	   *json = train->options.class_weights;
	JsonbValue *only = json != NULL && JB_ROOT_IS_SCALAR(json) ? getIthJsonbValueFromContainer(&json->root, 0) : NULL;
	double	   *weights;
	bool		some = false;

	if (json == NULL)
		return;
	if (only != NULL && only->type == jbvString && only->val.string.len == 8 && memcmp(only->val.string.val, "balanced", 8) == 0)
		weights = balanced_weights(train);
	else if (JB_ROOT_IS_OBJECT(json))
		weights = given_weights(train, json);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"class_weights\""),
				 errdetail("\"class_weights\" must be \"balanced\" or an object of classes and their weights.")));
	for (uint64 i = 0; i < set->n; i++)
	{
		set->samples[i].weight = (float) (set->samples[i].weight * weights[set->samples[i].label]);
		some |= set->samples[i].weight > 0;
	}
	if (!some)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"class_weights\" leaves every row without weight"),
				 errhint("Give one class of the source at least a weight above 0.")));
	pfree(weights);
}

void
dp_target_finish(dp_train *train)
{
	dp_dataset *set = &train->train;
	int		   *ranks;

	if (train->target == DP_TARGET_SOFT)
		dp_classes_name(&train->classes, train->options.classes, train->output.c);
	if (train->target != DP_TARGET_CLASS)
		return;
	if (train->classes.n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("all rows of the source have the label \"%s\"", train->classes.names[0]),
				 errdetail("There is nothing to tell apart.")));
	if (train->loss == DPK_BINARY_CROSS_ENTROPY && train->classes.n > 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the loss \"binary_crossentropy\" tells two classes apart, but the source has %d", train->classes.n),
				 errhint("The loss \"cross_entropy\" takes any number.")));
	ranks = palloc(train->classes.n * sizeof(int));
	for (int i = 0; i < train->classes.n; i++)
		ranks[train->classes.ids[i]] = i;
	for (uint64 i = 0; i < set->n; i++)
		set->samples[i].label = ranks[set->samples[i].label];
	pfree(ranks);
	train->output = dpk_values(train->loss == DPK_BINARY_CROSS_ENTROPY ? 1 : train->classes.n);
	apply_class_weights(train);
}
