/*
 * preset_shufflenet.c - {"shufflenet": {"width": 1, "stem_stride": 4}}
 *
 * ShuffleNetV2 (Ma, Zhang, Zheng and Sun, "Practical guidelines for efficient
 * CNN architecture design", 2018): in each unit half of the channels pass by,
 * the others go through 1 x 1, depthwise 3 x 3 and 1 x 1 convolutions, and
 * both are shuffled together.  Widths 0.5, 1, 1.5 and 2 are the paper's;
 * 1,366,792, 2,278,604, 3,503,624 and 7,393,996 weights for 1000 classes, as
 * torchvision counts.
 *
 * The stem makes an image of 224 pixels one of 56; for images of 32 pixels
 * "stem_stride" 1 leaves them as they are, and 2 halves them.
 */
#include "preset.h"

static const dpk_key keys[] = {{"width", "1"}, {"stem_stride", "4"}, {NULL, NULL}};

typedef struct size
{
	double		width;
	int			filters[4];		/* of the three stages, and at the end */
} size;

static const size sizes[] = {
	{0.5, {48, 96, 192, 1024}},
	{1, {116, 232, 464, 1024}},
	{1.5, {176, 352, 704, 1024}},
	{2, {244, 488, 976, 2048}},
};

/* The convolutions of a unit; the name of their output */
static const char *
put_branch(dpk_outline *o, const char *from, int filters, int stride, int stage, int unit)
{
	dpk_put_conv_norm(o, from, filters, 1, 1, 1, "relu");
	dpk_put_conv_norm(o, NULL, filters, 3, stride, filters, NULL);
	dpk_put_conv_norm(o, NULL, filters, 1, 1, 1, "relu");
	return dpk_put_name(o, "branch_%d_%d", stage, unit);
}

static const char *
put_unit(dpk_outline *o, const char *from, int in, int filters, int stage, int unit)
{
	int			half = filters / 2;
	const char *left,
			   *right;

	if (unit == 1)
	{
		dpk_put_conv_norm(o, from, in, 3, 2, in, NULL);
		dpk_put_conv_norm(o, NULL, half, 1, 1, 1, "relu");
		left = dpk_put_name(o, "left_%d_%d", stage, unit);
		right = put_branch(o, from, half, 2, stage, unit);
	}
	else
	{
		dpk_put(o, "slice_channels");
		dpk_put_number(o, "channels", half);
		dpk_put_inputs(o, from, NULL);
		left = dpk_put_name(o, "left_%d_%d", stage, unit);
		dpk_put(o, "slice_channels");
		dpk_put_number(o, "first", half);
		dpk_put_number(o, "channels", half);
		dpk_put_inputs(o, from, NULL);
		right = put_branch(o, NULL, half, 1, stage, unit);
	}
	dpk_put(o, "concat");
	dpk_put_inputs(o, left, right);
	dpk_put(o, "channel_shuffle");
	dpk_put_number(o, "groups", 2);
	return dpk_put_name(o, "unit_%d_%d", stage, unit);
}

static dpk_status
build(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	static const int units[] = {4, 8, 4};
	double		width = 1;
	int			stem_stride = 4,
				in = 24;
	const size *size = NULL;
	const char *from;
	dpk_status	status;

	if ((status = dpk_step_number(step, "width", 0.5, 2, &width, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "stem_stride", 1, 4, &stem_stride, err)) != DPK_OK)
		return status;
	for (int i = 0; i < 4; i++)
		if (sizes[i].width == width)
			size = &sizes[i];
	if (size == NULL)
		return dpk_bad_parameter(step, "width", "0.5, 1, 1.5 or 2", err);
	if (stem_stride == 3)
		return dpk_bad_parameter(step, "stem_stride", "1, 2 or 4", err);

	dpk_put_conv_norm(o, NULL, in, 3, stem_stride > 1 ? 2 : 1, 1, "relu");
	from = dpk_put_name(o, "stem");
	if (stem_stride == 4)
	{
		dpk_put(o, "max_pool2d");
		dpk_put_number(o, "size", 3);
		dpk_put_number(o, "stride", 2);
		dpk_put_word(o, "padding", "same");
		from = dpk_put_name(o, "stem_pool");
	}
	for (int stage = 0; stage < 3; stage++)
		for (int unit = 1; unit <= units[stage]; unit++)
		{
			from = put_unit(o, from, in, size->filters[stage], stage + 1, unit);
			in = size->filters[stage];
		}
	dpk_put_conv_norm(o, NULL, size->filters[3], 1, 1, 1, "relu");
	dpk_put_classifier(o, 0);
	return DPK_OK;
}

const dpk_preset dpk_preset_shufflenet = {"shufflenet", keys, build};
