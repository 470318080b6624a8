/*
 * test_conv2d.c - the convolution kernels against plain loops in double
 *
 * Every shape runs on every instruction set this machine has: forward, both
 * gradients, packing, cut into rows, and whether borders and unused channels stay zero.  An
 * error is measured against the sum of the absolute products of its element,
 * and must stay under 2e-6, about 32 roundings of a float.  The frozen values at the
 * end are PyTorch's (test/oracle/conv2d.py).
 */
#include "maps.h"
#include "../data/conv2d_torch.h"

#define TOLERANCE 2e-6

typedef struct shape
{
	const char *name;
	int			n,
				c_in,
				h,
				w,
				c_out,
				kh,
				kw,
				stride,
				dilation,
				groups;
	bool		same;
	bool		interleaved;
	int			extra;			/* border beyond what is needed */
} shape;

static const shape shapes[] = {
	{"1x1, one channel, one pixel", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, false, false, 0},
	{"no sample", 0, 8, 5, 5, 8, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3 valid", 2, 16, 8, 8, 32, 3, 3, 1, 1, 1, false, false, 0},
	{"3x3 same", 2, 16, 8, 8, 32, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3, channels that fill no block", 2, 5, 7, 9, 7, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3, one more than a block", 1, 17, 6, 11, 33, 3, 3, 1, 1, 1, true, false, 1},
	{"3x3, five blocks of 8", 1, 24, 6, 13, 40, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3, 80 to 112 channels", 1, 80, 5, 6, 112, 3, 3, 1, 1, 1, false, false, 0},
	{"3x3, wide rows", 1, 8, 3, 301, 16, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3, strips of rows", 1, 64, 60, 20, 24, 3, 3, 1, 1, 1, true, false, 0},
	{"3x3 on 3x3", 3, 20, 3, 3, 20, 3, 3, 1, 1, 1, false, false, 2},
	{"5x5 same", 2, 12, 9, 10, 20, 5, 5, 1, 1, 1, true, false, 0},
	{"5x5 valid", 2, 32, 9, 10, 16, 5, 5, 1, 1, 1, false, false, 3},
	{"7x7 same on 3x4", 1, 9, 3, 4, 10, 7, 7, 1, 1, 1, true, false, 0},
	{"2x2 same (uneven padding)", 2, 8, 6, 7, 9, 2, 2, 1, 1, 1, true, false, 0},
	{"4x4 same, stride 2", 2, 8, 9, 12, 9, 4, 4, 2, 1, 1, true, false, 0},
	{"1x3", 1, 16, 1, 40, 16, 1, 3, 1, 1, 1, true, false, 0},
	{"3x1", 1, 16, 40, 1, 16, 3, 1, 1, 1, 1, true, false, 0},
	{"2x5 valid", 2, 11, 7, 12, 13, 2, 5, 1, 1, 1, false, false, 0},
	{"1x1", 2, 24, 7, 9, 40, 1, 1, 1, 1, 1, false, false, 0},
	{"1x1 between borders", 2, 24, 7, 9, 16, 1, 1, 1, 1, 1, false, false, 2},
	{"1x1, stride 2", 2, 16, 7, 9, 32, 1, 1, 2, 1, 1, false, false, 0},
	{"3x3, stride 2 same", 2, 16, 9, 12, 24, 3, 3, 2, 1, 1, true, false, 0},
	{"3x3, stride 2 valid", 2, 10, 10, 13, 24, 3, 3, 2, 1, 1, false, false, 0},
	{"3x3, stride 3 valid", 1, 16, 14, 16, 8, 3, 3, 3, 1, 1, false, false, 1},
	{"2x2, stride 3 (some pixels unread)", 1, 16, 11, 13, 8, 2, 2, 3, 1, 1, false, false, 0},
	{"5x5, stride 4 same", 1, 8, 21, 18, 16, 5, 5, 4, 1, 1, true, false, 0},
	{"3x3, dilation 2 same", 2, 16, 9, 11, 16, 3, 3, 1, 2, 1, true, false, 0},
	{"3x3, dilation 3 valid", 1, 6, 12, 13, 18, 3, 3, 1, 3, 1, false, false, 0},
	{"3x3, stride 2, dilation 2", 1, 8, 13, 14, 16, 3, 3, 2, 2, 1, true, false, 0},
	{"3x3, stride 2, dilation 3", 1, 8, 15, 14, 16, 3, 3, 2, 3, 1, true, false, 0},
	{"groups that are blocks", 2, 32, 6, 7, 64, 3, 3, 1, 1, 2, true, false, 0},
	{"groups smaller than a block", 2, 12, 6, 7, 18, 3, 3, 1, 1, 6, true, false, 0},
	{"groups across blocks", 1, 30, 6, 7, 50, 3, 3, 1, 1, 5, true, false, 0},
	{"groups across blocks, more inputs", 1, 66, 5, 5, 21, 3, 3, 2, 1, 3, true, false, 0},
	{"depthwise", 2, 40, 7, 8, 40, 3, 3, 1, 1, 40, true, false, 0},
	{"depthwise, 17 channels, 5x5", 2, 17, 9, 31, 17, 5, 5, 1, 1, 17, true, false, 1},
	{"depthwise, stride 2 same", 2, 24, 9, 12, 24, 3, 3, 2, 1, 24, true, false, 0},
	{"depthwise, 2x4 valid, stride 3", 1, 35, 11, 13, 35, 2, 4, 3, 1, 35, false, false, 0},
	{"depthwise, 7x7 same on 3x4", 1, 9, 3, 4, 9, 7, 7, 1, 1, 9, true, false, 0},
	{"depthwise, stride 2, dilation 3", 1, 8, 15, 14, 8, 3, 3, 2, 3, 8, true, false, 2},
	{"depthwise, 1x3, wide rows, dilation 2", 2, 16, 9, 301, 16, 1, 3, 1, 2, 16, true, false, 0},
	{"depthwise, 1x1", 3, 5, 4, 3, 5, 1, 1, 1, 1, 5, false, false, 0},
	{"depthwise, strips of rows", 1, 32, 70, 60, 32, 3, 3, 1, 1, 32, true, false, 0},
	{"depthwise, multiplier 2, stride 2", 1, 19, 7, 8, 38, 3, 3, 2, 1, 19, true, false, 0},
	{"first layer, grey", 3, 1, 12, 14, 32, 3, 3, 1, 1, 1, false, true, 0},
	{"first layer, grey, 5x5 same", 2, 1, 12, 14, 20, 5, 5, 1, 1, 1, true, true, 0},
	{"first layer, colour", 2, 3, 10, 15, 64, 3, 3, 1, 1, 1, false, true, 0},
	{"first layer, colour same, 24", 2, 3, 10, 15, 24, 3, 3, 1, 1, 1, true, true, 1},
	{"first layer, colour, 7x7 stride 2", 1, 3, 20, 21, 48, 7, 7, 2, 1, 1, true, true, 0},
	{"first layer, 2 channels, 1 output", 1, 2, 9, 9, 1, 3, 3, 1, 1, 1, true, true, 0},
	{"first layer, 4 channels, dilation 2", 1, 4, 9, 12, 17, 3, 3, 1, 2, 1, true, true, 0},
	{"first layer, colour, three groups", 1, 3, 9, 12, 18, 3, 3, 1, 1, 3, true, true, 0},
};

/* What the naive loops find, and the absolute sums that errors are measured against */
typedef struct truth
{
	float	   *x,
			   *w,
			   *b,
			   *dy;
	size_t		nx,
				nw,
				ny;
	double	   *y,
			   *dx,
			   *dw,
			   *db,
			   *size_y,
			   *size_dx,
			   *size_dw,
			   *size_db;
} truth;

static double *
new_doubles(size_t n)
{
	return calloc(n + 1, sizeof(double));
}

static dpk_conv2d
describe(const shape *t)
{
	int			reach = t->dilation,
				span_h = (t->kh - 1) * reach + 1,
				span_w = (t->kw - 1) * reach + 1,
				oh = t->same ? (t->h + t->stride - 1) / t->stride : (t->h - span_h) / t->stride + 1,
				ow = t->same ? (t->w + t->stride - 1) / t->stride : (t->w - span_w) / t->stride + 1,
				pad_h = DPK_MAX((oh - 1) * t->stride + span_h - t->h, 0),
				pad_w = DPK_MAX((ow - 1) * t->stride + span_w - t->w, 0),
				border = (DPK_MAX(pad_h, pad_w) + 1) / 2 + t->extra,
				dyborder = t->stride > 1 ? t->extra : DPK_MAX(span_h - 1 - pad_h / 2, span_w - 1 - pad_w / 2) + t->extra;

	return (dpk_conv2d) {
		.x = {t->c_in, t->h, t->w, border},
		.y = {t->c_out, oh, ow, t->extra},
		.dx = {t->c_in, t->h, t->w, t->extra},
		.dy = {t->c_out, oh, ow, dyborder},
		.kh = t->kh, .kw = t->kw, .stride_h = t->stride, .stride_w = t->stride,
		.pad_top = pad_h / 2, .pad_left = pad_w / 2,
		.dilation_h = t->dilation, .dilation_w = t->dilation,
		.groups = t->groups, .x_interleaved = t->interleaved,
	};
}

static truth
naive(const dpk_conv2d *s, int n, dpk_random *r)
{
	int			ci = s->x.c / s->groups,
				co = s->y.c / s->groups;
	truth		t = {.nx = (size_t) n * s->x.c * s->x.h * s->x.w, .nw = (size_t) s->y.c * ci * s->kh * s->kw,
		.ny = (size_t) n * s->y.c * s->y.h * s->y.w};

	t.x = random_floats(t.nx, r);
	t.w = random_floats(t.nw, r);
	t.b = random_floats(s->y.c, r);
	t.dy = random_floats(t.ny, r);
	t.y = new_doubles(t.ny);
	t.size_y = new_doubles(t.ny);
	t.dx = new_doubles(t.nx);
	t.size_dx = new_doubles(t.nx);
	t.dw = new_doubles(t.nw);
	t.size_dw = new_doubles(t.nw);
	t.db = new_doubles(s->y.c);
	t.size_db = new_doubles(s->y.c);
	for (size_t at_y = 0; at_y < t.ny; at_y++)
	{
		int			j = at_y % s->y.w,
					i = at_y / s->y.w % s->y.h,
					o = at_y / s->y.w / s->y.h % s->y.c,
					b = at_y / s->y.w / s->y.h / s->y.c;
		double		g = t.dy[at_y];

		t.y[at_y] = t.b[o];
		t.size_y[at_y] = fabs(t.b[o]);
		t.db[o] += g;
		t.size_db[o] += fabs(g);
		for (int c = 0; c < ci; c++)
			for (int p = 0; p < s->kh; p++)
				for (int q = 0; q < s->kw; q++)
				{
					int			u = i * s->stride_h - s->pad_top + p * s->dilation_h,
								v = j * s->stride_w - s->pad_left + q * s->dilation_w;
					size_t		at_x = (((size_t) b * s->x.c + o / co * ci + c) * s->x.h + u) * s->x.w + v,
								at_w = (((size_t) o * ci + c) * s->kh + p) * s->kw + q;

					if (u < 0 || u >= s->x.h || v < 0 || v >= s->x.w)
						continue;
					t.y[at_y] += (double) t.x[at_x] * t.w[at_w];
					t.size_y[at_y] += fabs((double) t.x[at_x] * t.w[at_w]);
					t.dx[at_x] += g * t.w[at_w];
					t.size_dx[at_x] += fabs(g * t.w[at_w]);
					t.dw[at_w] += g * t.x[at_x];
					t.size_dw[at_w] += fabs(g * t.x[at_x]);
				}
	}
	return t;
}

static void
truth_free(truth *t)
{
	void	   *all[] = {t->x, t->w, t->b, t->dy, t->y, t->dx, t->dw, t->db, t->size_y, t->size_dx, t->size_dw, t->size_db};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

/* The largest relative error of 'times' times the wanted numbers; NaN counts as large */
static double
error_of(const float *got, const double *wanted, const double *size, size_t n, double times)
{
	double		worst = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		e = fabs(got[i] - times * wanted[i]) / (times * size[i] + 1e-30);

		if (size[i] == 0)
			e = got[i] == 0 ? 0 : 1;
		worst = e <= worst ? worst : isnan(e) ? 1 : e;
	}
	return worst;
}

/* Dense (n, c, h, w) from blocked maps */
static float *
gather(float *x, const dpk_map *m, int block, int n)
{
	float	   *y = new_floats((size_t) n * m->c * m->h * m->w),
			   *p = y;

	for (int b = 0; b < n; b++)
		for (int c = 0; c < m->c; c++)
			for (int i = 0; i < m->h; i++)
				for (int j = 0; j < m->w; j++)
					*p++ = *at(x, m, block, b, c, i, j);
	return y;
}

static double
error_of_maps(float *x, const dpk_map *m, int block, int n, const double *wanted, const double *size, double times)
{
	float	   *dense = gather(x, m, block, n);
	double		e = error_of(dense, wanted, size, (size_t) n * m->c * m->h * m->w, times);

	free(dense);
	return e;
}

static void
forward(const dpk_kernels *k, dpk_conv2d s, const shape *t, truth *u, const float *x, const float *w)
{
	int			blocks = (s.y.c + k->block - 1) / k->block;
	float	   *b = new_floats((size_t) blocks * k->block),
			   *y = new_maps(&s.y, k->block, t->n, NULL);
	double		e;

	memcpy(b, u->b, s.y.c * sizeof(float));
	k->conv2d_forward(&s, 0, t->n * s.y.h, x, w, b, y);
	e = error_of_maps(y, &s.y, k->block, t->n, u->y, u->size_y, 1);
	ok(e < TOLERANCE && surroundings_zero(y, &s.y, k->block, t->n), "%s, %s: forward, error %.1e", k->isa, t->name, e);

	s.activation = DPK_RELU;
	k->conv2d_forward(&s, 0, t->n * s.y.h, x, w, b, y);
	for (size_t i = 0; i < u->ny; i++)
		u->y[i] = fmax(u->y[i], 0);
	e = error_of_maps(y, &s.y, k->block, t->n, u->y, u->size_y, 1);
	ok(e < TOLERANCE && surroundings_zero(y, &s.y, k->block, t->n), "%s, %s: with ReLU, error %.1e", k->isa, t->name, e);
	free(b);
	free(y);
}

static void
gradients(const dpk_kernels *k, const dpk_conv2d *s, const shape *t, const truth *u, const float *x, const float *w)
{
	int			blocks = (s->y.c + k->block - 1) / k->block;
	size_t		nw = k->conv2d_weights(s);
	float	   *dy = new_maps(&s->dy, k->block, t->n, u->dy),
			   *dx = new_maps(&s->dx, k->block, t->n, NULL),
			   *dw = new_floats(nw),
			   *db = new_floats((size_t) blocks * k->block),
			   *canonical = new_floats(u->nw),
			   *packed = new_floats(nw);
	double		e,
				eb;
	size_t		full = 0;			/* padding that is not zero */

	/* twice, because gradients are added to */
	k->conv2d_backward_weights(s, 0, t->n * s->y.h, x, dy, dw, db);
	k->conv2d_backward_weights(s, 0, t->n * s->y.h, x, dy, dw, db);
	k->conv2d_unpack(s, dw, canonical);
	e = error_of(canonical, u->dw, u->size_dw, u->nw, 2);
	eb = error_of(db, u->db, u->size_db, s->y.c, 2);
	k->conv2d_pack(s, canonical, packed);
	for (size_t i = 0; i < nw; i++)
		full += dw[i] != packed[i];
	for (int o = s->y.c; o < blocks * k->block; o++)
		full += db[o] != 0;
	ok(e < TOLERANCE && eb < TOLERANCE && full == 0, "%s, %s: weight gradient, error %.1e, of biases %.1e", k->isa, t->name, e, eb);

	if (!s->x_interleaved)
	{
		float	   *flipped = new_floats(k->conv2d_flipped(s));

		k->conv2d_flip(s, 0, k->conv2d_flipped(s), w, flipped);
		k->conv2d_backward_input(s, 0, t->n * s->x.h, dy, flipped, dx, false);
		e = error_of_maps(dx, &s->dx, k->block, t->n, u->dx, u->size_dx, 1);
		ok(e < TOLERANCE && surroundings_zero(dx, &s->dx, k->block, t->n), "%s, %s: input gradient, error %.1e", k->isa, t->name, e);
		k->conv2d_backward_input(s, 0, t->n * s->x.h, dy, flipped, dx, true);
		e = error_of_maps(dx, &s->dx, k->block, t->n, u->dx, u->size_dx, 2);
		ok(e < TOLERANCE && surroundings_zero(dx, &s->dx, k->block, t->n), "%s, %s: added, error %.1e", k->isa, t->name, e);
		free(flipped);
	}
	free(dy);
	free(dx);
	free(dw);
	free(db);
	free(canonical);
	free(packed);
}

/* All outputs of a convolution, computed 'step' rows at a call */
typedef struct outputs
{
	float	   *y,
			   *dx,
			   *dw,
			   *db;
} outputs;

static outputs
compute(const dpk_kernels *k, const dpk_conv2d *s, int n, int step, const float *x, const float *dy, const float *w, const float *b)
{
	outputs		o = {
		.y = new_maps(&s->y, k->block, n, NULL),
		.dx = new_maps(&s->dx, k->block, n, NULL),
		.dw = new_floats(k->conv2d_weights(s)),
		.db = new_floats(s->y.c + k->block),
	};
	float	   *flipped = new_floats(k->conv2d_flipped(s));

	for (int r = 0; r < n * s->y.h; r += step)
	{
		k->conv2d_forward(s, r, DPK_MIN(r + step, n * s->y.h), x, w, b, o.y);
		k->conv2d_backward_weights(s, r, DPK_MIN(r + step, n * s->y.h), x, dy, o.dw, o.db);
	}
	if (!s->x_interleaved)
		for (size_t i = 0; i < k->conv2d_flipped(s); i += 4096)
			k->conv2d_flip(s, i, DPK_MIN(i + 4096, k->conv2d_flipped(s)), w, flipped);
	for (int r = 0; !s->x_interleaved && r < n * s->x.h; r += step)
		k->conv2d_backward_input(s, r, DPK_MIN(r + step, n * s->x.h), dy, flipped, o.dx, false);
	free(flipped);
	return o;
}

/* Cut anywhere, within samples and across, the same bits; the biases' gradients but for rounding */
static void
pieces(const dpk_kernels *k, const dpk_conv2d *s, const shape *t, const truth *u, const float *x, const float *w)
{
	float	   *dy = new_maps(&s->dy, k->block, t->n, u->dy),
			   *b = new_floats(s->y.c + k->block);
	outputs		whole,
				cut;
	const int	steps[] = {1, 2, 3, 5, 7};
	int			different = 0;
	double		e = 0;

	memcpy(b, u->b, s->y.c * sizeof(float));
	whole = compute(k, s, t->n, INT32_MAX / 2, x, dy, w, b);
	for (int i = 0; i < 5; i++)
	{
		cut = compute(k, s, t->n, steps[i], x, dy, w, b);
		different += memcmp(cut.y, whole.y, t->n * dpk_map_floats(&s->y, k->block) * sizeof(float)) != 0;
		different += memcmp(cut.dx, whole.dx, t->n * dpk_map_floats(&s->dx, k->block) * sizeof(float)) != 0;
		different += memcmp(cut.dw, whole.dw, k->conv2d_weights(s) * sizeof(float)) != 0;
		e = fmax(e, error_of(cut.db, u->db, u->size_db, s->y.c, 1));
		free(cut.y), free(cut.dx), free(cut.dw), free(cut.db);
	}
	ok(different == 0 && e < TOLERANCE, "%s, %s: rows in pieces, error of biases %.1e", k->isa, t->name, e);
	free(whole.y), free(whole.dx), free(whole.dw), free(whole.db);
	free(dy);
	free(b);
}

static void
try_shape(const dpk_kernels *k, const shape *t)
{
	dpk_random	r = dpk_random_start(1, t - shapes, 0);
	dpk_conv2d	s = describe(t);
	truth		u = naive(&s, t->n, &r);
	float	   *x = new_maps(&s.x, t->interleaved ? 0 : k->block, t->n, u.x),
			   *w = new_floats(k->conv2d_weights(&s)),
			   *back = new_floats(u.nw);

	k->conv2d_pack(&s, u.w, w);
	k->conv2d_unpack(&s, w, back);
	ok(memcmp(back, u.w, u.nw * sizeof(float)) == 0, "%s, %s: packed and unpacked", k->isa, t->name);
	forward(k, s, t, &u, x, w);
	gradients(k, &s, t, &u, x, w);
	pieces(k, &s, t, &u, x, w);
	free(x);
	free(w);
	free(back);
	truth_free(&u);
}

static float *
series(size_t n, int shift)
{
	float	   *x = new_floats(n);

	for (size_t i = 0; i < n; i++)
		x[i] = ((int) ((i + shift) * 37 % 19) - 9) / 8.0f;
	return x;
}

/* The first and last eight numbers and a weighted sum of all; fewer than 16 are zero-filled */
static bool
agrees(const float *got, size_t n, const double *wanted)
{
	double		sum = 0;
	bool		good = true;

	for (size_t i = 0; i < n; i++)
		sum += got[i] * (1.0 + i % 7);
	for (size_t i = 0; i < DPK_MIN(n, 16); i++)
		good &= fabs(got[n < 16 || i < 8 ? i : n - 16 + i] - wanted[i]) <= 1e-5 * fmax(1, fabs(wanted[i]));
	return good && fabs(sum - wanted[16]) <= 1e-5 * fmax(n, fabs(wanted[16]));
}

static void
try_frozen(const dpk_kernels *k, int number)
{
	const struct frozen *f = &frozen[number];
	int			reach = f->dilation * (f->k - 1),
				oh = (f->h + 2 * f->padding - reach - 1) / f->stride + 1,
				ow = (f->w + 2 * f->padding - reach - 1) / f->stride + 1,
				blocks = (f->c_out + k->block - 1) / k->block;
	dpk_conv2d	s = {
		.x = {f->c_in, f->h, f->w, f->padding}, .y = {f->c_out, oh, ow, 0},
		.dx = {f->c_in, f->h, f->w, 0}, .dy = {f->c_out, oh, ow, 0},
		.kh = f->k, .kw = f->k, .stride_h = f->stride, .stride_w = f->stride,
		.pad_top = f->padding, .pad_left = f->padding,
		.dilation_h = f->dilation, .dilation_w = f->dilation, .groups = f->groups,
	};
	size_t		nx = (size_t) f->n * f->c_in * f->h * f->w,
				ny = (size_t) f->n * f->c_out * oh * ow,
				nw = (size_t) f->c_out * (f->c_in / f->groups) * f->k * f->k;
	float	   *in[] = {series(nx, 0), series(nw, 1), series(f->c_out, 2), series(ny, 3)},
			   *x = new_maps(&s.x, k->block, f->n, in[0]),
			   *y = new_maps(&s.y, k->block, f->n, NULL),
			   *dy = new_maps(&s.dy, k->block, f->n, in[3]),
			   *dx = new_maps(&s.dx, k->block, f->n, NULL),
			   *w = new_floats(k->conv2d_weights(&s)),
			   *dw = new_floats(k->conv2d_weights(&s)),
			   *flipped = new_floats(k->conv2d_flipped(&s)),
			   *b = new_floats((size_t) blocks * k->block),
			   *db = new_floats((size_t) blocks * k->block);

	memcpy(b, in[2], f->c_out * sizeof(float));
	k->conv2d_pack(&s, in[1], w);
	k->conv2d_flip(&s, 0, k->conv2d_flipped(&s), w, flipped);
	k->conv2d_forward(&s, 0, f->n * oh, x, w, b, y);
	k->conv2d_backward_weights(&s, 0, f->n * oh, x, dy, dw, db);
	k->conv2d_backward_input(&s, 0, f->n * f->h, dy, flipped, dx, false);

	float	   *out[] = {gather(y, &s.y, k->block, f->n), gather(dx, &s.dx, k->block, f->n)};

	k->conv2d_unpack(&s, dw, in[1]);
	ok(agrees(out[0], ny, f->y), "%s: PyTorch's output %d", k->isa, number + 1);
	ok(agrees(out[1], nx, f->dx), "%s: PyTorch's input gradient %d", k->isa, number + 1);
	ok(agrees(in[1], nw, f->dw), "%s: PyTorch's weight gradient %d", k->isa, number + 1);
	ok(agrees(db, f->c_out, f->db), "%s: PyTorch's bias gradient %d", k->isa, number + 1);

	void	   *all[] = {in[0], in[1], in[2], in[3], x, y, dy, dx, w, dw, flipped, b, db, out[0], out[1]};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

int
main(void)
{
	ok(dpk_kernels_best() != NULL, "the best kernels here are %s", dpk_kernels_best()->isa);
	ok(dpk_kernels_named("sse9") == NULL, "an unknown instruction set has no kernels");
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
		for (size_t j = 0; j < sizeof(frozen) / sizeof(*frozen); j++)
			try_frozen(k, j);
	}
	return done();
}
