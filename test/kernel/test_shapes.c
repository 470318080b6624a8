/*
 * test_shapes.c - layers that join, cut and move maps: against PyTorch 1.13
 * (test/oracle/shapes.py), against central differences, and their errors
 */
#include "known.h"
#include "../data/shapes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const known networks[] = {
	{"conv2d name=a filters=10 kernel=3 padding=same; global_avg_pool2d; dense units=4 activation=relu; dense name=s units=10 activation=sigmoid;"
	 "multiply inputs=a|s; global_max_pool2d; dense activation=softmax", {5, 6, 3, true}, DPK_CROSS_ENTROPY, 3, 2, 8, KNOWN_4(excite)},
	{"conv2d name=a filters=5 kernel=3; conv2d name=b filters=7 kernel=3 activation=relu inputs=input; concat inputs=a|b; channel_shuffle groups=3;"
	 "conv2d filters=4 kernel=2; flatten; dense", {5, 4, 2, true}, DPK_MSE, 2, 2, 8, KNOWN_4(joined)},
	{"flatten name=f; dense name=d units=5; dense name=e units=5 inputs=f; multiply name=m inputs=d|e|d; concat inputs=m|d; dense activation=softmax",
	{2, 2, 3, true}, DPK_CROSS_ENTROPY, 3, 3, 6, KNOWN_3(lists)},
	{"conv2d filters=12 kernel=3; pixel_shuffle factor=2; conv2d filters=4 kernel=3; reshape shape=9,4,4; max_pool2d; flatten; dense",
	{6, 6, 1, true}, DPK_MSE, 2, 2, 6, KNOWN_3(pixels)},
	{"conv2d filters=3 kernel=2; upsample2d size=2,3; conv2d filters=5 kernel=3 stride=2; upsample2d size=3 interpolation=bilinear;"
	 "conv2d filters=2 kernel=3,2 stride=3; flatten; dense", {4, 4, 2, true}, DPK_MSE, 3, 2, 8, KNOWN_4(upsampled)},
};

/* Each kind as one of several consumers of a map, first and last, and with channels of several blocks */
static const known gradients[] = {
	{"conv2d name=a filters=6 kernel=3 activation=tanh; multiply name=m inputs=a|a; concat name=c inputs=m|a|m; global_max_pool2d name=g inputs=a;"
	 "channel_shuffle name=s groups=2 inputs=a; pixel_shuffle name=p factor=1 inputs=a; upsample2d name=u size=1 inputs=a; add name=q inputs=s|p|u;"
	 "multiply name=w inputs=g|q; flatten; dense name=h units=4; flatten inputs=c; dense name=i units=4; add inputs=h|i; dense activation=softmax",
	{6, 5, 2, true}, DPK_CROSS_ENTROPY, 3, 3, 8, NULL, NULL, {NULL}},
	{"conv2d name=a filters=20 kernel=3 padding=same activation=sigmoid; conv2d name=b filters=17 kernel=3 padding=same; concat inputs=a|b|a;"
	 "conv2d name=e filters=8 kernel=1; max_pool2d size=4 name=l inputs=b; conv2d filters=8 kernel=1; multiply inputs=e|conv2d_4; tanh; channel_shuffle groups=4;"
	 "conv2d filters=18 kernel=3 padding=same; pixel_shuffle factor=3; conv2d filters=2 kernel=3 padding=same; upsample2d size=2 interpolation=bilinear;"
	 "reshape shape=1,24,48; reshape shape=1152; dense units=3; tanh; reshape shape=3,1; global_avg_pool2d; dense",
	{4, 4, 2, true}, DPK_MSE, 2, 2, 14, NULL, NULL, {NULL}},
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
				large = {16384, 8, 4, true};

#define ERROR(text, message) check_error(text, image, message)
	ERROR("multiply", "layer \"multiply_1\" needs two inputs or more");
	ERROR("conv2d filters=3 kernel=3; multiply inputs=input|conv2d_1",
		  "layer \"multiply_1\" cannot multiply 28 x 28 x 3 (height x width x channels) by 26 x 26 x 3 (height x width x channels)");
	ERROR("global_avg_pool2d; dense units=4; multiply inputs=input|dense_1",
		  "layer \"multiply_1\" cannot multiply 28 x 28 x 3 (height x width x channels) by 4 values");
	ERROR("global_avg_pool2d name=a; dense units=4; multiply inputs=a|dense_1", "layer \"multiply_1\" cannot multiply 3 values by 4 values");
	ERROR("concat", "layer \"concat_1\" needs two inputs or more");
	ERROR("flatten; concat inputs=input|flatten_1", "layer \"concat_1\" cannot put 2352 values behind 28 x 28 x 3 (height x width x channels)");
	ERROR("max_pool2d; concat inputs=max_pool2d_1|input",
		  "layer \"concat_1\" cannot put 28 x 28 x 3 (height x width x channels) behind 14 x 14 x 3 (height x width x channels)");
	ERROR("conv2d filters=65536 kernel=1 stride=28; concat inputs=conv2d_1|conv2d_1", "layer \"concat_1\" is too large: 131072 channels");
	ERROR("flatten; global_max_pool2d", "layer \"global_max_pool2d_1\" needs an input of height x width x channels, but \"flatten_1\" gives 2352 values");
	ERROR("channel_shuffle", "parameter \"groups\" of \"channel_shuffle\" is missing");
	ERROR("channel_shuffle groups=2", "layer \"channel_shuffle_1\" cannot have 2 groups on an input of 28 x 28 x 3 (height x width x channels)");
	ERROR("pixel_shuffle factor=2",
		  "layer \"pixel_shuffle_1\" cannot have the factor 2 on an input of 28 x 28 x 3 (height x width x channels): 3 is no multiple of 4");
	ERROR("pixel_shuffle factor=0", "invalid value for parameter \"factor\" of \"pixel_shuffle\": 0");
	ERROR("upsample2d size=2,0", "invalid value for parameter \"size\" of \"upsample2d\": 0");
	ERROR("upsample2d interpolation=bicubic", "unrecognized value for parameter \"interpolation\" of \"upsample2d\": \"bicubic\"");
	ERROR("upsample2d size=256; upsample2d size=3",
		  "the output of layer \"upsample2d_2\" is too large: 7168 x 7168 x 3 (height x width x channels) times 3 x 3");
	check_error("upsample2d size=2", large, "the output of layer \"upsample2d_1\" is too large: 16384 x 8 x 4 (height x width x channels) times 2 x 2");
	check_error("pixel_shuffle factor=2", large, "the output of layer \"pixel_shuffle_1\" is too large: 16384 x 8 x 4 (height x width x channels) times 2");
	ERROR("reshape shape=28,28,4", "layer \"reshape_1\" cannot make 28 x 28 x 4 (height x width x channels) of 28 x 28 x 3 (height x width x channels)");
	ERROR("reshape shape=2351", "layer \"reshape_1\" cannot make 2351 values of 28 x 28 x 3 (height x width x channels)");
	ERROR("reshape shape=28,7,4,3", "invalid value for parameter \"shape\" of \"reshape\"");
	ERROR("reshape shape=0,28", "invalid value for parameter \"shape\" of \"reshape\": 0");
	ERROR("reshape shape=same", "invalid value for parameter \"shape\" of \"reshape\"");
	ERROR("reshape", "parameter \"shape\" of \"reshape\" is missing");
	ERROR("reshape shape=1,1,65537", "the output of layer \"reshape_1\" is too large");
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
	/* steps small for the maxima of the first, large for the noise of the second */
	check_gradient(gradients[0].text, gradients[0].input, gradients[0].loss, gradients[0].noutputs, 4e-3f);
	check_gradient(gradients[1].text, gradients[1].input, gradients[1].loss, gradients[1].noutputs, 8e-3f);
	check_errors();
	return done();
}
