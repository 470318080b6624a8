/*
 * optimizer.h - from shard gradients to new parameters, a slice at a time
 *
 * A minibatch is cut into shards whose gradients lie side by side.  An update
 * of the slice [from, to) adds them in shard order, scales, and steps; slices
 * are independent, so any number of processes may share the work and the
 * result has the same bits.
 */
#ifndef DPK_OPTIMIZER_H
#define DPK_OPTIMIZER_H

#include "kernels.h"

typedef enum dpk_optimizer_method
{
	DPK_ADAM,					/* Kingma and Ba (2015), bias-corrected as in its algorithm 1 */
	DPK_SGD,					/* momentum as PyTorch: m = momentum * m + g; p -= lr * m, or lr * (g + momentum * m) with nesterov */
	DPK_ADAMW,					/* Adam, and p -= lr * weight_decay * p: Loshchilov and Hutter (2019) */
	DPK_RMSPROP					/* Hinton (2012), as PyTorch: v = beta2 * v + (1 - beta2) * g^2; p -= lr * g / (sqrt(v) + epsilon), or through m */
} dpk_optimizer_method;

/* How the learning rate changes from step to step */
typedef enum dpk_schedule
{
	DPK_CONSTANT,
	DPK_COSINE,					/* from the learning rate to 0: Loshchilov and Hutter (2017), without restarts */
	DPK_ONE_CYCLE,				/* up to the learning rate and down again: Smith and Topin (2018), as PyTorch's OneCycleLR */
	DPK_STAIRS,					/* times 'factor' every 'stair_steps' steps, as PyTorch's StepLR */
	DPK_PLATEAU					/* times 'factor' whenever the caller counts a reduction */
} dpk_schedule;

typedef struct dpk_optimizer
{
	dpk_optimizer_method method;
	double		learning_rate;
	dpk_schedule schedule;
	int64_t		total_steps;	/* of warmup and schedule */
	int64_t		warmup_steps;	/* in a line up to the learning rate; the schedule begins after them */
	int64_t		stair_steps;
	double		factor;
	int			reductions;		/* so far */
	double		beta1,
				beta2,			/* of RMSprop: its alpha */
				epsilon;
	double		momentum;
	bool		nesterov;
	double		weight_decay;	/* of SGD and RMSprop: weight_decay * p is added to the gradient */
	const dpk_range *decayed;	/* where it acts, ascending; NULL: everywhere */
	int			ndecayed;
	double		ema;			/* 0: none; else what an average of the parameters keeps of itself in a step: Polyak and Juditsky (1992) */
} dpk_optimizer;

/*
 * Slabs of state beside the parameters: one for each of m and v that the
 * method has, and the last for the average, which begins with the parameters
 * after the first step.
 */
extern int	dpk_optimizer_slots(const dpk_optimizer *optimizer);

/* The learning rate of a step, counted from 1 */
extern double dpk_optimizer_rate(const dpk_optimizer *optimizer, int64_t step);

/* x^n by multiplication alone, so that every machine has the same */
extern double dpk_power(double x, int64_t n);

/*
 * A number that is to fall from epoch to epoch.  dpk_watch_see() tells whether
 * it is better than all before by more than min_delta, as Keras's callbacks
 * see it; else it counts in 'wait' for how long it has not been.
 */
typedef struct dpk_watch
{
	double		best;
	int			best_epoch;		/* from 1; 0: none yet */
	int			wait;
} dpk_watch;

extern bool dpk_watch_see(dpk_watch *watch, int epoch, double value, double min_delta);

/*
 * 'step' counts from 1.  grads: nshards slabs, 'stride' floats apart; their
 * sum times 'scale' is the gradient.  slots[i] are whole slabs like params.
 */
extern void dpk_optimizer_update(const dpk_optimizer *optimizer, int64_t step, size_t from, size_t to,
								 int nshards, const float *grads, size_t stride, float scale,
								 float *params, float *const *slots);

/*
 * A slice of what is not trained, behind dpk_net_trainable_floats(): the sum of
 * the shards' slabs times 'scale' is subtracted, whatever the optimiser, its
 * rate, decay or limits.
 */
extern void dpk_optimizer_subtract(size_t from, size_t to, int nshards, const float *grads, size_t stride, float scale,
								   float *params);

/*
 * The norm of a whole gradient, by blocks so that it has the same bits whoever
 * computes them: blocks 'from' up to 'to' of the shards are added up into the
 * first shard, and squares[b] becomes the sum of squares of block b.  n, the
 * floats of the slab that count, is whole cache lines.
 */
#define DPK_NORM_BLOCK 4096	/* floats */

extern size_t dpk_norm_blocks(size_t n);
extern void dpk_norm_add_up(size_t n, size_t from, size_t to, int nshards, float *grads, size_t stride, double *squares);

/* What 'scale' becomes so that the norm is at most clip_norm, as PyTorch's clip_grad_norm_ */
extern float dpk_norm_clip(double clip_norm, size_t nblocks, const double *squares, float scale);

#endif							/* DPK_OPTIMIZER_H */
