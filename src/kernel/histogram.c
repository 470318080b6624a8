/*
 * histogram.c - counts of values in bins of equal width, mergeable
 */
#include "histogram.h"

#include <math.h>
#include <string.h>

#define MIN_EXPONENT (-1074)	/* of the least double */
#define MAX_EXPONENT 1024
#define MAX_INDEX (INT64_C(1) << 52)

size_t
dpk_histogram_size(int nbins)
{
	return sizeof(dpk_histogram) + nbins * sizeof(int64_t);
}

void
dpk_histogram_init(dpk_histogram *h, int nbins, double lower, double upper)
{
	int32_t		header = h->header;

	memset(h, 0, dpk_histogram_size(nbins));
	h->header = header;
	h->nbins = nbins;
	h->lower = lower;
	h->upper = upper;
	h->exponent = MIN_EXPONENT;
	if (dpk_histogram_bounded(h))
		h->nused = nbins;
}

/* A bin's number once pairs were joined 'times' times */
static int64_t
joined(int64_t index, int times)
{
	return times < 63 ? index >> times : index < 0 ? -1 : 0;
}

/* Join pairs until the exponent is that one */
static void
widen(dpk_histogram *h, int exponent)
{
	int64_t    *counts = dpk_histogram_counts(h);
	int			times = exponent - h->exponent;
	int64_t		first = joined(h->first, times);
	int			last = -1;

	for (int i = 0; i < h->nused; i++)
	{
		int			to = (int) (joined(h->first + i, times) - first);
		int64_t		count = counts[i];

		if (to > last)
			counts[to] = 0;
		counts[to] += count;
		last = to;
	}
	h->nused = last + 1;
	h->first = first;
	h->exponent = exponent;
}

/* Widen to 'exponent' at least, and until all bins from 'low' to 'high', numbered by 'exponent', are there */
static void
cover(dpk_histogram *h, int exponent, int64_t low, int64_t high)
{
	int64_t    *counts = dpk_histogram_counts(h);
	int			target = DPK_MAX(exponent, h->exponent);
	int64_t		from,
				to;
	int			shift;

	for (;; target++)
	{
		from = joined(low, target - exponent);
		to = joined(high, target - exponent);
		if (h->nused > 0)
		{
			from = DPK_MIN(from, joined(h->first, target - h->exponent));
			to = DPK_MAX(to, joined(h->first + h->nused - 1, target - h->exponent));
		}
		if (to - from < h->nbins)
			break;
	}
	if (h->nused == 0)
	{
		h->first = from;
		h->exponent = target;
	}
	widen(h, target);
	shift = (int) (h->first - from);
	memmove(counts + shift, counts, h->nused * sizeof *counts);
	memset(counts, 0, shift * sizeof *counts);
	memset(counts + shift + h->nused, 0, (to - from + 1 - shift - h->nused) * sizeof *counts);
	h->first = from;
	h->nused = (int) (to - from + 1);
}

/* The least exponent with which the number of x's bin is exact, below 2^52 */
static int
least_exponent(double x)
{
	return x == 0 ? MIN_EXPONENT : DPK_MAX(ilogb(x) - 51, MIN_EXPONENT);
}

static int64_t
index_of(double x, int exponent)
{
	return (int64_t) floor(ldexp(x, -exponent));
}

void
dpk_histogram_add(dpk_histogram *h, double x)
{
	int64_t    *counts = dpk_histogram_counts(h);
	int64_t		index;
	int			exponent;

	h->n++;
	if (dpk_histogram_bounded(h))
	{
		if (x < h->lower)
			h->below++;
		else if (x >= h->upper)
			h->above++;
		else
			counts[DPK_MIN((int) (h->nbins * ((x - h->lower) / (h->upper - h->lower))), h->nbins - 1)]++;
		return;
	}
	exponent = DPK_MAX(least_exponent(x), h->exponent);
	index = index_of(x, exponent);
	if (exponent > h->exponent || index < h->first || index >= h->first + h->nused)
	{
		cover(h, exponent, index, index);
		index = joined(index, h->exponent - exponent);
	}
	counts[index - h->first]++;
}

dpk_status
dpk_histogram_merge(dpk_histogram *h, const dpk_histogram *other, dpk_error *err)
{
	int64_t    *counts = dpk_histogram_counts(h),
			   *more = dpk_histogram_counts(other);

	if (h->nbins != other->nbins || h->lower != other->lower || h->upper != other->upper)
		return dpk_fail(err, DPK_INVALID, "cannot merge histograms of different bins");
	if (h->n + other->n > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "histogram counts too many rows");
	if (dpk_histogram_bounded(h))
		for (int i = 0; i < h->nbins; i++)
			counts[i] += more[i];
	else if (other->nused > 0)
	{
		cover(h, other->exponent, other->first, other->first + other->nused - 1);
		for (int i = 0; i < other->nused; i++)
			counts[joined(other->first + i, h->exponent - other->exponent) - h->first] += more[i];
	}
	h->n += other->n;
	h->below += other->below;
	h->above += other->above;
	return DPK_OK;
}

double
dpk_histogram_edge(const dpk_histogram *h, int i)
{
	if (dpk_histogram_bounded(h))
		return i == h->nbins ? h->upper : h->lower + (h->upper - h->lower) / h->nbins * i;
	return ldexp((double) (h->first + i), h->exponent);
}

void
dpk_histogram_write(dpk_writer *w, const dpk_histogram *h)
{
	dpk_write_int(w, h->nbins);
	dpk_write_double(w, h->lower);
	dpk_write_double(w, h->upper);
	if (dpk_histogram_bounded(h))
	{
		dpk_write_int(w, h->below);
		dpk_write_int(w, h->above);
	}
	else
	{
		dpk_write_int(w, h->exponent);
		dpk_write_int(w, h->first);
		dpk_write_int(w, h->nused);
	}
	for (int i = 0; i < h->nused; i++)
		dpk_write_int(w, dpk_histogram_counts(h)[i]);
}

dpk_status
dpk_histogram_read(dpk_reader *r, dpk_histogram *h, size_t *size)
{
	int			nbins = (int) dpk_read_int(r, 1, DPK_MAX_BINS);
	double		lower = dpk_read_double(r),
				upper = dpk_read_double(r);
	bool		bounded = lower < upper;

	if (r->failed || !(lower <= upper) || !isfinite(upper - lower) || (!bounded && (lower != 0 || nbins < 2)))
		return DPK_CORRUPT;
	if (dpk_histogram_size(nbins) > *size)
	{
		*size = dpk_histogram_size(nbins);
		return DPK_NO_MEMORY;
	}
	dpk_histogram_init(h, nbins, lower, upper);
	if (bounded)
	{
		h->below = dpk_read_int(r, 0, DPK_MAX_ROWS);
		h->above = dpk_read_int(r, 0, DPK_MAX_ROWS - h->below);
		h->n = h->below + h->above;
	}
	else
	{
		h->exponent = (int) dpk_read_int(r, MIN_EXPONENT, MAX_EXPONENT);
		h->first = dpk_read_int(r, -MAX_INDEX, MAX_INDEX - 1);
		h->nused = (int) dpk_read_int(r, 0, DPK_MIN(nbins, MAX_INDEX - h->first));
	}
	for (int i = 0; i < h->nused; i++)
	{
		dpk_histogram_counts(h)[i] = dpk_read_int(r, 0, DPK_MAX_ROWS - h->n);
		h->n += dpk_histogram_counts(h)[i];
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
