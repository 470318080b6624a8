/*
 * distribution.h - quantiles of the chi-squared and of Student's distribution
 *
 * The incomplete gamma and beta functions by series and continued fraction
 * (Abramowitz and Stegun 6.5.29, 6.5.31, 26.5.8), inverted by bisection and
 * Newton's steps; relative errors below 1e-10.
 */
#ifndef DPK_DISTRIBUTION_H
#define DPK_DISTRIBUTION_H

/* The x that a variable with df >= 1 degrees of freedom is below with probability p, 0 < p < 1 */
extern double dpk_chi2_quantile(double p, double df);

/* The t > 0 that a variable with df >= 1 degrees of freedom exceeds with probability q, 0 < q < 0.5; 'guess' is a t near it, or 0 */
extern double dpk_t_upper_quantile(double q, double df, double guess);

#endif							/* DPK_DISTRIBUTION_H */
