/*
 * test_network.c - gradients of whole networks against central differences,
 * and that nothing but the samples, the weights and the seed decides the bits
 */
#include "known.h"

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

	memset(r.run.work, 0xff, r.work_bytes);
	memset(r.run.work, 0, DPK_ALIGN);
	ok(same_gradient(&r, grad, &sums), "%s: the same bits in memory full of NaN", kernels->isa);
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
		dpk_batch	b = {
			.n = 2, .x = r.images + i * 2 * 36, .target = r.target + i * 2 * 2, .weight = r.weight + i * 2, .keys = r.keys + i * 2, .seed = r.batch.seed
		};

		dpk_net_gradient(r.net, &r.run, r.params, &b, r.grad, &part[i]);
	}
	ok(fabs(part[0].loss + part[1].loss - whole.loss) < 1e-6 * whole.loss, "%s: two shards lose what the whole does", kernels->isa);
	rig_end(&r);
}

/*
 * A batch's gradient is the sum of its samples': the layers here are wide
 * enough for a group to go over the batch one sample at a time
 */
static void
check_sum(const dpk_kernels *kernels)
{
	static const char *const texts[] = {
		"dense units=40000; tanh; relu; dropout rate=0.5; dense",
		"conv2d filters=20 kernel=3 padding=same activation=relu name=a; conv2d filters=20 kernel=3 padding=same; add inputs=a|conv2d_2;"
		"max_pool2d size=4; conv2d filters=4 kernel=3 activation=tanh; flatten; dense units=3; relu; dense"
	};

	for (int t = 0; t < 2; t++)
	{
		rig			r;
		dpk_sums	sums;
		size_t		floats,
					sample;
		double	   *total,
					worst = 0;

		if (!rig_start(&r, kernels, texts[t], t == 0 ? (dpk_input) {1, 1, 2, false} : (dpk_input) {48, 48, 2, true}, DPK_MSE, 2, 3))
			return;
		floats = dpk_net_param_floats(r.net);
		sample = t == 0 ? 2 * sizeof(float) : 48 * 48 * 2;
		total = calloc(floats, sizeof(double));
		for (int i = 0; i < 3; i++)
		{
			dpk_batch	b = {
				.n = 1, .x = (const char *) r.batch.x + i * sample, .target = r.target + i * 2, .weight = r.weight + i, .keys = r.keys + i, .seed = r.batch.seed
			};

			dpk_net_gradient(r.net, &r.run, r.params, &b, r.grad, &sums);
			for (size_t j = 0; j < floats; j++)
				total[j] += r.grad[j];
		}
		dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
		for (size_t j = 0; j < floats; j++)
			worst = fabs(total[j] - r.grad[j]) <= worst ? worst : fabs(total[j] - r.grad[j]);
		ok(worst < 2e-4, "%s: the sum of the samples' gradients, within %.1e, in %s", kernels->isa, worst, texts[t]);
		free(total);
		rig_end(&r);
	}
}

/* On ones: what passes two layers is 1 / 0.4 / 0.5, and a fifth passes */
static void
check_kernel_ranges(void)
{
	rig			r;
	dpk_range	ranges[4];
	float		w[100];
	int			marked = 0;

	if (!rig_start(&r, dpk_kernels_best(), "conv2d filters=5 kernel=3; flatten; dense units=2; dense", (dpk_input) {4, 3, 1, true}, DPK_MSE, 1, 1))
		return;
	ok(dpk_net_kernel_ranges(r.net, ranges) == 3, "three kernels");
	memset(r.params, 0, sizeof(float) * dpk_net_param_floats(r.net));
	for (int i = 0; i < 3; i++)
		for (size_t j = ranges[i].from; j < ranges[i].to; j++)
			r.params[j] = 1;
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);

		dpk_net_get(r.net, t, r.params, w);
		for (size_t i = 0; i < tensor->count; i++)
			marked += w[i] == (strcmp(tensor->name, "kernel") == 0) ? 1 : -1000;
	}
	ok(marked == 45 + 5 + 20 + 2 + 2 + 1, "hold every number of a kernel and none of a bias");
	rig_end(&r);
}

static void
check_dropout(void)
{
	rig			r;
	dpk_sums	sums;
	float		g[2000],
				db;
	int			kept = 0;
	bool		exact = true;

	if (!rig_start(&r, &reference_kernels, "dropout rate=0.6; dropout rate=0.5; dense", (dpk_input) {1, 1, 2000, false}, DPK_MSE, 1, 1))
		return;
	for (int i = 0; i < 2000; i++)
		r.features[i] = 1;
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	dpk_net_get(r.net, 0, r.grad, g);
	dpk_net_get(r.net, 1, r.grad, &db);
	for (int i = 0; i < 2000; i++)
	{
		kept += g[i] != 0;
		exact &= g[i] == 0 || fabsf(g[i] / db - 5) < 1e-5f;
	}
	ok(kept > 400 - 4 * 18 && kept < 400 + 4 * 18, "%d of 2000 pass, within 4 standard errors of 400", kept);
	ok(exact, "and are divided by what the rates leave");
	rig_end(&r);
}

/*
 * One sample alone, whose maps take turns in less memory, gives what it gives
 * among others: whatever lies in that memory, which is exactly as large as asked for
 */
static void
check_alone(const dpk_kernels *kernels)
{
	rig			r;
	const dpk_input input = {9, 8, 3, true};
	float		all[4 * 3],
				alone[3];
	size_t		bytes,
				layers;
	bool		same = true;

	if (!rig_start(&r, kernels,
				   "conv2d name=a filters=20 kernel=3 padding=same activation=sigmoid; max_pool2d size=3 stride=1 padding=same;"
				   "conv2d filters=20 kernel=5 padding=same; tanh name=b; add name=c inputs=a|b|a; relu name=d; conv2d filters=7 kernel=1;"
				   "conv2d name=e filters=20 kernel=3 padding=same activation=relu; add inputs=e|a; global_avg_pool2d; dense units=30;"
				   "dense activation=softmax", input, DPK_CROSS_ENTROPY, 3, 4))
		return;
	dpk_net_forward(r.net, &r.run, r.params, 4, r.images, all);
	bytes = dpk_net_work_bytes(r.net, 1, false);
	layers = dpk_net_work_bytes(r.net, 2, false) - dpk_net_work_bytes(r.net, 3, false) + dpk_net_work_bytes(r.net, 2, false);
	ok(bytes < layers * 3 / 5, "%s: maps that take turns need %zu bytes instead of %zu", kernels->isa, bytes, layers);
	for (int i = 0; i < 4; i++)
	{
		dpk_run		run = {aligned_alloc(DPK_ALIGN, (bytes + DPK_ALIGN - 1) / DPK_ALIGN * DPK_ALIGN), dpk_sgemm_reference, NULL};

		memset(run.work, 0xff, bytes);
		memset(run.work, 0, DPK_ALIGN);
		for (int twice = 0; twice < 2; twice++)
			same &= dpk_net_forward(r.net, &run, r.params, 1, r.images + (size_t) i * 9 * 8 * 3, alone) == DPK_OK &&
				memcmp(alone, all + i * 3, sizeof(alone)) == 0;
		free(run.work);
	}
	ok(same, "%s: one sample alone gives the same bits", kernels->isa);
	dpk_net_forward(r.net, &r.run, r.params, 1, r.images, alone);
	dpk_net_forward(r.net, &r.run, r.params, 4, r.images, all);
	ok(memcmp(alone, all, sizeof(alone)) == 0, "%s: before all as after", kernels->isa);
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
	check_gradient("conv2d filters=6 kernel=2 padding=same activation=tanh; conv2d filters=6 kernel=3 padding=same groups=6 activation=sigmoid; flatten; dense",
				   wide, DPK_MSE, 3, 4e-3f);
	check_gradient("conv2d filters=6 kernel=3 activation=relu; max_pool2d; conv2d filters=4 kernel=2 padding=same; max_pool2d size=3 stride=2 padding=same; flatten; dense activation=softmax",
				   small, DPK_CROSS_ENTROPY, 4, 5e-4f);
	check_gradient("avg_pool2d size=2 padding=same; conv2d filters=6 kernel=3 padding=same; dropout rate=0.5; avg_pool2d size=3 stride=1 padding=same; global_avg_pool2d; dense activation=softmax",
				   image, DPK_CROSS_ENTROPY, 4, 4e-3f);
	check_gradient("dense units=6 use_bias=false; batch_norm epsilon=0.1; tanh; dense units=5 use_bias=false; batch_norm activation=sigmoid; dense", features, DPK_MSE, 2, 1e-2f);
	check_gradient("conv2d filters=5 kernel=3 use_bias=false; batch_norm epsilon=0.1 activation=tanh; flatten; dense activation=softmax", image, DPK_CROSS_ENTROPY, 4, 4e-3f);
	check_gradient("batch_norm; tanh name=t; conv2d filters=5 kernel=3 padding=same use_bias=false; batch_norm activation=tanh name=a;"
				   "conv2d filters=5 kernel=3 padding=same use_bias=false; batch_norm; add inputs=a|batch_norm_3|t; flatten; dense activation=softmax",
				   (dpk_input) {7, 6, 5, true}, DPK_CROSS_ENTROPY, 3, 1e-2f);
	/* a graph: two consumers of a map, a sum of a map with itself, a skip over a dense layer */
	check_gradient("conv2d name=a filters=4 kernel=3 padding=same activation=sigmoid;"
				   "conv2d name=b filters=4 kernel=3 padding=same;"
				   "add name=c inputs=a|b|a; tanh name=d;"
				   "conv2d name=e inputs=a filters=4 kernel=1; add name=f inputs=e|d;"
				   "flatten name=g; dense name=h units=12 activation=tanh; dense name=i units=12;"
				   "add name=j inputs=i|h; leaky_relu; dropout rate=0.2; dense activation=softmax",
				   image, DPK_CROSS_ENTROPY, 3, 4e-3f);
	/* every kind of layer as one of several consumers */
	check_gradient("conv2d name=a filters=5 kernel=3 activation=tanh; global_avg_pool2d name=g inputs=a;"
				   "dropout name=d rate=0.3 inputs=a; flatten name=f inputs=a; conv2d name=c inputs=a filters=5 kernel=1;"
				   "avg_pool2d name=p size=2 stride=1 padding=same inputs=a; sigmoid name=s inputs=a;"
				   "add name=z inputs=p|s|d|c|a; flatten name=l; add name=y inputs=f|l;"
				   "dense name=h units=5; dense name=k units=5 inputs=y; add inputs=h|k|g; tanh; dense activation=softmax",
				   small, DPK_CROSS_ENTROPY, 3, 4e-3f);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		if (tables[t] != NULL)
		{
			check_repeats(tables[t]);
			check_shards(tables[t]);
			check_sum(tables[t]);
			check_alone(tables[t]);
		}
	check_kernel_ranges();
	check_dropout();
	return done();
}
