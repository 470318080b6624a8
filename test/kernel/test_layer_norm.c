/*
 * test_layer_norm.c - layer_norm against PyTorch 1.13 (test/oracle/layer_norm.py)
 * and central differences; constant, large and lone values; its errors
 */
#include "known.h"
#include "../data/layer_norm.h"

static const known cases[] = {
	{"layer_norm; conv2d filters=21 kernel=3 padding=same; layer_norm epsilon=0.01 activation=relu; flatten; dense",
	{4, 5, 3, true}, DPK_MSE, 2, 3, 8, KNOWN_4(maps)},
	{"flatten; dense units=7; layer_norm activation=tanh; dense activation=softmax",
	{2, 3, 1, true}, DPK_CROSS_ENTROPY, 4, 3, 6, KNOWN_3(lists)},
};

/* 1000 and one more are as 0 and 1; what is all the same becomes beta, with finite gradients */
static void
check_extremes(const dpk_kernels *k)
{
	const dpk_input two = {1, 1, 2, false};
	rig			r;
	float		y[2];
	bool		finite = true;
	dpk_sums	sums;

	if (!rig_start(&r, k, "layer_norm; linear", two, DPK_MSE, 2, 3))
		return;
	for (int t = 0; t < 2; t++)
		dpk_net_set(r.net, t, r.params, t == 0 ? (const float[]) {1, 1} : (const float[]) {0.25f, 0.25f});
	memcpy(r.features, (const float[]) {1000, 1001}, sizeof(float) * 2);
	ok(dpk_net_forward(r.net, &r.run, r.params, 1, r.features, y) == DPK_OK &&
	   fabs(y[0] - (0.25 - 0.5 / sqrt(0.251))) < 1e-6 && fabs(y[1] - (0.25 + 0.5 / sqrt(0.251))) < 1e-6,
	   "%s: a large mean costs no digits: %g, %g", k->isa, y[0], y[1]);
	memcpy(r.features, (const float[]) {7, 7, 0, 0, -3, -3}, sizeof(float) * 6);
	ok(dpk_net_forward(r.net, &r.run, r.params, 1, r.features, y) == DPK_OK && y[0] == 0.25f && y[1] == 0.25f, "%s: equal values give beta", k->isa);
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK, "%s: gradient of equal values", k->isa);
	for (size_t i = 0; i < dpk_net_param_floats(r.net); i++)
		finite &= isfinite(r.grad[i]);
	ok(finite, "%s: it is finite", k->isa);
	rig_end(&r);
}

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
	{
		for (size_t i = 0; tables[t] != NULL && i < sizeof(cases) / sizeof(cases[0]); i++)
		{
			check_known(&cases[i], tables[t]);
			check_padding(&cases[i], tables[t]);
		}
		if (tables[t] != NULL)
			check_extremes(tables[t]);
	}
	check_gradient("conv2d filters=5 kernel=3; layer_norm activation=tanh name=a; conv2d filters=5 kernel=1; layer_norm activation=gelu name=b;"
				   "add inputs=a|b; layer_norm; flatten; dense", image, DPK_MSE, 3, 4e-3f);
	check_gradient("flatten; dense units=9; layer_norm epsilon=0.1; tanh; dense activation=softmax", image, DPK_CROSS_ENTROPY, 3, 4e-3f);
	check_error("layer_norm epsilon=0; flatten; dense", "invalid value for parameter \"epsilon\" of \"layer_norm\": 0");
	check_error("layer_norm momentum=1; flatten; dense", "unrecognized parameter \"momentum\" of \"layer_norm\"");
	return done();
}
