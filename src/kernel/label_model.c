/*
 * label_model.c - a model of voters as a value: made, asked, written and read
 */
#include "label_model.h"

#include <math.h>
#include <string.h>

const char *const dpk_label_method_names[] = {"dawid_skene", "one_coin", "weighted_majority", NULL};

#define TIE 1e-12				/* probabilities that differ by no more are equal */
#define LEAST 1e-10				/* the probability that nothing falls below, as in crowd-kit */

bool
dpk_label_model_size(dpk_label_method method, int nclasses, int nvoters, bool named, size_t label_room, size_t *bytes)
{
	size_t		labels = nclasses + (named ? (size_t) nvoters : 0),
				numbers;

	return dpk_mul(nvoters, dpk_label_numbers(method, nclasses) + 1, &numbers) && dpk_add(numbers, nclasses, &numbers) &&
		dpk_mul(numbers, sizeof(double), bytes) &&
		dpk_add(*bytes, sizeof(dpk_label_model) + labels * sizeof(dpk_label_place), bytes) && dpk_add(*bytes, label_room, bytes);
}

void
dpk_label_model_init(dpk_label_model *m, dpk_label_method method, int nclasses, int nvoters, bool named, int label_room)
{
	m->method = method;
	m->nclasses = nclasses;
	m->nvoters = nvoters;
	m->named = named;
	m->iterations = 0;
	m->label_bytes = 0;
	m->label_room = label_room;
	m->likelihood = 0;
}

void
dpk_label_model_put(dpk_label_model *m, int place, const char *label, size_t length)
{
	dpk_label_places(m)[place] = (dpk_label_place) {m->label_bytes, (int32_t) length};
	memcpy(dpk_label_bytes(m) + m->label_bytes, label, length);
	m->label_bytes += (int32_t) length;
}

static int
compare(const dpk_label_model *m, int place, const char *label, size_t length)
{
	const dpk_label_place *p = &dpk_label_places(m)[place];

	return dpk_compare_bytes(dpk_label_bytes(m) + p->at, p->length, label, length);
}

static int
find(const dpk_label_model *m, int low, int high, const char *label, size_t length)
{
	while (low < high)
	{
		int			middle = low + (high - low) / 2,
					order = compare(m, middle, label, length);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int
dpk_label_find_class(const dpk_label_model *m, const char *label, size_t length)
{
	return find(m, 0, m->nclasses, label, length);
}

int
dpk_label_find_voter(const dpk_label_model *m, const char *label, size_t length)
{
	int			place = m->named ? find(m, m->nclasses, m->nclasses + m->nvoters, label, length) : -1;

	return place < 0 ? -1 : place - m->nclasses;
}

int
dpk_label_argmax(const double *p, int n)
{
	double		largest = p[0];

	for (int i = 1; i < n; i++)
		largest = DPK_MAX(largest, p[i]);
	for (int i = 0; i < n; i++)
		if (p[i] >= largest - TIE)
			return i;
	return 0;
}

/* Doubles of evidence for a voter */
static size_t
evidence_of_voter(const dpk_label_model *m)
{
	return m->method == DPK_DAWID_SKENE ? (size_t) m->nclasses * m->nclasses : 2;
}

bool
dpk_label_evidence_bytes(const dpk_label_model *m, size_t *bytes)
{
	return dpk_mul(m->nvoters, evidence_of_voter(m), bytes) && dpk_add(*bytes, m->nclasses, bytes) && dpk_mul(*bytes, sizeof(double), bytes);
}

static double
log_of(double p)
{
	return log(DPK_MAX(p, 1e-300));
}

void
dpk_label_evidence(const dpk_label_model *m, double *evidence)
{
	int			k = m->nclasses;

	for (int j = 0; j < k; j++)
		evidence[j] = log_of(dpk_label_priors(m)[j]);
	evidence += k;
	for (int v = 0; v < m->nvoters; v++, evidence += evidence_of_voter(m))
	{
		const double *numbers = dpk_label_voter(m, v);

		if (m->method == DPK_DAWID_SKENE)
			for (int i = 0; i < k * k; i++)
				evidence[i] = log_of(numbers[i]);
		else if (m->method == DPK_ONE_COIN)
		{
			double		p = DPK_MIN(DPK_MAX(numbers[0], LEAST), 1 - LEAST);

			evidence[0] = log(k > 1 ? (1 - p) / (k - 1) : LEAST);
			evidence[1] = log(p);
		}
		else
			evidence[1] = numbers[0];
	}
}

/* Shares of the weights; where nobody has any, of the votes */
static int
weigh(const dpk_label_model *m, const double *evidence, size_t n, const int32_t *voter, const int32_t *answer, double *p)
{
	double		total = 0;

	for (int j = 0; j < m->nclasses; j++)
		p[j] = 0;
	for (size_t i = 0; i < n; i++)
		p[answer[i]] += evidence[2 * voter[i] + 1];
	for (int j = 0; j < m->nclasses; j++)
		total += p[j];
	for (size_t i = 0; total == 0 && i < n; i++)
		p[answer[i]] += 1;
	for (int j = 0; j < m->nclasses; j++)
		p[j] /= total == 0 ? (double) n : total;
	return dpk_label_argmax(p, m->nclasses);
}

int
dpk_label_probabilities(const dpk_label_model *m, const double *evidence, size_t n,
						const int32_t *voter, const int32_t *answer, double *p, double *likelihood)
{
	int			k = m->nclasses;
	size_t		each = evidence_of_voter(m);
	double		largest = -INFINITY,
				sum = 0;

	if (likelihood)
		*likelihood = 0;
	if (m->method == DPK_WEIGHTED_MAJORITY)
		return weigh(m, evidence + k, n, voter, answer, p);
	memcpy(p, evidence, k * sizeof(double));
	for (size_t i = 0; i < n; i++)
	{
		const double *e = evidence + k + voter[i] * each;

		if (m->method == DPK_DAWID_SKENE)
			for (int j = 0; j < k; j++)
				p[j] += e[(size_t) answer[i] * k + j];
		else
			for (int j = 0; j < k; j++)
				p[j] += e[j == answer[i]];
	}
	for (int j = 0; j < k; j++)
		largest = DPK_MAX(largest, p[j]);
	for (int j = 0; j < k; j++)
	{
		p[j] = exp(p[j] - largest);
		sum += p[j];
	}
	for (int j = 0; j < k; j++)
		p[j] /= sum;
	if (likelihood)
		*likelihood = largest + log(sum);
	return dpk_label_argmax(p, k);
}

double
dpk_label_accuracy(const dpk_label_model *m, int voter)
{
	const double *numbers = dpk_label_voter(m, voter);
	double		right = 0;

	if (m->method != DPK_DAWID_SKENE)
		return numbers[0];
	for (int j = 0; j < m->nclasses; j++)
		right += dpk_label_priors(m)[j] * numbers[(size_t) j * m->nclasses + j];
	return right;
}

void
dpk_label_model_write(dpk_writer *w, const dpk_label_model *m)
{
	const char *name = dpk_label_method_names[m->method];
	size_t		numbers = dpk_label_numbers(m->method, m->nclasses);
	int			nlabels = m->nclasses + (m->named ? m->nvoters : 0);

	dpk_write_label(w, name, strlen(name));
	dpk_write_int(w, m->nclasses);
	dpk_write_int(w, m->nvoters);
	dpk_write_int(w, m->named);
	dpk_write_int(w, m->iterations);
	dpk_write_double(w, m->likelihood);
	for (int i = 0; i < nlabels && !w->stopped; i++)
		dpk_write_label(w, dpk_label_bytes(m) + dpk_label_places(m)[i].at, dpk_label_places(m)[i].length);
	for (int j = 0; j < m->nclasses; j++)
		dpk_write_double(w, dpk_label_priors(m)[j]);
	for (int v = 0; v < m->nvoters && !w->stopped; v++)
	{
		dpk_write_int(w, dpk_label_votes(m)[v]);
		for (size_t i = 0; i < numbers; i++)
			dpk_write_double(w, dpk_label_voter(m, v)[i]);
	}
}

static double
read_probability(dpk_reader *r)
{
	double		p = dpk_read_double(r);

	if (!(p >= 0 && p <= 1 + TIE))
		r->failed = true;
	return p;
}

static void
read_labels(dpk_reader *r, dpk_label_model *m, int nlabels)
{
	for (int i = 0; i < nlabels && !r->failed; i++)
	{
		dpk_label_place *p = &dpk_label_places(m)[i];

		p->at = m->label_bytes;
		p->length = (int32_t) dpk_read_label(r, dpk_label_bytes(m) + p->at, DPK_MIN(DPK_MAX_VOTE, m->label_room - m->label_bytes));
		if (r->failed)
			return;
		m->label_bytes += p->length;
		if (i > 0 && i != m->nclasses && compare(m, i - 1, dpk_label_bytes(m) + p->at, p->length) >= 0)
			r->failed = true;
	}
}

dpk_status
dpk_label_model_read(dpk_reader *r, dpk_label_model *m, size_t *size)
{
	char		name[32];
	size_t		length = dpk_read_label(r, name, sizeof name),
				numbers,
				needed;
	int			method = 0,
				nclasses,
				nvoters,
				named,
				nlabels,
				label_room;

	while (dpk_label_method_names[method] &&
		   !(strlen(dpk_label_method_names[method]) == length && memcmp(name, dpk_label_method_names[method], length) == 0))
		method++;
	if (dpk_label_method_names[method] == NULL || r->failed)
		return DPK_CORRUPT;
	nclasses = (int) dpk_read_int(r, 1, DPK_MAX_LABEL_CLASSES);
	nvoters = (int) dpk_read_int(r, 1, DPK_MAX_VOTERS);
	named = (int) dpk_read_int(r, 0, 1);
	if (r->failed)
		return DPK_CORRUPT;
	nlabels = nclasses + (named ? nvoters : 0);
	numbers = dpk_label_numbers(method, nclasses);
	/* a number and a label take two bytes at least in either form */
	if (nvoters * (numbers + 1) + nclasses + nlabels > r->length / 2)
		return DPK_CORRUPT;
	label_room = (int) DPK_MIN(DPK_MIN(r->length, INT32_MAX), (size_t) nlabels * DPK_MAX_VOTE);
	if (!dpk_label_model_size(method, nclasses, nvoters, named, label_room, &needed))
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_label_model_init(m, method, nclasses, nvoters, named, label_room);
	m->iterations = (int32_t) dpk_read_int(r, 0, DPK_MAX_LABEL_ITERATIONS);
	m->likelihood = dpk_read_double(r);
	if (!isfinite(m->likelihood))
		r->failed = true;
	read_labels(r, m, nlabels);
	for (int j = 0; j < nclasses && !r->failed; j++)
		dpk_label_priors(m)[j] = read_probability(r);
	for (int v = 0; v < nvoters && !r->failed; v++)
	{
		dpk_label_votes(m)[v] = dpk_read_int(r, 0, DPK_MAX_ROWS);
		for (size_t i = 0; i < numbers && !r->failed; i++)
			dpk_label_voter(m, v)[i] = read_probability(r);
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
