/*
 * distribution.c - quantiles of the chi-squared and of Student's distribution
 */
#include "distribution.h"

#include <math.h>
#include <stdbool.h>

#define STEPS 500				/* of a series or continued fraction; they end sooner */
#define PRECISION 1e-16
#define TINY 1e-300

/* Lentz's step for continued fractions: b + a / previous, kept off 0 */
static double
lentz(double b, double a, double previous)
{
	double		x = b + a * previous;

	return fabs(x) < TINY ? TINY : x;
}

/* The regularised lower incomplete gamma function P(a, x) */
static double
gamma_below(double a, double x)
{
	double		front = exp(-x + a * log(x) - lgamma(a));

	if (x < a + 1)
	{
		double		term = 1 / a,
					sum = term;

		for (int n = 1; n < STEPS * 20 && term > sum * PRECISION; n++)
		{
			term *= x / (a + n);
			sum += term;
		}
		return front * sum;
	}
	else
	{
		double		b = x + 1 - a,
					c = 1 / TINY,
					d = 1 / b,
					h = d;

		for (int n = 1; n < STEPS * 20; n++)
		{
			double		an = -n * (n - a);

			b += 2;
			d = 1 / lentz(b, an, d);
			c = lentz(b, an, 1 / c);
			h *= d * c;
			if (fabs(d * c - 1) < PRECISION)
				break;
		}
		return 1 - front * h;
	}
}

double
dpk_chi2_quantile(double p, double df)
{
	double		low = 0,
				high = df + 10;

	while (gamma_below(df / 2, high / 2) < p)
		high *= 2;
	for (int i = 0; i < 200 && high - low > 1e-14 * high; i++)
	{
		double		middle = (low + high) / 2;

		if (gamma_below(df / 2, middle / 2) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* The continued fraction of the incomplete beta function */
static double
beta_fraction(double a, double b, double x)
{
	double		c = 1,
				d = 1 / lentz(1, -(a + b) * x / (a + 1), 1),
				h = d;

	for (int m = 1; m < STEPS * 20; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
					odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / lentz(1, even, d);
		c = lentz(1, even, 1 / c);
		h *= d * c;
		d = 1 / lentz(1, odd, d);
		c = lentz(1, odd, 1 / c);
		h *= d * c;
		if (fabs(d * c - 1) < PRECISION)
			break;
	}
	return h;
}

/* Half the regularised incomplete beta function of df / (df + t^2); 'constant' is ln B(df / 2, 1 / 2) */
static double
t_above(double t, double df, double constant)
{
	double		a = df / 2,
				b = 0.5,
				x = df / (df + t * t),
				y = t * t / (df + t * t),
				front = exp(a * log(x) + b * log(y) - constant);

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a / 2;
	return (1 - front * beta_fraction(b, a, y) / b) / 2;
}

double
dpk_t_upper_quantile(double q, double df, double guess)
{
	double		constant = lgamma(df / 2) + lgamma(0.5) - lgamma(df / 2 + 0.5),
				low = 0,
				high = 1,
				t = guess;

	if (t <= 0)
	{
		while (t_above(high, df, constant) > q)
			high *= 2;
		for (int i = 0; i < 20; i++)
		{
			t = (low + high) / 2;
			if (t_above(t, df, constant) > q)
				low = t;
			else
				high = t;
		}
	}
	/* Newton's steps for ln of the tail, which is nearly straight */
	for (int i = 0; i < 50; i++)
	{
		double		tail = t_above(t, df, constant),
					density = exp(-constant - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df),
					step = tail / density * log(tail / q);

		t += step;
		if (!(t > 0))
			t = 1e-3;
		if (fabs(step) <= 1e-13 * t)
			break;
	}
	return t;
}
