/*
 * layer_input.c - {"input": {"height", "width", "channels", "rescale"}}, the first step
 *
 * Samples become floats times 'rescale' in the layout their consumers read.
 * Where the step is missing there is such a layer all the same.
 */
#include "layer.h"

static const dpk_key keys[] = {
	{"height", "the image's"}, {"width", "the image's"}, {"channels", "the image's"},
	{"rescale", "1/255 for images, else 1"}, {"name", "\"input\""}, {NULL, NULL}
};

static dpk_status
read_step(const dpk_step *step, dpk_input *input, double *rescale, dpk_error *err)
{
	dpk_status	status;

	if ((status = dpk_step_check_keys(step, keys, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "height", 1, DPK_MAX_SIDE, &input->h, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "width", 1, DPK_MAX_SIDE, &input->w, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "channels", 1, 3, &input->c, err)) != DPK_OK)
		return status;
	if (input->c == 2)
	{
		dpk_fail(err, DPK_INVALID, "invalid value for parameter \"channels\" of \"%s\": %d", step->op, input->c);
		dpk_hint(err, "Images have 1 channel (gray) or 3 (RGB).");
		return DPK_INVALID;
	}
	return dpk_step_number(step, "rescale", -1e6, 1e6, rescale, err);
}

dpk_status
dpk_net_read_input(const dpk_step *steps, int nsteps, dpk_input *input, bool *present, dpk_error *err)
{
	double		rescale;

	memset(input, 0, sizeof(*input));
	*present = nsteps > 0 && strcmp(steps[0].op, "input") == 0;
	return *present ? read_step(&steps[0], input, &rescale, err) : DPK_OK;
}

static dpk_status
check(dpk_net *net, dpk_layer *l, dpk_error *err)
{
	const dpk_input *in = &net->input;
	dpk_input	said = {0, 0, 0, false};
	double		rescale = in->is_image ? 1.0 / 255 : 1;
	dpk_status	status;

	if (in->h < 1 || in->w < 1 || in->c < 1 || in->h > DPK_MAX_SIDE || in->w > DPK_MAX_SIDE ||
		in->c > (in->is_image ? DPK_MAX_CHANNELS : 1 << 24) || (!in->is_image && (in->h != 1 || in->w != 1)))
		return dpk_fail(err, DPK_TOO_BIG, "a sample cannot have %d x %d x %d values", in->h, in->w, in->c);
	if (l->step != NULL && (status = read_step(l->step, &said, &rescale, err)) != DPK_OK)
		return status;
	if ((said.h && said.h != in->h) || (said.w && said.w != in->w) || (said.c && said.c != in->c))
	{
		dpk_fail(err, DPK_INVALID, "samples do not fit the step \"input\"");
		dpk_detail(err, "They are %d x %d x %d (height x width x channels); the step says %d x %d x %d.",
				   in->h, in->w, in->c, said.h ? said.h : in->h, said.w ? said.w : in->w, said.c ? said.c : in->c);
		if (!in->is_image)
			dpk_hint(err, "Sizes are for images, which are columns of type bytea; features need no step \"input\".");
		return DPK_INVALID;
	}
	l->rescale = (float) rescale;
	l->y = (dpk_map) {in->c, in->h, in->w, 0};
	l->layout = in->is_image ? DPK_BLOCKED : DPK_FLAT;
	return DPK_OK;
}

/* One sample's bytes (h, w, c) into its map; the border stays as it is */
static dpk_status
convert_image(const dpk_pass *p, const dpk_layer *l, const uint8_t *x, float *y)
{
	const dpk_net *net = p->net;
	const dpk_map *m = &l->y;
	int			v = net->block,
				nblocks = (m->c + v - 1) / v;
	float		rescale = l->rescale;

	for (int i = 0; i < m->h; i++)
	{
		const uint8_t *from = x + (size_t) i * m->w * m->c;

		if (dpk_row_stopped(p, i))
			return DPK_STOPPED;
		if (l->layout == DPK_INTERLEAVED)
		{
			float	   *to = y + ((size_t) (i + m->border) * (m->w + 2 * m->border) + m->border) * m->c;

			for (int j = 0; j < m->w * m->c; j++)
				to[j] = (float) from[j] * rescale;
			continue;
		}
		for (int b = 0; b < nblocks; b++)
		{
			float	   *to = y + dpk_row(net, l, m, b * m->h + i);
			int			nc = DPK_MIN(v, m->c - b * v);

			for (int j = 0; j < m->w; j++)
				for (int q = 0; q < v; q++)
					to[j * v + q] = q < nc ? (float) from[j * m->c + b * v + q] * rescale : 0;
		}
	}
	return DPK_OK;
}

static dpk_status
forward(const dpk_pass *p, const dpk_layer *l)
{
	size_t		count = (size_t) l->y.h * l->y.w * l->y.c;
	float	   *y = dpk_y(p, l);
	dpk_status	status = DPK_OK;

	for (int i = 0; i < p->n && status == DPK_OK; i++)
	{
		size_t		at = (size_t) (p->first + i) * count;

		if (p->net->input.is_image)
			status = convert_image(p, l, (const uint8_t *) p->batch->x + at, y + i * l->y_floats);
		else
			for (size_t j = 0; j < count; j++)
				y[i * l->y_floats + j] = ((const float *) p->batch->x)[at + j] * l->rescale;
	}
	return status;
}

const dpk_layer_class dpk_layer_input = {
	.name = "input", .max_inputs = 0, .check = check, .forward = forward
};
