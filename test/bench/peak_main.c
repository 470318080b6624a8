/*
 * peak_main.c - print the GFLOP/s one core reaches at most, on registers alone
 */
#include <stdio.h>

#include "kernels.h"
#include "peak.h"

int
main(void)
{
	printf("%.1f\n", peak_flops(dpk_kernels_best()->isa) * 1e-9);
	return 0;
}
