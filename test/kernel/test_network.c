/*
 * test_network.c - gradients of whole networks against central differences,
 * and that nothing but the samples, the weights and the seed decides the bits
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

static bool
same_gradient(rig *r, const float *grad, const dpk_sums *sums)
{
	dpk_sums	again;

	return dpk_net_gradient(r->net, &r->run, r->params, &r->batch, r->grad, &again) == DPK_OK &&
		memcmp(&again, sums, sizeof(again)) == 0 &&
		memcmp(r->grad, grad, sizeof(float) * dpk_net_param_floats(r->net)) == 0;
}

/* The same bits whatever the work memory held, from a run of another size or mode or of another network */
static void
check_repeats(const dpk_kernels *kernels)
{
	rig			r,
				other;
	dpk_sums	sums;
	float	   *grad,
				y[2][5 * 3];
	dpk_batch	few;

	if (!rig_start(&r, kernels, "conv2d filters=9 kernel=3 padding=same activation=relu name=a; conv2d filters=9 kernel=3 padding=same;"
				   "add inputs=conv2d_2|a; max_pool2d; dropout rate=0.3; conv2d filters=7 kernel=5 padding=same; tanh; flatten;"
				   "dense units=20 activation=relu; relu; dropout rate=0.2; dense activation=softmax",
				   (dpk_input) {24, 30, 3, true}, DPK_CROSS_ENTROPY, 3, 5))
		return;
	grad = aligned(sizeof(float) * dpk_net_param_floats(r.net));
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, grad, &sums) == DPK_OK, "%s: a gradient", kernels->isa);
	ok(same_gradient(&r, grad, &sums), "%s: again the same bits", kernels->isa);

	few = r.batch;
	few.n = 2;
	dpk_net_gradient(r.net, &r.run, r.params, &few, r.grad, &(dpk_sums) {0});
	ok(same_gradient(&r, grad, &sums), "%s: the same bits after a smaller batch", kernels->isa);
	dpk_net_forward(r.net, &r.run, r.params, 3, r.batch.x, y[0]);
	ok(same_gradient(&r, grad, &sums), "%s: the same bits after a forward pass", kernels->isa);
	dpk_net_forward(r.net, &r.run, r.params, 5, r.batch.x, y[0]);
	memset(r.run.work, 0xff, r.work_bytes);	/* NaN */
	dpk_net_forward(r.net, &r.run, r.params, 5, r.batch.x, y[1]);
	ok(memcmp(y[0], y[1], sizeof(y[0])) == 0, "%s: the same outputs after garbage", kernels->isa);
	memset(r.run.work, 0xff, r.work_bytes);
	ok(same_gradient(&r, grad, &sums), "%s: the same bits after garbage", kernels->isa);
	if (rig_start(&other, kernels, "conv2d filters=9 kernel=5 padding=same; flatten; dense activation=softmax",
				  (dpk_input) {24, 30, 3, true}, DPK_CROSS_ENTROPY, 3, 5))
	{
		void	   *work = other.run.work;

		other.run.work = r.run.work;
		dpk_net_gradient(other.net, &other.run, other.params, &other.batch, other.grad, &(dpk_sums) {0});
		other.run.work = work;
		rig_end(&other);
	}
	ok(same_gradient(&r, grad, &sums), "%s: the same bits after another network", kernels->isa);

	/* a sample's output does not depend on its company */
	for (int i = 0; i < 5; i++)
		dpk_net_forward(r.net, &r.run, r.params, 1, r.images + (size_t) i * 24 * 30 * 3, y[1] + 3 * i);
	ok(fabsf(y[0][0] - y[1][0]) < 1e-6 && fabsf(y[0][14] - y[1][14]) < 1e-6, "%s: one by one the same outputs", kernels->isa);

	r.batch.seed++;
	ok(!same_gradient(&r, grad, &sums), "%s: another seed drops others", kernels->isa);
	r.batch.seed--;
	r.keys[4]++;
	ok(!same_gradient(&r, grad, &sums), "%s: another key drops others", kernels->isa);
	free(grad);
	rig_end(&r);
}

/* Dropout belongs to the sample: moving it to another shard changes no mask */
static void
check_shards(const dpk_kernels *kernels)
{
	rig			r;
	dpk_sums	whole,
				part[2];

	if (!rig_start(&r, kernels, "conv2d filters=5 kernel=3; dropout rate=0.5; flatten; dropout rate=0.5; dense",
				   (dpk_input) {6, 6, 1, true}, DPK_MSE, 2, 4))
		return;
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &whole);
	for (int i = 0; i < 2; i++)
	{
		dpk_batch	b = {2, r.images + i * 2 * 36, r.target + i * 2 * 2, r.weight + i * 2, r.keys + i * 2, r.batch.seed};

		dpk_net_gradient(r.net, &r.run, r.params, &b, r.grad, &part[i]);
	}
	ok(fabs(part[0].loss + part[1].loss - whole.loss) < 1e-6 * whole.loss, "%s: two shards lose what the whole does", kernels->isa);
	rig_end(&r);
}

static bool
count_down(void *arg)
{
	return --*(int *) arg < 0;
}

/* Stopped at every place where it can be; refused targets; nothing to do */
static void
check_stops(void)
{
	rig			r;
	dpk_sums	sums;
	int			left = 0,
				polls = 0;
	dpk_stop	stop = {count_down, &left};
	dpk_status	status;

	if (!rig_start(&r, &reference_kernels, "conv2d filters=4 kernel=3 activation=relu; max_pool2d; flatten; dense units=4; relu; dense activation=softmax",
				   (dpk_input) {8, 8, 1, true}, DPK_CROSS_ENTROPY, 3, 2))
		return;
	r.run.stop = &stop;
	for (;; polls++)
	{
		left = polls;
		status = dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
		if (status != DPK_STOPPED)
			break;
	}
	ok(status == DPK_OK && polls >= 12, "stopped between layers, at %d places", polls);
	r.run.stop = NULL;

	r.target[1] = 3;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_INVALID, "there is no class 3 of 3");
	r.target[1] = 0.5f;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_INVALID, "nor a class 0.5");
	r.target[1] = NAN;
	ok(dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &sums) == DPK_INVALID, "nor a class NaN");
	r.batch.n = 0;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK && sums.loss == 0 && sums.weight == 0, "no samples, no loss");
	rig_end(&r);
}

int
main(void)
{
	const dpk_input image = {9, 8, 3, true},
				small = {8, 5, 2, true},
				wide = {6, 6, 6, true},
				features = {1, 1, 7, false};
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};

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
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		if (tables[t] != NULL)
		{
			check_repeats(tables[t]);
			check_shards(tables[t]);
		}
	check_stops();
	return done();
}
