/*
 * train_worker.c - the work of one process of a run, the leader's included
 *
 * A step has two halves with a barrier behind each: gradients of shards,
 * handed out by a counter to whoever is free, and the update of this process's
 * slice of the parameters.  The next step needs both.
 */
#include "compat.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/spin.h"
#include "storage/shm_toc.h"
#include "utils/wait_event.h"

#include "args.h"
#include "blas.h"
#include "sample.h"
#include "train.h"

/* About 50 microseconds: a barrier is mostly shorter, and a sleep costs more than that */
#define SPINS 2000

/* Wait until every process has come here */
static void
barrier(dp_train_shared *shared)
{
	uint32		generation = pg_atomic_read_u32(&shared->generation);

	pg_memory_barrier();
	if (pg_atomic_add_fetch_u32(&shared->arrived, 1) == pg_atomic_read_u32(&shared->nprocesses))
	{
		pg_atomic_write_u32(&shared->arrived, 0);
		pg_atomic_add_fetch_u32(&shared->generation, 1);
		ConditionVariableBroadcast(&shared->moved);
	}
	for (int i = 0; i < SPINS && pg_atomic_read_u32(&shared->generation) == generation; i++)
		pg_spin_delay();
	if (pg_atomic_read_u32(&shared->generation) == generation)
	{
		ConditionVariablePrepareToSleep(&shared->moved);
		while (pg_atomic_read_u32(&shared->generation) == generation)
			ConditionVariableSleep(&shared->moved, PG_WAIT_EXTENSION);
		ConditionVariableCancelSleep();
	}
	pg_memory_barrier();
}

void
dp_train_process_start(dp_train_process *p, dp_train_shared *shared, dp_spool *spool, const dpk_net *net, uint32 me)
{
	int			shard = dp_train_largest_shard(shared->batch_size, shared->shards);
	int			room = dp_train_room(shared);
	dpk_range  *decayed;

	dp_blas_load();
	memset(p, 0, sizeof(*p));
	p->context = CurrentMemoryContext;
	p->shared = shared;
	p->net = net;
	p->me = me;
	p->run.work = dp_alloc_work(Max(dpk_net_work_bytes(net, shard, true), dpk_net_work_bytes(net, room, false)));
	p->run.sgemm = dp_sgemm;
	p->optimizer = shared->optimizer;
	p->optimizer.decayed = decayed = palloc(sizeof(dpk_range) * dpk_net_ntensors(net) + 1);
	p->optimizer.ndecayed = dpk_net_kernel_ranges(net, decayed);
	p->run.stop = &dp_stop;
	p->x = dp_alloc_aligned(room * shared->sample_bytes);
	p->record = dp_alloc_aligned(shared->record);
	p->targets = dp_alloc_aligned(mul_size(room, sizeof(float) * dpk_output_count(&shared->output)));
	p->weights = dp_alloc_aligned(room * sizeof(float));
	p->keys = dp_alloc_aligned(room * sizeof(int64));
	p->other = dp_alloc_aligned(shared->sample_bytes);
	p->other_target = dp_alloc_aligned(sizeof(float) * dpk_output_count(&shared->output));
	dp_spool_read_start(spool, &p->train, "train", shared->record);
	if (shared->nvalid > 0)
		dp_spool_read_start(spool, &p->valid, "validation", shared->record);
}

void
dp_train_process_end(dp_train_process *p)
{
	dp_spool_read_end(&p->train);
	if (p->shared->nvalid > 0)
		dp_spool_read_end(&p->valid);
}

/* Take shards of this step while there are any */
static void
compute_shards(dp_train_process *p)
{
	dp_train_shared *shared = p->shared;
	const uint32 *order = DP_SHARED(shared, order, uint32) + (size_t) p->step * shared->batch_size;
	uint32		n = Min(shared->batch_size, shared->ntrain - p->step * shared->batch_size);
	uint32		shard;

	while ((shard = pg_atomic_fetch_add_u32(&shared->next_shard[p->step & 1], 1)) < shared->shards)
	{
		uint32		from = (uint32) ((uint64) n * shard / shared->shards),
					to = (uint32) ((uint64) n * (shard + 1) / shared->shards);
		dpk_batch	batch;

		CHECK_FOR_INTERRUPTS();
		batch = dp_load_training(p, order, n, from, to);
		dp_raise(dpk_net_gradient(p->net, &p->run, DP_SHARED(shared, params, float), &batch,
								  DP_SHARED(shared, grads, float) + shard * shared->slab,
								  &DP_SHARED(shared, sums, dpk_sums)[shard]), NULL);
	}
}

/* Where the norm of the gradient is wanted: this process's share of its blocks, with the shards added up */
static void
add_up(dp_train_process *p)
{
	dp_train_shared *shared = p->shared;
	size_t		n = dpk_net_trainable_floats(p->net),
				blocks = dpk_norm_blocks(n);
	uint32		nprocesses = pg_atomic_read_u32(&shared->nprocesses);

	dpk_norm_add_up(n, blocks * p->me / nprocesses, blocks * (p->me + 1) / nprocesses, shared->shards,
					DP_SHARED(shared, grads, float), shared->slab, DP_SHARED(shared, squares, double));
}

/* This process's slice of the parameters; slices are whole cache lines */
static void
update(dp_train_process *p)
{
	dp_train_shared *shared = p->shared;
	const dpk_sums *sums = DP_SHARED(shared, sums, dpk_sums);
	uint64		lines = shared->slab * sizeof(float) / DPK_ALIGN;
	uint32		nprocesses = pg_atomic_read_u32(&shared->nprocesses);
	size_t		from = lines * p->me / nprocesses * (DPK_ALIGN / sizeof(float)),
				to = lines * (p->me + 1) / nprocesses * (DPK_ALIGN / sizeof(float));
	float	   *slots[DP_TRAIN_SLOTS],
			   *params = DP_SHARED(shared, params, float);
	const float *grads = DP_SHARED(shared, grads, float);
	size_t		trained = dpk_net_trainable_floats(p->net);
	double		weight = 0;
	float		scale,
				clipped;
	int			shards = shared->shards;

	for (int s = 0; s < shared->shards; s++)
		weight += sums[s].weight;
	for (int i = 0; i < shared->nslots; i++)
		slots[i] = DP_SHARED(shared, slots[i], float);
	scale = clipped = weight > 0 ? (float) (1 / weight) : 0;
	if (shared->clip_norm > 0)
	{
		clipped = dpk_norm_clip(shared->clip_norm, dpk_norm_blocks(trained), DP_SHARED(shared, squares, double), scale);
		shards = 1;				/* add_up() has been there */
	}
	dpk_optimizer_update(&p->optimizer, p->steps + 1, from, Min(to, trained), shards, grads,
						 shared->slab, clipped, params, slots);
	dpk_optimizer_subtract(Max(from, trained), to, shared->shards, grads, shared->slab, scale, params);
	if (shared->optimizer.ema > 0 && to > trained)
		memcpy(DP_SHARED(shared, answers, float) + Max(from, trained), params + Max(from, trained), (to - Max(from, trained)) * sizeof(float));
}

/* Take chunks of the validation samples while there are any */
static void
validate(dp_train_process *p)
{
	dp_train_shared *shared = p->shared;
	uint32		chunk = dp_train_room(shared);
	uint64		from;

	while ((from = (uint64) pg_atomic_fetch_add_u32(&shared->next_chunk, 1) * chunk) < shared->nvalid)
	{
		int			n = (int) Min(chunk, shared->nvalid - from);
		dpk_batch	batch;

		CHECK_FOR_INTERRUPTS();
		batch = dp_load_validation(p, from, n);
		dp_raise(dpk_net_evaluate(p->net, &p->run, DP_SHARED(shared, answers, float), &batch,
								  &DP_SHARED(shared, valid_sums, dpk_sums)[from / chunk]), NULL);
	}
}

/*
 * From the first step of a segment to its last.  The leader looks at the sums
 * between the two barriers, while nobody writes them, and may ask to stop.
 */
void
dp_train_work(dp_train_process *p, void (*after_gradients) (dp_train_process *p, void *arg), void *arg)
{
	dp_train_shared *shared = p->shared;
	instr_time	start,
				end;

	p->steps = shared->steps;
	for (p->step = shared->step; p->step < shared->nsteps; p->step++, p->steps++)
	{
		INSTR_TIME_SET_CURRENT(start);
		compute_shards(p);
		INSTR_TIME_SET_CURRENT(end);
		INSTR_TIME_SUBTRACT(end, start);
		p->computing += INSTR_TIME_GET_DOUBLE(end);
		barrier(shared);
		if (after_gradients != NULL)
			after_gradients(p, arg);
		if (shared->clip_norm > 0)
		{
			add_up(p);
			barrier(shared);
		}
		update(p);
		barrier(shared);
		if (shared->stop)
		{
			p->step++;
			p->steps++;
			break;
		}
	}
	if (p->step == shared->nsteps && shared->nvalid > 0)
	{
		INSTR_TIME_SET_CURRENT(start);
		validate(p);
		barrier(shared);
		INSTR_TIME_SET_CURRENT(end);
		INSTR_TIME_SUBTRACT(end, start);
		p->validating = INSTR_TIME_GET_DOUBLE(end);
	}
}

/* Where a parallel worker begins */
void
dp_train_worker(dsm_segment *seg, shm_toc *toc)
{
	dsm_handle *handle = shm_toc_lookup(toc, DP_TRAIN_KEY, false);
	dsm_segment *segment = dsm_attach(*handle);
	dp_train_shared *shared;
	dp_train_process process;
	dp_spool	spool;
	dpk_net    *net;

	if (segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not attach to the training run")));
	shared = dsm_segment_address(segment);
	dp_spool_attach(&spool, shared->spool);
	net = dp_train_build(DP_SHARED(shared, network, Jsonb), &shared->input, shared->loss, &shared->output);
	dp_train_process_start(&process, shared, &spool, net, ParallelWorkerNumber + 1);

	/* the leader knows how many we are once all have been asked for */
	ConditionVariablePrepareToSleep(&shared->moved);
	while (pg_atomic_read_u32(&shared->nprocesses) == 0)
		ConditionVariableSleep(&shared->moved, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();

	dp_train_work(&process, NULL, NULL);
	dp_train_process_end(&process);
	dp_spool_detach(&spool);
	dsm_detach(segment);
}
