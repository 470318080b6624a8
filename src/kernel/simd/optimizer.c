/*
 * optimizer.c - steps of Adam and SGD over a slice of floats
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

/* n is a multiple of V */
__attribute__((noinline)) static void
adam_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *params, float *m, float *v)
{
	for (size_t i = 0; i < n; i += V)
	{
		vec			g = sum_shards(grads, i);
		vec			mi = k->beta1 * LOAD(m + i) + (1 - k->beta1) * g;
		vec			vi = k->beta2 * LOAD(v + i) + (1 - k->beta2) * (g * g);

		STORE(m + i, mi);
		STORE(v + i, vi);
		STORE(params + i, LOAD(params + i) - k->rate * mi / (square_root(vi) * k->correction + k->epsilon));
	}
}

__attribute__((noinline)) static void
sgd_vectors(size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *params, float *m)
{
	for (size_t i = 0; i < n; i += V)
	{
		vec			g = sum_shards(grads, i);

		if (m != NULL)
		{
			g += k->momentum * LOAD(m + i);
			STORE(m + i, g);
		}
		STORE(params + i, LOAD(params + i) - k->rate * g);
	}
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

void
DPK_NAME(adam) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *params, float *m, float *v)
{
	size_t		rest = n % V,
				bytes = rest * sizeof(float);
	float		sum[V],
				copy[3][V] = {{0}};
	dpk_gradients tail = tail_of(grads, n, rest, sum);

	adam_vectors(n - rest, grads, k, params, m, v);
	if (rest == 0)
		return;
	n -= rest;
	memcpy(copy[0], params + n, bytes);
	memcpy(copy[1], m + n, bytes);
	memcpy(copy[2], v + n, bytes);
	adam_vectors(V, &tail, k, copy[0], copy[1], copy[2]);
	memcpy(params + n, copy[0], bytes);
	memcpy(m + n, copy[1], bytes);
	memcpy(v + n, copy[2], bytes);
}

void
DPK_NAME(sgd) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *params, float *m)
{
	size_t		rest = n % V,
				bytes = rest * sizeof(float);
	float		sum[V],
				copy[2][V] = {{0}};
	dpk_gradients tail = tail_of(grads, n, rest, sum);

	sgd_vectors(n - rest, grads, k, params, m);
	if (rest == 0)
		return;
	n -= rest;
	memcpy(copy[0], params + n, bytes);
	if (m != NULL)
		memcpy(copy[1], m + n, bytes);
	sgd_vectors(V, &tail, k, copy[0], m ? copy[1] : NULL);
	memcpy(params + n, copy[0], bytes);
	if (m != NULL)
		memcpy(m + n, copy[1], bytes);
}
