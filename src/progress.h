/*
 * progress.h - what a training session is doing, for other sessions
 *
 * The numbers live in the backend's status slot under a command id of our own,
 * beside where VACUUM and COPY keep theirs: no preload, no table, no lock.
 * The end of a transaction by an error clears them, a commit does not.
 * Needs track_activities = on.  The view dp.progress reads them.
 */
#ifndef DP_PROGRESS_H
#define DP_PROGRESS_H

#include "compat.h"

typedef enum dp_phase
{
	DP_READING,
	DP_TRAINING,
	DP_VALIDATING,
	DP_STORING
} dp_phase;

typedef enum dp_progress_slot
{
	DP_PROGRESS_RUN,
	DP_PROGRESS_PHASE,
	DP_PROGRESS_EPOCH,			/* from 1 */
	DP_PROGRESS_EPOCHS,
	DP_PROGRESS_DONE,			/* samples of this phase */
	DP_PROGRESS_TOTAL,
	DP_PROGRESS_LOSS,			/* these three are float8 by their bits */
	DP_PROGRESS_METRIC,
	DP_PROGRESS_SPEED,			/* samples a second */
	DP_PROGRESS_WORKERS,
	DP_PROGRESS_STARTED,		/* timestamptz */
	DP_PROGRESS_SLOTS
} dp_progress_slot;

extern void dp_progress_start(void);
extern void dp_progress_set(dp_progress_slot slot, int64 value);
extern void dp_progress_set_float(dp_progress_slot slot, double value);
extern void dp_progress_end(void);

#endif							/* DP_PROGRESS_H */
