/*
 * preset_resnet.c - {"resnet": {"depth": 20, "width": 1}}
 *
 * The residual networks for small images of He, Zhang, Ren and Sun, "Deep
 * residual learning for image recognition" (2015), section 4.2: a convolution
 * of 16 filters, three stages of n blocks with 16, 32 and 64, the second and
 * third beginning with a stride of 2, and the mean of the map.  The depth
 * counts layers with weights, 6n + 2.  Short cuts have no weights: where
 * channels become more, every second pixel and zeros behind (option A), so
 * that the counts are those of the paper's table: 0.27, 0.46, 0.66, 0.85 and
 * 1.7 million for depths 20, 32, 44, 56 and 110.
 */
#include "preset.h"

static const dpk_key keys[] = {{"depth", "20"}, {"width", "1"}, {NULL, NULL}};

/* The name of its output */
static const char *
put_block(dpk_outline *o, const char *from, int stage, int block, int filters)
{
	int			stride = stage > 1 && block == 1 ? 2 : 1;
	const char *branch;

	dpk_put_conv_norm(o, from, filters, 3, stride, 1, "relu");
	dpk_put_conv_norm(o, NULL, filters, 3, 1, 1, NULL);
	branch = dpk_put_name(o, "branch_%d_%d", stage, block);
	if (stride > 1)
	{
		dpk_put(o, "max_pool2d");
		dpk_put_number(o, "size", 1);
		dpk_put_number(o, "stride", stride);
		dpk_put_inputs(o, from, NULL);
		dpk_put(o, "pad_channels");
		dpk_put_number(o, "channels", filters);
		from = dpk_put_name(o, "short_%d", stage);
	}
	dpk_put(o, "add");
	dpk_put_inputs(o, branch, from);
	dpk_put(o, "relu");
	return dpk_put_name(o, "block_%d_%d", stage, block);
}

static dpk_status
build(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	int			depth = 20;
	double		width = 1;
	const char *from;
	dpk_status	status;

	if ((status = dpk_step_integer(step, "depth", 8, 110, &depth, err)) != DPK_OK ||
		(status = dpk_step_number(step, "width", 0.0625, 64, &width, err)) != DPK_OK)
		return status;
	if ((depth - 2) % 6 != 0)
		return dpk_bad_parameter(step, "depth", "6n + 2: 8, 14, 20, 26, 32, ..., 110", err);
	dpk_put_conv_norm(o, NULL, (int) (16 * width + 0.5), 3, 1, 1, "relu");
	from = dpk_put_name(o, "stem");
	for (int stage = 1; stage <= 3; stage++)
		for (int block = 1; block <= (depth - 2) / 6; block++)
			from = put_block(o, from, stage, block, (int) ((16 << (stage - 1)) * width + 0.5));
	dpk_put_classifier(o, 0);
	return DPK_OK;
}

const dpk_preset dpk_preset_resnet = {"resnet", keys, build};
