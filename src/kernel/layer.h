/*
 * layer.h - what the layers of a network share: one layer, one file
 *
 * A layer class is a table of functions.  dpk_net_build() calls 'check' once
 * per step in the order of the list (which is a topological order: inputs come
 * before their consumers), then settles borders and layouts, then calls 'plan'.
 * dpk_net_gradient() calls 'forward' in order and 'backward' in reverse.
 *
 * The output of a layer is kept in one of three layouts:
 *		flat			(n, c)		a list of c values; h = w = 1
 *		blocked			(n, ceil(c/V), h + 2*border, w + 2*border, V)
 *		interleaved		(n, h + 2*border, w + 2*border, c)	images before a conv2d
 * Channels that fill no block are zero in y and in dy: every layer writes them
 * so.  The border of y is zeroed when the work memory is laid out and never
 * written; that of dy before its first writer of each step.
 *
 * Several consumers of a map: the last of them in the list writes dx first,
 * the others add (dpk_adds).
 */
#ifndef DPK_LAYER_H
#define DPK_LAYER_H

#include <string.h>

#include "network.h"

#define DPK_MAX_LAYERS 10000
#define DPK_MAX_INPUTS 8
#define DPK_MAX_CHANNELS 65536
#define DPK_MAX_SIDE 16384
#define DPK_MAX_BLOCK 16		/* V of the widest instruction set */
#define DPK_MAX_LENGTH (1 << 20)	/* of a series, which is a map of height 1 */
#define DPK_MAX_FLOATS ((size_t) 1 << 30)	/* of one map of one sample, of one tensor */
#define DPK_MAX_NAME 64			/* with its '\0' */
#define DPK_LAYER_TENSORS 4		/* at most, of one layer */
#define DPK_CALL_FLOPS 2e9		/* of one call of a kernel, so that it lasts some 20 to 100 ms */
#define DPK_ROW_FLOPS 1e10		/* of one row, which is never cut: layers above it are refused */

typedef enum dpk_layout
{
	DPK_FLAT,
	DPK_BLOCKED,
	DPK_INTERLEAVED
} dpk_layout;

typedef struct dpk_layer dpk_layer;
typedef struct dpk_pass dpk_pass;

typedef struct dpk_layer_class
{
	const char *name;
	int			max_inputs;
	bool		whole;			/* wants all samples of a batch in one call */
	bool		has_params;

	/* Read the parameters; set y (c, h, w), layout, want_border, want_dy_border, activation, flops */
	dpk_status	(*check) (dpk_net *net, dpk_layer *l, dpk_error *err);

	/* Shapes and borders are final: describe the kernels' call, add the tensors */
	dpk_status	(*plan) (dpk_net *net, dpk_layer *l, dpk_error *err);

	dpk_status	(*forward) (const dpk_pass *p, const dpk_layer *l);
	dpk_status	(*backward) (const dpk_pass *p, const dpk_layer *l);

	/* Tensor k of the layer between its place in a slab and its canonical form; NULL: they are the same */
	void		(*get) (const dpk_net *net, const dpk_layer *l, int k, const float *slab, float *canonical);
	void		(*set) (const dpk_net *net, const dpk_layer *l, int k, float *slab, const float *canonical);
} dpk_layer_class;

struct dpk_layer
{
	const dpk_layer_class *class;
	const dpk_step *step;		/* NULL: the input, where no step says it */
	char		name[DPK_MAX_NAME];
	uint32_t	hash;			/* of the name */
	int			index;
	int			ninputs;
	int			inputs[DPK_MAX_INPUTS]; /* indexes of earlier layers */
	int			nconsumers;
	int			last_consumer;	/* the highest index among them */
	bool		trains;			/* a gradient flows into or through it */

	dpk_layout	layout;
	dpk_map		y,
				dy;				/* like y but for the border */
	int			want_border,	/* of its inputs */
				want_dy_border; /* of its own dy */
	size_t		y_floats,		/* of one sample */
				dy_floats;
	size_t		y_place,		/* times the samples of the batch */
				lone_place,		/* of y in the forward pass of one sample, where maps take turns */
				dy_place;		/* times those, or times the chunk's */
	bool		dy_chunked;		/* dy is needed inside its run of layers only */
	int			group;			/* the first layer of its run of layers */
	int			chunk;			/* samples per call in that run */

	int			tensor,			/* its first one */
				ntensors;
	size_t		params,			/* its trainable floats in a slab */
				params_end;
	size_t		fixed,			/* scratch in the work memory that is not per sample */
				fixed_floats;
	double		flops;			/* forward, per sample */
	double		row_flops;		/* of a row of the output as the kernels count; what calls are cut by */

	int			bias;			/* the tensor of conv2d's and dense's; -1: none */
	int			given_by;		/* of a folded batch_norm: the layer that gives its output; 0: it is run */
	dpk_act		activation;
	float		slope;			/* of leaky_relu below zero */
	bool		keeps_x;		/* what goes into the activation has a map of its own, laid out like y */
	size_t		x_place;
	union
	{
		dpk_conv2d	conv;
		dpk_pool2d	pool;
		struct
		{
			dpk_norm	norm;
			float		momentum;	/* of the running moments */
		};
		struct
		{
			int			size[2];
			bool		bilinear;
		}			upsample;
		int			groups;		/* channel_shuffle */
		int			factor;		/* pixel_shuffle */
		float		rate;		/* dropout */
		float		rescale;	/* input */
		int			slice_first;	/* slice_channels */
	};
};

typedef struct dpk_place
{
	dpk_tensor	tensor;
	int			layer;
	size_t		offset,			/* in a slab */
				floats;
	float		start;			/* what dpk_net_init() fills it with, where it draws no kernel */
} dpk_place;

struct dpk_net
{
	const dpk_kernels *kernels;
	int			block;			/* V */
	dpk_input	input;
	dpk_loss	loss;
	dpk_output	output;
	int			noutputs;		/* h * w * c of it */
	dpk_act		final;			/* the last activation where the loss computes it, else linear */
	bool		outline;		/* not to be run: its output may be anything */
	int			nlayers;
	dpk_layer  *layers;			/* the input is layer 0 */
	int			ntensors;
	dpk_place  *tensors;
	struct dpk_slot *slots;		/* as many as layers, while the memory is planned */
	size_t		param_floats;
	size_t		trainable_floats;	/* of them, in front */
	size_t		param_count;
	size_t		largest_tensor;
	size_t		map_floats;		/* of y, per sample */
	size_t		lone_floats;	/* of y in the forward pass of one sample */
	size_t		fixed_floats;
	size_t		dy_floats;		/* per sample */
	size_t		dy_chunk_floats;	/* per sample of a chunk */
	int			max_chunk;
	uint64_t	fingerprint;	/* of the layout of y */
};

/* One call over samples first .. first + n - 1 of a batch of 'total' */
struct dpk_pass
{
	const dpk_net *net;
	const dpk_run *run;
	const float *params;
	float	   *grad;			/* NULL: forward only */
	const dpk_batch *batch;
	int			total,
				first,
				n;
	bool		lone;			/* forward only, one sample: maps take turns */
	int			chunk;			/* samples the chunked dy have room for */
	float	   *maps,
			   *fixed,
			   *dy,
			   *dy_chunk;
};

/* ---- network_plan.c ---- */

/* A place for dy that layers take in turn, while the memory is planned */
typedef struct dpk_slot
{
	size_t		floats;
	int			free_from;		/* going down: layers of a lower index may take it */
} dpk_slot;

/* *sum += floats, rounded up to DPK_ALIGN bytes; false where that is too much */
extern bool dpk_grow(size_t *sum, size_t floats);

/* Widest border a consumer wants, layout of the input, sizes of y and dy */
extern dpk_status dpk_settle_maps(dpk_net *net, dpk_error *err);

/* Groups, chunks and places */
extern dpk_status dpk_plan_memory(dpk_net *net, dpk_error *err);

/* ---- for check and plan ---- */

/* Keys that every step has; the last line of a dpk_key table */
#define DPK_LAYER_KEYS {"inputs", "the step before"}, {"name", "its kind and a number"}, {NULL, NULL}

extern const char *const dpk_act_names[];	/* in the order of dpk_act */

static inline const dpk_layer *
dpk_input_of(const dpk_net *net, const dpk_layer *l, int k)
{
	return &net->layers[l->inputs[k]];
}

/* Error where the first input is not a map, or not a map of height 1, or is not flat */
extern dpk_status dpk_need_map(const dpk_net *net, const dpk_layer *l, dpk_error *err);
extern dpk_status dpk_need_series(const dpk_net *net, const dpk_layer *l, dpk_error *err);
extern dpk_status dpk_need_flat(const dpk_net *net, const dpk_layer *l, dpk_error *err);

/* "28 x 28 x 1 (height x width x channels)" or "10 values" */
extern const char *dpk_shape_text(const dpk_layer *l, char text[80]);

/*
 * One more tensor of 'l' with 'floats' of the slab behind it; shape ends with
 * 0.  Those that are not trainable get their place behind all others.
 */
extern dpk_status dpk_add_tensor(dpk_net *net, dpk_layer *l, const char *name, size_t floats, const int *shape, bool trainable, dpk_error *err);

/* Scratch of the layer in the work memory, for the whole of a step */
extern dpk_status dpk_add_fixed(dpk_net *net, dpk_layer *l, size_t floats, dpk_error *err);

/*
 * Size of the output of a window along one axis, as TensorFlow has it, and the
 * zeros before and after; false where the window does not fit
 */
extern bool dpk_window(int in, int k, int stride, int dilation, bool same, int *out, int *before, int *after);

/* Reads "activation" of a layer that has one */
extern dpk_status dpk_read_activation(dpk_net *net, dpk_layer *l, dpk_error *err);

/* ---- for forward and backward ---- */

static inline float *
dpk_y(const dpk_pass *p, const dpk_layer *l)
{
	return p->maps + (p->lone ? l->lone_place : l->y_place * p->total + l->y_floats * p->first);
}

/* Where a layer with an "activation" writes what dpk_activate() then maps to y; only gradients need it kept */
static inline float *
dpk_activation_x(const dpk_pass *p, const dpk_layer *l)
{
	return l->keeps_x && p->grad != NULL ? p->maps + l->x_place * p->total + l->y_floats * p->first : dpk_y(p, l);
}

static inline float *
dpk_dy(const dpk_pass *p, const dpk_layer *l)
{
	return l->dy_chunked ? p->dy_chunk + l->dy_place * p->chunk
		: p->dy + l->dy_place * p->total + l->dy_floats * p->first;
}

/* Whether dx of input k is added to, because a later layer has written it already */
static inline bool
dpk_adds(const dpk_net *net, const dpk_layer *l, int k)
{
	if (dpk_input_of(net, l, k)->last_consumer != l->index)
		return true;
	for (int i = 0; i < k; i++)
		if (l->inputs[i] == l->inputs[k])
			return true;
	return false;
}

static inline const float *
dpk_param(const dpk_pass *p, const dpk_layer *l, int k)
{
	return p->params + p->net->tensors[l->tensor + k].offset;
}

/* NULL: none */
static inline const float *
dpk_bias(const dpk_pass *p, const dpk_layer *l)
{
	return l->bias < 0 ? NULL : p->params + p->net->tensors[l->bias].offset;
}

static inline float *
dpk_grad(const dpk_pass *p, const dpk_layer *l, int k)
{
	return p->grad + p->net->tensors[l->tensor + k].offset;
}

/*
 * A flat or blocked output as rows of floats, the same in y and dy: one row
 * of values, or (c/V) * h rows of w * V floats.
 */
static inline int
dpk_nrows(const dpk_net *net, const dpk_layer *l)
{
	return l->layout == DPK_FLAT ? 1 : (l->y.c + net->block - 1) / net->block * l->y.h;
}

static inline int
dpk_row_floats(const dpk_net *net, const dpk_layer *l)
{
	return l->layout == DPK_FLAT ? l->y.c : l->y.w * net->block;
}

/* Where row r of one sample starts; m is l->y or l->dy */
static inline size_t
dpk_row(const dpk_net *net, const dpk_layer *l, const dpk_map *m, int r)
{
	if (l->layout == DPK_FLAT)
		return 0;
	return (((size_t) (r / m->h) * (m->h + 2 * m->border) + r % m->h + m->border) * (m->w + 2 * m->border) + m->border) * net->block;
}

/*
 * Rows of one call of a kernel, of maps of h rows: whole samples where they
 * take no more than DPK_CALL_FLOPS, else part of one.  By the shape alone,
 * never by time or the size of a batch, so that sums are always cut alike.
 */
static inline int
dpk_call_rows(double row_flops, int h)
{
	int			rows = (int) DPK_MAX(1, DPK_MIN(DPK_CALL_FLOPS / row_flops, 1 << 24));

	return rows < h ? rows : rows / h * h;
}

/* DPK_TOO_BIG where the least there can be in a call, one row, is more than DPK_ROW_FLOPS */
extern dpk_status dpk_check_row(const dpk_layer *l, dpk_error *err);

/* For loops over rows that move or map them: now and then asks whether to stop */
static inline bool
dpk_row_stopped(const dpk_pass *p, int r)
{
	return r % 16 == 0 && dpk_stopped(p->run->stop);
}

/* From dpk_activation_x() to y, which may be the same; dy *= f' in place */
extern dpk_status dpk_activate(const dpk_pass *p, const dpk_layer *l);
extern dpk_status dpk_activate_backward(const dpk_pass *p, const dpk_layer *l);

/* dx of input k is dy, or gets it added */
extern dpk_status dpk_pass_dy(const dpk_pass *p, const dpk_layer *l, int k);

/* The output of 'l' for one sample, at x, as a list in the order of Keras: (h, w, c) */
extern dpk_status dpk_to_list(const dpk_pass *p, const dpk_layer *l, const float *x, float *y);

/* x = 0, of any size, asking now and then whether to stop */
extern dpk_status dpk_clear(const dpk_run *run, float *x, size_t floats);

/* Matrix product through run->sgemm, cut into pieces of at most DPK_CALL_FLOPS with a poll between */
extern dpk_status dpk_gemm(const dpk_run *run, bool trans_a, bool trans_b, int m, int n, int k,
						   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* ---- loss.c: from the last layer's y to the sums, and to its dy where grad is wanted ---- */

extern dpk_status dpk_net_loss(const dpk_pass *p, dpk_sums *sums);

/* The last activation of one sample's outputs, in place */
extern void dpk_net_finish(const dpk_net *net, float *y);

extern const dpk_layer_class dpk_layer_input,
			dpk_layer_conv2d,
			dpk_layer_max_pool2d,
			dpk_layer_avg_pool2d,
			dpk_layer_global_avg_pool2d,
			dpk_layer_global_max_pool2d,
			dpk_layer_conv1d,
			dpk_layer_max_pool1d,
			dpk_layer_avg_pool1d,
			dpk_layer_global_avg_pool1d,
			dpk_layer_global_max_pool1d,
			dpk_layer_upsample2d,
			dpk_layer_pixel_shuffle,
			dpk_layer_channel_shuffle,
			dpk_layer_reshape,
			dpk_layer_flatten,
			dpk_layer_dense,
			dpk_layer_dropout,
			dpk_layer_add,
			dpk_layer_batch_norm,
			dpk_layer_layer_norm,
			dpk_layer_pad_channels,
			dpk_layer_slice_channels,
			dpk_layer_multiply,
			dpk_layer_concat,
			dpk_layer_linear,
			dpk_layer_relu,
			dpk_layer_sigmoid,
			dpk_layer_tanh,
			dpk_layer_leaky_relu,
			dpk_layer_elu,
			dpk_layer_gelu,
			dpk_layer_silu,
			dpk_layer_hard_sigmoid,
			dpk_layer_hard_swish,
			dpk_layer_softmax;

#endif							/* DPK_LAYER_H */
