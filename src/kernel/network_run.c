/*
 * network_run.c - forward passes and gradients
 *
 * The work memory:
 *		header				what the maps were laid out for
 *		maps				y of every layer, for all samples of the batch; in
 *							the forward pass of one sample of those in use
 *		fixed				scratch of layers, such as flipped kernels
 *		dy, dy of chunks	gradients of maps, which share places by lifetime
 * Layers are run in the groups of network_plan.c: a group goes over the batch
 * some samples at a time.  Within a layer samples come in ascending order, so
 * its sums do not depend on where a batch is cut.
 */
#include "layer.h"

typedef struct header
{
	uint64_t	magic;			/* 0 in fresh memory */
	uint64_t	fingerprint;	/* of the network's maps */
	int64_t		n;				/* samples */
	int64_t		unused[5];
} header;

#define MAGIC 0x6470776f726b3031u
#define SLACK 64				/* floats behind each part: a tile may read, not use, past the end */

static bool
part(size_t *bytes, size_t floats, size_t n)
{
	size_t		size;

	return dpk_mul(floats, n, &size) && dpk_add(size, SLACK, &size) &&
		dpk_mul(size, sizeof(float), &size) && dpk_add(*bytes, size, bytes);
}

size_t
dpk_net_work_bytes(const dpk_net *net, int nsamples, bool training)
{
	size_t		bytes = sizeof(header);
	size_t		n = DPK_MAX(nsamples, 1);

	if (!part(&bytes, n == 1 && !training ? net->lone_floats : net->map_floats, n))
		return SIZE_MAX;
	if (training && (!part(&bytes, net->fixed_floats, 1) || !part(&bytes, net->dy_floats, n) ||
					 !part(&bytes, net->dy_chunk_floats, DPK_MIN(n, (size_t) net->max_chunk))))
		return SIZE_MAX;
	return bytes;
}

#define CLEARED 4194304			/* floats between two looks */

dpk_status
dpk_clear(const dpk_run *run, float *x, size_t floats)
{
	for (size_t i = 0; i < floats; i += CLEARED)
	{
		if (dpk_stopped(run->stop))
			return DPK_STOPPED;
		memset(x + i, 0, sizeof(float) * DPK_MIN(CLEARED, floats - i));
	}
	return DPK_OK;
}

#define TOUCHED 1024			/* floats that a new page of memory takes as much time as */

/* Zero the border of n maps; 'inner' floats make a pixel */
static dpk_status
zero_border(const dpk_run *run, int nplanes, const dpk_map *m, int inner, float *x)
{
	size_t		row = (size_t) (m->w + 2 * m->border) * inner,
				side = (size_t) m->border * inner,
				done = 0;

	if (m->border == 0)
		return DPK_OK;
	for (int i = 0; i < nplanes; i++)
	{
		if (dpk_clear(run, x, row * m->border) != DPK_OK)
			return DPK_STOPPED;
		x += row * m->border;
		for (int r = 0; r < m->h; r++, x += row)
		{
			memset(x, 0, sizeof(float) * side);
			memset(x + row - side, 0, sizeof(float) * side);
			done += 2 * side + TOUCHED;
			if (done > CLEARED)
			{
				if (dpk_stopped(run->stop))
					return DPK_STOPPED;
				done = 0;
			}
		}
		if (dpk_clear(run, x, row * m->border) != DPK_OK)
			return DPK_STOPPED;
		x += row * m->border;
	}
	return DPK_OK;
}

static dpk_status
zero_layer_border(const dpk_pass *p, const dpk_layer *l, const dpk_map *m, int n, float *x)
{
	int			block = p->net->block;

	if (l->layout == DPK_INTERLEAVED)
		return zero_border(p->run, n, m, m->c, x);
	if (l->layout == DPK_BLOCKED)
		return zero_border(p->run, n * ((m->c + block - 1) / block), m, block, x);
	return DPK_OK;
}

static dpk_status
start(dpk_pass *pass, const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch, float *grad)
{
	header	   *head = run->work;
	dpk_pass	p = {
		.net = net, .run = run, .params = params, .grad = grad, .batch = batch,
		.total = batch->n, .n = batch->n, .lone = grad == NULL && batch->n == 1, .chunk = DPK_MIN(batch->n, net->max_chunk),
		.maps = (float *) (head + 1)
	};

	if (p.lone)
	{
		/* borders are cleared with each layer */
		head->magic = 0;
		*pass = p;
		return DPK_OK;
	}
	p.fixed = p.maps + net->map_floats * p.total + SLACK;
	p.dy = p.fixed + net->fixed_floats + SLACK;
	p.dy_chunk = p.dy + net->dy_floats * p.total + SLACK;
	if (head->magic != MAGIC || head->fingerprint != net->fingerprint || head->n != p.total)
	{
		head->magic = 0;		/* until all are */
		for (int i = 0; i < net->nlayers; i++)
		{
			const dpk_layer *l = &net->layers[i];

			/* what was folded into the layer before it has no output of its own */
			if (l->given_by == 0 && zero_layer_border(&p, l, &l->y, p.total, dpk_y(&p, l)) != DPK_OK)
				return DPK_STOPPED;
		}
		*head = (header) {MAGIC, net->fingerprint, p.total, {0}};
	}
	*pass = p;
	return DPK_OK;
}

/* All layers up to 'last' */
static dpk_status
run_forward(const dpk_pass *whole, int last)
{
	const dpk_net *net = whole->net;
	dpk_pass	p = *whole;
	int			end;

	for (int begin = 0; begin <= last; begin = end)
	{
		int			chunk = net->layers[begin].chunk;

		for (end = begin + 1; end <= last && net->layers[end].group == begin; end++)
			;
		for (p.first = 0; p.first < p.total; p.first += p.n)
		{
			p.n = DPK_MIN(chunk, p.total - p.first);
			for (int i = begin; i < end; i++)
			{
				const dpk_layer *l = &net->layers[i];
				dpk_status	status;

				if (dpk_stopped(p.run->stop))
					return DPK_STOPPED;
				if (l->given_by != 0)
					continue;
				if (p.lone && zero_layer_border(&p, l, &l->y, 1, dpk_y(&p, l)) != DPK_OK)
					return DPK_STOPPED;
				if ((status = l->class->forward(&p, l)) != DPK_OK)
					return status;
			}
		}
	}
	return DPK_OK;
}

static dpk_status
layer_backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;

	if (!l->trains)
		return DPK_OK;
	if (dpk_stopped(p->run->stop))
		return DPK_STOPPED;
	for (int k = 0; k < l->ninputs; k++)
	{
		const dpk_layer *in = dpk_input_of(net, l, k);

		if (in->trains && !dpk_adds(net, l, k) && zero_layer_border(p, in, &in->dy, p->n, dpk_dy(p, in)) != DPK_OK)
			return DPK_STOPPED;
	}
	return l->class->backward(p, l);
}

static dpk_status
run_backward(const dpk_pass *whole)
{
	const dpk_net *net = whole->net;
	dpk_pass	p = *whole;
	int			begin;

	for (int end = net->nlayers; end > 0; end = begin)
	{
		int			chunk = net->layers[end - 1].chunk;

		begin = net->layers[end - 1].group;
		for (p.first = 0; p.first < p.total; p.first += p.n)
		{
			p.n = DPK_MIN(chunk, p.total - p.first);
			for (int i = end - 1; i >= begin; i--)
			{
				dpk_status	status = layer_backward(&p, &net->layers[i]);

				if (status != DPK_OK)
					return status;
			}
		}
	}
	return DPK_OK;
}

dpk_status
dpk_pass_dy(const dpk_pass *p, const dpk_layer *l, int k)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, k);
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);
	bool		add = dpk_adds(net, l, k);

	for (int i = 0; i < p->n; i++)
		for (int r = 0; r < nrows; r++)
		{
			const float *dy = dpk_dy(p, l) + i * l->dy_floats + dpk_row(net, l, &l->dy, r);
			float	   *dx = dpk_dy(p, in) + i * in->dy_floats + dpk_row(net, in, &in->dy, r);

			if (dpk_row_stopped(p, r))
				return DPK_STOPPED;
			for (int j = 0; j < floats; j++)
				dx[j] = add ? dx[j] + dy[j] : dy[j];
		}
	return DPK_OK;
}

dpk_status
dpk_net_layer_forward(const dpk_net *net, const dpk_run *run, const float *params, int n, const void *x, int layer, float *y)
{
	const dpk_layer *l = &net->layers[layer];
	size_t		count = (size_t) l->y.h * l->y.w * l->y.c;
	dpk_batch	batch = {.n = n, .x = x};
	dpk_pass	p;
	dpk_status	status;

	if (n <= 0)
		return DPK_OK;
	if ((status = start(&p, net, run, params, &batch, NULL)) == DPK_OK)
		status = run_forward(&p, layer);
	for (int i = 0; status == DPK_OK && i < n; i++)
	{
		const float *from = dpk_y(&p, l) + i * l->y_floats;

		status = dpk_to_list(&p, l, from, y + i * count);
		if (layer == net->nlayers - 1)
			dpk_net_finish(net, y + i * count);
	}
	return status;
}

dpk_status
dpk_net_forward(const dpk_net *net, const dpk_run *run, const float *params, int n, const void *x, float *y)
{
	return dpk_net_layer_forward(net, run, params, n, x, net->nlayers - 1, y);
}

dpk_status
dpk_net_evaluate(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch, dpk_sums *sums)
{
	dpk_pass	p;
	dpk_status	status;

	*sums = (dpk_sums) {0};
	if (batch->n <= 0)
		return DPK_OK;
	if ((status = start(&p, net, run, params, batch, NULL)) == DPK_OK)
		status = run_forward(&p, net->nlayers - 1);
	return status == DPK_OK ? dpk_net_loss(&p, sums) : status;
}

dpk_status
dpk_net_gradient(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch,
				 float *grad, dpk_sums *sums)
{
	const dpk_layer *last = &net->layers[net->nlayers - 1];
	dpk_pass	p;
	dpk_status	status;

	*sums = (dpk_sums) {0};
	if (batch->n <= 0)
		return dpk_clear(run, grad, net->param_floats);
	if ((status = start(&p, net, run, params, batch, grad)) != DPK_OK ||
		(status = run_forward(&p, net->nlayers - 1)) != DPK_OK)
		return status;
	if (last->trains && (status = zero_layer_border(&p, last, &last->dy, p.n, dpk_dy(&p, last))) != DPK_OK)
		return status;
	if ((status = dpk_net_loss(&p, sums)) != DPK_OK)
		return status;
	return run_backward(&p);
}
