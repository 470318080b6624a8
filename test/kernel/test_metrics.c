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
	dpk_writer	w = {text, 0, false};

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

static double
auc_of(int order, int nparts)
{
	enum
	{
		N = 60000
	};
	static dpk_score_bins *parts[8];
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

		dpk_score_bins_add(parts[i % nparts], sqrt((double) r), r + r * 104729 % 40000 > 50000, &err);
	}
	for (int p = 1; p < nparts; p++)
		dpk_score_bins_merge(parts[0], parts[p], &err);
	auc = dpk_score_bins_auc(parts[0]);
	for (int p = 0; p < nparts; p++)
		free(parts[p]);
	return auc;
}

static void
test_score_bins(void)
{
	dpk_score_bins *b = calloc(1, dpk_score_bins_size(16));
	dpk_error	err;
	const double scores[] = {0.1, 0.4, 0.35, 0.8};

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

	/* scikit-learn 1.2.1 over the same rows */
	for (int order = 0; order < 3; order++)
	{
		close_to(auc_of(order, 1), 0.9259250137036672, 0.001, "60,000 distinct scores");
		close_to(auc_of(order, 8), 0.9259250137036672, 0.001, "and from eight parts");
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
