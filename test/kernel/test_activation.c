/*
 * test_activation.c - activations against PyTorch 1.13 (test/oracle/activation.py),
 * against libm over all floats, and that where an array is cut changes no bit
 */
#include <float.h>

#include "known.h"
#include "../data/activation.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SLOPE 0.25f

#define FUNCTION(name, act, ulps, least) {#name, act, ulps, least, known_##name, known_##name##_derivative}

static const struct
{
	const char *name;
	dpk_act		act;
	double		ulps,			/* of the value, at most */
				least;			/* a smaller value may be off by as much */
	const double *value,
			   *derivative;
}			functions[] = {
	FUNCTION(relu, DPK_ACT_RELU, 0, FLT_MIN),
	FUNCTION(leaky_relu, DPK_ACT_LEAKY_RELU, 0.5, FLT_MIN),
	FUNCTION(elu, DPK_ACT_ELU, 1, FLT_MIN),
	FUNCTION(sigmoid, DPK_ACT_SIGMOID, 3, FLT_MIN),
	FUNCTION(tanh, DPK_ACT_TANH, 3, FLT_MIN),
	FUNCTION(gelu, DPK_ACT_GELU, 8, FLT_MIN),
	FUNCTION(silu, DPK_ACT_SILU, 4, 1.1e-36),
	FUNCTION(hard_sigmoid, DPK_ACT_HARD_SIGMOID, 1.5, FLT_MIN),
	FUNCTION(hard_swish, DPK_ACT_HARD_SWISH, 2.5, FLT_MIN),
};

/* In units of the last place of 'want', or of 'least' where that is more than it */
static double
ulps(float got, double want, double least)
{
	int			e;

	if (isnan(want) || isinf(want) || got != got)
		return isnan(want) ? (isnan(got) ? 0 : INFINITY) : got == want ? 0 : INFINITY;
	if (fabs(want) < least)
		return fabs(got - want) / least;
	frexp(want, &e);
	return fabs(got - want) / ldexp(1, e - FLT_MANT_DIG);
}

static void
try_known(const dpk_kernels *k)
{
	size_t		n = COUNT(known_x);
	float		x[COUNT(known_x)],
				y[COUNT(known_x)],
				dy[COUNT(known_x)],
				dx[COUNT(known_x)];

	for (size_t i = 0; i < n; i++)
	{
		x[i] = (float) known_x[i];
		dy[i] = i % 2 ? 1 : -2;
	}
	for (size_t f = 0; f < COUNT(functions); f++)
	{
		bool		from_x = dpk_act_needs_x(functions[f].act);
		double		worst = 0,
					worst_derivative = 0;

		k->activate(functions[f].act, SLOPE, n, x, y);
		k->activate_backward(functions[f].act, SLOPE, n, from_x ? x : NULL, from_x ? NULL : y, dy, dx, false);
		for (size_t i = 0; i < n; i++)
		{
			worst = fmax(worst, fabs(y[i] - functions[f].value[i]) / fmax(1, fabs(functions[f].value[i])));
			worst_derivative = fmax(worst_derivative, fabs(dx[i] / dy[i] - functions[f].derivative[i]));
		}
		ok(worst < 2e-7 && worst_derivative < 1e-6, "%s: %s differs by %.1e, its derivative by %.1e",
		   k->isa, functions[f].name, worst, worst_derivative);
	}
}

#define SWEPT (1 << 17)

/* Floats of every exponent and sign, NaN and infinity among them, then many from -20 to 20 */
static float
swept(int i)
{
	union
	{
		uint32_t	bits;
		float		x;
	}			u = {(uint32_t) i * 65537u};

	return i < SWEPT / 2 ? u.x : (i - SWEPT * 3 / 4) * (20.0f / (SWEPT / 4));
}

static void
try_all_floats(const dpk_kernels *k)
{
	float	   *x = aligned(SWEPT * sizeof(float)),
			   *y = aligned(SWEPT * sizeof(float));

	for (int i = 0; i < SWEPT; i++)
		x[i] = swept(i);
	for (size_t f = 0; f < COUNT(functions); f++)
	{
		double		worst = 0;
		float		where = 0;

		k->activate(functions[f].act, SLOPE, SWEPT, x, y);
		for (int i = 0; i < SWEPT; i++)
		{
			double		u = ulps(y[i], ref_value(functions[f].act, SLOPE, x[i]), functions[f].least);

			if (!(u <= worst))
				worst = u, where = x[i];
		}
		ok(worst <= functions[f].ulps, "%s: %s is within %.2f units of the last place of libm, at worst at %g", k->isa, functions[f].name, worst, where);
	}
	free(x);
	free(y);
}

static void
try_edges(const dpk_kernels *k)
{
	const float x[4] = {NAN, INFINITY, -INFINITY, -0.0f};
	float		y[4],
				dx[4];
	const float ones[4] = {1, 1, 1, 1};

	k->activate(DPK_ACT_SIGMOID, 0, 4, x, y);
	ok(isnan(y[0]) && y[1] == 1 && y[2] == 0 && y[3] == 0.5f, "%s: sigmoid of NaN and infinity", k->isa);
	k->activate(DPK_ACT_TANH, 0, 4, x, y);
	ok(isnan(y[0]) && y[1] == 1 && y[2] == -1 && y[3] == 0 && signbit(y[3]), "%s: tanh of NaN, infinity and minus zero", k->isa);
	k->activate(DPK_ACT_GELU, 0, 4, x, y);
	ok(isnan(y[0]) && y[1] == INFINITY && isnan(y[2]) && y[3] == 0, "%s: gelu of NaN and infinity", k->isa);
	k->activate(DPK_ACT_SILU, 0, 4, x, y);
	ok(isnan(y[0]) && y[1] == INFINITY && isnan(y[2]) && y[3] == 0, "%s: silu of NaN and infinity", k->isa);
	k->activate(DPK_ACT_ELU, 1, 4, x, y);
	ok(isnan(y[0]) && y[1] == INFINITY && y[2] == -1 && y[3] == 0, "%s: elu of NaN and infinity", k->isa);
	k->activate(DPK_ACT_RELU, 0, 4, x, y);
	ok(isnan(y[0]) && y[1] == INFINITY && y[2] == 0 && y[3] == 0, "%s: relu of NaN and infinity", k->isa);
	k->activate_backward(DPK_ACT_RELU, 0, 4, NULL, y, ones, dx, false);
	ok(dx[0] == 0 && dx[1] == 1 && dx[2] == 0 && dx[3] == 0, "%s: and its gradient", k->isa);
}

/* Arrays of any length at any address: the bits of the whole, nothing written behind */
static void
try_cuts(const dpk_kernels *k)
{
	float		x[64],
				y[64],
				dy[64],
				dx[64],
				sum[64];
	int			wrong = 0;

	for (int i = 0; i < 64; i++)
	{
		x[i] = (i * 37 % 64 - 31) / 8.0f;
		dy[i] = (i * 23 % 64 - 31) / 16.0f;
	}
	for (size_t f = 0; f < COUNT(functions); f++)
	{
		k->activate(functions[f].act, SLOPE, 64, x, y);
		k->activate_backward(functions[f].act, SLOPE, 64, x, y, dy, dx, false);
		memcpy(sum, x, sizeof(sum));
		k->activate_backward(functions[f].act, SLOPE, 64, x, y, dy, sum, true);
		for (int from = 0; from < 5; from++)
			for (int n = 0; n < 40; n++)
			{
				float		part[64],
							part_sum[64],
							part_dx[64];

				memcpy(part, x, sizeof(part));
				memcpy(part_dx, dy, sizeof(part_dx));
				memcpy(part_sum, x, sizeof(part_sum));
				k->activate(functions[f].act, SLOPE, n, part + from, part + from);	/* in place */
				k->activate_backward(functions[f].act, SLOPE, n, x + from, y + from, part_dx + from, part_dx + from, false);
				k->activate_backward(functions[f].act, SLOPE, n, x + from, y + from, dy + from, part_sum + from, true);
				for (int i = 0; i < 64; i++)
				{
					bool		inside = i >= from && i < from + n;

					wrong += part[i] != (inside ? y[i] : x[i]) || part_dx[i] != (inside ? dx[i] : dy[i]) || part_sum[i] != (inside ? sum[i] : x[i]);
				}
			}
	}
	ok(wrong == 0, "%s: any piece of an array gives the bits of the whole", k->isa);
}

static const known networks[] = {
	{"conv2d filters=5 kernel=3 padding=same activation=gelu; conv2d filters=3 kernel=3 activation=silu; hard_swish; flatten;"
	 "dense units=6 activation=hard_sigmoid; dense activation=softmax",
	{6, 5, 2, true}, DPK_CROSS_ENTROPY, 4, 3, 8, KNOWN_4(fused)},
	{"conv2d filters=6 kernel=3; gelu; conv2d filters=5 kernel=2 activation=hard_sigmoid; silu; flatten; dense units=4 activation=hard_swish; dense",
	{6, 6, 3, true}, DPK_MSE, 2, 2, 8, KNOWN_4(layers)},
	{"conv2d filters=5 kernel=3 padding=same activation=elu; conv2d filters=3 kernel=3; elu alpha=0.5; flatten; dense units=6 activation=elu; dense",
	{6, 5, 2, true}, DPK_MSE, 2, 2, 8, KNOWN_4(elus)},
};

int
main(void)
{
	static const char *const isas[] = {"generic", "avx2", "avx512"};

	for (int i = 0; i < 3; i++)
	{
		const dpk_kernels *k = dpk_kernels_named(isas[i]);

		if (k == NULL)
		{
			printf("# skipped: this processor has no %s\n", isas[i]);
			continue;
		}
		try_known(k);
		try_all_floats(k);
		try_edges(k);
		try_cuts(k);
		for (size_t j = 0; j < COUNT(networks); j++)
		{
			check_known(&networks[j], k);
			check_padding(&networks[j], k);
		}
	}
	try_known(&reference_kernels);
	check_gradient("conv2d filters=5 kernel=3 activation=gelu name=a; conv2d filters=5 kernel=3 padding=same activation=silu;"
				   "add inputs=conv2d_2|a; flatten; dense units=6 activation=hard_sigmoid; dense activation=softmax",
				   (dpk_input) {8, 5, 2, true}, DPK_CROSS_ENTROPY, 3, 8e-3f);
	check_gradient("conv2d filters=5 kernel=3 activation=gelu name=a; conv2d filters=5 kernel=3 padding=same activation=silu;"
				   "add inputs=conv2d_2|a; hard_swish; flatten; dense units=6 activation=hard_swish; dense activation=softmax",
				   (dpk_input) {8, 5, 2, true}, DPK_CROSS_ENTROPY, 3, 8e-3f);
	check_gradient("conv2d filters=5 kernel=3 name=a; gelu name=b; silu name=c inputs=a; hard_sigmoid name=d inputs=a; add inputs=b|c|d|a;"
				   "flatten; dense units=6 activation=gelu; dense units=5 activation=silu; hard_sigmoid; dense",
				   (dpk_input) {6, 5, 3, true}, DPK_MSE, 2, 8e-3f);
	check_gradient("conv2d filters=5 kernel=3 activation=elu name=a; conv2d filters=5 kernel=3 padding=same; elu;"
				   "add inputs=elu_1|a; elu; flatten; dense units=6 activation=elu; dense activation=softmax",
				   (dpk_input) {8, 5, 2, true}, DPK_CROSS_ENTROPY, 3, 8e-3f);
	return done();
}
