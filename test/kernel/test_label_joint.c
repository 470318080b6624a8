/*
 * test_label_joint.c - confident learning: sums that are exact in any order, and the edges of rounding
 */
#include "tap.h"

#include "label_joint.h"

/* Added forwards, backwards and as merged halves: the same bits, and the sum of exact fractions */
static void
test_thresholds(void)
{
	dpk_label_thresholds *t[4];
	dpk_error	err;

	for (int k = 0; k < 4; k++)
	{
		t[k] = calloc(1, dpk_label_thresholds_size(2));
		dpk_label_thresholds_init(t[k], 2);
	}
	for (int i = 0; i < 1000; i++)
	{
		double		p = (i % 997) / 1023.7,
					q = ((999 - i) % 997) / 1023.7;

		dpk_label_thresholds_add(t[0], 1, (double[]) {1 - p, p}, &err);
		dpk_label_thresholds_add(t[1], 1, (double[]) {1 - q, q}, &err);
		dpk_label_thresholds_add(t[2 + i % 2], 1, (double[]) {1 - p, p}, &err);
	}
	dpk_label_thresholds_merge(t[2], t[3], &err);
	ok(memcmp(dpk_label_sum_at(t[0], 0), dpk_label_sum_at(t[1], 0), 2 * sizeof(dpk_label_sum)) == 0, "any order gives the same bits");
	ok(memcmp(dpk_label_sum_at(t[0], 0), dpk_label_sum_at(t[2], 0), 2 * sizeof(dpk_label_sum)) == 0, "so do parts merged");
	ok(isnan(dpk_label_threshold(t[0], 0)), "a label without rows has no threshold");
	dpk_label_thresholds_init(t[3], 2);
	for (int i = 0; i < 3; i++)
		dpk_label_thresholds_add(t[3], 0, (double[]) {0.25 * i + 0.5, 0.5}, &err);
	ok(dpk_label_threshold(t[3], 0) == 0.75, "0.5, 0.75 and 1 have the mean 0.75");
	t[3]->n = DPK_MAX_LABEL_ROWS;
	ok(dpk_label_thresholds_add(t[3], 0, (double[]) {1, 0}, &err) == DPK_TOO_BIG, "more rows than can be counted are refused");
	for (int k = 0; k < 4; k++)
		free(t[k]);
}

static void
test_whole(void)
{
	int64_t		whole[4];
	int64_t		rounded[2][4] = {{1, 0, 0, 1}, {3, 2, 2, 0}};

	dpk_joint_whole((double[]) {0.5, 0.5, 0.4, 0.6}, 4, whole);
	ok(memcmp(whole, rounded[0], sizeof whole) == 0, "of equal remainders the first is rounded up");
	dpk_joint_whole((double[]) {2.6, 2.2, 2.2, 0}, 4, whole);
	ok(memcmp(whole, rounded[1], sizeof whole) == 0, "the sum is kept");
	dpk_joint_whole((double[]) {1.6, 1.6, 1.8, 0}, 4, whole);
	ok(whole[0] + whole[1] + whole[2] == 5 && whole[2] == 2 && whole[3] == 0, "also where too much was rounded up");
}

int
main(void)
{
	double		thresholds[3] = {0.9, 0.3, NAN};

	test_thresholds();
	test_whole();
	ok(dpk_confident_class((double[]) {0.6, 0.4, 0}, thresholds, 3) == 1, "of the classes that reach their threshold, not of all");
	ok(dpk_confident_class((double[]) {0.1, 0.1, 0.8}, thresholds, 3) == -1, "none may");
	ok(dpk_check_probabilities((double[]) {0.5, 0.495}, 2, NULL) == DPK_OK && dpk_check_probabilities((double[]) {0.5, 0.48}, 2, NULL) == DPK_INVALID, "a sum near 1 will do");
	return done();
}
