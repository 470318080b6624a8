/*
 * test_layers.c - outputs, losses and gradients against PyTorch 1.13
 * (test/oracle/layers.py), shapes, counts and the errors of each layer
 */
#include "known.h"
#include "../data/layers.h"

static const known cases[] = {
	{"conv2d filters=5 kernel=3 activation=relu; max_pool2d; conv2d filters=6 kernel=2 activation=relu; max_pool2d; flatten; dense activation=softmax",
	{12, 12, 1, true}, DPK_CROSS_ENTROPY, 4, 3, 6, KNOWN_3(lenet)},
	{"conv2d filters=6 kernel=3 stride=2 padding=same activation=tanh; conv2d filters=4 kernel=3 dilation=2 groups=2 padding=same activation=leaky_relu; global_avg_pool2d; dense",
	{7, 8, 3, true}, DPK_MSE, 2, 2, 6, KNOWN_3(strided)},
	{"conv2d filters=3 kernel=3; sigmoid; avg_pool2d size=3 stride=2 padding=same; flatten; dense; softmax",
	{7, 7, 5, true}, DPK_CROSS_ENTROPY, 3, 2, 4, KNOWN_2(pooled)},
	{"conv2d name=a filters=6 kernel=3 padding=same activation=relu; conv2d filters=6 kernel=3 padding=same name=b; add inputs=a|b; relu; flatten; dense",
	{5, 4, 2, true}, DPK_MSE, 3, 2, 6, KNOWN_3(graph)},
	{"conv2d filters=6 kernel=2 activation=tanh; conv2d filters=6 kernel=3 stride=2 padding=same groups=6 activation=leaky_relu; flatten; dense",
	{8, 7, 3, true}, DPK_MSE, 3, 2, 6, KNOWN_3(separable)},
};

/* sigmoid(0) is not 0: no channel that is not there may get a gradient from it */
static const known ragged = {
	"conv2d filters=3 kernel=3 activation=sigmoid; conv2d filters=3 kernel=3; sigmoid; conv2d filters=5 kernel=2; flatten; dense",
	{9, 8, 1, true}, DPK_MSE, 2, 2, 8, NULL, NULL, {NULL}
};

static dpk_layer_info
layer_info(const rig *r, int layer)
{
	dpk_layer_info info;

	dpk_net_layer(r->net, layer, &info);
	return info;
}

static size_t
layer_count(const rig *r, int layer)
{
	dpk_layer_info info = layer_info(r, layer);

	return (size_t) info.h * info.w * info.c;
}

/*
 * Maps of every layout and border come out as the list that flatten makes of
 * them, which check_known compares; samples after the first one, too
 */
static void
check_outputs(const dpk_kernels *kernels)
{
	static const dpk_input inputs[] = {{6, 5, 3, true}, {6, 5, 7, true}};

	for (int i = 0; i < 2; i++)
	{
		rig			r;
		float		map[2 * 210],
					list[2 * 210],
					y[2 * 6];

		if (!rig_start(&r, kernels, "conv2d name=a filters=7 kernel=3 padding=same; conv2d name=b filters=5 kernel=5 padding=same inputs=a;"
					   "flatten name=c; flatten name=d inputs=a; dense name=e units=3 inputs=c; dense name=f units=3 inputs=d; add inputs=e|f; dense",
					   inputs[i], DPK_MSE, 2, 2))
			return;
		ok(dpk_net_nlayers(r.net) == 9 && strcmp(layer_info(&r, 0).name, "input") == 0 && strcmp(layer_info(&r, 1).name, "a") == 0,
		   "%s: the input is layer 0", kernels->isa);
		ok(layer_count(&r, 0) == (size_t) 30 * inputs[i].c && layer_count(&r, 1) == 210, "counts are h * w * c");
		ok(dpk_net_embedding_layer(r.net) == 7, "the last dense layer takes the sum");
		for (int k = 0; k < 2; k++)
		{
			size_t		count = layer_count(&r, k == 0 ? 2 : 1);

			dpk_net_layer_forward(r.net, &r.run, r.params, 2, r.batch.x, k == 0 ? 2 : 1, map);
			dpk_net_layer_forward(r.net, &r.run, r.params, 2, r.batch.x, k == 0 ? 3 : 4, list);
			ok(memcmp(map, list, sizeof(float) * 2 * count) == 0, "the map of layer %s is what flatten makes of it", layer_info(&r, k == 0 ? 2 : 1).name);
		}
		dpk_net_layer_forward(r.net, &r.run, r.params, 2, r.batch.x, 0, map);
		for (size_t j = 0; j < 2 * layer_count(&r, 0); j++)
			list[j] = (float) r.images[j] / 255;
		ok(worst_difference(map, list, 2 * layer_count(&r, 0)) < 1e-6, "the input is the pixels / 255, %d channels", inputs[i].c);
		dpk_net_layer_forward(r.net, &r.run, r.params, 2, r.batch.x, 8, list);
		dpk_net_forward(r.net, &r.run, r.params, 2, r.batch.x, y);
		ok(memcmp(y, list, sizeof(float) * 4) == 0, "the last layer gives the output");
		rig_end(&r);
	}
}

static void
check_error(const char *text, dpk_input input, dpk_loss loss, int noutputs, const char *message)
{
	rig			r;
	dpk_error	err;
	dpk_status	status = rig_build(&r, &reference_kernels, text, input, loss, noutputs, &err);

	if (!ok(status != DPK_OK && strcmp(err.message, message) == 0, "%s", message))
		printf("# got: %s\n", status == DPK_OK ? "no error" : err.message);
	free(r.memory);
}

static void
check_errors(void)
{
	const dpk_input image = {28, 28, 1, true},
				features = {1, 1, 10, false},
				large = {2048, 2048, 1, true};
	char		many[1200] = "flatten";

#define CLASSES(text, message) check_error(text, image, DPK_CROSS_ENTROPY, 10, message)
	CLASSES("", "network has no layers");
	CLASSES("input height=28", "network has no layers");
	CLASSES("conv3d", "unrecognized layer \"conv3d\"");
	CLASSES("flatten; input; dense", "\"input\" is not the first step of the network");
	CLASSES("input height=32; flatten; dense activation=softmax", "samples do not fit the step \"input\"");
	CLASSES("conv2d kernel=3", "parameter \"filters\" of \"conv2d\" is missing");
	CLASSES("conv2d filters=3", "parameter \"kernel\" of \"conv2d\" is missing");
	CLASSES("conv2d filters=0 kernel=3", "invalid value for parameter \"filters\" of \"conv2d\": 0");
	CLASSES("conv2d filters=8 kernel=3 groups=3", "layer \"conv2d_1\" cannot have 3 groups: 8 filters on an input of 28 x 28 x 1 (height x width x channels)");
	CLASSES("max_pool2d size=10; conv2d filters=8 kernel=5", "kernel 5 x 5 of layer \"conv2d_1\" does not fit into its input of 2 x 2 x 1 (height x width x channels)");
	CLASSES("max_pool2d size=30", "window 30 x 30 of layer \"max_pool2d_1\" does not fit into its input of 28 x 28 x 1 (height x width x channels)");
	CLASSES("flatten; conv2d filters=8 kernel=3", "layer \"conv2d_1\" needs an input of height x width x channels, but \"flatten_1\" gives 784 values");
	CLASSES("dense units=10", "layer \"dense_1\" needs a list of values, but \"input\" gives 28 x 28 x 1 (height x width x channels)");
	CLASSES("flatten; dense; dense", "parameter \"units\" of layer \"dense_1\" is missing");
	CLASSES("flatten; dense units=9 activation=softmax", "layer \"dense_1\" gives 9 values, but the network must give 10 classes");
	CLASSES("conv2d filters=10 kernel=3", "layer \"conv2d_1\" gives 26 x 26 x 10 (height x width x channels), but the network must give 10 classes");
	CLASSES("flatten; dense", "the last activation of the network is not softmax");
	CLASSES("flatten; dense units=5 activation=softmax; dense", "softmax of layer \"dense_1\" is not the last activation");
	CLASSES("flatten; dense activation=swish", "unrecognized value for parameter \"activation\" of \"dense\": \"swish\"");
	CLASSES("flatten; dropout rate=1; dense", "invalid value for parameter \"rate\" of \"dropout\": 1");
	CLASSES("flatten; dropout; dense", "parameter \"rate\" of \"dropout\" is missing");
	CLASSES("flatten name=a; flatten name=a; dense", "two layers have the name \"a\"");
	CLASSES("flatten; relu inputs=b; dense", "input \"b\" of layer \"relu_1\" does not exist");
	CLASSES("flatten; relu inputs=input|flatten_1; dense", "invalid value for parameter \"inputs\" of layer \"relu_1\"");
	CLASSES("flatten; relu; dense activation=softmax inputs=flatten_1", "nothing uses the output of layer \"relu_1\"");
	CLASSES("flatten; add; dense", "layer \"add_1\" needs two inputs or more");
	CLASSES("flatten name=a; dense name=b units=3; add inputs=a|b; dense", "layer \"add_1\" cannot add 784 values and 3 values");
	CLASSES("flatten units=3; dense", "unrecognized parameter \"units\" of \"flatten\"");
	CLASSES("conv2d filters=65536 kernel=1; conv2d filters=8 kernel=2 dilation=1024 padding=same; flatten; dense activation=softmax",
			"the output of layer \"conv2d_1\" is too large: 28 x 28 x 65536 (height x width x channels)");
	CLASSES("conv2d filters=32768 kernel=1; conv2d filters=65536 kernel=5; global_avg_pool2d; dense activation=softmax",
			"a row of the output of layer \"conv2d_2\" is too large: 2577.0 billion operations, more than 10 billion");
	CLASSES("conv2d filters=208 kernel=1024 stride=28 padding=same; flatten; dense activation=softmax",
			"the kernel of layer \"conv2d_1\" is too large: 208 x 1 x 1024 x 1024");
	check_error("conv2d filters=8 kernel=1024 padding=same; global_avg_pool2d; dense activation=softmax", large, DPK_CROSS_ENTROPY, 10,
				"a row of the output of layer \"conv2d_1\" is too large: 68.7 billion operations, more than 10 billion");
	check_error("max_pool2d size=1024 stride=1; global_avg_pool2d; dense activation=softmax", large, DPK_CROSS_ENTROPY, 10,
				"a row of the output of layer \"max_pool2d_1\" is too large: 275.1 billion operations, more than 10 billion");
	check_error("flatten; dense units=1048576; dense units=1048576; dense", features, DPK_MSE, 1,
				"the kernel of layer \"dense_2\" is too large");
	check_error("dense activation=softmax", features, DPK_MSE, 1, "softmax of layer \"dense_1\" needs classes to tell apart");
	check_error("dense", (dpk_input) {2, 1, 3, false}, DPK_MSE, 1, "a sample cannot have 2 x 1 x 3 values");
	check_error("dense", features, DPK_MSE, 0, "a network cannot have 0 outputs");

	strcat(many, " name=");
	memset(many + strlen(many), 'x', 64);
	strcat(many, "; dense");
	CLASSES(many, "invalid name of a layer: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
}

int
main(void)
{
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; tables[t] != NULL && i < sizeof(cases) / sizeof(cases[0]); i++)
		{
			check_known(&cases[i], tables[t]);
			check_padding(&cases[i], tables[t]);
			check_padding(&ragged, tables[t]);
		}
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		if (tables[t] != NULL)
			check_outputs(tables[t]);
	check_errors();
	return done();
}
