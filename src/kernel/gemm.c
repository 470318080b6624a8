/*
 * gemm.c - the plain matrix product, and the cutting of large ones
 */
#include "layer.h"

void
dpk_sgemm_reference(bool trans_a, bool trans_b, int m, int n, int k, float alpha,
					const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
	for (int i = 0; i < m; i++)
	{
		float	   *row = c + (size_t) i * ldc;

		/* as in BLAS, beta = 0 means that c is not read */
		for (int j = 0; j < n; j++)
			row[j] = beta == 0 ? 0 : beta * row[j];
		for (int j = 0; trans_b && j < n; j++)
		{
			float		sum = 0;

			for (int q = 0; q < k; q++)
				sum += a[trans_a ? (size_t) q * lda + i : (size_t) i * lda + q] * b[(size_t) j * ldb + q];
			row[j] += alpha * sum;
		}
		for (int q = 0; !trans_b && q < k; q++)
		{
			float		x = alpha * a[trans_a ? (size_t) q * lda + i : (size_t) i * lda + q];

			for (int j = 0; j < n; j++)
				row[j] += x * b[(size_t) q * ldb + j];
		}
	}
}

/* Along k if c is small, so that few samples against a huge layer are cut too */
dpk_status
dpk_gemm(const dpk_run *run, bool trans_a, bool trans_b, int m, int n, int k,
		 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
	double		flops = 2.0 * m * n * k;
	int			pieces = (int) DPK_MIN(flops / DPK_CALL_FLOPS + 1, 1e6);
	int			step_m = DPK_MAX(1, m / pieces + (m % pieces != 0));
	int			step_k = (int) DPK_MAX(1, DPK_MIN((double) k, DPK_CALL_FLOPS / (2.0 * step_m * n)));

	for (int i = 0; i < m; i += step_m)
		for (int q = 0; q < k; q += step_k)
		{
			const float *pa = a + (trans_a ? (size_t) q * lda + i : (size_t) i * lda + q);
			const float *pb = b + (trans_b ? (size_t) q : (size_t) q * ldb);

			if (dpk_stopped(run->stop))
				return DPK_STOPPED;
			run->sgemm(trans_a, trans_b, DPK_MIN(step_m, m - i), n, DPK_MIN(step_k, k - q), 1,
					   pa, lda, pb, ldb, q == 0 ? beta : 1, c + (size_t) i * ldc, ldc);
		}
	return DPK_OK;
}
