/*
 * transform.h - what a scaler does to a value, and back
 *
 *		standard, minmax, robust, maxabs	(x - center) / scale
 *		log				(ln(1 + x) - center) / scale
 *		yeo_johnson		(Yeo and Johnson's power of x with lambda - center) / scale, Biometrika 87 (2000)
 *		box_cox			(Box and Cox's power of x with lambda - center) / scale, JRSS B 26 (1964)
 *		quantile		the place of x between knots, from 0 to 1
 *		winsor			x, but at least 'center' and at most 'scale'; cannot be undone
 */
#ifndef DPK_TRANSFORM_H
#define DPK_TRANSFORM_H

#include "sketch.h"

typedef enum dpk_scaling
{
	DPK_STANDARD,
	DPK_MINMAX,
	DPK_ROBUST,
	DPK_MAXABS,
	DPK_QUANTILE,
	DPK_YEO_JOHNSON,
	DPK_BOX_COX,
	DPK_LOG,
	DPK_WINSOR
} dpk_scaling;

extern const char *const dpk_scaling_names[];	/* ends with NULL */

#define DPK_KNOTS 100			/* quantiles that 'quantile' interpolates between, at most */
#define DPK_MAX_LAMBDA 10		/* powers are sought between this and its negative */

typedef struct dpk_transform
{
	dpk_scaling method;
	double		center,			/* NaN for a feature without values */
				scale,
				lambda;			/* NaN where there is none */
	/* of a power, which is taken of x over its geometric mean, or else large x leave no digits */
	double		sign,			/* -1 if all values were negative, else 1 */
				log_mean,		/* ln of the geometric mean of |x|, or of 1 + |x|; 0 with values of both signs */
				mean,			/* of such powers */
				deviation;
	int			nknots;
	double	   *knots;			/* the caller's, room for DPK_KNOTS; ascending */
} dpk_transform;

/* Values must be greater than that: -infinity, but -1 for log and 0 for box_cox */
extern double dpk_transform_least(dpk_scaling method);

/* NaN where x is not in the domain, or y was not made of a number */
extern double dpk_transform_apply(const dpk_transform *t, double x);
extern double dpk_transform_undo(const dpk_transform *t, double y);

/* Learn the power that makes values most alike a normal distribution, then its mean and standard deviation; n >= 1 */
extern void dpk_transform_fit_power(dpk_transform *t, const dpk_sketch *s, const double *values);

/* Learn the knots; n >= 1 */
extern void dpk_transform_fit_knots(dpk_transform *t, const dpk_sketch *s, const double *values);

#endif							/* DPK_TRANSFORM_H */
