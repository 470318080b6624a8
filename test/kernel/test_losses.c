/*
 * test_losses.c - losses, metrics and gradients against PyTorch 1.13
 * (test/oracle/losses.py) for classes, probabilities, values and images, and
 * what may not go together
 */
#include "nets.h"
#include "reference_kernels.h"
#include "../data/losses.h"

static float
number(size_t i, int salt)
{
	return (float) ((int) ((i * 37 + (size_t) salt * 101) % 61) - 30) / 40;
}

static float
some_byte(size_t i)
{
	return (float) ((i * 53 + 11) % 256) / 255;
}

static double
worst_difference(const float *a, const float *b, size_t n)
{
	double		worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fabs(a[i] - b[i]) <= worst ? worst : fabs((double) a[i] - b[i]);
	return worst;
}

typedef struct known
{
	const char *text;
	dpk_loss	loss;
	bool		is_image,		/* else 4 features to 3 outputs */
				soft;
	float		smoothing,
				scale;			/* of the features */
	const float *sums,
			   *y,
			   *gradients[2];
} known;

#define KNOWN(p) p##_sums, p##_y, {p##_g0, p##_g1}
#define MAP "conv2d filters=5 kernel=3 padding=same"

static const known cases[] = {
	{"dense activation=softmax", DPK_CROSS_ENTROPY, false, false, 0.2f, 1, KNOWN(smoothed)},
	{"dense activation=softmax", DPK_CROSS_ENTROPY, false, true, 0, 1, KNOWN(soft)},
	{"dense; softmax", DPK_CROSS_ENTROPY, false, true, 0.1f, 1, KNOWN(soft_smoothed)},
	{"dense", DPK_MSE, false, false, 0, 4, KNOWN(mse)},
	{"dense", DPK_MAE, false, false, 0, 4, KNOWN(mae)},
	{"dense", DPK_HUBER, false, false, 0, 4, KNOWN(huber)},
	{"dense activation=sigmoid", DPK_BINARY_CROSS_ENTROPY, false, false, 0, 1, KNOWN(binary)},
	{"dense; sigmoid", DPK_BINARY_CROSS_ENTROPY, false, false, 0, 1000, KNOWN(steep)},
	{MAP, DPK_MSE, true, false, 0, 1, KNOWN(image_mse)},
	{MAP, DPK_MAE, true, false, 0, 1, KNOWN(image_mae)},
	{MAP "; linear", DPK_HUBER, true, false, 0, 1, KNOWN(image_huber)},
	{MAP " activation=sigmoid", DPK_BINARY_CROSS_ENTROPY, true, false, 0, 1, KNOWN(image_binary)},
	{MAP "; sigmoid", DPK_BINARY_CROSS_ENTROPY, true, false, 0, 1, KNOWN(image_binary)},
	/* the same images as lists of values */
	{MAP "; flatten", DPK_MSE, true, false, 0, 1, KNOWN(image_mse)},
	{MAP "; flatten; sigmoid", DPK_BINARY_CROSS_ENTROPY, true, false, 0, 1, KNOWN(image_binary)},
};

static void
fill(const known *k, rig *r)
{
	int			n = r->batch.n,
				c = dpk_net_noutputs(r->net);

	for (int i = 0; i < n * 6 * 5 * 2 && k->is_image; i++)
		r->images[i] = (uint8_t) ((i * 89 + 7) % 256);
	for (int i = 0; i < n * 4 && !k->is_image; i++)
		r->features[i] = number(i, 50) * k->scale;
	for (int i = 0; i < n; i++)
	{
		float		sum = 0;

		r->weight[i] = 0.5f + 0.25f * i;
		if (k->loss == DPK_CROSS_ENTROPY && !k->soft)
			r->target[i] = (float) (i % 3);
		for (int j = 0; j < c && k->soft; j++)
			sum += fabsf(number(i * c + j, 7)) + 0.05f;
		for (int j = 0; j < c && k->soft; j++)
			r->target[i * c + j] = (fabsf(number(i * c + j, 7)) + 0.05f) / sum;
		for (int j = 0; j < c && k->loss != DPK_CROSS_ENTROPY; j++)
			r->target[i * c + j] = k->is_image || k->loss == DPK_BINARY_CROSS_ENTROPY ? some_byte(i * c + j) : number(i * c + j, 99) * 3;
	}
	for (int t = 0; t < 2; t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r->net, t);
		float	   *w = malloc(sizeof(float) * tensor->count);

		for (size_t i = 0; i < tensor->count; i++)
			w[i] = number(i, t + 1);
		dpk_net_set(r->net, t, r->params, w);
		free(w);
	}
	r->batch.soft = k->soft;
	r->batch.smoothing = k->smoothing;
}

static void
check_known(const known *k, const dpk_kernels *kernels)
{
	rig			r;
	int			n = k->is_image ? 2 : 5;
	float		y[400];
	dpk_sums	sums,
				evaluated;
	double		worst = 0,
				tolerance = k->scale > 100 ? 2e-3 : 2e-5;

	if (!rig_start_output(&r, kernels, k->text, k->is_image ? (dpk_input) {6, 5, 2, true} : (dpk_input) {1, 1, 4, false}, k->loss,
						  k->is_image ? (dpk_output) {6, 5, 5, true} : dpk_values(3), n))
		return;
	if (k->soft)
	{
		free(r.target);
		r.batch.target = r.target = malloc(sizeof(float) * n * 3);
	}
	fill(k, &r);
	ok(dpk_net_forward(r.net, &r.run, r.params, n, r.batch.x, y) == DPK_OK &&
	   worst_difference(y, k->y, (size_t) n * dpk_net_noutputs(r.net)) < 2e-5, "%s: outputs of %s", kernels->isa, k->text);
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK &&
	   fabs(sums.loss - k->sums[0]) < 1e-5 * fmax(1, k->sums[0]), "%s: loss %.6f", kernels->isa, sums.loss);
	ok(fabs(sums.squared - k->sums[1]) < 1e-5 * fmax(1, k->sums[1]), "%s: squared errors %.6f", kernels->isa, sums.squared);
	dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &evaluated);
	ok(memcmp(&sums, &evaluated, sizeof(sums)) == 0, "%s: evaluated alike", kernels->isa);
	for (int t = 0; t < 2; t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *g = malloc(sizeof(float) * tensor->count);

		dpk_net_get(r.net, t, r.grad, g);
		worst = fmax(worst, worst_difference(g, k->gradients[t], tensor->count));
		free(g);
	}
	ok(worst < tolerance, "%s: gradients differ by at most %.1e", kernels->isa, worst);
	rig_end(&r);
}

/* Metrics counted by hand */
static void
check_correct(void)
{
	rig			r;
	dpk_sums	sums;
	const float identity[] = {1, 0, 0, 1},
				x[] = {2, -1, -3, 4, 0, 1},
				binary[] = {1, 0, 1, 1, 0, 0.2f},	/* right: 2; 1; 1 (0 is no yes) */
				soft[] = {0.9f, 0.1f, 0.5f, 0.5f, 0.2f, 0.8f};	/* right: yes; no, the first of equals; yes */

	if (!rig_start(&r, &reference_kernels, "dense activation=sigmoid", (dpk_input) {1, 1, 2, false}, DPK_BINARY_CROSS_ENTROPY, 2, 3))
		return;
	memset(r.params, 0, sizeof(float) * dpk_net_param_floats(r.net));
	dpk_net_set(r.net, 0, r.params, identity);
	memcpy(r.features, x, sizeof(x));
	memcpy(r.target, binary, sizeof(binary));
	r.batch.weight = NULL;
	dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &sums);
	ok(sums.correct == 1 + 0.5 + 0.5 && sums.weight == 3, "labels found, as a share of each sample's: %g", sums.correct);
	rig_end(&r);

	if (!rig_start(&r, &reference_kernels, "dense activation=softmax", (dpk_input) {1, 1, 2, false}, DPK_CROSS_ENTROPY, 2, 3))
		return;
	memset(r.params, 0, sizeof(float) * dpk_net_param_floats(r.net));
	dpk_net_set(r.net, 0, r.params, identity);
	memcpy(r.features, x, sizeof(x));
	r.batch.target = soft;
	r.batch.soft = true;
	dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &sums);
	ok(fabs(sums.correct - r.weight[0] - r.weight[2]) < 1e-6, "the largest probability counts as the class");
	rig_end(&r);
}

/* A loss of the largest logits there are is finite, and right */
static void
check_overflow(void)
{
	rig			r;
	dpk_sums	sums;
	const float w[] = {3e38f, -3e38f},
				wanted[] = {0, 1};
	float		g[2];

	if (!rig_start(&r, &reference_kernels, "dense units=2 activation=sigmoid", (dpk_input) {1, 1, 1, false}, DPK_BINARY_CROSS_ENTROPY, 2, 1))
		return;
	memset(r.params, 0, sizeof(float) * dpk_net_param_floats(r.net));
	dpk_net_set(r.net, 0, r.params, w);
	r.features[0] = 1;
	memcpy(r.target, wanted, sizeof(wanted));
	r.batch.weight = NULL;
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	dpk_net_get(r.net, 0, r.grad, g);
	ok(fabs(sums.loss / 3e38 - 1) < 1e-6 && g[0] == 0.5f && g[1] == -0.5f, "no overflow: loss %.3g, gradients %g and %g", sums.loss, g[0], g[1]);
	rig_end(&r);
}

static void
check_pixels(void)
{
	const float y[] = {-1, 0, 0.5f / 255, 0.49f / 255, 100.0f / 255, 1, 2, NAN, INFINITY};
	const uint8_t wanted[] = {0, 0, 1, 0, 100, 255, 255, 0, 255};
	uint8_t		pixels[9];

	dpk_net_pixels(9, y, pixels);
	ok(memcmp(pixels, wanted, 9) == 0, "values as bytes, rounded and within their range");
}

static void
check_error(const char *text, dpk_loss loss, dpk_output output, const char *message)
{
	rig			r;
	dpk_error	err;
	dpk_status	status = rig_build_output(&r, &reference_kernels, text, (dpk_input) {8, 6, 3, true}, loss, output, &err);

	if (!ok(status != DPK_OK && strcmp(err.message, message) == 0, "%s", message))
		printf("# got: %s\n", status == DPK_OK ? "no error" : err.message);
	free(r.memory);
}

static void
check_errors(void)
{
	const dpk_output image = {8, 6, 3, true};

	check_error("conv2d filters=3 kernel=3", DPK_MSE, image,
				"layer \"conv2d_1\" gives 6 x 4 x 3 (height x width x channels), but the target images are 8 x 6 x 3");
	check_error("flatten; dense units=7", DPK_MAE, image, "layer \"dense_1\" gives 7 values, but the target images are 8 x 6 x 3");
	check_error("conv2d filters=3 kernel=3 padding=same", DPK_HUBER, dpk_values(3),
				"layer \"conv2d_1\" gives 8 x 6 x 3 (height x width x channels), but the network must give 3 values");
	check_error("conv2d filters=3 kernel=3 padding=same", DPK_CROSS_ENTROPY, image, "an image is not learned by cross-entropy");
	check_error("conv2d filters=3 kernel=3 padding=same", DPK_BINARY_CROSS_ENTROPY, image, "the last activation of the network is not sigmoid");
	check_error("conv2d filters=3 kernel=3 padding=same activation=softmax", DPK_BINARY_CROSS_ENTROPY, image,
				"softmax of layer \"conv2d_1\" needs classes to tell apart");
	check_error("flatten; dense units=4 activation=sigmoid; dense", DPK_BINARY_CROSS_ENTROPY, dpk_values(1), "the last activation of the network is not sigmoid");
	check_error("flatten; dense", DPK_MSE, (dpk_output) {16385, 6, 3, true}, "a network cannot give images of 16385 x 6 x 3");
	check_error("flatten; dense", DPK_MSE, (dpk_output) {16384, 16384, 8, true}, "a network cannot give images of 16384 x 16384 x 8");
	check_error("flatten; dense", DPK_MSE, dpk_values((1 << 20) + 1), "a network cannot have 1048577 outputs");
}

int
main(void)
{
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; tables[t] != NULL && i < sizeof(cases) / sizeof(cases[0]); i++)
			check_known(&cases[i], tables[t]);
	check_correct();
	check_overflow();
	check_pixels();
	check_errors();
	return done();
}
