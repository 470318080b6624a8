/*
 * train_leader.c - one segment of a run: an epoch, or the part of one that time allows
 *
 * Parallel workers live for one segment, so that between segments the leader
 * is out of parallel mode and can write and commit.  PostgreSQL may grant
 * fewer workers than asked for, or none; the result is the same.
 */
#include "compat.h"

#include <math.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/shm_toc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "philox.h"
#include "progress.h"
#include "train.h"

#define SHUFFLE_OPERATION 0x73687566u	/* Philox operation of the order of samples */
#define NOTICE_SECONDS 10		/* between two lines within an epoch */

typedef struct leader_state
{
	dp_train   *train;
	instr_time	start;			/* of the segment */
	double		before;			/* seconds of this epoch in earlier segments */
	double		last_notice;	/* seconds since the start */
} leader_state;

/* The order of this epoch: Fisher and Yates over the sorted samples, from (seed, epoch) */
static void
shuffle(dp_train_shared *shared)
{
	uint32	   *order = DP_SHARED(shared, order, uint32);
	dpk_random	random = dpk_random_start(shared->seed, shared->epoch, SHUFFLE_OPERATION);

	for (uint32 i = 0; i < shared->ntrain; i++)
		order[i] = i;
	if (!shared->shuffle)
		return;
	for (uint32 i = shared->ntrain - 1; i > 0; i--)
	{
		uint32		j = dpk_random_below(&random, i + 1),
					t = order[i];

		CHECK_FOR_INTERRUPTS();
		order[i] = order[j];
		order[j] = t;
	}
}

static double
seconds_since(instr_time start)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_DOUBLE(now);
}

static void
show_progress(leader_state *leader, uint64 done, double seconds)
{
	dp_train   *train = leader->train;
	dp_train_shared *shared = train->shared;
	double		speed = done / Max(1e-6, leader->before + seconds);

	dp_progress_set(DP_PROGRESS_DONE, done);
	dp_progress_set_float(DP_PROGRESS_LOSS, train->sums.loss / Max(1e-30, train->sums.weight));
	dp_progress_set_float(DP_PROGRESS_METRIC, dp_has_accuracy(train->loss, train->target) ? train->sums.correct / Max(1e-30, train->sums.weight) : NAN);
	dp_progress_set_float(DP_PROGRESS_SPEED, speed);
	if (seconds - leader->last_notice >= NOTICE_SECONDS)
	{
		char		bar[21];
		int			filled = (int) (20 * done / shared->ntrain);

		for (int i = 0; i < 20; i++)
			bar[i] = i < filled ? '#' : '.';
		bar[20] = '\0';
		leader->last_notice = seconds;
		ereport(NOTICE,
				(errmsg("epoch %d of %d [%s] %d %%: loss %s, %.0f samples/s, %.0f s left in this epoch",
						shared->epoch, train->options.epochs, bar, (int) (100 * done / shared->ntrain),
						dp_train_number(train->sums.loss / Max(1e-30, train->sums.weight)), speed, (shared->ntrain - done) / speed)));
	}
}

static void
diverged(const dp_train_shared *shared, uint32 step, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("training diverged in step %u of epoch %d: %s is not finite", step, shared->epoch, what),
			 errhint("Lower the option \"learning_rate\" (now %g), or scale the features; \"resume\": false starts over.", shared->optimizer.learning_rate)));
}

/* Between the barriers of a step: add up, look for divergence, decide whether to stop */
static void
after_gradients(dp_train_process *p, void *arg)
{
	leader_state *leader = arg;
	dp_train   *train = leader->train;
	dp_train_shared *shared = p->shared;
	const dpk_sums *sums = DP_SHARED(shared, sums, dpk_sums);
	double		seconds = seconds_since(leader->start);
	uint64		done = Min((uint64) (p->step + 1) * shared->batch_size, shared->ntrain);

	for (int s = 0; s < shared->shards; s++)
	{
		train->sums.loss += sums[s].loss;
		train->sums.weight += sums[s].weight;
		train->sums.correct += sums[s].correct;
		train->sums.squared += sums[s].squared;
	}
	if (!isfinite(train->sums.loss))
		diverged(shared, p->step + 1, "the loss");
	pg_atomic_write_u32(&shared->next_shard[(p->step + 1) & 1], 0);
	shared->stop = seconds >= train->options.segment_seconds && !train->atomic;
	show_progress(leader, done, seconds);
	if (p->step + 1 == shared->nsteps && shared->nvalid > 0)
		dp_progress_set(DP_PROGRESS_PHASE, DP_VALIDATING);
}

/* The last update of a segment shows in no loss: look before it is stored */
static void
check_params(const dp_train_shared *shared, size_t n)
{
	const float *params = DP_SHARED(shared, params, float);

	for (size_t i = 0; i < n; i++)
		if (!isfinite(params[i]))
			diverged(shared, shared->step, "a weight");
}

static void
add_validation(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	const dpk_sums *sums = DP_SHARED(shared, valid_sums, dpk_sums);
	uint32		chunk = dp_train_room(shared);

	memset(&train->valid_sums, 0, sizeof(dpk_sums));
	for (uint32 i = 0; i * (uint64) chunk < shared->nvalid; i++)
	{
		train->valid_sums.loss += sums[i].loss;
		train->valid_sums.weight += sums[i].weight;
		train->valid_sums.correct += sums[i].correct;
		train->valid_sums.squared += sums[i].squared;
	}
}

/* Ask for workers; the context is NULL where none are wanted */
static ParallelContext *
launch(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	ParallelContext *context;
	dsm_handle *handle;

	pg_atomic_write_u32(&shared->nprocesses, 0);
	pg_atomic_write_u32(&shared->arrived, 0);
	pg_atomic_write_u32(&shared->next_shard[shared->step & 1], 0);
	pg_atomic_write_u32(&shared->next_chunk, 0);
	shared->stop = false;
	train->nlaunched = 0;
	if (train->nworkers == 0)
	{
		pg_atomic_write_u32(&shared->nprocesses, 1);
		return NULL;
	}
	EnterParallelMode();
	context = CreateParallelContext("datapower", "dp_train_worker", train->nworkers);
	shm_toc_estimate_chunk(&context->estimator, sizeof(dsm_handle));
	shm_toc_estimate_keys(&context->estimator, 1);
	InitializeParallelDSM(context);
	handle = shm_toc_allocate(context->toc, sizeof(dsm_handle));
	*handle = dsm_segment_handle(train->segment);
	shm_toc_insert(context->toc, DP_TRAIN_KEY, handle);
	LaunchParallelWorkers(context);
	train->nlaunched = context->nworkers_launched;
	if (train->nlaunched > 0)
		WaitForParallelWorkersToAttach(context);
	pg_atomic_write_u32(&shared->nprocesses, 1 + train->nlaunched);
	ConditionVariableBroadcast(&shared->moved);
	return context;
}

/* Train from where the run is to the end of the epoch, or for segment_seconds */
void
dp_train_segment(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower segment", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	leader_state leader = {0};
	dp_train_process process;
	ParallelContext *workers;

	dp_progress_set(DP_PROGRESS_PHASE, DP_TRAINING);
	dp_progress_set(DP_PROGRESS_EPOCH, shared->epoch);
	dp_progress_set(DP_PROGRESS_TOTAL, shared->ntrain);
	INSTR_TIME_SET_CURRENT(leader.start);
	leader.train = train;
	leader.before = train->seconds;
	shuffle(shared);
	workers = launch(train);
	dp_progress_set(DP_PROGRESS_WORKERS, train->nlaunched);
	dp_train_process_start(&process, shared, &train->spool, train->net, 0);
	dp_train_work(&process, after_gradients, &leader);
	dp_train_process_end(&process);
	if (workers != NULL)
	{
		WaitForParallelWorkersToFinish(workers);
		DestroyParallelContext(workers);
		ExitParallelMode();
	}
	train->seconds += seconds_since(leader.start) - process.validating;
	train->computing += process.computing;
	train->validating = process.validating;
	shared->step = process.step;
	shared->steps = process.steps;
	check_params(shared, dpk_net_param_floats(train->net));
	if (shared->step == shared->nsteps && shared->nvalid > 0)
		add_validation(train);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
