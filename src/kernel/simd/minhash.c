/*
 * minhash.c - 128 hash functions of each element, and the least value of each (../minhash.h)
 */
#include "simd.h"

#define SIZE 128
#define AT_ONCE 4				/* registers of each kind */

typedef uint32_t uvec __attribute__((vector_size(V * 4), aligned(4), may_alias));

void
DPK_NAME(minhash) (const uint32_t *factors, const uint32_t *offsets, size_t n, const uint32_t *x, uint32_t *least)
{
	for (int lane = 0; lane < SIZE; lane += AT_ONCE * V)
	{
		uvec		a[AT_ONCE],
					b[AT_ONCE],
					low[AT_ONCE];

		UNROLL for (int r = 0; r < AT_ONCE; r++)
		{
			a[r] = *(const uvec *) (factors + lane + r * V);
			b[r] = *(const uvec *) (offsets + lane + r * V);
			low[r] = *(const uvec *) (least + lane + r * V);
		}
		for (size_t i = 0; i < n; i++)
			UNROLL for (int r = 0; r < AT_ONCE; r++)
			{
				uvec		h = a[r] * x[i] + b[r],
							less = (uvec) (h < low[r]);

				low[r] = (h & less) | (low[r] & ~less);
			}
		UNROLL for (int r = 0; r < AT_ONCE; r++)
			*(uvec *) (least + lane + r * V) = low[r];
	}
}
