/*
 * test_channels.c - pad_channels and slice_channels against PyTorch 1.13
 * (test/oracle/channels.py) and central differences, and their errors
 */
#include "known.h"
#include "../data/channels.h"

static const known cases[] = {
	{"conv2d name=a filters=5 kernel=3 padding=same; conv2d name=b filters=19 kernel=3 stride=2 padding=same;"
	"max_pool2d size=1 stride=2 inputs=a; pad_channels channels=19 name=c; add inputs=b|c; tanh; flatten; dense",
	{6, 7, 2, true}, DPK_MSE, 3, 2, 6, KNOWN_3(padded)},
	{"conv2d name=a filters=30 kernel=2 activation=tanh; slice_channels channels=14; conv2d name=b filters=5 kernel=2;"
	"slice_channels first=9 channels=19 inputs=a; conv2d name=c filters=5 kernel=2; add inputs=b|c; tanh; flatten; dense activation=softmax",
	{5, 6, 2, true}, DPK_CROSS_ENTROPY, 2, 2, 8, KNOWN_4(sliced)},
};

static void
check_error(const char *text, const char *message)
{
	rig			r;
	dpk_error	err;

	rig_build(&r, &reference_kernels, text, (dpk_input) {6, 5, 3, true}, DPK_MSE, 1, &err);
	ok(strcmp(err.message, message) == 0, "%s", err.message);
	free(r.memory);
}

int
main(void)
{
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};
	const dpk_input image = {5, 6, 2, true};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; tables[t] != NULL && i < sizeof(cases) / sizeof(cases[0]); i++)
		{
			check_known(&cases[i], tables[t]);
			check_padding(&cases[i], tables[t]);
		}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_gradient(cases[i].text, image, cases[i].loss, 3, 4e-3f);
	/* of the input itself; as many channels as there are; all of them */
	check_gradient("pad_channels channels=17; slice_channels channels=3; conv2d filters=3 kernel=2; pad_channels channels=3; slice_channels channels=3; flatten; dense",
				   image, DPK_MSE, 2, 4e-3f);
	check_error("pad_channels channels=2; flatten; dense", "layer \"pad_channels_1\" cannot make 2 channels of 6 x 5 x 3 (height x width x channels)");
	check_error("flatten; pad_channels channels=200; flatten; dense", "layer \"pad_channels_1\" needs an input of height x width x channels, but \"flatten_1\" gives 90 values");
	check_error("pad_channels; flatten; dense", "parameter \"channels\" of \"pad_channels\" is missing");
	check_error("slice_channels first=1 channels=3; flatten; dense", "layer \"slice_channels_1\" wants channels 1 to 3 of 6 x 5 x 3 (height x width x channels)");
	check_error("slice_channels first=65536 channels=1; flatten; dense", "layer \"slice_channels_1\" wants channels 65536 to 65536 of 6 x 5 x 3 (height x width x channels)");
	check_error("slice_channels first=-1 channels=1; flatten; dense", "invalid value for parameter \"first\" of \"slice_channels\": -1");
	check_error("flatten; slice_channels channels=1; flatten; dense", "layer \"slice_channels_1\" needs an input of height x width x channels, but \"flatten_1\" gives 90 values");
	return done();
}
