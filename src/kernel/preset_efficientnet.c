/*
 * preset_efficientnet.c - {"efficientnet": {"variant": "b0", "stem_stride": 2}}
 *
 * EfficientNet (Tan and Le, 2019): inverted bottlenecks with squeeze and
 * excitation, whose width and depth grow together from b0 to b3.  5,288,548,
 * 7,794,184, 9,109,994 and 12,233,232 weights for 1000 classes, as torchvision
 * counts.  The paper's images have sides of 224, 240, 260 and 300 pixels;
 * others will do.  For images of 32 pixels "stem_stride" 1 spares them the
 * first halving of five.
 *
 * What it leaves out is stochastic depth, the dropping of whole blocks while
 * training.
 */
#include "preset.h"

#include <math.h>

static const dpk_key keys[] = {{"variant", "\"b0\""}, {"stem_stride", "2"}, {NULL, NULL}};
static const char *const variants[] = {"b0", "b1", "b2", "b3", NULL};

typedef struct scaling
{
	double		width,
				depth,
				dropout;
} scaling;

static const scaling scalings[] = {{1, 1, 0.2}, {1, 1.1, 0.2}, {1.1, 1.2, 0.3}, {1.2, 1.4, 0.3}};

typedef struct stage
{
	int			expand,			/* channels of the bottleneck's middle by those of its input */
				kernel,
				stride,
				filters,
				blocks;
} stage;

static const stage stages[] = {
	{1, 3, 1, 16, 1}, {6, 3, 2, 24, 2}, {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
	{6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}
};

/* To the nearest multiple of 8, but not by more than a tenth down */
static int
scaled(int filters, double width)
{
	int			n = (int) (filters * width + 4) / 8 * 8;

	n = n < 8 ? 8 : n;
	return n < 0.9 * filters * width ? n + 8 : n;
}

static const char *
put_block(dpk_outline *o, const char *from, const stage *s, int in, int out, int stride, int number, int block)
{
	int			middle = in * s->expand;
	const char *wide,
			   *gate,
			   *name;

	if (s->expand > 1)
		dpk_put_conv_norm(o, from, middle, 1, 1, 1, "silu");
	dpk_put_conv_norm(o, s->expand > 1 ? NULL : from, middle, s->kernel, stride, middle, "silu");
	wide = dpk_put_name(o, "wide_%d_%d", number, block);
	dpk_put(o, "global_avg_pool2d");
	dpk_put(o, "dense");
	dpk_put_number(o, "units", in < 4 ? 1 : in / 4);
	dpk_put_word(o, "activation", "silu");
	dpk_put(o, "dense");
	dpk_put_number(o, "units", middle);
	dpk_put_word(o, "activation", "sigmoid");
	gate = dpk_put_name(o, "gate_%d_%d", number, block);
	dpk_put(o, "multiply");
	dpk_put_inputs(o, wide, gate);
	dpk_put_conv_norm(o, NULL, out, 1, 1, 1, NULL);
	name = dpk_put_name(o, "narrow_%d_%d", number, block);
	if (stride > 1 || in != out)
		return name;
	dpk_put(o, "add");
	dpk_put_inputs(o, name, from);
	return dpk_put_name(o, "block_%d_%d", number, block);
}

static dpk_status
build(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	int			variant = 0,
				stem_stride = 2,
				in;
	const scaling *scale;
	const char *from;
	dpk_status	status;

	if ((status = dpk_step_choice(step, "variant", variants, &variant, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "stem_stride", 1, 2, &stem_stride, err)) != DPK_OK)
		return status;
	scale = &scalings[variant];
	in = scaled(32, scale->width);
	dpk_put_conv_norm(o, NULL, in, 3, stem_stride, 1, "silu");
	from = dpk_put_name(o, "stem");
	for (int i = 0; i < 7; i++)
	{
		int			out = scaled(stages[i].filters, scale->width),
					nblocks = (int) ceil(stages[i].blocks * scale->depth);

		for (int block = 1; block <= nblocks; block++, in = out)
			from = put_block(o, from, &stages[i], in, out, block == 1 ? stages[i].stride : 1, i + 1, block);
	}
	dpk_put_conv_norm(o, NULL, 4 * in, 1, 1, 1, "silu");
	dpk_put_classifier(o, scale->dropout);
	return DPK_OK;
}

const dpk_preset dpk_preset_efficientnet = {"efficientnet", keys, build};
