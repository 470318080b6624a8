/*
 * test_presets.c - named networks against the counts their papers and frameworks publish
 *
 * Each is built for the input of its paper; a parameter that is left out has
 * the paper's value.
 */
#include <string.h>

#include "nets.h"
#include "preset.h"
#include "reference_kernels.h"

typedef struct published
{
	const char *step;			/* as nets.h writes it */
	dpk_input	input;
	int			classes;
	size_t		weights;		/* that are trained */
	double		flops;			/* forward; 0: not published, not worked out */
} published;

static const published known[] = {
	/* weights as Keras counts them; multiply-adds worked out by hand */
	{"lenet", {28, 28, 1, true}, 10, 34826, 2.0 * (26 * 26 * 32 * 9 + 11 * 11 * 64 * 32 * 9 + 1600 * 10)},
	/* "same": 28 x 5 taps less the 2 + 1 at each side */
	{"lenet5", {28, 28, 1, true}, 10, 61706, 2.0 * (134.0 * 134 * 6 + 10 * 10 * 16 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10)},
	/* the table of layers that model.summary() of Keras prints: 896 + 18496 + 73856 + 26 x 26 x 128 x 2 + 2 */
	{"keras_classifier", {224, 224, 3, true}, 2, 896 + 18496 + 73856 + 173058,
	2.0 * (222.0 * 222 * 32 * 27 + 109.0 * 109 * 64 * 288 + 52.0 * 52 * 128 * 576 + 86528 * 2)},
	/*
	 * He and others (2015), table 6: 0.27, 0.46, 0.66, 0.85, 1.7 million; to the
	 * last one in Y. Idelbayev's pytorch_resnet_cifar10, the reference for this table
	 */
	{"resnet", {32, 32, 3, true}, 10, 269722, 0},
	{"resnet depth=32", {32, 32, 3, true}, 10, 464154, 0},
	{"resnet depth=44", {32, 32, 3, true}, 10, 658586, 0},
	{"resnet depth=56", {32, 32, 3, true}, 10, 853018, 0},
	{"resnet depth=110", {32, 32, 3, true}, 10, 1727962, 0},
	/* the authors' code (K. Zhang's DnCNN, PyTorch): 64 * 10 + 15 * (64 * 64 * 9 + 128) + 64 * 9 */
	{"dncnn", {40, 40, 1, true}, 10, 556096, 0},
	{"dncnn channels=3", {40, 40, 3, true}, 10, 556096 + 2 * 2 * 64 * 9, 0},
	/* torchvision: "num_params" of the weights of shufflenet_v2_x0_5 to _x2_0 and of efficientnet_b0 to _b3 */
	{"shufflenet width=0.5", {224, 224, 3, true}, 1000, 1366792, 0},
	{"shufflenet", {224, 224, 3, true}, 1000, 2278604, 0},
	{"shufflenet width=1.5", {224, 224, 3, true}, 1000, 3503624, 0},
	{"shufflenet width=2 stem_stride=1", {32, 32, 3, true}, 1000, 7393996, 0},
	{"efficientnet", {224, 224, 3, true}, 1000, 5288548, 0},
	{"efficientnet variant=b1", {240, 240, 3, true}, 1000, 7794184, 0},
	{"efficientnet variant=b2 stem_stride=1", {32, 32, 3, true}, 1000, 9109994, 0},
	{"efficientnet variant=b3", {300, 300, 3, true}, 1000, 12233232, 0},
	/* Shi and others (2016), 5-3-3 with 64 and 32 filters: 5 * 5 * 64 + 64 + 64 * 9 * 32 + 32 + (32 * 9 + 1) * r * r */
	{"espcn factor=2", {17, 17, 1, true}, 10, 1664 + 18464 + 289 * 4, 0},
	{"espcn", {17, 17, 1, true}, 10, 1664 + 18464 + 289 * 9, 0},
	{"espcn factor=4", {17, 17, 1, true}, 10, 1664 + 18464 + 289 * 16, 0},
	/* model.summary() of "Building autoencoders in Keras" prints 160, 1160, 584, 584, 584, 1168 and 145 */
	{"autoencoder", {28, 28, 1, true}, 10, 4385, 0},
	{"autoencoder padding=same channels=3", {32, 32, 3, true}, 10, 4385 + 16 * 9 * 2 + (16 * 9 + 1) * 2, 0},
	{"dncnn depth=5 filters=8", {40, 40, 1, true}, 10, 80 + 3 * (576 + 16) + 72, 0},
};

static void
check_known(const published *k)
{
	static spec s;
	void	   *outline = malloc(dpk_net_preset_bytes());
	const dpk_step *steps;
	int			nsteps;
	void	   *memory;
	dpk_net    *net;
	const dpk_output output = dpk_values(k->classes);
	dpk_error	err = {0};
	size_t		weights = 0;

	spec_read(&s, k->step);
	if (dpk_net_preset(outline, &s.steps[0], &steps, &nsteps, &err) != DPK_OK)
	{
		ok(false, "%s: %s (%s)", k->step, err.message, err.detail);
		free(outline);
		return;
	}
	memory = malloc(dpk_net_bytes(nsteps));
	ok(dpk_net_outline(memory, &reference_kernels, steps, nsteps, &k->input, &output, &net, &err) == DPK_OK,
	   "%s is built %s", k->step, err.message);
	for (int i = 0; err.message[0] == '\0' && i < dpk_net_nlayers(net); i++)
	{
		dpk_layer_info l;

		dpk_net_layer(net, i, &l);
		weights += l.parameters;
	}
	ok(weights == k->weights, "it has %zu weights", weights);
	if (k->flops > 0)
		ok(dpk_net_flops(net, false) == k->flops, "and takes %.0f operations", dpk_net_flops(net, false));
	free(memory);
	free(outline);
}

static void
check_error(const char *text, const char *message)
{
	static dpk_outline o;
	static spec s;
	const dpk_step *steps;
	int			nsteps;
	dpk_error	err = {0};

	spec_read(&s, text);
	ok(dpk_net_preset(&o, &s.steps[0], &steps, &nsteps, &err) == DPK_INVALID && strcmp(err.message, message) == 0, "%s", err.message);
}

static void
check_errors(void)
{
	check_error("no", "there is no network \"no\"");
	check_error("lenet depth=3", "unrecognized parameter \"depth\" of \"lenet\"");
	check_error("resnet depth=21", "invalid value for parameter \"depth\" of \"resnet\"");
	check_error("resnet width=0", "invalid value for parameter \"width\" of \"resnet\": 0");
	check_error("shufflenet width=0.7", "invalid value for parameter \"width\" of \"shufflenet\"");
	check_error("shufflenet stem_stride=3", "invalid value for parameter \"stem_stride\" of \"shufflenet\"");
	check_error("efficientnet variant=b8", "unrecognized value for parameter \"variant\" of \"efficientnet\": \"b8\"");
	check_error("espcn factor=5", "invalid value for parameter \"factor\" of \"espcn\": 5");
	check_error("dncnn depth=1", "invalid value for parameter \"depth\" of \"dncnn\": 1");
	ok(!dpk_net_is_preset("conv2d") && dpk_net_is_preset("lenet"), "a layer is no preset");
}

/* An outline takes what it has room for, and says when that was too little */
static void
check_room(void)
{
	dpk_outline *o = calloc(1, sizeof(dpk_outline));

	dpk_put_word(o, "activation", "relu");
	ok(o->full, "a parameter without a step");
	memset(o, 0, sizeof(*o));
	for (int i = 0; i < DPK_OUTLINE_STEPS; i++)
		dpk_put(o, "relu");
	ok(!o->full, "%d steps fit", o->nsteps);
	dpk_put(o, "relu");
	ok(o->full && o->nsteps == DPK_OUTLINE_STEPS, "and no more");
	memset(o, 0, sizeof(*o));
	dpk_put(o, "add");
	for (int i = 0; i < 2 * DPK_OUTLINE_VALUES; i++)
		dpk_put_number(o, "x", i);
	ok(o->full && o->nvalues == DPK_OUTLINE_VALUES, "%d values fit", o->nvalues);
	memset(o, 0, sizeof(*o));
	dpk_put(o, "add");
	for (int i = 0; i < 2 * DPK_OUTLINE_STRINGS; i++)
		dpk_put_inputs(o, "a", "b");
	ok(o->full && o->nstrings <= DPK_OUTLINE_STRINGS, "%d strings fit", o->nstrings);
	memset(o, 0, sizeof(*o));
	for (int i = 0; i < 2 * DPK_OUTLINE_STEPS; i++)
		dpk_put_name(o, "name%d", i);
	ok(o->full && o->nnames < DPK_OUTLINE_STEPS, "%d names fit", o->nnames);
	free(o);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		check_known(&known[i]);
	check_errors();
	check_room();
	return done();
}
