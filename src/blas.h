/*
 * blas.h - OpenBLAS, loaded at first use
 */
#ifndef DP_BLAS_H
#define DP_BLAS_H

#include "network.h"

/*
 * Load OpenBLAS in this process, once; ERROR where it is not installed or
 * there is no memory for it.  Parallel workers load it for themselves.
 */
extern void dp_blas_load(void);

/*
 * SGEMM on one thread, after dp_blas_load().  Raises no error, so that floor 0
 * can call it.  It does not look for interrupts: callers cut their products
 * into pieces of at most 2 GFLOP (as the network engine does) and check between.
 */
extern void dp_sgemm(bool trans_a, bool trans_b, int m, int n, int k, float alpha,
					 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

#endif							/* DP_BLAS_H */
