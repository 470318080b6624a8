/*
 * peak.c - fused multiply-adds (for SSE a multiplication and an addition) on registers, in intrinsics
 *
 * Twelve independent chains hide the latency; nothing is loaded or stored.
 */
#include <string.h>

#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define ROUNDS 400000L
#define CHAINS 12

#define EACH(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11)
#define KEEP(i) __asm__ volatile("" : "+x" (a##i));

/* The seconds that ROUNDS steps of every chain take; 'step' is one of them */
#define MEASURE(name, isa, vec, set1, step) \
__attribute__((target(isa), noinline)) static double \
name(void) \
{ \
	vec			a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, \
				m = set1(0.999f), \
				s = set1(0.001f); \
	double		t = cpu_seconds(); \
 \
	a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = s; \
	for (long r = 0; r < ROUNDS; r++) \
	{ \
		EACH(step) \
	} \
	EACH(KEEP) \
	return cpu_seconds() - t; \
}

#define FMA512(i) a##i = _mm512_fmadd_ps(a##i, m, s); KEEP(i)
#define FMA256(i) a##i = _mm256_fmadd_ps(a##i, m, s); KEEP(i)
#define MULADD(i) a##i = _mm_add_ps(_mm_mul_ps(a##i, m), s); KEEP(i)

MEASURE(avx512_seconds, "avx512f", __m512, _mm512_set1_ps, FMA512)
MEASURE(avx2_seconds, "avx2,fma", __m256, _mm256_set1_ps, FMA256)
MEASURE(sse_seconds, "sse2", __m128, _mm_set1_ps, MULADD)

double
peak_flops(const char *isa)
{
	double		steps = 2.0 * ROUNDS * CHAINS;

	if (strcmp(isa, "avx512") == 0)
		return steps * 16 / avx512_seconds();
	if (strcmp(isa, "avx2") == 0)
		return steps * 8 / avx2_seconds();
	if (strcmp(isa, "generic") == 0)
		return steps * 4 / sse_seconds();
	return 0;
}
#else
double
peak_flops(const char *isa)
{
	return 0;
}
#endif
