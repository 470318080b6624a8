/*
 * train.h - the parts of a training run, shared by its files
 *
 *		train.c				the procedure: arguments, order of events, cleaning up
 *		train_options.c		the options, read and recorded
 *		train_data.c		samples from a source into the spool, identities
 *		train_target.c		what the network should give: classes, values, images
 *		train_classes.c		the classes there are
 *		train_plan.c		memory: what a run needs, and the shared segment
 *		train_leader.c		segments: parallel workers, epochs, progress
 *		train_worker.c		the work of one process, the leader's included
 *		train_load.c		samples from the spool as a batch: augmented, mixed
 *		train_cross.c		dp.cross_predict: a training per fold
 *		checkpoint.c		the rows of a run: start, resume, commit, finish
 *
 * DETERMINISM: a minibatch is cut into 'shards' parts whatever the number of
 * processes.  Any process may compute any shard; each shard has a gradient slab
 * of its own, and the update adds the slabs in shard order.  So the number of
 * workers, none included, changes no bit.  The order of samples follows from
 * their identities, the seed and the epoch alone.
 */
#ifndef DP_TRAIN_H
#define DP_TRAIN_H

#include "compat.h"

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/dsm.h"
#include "storage/shm_toc.h"
#include "utils/jsonb.h"

#include "network.h"
#include "optimizer.h"
#include "recipe.h"

#include "source.h"
#include "spool.h"

#define DP_TRAIN_SLOTS 4		/* slabs beside the parameters, at most: two moments, an average, the best so far */
#define DP_VALIDATION_CHUNK 16	/* samples of one unit of validation work, at least */
#define DP_TRAIN_KEY 1			/* in the table of contents of a parallel context */

typedef struct dp_train_options
{
	int			epochs;
	int			batch_size;
	int			optimizer;		/* dpk_optimizer_method */
	double		learning_rate;	/* negative: the optimiser's default */
	int			schedule;		/* dpk_schedule */
	double		warmup_epochs;
	int			step_epochs;	/* not positive: not given */
	double		step_factor;
	int			plateau_patience;
	double		plateau_factor,
				plateau_min_delta;
	double		momentum,		/* negative: the optimiser's default */
				alpha,
				beta1,
				beta2,
				epsilon;
	bool		nesterov;
	double		weight_decay;	/* negative: the optimiser's default */
	double		clip_norm;		/* negative: any */
	double		ema;			/* 0: none */
	int			early_stopping; /* epochs without a better one; 0: never */
	int			monitor;		/* 0: loss, 1: accuracy */
	int			loss;			/* 0: by the label, else 1 + dpk_loss */
	double		label_smoothing;
	Jsonb	   *class_weights;
	Jsonb	   *classes;
	int64		seed;
	int			shards;
	int			workers;		/* beside the leader; -1: as many as make sense */
	bool		shuffle;
	Jsonb	   *augment;
	double		mixup,			/* alpha of the shares; 0: none */
				cutmix;
	int			on_error;		/* 0: error, 1: skip */
	bool		resume;
	double		segment_seconds;
} dp_train_options;

/* One sample, without its pixels */
typedef struct dp_sample
{
	int64		identity;		/* of the key, or of the content */
	uint64		hash;			/* of the content */
	uint32		place;			/* in the spool */
	float		weight;
	int32		label;			/* number of the class; other targets are in the spool */
} dp_sample;

typedef struct dp_dataset
{
	const char *what;			/* "source", "validation": for errors */
	const char *file;			/* of the spool */
	uint64		n,
				room;
	dp_sample  *samples;		/* sorted by identity once it is read */
	uint64		skipped;
	char	   *skipped_keys;	/* of the first ones, NULL: none */
	bool		has_key;
} dp_dataset;

typedef struct dp_classes
{
	bool		are_text,		/* else integers, sorted as numbers */
				are_given;		/* by the option: a label that is none of them is wrong */
	int			n,
				room;
	char	  **names;			/* sorted */
	int		   *ids;			/* of names[i], by order of appearance */
} dp_classes;

typedef enum dp_target_kind
{
	DP_TARGET_CLASS,			/* dp_sample.label */
	DP_TARGET_VALUES,			/* floats behind the input in the spool */
	DP_TARGET_SOFT,				/* so are probabilities of classes */
	DP_TARGET_IMAGE				/* bytes behind it */
} dp_target_kind;

/* What the label of a row says; valid until the next batch of the source */
typedef struct dp_row_target
{
	const char *label;			/* by dp_target_kind one of the three */
	const double *values;
	bytea	   *image;
	dpk_output	output;			/* what the network must give if this row decides it */
} dp_row_target;

/* In dynamic shared memory; offsets are from its start */
typedef struct dp_train_shared
{
	dsm_handle	spool;
	dpk_input	input;
	dpk_loss	loss;
	dp_target_kind target;
	dpk_output	output;
	float		smoothing;
	dpk_optimizer optimizer;
	double		clip_norm;		/* of the gradient; 0: any */
	int			nslots;
	int64		seed;
	int			batch_size,
				shards;
	bool		shuffle;
	bool		augment;
	double		mixup,
				cutmix;
	dpk_recipe	recipe;
	size_t		sample_bytes,	/* of pixels or features */
				record;			/* with the target */
	uint32		ntrain,
				nvalid;
	size_t		slab;			/* floats between two slabs */
	size_t		network,		/* Jsonb */
				train,			/* dp_sample[] */
				valid,
				order,			/* uint32[], of this epoch */
				sums,			/* dpk_sums[shards] */
				valid_sums,		/* dpk_sums[] by chunk */
				squares,		/* double[] by block of the gradient, for its norm */
				params,
				answers,		/* the slab that validation looks at and that becomes the model: the average, or the parameters */
				best,			/* answers of the best epoch so far; 0: not kept */
				slots[DP_TRAIN_SLOTS],
				grads;

	/* where the run is */
	int			epoch;			/* from 1, the one being trained */
	uint32		step,			/* in this epoch, from 0 */
				nsteps;
	int64		steps;			/* the optimiser has made in all */

	/* of one segment */
	pg_atomic_uint32 nprocesses;	/* 0: not known yet */
	pg_atomic_uint32 arrived,	/* at the barrier */
				generation;		/* of the barrier */
	ConditionVariable moved;
	pg_atomic_uint32 next_shard[2]; /* even and odd steps */
	pg_atomic_uint32 next_chunk;	/* of validation */
	bool		stop;			/* end the segment after this step; written before a barrier */
} dp_train_shared;

#define DP_SHARED(shared, member, type) ((type *) ((char *) (shared) + (shared)->member))

typedef struct dp_train
{
	dp_train_options options;
	char	   *model;
	char	   *source;
	char	   *validation;		/* NULL: none */
	Oid			owner;
	bool		atomic;			/* inside a transaction block */
	bool		locked;

	Jsonb	   *network;
	dpk_input	wanted;			/* what the input step says, zeros elsewhere */
	dpk_input	input;			/* what a sample is */
	bool		input_known;
	dpk_loss	loss;
	dp_target_kind target;
	dpk_output	output;			/* what the network must give; zeros: not known yet */
	dp_classes	classes;
	dpk_optimizer optimizer;
	dpk_recipe	recipe;
	dpk_net    *net;

	dp_spool	spool;
	dp_dataset	train,
				valid;
	int64		fingerprint;
	int			nworkers;		/* to ask for */
	int			nlaunched;		/* got in the last segment */

	dsm_segment *segment;
	dp_train_shared *shared;

	int64		run_id;
	uint32		checksum;		/* of the checkpoint to continue from */
	int			version;		/* of the model, once it is stored */
	dpk_sums	sums;			/* of this epoch so far */
	dpk_sums	valid_sums;		/* of the last validation */
	dpk_watch	plateau;		/* for the learning rate */
	dpk_watch	early;			/* for early stopping */
	double		seconds;		/* of this epoch's training so far */
	double		computing;		/* of them in the network, in the leader */
	double		validating;		/* seconds of the last validation */
} dp_train;

/* One process at work */
typedef struct dp_train_process
{
	dp_train_shared *shared;
	const dpk_net *net;
	dpk_run		run;
	dpk_optimizer optimizer;	/* the run's, with ranges of its own */
	dp_spool_file train,
				valid;
	uint32		me;				/* 0: the leader */
	uint32		step;			/* in this epoch */
	int64		steps;			/* made in all */
	char	   *x;
	char	   *record;
	float	   *targets;
	float	   *weights;
	int64_t    *keys;
	char	   *other;			/* a sample to mix with */
	float	   *other_target;
	MemoryContext context;		/* of all of these */
	void	   *recipe_work;
	size_t		recipe_bytes;	/* of it */
	double		computing,		/* seconds */
				validating;
} dp_train_process;

/* train.c */
extern char *dp_train_number(double loss);

/* train_options.c */
extern void dp_train_read_options(dp_train *train, Jsonb *options);
extern const char *dp_train_exact(double x);
extern Datum dp_train_options_json(const dp_train *train);
extern const char *dp_train_free_options(const dp_train *train);	/* as the text of a text[] */
extern char *dp_train_changed_options(const dp_train *train, Jsonb *was);	/* beside those, as the sentence of a detail */

/* train_data.c */
extern void dp_train_read(dp_train *train, dp_dataset *set, const char *text);
extern void dp_train_finish_reading(dp_train *train);
extern void dp_train_read_validation(dp_train *train);

/* train_target.c */
extern void dp_target_choose(dp_train *train, const dp_source *source);
extern bool dp_target_fits(const dp_train *train, const dp_source *source);
extern size_t dp_target_bytes(dp_target_kind kind, const dpk_output *output);	/* in a record */
extern dpk_status dp_target_check(const dp_train *train, dp_source *source, int row, dp_row_target *t, dpk_error *err);
extern dpk_status dp_target_read(const dp_row_target *t, void *record, dpk_error *err);
extern void dp_target_keep(dp_train *train, dp_dataset *set, dp_source *source, int row, const dp_row_target *t, void *record, dp_sample *sample);
extern void dp_target_finish(dp_train *train);

/* What is measured beside the loss: accuracy, of images the PSNR of the mean squared error, of values its root */
extern const char *dp_target_metric(const dp_train *train, const dpk_sums *sums, double *value);

/* Whether there is something to find, so that an accuracy is measured */
static inline bool
dp_has_accuracy(dpk_loss loss, dp_target_kind target)
{
	return loss == DPK_CROSS_ENTROPY || (loss == DPK_BINARY_CROSS_ENTROPY && target != DP_TARGET_IMAGE);
}

/* train_plan.c */
extern dpk_net *dp_train_build(Jsonb *network, const dpk_input *input, dpk_loss loss, const dpk_output *output);
extern void dp_train_share(dp_train *train);
extern size_t dp_train_process_bytes(const dpk_net *net, const dp_train_shared *shared);
extern int	dp_train_room(const dp_train_shared *shared);
extern int	dp_train_largest_shard(int batch_size, int shards);

/* train_leader.c */
extern void dp_train_segment(dp_train *train);

/* train_worker.c */
extern PGDLLEXPORT void dp_train_worker(dsm_segment *segment, shm_toc *toc);
extern void dp_train_process_start(dp_train_process *p, dp_train_shared *shared, dp_spool *spool, const dpk_net *net, uint32 me);
extern void dp_train_process_end(dp_train_process *p);
extern void dp_train_work(dp_train_process *p, void (*after_gradients) (dp_train_process *p, void *arg), void *arg);

/* train_classes.c */
#define DP_MAX_CLASSES 65536

/* The place of 'label' among the sorted names, or where it belongs */
extern int	dp_class_find(const dp_classes *classes, const char *label, bool *found);

/* The id of a label; new ones are added */
extern int	dp_class_add(dp_classes *classes, const char *label);

/* All classes there are, a list in any order, of which not every one need occur among the rows */
extern void dp_classes_give(dp_classes *classes, Jsonb *json);

/* Those of n probabilities: as the list says, else (NULL) 0, 1, ... */
extern void dp_classes_name(dp_classes *classes, Jsonb *json, int n);

/* train_load.c; what they return is valid until the next call */
extern dpk_batch dp_load_training(dp_train_process *p, const uint32 *order, uint32 n, uint32 from, uint32 to);
extern dpk_batch dp_load_validation(dp_train_process *p, uint64 from, int n);

/* checkpoint.c */
extern bool dp_run_resume(dp_train *train);
extern void dp_run_start(dp_train *train);
extern void dp_run_load(dp_train *train);
extern void dp_run_metrics(dp_train *train);
extern void dp_run_save(dp_train *train);
extern void dp_run_finish(dp_train *train);

#endif							/* DP_TRAIN_H */
