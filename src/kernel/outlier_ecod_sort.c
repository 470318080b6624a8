/*
 * outlier_ecod_sort.c - ecod and copod: all rows at once
 */
#include "outlier_ecod.h"

#include <string.h>

#include "moments.h"

#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)

/* Two copies of a feature's values and row numbers; for sums, those of R and A of each row */
bool
dpk_ecod_work_bytes(size_t n, int d, const double *options, size_t *bytes)
{
	return n <= UINT32_MAX && dpk_mul(n, 2 * (sizeof(uint64_t) + sizeof(uint32_t)) + 2 * sizeof(double), bytes);
}

/* Values are divided by the largest distance, so that cubes fit */
double
dpk_ecod_skewness(const double *sorted, size_t n)
{
	dpk_moments moments = {0};
	dpk_sum		cubes = {0, 0};
	double		mean,
				unit;

	for (size_t i = 0; i < n; i++)
		dpk_moments_add(&moments, sorted[i]);
	mean = dpk_moments_mean(&moments);
	unit = DPK_MAX(mean - sorted[0], sorted[n - 1] - mean);
	if (!(unit > 0))
		return 0;
	for (size_t i = 0; i < n; i++)
	{
		double		z = (sorted[i] - mean) / unit;

		dpk_sum_add(&cubes, z * z * z);
	}
	return dpk_sum_total(&cubes) > 0 ? 1 : dpk_sum_total(&cubes) < 0 ? -1 : 0;
}

/* A double as an integer that sorts the same; -0 as 0 */
static inline uint64_t
key_of(double x)
{
	uint64_t	bits;

	x += 0.0;
	memcpy(&bits, &x, sizeof bits);
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static inline double
value_of(uint64_t key)
{
	uint64_t	bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double		x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

typedef struct column
{
	uint64_t   *keys;			/* (n), sorted */
	uint32_t   *rows;			/* (n), whose they are */
	uint64_t   *other_keys;		/* room for the next pass */
	uint32_t   *other_rows;
} column;

static void
lay_out(column *c, void *work, size_t n)
{
	c->keys = work;
	c->other_keys = c->keys + n;
	c->rows = (uint32_t *) (c->other_keys + n);
	c->other_rows = c->rows + n;
}

/* Radix sort from the lowest digit; a digit that all values share is passed over */
static dpk_status
sort_column(column *c, const dpk_rows *rows, int j)
{
	uint32_t	counts[DIGITS];

	for (size_t i = 0; i < rows->n; i++)
	{
		c->keys[i] = key_of(rows->x[i * rows->d + j]);
		c->rows[i] = (uint32_t) i;
	}
	for (int shift = 0; shift < 64; shift += DIGIT_BITS)
	{
		uint32_t	sum = 0;
		column		swap = *c;

		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
		memset(counts, 0, sizeof counts);
		for (size_t i = 0; i < rows->n; i++)
			counts[c->keys[i] >> shift & (DIGITS - 1)]++;
		if (counts[c->keys[0] >> shift & (DIGITS - 1)] == rows->n)
			continue;
		for (int digit = 0; digit < DIGITS; digit++)
		{
			uint32_t	count = counts[digit];

			counts[digit] = sum;
			sum += count;
		}
		for (size_t i = 0; i < rows->n; i++)
		{
			uint32_t	place = counts[c->keys[i] >> shift & (DIGITS - 1)]++;

			c->other_keys[place] = c->keys[i];
			c->other_rows[place] = c->rows[i];
		}
		*c = (column) {swap.other_keys, swap.other_rows, swap.keys, swap.rows};
	}
	return DPK_OK;
}

/* Sorts feature j, and finds the sign of its skewness */
static dpk_status
sorted_feature(column *c, const dpk_rows *rows, int j, double *sign)
{
	dpk_status	status = sort_column(c, rows, j);
	double	   *sorted = (double *) c->other_keys;

	if (status != DPK_OK)
		return status;
	for (size_t i = 0; i < rows->n; i++)
		sorted[i] = value_of(c->keys[i]);
	if (!isfinite(sorted[rows->n - 1] - sorted[0]))
		return dpk_outlier_out_of_range(rows, j);
	*sign = dpk_ecod_skewness(sorted, rows->n);
	return DPK_OK;
}

/* The run of equal values from i on: where it ends, and the shares of rows */
static inline size_t
run_end(const column *c, size_t n, size_t i, double *most, double *least)
{
	size_t		end = i + 1;

	while (end < n && c->keys[end] == c->keys[i])
		end++;
	*most = (double) end / n;
	*least = (double) (n - i) / n;
	return end;
}

static dpk_status
score_features(const dpk_rows *rows, void *work, dpk_ecod_combine f, double *scores)
{
	column		c;

	lay_out(&c, work, rows->n);
	memset(scores, 0, rows->n * sizeof *scores);
	for (int j = 0; j < rows->d; j++)
	{
		double		sign,
					most,
					least;
		dpk_status	status = sorted_feature(&c, rows, j, &sign);

		if (status != DPK_OK)
			return status;
		for (size_t i = 0, end; i < rows->n; i = end)
		{
			double		score;

			end = run_end(&c, rows->n, i, &most, &least);
			score = f(most, least, sign);
			for (size_t k = i; k < end; k++)
				scores[c.rows[k]] += score;
		}
	}
	return DPK_OK;
}

static dpk_status
score_sums(const dpk_rows *rows, void *work, double *scores)
{
	column		c;
	double	   *right = work,
			   *automatic = right + rows->n;

	lay_out(&c, automatic + rows->n, rows->n);
	memset(scores, 0, rows->n * sizeof *scores);
	memset(right, 0, 2 * rows->n * sizeof *right);
	for (int j = 0; j < rows->d; j++)
	{
		double		sign,
					most,
					least;
		dpk_status	status = sorted_feature(&c, rows, j, &sign);

		if (status != DPK_OK)
			return status;
		for (size_t i = 0, end; i < rows->n; i = end)
		{
			double		tail[3];

			end = run_end(&c, rows->n, i, &most, &least);
			dpk_ecod_tails(most, least, sign, tail);
			for (size_t k = i; k < end; k++)
			{
				scores[c.rows[k]] += tail[0];
				right[c.rows[k]] += tail[1];
				automatic[c.rows[k]] += tail[2];
			}
		}
	}
	for (size_t i = 0; i < rows->n; i++)
		scores[i] = DPK_MAX(DPK_MAX(scores[i], right[i]), automatic[i]);
	return DPK_OK;
}

dpk_status
dpk_ecod_score_all(const dpk_rows *rows, void *work, double *scores)
{
	return rows->options[DPK_ECOD_TAILS] != 0 ? score_sums(rows, work, scores) : score_features(rows, work, dpk_ecod_of, scores);
}

dpk_status
dpk_copod_score_all(const dpk_rows *rows, void *work, double *scores)
{
	return score_features(rows, work, dpk_copod_of, scores);
}

