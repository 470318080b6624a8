/*
 * presets.c - networks with a name
 *
 *		lenet	the convolutional network for small grey images of Keras's example
 *				"Simple MNIST convnet" (F. Chollet, 2015): LeNet's layout with
 *				3 x 3 kernels, ReLU, maxima and dropout.  34,826 weights for 28 x 28 x 1
 *				and 10 classes.
 *		lenet5	LeNet-5 itself (LeCun, Bottou, Bengio and Haffner, "Gradient-based
 *				learning applied to document recognition", 1998), with ReLU for its
 *				squashing functions, maxima for its trained averages, and every map
 *				connected to every other.  61,706 weights for 28 x 28 x 1.
 * The last layer takes the number of classes from the data.
 */
#include <string.h>

#include "network.h"

#define NUMBER(k, x) {.key = k, .count = 1, .numbers = (const double[]) {x}}
#define WORD(k, x) {.key = k, .count = 1, .is_string = true, .strings = (const char *const[]) {x}}
#define VALUES(...) .nvalues = sizeof((const dpk_value[]) {__VA_ARGS__}) / sizeof(dpk_value), .values = (const dpk_value[]) {__VA_ARGS__}

static const dpk_step lenet[] = {
	{"conv2d", VALUES(NUMBER("filters", 32), NUMBER("kernel", 3), WORD("activation", "relu"))},
	{"max_pool2d", 0, NULL},
	{"conv2d", VALUES(NUMBER("filters", 64), NUMBER("kernel", 3), WORD("activation", "relu"))},
	{"max_pool2d", 0, NULL},
	{"flatten", 0, NULL},
	{"dropout", VALUES(NUMBER("rate", 0.5))},
	{"dense", VALUES(WORD("activation", "softmax"))},
};

static const dpk_step lenet5[] = {
	{"conv2d", VALUES(NUMBER("filters", 6), NUMBER("kernel", 5), WORD("padding", "same"), WORD("activation", "relu"))},
	{"max_pool2d", 0, NULL},
	{"conv2d", VALUES(NUMBER("filters", 16), NUMBER("kernel", 5), WORD("activation", "relu"))},
	{"max_pool2d", 0, NULL},
	{"flatten", 0, NULL},
	{"dense", VALUES(NUMBER("units", 120), WORD("activation", "relu"))},
	{"dense", VALUES(NUMBER("units", 84), WORD("activation", "relu"))},
	{"dense", VALUES(WORD("activation", "softmax"))},
};

const char *const dpk_net_presets[] = {"lenet", "lenet5", NULL};

#define PRESET(steps) (*nsteps = sizeof(steps) / sizeof(dpk_step), steps)

const dpk_step *
dpk_net_preset(const char *name, int *nsteps)
{
	if (strcmp(name, "lenet") == 0)
		return PRESET(lenet);
	if (strcmp(name, "lenet5") == 0)
		return PRESET(lenet5);
	return NULL;
}
