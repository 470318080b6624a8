/*
 * test_optimizer.c - optimisers and schedules against PyTorch 1.13 and Keras
 * (test/oracle/optimizer.py, schedule.py), and that cutting a slab differently does not change a bit
 */
#include "kernels.h"
#include "optimizer.h"
#include "tap.h"
#include "../data/optimizer.h"
#include "../data/schedule.h"

#define N 37
#define NLOSSES ((int) (sizeof(plateau_losses) / sizeof(plateau_losses[0])))
#define NSHARDS 2

static float
number(int i, int salt)
{
	return (float) ((i * 37 + salt * 101) % 61 - 30) / 40;
}

static int	nsteps = 3;

/* Some steps; cut[] are the ends of slices */
static void
steps(const dpk_optimizer *o, const int *cut, float *params, float slots[3][N], const float *const wanted[3], const char *what)
{
	for (int i = 0; i < N; i++)
	{
		params[i] = number(i, 5);
		slots[0][i] = slots[1][i] = slots[2][i] = 0;
	}
	for (int step = 1; step <= nsteps; step++)
	{
		float		grads[NSHARDS * (N + 3)];
		double		worst = 0;

		for (int i = 0; i < N; i++)
		{
			grads[i] = number(i, 10 + step);
			grads[N + 3 + i] = number(i, 20 + step);
		}
		for (int from = 0, c = 0; from < N; from = cut[c++])
			dpk_optimizer_update(o, step, from, cut[c], NSHARDS, grads, N + 3, 0.25f, params, (float *const[]) {slots[0], slots[1], slots[2]});
		for (int i = 0; wanted && i < N; i++)
			worst = fmax(worst, fabs(params[i] - wanted[step - 1][i]));
		if (wanted)
			ok(worst < 1e-6, "%s, step %d: differs by at most %.1e", what, step, worst);
	}
}

/* PyTorch's numbers, and the same bits in slices */
static void
run(const dpk_optimizer *o, const float *const wanted[3], const char *what)
{
	static const int whole[] = {N},
				pieces[] = {1, 4, 17, 20, 36, N};
	float		a[N],
				b[N],
				slots_a[3][N],
				slots_b[3][N];

	steps(o, whole, a, slots_a, wanted, what);
	steps(o, pieces, b, slots_b, NULL, NULL);
	ok(memcmp(a, b, sizeof(a)) == 0 && memcmp(slots_a, slots_b, sizeof(slots_a)) == 0, "%s in slices has the same bits", what);
}

#define THREE(name) ((const float *const[]) {name##_1, name##_2, name##_3})

static void
check_methods(void)
{
	static const dpk_range decayed[] = {{8, 20}, {24, N}};
	const dpk_optimizer adam = {DPK_ADAM,.learning_rate = 0.01,.beta1 = 0.9,.beta2 = 0.99,.epsilon = 1e-6},
				sgd = {DPK_SGD,.learning_rate = 0.1,.decayed = decayed,.ndecayed = 2},
				rmsprop = {DPK_RMSPROP,.learning_rate = 0.01,.beta2 = 0.9,.epsilon = 1e-6,.decayed = decayed,.ndecayed = 2};
	dpk_optimizer o;
	float		a[N],
				b[N],
				slots_a[3][N],
				slots_b[3][N];

	run(&adam, THREE(adam), "Adam");
	ok(dpk_optimizer_slots(&adam) == 2, "slots of Adam");
	run(&sgd, THREE(sgd), "SGD");
	ok(dpk_optimizer_slots(&sgd) == 0, "slots of SGD");
	o = sgd;
	o.weight_decay = 0.25;
	run(&o, THREE(sgd_decay), "SGD, weight decay");
	o = sgd;
	o.momentum = 0.9;
	run(&o, THREE(momentum), "momentum");
	ok(dpk_optimizer_slots(&o) == 1, "slots of momentum");
	o.nesterov = true;
	run(&o, THREE(nesterov), "Nesterov");
	o.weight_decay = 0.25;
	run(&o, THREE(nesterov_decay), "Nesterov, weight decay");
	run(&rmsprop, THREE(rmsprop), "RMSprop");
	ok(dpk_optimizer_slots(&rmsprop) == 1, "slots of RMSprop");
	o = rmsprop;
	o.weight_decay = 0.25;
	run(&o, THREE(rmsprop_decay), "RMSprop, weight decay");
	o = rmsprop;
	o.momentum = 0.8;
	run(&o, THREE(rmsprop_momentum), "RMSprop, momentum");
	ok(dpk_optimizer_slots(&o) == 2, "slots of RMSprop with momentum");
	o = adam;
	o.method = DPK_ADAMW;
	steps(&o, (const int[]) {N}, a, slots_a, NULL, NULL);
	steps(&adam, (const int[]) {N}, b, slots_b, NULL, NULL);
	ok(memcmp(a, b, sizeof(a)) == 0, "AdamW without weight decay is Adam, bit for bit");
	o.weight_decay = 0.5;
	o.decayed = decayed;
	o.ndecayed = 2;
	run(&o, THREE(adamw_decay), "AdamW");
	dpk_optimizer_update(&adam, 1, 5, 5, NSHARDS, a, N, 1, b, NULL);
	ok(true, "an empty slice is nothing");
}

static void
check_rates(const dpk_optimizer *o, const double *wanted, const char *what)
{
	double		worst = 0;

	for (int step = 1; step <= 10; step++)
		worst = fmax(worst, fabs(dpk_optimizer_rate(o, step) - wanted[step - 1]));
	ok(worst < 1e-15, "%s differs from PyTorch by at most %.1e", what, worst);
}

static void
check_schedules(void)
{
	dpk_optimizer o = {.method = DPK_SGD,.learning_rate = 0.1,.total_steps = 10,.stair_steps = 3,.factor = 0.5};

	for (int step = 1; step <= 10; step++)
		ok(dpk_optimizer_rate(&o, step) == 0.1, "a constant rate");
	o.schedule = DPK_COSINE;
	check_rates(&o, rates_cosine, "cosine");
	o.schedule = DPK_STAIRS;
	check_rates(&o, rates_step, "step");
	o.warmup_steps = 4;
	check_rates(&o, rates_warm_step, "step after a warmup");
	o.schedule = DPK_COSINE;
	check_rates(&o, rates_warm_cosine, "cosine after a warmup");
	o.schedule = DPK_CONSTANT;
	check_rates(&o, rates_warm_constant, "a constant rate after a warmup");
	o.schedule = DPK_COSINE;
	o.warmup_steps = 20;
	ok(dpk_optimizer_rate(&o, 10) == 0.1 * (10 / 20.0), "a warmup longer than the run");
	o.warmup_steps = 0;
	o.schedule = DPK_ONE_CYCLE;
	check_rates(&o, rates_one_cycle, "one cycle");
	for (o.total_steps = 1; o.total_steps <= 4; o.total_steps++)
		for (int step = 1; step <= o.total_steps; step++)
		{
			double		rate = dpk_optimizer_rate(&o, step);

			ok(rate > 0 && rate <= 0.1, "one cycle of %d steps, step %d: %g", (int) o.total_steps, step, rate);
		}
}

static void
check_average(void)
{
	const dpk_optimizer o = {DPK_SGD,.learning_rate = 0.1,.momentum = 0.9,.ema = 0.9},
				adam = {DPK_ADAM,.learning_rate = 0.01,.beta1 = 0.9,.beta2 = 0.99,.epsilon = 1e-6,.ema = 0.9};
	const float *const wanted[] = {average_1, average_2, average_3};
	float		p[N],
				slots[3][N];
	double		worst = 0;

	run(&o, THREE(momentum), "momentum beside an average");
	run(&adam, THREE(adam), "Adam beside an average");
	ok(dpk_optimizer_slots(&o) == 2 && dpk_optimizer_slots(&adam) == 3, "slots with an average");
	for (int last = 1; last <= 3; last++)
	{
		nsteps = last;
		steps(&o, (const int[]) {N}, p, slots, NULL, NULL);
		for (int i = 0; i < N; i++)
			worst = fmax(worst, fabs(slots[1][i] - wanted[last - 1][i]));
		ok(worst < 1e-6, "the average differs from PyTorch by at most %.1e after step %d", worst, last);
	}
}

#define CLIPPED 10000			/* three blocks, the last not full */

static void
check_clip(void)
{
	static float a[2 * CLIPPED],
				b[2 * CLIPPED];
	double		squares[3],
				others[3],
				worst = 0,
				norm;
	float		scale;

	for (int i = 0; i < CLIPPED; i++)
	{
		a[i] = b[i] = number(i, 11);
		a[CLIPPED + i] = b[CLIPPED + i] = number(i, 21);
	}
	ok(dpk_norm_blocks(CLIPPED) == 3 && dpk_norm_blocks(3 * DPK_NORM_BLOCK) == 3 && dpk_norm_blocks(0) == 0, "blocks of a norm");
	dpk_norm_add_up(CLIPPED, 0, 3, 2, a, CLIPPED, squares);
	for (int block = 2; block >= 0; block--)
		dpk_norm_add_up(CLIPPED, block, block + 1, 2, b, CLIPPED, others);
	ok(memcmp(a, b, sizeof(a)) == 0 && memcmp(squares, others, sizeof(squares)) == 0, "a norm has the same bits whoever adds up its blocks");
	norm = 0.25 * sqrt(squares[0] + squares[1] + squares[2]);
	ok(fabs(norm - clip_from) < 1e-6 * clip_from, "the norm is that of PyTorch, within %.1e", fabs(norm - clip_from));
	scale = dpk_norm_clip(3, 3, squares, 0.25f);
	for (int i = 0; i < 40; i++)
		worst = fmax(worst, fabs(scale * a[CLIPPED - 40 + i] - clip_to[i]));
	ok(worst < 1e-8, "a clipped gradient differs from PyTorch by at most %.1e", worst);
	ok(dpk_norm_clip(1e3, 3, squares, 0.25f) == 0.25f, "a short one stays as it is");
	ok(dpk_norm_clip(1, 3, (const double[]) {0, 0, 0}, 0.25f) == 0.25f, "as does none");
	ok(dpk_norm_clip(1, 1, (const double[]) {NAN}, 0.25f) == 0.25f, "and one that is no number, which then shows in the weights");
}

static void
check_plateau(int patience, double factor, double min_delta, const double *wanted)
{
	dpk_optimizer o = {.method = DPK_SGD,.learning_rate = 0.1,.schedule = DPK_PLATEAU,.factor = factor};
	dpk_watch	watch = {0};
	double		worst = 0;

	for (int epoch = 1; epoch <= NLOSSES; epoch++)
	{
		worst = fmax(worst, fabs(dpk_optimizer_rate(&o, epoch) - wanted[epoch - 1]));
		if (!dpk_watch_see(&watch, epoch, plateau_losses[epoch - 1], min_delta) && watch.wait >= patience)
			o.reductions++, watch.wait = 0;
	}
	ok(worst < 1e-15, "a plateau of %d epochs: differs from Keras by at most %.1e", patience, worst);
}

static void
check_watch(void)
{
	dpk_watch	watch = {0};

	check_plateau(2, 0.5, 1e-4, plateau_rates_2);
	check_plateau(3, 0.1, 0, plateau_rates_3);
	for (int patience = 1; patience <= 6; patience++)
	{
		int			epoch = 1;

		for (watch = (dpk_watch) {0}; epoch <= NLOSSES; epoch++)
			if (!dpk_watch_see(&watch, epoch, plateau_losses[epoch - 1], 0) && watch.wait >= patience)
				break;
		ok(DPK_MIN(epoch, NLOSSES) == early_stops[2 * patience - 2] && watch.best_epoch == early_stops[2 * patience - 1],
		   "patience of %d: stops after %d with epoch %d, as Keras", patience, epoch, watch.best_epoch);
	}
	watch = (dpk_watch) {0};
	ok(!dpk_watch_see(&watch, 1, INFINITY, 0) && !dpk_watch_see(&watch, 2, NAN, 0) && watch.wait == 2 && watch.best_epoch == 0, "what is no number is never best");
	ok(dpk_watch_see(&watch, 3, 5, 0) && watch.best == 5 && watch.best_epoch == 3 && watch.wait == 0, "the first number is");
}

/* What the loop says, in plain C, for the table of every instruction set */
static void
check_table(const dpk_kernels *k)
{
	float		grads[3 * N],
				p[N],
				m[N],
				v[N],
				worst;
	const dpk_gradients g = {grads, 3, N, 0.5f};
	const dpk_step_sizes sizes = {.rate = 0.01f,.beta1 = 0.9f,.beta2 = 0.999f,.correction = 1.5f,.epsilon = 1e-7f,.momentum = 0.8f,.decay = 0.3f,.shrink = 0.02f,.nesterov = true};

	const dpk_stepper steppers[] = {k->adam, k->sgd, k->momentum, k->rmsprop, k->rmsprop_momentum};
	const char *const names[] = {"Adam", "SGD", "momentum", "RMSprop", "RMSprop with momentum"};

	for (int i = 0; i < 3 * N; i++)
		grads[i] = number(i, 3);
	for (int s = 0; s < 5; s++)
	{
		float	   *slabs[3] = {p, s == 0 || s == 2 ? m : v, s == 0 ? v : m};

		for (int i = 0; i < N; i++)
			p[i] = number(i, 1), m[i] = number(i, 2), v[i] = fabsf(number(i, 4));
		steppers[s](N, &g, &sizes, slabs);
		worst = 0;
		for (int i = 0; i < N; i++)
		{
			double		pi = number(i, 1),
						mi = number(i, 2),
						vi = fabs(number(i, 4)),
						sum = ((double) grads[i] + grads[N + i] + grads[2 * N + i]) * 0.5 + (s == 0 ? 0 : 0.3 * pi);

			if (s == 0 || s >= 3)
				vi = 0.999 * vi + 0.001 * sum * sum;
			if (s == 0)
				mi = 0.9 * mi + 0.1 * sum, pi -= 0.02 * pi + 0.01 * mi / (sqrt(vi) * 1.5 + 1e-7);
			else if (s == 1)
				pi -= 0.01 * sum;
			else if (s == 2)
				mi = 0.8 * mi + sum, pi -= 0.01 * (sum + 0.8 * mi);
			else if (s == 3)
				pi -= 0.01 * sum / (sqrt(vi) + 1e-7);
			else
				mi = 0.8 * mi + sum / (sqrt(vi) + 1e-7), pi -= 0.01 * mi;
			worst = fmaxf(worst, fmaxf(fabs(p[i] - pi), fmaxf(fabs(m[i] - mi) / fmax(1, fabs(mi)), fabs(v[i] - vi))));
		}
		ok(worst < 1e-6, "%s: %s as written, within %.1e", k->isa, names[s], worst);
	}
}

/* p - (sum of shards) / 2, in any slices */
static void
check_subtract(void)
{
	float		grads[3 * N],
				p[N],
				q[N];
	double		worst = 0;

	for (int i = 0; i < 3 * N; i++)
		grads[i] = number(i, 3);
	for (int i = 0; i < N; i++)
		p[i] = q[i] = number(i, 1);
	dpk_optimizer_subtract(0, N, 3, grads, N, 0.5f, p);
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(p[i] - (number(i, 1) - 0.5 * ((double) grads[i] + grads[N + i] + grads[2 * N + i]))));
	ok(worst < 1e-6, "what is not trained gets the sum of shards subtracted, within %.1e", worst);
	for (int from = 0; from < N; from += 5)
		dpk_optimizer_subtract(from, from + 5 < N ? from + 5 : N, 3, grads, N, 0.5f, q);
	ok(memcmp(p, q, sizeof(p)) == 0, "the same bits in slices");
	dpk_optimizer_subtract(7, 3, 3, grads, N, 0.5f, q);
	ok(memcmp(p, q, sizeof(p)) == 0, "an empty slice is nothing");
}

int
main(void)
{
	const char *const isas[] = {"generic", "avx2", "avx512"};

	check_methods();
	check_schedules();
	check_average();
	check_clip();
	check_watch();
	for (int i = 0; i < 3; i++)
		if (dpk_kernels_named(isas[i]) != NULL)
			check_table(dpk_kernels_named(isas[i]));
	check_subtract();
	return done();
}
