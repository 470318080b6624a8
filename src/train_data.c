/*
 * train_data.c - samples from a source into the spool, and their identities
 *
 * One pass: each row is checked, its image decoded to what the network takes,
 * and written to the spool as it comes; what remains in memory are 32 bytes a
 * sample.  Rows come in any order (synchronised scans start anywhere), so
 * afterwards the samples are sorted by identity: the key, or a hash of the
 * content with equal ones numbered.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"
#include "progress.h"
#include "sample.h"
#include "settings.h"
#include "source.h"
#include "train.h"

#define MAX_SAMPLES 1000000000
#define MAX_VALUES 268435456	/* of a sample */
#define LISTED_KEYS 10

/* ---- rows ---- */

/* "image is broken" and what follows, as the sentences of a detail */
static char *
sentences(const dpk_error *err)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoString(&s, err->message);
	s.data[0] = pg_toupper((unsigned char) s.data[0]);
	if (err->detail[0] != '\0')
		appendStringInfo(&s, ". %s", err->detail);
	if (s.data[s.len - 1] != '.')
		appendStringInfoChar(&s, '.');
	return dp_valid_text(s.data);
}

/* A row that cannot be used: an ERROR, or counted and listed */
static void
bad_row(dp_train *train, dp_dataset *set, dp_source *source, int row, dpk_status status, const dpk_error *err)
{
	if (status == DPK_STOPPED)
		dp_raise(status, err);
	if (train->options.on_error == 0)
		ereport(ERROR,
				(errcode(status == DPK_CORRUPT ? ERRCODE_INVALID_BINARY_REPRESENTATION :
						 status == DPK_TOO_BIG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot train on %s of the %s", dp_source_row_name(source, row), set->what),
				 errdetail("%s", sentences(err)),
				 errhint("%s%sThe option \"on_error\": \"skip\" leaves such rows out.", err->hint, err->hint[0] ? " " : "")));
	if (set->skipped++ < LISTED_KEYS)
	{
		const char *key = dp_source_row_key(source, row);

		set->skipped_keys = set->skipped_keys ? psprintf("%s, %s", set->skipped_keys, key) : pstrdup(key);
	}
}

/* What samples are like if this row decides it */
static dpk_status
choose_input(const dp_train *train, dp_source *source, int row, dpk_input *input, dpk_error *err)
{
	if (source->kind[DP_COLUMN_INPUT] == DP_IMAGE)
	{
		dpk_status	status = dp_sample_size(dp_source_image(source, row, DP_COLUMN_INPUT), &train->wanted, input, err);

		if (status != DPK_OK)
			return status;
	}
	else
	{
		int			n;

		dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);
		if (n < 1)
			return dpk_fail(err, DPK_INVALID, "row has no features");
		*input = (dpk_input) {1, 1, n, false};
	}
	if (input->h < 1 || input->w < 1 || input->c < 1 || (size_t) input->h * input->w > MAX_VALUES ||
		(size_t) input->h * input->w * input->c > MAX_VALUES)
		return dpk_fail(err, DPK_TOO_BIG, "sample has %d x %d x %d values", input->h, input->w, input->c);
	return DPK_OK;
}

static size_t
sample_bytes(const dpk_input *input)
{
	return (size_t) input->h * input->w * input->c * (input->is_image ? 1 : sizeof(float));
}

static dpk_status
read_input(const dp_train *train, dp_source *source, int row, const dpk_input *input, char *x, dpk_error *err)
{
	const double *values;
	int			n;

	if (source->kind[DP_COLUMN_INPUT] == DP_IMAGE)
		return dp_sample_image(dp_source_image(source, row, DP_COLUMN_INPUT), &train->wanted, input, (uint8 *) x, err);
	values = dp_source_numbers(source, row, DP_COLUMN_INPUT, &n);
	return dp_sample_features(values, n, input, (float *) x, err);
}

static void
add_sample(const dp_train *train, dp_dataset *set, dp_sample *sample)
{
	uint64		most = (uint64) dp_memory_limit * 1024 / sizeof(dp_sample);

	if (set->n == MAX_SAMPLES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the %s has more than %d rows", set->what, MAX_SAMPLES)));
	if (train->train.n + train->valid.n >= most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the %s has more rows than datapower.memory_limit has room for", set->what),
				 errdetail("A row takes %zu bytes of memory, and the limit is %d kB.", sizeof(dp_sample), dp_memory_limit)));
	if (set->n == set->room)
	{
		set->room = Min(Max(1024, set->room * 2), most);
		set->samples = set->samples ? repalloc_huge(set->samples, set->room * sizeof(dp_sample))
			: palloc(set->room * sizeof(dp_sample));
	}
	sample->place = (uint32) set->n;
	set->samples[set->n++] = *sample;
}

/*
 * One row: checked, then spooled and remembered.  What the others must be like,
 * and which classes there are, is learnt from rows that are kept.  *record is
 * NULL before the first of them.
 */
static dpk_status
read_row(dp_train *train, dp_dataset *set, dp_source *source, int row, dp_spool_file *file, char **record, dpk_error *err)
{
	dp_sample	sample = {0};
	dpk_input	input = train->input;
	dp_row_target target = {0};
	char	   *x = *record;
	double		weight;
	size_t		bytes,
				target_bytes;
	dpk_status	status;

	if ((status = dp_target_check(train, source, row, &target, err)) != DPK_OK)
		return status;
	if (dp_source_is_null(source, row, DP_COLUMN_INPUT))
		return dpk_fail(err, DPK_INVALID, "input is null");
	if ((status = dp_source_weight(source, row, &weight, err)) != DPK_OK ||
		(!train->input_known && (status = choose_input(train, source, row, &input, err)) != DPK_OK))
		return status;
	bytes = sample_bytes(&input);
	target_bytes = dp_target_bytes(train->target, &target.output);
	if (x == NULL)
		x = MemoryContextAllocExtended(CurrentMemoryContext, MAXALIGN(bytes) + target_bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if ((status = read_input(train, source, row, &input, x, err)) != DPK_OK ||
		(status = dp_target_read(&target, x + MAXALIGN(bytes), err)) != DPK_OK)
	{
		if (*record == NULL)
			pfree(x);
		return status;
	}

	/* the row is kept */
	train->input = input;
	train->input_known = true;
	if (*record == NULL)
		dp_spool_write_start(&train->spool, file, set->file, MAXALIGN(bytes) + target_bytes);
	*record = x;
	sample.hash = hash_bytes_extended((const unsigned char *) x, bytes, 0);
	dp_target_keep(train, set, source, row, &target, x + MAXALIGN(bytes), &sample);
	sample.weight = (float) weight;
	if (weight != 1)
		sample.hash = hash_combine64(sample.hash, hash_bytes_extended((const unsigned char *) &sample.weight, sizeof(float), 2));
	if (!dp_source_key(source, row, &sample.identity))
		sample.identity = (int64) sample.hash;
	add_sample(train, set, &sample);
	dp_spool_write(file, x);
	return DPK_OK;
}

static int
compare_samples(const void *a, const void *b)
{
	const dp_sample *x = a,
			   *y = b;

	CHECK_FOR_INTERRUPTS();
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

/* Rows of weight 0 alone have no mean loss */
static void
check_weights(const dp_dataset *set)
{
	for (uint64 i = 0; i < set->n; i++)
		if (set->samples[i].weight > 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("the weights of the %s are all zero", set->what)));
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
		dp_target_choose(train, source);
	else if ((source->kind[DP_COLUMN_INPUT] == DP_IMAGE) != train->input.is_image || !dp_target_fits(train, source))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the columns of the validation are not of the types the source has")));
	set->has_key = source->kind[DP_COLUMN_KEY] != DP_ABSENT;
	while ((n = dp_source_next_batch(source)) > 0)
	{
		for (int i = 0; i < n; i++)
		{
			dpk_error	err = {0};
			dpk_status	status = read_row(train, set, source, i, &file, &record, &err);

			if (status != DPK_OK)
				bad_row(train, set, source, i, status, &err);
		}
		dp_progress_set(DP_PROGRESS_DONE, source->before + n);
	}
	dp_source_close(source);
	if (set->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the %s has no rows to %s", set->what, set == &train->train ? "learn from" : "validate on"),
				 set->skipped == 0 ? 0 : errdetail("All of its " UINT64_FORMAT " rows were left out; the first keys are %s.", set->skipped, set->skipped_keys),
				 set->skipped == 0 ? 0 : errhint("Without \"on_error\": \"skip\" the first of them is an error that says why.")));
	check_weights(set);
	dp_spool_write_end(&file);
	pfree(record);
	if (set->skipped > 0)
		ereport(NOTICE,
				(errmsg("rows of the %s left out: " UINT64_FORMAT, set->what, set->skipped),
				 errdetail("The first keys are %s.", set->skipped_keys)));
	sort_samples(set);
}

/* A hash of all samples: a sum, so that the order of rows does not matter */
static uint64
fingerprint_of(const dp_dataset *set)
{
	uint64		sum = 0;

	for (uint64 i = 0; i < set->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sum += hash_combine64(hash_bytes_extended((const unsigned char *) &set->samples[i].identity, sizeof(int64), 0),
							  set->samples[i].hash);
	}
	return hash_combine64(sum, set->n);
}

/* What only all rows of the source tell: the classes, and the fingerprint */
void
dp_train_finish_reading(dp_train *train)
{
	train->fingerprint = (int64) fingerprint_of(&train->train);
	dp_target_finish(train);
	check_weights(&train->train);
}

/* Those of the validation decide when a run stops and how its learning rate falls */
void
dp_train_read_validation(dp_train *train)
{
	dp_train_read(train, &train->valid, train->validation);
	train->fingerprint = (int64) hash_combine64((uint64) train->fingerprint, fingerprint_of(&train->valid));
}
