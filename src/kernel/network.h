/*
 * network.h - a network as a checked, planned graph of layers
 *
 * dpk_net_build() reads the steps, infers every shape, and lays out two slabs:
 *		parameters	one array of floats in the kernels' blocked layout; gradients
 *					and optimiser moments are arrays of the same size, so that an
 *					optimiser is a loop over floats (padding stays zero)
 *		work		activations and their gradients for a number of samples
 * Tensors that are not trained, such as running means, lie behind those that
 * are.  Where a gradient slab has their places it holds what is to be
 * subtracted from them in this step, times the weight of the samples that ask
 * for it: an optimiser's slabs hold nothing there (dpk_optimizer_subtract).
 * A slab of parameters, gradients or moments is zeroed before dpk_net_set() or
 * dpk_net_init() fill it, so that its padding is zero.
 * Nothing is allocated after that.  Canonical tensors, as the tables hold
 * them, are read from and written to a slab with dpk_net_get and dpk_net_set;
 * they do not depend on the instruction set.
 *
 * A network is immutable once built: several processes may share one.
 */
#ifndef DPK_NETWORK_H
#define DPK_NETWORK_H

#include "kernels.h"
#include "spec.h"

/* Single-thread row-major SGEMM: c (m, n) = alpha * op(a) (m, k) * op(b) (k, n) + beta * c */
typedef void (*dpk_sgemm) (bool trans_a, bool trans_b, int m, int n, int k, float alpha,
						   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* A plain loop, the reference, used where no BLAS is loaded */
extern void dpk_sgemm_reference(bool trans_a, bool trans_b, int m, int n, int k, float alpha,
								const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

typedef enum dpk_loss
{
	DPK_CROSS_ENTROPY,			/* the network ends in softmax; target: a class, or probabilities of all */
	DPK_MSE,					/* the others have a target per output */
	DPK_MAE,
	DPK_HUBER,					/* e^2 / 2 where |e| <= 1, else |e| - 1/2 */
	DPK_BINARY_CROSS_ENTROPY	/* the network ends in sigmoid; targets from 0 to 1 */
} dpk_loss;

/*
 * What a sample is.  Images are uint8 (h, w, c), interleaved; features are
 * float (h = w = 1, c of them).
 */
typedef struct dpk_input
{
	int			h,
				w,
				c;
	bool		is_image;
} dpk_input;

/*
 * What a network gives: an image (h, w, c), whose values are bytes / 255, or a
 * list of c numbers (h = w = 1).  An image's last layer is a map of its size,
 * or a list of h * w * c values in the order of "flatten".
 */
typedef dpk_input dpk_output;

static inline dpk_output
dpk_values(int n)
{
	return (dpk_output) {1, 1, n, false};
}

static inline size_t
dpk_output_count(const dpk_output *o)
{
	return (size_t) o->h * o->w * o->c;
}

/*
 * The optional first step {"input": {"height", "width", "channels", "rescale"}}:
 * what images become before they reach the network.  Zeros where it does not
 * say, so that the images decide; rescale defaults to 1/255 for images, 1 else.
 * 'present' tells whether the step is there.
 */
extern dpk_status dpk_net_read_input(const dpk_step *steps, int nsteps, dpk_input *input, bool *present, dpk_error *err);

/*
 * Networks with a name.  A step whose kind is the name of one, {"lenet": {}},
 * is written out as the steps it stands for, in 'memory' of
 * dpk_net_preset_bytes(); they live as long as that.  dpk_net_build() does not
 * know presets: what is stored is what they were written out as.
 */
extern const char *dpk_net_preset_name(int i);	/* NULL after the last */
extern bool dpk_net_is_preset(const char *name);
extern size_t dpk_net_preset_bytes(void);
extern dpk_status dpk_net_preset(void *memory, const dpk_step *step, const dpk_step **steps, int *nsteps, dpk_error *err);

typedef struct dpk_net dpk_net;

typedef struct dpk_tensor
{
	const char *layer;			/* "conv2d_1": the step's name, or its kind and number */
	const char *name;			/* "kernel", "bias", ... */
	int			ndim;
	int			shape[4];		/* canonical: conv2d (out, in, kh, kw), dense (out, in) */
	size_t		count;			/* product of the shape */
	bool		trainable;
} dpk_tensor;

/* Bytes of memory dpk_net_build() needs for so many steps */
extern size_t dpk_net_bytes(int nsteps);

/*
 * Build in 'memory'.  'steps' must live as long as the network.  'output' is
 * what the last layer must give per sample (numbers for classes or target
 * values, or an image); a mismatch, like any shape that does not fit, names the
 * layer and both shapes.  A dense last layer without "units" takes the number
 * of outputs, which for an image is h * w * c.
 */
extern dpk_status dpk_net_build(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
								const dpk_input *input, dpk_loss loss, const dpk_output *output, dpk_net **net, dpk_error *err);

/*
 * The same network to be looked at, not run: any output is right, and a last
 * layer that leaves its size to the data takes that of 'output'.
 */
extern dpk_status dpk_net_outline(void *memory, const dpk_kernels *kernels, const dpk_step *steps, int nsteps,
								  const dpk_input *input, const dpk_output *output, dpk_net **net, dpk_error *err);

/* What a layer is, for people to read; layer 0 is the input */
typedef struct dpk_layer_info
{
	const char *name,
			   *kind;
	int			h,
				w,
				c;
	bool		is_map;			/* else a list of c values */
	size_t		parameters;		/* that are trained */
	double		flops;			/* of convolutions and matrix products, forward, per sample */
	int			ninputs;
	const char *inputs[8];		/* names */
} dpk_layer_info;

extern int	dpk_net_nlayers(const dpk_net *net);
extern void dpk_net_layer(const dpk_net *net, int i, dpk_layer_info *info);

extern int	dpk_net_noutputs(const dpk_net *net);
extern size_t dpk_net_param_floats(const dpk_net *net); /* of a slab, padding included */
extern size_t dpk_net_trainable_floats(const dpk_net *net); /* those in front that an optimiser steps over */
extern size_t dpk_net_param_count(const dpk_net *net);	/* canonical and trainable, as papers count */
extern double dpk_net_flops(const dpk_net *net, bool training); /* per sample */
extern size_t dpk_net_work_bytes(const dpk_net *net, int nsamples, bool training);

extern int	dpk_net_ntensors(const dpk_net *net);
extern const dpk_tensor *dpk_net_tensor(const dpk_net *net, int i);
extern void dpk_net_get(const dpk_net *net, int i, const float *slab, float *canonical);
extern void dpk_net_set(const dpk_net *net, int i, float *slab, const float *canonical);

/*
 * Glorot-uniform kernels and zero biases as Keras has them, from Philox (seed,
 * tensor).  'scratch' holds dpk_net_scratch_floats(): the largest tensor.
 */
extern size_t dpk_net_scratch_floats(const dpk_net *net);
extern void dpk_net_init(const dpk_net *net, float *params, int64_t seed, float *scratch);

/*
 * Where kernels lie in a slab, ascending, at most dpk_net_ntensors() ranges:
 * what weight decay acts on, as it should not on biases and the like.
 */
extern int	dpk_net_kernel_ranges(const dpk_net *net, dpk_range *ranges);

/* Where and with what to compute */
typedef struct dpk_run
{
	void	   *work;			/* dpk_net_work_bytes(), aligned to DPK_ALIGN; the first DPK_ALIGN bytes zeroed before first use */
	dpk_sgemm	sgemm;
	const dpk_stop *stop;		/* polled every DPK_CALL_FLOPS (layer.h) or sooner */
} dpk_run;

typedef struct dpk_batch
{
	int			n;
	const void *x;				/* n samples, uint8 or float by the input */
	const float *target;		/* (n) class numbers, or (n, noutputs) values; of images (n, h, w, c) */
	const float *weight;		/* (n), or NULL for ones */
	const int64_t *keys;		/* (n) identities, for dropout */
	int64_t		seed;			/* of this epoch, for dropout */
	bool		soft;			/* cross-entropy: target (n, noutputs) are probabilities */
	float		smoothing;		/* cross-entropy: the share of a target that is spread over all classes */
} dpk_batch;

/* Sums over the samples of a batch; the caller adds them up and divides */
typedef struct dpk_sums
{
	double		loss;			/* weighted */
	double		weight;
	double		correct;		/* weighted; of the cross-entropies: samples, or shares of their outputs */
	double		squared;		/* weighted mean squared errors of the outputs; not of cross-entropy */
} dpk_sums;

/* y (n, noutputs): probabilities or values; of images (n, h, w, c) */
extern dpk_status dpk_net_forward(const dpk_net *net, const dpk_run *run, const float *params, int n, const void *x, float *y);

/*
 * The output of one layer, y (n, h * w * c), in the order of Keras; nothing is
 * computed behind it.
 */
extern dpk_status dpk_net_layer_forward(const dpk_net *net, const dpk_run *run, const float *params, int n, const void *x,
										int layer, float *y);

/*
 * For prediction: batch_norm is computed by the conv2d or dense layer before
 * it, where that is linear and nobody else reads it.  dpk_net_fold() before the
 * work memory is sized, which returns how many there were; dpk_net_fold_params()
 * once the weights are in the slab.  Then the network gives the output of its
 * last layer only, and can neither be trained nor its weights be read.
 */
extern int	dpk_net_fold(dpk_net *net);
extern void dpk_net_fold_params(const dpk_net *net, float *params, float *scratch);

/* The layer whose output the last dense layer takes, or -1 */
extern int	dpk_net_embedding_layer(const dpk_net *net);

/* n values of an image output as bytes: 255 y, rounded, from 0 to 255 */
extern void dpk_net_pixels(size_t n, const float *y, uint8_t *pixels);

/* Loss and metrics without a gradient, as dpk_net_forward computes */
extern dpk_status dpk_net_evaluate(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch, dpk_sums *sums);

/*
 * Gradient of the weighted SUM of losses (not the mean) over the batch;
 * 'grad', a slab, and 'sums' are overwritten.  The same call gives the same
 * bits in every process.
 */
extern dpk_status dpk_net_gradient(const dpk_net *net, const dpk_run *run, const float *params, const dpk_batch *batch,
								   float *grad, dpk_sums *sums);

#endif							/* DPK_NETWORK_H */
