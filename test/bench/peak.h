/*
 * peak.h - the most a core can do on registers alone, per instruction set
 */
#ifndef PEAK_H
#define PEAK_H

#include <time.h>

/* Seconds of processor time of this process */
static inline double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Float operations per second, a multiply-add counting two; 0 where the instruction set is unknown here */
extern double peak_flops(const char *isa);

#endif							/* PEAK_H */
