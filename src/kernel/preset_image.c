/*
 * preset_image.c - networks whose output is an image: "dncnn", "espcn", "autoencoder"
 *
 *		dncnn	Zhang, Zuo, Chen, Meng and Zhang, "Beyond a Gaussian denoiser" (2017):
 *				convolutions of 3 x 3 that find the noise, which is then taken off
 *				the image.  As in the authors' code the first layer has a bias,
 *				those between have batch normalisation instead, and the last has
 *				neither: 556,096 weights at depth 17 with 64 filters for gray images.
 *				The sum of image and last layer learns the noise with the other sign.
 *		espcn	Shi and others, "Real-time single image and video super-resolution
 *				using an efficient sub-pixel convolutional neural network" (2016):
 *				convolutions of 5, 3 and 3 pixels with 64, 32 and factor^2 filters
 *				on the small image, tanh between, whose channels become pixels.
 *				21,284, 22,729 and 24,752 weights for factors 2, 3 and 4.
 *		autoencoder	the convolutional autoencoder of F. Chollet, "Building
 *				autoencoders in Keras" (2016): an image of 28 x 28 pixels through
 *				4 x 4 x 8 numbers and back.  4,385 weights.  There the last
 *				convolution but one takes two pixels off, 16 to 14, because 28
 *				halves three times to 4; with padding "same" sides are multiples of 8.
 */
#include "preset.h"

static const dpk_key dncnn_keys[] = {{"depth", "17"}, {"filters", "64"}, {"channels", "1"}, {NULL, NULL}};
static const dpk_key espcn_keys[] = {{"factor", "3"}, {"channels", "1"}, {NULL, NULL}};
static const dpk_key autoencoder_keys[] = {{"channels", "1"}, {"padding", "\"valid\""}, {NULL, NULL}};

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

static dpk_status
build_espcn(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	int			factor = 3,
				channels = 1;
	dpk_status	status;

	if ((status = dpk_step_integer(step, "factor", 2, 4, &factor, err)) != DPK_OK ||
		(status = dpk_step_integer(step, "channels", 1, 4, &channels, err)) != DPK_OK)
		return status;
	dpk_put_conv(o, 64, 5, "tanh");
	dpk_put_word(o, "padding", "same");
	dpk_put_conv(o, 32, 3, "tanh");
	dpk_put_word(o, "padding", "same");
	dpk_put_conv(o, channels * factor * factor, 3, NULL);
	dpk_put_word(o, "padding", "same");
	dpk_put(o, "pixel_shuffle");
	dpk_put_number(o, "factor", factor);
	return DPK_OK;
}

static dpk_status
build_autoencoder(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	static const char *const paddings[] = {"valid", "same", NULL};
	static const int down[] = {16, 8, 8},
				up[] = {8, 8, 16};
	int			channels = 1,
				same = 0;
	dpk_status	status;

	if ((status = dpk_step_integer(step, "channels", 1, 4, &channels, err)) != DPK_OK ||
		(status = dpk_step_choice(step, "padding", paddings, &same, err)) != DPK_OK)
		return status;
	for (int i = 0; i < 3; i++)
	{
		dpk_put_conv(o, down[i], 3, "relu");
		dpk_put_word(o, "padding", "same");
		dpk_put(o, "max_pool2d");
		dpk_put_word(o, "padding", "same");
	}
	dpk_put_name(o, "code");
	for (int i = 0; i < 3; i++)
	{
		dpk_put_conv(o, up[i], 3, "relu");
		dpk_put_word(o, "padding", i == 2 ? paddings[same] : "same");
		dpk_put(o, "upsample2d");
	}
	dpk_put_conv(o, channels, 3, "sigmoid");
	dpk_put_word(o, "padding", "same");
	return DPK_OK;
}

const dpk_preset dpk_preset_dncnn = {"dncnn", dncnn_keys, build_dncnn};
const dpk_preset dpk_preset_espcn = {"espcn", espcn_keys, build_espcn};
const dpk_preset dpk_preset_autoencoder = {"autoencoder", autoencoder_keys, build_autoencoder};
