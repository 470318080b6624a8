/*
 * kernels.c - which table of kernels this processor can run
 */
#include <string.h>

#include "kernels.h"

extern const dpk_kernels dpk_kernels_generic;

#if defined(__x86_64__)
extern const dpk_kernels dpk_kernels_avx2;
extern const dpk_kernels dpk_kernels_avx512;

/* x86-64-v3 and -v4; a processor with these has the rest of its level */
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
		__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool
has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const dpk_kernels *
dpk_kernels_named(const char *isa)
{
	if (strcmp(isa, "generic") == 0)
		return &dpk_kernels_generic;
#if defined(__x86_64__)
	if (strcmp(isa, "avx2") == 0 && has_avx2())
		return &dpk_kernels_avx2;
	if (strcmp(isa, "avx512") == 0 && has_avx512())
		return &dpk_kernels_avx512;
#endif
	return NULL;
}

const dpk_kernels *
dpk_kernels_best(void)
{
	const dpk_kernels *k = dpk_kernels_named("avx512");

	if (k == NULL)
		k = dpk_kernels_named("avx2");
	return k != NULL ? k : dpk_kernels_named("generic");
}
