/*
 * presets.c - which networks have a name, and the plain ones
 *
 *		lenet	the convolutional network for small grey images of Keras's example
 *				"Simple MNIST convnet" (F. Chollet, 2015): LeNet's layout with
 *				3 x 3 kernels, ReLU, maxima and dropout.  34,826 weights for 28 x 28 x 1
 *				and 10 classes.
 *		lenet5	LeNet-5 itself (LeCun, Bottou, Bengio and Haffner, "Gradient-based
 *				learning applied to document recognition", 1998), with ReLU for its
 *				squashing functions, maxima for its trained averages, and every map
 *				connected to every other.  61,706 weights for 28 x 28 x 1.
 *		keras_classifier	three convolutions with maxima on 224 x 224 pixels in colour,
 *				as in Keras's tutorials on classifying photographs
 * The last layer takes the number of classes from the data.
 */
#include <stdio.h>
#include <string.h>

#include "network.h"
#include "preset.h"

static const dpk_key no_keys[] = {{NULL, NULL}};

static dpk_status
build_lenet(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	dpk_put_conv(o, 32, 3, "relu");
	dpk_put(o, "max_pool2d");
	dpk_put_conv(o, 64, 3, "relu");
	dpk_put(o, "max_pool2d");
	dpk_put(o, "flatten");
	dpk_put(o, "dropout");
	dpk_put_number(o, "rate", 0.5);
	dpk_put(o, "dense");
	dpk_put_word(o, "activation", "softmax");
	return DPK_OK;
}

static dpk_status
build_lenet5(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	dpk_put_conv(o, 6, 5, "relu");
	dpk_put_word(o, "padding", "same");
	dpk_put(o, "max_pool2d");
	dpk_put_conv(o, 16, 5, "relu");
	dpk_put(o, "max_pool2d");
	dpk_put(o, "flatten");
	dpk_put(o, "dense");
	dpk_put_number(o, "units", 120);
	dpk_put_word(o, "activation", "relu");
	dpk_put(o, "dense");
	dpk_put_number(o, "units", 84);
	dpk_put_word(o, "activation", "relu");
	dpk_put(o, "dense");
	dpk_put_word(o, "activation", "softmax");
	return DPK_OK;
}

static dpk_status
build_keras_classifier(dpk_outline *o, const dpk_step *step, dpk_error *err)
{
	dpk_put(o, "input");
	dpk_put_number(o, "height", 224);
	dpk_put_number(o, "width", 224);
	dpk_put_number(o, "channels", 3);
	for (int filters = 32; filters <= 128; filters *= 2)
	{
		dpk_put_conv(o, filters, 3, "relu");
		dpk_put(o, "max_pool2d");
	}
	dpk_put(o, "flatten");
	dpk_put(o, "dense");
	dpk_put_word(o, "activation", "softmax");
	return DPK_OK;
}

static const dpk_preset lenet = {"lenet", no_keys, build_lenet};
static const dpk_preset lenet5 = {"lenet5", no_keys, build_lenet5};
static const dpk_preset keras_classifier = {"keras_classifier", no_keys, build_keras_classifier};

static const dpk_preset *const presets[] = {
	&lenet, &lenet5, &keras_classifier, &dpk_preset_resnet, &dpk_preset_shufflenet, &dpk_preset_efficientnet,
	&dpk_preset_dncnn, &dpk_preset_espcn, &dpk_preset_autoencoder
};

#define NPRESETS (sizeof(presets) / sizeof(presets[0]))

const char *
dpk_net_preset_name(int i)
{
	return i < (int) NPRESETS ? presets[i]->name : NULL;
}

static const dpk_preset *
find_preset(const char *name)
{
	for (size_t i = 0; i < NPRESETS; i++)
		if (strcmp(presets[i]->name, name) == 0)
			return presets[i];
	return NULL;
}

bool
dpk_net_is_preset(const char *name)
{
	return find_preset(name) != NULL;
}

size_t
dpk_net_preset_bytes(void)
{
	return sizeof(dpk_outline);
}

dpk_status
dpk_net_preset(void *memory, const dpk_step *step, const dpk_step **steps, int *nsteps, dpk_error *err)
{
	const dpk_preset *preset = find_preset(step->op);
	dpk_outline *o = memory;
	dpk_status	status;

	if (preset == NULL)
		return dpk_fail(err, DPK_INVALID, "there is no network \"%.60s\"", step->op);
	memset(o, 0, sizeof(*o));
	if ((status = dpk_step_check_keys(step, preset->keys, err)) != DPK_OK ||
		(status = preset->build(o, step, err)) != DPK_OK)
		return status;
	if (o->full)
		return dpk_fail(err, DPK_TOO_BIG, "network \"%s\" has too many layers", preset->name);
	*steps = o->steps;
	*nsteps = o->nsteps;
	return DPK_OK;
}
