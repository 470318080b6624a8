/*
 * train_data.c - samples from a source into the spool, their classes and identities
 *
 * One pass: each row is checked, its image decoded to what the network takes,
 * and written to the spool as it comes; what remains in memory are 32 bytes a
 * sample.  Rows come in any order (synchronised scans start anywhere), so
 * afterwards the samples are sorted by identity: the key, or a hash of the
 * content with equal ones numbered.
 */
#include "compat.h"

#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"
#include "progress.h"
#include "sample.h"
#include "source.h"
#include "train.h"

#define MAX_SAMPLES 1000000000
#define MAX_CLASSES 65536
#define LISTED_KEYS 10

/* ---- classes ---- */

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
static int
find_label(const dp_classes *classes, const char *label, bool *found)
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
static int
add_label(dp_classes *classes, const char *label)
{
	bool		found;
	int			i = find_label(classes, label, &found);

	if (found)
		return classes->ids[i];
	if (classes->n == MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has more than %d classes", MAX_CLASSES),
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

/* ---- rows ---- */

/* A row that cannot be used: an ERROR, or counted and listed */
static void
bad_row(dp_train *train, dp_dataset *set, dp_source *source, int row, const dpk_error *err)
{
	const char *name = dp_source_row_name(source, row);

	if (train->options.on_error == 0)
		ereport(ERROR,
				(errcode(err->status == DPK_CORRUPT ? ERRCODE_INVALID_BINARY_REPRESENTATION :
						 err->status == DPK_TOO_BIG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("cannot train on %s of the %s", name, set->what),
				 errdetail("%s%s%s", err->message, err->detail[0] ? ": " : "", err->detail),
				 errhint("The option \"on_error\": \"skip\" leaves such rows out.")));
	if (set->skipped++ < LISTED_KEYS)
	{
		const char *key = dp_source_row_key(source, row);

		set->skipped_keys = set->skipped_keys ? psprintf("%s, %s", set->skipped_keys, key) : pstrdup(key);
	}
}

/* What every row must agree on, learnt from the first one */
static bool
learn_input(dp_train *train, dp_source *source, int row, dpk_error *err)
{
	train->input = train->wanted;
	if (source->kind[DP_COLUMN_INPUT] == DP_IMAGE)
	{
		if (dp_sample_size(dp_source_image(source, row), &train->wanted, &train->input, err) != DPK_OK)
			return false;
	}
	else
	{
		int			n;

		dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);
		train->input = (dpk_input) {1, 1, n, false};
	}
	train->input_known = true;
	return true;
}

/* The input of a row into x; false where the row cannot be used */
static bool
read_input(dp_train *train, dp_dataset *set, dp_source *source, int row, char *x, dpk_error *err)
{
	if (source->kind[DP_COLUMN_INPUT] == DP_IMAGE)
	{
		bytea	   *image = dp_source_image(source, row);
		dpk_status	status = dp_sample_image(image, &train->wanted, &train->input, (uint8 *) x, err);

		if (status == DPK_STOPPED)
			dp_raise(status, err);
		if (status == DPK_INVALID)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("the image of %s of the %s has another size", dp_source_row_name(source, row), set->what),
					 errdetail("%s%s%s", err->message, err->detail[0] ? ": " : "", err->detail),
					 errhint("Begin the network with {\"input\": {\"height\": ..., \"width\": ..., \"channels\": ...}}.")));
		return status == DPK_OK;
	}
	else
	{
		int			n;
		const double *values = dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);

		if (n != train->input.c)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("%s of the %s has %d features", dp_source_row_name(source, row), set->what, n),
					 errdetail("The others have %d.", train->input.c)));
		return dp_sample_features(values, n, &train->input, (float *) x, err) == DPK_OK;
	}
}

/* The label of a row: a class number, or targets behind the input; adds to *hash */
static bool
read_label(dp_train *train, dp_dataset *set, dp_source *source, int row, dp_sample *sample, float *targets, dpk_error *err)
{
	const double *values;
	int			n;

	if (train->loss == DPK_CROSS_ENTROPY)
	{
		const char *label = dp_source_class(source, row);

		if (label == NULL)
		{
			dpk_fail(err, DPK_INVALID, "Its label is null.");
			return false;
		}
		sample->hash = hash_combine64(sample->hash, hash_bytes_extended((const unsigned char *) label, strlen(label), 1));
		if (set == &train->train)
			sample->label = add_label(&train->classes, label);
		else
		{
			bool		found;

			sample->label = find_label(&train->classes, label, &found);
			if (!found)
				ereport(ERROR,
						(errcode(ERRCODE_DATA_EXCEPTION),
						 errmsg("label \"%s\" of %s of the validation does not occur in the source", label,
								dp_source_row_name(source, row))));
		}
		return true;
	}
	values = dp_source_numbers(source, row, DP_COLUMN_LABEL, &n);
	if (values == NULL)
	{
		dpk_fail(err, DPK_INVALID, n < 0 ? "Its label is null." : "Its label is null or not finite.");
		return false;
	}
	if (train->noutputs == 0)
		train->noutputs = n;
	if (n != train->noutputs || n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s of the %s has %d target values", dp_source_row_name(source, row), set->what, n),
				 errdetail("The others have %d.", train->noutputs)));
	for (int i = 0; i < n; i++)
		targets[i] = (float) values[i];
	sample->hash = hash_combine64(sample->hash, hash_bytes_extended((const unsigned char *) targets, n * sizeof(float), 1));
	return true;
}

static size_t
sample_bytes(const dpk_input *input)
{
	size_t		n = (size_t) input->h * input->w;

	if (input->h < 1 || input->w < 1 || input->c < 1 || n > 268435456 || n * input->c > 268435456)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a sample of %d x %d x %d values cannot be trained on", input->h, input->w, input->c)));
	return n * input->c * (input->is_image ? 1 : sizeof(float));
}

static bool
input_is_null(dp_source *source, int row)
{
	int			n = 0;

	if (source->kind[DP_COLUMN_INPUT] == DP_IMAGE)
		return dp_source_image(source, row) == NULL;
	dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);
	return n < 1;
}

/* One row: checked, spooled and remembered */
static void
read_row(dp_train *train, dp_dataset *set, dp_source *source, int row, dp_spool_file *file, char **record)
{
	dp_sample	sample = {0};
	dpk_error	err = {0};
	double		weight = 1;
	size_t		bytes;

	if (input_is_null(source, row))
	{
		dpk_fail(&err, DPK_INVALID, "Its input is null or empty.");
		bad_row(train, set, source, row, &err);
		return;
	}
	if (!train->input_known && !learn_input(train, source, row, &err))
	{
		bad_row(train, set, source, row, &err);
		return;
	}
	bytes = sample_bytes(&train->input);
	if (file->file == NULL)
	{
		int			n = 1;

		/* The record ends with the targets of a regression: their number is that of the first row */
		if (train->loss == DPK_MSE && train->noutputs == 0)
			dp_source_numbers(source, row, DP_COLUMN_LABEL, &n);
		n = train->loss == DPK_CROSS_ENTROPY ? 0 : train->noutputs ? train->noutputs : Max(n, 0);
		if (n == 0 && train->loss == DPK_MSE)
		{
			dpk_fail(&err, DPK_INVALID, "Its label is null.");
			bad_row(train, set, source, row, &err);
			return;
		}
		if (train->loss == DPK_MSE)
			train->noutputs = n;
		dp_spool_write_start(&train->spool, file, set->file, MAXALIGN(bytes) + n * sizeof(float));
		*record = MemoryContextAllocZero(CurrentMemoryContext, file->record);
	}
	if (!read_input(train, set, source, row, *record, &err))
	{
		bad_row(train, set, source, row, &err);
		return;
	}
	sample.hash = hash_bytes_extended((const unsigned char *) *record, bytes, 0);
	if (!read_label(train, set, source, row, &sample, (float *) (*record + MAXALIGN(bytes)), &err))
	{
		bad_row(train, set, source, row, &err);
		return;
	}
	if (source->kind[DP_COLUMN_WEIGHT] != DP_ABSENT &&
		(!dp_source_number(source, row, DP_COLUMN_WEIGHT, &weight) || !isfinite((float) weight) || weight < 0))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the weight of %s of the %s is null, negative or not finite", dp_source_row_name(source, row), set->what)));
	sample.weight = (float) weight;
	if (weight != 1)
		sample.hash = hash_combine64(sample.hash, hash_bytes_extended((const unsigned char *) &sample.weight, sizeof(float), 2));
	if (!dp_source_key(source, row, &sample.identity))
		sample.identity = (int64) sample.hash;

	if (set->n == MAX_SAMPLES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the %s has more than %d rows", set->what, MAX_SAMPLES)));
	if (set->n == set->room)
	{
		set->room = Max(1024, set->room * 2);
		set->samples = set->samples ? repalloc_huge(set->samples, set->room * sizeof(dp_sample))
			: palloc(set->room * sizeof(dp_sample));
	}
	sample.place = (uint32) set->n;
	set->samples[set->n++] = sample;
	dp_spool_write(file, *record);
}

static int
compare_samples(const void *a, const void *b)
{
	const dp_sample *x = a,
			   *y = b;

	if (x->identity != y->identity)
		return x->identity < y->identity ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Sort by identity; where the content is the identity, number equal ones */
static void
sort_samples(dp_dataset *set)
{
	uint64		tie = 0;

	qsort(set->samples, set->n, sizeof(dp_sample), compare_samples);
	if (set->has_key)
		return;
	for (uint64 i = 1; i < set->n; i++)
	{
		tie = set->samples[i].hash == set->samples[i - 1].hash ? tie + 1 : 0;
		if (tie > 0)
			set->samples[i].identity = (int64) hash_combine64(set->samples[i].hash, tie);
	}
}

/* What the label makes of the task */
static void
choose_loss(dp_train *train, dp_source *source)
{
	dp_column_kind kind = source->kind[DP_COLUMN_LABEL];
	bool		classes = kind == DP_CLASS_TEXT || kind == DP_CLASS_INTEGER;
	int			asked = train->options.loss - 1;

	train->loss = asked >= 0 ? asked : classes ? DPK_CROSS_ENTROPY : DPK_MSE;
	if (train->loss == DPK_CROSS_ENTROPY && !classes)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the loss \"cross_entropy\" needs a label of text or integers")));
	if (train->loss == DPK_MSE && kind == DP_CLASS_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the loss \"mse\" needs a label of numbers")));
	train->classes.are_text = kind == DP_CLASS_TEXT;
}

/* Read a source to its end; the training source comes first and decides what a sample is */
void
dp_train_read(dp_train *train, dp_dataset *set, const char *text)
{
	dp_source  *source = dp_source_open(set->what, text, true);
	dp_spool_file file = {0};
	char	   *record = NULL;
	int			n;

	if (set == &train->train)
		choose_loss(train, source);
	else if ((source->kind[DP_COLUMN_INPUT] == DP_IMAGE) != train->input.is_image ||
			 (train->loss == DPK_CROSS_ENTROPY && source->kind[DP_COLUMN_LABEL] != (train->classes.are_text ? DP_CLASS_TEXT : DP_CLASS_INTEGER)) ||
			 (train->loss == DPK_MSE && source->kind[DP_COLUMN_LABEL] == DP_CLASS_TEXT))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the columns of the validation are not of the types the source has")));
	set->has_key = source->kind[DP_COLUMN_KEY] != DP_ABSENT;
	while ((n = dp_source_next_batch(source)) > 0)
	{
		for (int i = 0; i < n; i++)
			read_row(train, set, source, i, &file, &record);
		dp_progress_set(DP_PROGRESS_DONE, source->before + n);
	}
	dp_source_close(source);
	if (set->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the %s has no rows to %s", set->what, set == &train->train ? "learn from" : "validate on")));
	dp_spool_write_end(&file);
	pfree(record);
	if (set->skipped > 0)
		ereport(NOTICE,
				(errmsg("left out " UINT64_FORMAT " rows of the %s", set->skipped, set->what),
				 errdetail("The first keys are %s.", set->skipped_keys)));
	sort_samples(set);
}

/* Classes by rank instead of appearance, the number of outputs, the fingerprint */
void
dp_train_finish_reading(dp_train *train)
{
	dp_dataset *set = &train->train;
	uint64		sum = 0;

	if (train->loss == DPK_CROSS_ENTROPY)
	{
		int		   *ranks = palloc(train->classes.n * sizeof(int));

		if (train->classes.n < 2)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("all rows of the source have the label \"%s\"", train->classes.names[0]),
					 errdetail("There is nothing to tell apart.")));
		for (int i = 0; i < train->classes.n; i++)
			ranks[train->classes.ids[i]] = i;
		for (uint64 i = 0; i < set->n; i++)
			set->samples[i].label = ranks[set->samples[i].label];
		pfree(ranks);
		train->noutputs = train->classes.n;
	}
	/* a sum, so that the order of rows does not matter */
	for (uint64 i = 0; i < set->n; i++)
		sum += hash_combine64(hash_bytes_extended((const unsigned char *) &set->samples[i].identity, sizeof(int64), 0),
							  set->samples[i].hash);
	train->fingerprint = (int64) hash_combine64(sum, set->n);
}
