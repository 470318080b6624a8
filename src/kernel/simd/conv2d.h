/*
 * conv2d.h - what the files of the convolution share
 *
 * Weights are packed
 *		w		(c_out/V, inputs, kh, kw, V in, V out)
 *		flipped	(c_in/V, outputs, kh, kw, V out, V in), taps in reverse
 * where 'inputs' is how many input blocks an output block sees: all of them
 * without groups.  With groups it is the smallest number that suffices for
 * every output block; weights between channels of different groups are zero
 * and stay so.  Interleaved input: w (c_out/V, kh, kw, c_in, V out).
 * Depthwise: w and flipped (c/V, kh, kw, V).
 */
#ifndef DPK_CONV2D_H
#define DPK_CONV2D_H

#include "simd.h"

/* Which blocks of one side a block of the other side sees */
typedef struct links
{
	int			c,				/* channels of this side */
				other,			/* and of the one it looks at */
				groups,
				count;			/* blocks it sees, the same number for all */
} links;

static inline void
links_range(const links *l, int block, int *first, int *last)
{
	int			mine = l->c / l->groups,
				theirs = l->other / l->groups;

	*first = block * V / mine * theirs / V;
	*last = ((DPK_MIN(block * V + V, l->c) - 1) / mine * theirs + theirs - 1) / V;
}

static inline int
links_first(const links *l, int block)
{
	int			first,
				last;

	if (l->groups == 1)
		return 0;
	links_range(l, block, &first, &last);
	return DPK_MIN(first, BLOCKS(l->other) - l->count);
}

static inline links
links_make(int c, int other, int groups)
{
	links		l = {c, other, groups, BLOCKS(other)};

	if (groups > 1)
	{
		l.count = 1;
		for (int b = 0; b < BLOCKS(c); b++)
		{
			int			first,
						last;

			links_range(&l, b, &first, &last);
			l.count = DPK_MAX(l.count, last - first + 1);
		}
	}
	return l;
}

/* Output blocks look at input blocks; input blocks at output blocks */
static inline links
links_forward(const dpk_conv2d *s)
{
	return links_make(s->y.c, s->x.c, s->groups);
}

static inline links
links_backward(const dpk_conv2d *s)
{
	return links_make(s->x.c, s->y.c, s->groups);
}

/* How many blocks to take next: those that see the same blocks, in parts that are nearly equal */
static inline int
links_take(const links *l, int block, int most)
{
	int			end = block + 1,
				parts;

	if (l->groups == 1)
		end = BLOCKS(l->c);
	while (end < BLOCKS(l->c) && links_first(l, end) == links_first(l, block))
		end++;
	parts = (end - block + most - 1) / most;
	return (end - block + parts - 1) / parts;
}

/* The gradient of a block's biases: rows by cols pixels of dy are added to db, in four sums */
static inline void
add_pixels(int rows, int cols, long dyrow, const float *dy, float *db)
{
	vec			acc[4] = {CVEC(db)};

	for (int r = 0; r < rows; r++, dy += dyrow)
	{
		int			p = 0;

		for (; p + 4 <= cols; p += 4)
			UNROLL for (int k = 0; k < 4; k++)
				acc[k] += CVEC(dy + (p + k) * V);
		for (; p < cols; p++)
			acc[0] += CVEC(dy + p * V);
	}
	VEC(db) = acc[0] + acc[1] + (acc[2] + acc[3]);
}

/*
 * One direction of a pass: output i reads position i * stride + offset + t * dilation
 * for the taps t, where that is inside the input.
 */
typedef struct axis
{
	int			n,
				stride,
				offset,
				taps,
				dilation,
				size;			/* of the input */
} axis;

/*
 * A pass is what both the forward pass and the input gradient are: every
 * output pixel of a sample sums taps over input pixels.  Steps are in floats.
 */
typedef struct pass
{
	axis		rows,
				cols;
	int			from,			/* rows to compute */
				to;
	links		link;
	int			border;			/* zeros around x */
	bool		interleaved,	/* x has link.other channels per pixel, and one block */
				depthwise,		/* output block i sees input block i, channel by channel */
				relu,
				add;			/* to y */
	long		xpix,
				xrow,
				xplane,
				ypix,			/* of neighbours in the pass; more than V where it fills every second pixel */
				yrow,
				yplane,
				wkw,			/* of taps */
				wkh,
				win,			/* of input blocks */
				wout;			/* of output blocks */
} pass;

/* x and y: row 0, column 0 of one sample; b may be NULL */
extern void DPK_NAME(conv2d_pass) (const pass *s, const float *x, const float *w, const float *b, float *y);

/* Gradients of a depthwise convolution; as conv2d_backward_weights */
extern void DPK_NAME(depthwise_weights) (const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db);

extern size_t DPK_NAME(conv2d_weights) (const dpk_conv2d *s);
extern size_t DPK_NAME(conv2d_flipped) (const dpk_conv2d *s);
extern void DPK_NAME(conv2d_pack) (const dpk_conv2d *s, const float *canonical, float *w);
extern void DPK_NAME(conv2d_unpack) (const dpk_conv2d *s, const float *w, float *canonical);
extern void DPK_NAME(conv2d_flip) (const dpk_conv2d *s, size_t from, size_t to, const float *w, float *flipped);
extern void DPK_NAME(conv2d_forward) (const dpk_conv2d *s, int from, int to, const float *x, const float *w, const float *b, float *y);
extern void DPK_NAME(conv2d_backward_weights) (const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db);
extern void DPK_NAME(conv2d_backward_input) (const dpk_conv2d *s, int from, int to, const float *dy, const float *flipped, float *dx, bool add);

#endif							/* DPK_CONV2D_H */
