/*
 * optimizer.c - steps of Adam, SGD and RMSprop over a slice of floats, and sums beside them
 *
 * A slice's last floats, fewer than a vector, go through the same loop in a
 * copy: the bits of a parameter do not depend on where slices begin and end.
 */
#include <math.h>
#include <string.h>

#include "simd.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

typedef float uvec __attribute__((vector_size(V * 4), aligned(4), may_alias));

typedef double dvec __attribute__((vector_size(V * 8)));

#define LOAD(p) ((vec) *(const uvec *) (p))
#define STORE(p, x) (*(uvec *) (p) = (uvec) (x))

TILE vec
square_root(vec x)
{
#if DPK_LEVEL == DPK_LEVEL_avx512
	return (vec) _mm512_sqrt_ps((__m512) x);
#elif DPK_LEVEL == DPK_LEVEL_avx2
	return (vec) _mm256_sqrt_ps((__m256) x);
#elif defined(__SSE2__) && V == 4
	return (vec) _mm_sqrt_ps((__m128) x);
#else
	for (int i = 0; i < V; i++)
		x[i] = sqrtf(x[i]);
	return x;
#endif
}

TILE vec
sum_shards(const dpk_gradients *g, size_t i)
{
	vec			sum = LOAD(g->shards + i);

	for (int s = 1; s < g->nshards; s++)
		sum += LOAD(g->shards + s * g->stride + i);
	return sum * g->scale;
}

/* The sum over the shards of floats n - rest .. n - 1, followed by zeros */
static dpk_gradients
tail_of(const dpk_gradients *grads, size_t n, size_t rest, float sum[V])
{
	memset(sum, 0, sizeof(float) * V);
	for (size_t i = 0; i < rest; i++)
		for (int s = 0; s < grads->nshards; s++)
			sum[i] = s == 0 ? grads->shards[n - rest + i] : sum[i] + grads->shards[s * grads->stride + n - rest + i];
	return (dpk_gradients) {sum, 1, 0, grads->scale};
}

/* 'n' floats by 'vectors', of which the last, fewer than V, go through copies */
static void
step(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs, int nslabs, dpk_stepper vectors)
{
	size_t		rest = n % V;
	float		sum[V],
				copy[3][V] = {{0}};
	float	   *copies[3] = {copy[0], copy[1], copy[2]};
	dpk_gradients tail = tail_of(grads, n, rest, sum);

	n -= rest;
	vectors(n, grads, k, slabs);
	if (rest == 0)
		return;
	for (int i = 0; i < nslabs; i++)
		memcpy(copy[i], slabs[i] + n, rest * sizeof(float));
	vectors(V, &tail, k, copies);
	for (int i = 0; i < nslabs; i++)
		memcpy(slabs[i] + n, copy[i], rest * sizeof(float));
}

/* ---- the methods; n is a multiple of V ---- */

__attribute__((noinline)) static void
adam_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)
{
	float	   *params = slabs[0],
			   *m = slabs[1],
			   *v = slabs[2];

	for (size_t i = 0; i < n; i += V)
	{
		vec			g = sum_shards(grads, i);
		vec			p = LOAD(params + i);
		vec			mi = k->beta1 * LOAD(m + i) + (1 - k->beta1) * g;
		vec			vi = k->beta2 * LOAD(v + i) + (1 - k->beta2) * (g * g);

		STORE(m + i, mi);
		STORE(v + i, vi);
		STORE(params + i, p - (k->shrink * p + k->rate * mi / (square_root(vi) * k->correction + k->epsilon)));
	}
}

__attribute__((noinline)) static void
sgd_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)
{
	float	   *params = slabs[0];

	for (size_t i = 0; i < n; i += V)
	{
		vec			p = LOAD(params + i);

		STORE(params + i, p - k->rate * (sum_shards(grads, i) + k->decay * p));
	}
}

__attribute__((noinline)) static void
momentum_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)
{
	float	   *params = slabs[0],
			   *m = slabs[1],
				ahead = k->nesterov ? k->momentum : 1,
				now = k->nesterov ? 1 : 0;

	for (size_t i = 0; i < n; i += V)
	{
		vec			p = LOAD(params + i);
		vec			g = sum_shards(grads, i) + k->decay * p;
		vec			mi = g + k->momentum * LOAD(m + i);

		STORE(m + i, mi);
		STORE(params + i, p - k->rate * (ahead * mi + now * g));
	}
}

__attribute__((noinline)) static void
rmsprop_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)
{
	float	   *params = slabs[0],
			   *v = slabs[1];

	for (size_t i = 0; i < n; i += V)
	{
		vec			p = LOAD(params + i);
		vec			g = sum_shards(grads, i) + k->decay * p;
		vec			vi = k->beta2 * LOAD(v + i) + (1 - k->beta2) * (g * g);

		STORE(v + i, vi);
		STORE(params + i, p - k->rate * g / (square_root(vi) + k->epsilon));
	}
}

__attribute__((noinline)) static void
rmsprop_momentum_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)
{
	float	   *params = slabs[0],
			   *v = slabs[1],
			   *m = slabs[2];

	for (size_t i = 0; i < n; i += V)
	{
		vec			p = LOAD(params + i);
		vec			g = sum_shards(grads, i) + k->decay * p;
		vec			vi = k->beta2 * LOAD(v + i) + (1 - k->beta2) * (g * g);
		vec			mi = k->momentum * LOAD(m + i) + g / (square_root(vi) + k->epsilon);

		STORE(v + i, vi);
		STORE(m + i, mi);
		STORE(params + i, p - k->rate * mi);
	}
}

#define STEPPER(method, nslabs) \
void \
DPK_NAME(method) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs) \
{ \
	step(n, grads, k, slabs, nslabs, method##_vectors); \
}

STEPPER(adam, 3)
STEPPER(sgd, 1)
STEPPER(momentum, 2)
STEPPER(rmsprop, 2)
STEPPER(rmsprop_momentum, 3)

double
DPK_NAME(sum_gradients) (size_t n, const dpk_gradients *grads, float *sum)
{
	dpk_gradients plain = *grads;
	dvec		squares = {0};
	double		total = 0;

	plain.scale = 1;
	for (size_t i = 0; i < n; i += V)
	{
		vec			g = sum_shards(&plain, i);
		dvec		wide = __builtin_convertvector(g, dvec);

		STORE(sum + i, g);
		squares += wide * wide;
	}
	for (int i = 0; i < V; i++)
		total += squares[i];
	return total;
}

void
DPK_NAME(average) (size_t n, float share, const float *params, float *average)
{
	size_t		i = 0;

	for (; i + V <= n; i += V)
	{
		vec			a = LOAD(average + i);

		STORE(average + i, a + share * (LOAD(params + i) - a));
	}
	if (i < n)
	{
		float		p[V] = {0},
					a[V] = {0};

		memcpy(p, params + i, (n - i) * sizeof(float));
		memcpy(a, average + i, (n - i) * sizeof(float));
		DPK_NAME(average) (V, share, p, a);
		memcpy(average + i, a, (n - i) * sizeof(float));
	}
}
