/*
 * label_fit.c - a model of voters learnt from their votes
 *
 * The M step counts what each voter said of items by how probable their
 * classes are; the E step finds these probabilities from the counts.  Sums run
 * over the items in their order, so the model is a function of that.
 */
#include "label_model.h"

#include <math.h>
#include <string.h>

#define WORK_PER_POLL 4194304	/* of votes times classes: some milliseconds */
#define LEAST 1e-10				/* no count of a confusion matrix is below, as in crowd-kit */

typedef struct fit
{
	dpk_label_model *model;
	const dpk_votes *votes;
	const dpk_stop *stop;
	double	   *q;				/* (items, classes): how probable each class is */
	double	   *evidence;
	size_t		work;			/* since it was last asked whether to stop */
} fit;

/* To be asked after what takes so much work: few items may have many classes */
static bool
is_stopped(fit *f, size_t votes)
{
	f->work += (votes + 1) * f->votes->nclasses;
	if (f->work < WORK_PER_POLL)
		return false;
	f->work = 0;
	return dpk_stopped(f->stop);
}

static double
count_of(const dpk_votes *v, size_t item)
{
	return v->count == NULL ? 1 : (double) v->count[item];
}

bool
dpk_label_work(dpk_label_method method, const dpk_votes *votes, size_t *bytes)
{
	dpk_label_model m = {.method = method,.nclasses = votes->nclasses,.nvoters = votes->nvoters};
	size_t		evidence;

	return dpk_label_evidence_bytes(&m, &evidence) && dpk_mul(votes->nitems, votes->nclasses, bytes) &&
		dpk_mul(*bytes, sizeof(double), bytes) && dpk_add(*bytes, evidence, bytes);
}

/* Each class by its share of the votes */
static dpk_status
start(fit *f)
{
	const dpk_votes *v = f->votes;
	int			k = v->nclasses;

	memset(f->q, 0, v->nitems * k * sizeof(double));
	memset(dpk_label_votes(f->model), 0, v->nvoters * sizeof(int64_t));
	for (size_t i = 0; i < v->nitems; i++)
	{
		double	   *q = f->q + i * k;
		size_t		n = v->first[i + 1] - v->first[i];

		if (is_stopped(f, n))
			return DPK_STOPPED;
		for (size_t e = v->first[i]; e < v->first[i + 1]; e++)
		{
			q[v->answer[e]] += 1;
			dpk_label_votes(f->model)[v->voter[e]] += v->count == NULL ? 1 : v->count[i];
		}
		for (int j = 0; j < k; j++)
			q[j] /= n;
	}
	return DPK_OK;
}

/* The counts of a confusion matrix (answer, class) become probabilities of the answer */
static void
normalise(double *matrix, int k, double smoothing)
{
	for (int j = 0; j < k; j++)
	{
		double		sum = 0;

		for (int l = 0; l < k; l++)
		{
			matrix[l * k + j] = DPK_MAX(matrix[l * k + j] + smoothing, LEAST);
			sum += matrix[l * k + j];
		}
		for (int l = 0; l < k; l++)
			matrix[l * k + j] /= sum;
	}
}

static dpk_status
maximise(fit *f, double smoothing)
{
	const dpk_votes *v = f->votes;
	dpk_label_model *m = f->model;
	int			k = v->nclasses;
	double		total = 0;

	memset(dpk_label_priors(m), 0, (k + v->nvoters * dpk_label_numbers(m->method, k)) * sizeof(double));
	for (size_t i = 0; i < v->nitems; i++)
	{
		const double *q = f->q + i * k;
		double		count = count_of(v, i);

		if (is_stopped(f, v->first[i + 1] - v->first[i]))
			return DPK_STOPPED;
		for (int j = 0; j < k; j++)
			dpk_label_priors(m)[j] += count * q[j];
		total += count;
		for (size_t e = v->first[i]; e < v->first[i + 1]; e++)
		{
			double	   *numbers = dpk_label_voter(m, v->voter[e]);

			if (m->method != DPK_DAWID_SKENE)
				numbers[0] += count * q[v->answer[e]];
			else
				for (int j = 0; j < k; j++)
					numbers[(size_t) v->answer[e] * k + j] += count * q[j];
		}
	}
	for (int j = 0; j < k; j++)
		dpk_label_priors(m)[j] = DPK_MIN(dpk_label_priors(m)[j] / total, 1);
	for (int w = 0; w < v->nvoters; w++)
	{
		if (is_stopped(f, m->method == DPK_DAWID_SKENE ? k : 0))
			return DPK_STOPPED;
		if (m->method == DPK_DAWID_SKENE)
			normalise(dpk_label_voter(m, w), k, smoothing);
		else
			dpk_label_voter(m, w)[0] = dpk_label_votes(m)[w] == 0 ? 0 : DPK_MIN(dpk_label_voter(m, w)[0] / dpk_label_votes(m)[w], 1);
	}
	return DPK_OK;
}

static dpk_status
expect(fit *f, double *likelihood)
{
	const dpk_votes *v = f->votes;

	dpk_label_evidence(f->model, f->evidence);
	*likelihood = 0;
	for (size_t i = 0; i < v->nitems; i++)
	{
		double		l;

		if (is_stopped(f, v->first[i + 1] - v->first[i]))
			return DPK_STOPPED;
		dpk_label_probabilities(f->model, f->evidence, v->first[i + 1] - v->first[i],
								v->voter + v->first[i], v->answer + v->first[i], f->q + i * v->nclasses, &l);
		*likelihood += count_of(v, i) * l;
	}
	return DPK_OK;
}

/* The class with most votes alone is what the weights are measured by */
static void
sharpen(fit *f)
{
	int			k = f->votes->nclasses;

	for (size_t i = 0; i < f->votes->nitems; i++)
	{
		double	   *q = f->q + i * k;
		int			best = dpk_label_argmax(q, k);

		for (int j = 0; j < k; j++)
			q[j] = j == best;
	}
}

dpk_status
dpk_label_fit(dpk_label_model *m, const dpk_votes *votes, const dpk_label_options *options, const dpk_stop *stop, void *work)
{
	fit			f = {m, votes, stop, work, (double *) work + votes->nitems * votes->nclasses, 0};
	double		before = -INFINITY;
	dpk_status	status = start(&f);

	if (m->method == DPK_WEIGHTED_MAJORITY)
	{
		sharpen(&f);
		return status == DPK_OK ? maximise(&f, 0) : status;
	}
	for (m->iterations = 0; status == DPK_OK && m->iterations < options->iterations;)
	{
		status = maximise(&f, options->smoothing);
		if (status == DPK_OK)
			status = expect(&f, &m->likelihood);
		m->iterations++;
		if (options->tolerance > 0 && m->likelihood - before < options->tolerance)
			break;
		before = m->likelihood;
	}
	return status;
}
