/*
 * outlier_ellipsoid.c - the ellipsoid of rows
 */
#include "outlier_ellipsoid.h"

#include <math.h>
#include <string.h>

#include "moments.h"

#define MIN_VARIANCE 1e-10
#define MAX_SWEEPS 60			/* of rotations; some ten suffice */
#define ROWS_PER_CHECK 1024

/* One rotation makes a[p][q] zero: Golub and Van Loan, "Matrix Computations", 8.5 */
static void
rotate(double *a, double *v, int d, int p, int q)
{
	double		apq = a[p * d + q],
				theta = (a[q * d + q] - a[p * d + p]) / (2 * apq),
				t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1)),
				c = 1 / sqrt(t * t + 1),
				s = t * c;

	for (int i = 0; i < d; i++)
	{
		double		x = a[i * d + p],
					y = a[i * d + q];

		a[i * d + p] = c * x - s * y;
		a[i * d + q] = s * x + c * y;
	}
	for (int i = 0; i < d; i++)
	{
		double		x = a[p * d + i],
					y = a[q * d + i];

		a[p * d + i] = c * x - s * y;
		a[q * d + i] = s * x + c * y;
	}
	for (int i = 0; i < d; i++)
	{
		double		x = v[p * d + i],
					y = v[q * d + i];

		v[p * d + i] = c * x - s * y;
		v[q * d + i] = s * x + c * y;
	}
}

/* Largest first; equal signs for equal input: the largest component of an axis is positive */
static void
sort_axes(double *a, double *v, int d)
{
	for (int i = 0; i < d; i++)
	{
		int			largest = i,
					most = 0;
		double		value;

		for (int k = i + 1; k < d; k++)
			if (a[k * d + k] > a[largest * d + largest])
				largest = k;
		value = a[i * d + i];
		a[i * d + i] = a[largest * d + largest];
		a[largest * d + largest] = value;
		for (int j = 0; j < d && largest != i; j++)
		{
			value = v[i * d + j];
			v[i * d + j] = v[largest * d + j];
			v[largest * d + j] = value;
		}
		for (int j = 1; j < d; j++)
			if (fabs(v[i * d + j]) > fabs(v[i * d + most]))
				most = j;
		for (int j = 0; v[i * d + most] < 0 && j < d; j++)
			if (j != most)
				v[i * d + j] = -v[i * d + j];
		v[i * d + most] = fabs(v[i * d + most]);
	}
}

dpk_status
dpk_eigen(double *a, double *v, int d, const dpk_stop *stop)
{
	double		trace = 0;

	for (int i = 0; i < d; i++)
	{
		for (int j = 0; j < d; j++)
			v[i * d + j] = i == j;
		trace += fabs(a[i * d + i]);
	}
	for (int sweep = 0; sweep < MAX_SWEEPS; sweep++)
	{
		double		off = 0;

		for (int p = 0; p < d; p++)
			for (int q = p + 1; q < d; q++)
				off += fabs(a[p * d + q]);
		if (!(off > trace * 1e-18 * d))
			break;
		for (int p = 0; p < d; p++)
		{
			if (dpk_stopped(stop))
				return DPK_STOPPED;
			for (int q = p + 1; q < d; q++)
				if (fabs(a[p * d + q]) > trace * 1e-20)
					rotate(a, v, d, p, q);
		}
	}
	sort_axes(a, v, d);
	return DPK_OK;
}

dpk_status
dpk_standardize(const dpk_rows *rows, double *center, double *unit, double *z)
{
	int			d = rows->d;

	for (int j = 0; j < d; j++)
	{
		dpk_moments moments = {0};

		if (dpk_stopped(rows->stop))
			return DPK_STOPPED;
		for (size_t i = 0; i < rows->n; i++)
			dpk_moments_add(&moments, rows->x[i * d + j]);
		center[j] = dpk_moments_mean(&moments);
		unit[j] = sqrt(dpk_moments_spread(&moments) / rows->n);
		if (!isfinite(center[j]) || !isfinite(unit[j]))
			return dpk_outlier_out_of_range(rows, j);
		if (unit[j] == 0 || !isfinite(1 / unit[j]))
			unit[j] = 1;
		for (size_t i = 0; i < rows->n; i++)
			z[i * d + j] = (rows->x[i * d + j] - center[j]) / unit[j];
	}
	return DPK_OK;
}

dpk_status
dpk_scatter(const double *z, const uint32_t *index, size_t n, int d, const dpk_stop *stop, double *mean, double *covariance)
{
	memset(mean, 0, d * sizeof(double));
	memset(covariance, 0, (size_t) d * d * sizeof(double));
	for (size_t i = 0; i < n; i++)
	{
		const double *row = z + (index ? index[i] : i) * d;

		for (int j = 0; j < d; j++)
			mean[j] += row[j];
	}
	for (int j = 0; j < d; j++)
		mean[j] /= n;
	for (size_t i = 0; i < n; i++)
	{
		const double *row = z + (index ? index[i] : i) * d;

		if (i % ROWS_PER_CHECK == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		for (int j = 0; j < d; j++)
		{
			double		away = row[j] - mean[j];

			for (int k = 0; k <= j; k++)
				covariance[j * d + k] += away * (row[k] - mean[k]);
		}
	}
	for (int j = 0; j < d; j++)
		for (int k = 0; k <= j; k++)
			covariance[j * d + k] = covariance[k * d + j] = covariance[j * d + k] / n;
	return DPK_OK;
}

dpk_status
dpk_ellipsoid_fit(const double *z, const uint32_t *index, size_t n, int d, const dpk_stop *stop, double *work,
				  double *ellipsoid, double *logdet)
{
	double	   *covariance = work,
			   *w = ellipsoid + d;
	dpk_status	status = dpk_scatter(z, index, n, d, stop, ellipsoid, covariance);

	if (status == DPK_OK)
		status = dpk_eigen(covariance, w, d, stop);
	if (status != DPK_OK)
		return status;
	*logdet = 0;
	for (int i = 0; i < d; i++)
	{
		double		variance = DPK_MAX(covariance[i * d + i], MIN_VARIANCE);

		*logdet += log(variance);
		for (int j = 0; j < d; j++)
			w[i * d + j] /= sqrt(variance);
	}
	return DPK_OK;
}

void
dpk_ellipsoid_unscale(double *ellipsoid, int d, const double *center, const double *unit)
{
	for (int j = 0; j < d; j++)
	{
		ellipsoid[j] = center[j] + unit[j] * ellipsoid[j];
		for (int i = 0; i < d; i++)
			ellipsoid[d + i * d + j] /= unit[j];
	}
}

/* A distance that overflows in both directions is infinite, not undefined */
static inline double
defined(double x)
{
	return isnan(x) ? INFINITY : x;
}

void
dpk_ellipsoid_distances(const double *ellipsoid, int d, size_t n, const double *x, double *distances)
{
	const double *w = ellipsoid + d;

	for (size_t i = 0; i < n; i++, x += d)
	{
		double		sum = 0;

		for (int k = 0; k < d; k++)
		{
			double		place = 0;

			for (int j = 0; j < d; j++)
				place += w[k * d + j] * (x[j] - ellipsoid[j]);
			sum += place * place;
		}
		distances[i] = defined(sum);
	}
}

void
dpk_ellipsoid_explain(const double *ellipsoid, int d, const double *x, double *contributions)
{
	const double *w = ellipsoid + d;

	for (int j = 0; j < d; j++)
		contributions[j] = 0;
	for (int k = 0; k < d; k++)
	{
		double		place = 0;

		for (int j = 0; j < d; j++)
			place += w[k * d + j] * (x[j] - ellipsoid[j]);
		for (int j = 0; j < d; j++)
			contributions[j] += place * w[k * d + j] * (x[j] - ellipsoid[j]);
	}
	for (int j = 0; j < d; j++)
		contributions[j] = defined(contributions[j]);
}
