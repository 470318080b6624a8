/*
 * test_states.c - histograms, distinct and top values: properties over values of every size, and the edges
 */
#include "tap.h"

#include "distinct.h"
#include "encoder.h"
#include "hash.h"
#include "histogram.h"
#include "top.h"

/* Of any exponent and sign, the same on every machine */
static double
wild(uint64_t i, int range)
{
	uint64_t	bits = dpk_mix64(i + 1);

	return ldexp((double) (int64_t) bits / 0x1p63, (int) (dpk_mix64(bits) % (2 * range + 1)) - range);
}

static bool
same_histogram(const dpk_histogram *a, const dpk_histogram *b)
{
	return a->n == b->n && a->nused == b->nused && a->exponent == b->exponent && a->first == b->first &&
		memcmp(dpk_histogram_counts(a), dpk_histogram_counts(b), a->nused * sizeof(int64_t)) == 0;
}

static void
test_histogram(void)
{
	enum
	{
		N = 400
	};
	dpk_histogram *h[4];
	dpk_error	err;
	bool		same = true,
				placed = true,
				narrow = true;

	for (int bins = 2; bins < 70; bins = bins * 2 + 1)
		for (int range = 1; range < 1070; range = range * 3 + 2)
		{
			int64_t		width;

			for (int k = 0; k < 4; k++)
			{
				h[k] = calloc(1, dpk_histogram_size(bins));
				dpk_histogram_init(h[k], bins, 0, 0);
			}
			for (int i = 0; i < N; i++)
			{
				dpk_histogram_add(h[0], wild(i, range));
				dpk_histogram_add(h[1], wild(N - 1 - i, range));
				dpk_histogram_add(h[2 + i % 2], wild(i, range));
			}
			dpk_histogram_merge(h[2], h[3], &err);
			same = same && same_histogram(h[0], h[1]) && same_histogram(h[0], h[2]);
			for (int b = 0; b < h[0]->nused; b++)
			{
				int64_t		count = 0;

				for (int i = 0; i < N; i++)
					count += wild(i, range) >= dpk_histogram_edge(h[0], b) && wild(i, range) < dpk_histogram_edge(h[0], b + 1);
				placed = placed && count == dpk_histogram_counts(h[0])[b];
			}
			width = h[0]->nused;
			narrow = narrow && width <= bins && 2 * width > bins;
			for (int k = 0; k < 4; k++)
				free(h[k]);
		}
	ok(same, "forwards, backwards and merged, a histogram is the same");
	ok(placed, "every value is in its bin");
	ok(narrow, "more than half of the bins are in use, and no more than there are");
}

static void
test_distinct(void)
{
	dpk_distinct *d[3];
	bool		same = true;

	for (int k = 0; k < 3; k++)
		d[k] = calloc(1, dpk_distinct_size(DPK_EXACT_HASHES));
	for (int n = 1; n < 200000; n = n * 5 + 3)
	{
		double		count;

		for (int k = 0; k < 3; k++)
			dpk_distinct_init(d[k], DPK_EXACT_HASHES);
		for (int i = 0; i < n; i++)
		{
			dpk_distinct_add(d[0], dpk_mix64(i));
			dpk_distinct_add(d[1 + i % 2], dpk_mix64(n - 1 - i));
		}
		dpk_distinct_merge(d[1], d[2]);
		count = dpk_distinct_count(d[0]);
		same = same && d[0]->nhashes == d[1]->nhashes && dpk_distinct_count(d[1]) == count;
		ok(n <= DPK_EXACT_HASHES ? count == n : fabs(count / n - 1) < 0.05, "%d different values are counted", n);
	}
	ok(same, "merged they are the same");
	dpk_distinct_init(d[0], DPK_EXACT_HASHES);
	ok(dpk_distinct_count(d[0]) == 0, "nothing is no value");

	/* every register at its highest: more than can be told, but a number */
	d[0]->nhashes = -1;
	memset(d[0] + 1, 53, DPK_REGISTERS);
	ok(dpk_distinct_count(d[0]) > 1e15, "full registers");
	memset(d[0] + 1, 0, DPK_REGISTERS);
	ok(dpk_distinct_count(d[0]) == 0, "empty registers");
	for (int k = 0; k < 3; k++)
		free(d[k]);
}

static void
test_top(void)
{
	enum
	{
		CAPACITY = 20, LABELS = 1000, N = 50000
	};
	static int64_t truth[LABELS];
	dpk_top    *t = calloc(1, dpk_top_size(2 * CAPACITY, 1 << 20));
	dpk_error	err;
	char		label[16];
	bool		within = true,
				found = true;
	int64_t		most = N / (CAPACITY + 1);

	dpk_top_init(t, CAPACITY, 2 * CAPACITY, 1 << 20);
	for (int i = 0; i < N; i++)
	{
		int			which = (int) (dpk_mix64(i) % LABELS * (dpk_mix64(i + N) % LABELS) * (dpk_mix64(i + 2 * N) % 10) / LABELS / 10);

		which = i % 7 < 3 ? which % 5 : which;
		truth[which]++;
		dpk_top_add(t, label, snprintf(label, sizeof label, "%d", which), 1, &err);
	}
	for (int i = 0; i < t->nentries; i++)
	{
		const dpk_top_entry *e = dpk_top_entry_at(t, i);
		int			which;

		snprintf(label, sizeof label, "%.*s", e->label_length, dpk_top_label(t, e));
		which = atoi(label);
		within = within && e->count <= truth[which] && truth[which] <= e->count + t->missed;
		if (truth[which] > most)
			truth[which] = 0;	/* seen */
	}
	for (int i = 0; i < LABELS; i++)
		found = found && truth[i] <= most;
	ok(t->n == N && t->missed > 0 && t->missed <= most, "no count misses more than rows / (counters + 1)");
	ok(within, "every count is within what is missed");
	ok(found, "no frequent value is missing");
	free(t);
}

static void
test_murmur(void)
{
	/* sklearn.utils.murmurhash3_32 of scikit-learn 1.2.1 */
	static const struct
	{
		const char *text;
		int32_t		hash;
	} known[] = {{"", 0}, {"a", 1009084850}, {"ab", -1681926305}, {"abc", -1277324294}, {"abcd", 1139631978}, {"hello world", 1586663183}, {"\xff\xfe\xfd", -759237924}};
	bool		good = true;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		good = good && dpk_murmur3(known[i].text, strlen(known[i].text)) == known[i].hash;
	ok(good, "MurmurHash3");
}

int
main(void)
{
	test_histogram();
	test_distinct();
	test_top();
	test_murmur();
	return done();
}
