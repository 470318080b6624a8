/*
 * conv2d.c - forward convolution and the gradient of its input, as passes
 *
 * With a stride, the input gradient falls into phases: the inputs i of one
 * remainder modulo the stride are reached by the same taps, every so many of
 * the kernel, and these walk the output gradient in steps of one.
 */
#include "conv2d.h"

/* A tap has V weights, a block one kernel */
static void
depthwise(pass *p, const dpk_conv2d *s)
{
	p->depthwise = true;
	p->wkw /= V;
	p->wkh /= V;
	p->wout = (long) s->kh * s->kw * V;
}

void
DPK_NAME(conv2d_forward) (const dpk_conv2d *s, int from, int to, const float *x, const float *w, const float *b, float *y)
{
	long		xpix = s->x_interleaved ? s->x.c : V,
				xrow = (s->x.w + 2 * s->x.border) * xpix,
				xsample = s->x_interleaved ? xrow * (s->x.h + 2 * s->x.border) : (long) dpk_map_floats(&s->x, V),
				ysample = dpk_map_floats(&s->y, V),
				in = s->x_interleaved ? s->x.c : V;
	pass		p = {
		.rows = {s->y.h, s->stride_h, -s->pad_top, s->kh, s->dilation_h, s->x.h},
		.cols = {s->y.w, s->stride_w, -s->pad_left, s->kw, s->dilation_w, s->x.w},
		.link = links_forward(s),
		.border = s->x.border,
		.interleaved = s->x_interleaved,
		.relu = s->activation == DPK_RELU,
		.xpix = xpix,
		.xrow = xrow,
		.xplane = map_plane(&s->x),
		.ypix = V,
		.yrow = map_row(&s->y),
		.yplane = map_plane(&s->y),
		.wkw = in * V,
		.wkh = s->kw * in * V,
		.win = s->kh * s->kw * V * V,
	};

	x += s->x.border * (xrow + xpix);
	y += map_origin(&s->y);
	/* Every output block sees the one input block; without dilation the pixels of a kernel row are one tap */
	if (s->x_interleaved)
	{
		p.link.groups = 1;
		if (s->dilation_w == 1)
		{
			p.link.other = s->kw * s->x.c;
			p.cols.taps = 1;
			p.cols.offset = 0;
			p.cols.size = s->x.w + 2 * s->x.border;
			x -= s->pad_left * xpix;
		}
	}
	p.wout = s->x_interleaved ? s->kh * p.wkh : p.link.count * p.win;
	if (dpk_depthwise(s))
		depthwise(&p, s);
	for (int i = from / s->y.h; i * s->y.h < to; i++)
	{
		p.from = first_row(from, i, s->y.h);
		p.to = end_row(to, i, s->y.h);
		DPK_NAME(conv2d_pass) (&p, x + i * xsample, w, b, y + i * ysample);
	}
}

/*
 * The inputs first, first + stride, ... of 'size': the last tap that reaches
 * them is 'tap' (the first in the flipped kernel), 'step' taps before it comes the next
 */
static axis
phase(int first, int size, int stride, int pad, int k, int dilation, int dysize, int *tap, int *step)
{
	axis		a = {.n = (size - first + stride - 1) / stride, .stride = 1, .size = dysize};

	/* taps t with (first + pad - t * dilation) divisible by stride: every stride/gcd-th, if any */
	for (*step = 1; *step * dilation % stride != 0;)
		++*step;
	for (*tap = k - 1; *tap >= 0 && (first + pad - *tap * dilation) % stride != 0;)
		--*tap;
	if (*tap < 0)
		return a;
	a.taps = *tap / *step + 1;
	a.offset = (first + pad - *tap * dilation) / stride;
	a.dilation = *step * dilation / stride;
	return a;
}

void
DPK_NAME(conv2d_backward_input) (const dpk_conv2d *s, int from, int to, const float *dy, const float *flipped, float *dx, bool add)
{
	pass		p = {
		.link = links_backward(s),
		.border = s->dy.border,
		.add = add,
		.xpix = V,
		.xrow = map_row(&s->dy),
		.xplane = map_plane(&s->dy),
		.ypix = s->stride_w * V,
		.yrow = s->stride_h * map_row(&s->dx),
		.yplane = map_plane(&s->dx),
		.win = s->kh * s->kw * V * V,
	};
	long		xsample = dpk_map_floats(&s->dy, V),
				ysample = dpk_map_floats(&s->dx, V),
				tap = dpk_depthwise(s) ? V : V * V;

	p.wout = p.link.count * p.win;
	dy += map_origin(&s->dy);
	dx += map_origin(&s->dx);
	for (int i = from / s->x.h; i * s->x.h < to; i++)
		for (int r = 0; r < DPK_MIN(s->stride_h, s->x.h); r++)
			for (int c = 0; c < DPK_MIN(s->stride_w, s->x.w); c++)
			{
				int			tap_h,
							tap_w,
							step_h,
							step_w;

				/* rows of the phase are r, r + stride, ... of the sample */
				p.from = (first_row(from, i, s->x.h) - r + s->stride_h - 1) / s->stride_h;
				p.to = (end_row(to, i, s->x.h) - r + s->stride_h - 1) / s->stride_h;
				p.rows = phase(r, s->x.h, s->stride_h, s->pad_top, s->kh, s->dilation_h, s->dy.h, &tap_h, &step_h);
				p.cols = phase(c, s->x.w, s->stride_w, s->pad_left, s->kw, s->dilation_w, s->dy.w, &tap_w, &step_w);
				p.wkw = step_w * V * V;
				p.wkh = step_h * s->kw * V * V;
				if (dpk_depthwise(s))
					depthwise(&p, s);
				DPK_NAME(conv2d_pass) (&p, dy + i * xsample,
									   flipped + ((s->kh - 1 - tap_h) * s->kw + s->kw - 1 - tap_w) * tap, NULL,
									   dx + i * ysample + r * map_row(&s->dx) + c * V);
			}
}
