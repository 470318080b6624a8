/*
 * reference_kernels.h - a dpk_kernels table written as the definitions read
 *
 * Slow, in blocks of 4 channels, sums in double, kernels kept in their
 * canonical order: what the fast tables must agree with, and what gradients
 * are checked on.  They are not made to be cut.
 */
#ifndef REFERENCE_KERNELS_H
#define REFERENCE_KERNELS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define REF_V 4

/* How many samples rows 0 up to 'to' of their maps are */
static int
ref_samples(const dpk_map *m, int from, int to)
{
	if (from != 0 || to % m->h != 0)
		abort();
	return to / m->h;
}

/* Address of channel c of pixel (i, j), which may lie in the border */
static size_t
ref_at(const dpk_map *m, int n, int c, int i, int j)
{
	return (size_t) n * dpk_map_floats(m, REF_V) +
		(((size_t) (c / REF_V) * (m->h + 2 * m->border) + i + m->border) * (m->w + 2 * m->border) + j + m->border) * REF_V + c % REF_V;
}

static size_t
ref_x_at(const dpk_conv2d *s, int n, int c, int i, int j)
{
	const dpk_map *m = &s->x;

	if (!s->x_interleaved)
		return ref_at(m, n, c, i, j);
	return (((size_t) n * (m->h + 2 * m->border) + i + m->border) * (m->w + 2 * m->border) + j + m->border) * m->c + c;
}

static size_t
ref_weights(const dpk_conv2d *s)
{
	return (size_t) s->y.c * (s->x.c / s->groups) * s->kh * s->kw;
}

static void
ref_copy(const dpk_conv2d *s, const float *from, float *to)
{
	memcpy(to, from, sizeof(float) * ref_weights(s));
}

static void
ref_flip(const dpk_conv2d *s, size_t from, size_t to, const float *w, float *flipped)
{
	memcpy(flipped + from, w + from, sizeof(float) * (to - from));
}

/*
 * Every product of a convolution, once: what = 0 adds x * w to y (in double),
 * 1 adds x * dy to dw, 2 adds dy * w to dx.
 */
static void
ref_conv(const dpk_conv2d *s, int n, int what, const float *x, const float *w, const float *dy, double *sums)
{
	int			ci = s->x.c / s->groups,
				co = s->y.c / s->groups;

	for (int b = 0; b < n; b++)
		for (int o = 0; o < s->y.c; o++)
			for (int i = 0; i < s->y.h; i++)
				for (int j = 0; j < s->y.w; j++)
					for (int c = 0; c < ci; c++)
						for (int p = 0; p < s->kh; p++)
							for (int q = 0; q < s->kw; q++)
							{
								int			xi = i * s->stride_h - s->pad_top + p * s->dilation_h,
											xj = j * s->stride_w - s->pad_left + q * s->dilation_w,
											xc = o / co * ci + c;
								size_t		iw = (((size_t) o * ci + c) * s->kh + p) * s->kw + q;

								if (what == 0)
									sums[(((size_t) b * s->y.c + o) * s->y.h + i) * s->y.w + j] += (double) x[ref_x_at(s, b, xc, xi, xj)] * w[iw];
								else if (what == 1)
									sums[iw] += (double) x[ref_x_at(s, b, xc, xi, xj)] * dy[ref_at(&s->dy, b, o, i, j)];
								else if (xi >= 0 && xi < s->x.h && xj >= 0 && xj < s->x.w)
									sums[(((size_t) b * s->x.c + xc) * s->x.h + xi) * s->x.w + xj] += (double) dy[ref_at(&s->dy, b, o, i, j)] * w[iw];
							}
}

/* Sums (n, c, h, w) into a map; channels that fill no block become zero */
static void
ref_store(const dpk_map *m, int n, const double *sums, const float *b, bool relu, bool add, float *y)
{
	for (int k = 0; k < n; k++)
		for (int c = 0; c < (m->c + REF_V - 1) / REF_V * REF_V; c++)
			for (int i = 0; i < m->h; i++)
				for (int j = 0; j < m->w; j++)
				{
					float	   *to = &y[ref_at(m, k, c, i, j)];
					double		v = c < m->c ? sums[(((size_t) k * m->c + c) * m->h + i) * m->w + j] + (b ? b[c] : 0) : 0;

					v = relu && v < 0 ? 0 : v;
					*to = (float) (add ? *to + v : v);
				}
}

static void
ref_conv_forward(const dpk_conv2d *s, int from, int to, const float *x, const float *w, const float *b, float *y)
{
	int			n = ref_samples(&s->y, from, to);
	double	   *sums = calloc((size_t) n * s->y.c * s->y.h * s->y.w, sizeof(double));

	ref_conv(s, n, 0, x, w, NULL, sums);
	ref_store(&s->y, n, sums, b, s->activation == DPK_RELU, false, y);
	free(sums);
}

static void
ref_conv_backward_weights(const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db)
{
	int			n = ref_samples(&s->y, from, to);
	double	   *sums = calloc(ref_weights(s), sizeof(double));

	ref_conv(s, n, 1, x, NULL, dy, sums);
	for (size_t i = 0; i < ref_weights(s); i++)
		dw[i] += (float) sums[i];
	for (int o = 0; o < s->y.c && db != NULL; o++)
	{
		double		sum = 0;

		for (int k = 0; k < n; k++)
			for (int i = 0; i < s->y.h; i++)
				for (int j = 0; j < s->y.w; j++)
					sum += dy[ref_at(&s->dy, k, o, i, j)];
		db[o] += (float) sum;
	}
	free(sums);
}

static void
ref_conv_backward_input(const dpk_conv2d *s, int from, int to, const float *dy, const float *flipped, float *dx, bool add)
{
	int			n = ref_samples(&s->x, from, to);
	double	   *sums = calloc((size_t) n * s->x.c * s->x.h * s->x.w, sizeof(double));

	ref_conv(s, n, 2, NULL, flipped, dy, sums);
	ref_store(&s->dx, n, sums, NULL, false, add, dx);
	free(sums);
}

/* Forward where dx is NULL, else backward: one walk over the windows */
static void
ref_pool(const dpk_pool2d *s, int n, const float *x, double *y, const float *dy, double *dx)
{
	for (int k = 0; k < n; k++)
		for (int c = 0; c < s->y.c; c++)
			for (int i = 0; i < s->y.h; i++)
				for (int j = 0; j < s->y.w; j++)
				{
					int			i0 = DPK_MAX(0, i * s->stride_h - s->pad_top),
								j0 = DPK_MAX(0, j * s->stride_w - s->pad_left),
								i1 = DPK_MIN(s->x.h, i * s->stride_h - s->pad_top + s->kh),
								j1 = DPK_MIN(s->x.w, j * s->stride_w - s->pad_left + s->kw),
								bi = i0,
								bj = j0;
					double		sum = 0,
								count = (double) (i1 - i0) * (j1 - j0);
					size_t		at = ((size_t) k * s->x.c + c) * s->x.h;

					for (int p = i0; p < i1; p++)
						for (int q = j0; q < j1; q++)
						{
							sum += x[ref_at(&s->x, k, c, p, q)];
							if (x[ref_at(&s->x, k, c, p, q)] > x[ref_at(&s->x, k, c, bi, bj)])
								bi = p, bj = q;
						}
					if (dx == NULL)
						y[(((size_t) k * s->y.c + c) * s->y.h + i) * s->y.w + j] =
							s->average ? sum / count : x[ref_at(&s->x, k, c, bi, bj)];
					else if (!s->average)
						dx[(at + bi) * s->x.w + bj] += dy[ref_at(&s->dy, k, c, i, j)];
					else
						for (int p = i0; p < i1; p++)
							for (int q = j0; q < j1; q++)
								dx[(at + p) * s->x.w + q] += dy[ref_at(&s->dy, k, c, i, j)] / count;
				}
}

static void
ref_pool_forward(const dpk_pool2d *s, int from, int to, const float *x, float *y)
{
	int			n = ref_samples(&s->y, from, to);
	double	   *sums = calloc((size_t) n * s->y.c * s->y.h * s->y.w, sizeof(double));

	ref_pool(s, n, x, sums, NULL, NULL);
	ref_store(&s->y, n, sums, NULL, false, false, y);
	free(sums);
}

static void
ref_pool_backward(const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	int			n = ref_samples(&s->y, from, to);
	double	   *sums = calloc((size_t) n * s->x.c * s->x.h * s->x.w, sizeof(double));

	ref_pool(s, n, x, NULL, dy, sums);
	ref_store(&s->dx, n, sums, NULL, false, add, dx);
	free(sums);
}

static double
ref_value(dpk_act act, double slope, double x)
{
	switch (act)
	{
		case DPK_ACT_RELU: return x < 0 ? 0 : x;
		case DPK_ACT_LEAKY_RELU: return x < 0 ? slope * x : x;
		case DPK_ACT_ELU: return x < 0 ? slope * expm1(x) : x;
		case DPK_ACT_SIGMOID: return 1 / (1 + exp(-x));
		case DPK_ACT_TANH: return tanh(x);
		case DPK_ACT_GELU: return x * 0.5 * erfc(-x * sqrt(0.5));
		case DPK_ACT_SILU: return x / (1 + exp(-x));
		case DPK_ACT_HARD_SIGMOID: return x < -3 ? 0 : x > 3 ? 1 : (x + 3) / 6;
		case DPK_ACT_HARD_SWISH: return x < -3 ? x * 0 : x > 3 ? x : x * (x + 3) / 6;
		default: return x;
	}
}

static double
ref_derivative(dpk_act act, double slope, double x, double y)
{
	double		s;

	switch (act)
	{
		case DPK_ACT_RELU: return y > 0;
		case DPK_ACT_LEAKY_RELU: return y > 0 ? 1 : slope;
		case DPK_ACT_ELU: return y > 0 ? 1 : y + slope;
		case DPK_ACT_SIGMOID: return y * (1 - y);
		case DPK_ACT_TANH: return 1 - y * y;
		case DPK_ACT_GELU: return 0.5 * erfc(-x * sqrt(0.5)) + x * exp(-x * x / 2) * 0.398942280401432678;
		case DPK_ACT_SILU: s = 1 / (1 + exp(-x)); return s * (1 + x * (1 - s));
		case DPK_ACT_HARD_SIGMOID: return y > 0 && y < 1 ? 1.0 / 6 : 0;
		case DPK_ACT_HARD_SWISH: return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5;
		default: return 1;
	}
}

static void
ref_activate(dpk_act act, float slope, size_t n, const float *x, float *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] = (float) ref_value(act, slope, x[i]);
}

static void
ref_activate_backward(dpk_act act, float slope, size_t n, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	for (size_t i = 0; i < n; i++)
	{
		double		g = dy[i] * ref_derivative(act, slope, x ? x[i] : 0, y ? y[i] : 0);

		dx[i] = (float) (add ? dx[i] + g : g);
	}
}

/* The plain definition: a mean, then squares about it; all samples in one call */
static void
ref_norm_moments(const dpk_norm *s, int from, int to, const float *x, double count, double *mean, double *squares)
{
	int			n = ref_samples(&s->x, from, to);
	double		pixels = (double) n * s->x.h * s->x.w;

	if (count != 0)
		abort();
	for (int c = 0; c < s->x.c; c++)
		for (int pass = 0; pass < 2; pass++)
			for (int k = 0; k < n; k++)
				for (int i = 0; i < s->x.h; i++)
					for (int j = 0; j < s->x.w; j++)
					{
						double		v = x[ref_at(&s->x, k, c, i, j)];

						if (pass == 0)
							mean[c] += v / pixels;
						else
							squares[c] += (v - mean[c]) * (v - mean[c]);
					}
}

/* What ReLU sees at one place, and x less its mean */
static double
ref_norm_z(const dpk_norm *s, const dpk_norm_params *p, int c, float x, double *centred)
{
	*centred = (double) x - p->mean[c];
	return *centred / sqrt((double) p->variance[c] + s->epsilon) * p->gamma[c] + p->beta[c];
}

static void
ref_norm_forward(const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, float *y)
{
	int			n = ref_samples(&s->x, from, to);

	for (int k = 0; k < n; k++)
		for (int c = 0; c < (s->x.c + REF_V - 1) / REF_V * REF_V; c++)
			for (int i = 0; i < s->x.h; i++)
				for (int j = 0; j < s->x.w; j++)
				{
					double		centred,
								z = ref_norm_z(s, p, c, x[ref_at(&s->x, k, c, i, j)], &centred);

					y[ref_at(&s->y, k, c, i, j)] = s->relu && z < 0 ? 0 : (float) z;
				}
}

/* The sums where dx is NULL, else dx */
static void
ref_norm_gradient(const dpk_norm *s, int n, const float *x, const dpk_norm_params *p, const float *dy,
				  double *plain, double *product, const float *shift, const float *slope, float *dx, bool add)
{
	for (int k = 0; k < n; k++)
		for (int c = 0; c < s->x.c; c++)
			for (int i = 0; i < s->x.h; i++)
				for (int j = 0; j < s->x.w; j++)
				{
					double		centred,
								z = ref_norm_z(s, p, c, x[ref_at(&s->x, k, c, i, j)], &centred),
								dz = s->relu && !(z > 0) ? 0 : dy[ref_at(&s->dy, k, c, i, j)];
					float	   *to = dx ? &dx[ref_at(&s->dx, k, c, i, j)] : NULL;

					if (dx == NULL)
					{
						plain[c] += dz;
						product[c] += dz * centred;
					}
					else
						*to = (float) ((add ? *to : 0) + p->gamma[c] / sqrt((double) p->variance[c] + s->epsilon) *
									   (dz - shift[c] - slope[c] * centred));
				}
}

static void
ref_norm_backward_sums(const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
					   double *plain, double *product)
{
	ref_norm_gradient(s, ref_samples(&s->x, from, to), x, p, dy, plain, product, NULL, NULL, NULL, false);
}

static void
ref_norm_backward(const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
				  const float *shift, const float *slope, float *dx, bool add)
{
	int			n = ref_samples(&s->x, from, to);

	for (int k = 0; k < n && !add; k++)
		for (int c = s->x.c; c < (s->x.c + REF_V - 1) / REF_V * REF_V; c++)
			for (int i = 0; i < s->x.h; i++)
				for (int j = 0; j < s->x.w; j++)
					dx[ref_at(&s->dx, k, c, i, j)] = 0;
	ref_norm_gradient(s, n, x, p, dy, NULL, NULL, shift, slope, dx, add);
}

static const dpk_kernels reference_kernels = {
	.isa = "reference", .block = REF_V,
	.conv2d_weights = ref_weights, .conv2d_flipped = ref_weights,
	.conv2d_pack = ref_copy, .conv2d_unpack = ref_copy, .conv2d_flip = ref_flip,
	.conv2d_forward = ref_conv_forward,
	.conv2d_backward_weights = ref_conv_backward_weights,
	.conv2d_backward_input = ref_conv_backward_input,
	.pool2d_forward = ref_pool_forward, .pool2d_backward = ref_pool_backward,
	.norm_moments = ref_norm_moments, .norm_forward = ref_norm_forward,
	.norm_backward_sums = ref_norm_backward_sums, .norm_backward = ref_norm_backward,
	.activate = ref_activate, .activate_backward = ref_activate_backward
};

#endif							/* REFERENCE_KERNELS_H */
