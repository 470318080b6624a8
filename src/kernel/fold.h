/*
 * fold.h - the fold of cross-validation a row belongs to, by its key alone
 */
#ifndef DPK_FOLD_H
#define DPK_FOLD_H

#include "philox.h"

#define DPK_OPERATION_FOLD 0x464F4C44

/* From 0 to k - 1 */
static inline int
dpk_fold(int64_t key, int k, int64_t seed)
{
	dpk_random	random = dpk_random_start(seed, key, DPK_OPERATION_FOLD);

	return (int) dpk_random_below(&random, k);
}

#endif							/* DPK_FOLD_H */
