/*
 * test_network.c - gradients of whole networks against central differences
 *
 * For each tensor the analytic and the numeric gradient are compared as
 * vectors: |g - numeric| / |numeric| < 1e-3.  Losses are summed in double from
 * float outputs, so the step is chosen for their noise (about 1e-7 of a loss
 * near 1); relu and max are differentiable at all but a few points, which the
 * seed avoids.
 */
#include "nets.h"
#include "reference_kernels.h"

static double
loss_at(rig *r)
{
	dpk_sums	sums;
	float	   *grad = aligned(sizeof(float) * dpk_net_param_floats(r->net));

	/* the training pass, so that dropout is on */
	dpk_net_gradient(r->net, &r->run, r->params, &r->batch, grad, &sums);
	free(grad);
	return sums.loss;
}

static void
check_gradient(const char *text, dpk_input input, dpk_loss loss, int noutputs, float h)
{
	rig			r;
	dpk_sums	sums;
	double		worst = 0;
	const char *where = "";

	if (!rig_start(&r, &reference_kernels, text, input, loss, noutputs, 3))
		return;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK, "gradient of %s", text);
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *w = malloc(sizeof(float) * tensor->count),
				   *g = malloc(sizeof(float) * tensor->count);
		double		error = 0,
					norm = 0;
		size_t		step = tensor->count / 40 + 1;

		dpk_net_get(r.net, t, r.params, w);
		dpk_net_get(r.net, t, r.grad, g);
		for (size_t i = 0; i < tensor->count; i += step)
		{
			float		old = w[i];
			double		up,
						down,
						numeric;

			w[i] = old + h;
			dpk_net_set(r.net, t, r.params, w);
			up = loss_at(&r);
			w[i] = old - h;
			dpk_net_set(r.net, t, r.params, w);
			down = loss_at(&r);
			w[i] = old;
			dpk_net_set(r.net, t, r.params, w);
			numeric = (up - down) / ((double) (old + h) - (old - h));
			error += (g[i] - numeric) * (g[i] - numeric);
			norm += numeric * numeric;
		}
		error = sqrt(error / fmax(norm, 1e-12));
		if (!(error <= worst))
			worst = error, where = tensor->layer;
		free(w), free(g);
	}
	ok(worst < 1e-3, "central differences agree: relative error %.1e, at worst in %s", worst, where);
	rig_end(&r);
}

int
main(void)
{
	const dpk_input image = {9, 8, 3, true},
				small = {8, 5, 2, true},
				wide = {6, 6, 6, true},
				features = {1, 1, 7, false};

	check_gradient("dense activation=softmax", features, DPK_CROSS_ENTROPY, 3, 4e-3f);
	check_gradient("dense units=5 activation=tanh; dense", features, DPK_MSE, 2, 4e-3f);
	check_gradient("dense units=5 activation=sigmoid; dropout rate=0.4; dense units=6 activation=leaky_relu; dense", features, DPK_MSE, 1, 4e-3f);
	check_gradient("conv2d filters=5 kernel=3 activation=tanh; flatten; dense activation=softmax", image, DPK_CROSS_ENTROPY, 4, 4e-3f);
	check_gradient("conv2d filters=5 kernel=3,2 padding=same activation=sigmoid; conv2d filters=6 kernel=3 stride=2 padding=same; tanh; flatten; dense; softmax",
				   image, DPK_CROSS_ENTROPY, 4, 4e-3f);
	check_gradient("conv2d filters=6 kernel=2 padding=same groups=2 activation=leaky_relu; conv2d filters=4 kernel=3 dilation=2 groups=2; flatten; dense",
				   wide, DPK_MSE, 3, 2e-4f);
	check_gradient("conv2d filters=6 kernel=3 activation=relu; max_pool2d; conv2d filters=4 kernel=2 padding=same; max_pool2d size=3 stride=2 padding=same; flatten; dense activation=softmax",
				   small, DPK_CROSS_ENTROPY, 4, 5e-4f);
	check_gradient("avg_pool2d size=2 padding=same; conv2d filters=6 kernel=3 padding=same; dropout rate=0.5; avg_pool2d size=3 stride=1 padding=same; global_avg_pool2d; dense activation=softmax",
				   image, DPK_CROSS_ENTROPY, 4, 4e-3f);
	/* a graph: two consumers of a map, a sum of a map with itself, a skip over a dense layer */
	check_gradient("conv2d name=a filters=4 kernel=3 padding=same activation=sigmoid;"
				   "conv2d name=b filters=4 kernel=3 padding=same;"
				   "add name=c inputs=a|b|a; tanh name=d;"
				   "conv2d name=e inputs=a filters=4 kernel=1; add name=f inputs=e|d;"
				   "flatten name=g; dense name=h units=12 activation=tanh; dense name=i units=12;"
				   "add name=j inputs=i|h; leaky_relu; dropout rate=0.2; dense activation=softmax",
				   image, DPK_CROSS_ENTROPY, 3, 4e-3f);
	return done();
}
