/*
 * detector_ready.h - what fitting a detector and scoring by it share
 */
#ifndef DP_DETECTOR_READY_H
#define DP_DETECTOR_READY_H

#include "compat.h"

#include "detector.h"

/* What the method of a fitted detector scores with; it refers to the detector where the method has nothing else */
extern const void *dp_detector_ready(const dpk_detector *t, MemoryContext context);

/* ERROR unless a row of so many features is one for the detector */
extern void dp_detector_check_features(const dpk_detector *t, int nfeatures);

#endif							/* DP_DETECTOR_READY_H */
