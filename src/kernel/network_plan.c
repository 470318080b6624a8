/*
 * network_plan.c - borders and layouts of maps, and their places in memory
 *
 * Layers are run in groups without a "whole" layer in between, some samples at
 * a time, so that a map is still in the cache when its consumer reads it.
 * Gradients of maps share places by lifetime: dy of a layer lives from its last
 * consumer's backward pass (the first to run) to its own, or, where it is kept
 * for all samples, to the end of its group.  In the forward pass of one sample
 * maps share places, too: y lives until its last consumer has read it.
 */
#include "layer.h"

#define CACHE_FLOATS (64 * 1024)	/* of the largest map of a group and its gradient, together in the L2 cache */

/* Places are whole cache lines, for the kernels and so that slices do not share one */
bool
dpk_grow(size_t *sum, size_t floats)
{
	size_t		line = DPK_ALIGN / sizeof(float);

	return dpk_add(*sum, (floats + line - 1) / line * line, sum) && *sum <= SIZE_MAX / 16;
}

dpk_status
dpk_settle_maps(dpk_net *net, dpk_error *err)
{
	dpk_layer  *input = &net->layers[0];
	bool		interleaved = input->layout == DPK_BLOCKED && input->y.c <= 4;

	for (int i = 1; i < net->nlayers; i++)
	{
		dpk_layer  *l = &net->layers[i];

		for (int k = 0; k < l->ninputs; k++)
		{
			dpk_map    *in = &net->layers[l->inputs[k]].y;

			in->border = DPK_MAX(in->border, l->want_border);
			if (l->inputs[k] == 0)
				interleaved &= (l->class == &dpk_layer_conv2d || l->class == &dpk_layer_conv1d) && l->conv.groups == 1;
		}
	}
	if (interleaved)
		input->layout = DPK_INTERLEAVED;

	for (int i = 0; i < net->nlayers; i++)
	{
		dpk_layer  *l = &net->layers[i];
		bool		is_blocked = l->layout == DPK_BLOCKED;
		size_t		channels = is_blocked ? (size_t) (l->y.c + net->block - 1) / net->block * net->block : (size_t) l->y.c,
					most = is_blocked ? (size_t) (l->y.c + DPK_MAX_BLOCK - 1) / DPK_MAX_BLOCK * DPK_MAX_BLOCK : channels;	/* on any machine */
		size_t		height = (size_t) l->y.h + 2 * l->y.border,
					width = (size_t) l->y.w + 2 * l->y.border,
					dy_pixels;
		char		text[80];

		l->dy = l->y;
		l->dy.border = l->layout == DPK_FLAT ? 0 : l->want_dy_border;
		dy_pixels = ((size_t) l->dy.h + 2 * l->dy.border) * ((size_t) l->dy.w + 2 * l->dy.border);
		l->y_floats = channels * height * width;	/* 2^17 * 2^22 * 2^22 at most, with the borders of conv1d */
		l->dy_floats = channels * dy_pixels;
		if (most * height * width > DPK_MAX_FLOATS || most * dy_pixels > DPK_MAX_FLOATS)
			return dpk_fail(err, DPK_TOO_BIG, "the output of layer \"%s\" is too large: %s", l->name, dpk_shape_text(l, text));
	}
	return DPK_OK;
}

/*
 * A place of the right size among those in use before but free now: the
 * smallest that suffices, else the largest, which grows
 */
static int
take_slot(dpk_slot *slots, int *nslots, size_t floats, int now, int until)
{
	int			best = -1;

	for (int i = 0; i < *nslots; i++)
	{
		if (slots[i].free_from <= now)
			continue;
		if (best < 0 ||
			(slots[i].floats >= floats ? slots[best].floats < floats || slots[i].floats < slots[best].floats
			 : slots[best].floats < floats && slots[i].floats > slots[best].floats))
			best = i;
	}
	if (best < 0)
		slots[best = (*nslots)++].floats = 0;
	slots[best].floats = DPK_MAX(slots[best].floats, floats);
	slots[best].free_from = until;
	return best;
}

/* Places of dy: 'chunked' ones and the others lie in two arenas */
static bool
place_gradients(dpk_net *net, dpk_slot *slots, bool chunked, size_t *total)
{
	int			nslots = 0;
	size_t		place = 0;

	/* backward pass of layer 'now': the inputs it is first to write need room */
	for (int now = net->nlayers; now > 0; now--)
	{
		const dpk_layer *l = &net->layers[now];
		int			ninputs = now == net->nlayers ? 1 : l->ninputs;

		for (int k = 0; k < ninputs; k++)
		{
			dpk_layer  *in = &net->layers[now == net->nlayers ? now - 1 : l->inputs[k]];

			if (!in->trains || in->dy_chunked != chunked || (now < net->nlayers && dpk_adds(net, l, k)))
				continue;
			in->dy_place = take_slot(slots, &nslots, in->dy_floats, now, chunked ? in->index : in->group);
		}
	}
	for (int i = 0; i < nslots; i++)
	{
		size_t		floats = slots[i].floats;

		slots[i].floats = place;
		if (!dpk_grow(&place, floats))
			return false;
	}
	for (int i = 0; i < net->nlayers; i++)
		if (net->layers[i].trains && net->layers[i].dy_chunked == chunked)
			net->layers[i].dy_place = slots[net->layers[i].dy_place].floats;
	*total = place;
	return true;
}

/* Places of y in the forward pass of one sample; take_slot() counts downwards */
static bool
place_lone(dpk_net *net, dpk_slot *slots)
{
	int			nslots = 0,
				n = net->nlayers;

	for (int i = 0; i < n; i++)
	{
		dpk_layer  *l = &net->layers[i];

		if (l->given_by != 0)
			continue;
		l->lone_place = take_slot(slots, &nslots, l->y_floats, n - i, l->nconsumers > 0 ? n - l->last_consumer : 0);
	}
	for (int i = 0; i < nslots; i++)
	{
		size_t		floats = slots[i].floats;

		slots[i].floats = net->lone_floats;
		if (!dpk_grow(&net->lone_floats, floats))
			return false;
	}
	for (int i = 0; i < n; i++)
		if (net->layers[i].given_by == 0)
			net->layers[i].lone_place = slots[net->layers[i].lone_place].floats;
	return true;
}

static bool
is_whole(const dpk_layer *l)
{
	return l->class->whole && l->given_by == 0;
}

dpk_status
dpk_plan_memory(dpk_net *net, dpk_error *err)
{
	dpk_slot   *slots = net->slots;
	int			end;
	bool		fits = true;

	net->map_floats = net->lone_floats = 0;
	net->max_chunk = 1;
	net->fingerprint = 0x9E3779B97F4A7C15u;
	for (int start = 0; start < net->nlayers; start = end)
	{
		size_t		largest = 1;
		int			chunk;

		for (end = start; end < net->nlayers && (end == start || !(is_whole(&net->layers[end]) || is_whole(&net->layers[start]))); end++)
			largest = DPK_MAX(largest, net->layers[end].y_floats * (1 + net->layers[end].keeps_x) + net->layers[end].dy_floats);
		chunk = is_whole(&net->layers[start]) ? INT32_MAX : (int) DPK_MAX(1, CACHE_FLOATS / largest);
		for (int i = start; i < end; i++)
		{
			dpk_layer  *l = &net->layers[i];

			l->group = start;
			l->chunk = chunk;
			/* consumers come later: all are in the group if the last of them is */
			l->dy_chunked = l->nconsumers > 0 && l->last_consumer < end;
			if (l->dy_chunked)
				net->max_chunk = DPK_MAX(net->max_chunk, chunk);
			l->y_place = net->map_floats;
			fits &= dpk_grow(&net->map_floats, l->y_floats);
			l->x_place = net->map_floats;
			fits &= !l->keeps_x || dpk_grow(&net->map_floats, l->y_floats);
			net->fingerprint = (net->fingerprint ^ (l->y_floats + l->y.border)) * 0x100000001B3u + l->y.w * 2 + l->keeps_x;
		}
	}
	fits = fits && place_lone(net, slots) && place_gradients(net, slots, true, &net->dy_chunk_floats) &&
		place_gradients(net, slots, false, &net->dy_floats);
	return fits ? DPK_OK : dpk_fail(err, DPK_TOO_BIG, "the network is too large");
}
