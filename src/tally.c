/*
 * tally.c - what an evaluation counts, and the measures it makes of it
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "imagediff.h"
#include "score_bins.h"
#include "tally.h"

#define MOST_NEW_LABELS 100000
#define TOP 5					/* classes of top_5_accuracy */

/* label -> number; those below noutputs are the model's classes */
typedef struct label_entry
{
	const char *label;
	int			number;
	char		status;
} label_entry;

#define SH_PREFIX labels
#define SH_ELEMENT_TYPE label_entry
#define SH_KEY_TYPE const char *
#define SH_KEY label
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b) (strcmp(a, b) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct pair_entry
{
	uint64		pair;			/* actual << 32 | predicted */
	int64		rows;
	double		weight;
	char		status;
} pair_entry;

#define SH_PREFIX pairs
#define SH_ELEMENT_TYPE pair_entry
#define SH_KEY_TYPE uint64
#define SH_KEY pair
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) (key) ^ murmurhash32((uint32) ((key) >> 32)))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Of one output of a regression; mean and squares of the targets after Welford, weighted (West 1979) */
typedef struct output_sums
{
	double		squared,
				absolute;		/* errors, weighted */
	double		weight,
				mean,
				spread;			/* of the targets */
	double		loss,			/* weighted; of probabilities */
				correct,
				hits,			/* told and true */
				either;			/* told, and true: both count */
} output_sums;

/* Of images, weighted */
typedef struct image_sums
{
	double		weight,
				squared,
				absolute,
				psnr,
				ssim;			/* NaN where they are too small for it */
	size_t		room;			/* bytes of each of the next three */
	uint8	   *gray[2];		/* target, and what was predicted */
	void	   *work;
} image_sums;

struct dp_tally
{
	MemoryContext context;
	int			nclasses;		/* 0 for values and images */
	dpk_output	output;
	int			noutputs;
	bool		probabilities;	/* of labels, one an output */

	int			nlabels,		/* the classes, then labels the model has not learnt */
				label_room;
	const char **label_names;
	labels_hash *labels;
	pairs_hash *pairs;
	double		loss,
				loss_weight,
				top;			/* weight of the rows whose class is among the first TOP */
	dpk_score_bins *scores;		/* of two classes: probabilities of the second */

	output_sums *outputs;		/* (noutputs), of values */
	image_sums	images;
};

dp_tally *
dp_new_tally(const dpk_output *output, dpk_loss loss, int nclasses, char *const *classes)
{
	dp_tally   *t = palloc0(sizeof(dp_tally));
	bool		found;

	t->context = CurrentMemoryContext;
	t->nclasses = nclasses;
	t->output = *output;
	t->probabilities = nclasses == 0 && loss == DPK_BINARY_CROSS_ENTROPY && !output->is_image;
	t->noutputs = (int) dpk_output_count(output);
	if (output->is_image)
		return t;
	if (nclasses == 0)
	{
		t->outputs = palloc0(mul_size(t->noutputs, sizeof(output_sums)));
		return t;
	}
	t->labels = labels_create(t->context, nclasses * 2, NULL);
	t->pairs = pairs_create(t->context, 64, NULL);
	t->label_room = nclasses;
	t->label_names = palloc(mul_size(nclasses, sizeof(char *)));
	for (int i = 0; i < nclasses; i++)
	{
		t->label_names[i] = pstrdup(classes[i]);
		labels_insert(t->labels, t->label_names[i], &found)->number = i;
	}
	t->nlabels = nclasses;
	if (nclasses == 2)
	{
		t->scores = palloc(dpk_score_bins_size(DPK_SCORES_ROOM));
		dpk_score_bins_init(t->scores, DPK_SCORES_ROOM);
	}
	return t;
}

int
dp_tally_label(dp_tally *t, const char *label)
{
	label_entry *entry = labels_lookup(t->labels, label);
	bool		found;

	if (entry != NULL)
		return entry->number;
	if (t->nlabels - t->nclasses >= MOST_NEW_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has too many labels that the model has not learnt"),
				 errdetail("At most %d are counted.", MOST_NEW_LABELS)));
	if (t->nlabels == t->label_room)
	{
		t->label_room *= 2;
		t->label_names = repalloc(t->label_names, mul_size(sizeof(char *), t->label_room));
	}
	label = MemoryContextStrdup(t->context, label);
	entry = labels_insert(t->labels, label, &found);
	entry->number = t->nlabels;
	t->label_names[t->nlabels++] = label;
	return entry->number;
}

/* How many classes come before one, equal ones in their order as a prediction has it */
static int
rank_of(const dp_tally *t, int class, const float *y)
{
	int			before = 0;

	for (int j = 0; j < t->nclasses; j++)
		before += y[j] > y[class] || (y[j] == y[class] && j < class);
	return before;
}

void
dp_tally_class(dp_tally *t, int actual, double weight, const float *y)
{
	int			predicted = 0;
	pair_entry *entry;
	bool		found;

	for (int j = 1; j < t->nclasses; j++)
		if (y[j] > y[predicted])
			predicted = j;
	entry = pairs_insert(t->pairs, (uint64) actual << 32 | (uint32) predicted, &found);
	if (!found)
	{
		entry->rows = 0;
		entry->weight = 0;
	}
	entry->rows++;
	entry->weight += weight;
	if (actual < t->nclasses)
	{
		/* float probabilities end at 1e-38: a row adds 87 at most */
		t->loss -= weight * log(Max(y[actual], FLT_MIN));
		t->loss_weight += weight;
		if (t->nclasses > TOP && rank_of(t, actual, y) < TOP)
			t->top += weight;
		if (t->scores != NULL && weight > 0)
			dp_raise(dpk_score_bins_weigh(t->scores, y[1], actual == 1, weight, NULL), NULL);
	}
}

static void
count_output(output_sums *sums, double target, double weight, double y)
{
	double		error = y - target,
				delta = target - sums->mean;

	sums->squared += weight * error * error;
	sums->absolute += weight * fabs(error);
	if (weight > 0)
	{
		sums->weight += weight;
		sums->mean += delta * weight / sums->weight;
		sums->spread += weight * delta * (target - sums->mean);
	}
}

static void
count_label(output_sums *sums, double target, double weight, double y)
{
	bool		told = y > 0.5,
				is = target > 0.5;

	sums->weight += weight;
	sums->loss -= weight * (target * log(Max(y, FLT_MIN)) + (1 - target) * log(Max(1 - y, FLT_MIN)));
	sums->correct += told == is ? weight : 0;
	sums->hits += told && is ? weight : 0;
	sums->either += weight * (told + is);
}

void
dp_tally_values(dp_tally *t, const double *target, double weight, const float *y)
{
	for (int j = 0; j < t->noutputs; j++)
		(t->probabilities ? count_label : count_output) (&t->outputs[j], target[j], weight, y[j]);
}

/* In place, as dp.image_difference does */
static dpk_image
make_gray(const dpk_output *o, uint8 *pixels)
{
	size_t		n = (size_t) o->h * o->w;

	for (size_t i = 0; i < n && o->c == 3; i++)
		pixels[i] = dpk_luma(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
	return (dpk_image) {o->w, o->h, 1, pixels};
}

static void
make_room(dp_tally *t, size_t bytes)
{
	image_sums *sums = &t->images;
	void	   *parts[3];

	if (bytes <= sums->room)
		return;
	for (int i = 0; i < 3; i++)
		parts[i] = MemoryContextAllocExtended(t->context, bytes, MCXT_ALLOC_HUGE);
	if (sums->room > 0)
	{
		pfree(sums->gray[0]);
		pfree(sums->gray[1]);
		pfree(sums->work);
	}
	sums->gray[0] = parts[0];
	sums->gray[1] = parts[1];
	sums->work = parts[2];
	sums->room = bytes;
}

void
dp_tally_image(dp_tally *t, const dpk_output *output, const uint8 *target, double weight, const float *y)
{
	image_sums *sums = &t->images;
	size_t		n = dpk_output_count(output);
	double		squared = 0,
				absolute = 0,
				ssim = NAN;

	for (size_t j = 0; j < n; j++)
	{
		double		error = y[j] - target[j] / 255.0;

		squared += error * error;
		absolute += fabs(error);
	}
	if (weight == 0)
		return;
	if (output->w >= DPK_SSIM_WINDOW && output->h >= DPK_SSIM_WINDOW)
	{
		dpk_image	a,
					b;

		make_room(t, Max(n, dpk_ssim_work(output->w)));
		memcpy(sums->gray[0], target, n);
		dpk_net_pixels(n, y, sums->gray[1]);
		a = make_gray(output, sums->gray[0]);
		b = make_gray(output, sums->gray[1]);
		dp_raise(dpk_ssim(&a, &b, &ssim, sums->work, &dp_stop), NULL);
	}
	sums->weight += weight;
	sums->squared += weight * squared / n;
	sums->absolute += weight * absolute / n;
	sums->psnr += weight * -10 * log10(squared / n);
	sums->ssim += weight * ssim;
}

/* ---- results ---- */

static void
put_metric(ReturnSetInfo *result, const char *metric, double value)
{
	Datum		values[2] = {CStringGetTextDatum(metric), Float8GetDatum(value)};
	bool		nulls[2] = {false, isnan(value)};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * F1 of a class is 2 tp / (actual + predicted); means are over those that are
 * either, and a share of nothing is 0.
 */
static void
put_class_metrics(ReturnSetInfo *result, const dp_tally *t)
{
	double	   *given = palloc0(mul_size(t->nlabels, sizeof(double)));
	double	   *told = palloc0(mul_size(t->nlabels, sizeof(double)));
	double	   *hits = palloc0(mul_size(t->nlabels, sizeof(double)));
	double		weight = 0,
				correct = 0,
				macro[3] = {0},	/* of F1, precision, recall */
				weighted[3] = {0};
	int			nlabels = 0;
	pairs_iterator it;
	pair_entry *entry;

	pairs_start_iterate(t->pairs, &it);
	while ((entry = pairs_iterate(t->pairs, &it)) != NULL)
	{
		int			actual = entry->pair >> 32,
					predicted = (uint32) entry->pair;

		weight += entry->weight;
		given[actual] += entry->weight;
		told[predicted] += entry->weight;
		if (actual == predicted)
		{
			correct += entry->weight;
			hits[actual] += entry->weight;
		}
	}
	for (int i = 0; i < t->nlabels; i++)
		if (given[i] + told[i] > 0)
		{
			const double shares[3] = {
				2 * hits[i] / (given[i] + told[i]), told[i] > 0 ? hits[i] / told[i] : 0, given[i] > 0 ? hits[i] / given[i] : 0
			};

			for (int k = 0; k < 3; k++)
			{
				macro[k] += shares[k];
				weighted[k] += given[i] * shares[k];
			}
			nlabels++;
		}
	put_metric(result, "loss", t->loss / t->loss_weight);
	put_metric(result, "accuracy", correct / weight);
	if (t->nclasses > TOP)
		put_metric(result, "top_5_accuracy", t->top / weight);
	put_metric(result, "macro_f1", macro[0] / nlabels);
	put_metric(result, "macro_precision", macro[1] / nlabels);
	put_metric(result, "macro_recall", macro[2] / nlabels);
	put_metric(result, "weighted_f1", weighted[0] / weight);
	put_metric(result, "weighted_precision", weighted[1] / weight);
	if (t->scores != NULL)
	{
		put_metric(result, "auc", dpk_score_bins_auc(t->scores));
		put_metric(result, "average_precision", dpk_score_bins_precision(t->scores));
	}
}

static void
put_value_metrics(ReturnSetInfo *result, const dp_tally *t)
{
	int			noutputs = t->noutputs;
	double		mse = 0,
				mae = 0,
				r2 = 0;

	for (int j = 0; j < noutputs; j++)
	{
		const output_sums *o = &t->outputs[j];

		mse += o->squared / o->weight / noutputs;
		mae += o->absolute / o->weight / noutputs;
		r2 += (o->spread > 0 ? 1 - o->squared / o->spread : NAN) / noutputs;
	}
	put_metric(result, "mse", mse);
	put_metric(result, "rmse", sqrt(mse));
	put_metric(result, "mae", mae);
	put_metric(result, "r2", r2);
}

static void
put_label_metrics(ReturnSetInfo *result, const dp_tally *t)
{
	double		loss = 0,
				correct = 0,
				f1 = 0;
	int			nlabels = 0;

	for (int j = 0; j < t->noutputs; j++)
	{
		const output_sums *o = &t->outputs[j];

		loss += o->loss / o->weight / t->noutputs;
		correct += o->correct / o->weight / t->noutputs;
		if (o->either > 0)
		{
			f1 += 2 * o->hits / o->either;
			nlabels++;
		}
	}
	put_metric(result, "loss", loss);
	put_metric(result, "accuracy", correct);
	put_metric(result, "macro_f1", nlabels > 0 ? f1 / nlabels : NAN);
}

static void
put_image_metrics(ReturnSetInfo *result, const image_sums *sums)
{
	put_metric(result, "mse", sums->squared / sums->weight);
	put_metric(result, "mae", sums->absolute / sums->weight);
	put_metric(result, "psnr", sums->psnr / sums->weight);
	put_metric(result, "ssim", sums->ssim / sums->weight);
}

void
dp_tally_metrics(const dp_tally *t, ReturnSetInfo *result)
{
	if (t->nclasses > 0)
		put_class_metrics(result, t);
	else if (t->output.is_image)
		put_image_metrics(result, &t->images);
	else if (t->probabilities)
		put_label_metrics(result, t);
	else
		put_value_metrics(result, t);
}

static int
compare_pairs(const void *a, const void *b)
{
	uint64		x = (*(pair_entry *const *) a)->pair,
				y = (*(pair_entry *const *) b)->pair;

	return x < y ? -1 : x > y;
}

void
dp_tally_pairs(const dp_tally *t, ReturnSetInfo *result)
{
	pair_entry **sorted;
	pairs_iterator it;
	int			n = 0;

	sorted = palloc(mul_size(t->pairs->members, sizeof(pair_entry *)));
	pairs_start_iterate(t->pairs, &it);
	while ((sorted[n] = pairs_iterate(t->pairs, &it)) != NULL)
		if (++n == t->pairs->members)
			break;
	qsort(sorted, n, sizeof(pair_entry *), compare_pairs);
	for (int i = 0; i < n; i++)
	{
		Datum		values[3] = {
			CStringGetTextDatum(t->label_names[sorted[i]->pair >> 32]),
			CStringGetTextDatum(t->label_names[(uint32) sorted[i]->pair]),
			Int64GetDatum(sorted[i]->rows)
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}
