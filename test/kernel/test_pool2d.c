/*
 * test_pool2d.c - pooling and the ReLU's gradient against plain loops
 *
 * Maxima and their gradients without overlap must agree exactly, sums within
 * 1e-6.  Inputs are drawn from few values, so that ties are common.
 */
#include "maps.h"

typedef struct shape
{
	const char *name;
	int			n,
				c,
				h,
				w,
				kh,
				kw,
				stride,
				pad,
				border;
	bool		average;
} shape;

static const shape shapes[] = {
	{"2x2", 2, 16, 8, 8, 2, 2, 2, 0, 1, false},
	{"2x2, odd map", 2, 5, 7, 9, 2, 2, 2, 0, 0, false},
	{"3x3, stride 2, padded", 2, 20, 9, 11, 3, 3, 2, 1, 1, false},
	{"3x3, stride 1, padded", 1, 9, 6, 5, 3, 3, 1, 1, 2, false},
	{"3x2, stride 2", 1, 8, 9, 8, 3, 2, 2, 0, 0, false},
	{"3x3, stride 3", 1, 33, 9, 12, 3, 3, 3, 0, 1, false},
	{"2x2, stride 3", 1, 8, 8, 11, 2, 2, 3, 0, 0, false},
	{"whole map", 3, 17, 4, 4, 4, 4, 4, 0, 0, false},
	{"no sample", 0, 8, 4, 4, 2, 2, 2, 0, 0, false},
	{"average 2x2", 2, 16, 8, 8, 2, 2, 2, 0, 1, true},
	{"average 3x3, stride 2, padded", 2, 7, 9, 11, 3, 3, 2, 1, 1, true},
	{"average 3x3, stride 1, padded", 1, 9, 6, 5, 3, 3, 1, 1, 0, true},
	{"average of the whole map", 2, 40, 7, 7, 7, 7, 7, 0, 1, true},
};

static dpk_pool2d
describe(const shape *t)
{
	int			oh = (t->h + 2 * t->pad - t->kh) / t->stride + 1,
				ow = (t->w + 2 * t->pad - t->kw) / t->stride + 1;

	return (dpk_pool2d) {
		.x = {t->c, t->h, t->w, t->border},
		.y = {t->c, oh, ow, 1},
		.dx = {t->c, t->h, t->w, 2},
		.dy = {t->c, oh, ow, 0},
		.kh = t->kh, .kw = t->kw, .stride_h = t->stride, .stride_w = t->stride,
		.pad_top = t->pad, .pad_left = t->pad, .average = t->average,
	};
}

/* One channel of one sample, as the definition says */
static void
naive(const dpk_pool2d *s, const float *x, const float *dy, float *y, double *dx)
{
	for (int i = 0; i < s->y.h; i++)
		for (int j = 0; j < s->y.w; j++)
		{
			int			best = -1,
						count = 0;
			double		sum = 0,
						g = dy[i * s->y.w + j];

			for (int pass = 0; pass < 2; pass++)
				for (int p = 0; p < s->kh; p++)
					for (int q = 0; q < s->kw; q++)
					{
						int			u = i * s->stride_h - s->pad_top + p,
									v = j * s->stride_w - s->pad_left + q,
									k = u * s->x.w + v;

						if (u < 0 || u >= s->x.h || v < 0 || v >= s->x.w)
							continue;
						if (pass == 1)
							dx[k] += s->average ? g / count : k == best ? g : 0;
						else
						{
							best = best < 0 || x[k] > x[best] ? k : best;
							sum += x[k];
							count++;
						}
					}
			y[i * s->y.w + j] = s->average ? sum / count : x[best];
		}
}

/* In ascending order, cut anywhere, over what was there before */
static bool
same_in_pieces(const dpk_kernels *k, const dpk_pool2d *s, int n, const float *x, const float *y, const float *dy, const float *dx)
{
	size_t		ybytes = n * dpk_map_floats(&s->y, k->block) * sizeof(float),
				dxfloats = n * dpk_map_floats(&s->dx, k->block);
	bool		same = true;

	for (int step = 1; step <= 3; step++)
	{
		float	   *cut_y = new_maps(&s->y, k->block, n, NULL),
				   *cut_dx = new_maps(&s->dx, k->block, n, NULL);

		for (size_t i = 0; i < dxfloats; i++)
			cut_dx[i] = 77;
		for (int r = 0; r < n * s->y.h; r += step)
		{
			k->pool2d_forward(s, r, DPK_MIN(r + step, n * s->y.h), x, cut_y);
			k->pool2d_backward(s, r, DPK_MIN(r + step, n * s->y.h), x, y, dy, cut_dx, false);
		}
		same &= memcmp(cut_y, y, ybytes) == 0;
		for (size_t i = 0; i < dxfloats; i++)
			same &= cut_dx[i] == dx[i] || (cut_dx[i] == 77 && dx[i] == 0);	/* the border is nobody's */
		free(cut_y);
		free(cut_dx);
	}
	return same;
}

static void
try_shape(const dpk_kernels *k, const shape *t)
{
	dpk_random	r = dpk_random_start(2, t - shapes, 0);
	dpk_pool2d	s = describe(t);
	size_t		nx = (size_t) t->n * t->c * t->h * t->w,
				ny = (size_t) t->n * t->c * s.y.h * s.y.w;
	float	   *x = new_floats(nx),
			   *dy = random_floats(ny, &r),
			   *y = new_floats(ny);
	double	   *dx = calloc(nx + 1, sizeof(double)),
				ey = 0,
				edx = 0,
				eadd = 0;

	/* negative too, so that a zero of the border would win */
	for (size_t i = 0; i < nx; i++)
		x[i] = (float) dpk_random_below(&r, 6) - 5.5f;
	for (int i = 0; i < t->n * t->c; i++)
		naive(&s, x + i * t->h * t->w, dy + i * s.y.h * s.y.w, y + i * s.y.h * s.y.w, dx + i * t->h * t->w);

	float	   *bx = new_maps(&s.x, k->block, t->n, x),
			   *by = new_maps(&s.y, k->block, t->n, NULL),
			   *bdy = new_maps(&s.dy, k->block, t->n, dy),
			   *bdx = new_maps(&s.dx, k->block, t->n, NULL),
			   *twice = new_maps(&s.dx, k->block, t->n, NULL);
	size_t		py = 0,
				px = 0;

	k->pool2d_forward(&s, 0, t->n * s.y.h, bx, by);
	k->pool2d_backward(&s, 0, t->n * s.y.h, bx, by, bdy, bdx, false);
	memcpy(twice, bdx, t->n * dpk_map_floats(&s.dx, k->block) * sizeof(float));
	k->pool2d_backward(&s, 0, t->n * s.y.h, bx, by, bdy, twice, true);
	for (int b = 0; b < t->n; b++)
		for (int c = 0; c < t->c; c++)
		{
			for (int i = 0; i < s.y.h; i++)
				for (int j = 0; j < s.y.w; j++)
					ey = fmax(ey, fabs(*at(by, &s.y, k->block, b, c, i, j) - y[py++]));
			for (int i = 0; i < t->h; i++)
				for (int j = 0; j < t->w; j++, px++)
				{
					edx = fmax(edx, fabs(*at(bdx, &s.dx, k->block, b, c, i, j) - dx[px]));
					eadd = fmax(eadd, fabs(*at(twice, &s.dx, k->block, b, c, i, j) - 2 * dx[px]));
				}
		}
	ok(ey <= (t->average ? 1e-6 : 0) && surroundings_zero(by, &s.y, k->block, t->n), "%s, %s: forward, error %.1e", k->isa, t->name, ey);
	ok(edx <= 1e-6 && surroundings_zero(bdx, &s.dx, k->block, t->n), "%s, %s: backward, error %.1e", k->isa, t->name, edx);
	ok(same_in_pieces(k, &s, t->n, bx, by, bdy, bdx), "%s, %s: rows in pieces", k->isa, t->name);
	ok(eadd <= 2e-6 && surroundings_zero(twice, &s.dx, k->block, t->n), "%s, %s: added, error %.1e", k->isa, t->name, eadd);

	void	   *all[] = {x, dy, y, dx, bx, by, bdy, bdx, twice};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

/* A NaN is the maximum of its window, wherever in it */
static void
try_nan(const dpk_kernels *k)
{
	dpk_pool2d	s = {.x = {1, 2, 2, 0}, .y = {1, 1, 1, 0}, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};
	int			found = 0;

	for (int i = 0; i < 4; i++)
	{
		float		x[4] = {1, 2, 3, 4},
				   *bx,
				   *by = new_maps(&s.y, k->block, 1, NULL);

		x[i] = NAN;
		bx = new_maps(&s.x, k->block, 1, x);
		k->pool2d_forward(&s, 0, 1, bx, by);
		found += isnan(by[0]);
		free(bx);
		free(by);
	}
	ok(found == 4, "%s: NaN is the maximum", k->isa);
}

int
main(void)
{
	for (int i = 0; i < 3; i++)
	{
		const dpk_kernels *k = dpk_kernels_named(all_isas[i]);

		if (k == NULL)
		{
			printf("# skipped: this processor has no %s\n", all_isas[i]);
			continue;
		}
		for (size_t j = 0; j < sizeof(shapes) / sizeof(*shapes); j++)
			try_shape(k, &shapes[j]);
		try_nan(k);
	}
	return done();
}
