/*
 * test_norm.c - normalisation: training of small networks against PyTorch 1.13
 * (test/oracle/norm.py), kernels against their plain definition, the bits of
 * the running statistics, and what is constant, large or alone
 */
#include "nets.h"
#include "optimizer.h"
#include "reference_kernels.h"
#include "../data/norm.h"

#define NSHARDS 2

static float
number(size_t i, int salt)
{
	return (float) ((int) ((i * 37 + (size_t) salt * 101) % 61) - 30) / 40;
}

static double
worst_difference(const float *a, const float *b, size_t n)
{
	double		worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fabs(a[i] - b[i]) <= worst ? worst : fabs((double) a[i] - b[i]);
	return worst;
}

/* ---- whole networks ---- */

typedef struct known
{
	const char *text;
	dpk_input	input;
	dpk_loss	loss;
	int			noutputs;
	const float *losses,
			   *tensors,
			   *y;
} known;

static const known cases[] = {
	{"conv2d filters=10 kernel=3 padding=same use_bias=false; batch_norm activation=relu name=a;"
		"conv2d filters=10 kernel=3 padding=same use_bias=false; batch_norm name=b epsilon=0.01 momentum=0.5;"
		"add inputs=a|b; relu; global_avg_pool2d; dense activation=softmax",
	{6, 5, 3, true}, DPK_CROSS_ENTROPY, 4, residual_losses, residual_tensors, residual_y},
	{"batch_norm momentum=0.9; batch_norm momentum=0 activation=tanh; conv2d filters=6 kernel=3 stride=2 groups=3;"
		"batch_norm momentum=0.9 activation=sigmoid; flatten; dense",
	{5, 7, 3, true}, DPK_MSE, 2, ragged_losses, ragged_tensors, ragged_y},
	{"flatten; dense units=7 use_bias=false; batch_norm momentum=0.8 activation=relu; dense units=5; batch_norm momentum=1; dense use_bias=false",
	{2, 3, 1, true}, DPK_MSE, 3, lists_losses, lists_tensors, lists_y},
};

/* A slab for each shard, a step of gradient descent over all of them; false where a loss is not the known one */
static bool
train_step(rig *r, float *grads, float rate, int step, bool is_classes, const float *losses)
{
	const dpk_optimizer sgd = {.method = DPK_SGD, .learning_rate = rate};
	static const int ends[NSHARDS + 1] = {0, 3, 5};
	size_t		floats = dpk_net_param_floats(r->net),
				trained = dpk_net_trainable_floats(r->net),
				sample = (size_t) r->input.h * r->input.w * r->input.c;
	double		loss = 0,
				weight = 0;

	for (int s = 0; s < NSHARDS; s++)
	{
		int			from = ends[s];
		dpk_batch	b = {
			.n = ends[s + 1] - from,
			.x = r->images + from * sample,
			.target = r->target + from * (is_classes ? 1 : dpk_net_noutputs(r->net)),
			.weight = r->weight + from
		};
		dpk_sums	sums;

		if (dpk_net_gradient(r->net, &r->run, r->params, &b, grads + s * floats, &sums) != DPK_OK)
			return false;
		loss += sums.loss;
		weight += sums.weight;
	}
	dpk_optimizer_update(&sgd, step, 0, trained, NSHARDS, grads, floats, (float) (1 / weight), r->params, NULL);
	dpk_optimizer_subtract(trained, floats, NSHARDS, grads, floats, (float) (1 / weight), r->params);
	return fabs(loss - losses[step - 1]) < 2e-5;
}

static void
check_known(const known *k, const dpk_kernels *kernels)
{
	const int	n = 5;
	rig			r;
	float		y[100],
			   *grads;
	const float *expected = k->tensors;
	double		worst = 0;
	bool		losses = true;

	if (!rig_start(&r, kernels, k->text, k->input, k->loss, k->noutputs, n))
		return;
	grads = aligned(NSHARDS * sizeof(float) * dpk_net_param_floats(r.net));
	for (int i = 0; i < n * k->input.h * k->input.w * k->input.c; i++)
		r.images[i] = (uint8_t) ((i * 89 + 7) % 256);
	for (int i = 0; i < n; i++)
	{
		r.weight[i] = 0.5f + 0.25f * i;
		if (k->loss == DPK_CROSS_ENTROPY)
			r.target[i] = (float) ((i * 2 + 1) % k->noutputs);
	}
	for (int i = 0; k->loss == DPK_MSE && i < n * k->noutputs; i++)
		r.target[i] = number(i, 99);
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *w = malloc(sizeof(float) * tensor->count);

		for (size_t i = 0; i < tensor->count; i++)
		{
			w[i] = number(i, t + 1);
			if (strcmp(tensor->name, "moving_variance") == 0)
				w[i] = fabsf(w[i]) + 0.5f;
		}
		dpk_net_set(r.net, t, r.params, w);
		free(w);
	}
	for (int step = 1; step <= 3; step++)
		losses &= train_step(&r, grads, 0.05f, step, k->loss == DPK_CROSS_ENTROPY, k->losses);
	ok(losses, "%s: losses of three steps of %s", kernels->isa, k->text);
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);
		float	   *w = malloc(sizeof(float) * tensor->count);

		dpk_net_get(r.net, t, r.params, w);
		worst = fmax(worst, worst_difference(w, expected, tensor->count));
		expected += tensor->count;
		free(w);
	}
	ok(worst < 1e-5, "%s: weights and running statistics differ by at most %.1e", kernels->isa, worst);
	ok(dpk_net_forward(r.net, &r.run, r.params, n, r.images, y) == DPK_OK &&
	   worst_difference(y, k->y, n * k->noutputs) < 1e-5, "%s: outputs by the running statistics", kernels->isa);
	free(grads);
	rig_end(&r);
}

/* ---- kernels ---- */

/* Random values in a map of n samples, zeros in its border; 'offset' is added */
static float *
fill_map(const dpk_kernels *k, const dpk_map *m, int n, float offset)
{
	size_t		floats = dpk_map_floats(m, k->block);
	float	   *x = aligned(sizeof(float) * floats * n);
	int			v = k->block;

	for (int i = 0; i < n; i++)
		for (int c = 0; c < m->c; c++)
			for (int r = 0; r < m->h; r++)
				for (int j = 0; j < m->w; j++)
					x[i * floats + (((size_t) (c / v) * (m->h + 2 * m->border) + r + m->border) * (m->w + 2 * m->border) + j + m->border) * v + c % v] =
						offset + 2 * next_number() - 1;
	return x;
}

/* The same map in the blocks of the reference */
static float *
to_reference(const dpk_kernels *k, const dpk_map *m, int n, const float *x)
{
	size_t		floats = dpk_map_floats(m, k->block);
	float	   *y = aligned(sizeof(float) * dpk_map_floats(m, REF_V) * n);
	int			v = k->block;

	for (int i = 0; i < n; i++)
		for (int c = 0; c < m->c; c++)
			for (int r = 0; r < m->h; r++)
				for (int j = 0; j < m->w; j++)
					y[ref_at(m, i, c, r, j)] =
						x[i * floats + (((size_t) (c / v) * (m->h + 2 * m->border) + r + m->border) * (m->w + 2 * m->border) + j + m->border) * v + c % v];
	return y;
}

static double
map_difference(const dpk_kernels *k, const dpk_map *m, int n, const float *x, const float *reference)
{
	float	   *y = to_reference(k, m, n, x);
	double		worst = worst_difference(y, reference, dpk_map_floats(m, REF_V) * n);

	free(y);
	return worst;
}

#define ROOM 64					/* channels */

/* One shape: rows in two calls, cut in the middle of a sample where it has rows enough */
static void
check_kernels(const dpk_kernels *k, int c, int h, int w, int n, float offset, bool relu, bool add)
{
	const dpk_norm s = {{c, h, w, 1}, {c, h, w, 2}, {c, h, w, 0}, {c, h, w, 1}, 1e-3f, relu};
	float	   *x = fill_map(k, &s.x, n, offset),
			   *dy = fill_map(k, &s.dy, n, 0),
			   *dx = fill_map(k, &s.dx, n, 0),
			   *y = fill_map(k, &s.y, n, 0),
			   *rx = to_reference(k, &s.x, n, x),
			   *rdy = to_reference(k, &s.dy, n, dy),
			   *rdx = to_reference(k, &s.dx, n, dx),
			   *ry = to_reference(k, &s.y, n, y);
	_Alignas(DPK_ALIGN) float p[6][ROOM] = {{0}};
	double		sums[2][4][ROOM] = {{{0}}},
				worst = 0;
	const dpk_norm_params params = {p[0], p[1], p[2], p[3]};
	int			rows = n * h,
				cut = rows > 1 ? rows / 2 + (h > 1 && n % 2 == 0) : rows;

	k->norm_moments(&s, 0, cut, x, 0, sums[0][0], sums[0][1]);
	k->norm_moments(&s, cut, rows, x, (double) cut * w, sums[0][0], sums[0][1]);
	ref_norm_moments(&s, 0, rows, rx, 0, sums[1][0], sums[1][1]);
	for (int j = 0; j < c; j++)
	{
		worst = fmax(worst, fabs(sums[0][0][j] - sums[1][0][j]) / fmax(1, fabs(offset)));
		worst = fmax(worst, fabs(sums[0][1][j] - sums[1][1][j]) / fmax(1e-3, sums[1][1][j]));
		p[0][j] = number(j, 3) + 1;
		p[1][j] = number(j, 4);
		p[2][j] = (float) sums[1][0][j];
		p[3][j] = (float) (sums[1][1][j] / ((double) rows * w));
		p[4][j] = number(j, 5);
		p[5][j] = number(j, 6);
	}
	ok(worst < 1e-6, "%s: moments of %d x %d x %d about %g, %d times, within %.1e", k->isa, h, w, c, offset, n, worst);

	k->norm_forward(&s, 0, cut, x, &params, y);
	k->norm_forward(&s, cut, rows, x, &params, y);
	ref_norm_forward(&s, 0, rows, rx, &params, ry);
	worst = map_difference(k, &s.y, n, y, ry);
	k->norm_backward_sums(&s, 0, cut, x, &params, dy, sums[0][2], sums[0][3]);
	k->norm_backward_sums(&s, cut, rows, x, &params, dy, sums[0][2], sums[0][3]);
	ref_norm_backward_sums(&s, 0, rows, rx, &params, rdy, sums[1][2], sums[1][3]);
	for (int j = 0; j < c; j++)
		worst = fmax(worst, fmax(fabs(sums[0][2][j] - sums[1][2][j]), fabs(sums[0][3][j] - sums[1][3][j])) / sqrt(rows * w));
	k->norm_backward(&s, 0, cut, x, &params, dy, p[4], p[5], dx, add);
	k->norm_backward(&s, cut, rows, x, &params, dy, p[4], p[5], dx, add);
	ref_norm_backward(&s, 0, rows, rx, &params, rdy, p[4], p[5], rdx, add);
	worst = fmax(worst, map_difference(k, &s.dx, n, dx, rdx));
	ok(worst < 2e-5, "%s: normalised%s and back%s, within %.1e", k->isa, relu ? " with ReLU" : "", add ? ", added" : "", worst);
	free(x), free(dy), free(dx), free(y), free(rx), free(rdy), free(rdx), free(ry);
}

/* ---- edges ---- */

static bool
all_finite(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

/* One sample of a list has no variance, nor has a constant map */
static void
check_constant(const dpk_kernels *k)
{
	static const char *const texts[] = {
		"dense units=4; batch_norm; dense", "flatten; batch_norm activation=relu; dense",
		"batch_norm; conv2d filters=3 kernel=3; batch_norm activation=relu; flatten; dense"
	};

	for (int t = 0; t < 3; t++)
	{
		rig			r;
		dpk_sums	sums;

		if (!rig_start(&r, k, texts[t], t == 0 ? (dpk_input) {1, 1, 3, false} : (dpk_input) {4, 4, 2, true}, DPK_MSE, 2, t < 2 ? 1 : 3))
			return;
		memset(r.images, 77, t == 0 ? 0 : t == 1 ? 32 : 96);
		ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK && isfinite(sums.loss) &&
		   all_finite(r.grad, dpk_net_param_floats(r.net)), "%s: no variance, but numbers from %s", k->isa, texts[t]);
		rig_end(&r);
	}
}

/* Where nothing is asked for, nothing moves: no samples, or samples without weight */
static void
check_nobody(const dpk_kernels *k)
{
	rig			r;
	dpk_sums	sums;
	bool		zero = true;

	if (!rig_start(&r, k, "conv2d filters=3 kernel=3 use_bias=false; batch_norm; flatten; dense", (dpk_input) {5, 5, 1, true}, DPK_MSE, 1, 2))
		return;
	ok(dpk_net_param_count(r.net) == 27 + 3 + 3 + 27 + 1, "%s: running statistics are no parameters", k->isa);
	r.weight[0] = r.weight[1] = 0;
	for (int n = 2; n >= 0; n -= 2)
	{
		r.batch.n = n;
		memset(r.grad, 0x7f, sizeof(float) * dpk_net_param_floats(r.net));
		dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
		for (size_t i = 0; i < dpk_net_param_floats(r.net); i++)
			zero &= r.grad[i] == 0;
	}
	ok(zero, "%s: no samples or no weight, no change", k->isa);
	rig_end(&r);
}

/* ---- folding ---- */

/* Predictions before and after, of three samples and of one */
static void
check_fold(const dpk_kernels *k, const char *text, dpk_input input, int count)
{
	rig			r;
	float		y[2][6],
			   *scratch;
	size_t		bytes;
	double		worst;

	if (!rig_start(&r, k, text, input, DPK_MSE, 2, 3))
		return;
	scratch = aligned(sizeof(float) * dpk_net_scratch_floats(r.net));
	for (int t = 0; t < dpk_net_ntensors(r.net); t++)
	{
		const dpk_tensor *tensor = dpk_net_tensor(r.net, t);

		for (size_t i = 0; i < tensor->count; i++)
			scratch[i] = strcmp(tensor->name, "moving_variance") == 0 ? 0.1f + next_number() : 2 * next_number() - 0.8f;
		if (tensor->ndim == 1)
			dpk_net_set(r.net, t, r.params, scratch);
	}
	dpk_net_forward(r.net, &r.run, r.params, 3, r.batch.x, y[0]);
	bytes = dpk_net_work_bytes(r.net, 3, false);
	ok(dpk_net_fold(r.net) == count, "%s: %d folded in %s", k->isa, count, text);
	ok(dpk_net_work_bytes(r.net, 3, false) < bytes, "%s: which takes less memory", k->isa);
	dpk_net_fold_params(r.net, r.params, scratch);
	/* as little memory as it asks for */
	for (int n = 3; n >= 1; n -= 2)
	{
		dpk_run		run = r.run;

		run.work = aligned(dpk_net_work_bytes(r.net, n, false));
		dpk_net_forward(r.net, &run, r.params, n, r.batch.x, y[1]);
		worst = n == 3 ? worst_difference(y[0], y[1], 6) : fmax(worst, worst_difference(y[0], y[1], 2));
		free(run.work);
	}
	ok(worst < 1e-5 && y[0][0] != 0 && y[0][0] != y[0][1], "%s: the outputs are the same, within %.1e", k->isa, worst);
	free(scratch);
	rig_end(&r);
}

static void
check_folds(const dpk_kernels *k)
{
	const dpk_input image = {9, 8, 3, true};

	check_fold(k, "conv2d filters=10 kernel=3 padding=same use_bias=false; batch_norm activation=relu name=a;"
			   "conv2d filters=20 kernel=3 stride=2 groups=10; batch_norm; batch_norm activation=tanh; max_pool2d; flatten; dense", image, 3);
	/* not what is read twice, or not linear, or after anything else */
	check_fold(k, "batch_norm; conv2d name=a filters=5 kernel=3 padding=same use_bias=false; conv2d name=b inputs=a filters=5 kernel=1; batch_norm name=c;"
			   "conv2d name=d filters=5 kernel=3 activation=relu padding=same; batch_norm; add inputs=a|c|batch_norm_3; batch_norm activation=relu;"
			   "global_avg_pool2d; dense", image, 1);
	check_fold(k, "flatten; dense units=7 use_bias=false; batch_norm activation=sigmoid; dense units=6; batch_norm activation=gelu; dense", image, 2);
	check_fold(k, "conv2d filters=4 kernel=3; batch_norm; conv2d filters=2 kernel=1; global_avg_pool2d; batch_norm", image, 1);
	check_fold(k, "conv1d filters=6 kernel=4 padding=causal use_bias=false; batch_norm activation=silu; conv1d filters=5 kernel=3 stride=2; batch_norm;"
			   "flatten; dense", (dpk_input) {1, 20, 3, true}, 2);
	/* what was folded away was the largest of all */
	check_fold(k, "conv2d filters=4 kernel=3 padding=same; conv2d filters=64 kernel=3 padding=same use_bias=false; batch_norm activation=relu;"
			   "conv2d filters=1 kernel=3 padding=same; conv2d filters=1 kernel=1; flatten; dense", (dpk_input) {12, 12, 1, true}, 1);
	/* large enough for several groups of layers, some samples at a time */
	check_fold(k, "conv2d filters=24 kernel=3 padding=same use_bias=false; batch_norm activation=relu name=a; conv2d filters=24 kernel=1 use_bias=false;"
			   "batch_norm activation=relu; conv2d filters=24 kernel=1; batch_norm name=b; add inputs=a|b; relu; conv2d filters=24 kernel=3 stride=2 use_bias=false;"
			   "batch_norm activation=relu; global_avg_pool2d; dense", (dpk_input) {40, 40, 2, true}, 4);
}

int
main(void)
{
	const dpk_kernels *tables[] = {
		&reference_kernels, dpk_kernels_named("generic"), dpk_kernels_named("avx2"), dpk_kernels_named("avx512")
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
	{
		const dpk_kernels *k = tables[t];

		if (k == NULL)
			continue;
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			check_known(&cases[i], k);
		check_constant(k);
		check_nobody(k);
		check_folds(k);
		if (k == &reference_kernels)
			continue;
		check_kernels(k, 1, 1, 1, 1, 0, false, false);
		check_kernels(k, 20, 7, 7, 4, 0, true, false);
		check_kernels(k, 16, 1, 700, 3, 1000, true, true);
		check_kernels(k, 5, 61, 9, 2, -1000, false, true);
		check_kernels(k, 33, 3, 257, 2, 0.5f, false, false);
	}
	return done();
}
