/*
 * test_metrics.c - class counts, score bins and errors
 */
#include "tap.h"

#include "class_counts.h"
#include "errors.h"
#include "score_bins.h"

static dpk_class_counts *
make_counts(int room, int label_room)
{
	dpk_class_counts *c = calloc(1, dpk_class_counts_size(room, label_room));

	dpk_class_counts_init(c, room, label_room);
	return c;
}

static void
test_class_counts(void)
{
	dpk_class_counts *c = make_counts(2, 8),
			   *larger = make_counts(5, 64);
	dpk_class_scores s;
	dpk_error	err;
	char		text[256];
	dpk_writer	w = {.out = text};

	ok(dpk_class_counts_add(c, "cat", 3, "cat", 3, &err) == DPK_OK, "a class");
	ok(dpk_class_counts_add(c, "ant", 3, "cat", 3, &err) == DPK_OK, "a class that sorts before it");
	ok(dpk_class_counts_add(c, "bee", 3, "cat", 3, &err) == DPK_NO_MEMORY && c->n == 2, "no room for a third, nothing counted");
	dpk_class_counts_copy(larger, c);
	ok(dpk_class_counts_set_positive(larger, "cat", 3, &err) == DPK_OK, "the positive class");
	ok(dpk_class_counts_add(larger, "bee", 3, "cat", 3, &err) == DPK_OK && larger->n == 3, "room in the copy");
	ok(larger->positive == 2, "the positive class moved up");
	ok(dpk_class_counts_set_positive(larger, "bee", 3, &err) == DPK_INVALID, "and does not change");
	s = dpk_class_counts_scores(larger);
	ok(s.accuracy == 1 / 3.0 && s.precision == 1 / 3.0 && s.recall == 1 && s.f1 == 0.5, "its scores");
	larger->positive = -1;
	s = dpk_class_counts_scores(larger);
	ok(s.recall == 1 / 3.0 && s.f1 == 0.5 / 3, "the mean over all");
	ok(dpk_class_counts_merge(larger, c, &err) == DPK_OK && larger->n == 5, "merged");
	dpk_class_counts_write(&w, larger);
	ok(w.length == 40 && memcmp(text, "3 -1 \"ant\" 2 0 0 \"bee\" 1 0 0 \"cat\" 2 5 2", 40) == 0, "as text");
	free(c);
	free(larger);
}

/* The area, and a hash of the state's text */
static double
auc_of(int order, int nparts, uint64_t *hash)
{
	enum
	{
		N = 60000
	};
	static dpk_score_bins *parts[8];
	static char text[64 * DPK_MAX_SCORES];
	dpk_writer	w = {.out = text};
	dpk_error	err;
	double		auc;

	for (int p = 0; p < nparts; p++)
	{
		parts[p] = calloc(1, dpk_score_bins_size(DPK_SCORES_ROOM));
		dpk_score_bins_init(parts[p], DPK_SCORES_ROOM);
	}
	for (int64_t i = 0; i < N; i++)
	{
		/* every order has the same rows: score r, positive where r + noise is high */
		int64_t		r = order == 0 ? i * 7919 % N : order == 1 ? i : N - 1 - i;

		/* the first part is the largest, and the last has the highest scores alone */
		dpk_score_bins_add(parts[r > N - 1000 ? nparts - 1 : i % 10000 < 9000 ? 0 : i % nparts], sqrt((double) r),
						   r + r * 104729 % 40000 > 50000, &err);
	}
	for (int p = nparts - 2; p >= 0; p--)
		dpk_score_bins_merge(parts[p], parts[p + 1], &err);
	auc = dpk_score_bins_auc(parts[0]);
	w.length = 0;
	dpk_score_bins_write(&w, parts[0]);
	*hash = 5381;
	for (size_t i = 0; i < w.length; i++)
		*hash = *hash * 33 + (unsigned char) text[i];
	for (int p = 0; p < nparts; p++)
		free(parts[p]);
	return auc;
}

/* Keys ascend with the scores, and equal ones share a bin */
static void
test_score_order(void)
{
	static const double ascending[] = {-1e199, -2, -1, -0.5, -1e-300, -0.0, 5e-324, 1e-300, 0.25, 0.5, 0.5000000000000001,
		0.75, 0.9999999999999998, 0.9999999999999999, 1, 1.0000000000000002, 2, 1e199};
	enum
	{
		N = sizeof ascending / sizeof *ascending
	};
	dpk_score_bins *b = calloc(1, dpk_score_bins_size(64));
	dpk_error	err;

	dpk_score_bins_init(b, 64);
	for (int i = N - 1; i >= 0; i--)
		dpk_score_bins_add(b, ascending[i], i >= N / 2, &err);
	dpk_score_bins_add(b, 0, false, &err);
	ok(dpk_score_bins_auc(b) == 1 && b->nbins == N && b->drop == 0, "scores of every size in order, 0 and -0 the same");
	for (int i = 1; i < N; i++)
	{
		dpk_score_bins_init(b, 64);
		dpk_score_bins_add(b, ascending[i - 1], false, &err);
		dpk_score_bins_add(b, ascending[i], true, &err);
		ok(dpk_score_bins_auc(b) == 1, "%g is below %g", ascending[i - 1], ascending[i]);
	}
	dpk_score_bins_init(b, 64);
	dpk_score_bins_add(b, 1e250, true, &err);
	dpk_score_bins_add(b, 1.7e308, false, &err);
	ok(dpk_score_bins_auc(b) == 0.5, "beyond 1e200 scores tie");
	free(b);
}

static void
test_score_bins(void)
{
	dpk_score_bins *b = calloc(1, dpk_score_bins_size(16));
	dpk_error	err;
	const double scores[] = {0.1, 0.4, 0.35, 0.8};
	double		first = 0;
	uint64_t	hash,
				first_hash = 0;

	/* scikit-learn's example of roc_auc_score: 0.75 */
	dpk_score_bins_init(b, 16);
	for (int i = 0; i < 4; i++)
		dpk_score_bins_add(b, scores[i], i >= 2, &err);
	ok(dpk_score_bins_auc(b) == 0.75, "four rows");
	ok(dpk_score_bins_add(b, NAN, true, &err) == DPK_INVALID, "no NaN");
	for (int i = 0; i < 100; i++)
		dpk_score_bins_add(b, 0.5, i % 2, &err);
	ok(b->npositive == 52 && b->nbins <= 16, "equal scores take no room");
	free(b);

	test_score_order();

	/* scikit-learn 1.2.1 over the same rows */
	for (int order = 0; order < 3; order++)
		for (int nparts = 1; nparts <= 8; nparts += 7)
		{
			double		auc = auc_of(order, nparts, &hash);

			if (order == 0 && nparts == 1)
			{
				first = auc;
				first_hash = hash;
			}
			close_to(auc, 0.9259250137036672, 0.00001, "60,000 distinct scores");
			ok(auc == first && hash == first_hash, "the same state in order %d from %d parts", order, nparts);
		}
}

static void
test_errors(void)
{
	dpk_errors	e = {0},
				other = {0};
	dpk_error	err;

	/* scikit-learn's examples: actual 3 -0.5 2 7, predicted 2.5 0 2 8: MSE 0.375, MAE 0.5, R2 0.9486 */
	dpk_errors_init(&e);
	dpk_errors_init(&other);
	dpk_errors_add(&e, 3, 2.5);
	dpk_errors_add(&e, -0.5, 0);
	dpk_errors_add(&other, 2, 2);
	dpk_errors_add(&other, 7, 8);
	dpk_errors_merge(&e, &other, &err);
	close_to(dpk_errors_rmse(&e), sqrt(0.375), 1e-15, "RMSE");
	close_to(dpk_errors_mae(&e), 0.5, 1e-15, "MAE");
	close_to(dpk_errors_r2(&e), 0.9486081370449679, 1e-15, "R2");
}

int
main(void)
{
	test_class_counts();
	test_score_bins();
	test_errors();
	return done();
}
