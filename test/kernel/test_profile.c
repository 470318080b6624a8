/*
 * test_profile.c - frequent values by hash, and correlations pair by pair
 *
 * Counts are checked against plain counting; correlations against numpy
 * 1.24.2: np.corrcoef() of the rows in which both columns are there.
 */
#include "frequent.h"
#include "pairs.h"

#include "tap.h"

#define NVALUES 5000

static uint64_t
scramble(uint64_t x)
{
	return (x + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

/* n values from 0 to ndifferent - 1, some far more frequent than others, against counts of each */
static void
check_frequent(int capacity, int ndifferent, int n)
{
	dpk_frequent *f = malloc(dpk_frequent_size(capacity));
	int64_t    *truth = calloc(NVALUES, sizeof *truth);
	int		   *value = malloc(2 * capacity * sizeof *value);
	bool		good = true,
				all = true;

	dpk_frequent_init(f, capacity);
	for (int i = 0; i < n; i++)
	{
		int			x = i % 3 == 0 ? i % 2 : (int) ((int64_t) i * 7919 % ndifferent);
		bool		is_new;
		int			entry = dpk_frequent_add(f, scramble(x), &is_new);

		truth[x]++;
		good = good && entry >= 0 && entry < 2 * capacity && (is_new || value[entry] == x);
		value[entry] = x;
	}
	ok(good, "capacity %d, %d values: an entry keeps its value", capacity, ndifferent);
	for (int e = 0; e < f->nentries; e++)
	{
		int64_t		count = dpk_frequent_count(f, e);

		if (count == 0)
			continue;
		good = good && count <= truth[value[e]] && count >= truth[value[e]] - f->missed;
		truth[value[e]] = -truth[value[e]];
	}
	ok(good, "capacity %d, %d values: no count is too high, or too low by more than is said", capacity, ndifferent);
	for (int x = 0; x < ndifferent; x++)
		all = all && truth[x] <= f->missed;
	ok(all && f->missed <= n / (capacity + 1) && f->n == n, "capacity %d, %d values: none is left out that is more frequent than that", capacity, ndifferent);
	ok(ndifferent > 2 * capacity || f->missed == 0, "capacity %d, %d values: few are exact", capacity, ndifferent);
	free(f);
	free(truth);
	free(value);
}

static double
value_at(int i, int column)
{
	switch (column)
	{
		case 0:
			return i * 7919LL % 1009;
		case 1:
			return i % 4 == 0 ? NAN : 1e9 + i * 104729LL % 1013 / 7.0 + i * 7919LL % 1009;
		case 2:
			return i % 3 == 1 ? INFINITY : 1e-3 * (i * (int64_t) i % 307) - 1e-3 * (i * 7919LL % 1009);
		case 3:
			return 0.1;
		default:
			return i < 3 ? i : NAN;
	}
}

static void
check_pairs(void)
{
	static const double expected[][3] = {
#include "../data/pairs.h"
	};
	dpk_pairs  *p = aligned_alloc(64, (dpk_pairs_size(5) + 63) / 64 * 64);
	int			at = 0;
	int64_t		n;

	dpk_pairs_init(p, 5);
	for (int i = 0; i < 1000; i++)
	{
		for (int c = 0; c < 5; c++)
			dpk_pairs_set(p, c, value_at(i, c));
		dpk_pairs_row(p);
	}
	dpk_pairs_flush(p);
	for (int a = 1; a < 3; a++)
		for (int b = 0; b < a; b++, at++)
		{
			close_to(dpk_pairs_correlation(p, a, b, &n), expected[at][0], 1e-12, "a correlation as numpy has it");
			ok(n == (int64_t) expected[at][1], "of the rows in which both are there");
			ok(dpk_pairs_correlation(p, b, a, &n) == dpk_pairs_correlation(p, a, b, &n), "either way round");
		}
	ok(isnan(dpk_pairs_correlation(p, 0, 3, &n)) && n == 1000, "none with a constant");
	close_to(dpk_pairs_correlation(p, 4, 0, &n), expected[at][0], 1e-12, "of three rows");
	ok(n == 3, "that are counted");
	dpk_pairs_init(p, 5);
	dpk_pairs_flush(p);
	ok(isnan(dpk_pairs_correlation(p, 0, 1, &n)) && n == 0, "none of no rows");
	dpk_pairs_set(p, 0, 1);
	dpk_pairs_set(p, 1, 1);
	dpk_pairs_row(p);
	dpk_pairs_flush(p);
	ok(isnan(dpk_pairs_correlation(p, 0, 1, &n)) && n == 1, "none of one");
	free(p);
}

int
main(void)
{
	check_frequent(4, 8, 1000);
	check_frequent(1, 2, 100);
	check_frequent(1, 5, 1000);
	check_frequent(256, 512, 20000);
	check_frequent(256, 5000, 100000);
	check_frequent(DPK_MAX_FREQUENT, 5000, 100000);
	check_pairs();
	return done();
}
