/*
 * norm.c - moments of channels, normalisation by them, and its gradient
 *
 * Each pass reads what it must once: the moments read x, the result x again,
 * the sums of the gradient and the gradient itself x and dy.  Whether ReLU let
 * a value through is worked out from x again, which is cheaper than reading y.
 *
 * A plane is cut into pieces.  A piece is summed in float about the mean so
 * far (the first about its own, in a second pass over the cache), which is as
 * near as the spread of all values, and merged in double as by Chan, Golub and
 * LeVeque (1982): a mean that is large against the spread costs no digits.
 * The pieces follow from the shape, and so does the order of all sums.
 */
#include "norm.h"

#define PIECE_PIXELS 256
#define LANES 4					/* sums side by side, so that additions need not wait for each other */

typedef double dvec __attribute__((vector_size(V * 8), aligned(8), may_alias));

#define DVEC(p) (*(dvec *) (p))
#define WIDE(x) __builtin_convertvector(x, dvec)
#define NARROW(x) __builtin_convertvector(x, vec)

/* Rows and columns of the pieces of a map; whole rows where several fit */
static void
piece_of(const dpk_map *m, int *rows, int *cols)
{
	*cols = DPK_MIN(m->w, PIECE_PIXELS);
	*rows = DPK_MAX(1, PIECE_PIXELS / m->w);
}

TILE vec
sum_lanes(const vec s[LANES])
{
	return (s[0] + s[1]) + (s[2] + s[3]);
}

/* The sums of x - centre and of its square over a piece */
TILE void
sum_piece(int rows, int cols, const float *x, long xrow, vec centre, vec *plain, vec *square)
{
	vec			s[LANES] = {{0}},
				t[LANES] = {{0}};

	for (int r = 0; r < rows; r++, x += xrow)
	{
		int			j = 0;

		for (; j + LANES <= cols; j += LANES)
			UNROLL
			for (int k = 0; k < LANES; k++)
			{
				vec			d = CVEC(x + (j + k) * V) - centre;

				s[k] += d;
				t[k] += d * d;
			}
		for (; j < cols; j++)
		{
			vec			d = CVEC(x + j * V) - centre;

			s[0] += d;
			t[0] += d * d;
		}
	}
	*plain = sum_lanes(s);
	*square = sum_lanes(t);
}

/* Rows 'from' up to 'to' of a plane into the mean and the squares about it of 'count' pixels; returns the new count */
static double
merge_rows(const dpk_map *m, int from, int to, const float *x, double count, double *mean, double *squares)
{
	int			rows,
				cols;

	piece_of(m, &rows, &cols);
	for (int r = from, nr; r < to; r += nr)
	{
		nr = DPK_MIN(rows, to - r);
		for (int c = 0, nc; c < m->w; c += nc)
		{
			const float *p = x + r * map_row(m) + c * V;
			double		n;
			vec			centre = NARROW(DVEC(mean)),
						plain,
						square;
			dvec		off,
						delta;

			nc = DPK_MIN(cols, m->w - c);
			n = (double) nr * nc;
			if (count == 0)
			{
				centre = CVEC(p);
				sum_piece(nr, nc, p, map_row(m), centre, &plain, &square);
				centre += plain * (float) (1 / n);
			}
			sum_piece(nr, nc, p, map_row(m), centre, &plain, &square);
			off = WIDE(plain) / n;
			delta = WIDE(centre) + off - DVEC(mean);
			DVEC(mean) += delta * (n / (count + n));
			DVEC(squares) += WIDE(square) - off * off * n + delta * delta * (count * n / (count + n));
			count += n;
		}
	}
	return count;
}

void
DPK_NAME(norm_moments) (const dpk_norm *s, int from, int to, const float *x, double count, double *mean, double *squares)
{
	const dpk_map *m = &s->x;

	x += map_origin(m);
	for (int b = 0; b < BLOCKS(m->c); b++)
	{
		double		n = count;

		for (int i = from / m->h; i * m->h < to; i++)
			n = merge_rows(m, first_row(from, i, m->h), end_row(to, i, m->h),
						   x + ((long) i * BLOCKS(m->c) + b) * map_plane(m), n, mean + b * V, squares + b * V);
	}
}

/* What a block's values are shifted by and multiplied with */
typedef struct factors
{
	vec			mean,
				k,				/* gamma / sqrt(variance + epsilon) */
				beta;
} factors;

TILE factors
factors_of(const dpk_norm *s, const dpk_norm_params *p, int b)
{
	factors		f = {CVEC(p->mean + b * V), CVEC(p->gamma + b * V), CVEC(p->beta + b * V)};

	for (int q = 0; q < V; q++)
		f.k[q] = (float) (f.k[q] / __builtin_sqrt((double) p->variance[b * V + q] + s->epsilon));
	return f;
}

/* NaN stays NaN */
TILE void
normalise_row(int w, const float *x, const factors *f, const bool relu, float *y)
{
	for (int j = 0; j < w; j++)
	{
		vec			v = (CVEC(x + j * V) - f->mean) * f->k + f->beta;

		if (relu)
			v = (vec) (~(v < 0) & (ivec) v);
		VEC(y + j * V) = v;
	}
}

void
DPK_NAME(norm_forward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, float *y)
{
	const dpk_map *m = &s->x;

	x += map_origin(&s->x);
	y += map_origin(&s->y);
	for (int b = 0; b < BLOCKS(m->c); b++)
	{
		factors		f = factors_of(s, p, b);

		for (int i = from / m->h; i * m->h < to; i++)
			for (int r = first_row(from, i, m->h); r < end_row(to, i, m->h); r++)
			{
				const float *xs = x + ((long) i * BLOCKS(m->c) + b) * map_plane(&s->x) + r * map_row(&s->x);
				float	   *ys = y + ((long) i * BLOCKS(m->c) + b) * map_plane(&s->y) + r * map_row(&s->y);

				if (s->relu)
					normalise_row(m->w, xs, &f, true, ys);
				else
					normalise_row(m->w, xs, &f, false, ys);
			}
	}
}

/* The gradient of what ReLU sees; x is less its mean */
TILE vec
through(vec x, vec dy, const factors *f, const bool relu)
{
	return relu ? (vec) ((x * f->k + f->beta > 0) & (ivec) dy) : dy;
}

/* The sums of dy and of dy * (x - mean) over a piece */
TILE void
sum_gradients(int rows, int cols, const float *x, long xrow, const float *dy, long dyrow, const factors *f, const bool relu,
			  double *plain, double *product)
{
	vec			s[LANES] = {{0}},
				t[LANES] = {{0}};

	for (int r = 0; r < rows; r++, x += xrow, dy += dyrow)
	{
		int			j = 0;

		for (; j + LANES <= cols; j += LANES)
			UNROLL
			for (int k = 0; k < LANES; k++)
			{
				vec			d = CVEC(x + (j + k) * V) - f->mean,
							g = through(d, CVEC(dy + (j + k) * V), f, relu);

				s[k] += g;
				t[k] += g * d;
			}
		for (; j < cols; j++)
		{
			vec			d = CVEC(x + j * V) - f->mean,
						g = through(d, CVEC(dy + j * V), f, relu);

			s[0] += g;
			t[0] += g * d;
		}
	}
	DVEC(plain) += WIDE(sum_lanes(s));
	DVEC(product) += WIDE(sum_lanes(t));
}

static void
sum_gradient_rows(const dpk_norm *s, int from, int to, const float *x, const float *dy, const factors *f, double *plain, double *product)
{
	long		xrow = map_row(&s->x),
				dyrow = map_row(&s->dy);
	int			rows,
				cols;

	piece_of(&s->x, &rows, &cols);
	for (int r = from, nr; r < to; r += nr)
	{
		nr = DPK_MIN(rows, to - r);
		for (int c = 0, nc; c < s->x.w; c += nc)
		{
			nc = DPK_MIN(cols, s->x.w - c);
			if (s->relu)
				sum_gradients(nr, nc, x + r * xrow + c * V, xrow, dy + r * dyrow + c * V, dyrow, f, true, plain, product);
			else
				sum_gradients(nr, nc, x + r * xrow + c * V, xrow, dy + r * dyrow + c * V, dyrow, f, false, plain, product);
		}
	}
}

void
DPK_NAME(norm_backward_sums) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
							  double *plain, double *product)
{
	const dpk_map *m = &s->x;

	x += map_origin(&s->x);
	dy += map_origin(&s->dy);
	for (int b = 0; b < BLOCKS(m->c); b++)
	{
		factors		f = factors_of(s, p, b);

		for (int i = from / m->h; i * m->h < to; i++)
			sum_gradient_rows(s, first_row(from, i, m->h), end_row(to, i, m->h), x + ((long) i * BLOCKS(m->c) + b) * map_plane(&s->x),
							  dy + ((long) i * BLOCKS(m->c) + b) * map_plane(&s->dy), &f, plain + b * V, product + b * V);
	}
}

TILE void
backward_row(int w, const float *x, const float *dy, const factors *f, vec shift, vec slope, const bool relu, const bool add, float *dx)
{
	for (int j = 0; j < w; j++)
	{
		vec			d = CVEC(x + j * V) - f->mean,
					g = f->k * through(d, CVEC(dy + j * V), f, relu) - shift - slope * d;

		if (add)
			g += CVEC(dx + j * V);
		VEC(dx + j * V) = g;
	}
}

void
DPK_NAME(norm_backward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
						 const float *shift, const float *slope, float *dx, bool add)
{
	const dpk_map *m = &s->x;

	x += map_origin(&s->x);
	dy += map_origin(&s->dy);
	dx += map_origin(&s->dx);
	for (int b = 0; b < BLOCKS(m->c); b++)
	{
		factors		f = factors_of(s, p, b);
		vec			a = f.k * CVEC(shift + b * V),
					c = f.k * CVEC(slope + b * V);

		for (int i = from / m->h; i * m->h < to; i++)
			for (int r = first_row(from, i, m->h); r < end_row(to, i, m->h); r++)
			{
				long		plane = (long) i * BLOCKS(m->c) + b;
				const float *xs = x + plane * map_plane(&s->x) + r * map_row(&s->x),
						   *ds = dy + plane * map_plane(&s->dy) + r * map_row(&s->dy);
				float	   *to_row = dx + plane * map_plane(&s->dx) + r * map_row(&s->dx);

				switch (s->relu * 2 + add)
				{
#define ROW(k) case k: backward_row(m->w, xs, ds, &f, a, c, (k) / 2, (k) % 2, to_row); break
					ROW(0); ROW(1); ROW(2); ROW(3);
#undef ROW
				}
			}
	}
}
