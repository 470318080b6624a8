/*
 * conv2d_layout.c - weights between their canonical and their packed order
 */
#include <string.h>

#include "conv2d.h"

/* Where canonical weight (o, i, p, q) is; i counts within the group */
static size_t
packed_at(const dpk_conv2d *s, const links *l, int o, int i, int p, int q)
{
	int			in = o / (s->y.c / s->groups) * (s->x.c / s->groups) + i;
	size_t		at;

	if (dpk_depthwise(s))
		return (((size_t) (o / V) * s->kh + p) * s->kw + q) * V + o % V;
	if (s->x_interleaved)
		return ((((size_t) (o / V) * s->kh + p) * s->kw + q) * s->x.c + in) * V + o % V;
	at = (size_t) (o / V) * l->count + in / V - links_first(l, o / V);
	return (((at * s->kh + p) * s->kw + q) * V + in % V) * V + o % V;
}

size_t
DPK_NAME(conv2d_weights) (const dpk_conv2d *s)
{
	links		l = links_forward(s);
	size_t		taps = (size_t) s->kh * s->kw;

	if (dpk_depthwise(s))
		return BLOCKS(s->y.c) * taps * V;
	if (s->x_interleaved)
		return BLOCKS(s->y.c) * taps * s->x.c * V;
	return BLOCKS(s->y.c) * taps * l.count * V * V;
}

size_t
DPK_NAME(conv2d_flipped) (const dpk_conv2d *s)
{
	links		l = links_backward(s);

	if (s->x_interleaved)
		return 0;
	if (dpk_depthwise(s))
		return DPK_NAME(conv2d_weights) (s);
	return (size_t) BLOCKS(s->x.c) * l.count * s->kh * s->kw * V * V;
}

void
DPK_NAME(conv2d_pack) (const dpk_conv2d *s, const float *canonical, float *w)
{
	links		l = links_forward(s);

	memset(w, 0, DPK_NAME(conv2d_weights) (s) * sizeof(float));
	for (int o = 0; o < s->y.c; o++)
		for (int i = 0; i < s->x.c / s->groups; i++)
			for (int p = 0; p < s->kh; p++)
				for (int q = 0; q < s->kw; q++)
					w[packed_at(s, &l, o, i, p, q)] = *canonical++;
}

void
DPK_NAME(conv2d_unpack) (const dpk_conv2d *s, const float *w, float *canonical)
{
	links		l = links_forward(s);

	for (int o = 0; o < s->y.c; o++)
		for (int i = 0; i < s->x.c / s->groups; i++)
			for (int p = 0; p < s->kh; p++)
				for (int q = 0; q < s->kw; q++)
					*canonical++ = w[packed_at(s, &l, o, i, p, q)];
}

/* Taps backwards, block by block */
static void
flip_depthwise(size_t taps, size_t from, size_t to, const float *w, float *flipped)
{
	for (size_t u = from / V; u < to / V; u++)
		VEC(flipped + u * V) = CVEC(w + (u / taps * taps + taps - 1 - u % taps) * V);
}

/* The blocks change places, within each block the channels, and the taps run backwards */
void
DPK_NAME(conv2d_flip) (const dpk_conv2d *s, size_t from, size_t to, const float *w, float *flipped)
{
	links		f = links_forward(s),
				l = links_backward(s);
	size_t		taps = (size_t) s->kh * s->kw;

	if (s->x_interleaved)
		return;
	if (dpk_depthwise(s))
	{
		flip_depthwise(taps, from, to, w, flipped);
		return;
	}
	for (size_t u = from / (V * V); u < to / (V * V); u++)
	{
		size_t		pair = u / taps;
		int			ib = (int) (pair / l.count),
					ob = links_first(&l, ib) + (int) (pair % l.count),
					j = ib - links_first(&f, ob);
		const float *x = w + (((size_t) ob * f.count + j + 1) * taps - 1 - u % taps) * V * V;
		float	   *y = flipped + u * V * V;

		if (j < 0 || j >= f.count)
		{
			memset(y, 0, V * V * sizeof(float));
			continue;
		}
		for (int i = 0; i < V; i++)
			for (int o = 0; o < V; o++)
				y[o * V + i] = x[i * V + o];
	}
}
