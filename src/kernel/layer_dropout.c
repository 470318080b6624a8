/*
 * layer_dropout.c - {"dropout": {"rate"}}: in training, zero a share of the values
 *
 * The others are divided by 1 - rate (inverted dropout, Srivastava et al.
 * 2014, as Keras has it), so that prediction is a copy.  What is zeroed is
 * drawn by (seed of the epoch, key of the sample, layer) in the order channel,
 * row, column: it depends neither on the shard nor on the instruction set, and
 * the backward pass draws it again instead of keeping it.
 */
#include "layer.h"
#include "philox.h"

#define OPERATION 0x64726f70	/* "drop", plus the layer's index */

static const dpk_key keys[] = {{"rate", NULL}, DPK_LAYER_KEYS};

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_layer *in = dpk_input_of(net, l, 0);
	double		rate = 0;
	dpk_status	status;

	if ((status = dpk_step_check_keys(l->step, keys, err)) != DPK_OK ||
		(status = dpk_step_number(l->step, "rate", 0, 0.99, &rate, err)) != DPK_OK)
		return status;
	l->rate = (float) rate;
	l->y = in->y;
	l->y.border = 0;
	l->layout = in->layout;
	return DPK_OK;
}

/* Numbers for the values of a sample, as dpk_random_float() draws them one by one */
typedef struct draws
{
	dpk_random	random;
	uint32_t	words[DPK_PHILOX_WORDS];
	int			used;
} draws;

/* Up to n words that have not been used; the number of them goes to *count */
static const uint32_t *
take(draws *d, int n, int *count)
{
	const uint32_t *words;

	if (d->used == DPK_PHILOX_WORDS)
	{
		dpk_philox_words(d->random.counter, d->random.key, d->words);
		d->random.counter[0] += DPK_PHILOX_WORDS / 4;
		d->used = 0;
	}
	*count = DPK_MIN(n, DPK_PHILOX_WORDS - d->used);
	words = d->words + d->used;
	d->used += *count;
	return words;
}

/* n values of a row, v floats apart */
static void
mask_row(draws *d, float rate, int n, int v, const float *x, float *y, bool add)
{
	float		scale = 1 / (1 - rate);
	int			count;

	for (int from = 0; from < n; from += count)
	{
		const uint32_t *words = take(d, n - from, &count);

		for (int j = 0; j < count; j++)
		{
			float		kept = x[(from + j) * v] * scale;
			float		value = (float) (words[j] >> 8) * (1.0f / 16777216.0f) >= rate ? kept : 0;

			y[(from + j) * v] = add ? y[(from + j) * v] + value : value;
		}
	}
}

/* to = mask * from / (1 - rate) for one sample */
static dpk_status
mask(const dpk_pass *p, const dpk_layer *l, int sample, const float *from, const dpk_map *from_map,
	 float *to, const dpk_map *to_map, bool add)
{
	const dpk_net *net = p->net;
	const dpk_batch *batch = p->batch;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			v = l->layout == DPK_FLAT ? 1 : net->block,
				channels = l->layout == DPK_FLAT ? 1 : (l->y.c + v - 1) / v * v,
				w = l->layout == DPK_FLAT ? l->y.c : l->y.w;
	int64_t		key = batch->keys ? batch->keys[p->first + sample] : p->first + sample;
	draws		d = {.random = dpk_random_start(batch->seed, key, OPERATION + l->index),.used = DPK_PHILOX_WORDS};

	for (int c = 0; c < channels; c++)
		for (int i = 0; i < l->y.h; i++)
		{
			int			r = c / v * l->y.h + i;
			const float *x = from + dpk_row(net, l, from_map, r) + c % v;
			float	   *y = to + dpk_row(net, in, to_map, r) + c % v;

			if (dpk_row_stopped(p, i))
				return DPK_STOPPED;
			/* channels that are not there are zero and cost no draw */
			if (c < l->y.c)
				mask_row(&d, l->rate, w, v, x, y, add);
			else if (!add)
				for (int j = 0; j < w; j++)
					y[j * v] = 0;
		}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_net *net = p->net;
	const dpk_layer *in = dpk_input_of(net, l, 0);
	int			nrows = dpk_nrows(net, l),
				floats = dpk_row_floats(net, l);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
	{
		const float *x = dpk_y(p, in) + i * in->y_floats;
		float	   *y = dpk_y(p, l) + i * l->y_floats;

		if (p->grad != NULL && l->rate > 0)
			status = mask(p, l, i, x, &in->y, y, &l->y, false);
		else
			for (int r = 0; r < nrows; r++)
			{
				if (dpk_row_stopped(p, r))
					return DPK_STOPPED;
				memcpy(y + dpk_row(net, l, &l->y, r), x + dpk_row(net, in, &in->y, r), sizeof(float) * floats);
			}
	}
	return status;
}

static dpk_status
backward(const dpk_pass *p, const dpk_layer *l)
{
	const dpk_layer *in = dpk_input_of(p->net, l, 0);
	dpk_status	status = DPK_OK;

	if (l->rate == 0)
		return dpk_pass_dy(p, l, 0);
	for (int i = 0; i < p->n && status == DPK_OK; i++)
		status = mask(p, l, i, dpk_dy(p, l) + i * l->dy_floats, &l->dy,
					  dpk_dy(p, in) + i * in->dy_floats, &in->dy, dpk_adds(p->net, l, 0));
	return status;
}

const dpk_layer_class dpk_layer_dropout = {
	.name = "dropout", .max_inputs = 1, .check = check, .forward = forward, .backward = backward
};
