/*
 * train_plan.c - memory: what a run needs, and the segment its processes share
 *
 * Everything a step touches is laid out here, before the first one: nothing is
 * allocated inside the loop, and a run that does not fit is refused at once.
 */
#include "compat.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "sample.h"
#include "settings.h"
#include "store.h"
#include "train.h"

/* The network, palloc'd in the current context together with its steps */
dpk_net *
dp_train_build(Jsonb *network, const dpk_input *input, dpk_loss loss, const dpk_output *output)
{
	int			nsteps;
	dpk_step   *steps = dp_read_steps("network", network, &nsteps);
	dpk_error	err;
	dpk_net    *net;
	void	   *memory = palloc(dpk_net_bytes(nsteps));

	dp_raise(dpk_net_build(memory, dpk_kernels_best(), steps, nsteps, input, loss, output, &net, &err), &err);
	return net;
}

int
dp_train_largest_shard(int batch_size, int shards)
{
	return (batch_size + shards - 1) / shards;
}

/* Samples one call of the network sees at most */
int
dp_train_room(const dp_train_shared *shared)
{
	return Max(dp_train_largest_shard(shared->batch_size, shared->shards), DP_VALIDATION_CHUNK);
}

/* What one process allocates for itself */
size_t
dp_train_process_bytes(const dpk_net *net, const dp_train_shared *shared)
{
	int			shard = dp_train_largest_shard(shared->batch_size, shared->shards);
	int			room = dp_train_room(shared);
	size_t		work = Max(dpk_net_work_bytes(net, shard, true), dpk_net_work_bytes(net, room, false));

	work = add_size(work, mul_size(room, shared->sample_bytes));
	work = add_size(work, mul_size(room + 1, sizeof(float) * (dpk_output_count(&shared->output) + 1) + sizeof(int64)));
	return add_size(work, 4 * shared->record);
}

/* Take 'bytes' of the segment behind *end, aligned for the kernels */
static size_t
take(size_t *end, size_t bytes)
{
	size_t		start = *end;

	*end = TYPEALIGN(DPK_ALIGN, add_size(start, bytes));
	return start;
}

static void
check_memory(dp_train *train, const dp_train_shared *plan, size_t segment)
{
	size_t		slabs = mul_size(mul_size(1 + plan->nslots + plan->shards, plan->slab), sizeof(float));
	size_t		processes = mul_size(1 + train->nworkers, dp_train_process_bytes(train->net, plan));
	size_t		total = add_size(add_size(segment, processes),
								 add_size(dp_slab_bytes(train->net), mul_size(train->train.n + train->valid.n, sizeof(dp_sample))));

	ereport(DEBUG1,
			(errmsg_internal("training plans %zu kB of shared memory, %zu kB in %d processes and %zu kB for rows and the storing of weights",
							 segment / 1024, processes / 1024, 1 + train->nworkers, (total - segment - processes) / 1024)));
	if (total / 1024 <= (size_t) dp_memory_limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("training needs %zu MB of memory, more than datapower.memory_limit", total / (1024 * 1024)),
			 errdetail("Parameters, optimiser state and the gradients of %d shards take %zu MB, the work space of %d processes %zu MB, the list of rows and the storing of weights %zu MB.",
					   plan->shards, slabs / (1024 * 1024), 1 + train->nworkers, processes / (1024 * 1024),
					   (total - slabs - processes) / (1024 * 1024)),
			 errhint("Lower the options \"batch_size\", \"shards\" or \"workers\", or ask for a higher limit (now %d MB).",
					 dp_memory_limit / 1024)));
}

/* Plan, check, create and fill the segment, all but the parameters and the order */
void
dp_train_share(dp_train *train)
{
	dp_train_shared plan;
	dp_train_shared *shared;
	size_t		end = 0;

	memset(&plan, 0, sizeof(plan));
	plan.spool = dsm_segment_handle(train->spool.segment);
	plan.input = train->input;
	plan.loss = train->loss;
	plan.target = train->target;
	plan.output = train->output;
	plan.smoothing = (float) train->options.label_smoothing;
	plan.optimizer = train->optimizer;
	plan.clip_norm = Max(0, train->options.clip_norm);
	plan.nslots = dpk_optimizer_slots(&train->optimizer) + (train->options.early_stopping > 0);
	plan.seed = train->options.seed;
	plan.shuffle = train->options.shuffle;
	plan.batch_size = (int) Min((uint64) train->options.batch_size, train->train.n);
	plan.shards = Min(train->options.shards, plan.batch_size);
	plan.augment = train->options.augment != NULL;
	plan.mixup = train->options.mixup;
	plan.cutmix = train->options.cutmix;
	plan.recipe = train->recipe;
	plan.sample_bytes = mul_size((size_t) train->input.h * train->input.w, train->input.c) * (train->input.is_image ? 1 : sizeof(float));
	plan.record = MAXALIGN(plan.sample_bytes) + dp_target_bytes(train->target, &train->output);
	plan.ntrain = (uint32) train->train.n;
	plan.nvalid = (uint32) train->valid.n;
	plan.slab = TYPEALIGN(DPK_ALIGN / sizeof(float), dpk_net_param_floats(train->net));
	plan.nsteps = (plan.ntrain + plan.batch_size - 1) / plan.batch_size;
	plan.optimizer.total_steps = (int64) plan.nsteps * train->options.epochs;
	plan.optimizer.warmup_steps = (int64) rint(plan.nsteps * train->options.warmup_epochs);
	plan.optimizer.stair_steps = (int64) plan.nsteps * Max(1, train->options.step_epochs);

	take(&end, sizeof(dp_train_shared));
	plan.network = take(&end, VARSIZE(train->network));
	plan.train = take(&end, mul_size(plan.ntrain, sizeof(dp_sample)));
	plan.valid = take(&end, mul_size(plan.nvalid, sizeof(dp_sample)));
	plan.order = take(&end, mul_size(plan.ntrain, sizeof(uint32)));
	plan.sums = take(&end, mul_size(plan.shards, sizeof(dpk_sums)));
	plan.valid_sums = take(&end, mul_size(plan.nvalid / dp_train_room(&plan) + 1, sizeof(dpk_sums)));
	plan.squares = take(&end, mul_size(plan.clip_norm > 0 ? dpk_norm_blocks(plan.slab) : 0, sizeof(double)));
	plan.params = take(&end, mul_size(plan.slab, sizeof(float)));
	for (int i = 0; i < plan.nslots; i++)
		plan.slots[i] = take(&end, mul_size(plan.slab, sizeof(float)));
	plan.answers = plan.optimizer.ema > 0 ? plan.slots[dpk_optimizer_slots(&plan.optimizer) - 1] : plan.params;
	plan.best = train->options.early_stopping > 0 ? plan.slots[plan.nslots - 1] : 0;
	plan.grads = take(&end, mul_size(mul_size(plan.shards, plan.slab), sizeof(float)));
	check_memory(train, &plan, end);

	train->segment = dsm_create(end, 0);
	dsm_pin_mapping(train->segment);
	train->shared = shared = dsm_segment_address(train->segment);
	dp_clear(shared, end);
	*shared = plan;
	memcpy((char *) shared + plan.network, train->network, VARSIZE(train->network));
	memcpy((char *) shared + plan.train, train->train.samples, plan.ntrain * sizeof(dp_sample));
	if (plan.nvalid > 0)
		memcpy((char *) shared + plan.valid, train->valid.samples, plan.nvalid * sizeof(dp_sample));
	pg_atomic_init_u32(&shared->nprocesses, 0);
	pg_atomic_init_u32(&shared->arrived, 0);
	pg_atomic_init_u32(&shared->generation, 0);
	pg_atomic_init_u32(&shared->next_shard[0], 0);
	pg_atomic_init_u32(&shared->next_shard[1], 0);
	pg_atomic_init_u32(&shared->next_chunk, 0);
	ConditionVariableInit(&shared->moved);

	/* what the segment holds now need not be kept twice */
	pfree(train->train.samples);
	train->train.samples = NULL;
	if (train->valid.samples != NULL)
		pfree(train->valid.samples);
	train->valid.samples = NULL;
}
