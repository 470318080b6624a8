/*
 * activation.c - activations and their gradients, a vector at a time
 *
 * exp is a polynomial of degree 6 on +-ln(2)/2, as in Moshier's Cephes; tanh
 * is his polynomial near zero.  The normal distribution's tail, which gelu
 * needs, is exp(-t*t/2) times Mills' ratio, a polynomial in (t - 3) / (t + 3)
 * fitted to 7e-9 (test/oracle/activation.py).  Each is within a few units in
 * the last place of the result, over all floats; where exp would be less than
 * the least normal float, 1.2e-38, it is 0.
 *
 * NaN gives NaN, and so does minus infinity times zero (silu and gelu at minus
 * infinity), as in PyTorch.  The last floats of an array, fewer than a vector,
 * go through the same code in a copy: where an array is cut changes no bit.
 */
#include <string.h>

#include "simd.h"

typedef float uvec __attribute__((vector_size(V * 4), aligned(4), may_alias));
typedef uint32_t bits __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));

#define LOAD(p) ((vec) *(const uvec *) (p))
#define STORE(p, x) (*(uvec *) (p) = (uvec) (x))
#define SIGN 0x80000000u

extern void DPK_NAME(activate) (dpk_act act, float slope, size_t n, const float *x, float *y);
extern void DPK_NAME(activate_backward) (dpk_act act, float slope, size_t n, const float *x, const float *y, const float *dy, float *dx, bool add);

TILE vec
absolute(vec x)
{
	return (vec) ((bits) x & ~SIGN);
}

/*
 * exp(a + b) = 2^n (1 + q) for -87.3365 <= a <= 0 and a small b: q is
 * returned, which is good to its last places, and *power is 2^n
 */
TILE vec
exp_parts(vec a, vec b, vec *power)
{
	const vec	zero = {0};
	vec			t,
				n,
				r,
				p;

	t = a * 1.44269504088896341f + 12582912.0f; /* 1.5 * 2^23: the fraction is rounded away */
	n = t - 12582912.0f;
	r = a - n * 0.693359375f;
	r = r + n * 2.12194440e-4f + b;
	p = zero + 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	/* n is in the last bits of t: shifted it is the exponent */
	*power = (vec) (((bits) t << 23) + 0x3f800000u);
	return p * (r * r) + r;
}

/* exp(a + b) for a <= 0 and a small b; 0 below the logarithm of the least normal float */
TILE vec
exp_sum(vec a, vec b)
{
	const vec	zero = {0};
	ivec		under = a < -87.3365f;
	vec			power,
				q = exp_parts(choose(under, zero - 87.3365f, a), b, &power);

	return choose(under, zero, (q + 1.0f) * power);
}

/* exp(a) - 1 for a <= 0 */
TILE vec
exp_less_one(vec a)
{
	const vec	zero = {0};
	vec			power,
				q = exp_parts(choose(a < -87.3365f, zero - 87.3365f, a), zero, &power);

	return (power - 1.0f) + power * q;
}

/* 1 / (1 + exp(-x)), and one minus that */
TILE vec
sigmoid(vec x, vec *other)
{
	vec			e = exp_sum(-absolute(x), (vec) {0}),
				share = 1.0f / (1.0f + e);
	ivec		positive = x >= 0;

	*other = choose(positive, e * share, share);
	return choose(positive, share, e * share);
}

TILE vec
tangent(vec x)
{
	vec			a = absolute(x),
				z = x * x,
				e = exp_sum(-2.0f * a, (vec) {0}),
				big = (1.0f - e) / (1.0f + e),
				p = (vec) {0} - 5.70498872745e-3f;

	p = p * z + 2.06390887954e-2f;
	p = p * z - 5.37397155531e-2f;
	p = p * z + 1.33314422036e-1f;
	p = p * z - 3.33332819422e-1f;
	p = choose(a < 0.625f, p * z * a + a, big);
	return (vec) ((bits) p | ((bits) x & SIGN));
}

/* Mills' ratio of |x|, times 1/sqrt(2*pi); exp(-x*x/2), which times it is the normal tail, goes to *bell */
TILE vec
mills(vec x, vec *bell)
{
	vec			t = absolute(x),
				head,
				u,
				p = (vec) {0} + 5.415087e-05f;

	t = choose(t > 14.0f, (vec) {0} + 14.0f, t);
	u = (t - 3.0f) / (t + 3.0f);
	p = p * u + 0.0001160374f;
	p = p * u - 0.00033991135f;
	p = p * u - 0.0009841828f;
	p = p * u + 0.0029047027f;
	p = p * u + 0.006132183f;
	p = p * u - 0.046213314f;
	p = p * u + 0.12322502f;
	p = p * u - 0.20640261f;
	p = p * u + 0.12151395f;
	/* the square of the upper 12 bits is exact: rounding all of it would cost digits of exp */
	head = (vec) ((bits) t & 0xfffff000u);
	*bell = exp_sum(-0.5f * (head * head), -0.5f * ((t - head) * (t + head)));
	return p;
}

/* 0 up to 6 */
TILE vec
clamp6(vec x)
{
	x = choose(x < 0, (vec) {0}, x);
	return choose(x > 6.0f, (vec) {0} + 6.0f, x);
}

TILE vec
value(const dpk_act act, float slope, vec x)
{
	vec			s,
				other;

	switch (act)
	{
		case DPK_ACT_RELU:
			return choose(x < 0, (vec) {0}, x);
		case DPK_ACT_LEAKY_RELU:
			return choose(x < 0, slope * x, x);
		case DPK_ACT_ELU:
			return choose(x < 0, slope * exp_less_one(choose(x < 0, x, (vec) {0})), x);
		case DPK_ACT_SIGMOID:
			return sigmoid(x, &other);
		case DPK_ACT_TANH:
			return tangent(x);
		case DPK_ACT_GELU:
			s = mills(x, &other);
			return choose(x >= 0, x * (1.0f - s * other), x * s * other);
		case DPK_ACT_SILU:
			return x * sigmoid(x, &other);
		case DPK_ACT_HARD_SIGMOID:
			return clamp6(x + 3.0f) * (1.0f / 6.0f);
		case DPK_ACT_HARD_SWISH:
			return x * (clamp6(x + 3.0f) * (1.0f / 6.0f));
		default:
			return x;
	}
}

/* NaN is not greater than 0: a gradient through it is lost, the loss shows it */
TILE vec
gradient(const dpk_act act, float slope, vec x, vec y, vec dy)
{
	const vec	zero = {0};
	vec			s,
				other;

	switch (act)
	{
		case DPK_ACT_RELU:
			return choose(y > 0, dy, zero);
		case DPK_ACT_LEAKY_RELU:
			return choose(y > 0, dy, slope * dy);
		case DPK_ACT_ELU:
			return choose(y > 0, dy, (y + slope) * dy);
		case DPK_ACT_SIGMOID:
			return dy * (y * (1.0f - y));
		case DPK_ACT_TANH:
			return dy * (1.0f - y * y);
		case DPK_ACT_GELU:
			s = mills(x, &other) * other;
			s = choose(x >= 0, 1.0f - s, s);
			return dy * (s + x * other * 0.398942280401432678f);
		case DPK_ACT_SILU:
			s = sigmoid(x, &other);
			return dy * (s * (1.0f + x * other));
		case DPK_ACT_HARD_SIGMOID:
			return choose((y > 0) & (y < 1.0f), dy * (1.0f / 6.0f), zero);
		case DPK_ACT_HARD_SWISH:
			s = choose(x > 3.0f, zero + 1.0f, x * (1.0f / 3.0f) + 0.5f);
			return dy * choose(x < -3.0f, zero, s);
		default:
			return dy;
	}
}

/* n is a multiple of V; one copy of the code, so that the compiler fuses alike wherever it is called from */
TILE void
values(const dpk_act act, float slope, size_t n, const float *x, float *y)
{
	for (size_t i = 0; i < n; i += V)
		STORE(y + i, value(act, slope, LOAD(x + i)));
}

TILE void
gradients(const dpk_act act, float slope, size_t n, const float *at, const float *dy, float *dx, bool add)
{
	for (size_t i = 0; i < n; i += V)
	{
		vec			g = gradient(act, slope, LOAD(at + i), LOAD(at + i), LOAD(dy + i));

		if (add)
			g += LOAD(dx + i);
		STORE(dx + i, g);
	}
}

#define EACH_ACTIVATION(DO) \
	DO(DPK_ACT_LINEAR) DO(DPK_ACT_RELU) DO(DPK_ACT_SIGMOID) DO(DPK_ACT_TANH) DO(DPK_ACT_LEAKY_RELU) DO(DPK_ACT_ELU) DO(DPK_ACT_GELU) \
	DO(DPK_ACT_SILU) DO(DPK_ACT_HARD_SIGMOID) DO(DPK_ACT_HARD_SWISH) DO(DPK_ACT_SOFTMAX)

__attribute__((noinline)) static void
value_vectors(dpk_act act, float slope, size_t n, const float *x, float *y)
{
	switch (act)
	{
#define VALUES(a) case a: values(a, slope, n, x, y); break;
		EACH_ACTIVATION(VALUES)
	}
}

__attribute__((noinline)) static void
gradient_vectors(dpk_act act, float slope, size_t n, const float *at, const float *dy, float *dx, bool add)
{
	switch (act)
	{
#define GRADIENTS(a) case a: gradients(a, slope, n, at, dy, dx, add); break;
		EACH_ACTIVATION(GRADIENTS)
	}
}

void
DPK_NAME(activate) (dpk_act act, float slope, size_t n, const float *x, float *y)
{
	size_t		rest = n % V,
				bytes = rest * sizeof(float);
	float		copy[V] = {0};

	value_vectors(act, slope, n - rest, x, y);
	if (rest == 0)
		return;
	memcpy(copy, x + n - rest, bytes);
	value_vectors(act, slope, V, copy, copy);
	memcpy(y + n - rest, copy, bytes);
}

void
DPK_NAME(activate_backward) (dpk_act act, float slope, size_t n, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	const float *at = dpk_act_needs_x(act) ? x : y;
	size_t		rest = n % V,
				bytes = rest * sizeof(float);
	float		copy[3][V] = {{0}};

	gradient_vectors(act, slope, n - rest, at, dy, dx, add);
	if (rest == 0)
		return;
	n -= rest;
	memcpy(copy[0], at + n, bytes);
	memcpy(copy[1], dy + n, bytes);
	memcpy(copy[2], dx + n, bytes);
	gradient_vectors(act, slope, V, copy[0], copy[1], copy[2], add);
	memcpy(dx + n, copy[2], bytes);
}
