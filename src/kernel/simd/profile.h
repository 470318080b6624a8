/*
 * profile.h - the matrix profile of this instruction set
 */
#ifndef DPK_PROFILE_H
#define DPK_PROFILE_H

#include "simd.h"

extern void DPK_NAME(profile) (const dpk_profile *p, size_t diagonal, size_t row, size_t count);

#endif							/* DPK_PROFILE_H */
