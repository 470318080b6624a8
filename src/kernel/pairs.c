/*
 * pairs.c - correlations of columns, pair by pair, where values are missing
 */
#include "pairs.h"

#include <math.h>
#include <string.h>

typedef double lanes __attribute__((vector_size(64)));

#define NLANES ((int) (sizeof(lanes) / sizeof(double)))

static inline size_t
padded(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static inline size_t
head_size(int ncolumns)
{
	return padded(sizeof(dpk_pairs) + (size_t) ncolumns * (ncolumns - 1) / 2 * sizeof(dpk_pair));
}

/* j < i */
static inline dpk_pair *
pair_at(const dpk_pairs *p, int i, int j)
{
	return (dpk_pair *) (p + 1) + (size_t) i * (i - 1) / 2 + j;
}

static inline double *
values_of(const dpk_pairs *p, int i)
{
	return (double *) ((char *) p + head_size(p->ncolumns)) + (size_t) i * DPK_PAIR_ROWS;
}

static inline double *
there(const dpk_pairs *p, int i)
{
	return values_of(p, p->ncolumns + i);
}

size_t
dpk_pairs_size(int ncolumns)
{
	return head_size(ncolumns) + 2 * (size_t) ncolumns * DPK_PAIR_ROWS * sizeof(double);
}

void
dpk_pairs_init(dpk_pairs *p, int ncolumns)
{
	memset(p, 0, dpk_pairs_size(ncolumns));
	p->ncolumns = ncolumns;
	for (int i = 0; i < ncolumns; i++)
		p->base[i] = NAN;
}

void
dpk_pairs_set(dpk_pairs *p, int i, double x)
{
	if (!isfinite(x))
		return;
	if (isnan(p->base[i]))
		p->base[i] = x;
	values_of(p, i)[p->nrows] = x - p->base[i];
	there(p, i)[p->nrows] = 1;
}

void
dpk_pairs_row(dpk_pairs *p)
{
	if (++p->nrows == DPK_PAIR_ROWS)
		dpk_pairs_flush(p);
}

static inline double
sum_of(const lanes *s)
{
	const lanes x = *s;

	return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

static double
dot(const double *a, const double *b)
{
	lanes		sum = {0};

	for (int i = 0; i < DPK_PAIR_ROWS; i += NLANES)
		sum += *(const lanes *) (a + i) * *(const lanes *) (b + i);
	return sum_of(&sum);
}

/* Sums of a, b, a*a, b*b, a*b over the rows where both are there, and how many: what is missing is 0 */
static void
sums_of_both(const double *a, const double *b, const double *in_a, const double *in_b, double sums[6])
{
	lanes		s[6] = {{0}};

	for (int i = 0; i < DPK_PAIR_ROWS; i += NLANES)
	{
		lanes		x = *(const lanes *) (a + i) * *(const lanes *) (in_b + i),
					y = *(const lanes *) (b + i) * *(const lanes *) (in_a + i);

		s[0] += *(const lanes *) (in_a + i) * *(const lanes *) (in_b + i);
		s[1] += x;
		s[2] += y;
		s[3] += x * x;
		s[4] += y * y;
		s[5] += x * y;
	}
	for (int k = 0; k < 6; k++)
		sums[k] = sum_of(&s[k]);
}

/* Sums of a block, from origin_a and origin_b, into what is known of a pair */
static void
merge(dpk_pair *pair, double origin_a, double origin_b, const double sums[6])
{
	double		n = sums[0],
				all = pair->n + n,
				shift_a,
				shift_b,
				part;

	if (n == 0)
		return;
	part = n / all;
	shift_a = (origin_a - pair->mean_a) + sums[1] / n;
	shift_b = (origin_b - pair->mean_b) + sums[2] / n;
	pair->aa += sums[3] - sums[1] * (sums[1] / n) + shift_a * shift_a * (pair->n * part);
	pair->bb += sums[4] - sums[2] * (sums[2] / n) + shift_b * shift_b * (pair->n * part);
	pair->ab += sums[5] - sums[1] * (sums[2] / n) + shift_a * shift_b * (pair->n * part);
	pair->mean_a += shift_a * part;
	pair->mean_b += shift_b * part;
	pair->n = all;
}

/* Values of the block as distances from their mean, of equal ones exactly 0; what is missing stays 0 */
static double
centre(double *x, const double *in, int nrows, double count)
{
	double		first,
				sum = 0,
				origin;
	int			at = 0;

	while (at < nrows && in[at] == 0)
		at++;
	if (at == nrows)
		return 0;
	first = x[at];
	for (int i = at; i < nrows; i++)
		if (in[i] != 0)
			sum += (x[i] - first) / count;
	origin = first + sum;
	for (int i = at; i < nrows; i++)
		x[i] = in[i] != 0 ? x[i] - origin : 0;
	return origin;
}

void
dpk_pairs_flush(dpk_pairs *p)
{
	double		origin[DPK_MAX_PAIR_COLUMNS],
				count[DPK_MAX_PAIR_COLUMNS],
				sum[DPK_MAX_PAIR_COLUMNS],
				squares[DPK_MAX_PAIR_COLUMNS];
	double		ones[DPK_PAIR_ROWS] __attribute__((aligned(64)));

	if (p->nrows == 0)
		return;
	for (int i = 0; i < DPK_PAIR_ROWS; i++)
		ones[i] = 1;
	for (int i = 0; i < p->ncolumns; i++)
	{
		double	   *x = values_of(p, i);

		count[i] = dot(there(p, i), ones);
		origin[i] = centre(x, there(p, i), p->nrows, count[i]);
		sum[i] = dot(x, ones);
		squares[i] = dot(x, x);
	}
	for (int i = 1; i < p->ncolumns; i++)
		for (int j = 0; j < i; j++)
		{
			double		sums[6] = {p->nrows, sum[i], sum[j], squares[i], squares[j], 0};

			if (count[i] == p->nrows && count[j] == p->nrows)
				sums[5] = dot(values_of(p, i), values_of(p, j));
			else if (count[i] > 0 && count[j] > 0)
				sums_of_both(values_of(p, i), values_of(p, j), there(p, i), there(p, j), sums);
			else
				continue;
			merge(pair_at(p, i, j), origin[i], origin[j], sums);
		}
	memset(values_of(p, 0), 0, 2 * (size_t) p->ncolumns * DPK_PAIR_ROWS * sizeof(double));
	p->nrows = 0;
}

double
dpk_pairs_correlation(const dpk_pairs *p, int i, int j, int64_t *n)
{
	const dpk_pair *pair;
	double		r;

	pair = pair_at(p, DPK_MAX(i, j), DPK_MIN(i, j));
	*n = (int64_t) pair->n;
	if (pair->n < 2 || !(pair->aa > 0) || !(pair->bb > 0))
		return NAN;
	r = pair->ab / sqrt(pair->aa) / sqrt(pair->bb);
	return r < -1 ? -1 : r > 1 ? 1 : r;
}
