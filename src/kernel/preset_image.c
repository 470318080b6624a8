/*
 * preset_image.c - networks whose output is an image: "dncnn"
 *
 *		dncnn	Zhang, Zuo, Chen, Meng and Zhang, "Beyond a Gaussian denoiser" (2017):
 *				convolutions of 3 x 3 that find the noise, which is then taken off
 *				the image.  As in the authors' code the first layer has a bias, those between have batch
 *				normalisation instead, and the last has neither: 556,096 weights
 *				at depth 17 with 64 filters for grey images.  The sum of image and
 *				last layer learns the noise with the other sign.
 */
#include "preset.h"

static const dpk_key dncnn_keys[] = {{"depth", "17"}, {"filters", "64"}, {"channels", "1"}, {NULL, NULL}};

static dpk_status
build_dncnn(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	int			depth = 17,
				filters = 64,
				channels = 1;
	const char *noise;
	dpk_status	status;

	if ((status = dpk_step_integer(step, "depth", 2, 200, &depth, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "filters", 1, 4096, &filters, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "channels", 1, 4, &channels, err)) != DPK_OK)
		return status;
	dpk_put_conv(o, filters, 3, "relu");
	dpk_put_word(o, "padding", "same");
	for (int i = 0; i < depth - 2; i++)
		dpk_put_conv_norm(o, NULL, filters, 3, 1, 1, "relu");
	dpk_put_conv(o, channels, 3, NULL);
	dpk_put_word(o, "padding", "same");
	dpk_put_bool(o, "use_bias", false);
	noise = dpk_put_name(o, "noise");
	dpk_put(o, "add");
	dpk_put_inputs(o, "input", noise);
	return DPK_OK;
}

const dpk_preset dpk_preset_dncnn = {"dncnn", dncnn_keys, build_dncnn};
