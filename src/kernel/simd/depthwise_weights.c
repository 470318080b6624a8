/*
 * depthwise_weights.c - the gradient of weights and biases of a depthwise convolution
 *
 * A channel stays in its lane: a tile holds the sums of a few taps of one
 * block in registers while all pixels of a strip pass by, and each output
 * gradient is loaded once for all of them.  dy of a strip and the input under
 * it stay in the first-level cache for the next taps.
 */
#include "conv2d.h"

#define STRIP_BYTES (12 * 1024)

typedef struct strip
{
	int			rows,
				cols;
	long		xpix,			/* steps in floats between the inputs of neighbouring outputs */
				xrow,
				dyrow,
				xtap,			/* and of neighbouring taps */
				xtaprow,
				wrow;
} strip;

/* dw[t][u] += sum over the strip of dy * x[t][u], nr by nj taps */
TILE void
tile(const strip *s, const float *x, const float *dy, float *dw, const int nr, const int nj, const long xpix, const long xtap)
{
	vec			acc[3][3];

	UNROLL for (int t = 0; t < nr; t++)
		UNROLL for (int u = 0; u < nj; u++)
			acc[t][u] = CVEC(dw + t * s->wrow + u * V);
	for (int i = 0; i < s->rows; i++)
	{
		const float *xs = x + i * s->xrow;
		const float *g = dy + i * s->dyrow;

		for (int p = 0; p < s->cols; p++, xs += xpix, g += V)
		{
			vec			gv = CVEC(g);

			UNROLL for (int t = 0; t < nr; t++)
				UNROLL for (int u = 0; u < nj; u++)
					acc[t][u] += gv * CVEC(xs + t * s->xtaprow + u * xtap);
		}
	}
	UNROLL for (int t = 0; t < nr; t++)
		UNROLL for (int u = 0; u < nj; u++)
			VEC(dw + t * s->wrow + u * V) = acc[t][u];
}

/* k taps in the fewest parts of at most three, nearly equal: a lone one waits for its own sum */
static int
part(int left)
{
	int			parts = (left + 2) / 3;

	return (left + parts - 1) / parts;
}

static void
kernel(const strip *s, int kh, int kw, const float *x, const float *dy, float *dw)
{
	for (int t = 0, nr; t < kh; t += nr)
	{
		nr = part(kh - t);
		for (int u = 0, nj; u < kw; u += nj)
		{
			const float *xs = x + t * s->xtaprow + u * s->xtap;
			float	   *d = dw + t * s->wrow + u * V;

			nj = part(kw - u);
			switch (nr * 4 + nj)
			{
#define TAPS(r, j) case (r) * 4 + (j): tile(s, xs, dy, d, r, j, s->xpix, s->xtap); break
				TAPS(1, 1); TAPS(1, 2); TAPS(1, 3);
				TAPS(2, 1); TAPS(2, 2); TAPS(2, 3);
				TAPS(3, 1); TAPS(3, 2);
#undef TAPS
				case 3 * 4 + 3:
					if (s->xpix == V && s->xtap == V)
						tile(s, xs, dy, d, 3, 3, V, V);
					else
						tile(s, xs, dy, d, 3, 3, s->xpix, s->xtap);
			}
		}
	}
}

void
DPK_NAME(depthwise_weights) (const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db)
{
	strip		t = {
		.cols = s->y.w,
		.xpix = s->stride_w * V,
		.xrow = s->stride_h * map_row(&s->x),
		.dyrow = map_row(&s->dy),
		.xtap = s->dilation_w * V,
		.xtaprow = s->dilation_h * map_row(&s->x),
		.wrow = s->kw * V,
	};
	int			blocks = BLOCKS(s->x.c),
				rows = DPK_MAX(1, STRIP_BYTES / (s->y.w * V * (int) sizeof(float)));

	x += map_origin(&s->x) - s->pad_top * map_row(&s->x) - s->pad_left * V;
	dy += map_origin(&s->dy);
	for (int i = from / s->y.h; i * s->y.h < to; i++)
		for (long b = 0; b < blocks; b++)
		{
			const float *xs = x + (i * blocks + b) * map_plane(&s->x);
			const float *g = dy + (i * blocks + b) * map_plane(&s->dy);

			for (int r = first_row(from, i, s->y.h), end = end_row(to, i, s->y.h); r < end; r += t.rows)
			{
				t.rows = DPK_MIN(rows, end - r);
				kernel(&t, s->kh, s->kw, xs + r * t.xrow, g + r * t.dyrow, dw + b * s->kh * t.wrow);
				if (db != NULL)
					add_pixels(t.rows, t.cols, t.dyrow, g + r * t.dyrow, db + b * V);
			}
		}
}
