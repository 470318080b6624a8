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
check_errors(void)
{
	static dpk_outline o;
	static spec s;
	const dpk_step *steps;
	int			nsteps;
	dpk_error	err = {0};

	spec_read(&s, "no");
	ok(dpk_net_preset(&o, &s.steps[0], &steps, &nsteps, &err) == DPK_INVALID && strcmp(err.message, "there is no network \"no\"") == 0, "%s", err.message);
	spec_read(&s, "lenet depth=3");
	ok(dpk_net_preset(&o, &s.steps[0], &steps, &nsteps, &err) == DPK_INVALID && strcmp(err.message, "unrecognized parameter \"depth\" of \"lenet\"") == 0, "%s", err.message);
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
