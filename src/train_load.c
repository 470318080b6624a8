/*
 * train_load.c - samples from the spool as a batch of the network: augmented, mixed
 *
 * What a sample becomes follows from its identity, the seed and the epoch, and,
 * where two are mixed, from the minibatch it is in: not from the shard, nor
 * from who computes it.
 */
#include "compat.h"

#include "miscadmin.h"

#include "args.h"
#include "mix.h"
#include "sample.h"
#include "train.h"

static bool
is_mixed(const dp_train_shared *shared)
{
	return shared->mixup > 0 || shared->cutmix > 0;
}

/* The recipe must give the network images of the size it was built for */
static void
check_size(const dpk_input *input, const dpk_plan *plan)
{
	if (plan->width == input->w && plan->height == input->h)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the recipe gives images of another size: %d x %d", plan->width, plan->height),
			 errdetail("The network takes %d x %d pixels.", input->w, input->h),
			 errhint("End the recipe with {\"resize\": {\"width\": %d, \"height\": %d}}.", input->w, input->h)));
}

static void
augment(dp_train_process *p, uint8 *from, uint8 *to, int64 key)
{
	dp_train_shared *shared = p->shared;
	dpk_image	in = {shared->input.w, shared->input.h, shared->input.c, from},
				out = {shared->input.w, shared->input.h, shared->input.c, to};
	dpk_plan	plan;
	dpk_error	err;

	dp_raise(dpk_recipe_draw(&shared->recipe, shared->seed + shared->epoch, key, in.width, in.height, in.channels, &plan, &err), &err);
	check_size(&shared->input, &plan);
	if (plan.work > p->recipe_bytes)
	{
		MemoryContext before = MemoryContextSwitchTo(p->context);

		p->recipe_bytes = 2 * plan.work;	/* so that the outgrown ones together are no more */
		p->recipe_work = dp_alloc_aligned(p->recipe_bytes);
		MemoryContextSwitchTo(before);
	}
	dp_raise(dpk_plan_apply(&plan, &in, &out, p->recipe_work, &dp_stop, &err), &err);
}

/* Reads the record of a sample; x becomes its input, changed by the recipe if it is for training */
static void
load_input(dp_train_process *p, dp_spool_file *file, const dp_sample *sample, char *x, bool training)
{
	dp_train_shared *shared = p->shared;

	dp_spool_read(file, sample->place, p->record);
	if (training && shared->augment)
		augment(p, (uint8 *) p->record, (uint8 *) x, sample->identity);
	else
		memcpy(x, p->record, shared->sample_bytes);
}

/* What the record, or the sample, says of the target, as a value per output */
static void
load_target(dp_train_process *p, const dp_sample *sample, float *target)
{
	dp_train_shared *shared = p->shared;
	size_t		n = dpk_output_count(&shared->output);
	const char *record = p->record + MAXALIGN(shared->sample_bytes);

	switch (shared->target)
	{
		case DP_TARGET_CLASS:
			memset(target, 0, n * sizeof(float));
			if (n > 1)
				target[sample->label] = 1;
			else
				target[0] = (float) sample->label;
			break;
		case DP_TARGET_VALUES:
		case DP_TARGET_SOFT:
			memcpy(target, record, n * sizeof(float));
			break;
		case DP_TARGET_IMAGE:
			for (size_t j = 0; j < n; j++)
				target[j] = ((const uint8 *) record)[j] * (1.0f / 255);
			break;
	}
}

/*
 * Mix the i-th sample of a batch with another of its minibatch.  Losses are
 * linear in the targets, so that the share of each, times its weight, gives
 * the loss of both.
 */
static void
mix_sample(dp_train_process *p, const dp_sample *sample, const uint32 *order, uint32 n, int i)
{
	dp_train_shared *shared = p->shared;
	const dpk_input *input = &shared->input;
	size_t		noutputs = dpk_output_count(&shared->output);
	float	   *target = p->targets + i * noutputs;
	char	   *x = p->x + i * shared->sample_bytes;
	const dp_sample *other;
	double		ours,
				theirs,
				share;
	dpk_mix		m;

	dpk_mix_draw(shared->mixup, shared->cutmix, shared->seed + shared->epoch, sample->identity, n, input->w, input->h, &m);
	other = &DP_SHARED(shared, train, dp_sample)[order[m.partner]];
	load_input(p, &p->train, other, p->other, true);
	load_target(p, other, p->other_target);
	if (input->is_image)
		dpk_mix_bytes(&m, input->w, input->h, input->c, (uint8 *) x, (const uint8 *) p->other);
	else
		dpk_mix_floats(&m, input->c, (float *) x, (const float *) p->other);
	ours = m.share * sample->weight;
	theirs = (1 - m.share) * other->weight;
	share = ours + theirs > 0 ? ours / (ours + theirs) : 1;
	for (size_t j = 0; j < noutputs; j++)
		target[j] = (float) (share * target[j] + (1 - share) * p->other_target[j]);
	p->weights[i] = (float) (ours + theirs);
}

static dpk_batch
make_batch(dp_train_process *p, int n, bool soft)
{
	return (dpk_batch) {
		.n = n, .x = p->x, .target = p->targets, .weight = p->weights, .keys = p->keys,
		.seed = p->shared->seed + p->shared->epoch, .soft = soft, .smoothing = p->shared->smoothing
	};
}

/* The i-th sample of a batch; of classes that are not mixed the target is the number */
static void
load_sample(dp_train_process *p, dp_spool_file *file, const dp_sample *sample, int i, bool training)
{
	dp_train_shared *shared = p->shared;

	CHECK_FOR_INTERRUPTS();
	load_input(p, file, sample, p->x + i * shared->sample_bytes, training);
	if (shared->target == DP_TARGET_CLASS && !(training && is_mixed(shared)))
		p->targets[i] = (float) sample->label;
	else
		load_target(p, sample, p->targets + i * dpk_output_count(&shared->output));
	p->weights[i] = sample->weight;
	p->keys[i] = sample->identity;
}

/* Samples from .. to - 1 of a minibatch of n, in its order */
dpk_batch
dp_load_training(dp_train_process *p, const uint32 *order, uint32 n, uint32 from, uint32 to)
{
	dp_train_shared *shared = p->shared;
	const dp_sample *samples = DP_SHARED(shared, train, dp_sample);
	bool		mixed = is_mixed(shared);

	for (uint32 i = from; i < to; i++)
	{
		load_sample(p, &p->train, &samples[order[i]], i - from, true);
		if (mixed)
			mix_sample(p, &samples[order[i]], order, n, i - from);
	}
	return make_batch(p, to - from, mixed || shared->target == DP_TARGET_SOFT);
}

/* n samples of the validation */
dpk_batch
dp_load_validation(dp_train_process *p, uint64 from, int n)
{
	dp_train_shared *shared = p->shared;
	const dp_sample *samples = DP_SHARED(shared, valid, dp_sample);

	for (int i = 0; i < n; i++)
		load_sample(p, &p->valid, &samples[from + i], i, false);
	return make_batch(p, n, shared->target == DP_TARGET_SOFT);
}
