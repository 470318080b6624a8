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

/* (e^(q log_x) - 1) / q, and back */
static double
power_of_log(double log_x, double q)
{
	return fabs(q) < NEAR_ZERO ? log_x : expm1(q * log_x) / q;
}

static double
log_of_power(double y, double q)
{
	return fabs(q) < NEAR_ZERO ? y : log1p(q * y) / q;
}

/*
 * A power of x is e^(q l) (1 + q v) - 1) / q, where l is the mean logarithm and
 * v the power of x over its geometric mean: (p - mean of p) / deviation of p is
 * the same for v, and v keeps its digits.  Yeo and Johnson's power of a value
 * of the other sign has another q, and is brought to the same scale.
 */
static double
relative_power(const dpk_transform *t, double x)
{
	double		q = t->sign > 0 ? t->lambda : 2 - t->lambda,
				p;

	if (t->method == DPK_BOX_COX)
		return power_of_log(log(x) - t->log_mean, q);
	if ((x >= 0) == (t->sign > 0))
		return t->sign * power_of_log(log1p(fabs(x)) - t->log_mean, q);
	p = -power_of_log(log1p(fabs(x)), 2 - q);
	if (t->log_mean != 0)
		p = fabs(q) < NEAR_ZERO ? p - t->log_mean : ((1 + q * p) * exp(-q * t->log_mean) - 1) / q;
	return t->sign * p;
}

static double
undo_relative_power(const dpk_transform *t, double v)
{
	double		q = t->sign > 0 ? t->lambda : 2 - t->lambda,
				z = t->sign * v;

	if (isnan(v))
		return v;
	if (t->method == DPK_BOX_COX)
		return exp(t->log_mean + log_of_power(z, q));
	if (z >= power_of_log(-t->log_mean, q)) /* what 0 gives */
		return t->sign * expm1(t->log_mean + log_of_power(z, q));
	if (t->log_mean != 0)
		z = fabs(q) < NEAR_ZERO ? z + t->log_mean : (exp(q * t->log_mean) * (1 + q * z) - 1) / q;
	return -t->sign * expm1(log_of_power(-z, 2 - q));
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
			return x <= dpk_transform_least(t->method) ? NAN : (log1p(x) - t->center) / t->scale;
		case DPK_BOX_COX:
		case DPK_YEO_JOHNSON:
			return x <= dpk_transform_least(t->method) ? NAN : (relative_power(t, x) - t->mean) / t->deviation;
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
			return expm1(y * t->scale + t->center);
		case DPK_BOX_COX:
		case DPK_YEO_JOHNSON:
			return undo_relative_power(t, y * t->deviation + t->mean);
		default:
			return y * t->scale + t->center;
	}
}

/* Weighted values, and what a power makes of them */
typedef struct likeness
{
	dpk_transform *t;			/* whose lambda is tried */
	const dpk_weighted *x;
	int			n;
	int64_t		weight;
	double		logs;			/* mean of the signed ln(1 + |x|), or of ln(x) */
} likeness;

/* Mean and deviation of the powers with lambda */
static void
find_deviation(const likeness *l, double lambda)
{
	dpk_transform *t = l->t;
	double		sum = 0,
				squares = 0;

	t->lambda = lambda;
	for (int i = 0; i < l->n; i++)
		sum += l->x[i].weight * relative_power(t, l->x[i].value);
	t->mean = sum / l->weight;
	for (int i = 0; i < l->n; i++)
	{
		double		d = relative_power(t, l->x[i].value) - t->mean;

		squares += l->x[i].weight * d * d;
	}
	t->deviation = sqrt(squares / l->weight);
}

/* The negative log-likelihood of a row, but for a constant */
static double
unlikeliness(likeness *l, double lambda)
{
	double		q = l->t->sign > 0 ? lambda : 2 - lambda,
				result;

	find_deviation(l, lambda);
	result = q * l->t->log_mean + log(l->t->deviation) - (lambda - 1) * l->logs;
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
	likeness	l = {t, x, dpk_sketch_weigh(s, values, x), 0, 0};
	bool		constant = true;
	int			negative = 0;
	double		q;

	for (int i = 0; i < l.n; i++)
	{
		double		value = x[i].value;

		constant = constant && value == x[0].value;
		negative += value < 0;
		l.weight += x[i].weight;
		l.logs += x[i].weight * (t->method == DPK_BOX_COX ? log(value) : copysign(log1p(fabs(value)), value));
	}
	l.logs /= l.weight;
	t->sign = negative == l.n ? -1 : 1;
	t->log_mean = negative == 0 || negative == l.n ? t->sign * l.logs : 0;
	find_deviation(&l, constant ? 1 : most_likely(&l));
	if (constant)
	{
		t->mean = relative_power(t, x[0].value);
		t->deviation = 0;
	}

	/* the same of the power itself, for whoever asks */
	q = t->sign > 0 ? t->lambda : 2 - t->lambda;
	t->scale = t->deviation * exp(q * t->log_mean);
	t->center = t->sign * power_of_log(t->log_mean + log_of_power(t->sign * t->mean, q), q);
	if (t->deviation == 0)
		t->deviation = 1;
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
