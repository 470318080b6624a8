/*
 * conv2d_weights.c - the gradient of weights and biases
 *
 * A tile is a few output blocks by a few input channels of one tap; its
 * accumulators stay in registers over a strip of rows, small enough that the
 * output gradient of the strip stays in the first-level cache while all input
 * channels and taps pass over it.
 */
#include "conv2d.h"

#define STRIP_BYTES (12 * 1024)

/* Where a tile works: rows by cols pixels of one sample */
typedef struct strip
{
	int			rows,
				cols;
	long		xpix,			/* steps in floats between the inputs of neighbouring outputs */
				xrow,
				dyrow,
				dyplane;
} strip;

/*
 * dw[o][r][j] += sum over the strip of dy[o] * x[r][j]: nob output blocks, nr
 * rows of the kernel and nj neighbouring floats of x; steps between them are
 * wout, wrow and V floats in dw, xtap in x
 */
TILE void
tile(const strip *s, const float *x, long xtap, const float *dy, float *dw, long wout, long wrow,
	 const int nob, const int nr, const int nj)
{
	const long	xpix = s->xpix,
				plane = s->dyplane;
	vec			acc[4][3][DPK_MAX(V, 9)];

	UNROLL for (int o = 0; o < nob; o++)
		UNROLL for (int r = 0; r < nr; r++)
			UNROLL for (int j = 0; j < nj; j++)
				acc[o][r][j] = CVEC(dw + o * wout + r * wrow + j * V);
	for (int i = 0; i < s->rows; i++)
	{
		const float *xs = x + i * s->xrow;
		const float *g = dy + i * s->dyrow;

		for (int p = 0; p < s->cols; p++, xs += xpix, g += V)
		{
			vec			gv[4];

			UNROLL for (int o = 0; o < nob; o++)
				gv[o] = CVEC(g + o * plane);
			UNROLL for (int r = 0; r < nr; r++)
				UNROLL for (int j = 0; j < nj; j++)
					UNROLL for (int o = 0; o < nob; o++)
						acc[o][r][j] += gv[o] * xs[r * xtap + j];
		}
	}
	UNROLL for (int o = 0; o < nob; o++)
		UNROLL for (int r = 0; r < nr; r++)
			UNROLL for (int j = 0; j < nj; j++)
				VEC(dw + o * wout + r * wrow + j * V) = acc[o][r][j];
}

/* All input channels of one block (nc of them filled) at one tap */
TILE void
channels(const strip *s, const float *x, int nc, const float *dy, float *dw, long wout, const int nob)
{
	for (int c = 0; c < nc; c += WJ(nob))
		tile(s, x + c, 0, dy, dw + c * V, wout, 0, nob, 1, WJ(nob));
}

/* Interleaved input: n neighbouring values of every row of the kernel */
TILE void
first_layer(const dpk_conv2d *s, const strip *t, const float *x, int n, const float *dy, float *dw, const int nob)
{
	long		wrow = (long) s->kw * s->x.c * V,
				wout = s->kh * wrow,
				xtap = (long) s->dilation_h * (s->x.w + 2 * s->x.border) * s->x.c;

	for (int j = 0, nj; j < n; j += nj)
	{
		nj = DPK_MIN(FJ(nob), n - j);
		if (FR(nob) > 1 && n % 3 == 0)
			nj = 3;
		for (int r = 0, nr; r < s->kh; r += nr)
		{
			const float *xs = x + r * xtap + j;
			float	   *d = dw + r * wrow + j * V;

			nr = 1;
			if (FR(nob) > 1 && nj == 3 && s->kh - r >= FR(nob))
			{
				nr = FR(nob);
				tile(t, xs, xtap, dy, d, wout, wrow, nob, FR(nob), 3);
			}
			else
				switch (nj)
				{
#define TAPS(k) case k: if (k <= FJ(nob)) tile(t, xs, 0, dy, d, wout, 0, nob, 1, k <= FJ(nob) ? k : 1); break
						TAPS(1); TAPS(2); TAPS(3); TAPS(4); TAPS(5); TAPS(6); TAPS(7); TAPS(8); TAPS(9);
#undef TAPS
				}
		}
	}
}

/* One strip, nob output blocks; dy at the strip, x at its first tap in the first input block it sees */
TILE void
blocks(const dpk_conv2d *s, const strip *t, const float *x, int first, int inputs, const float *dy, float *dw, const int nob)
{
	long		tap = V * V,
				wout = (long) inputs * s->kh * s->kw * tap;

	if (s->x_interleaved && nob > FOB)
		return;
	if (s->x_interleaved && s->dilation_w == 1)
		first_layer(s, t, x, s->kw * s->x.c, dy, dw, nob);
	else if (s->x_interleaved)
		for (int q = 0; q < s->kw; q++)
			first_layer(s, t, x + q * s->dilation_w * s->x.c, s->x.c, dy, dw + q * s->x.c * V, nob);
	if (s->x_interleaved)
		return;
	for (int i = 0; i < inputs; i++)
		for (int p = 0; p < s->kh; p++)
			for (int q = 0; q < s->kw; q++, dw += tap)
				if (nob <= WOB)
					channels(t, x + i * map_plane(&s->x) + p * s->dilation_h * map_row(&s->x) + q * s->dilation_w * V,
							 DPK_MIN(V, s->x.c - (first + i) * V), dy, dw, wout, nob);
}

/* Rows 'from' up to 'to' of one sample, x and dy at its row 0, column 0 */
static void
sample(const dpk_conv2d *s, const links *l, int from, int to, const float *x, const float *dy, float *dw, float *db)
{
	long		xpix = s->x_interleaved ? s->x.c : V,
				xrow = (s->x.w + 2 * s->x.border) * xpix,
				wout = s->x_interleaved ? (long) s->kh * s->kw * s->x.c * V : (long) l->count * s->kh * s->kw * V * V;
	strip		t = {
		.xpix = s->stride_w * xpix,
		.xrow = s->stride_h * xrow,
		.dyrow = map_row(&s->dy),
		.dyplane = map_plane(&s->dy),
	};
	int			most = s->x_interleaved ? FOB : WOB,
				pixels = STRIP_BYTES / (most * V * (int) sizeof(float)),
				cols = DPK_MIN(s->y.w, pixels),
				rows = DPK_MAX(1, pixels / cols);

	for (int r = from; r < to; r += rows)
		for (int c = 0; c < s->y.w; c += cols)
		{
			t.rows = DPK_MIN(rows, to - r);
			t.cols = DPK_MIN(cols, s->y.w - c);
			for (int ob = 0, nob; ob < BLOCKS(s->y.c); ob += nob)
			{
				int			first = s->x_interleaved ? 0 : links_first(l, ob);
				const float *g = dy + ob * t.dyplane + r * t.dyrow + c * V,
						   *xs = x + first * map_plane(&s->x)
					+ (r * s->stride_h - s->pad_top) * xrow + (c * s->stride_w - s->pad_left) * xpix;
				float	   *d = dw + ob * wout;

				nob = links_take(l, ob, most);
				switch (nob)
				{
#define BLOCK(k) case k: if (k <= DPK_MAX(FOB, WOB)) blocks(s, &t, xs, first, l->count, g, d, k); break
						BLOCK(1); BLOCK(2); BLOCK(3); BLOCK(4);
#undef BLOCK
				}
				/* last, when dy is in the cache: the tiles overlap its loads with arithmetic */
				for (int o = 0; o < nob && db != NULL; o++)
					add_pixels(t.rows, t.cols, t.dyrow, g + o * t.dyplane, db + (ob + o) * V);
			}
		}
}

/* Between channels of different groups there are no weights, but within a block there is room for them */
static void
clear_unlinked(const dpk_conv2d *s, const links *l, float *dw)
{
	int			in = s->x.c / s->groups,
				out = s->y.c / s->groups,
				inputs = s->x_interleaved ? 1 : l->count,
				nc = s->x_interleaved ? s->x.c : V;

	if (in % V == 0 && out % V == 0 && !s->x_interleaved)
		return;
	for (int ob = 0; ob < BLOCKS(s->y.c); ob++)
		for (int i = 0; i < inputs; i++)
			for (int t = 0; t < s->kh * s->kw; t++)
				for (int c = 0; c < nc; c++, dw += V)
				{
					int			group = ((s->x_interleaved ? 0 : links_first(l, ob) + i) * V + c) / in,
								first = group * out - ob * V;

					for (int o = 0; o < V; o++)
						dw[o] = o < first || o >= first + out ? 0 : dw[o];
				}
}

void
DPK_NAME(conv2d_backward_weights) (const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db)
{
	links		l = links_forward(s),
				all = l;
	size_t		xsample = s->x_interleaved
		? (size_t) (s->x.h + 2 * s->x.border) * (s->x.w + 2 * s->x.border) * s->x.c : dpk_map_floats(&s->x, V);

	if (dpk_depthwise(s))
	{
		DPK_NAME(depthwise_weights) (s, from, to, x, dy, dw, db);
		return;
	}
	if (s->x_interleaved)
		all.groups = 1;
	x += s->x_interleaved ? (s->x.border * (s->x.w + 2L * s->x.border) + s->x.border) * s->x.c : map_origin(&s->x);
	for (int i = from / s->y.h; i * s->y.h < to; i++)
		sample(s, &all, first_row(from, i, s->y.h), end_row(to, i, s->y.h), x + i * xsample, dy + map_origin(&s->dy) + i * dpk_map_floats(&s->dy, V), dw, db);
	if (s->groups > 1)
		clear_unlinked(s, &l, dw);
}
