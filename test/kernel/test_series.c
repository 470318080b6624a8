/*
 * test_series.c - layers over series: against PyTorch 1.13 (test/oracle/series.py),
 * against central differences, and their errors
 */
#include "known.h"
#include "../data/series.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const known networks[] = {
	{"reshape shape=20,3; conv1d filters=5 kernel=4 padding=same activation=relu; max_pool1d; conv1d filters=4 kernel=3 padding=causal dilation=2;"
	 "avg_pool1d size=3 stride=2 padding=same; conv1d filters=6 kernel=2 stride=2 groups=2; global_avg_pool1d; dense activation=softmax",
	{1, 1, 60, false}, DPK_CROSS_ENTROPY, 3, 3, 8, KNOWN_4(deep)},
	/* an image of height 1 is a series, too */
	{"conv1d filters=5 kernel=4 padding=same activation=relu; max_pool1d; conv1d filters=4 kernel=3 padding=causal dilation=2;"
	 "avg_pool1d size=3 stride=2 padding=same; conv1d filters=6 kernel=2 stride=2 groups=2; global_avg_pool1d; dense activation=softmax",
	{1, 20, 3, true}, DPK_CROSS_ENTROPY, 3, 3, 8, KNOWN_4(deep)},
	{"reshape shape=23,1; conv1d filters=18 kernel=5 padding=causal stride=3 activation=silu; conv1d filters=7 kernel=3 stride=2 padding=same activation=tanh;"
	 "global_max_pool1d; dense", {1, 1, 23, false}, DPK_MSE, 2, 2, 6, KNOWN_3(strided)},
};

/* Borders of many columns and no row, of one map for several consumers, and beside those with rows */
static const known gradients[] = {
	{"reshape shape=16,2; conv1d name=a filters=18 kernel=3 padding=causal activation=gelu; conv1d name=b filters=18 kernel=5 padding=same dilation=3;"
	 "conv2d name=c filters=18 kernel=3,1 padding=same inputs=a; add inputs=a|b|c; avg_pool1d size=3 stride=2 padding=same; conv1d filters=5 kernel=4;"
	 "tanh; global_avg_pool1d; dense", {1, 1, 32, false}, DPK_MSE, 2, 3, 10, NULL, NULL, {NULL}},
	{"reshape shape=40,1; conv1d filters=6 kernel=9 activation=tanh; max_pool1d size=2; conv1d filters=17 kernel=3 padding=causal dilation=4 groups=1;"
	 "conv1d filters=3 kernel=3 stride=2 padding=causal; flatten; dense activation=softmax", {1, 1, 40, false}, DPK_CROSS_ENTROPY, 3, 3, 8, NULL, NULL, {NULL}},
};

static void
check_error(const char *text, dpk_input input, const char *message)
{
	rig			r;
	dpk_error	err;
	dpk_status	status = rig_build(&r, &reference_kernels, text, input, DPK_MSE, 1, &err);

	if (!ok(status != DPK_OK && strcmp(err.message, message) == 0, "%s", message))
		printf("# got: %s\n", status == DPK_OK ? "no error" : err.message);
	free(r.memory);
}

static void
check_errors(void)
{
	const dpk_input image = {28, 28, 3, true},
				features = {1, 1, 24, false},
				many = {1, 1, 1 << 24, false};

	check_error("conv1d filters=4 kernel=3", image, "layer \"conv1d_1\" needs a series, but \"input\" gives 28 x 28 x 3 (height x width x channels)");
	check_error("conv1d filters=4 kernel=3", features, "layer \"conv1d_1\" needs a series, but \"input\" gives 24 values");
	check_error("max_pool1d", image, "layer \"max_pool1d_1\" needs a series, but \"input\" gives 28 x 28 x 3 (height x width x channels)");
	check_error("global_avg_pool1d", features, "layer \"global_avg_pool1d_1\" needs a series, but \"input\" gives 24 values");
	check_error("reshape shape=8,3; conv1d filters=4 kernel=9", features,
				"kernel 1 x 9 of layer \"conv1d_1\" does not fit into its input of 1 x 8 x 3 (height x width x channels)");
	check_error("reshape shape=8,3; conv1d filters=4 kernel=3,3", features, "invalid value for parameter \"kernel\" of \"conv1d\"");
	check_error("reshape shape=8,3; conv1d filters=4 kernel=3 padding=full", features, "unrecognized value for parameter \"padding\" of \"conv1d\": \"full\"");
	check_error("reshape shape=1,8,3; conv2d filters=4 kernel=1 padding=causal", features, "unrecognized value for parameter \"padding\" of \"conv2d\": \"causal\"");
	check_error("reshape shape=8,3; conv1d filters=4 kernel=3 groups=3", features,
				"layer \"conv1d_1\" cannot have 3 groups: 4 filters on an input of 1 x 8 x 3 (height x width x channels)");
	check_error("reshape shape=8,3; avg_pool1d size=9", features,
				"window 1 x 9 of layer \"avg_pool1d_1\" does not fit into its input of 1 x 8 x 3 (height x width x channels)");
	check_error("reshape shape=16777216,1", many, "the output of layer \"reshape_1\" is too large");
	check_error("reshape shape=1048576,16; conv1d filters=1024 kernel=1024 padding=causal dilation=1024", many,
				"a row of the output of layer \"conv1d_1\" is too large: 35184.4 billion operations, more than 10 billion");
	check_error("reshape shape=1048576,16; conv1d filters=64 kernel=2 padding=causal dilation=1024; global_avg_pool1d; dense", many,
				"the output of layer \"reshape_1\" is too large: 1 x 1048576 x 16 (height x width x channels)");
}

int
main(void)
{
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};

	for (size_t t = 0; t < COUNT(tables); t++)
	{
		for (size_t i = 0; tables[t] != NULL && i < COUNT(networks); i++)
		{
			check_known(&networks[i], tables[t]);
			check_padding(&networks[i], tables[t]);
		}
		for (size_t i = 0; tables[t] != NULL && i < COUNT(gradients); i++)
			check_padding(&gradients[i], tables[t]);
	}
	check_gradient(gradients[0].text, gradients[0].input, gradients[0].loss, gradients[0].noutputs, 8e-3f);
	check_gradient(gradients[1].text, gradients[1].input, gradients[1].loss, gradients[1].noutputs, 5e-4f);
	check_errors();
	return done();
}
