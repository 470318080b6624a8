/*
 * test_optimizer.c - optimisers against PyTorch 1.13 (test/oracle/optimizer.py),
 * and that cutting a slab differently does not change a bit
 */
#include "kernels.h"
#include "optimizer.h"
#include "tap.h"
#include "../data/optimizer.h"

#define N 37
#define NSHARDS 2

static float
number(int i, int salt)
{
	return (float) ((i * 37 + salt * 101) % 61 - 30) / 40;
}

/* Three steps; cut[] are the ends of slices */
static void
steps(const dpk_optimizer *o, const int *cut, float *params, float slots[2][N], const float *const wanted[3], const char *what)
{
	for (int i = 0; i < N; i++)
	{
		params[i] = number(i, 5);
		slots[0][i] = slots[1][i] = 0;
	}
	for (int step = 1; step <= 3; step++)
	{
		float		grads[NSHARDS * (N + 3)];
		double		worst = 0;

		for (int i = 0; i < N; i++)
		{
			grads[i] = number(i, 10 + step);
			grads[N + 3 + i] = number(i, 20 + step);
		}
		for (int from = 0, c = 0; from < N; from = cut[c++])
			dpk_optimizer_update(o, step, from, cut[c], NSHARDS, grads, N + 3, 0.25f, params, (float *const[]) {slots[0], slots[1]});
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
				slots_a[2][N],
				slots_b[2][N];

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
				slots_a[2][N],
				slots_b[2][N];

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

/* PyTorch 1.13: CosineAnnealingLR(T_max = 10) and OneCycleLR(total_steps = 10), base rate 0.1 */
static void
check_schedules(void)
{
	static const double cosine[10] = {0.1, 0.09755282581475769, 0.09045084971874738, 0.07938926261462367, 0.06545084971874739,
	0.05, 0.03454915028125264, 0.020610737385376353, 0.009549150281252635, 0.002447174185242324};
	static const double one_cycle[10] = {0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763,
	0.06112620219362893, 0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-07};
	dpk_optimizer o = {.method = DPK_SGD,.learning_rate = 0.1,.total_steps = 10};
	double		worst[3] = {0, 0, 0};

	for (int step = 1; step <= 10; step++)
	{
		o.schedule = DPK_CONSTANT;
		worst[0] = fmax(worst[0], fabs(dpk_optimizer_rate(&o, step) - 0.1));
		o.schedule = DPK_COSINE;
		worst[1] = fmax(worst[1], fabs(dpk_optimizer_rate(&o, step) - cosine[step - 1]));
		o.schedule = DPK_ONE_CYCLE;
		worst[2] = fmax(worst[2], fabs(dpk_optimizer_rate(&o, step) - one_cycle[step - 1]));
	}
	ok(worst[0] == 0, "a constant rate");
	ok(worst[1] < 1e-15, "cosine differs from PyTorch by at most %.1e", worst[1]);
	ok(worst[2] < 1e-15, "one cycle differs from PyTorch by at most %.1e", worst[2]);
	for (o.total_steps = 1; o.total_steps <= 4; o.total_steps++)
		for (int step = 1; step <= o.total_steps; step++)
		{
			double		rate = dpk_optimizer_rate(&o, step);

			ok(rate > 0 && rate <= 0.1, "one cycle of %d steps, step %d: %g", (int) o.total_steps, step, rate);
		}
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

int
main(void)
{
	const char *const isas[] = {"generic", "avx2", "avx512"};

	check_methods();
	check_schedules();
	for (int i = 0; i < 3; i++)
		if (dpk_kernels_named(isas[i]) != NULL)
			check_table(dpk_kernels_named(isas[i]));
	return done();
}
