/*
 * conv2d_pass.c - the pass that forward convolution and input gradient share
 *
 * A tile is several output blocks by several pixels of one row: every weight
 * vector is used for all its pixels and every input value, broadcast, for all
 * its blocks, so that the multiply-adds outnumber the loads and none of the
 * accumulators leaves its register until the sum is complete.  The tile of a
 * depthwise convolution is one block: a tap is a vector for all its pixels.
 */
#include "conv2d.h"

/* Keep the rows of input that all output blocks read in the second-level cache */
#define STRIP_BYTES (128 * 1024)

/* The taps of an output row or column that do not fall outside the input */
typedef struct taps
{
	int			first,
				count;
} taps;

/* How a tile multiplies; the kernel that is common has constant taps, and each pixel is loaded once for three of them */
typedef enum depth
{
	DENSE,
	DEPTHWISE,
	DEPTHWISE_3X3				/* without dilation */
} depth;

/* What the pixels of one strip and group of output blocks have in common */
typedef struct work
{
	const pass *s;
	const float *x,				/* row 0, column 0 of the first input block */
			   *w,
			   *b;
	float	   *y;
	int			inputs,			/* input blocks */
				lastc;			/* channels in the last of them */
} work;

/* The sums of a tile whose blocks see all channels of their input blocks */
TILE void
products(const pass *s, const float *x, const float *w, int nkh, int nkw, int inputs, int lastc,
		 const int nob, const int npx, const long xstep, vec acc[OCB][PX_MAX])
{
	const long	xrow = s->rows.dilation * s->xrow,
				xcol = s->cols.dilation * s->xpix,
				wout = s->wout;

	for (int i = 0; i < inputs; i++)
	{
		int			nc = i == inputs - 1 ? lastc : V,
					nu = nkw;

		/* Neighbouring taps whose channels follow each other are one long loop */
		if (xcol == V && nc == V && s->wkw == V * V)
		{
			nc = nkw * V;
			nu = 1;
		}
		for (int t = 0; t < nkh; t++)
			for (int u = 0; u < nu; u++)
			{
				const float *xs = x + i * s->xplane + t * xrow + u * xcol;
				const float *ws = w + i * s->win + t * s->wkh + u * s->wkw;

				for (int c = 0; c < nc; c++)
				{
					vec			wv[OCB];

					UNROLL for (int o = 0; o < nob; o++)
						wv[o] = CVEC(ws + o * wout + c * V);
					UNROLL for (int p = 0; p < npx; p++)
						UNROLL for (int o = 0; o < nob; o++)
							acc[o][p] += wv[o] * xs[p * xstep + c];
				}
			}
	}
}

/* One tap of a depthwise convolution, channel by channel */
TILE void
depthwise_tap(const float *x, const float *w, const int npx, const long xstep, vec acc[OCB][PX_MAX])
{
	vec			wv = CVEC(w);

	UNROLL for (int p = 0; p < npx; p++)
		acc[0][p] += wv * CVEC(x + p * xstep);
}

TILE void
depthwise_products(const pass *s, const float *x, const float *w, int nkh, int nkw,
				   const depth deep, const int npx, const long xstep, vec acc[OCB][PX_MAX])
{
	const long	xrow = s->rows.dilation * s->xrow,
				xcol = s->cols.dilation * s->xpix;

	if (deep == DEPTHWISE_3X3)
		UNROLL for (int t = 0; t < 3; t++)
			UNROLL for (int u = 0; u < 3; u++)
				depthwise_tap(x + t * xrow + u * V, w + t * s->wkh + u * s->wkw, npx, xstep, acc);
	else
		for (int t = 0; t < nkh; t++)
			for (int u = 0; u < nkw; u++)
				depthwise_tap(x + t * xrow + u * xcol, w + t * s->wkh + u * s->wkw, npx, xstep, acc);
}

/* npx pixels, xstep floats apart in x and ystep in y; x and w at their first tap */
TILE void
tile(const work *k, const float *x, const float *w, float *y, int nkh, int nkw, long ystep,
	 int inputs, int lastc, const int nob, const depth deep, const int npx, const long xstep)
{
	const pass *s = k->s;
	const long	yplane = s->yplane;
	vec			acc[OCB][PX_MAX];

	if (s->add)
		UNROLL for (int o = 0; o < nob; o++)
			UNROLL for (int p = 0; p < npx; p++)
				acc[o][p] = CVEC(y + o * yplane + p * ystep);
	else
		UNROLL for (int o = 0; o < nob; o++)
		{
			vec			b = k->b != NULL ? CVEC(k->b + o * V) : (vec) {0};

			UNROLL for (int p = 0; p < npx; p++)
				acc[o][p] = b;
		}

	if (deep == DENSE)
		products(s, x, w, nkh, nkw, inputs, lastc, nob, npx, xstep, acc);
	else
		depthwise_products(s, x, w, nkh, nkw, deep, npx, xstep, acc);

	/* NaN stays NaN */
	if (s->relu)
		UNROLL for (int o = 0; o < nob; o++)
			UNROLL for (int p = 0; p < npx; p++)
				acc[o][p] = (vec) (~(acc[o][p] < 0) & (ivec) acc[o][p]);
	UNROLL for (int o = 0; o < nob; o++)
		UNROLL for (int p = 0; p < npx; p++)
			VEC(y + o * yplane + p * ystep) = acc[o][p];
}

/* n pixels that have the same taps, in a row or a column, in tiles of nearly equal width */
TILE void
run(const work *k, const float *x, const float *w, float *y, int n, int nkh, int nkw, long ystep,
	int inputs, int lastc, const int nob, const depth deep, const long xstep)
{
	int			ntiles = (n + PX(nob) - 1) / PX(nob),
				narrow = n / DPK_MAX(ntiles, 1),
				wider = n % DPK_MAX(ntiles, 1);

	for (int i = 0, width; i < ntiles; i++, x += width * xstep, y += width * ystep)
	{
		width = narrow + (i < wider);
		switch (width)
		{
#define WIDTH(j) case j: if (j <= PX(nob)) tile(k, x, w, y, nkh, nkw, ystep, inputs, lastc, nob, deep, j <= PX(nob) ? j : 1, xstep); break
				WIDTH(1); WIDTH(2); WIDTH(3); WIDTH(4); WIDTH(5); WIDTH(6);
				WIDTH(7); WIDTH(8); WIDTH(9); WIDTH(10); WIDTH(11); WIDTH(12);
#undef WIDTH
		}
	}
}

/* The taps of output i that fall on the input, or on the border around it, which is zero */
static taps
inside(const axis *a, int i, int border)
{
	taps		k = {0, a->taps};
	int			at = i * a->stride + a->offset,
				last = at + (a->taps - 1) * a->dilation;

	for (; k.count > 0 && (at < -border || at >= a->size + border); at += a->dilation)
		k.first++, k.count--;
	for (; k.count > 0 && (last < -border || last >= a->size + border); last -= a->dilation)
		k.count--;
	return k;
}

/*
 * Pixels of one column at an edge, whose taps fall partly outside.  They share
 * those that do not, so that they make tiles too, as far as the border reaches.
 */
TILE void
edge(const work *k, int j, int from, int to, const int nob, const depth deep)
{
	const pass *s = k->s;
	taps		kw = inside(&s->cols, j, 0);
	const float *x = k->x + (j * s->cols.stride + s->cols.offset + kw.first * s->cols.dilation) * s->xpix;
	const float *w = k->w + kw.first * s->wkw;
	float	   *y = k->y + j * s->ypix;

	for (int i = from, n; i < to; i += n)
	{
		taps		kh = inside(&s->rows, i, s->border);

		for (n = 1; kh.count == s->rows.taps && i + n < to && inside(&s->rows, i + n, s->border).count == kh.count;)
			n++;
		run(k, x + (i * s->rows.stride + s->rows.offset + kh.first * s->rows.dilation) * s->xrow, w + kh.first * s->wkh,
			y + i * s->yrow, n, kh.count, kw.count, s->yrow, k->inputs, k->lastc, nob, deep, s->rows.stride * s->xrow);
	}
}

/* Rows 'from' up to 'to' */
TILE void
rows(const work *k, int from, int to, const int nob, const depth deep)
{
	const pass *s = k->s;
	long		xstep = s->cols.stride * s->xpix;
	int			left = 0,
				right = s->cols.n;

	for (; left < right && inside(&s->cols, left, 0).count < s->cols.taps; left++)
		edge(k, left, from, to, nob, deep);
	for (; right > left && inside(&s->cols, right - 1, 0).count < s->cols.taps; right--)
		edge(k, right - 1, from, to, nob, deep);
	for (int i = from; i < to; i++)
	{
		taps		kh = inside(&s->rows, i, 0);
		const float *x = k->x + (i * s->rows.stride + s->rows.offset + kh.first * s->rows.dilation) * s->xrow
		+ (left * s->cols.stride + s->cols.offset) * s->xpix;
		const float *w = k->w + kh.first * s->wkh;
		float	   *y = k->y + i * s->yrow + left * s->ypix;

		/* constants where they speed up what is common: blocks, and first layers of one channel */
		if (deep == DEPTHWISE && xstep == V && kh.count == 3 && s->cols.taps == 3 && s->cols.dilation == 1)
			run(k, x, w, y, right - left, 3, 3, s->ypix, 1, V, nob, DEPTHWISE_3X3, V);
		else if (xstep == V && !s->interleaved)
			run(k, x, w, y, right - left, kh.count, s->cols.taps, s->ypix, k->inputs, k->lastc, nob, deep, V);
		else if (deep == DENSE && s->interleaved && xstep == 1 && k->lastc == 3 && s->cols.taps == 1 && kh.count == 3)
			run(k, x, w, y, right - left, 3, 1, V, 1, 3, nob, DENSE, 1);
		else
			run(k, x, w, y, right - left, kh.count, s->cols.taps, s->ypix, k->inputs, k->lastc, nob, deep, xstep);
	}
}

void
DPK_NAME(conv2d_pass) (const pass *s, const float *x, const float *w, const float *b, float *y)
{
	int			inputs = s->interleaved ? 1 : s->link.count,
				blocks = BLOCKS(s->link.c),
				strip = STRIP_BYTES / (inputs * s->rows.stride * s->xrow * (long) sizeof(float));

	strip = DPK_MAX(strip, 1);
	for (int r = s->from; r < s->to; r += strip)
		for (int ob = 0, nob; ob < blocks; ob += nob)
		{
			int			first = s->interleaved ? 0 : links_first(&s->link, ob),
						to = DPK_MIN(r + strip, s->to);
			work		k = {
				.s = s,
				.x = x + first * s->xplane,
				.w = w + ob * s->wout,
				.b = b != NULL ? b + ob * V : NULL,
				.y = y + ob * s->yplane,
				.inputs = inputs,
				.lastc = s->interleaved ? s->link.other : DPK_MIN(V, s->link.other - (first + inputs - 1) * V),
			};

			nob = s->depthwise ? 1 : links_take(&s->link, ob, OCB);
			switch (s->depthwise ? 0 : nob)
			{
				case 0: rows(&k, r, to, 1, DEPTHWISE); break;
#define BLOCK(j) case j: if (j <= OCB) rows(&k, r, to, j <= OCB ? j : 1, DENSE); break
					BLOCK(1); BLOCK(2); BLOCK(3); BLOCK(4);
#undef BLOCK
			}
		}
}
