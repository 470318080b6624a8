/*
 * test_moments.c - moments of any order and covariances: the edges that SQL does not reach
 */
#include "tap.h"

#include "covariance.h"
#include "feature_moments.h"

static void
test_moments(void)
{
	dpk_shape	all = {0},
				parts[8] = {{0}};

	/* scipy 1.10.1, skew and kurtosis of float64(arange(1000) ** 2 % 997) */
	for (int i = 0; i < 1000; i++)
	{
		dpk_shape_add(&all, i * i % 997);
		dpk_shape_add(&parts[i % 7], i * i % 997);
	}
	for (int i = 1; i < 8; i++) /* the last is empty */
		dpk_shape_merge(&parts[0], &parts[i]);
	close_to(dpk_shape_skewness(&all), 0.0008500403652316783, 1e-13, "skewness");
	close_to(dpk_shape_kurtosis(&all), -1.2538524827603197, 1e-13, "kurtosis");
	ok(parts[0].n == 1000 && parts[0].min == all.min && parts[0].max == all.max, "merged count and range");
	close_to(dpk_shape_skewness(&parts[0]), 0.0008500403652316783, 1e-13, "merged skewness");
	close_to(dpk_shape_kurtosis(&parts[0]), -1.2538524827603197, 1e-13, "merged kurtosis");

	/* a hundred thousand merges add up no rounding errors */
	all = parts[0] = (dpk_shape) {0};
	for (int i = 0; i < 100000; i++)
	{
		dpk_shape	two = {0};

		for (int k = 0; k < 2; k++)
		{
			double		x = exp(3 * ((2 * i + k) * INT64_C(7919) % 100003 / 100003.0));

			dpk_shape_add(&two, x);
			dpk_shape_add(&all, x);
		}
		dpk_shape_merge(&parts[0], &two);
	}
	close_to(dpk_shape_central(&parts[0]).second / dpk_shape_central(&all).second, 1, 1e-15, "variance after a hundred thousand merges");
	close_to(dpk_shape_skewness(&parts[0]), dpk_shape_skewness(&all), 1e-15, "skewness");
	close_to(dpk_shape_central(&parts[0]).fourth / dpk_shape_central(&all).fourth, 1, 2e-15, "fourth moment");

	/* a first value far from the rest: the shape of one outlier among n is known in closed form */
	all = (dpk_shape) {0};
	dpk_shape_add(&all, 1e9);
	for (int i = 1; i < 10000; i++)
		dpk_shape_add(&all, 0);
	close_to(dpk_shape_skewness(&all), 9998 / sqrt(9999), 1e-12, "skewness of one outlier");
	close_to(dpk_shape_kurtosis(&all) / 1e4, (9999 + 1 / 9999.0 - 1 - 3) / 1e4, 1e-12, "kurtosis of one outlier");

	/* equal values far from 0 have no spread at all */
	all = (dpk_shape) {0};
	for (int i = 0; i < 1000; i++)
		dpk_shape_add(&all, 1e9 + 0.1);
	ok(dpk_shape_central(&all).second == 0 && isnan(dpk_shape_skewness(&all)) && isnan(dpk_shape_kurtosis(&all)), "constant data");
}

static void
test_covariance(void)
{
	static dpk_covariance *c[9];
	double		row[3];
	dpk_error	err;
	bool		good = true;

	for (int i = 0; i < 9; i++)
	{
		c[i] = malloc(dpk_covariance_size(3));
		dpk_covariance_init(c[i], 3);
	}
	for (int i = 0; i < 2000; i++)
	{
		row[0] = 1e9 + i * 7919 % 1013 / 7.0;
		row[1] = row[0] - 1e9 - i % 3;
		row[2] = -3 * (row[0] - 1e9);
		dpk_covariance_add(c[8], row);
		dpk_covariance_add(c[i % 7], row);
	}
	for (int i = 1; i < 8; i++)
		good = good && dpk_covariance_merge(c[0], c[i], &err) == DPK_OK;
	ok(good && c[0]->n == 2000, "eight parts, one of them empty, merge");
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			good = good && fabs(dpk_covariance_comoment(c[0], i, j) / dpk_covariance_comoment(c[8], i, j) - 1) < 1e-13;
	ok(good, "to what the whole gives");
	close_to(dpk_covariance_comoment(c[8], 0, 1) / 1999, 1747.6211529755942, 1e-13, "far from 0"); /* numpy 1.24.2, of row[0] - 1e9 */
	ok(dpk_covariance_comoment(c[8], 0, 1) == dpk_covariance_comoment(c[8], 1, 0), "the same both ways");
	close_to(dpk_covariance_correlation(c[8], 0, 2), -1, 1e-15, "a multiple is correlated by -1");
	for (int i = 0; i < 9; i++)
		free(c[i]);
}

int
main(void)
{
	test_moments();
	test_covariance();
	return done();
}
