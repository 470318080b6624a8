/*
 * transform.c - what a scaler does to a value, and back
 */
#include "transform.h"

#include <math.h>

const char *const dpk_scaling_names[] = {"standard", "minmax", "robust", "maxabs", "quantile", "yeo_johnson", "box_cox", "log", "winsor", NULL};

#define NEAR_ZERO 1e-12			/* a power as small as that is a logarithm */

double
dpk_transform_least(dpk_scaling method)
{
	return method == DPK_LOG ? -1 : method == DPK_BOX_COX ? 0 : -INFINITY;
}

/* (e^(lambda log_x) - 1) / lambda, and back */
static double
power_of_log(double log_x, double lambda)
{
	return fabs(lambda) < NEAR_ZERO ? log_x : expm1(lambda * log_x) / lambda;
}

static double
log_of_power(double y, double lambda)
{
	return fabs(lambda) < NEAR_ZERO ? y : log1p(lambda * y) / lambda;
}

static double
power(dpk_scaling method, double x, double lambda)
{
	if (method == DPK_LOG)
		return log1p(x);
	if (method == DPK_BOX_COX)
		return power_of_log(log(x), lambda);
	return x >= 0 ? power_of_log(log1p(x), lambda) : -power_of_log(log1p(-x), 2 - lambda);
}

static double
undo_power(dpk_scaling method, double y, double lambda)
{
	if (method == DPK_LOG)
		return expm1(y);
	if (method == DPK_BOX_COX)
		return exp(log_of_power(y, lambda));
	return y >= 0 ? expm1(log_of_power(y, lambda)) : -expm1(log_of_power(-y, 2 - lambda));
}

/*
 * As scikit-learn's QuantileTransformer: between the knots around it, and in
 * the middle of those it is equal to.
 */
static double
place(const dpk_transform *t, double x)
{
	int			low = 0,		/* the first knot that is not less */
				high;			/* the first that is greater */

	if (isnan(x))
		return x;
	while (low < t->nknots && t->knots[low] < x)
		low++;
	for (high = low; high < t->nknots && t->knots[high] <= x; high++)
		;
	if (low == 0)
		return 0;
	if (high == t->nknots)
		return 1;
	if (high > low)
		return 0.5 * (low + high - 1) / (t->nknots - 1);
	return (low - 1 + (x - t->knots[low - 1]) / (t->knots[low] - t->knots[low - 1])) / (t->nknots - 1);
}

static double
undo_place(const dpk_transform *t, double y)
{
	double		at = y * (t->nknots - 1);
	int			i = (int) fmin(fmax(at, 0), t->nknots - 1);

	if (isnan(y))
		return y;
	if (y <= 0 || t->nknots == 1)
		return t->knots[0];
	return i == t->nknots - 1 ? t->knots[i] : t->knots[i] + (at - i) * (t->knots[i + 1] - t->knots[i]);
}

double
dpk_transform_apply(const dpk_transform *t, double x)
{
	switch (t->method)
	{
		case DPK_QUANTILE:
			return place(t, x);
		case DPK_WINSOR:
			return x < t->center ? t->center : x > t->scale ? t->scale : x;
		case DPK_LOG:
		case DPK_BOX_COX:
		case DPK_YEO_JOHNSON:
			return x <= dpk_transform_least(t->method) ? NAN : (power(t->method, x, t->lambda) - t->center) / t->scale;
		default:
			return (x - t->center) / t->scale;
	}
}

double
dpk_transform_undo(const dpk_transform *t, double y)
{
	switch (t->method)
	{
		case DPK_QUANTILE:
			return undo_place(t, y);
		case DPK_WINSOR:
			return NAN;
		case DPK_LOG:
		case DPK_BOX_COX:
		case DPK_YEO_JOHNSON:
			return undo_power(t->method, y * t->scale + t->center, t->lambda);
		default:
			return y * t->scale + t->center;
	}
}

/* Mean and variance of the powers, and the mean of the logarithms that the likelihood needs */
typedef struct likeness
{
	dpk_scaling method;
	const dpk_weighted *x;
	int			n;
	int64_t		weight;
	double		logs;			/* mean of the signed ln(1 + |x|), or of ln(x) */
	double		mean,
				variance;
} likeness;

static void
find_variance(likeness *l, double lambda)
{
	double		sum = 0,
				squares = 0;

	for (int i = 0; i < l->n; i++)
		sum += l->x[i].weight * power(l->method, l->x[i].value, lambda);
	l->mean = sum / l->weight;
	for (int i = 0; i < l->n; i++)
	{
		double		d = power(l->method, l->x[i].value, lambda) - l->mean;

		squares += l->x[i].weight * d * d;
	}
	l->variance = squares / l->weight;
}

/* The negative log-likelihood of a row, but for a constant */
static double
unlikeliness(likeness *l, double lambda)
{
	double		result;

	find_variance(l, lambda);
	result = 0.5 * log(l->variance) - (lambda - 1) * l->logs;
	return isnan(result) ? INFINITY : result;
}

/* Brent's minimisation without derivatives (1973, chapter 5), between -DPK_MAX_LAMBDA and DPK_MAX_LAMBDA */
static double
most_likely(likeness *l)
{
	const double golden = 0.3819660112501051;
	double		a = -DPK_MAX_LAMBDA,
				b = DPK_MAX_LAMBDA,
				x = 1,
				w = 1,
				v = 1,
				fx = unlikeliness(l, x),
				fw = fx,
				fv = fx,
				step = 0,
				last = 0;

	for (int round = 0; round < 100; round++)
	{
		double		middle = 0.5 * (a + b),
					tolerance = 1e-9 * fabs(x) + 1e-10,
					u,
					fu;
		bool		parabola = false;

		if (fabs(x - middle) <= 2 * tolerance - 0.5 * (b - a))
			break;
		if (fabs(last) > tolerance)
		{
			double		r = (x - w) * (fx - fv),
						q = (x - v) * (fx - fw),
						p = (x - v) * q - (x - w) * r;

			q = 2 * (q - r);
			p = q > 0 ? -p : p;
			q = fabs(q);
			if (fabs(p) < fabs(0.5 * q * last) && p > q * (a - x) && p < q * (b - x))
			{
				parabola = true;
				last = step;
				step = p / q;
			}
		}
		if (!parabola)
		{
			last = x < middle ? b - x : a - x;
			step = golden * last;
		}
		u = x + (fabs(step) >= tolerance ? step : copysign(tolerance, step));
		fu = unlikeliness(l, u);
		if (fu <= fx)
		{
			if (u < x)
				b = x;
			else
				a = x;
			v = w, fv = fw;
			w = x, fw = fx;
			x = u, fx = fu;
			continue;
		}
		if (u < x)
			a = u;
		else
			b = u;
		if (fu <= fw || w == x)
		{
			v = w, fv = fw;
			w = u, fw = fu;
		}
		else if (fu <= fv || v == x || v == w)
			v = u, fv = fu;
	}
	return x;
}

void
dpk_transform_fit_power(dpk_transform *t, const dpk_sketch *s, const double *values)
{
	dpk_weighted x[DPK_SKETCH_MAX + 1];	/* 32 kB */
	likeness	l = {t->method, x, dpk_sketch_weigh(s, values, x), 0, 0, 0, 0};
	bool		constant = true;

	for (int i = 0; i < l.n; i++)
	{
		double		value = x[i].value;

		constant = constant && value == x[0].value;
		l.weight += x[i].weight;
		l.logs += x[i].weight * (t->method == DPK_BOX_COX ? log(value) : copysign(log1p(fabs(value)), value));
	}
	l.logs /= l.weight;
	t->lambda = constant ? 1 : most_likely(&l);
	find_variance(&l, t->lambda);
	t->center = constant ? power(t->method, x[0].value, 1) : l.mean;
	t->scale = constant ? 1 : sqrt(l.variance);
}

void
dpk_transform_fit_knots(dpk_transform *t, const dpk_sketch *s, const double *values)
{
	double		q[DPK_KNOTS];

	t->nknots = (int) DPK_MIN(s->n, DPK_KNOTS);
	for (int i = 0; i < t->nknots; i++)
		q[i] = t->nknots == 1 ? 0 : (double) i / (t->nknots - 1);
	dpk_sketch_quantiles(s, values, t->nknots, q, t->knots);
	for (int i = 1; i < t->nknots; i++) /* interpolation may round the other way */
		t->knots[i] = DPK_MAX(t->knots[i], t->knots[i - 1]);
	t->center = 0;
	t->scale = 1;
}
