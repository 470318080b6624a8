/*
 * conv2d_pass.c - the pass that forward convolution and input gradient share
 *
 * A tile is several output blocks by several pixels of one row: every weight
 * vector is used for all its pixels and every input value, broadcast, for all
 * its blocks, so that the multiply-adds outnumber the loads and none of the
 * accumulators leaves its register until the sum is complete.
 */
#include "conv2d.h"

/* Keep the rows of input that all output blocks read in the second-level cache */
#define STRIP_BYTES (128 * 1024)

/* The taps of one output row or pixel that fall inside the input */
typedef struct taps
{
	int			first,
				count;
} taps;

TILE void
tile(const pass *s, const float *x, const float *w, const float *b, float *y,
	 int inputs, int lastc, taps kh, taps kw, const int nob, const int npx, const long xstep)
{
	const long	xrow = s->rows.dilation * s->xrow,
				xcol = s->cols.dilation * s->xpix;
	vec			acc[OCB][PX_MAX];

	if (s->add)
		UNROLL for (int o = 0; o < nob; o++)
			UNROLL for (int p = 0; p < npx; p++)
				acc[o][p] = CVEC(y + o * s->yplane + p * s->ypix);
	else
		UNROLL for (int o = 0; o < nob; o++)
			UNROLL for (int p = 0; p < npx; p++)
				acc[o][p] = b != NULL ? CVEC(b + o * V) : (vec) {0};

	for (int i = 0; i < inputs; i++)
	{
		int			nc = i == inputs - 1 ? lastc : V;

		for (int t = 0; t < kh.count; t++)
			for (int u = 0; u < kw.count; u++)
			{
				const float *xs = x + i * s->xplane + t * xrow + u * xcol;
				const float *ws = w + i * s->win + t * s->wkh + u * s->wkw;

				for (int c = 0; c < nc; c++)
				{
					vec			wv[OCB];

					UNROLL for (int o = 0; o < nob; o++)
						wv[o] = CVEC(ws + o * s->wout + c * V);
					UNROLL for (int p = 0; p < npx; p++)
						UNROLL for (int o = 0; o < nob; o++)
							acc[o][p] += wv[o] * xs[p * xstep + c];
				}
			}
	}

	UNROLL for (int o = 0; o < nob; o++)
		UNROLL for (int p = 0; p < npx; p++)
		{
			/* NaN stays NaN */
			if (s->relu)
				acc[o][p] = choose(acc[o][p] < 0, (vec) {0}, acc[o][p]);
			VEC(y + o * s->yplane + p * s->ypix) = acc[o][p];
		}
}

static taps
inside(const axis *a, int i)
{
	taps		k = {0, a->taps};
	int			at = i * a->stride + a->offset;

	while (k.count > 0 && (at + k.first * a->dilation < a->lo || at + k.first * a->dilation >= a->hi))
		k.first++, k.count--;
	while (k.count > 0 && (at + (k.first + k.count - 1) * a->dilation < a->lo ||
						   at + (k.first + k.count - 1) * a->dilation >= a->hi))
		k.count--;
	return k;
}

/* A pixel whose taps fall partly outside the input */
TILE void
edge(const pass *s, const float *x, const float *w, const float *b, float *y,
	 int inputs, int lastc, int j, taps kh, const int nob)
{
	taps		kw = inside(&s->cols, j);

	x += (j * s->cols.stride + s->cols.offset + kw.first * s->cols.dilation) * s->xpix;
	tile(s, x, w + kw.first * s->wkw, b, y + j * s->ypix, inputs, lastc, kh, kw, nob, 1, 0);
}

/* Columns 'from' up to 'to', which have all their taps, in tiles of nearly equal width */
TILE void
columns(const pass *s, const float *x, const float *w, const float *b, float *y,
		int inputs, int lastc, int from, int to, taps kh, const int nob, const long xstep)
{
	taps		kw = {0, s->cols.taps};
	int			ntiles = (to - from + PX(nob) - 1) / PX(nob);

	x += s->cols.offset * s->xpix;
	for (int j = from, width; j < to; j += width)
	{
		const float *xs = x + j * xstep;
		float	   *ys = y + j * s->ypix;

		width = (to - j + ntiles - 1) / ntiles;
		ntiles--;
		switch (width)
		{
#define WIDTH(n) case n: if (n <= PX(nob)) tile(s, xs, w, b, ys, inputs, lastc, kh, kw, nob, n <= PX(nob) ? n : 1, xstep); break
				WIDTH(1); WIDTH(2); WIDTH(3); WIDTH(4); WIDTH(5); WIDTH(6);
				WIDTH(7); WIDTH(8); WIDTH(9); WIDTH(10); WIDTH(11); WIDTH(12);
#undef WIDTH
		}
	}
}

TILE void
row(const pass *s, const float *x, const float *w, const float *b, float *y, int inputs, int lastc, int i,
	const int nob, const long xstep)
{
	taps		kh = inside(&s->rows, i);
	int			from = 0,
				to = s->cols.n;

	x += ((i * s->rows.stride + s->rows.offset) + kh.first * s->rows.dilation) * s->xrow;
	w += kh.first * s->wkh;
	y += i * s->yrow;
	for (; from < to && inside(&s->cols, from).count < s->cols.taps; from++)
		edge(s, x, w, b, y, inputs, lastc, from, kh, nob);
	for (; to > from && inside(&s->cols, to - 1).count < s->cols.taps; to--)
		edge(s, x, w, b, y, inputs, lastc, to - 1, kh, nob);
	if (from < to)
		columns(s, x, w, b, y, inputs, lastc, from, to, kh, nob, xstep);
}

TILE void
rows(const pass *s, const float *x, const float *w, const float *b, float *y, int inputs, int lastc,
	 int from, int to, const int nob)
{
	long		xstep = s->cols.stride * s->xpix;

	for (int i = from; i < to; i++)
		if (xstep == V)
			row(s, x, w, b, y, inputs, lastc, i, nob, V);
		else
			row(s, x, w, b, y, inputs, lastc, i, nob, xstep);
}

void
DPK_NAME(conv2d_pass) (const pass *s, const float *x, const float *w, const float *b, float *y)
{
	int			inputs = s->interleaved ? 1 : s->link.count,
				blocks = BLOCKS(s->link.c),
				strip = STRIP_BYTES / (inputs * s->rows.stride * s->xrow * (long) sizeof(float));

	strip = DPK_MAX(strip, 1);
	for (int r = 0; r < s->rows.n; r += strip)
		for (int ob = 0, nob; ob < blocks; ob += nob)
		{
			int			first = s->interleaved ? 0 : links_first(&s->link, ob),
						lastc = s->interleaved ? s->link.other : DPK_MIN(V, s->link.other - (first + inputs - 1) * V),
						to = DPK_MIN(r + strip, s->rows.n);
			const float *xs = x + first * s->xplane,
					   *ws = w + ob * s->wout,
					   *bs = b != NULL ? b + ob * V : NULL;
			float	   *ys = y + ob * s->yplane;

			nob = links_take(&s->link, ob, OCB);
			switch (nob)
			{
#define BLOCK(n) case n: if (n <= OCB) rows(s, xs, ws, bs, ys, inputs, lastc, r, to, n <= OCB ? n : 1); break
					BLOCK(1); BLOCK(2); BLOCK(3); BLOCK(4);
#undef BLOCK
			}
		}
}
